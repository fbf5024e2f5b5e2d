//! The command line as people use it.

use serde_json::{Value, json};

use crate::harness::deployment::{NETWORK, PASSWORD, PROGRAM, run};
use crate::harness::{Deployment, Origin, eventually};

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn walk_through_of_the_help_text_works() {
    let elbow = Deployment::start();
    let origins = Origin::start_many(["one", "two"]);
    let [one, two] = origins.each_ref().map(|origin| origin.address.to_string());
    let created = elbow
        .elbow(&[
            "lb",
            "create",
            "web",
            "--network",
            NETWORK,
            "--listener",
            "http:80",
            "--member",
            &one,
            "--wait",
        ])
        .ok();
    assert!(created.contains("web") && created.contains("ACTIVE"), "{created}");
    elbow.elbow(&["member", "add", "web", &format!("{two},weight=10"), "--wait"]).ok();
    let members = elbow.elbow(&["member", "list", "web"]).ok();
    assert!(members.contains(&two) && members.contains("10"), "{members}");
    elbow
        .elbow(&["pool", "create", "web", "api", "--method", "SOURCE_IP", "--health-check", "tcp"])
        .ok();
    elbow.elbow(&["listener", "add", "web", "http:8080", "--pool", "api"]).ok();
    elbow
        .elbow(&["lb", "edit", "web", "--method", "least-connections", "--description", "the shop"])
        .ok();
    let shown = elbow.elbow(&["lb", "show", "web"]).ok();
    for word in
        ["the shop", "http:8080", "api", "LEAST_CONNECTIONS", "SOURCE_IP", "tcp every 5 s", NETWORK]
    {
        assert!(shown.contains(word), "`{word}` is not in: {shown}");
    }
    assert_eq!(elbow.elbow(&["lb", "list", "--search", "shop", "-o", "name"]).ok(), "web\n");
    elbow.elbow(&["listener", "delete", "web", "http:8080"]).ok();
    elbow.elbow(&["pool", "delete", "web", "api"]).ok();
    elbow.elbow(&["lb", "delete", "web"]).ok();
    assert_eq!(elbow.elbow(&["lb", "list", "-o", "name"]).ok(), "");
}

#[test]
fn newest_load_balancer_is_on_top() {
    let elbow = Deployment::start();
    for name in ["first", "second", "third"] {
        elbow.elbow(&["lb", "create", name, "--network", NETWORK]).ok();
    }
    assert_eq!(elbow.elbow(&["lb", "list", "-o", "name"]).ok(), "third\nsecond\nfirst\n");
    assert_eq!(elbow.elbow(&["lb", "list", "-o", "name", "--limit", "1"]).ok(), "third\n");
}

#[test]
fn dry_run_shows_what_would_be_and_changes_nothing() {
    let elbow = Deployment::start();
    let ran = elbow.elbow(&[
        "lb",
        "create",
        "web",
        "--network",
        NETWORK,
        "--listener",
        "http:80",
        "--dry-run",
    ]);
    assert!(ran.stderr.contains("nothing was changed"), "{ran:?}");
    assert!(ran.ok().contains("http:80"));
    assert_eq!(elbow.elbow(&["lb", "list", "-o", "name"]).ok(), "");
}

#[test]
fn formats_are_what_they_say() {
    let elbow = Deployment::start();
    elbow.elbow(&["lb", "create", "web", "--network", NETWORK, "--listener", "tcp:5432"]).ok();
    let tree = json_of(&elbow.elbow(&["lb", "show", "web", "-o", "json"]).ok());
    assert_eq!(tree["listeners"][0]["port"], 5432);
    let yaml = elbow.elbow(&["lb", "show", "web", "-o", "yaml"]).ok();
    assert!(yaml.contains("\nname: web\n") && yaml.contains("port: 5432\n"), "{yaml}");
    let id = tree["id"].as_str().unwrap();
    assert_eq!(elbow.elbow(&["lb", "show", id, "-o", "name"]).ok(), "web\n");
}

#[test]
fn every_setting_of_a_pool_and_a_listener_can_be_made() {
    let elbow = Deployment::start();
    elbow.elbow(&["lb", "create", "web", "--network", NETWORK, "--listener", "http:80"]).ok();
    let pool = "pool edit web default --max-connections-per-member 7 --queue-max 3 --queue-timeout 2s \
                --slow-start 30s --retries 2 --on-no-healthy fail-open --proxy-protocol v2 \
                --session-persistence http-cookie,name=stay --outlier-ejection on,factor-percent=200,eject=1m";
    elbow.elbow(&pool.split_whitespace().collect::<Vec<_>>()).ok();
    let listener = "listener edit web http:80 --connection-limit 100 --connection-limit-per-source 5 \
                    --client-idle-timeout 30s --allow 127.0.0.0/8 --trusted-proxy 127.0.0.1/32";
    elbow.elbow(&listener.split_whitespace().collect::<Vec<_>>()).ok();
    let tree = json_of(&elbow.elbow(&["lb", "show", "web", "-o", "json"]).ok());
    let pool = &tree["pools"][0];
    assert_eq!(pool["queue"], serde_json::json!({"max": 3, "timeout_ms": 2000}));
    assert_eq!(pool["max_connections_per_member"], 7);
    assert_eq!((&pool["slow_start_ms"], &pool["retries"]), (&30_000.into(), &2.into()));
    assert_eq!(
        (&pool["on_no_healthy"], &pool["proxy_protocol"]),
        (&"FAIL_OPEN".into(), &"V2".into())
    );
    assert_eq!(pool["session_persistence"]["cookie_name"], "stay");
    assert_eq!(pool["outlier_ejection"]["factor_percent"], 200);
    assert_eq!(pool["outlier_ejection"]["eject_ms"], 60_000);
    let listener = &tree["listeners"][0];
    assert_eq!(listener["connection_limit"], 100);
    assert_eq!(listener["connection_limit_per_source"], 5);
    assert_eq!(listener["timeouts"]["client_idle_ms"], 30_000);
    assert_eq!(listener["allowed_cidrs"], serde_json::json!(["127.0.0.0/8"]));
    assert_eq!(listener["trusted_proxies"], serde_json::json!(["127.0.0.1/32"]));

    elbow.elbow(&["pool", "edit", "web", "default", "--outlier-ejection", "off"]).ok();
    let tree = json_of(&elbow.elbow(&["lb", "show", "web", "-o", "json"]).ok());
    assert!(tree["pools"][0]["outlier_ejection"].is_null());
}

#[test]
fn listeners_are_called_by_the_name_that_commands_take() {
    let elbow = Deployment::start();
    elbow.elbow(&["lb", "create", "web", "--network", NETWORK, "--listener", "http:80"]).ok();
    let name = elbow.elbow(&["listener", "list", "web", "-o", "name"]).ok();
    assert_eq!(name, "http-80\n");
    elbow.elbow(&["listener", "delete", "web", name.trim()]).ok();
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let elbow = Deployment::start();
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "exec \"$0\" lb list -o json > /dev/full", PROGRAM]);
    let complaint = run(command.env("ELBOW_DATA_DIR", elbow.data_dir())).fails(1);
    assert!(complaint.contains("writing to standard output: No space left"), "{complaint}");
}

#[test]
fn status_tells_how_the_service_is() {
    let elbow = Deployment::start();
    // The proxy may not have connected yet.
    let status = eventually("it is ready", || {
        let ran = elbow.elbow(&["status"]);
        if ran.code == Some(0) { Ok(ran.stdout) } else { Err(ran.stderr) }
    });
    assert!(status.contains("Ready      yes") && status.contains("1 of 1 proxies"), "{status}");
}

#[test]
fn login_keeps_a_token_for_a_service_elsewhere() {
    let elbow = Deployment::start();
    let home = tempfile::tempdir().unwrap();
    let url = format!("http://{}", elbow.api_address());
    let elsewhere = |arguments: &[&str]| {
        let mut command = std::process::Command::new("sh");
        let line = format!("printf '%s\\n' '{PASSWORD}' | exec \"$0\" \"$@\"");
        command.args(["-c", &line, PROGRAM]).args(arguments);
        command
            .env("XDG_CONFIG_HOME", home.path())
            .env("ELBOW_DATA_DIR", home.path())
            .env_remove("ELBOW_URL");
        run(&mut command)
    };
    assert!(elsewhere(&["lb", "list"]).fails(1).contains("next: elbow up"));
    assert!(
        elsewhere(&["--url", &url, "lb", "list"])
            .fails(1)
            .contains(&format!("next: elbow login {url}"))
    );
    elsewhere(&["login", &url]).ok();
    assert!(elsewhere(&["lb", "list"]).ok().contains("no load balancers yet"));
}

#[test]
fn documents_are_made_for_every_shell_and_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = run(std::process::Command::new(PROGRAM).args(["completions", shell])).ok();
        assert!(text.contains("elbow"), "{shell}");
    }
    let directory = tempfile::tempdir().unwrap();
    run(std::process::Command::new(PROGRAM).args(["man", "--directory"]).arg(directory.path()))
        .ok();
    assert!(directory.path().join("elbow-lb-create.1").exists());
}

#[test]
fn networks_are_made_listed_and_deleted() {
    let elbow = Deployment::start();
    let vips = crate::harness::Vips::claim();
    elbow.elbow(&["network", "create", "lab", "--cidr", &vips.cidr()]).ok();
    assert!(elbow.elbow(&["network", "list"]).ok().contains(&vips.cidr()));
    elbow.elbow(&["network", "delete", "lab"]).ok();
    let gone = elbow.elbow(&["network", "show", "lab"]).fails(1);
    assert!(gone.contains("next: elbow network list"), "{gone}");
    let users = json_of(&elbow.elbow(&["user", "list", "-o", "json"]).ok());
    assert_eq!(users["items"][0]["name"], json!("admin"));
}
