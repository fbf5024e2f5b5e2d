//! The link, with scripted proxies at the other end of real sockets. They check the digest of all they are told.

mod fixture;
mod hostile;
mod reports;
mod sets;
mod speed;
