//! TLS of an entry's HTTPS listeners: kept where nothing changed, built where something did. What
//! can't be built leaves the listener as it was, and says why.

use std::sync::Arc;

use elbow_model::listener::Protocol;
use elbow_model::table::{TableEntry, TableListener};

use crate::live::Balancer;
use crate::tls::{ListenerTls, OpenKey, SecureListeners, build};

/// What securing an entry's listeners gave.
#[derive(Debug, Default)]
pub(super) struct Secured {
    pub listeners: SecureListeners,
    /// What is wrong with the others, each in a sentence.
    pub failures: Vec<String>,
}

/// Gives every HTTPS listener of an entry its TLS.
pub(super) fn secure(
    entry: &TableEntry,
    previous: Option<&Balancer>,
    keys: &dyn OpenKey,
) -> Secured {
    let mut secured = Secured::default();
    let https = entry.listeners.iter().filter(|known| known.protocol == Protocol::Https);
    for listener in https {
        let Some(table) = &listener.tls else {
            let failure = format!("listener {} speaks HTTPS and has no certificate", listener.name);
            secured.failures.push(failure);
            continue;
        };
        let known = previous
            .and_then(|previous| previous.listener(listener.id))
            .and_then(|known| known.tls.as_ref());
        let built = match known {
            Some(known) if known.table() == table => Ok(known.clone()),
            Some(_) | None => build(table, known.map(|known| &**known), keys).map(Arc::new),
        };
        let (tls, failure) = taken(listener, built, known);
        secured.listeners.extend(tls.map(|tls| (listener.id, tls)));
        secured.failures.extend(failure);
    }
    secured
}

fn taken(
    listener: &TableListener,
    built: Result<Arc<ListenerTls>, String>,
    known: Option<&Arc<ListenerTls>>,
) -> (Option<Arc<ListenerTls>>, Option<String>) {
    match (built, known) {
        (Ok(built), _) => (Some(built), None),
        (Err(reason), Some(known)) => {
            let name = &listener.name;
            let failure = format!("listener {name} goes on with its earlier TLS: {reason}");
            (Some(known.clone()), Some(failure))
        }
        (Err(reason), None) => {
            (None, Some(format!("listener {} has no TLS: {reason}", listener.name)))
        }
    }
}
