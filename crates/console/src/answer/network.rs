//! Networks as the API shows them.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Network {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) cidr: Option<String>,
    pub(crate) addresses: Option<Vec<String>>,
}
