//! Servers behind the balancer that speak HTTP/2 with prior knowledge, each connection on a thread.

use std::future::{Future, poll_fn};
use std::net::TcpStream;
use std::rc::Rc;

use bytes::Bytes;
use h2::server::{Builder, SendResponse};
use h2::{RecvStream, SendStream};
use http::{Request, Response};

use super::http2::next;
use super::origin::{Origin, Peer};

/// A request, and how it is answered.
pub type Call = (Request<RecvStream>, SendResponse<Bytes>);

/// Serves every connection with `answer`, which works on one request.
pub fn origin<F: Future<Output = ()> + 'static>(
    answer: impl Fn(Call) -> F + Clone + Send + Sync + 'static,
) -> Origin {
    Origin::start(move |peer| serve(peer, &Builder::new(), answer.clone()))
}

/// Serves one connection.
pub fn serve<F: Future<Output = ()> + 'static>(
    peer: Peer,
    builder: &Builder,
    answer: impl Fn(Call) -> F + 'static,
) {
    serve_stream(peer.stream, builder, answer);
}

fn serve_stream<F: Future<Output = ()> + 'static>(
    stream: TcpStream,
    builder: &Builder,
    answer: impl Fn(Call) -> F + 'static,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, async move {
        stream.set_nonblocking(true).unwrap();
        let stream = tokio::net::TcpStream::from_std(stream).unwrap();
        let Ok(mut connection) = builder.handshake::<_, Bytes>(stream).await else { return };
        let answer = Rc::new(answer);
        while let Some(Ok(call)) = connection.accept().await {
            let answer = answer.clone();
            tokio::task::spawn_local(async move { answer(call).await });
        }
    });
}

/// Answers with what it has seen: the request in lines, and its body.
pub async fn echo((request, mut respond): Call) {
    let (parts, mut body) = request.into_parts();
    let mut seen = format!("{} {} {:?}\n", parts.method, parts.uri, parts.version);
    for (name, value) in &parts.headers {
        seen += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
    }
    seen += "\n";
    let mut seen = seen.into_bytes();
    while let Some(data) = next(&mut body).await {
        match data {
            Ok(data) => seen.extend_from_slice(&data),
            Err(_) => return,
        }
    }
    let mut send = respond.send_response(Response::new(()), false).unwrap();
    send_all(&mut send, seen.into()).await;
}

/// Sends data as the windows allow, and the end; a client that gave up is no trouble.
pub async fn send_all(send: &mut SendStream<Bytes>, data: Bytes) {
    if send_some(send, data).await {
        let _gone = send.send_data(Bytes::new(), true);
    }
}

/// The same without the end; false if the client gave up.
pub async fn send_some(send: &mut SendStream<Bytes>, mut data: Bytes) -> bool {
    while !data.is_empty() {
        send.reserve_capacity(data.len());
        let Some(Ok(room)) = poll_fn(|context| send.poll_capacity(context)).await else {
            return false;
        };
        let piece = data.split_to(room.min(data.len()));
        if send.send_data(piece, false).is_err() {
            return false;
        }
    }
    true
}
