//! Finds what arguments name below a load balancer: listeners, pools, members, rules.

use serde_json::Value;

use super::Context;
use crate::client::encode;
use crate::failure::Failure;
use crate::notation::MemberReference;
use crate::output::{ListenerView, LoadBalancerView, MemberView, PoolView, RuleView, target, view};

/// Where a load balancer is in the API.
pub(super) fn balancer_path(name: &str) -> String {
    format!("/v1/load-balancers/{}", encode(name))
}

impl Context {
    /// Reads a load balancer with everything below it.
    pub(super) async fn balancer(&mut self, name: &str) -> Result<LoadBalancerView, Failure> {
        view(&self.read_balancer(name).await?)
    }

    /// The same, as the API answers it.
    pub(super) async fn read_balancer(&mut self, name: &str) -> Result<Value, Failure> {
        let attempt = super::suggest::Attempt { command: "lb show", balancer: None, name: None };
        self.client.read(&balancer_path(name)).await.map_err(|failure| attempt.explain(failure))
    }
}

impl LoadBalancerView {
    /// The pool with this name or id; the default one if none is named.
    pub(super) fn find_pool(&self, named: Option<&str>) -> Result<&PoolView, Failure> {
        let found = match named {
            None => self.pools.first(),
            Some(named) => self.pools.iter().find(|pool| pool.name == named || pool.id == named),
        };
        found.ok_or_else(|| Failure::Unresolved {
            what: format!(
                "load balancer {} has no pool `{}`; there is {}",
                self.name,
                named.unwrap_or("default"),
                listed(self.pools.iter().map(|pool| pool.name.clone()))
            ),
            next: format!("elbow pool create {} {}", self.name, named.unwrap_or("NAME")),
        })
    }

    /// The listener that is named by protocol and port, port, name or id.
    pub(super) fn find_listener(&self, named: &str) -> Result<&ListenerView, Failure> {
        let is_it = |listener: &&ListenerView| {
            let short = format!("{}:{}", listener.protocol, listener.port);
            short.eq_ignore_ascii_case(named)
                || listener.port.to_string() == named
                || listener.name == named
                || listener.id == named
        };
        self.listeners.iter().find(is_it).ok_or_else(|| Failure::Unresolved {
            what: format!(
                "load balancer {} has no listener `{named}`; there is {}",
                self.name,
                listed(self.listeners.iter().map(|l| format!(
                    "{}:{}",
                    l.protocol.to_lowercase(),
                    l.port
                )))
            ),
            next: format!("elbow listener list {}", self.name),
        })
    }

    /// The member that is named by address and port, name or id, in this pool if one is named.
    pub(super) fn find_member(
        &self,
        named: &str,
        pool: Option<&str>,
    ) -> Result<&MemberView, Failure> {
        let pools = match pool {
            None => self.pools.iter().collect(),
            Some(_) => vec![self.find_pool(pool)?],
        };
        let reference = MemberReference::read(named).ok();
        let is_it = |member: &MemberView| {
            member.id == named
                || member.name.as_deref() == Some(named)
                || reference
                    .as_ref()
                    .is_some_and(|reference| reference.means(&member.address, member.port))
        };
        let found: Vec<(&PoolView, &MemberView)> = pools
            .iter()
            .flat_map(|pool| pool.members.iter().map(move |member| (*pool, member)))
            .filter(|(_, member)| is_it(member))
            .collect();
        let next = format!("elbow member list {}", self.name);
        match found.as_slice() {
            [(_, member)] => Ok(member),
            [] => Err(Failure::Unresolved {
                what: format!("load balancer {} has no member `{named}`", self.name),
                next,
            }),
            several => {
                let shown = several
                    .iter()
                    .map(|(pool, m)| format!("{} in {}", target(&m.address, m.port), pool.name));
                let what = format!(
                    "`{named}` could be {}; say which by port, --pool or id",
                    listed(shown)
                );
                Err(Failure::Unresolved { what, next })
            }
        }
    }
}

impl ListenerView {
    /// The rule that is named by priority, name or id.
    pub(super) fn find_rule(&self, named: &str, balancer: &str) -> Result<&RuleView, Failure> {
        let is_it = |rule: &&RuleView| {
            rule.id == named
                || rule.name.as_deref() == Some(named)
                || rule.priority.to_string() == named
        };
        self.rules.iter().find(is_it).ok_or_else(|| Failure::Unresolved {
            what: format!(
                "listener {} has no rule `{named}`; there is {}",
                self.name,
                listed(self.rules.iter().map(|rule| rule.priority.to_string()))
            ),
            next: format!("elbow rule list {balancer}"),
        })
    }
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn balancer() -> LoadBalancerView {
        view(&json!({
            "name": "web",
            "listeners": [{"id": "l1", "name": "front", "protocol": "HTTP", "port": 80,
                "rules": [{"id": "r1", "priority": 10, "name": "beta"}]}],
            "pools": [
                {"id": "p1", "name": "default", "members": [{"id": "m1", "address": "10.0.0.5", "port": 80}]},
                {"id": "p2", "name": "api", "members": [{"id": "m2", "address": "10.0.0.5", "port": 80},
                    {"id": "m3", "address": "10.0.0.5", "port": 81, "name": "five"}]},
            ],
        }))
        .unwrap()
    }

    #[test]
    fn members_are_found_by_address_name_and_id() {
        let balancer = balancer();
        assert_eq!(balancer.find_member("10.0.0.5:81", None).unwrap().id, "m3");
        assert_eq!(balancer.find_member("five", None).unwrap().id, "m3");
        assert_eq!(balancer.find_member("m1", None).unwrap().id, "m1");
        assert_eq!(balancer.find_member("10.0.0.5:80", Some("api")).unwrap().id, "m2");
    }

    #[test]
    fn a_member_of_several_pools_must_be_told_apart() {
        let error = balancer().find_member("10.0.0.5:80", None).unwrap_err();
        assert!(
            error.to_string().contains("10.0.0.5:80 in default, 10.0.0.5:80 in api"),
            "{error}"
        );
    }

    #[test]
    fn listeners_and_rules_have_several_names() {
        let balancer = balancer();
        for name in ["http:80", "HTTP:80", "80", "front", "l1"] {
            assert_eq!(balancer.find_listener(name).unwrap().id, "l1", "{name}");
        }
        for name in ["10", "beta", "r1"] {
            assert_eq!(balancer.listeners[0].find_rule(name, "web").unwrap().id, "r1", "{name}");
        }
        let error = balancer.find_listener("http:81").unwrap_err();
        assert_eq!(
            error.to_string(),
            "load balancer web has no listener `http:81`; there is http:80"
        );
    }
}
