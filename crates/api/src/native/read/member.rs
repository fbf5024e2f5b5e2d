//! Reads members.

use std::sync::Arc;

use elbow_model::change::NewMember;
use elbow_model::member::{Member, MemberSettings, TargetAddress};
use elbow_model::value::{MemberId, Port, Weight};
use uuid::Uuid;

use super::{READ_ONLY, address, name, port};
use crate::decode::{At, Fields};

/// The most members in one body; quotas are the model's.
const MAX_MEMBERS: usize = 10_000;

/// Fields that answers have and requests do not.
const HINTS: &[(&str, &str)] = &[
    ("id", READ_ONLY),
    ("health", READ_ONLY),
    ("health_since", READ_ONLY),
    ("last_failure", READ_ONLY),
    ("in_flight", READ_ONLY),
    ("registered_by", READ_ONLY),
    ("pool", "is given by the path"),
    ("load_balancer", READ_ONLY),
    ("revision", READ_ONLY),
    ("created_at", READ_ONLY),
    ("updated_at", READ_ONLY),
];

/// Whether a body may repeat what an answer said, read-only fields included.
#[derive(Debug, Clone, Copy)]
pub(in crate::native) enum Echo<'a> {
    /// It may: PUT of what GET gave of these members. What it leaves out of one that a scaling group registered stays as
    /// it is: that one was never the body's to describe.
    Of(&'a [Arc<Member>]),
    /// It may not.
    Refused,
}

impl Echo<'_> {
    /// What a member is before the body says more.
    fn base(self, address: TargetAddress, port: Option<Port>) -> MemberSettings {
        let fresh = MemberSettings::new(address, port);
        let Self::Of(present) = self else { return fresh };
        let is_meant = |member: &&Arc<Member>| {
            let settings = &member.settings;
            member.registered_by.is_some() && (settings.address, settings.port) == (address, port)
        };
        present.iter().find(is_meant).map_or(fresh, |member| member.settings.clone())
    }
}

/// Reads a member to create.
pub(in crate::native) fn new(fields: Fields<'_>, echo: Echo<'_>) -> MemberSettings {
    let address = fields.required("address", target);
    let port = fields.present("port").and_then(port);
    let stand_in = TargetAddress::new([127, 0, 0, 1].into()).expect("loopback is a target");
    let mut settings = echo.base(address.unwrap_or(stand_in), port);
    read_rest(&fields, &mut settings);
    finish(fields, echo);
    settings
}

/// Reads a patch onto a member.
pub(in crate::native) fn patch(fields: Fields<'_>, mut settings: MemberSettings) -> MemberSettings {
    fields.set("address", &mut settings.address, target);
    fields.set_option("port", &mut settings.port, port);
    read_rest(&fields, &mut settings);
    finish(fields, Echo::Refused);
    settings
}

/// Reads a list of members to create.
pub(in crate::native) fn list(at: At<'_>, echo: Echo<'_>) -> Option<Vec<NewMember>> {
    at.list_of(MAX_MEMBERS, |at| {
        let settings = new(at.object()?, echo);
        Some(NewMember { id: MemberId::from(Uuid::now_v7()), settings })
    })
}

fn read_rest(fields: &Fields<'_>, settings: &mut MemberSettings) {
    fields.set_option("name", &mut settings.name, name);
    fields.set_or("weight", &mut settings.weight, Weight::default(), |at| at.number(Weight::new));
    fields.set_or("backup", &mut settings.backup, false, |at| at.boolean());
    fields.set_or("enabled", &mut settings.enabled, true, |at| at.boolean());
}

fn finish(fields: Fields<'_>, echo: Echo<'_>) {
    match echo {
        Echo::Of(_) => {
            for (name, _) in HINTS {
                fields.ignore(name);
            }
        }
        Echo::Refused => {}
    }
    fields.finish(HINTS);
}

fn target(at: At<'_>) -> Option<TargetAddress> {
    let address = address(at.clone())?;
    at.taken(TargetAddress::new(address))
}
