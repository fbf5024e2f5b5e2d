//! A deployment with a browser that is logged in: where the tests of the console begin.

use std::net::SocketAddr;

use serde_json::json;

use crate::browser::{Browser, Scripts};
use crate::harness::deployment::{NETWORK, PASSWORD, address_of, member};
use crate::harness::{Client, Deployment, Origin, eventually};

/// A deployment and a browser that looks at it.
pub(crate) struct Visit {
    pub(crate) browser: Browser,
    pub(crate) deployment: Deployment,
}

impl Visit {
    /// Logged in as `admin`.
    pub(crate) fn start() -> Self {
        Self::start_with(Scripts::Allowed)
    }

    pub(crate) fn start_with(scripts: Scripts) -> Self {
        let deployment = Deployment::start();
        let mut browser = Browser::start_with(deployment.api_address(), scripts);
        browser.go("/");
        browser.arrives("/login");
        log_in(&mut browser);
        browser.arrives("/");
        Self { browser, deployment }
    }

    /// A load balancer with two servers, a rule and traffic.
    pub(crate) fn shop(&self, origins: &[Origin; 2]) -> SocketAddr {
        let members: Vec<_> = origins.iter().map(member).collect();
        let tree = json!({
            "description": "what customers see",
            "type": "APPLICATION",
            "listeners": [
                {"protocol": "HTTP", "port": 80, "rules": [
                    {"priority": 10, "match": {"host": "api.example.com", "path": "/v1/*"}, "action": {"forward": [{"pool": "api"}]}},
                    {"priority": 20, "match": {"path": "/old"}, "action": {"redirect": {"status": 301, "path": "/new"}}},
                ]},
            ],
            "members": members,
            "health_monitor": {"type": "HTTP", "path": "/healthz", "interval_ms": 1000, "timeout_ms": 500},
            "pools": [{"name": "api", "members": [members[0].clone()], "health_monitor": {"type": "TCP"}}],
        });
        let address = address_of(&self.deployment.create("shop", tree));
        eventually("the load balancer answers", || {
            let response = Client::tcp(address).get("/");
            if response.status == 200 { Ok(()) } else { Err(response.to_string()) }
        });
        address
    }

    /// The id of a load balancer.
    pub(crate) fn id(&self, name: &str) -> String {
        let tree = self.deployment.api().get(&format!("/v1/load-balancers/{name}")).expect(200);
        tree["id"].as_str().unwrap().to_owned()
    }

    /// Fills the first page of the wizard.
    pub(crate) fn begin(&mut self, name: &str) {
        let browser = &mut self.browser;
        browser.go("/load-balancers/new");
        browser.fill("#f-name", name);
        browser.choose("#f-network", NETWORK);
    }
}

/// Fills the page for logging in.
pub(crate) fn log_in(browser: &mut Browser) {
    browser.fill("#username", "admin");
    browser.fill("#password", PASSWORD);
    browser.click("form.login-card button");
}
