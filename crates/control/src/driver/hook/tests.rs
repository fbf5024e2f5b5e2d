//! A hook that hangs, lies, answers half or twice does no harm: every call ends in time, within bounds, with trouble
//! that says what was wrong.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use elbow_model::launch_template::{CommandLine, Environment, HookLaunch};
use elbow_model::value::{Der, Name, Port, ProjectId, ScalingGroupId};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;

use super::*;

/// How long hooks may take in these tests.
const PATIENCE: Duration = Duration::from_millis(400);

/// A service that answers each connection with what `answer` does to it.
struct Service {
    address: SocketAddr,
    asked: Arc<AtomicU32>,
}

impl Service {
    fn start(answer: impl Fn(BufReader<TcpStream>, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicU32::new(0));
        let (count, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || {
                    let mut client = BufReader::new(client.unwrap());
                    let request = read_request(&mut client);
                    answer(client, request);
                });
            }
        });
        Self { address, asked }
    }

    /// One that says the same bytes to everybody.
    fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::start(move |mut client, _| {
            client.get_mut().write_all(&bytes).ok();
        })
    }

    /// One that answers everybody with this document.
    fn answering(status: &str, document: &str) -> Self {
        let length = document.len();
        Self::saying(format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{document}"))
    }

    fn driver(&self) -> HookDriver {
        asking(&format!("http://{}/hook?x=1", self.address))
    }
}

/// Head and body of a request, as text.
fn read_request(client: &mut BufReader<TcpStream>) -> String {
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        let is_end = client.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n";
        request.push_str(&line);
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if is_end {
            break;
        }
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body).unwrap();
    request + &String::from_utf8(body).unwrap()
}

fn config() -> HookConfig {
    HookConfig {
        deployment: Uuid::from_u128(1),
        key: SigningKey::new("key"),
        loopback: Permission::Allowed,
        commands: Permission::Allowed,
        trust: Trust::only(&[]).unwrap(),
        run_as: RunAs::Elbow,
        answer_within: PATIENCE,
    }
}

fn asking(url: &str) -> HookDriver {
    HookDriver::new(HookEndpoint::Url(url.parse().unwrap()), config())
}

fn running(words: &[&str]) -> HookDriver {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    HookDriver::new(HookEndpoint::Command(CommandLine::new(words).unwrap()), config())
}

fn group() -> ScalingGroupId {
    Uuid::from_u128(2).into()
}

fn spec() -> Spec {
    Spec {
        group: group(),
        group_name: Name::new("workers").unwrap(),
        instance: Uuid::from_u128(3).into(),
        project: ProjectId::from(Uuid::from_u128(4)),
        address: None,
        port: Some(Port::new(8080).unwrap()),
        launch: Launch::Hook(HookLaunch {
            endpoint: HookEndpoint::Url("http://hook.example.com/".parse().unwrap()),
            parameters: Environment::new([("SIZE".to_owned(), "small".to_owned())].into()).unwrap(),
        }),
        grace: Duration::ZERO,
    }
}

/// The trouble that a listing ends in; it must not take much longer than hooks may.
async fn trouble(driver: &HookDriver) -> DriverTrouble {
    let start = Instant::now();
    let trouble = driver.list(Which::Group(group())).await.unwrap_err();
    assert!(start.elapsed() < PATIENCE + Duration::from_secs(5), "{:?}", start.elapsed());
    trouble
}

#[track_caller]
fn is_transient(trouble: &DriverTrouble, word: &str) {
    assert!(matches!(trouble, DriverTrouble::Transient { .. }), "{trouble:?}");
    assert!(trouble.to_string().contains(word), "{trouble}");
    assert!(trouble.to_string().len() < 1_000, "{trouble}");
}

#[track_caller]
fn is_permanent(trouble: &DriverTrouble, word: &str) {
    assert!(matches!(trouble, DriverTrouble::Permanent { .. }), "{trouble:?}");
    assert!(trouble.to_string().contains(word), "{trouble}");
}

#[tokio::test]
async fn a_launch_is_posted_signed_and_its_answer_believed() {
    let (tell, told) = std::sync::mpsc::channel();
    let service = Service::start(move |mut client, request| {
        tell.send(request).unwrap();
        let document = format!(
            r#"{{"instance": {{"id": "{}", "state": "STARTING", "address": "10.1.2.3", "new": [1]}}}}"#,
            Uuid::from_u128(3)
        );
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", document.len());
        client.get_mut().write_all(format!("{head}{document}").as_bytes()).unwrap();
    });
    let launched = service.driver().launch(&spec()).await.unwrap();
    assert_eq!(launched.state, super::super::InstanceState::Starting);
    assert_eq!(launched.address, Some([10, 1, 2, 3].into()));

    let request = told.recv().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{head}");
    let field = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| *found == name).map(|(_, value)| value).next().unwrap()
    };
    assert_eq!(field("host"), service.address.to_string());
    let at = field("elbow-signature").strip_prefix("t=").unwrap().split(',').next().unwrap();
    let expected = SigningKey::new("key").sign(at.parse().unwrap(), body.as_bytes());
    assert_eq!(field("elbow-signature"), expected);
    let question: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        question,
        serde_json::json!({
            "version": 1, "action": "LAUNCH", "deployment": Uuid::from_u128(1), "group": group(),
            "group_name": "workers", "instance": Uuid::from_u128(3), "project": Uuid::from_u128(4),
            "port": 8080, "parameters": {"SIZE": "small"},
        })
    );
}

#[tokio::test]
async fn a_hook_that_hangs_is_given_up() {
    let silent = Service::start(|client, _| {
        std::thread::park();
        drop(client);
    });
    is_transient(&trouble(&silent.driver()).await, "did not answer within");
    let dripping = Service::start(|mut client, _| {
        client.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").ok();
        while client.get_mut().write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    is_transient(&trouble(&dripping.driver()).await, "did not answer within");
    let endless_head = Service::start(|mut client, _| {
        client.get_mut().write_all(b"HTTP/1.1 200 OK\r\n").ok();
        while client.get_mut().write_all(b"x-more: and more\r\n").is_ok() {}
    });
    is_transient(&trouble(&endless_head.driver()).await, "the hook at");
    let only_informed = Service::start(|mut client, _| {
        while client.get_mut().write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n").is_ok() {}
    });
    is_transient(&trouble(&only_informed.driver()).await, "");
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let endless = Service::start(|mut client, _| {
        client.get_mut().write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok();
        while client.get_mut().write_all(&[b' '; 4096]).is_ok() {}
    });
    is_transient(&trouble(&endless.driver()).await, "length limit exceeded");
}

#[tokio::test]
async fn half_an_answer_is_none() {
    let listing = r#"{"instances": []}"#;
    for bytes in [
        String::new(),
        "HTTP/1.1 200 OK\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n".to_owned() + listing,
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n11\r\n".to_owned() + listing,
        "SSH-2.0-OpenSSH\r\n".to_owned(),
        listing.to_owned(),
    ] {
        let trouble = trouble(&Service::saying(bytes.clone()).driver()).await;
        assert!(matches!(trouble, DriverTrouble::Transient { .. }), "{bytes:?}: {trouble}");
    }
}

#[tokio::test]
async fn of_two_answers_the_first_counts() {
    let first = "HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{\"instances\": []}";
    let second = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong";
    let service = Service::saying(format!("{first}{second}"));
    assert_eq!(service.driver().list(Which::Group(group())).await.unwrap(), []);
    assert_eq!(service.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_is_no_sense_is_not_believed() {
    let one = Uuid::from_u128(3);
    let running = format!(r#"{{"id": "{one}", "state": "RUNNING"}}"#);
    for (document, word) in [
        ("".to_owned(), "not understood"),
        ("null".to_owned(), "not understood"),
        ("{}".to_owned(), "instances"),
        ("[".repeat(100_000), "not understood"),
        (r#"{"instances": [{"id": "x", "state": "RUNNING"}]}"#.to_owned(), "not understood"),
        (format!(r#"{{"instances": [{{"id": "{one}", "state": "FINE"}}]}}"#), "FINE"),
        (format!(r#"{{"instances": [{running}, {running}]}}"#), "twice"),
        (
            format!(
                r#"{{"instances": [{{"id": "{one}", "group": "{one}", "state": "RUNNING"}}]}}"#
            ),
            "lists an instance of",
        ),
        (
            format!(
                r#"{{"instances": [{{"id": "{one}", "state": "RUNNING", "address": "169.254.169.254"}}]}}"#
            ),
            "link-local",
        ),
        (
            format!(
                r#"{{"instances": [{{"id": "{one}", "state": "RUNNING", "usage": {{"cpu_s": 1e999, "memory_bytes": 1}}}}]}}"#
            ),
            "not understood",
        ),
        (
            format!(r#"{{"instances": [{}]}}"#, vec![running.as_str(); MAX_SEEN + 1].join(",")),
            "believed",
        ),
    ] {
        let trouble = trouble(&Service::answering("200 OK", &document).driver()).await;
        is_transient(&trouble, word);
    }
    let other = Uuid::from_u128(99);
    let document = format!(r#"{{"instance": {{"id": "{other}", "state": "RUNNING"}}}}"#);
    let trouble = Service::answering("200 OK", &document).driver().launch(&spec()).await;
    is_transient(&trouble.unwrap_err(), &other.to_string());
    let usage = format!(
        r#"{{"instances": [{{"id": "{one}", "state": "RUNNING", "usage": {{"cpu_s": -5, "memory_bytes": 1}}}}]}}"#
    );
    let seen = Service::answering("200 OK", &usage).driver().list(Which::Group(group())).await;
    assert_eq!(seen.unwrap()[0].usage, None);
}

#[tokio::test]
async fn a_status_says_whether_to_try_again() {
    for status in ["500 Oh", "503 Busy", "429 Slow", "408 Late", "409 Now", "599 What"] {
        let service = Service::answering(status, "come back\r\nlater\u{1b}[31m");
        is_transient(&trouble(&service.driver()).await, "come back  later [31m");
    }
    for status in ["400 No", "401 Who", "403 No", "404 Where", "410 Gone"] {
        is_permanent(&trouble(&Service::answering(status, "no").driver()).await, &status[..3]);
    }
    let said = r#"{"trouble": {"kind": "PERMANENT", "reason": "no such size"}}"#;
    for status in ["200 OK", "500 Oh"] {
        is_permanent(&trouble(&Service::answering(status, said).driver()).await, "no such size");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let other = Service::answering("200 OK", r#"{"instances": []}"#);
    let location = format!(
        "HTTP/1.1 302 Found\r\nlocation: http://{}/\r\ncontent-length: 0\r\n\r\n",
        other.address
    );
    is_permanent(&trouble(&Service::saying(location).driver()).await, "redirects are not followed");
    assert_eq!(other.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_service_on_this_machine_is_not_asked_unless_that_is_allowed() {
    let service = Service::answering("200 OK", r#"{"instances": []}"#);
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{}/", service.address.port());
        let endpoint = HookEndpoint::Url(url.parse().unwrap());
        let config = HookConfig { loopback: Permission::Refused, ..config() };
        is_permanent(&trouble(&HookDriver::new(endpoint, config)).await, "this machine's own");
    }
    assert_eq!(service.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_service_over_tls_is_asked_only_if_its_certificate_is_trusted() {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            // Those that do not trust it go away.
            let Ok(mut client) = acceptor.accept(client).await else { continue };
            let mut head = [0; 4096];
            let _some = tokio::io::AsyncReadExt::read(&mut client, &mut head).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{\"instances\": []}";
            tokio::io::AsyncWriteExt::write_all(&mut client, answer).await.unwrap();
            tokio::io::AsyncWriteExt::shutdown(&mut client).await.ok();
        }
    });
    let ask = async |host: &str, trust: Trust| {
        let url = format!("https://{host}:{port}/").parse().unwrap();
        let config = HookConfig { trust, answer_within: Duration::from_secs(10), ..config() };
        HookDriver::new(HookEndpoint::Url(url), config).list(Which::Group(group())).await
    };
    let trusted = || Trust::only(&[Der::new(authority.der().to_vec())]).unwrap();
    assert_eq!(ask("localhost", trusted()).await, Ok(Vec::new()));
    is_transient(&ask("localhost", Trust::only(&[]).unwrap()).await.unwrap_err(), "certificate");
    is_transient(&ask("127.0.0.1", trusted()).await.unwrap_err(), "certificate");
}

#[tokio::test]
async fn a_command_is_not_run_unless_that_is_allowed() {
    let place = tempfile::tempdir().unwrap();
    let note = place.path().join("ran");
    let words = ["touch".to_owned(), note.display().to_string()];
    let endpoint = HookEndpoint::Command(CommandLine::new(words.into()).unwrap());
    let config = HookConfig { commands: Permission::Refused, ..config() };
    is_permanent(&trouble(&HookDriver::new(endpoint, config)).await, "does not allow commands");
    assert!(!note.exists());
}

#[tokio::test]
async fn a_command_answers_on_its_standard_output() {
    let seen = running(&["sh", "-c", "grep -q LIST && echo '{\"instances\": []}'"]);
    assert_eq!(seen.list(Which::Group(group())).await.unwrap(), []);
}

#[tokio::test]
async fn a_command_that_fails_says_why() {
    let failing = running(&["sh", "-c", "echo one >&2; echo 'no quota' >&2; exit 3"]);
    let told = trouble(&failing).await;
    is_transient(&told, "no quota");
    is_transient(&told, "exit status: 3");
    let said = r#"echo '{"trouble": {"kind": "PERMANENT", "reason": "unknown size"}}'; exit 1"#;
    is_permanent(&trouble(&running(&["sh", "-c", said])).await, "unknown size");
    is_permanent(&trouble(&running(&["/no/such/command"])).await, "/no/such/command");
}

#[tokio::test]
async fn a_command_that_hangs_or_floods_is_killed_with_what_it_started() {
    let place = tempfile::tempdir().unwrap();
    let note = place.path().join("pids");
    let script = format!("sleep 1000 & echo $! $$ > {}; wait", note.display());
    let hanging = running(&["sh", "-c", &script]);
    is_transient(&trouble(&hanging).await, "did not answer within");
    let pids = std::fs::read_to_string(note).unwrap();
    for pid in pids.split_whitespace() {
        let start = Instant::now();
        // A zombie is dead: it only waits for its parent to look.
        while std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z "))
        {
            assert!(start.elapsed() < Duration::from_secs(20), "process {pid} lives on");
            tokio::task::yield_now().await;
        }
    }
    is_transient(&trouble(&running(&["sh", "-c", "yes"])).await, "longer than");
    let deaf = running(&["sh", "-c", "exec <&-; echo '{\"instances\": []}'"]);
    assert_eq!(deaf.list(Which::Group(group())).await.unwrap(), []);
}
