//! Tests of attaching and detaching, and of what instances are in pools.

use super::super::fixture::*;
use super::fixture::*;
use crate::attachment::{AttachmentFault, Duty, SeenStatus};
use crate::change::scaling::*;
use crate::change::{Edit, NewMember, NewNetwork};
use crate::listener::Protocol;
use crate::network::Addresses;
use crate::rejection::Rejection;
use crate::table;
use crate::value::Weight;
use crate::world::{GroupPlace, Moment, World};

fn attach(attachments: Vec<NewAttachment>, present: PresentInstances) -> ScalingEdit {
    ScalingEdit::Attach { group: id(1), attachments, present, seen: active() }
}

fn detach(number: u128, present: PresentInstances) -> ScalingEdit {
    ScalingEdit::Detach { group: id(1), attachments: vec![id(number)], present }
}

/// The codes of everything that speaks against group 1 using the default pool of a load balancer.
fn codes(world: &World, balancer: u128, status: SeenStatus, moment: Moment) -> Vec<&'static str> {
    let place = GroupPlace::of(world.scaling_group(id(1)).unwrap());
    let faults = world.attachment_faults(place, id(balancer), None, status, moment);
    faults.iter().map(|fault| fault.code().as_str()).collect()
}

#[test]
fn each_precondition_has_its_own_code() {
    use Moment::{Attaching, Joining};
    use SeenStatus::{Active, Disabled, Error, Pending};
    let world = scaled();
    for (status, attaching, joining) in [
        (Active, &[][..], &[][..]),
        (Pending, &["LOAD_BALANCER_NOT_ACTIVE"], &[]),
        (Error, &["LOAD_BALANCER_NOT_ACTIVE"], &["LOAD_BALANCER_NOT_ACTIVE"]),
        (Disabled, &["LOAD_BALANCER_NOT_ACTIVE"], &["LOAD_BALANCER_NOT_ACTIVE"]),
    ] {
        assert_eq!(codes(&world, 6, status, Attaching), attaching, "{status}");
        assert_eq!(codes(&world, 6, status, Joining), joining, "{status}");
    }
    assert_eq!(codes(&world, 999, Active, Attaching), ["NOT_FOUND"]);
    // `web` of the base World checks no pool: neither its default one, nor those that its listeners and a rule name.
    assert_eq!(codes(&world, 1, Active, Attaching), ["HEALTH_CHECK_DISABLED"; 3]);

    let mut off = world.load_balancer(id(6)).unwrap().settings.clone();
    off.enabled = false;
    let world = with(&world, Edit::EditLoadBalancer { id: id(6), settings: off });
    assert_eq!(codes(&world, 6, Active, Joining), ["LOAD_BALANCER_NOT_ACTIVE"]);

    let world = with(&scaled(), Edit::DeleteListener { id: id(6) });
    assert_eq!(codes(&world, 6, Active, Attaching), ["NO_LISTENER"]);
}

#[test]
fn networks_and_regions_must_fit() {
    let network = |n, called: &str, region: &str, addresses: Addresses| {
        let region = name(region);
        Edit::CreateNetwork(NewNetwork { region, addresses, ..vpc(n, called, "10.0.0.0/8") })
    };
    let range = |text: &str| text.parse().unwrap();
    let world = scaled();
    let world =
        with(&world, network(10, "abroad", "east", Addresses::Vpc { cidr: range("10.20.0.0/16") }));
    let world =
        with(&world, network(11, "next", "local", Addresses::Vpc { cidr: range("10.30.0.0/16") }));
    let world = with(
        &world,
        network(12, "old", "local", Addresses::Classic { cidr: range("10.40.0.0/16") }),
    );
    let in_network = |n: u128, network: u128| {
        let mut new = checked_balancer(n, &format!("lb-{n}"));
        new.network = id(network);
        new
    };
    let world = with(&world, Edit::CreateLoadBalancer(in_network(20, 10)));
    let world = with(&world, Edit::CreateLoadBalancer(in_network(21, 11)));
    let mut classic = in_network(22, 12);
    classic.pools[0].members = vec![member(900, "192.0.2.77:80"), member(901, "127.77.0.200:80")];
    let world = with(&world, Edit::CreateLoadBalancer(classic));
    let now = |world: &World, n| codes(world, n, SeenStatus::Active, Moment::Attaching);
    assert_eq!(now(&world, 20), ["REGION_MISMATCH", "NETWORK_MISMATCH"]);
    assert_eq!(now(&world, 21), ["NETWORK_MISMATCH"]);
    assert_eq!(now(&world, 22), [""; 0]);
    // A server of another virtual network behind the classic one.
    let members = vec![member(902, "10.30.0.9:80")];
    let world = with(&world, Edit::AddMembers { pool: id(221), members });
    assert_eq!(now(&world, 22), ["NETWORK_MISMATCH"]);
}

#[test]
fn a_listener_s_unchecked_pool_is_named_with_the_listener() {
    let world = scaled();
    let mut unchecked = listener(50, Protocol::Http, 81);
    unchecked.settings.pool = Some(id(62));
    let world = with(&world, Edit::AddPool { load_balancer: id(6), pool: pool(62, "static") });
    let world = with(&world, Edit::AddListener { load_balancer: id(6), listener: unchecked });
    let place = GroupPlace::of(world.scaling_group(id(1)).unwrap());
    let faults = world.attachment_faults(place, id(6), None, SeenStatus::Active, Moment::Attaching);
    let expected = "pool `static` of load balancer `app` (used by listener `http-81`) has no health check that is switched on; give it a health monitor first";
    assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
}

#[test]
fn an_unchecked_pool_that_only_a_rule_forwards_to_is_named_with_its_listener() {
    let world = with(&scaled(), Edit::AddPool { load_balancer: id(6), pool: pool(62, "static") });
    let mut forward = rule(70, 1, 62);
    forward.settings.enabled = false;
    let listener = world.load_balancer(id(6)).unwrap().listeners[0].id;
    let world = with(&world, Edit::AddRule { listener, rule: forward.clone() });
    let place = GroupPlace::of(world.scaling_group(id(1)).unwrap());
    let faults = |world: &World| -> Vec<String> {
        let (status, moment) = (SeenStatus::Active, Moment::Attaching);
        let faults = world.attachment_faults(place, id(6), None, status, moment);
        faults.iter().map(ToString::to_string).collect()
    };
    assert_eq!(faults(&world), [""; 0]);
    forward.settings.enabled = true;
    let world = with(&world, Edit::EditRule { id: id(70), settings: forward.settings });
    let [fault] = faults(&world).try_into().unwrap();
    assert!(fault.starts_with("pool `static` of load balancer `app` (used by listener"), "{fault}");
}

#[test]
fn attaching_is_all_or_nothing() {
    let both = vec![
        attachment(2, Some(61)),
        NewAttachment { load_balancer: id(1), ..attachment(3, None) },
    ];
    let rejection = refused(&scaled(), attach(both, PresentInstances::Stay));
    let Rejection::Attachment { field, fault } = rejection else { panic!("{rejection}") };
    assert_eq!(field, "attachments[1].load_balancer");
    assert!(matches!(fault, AttachmentFault::LoadBalancerNotActive { .. }), "{fault}");
}

#[test]
fn there_are_only_so_many_attachments() {
    let many = (0..32_i64).map(|n| NewAttachment {
        port: Some(port(9_000 + n)),
        ..attachment(100 + u128::from(n.unsigned_abs()), Some(61))
    });
    let rejection = refused(&scaled(), attach(many.collect(), PresentInstances::Stay));
    let expected = AttachmentFault::QuotaExceeded { limit: 32 };
    assert!(matches!(rejection, Rejection::Attachment { fault, .. } if fault == expected));
}

#[test]
fn instances_join_every_pool_and_leave_every_pool() {
    let world = with_all(
        &scaled(),
        [attach(
            vec![NewAttachment { port: Some(port(9_000)), ..attachment(2, Some(61)) }],
            PresentInstances::Stay,
        )],
    );
    let world = with_all(&world, [desired(1, 1), launch([1]), step(1, launched())]);
    assert_eq!(members(&world, 60), [""; 0]);
    let world = with_all(&world, [step(1, join())]);
    assert_eq!(members(&world, 60), ["127.77.0.4:8080 50 50"]);
    assert_eq!(members(&world, 61), ["127.77.0.4:9000 50 50"]);
    let balancer = world.load_balancer(id(6)).unwrap();
    let table = table::resolve(&world, balancer);
    assert!(table.pools.iter().flat_map(|pool| &pool.members).all(|m| m.only_when_healthy));

    let remove = InstanceStep::Remove { cause: crate::instance::RemovalCause::ScaleIn };
    let world = with_all(&world, [step(1, InstanceStep::Serve), step(1, remove)]);
    assert_eq!(members(&world, 60), ["127.77.0.4:8080 50 0"]);
    let world = with_all(&world, [step(1, InstanceStep::Leave { tokens: vec![] })]);
    assert_eq!((members(&world, 60), members(&world, 61)), (vec![], vec![]));
}

#[test]
fn force_lets_the_present_instances_follow() {
    let world = serving(1..=2);
    let api = || vec![attachment(2, Some(61))];
    let stays = with_all(&world, [attach(api(), PresentInstances::Stay)]);
    assert_eq!(members(&stays, 61), [""; 0]);
    // Again with force: nothing is attached twice, the instances join.
    let world = with_all(&stays, [attach(api(), PresentInstances::Follow)]);
    assert_eq!(world.scaling_group(id(1)).unwrap().attachments.len(), 2);
    assert_eq!(members(&world, 61).len(), 2);

    let kept = with_all(&world, [detach(2, PresentInstances::Stay)]);
    assert_eq!(members(&kept, 61).len(), 2);
    let world = with_all(&world, [detach(2, PresentInstances::Follow)]);
    assert_eq!((members(&world, 60).len(), members(&world, 61).len()), (2, 0));
    let rejection = refused(&world, detach(2, PresentInstances::Follow));
    assert!(matches!(rejection, Rejection::NotFound { .. }), "{rejection}");
}

#[test]
fn a_weight_that_a_person_changed_stays_through_standby() {
    let world = serving(1..=1);
    let member = world.load_balancer(id(6)).unwrap().default_pool().members[0].clone();
    let mut settings = member.settings.clone();
    settings.weight = Weight::new(7).unwrap();
    let world = with(&world, Edit::EditMember { id: member.id, settings });
    let world = with_all(&world, [ScalingEdit::EnterStandby { id: id(1) }]);
    assert_eq!(members(&world, 60), ["127.77.0.4:8080 7 0"]);
    let world = with_all(&world, [ScalingEdit::ExitStandby { id: id(1) }]);
    assert_eq!(members(&world, 60), ["127.77.0.4:8080 7 7"]);
}

#[test]
fn people_neither_delete_nor_replace_a_group_s_members() {
    let world = serving(1..=2);
    let members_of =
        |world: &World| world.load_balancer(id(6)).unwrap().default_pool().members.clone();
    let first = members_of(&world)[0].clone();
    let rejection = refusal(&world, Edit::DeleteMember { id: first.id });
    assert!(rejection.to_string().contains("scaling group `workers`"), "{rejection}");

    // One is echoed with another weight, the other one is not; a new one comes.
    let mut echoed = first.settings.clone();
    echoed.weight = Weight::new(9).unwrap();
    let wanted = vec![NewMember { id: id(500), settings: echoed }, member(501, "10.0.0.1:80")];
    let world = with(&world, Edit::ReplaceMembers { pool: id(60), members: wanted });
    super::super::invariants::check_invariants(&world);
    assert_eq!(
        members(&world, 60),
        ["127.77.0.4:8080 9 9", "127.77.0.5:8080 50 50", "10.0.0.1:80 1 1"]
    );
    assert_eq!(members_of(&world)[0].id, first.id);
}

#[test]
fn a_member_that_a_person_made_becomes_the_instance_s_with_its_weight() {
    let world = scaled();
    let members_ = vec![member(800, "10.0.0.9:8080")];
    let world = with(&world, Edit::AddMembers { pool: id(60), members: members_ });
    let world = with_all(&world, [by_hand(1, "10.0.0.9")]);
    assert_eq!(members(&world, 60), ["10.0.0.9:8080 1 1"]);
    assert_eq!(instance(&world, 1).members, [id(800)]);
}

#[test]
fn a_pool_that_a_group_is_attached_to_is_kept() {
    let world =
        with_all(&scaled(), [attach(vec![attachment(2, Some(61))], PresentInstances::Stay)]);
    let rejection = refusal(&world, Edit::DeletePool { id: id(61) });
    assert!(rejection.to_string().contains("scaling group `workers`"), "{rejection}");
    let world = with_all(
        &serving(1..=1),
        [
            attach(vec![attachment(2, Some(61))], PresentInstances::Follow),
            detach(2, PresentInstances::Stay),
        ],
    );
    // Members that stayed go with it.
    let world = with(&world, Edit::DeletePool { id: id(61) });
    super::super::invariants::check_invariants(&world);
    assert_eq!(instance(&world, 1).members.len(), 1);
}

#[test]
fn a_deleted_load_balancer_leaves_nothing_stuck() {
    let world = with(&serving(1..=2), Edit::DeleteLoadBalancer { id: id(6) });
    super::super::invariants::check_invariants(&world);
    assert!(world.scaling_group(id(1)).unwrap().attachments.is_empty());
    assert!(instance(&world, 1).members.is_empty());
    let last = world.activities_of(id(1)).next_back().unwrap();
    assert_eq!(
        last.text.as_str(),
        "load balancer `app` was deleted; the group is detached from it"
    );
    // A new instance joins nothing, and serves.
    let world = with_all(&world, [desired(3, 9), launch([3])]);
    with_all(&world, [launched(), join(), InstanceStep::Serve].map(|s| step(3, s)));
}

#[test]
fn nothing_joins_once_a_precondition_is_gone() {
    let world = with_all(&scaled(), [desired(1, 1), launch([1]), step(1, launched())]);
    let mut unchecked = world.load_balancer(id(6)).unwrap().default_pool().settings.clone();
    unchecked.health_monitor = None;
    let world = with(&world, Edit::EditPool { id: id(60), settings: unchecked });
    for edit in [step(1, join()), by_hand(2, "10.0.0.9")] {
        let Rejection::Attachment { fault, .. } = refused(&world, edit) else { panic!() };
        assert_eq!(fault.code().as_str(), "HEALTH_CHECK_DISABLED");
    }
    let world = with_all(&world, [desired(2, 2)]);
    let Rejection::Attachment { .. } = refused(&world, launch([2])) else { panic!() };
}

#[test]
fn duties_follow_the_phase() {
    let world = with_all(&serving(1..=1), [ScalingEdit::EnterStandby { id: id(1) }]);
    let member = &world.load_balancer(id(6)).unwrap().default_pool().members[0];
    assert_eq!(member.registered_by.unwrap().duty, Duty::Standby);
}
