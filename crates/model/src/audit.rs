//! The audit log: who did what to what, from where, when. What is written of a Change follows from it and from the Worlds
//! before and after; logins are written as they come.
//!
//! A Change that concerns several projects gives one entry for each, so that nobody reads of another project in his own.

mod deed;

use serde::{Deserialize, Serialize};

use crate::change::{Author, Change, Source};
use crate::rejection::ResourceKind;
use crate::value::{ProjectId, Revision, Timestamp, UserId};
use crate::world::World;

/// Something that was done, or tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub who: Who,
    /// From where; none for what Elbow does by itself.
    pub source: Option<Source>,
    /// Whose matter it is; the deployment's if none.
    pub project: Option<ProjectId>,
    /// What.
    pub what: What,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The author of a Change.
    Author(Author),
    /// Somebody who gave this name, which nobody has.
    Unknown {
        /// The first characters of it.
        name: String,
    },
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A Change was committed.
    Change {
        /// The revision that it made.
        revision: Revision,
        /// What it did, the first [`Entry::MAX_DEEDS`].
        deeds: Vec<Deed>,
        /// How many more things it did.
        more: u32,
    },
    /// Somebody logged in.
    Login,
    /// Somebody gave a wrong name or password.
    FailedLogin,
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// What was done with it: `CREATE`, `EDIT`, `DELETE` and the like.
    pub action: DeedAction,
    /// With what kind of thing.
    pub kind: ResourceKind,
    /// Which one.
    pub id: uuid::Uuid,
    /// What people call it; what is in a load balancer or a scaling group is called with that.
    pub name: Option<String>,
    /// Who owns it, for what is its creator's alone.
    pub owner: Option<UserId>,
}

/// What can be done with things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeedAction {
    Create,
    Edit,
    Delete,
    Attach,
    Detach,
    Enable,
    Disable,
    Suspend,
    Resume,
    Scale,
    Protect,
    Standby,
    CompleteHook,
    Launch,
    Step,
    Record,
    Grant,
    Revoke,
    SetPassword,
    LogOut,
}

impl DeedAction {
    /// The word that APIs show.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Edit => "EDIT",
            Self::Delete => "DELETE",
            Self::Attach => "ATTACH",
            Self::Detach => "DETACH",
            Self::Enable => "ENABLE",
            Self::Disable => "DISABLE",
            Self::Suspend => "SUSPEND",
            Self::Resume => "RESUME",
            Self::Scale => "SCALE",
            Self::Protect => "PROTECT",
            Self::Standby => "STANDBY",
            Self::CompleteHook => "COMPLETE_HOOK",
            Self::Launch => "LAUNCH",
            Self::Step => "STEP",
            Self::Record => "RECORD",
            Self::Grant => "GRANT",
            Self::Revoke => "REVOKE",
            Self::SetPassword => "SET_PASSWORD",
            Self::LogOut => "LOG_OUT",
        }
    }
}

/// What is kept apart, so that much of one kind pushes none of another out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryClass {
    /// Changes of people.
    People,
    /// Changes of Elbow itself, of policies and schedules.
    Automatic,
    /// Logins.
    Logins,
    /// Attempts to log in: anybody can make as many as he likes.
    Failures,
}

impl EntryClass {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::People, Self::Automatic, Self::Logins, Self::Failures];

    /// How many of the newest entries are kept.
    pub fn kept(self) -> u64 {
        match self {
            Self::People => 50_000,
            Self::Automatic | Self::Logins | Self::Failures => 10_000,
        }
    }
}

impl Entry {
    /// The most deeds that an entry names.
    pub const MAX_DEEDS: usize = 16;
    /// The most characters of a name that nobody has.
    const MAX_NAME_CHARS: usize = 64;

    /// A login of a user, in a project if it came so far.
    pub fn login(at: Timestamp, who: Author, source: Source, project: Option<ProjectId>) -> Self {
        Self { at, who: Who::Author(who), source: Some(source), project, what: What::Login }
    }

    /// A wrong password for a user who is there.
    pub fn failed_login(
        at: Timestamp,
        who: Author,
        source: Source,
        project: Option<ProjectId>,
    ) -> Self {
        let who = Who::Author(who);
        Self { at, who, source: Some(source), project, what: What::FailedLogin }
    }

    /// A name that nobody has.
    pub fn unknown_login(at: Timestamp, name: &str, source: Source) -> Self {
        let name = name.chars().take(Self::MAX_NAME_CHARS).collect();
        let who = Who::Unknown { name };
        Self { at, who, source: Some(source), project: None, what: What::FailedLogin }
    }

    /// What is written of a Change that made `after` of `before`: an entry for each project that it concerns.
    pub fn of_change(
        revision: Revision,
        change: &Change,
        before: &World,
        after: &World,
    ) -> Vec<Self> {
        let mut by_project: Vec<(Option<ProjectId>, Vec<Deed>, u32)> = Vec::new();
        for edit in &change.edits {
            let (project, deed) = deed::of(edit, before, after);
            let place = match by_project.iter().position(|(known, ..)| *known == project) {
                Some(place) => place,
                None => {
                    by_project.push((project, Vec::new(), 0));
                    by_project.len() - 1
                }
            };
            let (_, deeds, more) = &mut by_project[place];
            if deeds.len() < Self::MAX_DEEDS {
                deeds.push(deed);
            } else {
                *more = more.saturating_add(1);
            }
        }
        let entry = |(project, deeds, more)| Self {
            at: change.at,
            who: Who::Author(change.author.clone()),
            source: change.source,
            project,
            what: What::Change { revision, deeds, more },
        };
        by_project.into_iter().map(entry).collect()
    }

    /// The user who did it.
    pub fn user(&self) -> Option<UserId> {
        match &self.who {
            Who::Author(author) => author.user(),
            Who::Unknown { name: _ } => None,
        }
    }

    /// With which others it is kept.
    pub fn class(&self) -> EntryClass {
        match (&self.what, &self.who) {
            (What::Login, _) => EntryClass::Logins,
            (What::FailedLogin, _) => EntryClass::Failures,
            (What::Change { .. }, Who::Author(Author::User { .. } | Author::ApiKey { .. })) => {
                EntryClass::People
            }
            (What::Change { .. }, Who::Author(_) | Who::Unknown { .. }) => EntryClass::Automatic,
        }
    }
}

#[cfg(test)]
mod tests;
