//! Frames by hand: written from RFC 9113 alone, so that nothing is too wrong to be sent, and a reader
//! that takes note of everything that comes back.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH_PROMISE: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 0x1;
pub(crate) const ACK: u8 = 0x1;
pub(crate) const END_HEADERS: u8 = 0x4;
pub(crate) const PADDED: u8 = 0x8;
pub(crate) const WITH_PRIORITY: u8 = 0x20;
pub(crate) const WHOLE: u8 = END_STREAM | END_HEADERS;

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// One frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header block of literal fields without indexing or Huffman code (RFC 7541 §6.2.2).
pub(crate) fn block(fields: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            write_length(text.len(), &mut block);
            block.extend_from_slice(text);
        }
    }
    block
}

fn write_length(length: usize, out: &mut Vec<u8>) {
    if length < 127 {
        return out.push(u8::try_from(length).unwrap());
    }
    out.push(127);
    let mut rest = length - 127;
    while rest >= 128 {
        out.push(u8::try_from(rest % 128).unwrap() | 0x80);
        rest /= 128;
    }
    out.push(u8::try_from(rest).unwrap());
}

/// What came on one stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) status: Option<u16>,
    pub(crate) body: Vec<u8>,
    pub(crate) has_ended: bool,
    pub(crate) reset: Option<u32>,
}

/// What came on one connection.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) streams: BTreeMap<u32, Got>,
    pub(crate) goaway: Option<u32>,
    pub(crate) is_closed: bool,
    /// What is no frame: an answer in HTTP/1, say.
    pub(crate) text: Vec<u8>,
    /// What is wrong with what came.
    pub(crate) trouble: Option<String>,
}

/// A client's connection.
pub(crate) struct RawClient {
    stream: TcpStream,
    received: Vec<u8>,
    decoder: hpack::Decoder<'static>,
    block: Vec<u8>,
    pub(crate) collected: Collected,
}

impl RawClient {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
        Self {
            stream,
            received: Vec::new(),
            decoder: hpack::Decoder::new(),
            block: Vec::new(),
            collected: Collected::default(),
        }
    }

    /// Sends bytes; a balancer that closed already shows in what is read.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _closed = self.stream.write_all(bytes);
    }

    /// Reads until `is_enough`, the end of the connection or of the patience; whether it was enough.
    pub(crate) fn read_until(
        &mut self,
        patience: Duration,
        is_enough: impl Fn(&Collected) -> bool,
    ) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            self.take_frames();
            if is_enough(&self.collected) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if self.collected.is_closed || left.is_zero() {
                return false;
            }
            self.stream.set_read_timeout(Some(left)).unwrap();
            let mut part = [0; 65_536];
            match self.stream.read(&mut part) {
                Ok(0) => self.collected.is_closed = true,
                Ok(count) => self.received.extend_from_slice(&part[..count]),
                Err(error) => {
                    let is_late =
                        matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
                    self.collected.is_closed |= !is_late;
                }
            }
        }
    }

    fn take_frames(&mut self) {
        if self.received.starts_with(b"HTTP/1") || !self.collected.text.is_empty() {
            self.collected.text.append(&mut self.received);
            return;
        }
        while self.received.len() >= 9 {
            let head = &self.received[..9];
            let length =
                usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
            if self.received.len() < 9 + length {
                return;
            }
            let (kind, flags) = (head[3], head[4]);
            let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
            let whole: Vec<u8> = self.received.drain(..9 + length).collect();
            self.take_frame(kind, flags, stream, &whole[9..]);
        }
    }

    fn take_frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
        match kind {
            SETTINGS if flags & ACK == 0 => self.send(&frame(SETTINGS, ACK, 0, [])),
            PING if flags & ACK == 0 => self.send(&frame(PING, ACK, 0, payload)),
            GOAWAY => self.collected.goaway = Some(number(&payload[4..8])),
            RST_STREAM => {
                self.collected.streams.entry(stream).or_default().reset = Some(number(payload));
            }
            DATA => {
                if !payload.is_empty() {
                    let count = u32::try_from(payload.len()).unwrap().to_be_bytes();
                    self.send(&frame(WINDOW_UPDATE, 0, 0, count));
                    self.send(&frame(WINDOW_UPDATE, 0, stream, count));
                }
                let got = self.collected.streams.entry(stream).or_default();
                got.body.extend_from_slice(payload);
                got.has_ended |= flags & END_STREAM != 0;
            }
            HEADERS | CONTINUATION => {
                self.block.extend_from_slice(payload);
                let got = self.collected.streams.entry(stream).or_default();
                got.has_ended |= kind == HEADERS && flags & END_STREAM != 0;
                if flags & END_HEADERS != 0 {
                    self.take_block(stream);
                }
            }
            _ => {}
        }
    }

    fn take_block(&mut self, stream: u32) {
        let block = std::mem::take(&mut self.block);
        let Ok(fields) = self.decoder.decode(&block) else {
            self.collected.trouble = Some("a header block that can't be read".into());
            return;
        };
        for (name, value) in fields {
            if name.iter().any(u8::is_ascii_uppercase) {
                self.collected.trouble = Some("a field name in upper case".into());
            }
            if matches!(
                name.as_slice(),
                b"connection"
                    | b"transfer-encoding"
                    | b"keep-alive"
                    | b"upgrade"
                    | b"proxy-connection"
            ) {
                self.collected.trouble = Some("a field of a connection".into());
            }
            if name == b":status" {
                let status = String::from_utf8_lossy(&value).parse().ok();
                self.collected.streams.entry(stream).or_default().status = status;
            }
        }
    }
}
