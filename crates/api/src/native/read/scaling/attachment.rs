//! Reads what a scaling group is to be attached to, or detached from.

use std::sync::Arc;

use elbow_model::attachment::{Attachment, AttachmentFault};
use elbow_model::change::scaling::{NewAttachment, PresentInstances};
use elbow_model::load_balancer::LoadBalancer;
use elbow_model::pool::Pool;
use elbow_model::rejection::Rejection;
use elbow_model::rights::Asker;
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::{AttachmentId, LoadBalancerId, PoolId, Port, Weight};
use elbow_model::world::World;
use uuid::Uuid;

use super::super::{port, reference};
use crate::decode::{At, Fields};

/// The most attachments in one body; quotas are the model's.
const MAX_IN_BODY: usize = 100;

/// What an attachment names: a pool, the default one if none, and a port, if one is named.
#[derive(Debug, Clone)]
pub(in crate::native) struct Named {
    pub(in crate::native) load_balancer: LoadBalancerId,
    pub(in crate::native) pool: Option<PoolId>,
    pub(in crate::native) port: Option<Port>,
    weight: Weight,
    /// What is not there, by the name that the body has for it.
    missing: Option<AttachmentFault>,
}

/// What a request to attach or detach says.
#[derive(Debug)]
pub(in crate::native) struct Request {
    pub(in crate::native) named: Vec<Named>,
    pub(in crate::native) present: PresentInstances,
}

/// `attachments` of a group to create.
pub(super) fn list(at: At<'_>, world: &World, asker: Asker) -> Option<Vec<Named>> {
    at.list_of(MAX_IN_BODY, |at| attachment(&at, world, asker))
}

/// Refuses what is not there by its own code, like every precondition.
pub(in crate::native) fn found(named: &[Named], list: &str) -> Result<(), Rejection> {
    for (index, named) in named.iter().enumerate() {
        if let Some(fault) = named.missing.clone() {
            return Err(Rejection::Attachment { field: format!("{list}[{index}]"), fault });
        }
    }
    Ok(())
}

/// `{load_balancers: [id], force}`: their default pools.
pub(in crate::native) fn load_balancers(
    fields: Fields<'_>,
    world: &World,
    asker: Asker,
) -> Request {
    let one = |at: At<'_>| {
        let (load_balancer, missing) = balancer(&at, world, asker)?;
        let weight = Attachment::default_weight();
        Some(Named { load_balancer, pool: None, port: None, weight, missing })
    };
    let read = |at: At<'_>| at.list_of(MAX_IN_BODY, one);
    let named = fields.required("load_balancers", read).unwrap_or_default();
    if named.is_empty() && fields.present("load_balancers").is_some() {
        fields.note("load_balancers", "names none; name at least one");
    }
    let present = force(&fields);
    fields.finish(&[]);
    Request { named, present }
}

/// `{vserver_groups: [{load_balancer, pool, port, weight}], force}`.
pub(in crate::native) fn vserver_groups(
    fields: Fields<'_>,
    world: &World,
    asker: Asker,
) -> Request {
    let read = |at: At<'_>| at.list_of(MAX_IN_BODY, |at| attachment(&at, world, asker));
    let named = fields.required("vserver_groups", read).unwrap_or_default();
    if named.is_empty() && fields.present("vserver_groups").is_some() {
        fields.note("vserver_groups", "names none; name at least one");
    }
    let present = force(&fields);
    fields.finish(&[]);
    Request { named, present }
}

impl Named {
    pub(in crate::native) fn new_attachment(self) -> NewAttachment {
        let Self { load_balancer, pool, port, weight, missing: _ } = self;
        NewAttachment { id: AttachmentId::from(Uuid::now_v7()), load_balancer, pool, port, weight }
    }

    /// The attachments of a group that this names: of the pool, with its port if one is named.
    pub(in crate::native) fn of(
        self,
        group: &ScalingGroup,
        world: &World,
    ) -> impl Iterator<Item = AttachmentId> {
        let default = world.load_balancer(self.load_balancer).map(|b| b.default_pool().id);
        let pool = self.pool.or(default);
        let is_meant = move |attachment: &&Attachment| {
            Some(attachment.pool) == pool
                && self.port.is_none_or(|port| attachment.port == Some(port))
        };
        group.attachments.iter().filter(is_meant).map(|attachment| attachment.id)
    }
}

fn attachment(at: &At<'_>, world: &World, asker: Asker) -> Option<Named> {
    let fields = at.object()?;
    let load_balancer = fields.required("load_balancer", |at| balancer(&at, world, asker));
    let mut weight = Attachment::default_weight();
    fields.set_or("weight", &mut weight, Attachment::default_weight(), |at| at.number(Weight::new));
    let port = fields.present("port").and_then(port);
    let of = load_balancer.as_ref().and_then(|(id, _)| world.load_balancer(*id));
    let pool = fields.present("pool").and_then(|at| pool(&at, of));
    fields.finish(&[("id", super::super::READ_ONLY)]);
    let (load_balancer, missing) = load_balancer?;
    let (pool, missing_pool) = match pool {
        Some((pool, missing)) => (Some(pool), missing),
        None => (None, None),
    };
    Some(Named { load_balancer, pool, port, weight, missing: missing.or(missing_pool) })
}

/// What a reference leads to; what is not there has an id that nothing has, and is said.
type Found<I> = (I, Option<AttachmentFault>);

fn balancer(at: &At<'_>, world: &World, asker: Asker) -> Option<Found<LoadBalancerId>> {
    let text = reference::text(at)?;
    Some(match reference::load_balancer(world, asker, text) {
        Ok(balancer) => (balancer.id, None),
        Err(_) => (Uuid::nil().into(), missing("load balancer", text)),
    })
}

fn pool(at: &At<'_>, balancer: Option<&Arc<LoadBalancer>>) -> Option<Found<PoolId>> {
    let text = reference::text(at)?;
    let is_meant =
        |pool: &&Arc<Pool>| pool.settings.name.as_str() == text || pool.id.to_string() == text;
    let found = balancer.and_then(|balancer| balancer.pools.iter().find(is_meant));
    Some(match found {
        Some(pool) => (pool.id, None),
        None => (Uuid::nil().into(), missing("pool", text)),
    })
}

fn missing(what: &'static str, text: &str) -> Option<AttachmentFault> {
    let reference = text.chars().take(80).collect();
    Some(AttachmentFault::NotFound { what, reference })
}

fn force(fields: &Fields<'_>) -> PresentInstances {
    let mut force = false;
    fields.set_or("force", &mut force, false, |at| at.boolean());
    if force { PresentInstances::Follow } else { PresentInstances::Stay }
}
