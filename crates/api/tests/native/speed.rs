//! How answers take as the deployment grows: prints figures (`--nocapture`), and fails if one is far off.

use std::time::{Duration, Instant};

use elbow_model::change::{Author, Change, Edit, NewListener, NewLoadBalancer, NewMember, NewPool};
use elbow_model::listener::{ListenerSettings, Protocol};
use elbow_model::load_balancer::{Kind, LoadBalancerSettings};
use elbow_model::member::{MemberSettings, TargetAddress};
use elbow_model::pool::{Method, PoolSettings};
use elbow_model::value::{Description, ListenerId, LoadBalancerId, MemberId, PoolId, Port, Tags};
use serde_json::json;
use uuid::Uuid;

use super::desk::{Desk, NOW, desk, name};

const MEMBERS: u32 = 10;
const ROUNDS: u32 = 21;
/// Single-digit milliseconds are the aim; a shared machine under load gets some room.
const LIMIT: Duration = Duration::from_millis(50);

fn balancer(n: u32, desk: &Desk) -> NewLoadBalancer {
    let world = desk.state.ledger.world();
    let member = |m: u32| NewMember {
        id: MemberId::from(Uuid::now_v7()),
        settings: MemberSettings::new(
            TargetAddress::new(std::net::Ipv4Addr::from(0x0a00_0000 + n).into()).unwrap(),
            Some(Port::new(i64::from(8000 + m)).unwrap()),
        ),
    };
    NewLoadBalancer {
        id: LoadBalancerId::from(Uuid::now_v7()),
        project: world.projects().next().unwrap().id,
        network: world.networks().next().unwrap().id,
        vip: None,
        settings: LoadBalancerSettings {
            name: name(&format!("lb-{n}")),
            description: Description::new(format!("number {n}")).unwrap(),
            tags: Tags::default(),
            kind: Kind::Mixed,
            enabled: true,
            deletion_protection: false,
        },
        pools: vec![NewPool {
            id: PoolId::from(Uuid::now_v7()),
            settings: PoolSettings::new(name("default"), Method::RoundRobin),
            members: (0..MEMBERS).map(member).collect(),
        }],
        listeners: vec![NewListener {
            id: ListenerId::from(Uuid::now_v7()),
            settings: ListenerSettings::new(
                name("http-80"),
                Protocol::Http,
                Port::new(80).unwrap(),
            ),
            rules: Vec::new(),
        }],
    }
}

async fn fill(desk: &Desk, from: u32, to: u32) {
    let numbers: Vec<u32> = (from..to).collect();
    for chunk in numbers.chunks(500) {
        let edits = chunk.iter().map(|n| Edit::CreateLoadBalancer(balancer(*n, desk))).collect();
        let world = desk.state.ledger.world();
        let user = world.users().next().unwrap();
        let author = Author::User { id: user.id, name: user.name.clone() };
        let change = Change { author, at: NOW, source: None, request: None, edits };
        desk.state.ledger.commit(move |_| Ok(change)).await.unwrap();
    }
}

/// The median of some rounds.
async fn median(mut ask: impl AsyncFnMut(u32)) -> Duration {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let start = Instant::now();
        ask(round).await;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test]
async fn answers_stay_quick_at_ten_thousand_load_balancers() {
    let desk = desk().await;
    let mut filled = 0;
    for count in [100, 1_000, 10_000] {
        fill(&desk, filled, count).await;
        filled = count;
        let get = async |path: String| {
            desk.get(&path).await.expect(200);
        };
        let figures = [
            ("list 100", median(async |_| get("/v1/load-balancers".to_owned()).await).await),
            ("list 500", median(async |_| get("/v1/load-balancers?limit=500".to_owned()).await).await),
            ("search, one hit", median(async |n| get(format!("/v1/load-balancers?q=lb-{}", n + 11)).await).await),
            ("search, no hit", median(async |_| get("/v1/load-balancers?q=nowhere".to_owned()).await).await),
            ("filter by status", median(async |_| get("/v1/load-balancers?status=ERROR".to_owned()).await).await),
            ("show", median(async |n| get(format!("/v1/load-balancers/lb-{n}")).await).await),
            (
                "edit",
                median(async |n| {
                    let patch = json!({ "description": format!("round {n}") });
                    desk.patch(&format!("/v1/load-balancers/lb-{n}"), patch).await.expect(200);
                })
                .await,
            ),
            (
                "create",
                median(async |n| {
                    let body = json!({ "name": format!("new-{count}-{n}"), "listeners": [{ "protocol": "HTTP", "port": 80 }] });
                    desk.create(body).await;
                })
                .await,
            ),
        ];
        for (what, time) in figures {
            println!(
                "{count:>6} load balancers, {:>6} members: {what:<18} {time:>10.1?}",
                count * MEMBERS
            );
            assert!(time < LIMIT, "{what} took {time:?} at {count} load balancers");
        }
    }
}
