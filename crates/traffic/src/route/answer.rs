//! Answers that rules give by themselves. It must put nothing into a `Location` that was not
//! checked as part of a request head or of a rule.

use elbow_model::rule::{Redirect, Scheme};

use super::host::split_authority;

/// The request's parts that a redirect may keep.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// How the listener was spoken to.
    pub scheme: Scheme,
    /// `host[:port]` as sent, checked.
    pub authority: &'a [u8],
    /// Path and query as sent.
    pub target: &'a [u8],
}

/// Appends the `Location` of a redirect: what it does not give stays as asked. With another
/// scheme and no port of its own, the port falls away: it was the old scheme's.
pub fn write_location(redirect: &Redirect, asked: &Asked<'_>, out: &mut Vec<u8>) {
    let sent = split_authority(asked.authority);
    let host = redirect.host.as_ref().map_or(sent.host, |host| host.as_str().as_bytes());
    let scheme = redirect.scheme.unwrap_or(asked.scheme);
    if !host.is_empty() {
        out.extend_from_slice(match scheme {
            Scheme::Http => b"http://",
            Scheme::Https => b"https://",
        });
        let is_v6 = host.contains(&b':');
        out.extend_from_slice(if is_v6 { b"[" } else { b"" });
        out.extend_from_slice(host);
        out.extend_from_slice(if is_v6 { b"]" } else { b"" });
        write_port(redirect, scheme, asked.scheme, sent.port, out);
    }
    match &redirect.path {
        Some(path) => out.extend_from_slice(path.as_str().as_bytes()),
        None if asked.target.starts_with(b"/") => out.extend_from_slice(asked.target),
        None => out.push(b'/'),
    }
}

fn write_port(
    redirect: &Redirect,
    scheme: Scheme,
    asked_scheme: Scheme,
    sent_port: &[u8],
    out: &mut Vec<u8>,
) {
    let default = match scheme {
        Scheme::Http => 80,
        Scheme::Https => 443,
    };
    let kept = || {
        let is_kept = scheme == asked_scheme && redirect.host.is_none();
        let port = std::str::from_utf8(sent_port).ok().filter(|_| is_kept)?;
        port.parse::<u16>().ok()
    };
    let port = redirect.port.map(elbow_model::value::Port::get).or_else(kept);
    if let Some(port) = port.filter(|port| *port != default) {
        out.push(b':');
        out.extend_from_slice(port.to_string().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use elbow_model::rule::RedirectStatus;
    use elbow_model::value::{HostName, HttpPath, Port};

    use super::*;

    fn location(change: impl FnOnce(&mut Redirect), authority: &str, target: &str) -> String {
        let mut redirect = Redirect {
            status: RedirectStatus::new(301).unwrap(),
            scheme: None,
            host: None,
            port: None,
            path: None,
        };
        change(&mut redirect);
        let asked = Asked {
            scheme: Scheme::Http,
            authority: authority.as_bytes(),
            target: target.as_bytes(),
        };
        let mut out = Vec::new();
        write_location(&redirect, &asked, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_not_given_stays() {
        let https = |redirect: &mut Redirect| redirect.scheme = Some(Scheme::Https);
        assert_eq!(location(https, "a.example:8080", "/x?y"), "https://a.example/x?y");
        let port = |redirect: &mut Redirect| redirect.port = Some(Port::new(81).unwrap());
        assert_eq!(location(port, "[::1]:80", "/"), "http://[::1]:81/");
        let path = |redirect: &mut Redirect| redirect.path = Some(HttpPath::new("/new").unwrap());
        assert_eq!(location(path, "a.example:8080", "/old?q"), "http://a.example:8080/new");
        let host = |redirect: &mut Redirect| redirect.host = Some(HostName::new("b").unwrap());
        assert_eq!(location(host, "a.example:8080", "*"), "http://b/");
    }

    #[test]
    fn without_any_host_the_location_is_relative() {
        let none = |_: &mut Redirect| {};
        assert_eq!(location(none, "", "/x"), "/x");
    }
}
