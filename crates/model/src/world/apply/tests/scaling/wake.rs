//! What groups mean for requests that find nobody, and that proxies learn of it.

use super::super::fixture::*;
use super::fixture::*;
use crate::change::Edit;
use crate::change::scaling::*;
use crate::observed::{Observed, ProxyView};
use crate::scaling_group::{Breaker, ScalingGroupSettings, ScalingProcess, WakeQueue};
use crate::table::resolve_all;
use crate::value::{LoadBalancerId, PoolId, Revision, Timestamp};
use crate::wake::{Hindrance, Waiting, Wake, Wakefulness};
use crate::world::World;

fn wake(world: &World) -> Wake {
    world.wake_of(id(60))
}

fn is_possible(world: &World) -> bool {
    matches!(wake(world), Wake::Possible(_))
}

fn revision(world: &World) -> Revision {
    world.load_balancer(id::<LoadBalancerId>(6)).unwrap().revision
}

fn edited(change: impl FnOnce(&mut ScalingGroupSettings)) -> ScalingEdit {
    let mut settings = settings("workers");
    change(&mut settings);
    ScalingEdit::EditGroup { id: id(1), settings }
}

fn suspended() -> ScalingEdit {
    ScalingEdit::Suspend { id: id(1), processes: [ScalingProcess::ScaleOut].into() }
}

fn open() -> ScalingEdit {
    let breaker = Breaker::Open { failures: 3, until: Timestamp(0) };
    ScalingEdit::SetBreaker { group: id(1), breaker }
}

#[test]
fn a_group_of_none_or_more_can_be_woken_at_the_pools_it_is_attached_to() {
    let world = scaled();
    assert!(is_possible(&world));
    assert_eq!(world.wake_of(id(61)), Wake::Never, "another pool");
    let shown = resolve_all(&world).find(|entry| entry.id == id(6)).unwrap();
    assert_eq!(shown.pools[0].wake, wake(&world));
}

#[test]
fn what_it_says_changes_the_revision_of_the_load_balancer_and_nothing_else_does() {
    let world = scaled();
    for (edit, expected) in [
        (edited(|s| s.min = count(1)), Wake::Never),
        (edited(|s| s.wake_queue_max = WakeQueue::constant::<0>()), Wake::Never),
        (edited(|s| s.max = count(0)), Wake::Hindered),
        (ScalingEdit::Disable { id: id(1) }, Wake::Hindered),
        (suspended(), Wake::Hindered),
        (open(), Wake::Hindered),
    ] {
        let next = with_all(&world, [edit.clone()]);
        assert_eq!(wake(&next), expected, "{edit:?}");
        assert_eq!(revision(&next), next.revision(), "{edit:?}");
        let back = with_all(
            &next,
            [
                edited(|_| {}),
                ScalingEdit::Enable { id: id(1) },
                ScalingEdit::Resume { id: id(1), processes: [ScalingProcess::ScaleOut].into() },
            ],
        );
        assert_eq!((wake(&back), revision(&back)), (wake(&world), back.revision()), "{edit:?}");
    }
    for edit in [edited(|s| s.max = count(4)), desired(1, 9)] {
        let next = with_all(&world, [edit.clone()]);
        assert_eq!(revision(&next), revision(&world), "{edit:?}");
    }
}

#[test]
fn a_pool_that_lost_its_health_check_wakes_nobody() {
    let world = scaled();
    let mut pool = world.load_balancer(id::<LoadBalancerId>(6)).unwrap().pools[0].settings.clone();
    pool.health_monitor = None;
    let edit = Edit::EditPool { id: id::<PoolId>(60), settings: pool };
    // Where it is refused, nothing needs to follow from it.
    if let Ok(crate::world::Applied::Next { world: next, .. }) = world.apply(&change(vec![edit])) {
        assert_eq!(wake(&next), Wake::Hindered);
    }
}

#[test]
fn a_group_whose_instances_are_all_on_standby_is_not_woken() {
    let world = serving(1..=1);
    assert!(is_possible(&world));
    let resting = with_all(&world, [ScalingEdit::EnterStandby { id: id(1) }]);
    assert_eq!(wake(&resting), Wake::Hindered);
    let group = resting.scaling_group(id(1)).unwrap();
    assert_eq!(resting.wakefulness(group), Wakefulness::Hindered(Hindrance::Standby));
    assert!(is_possible(&with_all(&resting, [ScalingEdit::ExitStandby { id: id(1) }])));
}

#[test]
fn people_see_whether_a_group_sleeps() {
    let seen = |world: &World| world.wakefulness(world.scaling_group(id(1)).unwrap());
    let asleep = scaled();
    assert_eq!(seen(&asleep), Wakefulness::Asleep);
    let waking = with_all(&asleep, [desired(1, 1), launch(1..=1)]);
    assert_eq!(seen(&waking), Wakefulness::Waking);
    assert_eq!(seen(&serving(1..=1)), Wakefulness::Awake);
    let always = with_all(&asleep, [edited(|s| s.min = count(1))]);
    assert_eq!(seen(&always), Wakefulness::Never);
}

#[test]
fn of_several_groups_at_a_pool_the_first_that_can_is_woken() {
    let attachments = vec![attachment(2, None)];
    let second = ScalingEdit::CreateGroup(NewScalingGroup { attachments, ..group(2, "others") });
    let world = with_all(&scaled(), [second]);
    let waker = |world: &World| world.waker_of(id(60)).map(|group| group.id);
    assert_eq!(waker(&world), Some(id(1)));
    let mut observed = Observed::default();
    for proxy in 1..=2 {
        let waiting = Waiting { count: 2, waited_ms: 10 * proxy as u64 };
        let view = ProxyView {
            version: String::new(),
            pid: 1,
            connected_at: Timestamp(0),
            revision: Revision(0),
            failed: Default::default(),
            in_force: Default::default(),
            drained: Default::default(),
            waiting: imbl::HashMap::unit(id(60), waiting),
        };
        observed.proxies.insert(id(proxy), view);
    }
    let waits = |world: &World, n| {
        let found = world.waiting_for(world.scaling_group(id(n)).unwrap(), &observed);
        (found.count, found.waited_ms)
    };
    assert_eq!((waits(&world, 1), waits(&world, 2)), ((4, 20), (0, 0)));
    let next = with_all(&world, [suspended()]);
    assert_eq!((waits(&next, 1), waits(&next, 2)), ((0, 0), (4, 20)));
    assert!(is_possible(&next), "somebody can be woken");
}
