//! What handlers work with, and the doors to what this crate must not do by itself.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use elbow_model::questions::Questions;
use elbow_model::value::Timestamp;
use elbow_store::ledger::Ledger;
use elbow_vault::seal::CurrentSeal;
use elbow_vault::throttle::Throttle;
use elbow_vault::token::Tokens;
use tokio::sync::Semaphore;

use crate::closing::Closing;
use crate::key_uses::KeyUses;
use crate::oidc::Oidc;
use crate::slow_work::SlowWork;

/// Password checks at once; each takes a core for a while and tens of megabytes.
const PASSWORD_CHECKS: usize = 2;
/// Password checks that wait or run; more are sent away.
const PASSWORD_QUEUE: usize = 64;
/// Certificates that are taken at once; a PKCS#12 file can take a core for a second.
const INTAKES: usize = 2;
/// Certificates that wait or are taken; more are sent away.
const INTAKE_QUEUE: usize = 16;
/// Event streams at once.
const EVENT_STREAMS: usize = 256;

/// Everything that handlers share; clones are the same.
#[derive(Clone)]
pub struct ApiState(Arc<Shared>);

/// What is behind an [`ApiState`].
pub struct Shared {
    /// Where Changes are committed.
    pub ledger: Ledger,
    /// Issues and checks the tokens of sessions.
    pub tokens: Tokens,
    /// Seals private keys.
    pub seal: Arc<CurrentSeal>,
    /// The machine and what is measured.
    pub surroundings: Arc<dyn Surroundings>,
    /// Who answers what neither the World nor Observed does.
    pub questions: Arc<dyn Questions>,
    /// What the operator chose.
    pub settings: Settings,
    pub(crate) logins: Mutex<Throttle>,
    pub(crate) key_uses: KeyUses,
    pub(crate) passwords: SlowWork,
    pub(crate) intake: SlowWork,
    pub(crate) event_streams: Arc<Semaphore>,
    closing: Closing,
}

/// What the operator chose.
#[derive(Clone, Default)]
pub struct Settings {
    /// What a collector of metrics presents instead of a session.
    pub scrape_token: Option<String>,
    /// The program's version.
    pub version: String,
    /// Login at a provider, where the operator wants it.
    pub oidc: Option<Arc<Oidc>>,
    /// The deployment's key files, where there are any.
    pub key_files: Option<Arc<dyn KeyFiles>>,
}

/// The deployment's key files, which only the program itself reads and writes.
pub trait KeyFiles: std::fmt::Debug + Send + Sync {
    /// How many keys a file has; more than one while one is being replaced.
    fn count(&self, file: KeyFile) -> usize;
    /// Begins to replace a key; what follows from that goes on by itself.
    fn rotate(&self, file: KeyFile) -> Result<(), RotationRefused>;
}

/// A key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFile {
    /// Seals the private keys of certificates.
    Sealing,
    /// Signs the tokens of sessions.
    Tokens,
}

/// Why a key is not replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RotationRefused {
    /// The last time is not over.
    UnderWay,
    /// The file cannot be written; why, for the log.
    Trouble(String),
}

/// The machine, seen from here.
pub trait Surroundings: Send + Sync {
    /// The present time.
    fn now(&self) -> Timestamp;
    /// The addresses of this machine that other machines can reach; for networks of kind HOST.
    fn machine_addresses(&self) -> Vec<IpAddr>;
    /// How this process does.
    fn process(&self) -> ProcessFacts;
}

/// How this process does; what is not known is none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ProcessFacts {
    /// Seconds since 1970.
    pub started_s: Option<f64>,
    /// User and system time.
    pub cpu_s: Option<f64>,
    /// Bytes in memory.
    pub resident_bytes: Option<u64>,
    /// Open descriptors.
    pub open_descriptors: Option<u64>,
}

impl ApiState {
    /// Puts it together.
    pub fn new(
        ledger: Ledger,
        tokens: Tokens,
        seal: Arc<CurrentSeal>,
        surroundings: Arc<dyn Surroundings>,
        questions: Arc<dyn Questions>,
        settings: Settings,
    ) -> Self {
        Self(Arc::new(Shared {
            ledger,
            tokens,
            seal,
            surroundings,
            questions,
            settings,
            logins: Mutex::default(),
            key_uses: KeyUses::default(),
            passwords: SlowWork::new(PASSWORD_CHECKS, PASSWORD_QUEUE),
            intake: SlowWork::new(INTAKES, INTAKE_QUEUE),
            event_streams: Arc::new(Semaphore::new(EVENT_STREAMS)),
            closing: Closing::default(),
        }))
    }

    /// The switch that ends event streams and servers.
    pub fn closing(&self) -> Closing {
        self.closing.clone()
    }
}

impl std::ops::Deref for ApiState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
