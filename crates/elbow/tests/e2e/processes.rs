//! Starting, stopping and starting again; what happens when something is in the way.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::harness::deployment::{NETWORK, PROGRAM, address_of, run};
use crate::harness::{Client, Deployment, Origin, eventually, process};

#[test]
fn second_start_brings_everything_back() {
    let mut elbow = Deployment::start();
    let origins = Origin::start_many(["one", "two"]);
    let address = elbow.create_http("web", &origins);
    let settled = |mut tree: Value| {
        // What is seen, not intended.
        for field in ["effective", "health"] {
            tree[field].take();
        }
        tree["pools"].take();
        tree
    };
    let before = settled(elbow.active("web"));
    assert!(elbow.stop().success());
    assert!(Client::try_tcp(address).is_err(), "stopped, nobody listens");
    assert_eq!(
        process::find(&[elbow.data_dir().to_str().unwrap()]),
        [0_u32; 0],
        "nothing is left running"
    );
    elbow.up(&[]);
    assert_eq!(settled(elbow.active("web")), before);
    assert_eq!(Client::tcp(address).get("/").status, 200);
}

#[test]
fn data_directory_serves_one_control_process() {
    let elbow = Deployment::start();
    let directory = elbow.data_dir();
    let second = run(Command::new(PROGRAM)
        .args(["up", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(&directory));
    let complaint = second.fails(1);
    assert!(complaint.contains(&format!("pid {}", elbow.control_pid())), "{complaint}");
    assert!(
        complaint.contains(directory.to_str().unwrap()) && complaint.contains("next: "),
        "{complaint}"
    );
    elbow.elbow(&["status"]).ok();
}

#[test]
fn lost_store_is_not_replaced_by_an_empty_one() {
    let mut elbow = Deployment::start();
    let origins = Origin::start_many(["one"]);
    let address = elbow.create_http("web", &origins);
    elbow.kill_control();
    for file in ["elbow.db", "elbow.db-wal", "elbow.db-shm"] {
        std::fs::remove_file(elbow.data_dir().join(file)).unwrap();
    }
    let again = run(Command::new(PROGRAM)
        .args(["up", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(elbow.data_dir()));
    let complaint = again.fails(1);
    assert!(complaint.contains("elbow.db is gone") && complaint.contains("next: "), "{complaint}");
    assert_eq!(Client::tcp(address).get("/").status, 200, "what runs goes on");
}

#[test]
fn port_in_use_is_said_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let directory = tempfile::tempdir().unwrap();
    let refused = run(Command::new(PROGRAM)
        .args(["up", "--listen", &address, "--data-dir"])
        .arg(directory.path()));
    let complaint = refused.fails(1);
    assert!(
        complaint.contains(&address) && complaint.contains("another program listens there"),
        "{complaint}"
    );
    assert!(complaint.contains("next: elbow up --listen"), "{complaint}");
}

#[test]
fn socket_is_its_owners_alone() {
    let elbow = Deployment::start();
    let mode =
        |path: std::path::PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(elbow.socket()), 0o600);
    assert_eq!(mode(elbow.data_dir()), 0o700);
}

#[test]
fn demonstration_shows_three_servers_taking_turns_and_comes_back_with_the_same_ones() {
    let _alone = demonstration();
    let mut elbow = Deployment::prepare();
    let mut first = Vec::new();
    for round in 0..2 {
        // The second start brings it back without being asked to.
        elbow.up(if round == 0 { &["--demo"] } else { &[] });
        let banner = elbow.banner().to_owned();
        assert!(banner.contains("Scaling group `web` runs 3 sample servers"), "{banner}");
        let names = servers_of_the_curl_line(&banner);
        assert_eq!(names, instances_in_service(&elbow), "round {round}: {banner}");
        assert_eq!(names.len(), 3, "{banner}");
        assert_eq!(elbow.elbow(&["lb", "list", "-o", "name"]).ok(), "web\n");
        let running = |name: &String| process::find(&["sample-server", name]).len();
        assert!(names.iter().all(|name| running(name) == 1), "round {round}");
        assert!(elbow.stop().success());
        assert!(names.iter().all(|name| running(name) == 0), "round {round}: stopped, none runs");
        if round == 0 {
            first = names;
        } else {
            assert_eq!(names, first, "the same instances");
        }
    }
}

/// The ids of the instances of the demonstration's group that are in service.
#[track_caller]
fn instances_in_service(elbow: &Deployment) -> Vec<String> {
    let page = elbow.api().get("/v1/scaling-groups/web/instances").expect(200);
    let items = page["items"].as_array().unwrap().iter();
    let serving = items.filter(|instance| instance["status"] == "IN_SERVICE");
    let mut ids: Vec<String> =
        serving.map(|instance| instance["id"].as_str().unwrap().to_owned()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn demonstrations_run_beside_each_other() {
    let _alone = demonstration();
    let deployments = [0, 1].map(|_| {
        let mut elbow = Deployment::prepare();
        elbow.up(&["--demo"]);
        elbow
    });
    for elbow in &deployments {
        let banner = elbow.banner();
        assert_eq!(servers_of_the_curl_line(banner), instances_in_service(elbow), "{banner}");
        assert!(!banner.contains("so it is port 80)"), "{banner}");
    }
}

#[test]
fn demonstration_of_an_earlier_version_is_left_alone() {
    let _alone = demonstration();
    let mut elbow = Deployment::start();
    // As it was made: static members, whose servers were started beside the service.
    let tree = json!({
        "tags": {"demo": "sample-servers"},
        "listeners": [{"protocol": "HTTP", "port": 80}],
        "members": [{"name": "one", "address": "127.78.0.1", "port": 8080}],
    });
    elbow.create("web", tree);
    assert!(elbow.stop().success());
    elbow.up(&["--demo"]);
    let banner = elbow.banner();
    assert!(
        banner.contains("`web` is a demonstration of an earlier version")
            && banner.contains("`elbow lb delete web`"),
        "{banner}"
    );
    assert!(!banner.contains("curl"), "{banner}");
    let groups = elbow.api().get("/v1/scaling-groups").expect(200);
    assert_eq!(groups["items"], json!([]));
    elbow.elbow(&["lb", "delete", "web"]).ok();
    assert!(elbow.stop().success());
    elbow.up(&["--demo"]);
    assert_eq!(servers_of_the_curl_line(elbow.banner()), instances_in_service(&elbow));
}

/// One demonstration at a time: a second one could take the addresses of the first between two starts. Where
/// tests are processes, `.config/nextest.toml` says the same.
fn demonstration() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The servers that the demonstration's `curl` line shows, by name.
#[track_caller]
fn servers_of_the_curl_line(banner: &str) -> Vec<String> {
    let line = banner.lines().find(|line| line.contains("curl -s"));
    let line = line.unwrap_or_else(|| panic!("no curl line in: {banner}"));
    let text = run(Command::new("sh").args(["-c", line.trim()])).ok();
    let mut names: Vec<String> =
        text.lines().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn demonstration_uses_another_port_where_the_usual_one_is_not_allowed() {
    let _alone = demonstration();
    let mut elbow = Deployment::prepare();
    let may_bind_80 = TcpListener::bind((elbow.vips.address(1), 80)).is_ok();
    let without_the_right = ["--bounding-set", "-net_bind_service"];
    let mut command = Command::new(PROGRAM);
    if may_bind_80 {
        if run(Command::new("setpriv").args(without_the_right).arg("true")).code != Some(0) {
            // This user may bind the port and may not give that right away.
            return;
        }
        command = Command::new("setpriv");
        command.args(without_the_right).arg(PROGRAM);
    }
    elbow.up_through(command, &["--demo"]);
    let banner = elbow.banner();
    assert!(banner.contains("may not listen on port 80, so it is port 8080"), "{banner}");
    assert_eq!(servers_of_the_curl_line(banner), instances_in_service(&elbow));
}

#[test]
fn port_that_something_else_holds_is_an_error_that_repairs_itself() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["one"]);
    let fine = elbow.create_http("fine", &origins);
    let vip = elbow.vips.address(77);
    let holder = TcpListener::bind((vip, 80)).unwrap();
    let tree = json!({
        "name": "web", "network": NETWORK, "vip": vip, "listeners": [{"protocol": "HTTP", "port": 80}],
        "members": [crate::harness::deployment::member(&origins[0])],
    });
    elbow.api().post("/v1/load-balancers", &tree).expect(201);
    let broken = elbow.status("web", "ERROR");
    let reason = broken["status_reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason.contains(&format!("{vip}:80")) || reason.contains(&vip.to_string()), "{reason}");
    assert!(reason.contains("in use"), "{reason}");
    assert!(elbow.elbow(&["status"]).stdout.contains("In error   web"));
    assert_eq!(Client::tcp(fine).get("/").status, 200, "others are unhurt");
    elbow.active("fine");
    drop(holder);
    let tree = elbow.active("web");
    assert_eq!(Client::tcp(address_of(&tree)).get("/").status, 200);
}

#[test]
fn waiting_for_what_cannot_be_in_force_fails_with_the_reason() {
    let elbow = Deployment::start();
    let vip = elbow.vips.address(78);
    let _holder = TcpListener::bind((vip, 80)).unwrap();
    let vip = vip.to_string();
    let created = elbow.elbow(&[
        "lb",
        "create",
        "web",
        "--network",
        NETWORK,
        "--vip",
        &vip,
        "--listener",
        "http:80",
        "--wait",
    ]);
    let complaint = created.fails(1);
    assert!(
        complaint.contains("in use") && complaint.contains("next: elbow lb show web"),
        "{complaint}"
    );
}

#[test]
fn disabled_load_balancer_does_not_listen() {
    let elbow = Deployment::start();
    let address = elbow.create_http("web", &Origin::start_many(["one"]));
    elbow.elbow(&["lb", "edit", "web", "--disable", "--wait"]).ok();
    assert!(Client::try_tcp(address).is_err());
    elbow.elbow(&["lb", "edit", "web", "--enable", "--wait"]).ok();
    assert!(Client::try_tcp(address).is_ok());
}

#[test]
fn balancer_on_the_machines_own_address_is_reached_by_it() {
    let elbow = Deployment::start();
    let networks = elbow.api().get("/v1/networks").expect(200);
    let host = networks["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|network| network["name"] == "host")
        .cloned();
    // A machine without any address of its own has no such network.
    let Some(host) = host else { return };
    let address = host["addresses"][0].as_str().unwrap();
    let port = TcpListener::bind((address, 0)).unwrap().local_addr().unwrap().port();
    let origin = Origin::start("one");
    elbow
        .elbow(&[
            "lb",
            "create",
            "public",
            "--network",
            "host",
            "--vip",
            address,
            "--listener",
            &format!("http:{port}"),
            "--member",
            &origin.address.to_string(),
            "--wait",
        ])
        .ok();
    let at = SocketAddr::new(address.parse().unwrap(), port);
    let answer = eventually("it answers", || {
        Client::try_tcp(at).and_then(|mut client| client.try_send("GET", "/", None))
    });
    assert_eq!(answer.status, 200);
}

#[test]
fn version_six_works_on_both_sides() {
    let elbow = Deployment::start();
    if TcpListener::bind("[::1]:0").is_err() {
        // A machine without IPv6.
        return;
    }
    let origin = Origin::start_on("six", "[::1]:0".parse().unwrap());
    let port = TcpListener::bind("[::1]:0").unwrap().local_addr().unwrap().port();
    let network = format!("six{port}");
    elbow.elbow(&["network", "create", &network, "--address", "::1"]).ok();
    let listener = format!("http:{port}");
    let member = origin.address.to_string();
    elbow
        .elbow(&[
            "lb",
            "create",
            "web",
            "--network",
            &network,
            "--listener",
            &listener,
            "--member",
            &member,
            "--wait",
        ])
        .ok();
    let answer = Client::tcp(SocketAddr::new("::1".parse().unwrap(), port)).get("/");
    assert!(answer.body.starts_with("six at [::1]"), "{answer}");
}
