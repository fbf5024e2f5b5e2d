//! A small World that the tests alter, and builders with defaults.
//!
//! Ids are small numbers: projects 1 `demo` and 2 `other`; user 1 `admin`; networks 1 `default`
//! (127.77.0.0/24), 2 `host` (192.0.2.1, 192.0.2.2), 3 `tiny` (10.9.0.0/29: six addresses),
//! 4 `private` (10.8.0.0/24, project 2 only), 5 `six` (fd00:77::/64). Load balancer 1 `web` on
//! 127.77.0.1 has pools 1 `default` (members 1: 10.0.0.1:8080, 2: 10.0.0.2 without port) and 2
//! `api` (member 3: 10.0.0.3:8080), listeners 1 `http-80` (rule 1, priority 10, to pool 2) and 2
//! `tcp-90` (to pool 2). Load balancer 2 `blog` on 127.77.0.2 has pool 3 `default` and listener 3
//! `http-80`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use uuid::Uuid;

use crate::certificate::{CertificateFacts, CertificateSettings, KeyType};
use crate::change::{
    Author, Change, Edit, NewCertificate, NewListener, NewLoadBalancer, NewMember, NewNetwork,
    NewPool, NewProject, NewRule, NewUser,
};
use crate::listener::{ListenerSettings, ListenerTls, Protocol};
use crate::load_balancer::{Kind, LoadBalancerSettings};
use crate::member::{MemberSettings, TargetAddress};
use crate::network::{Addresses, NetworkSettings};
use crate::pool::{Method, PoolSettings};
use crate::project::Project;
use crate::rejection::Rejection;
use crate::rule::{Condition, ForwardTarget, Priority, RuleAction, RuleSettings};
use crate::user::Standing;
use crate::value::{
    CertificateId, Der, Description, MemberId, Name, NetworkId, PasswordHash, Port, ProjectId,
    SealedKey, Tags, Timestamp, UserId, Weight,
};
use crate::world::{Applied, World};

/// When Changes are asked for unless a test says otherwise.
pub(crate) const NOW: Timestamp = Timestamp(1_000_000);

pub(crate) fn id<I: From<Uuid>>(number: u128) -> I {
    Uuid::from_u128(number).into()
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn port(number: i64) -> Port {
    Port::new(number).unwrap()
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(crate) fn author() -> Author {
    Author::User { id: id(1), name: name("admin") }
}

pub(crate) fn change(edits: Vec<Edit>) -> Change {
    Change { author: author(), at: NOW, source: None, request: None, edits }
}

pub(crate) fn vpc(number: u128, called: &str, cidr: &str) -> NewNetwork {
    NewNetwork {
        id: id::<NetworkId>(number),
        project: None,
        region: name("local"),
        addresses: Addresses::Vpc { cidr: cidr.parse().unwrap() },
        settings: NetworkSettings { name: name(called), description: Description::default() },
    }
}

pub(crate) fn balancer(number: u128, called: &str) -> NewLoadBalancer {
    NewLoadBalancer {
        id: id(number),
        project: id::<ProjectId>(1),
        network: id(1),
        vip: None,
        settings: LoadBalancerSettings {
            name: name(called),
            description: Description::default(),
            tags: Tags::default(),
            kind: Kind::Mixed,
            enabled: true,
            deletion_protection: false,
        },
        pools: vec![pool(number * 10, "default")],
        listeners: Vec::new(),
    }
}

pub(crate) fn pool(number: u128, called: &str) -> NewPool {
    let settings = PoolSettings::new(name(called), Method::RoundRobin);
    NewPool { id: id(number), settings, members: Vec::new() }
}

pub(crate) fn member(number: u128, target: &str) -> NewMember {
    NewMember { id: id::<MemberId>(number), settings: member_settings(target) }
}

/// `10.0.0.1:80`, or `10.0.0.1` for a member without port.
pub(crate) fn member_settings(target: &str) -> MemberSettings {
    let (address, port) = match target.parse::<std::net::SocketAddr>() {
        Ok(target) => (target.ip(), Some(port(target.port().into()))),
        Err(_) => (ip(target), None),
    };
    MemberSettings::new(TargetAddress::new(address).unwrap(), port)
}

pub(crate) fn listener(number: u128, protocol: Protocol, on: i64) -> NewListener {
    let called = format!("{protocol}-{on}").to_lowercase();
    let settings = ListenerSettings::new(name(&called), protocol, port(on));
    NewListener { id: id(number), settings, rules: Vec::new() }
}

pub(crate) fn rule(number: u128, priority: i64, to: u128) -> NewRule {
    let target = ForwardTarget { pool: id(to), weight: Weight::default() };
    NewRule {
        id: id(number),
        settings: RuleSettings {
            name: None,
            priority: Priority::new(priority).unwrap(),
            enabled: true,
            condition: every_path(),
            action: RuleAction::Forward(vec![target]),
        },
    }
}

/// Valid for an hour around [`NOW`].
pub(crate) fn certificate(number: u128, called: &str) -> NewCertificate {
    NewCertificate {
        id: id(number),
        project: id(1),
        settings: CertificateSettings { name: name(called), description: Description::default() },
        chain: vec![Der::new(*b"leaf"), Der::new(*b"issuer")],
        key: SealedKey::new(*b"sealed"),
        ocsp: None,
        facts: CertificateFacts {
            subject: "CN=a.example".to_owned(),
            issuer: "CN=Some CA".to_owned(),
            names: vec!["a.example".parse().unwrap(), "*.a.example".parse().unwrap()],
            serial: "01".to_owned(),
            not_before: Timestamp(NOW.0 - 500_000),
            not_after: Timestamp(NOW.0 + 3_100_000),
            key_type: KeyType::EcdsaP256,
            fingerprint_sha256: "00".repeat(32),
            issuers: Vec::new(),
        },
        warnings: Vec::new(),
    }
}

/// An HTTPS listener that shows these certificates, the first one by default.
pub(crate) fn https(number: u128, on: i64, certificates: &[u128]) -> NewListener {
    let mut new = listener(number, Protocol::Https, on);
    let mut ids = certificates.iter().map(|number| id::<CertificateId>(*number));
    let first = ids.next().expect("at least one");
    new.settings.tls = Some(ListenerTls { certificates: ids.collect(), ..ListenerTls::new(first) });
    new
}

/// What every request matches.
pub(crate) fn every_path() -> Condition {
    Condition { path: Some("/*".parse().unwrap()), ..Condition::default() }
}

pub(crate) fn base() -> World {
    let project = |number, called| {
        let drivers = Project::every_driver();
        Edit::CreateProject(NewProject { drivers, ..NewProject::new(id(number), name(called)) })
    };
    let user = NewUser {
        id: id::<UserId>(1),
        name: name("admin"),
        standing: Standing::Operator,
        memberships: BTreeMap::new(),
        project: id(1),
        password: PasswordHash::from_phc("$hash".to_owned()),
    };
    let host = Addresses::host(vec![ip("192.0.2.1"), ip("192.0.2.2")]).unwrap();
    let private = NewNetwork { project: Some(id(2)), ..vpc(4, "private", "10.8.0.0/24") };
    let mut listener_80 = listener(1, Protocol::Http, 80);
    listener_80.rules = vec![rule(1, 10, 2)];
    let mut listener_90 = listener(2, Protocol::Tcp, 90);
    listener_90.settings.pool = Some(id(2));
    let mut default = pool(1, "default");
    default.members = vec![member(1, "10.0.0.1:8080"), member(2, "10.0.0.2")];
    let mut api = pool(2, "api");
    api.members = vec![member(3, "10.0.0.3:8080")];
    let web = NewLoadBalancer {
        pools: vec![default, api],
        listeners: vec![listener_80, listener_90],
        ..balancer(1, "web")
    };
    let blog = NewLoadBalancer {
        pools: vec![pool(3, "default")],
        listeners: vec![listener(3, Protocol::Http, 80)],
        ..balancer(2, "blog")
    };
    let edits = vec![
        project(1, "demo"),
        project(2, "other"),
        Edit::CreateUser(user),
        Edit::CreateNetwork(vpc(1, "default", "127.77.0.0/24")),
        Edit::CreateNetwork(NewNetwork { addresses: host, ..vpc(2, "host", "10.0.0.0/8") }),
        Edit::CreateNetwork(vpc(3, "tiny", "10.9.0.0/29")),
        Edit::CreateNetwork(private),
        Edit::CreateNetwork(vpc(5, "six", "fd00:77::/64")),
        Edit::CreateLoadBalancer(web),
        Edit::CreateLoadBalancer(blog),
    ];
    let first =
        Change { author: Author::System, at: Timestamp(1), source: None, request: None, edits };
    after(&World::default(), &first)
}

/// The World after a Change that must be taken.
#[track_caller]
pub(crate) fn after(world: &World, change: &Change) -> World {
    match world.apply(change) {
        Ok(Applied::Next { world, .. }) => world,
        other => panic!("not applied: {other:?}"),
    }
}

/// The World after one edit that must be taken.
#[track_caller]
pub(crate) fn with(world: &World, edit: Edit) -> World {
    after(world, &change(vec![edit]))
}

/// Why an edit is refused.
#[track_caller]
pub(crate) fn refusal(world: &World, edit: Edit) -> Rejection {
    world.apply(&change(vec![edit.clone()])).err().unwrap_or_else(|| panic!("taken: {edit:?}"))
}

/// Checks that each edit is refused on the base World, with this field and this in its text.
#[track_caller]
pub(crate) fn all_refused(cases: Vec<(Edit, Option<&str>, &str)>) {
    let world = base();
    for (edit, field, text) in cases {
        let rejection = refusal(&world, edit.clone());
        assert_eq!(rejection.field(), field, "{rejection} for {edit:?}");
        assert!(rejection.to_string().contains(text), "`{rejection}` without `{text}`");
    }
}

/// Checks that each edit is taken on the base World.
#[track_caller]
pub(crate) fn all_taken(cases: Vec<Edit>) {
    let world = base();
    for edit in cases {
        super::invariants::check_invariants(&with(&world, edit));
    }
}
