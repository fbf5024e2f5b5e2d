//! One worker without a control plane, for measuring: `one_worker http|https|tcp LISTEN ORIGIN...`.
//! Over HTTPS, it shows a certificate that it has made for itself.
#![expect(clippy::print_stderr, reason = "a program for the terminal")]

use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::channel;

use elbow_model::listener::{ClientAuth, Protocol, TlsPolicy};
use elbow_model::table::{TableCertificate, TableEntry, TableTls};
use elbow_model::value::{CertificateId, Der, SealedKey};
use elbow_proxy::live::{PoolView, build};
use elbow_proxy::sys::socket::listen;
use elbow_proxy::tls::{self, OpenKey, SecureListeners};
use elbow_proxy::worker::{Acknowledge, Command, Deadlines, WorkerConfig, start};
use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(protocol), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("usage: one_worker http|https|tcp LISTEN ORIGIN...".into());
    };
    let address: SocketAddr = address.parse()?;
    let origins = arguments.map(|text| text.parse()).collect::<Result<Vec<SocketAddr>, _>>()?;
    let mut entry = entry(&protocol, address, &origins)?;
    let secure = secure(&mut entry)?;
    let entry = Arc::new(entry);
    let listener = entry.listeners.first().map(|listener| listener.id).ok_or("no listener")?;
    let sockets = HashMap::from([(listener, Arc::new(listen(address)?))]);
    let (reports, news) = channel();
    let config = WorkerConfig {
        index: 0,
        via_name: "elbow".into(),
        seed: 1,
        reports,
        access_log: None,
        deadlines: Deadlines::default(),
        trap: None,
    };
    let worker = start(config)?;
    let balancer = Arc::new(build(entry, None, (&sockets, &secure), 1));
    let views = balancer.pools.iter().map(|pool| Arc::new(PoolView::all(pool))).collect();
    worker.send(Command::Install { balancer, views, done: Acknowledge::ignored() });
    for report in news {
        eprintln!("{report:?}");
    }
    Ok(())
}

fn entry(
    protocol: &str,
    address: SocketAddr,
    origins: &[SocketAddr],
) -> Result<TableEntry, serde_json::Error> {
    let id = |number: usize| format!("00000000-0000-7000-8000-{number:012}");
    let members: Vec<_> = origins
        .iter()
        .enumerate()
        .map(|(index, origin)| {
            json!({"id": id(100 + index), "address": origin.ip(), "port": origin.port(),
                   "weight": 1, "backup": false})
        })
        .collect();
    serde_json::from_value(json!({
        "id": id(1), "name": "bench", "project": id(4), "revision": 1,
        "listeners": [{
            "id": id(2), "name": "front", "protocol": protocol, "address": address, "rules": [],
            "pool": 0, "member_port": null, "insert_headers": [], "trusted_proxies": [],
            "proxy_protocol": false,
            "timeouts": {"client_idle_ms": 60_000, "member_connect_ms": 3_000,
                         "member_response_ms": 60_000},
            "connection_limit": null, "connection_limit_per_source": null, "allowed_cidrs": []
        }],
        "pools": [{
            "id": id(3), "name": "default", "method": "round_robin", "members": members,
            "health_monitor": null, "session_persistence": null, "on_no_healthy": "refuse",
            "max_connections_per_member": null, "queue": {"max": 1000, "timeout_ms": 5000},
            "slow_start_ms": 0, "retries": 1, "proxy_protocol": null
        }]
    }))
}

/// Opens keys that were never sealed.
#[derive(Debug)]
struct ClearKeys;

impl OpenKey for ClearKeys {
    fn open(&self, _of: CertificateId, sealed: &SealedKey) -> Result<Zeroizing<Vec<u8>>, String> {
        Ok(Zeroizing::new(sealed.as_bytes().to_vec()))
    }
}

/// Gives HTTPS listeners a certificate.
fn secure(entry: &mut TableEntry) -> Result<SecureListeners, Box<dyn Error>> {
    let mut secure = SecureListeners::new();
    let https = entry.listeners.iter_mut().filter(|known| known.protocol == Protocol::Https);
    for listener in https {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
        let certificate = TableCertificate {
            id: Uuid::now_v7().into(),
            names: vec!["localhost".parse()?],
            chain: vec![Der::new(made.cert.der().to_vec())],
            key: SealedKey::new(made.signing_key.serialize_der()),
            ocsp: None,
        };
        let table = TableTls {
            certificates: vec![Arc::new(certificate)],
            policy: TlsPolicy::Tls12And13,
            client_auth: ClientAuth::None,
            alpn: elbow_model::listener::AlpnProtocol::both(),
            hsts: None,
        };
        secure.insert(listener.id, Arc::new(tls::build(&table, None, &ClearKeys)?));
        listener.tls = Some(table);
    }
    Ok(secure)
}
