//! The pages, one family a folder.

pub(crate) mod certificates;
pub(crate) mod live;
pub(crate) mod load_balancers;
pub(crate) mod login;
pub(crate) mod overview;
pub(crate) mod preferences;
pub(crate) mod scaling_groups;
