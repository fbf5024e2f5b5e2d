//! Between the fields of forms and the API's JSON: listeners, servers, health checks. Fields are called as in the JSON,
//! so that the API's errors land at them.

use serde_json::{Value, json};

use crate::answer::load_balancer::{HealthMonitor, Listener, Member};
use crate::form::{Form, object};

/// What a check that is switched off is called in forms.
pub(super) const NO_CHECK: &str = "NONE";

/// Takes out what was left empty, so that rows are numbered as the API will number them.
pub(super) fn tidy(form: &mut Form) {
    let is_empty = |form: &Form, row: usize| {
        form.text(&format!("members[{row}].address")).is_empty()
            && form.text(&format!("members[{row}].id")).is_empty()
    };
    while let Some(row) = form.rows("members").into_iter().find(|row| is_empty(form, *row)) {
        form.remove_row("members", row);
    }
    form.renumber("members");
    form.renumber("listeners");
}

/// A load balancer to create.
pub(super) fn load_balancer(form: &Form) -> Value {
    let listeners: Vec<Value> =
        form.rows("listeners").into_iter().map(|row| listener(form, row)).collect();
    let members: Vec<Value> =
        form.rows("members").into_iter().map(|row| member(form, row)).collect();
    object([
        ("name", form.string("name").or(Some(json!("")))),
        ("description", form.string("description")),
        ("type", form.string("type")),
        ("network", form.string("network")),
        ("method", form.string("method")),
        ("listeners", Some(Value::from(listeners))),
        ("members", (!members.is_empty()).then(|| Value::from(members))),
        ("health_monitor", health_monitor(form)),
    ])
}

/// A listener to create.
pub(super) fn listener(form: &Form, row: usize) -> Value {
    let name = |field: &str| format!("listeners[{row}].{field}");
    let is_https = form.text(&name("protocol")) == "HTTPS";
    let of_tls = |field: &str| form.string(&name(field)).filter(|_| is_https);
    object([
        ("protocol", form.string(&name("protocol"))),
        ("port", form.number(&name("port"))),
        ("certificate", of_tls("certificate")),
        ("tls_policy", of_tls("tls_policy").filter(|policy| policy != "TLS_1_2")),
    ])
}

/// A member to create, or one of all that a pool shall have.
pub(super) fn member(form: &Form, row: usize) -> Value {
    let name = |field: &str| format!("members[{row}].{field}");
    object([
        ("address", form.string(&name("address"))),
        ("port", form.number(&name("port"))),
        ("weight", form.number(&name("weight"))),
    ])
}

/// A health monitor; none if it is switched off.
pub(super) fn health_monitor(form: &Form) -> Option<Value> {
    let name = |field: &str| format!("health_monitor.{field}");
    let kind = form.text("health_monitor.type");
    if kind.is_empty() || kind == NO_CHECK {
        return None;
    }
    let is_http = kind != "TCP";
    Some(object([
        ("type", form.string(&name("type"))),
        ("path", form.string(&name("path")).filter(|_| is_http)),
        ("expected_codes", form.string(&name("expected_codes")).filter(|_| is_http)),
        ("interval_ms", form.number(&name("interval_ms"))),
        ("timeout_ms", form.number(&name("timeout_ms"))),
        ("rise", form.number(&name("rise"))),
        ("fall", form.number(&name("fall"))),
    ]))
}

/// A listener that is there, as fields.
pub(super) fn fill_listener(form: &mut Form, row: usize, listener: &Listener) {
    let certificate = listener.certificate.as_ref().map(|certificate| certificate.id.clone());
    let policy = listener.tls_policy.clone().unwrap_or_else(|| "TLS_1_2".to_owned());
    for (field, value) in [
        ("id", listener.id.clone()),
        ("protocol", listener.protocol.clone()),
        ("port", listener.port.to_string()),
        ("certificate", certificate.unwrap_or_default()),
        ("tls_policy", policy),
    ] {
        form.set(format!("listeners[{row}].{field}"), value);
    }
}

/// A member that is there, as fields.
pub(super) fn fill_member(form: &mut Form, row: usize, member: &Member) {
    for (field, value) in [
        ("id", member.id.clone()),
        ("address", member.address.clone()),
        ("port", member.port.map(|port| port.to_string()).unwrap_or_default()),
        ("weight", member.weight.to_string()),
    ] {
        form.set(format!("members[{row}].{field}"), value);
    }
}

/// A health monitor that is there, or the lack of one, as fields.
pub(super) fn fill_health_monitor(form: &mut Form, monitor: Option<&HealthMonitor>) {
    let Some(monitor) = monitor.filter(|monitor| monitor.enabled) else {
        form.set("health_monitor.type", NO_CHECK);
        return fill_usual_check(form);
    };
    for (field, value) in [
        ("type", monitor.kind.clone()),
        ("path", monitor.path.clone().unwrap_or_else(|| "/".to_owned())),
        ("expected_codes", monitor.expected_codes.clone().unwrap_or_else(|| "200".to_owned())),
        ("interval_ms", monitor.interval_ms.to_string()),
        ("timeout_ms", monitor.timeout_ms.to_string()),
        ("rise", monitor.rise.to_string()),
        ("fall", monitor.fall.to_string()),
    ] {
        form.set(format!("health_monitor.{field}"), value);
    }
}

/// The API's defaults, as fields.
pub(super) fn fill_usual_check(form: &mut Form) {
    for (field, value) in [
        ("path", "/"),
        ("expected_codes", "200"),
        ("interval_ms", "5000"),
        ("timeout_ms", "3000"),
        ("rise", "2"),
        ("fall", "3"),
    ] {
        form.set(format!("health_monitor.{field}"), value);
    }
}
