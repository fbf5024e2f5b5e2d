//! Users, projects and the audit log as people read them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use super::table::Table;
use super::view::Reference;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UserView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: Option<String>,
    pub(crate) enabled: Option<bool>,
    pub(crate) project: Option<Reference>,
    pub(crate) memberships: Vec<MembershipView>,
    pub(crate) created_at: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MembershipView {
    pub(crate) user: Option<Reference>,
    pub(crate) project: Option<Reference>,
    pub(crate) role: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProjectView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) quota: BTreeMap<String, u32>,
    pub(crate) used: BTreeMap<String, u32>,
    pub(crate) drivers: Vec<String>,
    pub(crate) created_at: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AuditView {
    pub(crate) at: String,
    pub(crate) who: WhoView,
    pub(crate) source: Option<String>,
    pub(crate) action: String,
    pub(crate) revision: Option<u64>,
    pub(crate) project: Option<Reference>,
    pub(crate) deeds: Vec<DeedView>,
    pub(crate) more: u32,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WhoView {
    pub(crate) name: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeedView {
    pub(crate) action: String,
    pub(crate) resource: ThingView,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ThingView {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: Option<String>,
}

pub(crate) fn users(users: &[UserView]) -> Table {
    let mut table = Table::new(&["NAME", "ROLE", "PROJECT", "MEMBER OF", "LOGIN", "CREATED"]);
    for user in users {
        let login = if user.enabled == Some(false) { "disabled" } else { "" };
        table.row([
            user.name.clone(),
            user.role.clone().unwrap_or_else(|| "(none)".to_owned()),
            name_of(&user.project),
            memberships(&user.memberships),
            login.to_owned(),
            user.created_at.clone(),
        ]);
    }
    table
}

pub(crate) fn user_overview(user: &UserView) -> String {
    let mut text = String::new();
    let login = if user.enabled == Some(false) { "disabled" } else { "enabled" };
    for (label, value) in [
        ("user", user.name.clone()),
        ("id", user.id.clone()),
        ("role", user.role.clone().unwrap_or_else(|| "(none)".to_owned())),
        ("project", name_of(&user.project)),
        ("member of", memberships(&user.memberships)),
        ("login", login.to_owned()),
        ("created", user.created_at.clone()),
    ] {
        writeln!(text, "{label:<10} {value}").expect("a String takes everything");
    }
    text
}

pub(crate) fn projects(projects: &[ProjectView]) -> Table {
    let mut table = Table::new(&[
        "NAME",
        "LOAD BALANCERS",
        "SCALING GROUPS",
        "INSTANCES",
        "DRIVERS",
        "DESCRIPTION",
    ]);
    for project in projects {
        table.row([
            project.name.clone(),
            used(project, "load_balancers"),
            used(project, "scaling_groups"),
            used(project, "instances"),
            project.drivers.join(", "),
            project.description.clone(),
        ]);
    }
    table
}

pub(crate) fn project_overview(project: &ProjectView, members: &[MembershipView]) -> String {
    let mut text = String::new();
    for (label, value) in [
        ("project", project.name.clone()),
        ("id", project.id.clone()),
        ("description", project.description.clone()),
        ("drivers", project.drivers.join(", ")),
        ("created", project.created_at.clone()),
    ] {
        writeln!(text, "{label:<12} {value}").expect("a String takes everything");
    }
    let mut table = Table::new(&["QUOTA", "USED", "LIMIT"]);
    for (what, limit) in &project.quota {
        let used = project.used.get(what).map(ToString::to_string).unwrap_or_default();
        table.row([what.replace('_', " "), used, limit.to_string()]);
    }
    text.push('\n');
    text.push_str(&table.text(""));
    let mut table = Table::new(&["MEMBER", "ROLE"]);
    for member in members {
        table.row([name_of(&member.user), member.role.clone()]);
    }
    text.push('\n');
    text.push_str(&table.text("no members"));
    text
}

pub(crate) fn audit(entries: &[AuditView]) -> Table {
    let mut table = Table::new(&["TIME", "WHO", "FROM", "PROJECT", "REVISION", "WHAT"]);
    for entry in entries {
        table.row([
            entry.at.clone(),
            entry.who.name.clone(),
            entry.source.clone().unwrap_or_default(),
            name_of(&entry.project),
            entry.revision.map(|revision| revision.to_string()).unwrap_or_default(),
            what(entry),
        ]);
    }
    table
}

fn what(entry: &AuditView) -> String {
    if entry.deeds.is_empty() {
        return entry.action.replace('_', " ").to_lowercase();
    }
    let tell = |deed: &DeedView| {
        let words =
            format!("{} {}", deed.action, deed.resource.kind).replace('_', " ").to_lowercase();
        match &deed.resource.name {
            Some(name) => format!("{words} {name}"),
            None => words,
        }
    };
    let mut told: Vec<String> = entry.deeds.iter().map(tell).collect();
    if entry.more > 0 {
        told.push(format!("{} more", entry.more));
    }
    told.join("; ")
}

fn used(project: &ProjectView, what: &str) -> String {
    let count = |counts: &BTreeMap<String, u32>| counts.get(what).copied().unwrap_or_default();
    format!("{} of {}", count(&project.used), count(&project.quota))
}

fn memberships(memberships: &[MembershipView]) -> String {
    let each = memberships.iter().map(|membership| {
        format!(
            "{} ({})",
            name_of(&membership.project),
            membership.role.to_lowercase().replace('_', "-")
        )
    });
    each.collect::<Vec<String>>().join(", ")
}

fn name_of(reference: &Option<Reference>) -> String {
    reference.as_ref().map(Reference::name).unwrap_or_default().to_owned()
}
