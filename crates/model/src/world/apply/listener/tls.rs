//! Rules about what a listener does with TLS and HTTP/2.

use std::net::IpAddr;

use super::super::draft::{Draft, within};
use super::super::invalid;
use crate::certificate::{Place, may_refer};
use crate::listener::{AlpnProtocol, ListenerSettings, ListenerTls, Protocol};
use crate::load_balancer::LoadBalancer;
use crate::pool::{PoolTls, Verify};
use crate::rejection::{Rejection, ResourceKind};
use crate::value::{CertificateId, Der};

/// The rules about TLS on a listener; `before` is what it had, if it is not new.
pub(super) fn check(
    draft: &Draft,
    balancer: &LoadBalancer,
    before: Option<&ListenerTls>,
    settings: &ListenerSettings,
    place: &str,
) -> Result<(), Rejection> {
    check_versions(settings, place)?;
    let protocol = settings.protocol;
    match (&settings.tls, protocol) {
        (Some(tls), Protocol::Https) => {
            check_certificates(draft, balancer, before, tls, place)?;
            check_terms(tls, place)
        }
        (None, Protocol::Https) => {
            Err(Rejection::CertificateMissing { field: format!("{place}certificate") })
        }
        (None, Protocol::Http | Protocol::Tcp) => Ok(()),
        (Some(_), Protocol::Http | Protocol::Tcp) => Err(invalid(
            format!("{place}certificate"),
            format!("{protocol} has no TLS to show a certificate in; add an HTTPS listener"),
        )),
    }
}

/// HTTP/2 in clear and the way to HTTPS are for HTTP listeners.
fn check_versions(settings: &ListenerSettings, place: &str) -> Result<(), Rejection> {
    let ListenerSettings { protocol, port, http2, https_redirect, .. } = settings;
    let wrong = |field: &str, reason: &str| Err(invalid(format!("{place}{field}"), reason));
    match protocol {
        Protocol::Https if *http2 => {
            wrong("http2", "over HTTPS `alpn` says whether HTTP/2 is spoken; leave `http2` out")
        }
        Protocol::Tcp if *http2 => wrong(
            "http2",
            "a TCP listener carries bytes and speaks no HTTP/2; use an HTTP listener",
        ),
        Protocol::Https | Protocol::Tcp if https_redirect.is_some() => wrong(
            "https_redirect",
            &format!("{protocol} requests are not sent on to HTTPS; set it on an HTTP listener"),
        ),
        Protocol::Http if *https_redirect == Some(*port) => wrong(
            "https_redirect",
            &format!("port {port} is this listener's own; name the port of an HTTPS listener"),
        ),
        Protocol::Http | Protocol::Https | Protocol::Tcp => Ok(()),
    }
}

fn check_certificates(
    draft: &Draft,
    balancer: &LoadBalancer,
    before: Option<&ListenerTls>,
    tls: &ListenerTls,
    place: &str,
) -> Result<(), Rejection> {
    let (count, most) = (tls.certificates.len() + 1, ListenerTls::MAX_CERTIFICATES);
    if count > most {
        let reason = format!("a listener shows at most {most} certificates, not {count}");
        return Err(invalid(format!("{place}certificates"), reason));
    }
    let default = || format!("{place}certificate");
    check_reference(draft, balancer, before, (tls.certificate, Place::Default), default)?;
    for (index, id) in tls.certificates.iter().enumerate() {
        let field = || format!("{place}certificates[{index}]");
        check_reference(draft, balancer, before, (*id, Place::Additional), field)?;
        if tls.certificate == *id || tls.certificates[..index].contains(id) {
            return Err(invalid(field(), "the certificate is named twice; name it once"));
        }
    }
    Ok(())
}

/// A certificate that is referred to is one of the project, and the author may refer to it there. One that may not be
/// seen is refused as if it did not exist.
fn check_reference(
    draft: &Draft,
    balancer: &LoadBalancer,
    before: Option<&ListenerTls>,
    (id, at): (CertificateId, Place),
    field: impl FnOnce() -> String,
) -> Result<(), Rejection> {
    let found = draft.world.certificate(id).filter(|found| found.project == balancer.project);
    let found = found.filter(|found| may_refer(&draft.author, found, at, before));
    let Some(certificate) = found else {
        return Err(Rejection::NotFound {
            kind: ResourceKind::Certificate,
            reference: id.to_string(),
            field: Some(field()),
            known: Vec::new(),
        });
    };
    if before.is_some_and(|before| before.all_certificates().any(|there| there == id)) {
        return Ok(());
    }
    let (name, facts, now) = (&certificate.settings.name, &certificate.facts, draft.stamp.at);
    if now >= facts.not_after {
        let reason =
            format!("certificate `{name}` expired at {}; use a newer one", facts.not_after);
        return Err(invalid(field(), reason));
    }
    if now < facts.not_before {
        let from = facts.not_before;
        let reason =
            format!("certificate `{name}` is not valid before {from}; use it from then on");
        return Err(invalid(field(), reason));
    }
    Ok(())
}

fn check_terms(tls: &ListenerTls, place: &str) -> Result<(), Rejection> {
    if let Some(ca) = tls.client_auth.ca() {
        check_ca(ca, || format!("{place}client_ca"))?;
    }
    let is_repeated =
        |(index, protocol): (usize, &AlpnProtocol)| tls.alpn[..index].contains(protocol);
    if tls.alpn.is_empty() || tls.alpn.iter().enumerate().any(is_repeated) {
        let reason = "name `h2`, `http/1.1` or both, each once and the preferred one first";
        return Err(invalid(format!("{place}alpn"), reason));
    }
    Ok(())
}

/// CA certificates to verify others against: few enough to be sent and searched.
pub(in crate::world::apply) fn check_ca(
    ca: &[Der],
    field: impl FnOnce() -> String,
) -> Result<(), Rejection> {
    let (most, most_bytes) = (ListenerTls::MAX_CA_CERTIFICATES, ListenerTls::MAX_CA_BYTES);
    let bytes: usize = ca.iter().map(|der| der.as_bytes().len()).sum();
    let reason = match ca.len() {
        0 => "there is no CA certificate in it; give at least one".to_owned(),
        count if count > most => {
            format!("it has {count} CA certificates, at most {most} are taken")
        }
        _ if bytes > most_bytes => {
            format!("its CA certificates have {bytes} bytes, at most {most_bytes} are taken")
        }
        _ => return Ok(()),
    };
    Err(invalid(field(), reason))
}

/// The rule about all that a load balancer has for TLS, checked when it is complete: a proxy gets it whole.
pub(in crate::world::apply) fn check_total(
    draft: &Draft,
    balancer: &LoadBalancer,
) -> Result<(), Rejection> {
    let size = |ca: Option<&[Der]>| -> usize {
        ca.unwrap_or_default().iter().map(|der| der.as_bytes().len()).sum()
    };
    let of_listener = |tls: &ListenerTls| -> usize {
        let shown = tls.all_certificates().filter_map(|id| draft.world.certificate(id));
        shown.map(|certificate| certificate.bytes()).sum::<usize>() + size(tls.client_auth.ca())
    };
    let of_pool = |tls: &PoolTls| match &tls.verify {
        Verify::Nothing => 0,
        Verify::Against(ca) => size(Some(ca)),
    };
    let listeners = balancer.listeners.iter().filter_map(|l| l.settings.tls.as_ref());
    let pools = balancer.pools.iter().filter_map(|pool| pool.settings.tls.as_ref());
    let bytes = listeners.map(of_listener).sum::<usize>() + pools.map(of_pool).sum::<usize>();
    within(bytes, LoadBalancer::MAX_TLS_BYTES, "bytes of certificates in one load balancer")
}

/// Whether a name can be asked for in TLS: addresses can't be (RFC 6066 §3).
pub(in crate::world::apply) fn is_server_name(host: &str) -> bool {
    host.parse::<IpAddr>().is_err()
}
