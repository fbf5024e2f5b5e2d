//! A worker's room for wire bytes on their way through rustls: shared by all connections, since
//! nothing stays in it between two events. It must never be what a connection keeps bytes in.

/// The most wire bytes that are received at once.
pub(super) const MOST_RECEIVED: usize = 128 * 1024;
/// The most wire bytes that a connection may leave for later: a handshake message of the greatest
/// length (64 KiB, as chains of certificates may have) in records, and a record behind it.
pub(super) const MOST_HELD: usize = 96 * 1024;

/// Room for what comes and what goes.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    incoming: Vec<u8>,
    outgoing: Outgoing,
}

impl Wire {
    /// Both rooms, the second one empty; the first allocation happens with the first TLS connection.
    pub(super) fn rooms(&mut self) -> (&mut [u8], &mut Outgoing) {
        if self.incoming.is_empty() {
            self.incoming = vec![0; MOST_HELD + MOST_RECEIVED];
        }
        self.outgoing.filled = 0;
        (&mut self.incoming, &mut self.outgoing)
    }

    /// Room for what goes, empty.
    pub(super) fn outgoing(&mut self) -> &mut Outgoing {
        self.outgoing.filled = 0;
        &mut self.outgoing
    }
}

/// Wire bytes to be sent. It grows to what one event needs and stays so.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    filled: usize,
}

impl Outgoing {
    /// What is to be sent.
    pub(super) fn filled(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or_default()
    }

    /// Where more may be written.
    pub(super) fn room(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.filled..).unwrap_or_default()
    }

    /// Takes note that so much of the room was written.
    pub(super) fn fill(&mut self, count: usize) {
        self.filled = (self.filled + count).min(self.bytes.len());
    }

    /// Makes room for at least so much.
    pub(super) fn make_room(&mut self, count: usize) {
        if self.bytes.len() < self.filled + count {
            self.bytes.resize(self.filled + count, 0);
        }
    }
}
