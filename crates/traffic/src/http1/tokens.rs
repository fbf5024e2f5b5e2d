//! What the tokeniser lets pass and we don't: bare LF as a line end, and names or lines in odd
//! shapes. It must run on tokens that `httparse` has accepted, and only tighten.

use httparse::Header;

/// Whether every line of a head ends in CRLF. `httparse` takes a bare LF as well, but accepts no
/// other control bytes, so looking just before each field name and at the end is enough.
pub(super) fn lines_end_in_crlf(head: &[u8], fields: &[Header<'_>]) -> bool {
    head.ends_with(b"\r\n\r\n")
        && fields.iter().all(|field| {
            let start = offset_in(head, field.name.as_bytes());
            start >= 2 && head.get(start - 2) == Some(&b'\r')
        })
}

/// Where `part`, a slice of `whole`, begins in it.
pub(super) fn offset_in(whole: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// Whether the field's line is written the canonical way, `name: value CRLF`, so that it may be
/// copied as it stands; gives its range in `head`.
pub(super) fn canonical_span(head: &[u8], field: &Header<'_>) -> Option<(usize, usize)> {
    let start = offset_in(head, field.name.as_bytes());
    let value_start = start + field.name.len() + 2;
    let value_end = value_start + field.value.len();
    let is_canonical = offset_in(head, field.value) == value_start
        && head.get(value_start - 1) == Some(&b' ')
        && head.get(value_end..value_end + 2) == Some(b"\r\n");
    is_canonical.then_some((start, value_end + 2))
}
