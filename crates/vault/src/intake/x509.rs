//! A certificate (RFC 5280 §4.1), as far as the intake has to know it: names, validity, key, signature and the
//! extensions that decide what clients make of it.

use std::net::IpAddr;

use const_oid::ObjectIdentifier;
use elbow_model::value::Timestamp;

use super::asn1::{
    BIT_STRING, BOOLEAN, Element, INTEGER, Malformed, OCTET_STRING, Reader, SEQUENCE, context,
    context_primitive,
};
use super::distinguished_name;
use super::oid;
use super::public_key::PublicKey;

/// One certificate.
#[derive(Debug, Clone)]
pub(super) struct X509 {
    pub(super) der: Vec<u8>,
    /// What is signed.
    signed: Vec<u8>,
    pub(super) version: u64,
    /// Without leading zeros.
    pub(super) serial: Vec<u8>,
    /// The encoded name.
    pub(super) issuer: Vec<u8>,
    /// The encoded name.
    pub(super) subject: Vec<u8>,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    pub(super) public_key: PublicKey,
    /// The contents of the `AlgorithmIdentifier`.
    signature_algorithm: Vec<u8>,
    signature: Vec<u8>,
    pub(super) extensions: Extensions,
}

/// What its extensions say.
#[derive(Debug, Clone, Default)]
pub(super) struct Extensions {
    /// The servers that it is for.
    pub(super) names: Vec<AltName>,
    /// Whether it may sign certificates.
    pub(super) is_authority: bool,
    /// What its key may be used for; none if anything.
    pub(super) key_usage: Option<KeyUsage>,
    /// What for; none if anything.
    pub(super) purposes: Option<Vec<ObjectIdentifier>>,
    /// Where its issuer's certificate is found.
    pub(super) issuer_url: Option<String>,
    /// Whether its server has to show an OCSP answer (RFC 7633).
    pub(super) demands_staple: bool,
}

/// A name in `subjectAltName` that is a server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AltName {
    Dns(String),
    Ip(IpAddr),
    /// Neither 4 nor 16 bytes, or no ASCII.
    Broken(String),
}

/// The bits of `keyUsage` that matter for a server (RFC 5280 §4.2.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyUsage {
    pub(super) signs: bool,
}

impl X509 {
    /// Reads one that fills `der` exactly.
    pub(super) fn parse(der: &[u8]) -> Result<Self, Malformed> {
        let mut file = Reader::der(der);
        let mut certificate = file.sequence()?;
        file.end()?;
        let signed = certificate.expect(SEQUENCE)?;
        let signature_algorithm = certificate.expect(SEQUENCE)?.body.to_vec();
        let signature = certificate.expect(BIT_STRING)?.bits()?.to_vec();
        certificate.end()?;

        let mut fields = signed.reader();
        let version = match fields.optional(context(0))? {
            Some(version) => version.reader().number()?.saturating_add(1),
            None => 1,
        };
        // A negative serial number is against the rules and does no harm.
        let serial = fields.expect(INTEGER)?;
        let serial = serial.magnitude().unwrap_or(serial.body).to_vec();
        fields.expect(SEQUENCE)?;
        let issuer = fields.expect(SEQUENCE)?.encoded.to_vec();
        let mut validity = fields.sequence()?;
        let (not_before, not_after) = (validity.any()?.time()?, validity.any()?.time()?);
        let subject = fields.expect(SEQUENCE)?.encoded.to_vec();
        let public_key = PublicKey::parse(&mut fields)?;
        // `issuerUniqueID` and `subjectUniqueID`.
        fields.optional(context_primitive(1))?;
        fields.optional(context_primitive(2))?;
        let extensions = match fields.optional(context(3))? {
            Some(extensions) => Extensions::parse(extensions.reader().sequence()?)?,
            None => Extensions::default(),
        };
        // Both are shown to people.
        distinguished_name::text(&issuer)?;
        distinguished_name::text(&subject)?;
        Ok(Self {
            der: der.to_vec(),
            signed: signed.encoded.to_vec(),
            version,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            public_key,
            signature_algorithm,
            signature,
            extensions,
        })
    }

    pub(super) fn subject_text(&self) -> String {
        distinguished_name::text(&self.subject).unwrap_or_default()
    }

    pub(super) fn issuer_text(&self) -> String {
        distinguished_name::text(&self.issuer).unwrap_or_default()
    }

    /// What people call it: its subject, or its first name if that is empty.
    pub(super) fn title(&self) -> String {
        match (self.subject_text(), self.extensions.names.first()) {
            (text, Some(AltName::Dns(name) | AltName::Broken(name))) if text.is_empty() => {
                name.clone()
            }
            (text, Some(AltName::Ip(address))) if text.is_empty() => address.to_string(),
            (text, _) => text,
        }
    }

    pub(super) fn serial_text(&self) -> String {
        let text: String = self.serial.iter().map(|byte| format!("{byte:02x}")).collect();
        if text.is_empty() { "00".to_owned() } else { text }
    }

    /// Whether `issuer` is named as its issuer and really signed it.
    pub(super) fn is_signed_by(&self, issuer: &Self) -> bool {
        self.issuer == issuer.subject
            && issuer.public_key.signed(&self.signature_algorithm, &self.signed, &self.signature)
    }

    /// Whether it is its own issuer.
    pub(super) fn is_self_signed(&self) -> bool {
        self.is_signed_by(self)
    }

    /// The name of its signature's algorithm, if that can be forged.
    pub(super) fn weak_signature(&self) -> Option<&'static str> {
        match Reader::der(&self.signature_algorithm).oid().ok()? {
            oid::MD2_RSA => Some("MD2 and RSA"),
            oid::MD5_RSA => Some("MD5 and RSA"),
            oid::SHA1_RSA | oid::SHA1_RSA_OIW => Some("SHA-1 and RSA"),
            oid::SHA1_DSA => Some("SHA-1 and DSA"),
            oid::SHA1_ECDSA => Some("SHA-1 and ECDSA"),
            _ => None,
        }
    }

    pub(super) fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// Whether it may be used for `purpose`.
    pub(super) fn is_for(&self, purpose: ObjectIdentifier) -> bool {
        let purposes = self.extensions.purposes.as_ref();
        purposes.is_none_or(|all| all.contains(&purpose) || all.contains(&oid::ANY_USAGE))
    }
}

impl Extensions {
    fn parse(mut list: Reader<'_>) -> Result<Self, Malformed> {
        let mut found = Self::default();
        while !list.is_empty() {
            let mut extension = list.sequence()?;
            let kind = extension.oid()?;
            extension.optional(BOOLEAN)?;
            let value = extension.expect(OCTET_STRING)?.body;
            extension.end()?;
            found.take(kind, Reader::der(value))?;
        }
        Ok(found)
    }

    fn take(&mut self, kind: ObjectIdentifier, mut value: Reader<'_>) -> Result<(), Malformed> {
        match kind {
            oid::SUBJECT_ALT_NAME => self.names = alt_names(value.sequence()?)?,
            oid::BASIC_CONSTRAINTS => {
                let flag = value.sequence()?.optional(BOOLEAN)?;
                self.is_authority =
                    flag.is_some_and(|flag| flag.body.iter().any(|byte| *byte != 0));
            }
            oid::KEY_USAGE => {
                // Unused bits, then the bits with `digitalSignature` first.
                let bits = value.expect(BIT_STRING)?.body.get(1).copied().unwrap_or(0);
                self.key_usage = Some(KeyUsage { signs: bits & 0x80 != 0 });
            }
            oid::EXTENDED_KEY_USAGE => {
                let mut list = value.sequence()?;
                let mut purposes = Vec::new();
                while !list.is_empty() {
                    purposes.push(list.oid()?);
                }
                self.purposes = Some(purposes);
            }
            oid::AUTHORITY_ACCESS => self.issuer_url = issuer_url(value),
            oid::TLS_FEATURE => {
                /// `status_request` (RFC 6066 §8).
                const STATUS_REQUEST: u64 = 5;
                let mut list = value.sequence()?;
                while !list.is_empty() {
                    self.demands_staple |= list.number()? == STATUS_REQUEST;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The servers' names in `GeneralNames` (RFC 5280 §4.2.1.6).
fn alt_names(mut list: Reader<'_>) -> Result<Vec<AltName>, Malformed> {
    const DNS_NAME: u8 = context_primitive(2);
    const IP_ADDRESS: u8 = context_primitive(7);
    let mut names = Vec::new();
    while !list.is_empty() {
        let name = list.any()?;
        match name.tag {
            DNS_NAME => names.push(dns_name(&name)),
            IP_ADDRESS => names.push(ip_address(&name)),
            _ => {}
        }
    }
    Ok(names)
}

fn dns_name(name: &Element<'_>) -> AltName {
    match std::str::from_utf8(name.body) {
        Ok(text) if text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            AltName::Dns(text.to_ascii_lowercase())
        }
        _ => AltName::Broken(String::from_utf8_lossy(name.body).escape_debug().take(253).collect()),
    }
}

fn ip_address(name: &Element<'_>) -> AltName {
    match (<[u8; 4]>::try_from(name.body), <[u8; 16]>::try_from(name.body)) {
        (Ok(four), _) => AltName::Ip(four.into()),
        (_, Ok(sixteen)) => AltName::Ip(sixteen.into()),
        _ => AltName::Broken(format!("an address of {} bytes", name.body.len())),
    }
}

/// The first web address where the issuer's certificate is found (RFC 5280 §4.2.2.1); it is only shown.
fn issuer_url(mut value: Reader<'_>) -> Option<String> {
    const URI: u8 = context_primitive(6);
    const MAX_CHARS: usize = 256;
    let mut list = value.sequence().ok()?;
    while let Ok(mut access) = list.sequence() {
        if access.oid().ok()? != oid::CA_ISSUERS {
            continue;
        }
        let place = access.any().ok()?;
        let text = std::str::from_utf8(place.body).ok()?;
        if place.tag == URI
            && text.starts_with("http")
            && text.len() <= MAX_CHARS
            && text.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Some(text.to_owned());
        }
    }
    None
}
