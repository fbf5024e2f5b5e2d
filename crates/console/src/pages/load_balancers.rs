//! Load balancers: the list, and all about one.

mod body;
pub(crate) mod delete;
pub(crate) mod details;
pub(crate) mod edit;
mod fields;
pub(crate) mod frame;
pub(crate) mod list;
mod map;
pub(crate) mod monitoring;
pub(crate) mod new;
pub(crate) mod pool_form;
pub(crate) mod pools;
pub(crate) mod review;
pub(crate) mod rule_form;
pub(crate) mod rules;
pub(crate) mod servers;
pub(crate) mod traffic;

/// The list's path; a load balancer's is below it.
pub(crate) const PATH: &str = "/load-balancers";

/// The path of a load balancer's page.
pub(crate) fn path_of(id: &str) -> String {
    format!("{PATH}/{id}")
}
