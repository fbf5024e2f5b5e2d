//! One relayed TCP connection: which direction is open, and when to change to splicing.
