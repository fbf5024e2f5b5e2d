//! The pieces that pages are made of. Each is accessible by itself: names, roles and states are in the markup, scripts
//! only make it quicker.

pub(crate) mod badge;
pub(crate) mod band;
pub(crate) mod chart;
pub(crate) mod confirm;
pub(crate) mod decision;
pub(crate) mod equivalents;
pub(crate) mod field;
pub(crate) mod icon;
pub(crate) mod list;
pub(crate) mod meter;
pub(crate) mod moment;
pub(crate) mod size_bar;
pub(crate) mod sparkline;
