//! A client that speaks HTTP/2 as it should: the framing's own client, one call at a time or many.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Method, Request, StatusCode};

use super::PATIENCE;

/// Runs what an HTTP/2 client does.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(PATIENCE, tokio::task::LocalSet::new().run_until(work))
            .await
            .expect("all of it in time")
    })
}

/// One connection.
pub struct Http2Client {
    pub requests: SendRequest<Bytes>,
    /// Ends with the connection; true if that was in order.
    pub connection: tokio::task::JoinHandle<Result<(), h2::Error>>,
}

/// A whole response.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub trailers: Option<HeaderMap>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Http2Client {
    pub async fn connect(address: SocketAddr) -> Self {
        Self::connect_with(address, &h2::client::Builder::new()).await
    }

    pub async fn connect_with(address: SocketAddr, builder: &h2::client::Builder) -> Self {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (requests, connection) = builder.handshake(stream).await.unwrap();
        Self { requests, connection: tokio::task::spawn_local(connection) }
    }

    /// Sends a request's head.
    pub async fn send(
        &mut self,
        request: Request<()>,
        is_whole: bool,
    ) -> (ResponseFuture, SendStream<Bytes>) {
        poll_fn(|context| self.requests.poll_ready(context)).await.unwrap();
        self.requests.send_request(request, is_whole).unwrap()
    }

    /// Sends a whole request and reads the whole response.
    pub async fn call(
        &mut self,
        request: Request<()>,
        body: Option<Bytes>,
    ) -> Result<Answer, h2::Error> {
        let (response, mut send) = self.send(request, body.is_none()).await;
        if let Some(body) = body {
            send_all(&mut send, body).await?;
        }
        answer(response).await
    }

    /// GET of a path.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.call(request(Method::GET, path), None).await.unwrap()
    }
}

/// A request for a path at `a`.
pub fn request(method: Method, path: &str) -> Request<()> {
    let uri = format!("http://a{path}");
    Request::builder().method(method).uri(uri).body(()).unwrap()
}

/// Sends data as the windows allow, and the end.
pub async fn send_all(send: &mut SendStream<Bytes>, mut data: Bytes) -> Result<(), h2::Error> {
    while !data.is_empty() {
        send.reserve_capacity(data.len());
        let room = match poll_fn(|context| send.poll_capacity(context)).await {
            Some(room) => room?,
            None => return Ok(()),
        };
        let piece = data.split_to(room.min(data.len()));
        send.send_data(piece, false)?;
    }
    send.send_data(Bytes::new(), true)
}

/// Reads a whole response.
pub async fn answer(response: ResponseFuture) -> Result<Answer, h2::Error> {
    let (parts, mut recv) = response.await?.into_parts();
    let mut body = Vec::new();
    while let Some(data) = next(&mut recv).await {
        body.extend_from_slice(&data?);
    }
    let trailers = recv.trailers().await?;
    Ok(Answer { status: parts.status, headers: parts.headers, body, trailers })
}

/// The next piece of a body; a frame without content, which may end it, is none.
pub async fn next(recv: &mut RecvStream) -> Option<Result<Bytes, h2::Error>> {
    loop {
        let data = recv.data().await?;
        match &data {
            Ok(data) if data.is_empty() => continue,
            Ok(data) => {
                let _released = recv.flow_control().release_capacity(data.len());
            }
            Err(_) => {}
        }
        return Some(data);
    }
}
