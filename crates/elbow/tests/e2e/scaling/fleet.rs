//! A load balancer with a scaling group behind it, as tests make and look at them. Judges nothing but what was asked.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::deployment::{NETWORK, address_of};
use crate::harness::{Client, Deployment, eventually, process};

/// The variable that all programs of a test's instances have, with the test's own directory.
const MARK: &str = "TEST_MARK";

/// A deployment with load balancer `web` and group `workers` attached to it.
pub(super) struct Fleet {
    pub(super) elbow: Deployment,
    pub(super) address: SocketAddr,
}

impl Fleet {
    /// A group of `min` to 10 sample servers, all in service.
    #[track_caller]
    pub(super) fn start(min: u64) -> Self {
        let fleet = Self::without_group();
        let template = fleet.template();
        fleet.create_group(min, &template);
        fleet.settled(min);
        fleet
    }

    /// The load balancer only, with a listener on port 80.
    #[track_caller]
    pub(super) fn without_group() -> Self {
        let elbow = Deployment::start();
        let tree = json!({
            "listeners": [{"protocol": "HTTP", "port": 80}],
            "health_monitor": monitor(),
        });
        let address = address_of(&elbow.create("web", tree));
        Self { elbow, address }
    }

    /// A template of sample servers that call themselves what their address is.
    pub(super) fn template(&self) -> Value {
        self.template_of(&json!([
            "{elbow}",
            "sample-server",
            "--listen",
            "{address}:{port}",
            "--name",
            "{address}"
        ]))
    }

    /// A template of this command, with this test's mark.
    pub(super) fn template_of(&self, command: &Value) -> Value {
        let mark = self.elbow.data_dir();
        json!({"driver": "PROCESS", "command": command, "port": 8080, "env": {MARK: mark}})
    }

    #[track_caller]
    pub(super) fn create_group(&self, min: u64, template: &Value) -> Value {
        let group = json!({
            "name": "workers", "network": NETWORK, "min": min, "max": 10, "template": template,
            "drain_timeout_s": 60, "attachments": [{"load_balancer": "web"}],
        });
        self.elbow.api().post("/v1/scaling-groups", &group).expect(201)
    }

    #[track_caller]
    pub(super) fn act(&self, action: &str, body: &Value) -> Value {
        let path = format!("/v1/scaling-groups/workers/{action}");
        self.elbow.api().post(&path, body).expect(200)
    }

    #[track_caller]
    pub(super) fn act_on(&self, instance: &Value, action: &str) {
        let path = format!("/v1/instances/{}/{action}", instance["id"].as_str().unwrap());
        self.elbow.api().post(&path, &json!({})).expect(200);
    }

    #[track_caller]
    pub(super) fn scale(&self, desired: u64) {
        self.act("scale", &json!({"desired": desired}));
    }

    #[track_caller]
    pub(super) fn group(&self) -> Value {
        self.elbow.api().get("/v1/scaling-groups/workers").expect(200)
    }

    #[track_caller]
    pub(super) fn instances(&self) -> Vec<Value> {
        self.items("/v1/scaling-groups/workers/instances?limit=100")
    }

    #[track_caller]
    pub(super) fn activities(&self) -> Vec<Value> {
        self.items("/v1/scaling-groups/workers/activities?limit=100")
    }

    /// The members of the default pool.
    #[track_caller]
    pub(super) fn members(&self) -> Vec<Value> {
        let tree = self.elbow.api().get("/v1/load-balancers/web").expect(200);
        tree["pools"][0]["members"].as_array().unwrap_or_else(|| panic!("{tree}")).clone()
    }

    #[track_caller]
    fn items(&self, path: &str) -> Vec<Value> {
        self.elbow.api().get(path).expect(200)["items"].as_array().unwrap().clone()
    }

    /// The programs of instances that run, with the ids of their instances.
    pub(super) fn programs(&self) -> Vec<(u32, String)> {
        let mark = format!("{MARK}={}", self.elbow.data_dir().display());
        process::marked(&mark, "ELBOW_INSTANCE")
    }

    /// Waits until everything is as if there had always been so many instances; gives them.
    #[track_caller]
    pub(super) fn settled(&self, count: u64) -> Vec<Value> {
        eventually(&format!("{count} instances in service, and nothing else"), || {
            let (group, instances) = (self.group(), self.instances());
            let is_serving = |one: &&Value| one["status"] == "IN_SERVICE";
            let serving = instances.iter().filter(is_serving).count();
            let programs: BTreeSet<String> =
                self.programs().into_iter().map(|(_, id)| id).collect();
            let (members, ids) = (self.members(), texts(&instances, "id"));
            let registered: BTreeSet<String> = members
                .iter()
                .map(|member| member["registered_by"]["instance"].to_string().replace('"', ""))
                .collect();
            let addresses = texts(&instances, "address");
            let wanted = usize::try_from(count).unwrap();
            let is_well = |member: &Value| member["health"] == "HEALTHY";
            let is_settled = group["desired"] == count
                && [serving, instances.len(), members.len(), addresses.len()] == [wanted; 4]
                && (&programs, &registered) == (&ids, &ids)
                && members.iter().all(is_well);
            match is_settled {
                true => Ok(instances),
                false => Err(format!(
                    "desired {}, breaker {}; programs {programs:?}; members {members:?}; instances {instances:?}; activities {:?}",
                    group["desired"],
                    group["breaker"],
                    self.activities().iter().take(5).collect::<Vec<_>>()
                )),
            }
        })
    }

    /// Which instances answer, by what they call themselves, in so many new connections.
    #[track_caller]
    pub(super) fn answering(&self, connections: usize) -> BTreeSet<String> {
        let answers = (0..connections).map(|_| {
            let response = Client::tcp(self.address).get("/");
            assert_eq!(response.status, 200, "{response}");
            response.body.split(' ').next().unwrap().to_owned()
        });
        answers.collect()
    }
}

/// Numbers that differ from run to run.
pub(super) struct Random(u64);

impl Random {
    /// By a new seed, which is printed, or the one in `SEED`.
    pub(super) fn new() -> Self {
        let given = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from(std::process::id())).max(1);
        let _unseen = writeln!(std::io::stderr(), "SEED={seed}");
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    /// Lets some time go by, within which a group scales.
    pub(super) fn moment(&mut self) {
        let until = Instant::now() + Duration::from_millis(self.below(250));
        std::thread::sleep(until.saturating_duration_since(Instant::now()));
    }
}

/// Checks that see changes within a test's time.
pub(super) fn monitor() -> Value {
    json!({"type": "HTTP", "path": "/healthz", "interval_ms": 200, "timeout_ms": 200, "rise": 1, "fall": 10})
}

/// The different texts of a field.
pub(super) fn texts(items: &[Value], field: &str) -> BTreeSet<String> {
    items.iter().filter_map(|item| Some(item[field].as_str()?.to_owned())).collect()
}
