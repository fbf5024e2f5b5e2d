//! `/v1/events`: what changes, as server-sent events. A stream keeps little: the World that it last spoke of, and what
//! it last said of each load balancer. Who falls behind gets a `reset` and reads anew.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use elbow_model::load_balancer::LoadBalancer;
use elbow_model::observed::Observed;
use elbow_model::rights::Asker;
use elbow_model::status;
use elbow_model::value::{LoadBalancerId, Name, Revision, ScalingGroupId};
use elbow_model::world::{Key, World};
use elbow_store::ledger::{Commit, Ledger, News};
use futures_util::stream;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, broadcast};
use utoipa::ToSchema;

use super::errors::Refusal;
use super::shape::scaling::activity::ResultWord;
use super::shape::scaling::words::{GroupStatus, InstanceStatus};
use super::shape::words::{Health, Status};
use crate::authentication::Caller;
use crate::closing::Closing;
use crate::problem::Problem;
use crate::query::Parameters;
use crate::state::ApiState;

/// Time between two comments on a stream where nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// The most load balancers of which a stream remembers what it said.
const MAX_REMEMBERED: usize = 16_384;

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Happening {
    resource: Resource,
    /// The revision that the resource is at; of the deployment if it was deleted.
    revision: u64,
    /// Of load balancers, scaling groups and instances; of an activity its result.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<StatusWord>,
    /// Of load balancers.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<Health>,
    activity: Activity,
}

/// How something is, by what it is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum StatusWord {
    LoadBalancer(Status),
    ScalingGroup(GroupStatus),
    Instance(InstanceStatus),
    Activity(ResultWord),
}

/// What something happened to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Resource {
    #[serde(rename = "type")]
    kind: ResourceType,
    id: String,
    name: String,
}

/// What something can happen to.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum ResourceType {
    LoadBalancer,
    Certificate,
    ScalingGroup,
    /// Named by its group.
    Instance,
    /// Of a scaling group, and named by it.
    Activity,
    Network,
    Project,
    User,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Activity {
    Created,
    Edited,
    Deleted,
    /// Status or health is different.
    Observed,
}

/// What a stream says when it cannot say what happened.
#[derive(Serialize)]
struct Reset {
    reason: &'static str,
    revision: u64,
}

/// `GET /v1/events`.
pub(super) async fn watch(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let permit = Arc::clone(&state.event_streams).try_acquire_owned().map_err(|_| {
        let detail = "too many event streams are open; close one";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "THROTTLED", detail).retry_after(5)
    })?;
    let news = state.ledger.watch();
    let world = state.ledger.world();
    let mut watcher = Watcher {
        ledger: state.ledger.clone(),
        news,
        asker: caller.asker(),
        said: HashMap::new(),
        waiting: VecDeque::new(),
        world,
        closing: state.closing(),
        _permit: permit,
    };
    // Who comes back with the present revision has missed nothing.
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    if seen.is_none_or(|seen: u64| Revision(seen) != watcher.world.revision()) {
        watcher.reset("start: read what you need, then follow");
    }
    let events = stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok::<_, Infallible>(event), watcher))
    });
    let stream =
        Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("heartbeat"));
    Ok(stream.into_response())
}

/// One stream.
struct Watcher {
    ledger: Ledger,
    news: broadcast::Receiver<News>,
    /// Who watches: only what he sees is spoken of.
    asker: Asker,
    /// What it last said of each load balancer.
    said: HashMap<LoadBalancerId, (Status, Health)>,
    /// Events of one Change that wait to be sent: as many as it touched records.
    waiting: VecDeque<Event>,
    /// The World that it last spoke of; what is deleted is in here still.
    world: Arc<World>,
    closing: Closing,
    _permit: OwnedSemaphorePermit,
}

impl Watcher {
    /// The next event; none when the server stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            let news = tokio::select! {
                () = self.closing.begun() => return None,
                news = self.news.recv() => news,
            };
            // Who is not in the project any more learns nothing more of it.
            let now = self.ledger.world().asker(self.asker.user, self.asker.project)?;
            // An API key may be for less than its user.
            self.asker = Asker { role: now.role.min(self.asker.role), ..now };
            match news {
                Ok(News::Committed(commit)) => self.handle_commit(&commit),
                Ok(News::Observed(balancers)) if balancers.is_empty() => {
                    self.said.clear();
                    self.reset("what is observed changed as a whole");
                }
                Ok(News::Observed(balancers)) => self.handle_observed(&balancers),
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.said.clear();
                    self.world = self.ledger.world();
                    self.reset("this stream fell behind");
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    fn handle_commit(&mut self, commit: &Commit) {
        let observed = self.ledger.observed();
        for key in &commit.touched {
            if let Some(happening) = self.happening(key, commit, &observed) {
                self.say("change", commit.revision, &happening);
            }
        }
        self.world = Arc::clone(&commit.world);
    }

    fn handle_observed(&mut self, balancers: &[LoadBalancerId]) {
        let (world, observed) = (self.ledger.world(), self.ledger.observed());
        for id in balancers {
            let Some(balancer) = world.load_balancer(*id).filter(|b| self.asker.finds(&***b))
            else {
                continue;
            };
            let (status, health) = views(balancer, &observed);
            if self.remember(*id, status, health) {
                let happening = Happening {
                    resource: Resource::new(
                        ResourceType::LoadBalancer,
                        id,
                        &balancer.settings.name,
                    ),
                    revision: balancer.revision.0,
                    status: Some(StatusWord::LoadBalancer(status)),
                    health: Some(health),
                    activity: Activity::Observed,
                };
                self.say("observed", world.revision(), &happening);
            }
        }
    }

    /// What a Change did to a record, if it concerns this stream's project.
    fn happening(&mut self, key: &Key, commit: &Commit, observed: &Observed) -> Option<Happening> {
        let (old, new, asker) = (Arc::clone(&self.world), &commit.world, self.asker);
        match key {
            Key::LoadBalancer(id) => self.of_load_balancer(*id, &old, commit, observed),
            Key::Certificate(id) => {
                let find = |world: &World| {
                    let found = world.certificate(*id).filter(|c| asker.finds(&***c))?;
                    Some((found.settings.name.clone(), found.revision))
                };
                plain(ResourceType::Certificate, id, find(&old), find(new), commit)
            }
            Key::Network(id) => {
                let find = |world: &World| {
                    let network = world.network(*id).filter(|n| asker.finds(&***n))?;
                    Some((network.settings.name.clone(), network.revision))
                };
                plain(ResourceType::Network, id, find(&old), find(new), commit)
            }
            Key::Project(id) => {
                let find = |world: &World| {
                    let project = world.project(*id).filter(|_| asker.sees_project(*id))?;
                    Some((project.name.clone(), project.revision))
                };
                plain(ResourceType::Project, id, find(&old), find(new), commit)
            }
            Key::User(id) => {
                let find = |world: &World| {
                    let user = world.user(*id).filter(|user| asker.sees_user(user))?;
                    Some((user.name.clone(), user.revision))
                };
                plain(ResourceType::User, id, find(&old), find(new), commit)
            }
            Key::ScalingGroup(id) => {
                let find = |world: &World| {
                    let group = world.scaling_group(*id)?;
                    Some((group_name(world, asker, *id)?, group.revision))
                };
                let happened =
                    plain(ResourceType::ScalingGroup, id, find(&old), find(new), commit)?;
                let status = new.scaling_group(*id).map(|group| group.status.into());
                Some(happened.with(status.map(StatusWord::ScalingGroup)))
            }
            Key::Instance(id) => {
                let find = |world: &World| {
                    let found = world.instance(*id)?;
                    Some((group_name(world, asker, found.group)?, found.revision))
                };
                let happened = plain(ResourceType::Instance, id, find(&old), find(new), commit)?;
                let status = new.instance(*id).map(|instance| instance.status().into());
                Some(happened.with(status.map(StatusWord::Instance)))
            }
            Key::Activity(id) => {
                let find = |world: &World| {
                    let activity = world.activity(*id)?;
                    Some((group_name(world, asker, activity.group)?, activity.revision))
                };
                let happened = plain(ResourceType::Activity, id, find(&old), find(new), commit)?;
                let result = new.activity(*id).map(|activity| (&activity.result).into());
                Some(happened.with(result.map(StatusWord::Activity)))
            }
            // What the World remembers for itself.
            Key::Numbers
            | Key::VipCursor(_)
            | Key::HeldVip(_)
            | Key::Request(_)
            | Key::EndedSession(_)
            | Key::ApiKey(_)
            | Key::Identity(_) => None,
        }
    }

    fn of_load_balancer(
        &mut self,
        id: LoadBalancerId,
        old: &World,
        commit: &Commit,
        observed: &Observed,
    ) -> Option<Happening> {
        let (before, after) = (old.load_balancer(id), commit.world.load_balancer(id));
        // One that was handed over is gone for who no longer sees it.
        let asker = self.asker;
        let seen = |balancer: &&Arc<LoadBalancer>| asker.finds(&***balancer);
        let (before, after) = (before.filter(seen), after.filter(seen));
        let balancer = after.or(before)?;
        let views = after.map(|after| views(after, observed));
        match views {
            Some((status, health)) => {
                self.remember(id, status, health);
            }
            None => {
                self.said.remove(&id);
            }
        }
        Some(Happening {
            resource: Resource::new(ResourceType::LoadBalancer, &id, &balancer.settings.name),
            revision: after.map_or(commit.revision, |after| after.revision).0,
            status: views.map(|(status, _)| StatusWord::LoadBalancer(status)),
            health: views.map(|(_, health)| health),
            activity: activity(before.is_some(), after.is_some()),
        })
    }

    /// Notes what is said of a load balancer; whether it is news.
    fn remember(&mut self, id: LoadBalancerId, status: Status, health: Health) -> bool {
        if self.said.len() >= MAX_REMEMBERED && !self.said.contains_key(&id) {
            self.said.clear();
        }
        self.said.insert(id, (status, health)) != Some((status, health))
    }

    fn reset(&mut self, reason: &'static str) {
        let revision = self.world.revision();
        self.say("reset", revision, &Reset { reason, revision: revision.0 });
    }

    fn say(&mut self, name: &str, revision: Revision, data: &impl Serialize) {
        match Event::default().event(name).id(revision.to_string()).json_data(data) {
            Ok(event) => self.waiting.push_back(event),
            Err(reason) => tracing::error!(%reason, "an event was not sent"),
        }
    }
}

impl Happening {
    fn with(self, status: Option<StatusWord>) -> Self {
        Self { status, ..self }
    }
}

impl Resource {
    fn new(kind: ResourceType, id: &(impl ToString + ?Sized), name: &Name) -> Self {
        Self { kind, id: id.to_string(), name: name.to_string() }
    }
}

/// A scaling group's name, for who sees the group.
fn group_name(world: &World, asker: Asker, id: ScalingGroupId) -> Option<Name> {
    let group = world.scaling_group(id).filter(|group| asker.finds(&***group))?;
    Some(group.settings.name.clone())
}

/// What happened to something that has no status.
fn plain(
    kind: ResourceType,
    id: &impl ToString,
    before: Option<(Name, Revision)>,
    after: Option<(Name, Revision)>,
    commit: &Commit,
) -> Option<Happening> {
    let activity = activity(before.is_some(), after.is_some());
    let revision = after.as_ref().map_or(commit.revision, |(_, revision)| *revision).0;
    let (name, _) = after.or(before)?;
    let resource = Resource::new(kind, id, &name);
    Some(Happening { resource, revision, status: None, health: None, activity })
}

fn views(balancer: &LoadBalancer, observed: &Observed) -> (Status, Health) {
    let status = (&status::of_load_balancer(balancer, observed)).into();
    (status, status::health_of_load_balancer(balancer, observed).into())
}

fn activity(was_there: bool, is_there: bool) -> Activity {
    match (was_there, is_there) {
        (_, false) => Activity::Deleted,
        (false, true) => Activity::Created,
        (true, true) => Activity::Edited,
    }
}
