//! Reads launch templates: one flat object, by its driver.

use std::collections::BTreeMap;

use elbow_model::launch_template::{
    AbsolutePath, CommandLine, ContainerLaunch, ContainerLimits, DriverKind, Environment,
    HookEndpoint, HookLaunch, ImageReference, Launch, LaunchTemplate, ProcessLaunch, ProcessLimits,
    TemplateSettings,
};
use elbow_model::value::HttpUrl;
use serde_json::{Map, Value};

use super::super::{READ_ONLY, bounded, port};
use crate::decode::{At, Errors, Fields};
use crate::native::shape::scaling::template::Template;

/// Drivers by the words that the native dialect uses.
pub(in crate::native) const DRIVERS: &[(&str, DriverKind)] = &[
    ("PROCESS", DriverKind::Process),
    ("CONTAINER", DriverKind::Container),
    ("HOOK", DriverKind::Hook),
];

/// Fields that answers have and requests do not.
const HINTS: &[(&str, &str)] = &[("version", READ_ONLY), ("created_at", READ_ONLY)];

/// Reads a template to make.
pub(in crate::native) fn new(at: &At<'_>) -> Option<TemplateSettings> {
    let fields = at.object()?;
    let driver = fields.required("driver", |at| at.choice("driver", DRIVERS));
    let port = fields.present("port").and_then(port);
    let launch = driver.and_then(|driver| launch(&fields, driver));
    // What belongs to no driver is unknown only if the driver is known.
    if driver.is_some() {
        fields.finish(HINTS);
    }
    Some(TemplateSettings { launch: launch?, port })
}

/// Reads a patch onto a template, as JSON merge patch: with another driver it is a new one.
pub(in crate::native) fn patch(
    at: &At<'_>,
    present: Option<&LaunchTemplate>,
) -> Option<TemplateSettings> {
    let Some(change) = at.value().as_object() else { return new(at) };
    let base = present.and_then(|template| serde_json::to_value(Template::from(template)).ok());
    let mut merged = match base {
        Some(Value::Object(base)) if same_driver(&base, change) => base,
        _ => return new(at),
    };
    merged.remove("version");
    merged.remove("created_at");
    // One of the two ways of a hook takes the place of the other.
    for (given, other) in [("url", "command"), ("command", "url")] {
        if change.get(given).is_some_and(|value| !value.is_null()) && !change.contains_key(other) {
            merged.remove(other);
        }
    }
    merge(&mut merged, change);
    let (whole, errors) = (Value::Object(merged), Errors::default());
    let read = new(&At::root(&whole, &errors));
    match errors.finish(read) {
        Ok(read) => read,
        Err(faults) => {
            for fault in faults {
                at.note_below(&fault.field, fault.reason);
            }
            None
        }
    }
}

fn same_driver(base: &Map<String, Value>, change: &Map<String, Value>) -> bool {
    let word = |map: &Map<String, Value>| map.get("driver")?.as_str().map(str::to_ascii_uppercase);
    word(change).is_none_or(|driver| word(base) == Some(driver))
}

/// RFC 7396.
fn merge(target: &mut Map<String, Value>, change: &Map<String, Value>) {
    for (key, value) in change {
        match (value, target.get_mut(key)) {
            (Value::Null, _) => {
                target.remove(key);
            }
            (Value::Object(change), Some(Value::Object(below))) => merge(below, change),
            _ => {
                target.insert(key.clone(), value.clone());
            }
        }
    }
}

fn launch(fields: &Fields<'_>, driver: DriverKind) -> Option<Launch> {
    Some(match driver {
        DriverKind::Process => {
            let command = fields.required("command", command);
            let env = environment(fields, "env");
            let working_dir =
                fields.present("working_dir").and_then(|at| at.checked(|t| AbsolutePath::new(t)));
            let uid = fields.present("uid").and_then(bounded);
            let limits = fields.present("limits").and_then(process_limits).unwrap_or_default();
            Launch::Process(ProcessLaunch { command: command?, env, working_dir, uid, limits })
        }
        DriverKind::Container => {
            let image = fields.required("image", |at| at.checked(|t| ImageReference::new(t)));
            let command = fields.present("command").and_then(command);
            let env = environment(fields, "env");
            let limits = fields.present("limits").and_then(container_limits).unwrap_or_default();
            Launch::Container(ContainerLaunch { image: image?, command, env, limits })
        }
        DriverKind::Hook => {
            let url = fields.present("url").map(|at| at.checked(str::parse::<HttpUrl>));
            let command = fields.present("command").map(command);
            let parameters = environment(fields, "parameters");
            let endpoint = match (url, command) {
                (Some(url), None) => HookEndpoint::Url(url?),
                (None, Some(command)) => HookEndpoint::Command(command?),
                (Some(_), Some(_)) => {
                    return fields.wrong("url", "give `url` or `command`, not both");
                }
                (None, None) => {
                    return fields.wrong("url", "is missing; driver HOOK needs `url` or `command`");
                }
            };
            Launch::Hook(HookLaunch { endpoint, parameters })
        }
    })
}

/// An argument vector.
fn command(at: At<'_>) -> Option<CommandLine> {
    if at.value().is_string() {
        return at.wrong(
            "expected an array of program and arguments, such as [\"./server\", \"--port\", \"{port}\"]; no shell reads it",
        );
    }
    let arguments = at.list_of(CommandLine::MAX_ARGUMENTS, |at| at.text().map(str::to_owned))?;
    at.taken(CommandLine::new(arguments))
}

fn environment(fields: &Fields<'_>, name: &'static str) -> Environment {
    let read = |at: At<'_>| {
        let entries = at.entries()?;
        let count = entries.len();
        let read: BTreeMap<String, String> = entries
            .into_iter()
            .filter_map(|(key, at)| Some((key.to_owned(), at.text()?.to_owned())))
            .collect();
        (read.len() == count).then_some(())?;
        at.taken(Environment::new(read))
    };
    fields.present(name).and_then(read).unwrap_or_default()
}

fn process_limits(at: At<'_>) -> Option<ProcessLimits> {
    let fields = at.object()?;
    let limits = ProcessLimits {
        memory_mb: fields.present("memory_mb").and_then(bounded),
        open_files: fields.present("open_files").and_then(bounded),
        processes: fields.present("processes").and_then(bounded),
    };
    fields.finish(&[("cpu_percent", "needs driver CONTAINER; leave it out")]);
    Some(limits)
}

fn container_limits(at: At<'_>) -> Option<ContainerLimits> {
    let fields = at.object()?;
    let limits = ContainerLimits {
        memory_mb: fields.present("memory_mb").and_then(bounded),
        cpu_percent: fields.present("cpu_percent").and_then(bounded),
        open_files: fields.present("open_files").and_then(bounded),
        processes: fields.present("processes").and_then(bounded),
    };
    fields.finish(&[]);
    Some(limits)
}
