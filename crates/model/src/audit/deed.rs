//! What an edit did, to what, in whose project: one exhaustive match. Names are those before, or of what is new, after.

use uuid::Uuid;

use super::{Deed, DeedAction as A};
use crate::change::Edit;
use crate::change::scaling::{InstanceStep, ScalingEdit as S};
use crate::rejection::ResourceKind as K;
use crate::value::{
    ApiKeyId, Id, InstanceId, ListenerId, MemberId, PoolId, ProjectId, RuleId, ScalingGroupId,
    UserId,
};
use crate::world::World;

/// The World before and after.
#[derive(Clone, Copy)]
struct Worlds<'a>(&'a World, &'a World);

/// What is found of a thing: whose matter it is, and what it is called.
type Found = (Option<ProjectId>, Option<String>);

pub(super) fn of(edit: &Edit, before: &World, after: &World) -> (Option<ProjectId>, Deed) {
    let worlds = Worlds(before, after);
    match edit {
        Edit::CreateLoadBalancer(new) => {
            let name = Some(new.settings.name.to_string());
            made(A::Create, K::LoadBalancer, new.id, (Some(new.project), name))
        }
        Edit::EditLoadBalancer { id, settings: _ } => {
            made(A::Edit, K::LoadBalancer, *id, worlds.balancer(|w| w.load_balancer(*id)))
        }
        Edit::DeleteLoadBalancer { id } => {
            made(A::Delete, K::LoadBalancer, *id, worlds.balancer(|w| w.load_balancer(*id)))
        }
        Edit::AddListener { load_balancer: _, listener } => worlds.listener(A::Create, listener.id),
        Edit::EditListener { id, settings: _ } => worlds.listener(A::Edit, *id),
        Edit::DeleteListener { id } => worlds.listener(A::Delete, *id),
        Edit::AddRule { listener: _, rule } => worlds.rule(A::Create, rule.id),
        Edit::EditRule { id, settings: _ } => worlds.rule(A::Edit, *id),
        Edit::DeleteRule { id } => worlds.rule(A::Delete, *id),
        Edit::AddPool { load_balancer: _, pool } => worlds.pool(A::Create, pool.id),
        Edit::EditPool { id, settings: _ } => worlds.pool(A::Edit, *id),
        Edit::ReplaceMembers { pool, members: _ } => worlds.pool(A::Edit, *pool),
        Edit::DeletePool { id } => worlds.pool(A::Delete, *id),
        Edit::AddMembers { pool, members } => match members.first() {
            Some(member) => worlds.member(A::Create, member.id),
            None => worlds.pool(A::Edit, *pool),
        },
        Edit::EditMember { id, settings: _ } => worlds.member(A::Edit, *id),
        Edit::DeleteMember { id } => worlds.member(A::Delete, *id),
        Edit::CreateCertificate(new) => worlds.certificate(A::Create, new.id),
        Edit::EditCertificate { id, settings: _ } => worlds.certificate(A::Edit, *id),
        Edit::DeleteCertificate { id } => worlds.certificate(A::Delete, *id),
        Edit::ResealKeys { .. } => all_keys(),
        Edit::CreateNetwork(new) => worlds.network(A::Create, new.id),
        Edit::EditNetwork { id, settings: _ } => worlds.network(A::Edit, *id),
        Edit::DeleteNetwork { id } => worlds.network(A::Delete, *id),
        Edit::Scaling(edit) => scaling(edit, worlds),
        Edit::CreateProject(new) => worlds.project(A::Create, new.id),
        Edit::EditProject { id, settings: _ } => worlds.project(A::Edit, *id),
        Edit::DeleteProject { id, contents: _ } => worlds.project(A::Delete, *id),
        Edit::CreateUser(new) => {
            // The matter of the project that it is for, if it is for one.
            let mut projects = new.memberships.keys().copied();
            let project = projects.next().filter(|_| projects.next().is_none());
            worlds.user(A::Create, new.id, project)
        }
        Edit::EditUser { id, settings: _ } => worlds.user(A::Edit, *id, None),
        Edit::DeleteUser { id, belongings: _ } => worlds.user(A::Delete, *id, None),
        Edit::Grant { user, project, role: _ } => worlds.user(A::Grant, *user, Some(*project)),
        Edit::Revoke { user, project, belongings: _ } => {
            worlds.user(A::Revoke, *user, Some(*project))
        }
        Edit::SetPassword { id, password: _ } => worlds.user(A::SetPassword, *id, None),
        Edit::CreateApiKey(new) => worlds.api_key(A::Create, new.id),
        Edit::DeleteApiKey { id } => worlds.api_key(A::Delete, *id),
        Edit::LinkIdentity(new) => {
            made(A::Create, K::Identity, new.id, (None, Some(new.subject.clone())))
        }
        Edit::UnlinkIdentity { id } => {
            let subject = before.identity(*id).map(|found| found.subject.clone());
            made(A::Delete, K::Identity, *id, (None, subject))
        }
        Edit::EndSession(ended) => worlds.user(A::LogOut, ended.user, None),
        Edit::EndSessions { user } => worlds.user(A::LogOut, *user, None),
    }
}

fn scaling(edit: &S, worlds: Worlds<'_>) -> (Option<ProjectId>, Deed) {
    match edit {
        S::CreateGroup(new) => worlds.group(A::Create, new.id),
        S::EditGroup { id, settings: _ } | S::SetTemplate { group: id, template: _ } => {
            worlds.group(A::Edit, *id)
        }
        S::DeleteGroup { id, instances: _ } => worlds.group(A::Delete, *id),
        S::Enable { id } => worlds.group(A::Enable, *id),
        S::Disable { id } => worlds.group(A::Disable, *id),
        S::Suspend { id, processes: _ } => worlds.group(A::Suspend, *id),
        S::Resume { id, processes: _ } => worlds.group(A::Resume, *id),
        S::SetDesired(set) => worlds.group(A::Scale, set.group),
        S::Attach { group, attachments: _, present: _, seen: _ } => worlds.group(A::Attach, *group),
        S::Detach { group, attachments: _, present: _ } => worlds.group(A::Detach, *group),
        S::AddPolicy { group, id, settings } => {
            worlds.child(A::Create, K::Policy, id.uuid(), &settings.name, Some(*group))
        }
        S::EditPolicy { id, settings } => {
            worlds.child(A::Edit, K::Policy, id.uuid(), &settings.name, worlds.of_policy(*id))
        }
        S::DeletePolicy { id } => {
            worlds.child(A::Delete, K::Policy, id.uuid(), "policy", worlds.of_policy(*id))
        }
        S::ExecutePolicy { id, value: _, guarding: _, activity: _ } => {
            worlds.child(A::Scale, K::Policy, id.uuid(), "policy", worlds.of_policy(*id))
        }
        S::AddSchedule { group, id, settings } => {
            worlds.child(A::Create, K::Schedule, id.uuid(), &settings.name, Some(*group))
        }
        S::EditSchedule { id, settings } => {
            worlds.child(A::Edit, K::Schedule, id.uuid(), &settings.name, worlds.of_schedule(*id))
        }
        S::DeleteSchedule { id } => {
            worlds.child(A::Delete, K::Schedule, id.uuid(), "schedule", worlds.of_schedule(*id))
        }
        S::RunSchedule { id, due: _, activity: _ } | S::MissSchedule { id, until: _ } => {
            worlds.child(A::Step, K::Schedule, id.uuid(), "schedule", worlds.of_schedule(*id))
        }
        S::AddHook { group, id, settings } => {
            worlds.child(A::Create, K::LifecycleHook, id.uuid(), &settings.name, Some(*group))
        }
        S::EditHook { id, settings } => {
            worlds.child(A::Edit, K::LifecycleHook, id.uuid(), &settings.name, worlds.of_hook(*id))
        }
        S::DeleteHook { id } => {
            worlds.child(A::Delete, K::LifecycleHook, id.uuid(), "hook", worlds.of_hook(*id))
        }
        S::AttachInstance(new) => worlds.instance(A::Attach, new.id),
        S::RemoveInstance { id, capacity: _, cause: _ } => worlds.instance(A::Delete, *id),
        S::Protect { id, protected: _ } => worlds.instance(A::Protect, *id),
        S::EnterStandby { id } | S::ExitStandby { id } => worlds.instance(A::Standby, *id),
        S::CompleteHook { instance, token: _, result: _ } | S::Heartbeat { instance, token: _ } => {
            worlds.instance(A::CompleteHook, *instance)
        }
        S::Launch { group, instances: _ } => worlds.group(A::Launch, *group),
        S::Step { instance, step: InstanceStep::Gone } => worlds.instance(A::Delete, *instance),
        S::Step { instance, step: _ } => worlds.instance(A::Step, *instance),
        S::SetBreaker { group, breaker: _ } => worlds.group(A::Step, *group),
        S::RecordActivity(new) => worlds.group(A::Record, new.group),
        S::EndActivity { id, result: _, text: _ } => {
            let group = worlds.find(|world| world.activity(*id).map(|activity| activity.group));
            let (project, name) = worlds.of_group(group);
            made(A::Record, K::Activity, *id, (project, name))
        }
    }
}

/// All private keys at once.
fn all_keys() -> (Option<ProjectId>, Deed) {
    let deed = Deed {
        action: A::Edit,
        kind: K::Certificate,
        id: Uuid::nil(),
        name: Some("all keys sealed again".to_owned()),
        owner: None,
    };
    (None, deed)
}

fn made(action: A, kind: K, id: impl Id, (project, name): Found) -> (Option<ProjectId>, Deed) {
    (project, Deed { action, kind, id: id.uuid(), name, owner: None })
}

impl<'a> Worlds<'a> {
    /// What there was before, or is after.
    fn find<T>(self, look: impl Fn(&'a World) -> Option<T>) -> Option<T> {
        look(self.0).or_else(|| look(self.1))
    }

    fn api_key(self, action: A, id: ApiKeyId) -> (Option<ProjectId>, Deed) {
        let found = self.find(|world| world.api_key(id));
        let found = found.map(|key| (Some(key.project), Some(key.name.to_string())));
        made(action, K::ApiKey, id, found.unwrap_or_default())
    }

    fn balancer(
        self,
        look: impl Fn(&'a World) -> Option<&'a std::sync::Arc<crate::load_balancer::LoadBalancer>>,
    ) -> Found {
        match self.find(look) {
            Some(balancer) => (Some(balancer.project), Some(balancer.settings.name.to_string())),
            None => (None, None),
        }
    }

    /// What is in a load balancer, called `web/http-80`.
    fn inside(
        self,
        action: A,
        kind: K,
        id: impl Id,
        look: impl Fn(&'a World) -> Option<(ProjectId, String)>,
    ) -> (Option<ProjectId>, Deed) {
        made(action, kind, id, self.find(look).unzip())
    }

    fn listener(self, action: A, id: ListenerId) -> (Option<ProjectId>, Deed) {
        self.inside(action, K::Listener, id, |world| {
            let balancer = world.of_listener(id)?;
            let listener = &balancer.listener(id)?.settings.name;
            Some((balancer.project, format!("{}/{listener}", balancer.settings.name)))
        })
    }

    fn rule(self, action: A, id: RuleId) -> (Option<ProjectId>, Deed) {
        self.inside(action, K::Rule, id, |world| {
            let balancer = world.of_rule(id)?;
            let has = |listener: &&std::sync::Arc<crate::listener::Listener>| {
                listener.rules.iter().any(|rule| rule.id == id)
            };
            let listener = &balancer.listeners.iter().find(has)?.settings.name;
            Some((balancer.project, format!("{}/{listener}", balancer.settings.name)))
        })
    }

    fn pool(self, action: A, id: PoolId) -> (Option<ProjectId>, Deed) {
        self.inside(action, K::Pool, id, |world| {
            let balancer = world.of_pool(id)?;
            let pool = &balancer.pool(id)?.settings.name;
            Some((balancer.project, format!("{}/{pool}", balancer.settings.name)))
        })
    }

    fn member(self, action: A, id: MemberId) -> (Option<ProjectId>, Deed) {
        self.inside(action, K::Member, id, |world| {
            let balancer = world.of_member(id)?;
            let pool = balancer.pool_of(id)?;
            let member = &pool.member(id)?.settings;
            let target = match member.port {
                Some(port) => {
                    std::net::SocketAddr::new(member.address.get(), port.get()).to_string()
                }
                None => member.address.get().to_string(),
            };
            let (balancer, name) = (balancer.project, &balancer.settings.name);
            Some((balancer, format!("{name}/{}/{target}", pool.settings.name)))
        })
    }

    fn certificate(self, action: A, id: crate::value::CertificateId) -> (Option<ProjectId>, Deed) {
        let found = self.find(|world| world.certificate(id));
        let place = (found.map(|c| c.project), found.map(|c| c.settings.name.to_string()));
        let (project, deed) = made(action, K::Certificate, id, place);
        (project, Deed { owner: found.map(|certificate| certificate.owner), ..deed })
    }

    fn network(self, action: A, id: crate::value::NetworkId) -> (Option<ProjectId>, Deed) {
        let found = self.find(|world| world.network(id));
        let name = found.map(|network| network.settings.name.to_string());
        made(action, K::Network, id, (found.and_then(|network| network.project), name))
    }

    fn project(self, action: A, id: ProjectId) -> (Option<ProjectId>, Deed) {
        let found = self.find(|world| world.project(id));
        made(action, K::Project, id, (Some(id), found.map(|project| project.name.to_string())))
    }

    fn user(self, action: A, id: UserId, project: Option<ProjectId>) -> (Option<ProjectId>, Deed) {
        let found = self.find(|world| world.user(id));
        made(action, K::User, id, (project, found.map(|user| user.name.to_string())))
    }

    fn of_group(self, group: Option<ScalingGroupId>) -> Found {
        match group.and_then(|id| self.find(|world| world.scaling_group(id))) {
            Some(group) => (Some(group.project), Some(group.settings.name.to_string())),
            None => (None, None),
        }
    }

    fn group(self, action: A, id: ScalingGroupId) -> (Option<ProjectId>, Deed) {
        made(action, K::ScalingGroup, id, self.of_group(Some(id)))
    }

    fn instance(self, action: A, id: InstanceId) -> (Option<ProjectId>, Deed) {
        let group = self.find(|world| world.instance(id).map(|instance| instance.group));
        made(action, K::Instance, id, self.of_group(group))
    }

    fn of_policy(self, id: crate::value::PolicyId) -> Option<ScalingGroupId> {
        self.find(|world| world.of_policy(id).map(|group| group.id))
    }

    fn of_schedule(self, id: crate::value::ScheduleId) -> Option<ScalingGroupId> {
        self.find(|world| world.of_schedule(id).map(|group| group.id))
    }

    fn of_hook(self, id: crate::value::HookId) -> Option<ScalingGroupId> {
        self.find(|world| world.of_hook(id).map(|group| group.id))
    }

    /// What is in a scaling group, called `workers/requests`.
    fn child(
        self,
        action: A,
        kind: K,
        id: Uuid,
        name: impl std::fmt::Display,
        group: Option<ScalingGroupId>,
    ) -> (Option<ProjectId>, Deed) {
        let (project, group) = self.of_group(group);
        let name = group.map(|group| format!("{group}/{name}"));
        (project, Deed { action, kind, id, name, owner: None })
    }
}
