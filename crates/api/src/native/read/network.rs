//! Reads networks.

use std::net::IpAddr;

use elbow_model::network::{Addresses, NetworkSettings};
use elbow_model::value::{Description, Name, ProjectId};
use elbow_model::world::World;

use super::{READ_ONLY, address, cidr, description, name, no_name, reference};
use crate::decode::Fields;

/// Fields that answers have and requests do not.
const HINTS: &[(&str, &str)] = &[
    ("id", READ_ONLY),
    ("number", READ_ONLY),
    ("owner", READ_ONLY),
    ("revision", READ_ONLY),
    ("created_at", READ_ONLY),
    ("updated_at", READ_ONLY),
];

/// Kinds of networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Vpc,
    Classic,
    Host,
}

const KINDS: &[(&str, Kind)] =
    &[("VPC", Kind::Vpc), ("CLASSIC", Kind::Classic), ("HOST", Kind::Host)];

/// A network to create, without its id.
#[derive(Debug)]
pub(in crate::native) struct Draft {
    pub(in crate::native) project: Option<ProjectId>,
    pub(in crate::native) region: Name,
    pub(in crate::native) addresses: Addresses,
    pub(in crate::native) settings: NetworkSettings,
}

/// Reads a network to create; one of kind HOST without addresses takes the machine's.
pub(in crate::native) fn new(
    fields: Fields<'_>,
    world: &World,
    machine: impl FnOnce() -> Vec<IpAddr>,
) -> Draft {
    let name_ = fields.required("name", name).unwrap_or_else(no_name);
    let mut settings = NetworkSettings { name: name_, description: Description::default() };
    fields.set_or("description", &mut settings.description, Description::default(), description);
    let region = fields.present("region").and_then(name);
    let project = fields.present("project").and_then(|at| {
        let text = reference::text(&at)?;
        let found = world.project_named(text).or_else(|| world.project(text.parse().ok()?));
        match found {
            Some(project) => Some(project.id),
            None => at.wrong("there is no such project; leave it out for all projects"),
        }
    });
    let nothing = Addresses::Host { addresses: Vec::new() };
    let addresses = new_addresses(&fields, machine).unwrap_or(nothing);
    fields.finish(HINTS);
    Draft { project, region: region.unwrap_or_else(local), addresses, settings }
}

/// Reads a patch onto a network.
pub(in crate::native) fn patch(
    fields: Fields<'_>,
    mut settings: NetworkSettings,
) -> NetworkSettings {
    fields.set("name", &mut settings.name, name);
    fields.set_or("description", &mut settings.description, Description::default(), description);
    let fixed = "is fixed at creation; create another network";
    let mut hints = HINTS.to_vec();
    hints.extend(["kind", "cidr", "addresses", "region", "project"].map(|name| (name, fixed)));
    fields.finish(&hints);
    settings
}

/// The region of a deployment that has only one.
fn local() -> Name {
    Name::new("local").expect("`local` is a name")
}

fn new_addresses(fields: &Fields<'_>, machine: impl FnOnce() -> Vec<IpAddr>) -> Option<Addresses> {
    let kind = fields.required("kind", |at| at.choice("kind", KINDS));
    let (range, list) = (fields.present("cidr"), fields.present("addresses"));
    match kind? {
        Kind::Host => {
            if let Some(at) = range {
                return at.wrong("belongs to kinds VPC and CLASSIC; HOST has `addresses`");
            }
            let Some(at) = list else {
                return match Addresses::host(machine()) {
                    Ok(addresses) => Some(addresses),
                    Err(invalid) => fields.wrong("addresses", invalid.0),
                };
            };
            let given = at.list_of(Addresses::MAX_HOST_ADDRESSES, address)?;
            at.taken(Addresses::host(given))
        }
        kind @ (Kind::Vpc | Kind::Classic) => {
            if let Some(at) = list {
                return at.wrong("belongs to kind HOST; VPC and CLASSIC have `cidr`");
            }
            let cidr = fields.required("cidr", cidr)?;
            Some(if kind == Kind::Vpc {
                Addresses::Vpc { cidr }
            } else {
                Addresses::Classic { cidr }
            })
        }
    }
}
