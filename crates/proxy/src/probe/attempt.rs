//! One check under way: a connection and what came over it.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use elbow_model::health_monitor::{Check, HttpCheck};
use elbow_traffic::health::{Outcome, http, tcp};

use super::tls::Session;
use crate::member_tls::CheckTls;
use crate::sys::socket::{self, Io};

/// A check under way.
#[derive(Debug)]
pub(super) struct Attempt {
    socket: OwnedFd,
    state: State,
}

#[derive(Debug)]
enum State {
    Connecting,
    /// So many bytes of the request are sent.
    Asking {
        request: Vec<u8>,
        sent: usize,
    },
    Listening {
        received: Vec<u8>,
    },
    /// The handshake, the request and the answer over TLS.
    Secure(Box<Session>),
}

impl Attempt {
    /// Begins a connection.
    pub(super) fn begin(target: SocketAddr) -> io::Result<Self> {
        let socket = socket::connect(target)?;
        // Closed with a reset: no port stays behind in TIME_WAIT for each check.
        socket2::SockRef::from(&socket).set_linger(Some(Duration::ZERO))?;
        Ok(Self { socket, state: State::Connecting })
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Goes on as far as it can; the outcome, once there is one.
    pub(super) fn advance(
        &mut self,
        check: &Check,
        target: SocketAddr,
        tls: Option<&CheckTls>,
        scratch: &mut [u8],
    ) -> Option<Outcome> {
        if let State::Connecting = self.state {
            if let Err(error) = socket::take_error(self.socket.as_fd()) {
                return Some(Err(connect_failure(&error)));
            }
            match socket2::SockRef::from(&self.socket).peer_addr() {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotConnected => return None,
                Err(error) => return Some(Err(connect_failure(&error))),
            }
            let (Check::Http(check) | Check::Https(check)) = check else { return Some(Ok(())) };
            self.state = match tls.map(|tls| Session::begin(tls, check, target)) {
                None => State::Asking { request: http::request(check, target), sent: 0 },
                Some(Ok(session)) => State::Secure(Box::new(session)),
                Some(Err(text)) => return Some(Err(text)),
            };
        }
        let (Check::Http(check) | Check::Https(check)) = check else { return Some(Ok(())) };
        if let State::Secure(session) = &mut self.state {
            return session.advance(self.socket.as_fd(), check, scratch);
        }
        if let State::Asking { request, sent } = &mut self.state {
            while *sent < request.len() {
                match socket::send(self.socket.as_fd(), request.get(*sent..).unwrap_or_default()) {
                    Ok(Io::Bytes(count)) => *sent += count,
                    Ok(Io::Blocked) => return None,
                    Err(error) => return Some(Err(broken(&error))),
                }
            }
            self.state = State::Listening { received: Vec::new() };
        }
        self.listen(check, scratch)
    }

    /// What is said when the time is up.
    pub(super) fn timeout_text(&self, timeout_ms: u32) -> String {
        match &self.state {
            State::Connecting => tcp::connect_timeout(timeout_ms),
            State::Secure(session) => session.timeout_text(timeout_ms),
            State::Asking { .. } | State::Listening { .. } => http::answer_timeout(timeout_ms),
        }
    }

    fn listen(&mut self, check: &HttpCheck, scratch: &mut [u8]) -> Option<Outcome> {
        let State::Listening { received } = &mut self.state else { return None };
        loop {
            let end = match socket::receive(self.socket.as_fd(), scratch) {
                Ok(Io::Bytes(0)) => http::Received::Ended,
                Ok(Io::Bytes(count)) => {
                    received.extend_from_slice(scratch.get(..count).unwrap_or_default());
                    http::Received::Open
                }
                Ok(Io::Blocked) => return None,
                Err(error) => return Some(Err(broken(&error))),
            };
            if let Some(outcome) = http::judge(check, received, end) {
                return Some(outcome);
            }
        }
    }
}

/// Why a connection failed.
pub(super) fn connect_failure(error: &io::Error) -> String {
    tcp::connect_failure(error.kind(), &error.to_string())
}

/// Why a connection that was open broke.
pub(super) fn broken(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            "connection reset before an answer".to_owned()
        }
        _ => elbow_traffic::health::bounded(&format!("connection broke: {error}")),
    }
}
