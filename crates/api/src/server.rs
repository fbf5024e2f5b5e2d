//! Serves the router on TCP and on the local socket, within limits: how long a request's head may take, how many
//! connections there are, how many requests are worked on at once.

mod tls;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

pub use self::tls::{Secure, Tls};
use crate::authentication::{LocalOperator, Peer};
use crate::closing::Closing;
use crate::problem::Problem;

/// Says by what a client came.
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Connections at once per listener; more wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 2_048;
/// Requests worked on at once; more are sent away.
const MAX_REQUESTS: usize = 1_024;
/// How long a request's head may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a request may take as a whole; event streams begin within that.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest head in bytes.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// How long requests in work may take to finish when the server stops.
const GRACE: Duration = Duration::from_secs(5);
/// How long, and how many bytes, a client may go on sending what nobody reads: closed at once, it would lose the
/// answer that says why.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: u64 = 16 * 1024 * 1024;

/// What is spoken on a listener.
#[derive(Clone)]
pub enum Transport {
    /// HTTP in clear.
    Plain,
    /// HTTPS; whoever speaks HTTP is told so.
    Tls(Tls),
}

/// Adds the limits that concern all requests together.
pub(crate) fn limited(router: Router) -> Router {
    let requests = Arc::new(Semaphore::new(MAX_REQUESTS));
    router.layer(axum::middleware::from_fn(move |request: Request, next: Next| {
        let requests = Arc::clone(&requests);
        async move {
            let Ok(_permit) = requests.try_acquire_owned() else {
                let detail = "too many requests at once; try again";
                let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "OVERLOADED", detail);
                return problem.retry_after(1).into_response();
            };
            match timeout(REQUEST_TIMEOUT, next.run(request)).await {
                Ok(response) => response,
                Err(_) => {
                    let detail = "the request was not completed in time; send its body faster";
                    Problem::new(StatusCode::REQUEST_TIMEOUT, "TIMEOUT", detail).into_response()
                }
            }
        }
    }))
}

/// Serves on TCP until `closing` begins, then finishes what is in work.
pub async fn serve(listener: TcpListener, transport: Transport, router: Router, closing: Closing) {
    let on_stop = closing.clone();
    run(listener, on_stop, move |stream, peer: SocketAddr| {
        let (transport, router, closing) = (transport.clone(), router.clone(), closing.clone());
        async move {
            match transport {
                Transport::Plain => {
                    let origin = Origin { peer: Some(peer.ip()), secure: None };
                    connection(stream, origin, router, closing).await;
                }
                Transport::Tls(tls) => {
                    let secure = Some(tls.secure());
                    let Some(stream) = tls.accept(stream).await else { return };
                    let origin = Origin { peer: Some(peer.ip()), secure };
                    connection(stream, origin, router, closing).await;
                }
            }
        }
    })
    .await;
}

/// Serves on the local socket: who can open it is the operator. Its router is [`crate::operator_router`]'s.
pub async fn serve_local(listener: UnixListener, router: Router, closing: Closing) {
    let on_stop = closing.clone();
    run(listener, on_stop, move |stream, _| {
        connection(stream, Origin::default(), router.clone(), closing.clone())
    })
    .await;
}

async fn run<L, F>(mut listener: L, closing: Closing, work: impl Fn(L::Io, L::Addr) -> F)
where
    L: Listener,
    F: Future<Output = ()> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let permit = tokio::select! {
            () = closing.begun() => break,
            permit = Arc::clone(&permits).acquire_owned() => permit,
        };
        let Ok(permit) = permit else { break };
        // Errors of accept, such as a want of descriptors, are waited out in there.
        let (stream, peer) = tokio::select! {
            () = closing.begun() => break,
            accepted = listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        let served = work(stream, peer);
        connections.spawn(async move {
            served.await;
            drop(permit);
        });
    }
    drop(listener);
    let finish = async { while connections.join_next().await.is_some() {} };
    if timeout(GRACE, finish).await.is_err() {
        connections.shutdown().await;
    }
}

/// Where a connection came from, and how.
#[derive(Debug, Clone, Default)]
struct Origin {
    /// None for the local socket.
    peer: Option<IpAddr>,
    /// None if it is in clear.
    secure: Option<Secure>,
}

async fn connection<S>(stream: S, origin: Origin, router: Router, closing: Closing)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        if let Some(peer) = origin.peer {
            request.extensions_mut().insert(Peer(peer));
        }
        if let Some(secure) = &origin.secure {
            request.extensions_mut().insert(secure.clone());
            // As whatever else ends TLS in front of this says it: one rule for both.
            request.headers_mut().insert(X_FORWARDED_PROTO, HeaderValue::from_static("https"));
        }
        router.call(request)
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut is_closing = false;
    let served = loop {
        tokio::select! {
            served = std::future::poll_fn(|cx| connection.poll_without_shutdown(cx)) => break served,
            () = closing.begun(), if !is_closing => {
                is_closing = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    if let Err(reason) = served {
        tracing::debug!(%reason, "a connection ended early");
    }
    linger(connection.into_parts().io.into_inner()).await;
}

/// Says that nothing more comes, then lets the client finish what it was sending.
async fn linger<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let drain = async {
        if stream.shutdown().await.is_err() {
            return;
        }
        let mut rest = (&mut stream).take(LINGER_BYTES);
        let mut buffer = [0_u8; 4096];
        while matches!(rest.read(&mut buffer).await, Ok(count) if count > 0) {}
    };
    // A client that neither ends nor closes is cut off.
    let _ = timeout(LINGER, drain).await;
}

/// Adds what answers by HTTPS tell browsers, if the operator wants it.
pub(crate) async fn tell_browsers(request: Request, next: Next) -> Response {
    let hsts = request.extensions().get::<Secure>().and_then(|secure| secure.hsts.clone());
    let mut response = next.run(request).await;
    if let Some(value) = hsts {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    response
}

/// Marks requests of the local socket.
pub(crate) fn operated(router: Router) -> Router {
    router.layer(axum::Extension(LocalOperator))
}
