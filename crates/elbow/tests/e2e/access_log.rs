//! The access log of the running program, as a file.

use std::fs;

use serde_json::Value;

use crate::harness::deployment::NETWORK;
use crate::harness::{Client, Deployment, Origin, eventually};

#[test]
fn every_request_is_a_line_of_the_file_that_was_asked_for() {
    let mut elbow = Deployment::prepare();
    let file = elbow.data_dir().with_file_name("access.log");
    elbow.up(&["--access-log", file.to_str().unwrap(), "--access-log-max-mb", "1"]);
    let network = serde_json::json!({"name": NETWORK, "kind": "VPC", "cidr": elbow.vips.cidr()});
    elbow.api().post("/v1/networks", &network).expect(201);
    let origins = [Origin::start("one")];
    let address = elbow.create_http("web", &origins);
    let mut client = Client::tcp(address);
    client.get("/a?b=c");
    client.get("/d");
    let lines: Vec<Value> = eventually("both requests are in the log", || {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let lines: Vec<Value> = lines.collect();
        if lines.len() == 2 { Ok(lines) } else { Err(text) }
    });
    let paths: Vec<&Value> = lines.iter().map(|line| &line["path"]).collect();
    assert_eq!(paths, ["/a?b=c", "/d"]);
    assert_eq!((&lines[0]["load_balancer"], &lines[0]["status"]), (&"web".into(), &200.into()));
}
