//! Puts the parts of a set together and holds what was accepted: which entries are new, which are
//! gone, and whether all fits what control has.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use elbow_model::table::TableEntry;
use elbow_model::value::{LoadBalancerId, Revision};
use elbow_model::wire::{Digest, Tables};

use super::bind::Leaving;
use crate::worker::Acknowledge;

/// Entries collected of a set whose parts are not all here, at most: above any quota.
const MOST_ENTRIES: usize = 1_000_000;

/// What a whole set changes.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub revision: Revision,
    pub changed: Vec<Arc<TableEntry>>,
    pub removed: Vec<LoadBalancerId>,
    /// Whether the result is what control has; if not, the full set is to be asked for.
    pub fits: bool,
}

/// A set on its way into the workers.
#[derive(Debug)]
pub(super) struct Underway {
    pub number: u64,
    /// The revision that is in force with it, if it fits.
    pub revision: Option<Revision>,
    pub changed: VecDeque<Arc<TableEntry>>,
    pub removed: Vec<LoadBalancerId>,
    /// Sockets to close once no worker has them.
    pub leaving: Vec<Leaving>,
    /// A share in its acknowledgement, while there is something left to send.
    pub done: Option<Acknowledge>,
}

/// What was accepted.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    pub revision: Revision,
    pub digest: Digest,
    known: HashMap<LoadBalancerId, Revision>,
    /// Parts of a set that is not whole yet.
    parts: Vec<TableEntry>,
    removed: Vec<LoadBalancerId>,
}

impl Accepted {
    /// Takes a part; the set, once it is whole. Entries that are known in the same revision are
    /// not among its changes.
    pub(super) fn take(&mut self, tables: Tables) -> Option<Set> {
        let Tables { revision, full, more, changed, removed, digest } = tables;
        self.parts.extend(changed);
        self.removed.extend(removed);
        if more && self.parts.len() <= MOST_ENTRIES {
            return None;
        }
        let parts = std::mem::take(&mut self.parts);
        let mut removed = std::mem::take(&mut self.removed);
        if full {
            let named: HashSet<LoadBalancerId> = parts.iter().map(|entry| entry.id).collect();
            removed.extend(self.known.keys().filter(|id| !named.contains(id)));
        }
        removed.retain(|id| self.forget(*id));
        let is_new = |entry: &TableEntry| self.known.get(&entry.id) != Some(&entry.revision);
        let changed: Vec<Arc<TableEntry>> =
            parts.into_iter().filter(is_new).map(Arc::new).collect();
        for entry in &changed {
            self.learn(entry);
        }
        let fits = self.digest == digest;
        if fits {
            self.revision = revision;
        }
        Some(Set { revision, changed, removed, fits })
    }

    /// Takes what the disk remembers.
    pub(super) fn restore(&mut self, revision: Revision, entries: Vec<Arc<TableEntry>>) -> Set {
        for entry in &entries {
            self.learn(entry);
        }
        self.revision = revision;
        Set { revision, changed: entries, removed: Vec::new(), fits: true }
    }

    /// Forgets the parts of a set that will not be completed: the connection is gone.
    pub(super) fn drop_parts(&mut self) {
        self.parts.clear();
        self.removed.clear();
    }

    fn learn(&mut self, entry: &TableEntry) {
        self.forget(entry.id);
        self.known.insert(entry.id, entry.revision);
        self.digest.toggle(entry.id, entry.revision);
    }

    fn forget(&mut self, id: LoadBalancerId) -> bool {
        let Some(revision) = self.known.remove(&id) else { return false };
        self.digest.toggle(id, revision);
        true
    }
}

#[cfg(test)]
mod tests {
    use elbow_model::value::{Name, ProjectId};
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> LoadBalancerId {
        LoadBalancerId::from(Uuid::from_u128(number))
    }

    fn entry(number: u128, revision: u64) -> TableEntry {
        TableEntry {
            id: id(number),
            name: Name::new("web").unwrap(),
            project: ProjectId::from(Uuid::from_u128(1)),
            revision: Revision(revision),
            listeners: Vec::new(),
            pools: Vec::new(),
        }
    }

    fn digest(entries: &[(u128, u64)]) -> Digest {
        let mut digest = Digest::default();
        for (number, revision) in entries {
            digest.toggle(id(*number), Revision(*revision));
        }
        digest
    }

    fn tables(revision: u64, changed: Vec<TableEntry>, after: &[(u128, u64)]) -> Tables {
        Tables {
            revision: Revision(revision),
            full: false,
            more: false,
            changed,
            removed: Vec::new(),
            digest: digest(after),
        }
    }

    #[test]
    fn parts_take_effect_together() {
        let mut accepted = Accepted::default();
        let first = Tables { full: true, more: true, ..tables(7, vec![entry(1, 5)], &[]) };
        assert!(accepted.take(first).is_none());
        let last = Tables { full: true, ..tables(7, vec![entry(2, 7)], &[(1, 5), (2, 7)]) };
        let set = accepted.take(last).unwrap();
        assert!(set.fits);
        assert_eq!(set.changed.len(), 2);
        assert_eq!(accepted.revision, Revision(7));
    }

    #[test]
    fn only_what_is_new_changes_and_a_full_set_removes_the_rest() {
        let mut accepted = Accepted::default();
        accepted.take(tables(2, vec![entry(1, 1), entry(2, 2)], &[(1, 1), (2, 2)])).unwrap();
        let full =
            Tables { full: true, ..tables(3, vec![entry(1, 1), entry(3, 3)], &[(1, 1), (3, 3)]) };
        let set = accepted.take(full).unwrap();
        assert!(set.fits);
        assert_eq!(set.changed.iter().map(|entry| entry.id).collect::<Vec<_>>(), [id(3)]);
        assert_eq!(set.removed, [id(2)]);
    }

    #[test]
    fn a_set_that_does_not_fit_is_told_and_its_revision_not_claimed() {
        let mut accepted = Accepted::default();
        let set = accepted.take(tables(9, vec![entry(1, 9)], &[(1, 9), (2, 3)])).unwrap();
        assert!(!set.fits);
        assert_eq!(accepted.revision, Revision(0));
    }
}
