//! Requests about load balancers as lines of the command line.

use serde_json::Value;

use super::Line;

/// `POST /v1/load-balancers`. What one line cannot say comes in a second one.
pub(crate) fn create_load_balancer(body: &Value) -> String {
    let name = text(body, "name");
    let mut line = Line::new("lb create").word(name);
    line = line.option_of("description", body["description"].as_str());
    line = line.option_of("type", body["type"].as_str().map(kebab).as_deref());
    for listener in list(body, "listeners") {
        line = line.option("listener", &listener_notation(listener));
    }
    line = line.option_of("method", body["method"].as_str().map(kebab).as_deref());
    line = line.option_of("network", body["network"].as_str());
    for member in list(body, "members") {
        line = line.option("member", &member_notation(member));
    }
    if let Some(check) = body.get("health_monitor") {
        line = line.option("health-check", &health_check(check));
    }
    let mut lines = vec![line.finish()];
    for listener in list(body, "listeners") {
        if let Some(policy) = listener["tls_policy"].as_str() {
            let edit = Line::new("listener edit").word(name).word(&listener_place(listener));
            lines.push(edit.option("tls-policy", policy).finish());
        }
    }
    lines.join("\n")
}

/// `http:80`, `https:443,certificate=site`.
pub(crate) fn listener_notation(listener: &Value) -> String {
    let place = listener_place(listener);
    match listener["certificate"].as_str() {
        Some(certificate) => format!("{place},certificate={certificate}"),
        None => place,
    }
}

fn listener_place(listener: &Value) -> String {
    format!("{}:{}", text(listener, "protocol").to_lowercase(), plain(&listener["port"]))
}

/// `10.0.0.5:8080,weight=10`.
pub(crate) fn member_notation(member: &Value) -> String {
    let address = text(member, "address");
    let mut notation = match &member["port"] {
        Value::Null => address.to_owned(),
        port if address.contains(':') => format!("[{address}]:{}", plain(port)),
        port => format!("{address}:{}", plain(port)),
    };
    if let Some(weight) = member.get("weight").filter(|weight| **weight != 1) {
        notation.push_str(&format!(",weight={}", plain(weight)));
    }
    notation
}

/// `http:/healthz,interval=5000ms`, `tcp`, `none`.
pub(crate) fn health_check(check: &Value) -> String {
    if check.is_null() {
        return "none".to_owned();
    }
    let mut notation = text(check, "type").to_lowercase();
    if let Some(path) = check["path"].as_str() {
        notation.push_str(&format!(":{path}"));
    }
    let options = [
        ("interval_ms", "interval", "ms"),
        ("timeout_ms", "timeout", "ms"),
        ("rise", "rise", ""),
        ("fall", "fall", ""),
        ("expected_codes", "codes", ""),
    ];
    for (field, option, unit) in options {
        if let Some(value) = check.get(field) {
            let value = plain(value).replace(',', "+");
            notation.push_str(&format!(",{option}={value}{unit}"));
        }
    }
    notation
}

/// `ROUND_ROBIN` as `round-robin`.
pub(crate) fn kebab(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A string without quotes, anything else as it is.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_load_balancer_is_one_line_with_all_that_it_has() {
        let body = json!({
            "name": "shop", "type": "APPLICATION", "method": "ROUND_ROBIN",
            "listeners": [{"protocol": "HTTP", "port": 80}, {"protocol": "HTTPS", "port": 443, "certificate": "site", "tls_policy": "TLS_1_3"}],
            "members": [{"address": "10.0.0.5", "port": 8080, "weight": 1}, {"address": "2001:db8::5", "port": 80, "weight": 9}],
            "health_monitor": {"type": "HTTP", "path": "/up", "interval_ms": 5000, "expected_codes": "200,204"},
        });
        let expected = "elbow lb create shop \\\n  --type application \\\n  --listener http:80 \\\n  --listener https:443,certificate=site \\\n  --method round-robin \\\n  --member 10.0.0.5:8080 \\\n  --member '[2001:db8::5]:80,weight=9' \\\n  --health-check http:/up,interval=5000ms,codes=200+204\nelbow listener edit shop https:443 \\\n  --tls-policy TLS_1_3";
        assert_eq!(create_load_balancer(&body), expected);
    }
}
