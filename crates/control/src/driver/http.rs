//! One HTTP/1.1 exchange on a connection of its own, with bounds on what comes back. Deadlines are the caller's.

use std::pin::pin;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

/// The most bytes of an answer's head.
const MAX_HEAD: usize = 64 * 1024;
/// The most fields of an answer's head.
const MAX_FIELDS: usize = 100;

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

/// Sends a request and takes the answer, with a body of at most `most` bytes. Nothing is followed, nothing repeated; what
/// comes after the answer is not read.
pub(super) async fn exchange<S>(
    stream: S,
    request: Request<Full<Bytes>>,
    most: usize,
) -> Result<Answer, String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD).max_headers(MAX_FIELDS);
    let (mut sender, connection) =
        builder.handshake(TokioIo::new(stream)).await.map_err(|error| chain(&error))?;
    let mut answer = pin!(async move {
        let response = sender.send_request(request).await.map_err(|error| chain(&error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), most).collect().await;
        let body = body.map_err(|error| chain(error.as_ref()))?.to_bytes();
        Ok(Answer { status, body })
    });
    let mut connection = pin!(connection);
    tokio::select! {
        answer = &mut answer => return answer,
        // It is over; what was received is still to be taken.
        _ = &mut connection => {}
    }
    answer.await
}

/// An error with its causes: hyper's own words say little.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
