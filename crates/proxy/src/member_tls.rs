//! TLS with members: from a pool's settings to the client's side of connections, for traffic and
//! for checks. Built off the workers, shared by all of them, never changed; a pool's next settings
//! are a next value. It must touch no socket.
//!
//! ```text
//! pool's settings --build--> PoolTls --member--> MemberTls (sessions to take up) --session--> worker
//!                                \-----check---> CheckTls --------------------------------> prober
//! ```

mod sessions;
#[cfg(test)]
mod tests;
mod verify;
mod words;

use std::net::IpAddr;
use std::sync::Arc;

use elbow_model::pool::{PoolTls as Settings, Verify};
use elbow_model::value::HostName;
use rustls::ClientConfig;
use rustls::client::{Resumption, UnbufferedClientConnection};
use rustls::pki_types::ServerName;

pub(crate) use words::is_late_refusal;
pub use words::reason;

use crate::tls::HTTP2_PROTOCOL;

/// What requests are sent in (RFC 7301 §6).
const HTTP_1_1: &[u8] = b"http/1.1";

/// TLS with the members of one pool.
#[derive(Debug)]
pub struct PoolTls {
    settings: Settings,
    base: Base,
}

/// What all of a pool's connections have in common.
#[derive(Clone, Debug)]
struct Base {
    /// Or why there is none.
    config: Result<ClientConfig, String>,
    /// Asked for, and verified; without it, the member's address is.
    name: Option<ServerName<'static>>,
}

/// TLS with one member.
#[derive(Debug)]
pub struct MemberTls {
    requests: Result<Arc<ClientConfig>, String>,
    http2: Result<Arc<ClientConfig>, String>,
    streams: Result<Arc<ClientConfig>, String>,
    name: Option<ServerName<'static>>,
}

/// TLS of checks.
#[derive(Debug)]
pub struct CheckTls {
    config: Result<Arc<ClientConfig>, String>,
    name: Option<ServerName<'static>>,
    verify: Verify,
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// HTTP requests, one after the other.
    Requests,
    /// HTTP/2.
    Http2,
    /// Bytes whose protocol only their ends know: none is offered.
    Stream,
}

impl PoolTls {
    /// Builds what the settings say. What can't be built fails each connection, with the reason.
    #[must_use]
    pub fn build(settings: &Settings) -> Self {
        let base = Base::of(&settings.verify, settings.server_name.as_ref());
        Self { settings: settings.clone(), base }
    }

    /// Whether it was built from the same settings.
    #[must_use]
    pub fn is_of(&self, settings: &Settings) -> bool {
        self.settings == *settings
    }

    /// TLS with one of the members, with nothing to take up yet.
    #[must_use]
    pub fn member(&self) -> MemberTls {
        let with = |protocols: &[&[u8]]| {
            let mut config = self.base.config.clone()?;
            config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
            config.resumption = Resumption::store(Arc::new(sessions::Sessions::default()));
            Ok(Arc::new(config))
        };
        MemberTls {
            requests: with(&[HTTP_1_1]),
            http2: with(&[HTTP2_PROTOCOL]),
            streams: with(&[]),
            name: self.base.name.clone(),
        }
    }
}

/// Whether two pools speak with members in one way, so that a connection of one does for the other.
#[must_use]
pub fn same_tls(one: Option<&Arc<PoolTls>>, other: Option<&Arc<PoolTls>>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

impl MemberTls {
    /// The client's side of a connection to the member at `address`.
    ///
    /// # Errors
    /// Why there can't be one, as evidence.
    pub fn session(
        &self,
        purpose: Purpose,
        address: IpAddr,
    ) -> Result<UnbufferedClientConnection, String> {
        let config = match purpose {
            Purpose::Requests => self.requests.clone()?,
            Purpose::Http2 => self.http2.clone()?,
            Purpose::Stream => self.streams.clone()?,
        };
        let name = self.name.clone().unwrap_or_else(|| ServerName::from(address));
        UnbufferedClientConnection::new(config, name).map_err(|error| reason(&error))
    }
}

impl CheckTls {
    /// For checks of a pool's members, which are checked as traffic would find them; without
    /// settings, any certificate will do, since a check asks whether a member serves, not who it is.
    #[must_use]
    pub fn build(settings: Option<&Settings>) -> Self {
        let Settings { verify, server_name } = settings.cloned().unwrap_or_default();
        let base = Base::of(&verify, server_name.as_ref());
        let config = base.config.map(|mut config| {
            config.alpn_protocols = vec![HTTP_1_1.to_vec()];
            // Each check is to be the whole way.
            config.resumption = Resumption::disabled();
            Arc::new(config)
        });
        Self { config, name: base.name, verify }
    }

    /// The configuration, and the name for a member at `address` whose check names `host`. Where
    /// members are not verified, that host may be asked for.
    ///
    /// # Errors
    /// Why there can't be one, as evidence.
    pub(crate) fn parts(
        &self,
        host: Option<&HostName>,
        address: IpAddr,
    ) -> Result<(Arc<ClientConfig>, ServerName<'static>), String> {
        let named = match self.verify {
            Verify::Nothing => host.and_then(server_name),
            Verify::Against(_) => None,
        };
        let name = self.name.clone().or(named).unwrap_or_else(|| ServerName::from(address));
        Ok((self.config.clone()?, name))
    }
}

impl Base {
    fn of(verify: &Verify, name: Option<&HostName>) -> Self {
        Self { config: verify::config(verify), name: name.and_then(server_name) }
    }
}

fn server_name(host: &HostName) -> Option<ServerName<'static>> {
    ServerName::try_from(host.as_str().to_owned()).ok()
}
