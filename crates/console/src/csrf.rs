//! Keeps other sites from sending forms in the name of who is logged in: the browser must say that the form comes from
//! here (`Sec-Fetch-Site`, `Origin`), and the form must hold a token that only this site can know.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use elbow_api::problem::Problem;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The form's field.
pub(crate) const FIELD: &str = "csrf";

/// What the token is a code of; the key is the session's token, which no other site and no script ever sees.
const PURPOSE: &[u8] = b"elbow console form v1";

/// The token of a session's forms.
pub(crate) fn token(session: &str) -> String {
    let code = mac(session).finalize().into_bytes();
    code.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses unless `token` is the session's; takes the same time whatever is wrong with it.
pub(crate) fn check_token(session: &str, token: &str) -> Result<(), Problem> {
    let bytes: Option<Vec<u8>> = token
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let is_right = mac(session).verify_slice(&bytes.unwrap_or_default()).is_ok();
    if is_right { Ok(()) } else { Err(refused()) }
}

/// Refuses what a browser says to come from another site. Programs that say nothing are stopped by the token.
pub(crate) fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let says = |name| headers.get(name).map(HeaderValue::as_bytes);
    match says("sec-fetch-site") {
        // Browsers know better than a comparison of names, which a proxy in between may have changed.
        Some(b"same-origin" | b"none") => return Ok(()),
        Some(_) => return Err(refused()),
        None => {}
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let host = headers.get(header::HOST).map(HeaderValue::as_bytes).unwrap_or_default();
    let origin = origin.as_bytes();
    let place = origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"));
    if place.is_some_and(|place| place == host) { Ok(()) } else { Err(refused()) }
}

fn mac(session: &str) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(session.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(PURPOSE);
    mac
}

fn refused() -> Problem {
    let detail = "this form was not sent from this site, or the session has changed since; go back, reload the page and send it again";
    Problem::new(StatusCode::FORBIDDEN, "FORM_REFUSED", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.parse().unwrap(), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn a_token_is_good_for_its_session_alone() {
        let token = token("one session");
        assert!(check_token("one session", &token).is_ok());
        assert!(check_token("another", &token).is_err());
        for wrong in ["", "00", "zz", &token[1..], &format!("{token}00")] {
            assert!(check_token("one session", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        let host = ("host", "elbow.example:9200");
        for good in [
            headers(&[host]),
            headers(&[host, ("origin", "http://elbow.example:9200")]),
            headers(&[host, ("sec-fetch-site", "same-origin")]),
        ] {
            assert!(check_origin(&good).is_ok(), "{good:?}");
        }
        for bad in [
            headers(&[host, ("origin", "http://evil.example")]),
            headers(&[host, ("origin", "http://elbow.example:9201")]),
            headers(&[host, ("origin", "null")]),
            headers(&[host, ("sec-fetch-site", "cross-site")]),
            headers(&[host, ("sec-fetch-site", "same-site")]),
        ] {
            assert!(check_origin(&bad).is_err(), "{bad:?}");
        }
    }
}
