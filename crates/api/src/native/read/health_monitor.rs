//! Reads `health_monitor`.

use elbow_model::health_monitor::{Check, ExpectedCodes, HealthMonitor, HttpCheck};
use elbow_model::value::{HostName, HttpPath, HttpToken};

use super::{bounded, port, token};
use crate::decode::{At, Fields};

/// What a monitor checks, without how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CheckKind {
    Tcp,
    Http,
    Https,
}

const KINDS: &[(&str, CheckKind)] =
    &[("HTTP", CheckKind::Http), ("HTTPS", CheckKind::Https), ("TCP", CheckKind::Tcp)];

/// Fields that only HTTP and HTTPS checks have.
const HTTP_FIELDS: [&str; 4] = ["path", "host", "method", "expected_codes"];

/// Reads a monitor onto the one that is there.
pub(in crate::native) fn read(at: At<'_>, base: Option<HealthMonitor>) -> Option<HealthMonitor> {
    let fields = at.object()?;
    let kind = |at: At<'_>| at.choice("type", KINDS);
    let check = match (base.as_ref().map(|base| base.check.clone()), fields.present("type")) {
        (Some(check), None) => Some(check),
        (check, Some(at)) => kind(at).map(|kind| of_kind(kind, check)),
        (None, None) => fields.required("type", kind).map(|kind| of_kind(kind, None)),
    };
    let mut monitor = match (base, check.clone()) {
        (Some(base), Some(check)) => HealthMonitor { check, ..base },
        (Some(base), None) => base,
        (None, check) => HealthMonitor::with_defaults(check.unwrap_or(Check::Tcp)),
    };
    match &mut monitor.check {
        Check::Http(http) | Check::Https(http) => read_http(&fields, http),
        // Without a valid type nobody knows which fields belong.
        Check::Tcp => {
            for name in HTTP_FIELDS
                .into_iter()
                .filter(|name| fields.present(name).is_some() && check.is_some())
            {
                fields.note(name, "belongs to checks of type HTTP or HTTPS; this one is TCP");
            }
        }
    }
    read_times(&fields, &mut monitor);
    fields.set_option("port", &mut monitor.port, port);
    fields.set_or("enabled", &mut monitor.enabled, true, |at| at.boolean());
    let checked = monitor.clone().with_times(monitor.interval_ms, monitor.timeout_ms);
    if let Err(invalid) = checked {
        fields.note("timeout_ms", invalid.0);
    }
    fields.finish(&[]);
    Some(monitor)
}

/// A check of this kind; what was set for HTTP stays for HTTPS, and the other way round.
fn of_kind(kind: CheckKind, base: Option<Check>) -> Check {
    let http = match base {
        Some(Check::Http(http) | Check::Https(http)) => http,
        Some(Check::Tcp) | None => HttpCheck {
            method: get(),
            path: root(),
            host: None,
            expected_codes: ExpectedCodes::default(),
        },
    };
    match kind {
        CheckKind::Tcp => Check::Tcp,
        CheckKind::Http => Check::Http(http),
        CheckKind::Https => Check::Https(http),
    }
}

fn get() -> HttpToken {
    HttpToken::new("GET").expect("GET is a token")
}

fn root() -> HttpPath {
    HttpPath::new("/").expect("/ is a path")
}

fn read_http(fields: &Fields<'_>, check: &mut HttpCheck) {
    let HttpCheck { method, path, host, expected_codes } = check;
    fields.set_or("method", method, get(), token);
    fields.set_or("path", path, root(), |at| at.checked(|text| HttpPath::new(text)));
    fields.set_option("host", host, |at| at.checked(|text| HostName::new(text)));
    fields.set_or("expected_codes", expected_codes, ExpectedCodes::default(), |at| {
        at.checked(str::parse)
    });
}

fn read_times(fields: &Fields<'_>, monitor: &mut HealthMonitor) {
    fields.set_or("interval_ms", &mut monitor.interval_ms, HealthMonitor::INTERVAL, bounded);
    fields.set_or("timeout_ms", &mut monitor.timeout_ms, HealthMonitor::TIMEOUT, bounded);
    fields.set_or("rise", &mut monitor.rise, HealthMonitor::RISE, bounded);
    fields.set_or("fall", &mut monitor.fall, HealthMonitor::FALL, bounded);
}
