//! `--demo`: a load balancer `web` on its own virtual IP, and a scaling group `web` of sample servers behind it.
//!
//! The World remembers everything, and scaling brings the servers back: a later start only finds both by their tag.
//! It must not touch what people made of them.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;

use elbow_model::attachment::{Attachment, SeenBalancer, SeenStatus};
use elbow_model::change::scaling::{NewAttachment, NewScalingGroup, ScalingEdit};
use elbow_model::change::{
    Author, Change, Edit, NewListener, NewLoadBalancer, NewPool, NewProject,
};
use elbow_model::health_monitor::{
    Check, ExpectedCodes, HealthMonitor, HttpCheck, IntervalMs, Threshold, TimeoutMs,
};
use elbow_model::launch_template::{
    CommandLine, Environment, Launch, ProcessLaunch, ProcessLimits, TemplateSettings,
};
use elbow_model::listener::{ListenerSettings, Protocol};
use elbow_model::load_balancer::{Kind, LoadBalancer, LoadBalancerSettings};
use elbow_model::policy::{
    Behaviour, Metric, PolicySettings, ScaleIn, ScalingRule, TargetTracking, TolerancePercent,
};
use elbow_model::pool::{Method, PoolSettings};
use elbow_model::project::{Project, Usage};
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::scaling_group::{InstanceCount, ScalingGroup, ScalingGroupSettings};
use elbow_model::user::{Account, Standing, User, UserSettings};
use elbow_model::value::{
    AttachmentId, Description, HttpPath, HttpToken, Invalid, ListenerId, LoadBalancerId, Name,
    PolicyId, PoolId, Port, ProjectId, Quantity, ScalingGroupId, Tags,
};
use elbow_model::world::World;
use elbow_store::ledger::{CommitError, Ledger};
use tokio::time::timeout;
use uuid::Uuid;

use super::{PATIENCE, first_start, in_force_or_not, machine};
use crate::failure::Failure;

/// The project of both.
const PROJECT: &str = "demo";
/// The name of the balancer and of the group.
const NAME: &str = "web";
/// Marks both.
const TAG: (&str, &str) = ("demo", "sample-servers");
/// What an instance runs: each is called by its id.
const COMMAND: [&str; 6] =
    ["{elbow}", "sample-server", "--listen", "{address}:{port}", "--name", "{instance}"];
/// Requests a second that one sample server is to have: a loop of `curl` does not reach it, a load generator does.
const REQUESTS_EACH: i32 = 200;
/// Ports that are tried for the servers, and how many addresses must have the port free: more than there are servers.
const PORTS: [u16; 4] = [8080, 8180, 8280, 8380];
const ADDRESSES: u8 = 16;
/// Where the balancer listens: the usual port, or the other one if this user may not bind that.
const USUAL_PORT: u16 = 80;
const OTHER_PORT: u16 = 8080;

/// Addresses that are tried for it: another Elbow on this machine may have the first.
const MOST_TRIED: u8 = 250;

/// The demonstration of this World.
pub(super) enum Demo {
    /// It runs, or will in a moment.
    Runs {
        /// What serves.
        balancer: LoadBalancerId,
        /// What runs the servers.
        group: ScalingGroupId,
        /// Why the usual port is not used.
        instead_of_usual: Option<String>,
    },
    /// One of an earlier version, whose servers were started beside the service. They are not any more.
    Earlier {
        /// Its load balancer.
        name: Name,
    },
}

/// Finds the demonstration, or makes what is missing of it if that is `wanted`.
pub(super) async fn start(ledger: &Ledger, wanted: bool) -> Result<Option<Demo>, Failure> {
    let world = ledger.world();
    let runs = |balancer, group, instead_of_usual| Demo::Runs { balancer, group, instead_of_usual };
    let (balancer, instead_of_usual) = match (find_balancer(&world), find_group(&world)) {
        (Some(balancer), Some(group)) => return Ok(Some(runs(balancer.id, group.id, None))),
        (Some(balancer), None) if balancer.pools.iter().any(|pool| !pool.members.is_empty()) => {
            return Ok(Some(Demo::Earlier { name: balancer.settings.name.clone() }));
        }
        _ if !wanted => return Ok(None),
        (None, Some(group)) => {
            let group = &group.settings.name;
            tracing::warn!(%group, "the demonstration's load balancer was deleted; delete its scaling group too, to have it made anew");
            return Ok(None);
        }
        (Some(balancer), None) => (balancer.id, None),
        (None, None) => {
            let (vip, port, instead_of_usual) = free_listener()?;
            let id = LoadBalancerId::from(Uuid::now_v7());
            let edits = move |place: &Place| balancer_edits(place, id, vip, port);
            commit(ledger, "load balancer", edits).await?;
            (id, instead_of_usual)
        }
    };
    let port = free_port()?;
    // Only what serves can be attached to; if it does not, the refusal says so.
    timeout(PATIENCE, in_force_or_not(ledger, balancer)).await.ok();
    let status = ledger
        .world()
        .load_balancer(balancer)
        .map_or(SeenStatus::Disabled, |balancer| super::status_of(ledger, balancer).seen());
    let group = ScalingGroupId::from(Uuid::now_v7());
    let edits = move |place: &Place| group_edits(place, group, (balancer, status), port);
    commit(ledger, "scaling group", edits).await?;
    Ok(Some(runs(balancer, group, instead_of_usual)))
}

fn is_tagged(tags: &Tags) -> bool {
    tags.as_map().get(TAG.0).is_some_and(|value| value == TAG.1)
}

fn find_balancer(world: &World) -> Option<&Arc<LoadBalancer>> {
    world.load_balancers().find(|balancer| is_tagged(&balancer.settings.tags))
}

fn find_group(world: &World) -> Option<&Arc<ScalingGroup>> {
    world.scaling_groups().find(|group| is_tagged(&group.settings.tags))
}

/// Where everything of it belongs.
struct Place {
    project: ProjectId,
    network: elbow_model::value::NetworkId,
}

/// Commits edits as the first user.
async fn commit(
    ledger: &Ledger,
    what: &str,
    edits: impl FnOnce(&Place) -> Result<Vec<Edit>, Invalid> + Send + 'static,
) -> Result<(), Failure> {
    let build = move |world: &World| {
        let missing = |kind, name: &str| Rejection::NotFound {
            kind,
            reference: name.to_owned(),
            field: None,
            known: Vec::new(),
        };
        let wrong =
            |invalid: Invalid| Rejection::Invalid { field: "demo".to_owned(), reason: invalid.0 };
        let operator =
            operator(world).ok_or_else(|| missing(ResourceKind::User, first_start::ADMIN))?;
        let author = Author::User { id: operator.id, name: operator.name.clone() };
        let (project, mut all) = project(world, operator).map_err(wrong)?;
        let network = world
            .network_named(project, first_start::DEFAULT)
            .ok_or_else(|| missing(ResourceKind::Network, first_start::DEFAULT))?;
        all.extend(edits(&Place { project, network: network.id }).map_err(wrong)?);
        Ok(Change { author, at: machine::now(), source: None, request: None, edits: all })
    };
    let failed = |error: CommitError| Failure::Start {
        what: format!("the demonstration's {what} was not created: {error}"),
        next: "elbow up   (without --demo)".to_owned(),
    };
    ledger.commit(build).await.map(drop).map_err(failed)
}

/// Who makes it: the first user, or else another operator.
fn operator(world: &World) -> Option<&Arc<User>> {
    let is_operator =
        |user: &&Arc<User>| user.standing == Standing::Operator && user.account == Account::Enabled;
    let first = world.user_named(first_start::ADMIN).filter(is_operator);
    first.or_else(|| world.users().find(is_operator))
}

/// Where it belongs: where a part of it is, or else project `demo`, with the edits that make it. The operator works there
/// from then on, unless he has something where he worked before.
fn project(world: &World, operator: &User) -> Result<(ProjectId, Vec<Edit>), Invalid> {
    let known = find_balancer(world).map(|balancer| balancer.project);
    let known = known.or_else(|| world.project_named(PROJECT).map(|project| project.id));
    if let Some(project) = known {
        return Ok((project, Vec::new()));
    }
    let project = ProjectId::from(Uuid::now_v7());
    let mut edits = vec![Edit::CreateProject(NewProject {
        description: Description::new("sample servers, to try")?,
        drivers: Project::every_driver(),
        ..NewProject::new(project, Name::new(PROJECT)?)
    })];
    if world.usage(operator.project) == Usage::default() {
        let settings = UserSettings { project, ..operator.settings() };
        edits.push(Edit::EditUser { id: operator.id, settings });
    }
    Ok((project, edits))
}

/// A port that no other program has where the servers will be; a second demonstration may run on this machine.
fn free_port() -> Result<u16, Failure> {
    let is_free = |port: &u16| {
        (1..=ADDRESSES).all(|last| {
            let bound = TcpListener::bind((Ipv4Addr::new(127, 77, 0, last), *port));
            !bound.is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
        })
    };
    PORTS.into_iter().find(is_free).ok_or_else(|| Failure::Start {
        what: format!("no port is free for sample servers on 127.77.0.0/24; tried {PORTS:?}"),
        next: "ss -ltnp   (shows what listens on this machine)".to_owned(),
    })
}

/// Where the balancer is to listen, and why not on the usual port.
fn free_listener() -> Result<(Ipv4Addr, u16, Option<String>), Failure> {
    let mut reason = None;
    for port in [USUAL_PORT, OTHER_PORT] {
        for last in 1..=MOST_TRIED {
            let address = Ipv4Addr::new(127, 77, 0, last);
            match TcpListener::bind((address, port)) {
                // Another address with the usual port needs no words.
                Ok(_) => return Ok((address, port, reason.filter(|_| port != USUAL_PORT))),
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

fn tags() -> Result<Tags, Invalid> {
    Tags::new(BTreeMap::from([(TAG.0.to_owned(), TAG.1.to_owned())]))
}

fn balancer_edits(
    place: &Place,
    id: LoadBalancerId,
    vip: Ipv4Addr,
    port: u16,
) -> Result<Vec<Edit>, Invalid> {
    let settings = LoadBalancerSettings {
        name: Name::new(NAME)?,
        description: Description::new("sample servers, to try")?,
        tags: tags()?,
        kind: Kind::Mixed,
        enabled: true,
        deletion_protection: false,
    };
    let pool = NewPool {
        id: PoolId::from(Uuid::now_v7()),
        settings: PoolSettings {
            health_monitor: Some(monitor()?),
            ..PoolSettings::new(Name::new(first_start::DEFAULT)?, Method::RoundRobin)
        },
        members: Vec::new(),
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
    Ok(vec![Edit::CreateLoadBalancer(NewLoadBalancer {
        id,
        project: place.project,
        network: place.network,
        vip: Some(IpAddr::V4(vip)),
        settings,
        pools: vec![pool],
        listeners: vec![listener],
    })])
}

fn monitor() -> Result<HealthMonitor, Invalid> {
    let check = Check::Http(HttpCheck {
        method: HttpToken::new("GET")?,
        path: HttpPath::new("/healthz")?,
        host: None,
        expected_codes: ExpectedCodes::default(),
    });
    // One check is enough at first, so that all take turns from the first request on.
    let monitor = HealthMonitor {
        rise: Threshold::constant::<1>(),
        fall: Threshold::constant::<2>(),
        ..HealthMonitor::with_defaults(check)
    };
    monitor.with_times(IntervalMs::constant::<1_000>(), TimeoutMs::constant::<500>())
}

fn group_edits(
    place: &Place,
    id: ScalingGroupId,
    (load_balancer, status): (LoadBalancerId, SeenStatus),
    port: u16,
) -> Result<Vec<Edit>, Invalid> {
    let (min, max) = (InstanceCount::constant::<3>(), InstanceCount::constant::<6>());
    let settings = ScalingGroupSettings {
        description: Description::new("sample servers, to try")?,
        tags: tags()?,
        ..ScalingGroupSettings::new(Name::new(NAME)?, min, max)
    };
    let launch = Launch::Process(ProcessLaunch {
        command: CommandLine::new(COMMAND.map(str::to_owned).into())?,
        env: Environment::default(),
        working_dir: None,
        uid: None,
        limits: ProcessLimits::default(),
    });
    let attachment = NewAttachment {
        id: AttachmentId::from(Uuid::now_v7()),
        load_balancer,
        pool: None,
        port: None,
        weight: Attachment::default_weight(),
    };
    let group = NewScalingGroup {
        id,
        project: place.project,
        network: place.network,
        enabled: true,
        settings,
        desired: None,
        template: Some(TemplateSettings { launch, port: Some(Port::new(i64::from(port))?) }),
        attachments: vec![attachment],
        seen: vec![SeenBalancer { load_balancer, status }],
    };
    let policy = ScalingEdit::AddPolicy {
        group: id,
        id: PolicyId::from(Uuid::now_v7()),
        settings: policy()?,
    };
    Ok(vec![Edit::Scaling(ScalingEdit::CreateGroup(group)), Edit::Scaling(policy)])
}

fn policy() -> Result<PolicySettings, Invalid> {
    Ok(PolicySettings {
        name: Name::new("requests")?,
        enabled: true,
        rule: ScalingRule::TargetTracking(TargetTracking {
            metric: Metric::RequestsPerInstance,
            target: Quantity::whole(REQUESTS_EACH),
            tolerance_percent: TolerancePercent::constant::<10>(),
            scale_in: ScaleIn::Allowed,
        }),
        up: Behaviour::UP,
        down: Behaviour::DOWN,
        warm_up_s: None,
    })
}
