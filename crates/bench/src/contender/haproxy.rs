//! HAProxy, set up for speed: keep-alive to the origin shared by all clients, splicing for TCP.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::{
    Contender, Group, Program, RULES, Setup, configuration, directory, free_address, secure_address,
};
use crate::failure::Failure;
use crate::load::HEALTH_PATH;
use crate::tls::{GROUPS, Handshakes, SUITE_TLS12, SUITE_TLS13, Tls};

pub(super) fn start(program: &Program, setup: &Setup) -> Result<Contender, Failure> {
    let (http, tcp, secure) = (free_address()?, free_address()?, secure_address(setup)?);
    let directory = directory(program.kind)?;
    let tls_bind = match secure {
        None => String::new(),
        Some((tls, address)) => tls_bind(tls, address, &directory, setup)?,
    };
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
    tune.ssl.cachesize 0
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
{tls_bind}    option forwardfor
{rules}    default_backend web
backend web
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
    default_backend stream
backend stream
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
    let https = secure.map(|(_, address)| address);
    Ok(Contender { kind: program.kind, http, https, tcp, measured, group })
}

/// Writes the certificate and gives the line that serves TLS with it.
fn tls_bind(
    tls: Tls,
    address: SocketAddr,
    directory: &Path,
    setup: &Setup,
) -> Result<String, Failure> {
    let identity = [&*setup.identity.certificate_pem, &setup.identity.key_pem].concat();
    let identity = configuration(directory, "identity.pem", &identity)?;
    let version = tls.version.name();
    let tickets = match tls.handshakes {
        Handshakes::Full => "no-tls-tickets",
        Handshakes::Resumed => "",
    };
    Ok(format!(
        "    bind {address} backlog 4096 ssl crt {} alpn {} ssl-min-ver {version} \
         ssl-max-ver {version} ciphers {SUITE_TLS12} ciphersuites {SUITE_TLS13} curves {} {tickets}\n",
        identity.display(),
        tls.application.alpn(),
        GROUPS.join(":")
    ))
}
