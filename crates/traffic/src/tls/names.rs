//! Which certificates of a listener are for a name: the one to show to a client that asks for it, and
//! whether a request came over a connection that was meant for another. It must know nothing of
//! keys.

use std::collections::HashMap;

use elbow_model::rule::HostPattern;

/// No name of a certificate is longer (RFC 1035 §2.3.4), so a longer one matches none.
const MAX_NAME_BYTES: usize = 255;

/// The names of a listener's certificates; a certificate goes by its place in their list.
#[derive(Debug, Default)]
pub struct CertificateNames {
    exact: HashMap<Box<[u8]>, Vec<u16>>,
    /// By what follows `*.`, which stands for exactly one label (RFC 9525 §6.3).
    wildcard: HashMap<Box<[u8]>, Vec<u16>>,
}

impl CertificateNames {
    /// The names of each certificate, in their order of preference where several are for one name.
    pub fn new<'a, N>(certificates: impl IntoIterator<Item = (u16, N)>) -> Self
    where
        N: IntoIterator<Item = &'a HostPattern>,
    {
        let mut names = Self::default();
        for (place, patterns) in certificates {
            for pattern in patterns {
                let (map, name) = match pattern {
                    HostPattern::Exact(name) => (&mut names.exact, name),
                    HostPattern::Below(name) => (&mut names.wildcard, name),
                };
                let places = map.entry(name.as_str().to_ascii_lowercase().into_bytes().into());
                places.or_default().push(place);
            }
        }
        names
    }

    /// The certificates for a name, in any case: those with the name itself first.
    pub fn candidates(&self, name: &[u8]) -> impl Iterator<Item = u16> {
        let mut lower = [0; MAX_NAME_BYTES];
        let name = lowered(name, &mut lower);
        let parent = name.iter().position(|byte| *byte == b'.').and_then(|dot| name.get(dot + 1..));
        let exact = self.exact.get(name);
        let wildcard = parent.and_then(|parent| self.wildcard.get(parent));
        exact.into_iter().chain(wildcard).flatten().copied()
    }

    /// Whether a request for `host` came over a connection that showed certificate `shown`, while
    /// only others are for that host (RFC 9110 §15.5.20). A host that no certificate is for is
    /// served: the default one was shown, and the client accepted it.
    #[must_use]
    pub fn is_misdirected(&self, host: &[u8], shown: u16) -> bool {
        let mut candidates = self.candidates(host).peekable();
        candidates.peek().is_some() && candidates.all(|place| place != shown)
    }
}

/// The name in lower case and without its final dot; empty if it is too long for any.
fn lowered<'a>(name: &[u8], room: &'a mut [u8; MAX_NAME_BYTES]) -> &'a [u8] {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let Some(place) = room.get_mut(..name.len()) else { return &[] };
    place.copy_from_slice(name);
    place.make_ascii_lowercase();
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(certificates: &[&[&str]]) -> CertificateNames {
        let parsed: Vec<Vec<HostPattern>> = certificates
            .iter()
            .map(|names| names.iter().map(|name| name.parse().unwrap()).collect())
            .collect();
        CertificateNames::new((0_u16..).zip(&parsed))
    }

    fn found(names: &CertificateNames, name: &str) -> Vec<u16> {
        names.candidates(name.as_bytes()).collect()
    }

    #[test]
    fn the_name_itself_goes_before_a_wildcard() {
        let names = names(&[&["*.a.example"], &["x.a.example", "a.example"], &["b.example"]]);
        assert_eq!(found(&names, "x.a.example"), [1, 0]);
        assert_eq!(found(&names, "Y.A.Example."), [0]);
        assert_eq!(found(&names, "a.example"), [1]);
        assert!(found(&names, "c.example").is_empty());
    }

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let names = names(&[&["*.a.example"]]);
        for name in ["a.example", "x.y.a.example", "", ".", &"x".repeat(300)] {
            assert!(found(&names, name).is_empty(), "{name}");
        }
    }

    #[test]
    fn several_certificates_for_one_name_keep_their_order() {
        let names = names(&[&["a.example"], &["a.example"], &["*.example"]]);
        assert_eq!(found(&names, "a.example"), [0, 1, 2]);
    }

    #[test]
    fn a_request_is_misdirected_if_only_other_certificates_are_for_its_host() {
        let names = names(&[&["a.example"], &["b.example", "*.c.example"], &["b.example"]]);
        for (host, shown, expected) in [
            ("a.example", 0, false),
            ("b.example", 0, true),
            ("b.example", 2, false),
            ("x.c.example", 0, true),
            ("x.c.example", 1, false),
            ("unknown.example", 1, false),
            ("", 0, false),
        ] {
            assert_eq!(names.is_misdirected(host.as_bytes(), shown), expected, "{host} {shown}");
        }
    }
}
