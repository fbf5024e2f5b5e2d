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
    /// Whether it was named, and not just looked for.
    is_named: bool,
}

/// What to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The socket of a data directory on this machine.
    Unix(PathBuf),
    /// An address.
    Tcp { host: String, port: u16 },
}

impl Place {
    /// The port of `elbow up` unless it is told another.
    const DEFAULT_PORT: u16 = 9200;

    /// Finds the service: a given URL, else the data directory's socket, else the saved login.
    pub(crate) fn find(global: &Global) -> Result<Self, Failure> {
        if let Some(url) = &global.url {
            let endpoint = Endpoint::parse(url)?;
            let saved = SavedLogin::load()?
                .filter(|login| Endpoint::parse(&login.url).ok().as_ref() == Some(&endpoint));
            let token = global.token.clone().or(saved.map(|login| login.token));
            return Ok(Self { endpoint, token, is_named: true });
        }
        let socket = global.data_dir.join(SOCKET);
        if !socket.exists()
            && let Some(login) = SavedLogin::load()?
        {
            let token = global.token.clone().or(Some(login.token));
            return Ok(Self { endpoint: Endpoint::parse(&login.url)?, token, is_named: true });
        }
        Ok(Self { endpoint: Endpoint::Unix(socket), token: global.token.clone(), is_named: false })
    }

    /// A service to log in to.
    pub(crate) fn at(url: &str) -> Result<Self, Failure> {
        Ok(Self { endpoint: Endpoint::parse(url)?, token: None, is_named: true })
    }

    /// The service of a saved login.
    pub(crate) fn of_login(login: &SavedLogin) -> Result<Self, Failure> {
        let endpoint = Endpoint::parse(&login.url)?;
        Ok(Self { endpoint, token: Some(login.token.clone()), is_named: true })
    }

    /// The service of a data directory on this machine.
    pub(crate) fn of_data_dir(data_dir: &Path) -> Self {
        Self { endpoint: Endpoint::Unix(data_dir.join(SOCKET)), token: None, is_named: false }
    }

    /// The `Host` field.
    pub(crate) fn host(&self) -> String {
        match &self.endpoint {
            Endpoint::Unix(_) => "localhost".to_owned(),
            Endpoint::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Endpoint::Tcp { host, port } => format!("{host}:{port}"),
        }
    }

    /// The place in words.
    pub(crate) fn shown(&self) -> String {
        match &self.endpoint {
            Endpoint::Unix(path) => path.display().to_string(),
            Endpoint::Tcp { .. } => format!("http://{}", self.host()),
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

    /// That something else answers there.
    pub(crate) fn garbled(&self, reason: &str) -> Failure {
        Failure::Garbled { place: self.shown(), reason: reason.to_owned() }
    }
}

impl Endpoint {
    /// `http://HOST[:PORT]`, or `HOST[:PORT]`.
    fn parse(url: &str) -> Result<Self, Failure> {
        let wrong = || {
            Failure::Usage(format!(
                "`{url}` is not an address of a service, such as http://127.0.0.1:9200"
            ))
        };
        let rest = match url.split_once("://") {
            Some(("http", rest)) => rest,
            Some(("https", _)) => {
                let why = "https is not spoken by this command line yet; use http:// over a tunnel or on the same machine";
                return Err(Failure::Usage(format!("`{url}`: {why}")));
            }
            Some(_) => return Err(wrong()),
            None => url,
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
        Ok(Self::Tcp { host: host.trim_matches(['[', ']']).to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_scheme_and_port() {
        let tcp = |host: &str, port| Endpoint::Tcp { host: host.to_owned(), port };
        assert_eq!(Endpoint::parse("http://127.0.0.1:9300/").unwrap(), tcp("127.0.0.1", 9300));
        assert_eq!(Endpoint::parse("lb.example.com").unwrap(), tcp("lb.example.com", 9200));
        assert_eq!(Endpoint::parse("http://[::1]:80").unwrap(), tcp("::1", 80));
        assert_eq!(Endpoint::parse("http://[::1]").unwrap(), tcp("::1", 9200));
        for wrong in ["", "http://", "ftp://x", "http://x/y", "http://x:port", "https://x"] {
            assert!(Endpoint::parse(wrong).is_err(), "{wrong}");
        }
    }
}
