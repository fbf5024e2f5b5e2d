//! What was written before there were certificates is read on: records, and entries of the Table.

use serde_json::Value;

use super::fixture::*;
use crate::table::{TableEntry, resolve_all};
use crate::world::{Record, World};

/// Fields that came with certificates.
const NEW: [&str; 5] = ["tls", "http2", "https_redirect", "server_name", "certificates"];

/// The value as it was written before.
fn as_before(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| !NEW.contains(&name.as_str()));
            map.values_mut().for_each(as_before);
        }
        Value::Array(items) => items.iter_mut().for_each(as_before),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn older_records_make_the_same_world() {
    let world = base();
    let older = world.keys().map(|key| {
        let mut value = serde_json::to_value(world.record(&key).unwrap()).unwrap();
        as_before(&mut value);
        let text = value.to_string();
        assert!(!text.contains("tls") && !text.contains("certificates"), "{text}");
        serde_json::from_str::<Record>(&text).unwrap()
    });
    assert!(World::from_records(world.revision(), older.collect::<Vec<_>>()) == world);
}

#[test]
fn older_entries_of_the_table_are_the_same() {
    for entry in resolve_all(&base()) {
        let mut value = serde_json::to_value(&entry).unwrap();
        as_before(&mut value);
        assert_eq!(serde_json::from_value::<TableEntry>(value).unwrap(), entry);
    }
}
