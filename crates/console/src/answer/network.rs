//! Networks as the API shows them.

use serde::Deserialize;

use super::Reference;

#[derive(Debug, Deserialize)]
pub(crate) struct Network {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) kind: String,
    pub(crate) region: String,
    /// The only one that may use it; every project if none.
    pub(crate) project: Option<Reference>,
    pub(crate) owner: Reference,
    pub(crate) created_at: String,
    pub(crate) cidr: Option<String>,
    pub(crate) addresses: Option<Vec<String>>,
}

impl Network {
    /// From where its addresses are.
    pub(crate) fn range(&self) -> String {
        match (&self.cidr, &self.addresses) {
            (Some(range), _) => range.clone(),
            (None, Some(addresses)) => addresses.join(", "),
            (None, None) => String::new(),
        }
    }

    /// Its name, and from where its addresses are.
    pub(crate) fn label(&self) -> String {
        match (&self.cidr, &self.addresses) {
            (Some(range), _) => format!("{} ({range})", self.name),
            (None, Some(addresses)) => format!("{} ({})", self.name, addresses.join(", ")),
            (None, None) => self.name.clone(),
        }
    }
}
