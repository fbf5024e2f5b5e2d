//! Scaling groups by the command line, with instances that are real processes.

use serde_json::Value;

use crate::harness::deployment::{NETWORK, PROGRAM};
use crate::harness::{Client, Deployment, Origin, eventually};

/// A group `workers` of two sample servers behind the load balancer `web`.
fn workers() -> Deployment {
    let elbow = Deployment::start();
    let check = "http:/,interval=200ms,timeout=200ms,rise=1";
    let create = ["lb", "create", "web", "--network", NETWORK, "--listener", "http:80"];
    elbow.elbow(&[&create[..], &["--health-check", check, "--wait"]].concat()).ok();
    let command = format!("{PROGRAM} sample-server --listen {{address}}:{{port}}");
    let group = ["group", "create", "workers", "--network", NETWORK, "--min", "1", "--max", "4"];
    let template = ["--driver", "process", "--command", &command, "--port", "8080"];
    let rest = ["--desired", "2", "--attach", "web", "--wait"];
    let created = elbow.elbow(&[&group[..], &template[..], &rest[..]].concat()).ok();
    assert!(created.contains("web/default"), "{created}");
    elbow
}

fn items(text: &str) -> Vec<Value> {
    let answer: Value = serde_json::from_str(text).unwrap();
    answer["items"].as_array().unwrap().clone()
}

/// Which servers answer, each once.
fn answering(elbow: &Deployment) -> Vec<String> {
    let vip = elbow.active("web")["vip"].as_str().unwrap().to_owned();
    let mut client = Client::tcp(format!("{vip}:80").parse().unwrap());
    let mut seen: Vec<String> = (0..8)
        .map(|_| {
            let text = client.get("/").body;
            text.split(": ").next().unwrap_or_default().to_owned()
        })
        .collect();
    seen.sort_unstable();
    seen.dedup();
    seen
}

#[test]
fn instances_come_serve_and_go_as_they_are_told() {
    let elbow = workers();
    assert_eq!(answering(&elbow).len(), 2);
    elbow.elbow(&["group", "scale", "workers", "3", "--wait"]).ok();
    assert_eq!(answering(&elbow).len(), 3);

    let listed = items(&elbow.elbow(&["group", "instances", "workers", "-o", "json"]).ok());
    let number = listed[0]["number"].to_string();
    elbow.elbow(&["group", "standby", "workers", &number]).ok();
    eventually("one is on standby", || match answering(&elbow).len() {
        2 => Ok(()),
        count => Err(format!("{count} answer")),
    });
    elbow.elbow(&["group", "exit-standby", "workers", &number]).ok();
    elbow.elbow(&["group", "remove-instance", "workers", &number]).ok();
    eventually("two are left", || {
        match items(&elbow.elbow(&["group", "instances", "workers", "-o", "json"]).ok()).len() {
            2 => Ok(()),
            count => Err(format!("{count} are there")),
        }
    });
    let activities = elbow.elbow(&["group", "activities", "workers"]).ok();
    for word in ["user admin", "2 -> 3", "3 -> 2", "SUCCESSFUL"] {
        assert!(activities.contains(word), "`{word}` is not in: {activities}");
    }
    let refused = elbow.elbow(&["group", "delete", "workers"]).fails(1);
    assert!(refused.contains("in use by 2 instances"), "{refused}");
    elbow.elbow(&["group", "delete", "workers", "--force"]).ok();
    eventually("the group is gone", || {
        match elbow.elbow(&["group", "list", "-o", "name"]).ok().as_str() {
            "" => Ok(()),
            other => Err(other.to_owned()),
        }
    });
    assert_eq!(elbow.active("web")["pools"][0]["member_count"], 0);
}

#[test]
fn a_server_of_a_persons_own_joins_and_leaves_with_its_weight() {
    let elbow = workers();
    let own = Origin::start("own");
    let address = own.address.to_string();
    let added = elbow.elbow(&["group", "add-instance", "workers", &address, "--wait"]).ok();
    assert!(added.contains(&address), "{added}");
    let member = || {
        let tree = elbow.active("web");
        let members = tree["pools"][0]["members"].as_array().unwrap().clone();
        members.into_iter().find(|member| member["address"] == own.address.ip().to_string())
    };
    assert_eq!(member().unwrap()["weight"], 50);
    elbow.elbow(&["member", "edit", "web", &address, "--weight", "7"]).ok();
    let refused = elbow.elbow(&["member", "delete", "web", &address]).fails(1);
    assert!(refused.contains("scaling group `workers`"), "{refused}");
    elbow.elbow(&["group", "scale", "workers", "4", "--wait"]).ok();
    assert_eq!(member().unwrap()["weight"], 7);
    elbow.elbow(&["group", "remove-instance", "workers", &address]).ok();
    eventually("it has left", || if member().is_none() { Ok(()) } else { Err("it is there") });
}

#[test]
fn what_cannot_be_attached_is_refused_with_its_code_and_listed_as_such() {
    let elbow = workers();
    elbow.elbow(&["lb", "create", "bare", "--network", NETWORK, "--wait"]).ok();
    let refused =
        elbow.elbow(&["group", "attach-load-balancers", "workers", "bare", "--force"]).fails(1);
    assert!(refused.contains("409 NO_LISTENER"), "{refused}");
    assert!(refused.contains("next: elbow group eligible workers"), "{refused}");
    let shown = elbow.elbow(&["group", "eligible", "workers"]).ok();
    assert!(shown.contains("NO_LISTENER") && shown.contains("yes"), "{shown}");
    let refused = elbow.elbow(&["group", "attach-vserver-groups", "workers", "web/x:1"]).fails(1);
    assert!(refused.contains("there is no pool `x`"), "{refused}");
}

#[test]
fn policies_schedules_and_hooks_are_added_listed_and_deleted() {
    let elbow = workers();
    for (noun, add, shown) in [
        (
            "policy",
            &["--name", "x", "target-tracking", "--metric", "cpu-percent", "--target", "60"][..],
            "cpu-percent at 60",
        ),
        (
            "schedule",
            &["--name", "x", "--cron", "0 8 * * mon-fri", "--min", "2"],
            "0 8 * * mon-fri",
        ),
        ("hook", &["--name", "x", "--on", "terminate"], "600 s"),
    ] {
        elbow.elbow(&[&[noun, "add", "workers"][..], add].concat()).ok();
        let listed = elbow.elbow(&[noun, "list", "workers"]).ok();
        assert!(listed.contains(shown), "`{shown}` is not in: {listed}");
        elbow.elbow(&[noun, "delete", "workers", "x"]).ok();
        elbow.elbow(&[noun, "delete", "workers", "x"]).fails(1);
    }
}
