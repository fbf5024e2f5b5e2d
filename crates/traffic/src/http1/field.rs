//! What a header field means to a proxy, told once per field so that nobody compares names again.
//! It must know every field that is not simply passed on.

/// How the writers treat a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FieldKind {
    /// Passed on untouched.
    Plain,
    Host,
    ContentLength,
    TransferEncoding,
    Connection,
    Upgrade,
    Expect,
    MaxForwards,
    Via,
    RequestId,
    ForwardedFor,
    ForwardedProto,
    ForwardedPort,
    ForwardedHost,
    Forwarded,
    Cookie,
    /// Replaced where the listener has one of its own (RFC 6797).
    StrictTransport,
    /// Ends here: hop-by-hop by its nature or nominated by `Connection` (RFC 9110 §7.6.1).
    Dropped,
}

impl FieldKind {
    /// The kind of a field of this name, in any case.
    #[must_use]
    pub fn of(name: &[u8]) -> Self {
        let candidates: &[(&[u8], Self)] = match name.len() {
            2 => &[(b"te", Self::Dropped)],
            3 => &[(b"via", Self::Via)],
            4 => &[(b"host", Self::Host)],
            5 => &[(b"proxy", Self::Dropped)],
            6 => &[(b"expect", Self::Expect), (b"cookie", Self::Cookie)],
            7 => &[(b"upgrade", Self::Upgrade)],
            9 => &[(b"forwarded", Self::Forwarded), (b"x-real-ip", Self::Dropped)],
            10 => &[(b"connection", Self::Connection), (b"keep-alive", Self::Dropped)],
            12 => &[(b"x-request-id", Self::RequestId), (b"max-forwards", Self::MaxForwards)],
            // What only a balancer may say of a client's certificate (RFC 9440 §4).
            11 => &[(b"client-cert", Self::Dropped)],
            14 => &[(b"content-length", Self::ContentLength), (b"http2-settings", Self::Dropped)],
            15 => &[(b"x-forwarded-for", Self::ForwardedFor)],
            16 => &[
                (b"x-forwarded-host", Self::ForwardedHost),
                (b"x-forwarded-port", Self::ForwardedPort),
                (b"proxy-connection", Self::Dropped),
            ],
            17 => &[
                (b"transfer-encoding", Self::TransferEncoding),
                (b"x-forwarded-proto", Self::ForwardedProto),
                (b"client-cert-chain", Self::Dropped),
            ],
            19 => &[(b"proxy-authorization", Self::Dropped)],
            21 => &[(b"x-client-cert-subject", Self::Dropped)],
            22 => &[(b"x-client-cert-verified", Self::Dropped)],
            25 => &[(b"strict-transport-security", Self::StrictTransport)],
            32 => &[(b"x-client-cert-fingerprint-sha256", Self::Dropped)],
            _ => &[],
        };
        candidates
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or(Self::Plain, |(_, kind)| *kind)
    }

    /// Whether it belongs to the message, and not to the connection that it came on.
    #[must_use]
    pub fn is_of_message(self) -> bool {
        !matches!(self, Self::TransferEncoding | Self::Connection | Self::Upgrade | Self::Dropped)
    }

    /// Whether `Connection` may nominate it: never what frames or addresses the message.
    #[must_use]
    pub fn may_be_nominated(self) -> bool {
        !matches!(
            self,
            Self::Host
                | Self::ContentLength
                | Self::TransferEncoding
                | Self::Connection
                | Self::Upgrade
                | Self::Via
                | Self::MaxForwards
        )
    }
}

/// Whether a trailer field of this name may be passed on: nothing that frames, routes,
/// authenticates or controls (RFC 9110 §6.5.1).
#[must_use]
pub fn may_be_trailer(name: &[u8]) -> bool {
    const REFUSED: [&[u8]; 20] = [
        b"authorization",
        b"set-cookie",
        b"content-encoding",
        b"content-type",
        b"content-range",
        b"trailer",
        b"cache-control",
        b"max-forwards",
        b"te",
        b"range",
        b"if-match",
        b"if-none-match",
        b"if-modified-since",
        b"if-unmodified-since",
        b"www-authenticate",
        b"proxy-authenticate",
        b"location",
        b"date",
        b"vary",
        b"age",
    ];
    FieldKind::of(name) == FieldKind::Plain
        && !REFUSED.iter().any(|refused| refused.eq_ignore_ascii_case(name))
}

/// The members of a comma-separated list, trimmed, without empty ones.
pub fn list_members(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|member| !member.is_empty())
}
