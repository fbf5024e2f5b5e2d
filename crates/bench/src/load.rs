//! The generator: client and origin in one thread on one CPU, so that the contender on the other CPU
//! and not the generator is saturated.
//!
//! ```text
//!   client --> contender --> origin        every answer is checked: status, length, id
//!      \______ one thread ______/
//! ```

mod channel;
mod check;
mod client;
mod ends;
mod engine;
mod hpack;
mod http2;
mod message;
mod offer;
mod order;
mod origin;
mod pace;
mod pattern;
mod round;
mod socket;

use std::os::fd::OwnedFd;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

pub(crate) use engine::Origins;
pub(crate) use message::HEALTH_PATH;
pub(crate) use offer::Offer;
pub(crate) use order::{HandshakeCount, Order, Outcome, Traffic};

use crate::failure::{Failure, While};
use crate::process;
use engine::{Command, Engine};

/// The running generator. It stops when dropped.
pub(crate) struct Generator {
    origins: Origins,
    commands: Sender<Command>,
    outcomes: Receiver<Outcome>,
    bell: OwnedFd,
    thread: Option<JoinHandle<()>>,
}

impl Generator {
    /// Starts it on this CPU.
    pub(crate) fn start(cpu: usize) -> Result<Self, Failure> {
        let (commands, orders) = mpsc::channel();
        let (answers, outcomes) = mpsc::channel();
        let (ready, started) = mpsc::channel();
        let work = move || {
            process::pin_own_thread(&[cpu]);
            match Engine::new() {
                Ok((engine, origins, bell)) => {
                    if ready.send(Ok((origins, bell))).is_ok() {
                        engine.serve(&orders, &answers);
                    }
                }
                // Nobody waits for the reason if the receiver is gone.
                Err(error) => drop(ready.send(Err(error))),
            }
        };
        let thread = std::thread::Builder::new().name("generator".to_owned()).spawn(work)?;
        let started = started.recv().map_err(|_| Failure::new("the generator ended"))?;
        let (origins, bell) = started.while_doing("starting the generator")?;
        Ok(Self { origins, commands, outcomes, bell, thread: Some(thread) })
    }

    /// Where its origin listens.
    pub(crate) fn origins(&self) -> Origins {
        self.origins
    }

    /// Runs a round; after one of kind `Hold` the connections stay open.
    pub(crate) fn run(&self, order: Order) -> Result<Outcome, Failure> {
        self.command(Command::Run(Box::new(order)));
        self.outcomes.recv().map_err(|_| Failure::new("the generator ended"))
    }

    /// Closes what a round of kind `Hold` left open.
    pub(crate) fn release(&self) {
        self.command(Command::Release);
    }

    fn command(&self, command: Command) {
        // A generator that ended is found out when its outcome is missing.
        let _ = self.commands.send(command);
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        self.command(Command::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
