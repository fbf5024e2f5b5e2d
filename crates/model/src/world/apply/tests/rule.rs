//! Rules of listeners.

use super::fixture::*;
use crate::change::Edit;
use crate::rule::{
    Condition, ForwardTarget, Priority, Redirect, RedirectStatus, RuleAction, RuleSettings, Scheme,
};
use crate::value::Weight;

fn add(alter: impl FnOnce(&mut RuleSettings)) -> Edit {
    let mut new = rule(9, 20, 1);
    alter(&mut new.settings);
    Edit::AddRule { listener: id(1), rule: new }
}

fn edit(alter: impl FnOnce(&mut RuleSettings)) -> Edit {
    let mut settings = rule(1, 10, 2).settings;
    alter(&mut settings);
    Edit::EditRule { id: id(1), settings }
}

fn forward(to: &[(u128, i64)]) -> RuleAction {
    let target =
        |&(pool, weight)| ForwardTarget { pool: id(pool), weight: Weight::new(weight).unwrap() };
    RuleAction::Forward(to.iter().map(target).collect())
}

fn redirect(scheme: Option<Scheme>) -> RuleAction {
    let status = RedirectStatus::new(301).unwrap();
    RuleAction::Redirect(Redirect { status, scheme, host: None, port: None, path: None })
}

#[test]
fn bad_actions_are_refused() {
    let cases: [(RuleAction, &str, &str); 6] = [
        (forward(&[]), "action.forward", "1 to 16 pools, not 0"),
        (forward(&[(1, 1); 17]), "action.forward", "not 17"),
        (forward(&[(1, 0), (2, 0)]), "action.forward", "every weight is 0"),
        (forward(&[(1, 1), (3, 1)]), "action.forward[1].pool", "there is default, api"),
        (forward(&[(1, 1), (1, 2)]), "action.forward[1].pool", "named twice"),
        (redirect(None), "action.redirect", "give scheme, host, port or path"),
    ];
    for (action, field, text) in cases {
        let alter = |s: &mut RuleSettings| s.action = action.clone();
        all_refused(vec![(add(alter), Some(field), text), (edit(alter), Some(field), text)]);
    }
}

#[test]
fn good_rules_are_taken() {
    all_taken(vec![
        add(|_| {}),
        add(|s| s.action = forward(&[(1, 1), (2, 0)])),
        add(|s| s.action = redirect(Some(Scheme::Https))),
        edit(|_| {}),
        edit(|s| s.priority = Priority::new(1).unwrap()),
        Edit::DeleteRule { id: id(1) },
    ]);
}

#[test]
fn priorities_and_names_are_unique_in_their_listener() {
    let called = |s: &mut RuleSettings| s.name = Some(name("api"));
    let world = with(&base(), edit(called));
    let refused = refusal(&world, add(called));
    assert_eq!((refused.field(), refused.to_string().contains("`api`")), (Some("name"), true));
    with(&world, edit(called));
    all_refused(vec![(
        add(|s| s.priority = Priority::new(10).unwrap()),
        Some("priority"),
        "priority 10 is taken by another rule of listener `http-80`",
    )]);
}

#[test]
fn rules_stand_in_the_order_of_their_priorities() {
    let world = with(&base(), add(|s| s.priority = Priority::new(5).unwrap()));
    let order = |world: &crate::world::World| -> Vec<u32> {
        let listener = world.of_listener(id(1)).unwrap().listener(id(1)).unwrap().clone();
        listener.rules.iter().map(|rule| rule.settings.priority.get()).collect()
    };
    assert_eq!(order(&world), [5, 10]);
    let world = with(&world, edit(|s| s.priority = Priority::new(1).unwrap()));
    assert_eq!(order(&world), [1, 5]);
}

#[test]
fn rules_of_tcp_listeners_ask_for_a_server_name_alone_and_only_forward() {
    let on_tcp = |condition: Condition, action| {
        let mut new = rule(9, 20, 1);
        (new.settings.condition, new.settings.action) = (condition, action);
        Edit::AddRule { listener: id(2), rule: new }
    };
    let to_1 = || forward(&[(1, 1)]);
    let named =
        |name: &str| Condition { server_name: Some(name.parse().unwrap()), ..Condition::default() };
    let both = || Condition { server_name: named("a.example").server_name, ..every_path() };
    all_taken(vec![on_tcp(named("a.example"), to_1()), on_tcp(named("*.example"), to_1())]);
    all_refused(vec![
        (on_tcp(every_path(), to_1()), Some("match"), "need a `server_name`"),
        (on_tcp(Condition::default(), to_1()), Some("match"), "need a `server_name`"),
        (on_tcp(both(), to_1()), Some("match"), "match `server_name` alone"),
        (on_tcp(named("10.0.0.1"), to_1()), Some("match.server_name"), "never for an address"),
        (on_tcp(named("a"), redirect(Some(Scheme::Https))), Some("action"), "only `forward`"),
        (add(|s| s.condition = named("a")), Some("match.server_name"), "match `host` instead"),
    ]);
    let mut tcp = listener(9, crate::listener::Protocol::Tcp, 91);
    tcp.rules = vec![rule(9, 20, 1)];
    let edit = Edit::AddListener { load_balancer: id(1), listener: tcp };
    all_refused(vec![(edit, Some("rules[0].match"), "listener `tcp-91` speaks TCP")]);
}

#[test]
fn a_rule_asks_for_something() {
    let empty = |s: &mut RuleSettings| s.condition = Condition::default();
    all_refused(vec![
        (add(empty), Some("match"), "at least one condition"),
        (edit(empty), Some("match"), "at least one condition"),
    ]);
}

#[test]
fn what_is_missing_is_not_found() {
    all_refused(vec![
        (Edit::AddRule { listener: id(7), rule: rule(9, 1, 1) }, None, "no listener"),
        (Edit::EditRule { id: id(7), settings: rule(9, 1, 1).settings }, None, "no rule"),
        (Edit::DeleteRule { id: id(7) }, None, "no rule"),
        (Edit::AddRule { listener: id(1), rule: rule(1, 1, 1) }, Some("id"), "already"),
    ]);
}

#[test]
fn all_rules_of_a_load_balancer_fit_into_one_message() {
    use crate::load_balancer::LoadBalancer;
    use crate::rule::{Respond, ResponseBody, ResponseStatus};
    let answer = |s: &mut RuleSettings| {
        s.action = RuleAction::Respond(Respond {
            status: ResponseStatus::new(200).unwrap(),
            content_type: crate::value::HeaderText::new("text/plain").unwrap(),
            body: ResponseBody::new("a".repeat(ResponseBody::MAX_BYTES)).unwrap(),
        });
    };
    let on = |number: u128, rules: u128, large: bool| {
        let mut new = listener(number, crate::listener::Protocol::Http, 1_000 + number as i64);
        for priority in 1..=rules {
            let mut rule = rule(number * 1_000 + priority, priority as i64, 1);
            if large {
                answer(&mut rule.settings);
            }
            new.rules.push(rule);
        }
        Edit::AddListener { load_balancer: id(1), listener: new }
    };
    let most = LoadBalancer::MAX_RULES;
    let mut world = base();
    for number in 10..10 + u128::from(most) / 256 - 1 {
        world = with(&world, on(number, 256, false));
    }
    let refused = refusal(&world, on(50, 256, false));
    assert!(refused.to_string().contains("2048 rules in one load balancer"), "{refused}");
    with(&world, on(50, 255, false));

    let full = with(&base(), on(50, 64, true));
    let refused = refusal(&full, edit(answer));
    assert!(refused.to_string().contains("1048576 bytes of fixed answers"), "{refused}");
    assert!(matches!(
        refusal(&full, add(answer)),
        crate::rejection::Rejection::QuotaExceeded { .. }
    ));
    with(&full, add(|_| {}));
}
