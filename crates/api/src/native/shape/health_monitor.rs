//! Health checks as the native dialect shows them.

use elbow_model::health_monitor::{self as model, Check, HttpCheck};
use serde::Serialize;
use utoipa::ToSchema;

use super::words::CheckType;

/// How a pool's members are checked; `null` for not at all.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct HealthMonitor {
    /// HTTP, HTTPS or TCP. HTTPS is HTTP over TLS 1.2 or 1.3; the member's certificate is not
    /// verified.
    #[serde(rename = "type")]
    kind: CheckType,
    /// Time between two checks of a member: 100 to 3600000.
    #[schema(required = false, default = 5000)]
    interval_ms: u32,
    /// How long a check may take, at most the interval: 10 to 60000.
    #[schema(required = false, default = 3000)]
    timeout_ms: u32,
    /// Successes in a row until a member is healthy: 1 to 10.
    #[schema(required = false, default = 2)]
    rise: u32,
    /// Failures in a row until a member is unhealthy: 1 to 10.
    #[schema(required = false, default = 3)]
    fall: u32,
    /// HTTP and HTTPS only: request target.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// HTTP and HTTPS only: `Host`, and the name asked for in TLS (SNI); the member's address and no
    /// name if null.
    host: Option<String>,
    /// HTTP and HTTPS only: request method.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// HTTP and HTTPS only: `200`, `200,204` or `200-299`.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_codes: Option<String>,
    /// The port to check; the member's own if null.
    port: Option<u16>,
    /// Whether checks run.
    #[schema(required = false, default = true)]
    enabled: bool,
}

impl From<&model::HealthMonitor> for HealthMonitor {
    fn from(monitor: &model::HealthMonitor) -> Self {
        let model::HealthMonitor { check, interval_ms, timeout_ms, rise, fall, port, enabled } =
            monitor;
        let (kind, http) = match check {
            Check::Tcp => (CheckType::Tcp, None),
            Check::Http(http) => (CheckType::Http, Some(http)),
            Check::Https(http) => (CheckType::Https, Some(http)),
        };
        let mut shape = Self {
            kind,
            interval_ms: interval_ms.get(),
            timeout_ms: timeout_ms.get(),
            rise: rise.get(),
            fall: fall.get(),
            path: None,
            host: None,
            method: None,
            expected_codes: None,
            port: port.map(|port| port.get()),
            enabled: *enabled,
        };
        if let Some(HttpCheck { method, path, host, expected_codes }) = http {
            shape.method = Some(method.to_string());
            shape.path = Some(path.to_string());
            shape.host = host.as_ref().map(ToString::to_string);
            shape.expected_codes = Some(expected_codes.to_string());
        }
        shape
    }
}
