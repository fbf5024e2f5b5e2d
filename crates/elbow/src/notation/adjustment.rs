//! How a scaling policy changes a count: `+2`, `-1`, `+50%`, `=5`, and steps `0:10=+1`.

use elbow_model::value::Invalid;
use serde_json::{Value, json};

/// `+2`, `-1`, `+50%`, `-10%`, `=5` as the API takes it.
pub(crate) fn adjustment(text: &str) -> Result<Value, Invalid> {
    let wrong = || Invalid::new(format!("`{text}` is not a change; write +2, -1, +50% or =5"));
    let number = |text: &str| text.parse::<i64>().map_err(|_| wrong());
    if let Some(exact) = text.strip_prefix('=') {
        return Ok(json!({ "type": "EXACT", "value": number(exact)? }));
    }
    if !text.starts_with(['+', '-']) {
        return Err(wrong());
    }
    match text.strip_suffix('%') {
        Some(percent) => Ok(json!({ "type": "PERCENT", "value": number(percent)? })),
        None => Ok(json!({ "type": "CHANGE", "value": number(text)? })),
    }
}

/// `0:10=+1`: from, to (either may be left out), and the change.
pub(crate) fn step(text: &str) -> Result<Value, Invalid> {
    let wrong =
        || Invalid::new(format!("`{text}` is not a step; write FROM:TO=CHANGE, as in 0:10=+1"));
    let (ends, change) = text.split_once('=').ok_or_else(wrong)?;
    let (from, to) = ends.split_once(':').ok_or_else(wrong)?;
    let end = |text: &str| match text {
        "" => Ok(Value::Null),
        text => text.parse::<f64>().map(|number| json!(number)).map_err(|_| wrong()),
    };
    Ok(json!({ "from": end(from)?, "to": end(to)?, "adjustment": adjustment(change)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_relative_in_percent_or_exact() {
        for (text, kind, value) in
            [("+2", "CHANGE", 2), ("-1", "CHANGE", -1), ("+50%", "PERCENT", 50), ("=5", "EXACT", 5)]
        {
            assert_eq!(adjustment(text).unwrap(), json!({ "type": kind, "value": value }));
        }
        assert!(["", "2", "+", "x", "=%"].iter().all(|text| adjustment(text).is_err()));
    }

    #[test]
    fn steps_have_ends() {
        let open = step("10:==5").unwrap();
        assert_eq!(open["from"], json!(10.0));
        assert_eq!((&open["to"], &open["adjustment"]["type"]), (&Value::Null, &json!("EXACT")));
        assert!(["10=+1", "a:b=+1", "0:10", "0:10=1"].iter().all(|text| step(text).is_err()));
    }
}
