//! Listeners as the native dialect shows them.

use elbow_model::listener::{self as model, ListenerSettings};
use elbow_model::load_balancer::LoadBalancer;
use serde::Serialize;
use utoipa::ToSchema;

use super::certificate::CertificateReference;
use super::rule::Rule;
use super::tls::{Alpn, ClientAuth, Hsts, HttpsRedirect, TlsPolicy};
use super::words::Protocol;
use super::{Reference, View};
use crate::pem;

/// A port of a load balancer's virtual IP.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Listener {
    #[schema(read_only)]
    id: String,
    /// Unique in the load balancer; `http-80` and the like if not given.
    #[schema(required = false)]
    name: String,
    /// Fixed at creation.
    protocol: Protocol,
    /// 1 to 65535; fixed at creation.
    port: u16,
    /// Where clients connect to.
    #[schema(read_only)]
    address: String,
    /// Whether it listens.
    #[schema(required = false, default = true)]
    enabled: bool,
    /// Where requests go that no rule takes; the default pool if null.
    pool: Option<Reference>,
    /// The port of every member as seen from this listener, in place of the members' own.
    member_port: Option<u16>,
    /// Fields set on every request to a member.
    #[schema(required = false)]
    insert_headers: Vec<InsertedHeader>,
    /// Ranges of peers whose forwarding headers are believed.
    #[schema(required = false)]
    trusted_proxies: Vec<String>,
    /// Whether connections from trusted proxies start with a PROXY protocol header.
    #[schema(required = false, default = false)]
    proxy_protocol: bool,
    #[schema(required = false)]
    timeouts: Timeouts,
    /// The most connections at once: 1 to 1000000; no limit if null.
    connection_limit: Option<u32>,
    /// The most connections at once from one address.
    connection_limit_per_source: Option<u32>,
    /// Ranges that may connect; everybody if empty.
    #[schema(required = false)]
    allowed_cidrs: Vec<String>,
    /// HTTPS: shown to clients that name no server, or one that no other certificate is for.
    certificate: Option<CertificateReference>,
    /// HTTPS: further ones, chosen by the server name that a client asks for; 64 in all.
    #[schema(required = false)]
    certificates: Vec<CertificateReference>,
    /// HTTPS: which versions of TLS are spoken; TLS 1.2 alone if not given.
    tls_policy: Option<TlsPolicy>,
    /// HTTPS: certificates, in PEM, of the authorities that sign clients' ones; exactly with `client_auth` OPTIONAL or
    /// REQUIRED. Left out in lists of load balancers.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_ca: Option<String>,
    /// HTTPS: whether clients show certificates; they are not asked if not given.
    client_auth: Option<ClientAuth>,
    /// HTTPS: which versions of HTTP are offered, the preferred one first; both if not given.
    alpn: Option<Vec<Alpn>>,
    /// HTTPS: whether browsers are told to come by HTTPS only.
    hsts: Option<Hsts>,
    /// HTTP: whether HTTP/2 is spoken with clients that begin with it.
    #[schema(required = false, default = false)]
    http2: bool,
    /// HTTP: answers every request with the way to HTTPS, before any rule.
    https_redirect: Option<HttpsRedirect>,
    /// By priority, lowest first.
    #[schema(required = false)]
    rules: Vec<Rule>,
    /// Left out inside a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(read_only)]
    load_balancer: Option<Reference>,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

/// How long a listener waits, in milliseconds: 10 to 86400000 each.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Timeouts {
    /// For the next request, or for any byte on an idle TCP connection.
    #[schema(required = false, default = 60000)]
    client_idle_ms: u32,
    /// For a connection to a member.
    #[schema(required = false, default = 3000)]
    member_connect_ms: u32,
    /// For the head of a member's response, and between two parts of its body.
    #[schema(required = false, default = 60000)]
    member_response_ms: u32,
}

/// A field that a listener sets on requests to members.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct InsertedHeader {
    name: String,
    value: String,
}

impl Listener {
    /// As part of its load balancer.
    pub(in crate::native) fn inside(
        listener: &model::Listener,
        balancer: &LoadBalancer,
        view: View<'_>,
    ) -> Self {
        let model::Listener { id, created_at, updated_at, revision, settings, rules } = listener;
        let ListenerSettings {
            name,
            protocol,
            port,
            enabled,
            pool,
            member_port,
            insert_headers,
            trusted_proxies,
            proxy_protocol,
            timeouts,
            connection_limit,
            connection_limit_per_source,
            allowed_cidrs,
            tls,
            http2,
            https_redirect,
        } = settings;
        let tls = tls.as_ref();
        let refer = |id| CertificateReference::new(id, view);
        let named = pool.and_then(|pool| balancer.pool(pool));
        Self {
            id: id.to_string(),
            name: name.to_string(),
            protocol: (*protocol).into(),
            port: port.get(),
            address: std::net::SocketAddr::new(balancer.vip, port.get()).to_string(),
            enabled: *enabled,
            pool: named.map(|pool| Reference::new(pool.id, &pool.settings.name)),
            member_port: member_port.map(|port| port.get()),
            insert_headers: insert_headers.iter().map(InsertedHeader::from).collect(),
            trusted_proxies: trusted_proxies.iter().map(ToString::to_string).collect(),
            proxy_protocol: *proxy_protocol,
            timeouts: Timeouts::from(*timeouts),
            connection_limit: connection_limit.map(|limit| limit.get()),
            connection_limit_per_source: connection_limit_per_source.map(|limit| limit.get()),
            allowed_cidrs: allowed_cidrs.iter().map(ToString::to_string).collect(),
            certificate: tls.map(|tls| refer(tls.certificate)),
            certificates: tls
                .map(|tls| tls.certificates.iter().map(|id| refer(*id)).collect())
                .unwrap_or_default(),
            tls_policy: tls.map(|tls| tls.policy.into()),
            client_ca: tls.and_then(|tls| tls.client_auth.ca()).map(pem::certificates),
            client_auth: tls.map(|tls| (&tls.client_auth).into()),
            alpn: tls.map(|tls| tls.alpn.iter().map(|protocol| (*protocol).into()).collect()),
            hsts: tls.and_then(|tls| tls.hsts).map(Hsts::from),
            http2: *http2,
            https_redirect: https_redirect.map(HttpsRedirect::from),
            rules: rules.iter().map(|rule| Rule::inside(rule, balancer)).collect(),
            load_balancer: None,
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }

    /// The same in a list of load balancers, whose length certificates must not multiply.
    pub(in crate::native) fn without_ca(self) -> Self {
        Self { client_ca: None, ..self }
    }

    /// By itself.
    pub(in crate::native) fn alone(
        listener: &model::Listener,
        balancer: &LoadBalancer,
        view: View<'_>,
    ) -> Self {
        Self {
            load_balancer: Some(Reference::to_load_balancer(balancer)),
            ..Self::inside(listener, balancer, view)
        }
    }
}

impl From<model::Timeouts> for Timeouts {
    fn from(timeouts: model::Timeouts) -> Self {
        let model::Timeouts { client_idle_ms, member_connect_ms, member_response_ms } = timeouts;
        Self {
            client_idle_ms: client_idle_ms.get(),
            member_connect_ms: member_connect_ms.get(),
            member_response_ms: member_response_ms.get(),
        }
    }
}

impl From<&model::InsertedHeader> for InsertedHeader {
    fn from(header: &model::InsertedHeader) -> Self {
        let model::InsertedHeader { name, value } = header;
        Self { name: name.to_string(), value: value.to_string() }
    }
}
