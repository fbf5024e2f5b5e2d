//! One load balancer at a glance: basic information, listeners with their rules, pools with their members.

use super::paint::Paint;
use super::table::{condition_and_action, listeners, members, monitor, protocol_and_port};
use super::view::{LoadBalancerView, PoolView, Reference};

/// The overview as text.
pub(crate) fn overview(balancer: &LoadBalancerView) -> String {
    let paint = Paint::for_stdout();
    let mut text = basics(balancer, paint);
    text.push_str(&format!("\n{}\n", paint.strong("Listeners")));
    text.push_str(
        &listeners(&balancer.listeners).indented(2).text("none; add one: elbow listener add"),
    );
    for listener in balancer.listeners.iter().filter(|listener| !listener.rules.is_empty()) {
        text.push_str(&format!(
            "\n{}\n",
            paint.strong(&format!("Rules of {}", protocol_and_port(listener)))
        ));
        text.push_str(&condition_and_action(&listener.rules).indented(2).text("none"));
    }
    for pool in &balancer.pools {
        text.push_str(&one_pool(pool, paint));
    }
    text
}

fn basics(balancer: &LoadBalancerView, paint: Paint) -> String {
    let name = |reference: &Option<Reference>| {
        reference.as_ref().map(Reference::name).unwrap_or_default().to_owned()
    };
    let effective = &balancer.effective;
    let after =
        effective.after_ms.map(|ms| format!(", {ms} ms after the change")).unwrap_or_default();
    let tags: Vec<String> =
        balancer.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let status = match &balancer.status_reason {
        Some(reason) => format!("{} ({reason})", paint.state(&balancer.status, &balancer.status)),
        None => paint.state(&balancer.status, &balancer.status),
    };
    let warnings = balancer.warnings.iter().map(|warning| ("Warning", warning.clone()));
    let lines = [
        ("Name", balancer.name.clone()),
        ("Id", balancer.id.clone()),
        ("Description", balancer.description.clone().unwrap_or_default()),
        ("Address", balancer.vip.clone()),
        ("Network", name(&balancer.network)),
        ("Type", balancer.kind.clone().unwrap_or_default()),
        ("Status", status),
        ("Health", paint.state(&balancer.health, &balancer.health)),
        ("In force", format!("on {} of {} proxies{after}", effective.proxies, effective.of)),
        ("Project", name(&balancer.project)),
        ("Owner", name(&balancer.owner)),
        ("Tags", tags.join(", ")),
        (
            "Protected",
            if balancer.deletion_protection { "from deletion".to_owned() } else { String::new() },
        ),
        ("Revision", balancer.revision.to_string()),
        ("Created", balancer.created_at.clone()),
        ("Changed", balancer.updated_at.clone()),
    ];
    let shown = lines.into_iter().chain(warnings).filter(|(_, value)| !value.is_empty());
    shown.map(|(label, value)| format!("{label:<13}{value}\n")).collect()
}

fn one_pool(pool: &PoolView, paint: Paint) -> String {
    let check = monitor(pool.health_monitor.as_ref());
    let heading = paint.strong(&format!("Pool {}", pool.name));
    let rows = members(pool.members.iter().map(|member| ("", member))).indented(2);
    format!(
        "\n{heading}  {}, health check: {check}\n{}",
        pool.method,
        rows.text("no members; add one: elbow member add")
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::output::view::view;

    #[test]
    fn everything_that_matters_is_on_one_page() {
        let balancer = json!({
            "id": "0190", "name": "web", "vip": "127.77.0.1", "status": "ACTIVE", "health": "DEGRADED",
            "network": {"id": "1", "name": "default"}, "revision": 7,
            "effective": {"proxies": 1, "of": 1, "after_ms": 12},
            "listeners": [{"id": "2", "name": "http-80", "protocol": "HTTP", "port": 80, "enabled": true, "rules": [
                {"id": "3", "priority": 10, "match": {"path": "/v1/*"}, "action": {"forward": [{"pool": "api"}]}}]}],
            "pools": [{"id": "4", "name": "default", "method": "ROUND_ROBIN",
                "health_monitor": {"type": "HTTP", "path": "/healthz", "interval_ms": 2500},
                "members": [{"id": "5", "address": "10.0.0.5", "port": 8080, "weight": 1, "health": "UNHEALTHY",
                    "last_failure": {"at": "2026-01-01T00:00:00Z", "attempt": "GET /healthz", "outcome": "status 500"}}]}],
        });
        let expected = "\
Name         web
Id           0190
Address      127.77.0.1
Network      default
Status       ACTIVE
Health       DEGRADED
In force     on 1 of 1 proxies, 12 ms after the change
Revision     7

Listeners
  LISTENER  NAME     POOL     RULES
  http:80   http-80  default  1

Rules of http:80
  PRIORITY  IF          THEN
  10        path /v1/*  forward to api

Pool default  ROUND_ROBIN, health check: http:/healthz every 2.5 s
  MEMBER         WEIGHT  HEALTH     IN FLIGHT  LAST FAILED CHECK
  10.0.0.5:8080  1       UNHEALTHY  0          GET /healthz: status 500 at 2026-01-01T00:00:00Z
";
        assert_eq!(overview(&view(&balancer).unwrap()), expected);
    }
}
