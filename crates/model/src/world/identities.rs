//! Identities in the World: by id, and by who they are.

use std::sync::Arc;

use imbl::OrdMap;

use super::{Key, World};
use crate::identity::Identity;
use crate::value::{IdentityId, UserId};

/// All identities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Identities {
    by_id: OrdMap<IdentityId, Arc<Identity>>,
    by_subject: OrdMap<(String, String), IdentityId>,
}

impl World {
    /// An identity by its link's id.
    pub fn identity(&self, id: IdentityId) -> Option<&Arc<Identity>> {
        self.identities.by_id.get(&id)
    }

    /// The identity of a subject at an issuer, if it is linked.
    pub fn identity_of(&self, issuer: &str, subject: &str) -> Option<&Arc<Identity>> {
        let place = (issuer.to_owned(), subject.to_owned());
        self.identity(*self.identities.by_subject.get(&place)?)
    }

    /// The identities of a user.
    pub fn identities_of(&self, user: UserId) -> impl Iterator<Item = &Arc<Identity>> {
        self.identities.by_id.values().filter(move |identity| identity.user == user)
    }
}

impl Identities {
    pub(super) fn put(&mut self, identity: Arc<Identity>) {
        let place = (identity.issuer.clone(), identity.subject.clone());
        self.by_subject.insert(place, identity.id);
        self.by_id.insert(identity.id, identity);
    }

    pub(super) fn remove(&mut self, id: IdentityId) {
        if let Some(identity) = self.by_id.remove(&id) {
            self.by_subject.remove(&(identity.issuer.clone(), identity.subject.clone()));
        }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.by_id.keys().copied().map(Key::Identity)
    }
}
