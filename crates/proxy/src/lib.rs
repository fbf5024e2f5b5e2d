//! Runs traffic on sockets.
