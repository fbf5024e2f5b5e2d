//! A rustls connection of either side, fed with wire bytes and asked for clear ones. It must touch
//! no socket and keep no bytes: what is not used up, the caller brings again.

use std::ops::Deref;

use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{ConnectionState, EncodeError, EncryptError, UnbufferedStatus};
use rustls::{CommonState, Error};

use super::wire::Outgoing;

/// Room that is made at once where a record is to be written.
const RECORD_ROOM: usize = 18 * 1024;

/// Either side of a TLS connection.
pub(crate) enum Session {
    Server(UnbufferedServerConnection),
    Client(UnbufferedClientConnection),
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Server(_) => "Session::Server",
            Self::Client(_) => "Session::Client",
        })
    }
}

impl Deref for Session {
    type Target = CommonState;

    fn deref(&self) -> &CommonState {
        match self {
            Self::Server(side) => side,
            Self::Client(side) => side,
        }
    }
}

/// Clear bytes that came, and where they are put.
#[derive(Debug)]
pub(super) struct Clear<'a> {
    room: &'a mut [u8],
    pub(super) filled: usize,
}

impl<'a> Clear<'a> {
    pub(super) fn new(room: &'a mut [u8]) -> Self {
        Self { room, filled: 0 }
    }

    /// Bytes that have room.
    pub(super) fn left(&self) -> usize {
        self.room.len() - self.filled
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let place = self.room.get_mut(self.filled..self.filled + bytes.len());
        place
            .ok_or_else(|| broken_promise("clear bytes outgrow their room"))?
            .copy_from_slice(bytes);
        self.filled += bytes.len();
        Ok(())
    }
}

/// What wire bytes came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// So many of them are done with.
    pub(super) used: usize,
    /// Whether the peer said that it sends no more.
    pub(super) has_ended: bool,
}

impl Session {
    /// Takes wire bytes: clear ones go to `clear`, what is to be said to `outgoing`. All that is
    /// not used must come again, with more behind it.
    ///
    /// # Errors
    /// If the peer broke the protocol; the alert that tells it so is in `outgoing`.
    pub(super) fn process(
        &mut self,
        incoming: &mut [u8],
        clear: &mut Clear<'_>,
        outgoing: &mut Outgoing,
    ) -> Result<Progress, Error> {
        match self {
            Self::Server(side) => process(side, incoming, clear, outgoing),
            Self::Client(side) => process(side, incoming, clear, outgoing),
        }
    }

    /// Makes records of clear bytes. `held` are the wire bytes that were not used up.
    ///
    /// # Errors
    /// If nothing may be sent now, or ever again with these keys.
    pub(super) fn encrypt(
        &mut self,
        bytes: &[u8],
        held: &mut [u8],
        outgoing: &mut Outgoing,
    ) -> Result<(), Error> {
        match self {
            Self::Server(side) => write(side, Writing::Data(bytes), held, outgoing),
            Self::Client(side) => write(side, Writing::Data(bytes), held, outgoing),
        }
    }

    /// Says that nothing more will be sent (`close_notify`).
    ///
    /// # Errors
    /// As above.
    pub(super) fn close(&mut self, held: &mut [u8], outgoing: &mut Outgoing) -> Result<(), Error> {
        match self {
            Self::Server(side) => write(side, Writing::End, held, outgoing),
            Self::Client(side) => write(side, Writing::End, held, outgoing),
        }
    }
}

/// What both kinds of rustls connections have in common, but for a trait.
trait Side {
    type Data;

    /// Whether records of the protocol's own wait to be written.
    fn has_to_say(&self) -> bool;

    fn next<'c, 'i>(&'c mut self, incoming: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data>;
}

impl Side for UnbufferedServerConnection {
    type Data = ServerConnectionData;

    fn has_to_say(&self) -> bool {
        self.wants_write()
    }

    fn next<'c, 'i>(&'c mut self, incoming: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(incoming)
    }
}

impl Side for UnbufferedClientConnection {
    type Data = ClientConnectionData;

    fn has_to_say(&self) -> bool {
        self.wants_write()
    }

    fn next<'c, 'i>(&'c mut self, incoming: &'i mut [u8]) -> UnbufferedStatus<'c, 'i, Self::Data> {
        self.process_tls_records(incoming)
    }
}

fn process(
    side: &mut impl Side,
    incoming: &mut [u8],
    clear: &mut Clear<'_>,
    outgoing: &mut Outgoing,
) -> Result<Progress, Error> {
    let mut progress = Progress { used: 0, has_ended: false };
    loop {
        let status = side.next(incoming.get_mut(progress.used..).unwrap_or_default());
        let mut discard = status.discard;
        let state = match status.state {
            Ok(state) => state,
            Err(error) => {
                say_why(side, outgoing);
                return Err(error);
            }
        };
        let is_done = match state {
            ConnectionState::ReadTraffic(mut traffic) => {
                while let Some(record) = traffic.next_record() {
                    let record = record?;
                    discard += record.discard;
                    clear.put(record.payload)?;
                }
                false
            }
            ConnectionState::EncodeTlsData(mut record) => {
                encode(|room| record.encode(room), outgoing)?;
                false
            }
            ConnectionState::TransmitTlsData(sent) => {
                sent.done();
                false
            }
            ConnectionState::PeerClosed => {
                progress.has_ended = true;
                false
            }
            ConnectionState::BlockedHandshake
            | ConnectionState::WriteTraffic(_)
            | ConnectionState::Closed => true,
            // Early data is never accepted (RFC 8446 §8), and other states are not known.
            _ => return Err(broken_promise("a state that was not asked for")),
        };
        progress.used += discard;
        if is_done {
            return Ok(progress);
        }
    }
}

/// Writes the alerts that a failed connection still has to say. It must not be asked for more than
/// those: it would look at wire bytes again, and fail once more.
fn say_why(side: &mut impl Side, outgoing: &mut Outgoing) {
    while side.has_to_say() {
        let Ok(ConnectionState::EncodeTlsData(mut record)) = side.next(&mut []).state else {
            return;
        };
        if encode(|room| record.encode(room), outgoing).is_err() {
            return;
        }
    }
}

enum Writing<'a> {
    Data(&'a [u8]),
    End,
}

fn write(
    side: &mut impl Side,
    writing: Writing<'_>,
    held: &mut [u8],
    outgoing: &mut Outgoing,
) -> Result<(), Error> {
    loop {
        match side.next(held).state? {
            ConnectionState::WriteTraffic(mut traffic) => {
                let written = match writing {
                    Writing::Data(bytes) => traffic.encrypt(bytes, outgoing.room()),
                    Writing::End => traffic.queue_close_notify(outgoing.room()),
                };
                match written {
                    Ok(count) => {
                        outgoing.fill(count);
                        return Ok(());
                    }
                    Err(EncryptError::InsufficientSize(room)) => {
                        outgoing.make_room(room.required_size);
                    }
                    Err(EncryptError::EncryptExhausted) => return Err(Error::EncryptError),
                }
            }
            ConnectionState::EncodeTlsData(mut record) => {
                encode(|room| record.encode(room), outgoing)?;
            }
            ConnectionState::TransmitTlsData(sent) => sent.done(),
            // Told by whoever processed the wire bytes.
            ConnectionState::PeerClosed => {}
            ConnectionState::BlockedHandshake => return Err(Error::HandshakeNotComplete),
            _ => return Err(broken_promise("nothing may be sent now")),
        }
    }
}

/// Writes one record of the protocol's own.
fn encode(
    mut encode: impl FnMut(&mut [u8]) -> Result<usize, EncodeError>,
    outgoing: &mut Outgoing,
) -> Result<(), Error> {
    outgoing.make_room(RECORD_ROOM);
    match encode(outgoing.room()) {
        Ok(count) => {
            outgoing.fill(count);
            Ok(())
        }
        Err(EncodeError::InsufficientSize(room)) => {
            outgoing.make_room(room.required_size);
            let count = encode(outgoing.room()).map_err(|_| Error::EncryptError)?;
            outgoing.fill(count);
            Ok(())
        }
        Err(EncodeError::AlreadyEncoded) => Err(Error::EncryptError),
    }
}

fn broken_promise(what: &str) -> Error {
    Error::General(what.to_owned())
}
