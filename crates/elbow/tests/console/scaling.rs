//! The user story of load balancing in auto scaling, in the browser, with instances that are real processes: associated
//! when a group is created and by editing it, weight 50 that a person changes and scaling leaves alone, and detached
//! again; and what each role sees of it.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::harness::deployment::{NETWORK, PROGRAM};
use crate::harness::{Client, eventually};
use crate::visit::Visit;

/// Long enough for every rule about passwords.
const PASSWORD: &str = "correct-horse-battery-staple";

/// A load balancer that a group can be attached to, with a virtual server group.
fn balancer(visit: &Visit, name: &str) {
    let check =
        json!({"type": "HTTP", "path": "/", "interval_ms": 200, "timeout_ms": 200, "rise": 1});
    let tree = json!({
        "listeners": [{"protocol": "HTTP", "port": 80}],
        "health_monitor": check,
        "pools": [{"name": "virtual", "health_monitor": check}],
    });
    visit.deployment.create(name, tree);
    visit.deployment.active(name);
}

fn command() -> String {
    format!("{PROGRAM} sample-server --listen {{address}}:{{port}}")
}

/// A group of one instance behind `web`, by the API; gives its path in the console.
pub(crate) fn group(visit: &Visit) -> String {
    balancer(visit, "web");
    let words: Vec<String> = command().split(' ').map(str::to_owned).collect();
    let body = json!({
        "name": "workers", "description": "they do the work", "network": NETWORK, "min": 1, "max": 3,
        "template": {"driver": "PROCESS", "command": words, "port": 8080},
        "attachments": [{"load_balancer": "web"}],
    });
    let made = visit.deployment.api().post("/v1/scaling-groups", &body).expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    eventually("an instance serves", || match members(visit, "web", "default").as_slice() {
        [member] if member["health"] == "HEALTHY" => Ok(()),
        other => Err(format!("{other:?}")),
    });
    format!("/scaling-groups/{id}")
}

fn members(visit: &Visit, balancer: &str, pool: &str) -> Vec<Value> {
    let path = format!("/v1/load-balancers/{balancer}");
    let tree = visit.deployment.api().get(&path).expect(200);
    let pools = tree["pools"].as_array().unwrap().iter();
    let found = pools.filter(|found| found["name"] == pool);
    found.flat_map(|pool| pool["members"].as_array().unwrap().clone()).collect()
}

fn weights(visit: &Visit, balancer: &str, pool: &str) -> Vec<u64> {
    let members = members(visit, balancer, pool);
    let mut weights: Vec<u64> =
        members.iter().map(|member| member["weight"].as_u64().unwrap()).collect();
    weights.sort_unstable();
    weights
}

fn weights_become(visit: &Visit, (balancer, pool): (&str, &str), expected: &[u64]) {
    eventually("members have their weights", || match weights(visit, balancer, pool) {
        found if found == expected => Ok(()),
        found => Err(format!("{balancer}/{pool} has {found:?}, expected {expected:?}")),
    });
}

#[test]
fn a_group_is_switched_off_and_on_and_single_processes_rest() {
    let mut visit = Visit::start();
    let here = group(&visit);
    let mut switch = |word: &str, ticks: &[&str]| {
        visit.browser.go(&here);
        visit.browser.click(".head-actions summary");
        visit.browser.click(&format!("a[href$='/switch/{word}']"));
        for tick in ticks {
            visit.browser.click(&format!("input[name={tick}]"));
        }
        visit.browser.click(".confirm button.primary");
        visit.browser.arrives(&here);
        let id = here.rsplit('/').next().unwrap();
        let group = visit.deployment.api().get(&format!("/v1/scaling-groups/{id}")).expect(200);
        (group["enabled"].clone(), group["suspended"].clone())
    };
    assert_eq!(switch("disable", &[]), (json!(false), json!([])));
    assert_eq!(switch("enable", &[]), (json!(true), json!([])));
    let both = ["SCALE_IN", "POLICIES"];
    assert_eq!(switch("suspend", &both), (json!(true), json!(both)));
    assert_eq!(switch("resume", &["SCALE_IN"]), (json!(true), json!(["POLICIES"])));
    visit.browser.says("#group-notices", "Suspended");
}

#[test]
fn a_group_joins_load_balancers_when_created_and_by_edit_and_leaves_them() {
    let mut visit = Visit::start();
    balancer(&visit, "web");
    balancer(&visit, "api");
    visit.deployment.create("bare", json!({}));

    // The picker offers what is eligible in the chosen network, and says why the rest is not.
    let browser = &mut visit.browser;
    browser.go("/scaling-groups");
    browser.says(".empty", "No scaling group yet");
    browser.click(".empty a.primary");
    browser.fill("#f-name", "workers");
    browser.choose("#f-network", NETWORK);
    browser.has("#f-attachments-0-load_balancer option[value=web]:not([disabled])");
    browser.has("#f-attachments-0-load_balancer option[value=bare][disabled]");
    browser.click(".why-not summary");
    browser.says(".why-not", "NO_LISTENER");
    browser.fill("#f-template-command", &command());
    browser.choose("#f-attachments-0-load_balancer", "web");
    let weight = "return document.querySelector('#f-attachments-0-weight').value";
    assert_eq!(browser.script(weight, &[]), "50", "the weight of an attachment");

    // What is wrong is said at its field, and nothing is created.
    browser.fill("#f-min", "9");
    browser.click("button.primary[value=next]");
    browser.has("#problem");
    browser.fill("#f-min", "1");
    browser.click("button.primary[value=next]");
    browser.says("h1", "Review and create");
    browser.says("main", "web");
    assert_eq!(visit.deployment.api().get("/v1/scaling-groups/workers").status, 404, "too early");
    let browser = &mut visit.browser;
    browser.click("button[value=create]");
    browser.says(".notice", "workers was created");
    browser.has("#instances [data-state=IN_SERVICE]");
    browser.has("#instances [data-state=HEALTHY]");
    weights_become(&visit, ("web", "default"), &[50]);
    let tree = visit.deployment.active("web");
    let address = crate::harness::deployment::address_of(&tree);
    assert_eq!(Client::tcp(address).get("/").status, 200);

    // A weight that a person changes on the load balancer stays, whatever scaling does.
    let member = tree["pools"][0]["members"][0]["id"].as_str().unwrap().to_owned();
    let (id, pool) = (visit.id("web"), tree["pools"][0]["id"].as_str().unwrap().to_owned());
    let group = visit.deployment.api().get("/v1/scaling-groups/workers").expect(200);
    let here = format!("/scaling-groups/{}", group["id"].as_str().unwrap());
    let browser = &mut visit.browser;
    browser.go(&format!("/load-balancers/{id}/pools/{pool}/servers/{member}/edit"));
    browser.fill("#f-weight", "20");
    browser.click("#server button.primary");
    browser.arrives(&format!("/load-balancers/{id}"));
    browser.go(&format!("{here}/scale"));
    browser.fill("#f-desired", "2");
    browser.click(".confirm button.primary");
    browser.arrives(&here);
    weights_become(&visit, ("web", "default"), &[20, 50]);

    // By edit: a virtual server group of another load balancer; present instances join at once.
    let browser = &mut visit.browser;
    browser.go(&format!("{here}/attachments"));
    browser.choose("#f-attachments-0-load_balancer", "api/virtual");
    browser.click("button.primary[value=do]");
    browser.arrives(&here);
    browser.says("#attachments", "virtual");
    weights_become(&visit, ("api", "virtual"), &[50, 50]);

    // Detached, they leave it; the other one keeps them, with their weights.
    let group = visit.deployment.api().get("/v1/scaling-groups/workers").expect(200);
    let attachments = group["attachments"].as_array().unwrap();
    let other = attachments.iter().find(|found| found["load_balancer"]["name"] == "api").unwrap();
    let browser = &mut visit.browser;
    browser.go(&format!("{here}/attachments"));
    browser.click(&format!("#detach-{}", other["id"].as_str().unwrap()));
    browser.click("button.primary[value=do]");
    browser.arrives(&here);
    weights_become(&visit, ("api", "virtual"), &[]);
    weights_become(&visit, ("web", "default"), &[20, 50]);

    // It goes by force with its instances.
    let browser = &mut visit.browser;
    browser.go(&format!("{here}/delete"));
    browser.click(".confirm button.danger");
    browser.says("#problem", "instances");
    browser.click("#f-force");
    browser.click(".confirm button.danger");
    browser.arrives("/scaling-groups");
    weights_become(&visit, ("web", "default"), &[]);
}

#[test]
fn each_role_sees_and_is_offered_what_it_may() {
    let visit = Visit::start();
    let here = group(&visit);
    let mut api = visit.deployment.api();
    api.post("/v1/projects", &json!({"name": "elsewhere"})).expect(201);
    for (name, project, role) in [
        ("ada", "default", "TENANT_ADMIN"),
        ("tom", "default", "TENANT_USER"),
        ("vera", "default", "VIEWER"),
        ("sam", "elsewhere", "TENANT_ADMIN"),
    ] {
        let memberships = json!([{"project": project, "role": role}]);
        let body = json!({"name": name, "password": PASSWORD, "memberships": memberships});
        api.post("/v1/users", &body).expect(201);
    }
    let as_user = |name: &str| {
        let mut browser = Browser::start(visit.deployment.api_address());
        browser.go("/login");
        browser.fill("#username", name);
        browser.fill("#password", PASSWORD);
        browser.click("form.login-card button");
        browser.arrives("/");
        browser
    };

    // The tenant admin manages everything of the project.
    let mut ada = as_user("ada");
    ada.go(&here);
    ada.has("a.primary[href$='/edit']");
    ada.go(&format!("{here}/scale"));
    ada.fill("#f-desired", "2");
    ada.click(".confirm button.primary");
    ada.arrives(&here);
    ada.go("/project");
    ada.says("main", "vera");
    assert_eq!(ada.count(".side-nav a[href='/operator']"), 0);

    // A viewer sees it and is offered no change; one that is sent all the same is refused.
    let mut vera = as_user("vera");
    vera.go("/scaling-groups");
    vera.says("#list", "workers");
    assert_eq!(vera.count(".head-actions .primary"), 0);
    vera.go(&here);
    assert_eq!(vera.count(".head-actions .primary, .menu-cell .menu"), 0);
    vera.go(&format!("{here}/scale"));
    vera.fill("#f-desired", "3");
    vera.click(".confirm button.primary");
    vera.has("#problem");

    // Others' things are as if they did not exist: for a tenant user, and for a stranger.
    for name in ["tom", "sam"] {
        let mut browser = as_user(name);
        browser.go("/scaling-groups");
        browser.says("#list", "No scaling group yet");
        browser.go(&here);
        browser.says("h1", "Not found");
        browser.go(&format!("{here}/delete"));
        browser.says("h1", "Not found");
    }
}
