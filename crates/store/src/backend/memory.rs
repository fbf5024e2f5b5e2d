//! The backend in memory: for tests and trials; nothing outlives the process.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use elbow_model::value::Revision;
use elbow_model::world::{Key, Record};

use super::{Backend, Batch, Loaded};
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
}

impl Memory {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
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
        if let Some(up_to) = batch.prune_up_to() {
            kept.history.retain(|(revision, _)| *revision > up_to);
        }
        kept.revision = batch.head();
        Ok(())
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
