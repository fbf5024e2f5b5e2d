//! Scaling groups: the list, and all about one.

pub(crate) mod activity;
pub(crate) mod attachments;
mod body;
pub(crate) mod delete;
pub(crate) mod details;
pub(crate) mod edit;
mod fields;
pub(crate) mod frame;
pub(crate) mod graphs;
mod hook_fields;
pub(crate) mod instance;
pub(crate) mod instances;
pub(crate) mod list;
mod log;
pub(crate) mod new;
mod policy_fields;
pub(crate) mod replay;
pub(crate) mod rule_form;
pub(crate) mod rules;
pub(crate) mod scale;
mod schedule_fields;
pub(crate) mod switch;
pub(crate) mod words;

/// The list's path; a scaling group's is below it.
pub(crate) const PATH: &str = "/scaling-groups";

/// The path of a scaling group's page.
pub(crate) fn path_of(id: &str) -> String {
    format!("{PATH}/{id}")
}

/// The API's path of a scaling group.
fn api_path(id: &str) -> String {
    format!("/v1/scaling-groups/{id}")
}
