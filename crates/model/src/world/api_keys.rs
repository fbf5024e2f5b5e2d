//! API keys in the World: by id, and by their users.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use uuid::Uuid;

use super::{Key, World};
use crate::api_key::ApiKey;
use crate::value::{ApiKeyId, UserId};

/// All API keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ApiKeys {
    by_id: OrdMap<ApiKeyId, Arc<ApiKey>>,
    by_user: OrdSet<(UserId, ApiKeyId)>,
}

impl World {
    /// All API keys, oldest first.
    pub fn api_keys(&self) -> impl DoubleEndedIterator<Item = &Arc<ApiKey>> {
        self.api_keys.by_id.values()
    }

    /// An API key by id.
    pub fn api_key(&self, id: ApiKeyId) -> Option<&Arc<ApiKey>> {
        self.api_keys.by_id.get(&id)
    }

    /// The API keys of a user, oldest first.
    pub fn api_keys_of(&self, user: UserId) -> impl DoubleEndedIterator<Item = &Arc<ApiKey>> {
        let range = (user, Uuid::nil().into())..=(user, Uuid::max().into());
        self.api_keys.by_user.range(range).filter_map(|(_, id)| self.api_keys.by_id.get(id))
    }
}

impl ApiKeys {
    pub(super) fn put(&mut self, key: Arc<ApiKey>) {
        self.by_user.insert((key.user, key.id));
        self.by_id.insert(key.id, key);
    }

    pub(super) fn remove(&mut self, id: ApiKeyId) {
        if let Some(key) = self.by_id.remove(&id) {
            self.by_user.remove(&(key.user, id));
        }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.by_id.keys().copied().map(Key::ApiKey)
    }
}
