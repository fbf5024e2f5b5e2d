//! The pages, one family a folder.

pub(crate) mod activity;
pub(crate) mod certificates;
pub(crate) mod history;
pub(crate) mod live;
pub(crate) mod load_balancers;
pub(crate) mod login;
pub(crate) mod networks;
pub(crate) mod operator;
pub(crate) mod overview;
pub(crate) mod preferences;
pub(crate) mod project;
pub(crate) mod scaling_groups;
