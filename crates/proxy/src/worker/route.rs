//! Where a request goes: the listener's rules, asked about the parsed head.

use std::net::IpAddr;

use elbow_model::pool::SessionPersistence;
use elbow_model::rule::{Redirect, Scheme};
use elbow_traffic::balance::persistence::Token;
use elbow_traffic::http1::RequestHead;
use elbow_traffic::http1::error_page::{LocalDelivery, LocalResponse, write_local};
use elbow_traffic::route::answer::{Asked, write_location};
use elbow_traffic::route::{RequestView, cookies, split_authority};

use crate::live::Pool;

/// A request as rules see it.
pub(crate) struct Routed<'r, 'h, 'b> {
    pub(crate) head: &'r RequestHead<'h, 'b>,
    pub(crate) source: IpAddr,
}

impl RequestView for Routed<'_, '_, '_> {
    fn host(&self) -> &[u8] {
        split_authority(self.head.authority.as_bytes()).host
    }

    fn path(&self) -> &[u8] {
        self.head.path().as_bytes()
    }

    fn query(&self) -> Option<&[u8]> {
        self.head.query().map(str::as_bytes)
    }

    fn method(&self) -> &[u8] {
        self.head.method.as_bytes()
    }

    fn source(&self) -> IpAddr {
        self.source
    }

    fn any_field(&self, name: &str, matches: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.head
            .raw_fields()
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name))
            .any(|field| matches(field.value))
    }
}

/// The member that the request's cookie names, where the pool sets such cookies.
pub(crate) fn affinity(pool: &Pool, request: &Routed<'_, '_, '_>) -> Option<Token> {
    let Some(SessionPersistence::HttpCookie { cookie_name, .. }) = &pool.table.session_persistence
    else {
        return None;
    };
    let mut token = None;
    request.any_field("cookie", &mut |line| {
        token = cookies(line)
            .filter(|(name, _)| *name == cookie_name.as_str().as_bytes())
            .find_map(|(_, value)| Token::parse(value));
        token.is_some()
    });
    token
}

/// Writes the `Set-Cookie` value that keeps a client at its member.
pub(crate) fn write_cookie(pool: &Pool, token: Token, out: &mut Vec<u8>) {
    let Some(SessionPersistence::HttpCookie { cookie_name, timeout_s }) =
        &pool.table.session_persistence
    else {
        return;
    };
    let age = timeout_s.map(|age| format!("; Max-Age={age}")).unwrap_or_default();
    let cookie = format!("{cookie_name}={token}; Path=/; HttpOnly; SameSite=Lax{age}");
    out.extend_from_slice(cookie.as_bytes());
}

/// Answers with another address.
pub(crate) fn write_redirect(
    redirect: &Redirect,
    head: &RequestHead<'_, '_>,
    delivery: &LocalDelivery,
    out: &mut Vec<u8>,
) {
    let asked = Asked {
        scheme: Scheme::Http,
        authority: head.authority.as_bytes(),
        target: head.target.as_bytes(),
    };
    let mut location = Vec::with_capacity(256);
    write_location(redirect, &asked, &mut location);
    let response = LocalResponse {
        status: redirect.status.get(),
        content_type: "text/plain; charset=utf-8",
        body: b"",
        location: std::str::from_utf8(&location).ok(),
        retry_after_s: None,
    };
    write_local(&response, delivery, out);
}
