//! Reads listeners.

use elbow_model::change::NewListener;
use elbow_model::listener::{InsertedHeader, ListenerSettings, Protocol, Timeouts};
use elbow_model::value::{HeaderName, HeaderText, ListenerId, Name, Port};
use uuid::Uuid;

use super::reference::{Certificates, Pools};
use super::{READ_ONLY, bounded, cidr, name, port, rule, tls};
use crate::decode::{At, Fields};

/// Protocols by the words that the native dialect uses; one without its certificate is refused by the model.
const PROTOCOLS: &[(&str, Protocol)] =
    &[("HTTP", Protocol::Http), ("HTTPS", Protocol::Https), ("TCP", Protocol::Tcp)];

/// The most listeners in one body; quotas are the model's.
const MAX_LISTENERS: usize = 1_000;

/// Fields that answers have and requests do not.
const HINTS: &[(&str, &str)] = &[
    ("id", READ_ONLY),
    ("load_balancer", READ_ONLY),
    ("address", READ_ONLY),
    ("revision", READ_ONLY),
    ("created_at", READ_ONLY),
    ("updated_at", READ_ONLY),
    ("rules", "has its own paths: /v1/listeners/{id}/rules and /v1/rules/{id}"),
];

/// Reads a listener to create, with its rules.
pub(in crate::native) fn new(
    fields: Fields<'_>,
    pools: &Pools,
    certificates: &Certificates<'_>,
) -> NewListener {
    let protocol = fields
        .required("protocol", |at| at.choice("protocol", PROTOCOLS))
        .unwrap_or(Protocol::Http);
    let port =
        fields.required("port", port).unwrap_or_else(|| Port::new(80).expect("80 is a port"));
    let name =
        fields.present("name").and_then(name).unwrap_or_else(|| default_name(protocol, port));
    let mut settings = ListenerSettings::new(name, protocol, port);
    read_rest(&fields, pools, certificates, &mut settings);
    let rules = fields.present("rules").and_then(|at| rule::list(at, pools)).unwrap_or_default();
    fields.finish(HINTS);
    NewListener { id: ListenerId::from(Uuid::now_v7()), settings, rules }
}

/// Reads a list of listeners to create.
pub(in crate::native) fn list(
    at: At<'_>,
    pools: &Pools,
    certificates: &Certificates<'_>,
) -> Option<Vec<NewListener>> {
    at.list_of(MAX_LISTENERS, |at| Some(new(at.object()?, pools, certificates)))
}

/// Reads a patch onto a listener.
pub(in crate::native) fn patch(
    fields: Fields<'_>,
    pools: &Pools,
    certificates: &Certificates<'_>,
    mut settings: ListenerSettings,
) -> ListenerSettings {
    fields.set("protocol", &mut settings.protocol, |at| at.choice("protocol", PROTOCOLS));
    fields.set("port", &mut settings.port, port);
    let unnamed = default_name(settings.protocol, settings.port);
    fields.set_or("name", &mut settings.name, unnamed, name);
    read_rest(&fields, pools, certificates, &mut settings);
    fields.finish(HINTS);
    settings
}

/// `http-80` and the like.
fn default_name(protocol: Protocol, port: Port) -> Name {
    let text = format!("{}-{port}", protocol.to_string().to_ascii_lowercase());
    Name::new(text).expect("protocol and port make a name")
}

fn read_rest(
    fields: &Fields<'_>,
    pools: &Pools,
    certificates: &Certificates<'_>,
    settings: &mut ListenerSettings,
) {
    fields.set_or("enabled", &mut settings.enabled, true, |at| at.boolean());
    fields.set_option("pool", &mut settings.pool, |at| pools.read(at));
    fields.set_option("member_port", &mut settings.member_port, port);
    fields.set_or("insert_headers", &mut settings.insert_headers, Vec::new(), |at| {
        at.list_of(ListenerSettings::MAX_INSERTED_HEADERS, inserted_header)
    });
    fields.set_or("trusted_proxies", &mut settings.trusted_proxies, Vec::new(), |at| {
        at.list_of(ListenerSettings::MAX_CIDRS, cidr)
    });
    fields.set_or("proxy_protocol", &mut settings.proxy_protocol, false, |at| at.boolean());
    let base = settings.timeouts;
    fields.set_or("timeouts", &mut settings.timeouts, Timeouts::default(), |at| timeouts(at, base));
    fields.set_option("connection_limit", &mut settings.connection_limit, bounded);
    fields.set_option(
        "connection_limit_per_source",
        &mut settings.connection_limit_per_source,
        bounded,
    );
    fields.set_or("allowed_cidrs", &mut settings.allowed_cidrs, Vec::new(), |at| {
        at.list_of(ListenerSettings::MAX_CIDRS, cidr)
    });
    settings.tls = tls::listener(fields, certificates, settings.protocol, settings.tls.take());
    fields.set_or("http2", &mut settings.http2, false, |at| at.boolean());
    fields.set_option("https_redirect", &mut settings.https_redirect, tls::https_redirect);
}

fn timeouts(at: At<'_>, mut timeouts: Timeouts) -> Option<Timeouts> {
    let fields = at.object()?;
    let Timeouts { client_idle_ms, member_connect_ms, member_response_ms } = &mut timeouts;
    let unset = Timeouts::default();
    fields.set_or("client_idle_ms", client_idle_ms, unset.client_idle_ms, bounded);
    fields.set_or("member_connect_ms", member_connect_ms, unset.member_connect_ms, bounded);
    fields.set_or("member_response_ms", member_response_ms, unset.member_response_ms, bounded);
    fields.finish(&[]);
    Some(timeouts)
}

fn inserted_header(at: At<'_>) -> Option<InsertedHeader> {
    let fields = at.object()?;
    let name = fields.required("name", |at| at.checked(|text| HeaderName::new(text)));
    let value = fields.required("value", |at| at.checked(|text| HeaderText::new(text)));
    fields.finish(&[]);
    Some(InsertedHeader { name: name?, value: value? })
}
