//! The stored form of keys and records: a kind, a key and versioned JSON. Old versions are brought up to date here.

use elbow_model::world::{Key, Record};
use serde_json::Value;

/// The version of the records that this program writes. When the stored form of a record changes in a way that serde's
/// defaults don't cover, this grows by one and [`migrate`] learns the step.
pub(crate) const RECORD_VERSION: u32 = 1;

/// A key in its stored form: the kind of record, and which one.
pub(crate) fn key_parts(key: &Key) -> Result<(String, String), String> {
    let text_of = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    match serde_json::to_value(key).map_err(|e| e.to_string())? {
        Value::String(kind) => Ok((kind, String::new())),
        Value::Object(map) => map
            .into_iter()
            .next()
            .map(|(kind, id)| (kind, text_of(id)))
            .ok_or_else(|| "a key without a kind".to_owned()),
        other => Err(format!("a key without a kind: {other}")),
    }
}

/// A record's JSON.
pub(crate) fn write_record(record: &Record) -> Result<String, String> {
    serde_json::to_string(record).map_err(|e| e.to_string())
}

/// The record that `json`, written as `version`, stands for.
pub(crate) fn read_record(version: u32, json: &str) -> Result<Record, String> {
    if version == RECORD_VERSION {
        return serde_json::from_str(json).map_err(|e| e.to_string());
    }
    let old = serde_json::from_str(json).map_err(|e| e.to_string())?;
    serde_json::from_value(migrate(version, old)?).map_err(|e| e.to_string())
}

/// Brings a record of an older version up to date, one version at a time.
fn migrate(version: u32, _record: Value) -> Result<Value, String> {
    Err(format!("its version {version} is unknown, versions up to {RECORD_VERSION} are known"))
}
