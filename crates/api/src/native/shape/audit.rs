//! Entries of the audit log as the native dialect shows them.

use elbow_model::audit::{Deed, Entry, What, Who};
use elbow_model::change::{Author, Source};
use elbow_model::rights::Asker;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Reference, View};

/// Something that was done, or tried.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct AuditEntry {
    /// Grows with every entry.
    number: u64,
    at: String,
    who: Actor,
    /// The address that the request came from; `local socket`; null for what Elbow does by itself.
    source: Option<String>,
    /// `CHANGE`, `LOGIN` or `FAILED_LOGIN`.
    action: &'static str,
    /// Of a change: the revision that it made.
    revision: Option<u64>,
    /// Whose matter it is; the deployment's if null.
    project: Option<Reference>,
    /// Of a change: what it did, the first of it.
    deeds: Vec<AuditDeed>,
    /// How many more things it did.
    more: u32,
}

/// Who did something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Actor {
    /// `USER`, `SYSTEM`, `CONTROL`, `POLICY`, `SCHEDULE`, or `UNKNOWN` for a name that nobody has.
    #[serde(rename = "type")]
    kind: &'static str,
    id: Option<String>,
    name: String,
}

/// One thing that was done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct AuditDeed {
    /// `CREATE`, `EDIT`, `DELETE` and the like.
    action: &'static str,
    resource: AuditResource,
}

/// What it was done with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct AuditResource {
    #[serde(rename = "type")]
    kind: String,
    /// Null for another user's certificate.
    id: Option<String>,
    /// Its name then; of what is inside something, with that: `web/http-80`.
    name: Option<String>,
}

impl AuditEntry {
    /// As somebody may see it who may see the entry.
    pub(in crate::native) fn new(number: u64, entry: &Entry, asker: Asker, view: View<'_>) -> Self {
        let Entry { at, who, source, project, what } = entry;
        let (action, revision, deeds, more) = match what {
            What::Change { revision, deeds, more } => {
                ("CHANGE", Some(revision.0), deeds.as_slice(), *more)
            }
            What::Login => ("LOGIN", None, &[][..], 0),
            What::FailedLogin => ("FAILED_LOGIN", None, &[][..], 0),
        };
        Self {
            number,
            at: at.to_string(),
            who: who.into(),
            source: source.as_ref().map(|source| match source {
                Source::LocalSocket => "local socket".to_owned(),
                Source::Address(address) => address.to_string(),
            }),
            action,
            revision,
            project: project.map(|project| view.project(project)),
            deeds: deeds.iter().map(|deed| AuditDeed::new(deed, asker)).collect(),
            more,
        }
    }
}

impl AuditDeed {
    fn new(deed: &Deed, asker: Asker) -> Self {
        let Deed { action, kind, id, name, owner } = deed;
        // That a certificate came or went is for auditors to know; which one is its creator's alone.
        let is_open = owner.is_none_or(|owner| owner == asker.user);
        Self {
            action: action.as_str(),
            resource: AuditResource {
                kind: kind.to_string().replace(' ', "_").to_uppercase(),
                id: is_open.then(|| id.to_string()),
                name: name.clone().filter(|_| is_open),
            },
        }
    }
}

impl From<&Who> for Actor {
    fn from(who: &Who) -> Self {
        let plain = |kind: &'static str| Self { kind, id: None, name: kind.to_lowercase() };
        let known = |kind, id: &dyn ToString, name: &dyn ToString| Self {
            kind,
            id: Some(id.to_string()),
            name: name.to_string(),
        };
        match who {
            Who::Author(Author::User { id, name, .. }) => known("USER", id, name),
            Who::Author(Author::ApiKey { id: _, user, name }) => known("USER", user, name),
            Who::Author(Author::Policy { id, name }) => known("POLICY", id, name),
            Who::Author(Author::Schedule { id, name }) => known("SCHEDULE", id, name),
            Who::Author(Author::System) => plain("SYSTEM"),
            Who::Author(Author::Control) => plain("CONTROL"),
            Who::Unknown { name } => Self { kind: "UNKNOWN", id: None, name: name.clone() },
        }
    }
}
