//! Scaling groups: instances as real processes behind a real load balancer. Each file asks another kind of question.

mod broken;
mod crashes;
mod fleet;
mod load;
mod lossless;
mod policies;
mod zero;

use std::collections::BTreeSet;

use serde_json::json;

use self::fleet::{Fleet, texts};
use crate::harness::deployment::member;
use crate::harness::{Client, Origin, eventually};

#[test]
fn instances_join_with_weight_50_serve_and_leave() {
    let fleet = Fleet::start(2);
    let two = fleet.settled(2);
    assert!(fleet.members().iter().all(|member| member["weight"] == 50), "{:?}", fleet.members());
    assert_eq!(fleet.answering(20), texts(&two, "address"));
    fleet.scale(4);
    let four = fleet.settled(4);
    assert!(texts(&four, "id").is_superset(&texts(&two, "id")), "the first ones stay");
    assert_eq!(fleet.answering(40), texts(&four, "address"));
    fleet.scale(2);
    let left = fleet.settled(2);
    assert_eq!(fleet.answering(20), texts(&left, "address"));
}

#[test]
fn weight_that_a_person_changed_stays_over_scaling() {
    let fleet = Fleet::start(2);
    let chosen = fleet.instances().remove(0);
    fleet.act_on(&chosen, "protect");
    let path = format!("/v1/members/{}", chosen["members"][0]["id"].as_str().unwrap());
    fleet.elbow.api().patch(&path, &json!({"weight": 7})).expect(200);
    for count in [5, 2] {
        fleet.scale(count);
        fleet.settled(count);
        let changed = fleet.elbow.api().get(&path).expect(200);
        assert_eq!(changed["weight"], 7);
    }
    let others = fleet.members().iter().filter(|member| member["weight"] == 50).count();
    assert_eq!(others, 1);
}

#[test]
fn instance_in_standby_gets_no_traffic_until_it_comes_back() {
    let fleet = Fleet::start(2);
    fleet.scale(3);
    let three = fleet.settled(3);
    let (resting, address) = (&three[0], three[0]["address"].as_str().unwrap());
    fleet.act_on(resting, "enter-standby");
    let path = format!("/v1/instances/{}", resting["id"].as_str().unwrap());
    eventually("it gets no new work", || {
        let answering = fleet.answering(30);
        if answering.contains(address) { Err(format!("{answering:?}")) } else { Ok(()) }
    });
    let shown = fleet.elbow.api().get(&path).expect(200);
    assert_eq!(shown["status"], "STANDBY");
    assert!(fleet.programs().iter().any(|(_, id)| resting["id"] == id.as_str()), "it runs on");
    fleet.act_on(resting, "exit-standby");
    eventually("it serves again", || {
        let answering = fleet.answering(30);
        if answering.contains(address) { Ok(()) } else { Err(format!("{answering:?}")) }
    });
    let back = fleet.elbow.api().get(&path).expect(200);
    assert_eq!(back["status"], "IN_SERVICE");
}

#[test]
fn protected_instance_stays_when_others_leave() {
    let fleet = Fleet::start(1);
    fleet.scale(4);
    let chosen = fleet.settled(4).remove(0);
    fleet.act_on(&chosen, "protect");
    fleet.scale(1);
    assert_eq!(fleet.settled(1)[0]["id"], chosen["id"]);
}

#[test]
fn server_attached_by_hand_serves_and_runs_on_when_it_is_let_go() {
    let fleet = Fleet::start(1);
    let origin = Origin::start("by-hand");
    let mut server = member(&origin);
    server["name"] = json!("by-hand");
    let path = "/v1/scaling-groups/workers/instances";
    let attached = fleet.elbow.api().post(path, &server).expect(201);
    eventually("it serves", || {
        let answering = fleet.answering(20);
        if answering.contains("by-hand") { Ok(()) } else { Err(format!("{answering:?}")) }
    });
    assert_eq!(fleet.group()["desired"], 2, "it counts");
    let path = format!("/v1/instances/{}", attached["id"].as_str().unwrap());
    fleet.elbow.api().delete(&path);
    fleet.settled(1);
    assert!(!fleet.answering(20).contains("by-hand"));
    assert_eq!(Client::tcp(origin.address).get("/").status, 200, "it is not Elbow's to end");
}

#[test]
fn detaching_leaves_members_until_their_instances_leave_unless_force_takes_them_along() {
    for (force, left) in [(false, 2), (true, 0)] {
        let fleet = Fleet::start(2);
        let before = texts(&fleet.members(), "id");
        fleet.act("detach-load-balancers", &json!({"load_balancers": ["web"], "force": force}));
        fleet.scale(3);
        let three = eventually("a third one runs", || {
            let instances = fleet.instances();
            match instances.iter().all(|one| one["status"] == "IN_SERVICE") && instances.len() == 3
            {
                true => Ok(instances),
                false => Err(format!("{instances:?}")),
            }
        });
        let members = eventually("members stay as they were, or are gone", || {
            let members = fleet.members();
            if members.len() == left { Ok(members) } else { Err(format!("{members:?}")) }
        });
        assert!(texts(&members, "id").is_subset(&before), "the third one does not join");
        let running: BTreeSet<String> = fleet.programs().into_iter().map(|(_, id)| id).collect();
        assert_eq!(running, texts(&three, "id"), "the instances stay");
        if !force {
            assert_eq!(fleet.answering(20), texts(&members, "address"));
        }
        fleet.elbow.api().delete("/v1/scaling-groups/workers?force=true");
        eventually("no member outlives its instance", || {
            let members = fleet.members();
            if members.is_empty() { Ok(()) } else { Err(format!("{members:?}")) }
        });
    }
}

#[test]
fn group_deleted_by_force_leaves_no_process_and_no_member() {
    let fleet = Fleet::start(3);
    let address = fleet.address;
    // Long enough to be in flight when the group begins to go.
    let slow = std::thread::spawn(move || Client::tcp(address).get("/?delay_ms=4000"));
    eventually("it is in flight", || {
        let busy = fleet.members().iter().filter(|member| member["in_flight"] != 0).count();
        if busy == 1 { Ok(()) } else { Err(format!("{:?}", fleet.members())) }
    });
    let mut api = fleet.elbow.api();
    let refused = api.delete("/v1/scaling-groups/workers");
    assert_eq!(refused.status, 409, "{refused}");
    let deleted = api.delete("/v1/scaling-groups/workers?force=true");
    assert!(deleted.status < 300, "{deleted}");
    let answer = slow.join().unwrap();
    assert_eq!(answer.status, 200, "what was in flight is answered: {answer}");
    eventually("nothing is left", || {
        let status = api.get("/v1/scaling-groups/workers").status;
        let (programs, members) = (fleet.programs(), fleet.members());
        match (status, programs.len(), members.len()) {
            (404, 0, 0) => Ok(()),
            _ => Err(format!("{status}, {programs:?}, {members:?}")),
        }
    });
    eventually("no keeper and no directory is left", || {
        let directory = fleet.elbow.data_dir().join("instances");
        let keepers = crate::harness::process::below(&directory);
        let entries = std::fs::read_dir(&directory).unwrap().count();
        if keepers.is_empty() && entries == 0 {
            Ok(())
        } else {
            Err(format!("{keepers:?} {entries}"))
        }
    });
}
