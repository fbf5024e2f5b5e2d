//! Certificates: the visitor's own. Nothing secret that was typed is ever in a page again.

pub(crate) mod delete;
pub(crate) mod details;
mod facts;
pub(crate) mod list;
pub(crate) mod new;

/// The list's path; a certificate's is below it.
pub(crate) const PATH: &str = "/certificates";

/// The path of a certificate's page.
pub(crate) fn path_of(id: &str) -> String {
    format!("{PATH}/{id}")
}
