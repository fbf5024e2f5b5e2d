//! Reads TLS of listeners and pools. A patch goes onto what is there, part by part.

use elbow_model::listener::{
    AlpnProtocol, ClientAuth, Hsts, HstsSeconds, ListenerTls, Protocol, TlsPolicy,
};
use elbow_model::pool::{PoolTls, Verify};
use elbow_model::value::{Der, HostName, Port, Timestamp};
use elbow_vault::intake;

use super::reference::Certificates;
use super::{bounded, port};
use crate::decode::{At, Fields};

/// Policies by the words that the native dialect uses.
const POLICIES: &[(&str, TlsPolicy)] = &[
    ("TLS_1_2", TlsPolicy::Tls12),
    ("TLS_1_2_1_3", TlsPolicy::Tls12And13),
    ("TLS_1_3", TlsPolicy::Tls13),
];

/// What clients show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    None,
    Optional,
    Required,
}

const MODES: &[(&str, Mode)] =
    &[("NONE", Mode::None), ("OPTIONAL", Mode::Optional), ("REQUIRED", Mode::Required)];

const ALPN: &[(&str, AlpnProtocol)] =
    &[("h2", AlpnProtocol::H2), ("http/1.1", AlpnProtocol::Http11)];

/// Fields of HTTPS listeners.
const OF_HTTPS: [&str; 7] =
    ["certificate", "certificates", "tls_policy", "client_ca", "client_auth", "alpn", "hsts"];

/// Reads what a listener does about TLS: none without a certificate, which the model refuses on HTTPS.
pub(super) fn listener(
    fields: &Fields<'_>,
    certificates: &Certificates<'_>,
    protocol: Protocol,
    base: Option<ListenerTls>,
) -> Option<ListenerTls> {
    if protocol != Protocol::Https {
        for name in OF_HTTPS {
            // An answer that comes back says null or nothing here.
            if fields.present(name).is_some_and(|at| at.value() != &serde_json::json!([])) {
                let reason = format!("belongs to HTTPS listeners, this one speaks {protocol}");
                fields.note(name, reason);
            }
        }
        return None;
    }
    let mut certificate = base.as_ref().map(|tls| tls.certificate);
    match &mut certificate {
        Some(slot) => fields.set("certificate", slot, |at| certificates.read(&at)),
        None => certificate = fields.present("certificate").and_then(|at| certificates.read(&at)),
    }
    // Faults beside a missing certificate are noted all the same.
    let mut tls = base.unwrap_or_else(|| ListenerTls::new(certificates.none()));
    fields.set_or("certificates", &mut tls.certificates, Vec::new(), |at| {
        at.list_of(ListenerTls::MAX_CERTIFICATES, |at| certificates.read(&at))
    });
    fields.set_or("tls_policy", &mut tls.policy, TlsPolicy::default(), |at| {
        at.choice("TLS policy", POLICIES)
    });
    client_auth(fields, certificates.now, &mut tls.client_auth);
    fields.set_or("alpn", &mut tls.alpn, AlpnProtocol::both(), |at| {
        at.list_of(ALPN.len(), |at| at.choice("protocol", ALPN))
    });
    let before = tls.hsts;
    fields.set_option("hsts", &mut tls.hsts, |at| hsts(&at, before));
    Some(ListenerTls { certificate: certificate?, ..tls })
}

/// Authorities and whether clients must show a certificate of theirs: one without the other says nothing.
fn client_auth(fields: &Fields<'_>, now: Timestamp, slot: &mut ClientAuth) {
    let (mut mode, mut ca) = match std::mem::take(slot) {
        ClientAuth::None => (Mode::None, None),
        ClientAuth::Optional { ca } => (Mode::Optional, Some(ca)),
        ClientAuth::Required { ca } => (Mode::Required, Some(ca)),
    };
    fields.set_or("client_auth", &mut mode, Mode::None, |at| at.choice("client_auth", MODES));
    let given = fields.present("client_ca").is_some();
    fields.set_option("client_ca", &mut ca, |at| authorities(&at, now));
    *slot = match (mode, ca) {
        (Mode::None, _) => {
            if given {
                fields.note("client_ca", "is for client_auth OPTIONAL or REQUIRED; set that, too");
            }
            ClientAuth::None
        }
        (Mode::Optional, Some(ca)) => ClientAuth::Optional { ca },
        (Mode::Required, Some(ca)) => ClientAuth::Required { ca },
        (Mode::Optional | Mode::Required, None) => {
            if !given {
                let reason =
                    "is missing; give the certificates, in PEM, of those who sign clients' ones";
                fields.note("client_ca", reason);
            }
            ClientAuth::None
        }
    };
}

/// Certificates of authorities in PEM.
fn authorities(at: &At<'_>, now: Timestamp) -> Option<Vec<Der>> {
    match intake::read_ca(at.text()?, now) {
        Ok(authorities) => Some(authorities.certificates),
        Err(refusal) => at.wrong(refusal.reason.to_string()),
    }
}

fn hsts(at: &At<'_>, base: Option<Hsts>) -> Option<Hsts> {
    let fields = at.object()?;
    let mut hsts = base.unwrap_or(Hsts {
        max_age_s: HstsSeconds::constant::<0>(),
        include_subdomains: false,
        preload: false,
    });
    match base {
        Some(_) => fields.set("max_age_s", &mut hsts.max_age_s, bounded),
        None => hsts.max_age_s = fields.required("max_age_s", bounded)?,
    }
    fields.set_or("include_subdomains", &mut hsts.include_subdomains, false, |at| at.boolean());
    fields.set_or("preload", &mut hsts.preload, false, |at| at.boolean());
    fields.finish(&[]);
    Some(hsts)
}

/// Where an HTTP listener sends every request: a port, or an object with it.
pub(super) fn https_redirect(at: At<'_>) -> Option<Port> {
    if at.value().is_number() {
        return port(at);
    }
    let fields = at.object()?;
    let port = fields.required("port", port);
    fields.finish(&[]);
    port
}

/// Reads TLS to members.
pub(super) fn pool(at: &At<'_>, now: Timestamp, base: Option<PoolTls>) -> Option<PoolTls> {
    let fields = at.object()?;
    let PoolTls { verify, mut server_name } = base.unwrap_or_default();
    let mut ca = match verify {
        Verify::Nothing => None,
        Verify::Against(ca) => Some(ca),
    };
    let given = fields.present("ca").is_some();
    fields.set_option("ca", &mut ca, |at| authorities(&at, now));
    let mut wanted = None;
    fields.set_option("verify", &mut wanted, |at| at.boolean());
    fields.set_option("server_name", &mut server_name, |at| at.checked(|text| HostName::new(text)));
    match wanted {
        Some(true) if ca.is_none() && !given => {
            let reason = "is missing; members are verified against these certificates of authorities, in PEM, and no others";
            fields.note("ca", reason);
        }
        Some(false) if given => fields.note("ca", "is for `verify` true; leave one of them out"),
        Some(false) => ca = None,
        Some(true) | None => {}
    }
    fields.finish(&[]);
    let verify = ca.map_or(Verify::Nothing, Verify::Against);
    Some(PoolTls { verify, server_name })
}
