//! Ranges of loopback addresses, one per deployment, so that tests run beside each other and beside a running Elbow.

use std::net::{Ipv4Addr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// The second octets that tests may use for ranges of 254 addresses.
const SECOND: std::ops::Range<u32> = 80..120;

/// A range `127.x.y.0/24` that is this test's until it is dropped.
pub(crate) struct Vips {
    prefix: [u8; 3],
    /// A listener on the last address holds the range against other tests, in this process or another.
    _claim: TcpListener,
}

impl Vips {
    /// Port of the listener that holds a range.
    const CLAIM_PORT: u16 = 47;

    /// Takes a free range.
    pub(crate) fn claim() -> Self {
        static TAKEN: AtomicU32 = AtomicU32::new(0);
        let ranges = (SECOND.end - SECOND.start) * 256;
        let start = process::id().wrapping_mul(61) % ranges;
        for _ in 0..ranges {
            let index = (start + TAKEN.fetch_add(1, Ordering::Relaxed)) % ranges;
            let second = u8::try_from(SECOND.start + index / 256).unwrap();
            let third = u8::try_from(index % 256).unwrap();
            let last = Ipv4Addr::new(127, second, third, 255 - 1);
            if let Ok(claim) = TcpListener::bind((last, Self::CLAIM_PORT)) {
                return Self { prefix: [127, second, third], _claim: claim };
            }
        }
        panic!("all ranges of loopback addresses are in use");
    }

    /// The range in CIDR notation.
    pub(crate) fn cidr(&self) -> String {
        let [a, b, c] = self.prefix;
        format!("{a}.{b}.{c}.0/24")
    }

    /// An address of the range.
    pub(crate) fn address(&self, last: u8) -> Ipv4Addr {
        let [a, b, c] = self.prefix;
        Ipv4Addr::new(a, b, c, last)
    }
}
