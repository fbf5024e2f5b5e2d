//! Sweeps over a driver that lists what a test says.

use std::sync::Mutex;

use elbow_model::change::scaling::NewScalingGroup;
use elbow_model::change::{Author, Change, Edit, NewNetwork, NewProject};
use elbow_model::launch_template::{
    CommandLine, Environment, Launch, ProcessLaunch, ProcessLimits, TemplateSettings,
};
use elbow_model::network::{Addresses, NetworkSettings};
use elbow_model::scaling_group::{InstanceCount, ScalingGroupSettings};
use elbow_model::value::{Description, Name};
use elbow_store::Storage;

use super::*;
use crate::driver::{DriverTrouble, InstanceState, Launched, Spec, Terminated, Work};

/// Lists these, of these groups, and remembers what it was to end.
#[derive(Default)]
struct Machines {
    running: Mutex<Vec<(InstanceId, ScalingGroupId)>>,
    ended: Mutex<Vec<InstanceId>>,
    is_silent: Mutex<bool>,
}

impl Driver for Machines {
    fn launch<'a>(&'a self, _: &'a Spec) -> Work<'a, Launched> {
        Box::pin(async { Err(DriverTrouble::permanent("nothing is launched here")) })
    }

    fn list(&self, _: Which) -> Work<'_, Vec<Seen>> {
        Box::pin(async {
            if *self.is_silent.lock().unwrap() {
                return Err(DriverTrouble::transient("no answer"));
            }
            let running = self.running.lock().unwrap().clone();
            let state = InstanceState::Running;
            let seen = |(instance, group)| Seen {
                instance,
                group,
                address: None,
                state: state.clone(),
                usage: None,
            };
            Ok(running.into_iter().map(seen).collect())
        })
    }

    fn terminate(&self, instance: InstanceId) -> Work<'_, Terminated> {
        self.running.lock().unwrap().retain(|(id, _)| *id != instance);
        self.ended.lock().unwrap().push(instance);
        Box::pin(async { Ok(Terminated::Gone) })
    }

    fn logs(&self, _: InstanceId, _: usize) -> Work<'_, Vec<String>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

fn id<I: From<Uuid>>(number: u128) -> I {
    Uuid::from_u128(number).into()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// Group 1 with instance 1.
async fn ledger() -> Ledger {
    let ledger = Ledger::open(&Storage::Memory).unwrap();
    let description = Description::default();
    let count = |number| InstanceCount::new(number).unwrap();
    let template = TemplateSettings {
        launch: Launch::Process(ProcessLaunch {
            command: CommandLine::new(vec!["./server".to_owned()]).unwrap(),
            env: Environment::default(),
            working_dir: None,
            uid: None,
            limits: ProcessLimits::default(),
        }),
        port: None,
    };
    let edits = vec![
        Edit::CreateProject(NewProject {
            drivers: DriverKind::ALL.into(),
            ..NewProject::new(id(1), name("default"))
        }),
        Edit::CreateNetwork(NewNetwork {
            id: id(1),
            project: None,
            region: name("local"),
            addresses: Addresses::Vpc { cidr: "127.77.0.0/16".parse().unwrap() },
            settings: NetworkSettings { name: name("default"), description },
        }),
        Edit::Scaling(ScalingEdit::CreateGroup(NewScalingGroup {
            id: id(1),
            project: id(1),
            network: id(1),
            enabled: true,
            settings: ScalingGroupSettings::new(name("workers"), count(1), count(2)),
            desired: None,
            template: Some(template),
            attachments: Vec::new(),
            seen: Vec::new(),
        })),
        Edit::Scaling(ScalingEdit::Launch { group: id(1), instances: vec![id(1)] }),
    ];
    let change =
        Change { author: Author::System, at: Timestamp(1_000), source: None, request: None, edits };
    ledger.commit(move |_| Ok(change)).await.unwrap();
    ledger
}

async fn sweep(
    strays: &mut Strays,
    ledger: &Ledger,
    driver: &Arc<Machines>,
    which: Which,
    at_s: u64,
) {
    let driver = Arc::clone(driver) as Arc<dyn Driver>;
    strays.sweep(ledger, vec![Source { driver, which }], Timestamp(at_s * 1_000)).await;
}

fn running(instances: &[(u128, u128)]) -> Arc<Machines> {
    let running = instances.iter().map(|(instance, group)| (id(*instance), id(*group))).collect();
    Arc::new(Machines { running: Mutex::new(running), ..Machines::default() })
}

#[tokio::test]
async fn what_has_no_record_is_ended_after_a_grace_and_its_group_told() {
    let (ledger, machines) = (ledger().await, running(&[(1, 1), (2, 1), (3, 9)]));
    let mut strays = Strays::default();
    for at_s in [0, 20, 59] {
        sweep(&mut strays, &ledger, &machines, Which::All, at_s).await;
        assert_eq!(*machines.ended.lock().unwrap(), []);
    }
    sweep(&mut strays, &ledger, &machines, Which::All, 60).await;
    let mut ended = machines.ended.lock().unwrap().clone();
    ended.sort_unstable();
    assert_eq!(ended, [id(2), id(3)]);
    let world = ledger.world();
    let told: Vec<&str> = world.activities_of(id(1)).map(|one| one.text.as_str()).collect();
    assert!(told.iter().any(|text| text.contains("ran without a record")), "{told:?}");
}

#[tokio::test]
async fn one_that_was_away_in_between_gets_its_grace_anew() {
    let (ledger, machines) = (ledger().await, running(&[(2, 1)]));
    let mut strays = Strays::default();
    sweep(&mut strays, &ledger, &machines, Which::All, 0).await;
    let away = std::mem::take(&mut *machines.running.lock().unwrap());
    sweep(&mut strays, &ledger, &machines, Which::All, 40).await;
    *machines.running.lock().unwrap() = away;
    sweep(&mut strays, &ledger, &machines, Which::All, 80).await;
    assert_eq!(*machines.ended.lock().unwrap(), []);
    // A driver that says nothing for a while takes no grace away, and gives none.
    *machines.is_silent.lock().unwrap() = true;
    sweep(&mut strays, &ledger, &machines, Which::All, 100).await;
    *machines.is_silent.lock().unwrap() = false;
    sweep(&mut strays, &ledger, &machines, Which::All, 140).await;
    assert_eq!(*machines.ended.lock().unwrap(), [id(2)]);
}

#[tokio::test]
async fn what_a_hook_lists_of_groups_that_are_not_ours_is_left_alone() {
    let (ledger, machines) = (ledger().await, running(&[(2, 1), (3, 9)]));
    let mut strays = Strays::default();
    for at_s in [0, 60] {
        sweep(&mut strays, &ledger, &machines, Which::Group(id(1)), at_s).await;
    }
    assert_eq!(*machines.ended.lock().unwrap(), [id(2)]);
}
