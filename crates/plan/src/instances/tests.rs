//! One look at a time: what is known of a group goes in, the next actions come out.

use elbow_model::activity::{Activity, ActivityResult, Cause, NotScaled};
use elbow_model::attachment::{AttachmentCode, AttachmentFault};
use elbow_model::change::scaling::{InstanceStep, ScalingEdit};
use elbow_model::instance::{Instance, Origin, Phase, RemovalCause};
use elbow_model::launch_template::TemplateVersion;
use elbow_model::lifecycle_hook::{HookResult, HookSettings, HookWait, LifecycleHook, Transition};
use elbow_model::scaling_group::{
    Breaker, GroupStatus, InstanceCount, LastScaled, RemovalPolicies, RemovalPolicy, ScalingGroup,
    ScalingGroupSettings, ScalingProcess,
};
use elbow_model::value::{Id, Name, Note, Number, Revision, Timestamp};

use super::*;

const NOW: Timestamp = Timestamp(1_000_000_000);

fn id<I: From<Uuid>>(number: u128) -> I {
    Uuid::from_u128(number).into()
}

fn ago(seconds: u64) -> Timestamp {
    Timestamp(NOW.0 - seconds * 1_000)
}

fn count(count: i64) -> InstanceCount {
    InstanceCount::new(count).unwrap()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// An active group of one to ten without a template: what is missing can't be launched, which most tests don't want.
fn group(desired: i64) -> ScalingGroup {
    ScalingGroup {
        id: id(1),
        number: Number(1),
        owner: id(1),
        project: id(1),
        created_at: ago(1_000),
        updated_at: ago(1_000),
        revision: Revision(1),
        network: id(1),
        status: GroupStatus::Active,
        settings: ScalingGroupSettings::new(name("workers"), count(1), count(10)),
        desired: count(desired),
        templates: vec![template()],
        attachments: Vec::new(),
        policies: Vec::new(),
        schedules: Vec::new(),
        hooks: Vec::new(),
        suspended: Default::default(),
        breaker: Breaker::RESET,
        last_scaled: LastScaled::default(),
    }
}

fn template() -> elbow_model::launch_template::LaunchTemplate {
    use elbow_model::launch_template::{
        CommandLine, Environment, Launch, LaunchTemplate, ProcessLaunch, ProcessLimits,
        TemplateSettings,
    };
    LaunchTemplate {
        version: TemplateVersion::FIRST,
        created_at: ago(1_000),
        settings: TemplateSettings {
            launch: Launch::Process(ProcessLaunch {
                command: CommandLine::new(vec!["./server".to_owned()]).unwrap(),
                env: Environment::default(),
                working_dir: None,
                uid: None,
                limits: ProcessLimits::default(),
            }),
            port: None,
        },
    }
}

fn instance(number: u64, phase: Phase) -> Instance {
    Instance {
        id: id(u128::from(number) + 100),
        number: Number(number),
        group: id(1),
        project: id(1),
        created_at: ago(500 - number),
        updated_at: ago(100),
        revision: Revision(1),
        origin: Origin::Launched { template: TemplateVersion::FIRST },
        address: None,
        port: None,
        reference: None,
        phase,
        phase_since: ago(5),
        protected: false,
        members: vec![id(u128::from(number) + 1_000)],
    }
}

fn running() -> DriverSight {
    DriverSight::Running { address: None, port: None, reference: None }
}

fn well(instance: &Instance) -> Seen<'_> {
    Seen { instance, driver: running(), checks: Checks::Healthy, is_drained: false, in_flight: 0 }
}

fn sick(instance: &Instance) -> Seen<'_> {
    Seen { checks: Checks::Unhealthy { why: "status 500".to_owned() }, ..well(instance) }
}

fn sight<'a>(group: &'a ScalingGroup, instances: Vec<Seen<'a>>) -> Sight<'a> {
    Sight {
        now: NOW,
        group,
        instances,
        obstacle: None,
        waiting: Waiting::default(),
        driver: DriverRight::Enabled,
        activities: Vec::new(),
    }
}

/// The next actions in words, ids left out where they are new.
fn words(sight: &Sight<'_>) -> Vec<String> {
    let mut ids = (1_u128 << 64..).map(Uuid::from_u128);
    plan(sight, &mut ids).iter().map(word).collect()
}

fn word(action: &Action) -> String {
    match action {
        Action::Launch(id) => format!("launch {}", short(*id)),
        Action::Terminate(id) => format!("terminate {}", short(*id)),
        Action::Commit(edits) => edits.iter().map(edit).collect::<Vec<_>>().join(", "),
    }
}

fn short(id: InstanceId) -> u128 {
    id.uuid().as_u128() - 100
}

fn edit(edit: &ScalingEdit) -> String {
    match edit {
        ScalingEdit::Launch { instances, .. } => format!("write down {}", instances.len()),
        ScalingEdit::Step { instance, step } => format!("{} {}", short(*instance), step_word(step)),
        ScalingEdit::SetBreaker { breaker, .. } => format!("breaker {breaker:?}"),
        ScalingEdit::CompleteHook { instance, result, .. } => {
            format!("{} hook {result}", short(*instance))
        }
        ScalingEdit::RecordActivity(new) => format!("note {}: {}", new.result.word(), new.text),
        ScalingEdit::EndActivity { result, text, .. } => format!("end {}: {text}", result.word()),
        ScalingEdit::SetDesired(set) => format!("desired {}", set.desired),
        other => panic!("the planner never makes {other:?}"),
    }
}

fn step_word(step: &InstanceStep) -> String {
    match step {
        InstanceStep::Launched { tokens, .. } => format!("launched {} hooks", tokens.len()),
        InstanceStep::Join { .. } => "join".to_owned(),
        InstanceStep::Serve => "serve".to_owned(),
        InstanceStep::Remove { cause } => format!("remove: {cause}"),
        InstanceStep::Leave { tokens } => format!("leave {} hooks", tokens.len()),
        InstanceStep::Gone => "gone".to_owned(),
    }
}

fn scaled_in() -> RemovalCause {
    RemovalCause::ScaleIn
}

/// The next action of a lone instance in its phase.
#[track_caller]
fn next(phase: Phase, alter: impl FnOnce(&mut Seen<'_>), expected: &[&str]) {
    let group = group(1);
    let removing = Phase::Removing { cause: scaled_in(), drain_until: NOW };
    let counts = phase.counts();
    let (one, other) = (instance(1, phase), instance(2, Phase::InService));
    let mut seen = well(&one);
    alter(&mut seen);
    // Where the instance itself no longer counts, another does, so that nothing is missing.
    let mut all = vec![seen];
    if !counts {
        all.push(well(&other));
    }
    assert_eq!(words(&sight(&group, all)), expected, "{removing:?}");
}

#[test]
fn an_instance_goes_from_launch_to_service_step_by_step() {
    next(Phase::Launching, |seen| seen.driver = DriverSight::Unknown, &["launch 1"]);
    next(Phase::Launching, |seen| seen.driver = DriverSight::Absent, &["launch 1"]);
    next(Phase::Launching, |_| {}, &["1 launched 0 hooks"]);
    next(Phase::Launched, |_| {}, &["1 join"]);
    next(Phase::Joining, |seen| seen.checks = Checks::Unknown, &[]);
    next(Phase::Joining, |_| {}, &["1 serve"]);
    next(Phase::Joining, |seen| seen.checks = Checks::NoPool, &["1 serve"]);
    next(Phase::InService, |_| {}, &[]);
}

#[test]
fn an_instance_leaves_when_nothing_is_in_flight_or_time_is_up_and_ends_when_its_driver_says_so() {
    let removing = |seconds: u64| Phase::Removing {
        cause: scaled_in(),
        drain_until: Timestamp(NOW.0 + seconds * 1_000),
    };
    next(removing(60), |_| {}, &[]);
    next(removing(60), |seen| seen.is_drained = true, &["1 leave 0 hooks"]);
    next(removing(0), |_| {}, &["1 leave 0 hooks"]);
    next(
        removing(60),
        |seen| seen.driver = DriverSight::Ended { why: "exit 1".to_owned() },
        &["1 leave 0 hooks"],
    );
    let terminating = || Phase::Terminating { cause: scaled_in() };
    next(terminating(), |_| {}, &["terminate 1"]);
    next(terminating(), |seen| seen.driver = DriverSight::Unknown, &["terminate 1"]);
    next(terminating(), |seen| seen.driver = DriverSight::Absent, &["terminate 1"]);
    next(terminating(), |seen| seen.driver = DriverSight::Terminated, &["1 gone"]);
}

#[test]
fn what_a_person_attached_is_let_go_and_never_terminated() {
    let group = group(1);
    let mut own = instance(1, Phase::Terminating { cause: RemovalCause::Requested });
    own.origin = Origin::Attached { name: None };
    let other = instance(2, Phase::InService);
    assert_eq!(words(&sight(&group, vec![well(&own), well(&other)])), ["1 gone"]);
}

#[test]
fn a_launch_that_can_not_succeed_is_given_up_and_counted() {
    let one = "breaker Closed { failures: 1 }";
    let gone = |why: &str| {
        format!("1 remove: launch failed: {why}, note FAILED: a launch failed: {why}, {one}")
    };
    let missing = "write down 1".to_owned();
    let cases: Vec<(Phase, DriverSight, Checks, u64, String)> = vec![
        (
            Phase::Launching,
            DriverSight::Hopeless { why: "no such file".to_owned() },
            Checks::NoPool,
            1,
            gone("no such file"),
        ),
        (
            Phase::Launching,
            DriverSight::Ended { why: "exit 1".to_owned() },
            Checks::NoPool,
            1,
            gone("it ended before it served: exit 1"),
        ),
        (
            Phase::Launching,
            DriverSight::Starting,
            Checks::NoPool,
            301,
            gone("its driver did not have it running within 300 s"),
        ),
        (
            Phase::Joining,
            DriverSight::Absent,
            Checks::Unknown,
            1,
            gone("its driver no longer knows it"),
        ),
        (
            Phase::Joining,
            running(),
            Checks::Unknown,
            61,
            gone("it was not seen healthy within 60 s"),
        ),
        (
            Phase::Joining,
            running(),
            Checks::Unhealthy { why: "refused".to_owned() },
            61,
            gone("it did not become healthy within 60 s: refused"),
        ),
    ];
    for (phase, driver, checks, seconds, expected) in cases {
        let group = group(1);
        let mut instance = instance(1, phase);
        instance.phase_since = ago(seconds);
        let seen = Seen { driver, checks, ..well(&instance) };
        let got = words(&sight(&group, vec![seen]));
        assert_eq!(got, [expected], "what is removed still counts in this look: {missing}");
    }
}

#[test]
fn a_breaker_rests_ever_longer_and_then_tries_a_single_instance() {
    let failing = |failures| {
        let mut group = group(5);
        group.breaker = Breaker::Closed { failures };
        let one = instance(1, Phase::Joining);
        let ended = Seen { driver: DriverSight::Ended { why: "exit 1".to_owned() }, ..well(&one) };
        let actions = words(&sight(&group, vec![ended]));
        actions[0].split("breaker ").nth(1).unwrap().to_owned()
    };
    let open = |failures: u32, seconds: u64| {
        format!("Open {{ failures: {failures}, until: {:?} }}", Timestamp(NOW.0 + seconds * 1_000))
    };
    assert_eq!(failing(1), "Closed { failures: 2 }");
    assert_eq!(failing(2), open(3, 10));
    assert_eq!(failing(3), open(4, 20));
    assert_eq!(failing(30), open(31, 900));

    let mut group = group(5);
    let until = Timestamp(NOW.0 + 10_000);
    group.breaker = Breaker::Open { failures: 3, until };
    assert_eq!(
        words(&sight(&group, Vec::new())),
        [format!(
            "note NOT_SCALED: too many launches failed in a row; one more is tried at {until}"
        )]
    );
    group.breaker = Breaker::Open { failures: 3, until: NOW };
    assert_eq!(words(&sight(&group, Vec::new())), ["write down 1"]);
    let trying = instance(1, Phase::Joining);
    let unknown = Seen { checks: Checks::Unknown, ..well(&trying) };
    assert_eq!(words(&sight(&group, vec![unknown])), Vec::<String>::new());
    assert_eq!(
        words(&sight(&group, vec![well(&trying)])),
        ["1 serve, breaker Closed { failures: 0 }"]
    );
}

#[test]
fn missing_instances_are_written_down_at_most_fifty_on_their_way() {
    assert_eq!(words(&sight(&group(3), Vec::new())), ["write down 3"]);
    let mut large = group(9);
    large.settings.max = count(200);
    large.desired = count(200);
    assert_eq!(words(&sight(&large, Vec::new())), ["write down 50"]);
}

#[test]
fn why_nothing_is_launched_is_said_once() {
    let mut suspended = group(1);
    suspended.suspended.insert(ScalingProcess::ScaleOut);
    let mut bare = group(1);
    bare.templates.clear();
    for (group, expected) in [
        (suspended, "note NOT_SCALED: SCALE_OUT is suspended"),
        (bare, "note NOT_SCALED: the group has no launch template"),
    ] {
        let mut looked = sight(&group, Vec::new());
        assert_eq!(words(&looked), [expected]);
        let Action::Commit(edits) = &plan(&looked, &mut (1_u128..).map(Uuid::from_u128))[0] else {
            panic!()
        };
        let ScalingEdit::RecordActivity(new) = &edits[0] else { panic!() };
        let known = Activity {
            id: new.id,
            group: new.group,
            revision: Revision(2),
            cause: new.cause.clone(),
            before: group.desired,
            after: new.after,
            instance: None,
            evidence: Vec::new(),
            result: new.result.clone(),
            text: new.text.clone(),
            started_at: NOW,
            ended_at: Some(NOW),
        };
        looked.activities = vec![&known];
        assert_eq!(words(&looked), Vec::<String>::new());
    }
}

#[test]
fn an_attachment_that_no_longer_holds_keeps_launches_back_with_its_code() {
    let group = group(1);
    let fault = AttachmentFault::NoListener { load_balancer: name("web") };
    let blocked = Sight { obstacle: Some(fault.clone()), ..sight(&group, Vec::new()) };
    let actions = plan(&blocked, &mut (1_u128..).map(Uuid::from_u128));
    let Action::Commit(edits) = &actions[0] else { panic!("{actions:?}") };
    let ScalingEdit::RecordActivity(new) = &edits[0] else { panic!("{edits:?}") };
    assert_eq!(new.result, ActivityResult::Rejected { code: AttachmentCode::NoListener });
    let waiting = instance(1, Phase::Launched);
    let stuck = Sight { obstacle: Some(fault), ..sight(&group, vec![well(&waiting)]) };
    assert!(words(&stuck)[0].starts_with("1 remove: launch failed: it can't join its pools: "));
}

#[test]
fn a_driver_that_the_operator_took_away_launches_nothing_and_ends_nothing() {
    let group = group(2);
    let running = instance(1, Phase::InService);
    let refused = Sight { driver: DriverRight::NotEnabled, ..sight(&group, vec![well(&running)]) };
    let actions = plan(&refused, &mut (1_u128..).map(Uuid::from_u128));
    assert_eq!(actions.len(), 1, "{actions:?}");
    let Action::Commit(edits) = &actions[0] else { panic!("{actions:?}") };
    let ScalingEdit::RecordActivity(new) = &edits[0] else { panic!("{edits:?}") };
    let why = NotScaled::DriverNotEnabled;
    assert_eq!(new.result, ActivityResult::NotScaled { why });
}

#[test]
fn a_broken_instance_is_replaced_and_a_protected_one_is_not() {
    let group = group(3);
    let mut all = [1, 2, 3].map(|number| instance(number, Phase::InService));
    let why = "status 500";
    assert_eq!(
        words(&sight(&group, vec![well(&all[0]), sick(&all[1]), well(&all[2])])),
        [format!("2 remove: unhealthy: {why}, note SUCCESSFUL: replacing an instance: {why}")]
    );
    all[1].protected = true;
    assert_eq!(
        words(&sight(&group, vec![well(&all[0]), sick(&all[1]), well(&all[2])])),
        Vec::<String>::new()
    );
}

#[test]
fn when_most_fail_their_checks_one_is_replaced_and_the_next_waits_for_it() {
    let group = group(4);
    let all = [1, 2, 3, 4].map(|number| instance(number, Phase::InService));
    let removed = |actions: Vec<String>| {
        actions.iter().filter(|action| action.contains("remove: unhealthy")).count()
    };
    let failing = sight(&group, all.iter().map(sick).collect());
    assert_eq!(removed(words(&failing)), 1);
    let replacement = instance(5, Phase::Joining);
    let mut during: Vec<Seen<'_>> = all.iter().skip(1).map(sick).collect();
    during.push(Seen { checks: Checks::Unknown, ..well(&replacement) });
    assert_eq!(removed(words(&sight(&group, during))), 0);
}

#[test]
fn instances_whose_driver_says_that_they_ended_are_all_replaced() {
    let group = group(3);
    let all = [1, 2, 3].map(|number| instance(number, Phase::InService));
    let ended = |instance| Seen {
        driver: DriverSight::Ended { why: "killed".to_owned() },
        ..well(instance)
    };
    assert_eq!(words(&sight(&group, all.iter().map(ended).collect())).len(), 3);
}

#[test]
fn a_driver_that_says_nothing_changes_nothing() {
    let group = group(2);
    let all = [1, 2].map(|number| instance(number, Phase::InService));
    let silent = |instance| Seen { driver: DriverSight::Unknown, ..well(instance) };
    assert_eq!(words(&sight(&group, all.iter().map(silent).collect())), Vec::<String>::new());
}

#[test]
fn a_scale_in_takes_what_does_not_serve_yet_and_then_by_policy() {
    let mut group = group(2);
    let mut all = [1, 2, 3, 4].map(|number| instance(number, Phase::InService));
    let in_flight = [5, 0, 9, 3];
    let taken = |group: &ScalingGroup, all: &[Instance]| -> Vec<String> {
        let seen = all.iter().zip(in_flight).map(|(instance, in_flight)| Seen {
            in_flight,
            checks: Checks::Unknown,
            ..well(instance)
        });
        let actions = words(&sight(group, seen.collect()));
        actions.iter().map(|action| action.split(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(taken(&group, &all), ["2", "4"]);
    let by = |policies: &[RemovalPolicy]| RemovalPolicies::new(policies.to_vec()).unwrap();
    group.settings.removal_policies = by(&[RemovalPolicy::OldestInstance]);
    assert_eq!(taken(&group, &all), ["1", "2"]);
    group.settings.removal_policies = by(&[RemovalPolicy::NewestInstance]);
    assert_eq!(taken(&group, &all), ["4", "3"]);
    all[0].origin = Origin::Launched { template: TemplateVersion(2) };
    all[1].origin = Origin::Attached { name: None };
    group.settings.removal_policies =
        by(&[RemovalPolicy::OldestTemplate, RemovalPolicy::OldestInstance]);
    assert_eq!(taken(&group, &all), ["3", "4"]);
    all[2].protected = true;
    all[3].phase = Phase::Joining;
    assert_eq!(taken(&group, &all), ["4", "1"]);
}

#[test]
fn a_hook_that_nobody_completes_ends_by_its_default() {
    let hook = LifecycleHook {
        id: id(1),
        created_at: NOW,
        updated_at: NOW,
        revision: Revision(1),
        settings: HookSettings {
            name: name("warm"),
            transition: Transition::Launch,
            heartbeat_timeout_s: HookSettings::HEARTBEAT_TIMEOUT,
            default_result: HookResult::Abandon,
            webhook: None,
        },
    };
    let wait = |since| Phase::PendingWait { hooks: vec![HookWait::begin(&hook, id(7), since)] };
    next(wait(ago(599)), |_| {}, &[]);
    next(wait(ago(600)), |_| {}, &["1 hook ABANDON"]);
    let mut with_hook = group(1);
    with_hook.hooks = vec![hook];
    let launching = instance(1, Phase::Launching);
    assert_eq!(words(&sight(&with_hook, vec![well(&launching)])), ["1 launched 1 hooks"]);
}

#[test]
fn a_group_that_is_deleted_lets_all_instances_go_and_launches_none() {
    let mut group = group(3);
    group.status = GroupStatus::Deleting;
    let (one, two) = (instance(1, Phase::InService), instance(2, Phase::Launching));
    assert_eq!(
        words(&sight(&group, vec![well(&one), well(&two)])),
        ["1 remove: scaling group deleted", "2 remove: scaling group deleted"]
    );
    assert_eq!(words(&sight(&group, Vec::new())), Vec::<String>::new());
}

#[test]
fn an_activity_ends_when_its_number_serves_and_earlier_ones_are_cancelled() {
    let group = group(1);
    let activity = |number: u128, result| Activity {
        id: id(number),
        group: group.id,
        revision: Revision(1),
        cause: Cause::Bounds,
        before: count(0),
        after: count(1),
        instance: None,
        evidence: Vec::new(),
        result,
        text: Note::new(""),
        started_at: NOW,
        ended_at: None,
    };
    let [newer, older] = [2, 1].map(|number| activity(number, ActivityResult::InProgress));
    let serving = instance(1, Phase::InService);
    let mut looked = sight(&group, vec![well(&serving)]);
    looked.activities = vec![&newer, &older];
    assert_eq!(
        words(&looked),
        ["end CANCELLED: a later change took its place", "end SUCCESSFUL: 1 instance serves"]
    );
    let over = activity(3, ActivityResult::NotScaled { why: NotScaled::AtMax });
    looked.activities = vec![&over];
    assert_eq!(words(&looked), Vec::<String>::new());
}

/// A group of none to ten that a load balancer can wake, asleep.
fn sleeping() -> ScalingGroup {
    let attachment = elbow_model::attachment::Attachment {
        id: id(1),
        created_at: ago(1_000),
        load_balancer: id(1),
        pool: id(1),
        port: None,
        weight: elbow_model::attachment::Attachment::default_weight(),
    };
    let mut group = ScalingGroup { attachments: vec![attachment], ..group(0) };
    group.settings.min = count(0);
    group
}

fn called<'a>(group: &'a ScalingGroup, instances: Vec<Seen<'a>>) -> Sight<'a> {
    Sight { waiting: Waiting { count: 3, waited_ms: 12 }, ..sight(group, instances) }
}

fn woken(sight: &Sight<'_>) -> Option<(u32, Cause, String)> {
    let mut ids = (1_u128 << 64..).map(Uuid::from_u128);
    let edits = plan(sight, &mut ids).into_iter().filter_map(|action| match action {
        Action::Commit(edits) => Some(edits),
        Action::Launch(_) | Action::Terminate(_) => None,
    });
    edits.flatten().find_map(|edit| match edit {
        ScalingEdit::SetDesired(set) => Some((set.desired.get(), set.cause, set.text.to_string())),
        _ => None,
    })
}

#[test]
fn a_request_that_waits_wakes_a_sleeping_group_once() {
    let mut group = sleeping();
    let (desired, cause, text) = woken(&called(&group, vec![])).expect("an instance");
    assert_eq!((desired, cause), (1, Cause::WaitingRequest));
    assert!(text.contains("3 requests wait, the first since 12 ms"), "{text}");
    assert_eq!(words(&sight(&group, vec![])), [""; 0], "nobody waits");
    group.desired = count(1);
    assert_eq!(woken(&called(&group, vec![])), None, "it is on its way");
}

#[test]
fn as_many_are_woken_as_a_policy_wants_for_what_waits() {
    use elbow_model::policy::{
        Behaviour, Metric, Policy, PolicySettings, ScaleIn, ScalingRule, TargetTracking,
        TolerancePercent,
    };
    use elbow_model::value::Quantity;
    let mut group = sleeping();
    let rule = TargetTracking {
        metric: Metric::InFlightPerInstance,
        target: Quantity::whole(2),
        tolerance_percent: TolerancePercent::constant::<10>(),
        scale_in: ScaleIn::Allowed,
    };
    let settings = PolicySettings {
        name: name("busy"),
        enabled: true,
        rule: ScalingRule::TargetTracking(rule),
        up: Behaviour::UP,
        down: Behaviour::DOWN,
        warm_up_s: None,
    };
    let (created_at, updated_at, revision) = (ago(1_000), ago(1_000), Revision(1));
    group.policies = vec![Policy { id: id(1), created_at, updated_at, revision, settings }];
    assert_eq!(woken(&called(&group, vec![])).map(|found| found.0), Some(2));
    let many = Waiting { count: 1_000, waited_ms: 12 };
    let crowded = Sight { waiting: many, ..sight(&group, vec![]) };
    assert_eq!(woken(&crowded).map(|found| found.0), Some(10), "its max");
}

#[test]
fn the_last_instance_that_is_about_to_leave_stays_for_a_request_that_waits() {
    let group = sleeping();
    let last = instance(1, Phase::InService);
    assert_eq!(words(&sight(&group, vec![well(&last)])).len(), 1, "too many by one");
    let called = called(&group, vec![well(&last)]);
    assert_eq!(woken(&called).map(|found| found.0), Some(1));
    let is_removed = |sight: &Sight<'_>| words(sight).iter().any(|word| word.contains("remove"));
    assert!(!is_removed(&called), "{:?}", words(&called));
    let broken = Sight { instances: vec![sick(&last)], ..called };
    assert!(is_removed(&broken), "it serves nobody: {:?}", words(&broken));
    assert_eq!(woken(&broken).map(|found| found.0), Some(1));
}

#[test]
fn a_group_that_cant_be_woken_says_why_once() {
    let mut group = sleeping();
    group.suspended = [ScalingProcess::ScaleOut].into();
    let mut ids = (1_u128 << 64..).map(Uuid::from_u128);
    let actions = plan(&called(&group, vec![]), &mut ids);
    let [Action::Commit(edits)] = actions.as_slice() else { panic!("{actions:?}") };
    let [ScalingEdit::RecordActivity(new)] = edits.as_slice() else { panic!("{edits:?}") };
    let why = NotScaled::Suspended { process: ScalingProcess::ScaleOut };
    assert_eq!(new.result, ActivityResult::NotScaled { why });
    let said = Activity {
        id: id(9),
        group: group.id,
        revision: Revision(1),
        cause: new.cause.clone(),
        before: count(0),
        after: new.after,
        instance: None,
        evidence: Vec::new(),
        result: new.result.clone(),
        text: Note::new("said"),
        started_at: ago(1),
        ended_at: Some(ago(1)),
    };
    let again = Sight { activities: vec![&said], ..called(&group, vec![]) };
    assert_eq!(words(&again), [""; 0]);
}

#[test]
fn a_breaker_whose_rest_is_over_lets_requests_wait_again() {
    let open = |until| ScalingGroup { breaker: Breaker::Open { failures: 4, until }, ..sleeping() };
    let breaker = Breaker::Closed { failures: 4 };
    let mut ids = (1_u128 << 64..).map(Uuid::from_u128);
    let over = open(ago(1));
    let expected = Action::Commit(vec![ScalingEdit::SetBreaker { group: over.id, breaker }]);
    assert_eq!(plan(&sight(&over, vec![]), &mut ids), [expected]);
    let resting = open(NOW.after(Duration::from_secs(1)));
    assert_eq!(plan(&sight(&resting, vec![]), &mut ids), []);
}
