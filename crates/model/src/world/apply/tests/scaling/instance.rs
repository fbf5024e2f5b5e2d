//! Tests of an instance's way through its phases.

use super::super::fixture::*;
use super::fixture::*;
use crate::change::scaling::*;
use crate::instance::{InstanceStatus, Phase, RemovalCause};
use crate::lifecycle_hook::*;
use crate::rejection::Rejection;
use crate::scaling_group::ScalingGroup;
use crate::value::Timestamp;
use crate::world::World;

fn hook(number: u128, transition: Transition) -> ScalingEdit {
    let settings = HookSettings {
        name: name(&format!("hook-{number}")),
        transition,
        heartbeat_timeout_s: HeartbeatSeconds::constant::<600>(),
        default_result: HookResult::Abandon,
        webhook: None,
    };
    ScalingEdit::AddHook { group: id(1), id: id(number), settings }
}

fn complete(instance: u128, token: u128, result: HookResult) -> ScalingEdit {
    ScalingEdit::CompleteHook { instance: id(instance), token: id(token), result }
}

fn remove(instance: u128, capacity: CapacityAfter) -> ScalingEdit {
    ScalingEdit::RemoveInstance { id: id(instance), capacity, cause: RemovalCause::Requested }
}

fn leave(tokens: &[u128]) -> InstanceStep {
    InstanceStep::Leave { tokens: tokens.iter().map(|n| id(*n)).collect() }
}

fn in_wait(tokens: &[u128]) -> World {
    let hooks = [hook(1, Transition::Launch), hook(2, Transition::Launch)];
    let world = with_all(&scaled(), hooks);
    let world = with_all(&world, [desired(1, 1), launch([1])]);
    let tokens = tokens.iter().map(|n| id(*n)).collect();
    let launched = InstanceStep::Launched { address: None, port: None, reference: None, tokens };
    with_all(&world, [step(1, launched)])
}

#[test]
fn never_more_are_launched_than_are_missing() {
    let world = with_all(&scaled(), [desired(2, 1), launch([1])]);
    let rejection = refused(&world, launch([2, 3]));
    assert!(matches!(rejection, Rejection::CapacityBound { bound: "desired", .. }), "{rejection}");
    let world = with_all(&world, [launch([2])]);
    assert!(matches!(refused(&world, launch([3])), Rejection::CapacityBound { .. }));
    // The same id is never launched twice.
    let world = with_all(&world, [desired(3, 2)]);
    assert!(matches!(refused(&world, launch([2])), Rejection::Invalid { .. }));
}

#[test]
fn every_instance_has_an_address_for_itself() {
    let world = serving(1..=5);
    let addresses: Vec<String> =
        world.instances().map(|i| i.address.unwrap().get().to_string()).collect();
    assert_eq!(addresses[0], "127.77.0.4");
    let new = balancer(50, "later");
    let world = with(&world, crate::change::Edit::CreateLoadBalancer(new));
    let vip = world.load_balancer(id(50)).unwrap().vip.to_string();
    assert!(!addresses.contains(&vip), "{vip} among {addresses:?}");
    let mut wanted = balancer(51, "wanted");
    wanted.vip = Some(ip("127.77.0.4"));
    let rejection = refusal(&world, crate::change::Edit::CreateLoadBalancer(wanted));
    assert!(matches!(rejection, Rejection::VipTaken { .. }), "{rejection}");
}

#[test]
fn launch_hooks_hold_an_instance_until_all_are_done() {
    let world = in_wait(&[11, 12]);
    assert_eq!(instance(&world, 1).status(), InstanceStatus::PendingWait);
    assert!(matches!(refused(&world, step(1, join())), Rejection::InstanceStatus { .. }));
    let world = with_all(&world, [complete(1, 12, HookResult::Continue)]);
    assert_eq!(phase(&world, 1).waits().len(), 1);
    assert!(matches!(
        refused(&world, complete(1, 12, HookResult::Continue)),
        Rejection::NotFound { .. }
    ));
    let world = with_all(&world, [complete(1, 11, HookResult::Continue)]);
    assert_eq!(*phase(&world, 1), Phase::Launched);
}

#[test]
fn an_abandoned_launch_is_removed_without_having_been_in_a_pool() {
    let world = with_all(&in_wait(&[11, 12]), [complete(1, 11, HookResult::Abandon)]);
    let cause = RemovalCause::HookAbandoned { hook: name("hook-1") };
    assert_eq!(*phase(&world, 1), Phase::Removing { cause, drain_until: NOW });
    assert_eq!(world.counting_instances_of(id(1)), 0);
    let last = world.activities_of(id(1)).next_back().unwrap();
    assert_eq!(last.text.as_str(), "lifecycle hook `hook-1` gave up instance 127.77.0.4");
}

#[test]
fn an_abandoned_launch_counts_as_a_failed_one() {
    let world = with_all(&in_wait(&[11, 12]), [complete(1, 11, HookResult::Abandon)]);
    let breaker = world.scaling_group(id(1)).unwrap().breaker;
    assert_eq!(breaker, crate::scaling_group::Breaker::Closed { failures: 1 });
}

#[test]
fn a_heartbeat_moves_the_deadline() {
    let world = in_wait(&[11, 12]);
    let deadline = |world: &World| phase(world, 1).waits()[0].deadline;
    assert_eq!(deadline(&world), NOW.after(std::time::Duration::from_secs(600)));
    let later = Timestamp(NOW.0 + 300_000);
    let beat = ScalingEdit::Heartbeat { instance: id(1), token: id(11) };
    let mut change = change(vec![crate::change::Edit::Scaling(beat)]);
    change.at = later;
    assert_eq!(deadline(&after(&world, &change)), later.after(std::time::Duration::from_secs(600)));
}

#[test]
fn terminate_hooks_hold_an_instance_that_has_left_its_pools() {
    let world = with_all(&serving(1..=1), [hook(1, Transition::Terminate)]);
    let world = with_all(&world, [remove(1, CapacityAfter::Shrinks)]);
    assert!(matches!(refused(&world, step(1, leave(&[]))), Rejection::Invalid { .. }));
    let world = with_all(&world, [step(1, leave(&[21]))]);
    assert_eq!(instance(&world, 1).status(), InstanceStatus::RemovingWait);
    assert_eq!(members(&world, 60), [""; 0]);
    assert!(matches!(
        refused(&world, step(1, InstanceStep::Gone)),
        Rejection::InstanceStatus { .. }
    ));
    let world = with_all(&world, [complete(1, 21, HookResult::Abandon)]);
    let world = with_all(&world, [step(1, InstanceStep::Gone)]);
    assert_eq!(world.instance_count(), 0);
}

#[test]
fn a_removal_by_hand_is_an_activity_that_ends_with_the_instance() {
    let world = with_all(&serving(1..=2), [remove(1, CapacityAfter::Shrinks)]);
    assert_eq!(world.scaling_group(id(1)).unwrap().desired, count(1));
    let result = |world: &World| world.activities_of(id(1)).next_back().unwrap().result.word();
    assert_eq!(result(&world), "IN_PROGRESS");
    assert!(matches!(
        refused(&world, remove(1, CapacityAfter::Stays)),
        Rejection::InstanceStatus { .. }
    ));
    let world = with_all(&world, [step(1, leave(&[])), step(1, InstanceStep::Gone)]);
    assert_eq!(result(&world), "SUCCESSFUL");
    // The other one is replaced: the desired count stays.
    let world = with_all(&world, [remove(2, CapacityAfter::Stays)]);
    assert_eq!(world.scaling_group(id(1)).unwrap().desired, count(1));
    with_all(&world, [launch([3])]);
}

#[test]
fn bounds_hold_for_instances_that_people_attach_and_remove() {
    let world = serving(1..=5);
    let rejection = refused(&world, by_hand(6, "10.0.0.9"));
    assert!(matches!(rejection, Rejection::CapacityBound { bound: "max", .. }), "{rejection}");
    let mut least = settings("workers");
    least.min = count(5);
    let world = with_all(&world, [ScalingEdit::EditGroup { id: id(1), settings: least }]);
    let rejection = refused(&world, remove(1, CapacityAfter::Shrinks));
    assert!(matches!(rejection, Rejection::CapacityBound { bound: "min", .. }), "{rejection}");
}

#[test]
fn an_attached_server_joins_at_once_and_is_only_let_go() {
    let world = with_all(&scaled(), [by_hand(1, "10.0.0.9")]);
    assert_eq!(*phase(&world, 1), Phase::Joining);
    assert_eq!(members(&world, 60), ["10.0.0.9:8080 50 50"]);
    assert_eq!(world.scaling_group(id(1)).unwrap().desired, count(1));
    let rejection = refused(&world, by_hand(2, "10.0.0.9"));
    assert!(matches!(rejection, Rejection::AddressTaken { .. }), "{rejection}");
    let world = with_all(&world, [step(1, InstanceStep::Serve), hook(1, Transition::Terminate)]);
    let world = with_all(&world, [remove(1, CapacityAfter::Shrinks), step(1, leave(&[]))]);
    assert!(matches!(phase(&world, 1), Phase::Terminating { .. }));
}

#[test]
fn a_driver_that_gives_a_used_address_is_refused() {
    let world = with_all(&serving(1..=1), [desired(2, 9), launch([2])]);
    let address = instance(&world, 1).address;
    let lie = InstanceStep::Launched { address, port: None, reference: None, tokens: vec![] };
    let rejection = refused(&world, step(2, lie));
    assert!(matches!(rejection, Rejection::AddressTaken { .. }), "{rejection}");
    // Said twice: the second time is refused, nothing is different.
    let world = with_all(&world, [step(2, launched())]);
    assert!(matches!(refused(&world, step(2, launched())), Rejection::InstanceStatus { .. }));
}

#[test]
fn draining_ends_after_the_group_s_timeout_or_at_once_without_members() {
    let drain = |world: &World, n| match phase(world, n) {
        Phase::Removing { drain_until, .. } => drain_until.since(NOW).as_secs(),
        other => panic!("{other:?}"),
    };
    let world = with_all(&serving(1..=1), [remove(1, CapacityAfter::Shrinks)]);
    assert_eq!(drain(&world, 1), 300);
    let world = with_all(&scaled(), [desired(1, 1), launch([1])]);
    let cause = RemovalCause::LaunchFailed { reason: "no".to_owned().into() };
    let world = with_all(&world, [step(1, InstanceStep::Remove { cause })]);
    assert_eq!(drain(&world, 1), 0);
}

#[test]
fn instances_have_hard_caps() {
    let mut most = settings("workers");
    most.max = count(1_000);
    let world = with_all(&scaled(), [ScalingEdit::EditGroup { id: id(1), settings: most }]);
    let world = with_all(&world, [desired(1_000, 1)]);
    // The network has fewer addresses than that.
    let rejection = refused(&world, launch(1..=1_000));
    assert!(matches!(rejection, Rejection::NetworkFull { .. }), "{rejection}");
    assert_eq!(ScalingGroup::MAX_INSTANCES, 1_000);
}
