//! Templates that never work, and instances that die.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::fleet::{Fleet, texts};
use super::load::Load;
use crate::harness::{Client, eventually, process};

#[test]
fn template_that_never_works_opens_the_breaker_and_a_new_one_heals_it() {
    let broken =
        [(json!(["sh", "-c", "exit 1"]), "status 1"), (json!(["/no/such/program"]), "/no/such")];
    for (command, reason) in broken {
        let fleet = Fleet::without_group();
        fleet.create_group(2, &fleet.template_of(&command));
        let breaker = eventually("the breaker opens", || {
            let breaker = fleet.group()["breaker"].clone();
            if breaker["open_until"].is_string() { Ok(breaker) } else { Err(breaker.to_string()) }
        });
        assert!(breaker["failures"].as_u64().unwrap() <= 5, "{breaker}");
        eventually("both why and until when are told", || {
            let activities = fleet.activities();
            let is_told = |word: &str, said: &str| {
                activities.iter().any(|one| {
                    one["result"] == word && one["text"].as_str().unwrap().contains(said)
                })
            };
            match is_told("FAILED", reason) && is_told("NOT_SCALED", "") {
                true => Ok(()),
                false => Err(format!("{activities:?}")),
            }
        });
        eventually("the failed ones are gone", || {
            let instances = fleet.instances();
            if instances.is_empty() { Ok(()) } else { Err(format!("{instances:?}")) }
        });
        assert_eq!(fleet.group()["breaker"], breaker, "nothing is launched meanwhile");
        let change = json!({"template": fleet.template()});
        fleet.elbow.api().patch("/v1/scaling-groups/workers", &change).expect(200);
        fleet.settled(2);
        assert_eq!(fleet.group()["breaker"]["failures"], 0);
    }
}

#[test]
fn killed_instance_is_replaced_and_no_client_that_gets_sees_it() {
    let fleet = Fleet::start(4);
    let load = Load::of_gets(fleet.address);
    for _ in 0..3 {
        let before = fleet.settled(4);
        load.goes_on();
        // A pool gives a request one more try: what the last kill hit is answered before the next one.
        assert_eq!(Client::tcp(fleet.address).get("/?delay_ms=600").status, 200);
        let (pid, dead) = fleet.programs().remove(0);
        process::signal(pid, "KILL").unwrap();
        eventually("another one takes its place", || {
            let ids = texts(&fleet.instances(), "id");
            if ids.contains(&dead) { Err(format!("{ids:?}")) } else { Ok(()) }
        });
        let after = fleet.settled(4);
        assert_eq!(texts(&before, "id").intersection(&texts(&after, "id")).count(), 3);
        let tells = |activity: &serde_json::Value| {
            activity["cause"]["type"] == "HEALTH" && activity["instance"] == dead.as_str()
        };
        let activities = fleet.activities();
        assert!(activities.iter().any(tells), "{dead} in {activities:?}");
        assert!(!process::is_alive(pid));
    }
    load.end();
}

#[test]
fn instances_are_never_missed_by_a_driver_that_did_not_launch_them() {
    let fleet = Fleet::start(2);
    fleet.settled(2);
    let ids = || {
        let serving = fleet.instances().into_iter().filter(|one| one["status"] == "IN_SERVICE");
        let mut ids: Vec<String> = serving.map(|one| one["id"].to_string()).collect();
        ids.sort();
        ids
    };
    let before = ids();
    // A hook that knows of no instance, launches none, and writes down what it is asked. It runs as another user.
    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let asked = place.path().join("asked");
    let script =
        format!("cat >> {0}; echo >> {0}; echo '{{\"instances\":[]}}'", asked.to_str().unwrap());
    let hook = json!({"driver": "HOOK", "command": ["sh", "-c", script]});
    let path = "/v1/scaling-groups/workers";
    fleet.elbow.api().patch(path, &json!({"template": hook})).expect(200);
    fleet.scale(3);
    eventually("the hook is asked what there is, time and again", || {
        let said = std::fs::read_to_string(&asked).unwrap_or_default().to_lowercase();
        let lists = said.lines().filter(|line| line.contains("list")).count();
        if lists > 2 { Ok(()) } else { Err(said) }
    });
    assert_eq!(ids(), before);
}
