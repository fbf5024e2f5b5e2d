//! The hook driver: the suite through an endpoint and through a command. Behind both is a small cloud of this machine's
//! processes, so that what comes back is real.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use elbow_control::SigningKey;
use elbow_control::driver::hook::{ANSWER_WITHIN, HookConfig, HookDriver, Permission, Trust};
use elbow_control::driver::process::{ProcessDriver, RunAs};
use elbow_control::driver::{
    Driver, DriverTrouble, End, InstanceState, Seen, Spec, Terminated, Which,
};
use elbow_model::launch_template::{Environment, HookEndpoint, HookLaunch, Launch, ProcessLaunch};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::process::Processes;
use crate::program::{command_line, environment};
use crate::suite::Subject;

mod endpoint {
    suite!(super::Hooks::new(super::Way::Endpoint));
}

mod command {
    suite!(super::Hooks::new(super::Way::Command));
}

/// How the cloud is asked.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// As a web service.
    Endpoint,
    /// By a command that asks the web service in its turn.
    Command,
}

/// A cloud behind a hook.
pub(crate) struct Hooks {
    way: Way,
    address: SocketAddr,
    processes: Arc<Processes>,
}

impl Hooks {
    pub(crate) fn new(way: Way) -> Self {
        let processes = Arc::new(Processes::new());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let driver = ProcessDriver::open(processes.config()).unwrap();
        let cloud = Arc::new(Cloud { runtime: Runtime::new().unwrap(), driver, way });
        thread::spawn(move || {
            for client in listener.incoming() {
                let cloud = Arc::clone(&cloud);
                thread::spawn(move || cloud.serve(client.unwrap()));
            }
        });
        Self { way, address, processes }
    }

    fn launch_of(&self, process: Launch) -> Launch {
        let Launch::Process(ProcessLaunch { command, env, .. }) = process else { panic!() };
        let words = json!(command.arguments()).to_string();
        let mut parameters = vec![("COMMAND", words.as_str())];
        parameters.extend(env.as_map().iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let url = format!("http://{}/hook", self.address);
        let endpoint = match self.way {
            Way::Endpoint => HookEndpoint::Url(url.parse().unwrap()),
            Way::Command => HookEndpoint::Command(command_line(&[
                "curl",
                "--silent",
                "--show-error",
                "--data-binary",
                "@-",
                &url,
            ])),
        };
        Launch::Hook(HookLaunch { endpoint, parameters: environment(&parameters) })
    }
}

impl Subject for Hooks {
    fn driver(&self) -> Box<dyn Driver> {
        let Launch::Hook(HookLaunch { endpoint, .. }) = self.missing() else { panic!() };
        let config = HookConfig {
            deployment: Uuid::now_v7(),
            key: SigningKey::new("a key for tests"),
            loopback: Permission::Allowed,
            commands: Permission::Allowed,
            trust: Trust::system().unwrap(),
            run_as: RunAs::safe_default(),
            answer_within: ANSWER_WITHIN,
        };
        Box::new(HookDriver::new(endpoint, config))
    }

    fn program_with(&self, arguments: &[&str], environment: Environment) -> Launch {
        self.launch_of(self.processes.program_with(arguments, environment))
    }

    fn missing(&self) -> Launch {
        self.launch_of(self.processes.missing())
    }

    fn address(&self, number: u8) -> Option<IpAddr> {
        self.processes.address(number)
    }
}

/// The other side: does what it is asked to with processes.
struct Cloud {
    runtime: Runtime,
    driver: ProcessDriver,
    way: Way,
}

impl Cloud {
    fn serve(&self, client: TcpStream) {
        let mut client = BufReader::new(client);
        let (mut length, mut is_signed) = (0, false);
        loop {
            let mut line = String::new();
            if client.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
                break;
            }
            let line = line.to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            is_signed |= line.starts_with("elbow-signature: t=") && line.contains(",v1=");
        }
        let mut body = vec![0; length];
        client.read_exact(&mut body).unwrap();
        let question: Value = serde_json::from_slice(&body).unwrap();
        let answer = match (self.way, is_signed) {
            (Way::Endpoint, false) => {
                json!({"trouble": {"kind": "PERMANENT", "reason": "unsigned"}})
            }
            (Way::Endpoint, true) | (Way::Command, _) => {
                self.answer(&question).unwrap_or_else(|trouble| {
                    let kind = match trouble {
                        DriverTrouble::Transient { .. } => "TRANSIENT",
                        DriverTrouble::Permanent { .. } => "PERMANENT",
                    };
                    json!({"trouble": {"kind": kind, "reason": trouble.to_string()}})
                })
            }
        };
        let answer = answer.to_string();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", answer.len());
        // Who asked may have given up.
        let _sent = client.get_mut().write_all(format!("{head}{answer}").as_bytes());
    }

    fn answer(&self, question: &Value) -> Result<Value, DriverTrouble> {
        let text = |field: &str| question[field].as_str().unwrap_or_default();
        let instance = || text("instance").parse().unwrap();
        assert_eq!(question["version"], 1);
        Ok(match text("action") {
            "LAUNCH" => {
                let launched = self.runtime.block_on(self.driver.launch(&spec(question)))?;
                let told = told(&launched.state);
                json!({"instance": with(told, "address", &launched.address, text("instance"))})
            }
            "LIST" => {
                let which = match question.get("group") {
                    Some(_) => Which::Group(text("group").parse().unwrap()),
                    None => Which::All,
                };
                let seen = self.runtime.block_on(self.driver.list(which))?;
                json!({"instances": seen.iter().map(listed).collect::<Vec<_>>()})
            }
            "TERMINATE" => {
                json!({"state": match self.runtime.block_on(self.driver.terminate(instance()))? {
                    Terminated::Gone => "GONE",
                    Terminated::Ending => "ENDING",
                }})
            }
            "LOGS" => {
                let lines = question["lines"].as_u64().unwrap().try_into().unwrap();
                json!({"lines": self.runtime.block_on(self.driver.logs(instance(), lines))?})
            }
            other => panic!("{other}"),
        })
    }
}

fn spec(question: &Value) -> Spec {
    let text = |field: &str| question[field].as_str().unwrap();
    let parameters = question["parameters"].as_object().unwrap();
    let words: Vec<String> = serde_json::from_str(parameters["COMMAND"].as_str().unwrap()).unwrap();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let variables: Vec<(&str, &str)> = parameters
        .iter()
        .filter(|(name, _)| *name != "COMMAND")
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    Spec {
        group: text("group").parse().unwrap(),
        group_name: elbow_model::value::Name::new(text("group_name")).unwrap(),
        instance: text("instance").parse().unwrap(),
        project: text("project").parse().unwrap(),
        address: Some(text("address").parse().unwrap()),
        port: Some(elbow_model::value::Port::new(question["port"].as_i64().unwrap()).unwrap()),
        launch: Launch::Process(ProcessLaunch {
            env: environment(&variables),
            ..crate::program::process(&words)
        }),
        grace: std::time::Duration::from_secs(1),
    }
}

fn told(state: &InstanceState) -> Value {
    match state {
        InstanceState::Starting => json!({"state": "STARTING"}),
        InstanceState::Running => json!({"state": "RUNNING"}),
        InstanceState::Exited(End::Status(status)) => json!({"state": "EXITED", "status": status}),
        InstanceState::Exited(other) => json!({"state": "EXITED", "reason": other.to_string()}),
    }
}

fn with(mut told: Value, field: &str, address: &Option<IpAddr>, id: &str) -> Value {
    told[field] = json!(address);
    told["id"] = json!(id);
    told
}

fn listed(seen: &Seen) -> Value {
    let mut one = with(told(&seen.state), "address", &seen.address, &seen.instance.to_string());
    one["group"] = json!(seen.group);
    if let Some(usage) = seen.usage {
        one["usage"] = json!({"cpu_s": usage.cpu_s, "memory_bytes": usage.memory_bytes});
    }
    one
}
