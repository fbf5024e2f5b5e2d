//! What to do with bytes.
