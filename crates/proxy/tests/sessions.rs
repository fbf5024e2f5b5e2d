//! Clients keep their member by a cookie of the application, whichever worker they come back to.

mod support;

use elbow_model::listener::Protocol;
use elbow_model::pool::{PersistenceSeconds, SessionPersistence};
use elbow_model::table::TableEntry;
use elbow_model::value::HttpToken;
use support::client::Client;
use support::origin::Origin;
use support::{Stage, member};

/// Says its name, and gives a session named after its own and the path to whoever has none.
fn application(name: &'static str) -> Origin {
    Origin::start(move |mut peer| {
        while let Some(request) = peer.read_request() {
            let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
            let cookie = match request.contains("Cookie: ") {
                true => String::new(),
                false => format!("Set-Cookie: a=1\r\nset-cookie: SID={name}{path}; Path=/\r\n"),
            };
            peer.write(&format!("HTTP/1.1 200 OK\r\n{cookie}Content-Length: 1\r\n\r\n{name}"));
        }
    })
}

fn by_application_cookie(entry: &mut TableEntry) {
    entry.pools[0].session_persistence = Some(SessionPersistence::AppCookie {
        cookie_name: HttpToken::new("SID").expect("a name"),
        timeout_s: PersistenceSeconds::new(600).expect("a time"),
    });
}

/// Who serves a client that shows a session.
fn served(client: &mut Client, session: &str) -> String {
    client.send(format!("GET / HTTP/1.1\r\nHost: a\r\nCookie: x=y; SID={session}\r\n\r\n"));
    client.response().expect("a response").body
}

#[test]
fn a_session_holds_on_every_worker() {
    let (a, b) = (application("a"), application("b"));
    let members = [a.address, b.address];
    let stage = Stage::with_workers(2, Protocol::Http, &members, by_application_cookie);
    let mut clients = stage.connect_to_both();
    for n in 0..10 {
        let giver = n % 2;
        let response = clients[giver].get(&format!("/{n}"));
        let session = format!("{}{n}", response.body);
        for round in 0..6 {
            assert_eq!(served(&mut clients[round % 2], &session), response.body, "{session}");
        }
    }
}

#[test]
fn sessions_outlive_changes_and_move_only_when_their_member_is_gone() {
    let (a, b) = (application("a"), application("b"));
    let mut stage = Stage::with(Protocol::Http, &[a.address, b.address], by_application_cookie);
    let mut client = Client::connect(stage.address);
    let home = client.get("/1").body;
    let session = format!("{home}1");
    stage.change(|entry| entry.pools[0].members.push(member(2, a.address)));
    for _ in 0..6 {
        assert_eq!(served(&mut client, &session), home);
    }
    let (gone, left) = if home == "a" { (0, 1) } else { (1, 0) };
    stage.view(&[left]);
    let moved = served(&mut client, &session);
    assert_ne!(moved, home, "member {gone} is gone");
    stage.view(&[0, 1]);
    for _ in 0..6 {
        assert_eq!(served(&mut client, &session), moved);
    }
}

#[test]
fn a_session_that_nobody_remembers_is_kept_where_it_is_served_first() {
    let (a, b) = (application("a"), application("b"));
    let members = [a.address, b.address];
    let stage = Stage::with_workers(2, Protocol::Http, &members, by_application_cookie);
    let mut clients = stage.connect_to_both();
    let first = served(&mut clients[0], "from-before-a-restart");
    for round in 0..6 {
        assert_eq!(served(&mut clients[round % 2], "from-before-a-restart"), first);
    }
}
