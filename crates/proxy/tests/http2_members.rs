//! Members that speak HTTP/2: many clients' requests on few connections, each answered to its owner.

mod support;

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;

use bytes::Bytes;
use elbow_model::listener::Protocol;
use h2::Reason;
use h2::server::Builder;
use http::{HeaderMap, Method, Response, StatusCode};
use support::client::Client;
use support::http2::{Http2Client, answer, next, request, run};
use support::http2_origin::{echo, origin, send_all, send_some, serve};
use support::origin::{Origin, Peer};
use support::{PATIENCE, Stage};

/// A listener that speaks both before members that speak HTTP/2.
fn stage(members: &[SocketAddr]) -> Stage {
    Stage::with(Protocol::Http, members, |entry| {
        entry.listeners[0].http2 = true;
        entry.pools[0].http2 = true;
    })
}

#[test]
fn requests_of_http_1_reach_a_member_on_one_connection() {
    let origin = origin(echo);
    let stage = stage(&[origin.address]);
    let mut clients: Vec<Client> = (0..5).map(|_| Client::connect(stage.address)).collect();
    for round in 0..5 {
        for client in &mut clients {
            client.send(format!(
                "POST /{round}?x=y HTTP/1.1\r\nHost: shop.example\r\nConnection: x-hop\r\n\
                 X-Hop: 1\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n\
                 5\r\nhello\r\n0\r\n\r\n"
            ));
        }
        for client in &mut clients {
            let seen = client.response().unwrap().body;
            let start = format!("POST http://shop.example/{round}?x=y HTTP/2.0\n");
            assert!(seen.starts_with(&start), "{seen}");
            assert!(seen.ends_with("\n\nhello"), "{seen}");
            assert!(seen.contains("\nx-forwarded-for: 127.0.0.1\n"), "{seen}");
            for hop in ["x-hop", "connection", "transfer-encoding", "host:"] {
                assert!(!seen.contains(&format!("\n{hop}")), "{hop} in {seen}");
            }
        }
    }
    assert_eq!(origin.connection_count(), 1);
    stage.wait_in_flight(0, 0);
}

#[test]
fn calls_stream_both_ways_and_end_with_trailers() {
    let origin = origin(|(request, mut respond)| async move {
        assert_eq!(request.headers()["te"], "trailers");
        let mut body = request.into_body();
        let mut send = respond.send_response(Response::new(()), false).unwrap();
        while let Some(data) = next(&mut body).await {
            assert!(send_some(&mut send, data.unwrap()).await);
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", "0".parse().unwrap());
        send.send_trailers(trailers).unwrap();
    });
    let stage = stage(&[origin.address]);
    run(async {
        let mut client = Http2Client::connect(stage.address).await;
        let mut call = request(Method::POST, "/service/method");
        call.headers_mut().insert("te", "trailers".parse().unwrap());
        call.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
        let (response, mut send) = client.send(call, false).await;
        let mut recv = response.await.unwrap().into_body();
        for word in [b"one", b"two", b"six"] {
            send.send_data(Bytes::from_static(word), false).unwrap();
            assert_eq!(next(&mut recv).await.unwrap().unwrap().as_ref(), word);
        }
        send.send_data(Bytes::new(), true).unwrap();
        assert!(next(&mut recv).await.is_none());
        assert_eq!(recv.trailers().await.unwrap().unwrap()["grpc-status"], "0");
    });
    stage.wait_in_flight(0, 0);
}

#[test]
fn a_member_gets_no_more_streams_at_once_than_it_takes() {
    let origin = Origin::start(|peer| {
        let mut builder = Builder::new();
        builder.max_concurrent_streams(10);
        serve(peer, &builder, echo);
    });
    let stage = stage(&[origin.address]);
    run(async {
        let mut client = Http2Client::connect(stage.address).await;
        // From here on, the member's limit is known.
        assert_eq!(client.get("/first").await.status, StatusCode::OK);
        let mut calls = Vec::new();
        for number in 0..60 {
            let (response, send) = client.send(request(Method::POST, "/"), false).await;
            calls.push((number, response, send));
        }
        for (number, _, send) in &mut calls {
            send.send_data(format!("number {number}").into(), true).unwrap();
        }
        for (number, response, _) in calls {
            let seen = answer(response).await.unwrap().text();
            assert!(seen.ends_with(&format!("\n\nnumber {number}")), "{seen}");
        }
    });
    // How many are open at once is up to the scheduler; none may be refused.
    assert!(origin.connection_count() >= 2, "{} connections", origin.connection_count());
}

/// HTTP/2 by hand: takes what comes up to the next HEADERS, and gives their stream.
fn read_to_headers(peer: &mut Peer) -> Option<Vec<u8>> {
    loop {
        let head = peer.read_exactly(9)?;
        let length = usize::from(head[1]) << 8 | usize::from(head[2]);
        peer.read_exactly(length)?;
        if head[3] == 1 {
            return Some(head[5..].to_vec());
        }
    }
}

const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

#[test]
fn what_a_member_did_not_look_at_goes_again_whatever_the_method() {
    // Last stream 0: nothing was processed.
    const GOAWAY: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let origin = Origin::start(|mut peer| {
        if peer.number > 0 {
            return serve(peer, &Builder::new(), echo);
        }
        peer.read_exactly(24).unwrap();
        read_to_headers(&mut peer).unwrap();
        peer.write_bytes(&[SETTINGS, GOAWAY].concat());
        peer.read_to_end();
    });
    let stage = stage(&[origin.address]);
    let mut client = Client::connect(stage.address);
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    let response = client.response().unwrap();
    assert_eq!(response.status, 200, "{}", response.body);
    assert!(response.body.ends_with("\n\nhello"), "{}", response.body);
    assert_eq!(origin.connection_count(), 2);
}

#[test]
fn a_stream_that_a_member_refuses_goes_to_another() {
    let busy = Origin::start(|mut peer| {
        peer.read_exactly(24).unwrap();
        peer.write_bytes(SETTINGS);
        while let Some(stream) = read_to_headers(&mut peer) {
            peer.write_bytes(&[&[0, 0, 4, 3, 0], stream.as_slice(), &[0, 0, 0, 7]].concat());
        }
    });
    let free = origin(echo);
    let stage = stage(&[busy.address, free.address]);
    for _ in 0..4 {
        let mut client = Client::connect(stage.address);
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(client.response().unwrap().status, 200);
    }
    assert_eq!(busy.connection_count(), 1);
}

#[test]
fn a_member_that_is_not_there_costs_another_try_and_no_error() {
    let free = origin(echo);
    let stage = stage(&["127.0.0.1:1".parse().unwrap(), free.address]);
    for _ in 0..4 {
        let mut client = Client::connect(stage.address);
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(client.response().unwrap().status, 200);
    }
}

#[test]
fn a_member_of_http_1_is_no_member_of_http_2() {
    let origin = Origin::named("one");
    let stage = stage(&[origin.address]);
    let mut client = Client::connect(stage.address);
    assert_eq!(client.get("/").status, 502);
    assert_eq!(client.get("/").status, 502);
}

#[test]
fn an_answer_that_a_member_cuts_is_cut() {
    let origin = origin(|(_, mut respond)| async move {
        let mut send = respond.send_response(Response::new(()), false).unwrap();
        assert!(send_some(&mut send, Bytes::from_static(b"some of it")).await);
        tokio::task::yield_now().await;
        send.send_reset(Reason::INTERNAL_ERROR);
    });
    let stage = stage(&[origin.address]);
    let mut plain = Client::connect(stage.address);
    plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(plain.response().is_none_or(|response| response.status == 502));
    run(async {
        let mut client = Http2Client::connect(stage.address).await;
        let whole = client.call(request(Method::GET, "/"), None).await;
        assert!(whole.is_err() || whole.is_ok_and(|answer| answer.status == 502));
    });
    stage.wait_in_flight(0, 0);
    assert_eq!(origin.connection_count(), 1, "the connection goes on");
}

#[test]
fn a_member_learns_that_a_client_gave_up() {
    let (sender, given_up) = channel();
    let (arrive, arrived) = channel();
    let origin = origin(move |(_, mut respond)| {
        let (arrive, sender) = (arrive.clone(), sender.clone());
        async move {
            arrive.send(()).unwrap();
            let why = std::future::poll_fn(|context| respond.poll_reset(context)).await;
            sender.send(why.unwrap()).unwrap();
        }
    });
    let stage = stage(&[origin.address]);
    let mut client = Client::connect(stage.address);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    arrived.recv_timeout(PATIENCE).unwrap();
    client.reset();
    assert_eq!(given_up.recv_timeout(PATIENCE).unwrap(), Reason::CANCEL);
    stage.wait_in_flight(0, 0);
}

#[test]
fn clients_that_do_not_read_hold_up_none_that_share_their_connection() {
    let large = Bytes::from(vec![b'x'; 8_000_000]);
    let origin = origin(move |(request, mut respond)| {
        let body = match request.uri().path() {
            "/large" => large.clone(),
            _ => Bytes::from_static(b"y"),
        };
        async move {
            let mut send = respond.send_response(Response::new(()), false).unwrap();
            send_all(&mut send, body).await;
        }
    });
    let stage = stage(&[origin.address]);
    // From here on, it is known how many streams the member takes.
    assert_eq!(Client::connect(stage.address).get("/small").body, "y");
    let stalled: Vec<Client> = (0..60)
        .map(|_| {
            let mut client = Client::connect(stage.address);
            client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
            client
        })
        .collect();
    stage.wait_in_flight(0, 60);
    let mut client = Client::connect(stage.address);
    for _ in 0..50 {
        assert_eq!(client.get("/small").body, "y");
    }
    assert_eq!(origin.connection_count(), 1);
    drop(stalled);
    stage.wait_in_flight(0, 0);
}

#[test]
fn large_bodies_pass_both_ways() {
    let origin = origin(|(request, mut respond)| async move {
        let mut body = request.into_body();
        let mut send = respond.send_response(Response::new(()), false).unwrap();
        while let Some(Ok(data)) = next(&mut body).await {
            if !send_some(&mut send, data).await {
                return;
            }
        }
        let _gone = send.send_data(Bytes::new(), true);
    });
    let stage = stage(&[origin.address]);
    let body: Vec<u8> = (0..3_000_000_u32).map(|at| b'a' + (at % 23) as u8).collect();
    run(async {
        let mut client = Http2Client::connect(stage.address).await;
        let (response, mut send) = client.send(request(Method::POST, "/"), false).await;
        let sent = body.clone();
        let sending = tokio::task::spawn_local(async move {
            support::http2::send_all(&mut send, sent.into()).await.unwrap();
        });
        let answer = answer(response).await.unwrap();
        assert!(answer.body == body, "{} bytes", answer.body.len());
        sending.await.unwrap();
    });
}

#[test]
fn connections_that_nobody_uses_go_with_their_member() {
    let origin = origin(echo);
    let mut stage = stage(&[origin.address]);
    let mut client = Client::connect(stage.address);
    assert_eq!(client.get("/").status, 200);
    let other = support::http2_origin::origin(echo);
    stage.change(|entry| entry.pools[0].members = vec![support::member(7, other.address)]);
    assert_eq!(client.get("/").status, 200);
    assert_eq!((origin.connection_count(), other.connection_count()), (1, 1));
    let state = &stage.balancer.listeners[0].state;
    assert_eq!(state.connections.load(Ordering::Relaxed), 1);
}
