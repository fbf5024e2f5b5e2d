//! Whether everybody can use the console: axe finds nothing on any page, in light and dark; every page fits a phone, is
//! small, loads nothing from elsewhere, and is there as a picture.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::harness::openssl::Files;
use crate::harness::{Client, Origin};
use crate::visit::Visit;

const AXE: &str = include_str!("vendor/axe-core/axe.min.js");
/// Bytes of a page with all that it loads.
const MOST_BYTES: u64 = 200_000;

#[test]
fn every_page_is_for_everybody() {
    let mut visit = Visit::start();
    let origins = Origin::start_many(["one", "two"]);
    let address = visit.shop(&origins);
    certificate(&visit);
    let shop = format!("/load-balancers/{}", visit.id("shop"));
    let tree = visit.deployment.active("shop");
    let pool = tree["pools"][0]["id"].as_str().unwrap().to_owned();
    let member = tree["pools"][0]["members"][0]["id"].as_str().unwrap().to_owned();
    let listener = tree["listeners"][0]["id"].as_str().unwrap().to_owned();
    let rule = tree["listeners"][0]["rules"][0]["id"].as_str().unwrap().to_owned();
    for _ in 0..60 {
        Client::tcp(address).get("/");
    }
    let pages = [
        ("overview", "/".to_owned()),
        ("load-balancers", "/load-balancers".to_owned()),
        ("load-balancers-nothing-found", "/load-balancers?q=nothing-like-that".to_owned()),
        ("load-balancer-new", "/load-balancers/new".to_owned()),
        ("load-balancer", shop.clone()),
        ("load-balancer-monitoring", format!("{shop}/monitoring?range_s=300")),
        ("load-balancer-rules", format!("{shop}/rules")),
        ("load-balancer-pools", format!("{shop}/pools")),
        ("load-balancer-edit", format!("{shop}/edit")),
        ("load-balancer-delete", format!("{shop}/delete")),
        ("server-new", format!("{shop}/pools/{pool}/servers/new")),
        ("server-edit", format!("{shop}/pools/{pool}/servers/{member}/edit")),
        ("server-delete", format!("{shop}/pools/{pool}/servers/{member}/delete")),
        ("pool-new", format!("{shop}/pools/new")),
        ("pool-edit", format!("{shop}/pools/{pool}/edit")),
        ("rule-new", format!("{shop}/listeners/{listener}/rules/new")),
        ("rule-edit", format!("{shop}/listeners/{listener}/rules/{rule}/edit")),
        ("rule-delete", format!("{shop}/listeners/{listener}/rules/{rule}/delete")),
        ("certificates", "/certificates".to_owned()),
        ("certificate-new", "/certificates/new".to_owned()),
        ("certificate", "/certificates/site".to_owned()),
        ("certificate-delete", "/certificates/site/delete".to_owned()),
        ("not-found", "/load-balancers/nothing".to_owned()),
    ];
    let mut wrong = Vec::new();
    for (name, path) in &pages {
        wrong.extend(looked_at(&mut visit.browser, name, path));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_pages_of_scaling_groups_are_for_everybody() {
    let mut visit = Visit::start();
    let origins = Origin::start_many(["one", "two"]);
    visit.shop(&origins);
    let group = "group create workers --min 1 --max 3 --driver process --network test --port 8080 --attach shop --command";
    let mut words: Vec<&str> = group.split(' ').collect();
    words.push("{elbow} sample-server --listen {address}:{port}");
    let ran = visit.deployment.elbow(&words);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let policy = "policy add workers target-tracking --metric in-flight-per-instance --target 5";
    let ran = visit.deployment.elbow(&policy.split(' ').collect::<Vec<_>>());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let shown = visit.deployment.api().get("/v1/scaling-groups/workers").expect(200);
    let here = format!("/scaling-groups/{}", shown["id"].as_str().unwrap());
    let pages = [
        ("scaling-groups", "/scaling-groups".to_owned()),
        ("scaling-group-new", "/scaling-groups/new".to_owned()),
        ("scaling-group", here.clone()),
        ("scaling-group-instances", format!("{here}/instances")),
        ("scaling-group-activity", format!("{here}/activity")),
        ("scaling-group-edit", format!("{here}/edit")),
        ("scaling-group-scale", format!("{here}/scale")),
        ("scaling-group-attachments", format!("{here}/attachments")),
        ("scaling-group-delete", format!("{here}/delete")),
    ];
    let mut wrong = Vec::new();
    for (name, path) in &pages {
        wrong.extend(looked_at(&mut visit.browser, name, path));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_pages_of_rules_people_and_places_are_for_everybody() {
    let mut visit = Visit::start();
    let group = crate::scaling::group(&visit);
    let mut api = visit.deployment.api();
    let id = group.rsplit('/').next().unwrap().to_owned();
    let below = |what: &str| format!("/v1/scaling-groups/{id}/{what}");
    let policy = json!({"name": "busy", "type": "TARGET_TRACKING", "metric": "IN_FLIGHT_PER_INSTANCE", "target": 10});
    let policy = api.post(&below("policies"), &policy).expect(201);
    let schedule = json!({"name": "morning", "cron": "0 8 * * mon-fri", "min": 2});
    api.post(&below("schedules"), &schedule).expect(201);
    api.post(&below("hooks"), &json!({"name": "warm", "transition": "LAUNCH"})).expect(201);
    api.post(&below("scale"), &json!({"desired": 2})).expect(200);
    api.post("/v1/api-keys", &json!({"name": "ci"})).expect(201);
    let listed = api.get(&below("instances")).expect(200);
    let instance = format!("{group}/instances/{}", listed["items"][0]["id"].as_str().unwrap());
    let policy = format!("{group}/rules/policies/{}", policy["id"].as_str().unwrap());
    let pages = [
        ("scaling-group-monitoring", format!("{group}/monitoring")),
        ("scaling-group-rules", format!("{group}/rules")),
        ("scaling-group-replay", format!("{group}/replay")),
        ("scaling-group-suspend", format!("{group}/switch/suspend")),
        ("instance", instance.clone()),
        ("instance-new", format!("{group}/instances/new")),
        ("instance-remove", format!("{instance}/remove")),
        ("policy-new", format!("{group}/rules/policies/new")),
        ("policy-edit", format!("{policy}/edit")),
        ("policy-delete", format!("{policy}/delete")),
        ("schedule-new", format!("{group}/rules/schedules/new")),
        ("hook-new", format!("{group}/rules/hooks/new")),
        ("networks", "/networks".to_owned()),
        ("network", "/networks/default".to_owned()),
        ("network-new", "/networks/new".to_owned()),
        ("activity", "/activity".to_owned()),
        ("history", "/history".to_owned()),
        ("project", "/project".to_owned()),
        ("key-new", "/project/keys/new".to_owned()),
        ("member-new", "/project/members/new".to_owned()),
        ("user-new", "/project/users/new".to_owned()),
        ("operator", "/operator".to_owned()),
        ("project-new", "/operator/projects/new".to_owned()),
    ];
    let mut wrong = Vec::new();
    for (name, path) in &pages {
        wrong.extend(looked_at(&mut visit.browser, name, path));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_login_and_the_first_page_are_for_everybody() {
    let mut visit = Visit::start();
    let mut wrong = looked_at(&mut visit.browser, "welcome", "/");
    wrong.extend(looked_at(&mut visit.browser, "load-balancers-empty", "/load-balancers"));
    wrong.extend(looked_at(&mut visit.browser, "certificates-empty", "/certificates"));
    let mut stranger = Browser::start(visit.deployment.api_address());
    wrong.extend(looked_at(&mut stranger, "login", "/login?next=%2Fcertificates"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_language_has_its_pages() {
    let mut visit = Visit::start();
    let origins = Origin::start_many(["one", "two"]);
    visit.shop(&origins);
    let shop = format!("/load-balancers/{}", visit.id("shop"));
    let browser = &mut visit.browser;
    browser.resize(1280, 900);
    for (tag, title) in [("zh-Hant", "負載平衡管理"), ("zh-Hans", "负载均衡管理")] {
        browser.go("/load-balancers");
        browser.click(".top-tools .menu summary");
        browser.click(&format!("button[value={tag}]"));
        browser.has(&format!("html[lang={tag}]"));
        browser.says("h1", title);
        for (name, path) in
            [("load-balancer", shop.as_str()), ("load-balancer-new", "/load-balancers/new")]
        {
            browser.go(path);
            let faults = axe(browser);
            assert!(faults.is_empty(), "{tag} {name}: {}", faults.join("\n"));
            browser.picture(&format!("{name}-{tag}"));
        }
    }
}

fn certificate(visit: &Visit) {
    let files = Files::new();
    files.authority("authority");
    files.server("site", "shop.example.com", "authority", "ec -pkeyopt ec_paramgen_curve:P-256");
    let read = |name: &str| std::fs::read_to_string(files.path(name)).unwrap();
    let body = json!({
        "name": "site", "description": "for the shop",
        "certificate": read("site.pem"), "private_key": read("site.key"),
    });
    visit.deployment.api().post("/v1/certificates", &body).expect(201);
}

/// All that is wrong with a page, after pictures of it were taken.
fn looked_at(browser: &mut Browser, name: &str, path: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    browser.resize(1280, 900);
    for scheme in ["light", "dark"] {
        browser.prefer(scheme);
        browser.go(path);
        browser.has("main");
        drawn(browser);
        wrong.extend(axe(browser).into_iter().map(|fault| format!("{name} ({scheme}): {fault}")));
        browser.picture(&format!("{name}-{scheme}"));
    }
    wrong.extend(loaded(browser).into_iter().map(|fault| format!("{name}: {fault}")));
    browser.prefer("light");
    browser.resize(390, 844);
    browser.go(path);
    drawn(browser);
    browser.picture(&format!("{name}-390px"));
    let overflow = browser.script("return document.documentElement.scrollWidth - innerWidth", &[]);
    if overflow.as_i64() != Some(0) {
        wrong.push(format!("{name}: {overflow} pixels too wide at 390 pixels"));
    }
    let harmless = |complaint: &String| path.contains("nothing") && complaint.contains("404");
    let complaints = browser.complaints().into_iter().filter(|complaint| !harmless(complaint));
    wrong.extend(complaints.map(|complaint| format!("{name}: {complaint}")));
    wrong
}

/// Charts are drawn by a script a moment after the page is there.
fn drawn(browser: &mut Browser) {
    let charts = browser.count("figure[data-chart]");
    crate::harness::eventually("charts are drawn", || match browser.count(".plot canvas") {
        count if count == charts => Ok(()),
        count => Err(format!("{count} of {charts}")),
    });
}

/// What axe finds by the rules of WCAG 2.2 AA and its own best practices.
fn axe(browser: &mut Browser) -> Vec<String> {
    browser.script(AXE, &[]);
    let found = browser.script_and_wait(
        "const done = arguments[arguments.length - 1]; axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(result => done(result.violations.map(v => [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + n.failureSummary)])), error => done([['broken', String(error), []]]))",
        &[],
    );
    found.as_array().unwrap().iter().map(Value::to_string).collect()
}

/// Whether the page loads something from elsewhere, or too much.
fn loaded(browser: &mut Browser) -> Vec<String> {
    let sizes = browser.script(
        "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(entry => [entry.name, entry.decodedBodySize])",
        &[],
    );
    let own = browser.script("return location.origin", &[]).as_str().unwrap().to_owned();
    let entries: Vec<(String, u64)> = serde_json::from_value(sizes).unwrap();
    let mut wrong: Vec<String> = entries
        .iter()
        .filter(|(name, _)| !name.starts_with(&own))
        .map(|(name, _)| format!("loads {name}"))
        .collect();
    // Series are asked for again and again as long as the page is open.
    let bytes: u64 =
        entries.iter().filter(|(name, _)| !name.contains("/series")).map(|(_, size)| size).sum();
    if bytes > MOST_BYTES {
        wrong.push(format!("{bytes} bytes, at most {MOST_BYTES}: {entries:?}"));
    }
    wrong
}
