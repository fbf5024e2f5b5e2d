//! HTTPS of the API and the console: which certificate is shown, and when it is looked for again. The certificate that was
//! shown last stays as long as no better one is found: a mistake in a file must not lock anybody out.
//!
//! ```text
//!   files (changed, or SIGHUP) --+
//!                                +--> read --> Shown <-- every handshake
//!   store (a commit) ------------+
//! ```

mod certificate;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};

use elbow_api::{Tls, Transport};
use elbow_store::ledger::{Ledger, News};
use elbow_vault::seal::CurrentSeal;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, server};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{MissedTickBehavior, interval};

use self::certificate::Read;
use crate::args::HttpsArguments;
use crate::failure::Failure;

/// How often files are looked at. A look is two system calls.
const LOOK: Duration = Duration::from_secs(2);

/// Where the certificate comes from.
enum Source {
    Files { certificate: PathBuf, key: PathBuf },
    Store { name: String, ledger: Ledger, seal: Arc<CurrentSeal> },
}

/// The certificate that is shown at present.
#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.read().ok().map(|shown| Arc::clone(&shown))
    }
}

/// What API and console speak, as the arguments say. With HTTPS, the certificate is followed from now on.
pub(super) fn transport(
    arguments: &HttpsArguments,
    ledger: &Ledger,
    seal: &Arc<CurrentSeal>,
) -> Result<Transport, Failure> {
    let HttpsArguments { tls_certificate, tls_key, tls_stored, hsts } = arguments;
    let source = match (tls_certificate, tls_key, tls_stored) {
        (Some(certificate), Some(key), _) => {
            Source::Files { certificate: certificate.clone(), key: key.clone() }
        }
        (_, _, Some(name)) => {
            let (name, ledger, seal) = (name.clone(), ledger.clone(), Arc::clone(seal));
            Source::Store { name, ledger, seal }
        }
        _ if hsts.is_some() => {
            let what = "--hsts needs --tls-certificate and --tls-key, or --tls-stored".to_owned();
            return Err(Failure::Usage(what));
        }
        _ => return Ok(Transport::Plain),
    };
    let failed = |what: String| Failure::Start { what, next: "elbow up --help".to_owned() };
    let seen = source.look();
    let first = source.read().map_err(failed)?;
    tracing::info!(not_after = %first.not_after, "API and console show a certificate");
    let shown = Arc::new(Shown(RwLock::new(first.key)));
    let config = config(&shown).map_err(failed)?;
    tokio::spawn(follow(source, seen, shown));
    let hsts = hsts.map(|seconds| Duration::from_secs(seconds.into()));
    Ok(Transport::Tls(Tls::new(Arc::new(config), hsts)))
}

/// TLS 1.2 and 1.3, without 0-RTT; sessions are resumed by tickets.
fn config(shown: &Arc<Shown>) -> Result<ServerConfig, String> {
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| error.to_string())?;
    let shown: Arc<dyn ResolvesServerCert> = Arc::<Shown>::clone(shown);
    let mut config = builder.with_no_client_auth().with_cert_resolver(shown);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(|error| error.to_string())?;
    config.session_storage = Arc::new(server::NoServerSessionStorage {});
    Ok(config)
}

impl Source {
    fn read(&self) -> Result<Read, String> {
        match self {
            Self::Files { certificate, key } => certificate::of_files(certificate, key),
            Self::Store { name, ledger, seal } => {
                certificate::of_store(&ledger.world(), name, &seal.get())
            }
        }
    }

    /// What tells whether it is another one now.
    fn look(&self) -> Look {
        match self {
            Self::Files { certificate, key } => Look::Files([stamp(certificate), stamp(key)]),
            Self::Store { name, ledger, seal: _ } => {
                Look::Store(certificate::newest(&ledger.world(), name).map(|c| (c.id, c.revision)))
            }
        }
    }
}

/// What was seen of a source.
#[derive(Debug, PartialEq, Eq)]
enum Look {
    Files([Option<(SystemTime, u64)>; 2]),
    Store(Option<(elbow_model::value::CertificateId, elbow_model::value::Revision)>),
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Looks again when something may be different, for ever.
async fn follow(source: Source, mut seen: Look, shown: Arc<Shown>) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut news = match &source {
        Source::Store { ledger, .. } => Some(ledger.watch()),
        Source::Files { .. } => None,
    };
    loop {
        let is_asked = tokio::select! {
            _ = hangup.recv() => true,
            _ = ticks.tick(), if news.is_none() => false,
            committed = next_commit(&mut news), if news.is_some() => match committed {
                Some(()) => false,
                None => return,
            },
        };
        let look = source.look();
        if look == seen && !is_asked {
            continue;
        }
        seen = look;
        match source.read() {
            Ok(read) => {
                tracing::info!(not_after = %read.not_after, "API and console show another certificate");
                if let Ok(mut shown) = shown.0.write() {
                    *shown = read.key;
                }
            }
            Err(reason) => {
                tracing::error!(%reason, "the certificate of API and console cannot be used; the earlier one is still shown");
            }
        }
    }
}

/// Returns after the next commit; none when the Ledger is closed.
async fn next_commit(news: &mut Option<tokio::sync::broadcast::Receiver<News>>) -> Option<()> {
    let news = news.as_mut()?;
    loop {
        match news.recv().await {
            Ok(News::Committed(_)) | Err(RecvError::Lagged(_)) => return Some(()),
            Ok(News::Observed(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}
