//! A Ledger with a project and a network, and Changes with small numbers as ids.

use std::path::Path;

use elbow_model::change::{
    Author, Change, Edit, NewLoadBalancer, NewMember, NewNetwork, NewPool, NewProject,
};
use elbow_model::load_balancer::{Kind, LoadBalancerSettings};
use elbow_model::member::{MemberSettings, TargetAddress};
use elbow_model::network::{Addresses, NetworkSettings};
use elbow_model::pool::{Method, PoolSettings};
use elbow_model::value::{Description, Name, Port, Tags, Timestamp};
use elbow_model::world::World;
use uuid::Uuid;

use crate::ledger::{Ledger, Storage};

pub(super) fn id<I: From<Uuid>>(number: u128) -> I {
    Uuid::from_u128(number).into()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn change(edits: Vec<Edit>) -> Change {
    Change { author: Author::System, at: Timestamp(1_000), source: None, request: None, edits }
}

/// In memory, with project 1 and network 1.
pub(super) async fn ledger() -> Ledger {
    first_start(Ledger::open(&Storage::Memory).unwrap()).await
}

/// On SQLite in this directory.
pub(super) fn ledger_in(directory: &Path) -> Ledger {
    Ledger::open(&Storage::Sqlite { directory: directory.to_owned() }).unwrap()
}

pub(super) async fn first_start(ledger: Ledger) -> Ledger {
    let project = Edit::CreateProject(NewProject::new(id(1), name("demo")));
    let network = Edit::CreateNetwork(NewNetwork {
        id: id(1),
        project: None,
        region: name("local"),
        addresses: Addresses::Vpc { cidr: "127.77.0.0/16".parse().unwrap() },
        settings: NetworkSettings { name: name("default"), description: Description::default() },
    });
    ledger.commit(move |_| Ok(change(vec![project, network]))).await.unwrap();
    ledger
}

/// Creates a load balancer with two members.
pub(super) fn create(number: u128, called: &str) -> Change {
    create_with(number, called, 2)
}

pub(super) fn create_with(number: u128, called: &str, members: u128) -> Change {
    let member = |n: u128| NewMember {
        id: id(number * 1_000 + n),
        settings: MemberSettings::new(
            TargetAddress::new(format!("10.0.{}.{}", n / 200, n % 200 + 1).parse().unwrap())
                .unwrap(),
            Some(Port::new(8_080).unwrap()),
        ),
    };
    let pool = NewPool {
        id: id(number),
        settings: PoolSettings::new(name("default"), Method::RoundRobin),
        members: (0..members).map(member).collect(),
    };
    change(vec![Edit::CreateLoadBalancer(NewLoadBalancer {
        id: id(number),
        project: id(1),
        network: id(1),
        vip: None,
        settings: settings(called),
        pools: vec![pool],
        listeners: Vec::new(),
    })])
}

fn settings(called: &str) -> LoadBalancerSettings {
    LoadBalancerSettings {
        name: name(called),
        description: Description::default(),
        tags: Tags::default(),
        kind: Kind::Mixed,
        enabled: true,
        deletion_protection: false,
    }
}

pub(super) fn rename(world: &World, number: u128, to: &str) -> Change {
    let old = world.load_balancer(id(number)).expect("it is there").settings.clone();
    let settings = LoadBalancerSettings { name: name(to), ..old };
    change(vec![Edit::EditLoadBalancer { id: id(number), settings }])
}

pub(super) fn delete(number: u128) -> Change {
    change(vec![Edit::DeleteLoadBalancer { id: id(number) }])
}

/// The names of all load balancers, oldest first.
pub(super) fn names(world: &World) -> Vec<String> {
    world.load_balancers().map(|balancer| balancer.settings.name.as_str().to_owned()).collect()
}

/// Everything that can be read of a World, for comparison.
pub(super) fn described(world: &World) -> String {
    let parts = (
        world.load_balancers().collect::<Vec<_>>(),
        world.networks().collect::<Vec<_>>(),
        world.projects().collect::<Vec<_>>(),
        world.users().collect::<Vec<_>>(),
    );
    format!("{} {parts:?}", world.revision())
}
