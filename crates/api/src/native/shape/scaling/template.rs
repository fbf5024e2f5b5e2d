//! Launch templates as the native dialect shows them: one flat object, by its driver.

use std::collections::BTreeMap;

use elbow_model::launch_template::{
    ContainerLaunch, ContainerLimits, HookEndpoint, HookLaunch, Launch, LaunchTemplate,
    ProcessLaunch, ProcessLimits, TemplateSettings,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::words::Driver;

/// What an instance is, and which driver starts it. What a driver does not have is left out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Template {
    driver: Driver,
    /// What is run, as program and arguments; `{address}`, `{port}`, `{instance}` and `{group}` are filled in. PROCESS
    /// needs it, CONTAINER has the image's own without it, HOOK has it or `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Vec<String>>,
    /// PROCESS and CONTAINER: its environment, filled in likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<BTreeMap<String, String>>,
    /// Where an instance serves.
    port: Option<u16>,
    /// PROCESS: where it is run.
    #[serde(skip_serializing_if = "Option::is_none")]
    working_dir: Option<String>,
    /// PROCESS: as whom it is run, where Elbow is root.
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<u32>,
    /// CONTAINER: what it is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    /// HOOK: who launches, lists and terminates instances.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// HOOK: what is passed on with each request.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<BTreeMap<String, String>>,
    /// PROCESS and CONTAINER: what it may use; unlimited where nothing is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<Limits>,
    /// Counts the group's templates.
    #[schema(read_only)]
    version: u32,
    #[schema(read_only)]
    created_at: String,
}

/// What an instance may use.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(in crate::native) struct Limits {
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_mb: Option<u32>,
    /// Of one core; CONTAINER alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_percent: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_files: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    processes: Option<u32>,
}

impl From<&LaunchTemplate> for Template {
    fn from(template: &LaunchTemplate) -> Self {
        let LaunchTemplate { version, created_at, settings } = template;
        let TemplateSettings { launch, port } = settings;
        let bare = Self {
            driver: launch.driver().into(),
            command: None,
            env: None,
            port: port.map(|port| port.get()),
            working_dir: None,
            uid: None,
            image: None,
            url: None,
            parameters: None,
            limits: None,
            version: version.0,
            created_at: created_at.to_string(),
        };
        match launch {
            Launch::Process(ProcessLaunch { command, env, working_dir, uid, limits }) => Self {
                command: Some(command.arguments().to_vec()),
                env: Some(env.as_map().clone()),
                working_dir: working_dir.as_ref().map(ToString::to_string),
                uid: uid.map(|uid| uid.get()),
                limits: Some(limits.into()),
                ..bare
            },
            Launch::Container(ContainerLaunch { image, command, env, limits }) => Self {
                image: Some(image.to_string()),
                command: command.as_ref().map(|command| command.arguments().to_vec()),
                env: Some(env.as_map().clone()),
                limits: Some(limits.into()),
                ..bare
            },
            Launch::Hook(HookLaunch { endpoint, parameters }) => {
                let parameters = Some(parameters.as_map().clone());
                match endpoint {
                    HookEndpoint::Url(url) => {
                        Self { url: Some(url.to_string()), parameters, ..bare }
                    }
                    HookEndpoint::Command(command) => {
                        let command = Some(command.arguments().to_vec());
                        Self { command, parameters, ..bare }
                    }
                }
            }
        }
    }
}

impl From<&ProcessLimits> for Limits {
    fn from(limits: &ProcessLimits) -> Self {
        let ProcessLimits { memory_mb, open_files, processes } = limits;
        Self {
            memory_mb: memory_mb.map(|n| n.get()),
            cpu_percent: None,
            open_files: open_files.map(|n| n.get()),
            processes: processes.map(|n| n.get()),
        }
    }
}

impl From<&ContainerLimits> for Limits {
    fn from(limits: &ContainerLimits) -> Self {
        let ContainerLimits { memory_mb, cpu_percent, open_files, processes } = limits;
        Self {
            memory_mb: memory_mb.map(|n| n.get()),
            cpu_percent: cpu_percent.map(|n| n.get()),
            open_files: open_files.map(|n| n.get()),
            processes: processes.map(|n| n.get()),
        }
    }
}
