//! Where the service is: by argument or environment, in the data directory, or by the saved login.

use std::path::{Path, PathBuf};

use crate::args::Global;
use crate::failure::Failure;

use super::{SOCKET, SavedLogin};

/// A service and how to be let in.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) endpoint: Endpoint,
    pub(crate) token: Option<String>,
    /// Who vouches for its certificate, if not whom this machine trusts.
    pub(crate) ca_file: Option<PathBuf>,
    /// Whether it was named, and not just looked for.
    is_named: bool,
}

/// What to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The socket of a data directory on this machine.
    Unix(PathBuf),
    /// An address.
    Tcp { scheme: Scheme, host: String, port: u16 },
}

/// How an address is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl Place {
    /// The port of `elbow up` unless it is told another.
    const DEFAULT_PORT: u16 = 9200;

    /// Finds the service: a given URL, else the data directory's socket, else the saved login.
    pub(crate) fn find(global: &Global) -> Result<Self, Failure> {
        let given = || global.ca_file.clone();
        if let Some(url) = &global.url {
            let endpoint = Endpoint::parse(url)?;
            let saved = SavedLogin::load()?
                .filter(|login| Endpoint::parse(&login.url).ok().as_ref() == Some(&endpoint));
            let (token, ca_file) =
                saved.map_or((None, None), |login| (Some(login.token), login.ca_file));
            let token = global.token.clone().or(token);
            return Ok(Self { endpoint, token, ca_file: given().or(ca_file), is_named: true });
        }
        let socket = global.data_dir.join(SOCKET);
        if !socket.exists()
            && let Some(login) = SavedLogin::load()?
        {
            let endpoint = Endpoint::parse(&login.url)?;
            let token = global.token.clone().or(Some(login.token));
            return Ok(Self {
                endpoint,
                token,
                ca_file: given().or(login.ca_file),
                is_named: true,
            });
        }
        let (endpoint, token) = (Endpoint::Unix(socket), global.token.clone());
        Ok(Self { endpoint, token, ca_file: None, is_named: false })
    }

    /// A service to log in to.
    pub(crate) fn at(url: &str, ca_file: Option<PathBuf>) -> Result<Self, Failure> {
        Ok(Self { endpoint: Endpoint::parse(url)?, token: None, ca_file, is_named: true })
    }

    /// The service of a saved login.
    pub(crate) fn of_login(login: &SavedLogin) -> Result<Self, Failure> {
        let endpoint = Endpoint::parse(&login.url)?;
        let (token, ca_file) = (Some(login.token.clone()), login.ca_file.clone());
        Ok(Self { endpoint, token, ca_file, is_named: true })
    }

    /// The service of a data directory on this machine.
    pub(crate) fn of_data_dir(data_dir: &Path) -> Self {
        let endpoint = Endpoint::Unix(data_dir.join(SOCKET));
        Self { endpoint, token: None, ca_file: None, is_named: false }
    }

    /// The `Host` field.
    pub(crate) fn host(&self) -> String {
        match &self.endpoint {
            Endpoint::Unix(_) => "localhost".to_owned(),
            Endpoint::Tcp { host, port, .. } if host.contains(':') => format!("[{host}]:{port}"),
            Endpoint::Tcp { host, port, .. } => format!("{host}:{port}"),
        }
    }

    /// The place in words.
    pub(crate) fn shown(&self) -> String {
        match &self.endpoint {
            Endpoint::Unix(path) => path.display().to_string(),
            Endpoint::Tcp { scheme, .. } => format!("{}://{}", scheme.word(), self.host()),
        }
    }

    /// That nobody answers there.
    pub(crate) fn unreachable(&self, reason: &str) -> Failure {
        let next = match &self.endpoint {
            Endpoint::Unix(_) => {
                "elbow up   (or name the service: --data-dir DIR, or elbow login URL)"
            }
            Endpoint::Tcp { .. } if self.is_named => {
                "check the address, and on its machine: elbow up --listen ADDRESS:PORT"
            }
            Endpoint::Tcp { .. } => "elbow up",
        };
        Failure::Unreachable {
            place: self.shown(),
            reason: reason.to_owned(),
            next: next.to_owned(),
        }
    }

    /// That TLS came to nothing there.
    pub(crate) fn not_trusted(&self, error: &std::io::Error) -> Failure {
        let is_tls = error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
        let next = match (is_tls, self.ca_file.is_some()) {
            (true, false) => "name the certificate that it shows, or its issuer's: --ca-file FILE",
            (true, true) | (false, _) => "check the address, and whether it speaks HTTPS",
        };
        let reason = format!("HTTPS failed: {error}");
        Failure::Unreachable { place: self.shown(), reason, next: next.to_owned() }
    }

    /// That something else answers there.
    pub(crate) fn garbled(&self, reason: &str) -> Failure {
        Failure::Garbled { place: self.shown(), reason: reason.to_owned() }
    }
}

impl Endpoint {
    /// `http://HOST[:PORT]`, `https://HOST[:PORT]`, or `HOST[:PORT]`.
    fn parse(url: &str) -> Result<Self, Failure> {
        let wrong = || {
            Failure::Usage(format!(
                "`{url}` is not an address of a service, such as http://127.0.0.1:9200"
            ))
        };
        let (scheme, rest) = match url.split_once("://") {
            Some(("http", rest)) => (Scheme::Http, rest),
            Some(("https", rest)) => (Scheme::Https, rest),
            Some(_) => return Err(wrong()),
            None => (Scheme::Http, url),
        };
        let authority = rest.trim_end_matches('/');
        if authority.is_empty() || authority.contains(['/', '?', '#', '@']) {
            return Err(wrong());
        }
        let is_bare = !authority.contains(':') || authority.ends_with(']');
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !is_bare => (host, port.parse().map_err(|_| wrong())?),
            _ => (authority, Place::DEFAULT_PORT),
        };
        Ok(Self::Tcp { scheme, host: host.trim_matches(['[', ']']).to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_scheme_and_port() {
        let tcp = |scheme, host: &str, port| Endpoint::Tcp { scheme, host: host.to_owned(), port };
        let http = |host, port| tcp(Scheme::Http, host, port);
        assert_eq!(Endpoint::parse("http://127.0.0.1:9300/").unwrap(), http("127.0.0.1", 9300));
        assert_eq!(Endpoint::parse("lb.example.com").unwrap(), http("lb.example.com", 9200));
        assert_eq!(Endpoint::parse("http://[::1]:80").unwrap(), http("::1", 80));
        assert_eq!(Endpoint::parse("http://[::1]").unwrap(), http("::1", 9200));
        assert_eq!(Endpoint::parse("https://x:1").unwrap(), tcp(Scheme::Https, "x", 1));
        for wrong in ["", "http://", "ftp://x", "http://x/y", "http://x:port", "https://"] {
            assert!(Endpoint::parse(wrong).is_err(), "{wrong}");
        }
    }
}
