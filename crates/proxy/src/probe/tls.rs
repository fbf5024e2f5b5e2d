//! The TLS of checks: one session per check over the check's own socket, never blocking. Who the
//! member may be is settled before; it must not judge answers.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

use elbow_model::health_monitor::HttpCheck;
use elbow_traffic::health::{Outcome, http, tls};
use rustls::{ClientConnection, Error};

use super::attempt::broken;
use crate::member_tls::{CheckTls, reason};
use crate::sys::socket::{self, Io};

/// The most bytes that one check takes from the wire: chains of certificates and an answer's head
/// are far below; records that never become an answer end here.
const MAX_WIRE_BYTES: usize = 512 * 1024;
/// So many first bytes tell what the member speaks.
const FIRST_BYTES: usize = 5;

/// One check's TLS.
#[derive(Debug)]
pub(super) struct Session {
    connection: ClientConnection,
    seen: Seen,
    /// The answer so far, in clear; judged after each record, which bounds it.
    received: Vec<u8>,
}

/// What came over the wire.
#[derive(Debug, Default)]
struct Seen {
    first: [u8; FIRST_BYTES],
    count: usize,
}

impl Session {
    /// A session whose request goes out as soon as the handshake is done.
    ///
    /// # Errors
    /// What is wrong, as evidence.
    pub(super) fn begin(
        tls: &CheckTls,
        check: &HttpCheck,
        target: SocketAddr,
    ) -> Result<Self, String> {
        let failed = |text: String| tls::handshake_failure(b"", &text);
        // An address is no name for SNI (RFC 6066 §3): rustls leaves it out then.
        let (config, name) = tls.parts(check.host.as_ref(), target.ip()).map_err(failed)?;
        let mut connection =
            ClientConnection::new(config, name).map_err(|error| failed(reason(&error)))?;
        let request = http::request(check, target);
        connection.writer().write_all(&request).map_err(|error| failed(error.to_string()))?;
        Ok(Self { connection, seen: Seen::default(), received: Vec::new() })
    }

    /// Goes on as far as it can; the outcome, once there is one.
    pub(super) fn advance(
        &mut self,
        socket: BorrowedFd<'_>,
        check: &HttpCheck,
        scratch: &mut [u8],
    ) -> Option<Outcome> {
        loop {
            self.send(socket);
            let mut wire = Wire { socket, seen: &mut self.seen };
            let end = match self.connection.read_tls(&mut wire) {
                Ok(0) => http::Received::Ended,
                Ok(_) => http::Received::Open,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                Err(error) => return Some(Err(self.broken(&error))),
            };
            let was_handshaking = self.connection.is_handshaking();
            if let Err(error) = self.connection.process_new_packets() {
                // The alert that says so to the member, if the kernel takes it.
                self.send(socket);
                return Some(Err(self.failure(was_handshaking, &error)));
            }
            let closed = self.take_answer(scratch) || end == http::Received::Ended;
            if closed && self.connection.is_handshaking() {
                return Some(Err(self.handshake_failure("the member closed the connection")));
            }
            let end = if closed { http::Received::Ended } else { http::Received::Open };
            if let Some(outcome) = http::judge(check, &self.received, end) {
                return Some(outcome);
            }
            if self.seen.count > MAX_WIRE_BYTES {
                let text = format!("no answer within {MAX_WIRE_BYTES} bytes");
                return Some(Err(tls::failure(&text)));
            }
        }
    }

    /// What is said when the time is up.
    pub(super) fn timeout_text(&self, timeout_ms: u32) -> String {
        if self.connection.is_handshaking() {
            tls::handshake_timeout(timeout_ms)
        } else {
            http::answer_timeout(timeout_ms)
        }
    }

    /// Sends what the kernel takes. An error is not looked at: reading tells it, after whatever
    /// the member said before it closed.
    fn send(&mut self, socket: BorrowedFd<'_>) {
        let mut wire = Wire { socket, seen: &mut self.seen };
        while self.connection.wants_write() {
            match self.connection.write_tls(&mut wire) {
                Ok(1..) => {}
                Ok(0) | Err(_) => return,
            }
        }
    }

    /// Takes what is decrypted; true if the member said that it was all.
    fn take_answer(&mut self, scratch: &mut [u8]) -> bool {
        loop {
            match self.connection.reader().read(scratch) {
                Ok(0) => return true,
                Ok(count) => {
                    self.received.extend_from_slice(scratch.get(..count).unwrap_or_default());
                }
                // Nothing now, or the end without a goodbye, which the socket tells as well.
                Err(_) => return false,
            }
        }
    }

    fn handshake_failure(&self, text: &str) -> String {
        let first = self.seen.first.get(..self.seen.count.min(FIRST_BYTES)).unwrap_or_default();
        tls::handshake_failure(first, text)
    }

    fn failure(&self, was_handshaking: bool, error: &Error) -> String {
        if was_handshaking {
            self.handshake_failure(&reason(error))
        } else {
            tls::failure(&reason(error))
        }
    }

    fn broken(&self, error: &io::Error) -> String {
        match (self.connection.is_handshaking(), error.kind()) {
            (true, io::ErrorKind::ConnectionReset) => {
                self.handshake_failure("the member reset the connection")
            }
            (true, _) => self.handshake_failure(&error.to_string()),
            (false, _) => broken(error),
        }
    }
}

/// The socket as rustls wants it.
struct Wire<'a> {
    socket: BorrowedFd<'a>,
    seen: &'a mut Seen,
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match socket::receive(self.socket, buffer)? {
            Io::Bytes(count) => {
                let came = buffer.get(..count).unwrap_or_default();
                let wanted = self.seen.first.iter_mut().skip(self.seen.count);
                wanted.zip(came).for_each(|(first, byte)| *first = *byte);
                self.seen.count += count;
                Ok(count)
            }
            Io::Blocked => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match socket::send(self.socket, bytes)? {
            Io::Bytes(count) => Ok(count),
            Io::Blocked => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
