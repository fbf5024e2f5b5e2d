//! Data-driven checks of the parsers and writers.
