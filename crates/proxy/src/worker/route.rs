//! Where a request goes: the listener's rules, asked about the parsed head.

use std::net::IpAddr;
use std::time::Instant;

use elbow_model::pool::SessionPersistence;
use elbow_model::rule::{Redirect, Scheme};
use elbow_model::value::HttpToken;
use elbow_traffic::balance::persistence::{Fingerprint, Token};
use elbow_traffic::http1::RequestHead;
use elbow_traffic::http1::error_page::{LocalDelivery, LocalResponse, write_local};
use elbow_traffic::http1::request::{Parsed, field_space};
use elbow_traffic::http1::response::ResponseHead;
use elbow_traffic::route::answer::{Asked, write_location};
use elbow_traffic::route::{RequestView, cookies, split_authority};

use super::exchange::HttpExchange;
use crate::live::{Pool, hash_key};

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

/// What a request's cookies say about the member that its client belongs to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Affinity {
    /// The member that they name.
    pub(crate) token: Option<Token>,
    /// The application's cookie, in pools that go by one.
    pub(crate) session: Option<Fingerprint>,
}

/// Looks for the cookie that the pool goes by, if it does.
pub(crate) fn affinity(pool: &Pool, request: &Routed<'_, '_, '_>, now: Instant) -> Affinity {
    match (&pool.table.session_persistence, &pool.sessions) {
        (Some(SessionPersistence::HttpCookie { cookie_name, .. }), _) => {
            let token = find_cookie(request, cookie_name, Token::parse);
            Affinity { token, session: None }
        }
        (Some(SessionPersistence::AppCookie { cookie_name, .. }), Some(sessions)) => {
            let read = |value: &[u8]| Some(sessions.fingerprint(value));
            let session = find_cookie(request, cookie_name, read);
            let token = session.and_then(|session| sessions.recall(session, now));
            Affinity { token, session }
        }
        (Some(SessionPersistence::AppCookie { .. } | SessionPersistence::SourceIp { .. }), _)
        | (None, _) => Affinity::default(),
    }
}

/// The first cookie of this name that `read` understands.
fn find_cookie<T>(
    request: &Routed<'_, '_, '_>,
    wanted: &HttpToken,
    read: impl Fn(&[u8]) -> Option<T>,
) -> Option<T> {
    let mut found = None;
    request.any_field("cookie", &mut |line| {
        found = cookies(line)
            .filter(|(name, _)| *name == wanted.as_str().as_bytes())
            .find_map(|(_, value)| read(value));
        found.is_some()
    });
    found
}

/// Remembers the member that answers with the application's cookie, or that answers a client with
/// one that nobody remembers (its member has gone, or this process is new).
pub(crate) fn learn_session(exchange: &HttpExchange, head: &[u8], now: Instant) {
    let Some(pool) = exchange.runtime.pool(exchange.pool) else { return };
    let Some(sessions) = &pool.sessions else { return };
    let Some(SessionPersistence::AppCookie { cookie_name, .. }) = &pool.table.session_persistence
    else {
        return;
    };
    let Some(member) = exchange.assignment.as_ref().and_then(|assignment| assignment.member())
    else {
        return;
    };
    let token = Token::of(hash_key(pool.id), member.id);
    let mut space = field_space();
    let asked = exchange.machine.asked();
    let Ok(Parsed::Head(head)) = ResponseHead::parse(head, asked, &mut space) else { return };
    let given = head
        .fields()
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, line)| cookies(line).next())
        .find_map(|(name, value)| (name == cookie_name.as_str().as_bytes()).then_some(value));
    let is_news = exchange.affinity.token != Some(token);
    let session = given
        .map(|value| sessions.fingerprint(value))
        .or(exchange.affinity.session.filter(|_| is_news));
    if let Some(session) = session {
        sessions.learn(session, token, now);
    }
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
    (head, scheme): (&RequestHead<'_, '_>, Scheme),
    delivery: &LocalDelivery,
    out: &mut Vec<u8>,
) {
    let asked =
        Asked { scheme, authority: head.authority.as_bytes(), target: head.target.as_bytes() };
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
