//! Few descriptors: what lacks them is refused with the reason, and nobody else is blamed for it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::harness::deployment::PROGRAM;
use crate::harness::{Client, Deployment, Origin, eventually};

/// What the processes may open.
const DESCRIPTORS: usize = 200;
/// Clients at once: each takes a descriptor, and each request another.
const CLIENTS: usize = 120;

#[test]
fn want_of_descriptors_is_said_and_not_held_against_the_members() {
    let mut elbow = Deployment::prepare();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {DESCRIPTORS} && exec {PROGRAM} \"$@\""), "sh"]);
    elbow.up_through(command, &[]);
    let cidr = elbow.vips.cidr();
    elbow.elbow(&["network", "create", "test", "--cidr", &cidr]).ok();
    let origins = Origin::start_many(["one", "two"]);
    let address = elbow.create_http("web", &origins);

    // An answer shows that a client is in; connections to members are left for the next.
    let mut clients: Vec<TcpStream> = (0..CLIENTS).map(|_| connect(address)).collect();
    for client in &mut clients {
        // All at once, so that none finds a connection that another has left.
        send(client, "/?delay_ms=1000");
    }
    let answers: Vec<String> = clients.iter_mut().map(first_part).collect();
    let count = |text: &str| answers.iter().filter(|answer| answer.contains(text)).count();
    assert!(count("HTTP/1.1 200") > 0 && count("out of resources") > 0, "{answers:#?}");
    assert_eq!(count("HTTP/1.1 200") + count("HTTP/1.1 503"), CLIENTS, "{answers:#?}");
    let failures = |tree: Value| {
        let members = tree["pools"][0]["members"].as_array().cloned().unwrap_or_default();
        members.iter().filter(|member| !member["last_failure"].is_null()).count()
    };
    assert_eq!(failures(elbow.active("web")), 0, "no member is blamed");
    drop(clients);
    eventually("both servers serve again", || serves_from_both(address));
}

fn connect(address: SocketAddr) -> TcpStream {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    send(&mut client, "/");
    let answer = first_part(&mut client);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    client
}

fn send(client: &mut TcpStream, target: &str) {
    let request = format!("GET {target} HTTP/1.1\r\nHost: web\r\n\r\n");
    client.write_all(request.as_bytes()).unwrap();
}

/// What comes first of an answer, if anything.
fn first_part(client: &mut TcpStream) -> String {
    let mut buffer = [0; 1024];
    match client.read(&mut buffer) {
        Ok(count) => String::from_utf8_lossy(&buffer[..count]).into_owned(),
        Err(error) => error.to_string(),
    }
}

fn serves_from_both(address: SocketAddr) -> Result<(), String> {
    let ask = || Client::try_tcp(address)?.try_send("GET", "/", None);
    let bodies = [ask(), ask()].map(|answer| answer.map_or_else(|e| e.to_string(), |a| a.body));
    match bodies.iter().any(|b| b.starts_with("one")) && bodies.iter().any(|b| b.starts_with("two"))
    {
        true => Ok(()),
        false => Err(format!("{bodies:?}")),
    }
}
