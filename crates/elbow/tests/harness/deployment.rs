//! One `elbow up` with its data directory.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Client, Origin, Vips, eventually, process};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_elbow");
/// The password of `admin` in tests.
pub(crate) const PASSWORD: &str = "a password for tests";
/// The network that a deployment's load balancers are in.
pub(crate) const NETWORK: &str = "test";

/// A running Elbow; dropped, all its processes end.
pub(crate) struct Deployment {
    control: Option<Child>,
    banner: String,
    api: Option<SocketAddr>,
    pub(crate) vips: Vips,
    directory: TempDir,
}

/// What a command of the command line did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Deployment {
    /// Starts Elbow on an empty data directory, with a network of its own.
    #[track_caller]
    pub(crate) fn start() -> Self {
        let mut deployment = Self::prepare();
        deployment.up(&[]);
        deployment.own_network();
        deployment
    }

    /// Makes the network of this deployment's own addresses.
    #[track_caller]
    pub(crate) fn own_network(&self) {
        let network = json!({"name": NETWORK, "kind": "VPC", "cidr": self.vips.cidr()});
        self.api().post("/v1/networks", &network).expect(201);
    }

    /// A data directory and a range of addresses, not started.
    pub(crate) fn prepare() -> Self {
        let directory = tempfile::Builder::new().prefix("elbow-").tempdir().unwrap();
        Self { control: None, banner: String::new(), api: None, vips: Vips::claim(), directory }
    }

    /// Starts `elbow up` and waits until it says that it is up.
    #[track_caller]
    pub(crate) fn up(&mut self, arguments: &[&str]) {
        self.up_through(Command::new(PROGRAM), arguments);
    }

    /// The same by a command that starts the program with the arguments that are added.
    #[track_caller]
    pub(crate) fn up_through(&mut self, mut command: Command, arguments: &[&str]) {
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let mut child = command
            .args(["up", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(self.data_dir())
            .args(arguments)
            .env("ELBOW_ADMIN_PASSWORD", PASSWORD)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        self.banner.clear();
        for line in lines.by_ref() {
            let line = line.unwrap();
            self.banner.push_str(&line);
            self.banner.push('\n');
            if line.contains("Ctrl-C") {
                break;
            }
        }
        let address = self
            .banner
            .split_once("://")
            .map(|(_, rest)| rest)
            .and_then(|rest| rest.split([' ', '\n', '/']).next());
        self.api = address.and_then(|address| address.parse().ok());
        self.control = Some(child);
        assert!(self.api.is_some(), "`elbow up` said `{}`; its log:\n{}", self.banner, self.log());
        // What it says later must not block it.
        std::thread::spawn(move || lines.for_each(drop));
    }

    /// What `elbow up` said when it was up.
    pub(crate) fn banner(&self) -> &str {
        &self.banner
    }

    /// Its data directory.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// What it logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// A connection to the API by the Unix socket, as the operator.
    #[track_caller]
    pub(crate) fn api(&self) -> Client {
        Client::unix(&self.socket())
    }

    /// The API's Unix socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.data_dir().join("elbow.sock")
    }

    /// The API's TCP address.
    pub(crate) fn api_address(&self) -> SocketAddr {
        self.api.unwrap()
    }

    /// Runs a command of the command line on this deployment.
    #[track_caller]
    pub(crate) fn elbow(&self, arguments: &[&str]) -> Ran {
        run(Command::new(PROGRAM).args(arguments).env("ELBOW_DATA_DIR", self.data_dir()))
    }

    /// Creates a load balancer in this deployment's network and waits until it is in force; gives its tree.
    #[track_caller]
    pub(crate) fn create(&self, name: &str, mut tree: Value) -> Value {
        tree["name"] = json!(name);
        tree["network"] = json!(NETWORK);
        self.api().post("/v1/load-balancers", &tree).expect(201);
        self.active(name)
    }

    /// Creates an HTTP load balancer on port 80 for these servers.
    #[track_caller]
    pub(crate) fn create_http(&self, name: &str, origins: &[Origin]) -> SocketAddr {
        let members: Vec<Value> = origins.iter().map(member).collect();
        let tree = json!({"listeners": [{"protocol": "HTTP", "port": 80}], "members": members});
        address_of(&self.create(name, tree))
    }

    /// Waits until a load balancer is `ACTIVE`; gives its tree.
    #[track_caller]
    pub(crate) fn active(&self, name: &str) -> Value {
        self.status(name, "ACTIVE")
    }

    /// Waits until a load balancer has this status; gives its tree.
    #[track_caller]
    pub(crate) fn status(&self, name: &str, status: &str) -> Value {
        let mut api = self.api();
        eventually(&format!("{name} is {status}"), || {
            let tree = api.get(&format!("/v1/load-balancers/{name}")).expect(200);
            if tree["status"] == status {
                Ok(tree)
            } else {
                Err(format!("{} {}", tree["status"], tree["status_reason"]))
            }
        })
    }

    /// The control process.
    pub(crate) fn control_pid(&self) -> u32 {
        self.control.as_ref().unwrap().id()
    }

    /// The proxy process; waits until there is exactly one.
    #[track_caller]
    pub(crate) fn proxy_pid(&self) -> u32 {
        let directory = self.data_dir();
        eventually("one proxy runs", || {
            match process::find(&["proxy", directory.to_str().unwrap()]).as_slice() {
                [one] => Ok(*one),
                others => Err(format!("{others:?}")),
            }
        })
    }

    /// Kills the control process (`kill -9`).
    pub(crate) fn kill_control(&mut self) {
        let mut child = self.control.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Stops everything in order, as Ctrl-C does.
    #[track_caller]
    pub(crate) fn stop(&mut self) -> ExitStatus {
        let mut child = self.control.take().unwrap();
        process::signal(child.id(), "TERM").unwrap();
        child.wait().unwrap()
    }

    fn kill_rest(&self, directory: &Path) {
        // The keepers of instances too, with which their programs end.
        for pid in process::below(directory) {
            let _gone = process::signal(pid, "KILL");
        }
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        if let Some(mut child) = self.control.take() {
            let _ended = child.kill();
            let _reaped = child.wait();
        }
        self.kill_rest(&self.data_dir());
        if std::thread::panicking() {
            let _gone = writeln!(std::io::stderr(), "--- log of elbow up ---\n{}", self.log());
        }
    }
}

impl Ran {
    /// The output of a command that must succeed.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// The complaint of a command that must fail with this code.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "a failure prints nothing on standard output");
        self.stderr
    }
}

/// Runs a program to its end.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A member for this server.
pub(crate) fn member(origin: &Origin) -> Value {
    json!({"name": origin.name, "address": origin.address.ip(), "port": origin.address.port()})
}

/// Where a load balancer's first listener is.
#[track_caller]
pub(crate) fn address_of(tree: &Value) -> SocketAddr {
    let port = tree["listeners"][0]["port"].as_u64().and_then(|port| u16::try_from(port).ok());
    SocketAddr::new(tree["vip"].as_str().unwrap().parse().unwrap(), port.unwrap())
}
