//! Load balancers: the list, and all about one.

pub(crate) mod list;
pub(crate) mod traffic;

/// The list's path; a load balancer's is below it.
pub(crate) const PATH: &str = "/load-balancers";

/// The path of a load balancer's page.
pub(crate) fn path_of(id: &str) -> String {
    format!("{PATH}/{id}")
}
