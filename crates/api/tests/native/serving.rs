//! The server itself, on loopback sockets.

use std::sync::Arc;
use std::time::Duration;

use elbow_api::{Tls, Transport};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::time::timeout;

use super::desk::desk;

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn it_answers_on_tcp_and_stops_when_told() {
    let desk = desk().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(elbow_api::serve(
        listener,
        Transport::Plain,
        desk.public.clone(),
        desk.state.closing(),
    ));
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    timeout(LIMIT, client.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
    // An idle connection that is kept alive does not hold the server up.
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut begin = [0; 12];
    idle.read_exact(&mut begin).await.unwrap();
    desk.state.closing().begin();
    drop(idle);
    timeout(LIMIT, server).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_local_socket_is_the_operators() {
    let desk = desk().await;
    let folder = std::env::temp_dir().join(format!("elbow-api-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir(&folder).unwrap();
    let listener = UnixListener::bind(folder.join("api.sock")).unwrap();
    let server =
        tokio::spawn(elbow_api::serve_local(listener, desk.operator.clone(), desk.state.closing()));
    let mut client = UnixStream::connect(folder.join("api.sock")).await.unwrap();
    client
        .write_all(b"GET /v1/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    timeout(LIMIT, client.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"admin\""), "{answer}");
    desk.state.closing().begin();
    timeout(LIMIT, server).await.unwrap().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}

/// The client hears why, though it was still sending: the connection is not simply reset.
#[tokio::test]
async fn a_client_that_sends_too_much_reads_the_refusal() {
    let desk = desk().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = desk.operator.clone();
    let server =
        tokio::spawn(elbow_api::serve(listener, Transport::Plain, router, desk.state.closing()));
    let mut client = TcpStream::connect(address).await.unwrap();
    let body = json!({ "name": "x".repeat(10_000_000) }).to_string();
    let head = format!(
        "POST /v1/load-balancers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    client.write_all(head.as_bytes()).await.unwrap();
    client.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(LIMIT, client.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    desk.state.closing().begin();
    timeout(LIMIT, server).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_connects_and_never_begins_a_handshake_is_cut_off() {
    let desk = desk().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tls = Transport::Tls(Tls::new(server_config(), None));
    tokio::spawn(elbow_api::serve(listener, tls, desk.public.clone(), desk.state.closing()));
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut half = TcpStream::connect(address).await.unwrap();
    half.write_all(&[22, 3, 1]).await.unwrap();
    for client in [&mut silent, &mut half] {
        let end = timeout(LIMIT, client.read(&mut [0; 16])).await.expect("it is cut off");
        assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
    }
}

fn server_config() -> Arc<rustls::ServerConfig> {
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let private = rustls::pki_types::PrivatePkcs8KeyDer::from(key.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], private.into());
    Arc::new(config.unwrap())
}
