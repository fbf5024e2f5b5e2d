//! nginx, set up for speed: keep-alive to the origin, answers held in memory. It has no active
//! checks.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{
    Contender, Group, Kind, Program, RULES, Setup, configuration, directory, free_address,
    secure_address,
};
use crate::failure::Failure;
use crate::process;
use crate::tls::{Application, GROUPS, Handshakes, SUITE_TLS12, SUITE_TLS13, Tls};

/// Where Debian keeps the module that carries TCP.
const STREAM_MODULE: &str = "/usr/lib/nginx/modules/ngx_stream_module.so";

pub(super) fn start(program: &Program, setup: &Setup) -> Result<Contender, Failure> {
    let (http, tcp, secure) = (free_address()?, free_address()?, secure_address(setup)?);
    let directory = directory(Kind::Nginx)?;
    let mut tls_listen = String::new();
    if let Some((tls, address)) = secure {
        let certificate =
            configuration(&directory, "certificate.pem", &setup.identity.certificate_pem)?;
        let key = configuration(&directory, "key.pem", &setup.identity.key_pem)?;
        tls_listen = tls_words(tls, address, &certificate, &key);
    }
    let text = text(http, tcp, &tls_listen, &directory, setup);
    let path = configuration(&directory, "nginx.conf", &text)?;
    let mut command = Command::new(&program.path);
    command.arg("-c").arg(&path).arg("-p").arg(&directory).arg("-e").arg("stderr");
    let group = Group::start(command, directory, setup)?;
    let master = group.child.id();
    let deadline = Instant::now() + Duration::from_secs(5);
    let mut measured = process::children(master);
    while measured.len() < setup.cpus.len() {
        if Instant::now() > deadline {
            return Err(Failure::new(format!("no worker: {}", group.output())));
        }
        std::thread::sleep(Duration::from_millis(20));
        measured = process::children(master);
    }
    let https = secure.map(|(_, address)| address);
    Ok(Contender { kind: Kind::Nginx, http, https, tcp, measured, group })
}

fn tls_words(tls: Tls, address: SocketAddr, certificate: &Path, key: &Path) -> String {
    let http2 = match tls.application {
        Application::Http1 => "",
        Application::Http2 => "http2",
    };
    let (tickets, number) = match tls.handshakes {
        Handshakes::Full => ("off", 0),
        Handshakes::Resumed => ("on", 2),
    };
    format!(
        "\
    listen {address} ssl {http2} backlog=4096;
    ssl_certificate {};
    ssl_certificate_key {};
    ssl_protocols {};
    ssl_ciphers {SUITE_TLS12};
    ssl_conf_command Ciphersuites {SUITE_TLS13};
    ssl_conf_command NumTickets {number};
    ssl_ecdh_curve {};
    ssl_session_cache off;
    ssl_session_tickets {tickets};
",
        certificate.display(),
        key.display(),
        tls.version.name(),
        GROUPS.join(":"),
    )
}

fn text(
    http: SocketAddr,
    tcp: SocketAddr,
    tls_listen: &str,
    directory: &Path,
    setup: &Setup,
) -> String {
    let mut rules = String::new();
    for rule in 0..RULES {
        let _ = writeln!(rules, "    location /rule-{rule}/ {{ proxy_pass http://origin; }}");
    }
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    let module = if Path::new(STREAM_MODULE).exists() {
        format!("load_module {STREAM_MODULE};")
    } else {
        String::new()
    };
    let [http_one, http_two] = setup.origins.http;
    let [tcp_one, tcp_two] = setup.origins.tcp;
    let workers = setup.cpus.len();
    let directory = directory.display();
    format!(
        "\
{module}
{user}
daemon off;
worker_processes {workers};
worker_rlimit_nofile 20000;
pid {directory}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 19000; }}
http {{
  access_log off;
  keepalive_timeout 75s;
  keepalive_requests 1000000000;
  client_body_temp_path {directory}/client;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  upstream origin {{
    server {http_one};
    server {http_two};
    keepalive 1024;
    keepalive_requests 1000000000;
  }}
  server {{
    listen {http} backlog=4096;
{tls_listen}    proxy_http_version 1.1;
    proxy_set_header Connection \"\";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_buffer_size 16k;
    proxy_buffers 16 16k;
    proxy_max_temp_file_size 0;
{rules}    location / {{ proxy_pass http://origin; }}
  }}
}}
stream {{
  upstream origin {{ server {tcp_one}; server {tcp_two}; }}
  server {{
    listen {tcp} backlog=4096;
    proxy_pass origin;
    proxy_buffer_size 64k;
    tcp_nodelay on;
  }}
}}
"
    )
}
