//! Whole routers, asked as the engine asks them.

use std::net::IpAddr;

use elbow_model::listener::{Protocol, Timeouts};
use elbow_model::rule::{Condition, HostPattern, PathPattern, Redirect};
use elbow_model::table::{PoolIndex, TableAction, TableForward, TableListener, TableRule};
use elbow_model::value::{HostName, ListenerId, Name, RuleId, Weight};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

#[derive(Clone)]
struct Request {
    host: &'static str,
    path: String,
    query: Option<&'static str>,
    method: &'static str,
    fields: Vec<(&'static str, &'static str)>,
    source: IpAddr,
}

impl RequestView for Request {
    fn host(&self) -> &[u8] {
        self.host.as_bytes()
    }

    fn path(&self) -> &[u8] {
        self.path.as_bytes()
    }

    fn query(&self) -> Option<&[u8]> {
        self.query.map(str::as_bytes)
    }

    fn method(&self) -> &[u8] {
        self.method.as_bytes()
    }

    fn source(&self) -> IpAddr {
        self.source
    }

    fn any_field(&self, name: &str, matches: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.fields
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .any(|(_, value)| matches(value.as_bytes()))
    }
}

fn get(host: &'static str, path: &str) -> Request {
    Request {
        host,
        path: path.to_owned(),
        query: None,
        method: "GET",
        fields: Vec::new(),
        source: "198.51.100.7".parse().unwrap(),
    }
}

/// A router whose n-th rule forwards to pool n + 1; pool 0 is the listener's.
fn router(conditions: Vec<Condition>) -> Router {
    let forward = |pool| TableForward { pool: PoolIndex(pool), weight: Weight::default() };
    let rules = (1..)
        .zip(conditions)
        .map(|(pool, condition)| rule(condition, TableAction::Forward(vec![forward(pool)])));
    Router::new(&listener(rules.collect()))
}

fn rule(condition: Condition, action: TableAction) -> TableRule {
    TableRule { id: RuleId::from(Uuid::from_u128(1)), condition, action }
}

fn listener(rules: Vec<TableRule>) -> TableListener {
    TableListener {
        id: ListenerId::from(Uuid::from_u128(1)),
        name: Name::new("http-80").unwrap(),
        protocol: Protocol::Http,
        address: "127.0.0.1:80".parse().unwrap(),
        rules,
        pool: PoolIndex(0),
        member_port: None,
        insert_headers: Vec::new(),
        trusted_proxies: Vec::new(),
        proxy_protocol: false,
        timeouts: Timeouts::default(),
        connection_limit: None,
        connection_limit_per_source: None,
        allowed_cidrs: Vec::new(),
        tls: None,
        http2: false,
        https_redirect: None,
    }
}

fn pool(router: &Router, request: &Request) -> u32 {
    match router.route(request, 0, &mut Scratch::default()).decision {
        Decision::Forward(pool) => pool.0,
        other => panic!("{other:?}"),
    }
}

fn when(json: &str) -> Condition {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    serde_json::from_value(value).unwrap()
}

#[test]
fn hosts_match_in_any_case_and_only_as_the_pattern_says() {
    let router =
        router(vec![when(r#"{"host": "api.example.com"}"#), when(r#"{"host": "*.example.com"}"#)]);
    for (host, expected) in [
        ("API.Example.COM", 1),
        ("x.example.com", 2),
        ("a.b.example.com", 2),
        ("example.com", 0),
        ("evilexample.com", 0),
        (".example.com", 0),
        ("", 0),
    ] {
        assert_eq!(pool(&router, &get(host, "/")), expected, "{host}");
    }
}

#[test]
fn paths_match_exactly_below_or_by_pattern() {
    let router = router(vec![
        when(r#"{"path": "/exact"}"#),
        when(r#"{"path": "/v1/*"}"#),
        when(r#"{"path": "/img/*.png"}"#),
    ]);
    for (path, expected) in [
        ("/exact", 1),
        ("/exact/", 0),
        ("/exac", 0),
        ("/v1", 2),
        ("/v1/", 2),
        ("/v1/x/y", 2),
        ("/v12", 0),
        ("/img/a/b.png", 3),
        ("/img/a.gif", 0),
        ("/x/../v1/y", 2),
        ("/v1/../w", 0),
        ("/%76%31/x", 2),
        ("/v1%2Fx", 0),
        ("/", 0),
        ("*", 0),
    ] {
        assert_eq!(pool(&router, &get("h", path)), expected, "{path}");
    }
}

#[test]
fn the_first_rule_by_priority_wins_whatever_it_asks() {
    let router = router(vec![
        when(r#"{"path": "/a/*", "method": "POST"}"#),
        when(r#"{"host": "*.example.com", "path": "/a/b"}"#),
        when(r#"{"path": "/a/*"}"#),
        when(r#"{"host": "h.example.com"}"#),
    ]);
    let mut post = get("h.example.com", "/a/b");
    post.method = "POST";
    assert_eq!(pool(&router, &post), 1);
    assert_eq!(pool(&router, &get("h.example.com", "/a/b")), 2);
    assert_eq!(pool(&router, &get("h.example.com", "/a/c")), 3);
    assert_eq!(pool(&router, &get("h.example.com", "/b")), 4);
}

#[test]
fn the_other_conditions_must_all_hold() {
    let router = router(vec![
        when(r#"{"header": {"name": "X-Version", "value": "2"}}"#),
        when(r#"{"query": {"name": "q", "value": "a b"}}"#),
        when(r#"{"cookie": {"name": "beta", "value": "1"}}"#),
        when(r#"{"source": "203.0.113.0/24"}"#),
    ]);
    let plain = get("h", "/");
    assert_eq!(pool(&router, &plain), 0);
    let with = |change: &dyn Fn(&mut Request)| {
        let mut request = plain.clone();
        change(&mut request);
        pool(&router, &request)
    };
    assert_eq!(with(&|r| r.fields = vec![("x-version", "1"), ("x-version", "2")]), 1);
    assert_eq!(with(&|r| r.fields = vec![("x-version", "22")]), 0);
    assert_eq!(with(&|r| r.query = Some("x=1&q=a+b")), 2);
    assert_eq!(with(&|r| r.query = Some("q=a%20b")), 2);
    assert_eq!(with(&|r| r.query = Some("q=a%20bc")), 0);
    assert_eq!(with(&|r| r.fields = vec![("Cookie", "a=2; beta=1")]), 3);
    assert_eq!(with(&|r| r.fields = vec![("Cookie", "xbeta=1")]), 0);
    assert_eq!(with(&|r| r.source = "203.0.113.9".parse().unwrap()), 4);
    assert_eq!(with(&|r| r.source = "::ffff:203.0.113.9".parse().unwrap()), 4);
}

#[test]
fn a_forward_divides_by_weight_exactly() {
    let target =
        |pool, weight| TableForward { pool: PoolIndex(pool), weight: Weight::new(weight).unwrap() };
    let action = TableAction::Forward(vec![target(1, 1), target(2, 3)]);
    let router = Router::new(&listener(vec![rule(when(r#"{"path": "/*"}"#), action)]));
    let picked =
        (0..8).map(|turn| router.route(&get("h", "/"), turn, &mut Scratch::default()).decision);
    let to_second = picked.filter(|decision| *decision == Decision::Forward(PoolIndex(2)));
    assert_eq!(to_second.count(), 6);
}

#[test]
fn a_forward_to_nobody_a_redirect_and_an_answer_are_told_apart() {
    let redirect = Redirect {
        status: elbow_model::rule::RedirectStatus::new(308).unwrap(),
        scheme: None,
        host: None,
        port: None,
        path: None,
    };
    let router = Router::new(&listener(vec![
        rule(when(r#"{"path": "/none"}"#), TableAction::Forward(Vec::new())),
        rule(when(r#"{"path": "/moved"}"#), TableAction::Redirect(redirect.clone())),
    ]));
    let decision = |path| router.route(&get("h", path), 0, &mut Scratch::default());
    let (none, moved) = (decision("/none").decision, decision("/moved").decision);
    assert_eq!(none, Decision::NoPool);
    assert_eq!(moved, Decision::Redirect(&redirect));
    assert_eq!(decision("/other").rule, None);
}

#[test]
fn server_names_are_found_by_the_same_tables() {
    let router = router(vec![
        when(r#"{"server_name": "a.example"}"#),
        when(r#"{"server_name": "*.b.example"}"#),
        when(r#"{"server_name": "*.example"}"#),
    ]);
    for (name, expected) in [
        (Some("a.example"), 1),
        (Some("x.y.b.example"), 2),
        (Some("b.example"), 3),
        (Some("example"), 0),
        (Some("other"), 0),
        (None, 0),
    ] {
        let name = name.map(|name| HostName::new(name).unwrap());
        let route = router.route_server_name(name.as_ref(), 0, &mut Scratch::default());
        assert_eq!(route.decision, Decision::Forward(PoolIndex(expected)), "{name:?}");
        assert_eq!(route.rule.is_some(), expected > 0, "{name:?}");
    }
}

proptest! {
    /// The tables agree with reading the rules one by one.
    #[test]
    fn the_tables_agree_with_the_list(
        rules in prop::collection::vec(
            (prop::option::of("(\\*\\.)?[ab](\\.[ab])?"), prop::option::of("(/[ab]{0,2}){1,3}(/\\*)?|/[ab]\\*[ab]?")),
            0..20,
        ),
        host in prop::sample::select(vec!["a", "b", "A.b", "a.a", "b.b.a", "a.b.a.b"]),
        path in "(/[ab]{0,2}){1,3}",
    ) {
        let conditions: Vec<Condition> = rules
            .iter()
            .map(|(host, path)| Condition {
                host: host.as_ref().map(|host| host.parse().unwrap()),
                path: path.as_ref().map(|path| path.parse().unwrap()),
                ..Condition::default()
            })
            .collect();
        let expected = conditions.iter().position(|condition| {
            let lower = host.to_ascii_lowercase();
            let host_fits = match &condition.host {
                None => true,
                Some(HostPattern::Exact(host)) => host.as_str() == lower,
                Some(HostPattern::Below(host)) => lower.ends_with(&format!(".{host}")),
            };
            let path_fits = match &condition.path {
                None => true,
                Some(PathPattern::Exact(exact)) => exact.as_str() == path,
                Some(PathPattern::Prefix(prefix)) => {
                    path == *prefix || path.starts_with(&format!("{prefix}/"))
                }
                Some(PathPattern::Wildcard(pattern)) => {
                    glob::Glob::new(pattern.as_str().as_bytes()).matches(path.as_bytes())
                }
            };
            host_fits && path_fits
        });
        let expected = expected.map_or(0, |place| place as u32 + 1);
        prop_assert_eq!(pool(&router(conditions), &get(host, &path)), expected);
    }
}
