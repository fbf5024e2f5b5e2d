//! Why a message was not accepted: a request by its sender's fault ([`Refusal`]), a response by
//! its member's ([`BadResponse`]). It must name the reason in words that help the sender.

use std::fmt;

/// A request that is answered with an error and whose connection is closed, because its end is
/// not known for certain or its sender can't be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Malformed(&'static str),
    HeadTooLarge,
    TooManyFields,
    TargetTooLong,
    VersionNotSupported,
    MethodNotImplemented,
    CodingNotImplemented,
    ExpectationFailed,
    Loop,
    /// Over a TLS connection that was meant for another host.
    Misdirected,
    BodyTooSlow,
    HeadTimeout,
}

impl Refusal {
    /// The status code of the answer.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed(_) => 400,
            Self::HeadTooLarge | Self::TooManyFields => 431,
            Self::TargetTooLong => 414,
            Self::VersionNotSupported => 505,
            Self::MethodNotImplemented | Self::CodingNotImplemented => 501,
            Self::ExpectationFailed => 417,
            Self::Loop => 508,
            Self::Misdirected => 421,
            Self::BodyTooSlow | Self::HeadTimeout => 408,
        }
    }

    /// The sentence of the answer's body.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Malformed(reason) => reason,
            Self::HeadTooLarge => "the request head is larger than 64 KiB",
            Self::TooManyFields => "the request has more than 100 header fields",
            Self::TargetTooLong => "the request target is longer than 16 KiB",
            Self::VersionNotSupported => "only HTTP/1.0 and HTTP/1.1 are spoken here",
            Self::MethodNotImplemented => "this method is not supported by a reverse proxy",
            Self::CodingNotImplemented => "the only transfer coding understood is chunked",
            Self::ExpectationFailed => "the only expectation understood is 100-continue",
            Self::Loop => "the request passed this load balancer too often",
            Self::Misdirected => {
                "this connection shows the certificate of another host: connect anew for this one"
            }
            Self::BodyTooSlow => "the request body came too slowly",
            Self::HeadTimeout => "the request head came too slowly",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.reason())
    }
}

/// A response that can't be passed on; the client gets 502 and the member's connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadResponse {
    Malformed(&'static str),
    HeadTooLarge,
    TooManyFields,
    TooManyInterim,
    UnaskedUpgrade,
}

impl BadResponse {
    /// The reason, for the error page and the log.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Malformed(reason) => reason,
            Self::HeadTooLarge => "the response head is larger than 64 KiB",
            Self::TooManyFields => "the response has more than 100 header fields",
            Self::TooManyInterim => "too many interim responses",
            Self::UnaskedUpgrade => "the member switched protocols without being asked",
        }
    }
}

impl fmt::Display for BadResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.reason())
    }
}
