//! Reads API keys to make.

use elbow_model::api_key::Access;
use elbow_model::user::Role;
use elbow_model::value::{Description, Name, Timestamp};

use super::user::ROLES;
use super::{READ_ONLY, description, name, no_name};
use crate::decode::Fields;

/// A key to make.
pub(in crate::native) struct Draft {
    pub(in crate::native) name: Name,
    pub(in crate::native) description: Description,
    pub(in crate::native) role: Option<Role>,
    pub(in crate::native) access: Access,
    pub(in crate::native) expires_at: Option<Timestamp>,
}

const ACCESS: &[(&str, Access)] =
    &[("READ_WRITE", Access::ReadWrite), ("READ_ONLY", Access::ReadOnly)];

/// Fields that answers have and requests do not.
const HINTS: &[(&str, &str)] = &[
    ("id", READ_ONLY),
    ("key", READ_ONLY),
    ("user", "a key is for whoever makes it"),
    ("project", "a key is for the project that the request works in; name it in `Elbow-Project`"),
    ("status", READ_ONLY),
    ("last_used_at", READ_ONLY),
    ("revision", READ_ONLY),
    ("created_at", READ_ONLY),
];

/// Reads a key to make.
pub(in crate::native) fn new(fields: Fields<'_>) -> Draft {
    let mut text = Description::default();
    fields.set_or("description", &mut text, Description::default(), description);
    let draft = Draft {
        name: fields.required("name", name).unwrap_or_else(no_name),
        description: text,
        role: fields.present("role").and_then(|at| at.choice("role", ROLES)),
        access: fields
            .present("access")
            .and_then(|at| at.choice("access", ACCESS))
            .unwrap_or(Access::ReadWrite),
        expires_at: fields.present("expires_at").and_then(|at| at.checked(str::parse)),
    };
    fields.finish(HINTS);
    draft
}
