//! Tenancy through the real program: four roles and a stranger, by HTTP and by the command line.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::deployment::{NETWORK, PROGRAM, Ran, run};
use crate::harness::{Client, Deployment};

const USER_PASSWORD: &str = "a password of a user";

/// Somebody who is logged in.
struct Person {
    token: String,
}

impl Person {
    #[track_caller]
    fn login(elbow: &Deployment, user: &str, project: &str) -> Self {
        let body = json!({"username": user, "password": USER_PASSWORD, "project": project});
        let session = Client::tcp(elbow.api_address()).post("/v1/sessions", &body).expect(201);
        Self { token: session["token"].as_str().unwrap().to_owned() }
    }

    fn api(&self, elbow: &Deployment) -> Client {
        let bearer = format!("Bearer {}", self.token);
        Client::tcp(elbow.api_address()).with_header("authorization", &bearer)
    }

    /// A command of the command line, as this person from elsewhere.
    fn elbow(&self, elbow: &Deployment, arguments: &[&str]) -> Ran {
        let url = format!("http://{}", elbow.api_address());
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env("ELBOW_URL", url).env("ELBOW_TOKEN", &self.token);
        run(&mut command)
    }
}

/// Projects `shop` and `other`; in `shop` a tenant user `ann`, a tenant admin `alma`, a viewer `vic`; in `other` a tenant
/// user `eve`. All by the command line.
#[track_caller]
fn cast(elbow: &Deployment) -> [Person; 4] {
    let file = elbow.data_dir().join("user-password");
    fs::write(&file, format!("{USER_PASSWORD}\n")).unwrap();
    let file = file.to_str().unwrap();
    for project in ["shop", "other"] {
        elbow.elbow(&["project", "create", project]).ok();
    }
    for (user, role, project) in [
        ("ann", "tenant-user", "shop"),
        ("alma", "tenant-admin", "shop"),
        ("vic", "viewer", "shop"),
        ("eve", "tenant-user", "other"),
    ] {
        let create = ["user", "create", user, "--role", role, "--in", project];
        let shown = elbow.elbow(&[&create[..], &["--password-file", file]].concat()).ok();
        assert!(!shown.contains(USER_PASSWORD), "a password that was given is not shown");
    }
    [("ann", "shop"), ("alma", "shop"), ("vic", "shop"), ("eve", "other")]
        .map(|(user, project)| Person::login(elbow, user, project))
}

fn tree(name: &str) -> Value {
    json!({"name": name, "network": NETWORK, "listeners": [{"protocol": "HTTP", "port": 80}]})
}

#[test]
fn four_roles_and_a_stranger_by_http_and_by_the_command_line() {
    let elbow = Deployment::start();
    let [ann, alma, vic, eve] = cast(&elbow);
    let web = ann.api(&elbow).post("/v1/load-balancers", &tree("web")).expect(201);
    let id = web["id"].as_str().unwrap();
    assert_eq!((&web["project"]["name"], &web["owner"]["name"]), (&json!("shop"), &json!("ann")));

    for person in [&ann, &alma, &vic] {
        assert_eq!(person.elbow(&elbow, &["lb", "list", "-o", "name"]).ok(), "web\n");
        assert!(person.elbow(&elbow, &["lb", "show", "web"]).ok().contains("web"));
    }
    assert_eq!(eve.elbow(&elbow, &["lb", "list", "-o", "name"]).ok(), "");
    for named in ["web", id] {
        let unseen = eve.elbow(&elbow, &["lb", "show", named]).fails(1);
        let nothing = eve.elbow(&elbow, &["lb", "show", "nothing"]).fails(1);
        assert_eq!(unseen.replace(named, "nothing"), nothing);
    }
    let refused = vic.elbow(&elbow, &["lb", "edit", "web", "--method", "least-connections"]);
    assert!(refused.fails(1).contains("the role VIEWER may not edit"));
    eve.api(&elbow).delete(&format!("/v1/load-balancers/{id}")).expect(404);
    let header = eve.api(&elbow).with_header("elbow-project", "shop").get("/v1/load-balancers");
    assert_eq!(header.status, 404, "{header}");
    alma.elbow(&elbow, &["lb", "edit", "web", "--method", "least-connections"]).ok();

    // The operator chooses the project that he works in.
    assert_eq!(elbow.elbow(&["lb", "list", "-o", "name"]).ok(), "");
    assert_eq!(elbow.elbow(&["lb", "list", "-o", "name", "--project", "shop"]).ok(), "web\n");
    let mut by_environment = Command::new(PROGRAM);
    by_environment.args(["lb", "list", "-o", "name"]).env("ELBOW_PROJECT", "shop");
    by_environment.env("ELBOW_DATA_DIR", elbow.data_dir());
    assert_eq!(run(&mut by_environment).ok(), "web\n");
    alma.elbow(&elbow, &["lb", "delete", "web"]).ok();
}

#[test]
fn memberships_quotas_and_the_audit_log_outlive_a_kill() {
    let mut elbow = Deployment::start();
    let [ann, alma, ..] = cast(&elbow);
    elbow.elbow(&["project", "edit", "shop", "--quota", "load-balancers=1"]).ok();
    ann.api(&elbow).post("/v1/load-balancers", &tree("web")).expect(201);
    alma.elbow(&elbow, &["user", "grant", "eve", "shop", "viewer"]).ok();
    elbow.kill_control();
    elbow.up(&[]);

    let refused = ann.api(&elbow).post("/v1/load-balancers", &tree("more"));
    let problem = refused.expect(507);
    assert_eq!(problem["code"], "QUOTA_EXCEEDED");
    assert!(problem["detail"].as_str().unwrap().contains("the quota of 1 load balancers"));
    let eve = Person::login(&elbow, "eve", "shop");
    assert_eq!(eve.elbow(&elbow, &["lb", "list", "-o", "name"]).ok(), "web\n");
    let shown = alma.elbow(&elbow, &["project", "show", "shop"]).ok();
    for words in ["load balancers", "eve", "VIEWER", "ann", "HOOK"] {
        assert!(shown.contains(words), "`{words}` is not in: {shown}");
    }
    let wrong = json!({"username": "ann", "password": "a wrong password"});
    Client::tcp(elbow.api_address()).post("/v1/sessions", &wrong).expect(401);
    let told = alma.elbow(&elbow, &["audit"]).ok();
    for words in
        ["grant user eve", "create load balancer web", "failed login", "127.0.0.1", "login"]
    {
        assert!(told.contains(words), "`{words}` is not in: {told}");
    }
    assert!(!told.contains("other"), "of another project: {told}");
    assert!(elbow.elbow(&["audit"]).ok().contains("create project other"));
}

#[test]
fn who_leaves_hands_over_and_a_project_goes_with_what_is_in_it() {
    let elbow = Deployment::start();
    let [ann, alma, vic, _] = cast(&elbow);
    ann.api(&elbow).post("/v1/load-balancers", &tree("web")).expect(201);
    let kept = alma.elbow(&elbow, &["user", "revoke", "ann", "shop"]).fails(1);
    assert!(kept.contains("1 load balancer of the user's own"), "{kept}");
    let viewer = ["user", "revoke", "ann", "shop", "--hand-over-to", "vic"];
    assert!(alma.elbow(&elbow, &viewer).fails(1).contains("a VIEWER changes nothing"));
    alma.elbow(&elbow, &["user", "revoke", "ann", "shop", "--hand-over-to", "alma"]).ok();
    assert_eq!(ann.api(&elbow).get("/v1/load-balancers").status, 401);
    let web = vic.api(&elbow).get("/v1/load-balancers/web").expect(200);
    assert_eq!(web["owner"]["name"], "alma");
    elbow.elbow(&["user", "edit", "vic", "--disable"]).ok();
    assert_eq!(vic.api(&elbow).get("/v1/load-balancers").status, 401);

    assert!(elbow.elbow(&["project", "delete", "shop"]).fails(1).contains("1 load balancer"));
    elbow.elbow(&["project", "delete", "shop", "--force"]).ok();
    assert_eq!(alma.api(&elbow).get("/v1/load-balancers").status, 401);
    let last = elbow.elbow(&["user", "delete", "admin"]).fails(1);
    assert!(last.contains("`admin` is the last operator"), "{last}");
}

#[test]
fn the_demonstration_is_in_a_project_of_its_own_where_the_local_operator_works() {
    let mut elbow = Deployment::prepare();
    elbow.up(&["--demo"]);
    assert_eq!(elbow.elbow(&["lb", "list", "-o", "name"]).ok(), "web\n");
    let web = elbow.api().get("/v1/load-balancers/web").expect(200);
    let group = elbow.api().get("/v1/scaling-groups/web").expect(200);
    let demo = json!("demo");
    assert_eq!((&web["project"]["name"], &group["project"]["name"]), (&demo, &demo));
    assert_eq!(elbow.elbow(&["lb", "list", "-o", "name", "--project", "default"]).ok(), "");
}
