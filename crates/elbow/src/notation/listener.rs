//! `http:80`, `https:443,certificate=site`, `tcp:5432,pool=db`: a listener.

use std::str::FromStr;

use elbow_model::value::Invalid;
use serde_json::json;

use super::{Object, constant, number, split_strictly};

/// A listener as it is written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListenerNotation {
    protocol: String,
    port: i64,
    pool: Option<String>,
    name: Option<String>,
    certificate: Option<String>,
}

impl FromStr for ListenerNotation {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (head, options) = split_strictly(text, &["pool", "name", "certificate"])?;
        let (protocol, port) =
            head.split_once(':').filter(|(protocol, _)| !protocol.is_empty()).ok_or_else(|| {
                Invalid::new(format!("`{head}` is not PROTOCOL:PORT, such as http:80"))
            })?;
        let mut listener = Self {
            protocol: constant(protocol),
            port: number("port", port)?,
            pool: None,
            name: None,
            certificate: None,
        };
        for (key, value) in options {
            match key {
                "pool" => listener.pool = Some(value.to_owned()),
                "certificate" => listener.certificate = Some(value.to_owned()),
                _ => listener.name = Some(value.to_owned()),
            }
        }
        Ok(listener)
    }
}

impl ListenerNotation {
    /// The listener as the API takes it.
    pub(crate) fn object(&self) -> Object {
        let mut object = Object::new();
        object.insert("protocol".to_owned(), json!(self.protocol));
        object.insert("port".to_owned(), json!(self.port));
        if let Some(pool) = &self.pool {
            object.insert("pool".to_owned(), json!(pool));
        }
        if let Some(name) = &self.name {
            object.insert("name".to_owned(), json!(name));
        }
        if let Some(certificate) = &self.certificate {
            object.insert("certificate".to_owned(), json!(certificate));
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_protocol_and_port_with_options() {
        let listener: ListenerNotation = "http:80,pool=api,name=front".parse().unwrap();
        let expected = json!({"protocol": "HTTP", "port": 80, "pool": "api", "name": "front"});
        assert_eq!(json!(listener.object()), expected);
        let listener: ListenerNotation = "https:443,certificate=site".parse().unwrap();
        let expected = json!({"protocol": "HTTPS", "port": 443, "certificate": "site"});
        assert_eq!(json!(listener.object()), expected);
    }

    #[test]
    fn ports_out_of_range_are_left_to_the_service() {
        let listener: ListenerNotation = "tcp:70000".parse().unwrap();
        assert_eq!(json!(listener.object()), json!({"protocol": "TCP", "port": 70000}));
    }

    #[test]
    fn what_is_no_listener_is_refused_with_an_example() {
        for wrong in ["http", "80", ":80", "http:", "http:eighty", "http:80,weight=3"] {
            assert!(wrong.parse::<ListenerNotation>().is_err(), "{wrong}");
        }
    }
}
