//! A client's stream: its request is read as HTTP/1.1, the response is written so and leaves as
//! frames. A response that is not whole when the stream is dropped is cut.

use std::io;
use std::task::{Context, Waker};

use bytes::Bytes;
use elbow_traffic::http1::framing::Asked;
use elbow_traffic::http1::request::{Parsed, field_space};
use elbow_traffic::http1::{BodyReader, ResponseHead};
use elbow_traffic::http2::head::Framing;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};

use super::super::convert::response;
use super::super::sink::Sink;
use super::super::source::Source;
use crate::sys::socket::Io;
use crate::worker::arena::Key;

/// One stream of a client.
#[derive(Debug)]
pub(crate) struct ClientStream {
    carrier: Key,
    bell: Waker,
    asked: Asked,
    request: Source,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    /// The head of the final response is to come.
    Awaited(SendResponse<Bytes>),
    Begun(Sink),
}

impl ClientStream {
    /// A request whose HTTP/1.1 head is `head`.
    pub(crate) fn new(
        (carrier, bell): (Key, Waker),
        asked: Asked,
        (head, framing, body): (Vec<u8>, Framing, RecvStream),
        respond: SendResponse<Bytes>,
    ) -> Self {
        let request = Source::new(head, framing, body);
        Self { carrier, bell, asked, request, answer: Answer::Awaited(respond) }
    }

    /// The connection that carries it.
    pub(crate) fn carrier(&self) -> Key {
        self.carrier
    }

    /// Whether the client gave it up; the bell rings otherwise, once it does.
    pub(crate) fn is_reset(&mut self) -> bool {
        let mut context = Context::from_waker(&self.bell);
        match &mut self.answer {
            Answer::Awaited(respond) => respond.poll_reset(&mut context).is_ready(),
            Answer::Begun(sink) => sink.is_reset(&mut context),
        }
    }

    /// Whether reading may give something before the bell rings.
    pub(crate) fn is_ready(&self) -> bool {
        self.request.is_ready()
    }

    /// Reads bytes of the request.
    ///
    /// # Errors
    /// If the stream or its connection broke.
    pub(crate) fn read(&mut self, room: &mut [u8]) -> io::Result<Io> {
        self.request.read(room, &mut Context::from_waker(&self.bell))
    }

    /// Takes bytes of the response, as many as the client's windows allow.
    ///
    /// # Errors
    /// If the stream or its connection broke, or this is no response.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = 0;
        while let Answer::Awaited(_) = self.answer {
            let rest = bytes.get(written..).filter(|rest| !rest.is_empty());
            let Some(rest) = rest else { return Ok(written) };
            written += self.write_head(rest)?;
        }
        let Answer::Begun(sink) = &mut self.answer else { return Ok(written) };
        let rest = bytes.get(written..).unwrap_or_default();
        Ok(written + sink.write(rest, &mut Context::from_waker(&self.bell))?)
    }

    /// Sends one head; heads are written whole, each in one piece.
    fn write_head(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bad = || io::Error::from(io::ErrorKind::InvalidData);
        let gone = |_| io::Error::from(io::ErrorKind::ConnectionReset);
        let mut space = field_space();
        let Ok(Parsed::Head(head)) = ResponseHead::parse(bytes, self.asked, &mut space) else {
            return Err(bad());
        };
        let Answer::Awaited(respond) = &mut self.answer else { return Ok(0) };
        if head.is_interim() {
            let interim = response(&head, head.status).ok_or_else(bad)?;
            respond.send_informational(interim).map_err(gone)?;
            return Ok(head.length);
        }
        let sink = if head.status == 101 {
            // RFC 8441 §5: what is 101 there is 200 here.
            let agreed = response(&head, 200).ok_or_else(bad)?;
            let send = respond.send_response(agreed, false).map_err(gone)?;
            self.request.open_tunnel();
            self.bell.wake_by_ref();
            Sink::Tunnel { send }
        } else {
            let reader = BodyReader::from(head.body);
            let last = response(&head, head.status).ok_or_else(bad)?;
            let send = respond.send_response(last, reader.is_done()).map_err(gone)?;
            if reader.is_done() { Sink::Done } else { Sink::Body { send, reader } }
        };
        let length = head.length;
        self.answer = Answer::Begun(sink);
        Ok(length)
    }

    /// A byte stream to the client came to its end.
    pub(crate) fn end(&mut self) {
        if let Answer::Begun(sink) = &mut self.answer {
            sink.end();
        }
    }
}

impl Drop for ClientStream {
    fn drop(&mut self) {
        match &mut self.answer {
            Answer::Awaited(respond) => respond.send_reset(Reason::INTERNAL_ERROR),
            Answer::Begun(sink) => sink.cut(),
        }
    }
}
