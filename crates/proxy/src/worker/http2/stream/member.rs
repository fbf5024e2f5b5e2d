//! A stream to a member: the request is written as HTTP/1.1 and leaves as frames, the response is
//! read so. A request that is not whole when the stream is dropped is given up.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use elbow_traffic::http1::framing::Asked;
use elbow_traffic::http1::request::{Parsed, field_space};
use elbow_traffic::http1::{BodyReader, RequestHead};
use elbow_traffic::http2::answer::{write_interim_head, write_response_head};
use elbow_traffic::http2::head::Ending;
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, RecvStream};
use http::Response;

use super::super::convert::{fields, request};
use super::super::sink::Sink;
use super::super::source::{Source, copy};
use crate::sys::socket::Io;
use crate::worker::arena::Key;

/// The kind of error by which a stream says that its member has not looked at the request.
pub(crate) const UNPROCESSED: io::ErrorKind = io::ErrorKind::ConnectionRefused;

/// One stream to a member.
#[derive(Debug)]
pub(crate) struct MemberStream {
    carrier: Key,
    bell: Waker,
    scheme: &'static str,
    call: Call,
}

#[derive(Debug)]
enum Call {
    /// The head of the request is to come.
    Awaited(SendRequest<Bytes>),
    Begun {
        request: Sink,
        answer: Answer,
    },
    Failed(io::ErrorKind),
}

#[derive(Debug)]
enum Answer {
    /// With interim responses that were not read yet.
    Awaited {
        response: ResponseFuture,
        asked: Asked,
        interim: Vec<u8>,
        interim_read: usize,
    },
    Begun(Source),
    Broken(io::ErrorKind),
}

impl MemberStream {
    /// A stream of the connection `carrier`.
    pub(crate) fn new(
        (carrier, bell): (Key, Waker),
        scheme: &'static str,
        requests: SendRequest<Bytes>,
    ) -> Self {
        Self { carrier, bell, scheme, call: Call::Awaited(requests) }
    }

    /// The connection that carries it.
    pub(crate) fn carrier(&self) -> Key {
        self.carrier
    }

    /// Whether reading may give something before the bell rings.
    pub(crate) fn is_ready(&self) -> bool {
        match &self.call {
            Call::Begun { answer: Answer::Begun(source), .. } => source.is_ready(),
            Call::Begun { answer: Answer::Broken(_), .. } | Call::Failed(_) => true,
            Call::Awaited(_) | Call::Begun { answer: Answer::Awaited { .. }, .. } => false,
        }
    }

    /// Takes bytes of the request, as many as the member's windows allow.
    ///
    /// # Errors
    /// If the stream or its connection broke, or this is no request.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.try_write(bytes);
        if let (Err(error), Call::Awaited(_)) = (&written, &self.call) {
            self.call = Call::Failed(error.kind());
        }
        written
    }

    fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut context = Context::from_waker(&self.bell);
        let mut written = 0;
        if let Call::Awaited(requests) = &mut self.call {
            if bytes.is_empty() {
                return Ok(0);
            }
            match requests.poll_ready(&mut context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Err(UNPROCESSED.into()),
                Poll::Pending => return Ok(0),
            }
            let (begun, length) = begin(requests, self.scheme, bytes)?;
            self.call = begun;
            written = length;
        }
        let Call::Begun { request, .. } = &mut self.call else { return Ok(written) };
        let rest = bytes.get(written..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(written);
        }
        Ok(written + request.write(rest, &mut context)?)
    }

    /// Reads bytes of the response.
    ///
    /// # Errors
    /// If the stream or its connection broke; [`UNPROCESSED`] if the request may go elsewhere.
    pub(crate) fn read(&mut self, room: &mut [u8]) -> io::Result<Io> {
        let mut context = Context::from_waker(&self.bell);
        let answer = match &mut self.call {
            Call::Begun { answer, .. } => answer,
            Call::Awaited(_) => return Ok(Io::Blocked),
            Call::Failed(kind) => return Err((*kind).into()),
        };
        loop {
            match answer {
                Answer::Begun(source) => return source.read(room, &mut context),
                Answer::Broken(kind) => return Err((*kind).into()),
                Answer::Awaited { response, asked, interim, interim_read } => {
                    let waiting = interim.get(*interim_read..).unwrap_or_default();
                    if !waiting.is_empty() {
                        let count = copy(waiting, room);
                        *interim_read += count;
                        return Ok(Io::Bytes(count));
                    }
                    interim.clear();
                    *interim_read = 0;
                    if let Poll::Ready(Some(Ok(more))) = response.poll_informational(&mut context) {
                        let status = more.status().as_u16();
                        if write_interim_head(status, fields(more.headers()), interim).is_err() {
                            *answer = Answer::Broken(io::ErrorKind::InvalidData);
                        }
                        continue;
                    }
                    let next = match Pin::new(response).poll(&mut context) {
                        Poll::Pending => return Ok(Io::Blocked),
                        Poll::Ready(Ok(response)) => answered(response, *asked),
                        Poll::Ready(Err(error)) => Answer::Broken(kind_of(&error)),
                    };
                    *answer = next;
                }
            }
        }
    }
}

impl Drop for MemberStream {
    fn drop(&mut self) {
        // What the member still sends is not wanted: the framing says so once this is dropped.
        if let Call::Begun { request, .. } = &mut self.call {
            request.give_up();
        }
    }
}

/// Sends the head at the start of `bytes`, of so many bytes.
fn begin(
    requests: &mut SendRequest<Bytes>,
    scheme: &'static str,
    bytes: &[u8],
) -> io::Result<(Call, usize)> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let mut space = field_space();
    let Ok(Parsed::Head(head)) = RequestHead::parse(bytes, &mut space) else { return Err(bad()) };
    let reader = BodyReader::from(head.body);
    let asked = if head.method == "HEAD" { Asked::Head } else { Asked::Other };
    let message = request(&head, scheme).ok_or_else(bad)?;
    let sent = requests.send_request(message, reader.is_done());
    let (response, send) = sent.map_err(|error| io::Error::from(kind_of(&error)))?;
    let request = if reader.is_done() { Sink::Done } else { Sink::Body { send, reader } };
    let answer = Answer::Awaited { response, asked, interim: Vec::new(), interim_read: 0 };
    Ok((Call::Begun { request, answer }, head.length))
}

fn answered(response: Response<RecvStream>, asked: Asked) -> Answer {
    let ending = match response.body().is_end_stream() {
        true => Ending::HeadOnly,
        false => Ending::BodyFollows,
    };
    let mut head = Vec::with_capacity(512);
    let status = response.status().as_u16();
    match write_response_head(status, fields(response.headers()), asked, ending, &mut head) {
        Ok(framing) => Answer::Begun(Source::new(head, framing, response.into_body())),
        Err(_) => Answer::Broken(io::ErrorKind::InvalidData),
    }
}

/// RFC 9113 §8.7: what was refused, or lies above the last stream of a GOAWAY, was not processed.
fn kind_of(error: &h2::Error) -> io::ErrorKind {
    let is_refused = error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM);
    let is_above = error.is_go_away() && error.is_remote();
    if is_refused || is_above { UNPROCESSED } else { io::ErrorKind::ConnectionReset }
}
