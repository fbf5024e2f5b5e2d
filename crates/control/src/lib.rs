//! Carries out Actions and holds the link to proxies.
