//! What a scaling group is attached to: `web`, `web/api:8080,weight=50`.

use std::str::FromStr;

use elbow_model::value::Invalid;
use serde_json::json;

use super::{Object, number, split_options};

/// A load balancer, perhaps one of its pools, a port and a weight.
#[derive(Debug, Clone)]
pub(crate) struct AttachmentNotation {
    load_balancer: String,
    pool: Option<String>,
    port: Option<i64>,
    weight: Option<i64>,
}

impl FromStr for AttachmentNotation {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (head, options) = split_options(text, &["weight"]);
        let (place, port) = match head.rsplit_once(':') {
            Some((place, port)) => (place, Some(number("port", port)?)),
            None => (head, None),
        };
        let (load_balancer, pool) = match place.split_once('/') {
            Some((load_balancer, pool)) => (load_balancer, Some(pool.to_owned())),
            None => (place, None),
        };
        if load_balancer.is_empty() {
            return Err(Invalid::new(format!(
                "`{text}` names no load balancer; write web or web/api:8080,weight=50"
            )));
        }
        let weight = match options.as_slice() {
            [] => None,
            [(_, weight), ..] => Some(number("weight", weight)?),
        };
        Ok(Self { load_balancer: load_balancer.to_owned(), pool, port, weight })
    }
}

impl AttachmentNotation {
    /// As the API takes it.
    pub(crate) fn object(&self) -> Object {
        let mut object = Object::new();
        object.insert("load_balancer".to_owned(), json!(self.load_balancer));
        if let Some(pool) = &self.pool {
            object.insert("pool".to_owned(), json!(pool));
        }
        if let Some(port) = self.port {
            object.insert("port".to_owned(), json!(port));
        }
        if let Some(weight) = self.weight {
            object.insert("weight".to_owned(), json!(weight));
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_name_balancer_pool_port_and_weight() {
        let object = |text: &str| json!(text.parse::<AttachmentNotation>().unwrap().object());
        assert_eq!(object("web"), json!({ "load_balancer": "web" }));
        assert_eq!(
            object("web/api:8080,weight=50"),
            json!({ "load_balancer": "web", "pool": "api", "port": 8080, "weight": 50 })
        );
        assert!(["", "/api", "web:x"].iter().all(|t| t.parse::<AttachmentNotation>().is_err()));
    }
}
