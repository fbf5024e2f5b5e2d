//! Reads users, their passwords, and logins.

use elbow_model::user::Role;
use elbow_model::value::{Name, ProjectId};
use elbow_model::world::World;
use elbow_vault::password::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS};

use super::{READ_ONLY, name, no_name, reference};
use crate::decode::{At, Fields};

/// Roles by the words that the native dialect uses.
pub(super) const ROLES: &[(&str, Role)] = &[
    ("OPERATOR", Role::Operator),
    ("TENANT_ADMIN", Role::TenantAdmin),
    ("TENANT_USER", Role::TenantUser),
    ("VIEWER", Role::Viewer),
];

/// Fields that answers have and requests do not.
const HINTS: &[(&str, &str)] = &[
    ("id", READ_ONLY),
    ("number", READ_ONLY),
    ("revision", READ_ONLY),
    ("created_at", READ_ONLY),
    ("updated_at", READ_ONLY),
];

/// A login.
pub(in crate::native) struct Login {
    pub(in crate::native) username: String,
    pub(in crate::native) password: String,
    pub(in crate::native) project: Option<String>,
}

/// A user to create, with the password in clear.
pub(in crate::native) struct Draft {
    pub(in crate::native) name: Name,
    pub(in crate::native) role: Role,
    pub(in crate::native) project: Option<String>,
    pub(in crate::native) password: String,
}

/// A change of password.
pub(in crate::native) struct PasswordChange {
    pub(in crate::native) current: Option<String>,
    pub(in crate::native) new: String,
}

/// Reads a login.
pub(in crate::native) fn login(fields: Fields<'_>) -> Login {
    let login = Login {
        username: fields
            .required("username", |at| at.text().map(str::to_owned))
            .unwrap_or_default(),
        password: fields.required("password", any_password).unwrap_or_default(),
        project: fields.present("project").and_then(|at| reference::text(&at).map(str::to_owned)),
    };
    fields.finish(&[]);
    login
}

/// Reads a user to create.
pub(in crate::native) fn new(fields: Fields<'_>) -> Draft {
    let draft = Draft {
        name: fields.required("name", name).unwrap_or_else(no_name),
        role: fields.required("role", |at| at.choice("role", ROLES)).unwrap_or(Role::Viewer),
        project: fields.present("project").and_then(|at| reference::text(&at).map(str::to_owned)),
        password: fields.required("password", new_password).unwrap_or_default(),
    };
    fields.finish(HINTS);
    draft
}

/// Reads a patch of a user: its password.
pub(in crate::native) fn patch(fields: Fields<'_>) -> PasswordChange {
    let change = PasswordChange {
        current: fields.present("current_password").and_then(any_password),
        new: fields.required("password", new_password).unwrap_or_default(),
    };
    let mut hints = HINTS.to_vec();
    hints.extend(
        ["name", "role", "project"]
            .map(|name| (name, "cannot be changed yet; create another user")),
    );
    fields.finish(&hints);
    change
}

/// A project by name or id.
pub(in crate::native) fn find_project(world: &World, reference: &str) -> Option<ProjectId> {
    world
        .project_named(reference)
        .or_else(|| world.project(reference.parse().ok()?))
        .map(|project| project.id)
}

/// A password as somebody gives it to get in; the reason never repeats it.
fn any_password(at: At<'_>) -> Option<String> {
    let Some(text) = at.value().as_str() else { return at.wrong("expected a string") };
    if text.len() > MAX_PASSWORD_BYTES {
        return at.wrong(format!("has more than {MAX_PASSWORD_BYTES} bytes"));
    }
    Some(text.to_owned())
}

fn new_password(at: At<'_>) -> Option<String> {
    let text = any_password(at.clone())?;
    let count = text.chars().count();
    if count < MIN_PASSWORD_CHARS {
        return at.wrong(format!(
            "has {count} characters; a password has at least {MIN_PASSWORD_CHARS}"
        ));
    }
    Some(text)
}
