//! What a certificate says: for its page and for the review.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::answer::certificate::Certificate;
use crate::components::badge;
use crate::components::icon::{Icon, icon};
use crate::components::moment::{day, moment};
use crate::language::fill;
use crate::visitor::Visitor;

/// Days until a certificate ends; none once it has.
pub(super) fn days_left(visitor: &Visitor, not_after: &str) -> Option<u64> {
    let end = u64::try_from(not_after.parse::<Timestamp>().ok()?.as_millisecond()).ok()?;
    let left = end.checked_sub(visitor.console.api.surroundings.now().0)?;
    Some(left / 86_400_000)
}

/// The end of its validity, and how far that is.
pub(super) fn until(visitor: &Visitor, certificate: &Certificate) -> Markup {
    let own = &visitor.texts().certificates;
    html! {
        (day(&certificate.not_after))
        @if let Some(days) = days_left(visitor, &certificate.not_after) {
            span class="sub" { (fill(own.days_left, &[&days.to_string()])) }
        }
    }
}

/// What is to be known about it.
pub(super) fn warnings(certificate: &Certificate) -> Markup {
    html! {
        @for warning in &certificate.warnings {
            div class="notice warning" lang="en" { (icon(Icon::Warning)) span { (warning) } }
        }
    }
}

/// All facts.
pub(super) fn facts(visitor: &Visitor, certificate: &Certificate) -> Markup {
    let texts = visitor.texts();
    let own = &texts.certificates;
    html! {
        section class="card" aria-labelledby="facts-title" {
            h2 id="facts-title" { (own.facts) }
            dl class="facts" {
                dt { (own.status) } dd { (badge::state(&texts.words, &certificate.status)) }
                dt { (own.names) }
                dd { span class="tags" { @for name in &certificate.names { span class="tag" { (name) } } } }
                dt { (own.validity) }
                dd {
                    (moment(&certificate.not_before)) " – " (moment(&certificate.not_after))
                    @if let Some(days) = days_left(visitor, &certificate.not_after) {
                        span class="sub" { (fill(own.days_left, &[&days.to_string()])) }
                    }
                }
                dt { (own.subject) } dd { (certificate.subject) }
                dt { (own.issuer) } dd { (certificate.issuer) }
                dt { (own.key_type) } dd { (certificate.key_type) }
                dt { (own.serial) } dd { code class="small" { (certificate.serial) } }
                dt { (own.fingerprint) } dd { code class="small" { (certificate.fingerprint_sha256) } }
                dt { (own.chain) }
                dd {
                    ol class="plain" {
                        @for link in &certificate.chain {
                            li { (link.subject) span class="sub" { "← " (link.issuer) " · " (day(&link.not_after)) } }
                        }
                    }
                }
            }
        }
    }
}
