//! Tests of the rules: each family by tables of what is refused and what is taken, and all
//! together by properties that hold after any sequence of Changes.

mod aim;
mod api_key;
mod certificate;
mod change;
pub(crate) mod fixture;
mod identity;
mod invariants;
mod listener;
mod load_balancer;
mod member;
mod network;
mod older;
mod pool;
mod properties;
mod rule;
mod scaling;
mod session;
mod speed;
mod tenancy;
mod tls;
mod vip;
