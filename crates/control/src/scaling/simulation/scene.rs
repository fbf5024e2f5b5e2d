//! The World at the beginning: a project, a network, load balancer `app` with two checked pools, and group `workers`.

use elbow_model::attachment::{Attachment, SeenBalancer, SeenStatus};
use elbow_model::change::scaling::{NewAttachment, NewScalingGroup, ScalingEdit};
use elbow_model::change::{
    Author, Change, Edit, NewListener, NewLoadBalancer, NewNetwork, NewPool, NewProject,
};
use elbow_model::health_monitor::{Check, HealthMonitor};
use elbow_model::launch_template::{
    CommandLine, Environment, Launch, ProcessLaunch, ProcessLimits, TemplateSettings,
};
use elbow_model::listener::{ListenerSettings, Protocol};
use elbow_model::load_balancer::{Kind, LoadBalancerSettings};
use elbow_model::network::{Addresses, NetworkSettings};
use elbow_model::pool::{Method, PoolSettings};
use elbow_model::project::Project;
use elbow_model::scaling_group::{
    DrainSeconds, GraceSeconds, HealthCheckKind, InstanceCount, ScalingGroupSettings,
};
use elbow_model::value::{
    Description, LoadBalancerId, Name, PoolId, Port, ProjectId, ScalingGroupId, Tags, Timestamp,
};
use elbow_model::world::{Applied, World};
use uuid::Uuid;

use super::random::Random;

pub(super) fn group() -> ScalingGroupId {
    id(1)
}

pub(super) fn balancer() -> LoadBalancerId {
    id(1)
}

/// The default pool, or the other one.
pub(super) fn pool(number: u128) -> PoolId {
    id(number)
}

pub(super) fn count(number: u64) -> InstanceCount {
    InstanceCount::new(i64::try_from(number).unwrap_or(0)).expect("a small number")
}

pub(super) fn attachment(number: u128, to: u128) -> NewAttachment {
    NewAttachment {
        id: id(number),
        load_balancer: balancer(),
        pool: Some(pool(to)),
        port: None,
        weight: Attachment::default_weight(),
    }
}

pub(super) fn seen_active() -> Vec<SeenBalancer> {
    vec![SeenBalancer { load_balancer: balancer(), status: SeenStatus::Active }]
}

pub(super) fn pool_settings(number: u128, is_checked: bool) -> PoolSettings {
    let called = if number == 1 { "default" } else { "api" };
    let mut settings = PoolSettings::new(name(called), Method::RoundRobin);
    settings.health_monitor = is_checked.then(|| HealthMonitor::with_defaults(Check::Tcp));
    settings
}

pub(super) fn settings(random: &mut Random) -> ScalingGroupSettings {
    let min = random.below(3);
    let mut settings =
        ScalingGroupSettings::new(name("workers"), count(min), count(min + 1 + random.below(6)));
    settings.drain_timeout_s =
        DrainSeconds::new(i64::try_from(random.below(30)).unwrap_or(0)).expect("a short time");
    settings.health_grace_s = GraceSeconds::constant::<20>();
    if random.happens(300) {
        settings.health_check = HealthCheckKind::Instance;
    }
    settings
}

pub(super) fn template(random: &mut Random) -> TemplateSettings {
    let command = vec!["./server".to_owned(), random.below(1_000).to_string()];
    TemplateSettings {
        launch: Launch::Process(ProcessLaunch {
            command: CommandLine::new(command).expect("a command"),
            env: Environment::default(),
            working_dir: None,
            uid: None,
            limits: ProcessLimits::default(),
        }),
        port: Some(port(8080)),
    }
}

pub(super) fn world(now: Timestamp, random: &mut Random) -> World {
    let project: ProjectId = id(1);
    let network = NewNetwork {
        id: id(1),
        project: None,
        region: name("local"),
        addresses: Addresses::Vpc { cidr: "127.77.0.0/24".parse().expect("a CIDR") },
        settings: NetworkSettings { name: name("default"), description: Description::default() },
    };
    let listener = NewListener {
        id: id(1),
        settings: ListenerSettings::new(name("http-80"), Protocol::Http, port(80)),
        rules: Vec::new(),
    };
    let pools = [1, 2].map(|number| NewPool {
        id: pool(number),
        settings: pool_settings(number, true),
        members: Vec::new(),
    });
    let app = NewLoadBalancer {
        id: balancer(),
        project,
        network: id(1),
        vip: None,
        settings: LoadBalancerSettings {
            name: name("app"),
            description: Description::default(),
            tags: Tags::default(),
            kind: Kind::Mixed,
            enabled: true,
            deletion_protection: false,
        },
        pools: pools.into(),
        listeners: vec![listener],
    };
    let workers = NewScalingGroup {
        id: group(),
        project,
        network: id(1),
        enabled: true,
        settings: settings(random),
        desired: None,
        template: Some(template(random)),
        attachments: vec![attachment(1, 1)],
        seen: seen_active(),
    };
    let edits = vec![
        Edit::CreateProject(NewProject {
            drivers: Project::every_driver(),
            ..NewProject::new(project, name("demo"))
        }),
        Edit::CreateNetwork(network),
        Edit::CreateLoadBalancer(app),
        Edit::Scaling(ScalingEdit::CreateGroup(workers)),
    ];
    let change = Change { author: Author::System, at: now, source: None, request: None, edits };
    match World::default().apply(&change) {
        Ok(Applied::Next { world, .. }) => world,
        other => panic!("the scene can't be set: {other:?}"),
    }
}

pub(super) fn id<I: From<Uuid>>(number: u128) -> I {
    Uuid::from_u128(number).into()
}

pub(super) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn port(number: i64) -> Port {
    Port::new(number).expect("a port")
}
