//! Listeners.

use super::fixture::*;
use crate::change::{Edit, NewListener};
use crate::listener::{InsertedHeader, ListenerSettings, Protocol};
use crate::value::{HeaderName, HeaderText};

#[test]
fn a_taken_port_is_named_before_a_taken_name_that_is_made_of_it() {
    let again = |s: &mut ListenerSettings| (s.name, s.port) = (name("http-80"), port(80));
    all_refused(vec![(add(again), Some("port"), "port 80 of")]);
}

type Alter = fn(&mut ListenerSettings);

fn add(alter: impl FnOnce(&mut ListenerSettings)) -> Edit {
    let mut new = listener(9, Protocol::Http, 8080);
    alter(&mut new.settings);
    Edit::AddListener { load_balancer: id(1), listener: new }
}

fn edit(alter: impl FnOnce(&mut ListenerSettings)) -> Edit {
    let mut settings = listener(1, Protocol::Http, 80).settings;
    alter(&mut settings);
    Edit::EditListener { id: id(1), settings }
}

fn header(field: &str) -> InsertedHeader {
    InsertedHeader {
        name: HeaderName::new(field).unwrap(),
        value: HeaderText::new("value").unwrap(),
    }
}

#[test]
fn bad_settings_are_refused_in_add_and_edit() {
    let wide = || vec!["10.0.0.0/8".parse().unwrap(); ListenerSettings::MAX_CIDRS + 1];
    let many = || (0..33).map(|n| header(&format!("x-{n}"))).collect();
    let both: [(Alter, &str, &str); 7] = [
        (|s| s.pool = Some(id(3)), "pool", "there is default, api"),
        (|s| s.name = name("tcp-90"), "name", "listener `tcp-90` exists"),
        (|s| s.proxy_protocol = true, "proxy_protocol", "name them in `trusted_proxies`"),
        (|s| s.insert_headers = vec![header("Host")], "insert_headers[0].name", "`host`"),
        (|s| s.insert_headers = vec![header("TE")], "insert_headers[0].name", "own to write"),
        (
            |s| s.insert_headers = vec![header("x-a"), header("X-Forwarded-For")],
            "insert_headers[1].name",
            "own to write",
        ),
        (
            |s| s.insert_headers = vec![header("x-a"), header("X-A")],
            "insert_headers[1].name",
            "inserted twice",
        ),
    ];
    for (alter, field, text) in both {
        all_refused(vec![(add(alter), Some(field), text), (edit(alter), Some(field), text)]);
    }
    all_refused(vec![
        (edit(|s| s.trusted_proxies = wide()), Some("trusted_proxies"), "at most 256"),
        (add(|s| s.allowed_cidrs = wide()), Some("allowed_cidrs"), "this one has 257"),
        (add(|s| s.insert_headers = many()), Some("insert_headers"), "at most 32"),
        (add(|s| s.protocol = Protocol::Https), Some("certificate"), "needs a certificate"),
        (
            add(|s| (s.protocol, s.insert_headers) = (Protocol::Tcp, vec![header("x-a")])),
            Some("insert_headers"),
            "TCP",
        ),
    ]);
}

#[test]
fn good_settings_are_taken() {
    let nets = || vec!["10.0.0.0/8".parse().unwrap(); ListenerSettings::MAX_CIDRS];
    all_taken(vec![
        add(|_| {}),
        add(|s| (s.proxy_protocol, s.trusted_proxies) = (true, nets())),
        add(|s| s.insert_headers = vec![header("x-a"), header("x-b")]),
        add(|s| s.protocol = Protocol::Tcp),
        edit(|_| {}),
        edit(|s| s.pool = Some(id(2))),
        edit(|s| s.name = name("front")),
        Edit::DeleteListener { id: id(1) },
    ]);
}

#[test]
fn a_port_has_one_listener() {
    let taken = |load_balancer, port| Edit::AddListener {
        load_balancer: id(load_balancer),
        listener: listener(9, Protocol::Tcp, port),
    };
    all_refused(vec![(taken(1, 80), Some("port"), "listener `http-80` of load balancer `web`")]);
    // Another load balancer has an address of its own.
    all_taken(vec![taken(2, 90)]);
    let world = with(&base(), Edit::DeleteListener { id: id(1) });
    with(&world, taken(1, 80));
}

#[test]
fn ids_are_used_once() {
    let again = NewListener { id: id(3), ..listener(3, Protocol::Http, 8080) };
    let edit = Edit::AddListener { load_balancer: id(1), listener: again };
    all_refused(vec![(edit, Some("id"), "there is a listener with id")]);
}

#[test]
fn protocol_and_port_stay() {
    all_refused(vec![
        (edit(|s| s.port = port(81)), Some("port"), "add a listener on the other port"),
        (edit(|s| s.protocol = Protocol::Tcp), Some("protocol"), "fixed at creation"),
    ]);
}

#[test]
fn a_listener_that_members_lead_to_is_refused() {
    let add_member = Edit::AddMembers { pool: id(1), members: vec![member(9, "127.77.0.1:8080")] };
    let world = with(&base(), add_member);
    let refused = refusal(&world, add(|_| {}));
    assert_eq!(refused.field(), Some("port"));
    assert!(refused.to_string().contains("127.77.0.1:8080 would lead back"), "{refused}");
    let overridden = refusal(&world, edit(|s| s.member_port = Some(port(90))));
    assert_eq!(overridden.field(), Some("member_port"));
    with(&world, edit(|s| s.member_port = Some(port(8080))));
}

#[test]
fn what_is_missing_is_not_found() {
    let settings = listener(1, Protocol::Http, 80).settings;
    all_refused(vec![
        (Edit::EditListener { id: id(7), settings }, None, "there is no listener"),
        (Edit::DeleteListener { id: id(7) }, None, "there is no listener"),
        (
            Edit::AddListener { load_balancer: id(7), listener: listener(9, Protocol::Tcp, 1) },
            None,
            "there is no load balancer",
        ),
    ]);
}
