//! `elbow sample-server`: a small web server that names itself in its answers, to see balancing with.
//!
//! It is no part of the service. It never outlives the process that started it, if that holds its standard input.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::args::SampleServerArguments;
use crate::failure::Failure;
use crate::output;

/// The most bytes of a request's body that are counted.
const MAX_BODY: usize = 64 * 1024 * 1024;
/// The longest time for which an answer is held back.
const MAX_DELAY: Duration = Duration::from_secs(60);

struct Sample {
    name: String,
    is_well: AtomicBool,
    served: AtomicU64,
}

/// Serves until standard input ends or a signal comes.
pub(crate) fn run(arguments: &SampleServerArguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Failure::system("starting"))?.block_on(async {
        let listener = TcpListener::bind(arguments.listen)
            .await
            .map_err(Failure::system(format!("listening on {}", arguments.listen)))?;
        let address = listener.local_addr().map_err(Failure::system("listening"))?;
        output::print(&format!("{address}\n"))?;
        let sample =
            Sample { name: arguments.name.clone(), is_well: true.into(), served: 0.into() };
        tokio::select! {
            () = accept(listener, Arc::new(sample)) => {}
            () = stdin_end(), if arguments.exit_with_stdin => {}
        }
        Ok(())
    })
}

/// Waits for the end of standard input.
async fn stdin_end() {
    let (ended, end) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        // Its end and its failure come to the same.
        let _any = io::copy(&mut io::stdin().lock(), &mut io::sink());
        drop(ended);
    });
    let _closed = end.await;
}

async fn accept(listener: TcpListener, sample: Arc<Sample>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(&sample)));
            }
            // Out of descriptors, for example: others are closed meanwhile.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

async fn serve(stream: TcpStream, sample: Arc<Sample>) {
    let _best_effort = stream.set_nodelay(true);
    let local = stream.local_addr();
    let service = service_fn(|request| answer(request, &sample, &local));
    // A connection that breaks is the client's affair.
    let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    request: Request<Incoming>,
    sample: &Sample,
    local: &io::Result<std::net::SocketAddr>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let answer = match (&head.method, head.uri.path()) {
        (&Method::GET | &Method::HEAD, "/healthz") => {
            match sample.is_well.load(Ordering::Relaxed) {
                true => text(StatusCode::OK, "well\n".to_owned()),
                false => text(StatusCode::SERVICE_UNAVAILABLE, "not well\n".to_owned()),
            }
        }
        (&Method::POST, "/health/down") => {
            sample.is_well.store(false, Ordering::Relaxed);
            text(StatusCode::OK, format!("{} fails its health checks from now on\n", sample.name))
        }
        (&Method::POST, "/health/up") => {
            sample.is_well.store(true, Ordering::Relaxed);
            text(StatusCode::OK, format!("{} passes its health checks from now on\n", sample.name))
        }
        _ => {
            let Some(length) = body_length(body).await else {
                return Ok(text(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "the body is too long\n".to_owned(),
                ));
            };
            tokio::time::sleep(delay(head.uri.query())).await;
            describe(&head, length, sample, local)
        }
    };
    Ok(answer)
}

async fn body_length(mut body: Incoming) -> Option<usize> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame.ok()?.data_ref().map_or(0, Bytes::len);
        if length > MAX_BODY {
            return None;
        }
    }
    Some(length)
}

/// How long the answer shall be held back: `?delay_ms=500`.
fn delay(query: Option<&str>) -> Duration {
    let pairs = query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .filter_map(|pair| pair.split_once('='));
    let wanted =
        pairs.filter(|(name, _)| *name == "delay_ms").find_map(|(_, value)| value.parse().ok());
    wanted.map_or(Duration::ZERO, Duration::from_millis).min(MAX_DELAY)
}

/// Says who answers and what was asked.
fn describe(
    head: &hyper::http::request::Parts,
    body_bytes: usize,
    sample: &Sample,
    local: &io::Result<std::net::SocketAddr>,
) -> Response<Full<Bytes>> {
    let number = sample.served.fetch_add(1, Ordering::Relaxed) + 1;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let at = local.as_ref().map(ToString::to_string).unwrap_or_default();
    let wants_json = head
        .headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    if wants_json {
        let headers: serde_json::Map<String, serde_json::Value> = head
            .headers
            .iter()
            .map(|(name, value)| {
                (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes())))
            })
            .collect();
        let answer = json!({
            "server": sample.name, "at": at, "served": number, "method": head.method.as_str(), "path": path,
            "headers": headers, "body_bytes": body_bytes,
        });
        return reply(StatusCode::OK, "application/json", format!("{answer}\n"));
    }
    text(
        StatusCode::OK,
        format!("{} at {at}: {} {path}, its request number {number}\n", sample.name, head.method),
    )
}

fn text(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    reply(status, "text/plain; charset=utf-8", body)
}

fn reply(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
