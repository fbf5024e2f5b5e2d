//! Networks as the API shows them.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Network {
    pub(crate) name: String,
    pub(crate) cidr: Option<String>,
    pub(crate) addresses: Option<Vec<String>>,
}

impl Network {
    /// Its name, and from where its addresses are.
    pub(crate) fn label(&self) -> String {
        match (&self.cidr, &self.addresses) {
            (Some(range), _) => format!("{} ({range})", self.name),
            (None, Some(addresses)) => format!("{} ({})", self.name, addresses.join(", ")),
            (None, None) => self.name.clone(),
        }
    }
}
