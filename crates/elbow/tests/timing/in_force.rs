//! A create is in force, seen from outside, within 100 ms.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::deployment::{NETWORK, member};
use crate::harness::{Client, Deployment, Origin};
use crate::{alone, percentile, say};

/// How many creates are measured.
const CREATES: u8 = 100;

#[test]
fn create_is_in_force_within_100_ms() {
    let _alone = alone();
    let elbow = Deployment::start();
    let origin = Origin::start("one");
    let mut milliseconds = measure(&elbow, &origin);
    say("create until ACTIVE", &mut milliseconds);
    let p99 = percentile(&mut milliseconds, 0.99);
    assert!(p99 < 100.0, "p99 is {p99:.1} ms");
}

/// Milliseconds from sending the create until `ACTIVE` is answered and traffic flows, for each create.
pub(crate) fn measure(elbow: &Deployment, origin: &Origin) -> Vec<f64> {
    let mut api = elbow.api();
    let deadline = Duration::from_secs(5);
    (0..CREATES)
        .map(|index| {
            let name = format!("timed-{index}");
            let tree = json!({
                "name": name, "network": NETWORK, "listeners": [{"protocol": "HTTP", "port": 80}],
                "members": [member(origin)],
            });
            let begin = Instant::now();
            let mut tree = api.post("/v1/load-balancers", &tree).expect(201);
            while tree["status"] != "ACTIVE" {
                assert!(begin.elapsed() < deadline, "{tree}");
                tree = api.get(&format!("/v1/load-balancers/{name}")).expect(200);
            }
            let took = begin.elapsed();
            let address = SocketAddr::new(tree["vip"].as_str().unwrap().parse().unwrap(), 80);
            assert_eq!(Client::tcp(address).get("/").status, 200, "ACTIVE means that it serves");
            took.as_secs_f64() * 1_000.0
        })
        .collect()
}
