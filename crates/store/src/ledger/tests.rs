//! Tests of the Ledger.
