//! The native dialect, through the router and a Ledger in memory: what goes in, what comes out.

#![expect(clippy::unwrap_used, reason = "what fails in a test shall panic")]

mod native {
    pub(crate) mod api_keys;
    pub(crate) mod certificates;
    pub(crate) mod children;
    pub(crate) mod desk;
    pub(crate) mod events;
    pub(crate) mod load_balancers;
    pub(crate) mod networks;
    pub(crate) mod oidc;
    pub(crate) mod refusals;
    pub(crate) mod scaling;
    pub(crate) mod scaling_stats;
    pub(crate) mod serving;
    pub(crate) mod sessions;
    pub(crate) mod speed;
    pub(crate) mod surface;
    pub(crate) mod tenancy;
    pub(crate) mod terms;
    pub(crate) mod tls;
}
