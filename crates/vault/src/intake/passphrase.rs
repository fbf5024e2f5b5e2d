//! A passphrase as the bytes that keys are derived from: the formats disagree, and so do tools about the same format.

use zeroize::Zeroizing;

/// What a person typed, or nothing.
#[derive(Clone, Copy)]
pub(super) struct Passphrase<'a>(pub(super) Option<&'a str>);

/// One way to make bytes of it.
pub(super) struct Form {
    /// For PKCS#12's own derivation (RFC 7292 §B.1): UTF-16 and a final zero.
    pub(super) wide: Zeroizing<Vec<u8>>,
    /// For PBKDF2 and its like (RFC 8018): UTF-8.
    pub(super) narrow: Zeroizing<Vec<u8>>,
}

impl Passphrase<'_> {
    /// Whether there is none to speak of.
    pub(super) fn is_empty(self) -> bool {
        self.0.is_none_or(str::is_empty)
    }

    /// The ways that tools are known to use, the usual one first.
    pub(super) fn forms(self) -> Vec<Form> {
        let text = self.0.unwrap_or_default();
        let wide = wide(text.encode_utf16());
        let narrow = Zeroizing::new(text.as_bytes().to_vec());
        if text.is_empty() {
            // An empty passphrase is two zeros for most, and nothing at all for some.
            let nothing = Form { wide: Zeroizing::default(), narrow: Zeroizing::default() };
            return vec![Form { wide, narrow }, nothing];
        }
        let mut forms = Vec::new();
        // NSS used PKCS#12's bytes for PBKDF2 too.
        let everywhere_wide = Form { wide: wide.clone(), narrow: wide.clone() };
        forms.push(Form { wide, narrow });
        if !text.is_ascii() {
            // OpenSSL before 1.1 widened the bytes of whatever the terminal sent: UTF-8, or ISO 8859-1.
            let bytes = Zeroizing::new(text.as_bytes().to_vec());
            let widened = self::wide(bytes.iter().map(|byte| u16::from(*byte)));
            forms.push(Form { wide: widened, narrow: bytes });
            let latin: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
            if let Some(latin) = latin.map(Zeroizing::new) {
                let wide = self::wide(latin.iter().map(|byte| u16::from(*byte)));
                forms.push(Form { wide, narrow: latin });
            }
        }
        forms.push(everywhere_wide);
        forms
    }
}

fn wide(units: impl Iterator<Item = u16>) -> Zeroizing<Vec<u8>> {
    // Room for all from the start: growing would leave copies.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * (super::MAX_PASSPHRASE_BYTES + 1)));
    for unit in units.chain([0]) {
        bytes.extend_from_slice(&unit.to_be_bytes());
    }
    bytes
}
