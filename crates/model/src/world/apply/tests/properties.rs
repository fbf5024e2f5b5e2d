//! What holds for any sequence of Changes, right and wrong ones mixed. Ids, names, addresses and
//! ports come from small pools, so that they meet.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::aim::aimed;
use super::fixture::*;
use super::invariants::check_invariants;
use crate::change::{
    Author, Belongings, Change, Edit, NewCertificate, NewListener, NewLoadBalancer, NewMember,
    NewNetwork, NewPool, NewProject, NewRule, NewUser, OnContents, RequestMark,
};
use crate::health_monitor::{Check, HealthMonitor, IntervalMs};
use crate::listener::{InsertedHeader, ListenerSettings, ListenerTls, Protocol};
use crate::load_balancer::{Kind, LoadBalancerSettings};
use crate::member::{MemberSettings, TargetAddress};
use crate::network::{Addresses, NetworkSettings};
use crate::pool::{Method, PoolSettings};
use crate::rule::{ForwardTarget, Redirect, RedirectStatus, RuleAction, RuleSettings};
use crate::user::{Account, ProjectRole, Standing, UserSettings};
use crate::value::{
    Description, HeaderName, HeaderText, Name, PasswordHash, Port, ProjectId, Tags, Timestamp,
    Weight,
};
use crate::world::{Applied, Key, Record, World};

/// Ids of each type: those of the base World and some more.
pub(super) fn ids() -> impl Strategy<Value = u128> {
    1..7_u128
}

/// Ids of new things: mostly new ones.
pub(super) fn new_ids() -> impl Strategy<Value = u128> {
    prop_oneof![1 => ids(), 12 => 7..1_000_000_u128]
}

fn names() -> impl Strategy<Value = Name> {
    prop::sample::select(vec![
        "web", "blog", "default", "api", "http-80", "demo", "a", "b", "c", "d", "e", "f",
    ])
    .prop_map(name)
}

fn ports() -> impl Strategy<Value = Port> {
    prop::sample::select(vec![80_i64, 90, 8080, 81, 82, 83]).prop_map(port)
}

fn addresses() -> impl Strategy<Value = std::net::IpAddr> {
    prop::sample::select(vec![
        "127.77.0.1",
        "127.77.0.2",
        "127.77.0.255",
        "10.9.0.1",
        "10.9.0.6",
        "192.0.2.1",
        "::ffff:192.0.2.1",
        "fd00:77::1",
        "fd00:78::1",
        "10.0.0.1",
        "10.0.0.2",
        "10.0.0.3",
    ])
    .prop_map(ip)
}

fn member_of() -> impl Strategy<Value = MemberSettings> {
    (addresses(), option::of(ports()), 0..3_i64).prop_map(|(address, port, weight)| {
        let address = TargetAddress::new(address).expect("all are unicast");
        let weight = Weight::new(weight).expect("small");
        MemberSettings { weight, ..MemberSettings::new(address, port) }
    })
}

fn members() -> impl Strategy<Value = Vec<NewMember>> {
    vec((new_ids(), member_of()), 0..3).prop_map(|members| {
        members.into_iter().map(|(n, settings)| NewMember { id: id(n), settings }).collect()
    })
}

fn pool_settings() -> impl Strategy<Value = PoolSettings> {
    (names(), option::of(prop_oneof![1 => Just(100_i64), 6 => Just(5_000)])).prop_map(
        |(name, every)| {
            let monitor = |every| HealthMonitor {
                interval_ms: IntervalMs::new(every).expect("in range"),
                ..HealthMonitor::with_defaults(Check::Tcp)
            };
            PoolSettings {
                health_monitor: every.map(monitor),
                ..PoolSettings::new(name, Method::LeastConnections)
            }
        },
    )
}

fn pools() -> impl Strategy<Value = NewPool> {
    (new_ids(), pool_settings(), members()).prop_map(|(n, settings, members)| NewPool {
        id: id(n),
        settings,
        members,
    })
}

fn actions() -> impl Strategy<Value = RuleAction> {
    let target = (ids(), 0..3_i64).prop_map(|(pool, weight)| ForwardTarget {
        pool: id(pool),
        weight: Weight::new(weight).expect("small"),
    });
    let redirect = option::of(ports()).prop_map(|port| {
        let status = RedirectStatus::new(302).expect("a redirect");
        RuleAction::Redirect(Redirect { status, scheme: None, host: None, port, path: None })
    });
    prop_oneof![4 => vec(target, 0..4).prop_map(RuleAction::Forward), 1 => redirect]
}

fn rules() -> impl Strategy<Value = NewRule> {
    let named = (option::weighted(0.3, names()), any::<bool>());
    (new_ids(), named, 1..9_i64, actions()).prop_map(|(n, (name, enabled), priority, action)| {
        let priority = crate::rule::Priority::new(priority).expect("in range");
        let condition = every_path();
        let settings = RuleSettings { name, priority, enabled, condition, action };
        NewRule { id: id(n), settings }
    })
}

fn listener_settings() -> impl Strategy<Value = ListenerSettings> {
    let protocol = prop_oneof![
        8 => Just(Protocol::Http),
        6 => Just(Protocol::Tcp),
        4 => Just(Protocol::Https),
    ];
    let rare = prop::bool::weighted(0.1);
    let fields = vec(prop_oneof![6 => Just("x-a"), 6 => Just("x-b"), 1 => Just("te")], 0..2);
    let shown = option::weighted(0.95, vec(ids(), 1..3));
    let place = (names(), protocol, ports(), option::of(ids()), option::of(ports()));
    (place, rare, fields, shown).prop_map(
        |((name, protocol, port, pool, member_port), proxy_protocol, fields, shown)| {
            let inserted = |field| InsertedHeader {
                name: HeaderName::new(field).expect("a token"),
                value: HeaderText::new("value").expect("printable"),
            };
            ListenerSettings {
                pool: pool.map(id),
                member_port,
                proxy_protocol,
                insert_headers: fields.into_iter().map(inserted).collect(),
                tls: shown.filter(|_| protocol == Protocol::Https).map(tls),
                ..ListenerSettings::new(name, protocol, port)
            }
        },
    )
}

fn tls(shown: Vec<u128>) -> ListenerTls {
    let mut shown = shown.into_iter().map(id);
    let default = shown.next().expect("at least one");
    ListenerTls { certificates: shown.collect(), ..ListenerTls::new(default) }
}

fn certificates() -> impl Strategy<Value = NewCertificate> {
    (new_ids(), 1..3_u128, names()).prop_map(|(n, project, name)| NewCertificate {
        project: id(project),
        ..certificate(n, name.as_str())
    })
}

fn listeners() -> impl Strategy<Value = NewListener> {
    (new_ids(), listener_settings(), vec(rules(), 0..2))
        .prop_map(|(n, settings, rules)| NewListener { id: id(n), settings, rules })
}

fn balancer_settings() -> impl Strategy<Value = LoadBalancerSettings> {
    let kind = prop::sample::select(vec![Kind::Mixed, Kind::Mixed, Kind::Application]);
    (names(), kind, any::<bool>(), prop::bool::weighted(0.1)).prop_map(
        |(name, kind, enabled, deletion_protection)| LoadBalancerSettings {
            name,
            description: Description::default(),
            tags: Tags::default(),
            kind,
            enabled,
            deletion_protection,
        },
    )
}

fn balancers() -> impl Strategy<Value = NewLoadBalancer> {
    let place = (1..4_u128, ids(), option::weighted(0.3, addresses()));
    let parts =
        (prop_oneof![8 => vec(pools(), 1..3), 1 => Just(Vec::new())], vec(listeners(), 0..2));
    (new_ids(), place, balancer_settings(), parts).prop_map(
        |(n, (project, network, vip), settings, (pools, listeners))| NewLoadBalancer {
            id: id(n),
            project: id(project),
            network: id(network),
            vip,
            settings,
            pools,
            listeners,
        },
    )
}

fn networks() -> impl Strategy<Value = NewNetwork> {
    let ranges = vec!["127.77.0.0/24", "10.9.0.0/29", "10.9.0.8/30", "10.7.0.1/24", "fd00:78::/64"];
    let range = prop::sample::select(ranges);
    let addresses = prop_oneof![
        2 => range.prop_map(|cidr| Addresses::Vpc { cidr: cidr.parse().expect("a range") }),
        1 => vec(addresses(), 0..3).prop_map(|addresses| Addresses::Host { addresses }),
    ];
    (new_ids(), option::of(1..4_u128), addresses, names()).prop_map(
        |(n, project, addresses, name)| NewNetwork {
            project: project.map(id),
            addresses,
            settings: NetworkSettings { name, description: Description::default() },
            ..vpc(n, "replaced", "10.0.0.0/8")
        },
    )
}

fn people() -> impl Strategy<Value = Edit> {
    let password = || PasswordHash::from_phc(String::new());
    prop_oneof![
        (new_ids(), names())
            .prop_map(|(n, name)| Edit::CreateProject(NewProject::new(id(n), name))),
        (new_ids(), names(), ids(), standings(), memberships()).prop_map(
            move |(n, name, project, standing, memberships)| Edit::CreateUser(NewUser {
                id: id(n),
                name,
                standing,
                memberships,
                project: id(project),
                password: password(),
            })
        ),
        ids().prop_map(move |n| Edit::SetPassword { id: id(n), password: password() }),
        (ids(), names(), ids(), standings(), any::<bool>()).prop_map(
            |(n, name, project, standing, is_enabled)| Edit::EditUser {
                id: id(n),
                settings: UserSettings {
                    name,
                    standing,
                    account: if is_enabled { Account::Enabled } else { Account::Disabled },
                    project: id(project),
                },
            }
        ),
        (ids(), belongings())
            .prop_map(|(n, belongings)| Edit::DeleteUser { id: id(n), belongings }),
        (ids(), ids(), roles()).prop_map(|(user, project, role)| Edit::Grant {
            user: id(user),
            project: id(project),
            role,
        }),
        (ids(), ids(), belongings()).prop_map(|(user, project, belongings)| Edit::Revoke {
            user: id(user),
            project: id(project),
            belongings,
        }),
        (ids(), any::<bool>()).prop_map(|(n, all)| Edit::DeleteProject {
            id: id(n),
            contents: if all { OnContents::Delete } else { OnContents::Refuse },
        }),
    ]
}

fn standings() -> impl Strategy<Value = Standing> {
    prop_oneof![Just(Standing::Operator), Just(Standing::Tenant)]
}

fn roles() -> impl Strategy<Value = ProjectRole> {
    prop::sample::select(ProjectRole::ALL.to_vec())
}

fn memberships() -> impl Strategy<Value = BTreeMap<ProjectId, ProjectRole>> {
    vec((1..3_u128, roles()), 0..3)
        .prop_map(|all| all.into_iter().map(|(n, role)| (id(n), role)).collect())
}

fn belongings() -> impl Strategy<Value = Belongings> {
    prop_oneof![
        Just(Belongings::Refuse),
        Just(Belongings::Delete),
        ids().prop_map(|n| Belongings::HandOver { to: id(n) }),
    ]
}

pub(super) fn edits() -> impl Strategy<Value = Edit> {
    let network_edit = (ids(), names()).prop_map(|(n, name)| Edit::EditNetwork {
        id: id(n),
        settings: NetworkSettings { name, description: Description::default() },
    });
    let whole = prop_oneof![
        8 => balancers().prop_map(Edit::CreateLoadBalancer),
        2 => (ids(), balancer_settings())
            .prop_map(|(n, settings)| Edit::EditLoadBalancer { id: id(n), settings }),
        1 => ids().prop_map(|n| Edit::DeleteLoadBalancer { id: id(n) }),
        1 => networks().prop_map(Edit::CreateNetwork),
        1 => network_edit,
        1 => ids().prop_map(|n| Edit::DeleteNetwork { id: id(n) }),
        1 => people(),
        6 => certificates().prop_map(Edit::CreateCertificate),
        1 => (ids(), certificates())
            .prop_map(|(n, new)| Edit::EditCertificate { id: id(n), settings: new.settings }),
        1 => ids().prop_map(|n| Edit::DeleteCertificate { id: id(n) }),
    ];
    let front = prop_oneof![
        4 => (ids(), listeners())
            .prop_map(|(n, listener)| Edit::AddListener { load_balancer: id(n), listener }),
        2 => (ids(), listener_settings())
            .prop_map(|(n, settings)| Edit::EditListener { id: id(n), settings }),
        1 => ids().prop_map(|n| Edit::DeleteListener { id: id(n) }),
        4 => (ids(), rules()).prop_map(|(n, rule)| Edit::AddRule { listener: id(n), rule }),
        2 => (ids(), rules())
            .prop_map(|(n, rule)| Edit::EditRule { id: id(n), settings: rule.settings }),
        1 => ids().prop_map(|n| Edit::DeleteRule { id: id(n) }),
    ];
    let back = prop_oneof![
        (ids(), pools()).prop_map(|(n, pool)| Edit::AddPool { load_balancer: id(n), pool }),
        (ids(), pool_settings()).prop_map(|(n, settings)| Edit::EditPool { id: id(n), settings }),
        ids().prop_map(|n| Edit::DeletePool { id: id(n) }),
        (ids(), members()).prop_map(|(n, members)| Edit::AddMembers { pool: id(n), members }),
        (ids(), member_of()).prop_map(|(n, settings)| Edit::EditMember { id: id(n), settings }),
        (ids(), members()).prop_map(|(n, members)| Edit::ReplaceMembers { pool: id(n), members }),
        ids().prop_map(|n| Edit::DeleteMember { id: id(n) }),
    ];
    prop_oneof![4 => whole, 4 => front, 4 => back]
}

fn changes() -> impl Strategy<Value = Change> {
    let author = prop_oneof![
        1 => Just(Author::System),
        20 => Just(author()),
        3 => ids().prop_map(|n| Author::User { id: id(n), name: name("someone") }),
    ];
    // Times around the hold of an address, in any order, and clocks gone mad.
    let at = prop_oneof![
        20 => (0..4_u64).prop_map(|step| Timestamp(NOW.0 + step * 250_000)),
        1 => Just(Timestamp(0)),
        1 => Just(Timestamp(u64::MAX)),
    ];
    let mark = (0..3_u8, 0..2_u8, ids()).prop_map(|(key, digest, creates)| RequestMark {
        key: format!("k{key}"),
        digest: digest.to_string(),
        creates: id(creates),
    });
    let mark = option::weighted(0.2, mark);
    let edits = prop_oneof![8 => vec(edits(), 1..3), 1 => vec(edits(), 0..6)];
    (author, at, mark, edits).prop_map(|(author, at, request, edits)| Change {
        author,
        at,
        source: None,
        request,
        edits,
    })
}

/// Takes what was touched over into a store of records, each as text.
pub(super) fn store(records: &mut BTreeMap<Key, String>, world: &World, touched: &[Key]) {
    for key in touched {
        match world.record(key) {
            Some(record) => {
                records.insert(*key, serde_json::to_string(&record).expect("a record is text"))
            }
            None => records.remove(key),
        };
    }
}

pub(super) fn load(world: &World, records: &BTreeMap<Key, String>) -> World {
    let parse = |text: &String| serde_json::from_str::<Record>(text).expect("it was written so");
    World::from_records(world.revision(), records.values().map(parse))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_changes_keep_the_invariants_and_refused_ones_change_nothing(
        changes in vec((changes(), prop::bool::weighted(0.8)), 1..40),
    ) {
        let mut world = base();
        let mut records = BTreeMap::new();
        store(&mut records, &world, &world.keys().collect::<Vec<_>>());
        let mut taken = Vec::new();
        for (change, is_aimed) in changes {
            let change = if is_aimed { aimed(&world, change) } else { change };
            // What the World was is compared with its records, which share nothing with it.
            let before = world.revision();
            match world.apply(&change) {
                Ok(Applied::Next { world: next, touched }) => {
                    prop_assert_eq!(next.revision(), before.next());
                    check_invariants(&next);
                    store(&mut records, &next, &touched);
                    prop_assert!(load(&next, &records) == next, "touched is not all");
                    world = next;
                    taken.push(change);
                }
                Ok(Applied::Repeated { .. }) => prop_assert!(change.request.is_some()),
                Err(rejection) => {
                    prop_assert!(!rejection.to_string().is_empty());
                    prop_assert!(load(&world, &records) == world, "a refusal changed something");
                }
            }
        }
        let replayed = taken.iter().fold(base(), |world, change| after(&world, change));
        prop_assert!(replayed == world, "replay differs");
    }
}
