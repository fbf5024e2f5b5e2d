//! What pages read of the API's answers: only the fields that they show. The names are the API's.

pub(crate) mod certificate;
pub(crate) mod load_balancer;
pub(crate) mod network;
pub(crate) mod people;
pub(crate) mod scaling;
pub(crate) mod scaling_rules;
pub(crate) mod scaling_stats;
pub(crate) mod stats;

use serde::Deserialize;

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    /// The cursor of the next page.
    pub(crate) next: Option<String>,
}

/// Another resource.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Reference {
    pub(crate) id: String,
    pub(crate) name: String,
}
