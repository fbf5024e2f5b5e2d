//! Carries a client's clear bytes over its socket, as they are or by TLS. Nothing above it sees a
//! record or a handshake; nothing here knows a request.

use std::os::fd::BorrowedFd;

use rustix::io::Errno;
use rustix::net::{self, SendFlags};
use rustls::client::UnbufferedClientConnection;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};

use super::offer::Offer;
use crate::tls::Handshakes;

/// Most that a record adds to its content: header, nonce or type, and tag.
const RECORD_OVERHEAD: usize = 64;
/// Content of the longest record (RFC 8446 §5.1).
const RECORD_CONTENT: usize = 16 * 1024;
/// Longest message of a handshake that is written at once.
const HANDSHAKE: usize = 64 * 1024;

/// How a connection carries its bytes.
pub(super) enum Channel {
    Clear,
    Tls(Box<Secure>),
}

impl Channel {
    pub(super) fn new(offer: Option<&Offer>) -> Result<Self, String> {
        Ok(match offer {
            None => Self::Clear,
            Some(offer) => Self::Tls(Box::new(Secure::new(offer)?)),
        })
    }

    /// Sends clear bytes; over TLS they may have to wait for the handshake.
    pub(super) fn send(&mut self, socket: BorrowedFd<'_>, clear: &[u8]) -> Result<(), String> {
        match self {
            Self::Clear => match net::send(socket, clear, SendFlags::NOSIGNAL) {
                Ok(count) if count == clear.len() => Ok(()),
                Ok(count) => Err(format!("sent {count} bytes of {}", clear.len())),
                Err(error) => Err(format!("sending a request: {error}")),
            },
            Self::Tls(secure) => {
                secure.waiting.extend_from_slice(clear);
                secure.advance(&mut [], |_| Ok(0))?;
                secure.transmit(socket)
            }
        }
    }

    /// Takes what the socket gave; `handle` gets the clear bytes in it and says how many answers
    /// they complete.
    pub(super) fn receive(
        &mut self,
        socket: BorrowedFd<'_>,
        bytes: &mut [u8],
        mut handle: impl FnMut(&[u8]) -> Result<usize, String>,
    ) -> Result<usize, String> {
        match self {
            Self::Clear => handle(bytes),
            Self::Tls(secure) => {
                let completed = secure.receive(bytes, handle)?;
                secure.transmit(socket)?;
                Ok(completed)
            }
        }
    }

    /// Goes on sending what the kernel did not take.
    pub(super) fn flush(&mut self, socket: BorrowedFd<'_>) -> Result<(), String> {
        match self {
            Self::Clear => Ok(()),
            Self::Tls(secure) => secure.transmit(socket),
        }
    }

    /// How the connection began, told once when its handshake is over.
    pub(super) fn poll_handshake(&mut self) -> Option<Handshakes> {
        match self {
            Self::Clear => None,
            Self::Tls(secure) => secure.untold.take(),
        }
    }

    /// Tickets that the server issued (TLS 1.3).
    pub(super) fn tickets(&self) -> u32 {
        match self {
            Self::Clear => 0,
            Self::Tls(secure) => secure.connection.tls13_tickets_received(),
        }
    }
}

/// The client's end of TLS.
pub(super) struct Secure {
    connection: UnbufferedClientConnection,
    offer: Offer,
    is_established: bool,
    untold: Option<Handshakes>,
    /// Received bytes of a record that is not yet whole.
    partial: Vec<u8>,
    /// Clear bytes that wait for the end of the handshake.
    waiting: Vec<u8>,
    /// Bytes for the socket.
    unsent: Vec<u8>,
}

impl Secure {
    fn new(offer: &Offer) -> Result<Self, String> {
        Ok(Self {
            connection: offer.connect()?,
            offer: offer.clone(),
            is_established: false,
            untold: None,
            partial: Vec::new(),
            waiting: Vec::new(),
            unsent: Vec::new(),
        })
    }

    fn receive(
        &mut self,
        bytes: &mut [u8],
        handle: impl FnMut(&[u8]) -> Result<usize, String>,
    ) -> Result<usize, String> {
        if self.partial.is_empty() {
            let (completed, used) = self.advance(bytes, handle)?;
            self.partial.extend_from_slice(&bytes[used..]);
            return Ok(completed);
        }
        let mut whole = std::mem::take(&mut self.partial);
        whole.extend_from_slice(bytes);
        let (completed, used) = self.advance(&mut whole, handle)?;
        whole.drain(..used);
        self.partial = whole;
        Ok(completed)
    }

    /// Goes through records as far as they are whole; gives the completed answers and how many
    /// bytes were used. What is to be sent is put into `unsent`.
    fn advance(
        &mut self,
        input: &mut [u8],
        mut handle: impl FnMut(&[u8]) -> Result<usize, String>,
    ) -> Result<(usize, usize), String> {
        let failed = |error: &dyn std::fmt::Display| format!("TLS: {error}");
        let (mut used, mut completed) = (0, 0);
        loop {
            let UnbufferedStatus { mut discard, state, .. } =
                self.connection.process_tls_records(&mut input[used..]);
            let mut is_more = true;
            match state.map_err(|error| failed(&error))? {
                ConnectionState::ReadTraffic(mut traffic) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record.map_err(|error| failed(&error))?;
                        discard += record.discard;
                        completed += handle(record.payload)?;
                    }
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    append(&mut self.unsent, HANDSHAKE, |space| data.encode(space))
                        .map_err(|error| failed(&error))?;
                }
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::WriteTraffic(mut traffic) => {
                    if !self.waiting.is_empty() {
                        let records = self.waiting.len() / RECORD_CONTENT + 1;
                        let room = self.waiting.len() + records * RECORD_OVERHEAD;
                        let clear = &self.waiting;
                        append(&mut self.unsent, room, |space| traffic.encrypt(clear, space))
                            .map_err(|error| failed(&error))?;
                        self.waiting.clear();
                    }
                    is_more = false;
                }
                ConnectionState::BlockedHandshake
                | ConnectionState::PeerClosed
                | ConnectionState::Closed => is_more = false,
                other => return Err(format!("TLS in state {other:?}")),
            }
            used += discard;
            if !is_more {
                break;
            }
        }
        if !self.is_established && !self.connection.is_handshaking() {
            self.is_established = true;
            self.untold = Some(self.offer.judge(&self.connection)?);
        }
        Ok((completed, used))
    }

    /// Sends as much as the kernel takes.
    fn transmit(&mut self, socket: BorrowedFd<'_>) -> Result<(), String> {
        if self.unsent.is_empty() {
            return Ok(());
        }
        match net::send(socket, &self.unsent, SendFlags::NOSIGNAL) {
            Ok(count) => {
                self.unsent.drain(..count);
                Ok(())
            }
            Err(Errno::AGAIN) => Ok(()),
            Err(error) => Err(format!("sending a request: {error}")),
        }
    }
}

/// Lets `write` fill up to `room` bytes at the end of a buffer.
fn append<E>(
    buffer: &mut Vec<u8>,
    room: usize,
    write: impl FnOnce(&mut [u8]) -> Result<usize, E>,
) -> Result<(), E> {
    let start = buffer.len();
    buffer.resize(start + room, 0);
    let written = write(&mut buffer[start..]);
    buffer.truncate(start + written.as_ref().ok().copied().unwrap_or(0));
    written.map(|_| ())
}
