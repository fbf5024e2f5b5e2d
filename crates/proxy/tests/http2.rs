//! HTTP/2 clients with prior knowledge: what members see of them, and what they get.

mod support;

use std::sync::mpsc::channel;

use bytes::Bytes;
use elbow_model::listener::Protocol;
use h2::Reason;
use http::{HeaderMap, Method, Request, StatusCode};
use support::client::Client;
use support::http2::{Http2Client, answer, next, request, run, send_all};
use support::origin::Origin;
use support::{PATIENCE, Stage};

fn stage(members: &[std::net::SocketAddr]) -> Stage {
    Stage::with(Protocol::Http, members, |entry| entry.listeners[0].http2 = true)
}

#[test]
fn requests_reach_members_as_http_1_and_answers_come_back() {
    let origin = Origin::echo();
    let stage = stage(&[origin.address]);
    let seen = run(async {
        let mut client = Http2Client::connect(stage.address).await;
        let request = Request::builder()
            .method(Method::POST)
            .uri("http://shop.example:81/some/path?x=y")
            .header("cookie", "a=b")
            .header("cookie", "c=d")
            .header("x-thing", "some thing")
            .header("content-length", "5")
            .body(())
            .unwrap();
        let answer = client.call(request, Some(Bytes::from_static(b"hello"))).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.headers.contains_key("via"));
        assert!(!answer.headers.contains_key("connection"));
        answer.text()
    });
    for line in [
        "POST /some/path?x=y HTTP/1.1\r\nHost: shop.example:81\r\n",
        "x-thing: some thing\r\n",
        "cookie: a=b; c=d\r\n",
        "content-length: 5\r\n",
        "X-Forwarded-Proto: http\r\n",
        "Via: 2.0 elbow-t\r\n",
    ] {
        assert!(seen.contains(line), "no {line:?} in {seen}");
    }
    assert!(seen.ends_with("\r\n\r\nhello"), "{seen}");
}

#[test]
fn http_1_goes_on_on_the_same_listener() {
    let origin = Origin::named("one");
    let stage = stage(&[origin.address]);
    let mut client = Client::connect(stage.address);
    assert_eq!(client.get("/").body, "one");
    for byte in b"PRI * HTTP/2.0\r\n\r\nSM" {
        client.send([*byte]);
    }
    client.send("GET / HTTP/1.1\r\n\r\n");
    assert_eq!(client.response().unwrap().status, 505);
    let mut posts = Client::connect(stage.address);
    for byte in b"PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n" {
        posts.send([*byte]);
    }
    assert_eq!(posts.response().unwrap().status, 200);
}

#[test]
fn a_listener_without_the_option_does_not_speak_it() {
    let origin = Origin::named("one");
    let stage = Stage::new(Protocol::Http, &[origin.address]);
    let mut client = Client::connect(stage.address);
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_eq!(client.response().unwrap().status, 505);
}

#[test]
fn a_hundred_streams_at_once_get_their_own_answers() {
    let origin = Origin::echo();
    let stage = stage(&[origin.address]);
    run(async {
        let mut client = Http2Client::connect(stage.address).await;
        let mut calls = Vec::new();
        for number in 0..100 {
            let body = format!("body {number} ").repeat(500);
            let mut post = request(Method::POST, &format!("/{number}"));
            post.headers_mut().insert("content-length", body.len().into());
            let (response, mut send) = client.send(post, false).await;
            calls.push(tokio::task::spawn_local(async move {
                send_all(&mut send, body.clone().into()).await.unwrap();
                let answer = answer(response).await.unwrap().text();
                assert!(answer.starts_with(&format!("POST /{number} HTTP/1.1")), "{answer}");
                assert_eq!(answer.matches(&format!("body {number} ")).count(), 500);
            }));
        }
        for call in calls {
            call.await.unwrap();
        }
    });
}

#[test]
fn large_bodies_pass_both_ways() {
    let origin = Origin::start(|mut peer| {
        while let Some(request) = peer.read_request() {
            let body = request.split_once("\r\n\r\n").unwrap().1.to_owned();
            peer.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        }
    });
    let stage = stage(&[origin.address]);
    let body: Vec<u8> = (0..5_000_000_u32).map(|at| b'a' + (at % 23) as u8).collect();
    let length = body.len();
    run(async {
        let mut client = Http2Client::connect(stage.address).await;
        let mut post = request(Method::POST, "/");
        post.headers_mut().insert("content-length", length.into());
        let answer = client.call(post, Some(body.clone().into())).await.unwrap();
        assert!(answer.body == body, "{} of {length} bytes", answer.body.len());
    });
}

#[test]
fn trailers_pass_both_ways() {
    let origin = Origin::start(|mut peer| {
        while let Some(head) = peer.read_head() {
            assert!(head.contains("TE: trailers\r\nConnection: TE\r\n"), "{head}");
            let body = peer.read_exactly(b"2\r\nhi\r\n0\r\nx-sum: 7\r\n\r\n".len()).unwrap();
            let body = String::from_utf8_lossy(&body).into_owned();
            assert!(body.ends_with("0\r\nx-sum: 7\r\n\r\n"), "{body}");
            peer.write(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nyo\r\n0\r\n\
                 grpc-status: 0\r\nContent-Length: 5\r\n\r\n",
            );
        }
    });
    let stage = stage(&[origin.address]);
    run(async {
        let mut client = Http2Client::connect(stage.address).await;
        let mut call = request(Method::POST, "/");
        call.headers_mut().insert("te", "trailers".parse().unwrap());
        let (response, mut send) = client.send(call, false).await;
        send.send_data(Bytes::from_static(b"hi"), false).unwrap();
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", "7".parse().unwrap());
        trailers.insert("authorization", "no".parse().unwrap());
        send.send_trailers(trailers).unwrap();
        let answer = answer(response).await.unwrap();
        let trailers = answer.trailers.unwrap();
        assert_eq!((answer.body.as_slice(), trailers.len()), (b"yo".as_slice(), 1));
        assert_eq!(trailers["grpc-status"], "0");
    });
}

#[test]
fn an_answer_cut_short_is_reset_and_never_ended() {
    let origin = Origin::fixed(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    let stage = stage(&[origin.address]);
    run(async {
        let mut client = Http2Client::connect(stage.address).await;
        let cut = client.call(request(Method::GET, "/"), None).await.unwrap_err();
        assert_eq!(cut.reason(), Some(Reason::INTERNAL_ERROR), "{cut}");
        let cut = client.call(request(Method::GET, "/"), None).await.unwrap_err();
        assert!(cut.is_reset(), "the connection goes on: {cut}");
    });
}

#[test]
fn answers_flow_while_the_request_is_still_open() {
    let origin = Origin::start(|mut peer| {
        peer.read_head().unwrap();
        peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while let Some(chunk) = peer.read_exactly(9) {
            peer.write_bytes(&chunk);
            if chunk.starts_with(b"4\r\nlast") {
                peer.write("0\r\n\r\n");
            }
        }
    });
    let stage = stage(&[origin.address]);
    run(async {
        let mut client = Http2Client::connect(stage.address).await;
        let (response, mut send) = client.send(request(Method::POST, "/"), false).await;
        let (parts, mut recv) = response.await.unwrap().into_parts();
        assert_eq!(parts.status, StatusCode::OK);
        for word in [b"ping", b"pong", b"last"] {
            send.send_data(Bytes::from_static(word), false).unwrap();
            let data = next(&mut recv).await.unwrap().unwrap();
            assert_eq!(data.as_ref(), word);
        }
        assert!(next(&mut recv).await.is_none(), "the answer ended though the request has not");
    });
    stage.wait_in_flight(0, 0);
}

#[test]
fn a_stream_that_is_given_up_frees_its_member() {
    let (sender, gone) = channel();
    let origin = Origin::start(move |mut peer| {
        peer.read_head().unwrap();
        if peer.number == 0 {
            peer.read_to_end();
            sender.send(()).unwrap();
        }
    });
    let stage = stage(&[origin.address]);
    run(async {
        let mut client = Http2Client::connect(stage.address).await;
        let (response, mut send) = client.send(request(Method::GET, "/"), true).await;
        let stage = &stage;
        tokio::task::spawn_blocking({
            let pool = stage.balancer.pools[0].clone();
            move || while pool.members[0].state.in_flight() != 1 {}
        })
        .await
        .unwrap();
        send.send_reset(Reason::CANCEL);
        drop(response);
        tokio::task::spawn_blocking(move || gone.recv_timeout(PATIENCE).unwrap()).await.unwrap();
        assert_eq!(client.get("/").await.status, StatusCode::BAD_GATEWAY);
    });
    stage.wait_in_flight(0, 0);
}

#[test]
fn a_stream_that_is_not_read_holds_up_no_other() {
    let origin = Origin::start(|mut peer| {
        while let Some(head) = peer.read_head() {
            let body =
                if head.starts_with("GET /large") { "x".repeat(10_000_000) } else { "y".into() };
            peer.write(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        }
    });
    let stage = stage(&[origin.address]);
    run(async {
        let mut builder = h2::client::Builder::new();
        builder.initial_connection_window_size(4 * 1024 * 1024).initial_window_size(65_535);
        let mut client = Http2Client::connect_with(stage.address, &builder).await;
        let mut stalled = Vec::new();
        for _ in 0..20 {
            let (response, _) = client.send(request(Method::GET, "/large"), true).await;
            stalled.push(response.await.unwrap());
        }
        for _ in 0..100 {
            assert_eq!(client.get("/small").await.text(), "y");
        }
        let mut recv = stalled.pop().unwrap().into_body();
        let mut length = 0;
        while let Some(data) = next(&mut recv).await {
            length += data.unwrap().len();
        }
        assert_eq!(length, 10_000_000);
    });
}

#[test]
fn refusals_and_errors_are_answers_too() {
    let stage = stage(&["127.0.0.1:1".parse().unwrap()]);
    run(async {
        let mut client = Http2Client::connect(stage.address).await;
        let answer = client.get("/").await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        assert!(answer.text().contains("502 Bad Gateway"), "{}", answer.text());
        let trace = client.call(request(Method::TRACE, "/"), None).await.unwrap();
        assert_eq!(trace.status, StatusCode::NOT_IMPLEMENTED);
        let head = client.call(request(Method::HEAD, "/"), None).await.unwrap();
        assert_eq!((head.status, head.body.len()), (StatusCode::BAD_GATEWAY, 0));
    });
}

#[test]
fn a_listener_that_goes_lets_streams_finish_and_says_so() {
    let (go, wait) = channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let origin = Origin::start(move |mut peer| {
        peer.read_head().unwrap();
        wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
    });
    let mut stage = stage(&[origin.address]);
    run(async {
        let mut idle = Http2Client::connect(stage.address).await;
        assert_eq!(idle.call(request(Method::TRACE, "/"), None).await.unwrap().status, 501);
        let mut client = Http2Client::connect(stage.address).await;
        let (response, _) = client.send(request(Method::GET, "/"), true).await;
        tokio::task::spawn_blocking({
            let pool = stage.balancer.pools[0].clone();
            move || while pool.members[0].state.in_flight() != 1 {}
        })
        .await
        .unwrap();
        stage.change(|entry| entry.listeners.clear());
        assert!(idle.connection.await.unwrap().is_ok(), "an idle one ends in order");
        go.send(()).unwrap();
        assert_eq!(answer(response).await.unwrap().text(), "done");
        assert!(client.connection.await.unwrap().is_ok(), "and so does a busy one");
    });
}

/// A request for a WebSocket (RFC 8441 §5).
fn websocket() -> Request<()> {
    Request::builder()
        .method(Method::CONNECT)
        .uri("http://a/chat")
        .version(http::Version::HTTP_2)
        .extension(h2::ext::Protocol::from_static("websocket"))
        .header("sec-websocket-version", "13")
        .body(())
        .expect("a request")
}

/// A connection whose client has learnt that the server takes WebSockets.
async fn connect_for_websocket(stage: &Stage) -> Http2Client {
    let mut client = Http2Client::connect(stage.address).await;
    client.get("/").await;
    assert!(client.requests.is_extended_connect_protocol_enabled());
    client
}

#[test]
fn a_websocket_is_an_upgrade_to_its_member_and_a_stream_to_its_client() {
    let origin = Origin::start(|mut peer| {
        while let Some(head) = peer.read_head() {
            if !head.starts_with("GET /chat HTTP/1.1\r\n") {
                peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                continue;
            }
            for line in ["Upgrade: websocket\r\n", "Connection: upgrade\r\n", "sec-websocket-key: "]
            {
                assert!(head.contains(line), "no {line:?} in {head}");
            }
            peer.write(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nhi",
            );
            while let Some(four) = peer.read_exactly(4) {
                peer.write_bytes(&four);
            }
            return peer.write("bye");
        }
    });
    let stage = stage(&[origin.address]);
    run(async {
        let mut client = connect_for_websocket(&stage).await;
        let (response, mut send) = client.send(websocket(), false).await;
        let (parts, mut recv) = response.await.unwrap().into_parts();
        assert_eq!(parts.status, StatusCode::OK);
        for absent in ["upgrade", "connection"] {
            assert!(!parts.headers.contains_key(absent), "{:?}", parts.headers);
        }
        assert_eq!(next(&mut recv).await.unwrap().unwrap().as_ref(), b"hi");
        for word in [b"ping", b"pong"] {
            send.send_data(Bytes::from_static(word), false).unwrap();
            assert_eq!(next(&mut recv).await.unwrap().unwrap().as_ref(), word);
        }
        send.send_data(Bytes::new(), true).unwrap();
        assert_eq!(next(&mut recv).await.unwrap().unwrap().as_ref(), b"bye");
        assert!(next(&mut recv).await.is_none(), "its end is an end");
        assert_eq!(client.get("/").await.status, StatusCode::OK);
    });
    stage.wait_in_flight(0, 0);
}

#[test]
fn a_member_that_takes_no_websocket_answers_for_itself() {
    let origin = Origin::start(|mut peer| {
        while peer.read_head().is_some() {
            peer.write("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno");
        }
    });
    let stage = stage(&[origin.address]);
    run(async {
        let mut client = connect_for_websocket(&stage).await;
        let (response, _send) = client.send(websocket(), false).await;
        let answer = answer(response).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (426, b"no".as_slice()));
    });
    stage.wait_in_flight(0, 0);
}

#[test]
fn a_websocket_that_breaks_is_cut_on_either_side() {
    let (sender, ended) = channel();
    let origin = Origin::start(move |mut peer| {
        while let Some(head) = peer.read_head() {
            if head.starts_with("GET /chat") {
                peer.write(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
                     Upgrade: websocket\r\n\r\nhi",
                );
                peer.read_to_end();
                return sender.send(()).unwrap();
            }
            peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let stage = stage(&[origin.address]);
    run(async {
        let mut client = connect_for_websocket(&stage).await;
        let (response, mut send) = client.send(websocket(), false).await;
        let mut recv = response.await.unwrap().into_body();
        assert_eq!(next(&mut recv).await.unwrap().unwrap().as_ref(), b"hi");
        send.send_reset(Reason::CANCEL);
        tokio::task::spawn_blocking(move || ended.recv_timeout(PATIENCE).unwrap()).await.unwrap();
        assert_eq!(client.get("/").await.status, StatusCode::OK);
    });
    stage.wait_in_flight(0, 0);
}
