//! Scaling groups and what belongs to them, as the native dialect shows them.

pub(in crate::native) mod activity;
pub(in crate::native) mod eligible;
pub(in crate::native) mod group;
pub(in crate::native) mod hook;
pub(in crate::native) mod instance;
pub(in crate::native) mod log;
pub(in crate::native) mod policy;
pub(in crate::native) mod replay;
pub(in crate::native) mod schedule;
pub(in crate::native) mod stats;
pub(in crate::native) mod template;
pub(in crate::native) mod words;
