//! Text that goes into HTTP messages: checked once here, so that no writer can be made to split a message.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// Declares a checked text newtype; `$check` gets the text and returns it in canonical form or says what is wrong.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and takes the text.
            pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
                $check(text.into()).map(Self)
            }

            /// The text in canonical form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

checked_text! {
    /// A method or cookie name: an RFC 9110 §5.6.2 token of 1 to 64 characters, its case kept.
    HttpToken, token
}
checked_text! {
    /// A field name in lower case: an RFC 9110 §5.6.2 token of 1 to 64 characters.
    HeaderName, lower_token
}
checked_text! {
    /// A field value: 1 to 1,024 printable ASCII characters and spaces, none at the ends (RFC 9110 §5.5).
    HeaderText, field_text
}
checked_text! {
    /// A host name in lower case, without port: 1 to 253 characters, labels of letters, digits, `-` and `_`
    /// (RFC 1123 §2.1), or an IP address.
    HostName, host_name
}
checked_text! {
    /// An absolute path, possibly with a query: starts with `/`, 1 to 1,024 visible ASCII characters, no fragment
    /// (RFC 9112 §3.2.1).
    HttpPath, path
}

/// Whether `byte` may stand in an RFC 9110 token.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn token(text: String) -> Result<String, Invalid> {
    if text.is_empty() || text.len() > 64 || !text.bytes().all(is_token_byte) {
        return Err(Invalid::new(format!(
            "`{}` is not a token; use 1 to 64 letters, digits and !#$%&'*+-.^_`|~",
            text.escape_debug()
        )));
    }
    Ok(text)
}

fn lower_token(text: String) -> Result<String, Invalid> {
    token(text.to_ascii_lowercase())
}

fn field_text(text: String) -> Result<String, Invalid> {
    let printable = text.bytes().all(|b| (b' '..=b'~').contains(&b));
    if text.is_empty() || text.len() > 1_024 || !printable || text.trim() != text {
        return Err(Invalid::new(format!(
            "`{}` is not a field value; use 1 to 1024 printable ASCII characters, no space at either end",
            text.escape_debug()
        )));
    }
    Ok(text)
}

fn host_name(text: String) -> Result<String, Invalid> {
    let lower = text.to_ascii_lowercase();
    if let Ok(address) = lower.parse::<std::net::IpAddr>() {
        return Ok(address.to_string());
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if lower.len() > 253 || !lower.split('.').all(label) {
        return Err(Invalid::new(format!(
            "`{}` is not a host name such as `api.example.com`, without port",
            text.escape_debug()
        )));
    }
    Ok(lower)
}

fn path(text: String) -> Result<String, Invalid> {
    let visible = text.bytes().all(|b| (b'!'..=b'~').contains(&b) && b != b'#');
    if !text.starts_with('/') || text.len() > 1_024 || !visible {
        return Err(Invalid::new(format!(
            "`{}` is not a path; it starts with `/` and has at most 1024 visible ASCII characters, no `#`",
            text.escape_debug()
        )));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_could_split_a_message_is_taken() {
        for text in ["", "a b", "a\r\nb", "a:b", "\u{e9}", "a\0"] {
            assert!(HeaderName::new(text).is_err(), "{text:?}");
            assert!(HttpToken::new(text).is_err(), "{text:?}");
        }
        for text in ["", " a", "a ", "a\rb", "a\nb", "a\0b", "\u{e9}", "a\tb"] {
            assert!(HeaderText::new(text).is_err(), "{text:?}");
        }
        for text in ["", "a", "http://a/", "/a b", "/a\r\n", "/a#b", "/\u{e9}"] {
            assert!(HttpPath::new(text).is_err(), "{text:?}");
        }
        assert!(HttpPath::new(format!("/{}", "a".repeat(1_024))).is_err());
    }

    #[test]
    fn canonical_forms_make_equal_values_equal() {
        assert_eq!(HeaderName::new("X-Real-Ip").unwrap().as_str(), "x-real-ip");
        assert_eq!(HostName::new("API.Example.COM").unwrap().as_str(), "api.example.com");
        assert_eq!(HostName::new("0:0::1").unwrap().as_str(), "::1");
        assert_eq!(HttpToken::new("Sid").unwrap().as_str(), "Sid");
    }

    #[test]
    fn host_names_have_labels_and_no_port() {
        for text in ["", ".", "a..b", "-a", "a-", "a:80", "a.", "a/b", "[::1]", "*.a"] {
            assert!(HostName::new(text).is_err(), "{text:?}");
        }
        for text in ["a", "a-b.c", "_dmarc.a", "10.0.0.1", "fd00::1"] {
            assert!(HostName::new(text).is_ok(), "{text:?}");
        }
    }
}
