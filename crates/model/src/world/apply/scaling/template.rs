//! Rules about launch templates.

use std::collections::BTreeSet;

use super::super::draft::{Draft, within};
use super::super::invalid;
use super::check_kept;
use crate::launch_template::{
    HookEndpoint, Launch, LaunchTemplate, TemplateSettings, TemplateVersion,
};
use crate::network::Network;
use crate::rejection::Rejection;
use crate::scaling_group::{Breaker, ScalingGroup};
use crate::value::{ProjectId, ScalingGroupId};

pub(super) fn set(
    draft: &mut Draft,
    id: ScalingGroupId,
    settings: &TemplateSettings,
) -> Result<(), Rejection> {
    let mut group = draft.group(id)?;
    check_kept(&group)?;
    if group.template().is_some_and(|template| template.settings == *settings) {
        return Ok(());
    }
    check_driver(draft, group.project, settings)?;
    if let Some(network) = draft.world.network(group.network) {
        check(settings, network)?;
    }
    let version = group.template().map_or(TemplateVersion::FIRST, |last| last.version.next());
    let instances = draft.world.instances_of(id);
    let used: BTreeSet<_> = instances.filter_map(|instance| instance.origin.template()).collect();
    group.templates.retain(|template| used.contains(&template.version));
    group.templates.push(made(draft, version, settings));
    let limit = ScalingGroup::MAX_TEMPLATES;
    within(group.templates.len(), limit, "launch templates that instances are of")?;
    group.breaker = Breaker::RESET;
    draft.put_group(group);
    Ok(())
}

/// A group's first template.
pub(super) fn first(draft: &Draft, settings: &TemplateSettings) -> LaunchTemplate {
    made(draft, TemplateVersion::FIRST, settings)
}

/// A template's driver is one that the operator enabled for the project: some run what they are told on his machines.
pub(super) fn check_driver(
    draft: &Draft,
    project: ProjectId,
    settings: &TemplateSettings,
) -> Result<(), Rejection> {
    let driver = settings.launch.driver();
    match draft.world.project(project) {
        Some(project) if !project.drivers.contains(&driver) => Err(Rejection::DriverNotEnabled {
            driver,
            project: project.name.clone(),
            enabled: project.drivers.iter().copied().collect(),
        }),
        _ => Ok(()),
    }
}

/// The rules about a template for instances in `network`.
pub(super) fn check(settings: &TemplateSettings, network: &Network) -> Result<(), Rejection> {
    let driver = settings.launch.driver();
    if driver.needs_address() && network.addresses.are_shared() {
        let name = &network.settings.name;
        let reason = format!(
            "instances of driver {driver} need addresses of their own, and network `{name}` has only those of its hosts; use a network with a range"
        );
        return Err(invalid("template.driver", reason));
    }
    if settings.port.is_none() {
        if matches!(settings.launch, Launch::Container(_)) {
            return Err(invalid("template.port", "a container needs the port that it serves on"));
        }
        if texts(&settings.launch).any(|text| text.contains("{port}")) {
            let reason = "`{port}` stands for the template's port; give one";
            return Err(invalid("template.port", reason));
        }
    }
    Ok(())
}

/// The texts of a template that have placeholders.
fn texts(launch: &Launch) -> impl Iterator<Item = &String> {
    let (command, variables) = match launch {
        Launch::Process(process) => (Some(&process.command), &process.env),
        Launch::Container(container) => (container.command.as_ref(), &container.env),
        Launch::Hook(hook) => match &hook.endpoint {
            HookEndpoint::Command(command) => (Some(command), &hook.parameters),
            HookEndpoint::Url(_) => (None, &hook.parameters),
        },
    };
    let arguments = command.into_iter().flat_map(|command| command.arguments());
    arguments.chain(variables.as_map().values())
}

fn made(draft: &Draft, version: TemplateVersion, settings: &TemplateSettings) -> LaunchTemplate {
    LaunchTemplate { version, created_at: draft.stamp.at, settings: settings.clone() }
}
