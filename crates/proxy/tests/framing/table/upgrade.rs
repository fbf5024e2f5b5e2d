//! Upgrades: a tunnel only after a valid 101 to a request that asked for it, `h2c` never, and not
//! a byte of the client's before.

use crate::framing::case::{
    Act, Case, Deed, End, Script, Upstream, When, answered, case, distrusted, forwarded, get, post,
    say, say_and_close, script,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = tunnels();
    cases.extend(not_asked());
    cases.extend(refused_by_origin());
    cases.extend(h2c());
    cases
}

const ASK: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
const SWITCH: &str =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

fn switching(answer: &str) -> Script {
    script(When::AfterRequest, &[Deed::Say(answer.into()), Deed::Echo])
}

fn tunnels() -> Vec<Case> {
    let asked = |name: &str, bytes: Vec<u8>| {
        case(&format!("upgrade: {name}"), "9110 7.8", bytes)
            .origin(switching(SWITCH))
            .seen(&["GET /x a"])
            .got(&["101"])
    };
    vec![
        asked("a tunnel", get(ASK)).act(Act::Await).send("hello").end(End::Tunnel("hello")).seen_with(&["Upgrade: websocket", "Connection: upgrade"]).got_with(&["Upgrade: websocket", "Connection: upgrade"]),
        asked("what looks like requests is only bytes", get(ASK)).act(Act::Await).send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n").end(End::Tunnel("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")),
        asked("bytes right behind the request wait for 101", [get(ASK), b"hello".to_vec()].concat()).end(End::Tunnel("hello")),
        asked("a request right behind waits for 101", [get(ASK), get("")].concat()).end(End::Tunnel("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")),
        asked("in odd case", get("cOnNeCtIoN: keep-alive, UPGRADE\r\nuPgRaDe: WebSocket\r\n")).act(Act::Await).send("hello").end(End::Tunnel("hello")),
        case("upgrade: bytes right behind 101", "9110 7.8", get(ASK)).origin(switching(&(SWITCH.to_owned() + "hello"))).seen(&["GET /x a"]).got(&["101"]).end(End::Tunnel("hello")),
        case("upgrade: 101 with a body's length", "9110 8.6", get(ASK)).origin(switching("HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello")).seen(&["GET /x a"]).got(&["101"]).got_without(&["Content-Length"]).end(End::Tunnel("hello")),
        case("upgrade: an interim response first", "9110 15.2", get(ASK)).origin(switching(&("HTTP/1.1 103 X\r\n\r\n".to_owned() + SWITCH))).act(Act::Await).act(Act::Await).act(Act::Send(b"hello".to_vec())).seen(&["GET /x a"]).got(&["103", "101"]).end(End::Tunnel("hello")),
        asked("several lines of protocols", get("Connection: upgrade\r\nUpgrade: foo\r\nUpgrade: websocket\r\n")).act(Act::Await).send("hello").end(End::Tunnel("hello")),
    ]
}

/// A member that switches on its own would turn later requests into its bytes.
fn not_asked() -> Vec<Case> {
    let unasked = |name: &str, bytes: Vec<u8>, answer: &str| {
        case(&format!("upgrade: {name}"), "9110 7.8", bytes)
            .origin(switching(answer))
            .seen(&["GET /x a"])
            .got(&["502"])
            .upstream(Upstream::Spent)
    };
    vec![
        unasked("101 that nobody asked for", get(""), SWITCH),
        unasked("101 to Connection alone", get("Connection: upgrade\r\n"), SWITCH),
        unasked("101 to Upgrade alone", get("Upgrade: websocket\r\n"), SWITCH),
        unasked("101 without Upgrade", get(ASK), "HTTP/1.1 101 X\r\nConnection: upgrade\r\n\r\n"),
        unasked("101 without Connection", get(ASK), "HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n"),
        unasked(
            "101 to another protocol",
            get(ASK),
            "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
        ),
        unasked(
            "101 to two protocols",
            get(ASK),
            "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket, foo\r\n\r\n",
        ),
        unasked(
            "101 to an empty protocol",
            get(ASK),
            "HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade:\r\n\r\n",
        ),
        unasked(
            "101 to a pipelined pair",
            [get(""), get("Connection: close\r\n")].concat(),
            SWITCH,
        )
        .seen(&["GET /x a", "GET /x a"])
        .got(&["502", "200 /x"])
        .end(End::Closed)
        .upstream(Upstream::Any),
        case(
            "upgrade: 101 to HTTP/1.0",
            "9110 7.8",
            "GET /x HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        )
        .origin(switching(SWITCH))
        .seen(&["GET /x a"])
        .got(&["502"])
        .end(End::Closed),
        case(
            "upgrade: 101 to HEAD that asked nothing",
            "9110 7.8",
            "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n",
        )
        .origin(switching(SWITCH))
        .seen(&["HEAD /x a"])
        .got(&["HEAD 502"]),
        case(
            "upgrade: 101 before the request's body is whole",
            "9110 7.8",
            post(&format!("{ASK}Content-Length: 9\r\n"), "hello"),
        )
        .origin(script(When::AfterHead, &[Deed::Say(SWITCH.into()), Deed::Echo]))
        .got(&["502"])
        .end(End::Closed),
        distrusted(
            "upgrade: 101 with broken fields",
            "9112 5.1",
            "HTTP/1.1 101 X\r\nConnection : upgrade\r\nUpgrade: websocket\r\n\r\n",
        ),
    ]
}

fn refused_by_origin() -> Vec<Case> {
    let no = "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno";
    let next = |status: &str| {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nno");
        let status = status.split(' ').next().expect("a status");
        case(
            &format!("upgrade: refused with {status}, then a pipelined request"),
            "9110 7.8",
            [get(ASK), post("Content-Length: 5\r\n", "hello")].concat(),
        )
        .origin(say(answer))
        .seen(&["GET /x a", "POST /x a hello"])
        .got(&[&format!("{status} no"), "200 /x"])
    };
    vec![
        next("200 OK"),
        next("400 Bad Request"),
        next("403 Forbidden"),
        next("426 Upgrade Required"),
        next("500 Oops"),
        case("upgrade: refused, the connection is not pooled", "9110 7.8", get(ASK)).origin(say(no)).seen(&["GET /x a"]).got(&["400 no"]).upstream(Upstream::Spent),
        case("upgrade: refused, and 101 behind it", "9112 9.2", get(ASK)).origin(say(no.to_owned() + SWITCH)).seen(&["GET /x a"]).got(&["400 no"]).upstream(Upstream::Spent),
        case("upgrade: the origin ends instead", "9110 7.8", get(ASK)).origin(say_and_close("")).seen(&["GET /x a"]).got(&["502"]),
        answered("upgrade: 426 without asking", "9110 15.5.22", "HTTP/1.1 426 Upgrade Required\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nno").got(&["426 no"]),
    ]
}

fn h2c() -> Vec<Case> {
    let plain =
        |name: &str, lines: &str| {
            forwarded(&format!("h2c: {name}"), "9113 3.1", get(lines), &["GET /x a"])
                .seen_without(&["Upgrade", "HTTP2-Settings", "Connection"])
        };
    vec![
        plain("as the old RFC has it", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"),
        plain("without settings", "Connection: Upgrade\r\nUpgrade: h2c\r\n"),
        plain("in odd case", "Connection: upgrade\r\nUpgrade: H2C\r\n"),
        plain("with a version", "Connection: upgrade\r\nUpgrade: h2c/2.0\r\n"),
        plain("h2", "Connection: upgrade\r\nUpgrade: h2\r\n"),
        plain("HTTP/2.0", "Connection: upgrade\r\nUpgrade: HTTP/2.0\r\n"),
        plain("behind websocket", "Connection: upgrade\r\nUpgrade: websocket, h2c\r\n"),
        plain("before websocket", "Connection: upgrade\r\nUpgrade: h2c, websocket\r\n"),
        plain("in a second line", "Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n"),
        plain("not nominated", "Upgrade: h2c\r\n"),
        case("h2c: the origin switches all the same", "9113 3.1", get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"))
            .origin(switching("HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n")).seen(&["GET /x a"]).got(&["502"]).upstream(Upstream::Spent),
    ]
}
