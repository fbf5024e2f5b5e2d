//! The backend in memory: for tests and trials; nothing outlives the process.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use elbow_model::audit::{Entry, EntryClass};
use elbow_model::value::Revision;
use elbow_model::world::{Key, Record};

use super::{AuditQuery, Backend, Batch, Loaded};
use crate::trouble::Trouble;

/// A store in memory; clones are the same store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    revision: Revision,
    records: BTreeMap<Key, Record>,
    history: VecDeque<(Revision, String)>,
    audit: BTreeMap<EntryClass, VecDeque<(u64, Entry)>>,
    last_entry: u64,
}

impl Memory {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn note(&mut self, entry: &Entry) {
        self.last_entry += 1;
        let class = entry.class();
        let kept = self.audit.entry(class).or_default();
        kept.push_back((self.last_entry, entry.clone()));
        if u64::try_from(kept.len()).is_ok_and(|count| count > class.kept()) {
            kept.pop_front();
        }
    }
}

impl Backend for Memory {
    fn load(&mut self) -> Result<Loaded, Trouble> {
        let kept = self.kept();
        Ok(Loaded { revision: kept.revision, records: kept.records.values().cloned().collect() })
    }

    fn write(&mut self, batch: &Batch<'_>) -> Result<(), Trouble> {
        let mut kept = self.kept();
        if kept.revision != batch.base {
            return Err(Trouble::Overtaken { expected: batch.base, found: kept.revision });
        }
        let changes: Result<Vec<_>, _> = batch
            .changes
            .iter()
            .map(|(revision, change)| serde_json::to_string(change).map(|json| (*revision, json)))
            .collect();
        let changes = changes.map_err(|e| Trouble::Internal(e.to_string()))?;
        for (key, record) in &batch.records {
            match record {
                Some(record) => kept.records.insert(*key, record.clone()),
                None => kept.records.remove(key),
            };
        }
        kept.history.extend(changes);
        for entry in &batch.audit {
            kept.note(entry);
        }
        if let Some(up_to) = batch.prune_up_to() {
            kept.history.retain(|(revision, _)| *revision > up_to);
        }
        kept.revision = batch.head();
        Ok(())
    }

    fn audit(&mut self, query: &AuditQuery) -> Result<Vec<(u64, String)>, Trouble> {
        let AuditQuery { before, project, user, limit } = *query;
        let is_meant = |(number, entry): &&(u64, Entry)| {
            before.is_none_or(|before| *number < before)
                && project.is_none_or(|project| entry.project == Some(project))
                && user.is_none_or(|user| entry.user() == Some(user))
        };
        let kept = self.kept();
        let mut meant: Vec<&(u64, Entry)> =
            kept.audit.values().flatten().filter(is_meant).collect();
        meant.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
        meant.truncate(limit);
        let json = |entry: &Entry| serde_json::to_string(entry);
        meant
            .into_iter()
            .map(|(number, entry)| json(entry).map(|json| (*number, json)))
            .collect::<Result<_, _>>()
            .map_err(|e| Trouble::Internal(e.to_string()))
    }

    fn history(
        &mut self,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<(Revision, String)>, Trouble> {
        let kept = self.kept();
        Ok(kept
            .history
            .iter()
            .filter(|(revision, _)| *revision > after)
            .take(limit)
            .cloned()
            .collect())
    }
}
