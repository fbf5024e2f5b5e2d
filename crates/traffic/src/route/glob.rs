//! Patterns with `*` for any characters, matched in time linear in the path: it must have no
//! backtracking that a client could make expensive.

use memchr::memmem::Finder;

/// A pattern in its parts.
#[derive(Debug)]
pub(super) struct Glob {
    start: Box<[u8]>,
    middle: Box<[Finder<'static>]>,
    end: Box<[u8]>,
}

impl Glob {
    /// Takes a pattern apart at its stars.
    pub(super) fn new(pattern: &[u8]) -> Self {
        let mut parts: Vec<&[u8]> = pattern.split(|byte| *byte == b'*').collect();
        let end = if parts.len() > 1 { parts.pop().unwrap_or_default() } else { &[] };
        let mut parts = parts.into_iter();
        let start = parts.next().unwrap_or_default();
        let middle = parts.filter(|part| !part.is_empty());
        Self {
            start: start.into(),
            middle: middle.map(|part| Finder::new(part).into_owned()).collect(),
            end: end.into(),
        }
    }

    /// Whether all of `path` is as the pattern says: each middle part is found as early as
    /// possible, which leaves the most for the rest.
    pub(super) fn matches(&self, path: &[u8]) -> bool {
        let Some(rest) = path.strip_prefix(&*self.start) else { return false };
        let Some(mut rest) = rest.strip_suffix(&*self.end) else { return false };
        for part in &self.middle {
            let Some(at) = part.find(rest) else { return false };
            rest = rest.get(at + part.needle().len()..).unwrap_or_default();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_characters() {
        for (pattern, path, expected) in [
            ("/img/*.png", "/img/a/b.png", true),
            ("/img/*.png", "/img/.png", true),
            ("/img/*.png", "/img/a.gif", false),
            ("/*/b/*", "/a/b/", true),
            ("/*/b/*", "/a/c/", false),
            ("/a*a", "/a", false),
            ("/a*a", "/aa", true),
            ("/**x", "/yx", true),
            ("/*ab*ab", "/ab", false),
            ("/*ab*ab", "/abab", true),
        ] {
            let found = Glob::new(pattern.as_bytes()).matches(path.as_bytes());
            assert_eq!(found, expected, "{pattern} {path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn it_agrees_with_the_definition(pattern in "/[ab*]{1,7}\\*[ab*]{0,3}", path in "/[ab]{0,10}") {
            fn slow(pattern: &[u8], path: &[u8]) -> bool {
                match (pattern, path) {
                    ([], []) => true,
                    ([b'*', rest @ ..], _) => (0..=path.len()).any(|n| slow(rest, &path[n..])),
                    ([a, pattern @ ..], [b, path @ ..]) => a == b && slow(pattern, path),
                    _ => false,
                }
            }
            let (pattern, path) = (pattern.as_bytes(), path.as_bytes());
            proptest::prop_assert_eq!(Glob::new(pattern).matches(path), slow(pattern, path));
        }
    }
}
