//! kill -9 of anything at any moment: what is left converges to what was asked for.

use super::fleet::{Fleet, Random, texts};
use crate::harness::{Client, eventually, process};

const ROUNDS: u64 = 8;

#[test]
fn group_converges_whatever_is_killed_while_it_scales() {
    let mut random = Random::new();
    let mut fleet = Fleet::start(2);
    for round in 0..ROUNDS {
        let desired = 2 + random.below(6);
        fleet.scale(desired);
        random.moment();
        let victims = 1 + random.below(7);
        println!("round {round}: {desired} instances, victims {victims:#b}");
        if victims & 1 != 0 {
            kill_one(&fleet, &mut random);
        }
        if victims & 2 != 0 {
            process::signal(fleet.elbow.proxy_pid(), "KILL").unwrap();
        }
        if victims & 4 != 0 {
            fleet.elbow.kill_control();
            random.moment();
            fleet.elbow.up(&[]);
        }
        let instances = fleet.settled(desired);
        let wanted = texts(&instances, "address");
        eventually("all of them serve, and no other", || {
            let mut client = Client::try_tcp(fleet.address).map_err(|error| error.to_string())?;
            let response = client.try_send("GET", "/", None).map_err(|error| error.to_string())?;
            if response.status == 200 { Ok(()) } else { Err(response.to_string()) }
        });
        let answering = fleet.answering(60);
        assert!(answering.is_subset(&wanted), "{answering:?} of {wanted:?}");
    }
}

/// Kills the program of an instance, or its keeper, and waits until both are gone.
fn kill_one(fleet: &Fleet, random: &mut Random) {
    let instances = fleet.instances();
    let chosen = &instances[usize::try_from(random.below(instances.len() as u64)).unwrap()];
    let id = chosen["id"].as_str().unwrap();
    let mut pids = process::below(&fleet.elbow.data_dir().join("instances").join(id));
    pids.extend(fleet.programs().into_iter().filter(|(_, of)| of == id).map(|(pid, _)| pid));
    let Some(victim) = pids.get(usize::try_from(random.below(2)).unwrap()).or(pids.first()) else {
        // It is not started yet, or has ended.
        return;
    };
    let _gone = process::signal(*victim, "KILL");
    eventually("keeper and program are gone", || {
        let alive: Vec<_> = pids.iter().filter(|pid| process::is_alive(**pid)).collect();
        if alive.is_empty() { Ok(()) } else { Err(format!("{alive:?}")) }
    });
}

#[test]
fn group_deleted_by_force_goes_whole_although_control_is_killed_meanwhile() {
    let mut random = Random::new();
    let mut fleet = Fleet::without_group();
    for _ in 0..4 {
        fleet.create_group(3, &fleet.template());
        random.moment();
        fleet.elbow.api().delete("/v1/scaling-groups/workers?force=true");
        fleet.elbow.kill_control();
        fleet.elbow.up(&[]);
        let instances = fleet.elbow.data_dir().join("instances");
        eventually("nothing is left", || {
            let status = fleet.elbow.api().get("/v1/scaling-groups/workers").status;
            let (programs, members) = (fleet.programs(), fleet.members());
            let (keepers, places) =
                (process::below(&instances), std::fs::read_dir(&instances).unwrap().count());
            match (status, programs.len(), members.len(), keepers.len(), places) {
                (404, 0, 0, 0, 0) => Ok(()),
                left => Err(format!("{left:?}: {programs:?} {members:?}")),
            }
        });
    }
}

#[test]
fn instances_end_with_elbow_and_come_back_with_their_ids() {
    let mut fleet = Fleet::start(3);
    let before = fleet.settled(3);
    assert!(fleet.elbow.stop().success());
    assert!(fleet.programs().is_empty(), "{:?}", fleet.programs());
    fleet.elbow.up(&[]);
    let after = fleet.settled(3);
    assert_eq!(texts(&before, "id"), texts(&after, "id"));
    fleet.elbow.active("web");
    assert_eq!(fleet.answering(30), texts(&after, "address"));
}
