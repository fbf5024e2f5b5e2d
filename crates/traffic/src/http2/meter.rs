//! Watches what passes over one HTTP/2 connection of a client, ahead of the framing, and ends those
//! that cost more than they ask for. It must be told the time, and know nothing of payloads.
//!
//! ```text
//! Preface -> FirstFrame -> Open <-> InBlock        (received)
//! ```

use std::time::Duration;

use super::budget::{Allowance, Budget};
use super::frame::{FrameHead, FrameKind, MAX_FRAME_BYTES, PREFACE, Skimmer};
use super::violation::Violation;
use crate::limits::{
    HTTP2_MAX_BLOCK_BYTES, HTTP2_MAX_CONTINUATIONS, HTTP2_RESETS, HTTP2_RESETS_EVERY,
};

/// SETTINGS, with one token for each and one for every eight parameters.
const SETTINGS: Allowance = Allowance { most: 50, every: Duration::from_millis(500) };
/// PING; an answer to data that is measured with (gRPC does) earns it back.
const PINGS: Allowance = Allowance { most: 500, every: Duration::from_millis(10) };
const PRIORITIES: Allowance = Allowance { most: 1_000, every: Duration::from_millis(10) };
/// WINDOW_UPDATE; what we send earns more.
const WINDOW_UPDATES: Allowance = Allowance { most: 4_000, every: Duration::from_millis(2) };
/// DATA without content that does not end its stream either.
const EMPTY_DATA: Allowance = Allowance { most: 200, every: Duration::from_millis(100) };
/// Frames of types that we don't know, and GOAWAY.
const UNKNOWN: Allowance = Allowance { most: 200, every: Duration::from_millis(100) };
const RESETS: Allowance = Allowance { most: HTTP2_RESETS, every: HTTP2_RESETS_EVERY };
/// Bytes sent that are worth one WINDOW_UPDATE.
const BYTES_PER_UPDATE: u64 = 256;

/// What the received bytes have come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Preface { matched: u8 },
    FirstFrame,
    Open,
    InBlock { stream: u32, continuations: u8, bytes: u32, since: Duration },
}

/// The watch over one connection.
#[derive(Debug)]
pub struct Meter {
    state: State,
    received: Skimmer,
    sent: Skimmer,
    books: Books,
}

#[derive(Debug)]
struct Books {
    settings: Budget,
    pings: Budget,
    priorities: Budget,
    window_updates: Budget,
    empty_data: Budget,
    unknown: Budget,
    resets: Budget,
    unpaid_bytes: u64,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            state: State::Preface { matched: 0 },
            received: Skimmer::default(),
            sent: Skimmer::default(),
            books: Books {
                settings: Budget::new(SETTINGS),
                pings: Budget::new(PINGS),
                priorities: Budget::new(PRIORITIES),
                window_updates: Budget::new(WINDOW_UPDATES),
                empty_data: Budget::new(EMPTY_DATA),
                unknown: Budget::new(UNKNOWN),
                resets: Budget::new(RESETS),
                unpaid_bytes: 0,
            },
        }
    }
}

impl Meter {
    /// Looks at what came, `now` since any fixed moment.
    ///
    /// # Errors
    /// A [`Violation`], after which the connection must end.
    pub fn handle_received(&mut self, bytes: &[u8], now: Duration) -> Result<(), Violation> {
        let mut rest = bytes;
        if let State::Preface { matched } = self.state {
            let expected = PREFACE.get(usize::from(matched)..).unwrap_or_default();
            let length = expected.len().min(rest.len());
            let (here, later) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            if !expected.starts_with(here) {
                return Err(Violation::Preface);
            }
            let matched = usize::from(matched) + length;
            if matched < PREFACE.len() {
                self.state = State::Preface { matched: u8::try_from(matched).unwrap_or_default() };
                return Ok(());
            }
            self.state = State::FirstFrame;
            rest = later;
        }
        let Self { state, received, books, .. } = self;
        received.skim(rest, |head| {
            *state = step(*state, books, head, now)?;
            Ok(())
        })
    }

    /// Looks at what we send: what was finished, and what was reset.
    ///
    /// # Errors
    /// A [`Violation`]: what the peer did made us reset too many streams.
    pub fn handle_sent(&mut self, bytes: &[u8], now: Duration) -> Result<(), Violation> {
        let Self { sent, books, .. } = self;
        books.unpaid_bytes += bytes.len() as u64;
        let updates = books.unpaid_bytes / BYTES_PER_UPDATE;
        books.unpaid_bytes %= BYTES_PER_UPDATE;
        books.window_updates.earn(u32::try_from(updates).unwrap_or(u32::MAX));
        sent.skim(bytes, |head| {
            if head.ends_stream() {
                books.resets.earn(1);
            }
            if head.kind == FrameKind::Data {
                // One for the stream, one for the connection, and a measuring PING.
                books.window_updates.earn(2);
                books.pings.earn(1);
            }
            if head.kind == FrameKind::ResetStream && !books.resets.spend(1, now) {
                return Err(Violation::ResetFlood);
            }
            Ok(())
        })
    }

    /// When the header block that is coming began, if one is.
    #[must_use]
    pub fn block_since(&self) -> Option<Duration> {
        match self.state {
            State::InBlock { since, .. } => Some(since),
            State::Preface { .. } | State::FirstFrame | State::Open => None,
        }
    }

    /// Whether the peer has introduced itself: preface and SETTINGS.
    #[must_use]
    pub fn is_introduced(&self) -> bool {
        matches!(self.state, State::Open | State::InBlock { .. })
    }
}

fn step(
    state: State,
    books: &mut Books,
    head: FrameHead,
    now: Duration,
) -> Result<State, Violation> {
    if head.length > MAX_FRAME_BYTES {
        return Err(Violation::FrameSize);
    }
    match state {
        State::InBlock { stream, continuations, bytes, since } => {
            if head.kind != FrameKind::Continuation || head.stream != stream {
                return Err(Violation::BrokenBlock);
            }
            if continuations >= HTTP2_MAX_CONTINUATIONS {
                return Err(Violation::ContinuationFlood);
            }
            let bytes = bytes + head.length;
            if bytes > HTTP2_MAX_BLOCK_BYTES {
                return Err(Violation::BlockTooLarge);
            }
            let continuations = continuations + 1;
            Ok(match head.ends_headers() {
                true => State::Open,
                false => State::InBlock { stream, continuations, bytes, since },
            })
        }
        State::Preface { .. } | State::FirstFrame
            if head.kind != FrameKind::Settings || head.is_ack() =>
        {
            Err(Violation::FirstFrame)
        }
        State::Preface { .. } | State::FirstFrame | State::Open => {
            books.charge(head, now)?;
            Ok(match head.kind {
                FrameKind::Headers if !head.ends_headers() => State::InBlock {
                    stream: head.stream,
                    continuations: 0,
                    bytes: head.length,
                    since: now,
                },
                FrameKind::Headers
                | FrameKind::Data
                | FrameKind::Priority
                | FrameKind::ResetStream
                | FrameKind::Settings
                | FrameKind::PushPromise
                | FrameKind::Ping
                | FrameKind::GoAway
                | FrameKind::WindowUpdate
                | FrameKind::Continuation
                | FrameKind::Unknown => State::Open,
            })
        }
    }
}

impl Books {
    fn charge(&mut self, head: FrameHead, now: Duration) -> Result<(), Violation> {
        let (budget, cost, violation) = match head.kind {
            FrameKind::Settings if head.is_ack() => {
                (&mut self.settings, 1, Violation::SettingsFlood)
            }
            FrameKind::Settings => {
                (&mut self.settings, 1 + head.length / 48, Violation::SettingsFlood)
            }
            FrameKind::Ping => (&mut self.pings, 1, Violation::PingFlood),
            FrameKind::Priority => (&mut self.priorities, 1, Violation::PriorityFlood),
            FrameKind::WindowUpdate => (&mut self.window_updates, 1, Violation::WindowUpdateFlood),
            FrameKind::Data if head.content == 0 && !head.ends_stream() => {
                (&mut self.empty_data, 1, Violation::EmptyDataFlood)
            }
            FrameKind::ResetStream => (&mut self.resets, 1, Violation::ResetFlood),
            FrameKind::Unknown | FrameKind::GoAway => {
                (&mut self.unknown, 1, Violation::UnknownFrameFlood)
            }
            // Streams at once are limited; what is out of place ends the connection by itself.
            FrameKind::Data
            | FrameKind::Headers
            | FrameKind::PushPromise
            | FrameKind::Continuation => return Ok(()),
        };
        if budget.spend(cost, now) { Ok(()) } else { Err(violation) }
    }
}

#[cfg(test)]
mod tests;
