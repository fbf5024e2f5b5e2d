//! The only door to the kernel that `std` does not have: epoll, accept4, eventfd, splice, socket
//! set-up. The only place with `unsafe`, each use with its reason; nothing here may know what
//! the bytes mean.

pub mod descriptors;
pub mod epoll;
pub mod event;
pub mod pipe;
pub mod signal;
pub mod socket;
