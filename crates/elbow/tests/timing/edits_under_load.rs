//! Changes without collateral: under continuous load, random edits fail no request and drop no connection.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::alone;
use crate::harness::deployment::{NETWORK, address_of, member};
use crate::harness::{Client, Deployment, Origin};

/// How many edits are made.
const EDITS: usize = 1_000;

/// A sequence of numbers that looks random and is the same in each run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

#[test]
fn thousand_random_edits_fail_no_request() {
    let _alone = alone();
    let elbow = Deployment::start();
    let origins = Origin::start_many(["one", "two", "three", "four"]);
    let members: Vec<Value> = origins[..3].iter().map(member).collect();
    let tree = elbow.create(
        "web",
        json!({"listeners": [{"protocol": "HTTP", "port": 80}], "members": members}),
    );
    let mut kept = Client::tcp(address_of(&tree));
    assert_eq!(kept.get("/").status, 200);
    let url = format!("http://{}/", address_of(&tree));
    let wrk = Command::new("wrk")
        .args(["-t1", "-c16", "-d20s", "--timeout", "5s", &url])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    edit(&elbow, &tree, &origins[3], Dice(2));
    // The load ends when the edits do, in its own way: it counts what it has.
    crate::harness::process::signal(wrk.id(), "INT").unwrap();
    let output = wrk.wait_with_output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    let requests = report
        .lines()
        .find_map(|line| line.trim().split(" requests in ").next()?.parse::<u64>().ok());
    assert!(requests.is_some_and(|requests| requests > 1_000), "{report}");
    assert!(!report.contains("Socket errors") && !report.contains("Non-2xx"), "{report}");
    assert_eq!(kept.get("/").status, 200, "an idle connection from before the edits");
}

/// Weights, members, other listeners, other pools, rules and other load balancers, at random.
fn edit(elbow: &Deployment, tree: &Value, fourth: &Origin, mut dice: Dice) {
    let mut api = elbow.api();
    let balancer = format!("/v1/load-balancers/{}", tree["id"].as_str().unwrap());
    let pool = tree["pools"][0]["id"].as_str().unwrap();
    let listener = tree["listeners"][0]["id"].as_str().unwrap();
    let first = tree["pools"][0]["members"].as_array().unwrap();
    let mut extra: [Option<String>; 4] = [None, None, None, None];
    for number in 0..EDITS {
        let choice = dice.below(6);
        if choice >= 4 {
            // Never all at 0: the first member keeps a weight.
            let member = first[dice.below(3) as usize]["id"].as_str().unwrap();
            let lowest = u64::from(member == first[0]["id"]);
            let weight = json!({"weight": lowest + dice.below(10)});
            api.patch(&format!("/v1/members/{member}"), &weight).expect(200);
            continue;
        }
        let (path, single, body) = match choice {
            0 => (format!("/v1/pools/{pool}/members"), "members", member(fourth)),
            1 => (
                format!("{balancer}/listeners"),
                "listeners",
                json!({"protocol": "HTTP", "port": 8_000 + number}),
            ),
            2 => (
                format!("/v1/listeners/{listener}/rules"),
                "rules",
                json!({"priority": 1 + number, "match": {"path": "/never"}, "action": {"respond": {"status": 404}}}),
            ),
            _ => (
                "/v1/load-balancers".to_owned(),
                "load-balancers",
                json!({"name": format!("other-{number}"), "network": NETWORK, "listeners": [{"protocol": "TCP", "port": 81}]}),
            ),
        };
        let slot = &mut extra[choice as usize];
        match slot.take() {
            Some(id) => {
                api.delete(&format!("/v1/{single}/{id}")).expect(204);
            }
            None => *slot = api.post(&path, &body).expect(201)["id"].as_str().map(str::to_owned),
        }
    }
}
