//! Keeps a connection to control: dials, reads what control says, writes what intake gives it,
//! dials again with a growing back-off. It must never make intake wait: a control that does not
//! read is hung up on.

use std::io::{self, BufReader, BufWriter, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use elbow_model::wire::{Down, Up};

use super::frame::{read_frame, write_frame};

/// Messages that may wait for control.
const OUTBOX: usize = 4096;
/// The first pause before dialling again.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(1_000);
/// How long control may leave what is written unread.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How to reach control.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    pub path: PathBuf,
}

/// News of the link.
#[derive(Debug)]
pub enum LinkEvent {
    /// Connected: the first message into the outbox must be a Hello.
    Up(Outbox),
    Message(Down),
    Lost,
}

/// Where messages for control go, while one connection lasts.
#[derive(Clone, Debug)]
pub struct Outbox {
    queue: SyncSender<Up>,
}

impl Outbox {
    /// Queues a message; false if this connection is of no use any more.
    #[must_use]
    pub fn send(&self, message: Up) -> bool {
        match self.queue.try_send(message) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                tracing::warn!("control does not read what this proxy reports: hanging up");
                false
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }
}

/// Starts the link's threads; `tell` returns false when nobody listens any more.
///
/// # Errors
/// If the kernel gives no thread.
pub fn start(
    config: ClientConfig,
    tell: impl FnMut(LinkEvent) -> bool + Send + 'static,
) -> io::Result<()> {
    thread::Builder::new().name("link".to_owned()).spawn(move || dial_for_ever(&config, tell))?;
    Ok(())
}

fn dial_for_ever(config: &ClientConfig, mut tell: impl FnMut(LinkEvent) -> bool) {
    let mut pause = FIRST_PAUSE;
    let mut is_said = false;
    loop {
        match UnixStream::connect(&config.path) {
            Ok(stream) => {
                tracing::info!(link = %config.path.display(), "connected to control");
                is_said = false;
                match converse(stream, &mut tell) {
                    Ok(Talk::Heard) => pause = FIRST_PAUSE,
                    Ok(Talk::Silent) => {}
                    Ok(Talk::Unwanted) => return,
                    Err(error) => tracing::warn!(%error, "the link to control broke"),
                }
                if !tell(LinkEvent::Lost) {
                    return;
                }
            }
            Err(error) if !is_said => {
                tracing::warn!(
                    link = %config.path.display(), %error,
                    "control is not there: traffic goes on with what is known"
                );
                is_said = true;
            }
            Err(_) => {}
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
        // The process may have ended meanwhile: what nobody wants is not dialled.
        if !tell(LinkEvent::Lost) {
            return;
        }
    }
}

/// How a connection ended.
enum Talk {
    Heard,
    Silent,
    /// Nobody in this process listens.
    Unwanted,
}

fn converse(stream: UnixStream, tell: &mut impl FnMut(LinkEvent) -> bool) -> io::Result<Talk> {
    let (queue, messages) = sync_channel(OUTBOX);
    let writing = stream.try_clone()?;
    writing.set_write_timeout(Some(WRITE_TIMEOUT))?;
    thread::Builder::new()
        .name("link-writer".to_owned())
        .spawn(move || write_all(&writing, &messages))?;
    if !tell(LinkEvent::Up(Outbox { queue })) {
        return Ok(Talk::Unwanted);
    }
    let mut source = BufReader::with_capacity(64 * 1024, stream);
    let mut talk = Talk::Silent;
    while let Some(message) = read_frame::<Down>(&mut source)? {
        talk = Talk::Heard;
        if !tell(LinkEvent::Message(message)) {
            return Ok(Talk::Unwanted);
        }
    }
    Ok(talk)
}

/// Writes until intake drops the outbox or control is gone; either ends the reader, too.
fn write_all(stream: &UnixStream, messages: &Receiver<Up>) {
    let mut target = BufWriter::with_capacity(64 * 1024, stream);
    while let Ok(first) = messages.recv() {
        let mut next = Some(first);
        while let Some(message) = next {
            if let Err(error) = write_frame(&mut target, &message) {
                tracing::warn!(%error, "control can't be written to");
                break;
            }
            next = messages.try_recv().ok();
        }
        if target.flush().is_err() {
            break;
        }
    }
    // It may be gone already.
    drop(stream.shutdown(Shutdown::Both));
}
