//! Warnings: what its owner should know about a certificate that is taken all the same.

use elbow_model::value::Timestamp;

/// Something that some client may stumble over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// The certificate's issuer is not in the upload, so that clients may not find the way to the root that they trust.
    #[error(
        "intermediate `{issuer}` seems missing: clients that do not have it refuse the certificate; upload it with the \
         chain{}", found_at(.url)
    )]
    MissingIntermediate {
        /// Who signed the certificate.
        issuer: String,
        /// Where the certificate says that its issuer's is found.
        url: Option<String>,
    },
    /// A certificate that does not belong to the chain; it was left out.
    #[error("`{subject}` does not belong to the chain and was left out")]
    Unrelated {
        /// Whose it is.
        subject: String,
    },
    /// Nobody but its owner vouches for it.
    #[error("it is signed by itself: only clients that were told to trust it accept it")]
    SelfSigned,
    /// It names no server.
    #[error(
        "it names no server (`subjectAltName`): clients ignore its common name `{common_name}` and refuse it; request \
         a certificate with names"
    )]
    NoNames {
        /// What it has instead.
        common_name: String,
    },
    /// A name in it that no client matches.
    #[error("its name `{name}` is ignored: {why}")]
    NameIgnored {
        /// As it stands there.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It is an authority's certificate.
    #[error("it is the certificate of an authority: some clients refuse it for a server")]
    Authority,
    /// It was made for another use.
    #[error("it is not meant for servers ({what} is missing): clients refuse it")]
    NotForServers {
        /// The missing use.
        what: &'static str,
    },
    /// An issuer's certificate that can be forged.
    #[error("`{subject}` in its chain is signed with {algorithm}: clients of today refuse it")]
    WeakSignature {
        /// Whose it is.
        subject: String,
        /// Hash and key.
        algorithm: &'static str,
    },
    /// An issuer's certificate that may not sign others.
    #[error(
        "`{subject}` in its chain is not the certificate of an authority: clients refuse the chain"
    )]
    IssuerNotAuthority {
        /// Whose it is.
        subject: String,
    },
    /// Its time is over, or has not come.
    #[error("`{subject}` is valid from {not_before} until {not_after}, which is not now")]
    NotValidNow {
        /// Whose it is.
        subject: String,
        /// From when on.
        not_before: Timestamp,
        /// Until when.
        not_after: Timestamp,
    },
    /// It obliges its server to show OCSP answers, and there is none.
    #[error(
        "it demands OCSP stapling (`must-staple`) and the upload has no OCSP answer: clients that heed it refuse it"
    )]
    StapleMissing,
    /// The OCSP answer is of another time; it was left out.
    #[error("its OCSP answer is valid from {from}{}, which is not now, and was left out", valid_until(.until))]
    StapleStale {
        /// From when on.
        from: Timestamp,
        /// Until when, if it says.
        until: Option<Timestamp>,
    },
    /// The OCSP answer says that the authority does not know the certificate; it was left out.
    #[error("its OCSP answer says that the authority does not know it, and was left out")]
    StapleUnknown,
}

impl Warning {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingIntermediate { .. } => "MISSING_INTERMEDIATE",
            Self::Unrelated { .. } => "UNRELATED_CERTIFICATE",
            Self::SelfSigned => "SELF_SIGNED",
            Self::NoNames { .. } => "NO_NAMES",
            Self::NameIgnored { .. } => "NAME_IGNORED",
            Self::Authority => "AUTHORITY",
            Self::NotForServers { .. } => "NOT_FOR_SERVERS",
            Self::WeakSignature { .. } => "WEAK_SIGNATURE",
            Self::IssuerNotAuthority { .. } => "ISSUER_NOT_AUTHORITY",
            Self::NotValidNow { .. } => "NOT_VALID_NOW",
            Self::StapleMissing => "STAPLE_MISSING",
            Self::StapleStale { .. } => "STAPLE_STALE",
            Self::StapleUnknown => "STAPLE_UNKNOWN",
        }
    }
}

fn found_at(url: &Option<String>) -> String {
    url.as_ref().map(|url| format!(" (the certificate says it is at {url})")).unwrap_or_default()
}

fn valid_until(until: &Option<Timestamp>) -> String {
    until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default()
}
