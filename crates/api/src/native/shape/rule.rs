//! Rules as the native dialect shows them.

use elbow_model::listener::Listener;
use elbow_model::load_balancer::LoadBalancer;
use elbow_model::rule::{self as model, RuleAction, RuleSettings};
use serde::Serialize;
use utoipa::ToSchema;

use super::Reference;
use super::words::Scheme;

/// What a listener does with requests that match.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Rule {
    #[schema(read_only)]
    id: String,
    /// Unique in the listener.
    name: Option<String>,
    /// 1 to 50000, unique in the listener; the lowest that matches wins.
    priority: u32,
    /// Whether it is looked at.
    #[schema(required = false, default = true)]
    enabled: bool,
    #[serde(rename = "match")]
    condition: Match,
    action: Action,
    /// Left out inside a listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(read_only)]
    listener: Option<Reference>,
    /// Left out inside a load balancer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(read_only)]
    load_balancer: Option<Reference>,
    #[schema(read_only)]
    revision: u64,
    #[schema(read_only)]
    created_at: String,
    #[schema(read_only)]
    updated_at: String,
}

/// When a rule applies: all that is given must hold, and at least one is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Match {
    /// `api.example.com` or `*.example.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    /// `/exact`, `/prefix/*`, or a pattern with `*` elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<FieldMatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<FieldMatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookie: Option<FieldMatch>,
    /// A range that the client's address is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// `api.example.com` or `*.example.com`, as TLS clients ask for; on TCP listeners alone, and nothing else there.
    #[serde(skip_serializing_if = "Option::is_none")]
    server_name: Option<String>,
}

/// A named value that must be there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct FieldMatch {
    name: String,
    value: String,
}

/// What a rule does: exactly one of the three.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Action {
    /// To one of these pools, by weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    forward: Option<Vec<ForwardTarget>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<Redirect>,
    #[serde(skip_serializing_if = "Option::is_none")]
    respond: Option<Respond>,
}

/// One of the pools of a forward.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct ForwardTarget {
    pool: Reference,
    /// Its share: 0 to 256.
    #[schema(required = false, default = 1)]
    weight: u16,
}

/// Where a redirect leads; what is not given stays as in the request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Redirect {
    /// 301, 302, 303, 307 or 308.
    #[schema(required = false, default = 302)]
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<Scheme>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

/// A fixed answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::native) struct Respond {
    /// 200 to 599.
    status: u32,
    #[schema(required = false, default = "text/plain; charset=utf-8")]
    content_type: String,
    /// At most 16 KiB.
    #[schema(required = false)]
    body: String,
}

impl Rule {
    /// As part of its listener.
    pub(in crate::native) fn inside(rule: &model::Rule, balancer: &LoadBalancer) -> Self {
        let model::Rule { id, created_at, updated_at, revision, settings } = rule;
        let RuleSettings { name, priority, enabled, condition, action } = settings;
        Self {
            id: id.to_string(),
            name: name.as_ref().map(ToString::to_string),
            priority: priority.get(),
            enabled: *enabled,
            condition: Match::from(condition),
            action: Action::new(action, balancer),
            listener: None,
            load_balancer: None,
            revision: revision.0,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }

    /// By itself.
    pub(in crate::native) fn alone(
        rule: &model::Rule,
        listener: &Listener,
        balancer: &LoadBalancer,
    ) -> Self {
        Self {
            listener: Some(Reference::new(listener.id, &listener.settings.name)),
            load_balancer: Some(Reference::to_load_balancer(balancer)),
            ..Self::inside(rule, balancer)
        }
    }
}

impl From<&model::Condition> for Match {
    fn from(condition: &model::Condition) -> Self {
        let model::Condition { host, path, method, header, query, cookie, source, server_name } =
            condition;
        Self {
            host: host.as_ref().map(ToString::to_string),
            path: path.as_ref().map(ToString::to_string),
            method: method.as_ref().map(ToString::to_string),
            header: header.as_ref().map(FieldMatch::from),
            query: query.as_ref().map(FieldMatch::from),
            cookie: cookie.as_ref().map(FieldMatch::from),
            source: source.map(|source| source.to_string()),
            server_name: server_name.as_ref().map(ToString::to_string),
        }
    }
}

impl<N: ToString> From<&model::FieldMatch<N>> for FieldMatch {
    fn from(field: &model::FieldMatch<N>) -> Self {
        let model::FieldMatch { name, value } = field;
        Self { name: name.to_string(), value: value.to_string() }
    }
}

impl Action {
    fn new(action: &RuleAction, balancer: &LoadBalancer) -> Self {
        let none = Self { forward: None, redirect: None, respond: None };
        match action {
            RuleAction::Forward(targets) => {
                let targets =
                    targets.iter().filter_map(|target| ForwardTarget::new(target, balancer));
                Self { forward: Some(targets.collect()), ..none }
            }
            RuleAction::Redirect(redirect) => {
                Self { redirect: Some(Redirect::from(redirect)), ..none }
            }
            RuleAction::Respond(respond) => Self { respond: Some(Respond::from(respond)), ..none },
        }
    }
}

impl ForwardTarget {
    /// None never happens: the model has no reference that leads nowhere.
    fn new(target: &model::ForwardTarget, balancer: &LoadBalancer) -> Option<Self> {
        let model::ForwardTarget { pool, weight } = target;
        let pool = balancer.pool(*pool)?;
        Some(Self { pool: Reference::new(pool.id, &pool.settings.name), weight: weight.get() })
    }
}

impl From<&model::Redirect> for Redirect {
    fn from(redirect: &model::Redirect) -> Self {
        let model::Redirect { status, scheme, host, port, path } = redirect;
        Self {
            status: status.get(),
            scheme: scheme.map(Scheme::from),
            host: host.as_ref().map(ToString::to_string),
            port: port.map(|port| port.get()),
            path: path.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&model::Respond> for Respond {
    fn from(respond: &model::Respond) -> Self {
        let model::Respond { status, content_type, body } = respond;
        Self {
            status: status.get(),
            content_type: content_type.to_string(),
            body: body.as_str().to_owned(),
        }
    }
}
