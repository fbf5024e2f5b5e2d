//! Refusals: why an upload is not taken, with the field that it is about, a stable code and what to do.

use std::fmt;

/// An upload is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// What of the upload it is about.
    pub field: Field,
    /// What is wrong with it.
    pub reason: Reason,
}

/// A part of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// A PKCS#12 file.
    Pkcs12,
    /// The passphrase of the file or of the key.
    Passphrase,
    /// Certificates in PEM.
    Certificate,
    /// The private key in PEM.
    PrivateKey,
    /// Certificates of authorities in PEM.
    Authorities,
}

impl Field {
    /// As the native API spells it; authorities are called by what they are for there.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pkcs12 => "pkcs12",
            Self::Passphrase => "passphrase",
            Self::Certificate => "certificate",
            Self::PrivateKey => "private_key",
            Self::Authorities => "ca",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// There is nothing.
    #[error("is empty")]
    Empty,
    /// It is larger than any certificate with its key.
    #[error(
        "has {found} bytes, at most {most} are read; leave out what is not needed for this certificate"
    )]
    TooLarge {
        /// Bytes.
        found: usize,
        /// Allowed.
        most: usize,
    },
    /// It has more of something than is looked at.
    #[error("has more than {most} {what}; leave out what is not needed for this certificate")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// Allowed.
        most: usize,
    },
    /// It is in another format.
    #[error("is {found}; {remedy}")]
    OtherFormat {
        /// What it seems to be.
        found: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A part cannot be read.
    #[error("is damaged: {what} cannot be read; export it again")]
    Damaged {
        /// Which part.
        what: &'static str,
    },
    /// The passphrase is right, and the contents are not as they were written.
    #[error(
        "is damaged: the passphrase opens it, but its checksum does not match; export or transfer it again"
    )]
    ChecksumWrong,
    /// It is encrypted, and there is no passphrase.
    #[error("is needed: {what} is encrypted")]
    PassphraseNeeded {
        /// The file or the key.
        what: &'static str,
    },
    /// Another passphrase was meant, or none.
    #[error(
        "does not open {what}; mind capitals and spaces, and whether it was exported with another one"
    )]
    PassphraseWrong {
        /// The file or the key.
        what: &'static str,
    },
    /// A passphrase opens a part of the file only.
    #[error("has parts with another passphrase; export it again with one passphrase for all")]
    PassphrasesDiffer,
    /// Longer than a person types.
    #[error("has {found} bytes, at most {most} are taken")]
    PassphraseTooLong {
        /// Bytes.
        found: usize,
        /// Allowed.
        most: usize,
    },
    /// It is encrypted with something that is not read here.
    #[error(
        "is protected with {algorithm}, which is not supported; export it again with AES-256 (the default of OpenSSL 3)"
    )]
    UnsupportedProtection {
        /// Its name or number.
        algorithm: String,
    },
    /// Opening it would take too long.
    #[error(
        "asks for {asked} rounds of key derivation in all, at most {most} are run; export it again with a lower count \
         (OpenSSL: -iter 100000)"
    )]
    TooMuchWork {
        /// How many it asks for.
        asked: u64,
        /// Allowed.
        most: u64,
    },
    /// There is no private key in it.
    #[error("has no private key; export the certificate together with its key")]
    NoKey,
    /// There are several.
    #[error("has {count} different private keys; export the one that belongs to the certificate")]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// There is no certificate in it.
    #[error("has no certificate; export the key together with its certificate")]
    NoCertificate,
    /// The key belongs to none of the certificates.
    #[error(
        "belongs to none of the certificates ({subjects}); give the key that the certificate was requested with"
    )]
    KeyMismatch {
        /// Whose the certificates are.
        subjects: String,
    },
    /// The key has parts that do not belong together.
    #[error("is no valid private key: its parts do not belong together; export it again")]
    KeyInvalid,
    /// A kind of key that TLS clients do not take.
    #[error(
        "is a key of kind {found}; use RSA (2048 to 8192 bits), ECDSA on P-256, P-384 or P-521, or Ed25519"
    )]
    UnsupportedKey {
        /// Which kind.
        found: String,
    },
    /// An RSA key of a size that is not safe or not served.
    #[error(
        "is an RSA key of {bits} bits, 2048 to 8192 are allowed; request a certificate for a new key"
    )]
    KeySize {
        /// Its size.
        bits: usize,
    },
    /// Its signature can be forged, so that no client of today accepts it.
    #[error(
        "is signed with {algorithm}, which no client of today accepts; request a new certificate"
    )]
    WeakSignature {
        /// Hash and key.
        algorithm: &'static str,
    },
    /// TLS cannot use it.
    #[error("cannot be used for TLS: {why}; request a new certificate")]
    NotServable {
        /// What the TLS library says.
        why: String,
    },
    /// A certificate of version 1 or 2.
    #[error(
        "is an X.509 certificate of version {version}, clients expect version 3 with the server's names \
         (`subjectAltName`); request a new certificate"
    )]
    OldVersion {
        /// Its version.
        version: u64,
    },
    /// A certificate among the authorities that may sign no others.
    #[error(
        "has `{subject}`, which is not a certificate authority; give the certificate that signed it"
    )]
    NotAuthority {
        /// Whose it is.
        subject: String,
    },
    /// An OCSP answer that says nothing.
    #[error(
        "has an OCSP answer that says `{status}`; ask the authority for a new answer, or leave it out"
    )]
    OcspFailed {
        /// What it says.
        status: &'static str,
    },
    /// An OCSP answer about something else.
    #[error(
        "has an OCSP answer about another certificate; ask the authority about this one, or leave it out"
    )]
    OcspForeign,
    /// An OCSP answer that its authority did not sign, or whose authority is not in the upload.
    #[error(
        "has an OCSP answer that `{issuer}` did not sign, or whose certificate is not given; give the authority's \
         certificate too, or leave the answer out"
    )]
    OcspUnsigned {
        /// Who had to sign it.
        issuer: String,
    },
    /// The certificate was called back.
    #[error("is revoked, as its OCSP answer says; request a new certificate")]
    Revoked,
}

impl Reason {
    /// About which field.
    pub(super) fn of(self, field: Field) -> Refusal {
        Refusal { field, reason: self }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "EMPTY",
            Self::TooLarge { .. } => "TOO_LARGE",
            Self::TooMany { .. } => "TOO_MANY_ENTRIES",
            Self::OtherFormat { .. } => "WRONG_FORMAT",
            Self::Damaged { .. } | Self::ChecksumWrong => "DAMAGED",
            Self::PassphraseNeeded { .. } => "PASSPHRASE_NEEDED",
            Self::PassphraseWrong { .. } => "PASSPHRASE_WRONG",
            Self::PassphrasesDiffer => "PASSPHRASES_DIFFER",
            Self::PassphraseTooLong { .. } => "PASSPHRASE_TOO_LONG",
            Self::UnsupportedProtection { .. } => "UNSUPPORTED_PROTECTION",
            Self::TooMuchWork { .. } => "TOO_MANY_ITERATIONS",
            Self::NoKey => "NO_PRIVATE_KEY",
            Self::SeveralKeys { .. } => "SEVERAL_PRIVATE_KEYS",
            Self::NoCertificate => "NO_CERTIFICATE",
            Self::KeyMismatch { .. } => "KEY_MISMATCH",
            Self::KeyInvalid => "INVALID_PRIVATE_KEY",
            Self::UnsupportedKey { .. } => "UNSUPPORTED_KEY",
            Self::KeySize { .. } => "KEY_SIZE",
            Self::WeakSignature { .. } => "WEAK_SIGNATURE",
            Self::NotServable { .. } => "NOT_SERVABLE",
            Self::OldVersion { .. } => "OLD_VERSION",
            Self::NotAuthority { .. } => "NOT_AN_AUTHORITY",
            Self::OcspFailed { .. } => "OCSP_FAILED",
            Self::OcspForeign => "OCSP_OF_ANOTHER_CERTIFICATE",
            Self::OcspUnsigned { .. } => "OCSP_NOT_SIGNED",
            Self::Revoked => "REVOKED",
        }
    }
}
