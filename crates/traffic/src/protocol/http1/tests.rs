//! The exchange as a machine: requests and responses as tables, no socket in sight.

use super::*;
use crate::http1::request::field_space;

const VIA: &str = "elbow";

fn begin(request: &str) -> Exchange {
    let mut space = field_space();
    match RequestHead::parse(request.as_bytes(), &mut space) {
        Ok(Parsed::Head(head)) => Exchange::begin(&head),
        other => panic!("{request:?} is {other:?}"),
    }
}

/// Feeds a member's bytes, cut into pieces of `step`, and its end; what the client got and how
/// it went.
fn answer(exchange: &mut Exchange, response: &str, step: usize) -> (String, Result<(), Fault>) {
    let (mut pending, mut client) = (Vec::new(), Vec::new());
    for piece in response.as_bytes().chunks(step) {
        pending.extend_from_slice(piece);
        if let Err(fault) = feed(exchange, &mut pending, &mut client) {
            return (String::from_utf8_lossy(&client).into_owned(), Err(fault));
        }
    }
    let result = exchange.member_ended(Ended::Orderly, &mut client);
    (String::from_utf8_lossy(&client).into_owned(), result)
}

fn feed(exchange: &mut Exchange, pending: &mut Vec<u8>, client: &mut Vec<u8>) -> Result<(), Fault> {
    while exchange.awaits_head() {
        match exchange.read_head(pending, VIA, None, client)? {
            HeadStep::Partial => return Ok(()),
            HeadStep::Interim(length) | HeadStep::Final(length) | HeadStep::Tunnel(length) => {
                pending.drain(..length);
            }
        }
    }
    let progress = exchange.read_body(pending)?;
    exchange.write_body_prefix(progress.data.len(), client);
    client.extend_from_slice(&pending[progress.data.clone()]);
    exchange.write_body_suffix(&progress, client);
    pending.drain(..progress.consumed);
    Ok(())
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn responses_reach_the_client_whole_under_any_split() {
    let via = "Via: 1.1 elbow\r\n";
    for (request, response, expected, reuse) in [
        (
            GET,
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n@\r\nabc",
            Reuse::Reusable,
        ),
        (
            GET,
            "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 204 No Content\r\n@\r\n",
            Reuse::Reusable,
        ),
        (
            "GET / HTTP/1.0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
             2\r\nab\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n@Connection: close\r\n\r\nab",
            Reuse::Reusable,
        ),
        (
            "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n@\r\n",
            Reuse::Reusable,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
            "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 401 No\r\nContent-Length: 0\r\n@Connection: close\r\n\r\n",
            Reuse::Spent,
        ),
        (
            GET,
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n@\r\na",
            Reuse::Spent,
        ),
    ] {
        for step in 1..=response.len() {
            let mut exchange = begin(request);
            let (client, result) = answer(&mut exchange, response, step);
            assert_eq!(result, Ok(()), "{response:?}");
            assert_eq!(exchange.response_is_done(), Some(reuse), "{response:?}");
            if step == response.len() {
                assert_eq!(client, expected.replace('@', via));
            }
        }
    }
}

#[test]
fn a_cut_or_broken_response_is_a_fault_of_the_member() {
    for (response, kind) in [
        ("", FaultKind::ClosedBeforeResponse),
        ("HTTP/1.1 200 OK\r\nConte", FaultKind::ClosedBeforeResponse),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", FaultKind::Truncated),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", FaultKind::Truncated),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", FaultKind::Truncated),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab",
            FaultKind::BadResponse("a chunk does not end in CRLF"),
        ),
    ] {
        let (_, result) = answer(&mut begin(GET), response, response.len().max(1));
        assert_eq!(result.map_err(|fault| fault.kind), Err(kind), "{response:?}");
    }
}

#[test]
fn only_what_may_be_repeated_is_safe_to_try_again() {
    for (method, retry) in [
        ("GET", Retry::Safe),
        ("HEAD", Retry::Safe),
        ("PUT", Retry::Safe),
        ("DELETE", Retry::Safe),
        ("POST", Retry::Unsafe),
        ("PATCH", Retry::Unsafe),
        ("get", Retry::Unsafe),
    ] {
        let mut exchange = begin(&format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n"));
        let fault = exchange.member_ended(Ended::Broken, &mut Vec::new()).expect_err("no response");
        assert_eq!(fault.retry, retry, "{method}");
    }
    let mut hinted = begin(GET);
    let (_, result) = answer(&mut hinted, "HTTP/1.1 103 Early Hints\r\n\r\n", 99);
    assert_eq!(result.expect_err("no response").retry, Retry::Unsafe);
}

#[test]
fn a_reset_is_no_end_of_a_body_without_length() {
    for (ended, is_whole) in [(Ended::Orderly, true), (Ended::Broken, false)] {
        let mut exchange = begin(GET);
        let (mut pending, mut client) = (b"HTTP/1.1 200 OK\r\n\r\nab".to_vec(), Vec::new());
        feed(&mut exchange, &mut pending, &mut client).expect("so far so good");
        assert_eq!(exchange.member_ended(ended, &mut client).is_ok(), is_whole);
        assert_eq!(client.ends_with(b"0\r\n\r\n"), is_whole);
    }
}

#[test]
fn interim_responses_are_counted() {
    let many = "HTTP/1.1 102 Processing\r\n\r\n".repeat(9);
    let (_, result) = answer(&mut begin(GET), &many, many.len());
    let fault = result.expect_err("too many");
    assert_eq!(fault.kind, FaultKind::BadResponse("too many interim responses"));
}

#[test]
fn a_tunnel_opens_only_as_asked() {
    let asked = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    let switch =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
    for (request, response, opens) in [
        (asked, switch, true),
        (GET, switch, false),
        (
            asked,
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n",
            false,
        ),
        (asked, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", false),
        (asked, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\n", false),
    ] {
        let step = begin(request).read_head(response.as_bytes(), VIA, None, &mut Vec::new());
        assert_eq!(step == Ok(HeadStep::Tunnel(response.len())), opens, "{request:?} {response:?}");
        assert_eq!(step.is_err(), !opens);
    }
}
