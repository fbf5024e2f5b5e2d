//! One proxied HTTP/1 exchange: which bytes belong to the request and the response, what is sent
//! for them, and what both connections are good for afterwards. It must never call a message
//! whole whose end it has not seen.
//!
//! ```text
//! request:   Body --------> Done          (Tunnel after a valid 101)
//! response:  AwaitingHead -> Body -> Done
//!                 ^  \ 1xx
//!                 +---+
//! ```

use elbow_model::listener::Hsts;

use super::fault::{Fault, FaultKind, Retry};
use crate::http1::body::{BodyReader, BodyWriter, Progress};
use crate::http1::chunked::BodyFault;
use crate::http1::framing::{Asked, BodyLength, Version};
use crate::http1::refusal::BadResponse;
use crate::http1::request::{Parsed, RequestHead, field_space};
use crate::http1::response::ResponseHead;
use crate::http1::write_response::{
    Delivery, Persistence, write_interim, write_response, write_switch,
};
use crate::limits::MAX_INTERIM_RESPONSES;

/// Whether the method promises that twice is the same as once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotence {
    Idempotent,
    NotIdempotent,
}

/// One exchange, from the request's head on.
#[derive(Debug)]
pub struct Exchange {
    request: BodyReader,
    request_writer: BodyWriter,
    response: Response,
    asked: Asked,
    client_version: Version,
    persistence: Persistence,
    /// What the client itself wants of its connection.
    wanted: Persistence,
    idempotence: Idempotence,
    /// The protocol that the client asked for; a tunnel opens to no other.
    asked_upgrade: Option<Box<[u8]>>,
    interim_count: u8,
    /// Whether any byte of a response reached the client or would be lost by another try.
    has_answered: bool,
    status: u16,
    /// `Strict-Transport-Security` of the listener.
    hsts: Option<Hsts>,
}

#[derive(Debug)]
enum Response {
    AwaitingHead,
    Body { reader: BodyReader, writer: BodyWriter, reuse: Reuse },
    Done { reuse: Reuse },
    Tunnel,
}

/// What a member's connection is good for once the exchange is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    Reusable,
    Spent,
}

/// What a piece of a response's head gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadStep {
    Partial,
    /// An interim response of so many bytes; look again behind it.
    Interim(usize),
    /// The final head of so many bytes; the body follows.
    Final(usize),
    /// A 101 of so many bytes; both directions are a byte stream from here.
    Tunnel(usize),
}

/// How a member's connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Orderly,
    Broken,
}

impl Exchange {
    /// Begins with a request's head.
    #[must_use]
    pub fn begin(head: &RequestHead<'_, '_>) -> Self {
        let wanted = match head.wants_keep_alive() {
            true => Persistence::KeepAlive,
            false => Persistence::Close,
        };
        Self {
            request: BodyReader::from(head.body),
            request_writer: match head.body {
                BodyLength::Chunked => BodyWriter::Chunked,
                BodyLength::Empty | BodyLength::Fixed(_) | BodyLength::UntilClose => {
                    BodyWriter::Raw
                }
            },
            response: Response::AwaitingHead,
            asked: if head.method == "HEAD" { Asked::Head } else { Asked::Other },
            client_version: head.version,
            persistence: wanted,
            wanted,
            idempotence: match head.is_idempotent() {
                true => Idempotence::Idempotent,
                false => Idempotence::NotIdempotent,
            },
            asked_upgrade: head.upgrade.map(Box::from),
            interim_count: 0,
            has_answered: false,
            status: 0,
            hsts: None,
        }
    }

    /// Makes the answer promise that the host is reached over TLS (RFC 6797).
    pub fn promise_tls(&mut self, hsts: Option<Hsts>) {
        self.hsts = hsts;
    }

    /// What the answer promises about TLS.
    #[must_use]
    pub fn hsts(&self) -> Option<Hsts> {
        self.hsts
    }

    /// Takes the next piece of the request's body out of `input`.
    ///
    /// # Errors
    /// A [`Fault`] on the client's side: the body's framing is broken.
    pub fn read_request(&mut self, input: &mut [u8]) -> Result<Progress, Fault> {
        self.request
            .read(input)
            .map_err(|fault| Fault::terminal(FaultKind::ClientBody(describe(fault))))
    }

    /// Writes the framing before a piece of the request's body.
    pub fn write_request_prefix(&self, length: usize, out: &mut Vec<u8>) {
        self.request_writer.write_prefix(length, out);
    }

    /// Writes the framing after a piece of the request's body.
    pub fn write_request_suffix(&self, progress: &Progress, out: &mut Vec<u8>) {
        let ended = progress.ended.then_some(&self.request);
        self.request_writer.write_suffix(progress.data.len(), ended, out);
    }

    /// Whether the whole request was read.
    #[must_use]
    pub fn request_is_done(&self) -> bool {
        self.request.is_done()
    }

    /// Reads a response's head at the start of `input` and appends what the client gets.
    ///
    /// # Errors
    /// A [`Fault`] on the member's side: this is no response that can be passed on.
    pub fn read_head(
        &mut self,
        input: &[u8],
        via_name: &str,
        set_cookie: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<HeadStep, Fault> {
        let mut space = field_space();
        let head = match ResponseHead::parse(input, self.asked, &mut space) {
            Ok(Parsed::Head(head)) => head,
            Ok(Parsed::Partial) => return Ok(HeadStep::Partial),
            Err(bad) => return Err(bad_response(bad)),
        };
        if head.is_interim() {
            return self.take_interim(&head, out);
        }
        if head.status == 101 {
            return self.take_switch(&head, out);
        }
        self.take_final(&head, via_name, set_cookie, out);
        Ok(HeadStep::Final(head.length))
    }

    fn take_interim(
        &mut self,
        head: &ResponseHead<'_, '_>,
        out: &mut Vec<u8>,
    ) -> Result<HeadStep, Fault> {
        self.interim_count += 1;
        if self.interim_count > MAX_INTERIM_RESPONSES {
            return Err(bad_response(BadResponse::TooManyInterim));
        }
        if self.client_version == Version::Http11 {
            self.has_answered = true;
            write_interim(head, out);
        }
        Ok(HeadStep::Interim(head.length))
    }

    fn take_switch(
        &mut self,
        head: &ResponseHead<'_, '_>,
        out: &mut Vec<u8>,
    ) -> Result<HeadStep, Fault> {
        match head.upgrade {
            Some(protocol)
                if head.connection.upgrade
                    && self
                        .asked_upgrade
                        .as_deref()
                        .is_some_and(|asked| asked.eq_ignore_ascii_case(protocol)) =>
            {
                self.has_answered = true;
                self.status = head.status;
                write_switch(head, protocol, out);
                self.response = Response::Tunnel;
                Ok(HeadStep::Tunnel(head.length))
            }
            _ => Err(bad_response(BadResponse::UnaskedUpgrade)),
        }
    }

    fn take_final(
        &mut self,
        head: &ResponseHead<'_, '_>,
        via_name: &str,
        set_cookie: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) {
        self.has_answered = true;
        self.status = head.status;
        let writer = match (head.body, self.client_version) {
            (BodyLength::Chunked | BodyLength::UntilClose, Version::Http11) => BodyWriter::Chunked,
            (BodyLength::Chunked | BodyLength::UntilClose, Version::Http10) => {
                self.persistence = Persistence::Close;
                BodyWriter::Raw
            }
            (BodyLength::Empty | BodyLength::Fixed(_), _) => BodyWriter::Raw,
        };
        // An answer before the request's end: what is left of it may never come or be read, so
        // that nothing else can safely follow on either connection (RFC 9112 §9.3).
        let mut reuse = if head.allows_reuse() { Reuse::Reusable } else { Reuse::Spent };
        if !self.request_is_done() || self.asked_upgrade.is_some() {
            reuse = Reuse::Spent;
        }
        if !self.request_is_done() {
            self.persistence = Persistence::Close;
        }
        let delivery = Delivery {
            client_version: self.client_version,
            persistence: self.persistence,
            body: writer,
            set_cookie,
            via_name,
            hsts: self.hsts,
        };
        write_response(head, &delivery, out);
        let reader = BodyReader::from(head.body);
        self.response = match reader.is_done() {
            true => Response::Done { reuse },
            false => Response::Body { reader, writer, reuse },
        };
    }

    /// Takes the next piece of the response's body out of `input`.
    ///
    /// # Errors
    /// A [`Fault`] on the member's side: the body's framing is broken.
    pub fn read_body(&mut self, input: &mut [u8]) -> Result<Progress, Fault> {
        match &mut self.response {
            Response::Body { reader, .. } => reader
                .read(input)
                .map_err(|fault| Fault::terminal(FaultKind::BadResponse(describe(fault)))),
            Response::AwaitingHead | Response::Done { .. } | Response::Tunnel => {
                Ok(Progress { data: 0..0, consumed: 0, ended: true })
            }
        }
    }

    /// Writes the framing before a piece of the response's body.
    pub fn write_body_prefix(&self, length: usize, out: &mut Vec<u8>) {
        if let Response::Body { writer, .. } = &self.response {
            writer.write_prefix(length, out);
        }
    }

    /// Writes the framing after a piece of the response's body and takes note of its end.
    pub fn write_body_suffix(&mut self, progress: &Progress, out: &mut Vec<u8>) {
        if let Response::Body { reader, writer, reuse } = &self.response {
            writer.write_suffix(progress.data.len(), progress.ended.then_some(reader), out);
            if progress.ended {
                self.response = Response::Done { reuse: *reuse };
            }
        }
    }

    /// Bytes of the response's body that are sure to come and may bypass this machine.
    #[must_use]
    pub fn plain_body_left(&self) -> Option<u64> {
        match &self.response {
            Response::Body { reader, writer: BodyWriter::Raw, .. } => reader.fixed_left(),
            Response::Body { .. }
            | Response::AwaitingHead
            | Response::Done { .. }
            | Response::Tunnel => None,
        }
    }

    /// Takes note that `count` bytes of the response's body went by without this machine.
    pub fn skip_body(&mut self, count: u64) {
        if let Response::Body { reader, reuse, .. } = &mut self.response {
            reader.skip_fixed(count);
            if reader.is_done() {
                self.response = Response::Done { reuse: *reuse };
            }
        }
    }

    /// Takes note that the member's connection ended; what the client is still owed is appended.
    ///
    /// # Errors
    /// A [`Fault`] if the response is not whole.
    pub fn member_ended(&mut self, how: Ended, out: &mut Vec<u8>) -> Result<(), Fault> {
        match &self.response {
            Response::Done { .. } | Response::Tunnel => Ok(()),
            Response::AwaitingHead => {
                let retry = match self.idempotence {
                    Idempotence::Idempotent if !self.has_answered => Retry::Safe,
                    Idempotence::Idempotent | Idempotence::NotIdempotent => Retry::Unsafe,
                };
                Err(Fault { kind: FaultKind::ClosedBeforeResponse, retry })
            }
            Response::Body { reader: BodyReader::UntilClose, writer, .. }
                if how == Ended::Orderly =>
            {
                writer.write_suffix(0, Some(&BodyReader::Done), out);
                self.response = Response::Done { reuse: Reuse::Spent };
                Ok(())
            }
            Response::Body { .. } => Err(Fault::terminal(FaultKind::Truncated)),
        }
    }

    /// Whether the whole response was read; `Some` says what its connection is good for.
    #[must_use]
    pub fn response_is_done(&self) -> Option<Reuse> {
        match &self.response {
            Response::Done { reuse } if self.request_is_done() => Some(*reuse),
            Response::Done { .. } => Some(Reuse::Spent),
            Response::AwaitingHead | Response::Body { .. } | Response::Tunnel => None,
        }
    }

    /// Whether the response's head is still to come.
    #[must_use]
    pub fn awaits_head(&self) -> bool {
        matches!(self.response, Response::AwaitingHead)
    }

    /// Whether the client got any part of an answer.
    #[must_use]
    pub fn has_answered(&self) -> bool {
        self.has_answered
    }

    /// Whether an error page can still be given instead of the member's response.
    #[must_use]
    pub fn can_answer(&self) -> bool {
        self.awaits_head()
    }

    /// What the method promises about a second try.
    #[must_use]
    pub fn idempotence(&self) -> Idempotence {
        self.idempotence
    }

    /// What becomes of the client's connection.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self.request_is_done() {
            true => self.persistence,
            false => Persistence::Close,
        }
    }

    /// What the client itself wants of its connection.
    #[must_use]
    pub fn wanted(&self) -> Persistence {
        self.wanted
    }

    /// Makes this the last exchange of its connection, said in the head if that is still to come.
    pub fn close_after(&mut self) {
        self.persistence = Persistence::Close;
    }

    /// What the request asked for.
    #[must_use]
    pub fn asked(&self) -> Asked {
        self.asked
    }

    /// The client's version.
    #[must_use]
    pub fn client_version(&self) -> Version {
        self.client_version
    }

    /// The final response's status; 0 before there is one.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }
}

fn bad_response(bad: BadResponse) -> Fault {
    Fault::terminal(FaultKind::BadResponse(bad.reason()))
}

fn describe(fault: BodyFault) -> &'static str {
    match fault {
        BodyFault::ChunkSize => "a chunk's size is malformed",
        BodyFault::LineEnd => "a chunk does not end in CRLF",
        BodyFault::ExtensionsTooLong => "the chunk extensions are too long",
        BodyFault::TrailersTooLong => "the trailer section is too long",
        BodyFault::BadTrailer => "the trailer section is malformed",
    }
}

#[cfg(test)]
mod tests;
