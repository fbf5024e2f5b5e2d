//! Claims about the intake of certificates: what is taken, what is said about it, what is refused, and that TLS works with
//! everything that is taken.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod chain;
mod facts;
mod ocsp;
mod openssl;
mod pbmac1;
mod pem;
mod support;
mod vintages;
