//! Entity tags: the revision that last changed a resource, so that nobody overwrites what he has not seen.

use axum::http::{HeaderMap, HeaderValue, header};
use elbow_model::rejection::Rejection;
use elbow_model::value::Revision;

use crate::problem::Problem;

/// The strong tag of a resource at this revision.
pub fn of(revision: Revision) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{revision}\"")).expect("a quoted number is a field value")
}

/// What a request says in `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing, or that the resource exists.
    None,
    /// That it is at one of these revisions; tags that Elbow never gave are left out.
    OneOf(Vec<Revision>),
}

impl Precondition {
    /// Reads `If-Match` (RFC 9110 §13.1.1).
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut revisions = Vec::new();
        let mut is_given = false;
        for line in headers.get_all(header::IF_MATCH) {
            let line = line.to_str().unwrap_or_default();
            for tag in line.split(',').map(str::trim) {
                if tag == "*" {
                    return Ok(Self::None);
                }
                is_given = true;
                let Some(text) = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')) else {
                    let detail = format!(
                        "If-Match `{}` is no ETag; send one back as it came, in quotes",
                        tag.escape_debug()
                    );
                    return Err(Problem::malformed("MALFORMED_REQUEST", detail));
                };
                revisions.extend(text.parse().ok().map(Revision));
            }
        }
        Ok(if is_given { Self::OneOf(revisions) } else { Self::None })
    }

    /// Refuses if a resource at `found` is not what the caller saw.
    pub fn hold(&self, found: Revision) -> Result<(), Rejection> {
        match self {
            Self::None => Ok(()),
            Self::OneOf(seen) if seen.contains(&found) => Ok(()),
            Self::OneOf(seen) => Err(Rejection::RevisionMismatch {
                expected: seen.first().copied().unwrap_or_default(),
                found,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn precondition(text: &'static str) -> Precondition {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_static(text));
        Precondition::from_headers(&headers).unwrap()
    }

    #[test]
    fn the_revision_that_was_seen_passes_and_another_does_not() {
        assert_eq!(precondition("\"7\", \"8\"").hold(Revision(8)), Ok(()));
        assert_eq!(
            precondition("\"7\"").hold(Revision(9)),
            Err(Rejection::RevisionMismatch { expected: Revision(7), found: Revision(9) })
        );
        assert!(precondition("\"somebody-elses\"").hold(Revision(9)).is_err());
        assert_eq!(precondition("*").hold(Revision(9)), Ok(()));
    }

    #[test]
    fn a_tag_without_quotes_is_explained() {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_static("7"));
        assert!(Precondition::from_headers(&headers).unwrap_err().detail.contains("in quotes"));
    }
}
