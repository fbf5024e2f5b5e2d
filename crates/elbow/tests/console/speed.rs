//! How fast pages come.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::deployment::{NETWORK, PASSWORD};
use crate::harness::{Client, Deployment};

/// From the request to the whole page, in the server and on loopback. Several are allowed to be slower on a busy
/// machine: the best of them counts.
const PAGE: Duration = Duration::from_millis(50);
/// So many load balancers are in the list: several pages of it, and as many as the test's network has addresses.
const MANY: u32 = 200;

#[test]
fn pages_come_within_milliseconds_however_long_the_list_is() {
    let deployment = Deployment::start();
    let mut api = deployment.api();
    for number in 0..MANY {
        let tree = json!({"name": format!("lb-{number}"), "network": NETWORK, "listeners": [{"protocol": "HTTP", "port": 80}]});
        api.post("/v1/load-balancers", &tree).expect(201);
    }
    let session = json!({"username": "admin", "password": PASSWORD});
    let mut client = Client::tcp(deployment.api_address());
    let token = client.post("/v1/sessions", &session).expect(201)["token"].clone();
    let cookie = format!("elbow_session={}", token.as_str().unwrap());
    let mut client = Client::tcp(deployment.api_address()).with_header("cookie", &cookie);
    for path in [
        "/",
        "/load-balancers",
        "/load-balancers?q=lb-7",
        "/load-balancers/new",
        "/load-balancers/lb-0",
    ] {
        let mut best = Duration::MAX;
        for _ in 0..20 {
            let began = Instant::now();
            let page = client.get(path);
            best = best.min(began.elapsed());
            assert_eq!(page.status, 200, "{path}: {page}");
        }
        assert!(best < PAGE, "{path}: {best:?}");
    }
}
