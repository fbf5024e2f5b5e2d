//! `--demo`: a load balancer `web` on its own virtual IP, and three sample servers behind it.
//!
//! The World remembers everything: a later start finds the balancer by its tag and starts the servers anew where its
//! members are. Members that the user added or took away are left alone.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use elbow_model::change::{Author, Change, Edit, NewListener, NewLoadBalancer, NewMember, NewPool};
use elbow_model::health_monitor::{
    Check, ExpectedCodes, HealthMonitor, HttpCheck, IntervalMs, Threshold, TimeoutMs,
};
use elbow_model::listener::{ListenerSettings, Protocol};
use elbow_model::load_balancer::{Kind, LoadBalancer, LoadBalancerSettings};
use elbow_model::member::{MemberSettings, TargetAddress};
use elbow_model::pool::{Method, PoolSettings};
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::value::{
    Description, HttpPath, HttpToken, Invalid, ListenerId, LoadBalancerId, MemberId, Name, PoolId,
    Port, Tags,
};
use elbow_model::world::World;
use elbow_store::ledger::Ledger;
use uuid::Uuid;

use super::samples::Samples;
use super::{first_start, machine};
use crate::failure::Failure;

/// The balancer's name.
const NAME: &str = "web";
/// Marks the balancer whose members are sample servers.
const TAG: (&str, &str) = ("demo", "sample-servers");
/// Their names.
const SERVERS: [&str; 3] = ["one", "two", "three"];
/// Ports that are tried for them, on addresses of their own.
const PORTS: [u16; 4] = [8080, 8180, 8280, 8380];
/// Where the balancer listens: the usual port, or the other one if this user may not bind that.
const USUAL_PORT: u16 = 80;
const OTHER_PORT: u16 = 8080;

/// Addresses that are tried for it: another Elbow on this machine may have the first.
const MOST_TRIED: u8 = 250;

/// The demonstration as it runs.
pub(super) struct Demo {
    pub(super) balancer: LoadBalancerId,
    /// Why the usual port is not used.
    pub(super) instead_of_usual: Option<String>,
}

/// The balancer of an earlier demonstration.
pub(super) fn find(world: &World) -> Option<&Arc<LoadBalancer>> {
    let is_it = |balancer: &&Arc<LoadBalancer>| {
        balancer.settings.tags.as_map().get(TAG.0).is_some_and(|value| value == TAG.1)
    };
    world.load_balancers().find(is_it)
}

/// Starts the sample servers and makes the balancer unless it is there.
pub(super) async fn start(
    ledger: &Ledger,
    samples: &mut Samples,
    program: &Path,
) -> Result<Demo, Failure> {
    let world = ledger.world();
    if let Some(balancer) = find(&world) {
        restart(balancer, samples, program).await;
        return Ok(Demo { balancer: balancer.id, instead_of_usual: None });
    }
    let mut members = Vec::new();
    for (index, name) in (1_u8..).zip(SERVERS) {
        let address = start_somewhere(samples, program, name, index).await?;
        members.push((name, address));
    }
    let (vip, port, instead_of_usual) = free_listener()?;
    let id = LoadBalancerId::from(Uuid::now_v7());
    let build = move |world: &World| creation(world, id, (vip, port), &members);
    match ledger.commit(build).await {
        Ok(_) => Ok(Demo { balancer: id, instead_of_usual }),
        Err(error) => Err(Failure::Start {
            what: format!("the demonstration's load balancer was not created: {error}"),
            next: "elbow up   (without --demo)".to_owned(),
        }),
    }
}

/// Starts servers where the members of an earlier demonstration are.
async fn restart(balancer: &LoadBalancer, samples: &mut Samples, program: &Path) {
    for member in balancer.pools.iter().flat_map(|pool| &pool.members) {
        let MemberSettings { name, address, port, .. } = &member.settings;
        let (Some(name), Some(port)) = (name, port) else { continue };
        if !SERVERS.contains(&name.as_str()) || !address.get().is_loopback() {
            continue;
        }
        let address = SocketAddr::new(address.get(), port.get());
        if let Err(failure) = samples.start(program, name.as_str(), address).await {
            tracing::warn!(server = %name, %address, %failure, "a sample server does not start; its health check fails");
        }
    }
}

/// Starts the sample server with this number on an address of its own; another program, such as a second
/// demonstration, may have some.
async fn start_somewhere(
    samples: &mut Samples,
    program: &Path,
    name: &str,
    index: u8,
) -> Result<SocketAddr, Failure> {
    let address = |port: u16| SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 78, 0, index)), port);
    let is_free = |address: &SocketAddr| TcpListener::bind(address).is_ok();
    let mut last = Failure::Start {
        what: format!(
            "no port is free for sample server {index}; tried {PORTS:?} on 127.78.0.{index}"
        ),
        next: "ss -ltnp   (shows what listens on this machine)".to_owned(),
    };
    for address in PORTS.into_iter().map(address).filter(is_free) {
        match samples.start(program, name, address).await {
            Ok(()) => return Ok(address),
            // Somebody else was quicker.
            Err(failure) => last = failure,
        }
    }
    Err(last)
}

/// Where the balancer is to listen, and why not on the usual port.
fn free_listener() -> Result<(Ipv4Addr, u16, Option<String>), Failure> {
    let mut reason = None;
    for port in [USUAL_PORT, OTHER_PORT] {
        for last in 1..=MOST_TRIED {
            let address = Ipv4Addr::new(127, 77, 0, last);
            match TcpListener::bind((address, port)) {
                Ok(_) => return Ok((address, port, reason)),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    reason = Some(format!("this user may not listen on port {port}"));
                    break;
                }
                Err(error) => reason = Some(format!("port {port} cannot be used: {error}")),
            }
        }
    }
    Err(Failure::Start {
        what: format!("no address of 127.77.0.0/24 has a free port {USUAL_PORT} or {OTHER_PORT}"),
        next: "ss -ltnp   (shows what listens on this machine)".to_owned(),
    })
}

fn creation(
    world: &World,
    id: LoadBalancerId,
    (vip, port): (Ipv4Addr, u16),
    members: &[(&str, SocketAddr)],
) -> Result<Change, Rejection> {
    let missing = |kind, name: &str| Rejection::NotFound {
        kind,
        reference: name.to_owned(),
        field: None,
        known: Vec::new(),
    };
    let project = world
        .project_named(first_start::DEFAULT)
        .ok_or_else(|| missing(ResourceKind::Project, first_start::DEFAULT))?;
    let network = world
        .network_named(first_start::DEFAULT)
        .ok_or_else(|| missing(ResourceKind::Network, first_start::DEFAULT))?;
    let invalid =
        |invalid: Invalid| Rejection::Invalid { field: "demo".to_owned(), reason: invalid.0 };
    let (settings, pool, listener) = parts(port, members).map_err(invalid)?;
    let balancer = NewLoadBalancer {
        id,
        project: project.id,
        network: network.id,
        vip: Some(IpAddr::V4(vip)),
        settings,
        pools: vec![pool],
        listeners: vec![listener],
    };
    let admin = world
        .user_named(first_start::ADMIN)
        .ok_or_else(|| missing(ResourceKind::User, first_start::ADMIN))?;
    let author = Author::User { id: admin.id, name: admin.name.clone() };
    Ok(Change::new(author, machine::now(), Edit::CreateLoadBalancer(balancer)))
}

fn parts(
    port: u16,
    members: &[(&str, SocketAddr)],
) -> Result<(LoadBalancerSettings, NewPool, NewListener), Invalid> {
    let settings = LoadBalancerSettings {
        name: Name::new(NAME)?,
        description: Description::new("three sample servers, to try")?,
        tags: Tags::new(BTreeMap::from([(TAG.0.to_owned(), TAG.1.to_owned())]))?,
        kind: Kind::Mixed,
        enabled: true,
        deletion_protection: false,
    };
    let check = Check::Http(HttpCheck {
        method: HttpToken::new("GET")?,
        path: HttpPath::new("/healthz")?,
        host: None,
        expected_codes: ExpectedCodes::default(),
    });
    // One check is enough at first, so that all three take turns from the first request on.
    let monitor = HealthMonitor {
        rise: Threshold::constant::<1>(),
        fall: Threshold::constant::<2>(),
        ..HealthMonitor::with_defaults(check)
    };
    let monitor =
        monitor.with_times(IntervalMs::constant::<1_000>(), TimeoutMs::constant::<500>())?;
    let new_member = |(name, address): &(&str, SocketAddr)| -> Result<NewMember, Invalid> {
        let target = TargetAddress::new(address.ip())?;
        let port = Port::new(i64::from(address.port()))?;
        let settings = MemberSettings {
            name: Some(Name::new(*name)?),
            ..MemberSettings::new(target, Some(port))
        };
        Ok(NewMember { id: MemberId::from(Uuid::now_v7()), settings })
    };
    let pool = NewPool {
        id: PoolId::from(Uuid::now_v7()),
        settings: PoolSettings {
            health_monitor: Some(monitor),
            ..PoolSettings::new(Name::new(first_start::DEFAULT)?, Method::RoundRobin)
        },
        members: members.iter().map(new_member).collect::<Result<_, _>>()?,
    };
    let listener = NewListener {
        id: ListenerId::from(Uuid::now_v7()),
        settings: ListenerSettings::new(
            Name::new(format!("http-{port}"))?,
            Protocol::Http,
            Port::new(i64::from(port))?,
        ),
        rules: Vec::new(),
    };
    Ok((settings, pool, listener))
}
