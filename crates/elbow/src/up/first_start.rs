//! The first start: one Change by Elbow itself makes the project, the networks and the user `admin`.

use std::collections::BTreeMap;

use elbow_model::change::{Author, Change, Edit, NewNetwork, NewProject, NewUser};
use elbow_model::network::{Addresses, NetworkSettings};
use elbow_model::project::Project;
use elbow_model::user::Standing;
use elbow_model::value::{
    Description, Invalid, Name, NetworkId, PasswordHash, ProjectId, Timestamp, UserId,
};
use elbow_model::world::World;
use uuid::Uuid;

use super::machine;

/// The first user.
pub(super) const ADMIN: &str = "admin";
/// The first project, and the network that load balancers are in unless they name another.
pub(super) const DEFAULT: &str = "default";

/// Where virtual IPs come from at first: Linux binds any address of it without set-up.
const LOOPBACK_RANGE: &str = "127.77.0.0/16";

/// Whether the World is still empty.
pub(super) fn is_due(world: &World) -> bool {
    world.users().next().is_none()
}

/// The Change that fills an empty World.
pub(super) fn change(password: PasswordHash, at: Timestamp) -> Result<Change, Invalid> {
    let project = ProjectId::from(Uuid::now_v7());
    let named = |name: &str| Name::new(name);
    let range = LOOPBACK_RANGE.parse().map_err(|_| Invalid::new(LOOPBACK_RANGE))?;
    let mut edits = vec![
        Edit::CreateProject(NewProject {
            drivers: Project::every_driver(),
            ..NewProject::new(project, named(DEFAULT)?)
        }),
        Edit::CreateUser(NewUser {
            id: UserId::from(Uuid::now_v7()),
            name: named(ADMIN)?,
            standing: Standing::Operator,
            memberships: BTreeMap::new(),
            project,
            password,
        }),
        Edit::CreateNetwork(network(
            DEFAULT,
            "loopback addresses of this machine",
            Addresses::Vpc { cidr: range },
        )?),
    ];
    // A machine without addresses of its own has no such network.
    if let Ok(addresses) = Addresses::host(machine::addresses()) {
        edits.push(Edit::CreateNetwork(network(
            "host",
            "addresses that other machines reach",
            addresses,
        )?));
    }
    Ok(Change { author: Author::System, at, source: None, request: None, edits })
}

fn network(name: &str, description: &str, addresses: Addresses) -> Result<NewNetwork, Invalid> {
    Ok(NewNetwork {
        id: NetworkId::from(Uuid::now_v7()),
        project: None,
        region: Name::new("local")?,
        addresses,
        settings: NetworkSettings {
            name: Name::new(name)?,
            description: Description::new(description)?,
        },
    })
}

#[cfg(test)]
mod tests {
    use elbow_model::world::Applied;

    use super::*;

    #[test]
    fn an_empty_world_takes_the_first_change_and_needs_no_second() {
        let world = World::default();
        assert!(is_due(&world));
        let change = change(PasswordHash::from_phc("$hash".to_owned()), Timestamp(1)).unwrap();
        let Ok(Applied::Next { world, .. }) = world.apply(&change) else { panic!("refused") };
        assert!(!is_due(&world));
        assert!(world.user_named(ADMIN).is_some() && world.networks().next().is_some());
    }
}
