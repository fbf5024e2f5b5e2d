//! JSON values as YAML 1.2. Strings that are not plainly strings are quoted as in JSON, which YAML reads the same.

use std::fmt::Write;

use serde_json::Value;

/// The value as a YAML document.
pub(super) fn write(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => block(&mut text, value, 0),
        Value::Array(items) if !items.is_empty() => block(&mut text, value, 0),
        _ => {
            text.push_str(&scalar(value));
            text.push('\n');
        }
    }
    text
}

fn block(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            for (i, (key, value)) in map.iter().enumerate() {
                // The first key of an object in a list stands on the line of its dash.
                let lead = if i == 0 && text.ends_with("- ") { "" } else { &indent };
                let _ = write!(text, "{lead}{}:", string(key));
                nested(text, value, depth + 1);
            }
        }
        Value::Array(items) => {
            for item in items {
                let _ = write!(text, "{indent}- ");
                match item {
                    Value::Object(map) if !map.is_empty() => block(text, item, depth + 1),
                    Value::Array(inner) if !inner.is_empty() => {
                        text.push('\n');
                        block(text, item, depth + 1);
                    }
                    _ => {
                        text.push_str(&scalar(item));
                        text.push('\n');
                    }
                }
            }
        }
        _ => text.push_str(&scalar(value)),
    }
}

fn nested(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('\n');
            block(text, value, depth);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            block(text, value, depth);
        }
        _ => {
            let _ = writeln!(text, " {}", scalar(value));
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        Value::Object(_) => "{}".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A string, quoted unless it can be nothing else.
fn string(text: &str) -> String {
    let starts_plainly = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ' ');
    let reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let is_reserved = reserved.contains(&text.to_lowercase().as_str());
    if starts_plainly && text.chars().all(is_plain) && !text.ends_with(' ') && !is_reserved {
        text.to_owned()
    } else {
        Value::String(text.to_owned()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_values_are_indented() {
        let value = json!({
            "listeners": [{"port": 80, "rules": []}, {"port": 81, "rules": [{"a": 1}]}],
            "name": "web",
            "none": {},
            "words": ["a", [1, 2]],
        });
        let expected = "\
listeners:
  - port: 80
    rules: []
  - port: 81
    rules:
      - a: 1
name: web
none: {}
words:
  - a
  -\x20
    - 1
    - 2
";
        assert_eq!(write(&value), expected);
    }

    #[test]
    fn strings_that_could_be_something_else_are_quoted() {
        let value = json!([
            "yes",
            "1.5",
            "2026-01-01T00:00:00Z",
            "a: b",
            "",
            "plain words",
            "/v1/x",
            "é\n"
        ]);
        let expected = "- \"yes\"\n- \"1.5\"\n- \"2026-01-01T00:00:00Z\"\n- \"a: b\"\n- \"\"\n- plain words\n- /v1/x\n- \"é\\n\"\n";
        assert_eq!(write(&value), expected);
    }
}
