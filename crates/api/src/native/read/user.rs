//! Reads users, their passwords, and logins.

use elbow_model::user::{ProjectRole, Role, User};
use elbow_model::value::Name;
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
    pub(in crate::native) role: Option<Role>,
    pub(in crate::native) project: Option<String>,
    pub(in crate::native) memberships: Vec<NamedMembership>,
    pub(in crate::native) password: String,
}

/// What a patch of a user says; passwords in clear.
pub(in crate::native) struct Patch {
    pub(in crate::native) current_password: Option<String>,
    pub(in crate::native) password: Option<String>,
    pub(in crate::native) name: Option<Name>,
    pub(in crate::native) role: Option<Role>,
    pub(in crate::native) enabled: Option<bool>,
    pub(in crate::native) project: Option<String>,
    pub(in crate::native) memberships: Option<Vec<NamedMembership>>,
}

/// A membership by the project's name or id.
pub(in crate::native) struct NamedMembership {
    pub(in crate::native) project: String,
    pub(in crate::native) role: ProjectRole,
}

/// A member to take into a project, by the user's name or id.
pub(in crate::native) struct NamedMember {
    pub(in crate::native) user: String,
    pub(in crate::native) role: ProjectRole,
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
        role: fields.present("role").and_then(|at| at.choice("role", ROLES)),
        project: fields.present("project").and_then(|at| reference::text(&at).map(str::to_owned)),
        memberships: fields.present("memberships").and_then(memberships).unwrap_or_default(),
        password: fields.required("password", new_password).unwrap_or_default(),
    };
    if draft.role.is_none() && draft.memberships.is_empty() {
        fields
            .note("role", "is missing; give `role`, or `memberships` with a role in each project");
    }
    fields.finish(HINTS);
    draft
}

/// Reads a patch of a user.
pub(in crate::native) fn patch(fields: Fields<'_>) -> Patch {
    let patch = Patch {
        current_password: fields.present("current_password").and_then(any_password),
        password: fields.present("password").and_then(new_password),
        name: fields.present("name").and_then(name),
        role: fields.present("role").and_then(|at| at.choice("role", ROLES)),
        enabled: fields.present("enabled").and_then(|at| at.boolean()),
        project: fields.present("project").and_then(|at| reference::text(&at).map(str::to_owned)),
        memberships: fields.present("memberships").and_then(memberships),
    };
    if let Some(Role::TenantAdmin | Role::TenantUser | Role::Viewer) = patch.role
        && patch.memberships.is_some()
    {
        fields.note("role", "is a role in one project; say it in `memberships`");
    }
    fields.finish(HINTS);
    patch
}

/// Reads a member to take into a project.
pub(in crate::native) fn member(fields: Fields<'_>) -> NamedMember {
    let user = |at: At<'_>| reference::text(&at).map(str::to_owned);
    let member = NamedMember {
        user: fields.required("user", user).unwrap_or_default(),
        role: fields.required("role", role_of_member).unwrap_or(ProjectRole::Viewer),
    };
    fields.finish(&[]);
    member
}

/// A role of a member by its word.
pub(in crate::native) fn as_member(role: Role) -> Option<ProjectRole> {
    match role {
        Role::Operator => None,
        Role::TenantAdmin => Some(ProjectRole::TenantAdmin),
        Role::TenantUser => Some(ProjectRole::TenantUser),
        Role::Viewer => Some(ProjectRole::Viewer),
    }
}

fn memberships(at: At<'_>) -> Option<Vec<NamedMembership>> {
    let project = |at: At<'_>| reference::text(&at).map(str::to_owned);
    at.list_of(User::MAX_MEMBERSHIPS, |at| {
        let fields = at.object()?;
        let membership = NamedMembership {
            project: fields.required("project", project).unwrap_or_default(),
            role: fields.required("role", role_of_member).unwrap_or(ProjectRole::Viewer),
        };
        fields.finish(&[]);
        Some(membership)
    })
}

fn role_of_member(at: At<'_>) -> Option<ProjectRole> {
    let role = at.choice("role", ROLES)?;
    as_member(role).or_else(|| at.wrong("an operator is one everywhere; give the user `role`"))
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
