//! What is measured and what is to be reached: the table of workloads. Targets are ratios to a
//! contender in the same run, or bounds of the figure itself.

use crate::contender::Kind;
use crate::load::Traffic;
use crate::tls::{Application, Front, Handshakes, Tls, Version};

/// What a target compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Against {
    Peer(Kind),
    /// The peer with the lowest median.
    BestPeer,
    /// Nothing: the bound is of the figure itself.
    Itself,
}

/// A bound: what must be kept, and what is aimed at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) against: Against,
    /// None if all that must be is that the figure is known.
    pub(crate) must: Option<f64>,
    pub(crate) goal: f64,
}

/// How the figure is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// CPU time per request.
    PerRequest { traffic: Traffic, connections: usize },
    /// CPU time per gigabyte.
    PerGigabyte { connections: usize },
    /// Resident memory per idle connection.
    Memory { connections: usize },
    /// The 99th percentile of latency at half of what HAProxy can do.
    Latency { connections: usize },
    /// CPU time per request with two workers, divided by that with one.
    TwoWorkers { connections: usize },
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workload {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) unit: &'static str,
    /// What contenders speak in front.
    pub(crate) front: Front,
    pub(crate) shape: Shape,
    pub(crate) targets: &'static [Target],
}

const fn to(against: Against, must: f64, goal: f64) -> Target {
    Target { against, must: Some(must), goal }
}

const fn toward(against: Against, goal: f64) -> Target {
    Target { against, must: None, goal }
}

const HAPROXY: Against = Against::Peer(Kind::Haproxy);
const NGINX: Against = Against::Peer(Kind::Nginx);
const ENVOY: Against = Against::Peer(Kind::Envoy);
const KIB: usize = 1024;

const fn https(version: Version, handshakes: Handshakes) -> Front {
    Front::Tls(Tls { version, application: Application::Http1, handshakes })
}

const HTTP2: Front = Front::Tls(Tls {
    version: Version::Tls13,
    application: Application::Http2,
    handshakes: Handshakes::Full,
});

const fn requests(traffic: Traffic, connections: usize) -> Shape {
    Shape::PerRequest { traffic, connections }
}

/// All of them, in the order of the report.
pub(crate) const WORKLOADS: &[Workload] = &[
    Workload {
        key: "w1",
        title: "HTTP/1.1 keep-alive, 1 KiB, 64 connections",
        unit: "us/request",
        front: Front::Clear,
        shape: Shape::PerRequest { traffic: Traffic::KeepAlive { body: KIB }, connections: 64 },
        targets: &[to(NGINX, 0.80, 0.66), to(HAPROXY, 0.60, 0.50), to(ENVOY, 0.25, 0.16)],
    },
    Workload {
        key: "w2",
        title: "HTTP/1.1 keep-alive, 1 KiB, 512 connections",
        unit: "us/request",
        front: Front::Clear,
        shape: Shape::PerRequest { traffic: Traffic::KeepAlive { body: KIB }, connections: 512 },
        targets: &[to(NGINX, 0.70, 0.52), to(HAPROXY, 0.55, 0.42)],
    },
    Workload {
        key: "w3",
        title: "HTTP/1.1 keep-alive, 64 KiB, 64 connections",
        unit: "us/request",
        front: Front::Clear,
        shape: Shape::PerRequest {
            traffic: Traffic::KeepAlive { body: 64 * KIB },
            connections: 64,
        },
        targets: &[to(NGINX, 0.80, 0.60), to(HAPROXY, 0.60, 0.43)],
    },
    Workload {
        key: "w4",
        title: "HTTP/1.1, a new connection per request, 1 KiB",
        unit: "us/request",
        front: Front::Clear,
        shape: Shape::PerRequest {
            traffic: Traffic::NewConnections { body: KIB },
            connections: 64,
        },
        targets: &[to(NGINX, 0.95, 0.80), to(HAPROXY, 0.85, 0.70)],
    },
    Workload {
        key: "w5",
        title: "TLS 1.3 keep-alive, 1 KiB, 64 connections",
        unit: "us/request",
        front: https(Version::Tls13, Handshakes::Full),
        shape: requests(Traffic::KeepAlive { body: KIB }, 64),
        targets: &[to(Against::BestPeer, 0.75, 0.55)],
    },
    Workload {
        key: "w5-12",
        title: "TLS 1.2 keep-alive, 1 KiB, 64 connections",
        unit: "us/request",
        front: https(Version::Tls12, Handshakes::Full),
        shape: requests(Traffic::KeepAlive { body: KIB }, 64),
        targets: &[to(Against::BestPeer, 0.75, 0.55)],
    },
    Workload {
        key: "w5c",
        title: "TLS 1.3 keep-alive, 64 KiB, 64 connections",
        unit: "us/request",
        front: https(Version::Tls13, Handshakes::Full),
        shape: requests(Traffic::KeepAlive { body: 64 * KIB }, 64),
        targets: &[to(Against::BestPeer, 0.75, 0.50)],
    },
    Workload {
        key: "w6",
        title: "TLS 1.3, a full handshake per request, 1 KiB",
        unit: "us/request",
        front: https(Version::Tls13, Handshakes::Full),
        shape: requests(Traffic::NewConnections { body: KIB }, 64),
        targets: &[to(Against::BestPeer, 0.75, 0.55)],
    },
    Workload {
        key: "w6-12",
        title: "TLS 1.2, a full handshake per request, 1 KiB",
        unit: "us/request",
        front: https(Version::Tls12, Handshakes::Full),
        shape: requests(Traffic::NewConnections { body: KIB }, 64),
        targets: &[to(Against::BestPeer, 0.75, 0.55)],
    },
    Workload {
        key: "w6r",
        title: "TLS 1.3, a resumed handshake per request, 1 KiB",
        unit: "us/request",
        front: https(Version::Tls13, Handshakes::Resumed),
        shape: requests(Traffic::NewConnections { body: KIB }, 64),
        targets: &[to(Against::BestPeer, 0.80, 0.60)],
    },
    Workload {
        key: "w7",
        title: "TCP, bulk, 4 connections",
        unit: "s/GB",
        front: Front::Clear,
        shape: Shape::PerGigabyte { connections: 4 },
        targets: &[to(HAPROXY, 0.90, 0.75), to(NGINX, 0.50, 0.38), to(ENVOY, 0.50, 0.38)],
    },
    Workload {
        key: "w7b",
        title: "TCP, 64 bytes out and 1 KiB back, 64 connections",
        unit: "us/request",
        front: Front::Clear,
        shape: Shape::PerRequest { traffic: Traffic::PingPong, connections: 64 },
        targets: &[to(Against::BestPeer, 1.0, 0.90)],
    },
    Workload {
        key: "w8",
        title: "Memory of an idle connection",
        unit: "bytes",
        front: Front::Clear,
        shape: Shape::Memory { connections: 9000 },
        targets: &[to(Against::Itself, 400.0, 256.0)],
    },
    Workload {
        key: "w8b",
        title: "Memory of an idle TLS 1.3 connection",
        unit: "bytes",
        front: https(Version::Tls13, Handshakes::Full),
        shape: Shape::Memory { connections: 9000 },
        targets: &[to(Against::Itself, 9000.0, 8000.0)],
    },
    Workload {
        key: "w9",
        title: "99th percentile of latency at half of HAProxy's rate",
        unit: "us",
        front: Front::Clear,
        shape: Shape::Latency { connections: 50 },
        targets: &[to(NGINX, 1.10, 1.00), to(HAPROXY, 1.00, 1.00)],
    },
    Workload {
        key: "w10",
        title: "HTTP/2 over TLS 1.3, 1 KiB, 8 connections of 100 streams",
        unit: "us/request",
        front: HTTP2,
        shape: requests(Traffic::KeepAlive { body: KIB }, 8),
        targets: &[toward(Against::BestPeer, 0.75)],
    },
    Workload {
        key: "w11",
        title: "CPU time per request, two workers to one",
        unit: "times",
        front: Front::Clear,
        shape: Shape::TwoWorkers { connections: 64 },
        targets: &[to(Against::Itself, 1.15, 1.05)],
    },
];

/// Those that a list of keys names, in the order of the report; all for an empty list.
pub(crate) fn chosen(keys: &[String]) -> Result<Vec<Workload>, String> {
    let known = |key: &String| WORKLOADS.iter().any(|workload| workload.key == key);
    if let Some(unknown) = keys.iter().find(|key| !known(key)) {
        let all: Vec<&str> = WORKLOADS.iter().map(|workload| workload.key).collect();
        return Err(format!("no workload `{unknown}`; there are {}", all.join(", ")));
    }
    let wanted = |w: &&Workload| keys.is_empty() || keys.iter().any(|key| key == w.key);
    Ok(WORKLOADS.iter().filter(wanted).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_no_easier_than_musts() {
        for workload in WORKLOADS {
            for target in workload.targets {
                assert!(target.must.is_none_or(|must| target.goal <= must), "{}", workload.key);
            }
        }
    }

    #[test]
    fn workloads_are_chosen_by_key() {
        let keys = |list: &[&str]| list.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let chosen_keys: Vec<&str> =
            chosen(&keys(&["w3", "w1"])).unwrap().iter().map(|workload| workload.key).collect();
        assert_eq!(chosen_keys, ["w1", "w3"]);
        assert_eq!(chosen(&[]).unwrap().len(), WORKLOADS.len());
        assert!(chosen(&keys(&["w99"])).unwrap_err().contains("w7b"));
    }
}
