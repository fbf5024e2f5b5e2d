//! Replays of what was recorded, as request handlers get them.

use elbow_model::change::scaling::{NewScalingGroup, ScalingEdit};
use elbow_model::change::{Author, Change, Edit, NewNetwork, NewProject};
use elbow_model::network::{Addresses, NetworkSettings};
use elbow_model::policy::{
    Adjustment, Alarm, Behaviour, Comparison, HoldSeconds, Metric, PolicySettings, ScaleIn,
    ScalingRule, TargetTracking, TolerancePercent, WindowSeconds,
};
use elbow_model::questions::{LaunchSeconds, ReplayAssumptions, ReplaySeconds};
use elbow_model::scaling_group::{InstanceCount, ScalingGroupSettings};
use elbow_model::value::{Description, Name, Quantity, Timestamp};
use elbow_model::world::{Applied, World};
use elbow_store::series::{GroupSecond, GroupSeries, Totals};
use uuid::Uuid;

use super::*;

const BEGIN: u64 = 1_000_000;

fn id<I: From<Uuid>>(number: u128) -> I {
    Uuid::from_u128(number).into()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn count(number: i64) -> InstanceCount {
    InstanceCount::new(number).unwrap()
}

/// A group `workers` of up to ten.
fn world() -> World {
    let description = Description::default();
    let addresses = Addresses::Vpc { cidr: "127.77.0.0/16".parse().unwrap() };
    let settings = NetworkSettings { name: name("default"), description };
    let edits = vec![
        Edit::CreateProject(NewProject::new(id(1), name("default"))),
        Edit::CreateNetwork(NewNetwork {
            id: id(1),
            project: None,
            region: name("local"),
            addresses,
            settings,
        }),
        Edit::Scaling(ScalingEdit::CreateGroup(NewScalingGroup {
            id: id(1),
            project: id(1),
            network: id(1),
            enabled: true,
            settings: ScalingGroupSettings::new(name("workers"), count(0), count(10)),
            desired: None,
            template: None,
            attachments: Vec::new(),
            seen: Vec::new(),
        })),
    ];
    let at = Timestamp(BEGIN * 1_000);
    let change = Change { author: Author::System, at, source: None, request: None, edits };
    match World::default().apply(&change).unwrap() {
        Applied::Next { world, .. } => world,
        Applied::Repeated { .. } => panic!("nothing was applied before"),
    }
}

fn tracking() -> PolicySettings {
    PolicySettings {
        name: name("track"),
        enabled: true,
        rule: ScalingRule::TargetTracking(TargetTracking {
            metric: Metric::InFlightPerInstance,
            target: Quantity::whole(10),
            tolerance_percent: TolerancePercent::constant::<10>(),
            scale_in: ScaleIn::Allowed,
        }),
        up: Behaviour::UP,
        down: Behaviour::DOWN,
        warm_up_s: None,
    }
}

fn queue() -> PolicySettings {
    let alarm = Alarm {
        metric: Metric::QueueLength,
        comparison: Comparison::Above,
        threshold: Quantity::whole(5),
        window_s: WindowSeconds::constant::<1>(),
        for_s: HoldSeconds::constant::<0>(),
    };
    let adjustment = Adjustment::Change { instances: 1 };
    let rule = ScalingRule::Simple { alarm: Some(alarm), adjustment };
    PolicySettings { name: name("queue"), rule, ..tracking() }
}

/// Two minutes: one instance with 5 in flight, then 40 while nothing was done about it.
fn recorded() -> GroupSeries {
    let series = GroupSeries::default();
    for second in 0..120_u64 {
        let mut totals = Totals::default();
        let load = if second < 60 { 5.0 } else { 40.0 };
        totals.note(Metric::InFlightPerInstance, Some(load));
        totals.note(Metric::QueueLength, Some(0.0));
        let measured =
            GroupSecond { desired: 1, instances: 1, in_service: 1, serving: 1.0, totals };
        series.record(id(1), Timestamp((BEGIN + second) * 1_000), measured);
    }
    series
}

fn question(policies: Vec<PolicySettings>) -> ReplayQuestion {
    let assumptions =
        ReplayAssumptions { launch_s: Some(LaunchSeconds::constant::<4>()), ..Default::default() };
    let range_s = ReplaySeconds::constant::<120>();
    ReplayQuestion { group: id(1), policies, from: None, range_s, assumptions }
}

fn ask(question: &ReplayQuestion) -> Result<Replay, Unanswered> {
    let now = Timestamp((BEGIN + 120) * 1_000);
    replay::replay(&world(), &recorded(), question, now)
}

#[test]
fn a_replay_says_what_would_have_been_beside_what_was() {
    let replay = ask(&question(vec![tracking()])).unwrap();
    assert_eq!((replay.from, replay.seconds), (Timestamp(BEGIN * 1_000), 120));
    // A burst is believed in part at once, and wholly once those that were started serve.
    let steps: Vec<_> = replay.decisions.iter().map(|one| (one.from, one.to)).collect();
    assert_eq!(steps, [(1, 2), (2, 4)]);
    let first = &replay.decisions[0];
    assert!(first.at >= Timestamp((BEGIN + 60) * 1_000), "{first:?}");
    assert_eq!((first.policy.as_str(), first.refused), ("track", None));
    assert_eq!(first.evidence.metric, Metric::InFlightPerInstance);
    // Four instances carry 40; the first seconds of need pass before that is believed, and four until they serve.
    let (replayed, recorded) = (replay.replayed, replay.recorded);
    assert!(replayed.below_capacity_s.unwrap() <= 10, "{replayed:?}");
    assert_eq!(recorded.below_capacity_s, Some(60));
    assert_eq!((recorded.instance_seconds, recorded.desired), (120, Some((1, 1))));
    assert_eq!(replayed.desired, Some((1, 4)));
    assert_eq!(replay.series.len(), 120);
    assert_eq!(replay.series[119].replayed_desired, 4);
    assert_eq!(replay.series[119].recorded_desired, Some(1));
    assert!(replay.notes.is_empty(), "{:?}", replay.notes);
}

#[test]
fn policies_of_different_metrics_are_played_together() {
    let replay = ask(&question(vec![queue(), tracking()])).unwrap();
    assert_eq!(replay.metric, Metric::QueueLength);
    assert_eq!(replay.decisions[0].policy.as_str(), "track");
    assert!(replay.notes[0].contains("played as it was"), "{:?}", replay.notes);
}

#[test]
fn what_was_not_recorded_cannot_be_replayed() {
    let nothing = |question| match ask(&question) {
        Err(Unanswered::Nothing { reason }) => reason,
        other => panic!("{other:?}"),
    };
    let later = Some(Timestamp((BEGIN + 500) * 1_000));
    let why = nothing(ReplayQuestion { from: later, ..question(vec![tracking()]) });
    assert!(why.contains("no IN_FLIGHT_PER_INSTANCE of scaling group workers"), "{why}");
    let rule = ScalingRule::Simple { alarm: None, adjustment: Adjustment::Change { instances: 1 } };
    let by_hand = PolicySettings { rule, ..tracking() };
    assert!(nothing(question(vec![by_hand])).contains("by hand"));
    let gone = ReplayQuestion { group: id(7), ..question(vec![tracking()]) };
    assert_eq!(ask(&gone), Err(Unanswered::Gone));
}

#[test]
fn a_record_that_is_shorter_than_asked_for_says_so() {
    let range_s = ReplaySeconds::constant::<7_200>();
    let replay = ask(&ReplayQuestion { range_s, ..question(vec![tracking()]) }).unwrap();
    assert_eq!(replay.seconds, 120);
    assert!(replay.notes[0].starts_with("only 120 s of the 7200 s"), "{:?}", replay.notes);
}

#[tokio::test]
async fn more_questions_than_there_are_places_are_sent_away() {
    let desk = Desk::new(1, 2);
    let held = desk.turn().await.unwrap();
    let waiting = desk.turn();
    assert!(matches!(desk.turn().await, Err(Unanswered::Busy)));
    drop(held);
    assert!(waiting.await.is_ok());
}
