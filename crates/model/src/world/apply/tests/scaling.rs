//! Tests of the rules about scaling groups.

pub(super) mod aim;
mod attachment;
mod execution;
mod fixture;
mod group;
mod instance;
pub(super) mod invariants;
mod properties;
mod wake;
