//! `10.0.0.5:8080`, `[2001:db8::5]:80,weight=10`: a member.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use elbow_model::value::Invalid;
use serde_json::json;

use super::{Object, number, split_strictly};

/// A member as it is written on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemberNotation {
    target: MemberReference,
    weight: Option<i64>,
    name: Option<String>,
    backup: bool,
}

impl FromStr for MemberNotation {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (head, options) = split_strictly(text, &["weight", "name", "backup"])?;
        let mut member =
            Self { target: MemberReference::read(head)?, weight: None, name: None, backup: false };
        for (key, value) in options {
            match key {
                "weight" => member.weight = Some(number("weight", value)?),
                "name" => member.name = Some(value.to_owned()),
                _ => {
                    member.backup = value.parse().map_err(|_| {
                        Invalid::new(format!("backup `{value}` is neither true nor false"))
                    })?;
                }
            }
        }
        Ok(member)
    }
}

impl MemberNotation {
    /// The member as the API takes it.
    pub(crate) fn object(&self) -> Object {
        let mut object = Object::new();
        object.insert("address".to_owned(), json!(self.target.address));
        if let Some(port) = self.target.port {
            object.insert("port".to_owned(), json!(port));
        }
        if let Some(weight) = self.weight {
            object.insert("weight".to_owned(), json!(weight));
        }
        if let Some(name) = &self.name {
            object.insert("name".to_owned(), json!(name));
        }
        if self.backup {
            object.insert("backup".to_owned(), json!(true));
        }
        object
    }
}

/// Address and port, not yet judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemberReference {
    pub(crate) address: String,
    pub(crate) port: Option<i64>,
}

impl MemberReference {
    /// `ADDRESS`, `ADDRESS:PORT`, `[V6]:PORT` or a bare V6 address.
    pub(crate) fn read(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::new(
                "a member is ADDRESS[:PORT], such as 10.0.0.5:8080 or [2001:db8::5]:80",
            ));
        }
        let address = |text: &str| text.trim_matches(['[', ']']).to_owned();
        if text.parse::<Ipv6Addr>().is_ok() || text.ends_with(']') {
            return Ok(Self { address: address(text), port: None });
        }
        match text.rsplit_once(':') {
            None => Ok(Self { address: text.to_owned(), port: None }),
            Some((head, port)) => {
                Ok(Self { address: address(head), port: Some(number("port", port)?) })
            }
        }
    }

    /// Whether a member with this address and port is meant; without a port, any with this address.
    pub(crate) fn means(&self, address: &str, port: Option<u16>) -> bool {
        let same = match (self.address.parse::<IpAddr>(), address.parse::<IpAddr>()) {
            (Ok(mine), Ok(theirs)) => mine.to_canonical() == theirs.to_canonical(),
            _ => self.address == address,
        };
        same && self.port.is_none_or(|mine| Some(mine) == port.map(i64::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> serde_json::Value {
        json!(text.parse::<MemberNotation>().unwrap().object())
    }

    #[test]
    fn a_member_is_address_and_port_with_options() {
        assert_eq!(object("10.0.0.5:8080"), json!({"address": "10.0.0.5", "port": 8080}));
        assert_eq!(object("10.0.0.5"), json!({"address": "10.0.0.5"}));
        assert_eq!(
            object("10.0.0.6:8080,weight=10,name=six,backup=true"),
            json!({"address": "10.0.0.6", "port": 8080, "weight": 10, "name": "six", "backup": true})
        );
    }

    #[test]
    fn version_six_addresses_need_brackets_only_before_a_port() {
        assert_eq!(object("[::1]:80"), json!({"address": "::1", "port": 80}));
        assert_eq!(object("[::1]"), json!({"address": "::1"}));
        assert_eq!(object("2001:db8::5"), json!({"address": "2001:db8::5"}));
    }

    #[test]
    fn values_are_left_to_the_service() {
        assert_eq!(
            object("banana:80,weight=300"),
            json!({"address": "banana", "port": 80, "weight": 300})
        );
    }

    #[test]
    fn what_has_not_the_shape_is_refused() {
        for wrong in ["", "10.0.0.5:http", "10.0.0.5:80,weight=heavy", "10.0.0.5:80,size=3"] {
            assert!(wrong.parse::<MemberNotation>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_reference_finds_its_member_however_the_address_is_written() {
        let reference = MemberReference::read("[2001:db8:0:0::5]:80").unwrap();
        assert!(reference.means("2001:db8::5", Some(80)));
        assert!(!reference.means("2001:db8::5", Some(81)));
        assert!(MemberReference::read("10.0.0.5").unwrap().means("10.0.0.5", Some(8080)));
    }
}
