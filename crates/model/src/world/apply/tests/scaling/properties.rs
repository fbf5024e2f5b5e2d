//! What holds for any sequence of Changes of groups and of what they are attached to, right and wrong ones mixed.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::super::aim::aimed;
use super::super::fixture::*;
use super::super::invariants::check_invariants;
use super::super::properties::{edits, ids, load, new_ids, store};
use super::fixture::*;
use crate::activity::{ActivityResult, Cause, NotScaled};
use crate::attachment::SeenStatus;
use crate::change::scaling::*;
use crate::change::{Author, Change, Edit};
use crate::instance::RemovalCause;
use crate::lifecycle_hook::{HeartbeatSeconds, HookResult, HookSettings, Transition};
use crate::policy::TolerancePercent;
use crate::policy::{Behaviour, Metric, PolicySettings, ScaleIn, ScalingRule, TargetTracking};
use crate::scaling_group::{Breaker, ScalingGroupSettings, ScalingProcess};
use crate::schedule::{Effect, ScheduleSettings, Timing};
use crate::table::{TableEntry, resolve_all};
use crate::value::{Note, Quantity, TimeZoneName, Timestamp};
use crate::world::{Applied, World};

fn group_settings() -> impl Strategy<Value = ScalingGroupSettings> {
    let called = prop::sample::select(vec!["workers", "a", "b"]);
    (called, 0..4_i64, 0..6_i64, prop::bool::weighted(0.1)).prop_map(
        |(called, min, max, deletion_protection)| ScalingGroupSettings {
            min: count(min),
            max: count(max),
            deletion_protection,
            ..settings(called)
        },
    )
}

fn attachments() -> impl Strategy<Value = Vec<NewAttachment>> {
    let one = (new_ids(), option::of(ids()), option::of(Just(port(9_000))));
    vec(one, 0..3).prop_map(|all| {
        all.into_iter()
            .map(|(n, pool, port)| NewAttachment { port, ..attachment(n, pool) })
            .collect()
    })
}

fn statuses() -> impl Strategy<Value = Vec<crate::attachment::SeenBalancer>> {
    prop_oneof![12 => Just(SeenStatus::Active), 1 => Just(SeenStatus::Error)]
        .prop_map(|status| seen(6, status))
}

fn present() -> impl Strategy<Value = PresentInstances> {
    prop::sample::select(vec![PresentInstances::Follow, PresentInstances::Stay])
}

fn of_groups() -> impl Strategy<Value = ScalingEdit> {
    use ScalingEdit as E;
    let new = (new_ids(), group_settings(), any::<bool>(), attachments(), statuses(), ids());
    let new = new.prop_map(|(n, settings, has_template, attachments, seen, network)| {
        let template = has_template.then(process);
        let network = id(network);
        NewScalingGroup { settings, template, attachments, seen, network, ..group(n, "x") }
    });
    let on = prop::sample::select(vec![OnInstances::Refuse, OnInstances::Remove]);
    let processes = || {
        let all = ScalingProcess::ALL.to_vec();
        prop::collection::btree_set(prop::sample::select(all), 0..2)
    };
    let template = option::of(9_000..9_003_i64).prop_map(|on| {
        let mut template = process();
        template.port = on.map(port);
        template
    });
    prop_oneof![
        2 => new.prop_map(E::CreateGroup),
        2 => (ids(), group_settings())
            .prop_map(|(n, settings)| E::EditGroup { id: id(n), settings }),
        1 => (ids(), template).prop_map(|(n, template)| E::SetTemplate { group: id(n), template }),
        1 => (ids(), on).prop_map(|(n, instances)| E::DeleteGroup { id: id(n), instances }),
        2 => ids().prop_map(|n| E::Enable { id: id(n) }),
        1 => ids().prop_map(|n| E::Disable { id: id(n) }),
        1 => (ids(), processes()).prop_map(|(n, processes)| E::Suspend { id: id(n), processes }),
        2 => (ids(), processes()).prop_map(|(n, processes)| E::Resume { id: id(n), processes }),
        6 => (new_ids(), 0..6_i64).prop_map(|(n, many)| desired(many, n)),
        4 => (ids(), attachments(), present(), statuses()).prop_map(|(n, attachments, present, seen)| {
            E::Attach { group: id(n), attachments, present, seen }
        }),
        2 => (ids(), vec(ids(), 1..3), present()).prop_map(|(n, gone, present)| E::Detach {
            group: id(n),
            attachments: gone.into_iter().map(id).collect(),
            present,
        }),
        1 => ids().prop_map(|n| E::SetBreaker {
            group: id(n),
            breaker: Breaker::Open { failures: 3, until: NOW },
        }),
    ]
}

fn of_children() -> impl Strategy<Value = ScalingEdit> {
    use ScalingEdit as E;
    let names = || prop::sample::select(vec!["p", "q", "r"]);
    let policy = || {
        (names(), prop::sample::select(Metric::ALL.to_vec())).prop_map(|(called, metric)| {
            let tracking = TargetTracking {
                metric,
                target: Quantity::whole(10),
                tolerance_percent: TolerancePercent::constant::<10>(),
                scale_in: ScaleIn::Allowed,
            };
            PolicySettings {
                name: name(called),
                enabled: true,
                rule: ScalingRule::TargetTracking(tracking),
                up: Behaviour::UP,
                down: Behaviour::DOWN,
                warm_up_s: None,
            }
        })
    };
    let schedule = || {
        (names(), option::of(0..4_i64), option::of(0..6_i64)).prop_filter_map(
            "does nothing",
            |(called, min, max)| {
                Some(ScheduleSettings {
                    name: name(called),
                    enabled: true,
                    timing: Timing::Cron {
                        expression: "*/5 * * * *".parse().ok()?,
                        time_zone: TimeZoneName::utc(),
                        starts_at: None,
                        ends_at: None,
                    },
                    effect: Effect::new(min.map(count), max.map(count), None).ok()?,
                })
            },
        )
    };
    let hook = || {
        (names(), any::<bool>()).prop_map(|(called, is_launch)| HookSettings {
            name: name(called),
            transition: if is_launch { Transition::Launch } else { Transition::Terminate },
            heartbeat_timeout_s: HeartbeatSeconds::constant::<600>(),
            default_result: HookResult::Abandon,
            webhook: None,
        })
    };
    prop_oneof![
        1 => (ids(), new_ids(), policy())
            .prop_map(|(n, new, settings)| E::AddPolicy { group: id(n), id: id(new), settings }),
        1 => (ids(), policy()).prop_map(|(n, settings)| E::EditPolicy { id: id(n), settings }),
        1 => ids().prop_map(|n| E::DeletePolicy { id: id(n) }),
        1 => (ids(), new_ids(), schedule())
            .prop_map(|(n, new, settings)| E::AddSchedule { group: id(n), id: id(new), settings }),
        1 => (ids(), schedule()).prop_map(|(n, settings)| E::EditSchedule { id: id(n), settings }),
        1 => ids().prop_map(|n| E::DeleteSchedule { id: id(n) }),
        1 => (ids(), new_ids())
            .prop_map(|(n, a)| E::RunSchedule { id: id(n), due: NOW, activity: id(a) }),
        1 => ids().prop_map(|n| E::MissSchedule { id: id(n), until: NOW }),
        2 => (ids(), new_ids(), hook())
            .prop_map(|(n, new, settings)| E::AddHook { group: id(n), id: id(new), settings }),
        1 => (ids(), hook()).prop_map(|(n, settings)| E::EditHook { id: id(n), settings }),
        1 => ids().prop_map(|n| E::DeleteHook { id: id(n) }),
        1 => (ids(), new_ids()).prop_map(|(n, a)| E::RecordActivity(NewActivity {
            id: id(a),
            group: id(n),
            cause: Cause::Health,
            after: count(1),
            instance: None,
            evidence: Vec::new(),
            result: ActivityResult::NotScaled { why: NotScaled::AtMax },
            text: Note::new("no"),
        })),
        1 => ids().prop_map(|n| E::EndActivity {
            id: id(n),
            result: ActivityResult::Successful,
            text: Note::new("done"),
        }),
    ]
}

fn of_instances() -> impl Strategy<Value = ScalingEdit> {
    use ScalingEdit as E;
    let steps = prop_oneof![
        4 => Just(launched()),
        4 => statuses().prop_map(|seen| InstanceStep::Join { seen }),
        4 => Just(InstanceStep::Serve),
        1 => Just(InstanceStep::Remove { cause: RemovalCause::ScaleIn }),
        2 => Just(InstanceStep::Leave { tokens: Vec::new() }),
        3 => Just(InstanceStep::Gone),
    ];
    let addresses = vec!["10.0.0.1", "10.0.0.2", "10.0.0.9", "127.77.0.2"];
    let address = prop::sample::select(addresses);
    let capacity = prop::sample::select(vec![CapacityAfter::Shrinks, CapacityAfter::Stays]);
    let result = prop::sample::select(vec![HookResult::Continue, HookResult::Abandon]);
    prop_oneof![
        6 => (new_ids(), 0..3_u128).prop_map(|(n, more)| launch(n..n + more)),
        12 => (ids(), steps).prop_map(|(n, step)| E::Step { instance: id(n), step }),
        2 => (new_ids(), address).prop_map(|(n, address)| by_hand(n, address)),
        1 => (ids(), capacity).prop_map(|(n, capacity)| E::RemoveInstance {
            id: id(n),
            capacity,
            cause: RemovalCause::Requested,
        }),
        1 => (ids(), any::<bool>()).prop_map(|(n, protected)| E::Protect { id: id(n), protected }),
        1 => ids().prop_map(|n| E::EnterStandby { id: id(n) }),
        1 => ids().prop_map(|n| E::ExitStandby { id: id(n) }),
        2 => (ids(), ids(), result).prop_map(|(n, token, result)| E::CompleteHook {
            instance: id(n),
            token: id(token),
            result,
        }),
        1 => (ids(), ids())
            .prop_map(|(n, token)| E::Heartbeat { instance: id(n), token: id(token) }),
    ]
}

/// A proxy asks for an entry of the Table again only if its revision is another.
#[track_caller]
fn check_told(before: &World, next: &World) {
    let entries: BTreeMap<_, _> = resolve_all(before).map(|entry| (entry.id, entry)).collect();
    for entry in resolve_all(next) {
        let is_same = |old: &&TableEntry| old.revision == entry.revision;
        if let Some(old) = entries.get(&entry.id).filter(is_same) {
            assert_eq!(*old, entry, "no proxy learns of this");
        }
    }
}

fn changes() -> impl Strategy<Value = Change> {
    let author = prop_oneof![2 => Just(author()), 1 => Just(Author::Control)];
    let at = (0..4_u64).prop_map(|step| Timestamp(NOW.0 + step * 400_000));
    let edits = prop_oneof![
        4 => of_groups().prop_map(Edit::Scaling),
        2 => of_children().prop_map(Edit::Scaling),
        8 => of_instances().prop_map(Edit::Scaling),
        3 => edits(),
    ];
    (author, at, vec(edits, 1..3)).prop_map(|(author, at, edits)| Change {
        author,
        at,
        source: None,
        request: None,
        edits,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_changes_leave_no_member_without_instance_and_no_instance_without_group(
        changes in vec(changes(), 1..60),
    ) {
        let mut world = scaled();
        let mut records = BTreeMap::new();
        store(&mut records, &world, &world.keys().collect::<Vec<_>>());
        let mut taken = Vec::new();
        for change in changes {
            let change = aimed(&world, change);
            match world.apply(&change) {
                Ok(Applied::Next { world: next, touched }) => {
                    check_invariants(&next);
                    check_told(&world, &next);
                    store(&mut records, &next, &touched);
                    prop_assert!(load(&next, &records) == next, "touched is not all");
                    world = next;
                    taken.push(change);
                }
                Ok(Applied::Repeated { .. }) => prop_assert!(false, "nothing was marked"),
                Err(rejection) => prop_assert!(!rejection.to_string().is_empty()),
            }
        }
        let replayed = taken.iter().fold(scaled(), |world, change| after(&world, change));
        prop_assert!(replayed == world, "replay differs");
    }
}
