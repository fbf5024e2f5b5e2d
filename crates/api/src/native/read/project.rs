//! Reads projects: what the operator says of a tenant.

use std::collections::BTreeSet;

use elbow_model::launch_template::DriverKind;
use elbow_model::project::{Project, ProjectSettings, Quota};
use elbow_model::value::Description;

use super::scaling::template::DRIVERS;
use super::{READ_ONLY, description, name, no_name};
use crate::decode::{At, Fields};

/// Fields that answers have and requests do not.
const HINTS: &[(&str, &str)] = &[
    ("id", READ_ONLY),
    ("number", READ_ONLY),
    ("used", READ_ONLY),
    ("revision", READ_ONLY),
    ("created_at", READ_ONLY),
    ("updated_at", READ_ONLY),
];

/// Reads a project to create.
pub(in crate::native) fn new(fields: Fields<'_>) -> ProjectSettings {
    let settings = ProjectSettings {
        name: fields.required("name", name).unwrap_or_else(no_name),
        description: Description::default(),
        quota: Quota::default(),
        drivers: Project::drivers_of_tenants(),
    };
    rest(fields, settings)
}

/// Reads a patch onto a project.
pub(in crate::native) fn patch(
    fields: Fields<'_>,
    mut settings: ProjectSettings,
) -> ProjectSettings {
    fields.set("name", &mut settings.name, name);
    rest(fields, settings)
}

fn rest(fields: Fields<'_>, mut settings: ProjectSettings) -> ProjectSettings {
    fields.set_or("description", &mut settings.description, Description::default(), description);
    let before = settings.quota;
    fields.set_or("quota", &mut settings.quota, Quota::default(), |at| quota(&at, before));
    let usual = Project::drivers_of_tenants();
    fields.set_or("drivers", &mut settings.drivers, usual, |at| drivers(&at));
    fields.finish(HINTS);
    settings
}

/// What is not named stays; null is the usual limit.
fn quota(at: &At<'_>, mut quota: Quota) -> Option<Quota> {
    let fields = at.object()?;
    let Quota {
        load_balancers,
        vips,
        listeners,
        listeners_per_load_balancer,
        pools,
        pools_per_load_balancer,
        members,
        members_per_pool,
        rules_per_listener,
        certificates,
        scaling_groups,
        attachments_per_scaling_group,
        instances,
    } = &mut quota;
    let usual = Quota::default();
    for (name, slot, usual) in [
        ("load_balancers", load_balancers, usual.load_balancers),
        ("vips", vips, usual.vips),
        ("listeners", listeners, usual.listeners),
        (
            "listeners_per_load_balancer",
            listeners_per_load_balancer,
            usual.listeners_per_load_balancer,
        ),
        ("pools", pools, usual.pools),
        ("pools_per_load_balancer", pools_per_load_balancer, usual.pools_per_load_balancer),
        ("members", members, usual.members),
        ("members_per_pool", members_per_pool, usual.members_per_pool),
        ("rules_per_listener", rules_per_listener, usual.rules_per_listener),
        ("certificates", certificates, usual.certificates),
        ("scaling_groups", scaling_groups, usual.scaling_groups),
        (
            "attachments_per_scaling_group",
            attachments_per_scaling_group,
            usual.attachments_per_scaling_group,
        ),
        ("instances", instances, usual.instances),
    ] {
        fields.set_or(name, slot, usual, limit);
    }
    fields.finish(&[]);
    Some(quota)
}

fn limit(at: At<'_>) -> Option<u32> {
    let number = at.integer()?;
    let limit = u32::try_from(number);
    limit.ok().or_else(|| at.wrong(format!("{number} is no limit; give 0 to {}", u32::MAX)))
}

fn drivers(at: &At<'_>) -> Option<BTreeSet<DriverKind>> {
    let named = at.list_of(DriverKind::ALL.len(), |at| at.choice("driver", DRIVERS))?;
    Some(named.into_iter().collect())
}
