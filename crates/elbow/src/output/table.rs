//! Aligned tables, and the ones for each kind of resource.

use serde_json::Value;

use super::paint::Paint;
use super::target;
use super::view::{
    ListenerView, LoadBalancerView, MemberView, MonitorView, NetworkView, PoolView, Reference,
    RuleView,
};
use crate::notation::kebab;

/// Rows of text under headings.
#[derive(Debug)]
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    indent: usize,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), rows: Vec::new(), indent: 0 }
    }

    /// The table, moved to the right.
    pub(crate) fn indented(mut self, by: usize) -> Self {
        self.indent = by;
        self
    }

    /// Adds a row with as many cells as there are headings.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.headings.len());
        self.rows.push(cells.into());
    }

    /// The table as text; `empty` if it has no rows. A column that is empty in all rows is left out.
    pub(crate) fn text(&self, empty: &str) -> String {
        let indent = " ".repeat(self.indent);
        if self.rows.is_empty() {
            return format!("{indent}{empty}\n");
        }
        let paint = Paint::for_stdout();
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
            (cells > 0).then(|| cells.max(self.headings[column].len()))
        };
        let widths: Vec<Option<usize>> = (0..self.headings.len()).map(width).collect();
        let line = |cells: Vec<&str>, colour: &dyn Fn(&str, &str) -> String| {
            let shown = cells.iter().zip(&widths).filter_map(|(cell, width)| {
                width.map(|width| {
                    let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
                    format!("{}{padding}", colour(cell, cell))
                })
            });
            format!("{indent}{}", shown.collect::<Vec<_>>().join("  ")).trim_end().to_owned() + "\n"
        };
        let mut text = line(self.headings.clone(), &|_, text| paint.strong(text));
        for row in &self.rows {
            text.push_str(&line(row.iter().map(String::as_str).collect(), &|word, text| {
                paint.state(word, text)
            }));
        }
        text
    }
}

/// Load balancers.
pub(crate) fn load_balancers(balancers: &[LoadBalancerView]) -> Table {
    let mut table = Table::new(&[
        "NAME",
        "STATUS",
        "HEALTH",
        "ADDRESS",
        "LISTENERS",
        "MEMBERS",
        "CREATED",
        "REASON",
    ]);
    for balancer in balancers {
        let listeners: Vec<String> = balancer.listeners.iter().map(protocol_and_port).collect();
        let members: u64 = balancer.pools.iter().map(|pool| pool.member_count).sum();
        table.row([
            balancer.name.clone(),
            balancer.status.clone(),
            balancer.health.clone(),
            balancer.vip.clone(),
            listeners.join(","),
            members.to_string(),
            balancer.created_at.clone(),
            balancer.status_reason.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// Listeners.
pub(crate) fn listeners(listeners: &[ListenerView]) -> Table {
    let mut table = Table::new(&[
        "LISTENER",
        "NAME",
        "POOL",
        "RULES",
        "CERTIFICATE",
        "TLS",
        "TO",
        "LIMIT",
        "ALLOWED",
        "STATE",
    ]);
    for listener in listeners {
        table.row([
            protocol_and_port(listener),
            listener.name.clone(),
            listener.pool.as_ref().map_or("default", Reference::name).to_owned(),
            listener.rules.len().to_string(),
            certificates_of(listener),
            listener.tls_policy.clone().unwrap_or_default(),
            to_https(listener),
            listener.connection_limit.map(|limit| limit.to_string()).unwrap_or_default(),
            listener.allowed_cidrs.join(","),
            state(listener.enabled),
        ]);
    }
    table
}

/// The certificates of a listener, the default one first; others' by their ids.
fn certificates_of(listener: &ListenerView) -> String {
    let all = listener.certificate.iter().chain(&listener.certificates);
    all.map(|one| one.name.clone().unwrap_or_else(|| one.id.clone())).collect::<Vec<_>>().join(",")
}

/// Where a listener sends every request.
fn to_https(listener: &ListenerView) -> String {
    listener.https_redirect.as_ref().map(|to| format!("https:{}", to.port)).unwrap_or_default()
}

/// Pools.
pub(crate) fn pools(pools: &[PoolView]) -> Table {
    let mut table =
        Table::new(&["POOL", "METHOD", "HEALTH CHECK", "PERSISTENCE", "MEMBERS", "HEALTHY"]);
    for pool in pools {
        table.row([
            pool.name.clone(),
            pool.method.clone(),
            monitor(pool.health_monitor.as_ref()),
            persistence(pool.session_persistence.as_ref()),
            pool.member_count.to_string(),
            if pool.health_monitor.is_some() {
                pool.healthy_count.to_string()
            } else {
                "-".to_owned()
            },
        ]);
    }
    table
}

/// Members of several pools.
pub(crate) fn members<'a>(members: impl IntoIterator<Item = (&'a str, &'a MemberView)>) -> Table {
    let mut table = Table::new(&[
        "MEMBER",
        "NAME",
        "POOL",
        "WEIGHT",
        "HEALTH",
        "IN FLIGHT",
        "STATE",
        "LAST FAILED CHECK",
    ]);
    for (pool, member) in members {
        let failure = member
            .last_failure
            .as_ref()
            .map(|failure| format!("{}: {} at {}", failure.attempt, failure.outcome, failure.at));
        let backup = if member.backup { "backup" } else { "" };
        table.row([
            target(&member.address, member.port),
            member.name.clone().unwrap_or_default(),
            pool.to_owned(),
            member.weight.to_string(),
            member.health.clone(),
            member.in_flight.to_string(),
            [backup.to_owned(), state(member.enabled)].join(" ").trim().to_owned(),
            failure.unwrap_or_default(),
        ]);
    }
    table
}

/// Rules of several listeners.
pub(crate) fn rules<'a>(
    rules: impl IntoIterator<Item = (&'a ListenerView, &'a RuleView)>,
) -> Table {
    let mut table = Table::new(&["LISTENER", "PRIORITY", "NAME", "IF", "THEN", "STATE"]);
    for (listener, rule) in rules {
        table.row([
            protocol_and_port(listener),
            rule.priority.to_string(),
            rule.name.clone().unwrap_or_default(),
            condition(&rule.condition),
            action(&rule.action),
            state(rule.enabled),
        ]);
    }
    table
}

/// Rules of one listener.
pub(super) fn condition_and_action(rules: &[RuleView]) -> Table {
    let mut table = Table::new(&["PRIORITY", "NAME", "IF", "THEN", "STATE"]);
    for rule in rules {
        table.row([
            rule.priority.to_string(),
            rule.name.clone().unwrap_or_default(),
            condition(&rule.condition),
            action(&rule.action),
            state(rule.enabled),
        ]);
    }
    table
}

/// Networks.
pub(crate) fn networks(networks: &[NetworkView]) -> Table {
    let mut table = Table::new(&["NAME", "KIND", "ADDRESSES", "REGION", "PROJECT", "DESCRIPTION"]);
    for network in networks {
        let addresses = network.cidr.clone().unwrap_or_else(|| network.addresses.join(", "));
        table.row([
            network.name.clone(),
            network.kind.clone(),
            addresses,
            network.region.as_ref().map(Reference::name).unwrap_or_default().to_owned(),
            network.project.as_ref().map_or("(all)", Reference::name).to_owned(),
            network.description.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// Users.
/// `http:80`
pub(crate) fn protocol_and_port(listener: &ListenerView) -> String {
    format!("{}:{}", listener.protocol.to_lowercase(), listener.port)
}

/// A health check in words.
pub(super) fn monitor(monitor: Option<&MonitorView>) -> String {
    let Some(monitor) = monitor else { return "none".to_owned() };
    let path =
        monitor.path.as_deref().filter(|_| monitor.kind != "TCP").map(|path| format!(":{path}"));
    let off = if monitor.enabled == Some(false) { ", off" } else { "" };
    let interval = f64::from(monitor.interval_ms) / 1_000.0;
    format!("{}{} every {interval} s{off}", monitor.kind.to_lowercase(), path.unwrap_or_default())
}

fn persistence(persistence: Option<&Value>) -> String {
    let Some(persistence) = persistence else { return String::new() };
    let text = |field: &str| persistence.get(field).and_then(Value::as_str);
    let kind = text("type").map(kebab).unwrap_or_default();
    text("cookie_name").map_or(kind.clone(), |name| format!("{kind} {name}"))
}

fn state(enabled: Option<bool>) -> String {
    if enabled == Some(false) { "off".to_owned() } else { String::new() }
}

/// A condition in words: `host api.example.com, path /v1/*`.
fn condition(condition: &Value) -> String {
    let Some(parts) = condition.as_object() else { return String::new() };
    let shown = parts.iter().filter_map(|(key, value)| match value {
        Value::String(text) => Some(format!("{key} {text}")),
        Value::Object(field) => {
            let text =
                |name: &str| field.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            Some(format!("{key} {}={}", text("name"), text("value")))
        }
        _ => None,
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// An action in words: `forward to stable (90), beta (10)`.
fn action(action: &Value) -> String {
    if let Some(targets) = action.get("forward").and_then(Value::as_array) {
        let shown: Vec<String> =
            targets.iter().map(|target| forward(target, targets.len())).collect();
        return format!("forward to {}", shown.join(", "));
    }
    let (verb, object) = match (action.get("redirect"), action.get("respond")) {
        (Some(redirect), _) if !redirect.is_null() => ("redirect", redirect),
        (_, Some(respond)) => ("respond", respond),
        _ => return action.to_string(),
    };
    let part = |field: &str| {
        object.get(field).filter(|value| !value.is_null()).map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    if verb == "respond" {
        let body =
            part("body").map(|body| body.chars().take(30).collect::<String>()).unwrap_or_default();
        return format!("respond {} {body}", part("status").unwrap_or_default())
            .trim_end()
            .to_owned();
    }
    let scheme = part("scheme").map(|scheme| format!("{scheme}:")).unwrap_or_default();
    let host = part("host").map(|host| format!("//{host}")).unwrap_or_default();
    let port = part("port").map(|port| format!(":{port}")).unwrap_or_default();
    let path = part("path").unwrap_or_default();
    format!("redirect {} {scheme}{host}{port}{path}", part("status").unwrap_or_default())
}

fn forward(target: &Value, count: usize) -> String {
    let pool =
        target.get("pool").and_then(|pool| pool.as_str().or_else(|| pool.get("name")?.as_str()));
    let weight = target.get("weight").and_then(Value::as_u64).unwrap_or(1);
    let share = if count > 1 || weight == 0 { format!(" ({weight})") } else { String::new() };
    format!("{}{share}", pool.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_aligned_and_empty_ones_left_out() {
        let mut table = Table::new(&["NAME", "NOTE", "PORT"]);
        table.row(["a".to_owned(), String::new(), "80".to_owned()]);
        table.row(["longer".to_owned(), String::new(), "8080".to_owned()]);
        assert_eq!(table.text("none"), "NAME    PORT\na       80\nlonger  8080\n");
        assert_eq!(Table::new(&["NAME"]).indented(2).text("none"), "  none\n");
    }

    #[test]
    fn rules_are_shown_in_words() {
        let shown = condition(
            &json!({"host": "a.example", "path": "/v1/*", "header": {"name": "x", "value": "1"}, "source": null}),
        );
        assert_eq!(shown, "header x=1, host a.example, path /v1/*");
        let one = json!({"forward": [{"pool": {"id": "1", "name": "api"}, "weight": 1}]});
        assert_eq!(action(&one), "forward to api");
        let two = json!({"forward": [{"pool": "a", "weight": 9}, {"pool": "b", "weight": 1}]});
        assert_eq!(action(&two), "forward to a (9), b (1)");
        let redirect = json!({"redirect": {"status": 301, "scheme": "https", "host": null, "port": 8443, "path": "/x"}});
        assert_eq!(action(&redirect), "redirect 301 https::8443/x");
        assert_eq!(
            action(&json!({"respond": {"status": 404, "body": "gone"}})),
            "respond 404 gone"
        );
    }
}
