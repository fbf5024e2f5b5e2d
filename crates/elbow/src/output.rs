//! All that the command line prints: answers on standard output, complaints and notes on standard error.

mod certificate;
mod overview;
mod paint;
mod people;
mod replay;
mod scaling;
mod table;
mod view;
mod yaml;

use std::io::{self, Write};
use std::net::IpAddr;

use serde_json::Value;

use crate::args::Format;
use crate::failure::Failure;

pub(crate) use certificate::{CertificateView, certificate_overview, certificates};
pub(crate) use overview::overview;
pub(crate) use people::{audit, project_overview, projects, user_overview, users};
pub(crate) use replay::replay;
pub(crate) use scaling::{
    EligibleView, GroupView, HookView, InstanceView, PolicyView, ScalingActivityView, ScheduleView,
    activities, eligible, group_overview, groups, hooks, instances, policies, schedules,
};
pub(crate) use table::{Table, listeners, load_balancers, members, networks, pools, rules};
pub(crate) use view::{
    ListenerView, LoadBalancerView, MemberView, PoolView, Reference, RuleView, items, view,
};

/// Prints answers in the format that was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    format: Format,
}

impl Output {
    /// Prints in this format.
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// Prints an answer: as it is, its names, or what `human` makes of it.
    pub(crate) fn answer(
        self,
        answer: &Value,
        human: impl FnOnce(&Value) -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Json => print(&format!("{answer:#}\n")),
            Format::Yaml => print(&yaml::write(answer)),
            Format::Name => print(&names(answer)),
            Format::Table => print(&human(answer)?),
        }
    }

    /// What was asked for.
    pub(crate) fn format(self) -> Format {
        self.format
    }

    /// Says what was done to what, where there is no answer worth a table.
    pub(crate) fn done(self, name: &str, sentence: &str) -> Result<(), Failure> {
        match self.format {
            Format::Name => print(&format!("{name}\n")),
            Format::Table => print(&format!("{sentence}\n")),
            Format::Json => {
                print(&format!("{:#}\n", serde_json::json!({ "name": name, "done": sentence })))
            }
            Format::Yaml => {
                print(&yaml::write(&serde_json::json!({ "name": name, "done": sentence })))
            }
        }
    }
}

/// Writes to standard output; a reader that went away (`| head`) is no failure, a full disk is.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::system("writing to standard output")(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a note for people to standard error.
pub(crate) fn note(text: &str) {
    let _gone = writeln!(io::stderr().lock(), "{text}");
}

/// Says on standard error why a command failed, field by field, and what to try next.
pub(crate) fn complain(failure: &Failure) {
    let paint = paint::Paint::for_stderr();
    let mut text = format!("{} {failure}", paint.bad("elbow:"));
    if let Failure::Refused(problem) = failure {
        for error in problem.fields() {
            text.push_str(&format!("\n  {}: {}", error.field, error.reason));
        }
        if !problem.code.is_empty() {
            text.push_str(&format!("\n  ({} {})", problem.status, problem.code));
        }
    }
    if let Some(next) = failure.next() {
        text.push_str(&format!("\n{} {next}", paint.strong("next:")));
    }
    note(&text);
}

/// Names, one a line: of the items of a list, or of the one thing.
fn names(answer: &Value) -> String {
    let name_of = |value: &Value| -> String {
        let text = |field: &str| value.get(field).and_then(Value::as_str);
        // A member's is an IP address; a listener's already has the port and is not what people call it.
        let address = text("address").filter(|address| address.parse::<IpAddr>().is_ok());
        if let Some(address) = address {
            let port = value.get("port").and_then(Value::as_u64);
            return target(address, port.and_then(|port| u16::try_from(port).ok()));
        }
        text("name").or(text("id")).unwrap_or_default().to_owned()
    };
    match answer.get("items").and_then(Value::as_array) {
        Some(items) => items.iter().map(|item| name_of(item) + "\n").collect(),
        None => name_of(answer) + "\n",
    }
}

/// Address and port as people write them.
pub(crate) fn target(address: &str, port: Option<u16>) -> String {
    match port {
        Some(port) if address.contains(':') => format!("[{address}]:{port}"),
        Some(port) => format!("{address}:{port}"),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_one_a_line() {
        assert_eq!(names(&json!({"items": [{"name": "web"}, {"id": "1"}]})), "web\n1\n");
        assert_eq!(names(&json!({"address": "::1", "port": 80, "name": null})), "[::1]:80\n");
    }

    #[test]
    fn listener_is_called_by_its_name() {
        let listener = json!({"address": "127.77.0.1:80", "port": 80, "name": "http-80"});
        assert_eq!(names(&listener), "http-80\n");
    }
}
