//! Secrets: password and token hashing.
