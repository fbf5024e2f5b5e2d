//! HAProxy, set up for speed: keep-alive to the origin shared by all clients, splicing for TCP.

use std::fmt::Write;
use std::process::Command;

use super::{
    Contender, Group, Kind, Program, RULES, Setup, configuration, directory, free_address,
};
use crate::failure::Failure;
use crate::load::HEALTH_PATH;

pub(super) fn start(program: &Program, setup: &Setup) -> Result<Contender, Failure> {
    let (http, tcp) = (free_address()?, free_address()?);
    let directory = directory(Kind::Haproxy)?;
    let mut rules = String::new();
    for rule in 0..RULES {
        let _ = writeln!(rules, "    use_backend other if {{ path_beg /rule-{rule}/ }}");
    }
    let [http_one, http_two] = setup.origins.http;
    let [tcp_one, tcp_two] = setup.origins.tcp;
    let threads = setup.cpus.len();
    let text = format!(
        "\
global
    nbthread {threads}
    maxconn 9500
    maxpipes 256
defaults
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout http-request 10s
    timeout http-keep-alive 60s
    retries 3
    option redispatch
frontend http
    mode http
    bind {http} backlog 4096
    option forwardfor
{rules}    default_backend http
backend http
    mode http
    balance roundrobin
    http-reuse always
    option httpchk GET {HEALTH_PATH}
    server one {http_one} check inter 5s
    server two {http_two} check inter 5s
backend other
    mode http
    server one {http_one}
frontend tcp
    mode tcp
    bind {tcp} backlog 4096
    default_backend tcp
backend tcp
    mode tcp
    balance roundrobin
    option splice-auto
    server one {tcp_one} check inter 5s
    server two {tcp_two} check inter 5s
"
    );
    let path = configuration(&directory, "haproxy.cfg", &text)?;
    let mut command = Command::new(&program.path);
    command.arg("-db").arg("-f").arg(path);
    let group = Group::start(command, directory, setup)?;
    let measured = vec![group.child.id()];
    Ok(Contender { kind: Kind::Haproxy, http, tcp, measured, _group: group })
}
