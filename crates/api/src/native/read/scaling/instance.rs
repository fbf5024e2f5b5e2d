//! Reads instances to attach, and completed hooks.

use elbow_model::change::scaling::AttachInstance;
use elbow_model::launch_template::DriverReference;
use elbow_model::lifecycle_hook::HookResult;
use elbow_model::member::TargetAddress;
use elbow_model::value::{HookToken, InstanceId, ScalingGroupId};
use uuid::Uuid;

use super::super::{READ_ONLY, address, name, port};
use super::hook::RESULTS;
use crate::decode::{At, Fields};

/// Reads a server to attach; what was seen of load balancers is the caller's to add.
pub(in crate::native) fn new(
    fields: Fields<'_>,
    id: InstanceId,
    group: ScalingGroupId,
) -> AttachInstance {
    let target = |at: At<'_>| {
        let address = address(at.clone())?;
        at.taken(TargetAddress::new(address))
    };
    let new = AttachInstance {
        id,
        group,
        name: fields.present("name").and_then(name),
        address: fields.present("address").and_then(target),
        port: fields.present("port").and_then(port),
        reference: fields
            .present("reference")
            .and_then(|at| at.checked(|text| DriverReference::new(text))),
        seen: Vec::new(),
    };
    fields.finish(&[
        ("id", READ_ONLY),
        ("status", READ_ONLY),
        ("protected", "has actions of its own: POST .. /protect and /unprotect"),
        ("weight", "is the attachment's; change it on the member afterwards"),
    ]);
    new
}

/// Reads `{"token": .., "result": ..}`.
pub(in crate::native) fn completion(fields: Fields<'_>) -> (HookToken, HookResult) {
    let token = fields.required("token", token).unwrap_or_else(|| Uuid::nil().into());
    let result = fields.present("result").map(|at| at.choice("result", RESULTS));
    fields.finish(&[]);
    (token, result.flatten().unwrap_or(HookResult::Continue))
}

/// Reads `{"token": ..}`.
pub(in crate::native) fn heartbeat(fields: Fields<'_>) -> HookToken {
    let token = fields.required("token", token).unwrap_or_else(|| Uuid::nil().into());
    fields.finish(&[]);
    token
}

fn token(at: At<'_>) -> Option<HookToken> {
    at.checked(str::parse)
}
