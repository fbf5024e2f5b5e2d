//! Rules about listeners' rules.

use std::sync::Arc;

use super::draft::{Draft, not_found, within};
use super::{invalid, listener, pool};
use crate::change::NewRule;
use crate::listener::{Listener, Protocol};
use crate::load_balancer::LoadBalancer;
use crate::rejection::{Rejection, ResourceKind};
use crate::rule::{Condition, ForwardTarget, Redirect, Rule, RuleAction, RuleSettings};
use crate::value::{ListenerId, RuleId, Weight};

/// What the quota of rules is about.
pub(super) const QUOTA: &str = "rules in one listener";

pub(super) fn add(draft: &mut Draft, id: ListenerId, new: &NewRule) -> Result<(), Rejection> {
    let mut balancer = draft.balancer_of_listener(id)?;
    let limit = draft.quota(balancer.project).rules_per_listener;
    let mut listener = take(&balancer, |listener| listener.id == id)
        .ok_or_else(|| not_found(ResourceKind::Listener, id))?;
    within(listener.rules.len().saturating_add(1), limit, QUOTA)?;
    insert(draft, &balancer, &mut listener, new, "")?;
    put(draft, &mut balancer, listener);
    check_total(&balancer)?;
    pool::check_bytes(&balancer, |_| "action.forward".to_owned())?;
    draft.put(balancer);
    Ok(())
}

pub(super) fn edit(
    draft: &mut Draft,
    id: RuleId,
    settings: &RuleSettings,
) -> Result<(), Rejection> {
    let mut balancer = draft.balancer_of_rule(id)?;
    let missing = || not_found(ResourceKind::Rule, id);
    let mut listener = take(&balancer, |listener| has(listener, id)).ok_or_else(missing)?;
    let place = listener.rules.iter().position(|rule| rule.id == id).ok_or_else(missing)?;
    let mut rule = Rule::clone(&listener.rules.remove(place));
    check(&balancer, &listener, settings, "")?;
    rule.settings = settings.clone();
    rule.revision = draft.stamp.revision;
    rule.updated_at = draft.stamp.at;
    insert_sorted(&mut listener, rule);
    put(draft, &mut balancer, listener);
    check_total(&balancer)?;
    pool::check_bytes(&balancer, |_| "action.forward".to_owned())?;
    draft.put(balancer);
    Ok(())
}

pub(super) fn delete(draft: &mut Draft, id: RuleId) -> Result<(), Rejection> {
    let mut balancer = draft.balancer_of_rule(id)?;
    let mut listener = take(&balancer, |listener| has(listener, id))
        .ok_or_else(|| not_found(ResourceKind::Rule, id))?;
    listener.rules.retain(|rule| rule.id != id);
    put(draft, &mut balancer, listener);
    draft.put(balancer);
    Ok(())
}

/// Adds a rule to a listener in the making.
pub(super) fn insert(
    draft: &mut Draft,
    balancer: &LoadBalancer,
    listener: &mut Listener,
    new: &NewRule,
    place: &str,
) -> Result<(), Rejection> {
    let NewRule { id, settings } = new;
    draft.claim(ResourceKind::Rule, *id, place)?;
    check(balancer, listener, settings, place)?;
    let rule = Rule {
        id: *id,
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        settings: settings.clone(),
    };
    insert_sorted(listener, rule);
    Ok(())
}

/// The rules about one rule beside those that `listener` has already.
fn check(
    balancer: &LoadBalancer,
    listener: &Listener,
    settings: &RuleSettings,
    place: &str,
) -> Result<(), Rejection> {
    let listener_name = &listener.settings.name;
    if listener.rules.binary_search_by_key(&settings.priority, |r| r.settings.priority).is_ok() {
        return Err(Rejection::PriorityTaken {
            field: format!("{place}priority"),
            priority: settings.priority.get(),
            listener: listener_name.clone(),
        });
    }
    let is_taken =
        |name| listener.rules.iter().any(|rule| rule.settings.name.as_ref() == Some(name));
    if let Some(name) = settings.name.as_ref().filter(|name| is_taken(name)) {
        return Err(Rejection::NameTaken {
            field: format!("{place}name"),
            kind: ResourceKind::Rule,
            name: name.clone(),
        });
    }
    check_condition(listener, &settings.condition, place)?;
    match &settings.action {
        RuleAction::Redirect(_) | RuleAction::Respond(_)
            if listener.settings.protocol == Protocol::Tcp =>
        {
            let reason = format!(
                "listener `{listener_name}` speaks TCP and has no requests to answer; its rules can only `forward`"
            );
            Err(invalid(format!("{place}action"), reason))
        }
        RuleAction::Forward(targets) => check_forward(balancer, targets, place),
        RuleAction::Redirect(redirect) => check_redirect(redirect, place),
        RuleAction::Respond(_) => Ok(()),
    }
}

/// A rule asks for something, and only for what its listener can see.
fn check_condition(
    listener: &Listener,
    condition: &Condition,
    place: &str,
) -> Result<(), Rejection> {
    let (name, protocol) = (&listener.settings.name, listener.settings.protocol);
    let wrong = |field: &str, reason: String| Err(invalid(format!("{place}{field}"), reason));
    let Some(pattern) = &condition.server_name else {
        return match protocol {
            Protocol::Tcp => wrong(
                "match",
                format!(
                    "listener `{name}` speaks TCP; its rules need a `server_name`, which TLS clients send in clear"
                ),
            ),
            Protocol::Http | Protocol::Https if condition.is_empty() => wrong(
                "match",
                "a rule needs at least one condition; `{\"path\": \"/*\"}` matches every request"
                    .to_owned(),
            ),
            Protocol::Http | Protocol::Https => Ok(()),
        };
    };
    let rest = Condition { server_name: None, ..condition.clone() };
    match protocol {
        Protocol::Http | Protocol::Https => wrong(
            "match.server_name",
            format!(
                "listener `{name}` speaks {protocol} and looks into requests; match `host` instead"
            ),
        ),
        Protocol::Tcp if !rest.is_empty() => wrong(
            "match",
            format!(
                "listener `{name}` speaks TCP and sees no more than the server name; match `server_name` alone"
            ),
        ),
        Protocol::Tcp if !listener::is_server_name(pattern.host().as_str()) => wrong(
            "match.server_name",
            format!(
                "TLS clients ask for names, never for an address such as {pattern}; give a name"
            ),
        ),
        Protocol::Tcp => Ok(()),
    }
}

/// The rules about all rules of a load balancer together; checked when they are complete.
pub(super) fn check_total(balancer: &LoadBalancer) -> Result<(), Rejection> {
    let rules = || balancer.listeners.iter().flat_map(|listener| &listener.rules);
    let body = |rule: &Arc<Rule>| match &rule.settings.action {
        RuleAction::Respond(answer) => answer.body.as_str().len(),
        RuleAction::Forward(_) | RuleAction::Redirect(_) => 0,
    };
    within(rules().count(), LoadBalancer::MAX_RULES, "rules in one load balancer")?;
    let bytes = rules().map(body).sum();
    within(bytes, LoadBalancer::MAX_ANSWER_BYTES, "bytes of fixed answers in one load balancer")
}

fn check_forward(
    balancer: &LoadBalancer,
    targets: &[ForwardTarget],
    place: &str,
) -> Result<(), Rejection> {
    let field = || format!("{place}action.forward");
    let most = RuleAction::MAX_TARGETS;
    if targets.is_empty() || targets.len() > most {
        let reason = format!("a rule forwards to 1 to {most} pools, not {}", targets.len());
        return Err(invalid(field(), reason));
    }
    for (index, ForwardTarget { pool, weight: _ }) in targets.iter().enumerate() {
        let field = || format!("{place}action.forward[{index}].pool");
        listener::check_pool(balancer, *pool, field)?;
        if targets[..index].iter().any(|earlier| earlier.pool == *pool) {
            return Err(invalid(field(), "the pool is named twice; name it once with its weight"));
        }
    }
    if targets.iter().all(|target| target.weight == Weight::DRAIN) {
        return Err(invalid(field(), "every weight is 0; give at least one pool a weight above 0"));
    }
    Ok(())
}

fn check_redirect(redirect: &Redirect, place: &str) -> Result<(), Rejection> {
    let Redirect { status: _, scheme, host, port, path } = redirect;
    if scheme.is_none() && host.is_none() && port.is_none() && path.is_none() {
        return Err(invalid(
            format!("{place}action.redirect"),
            "the redirect leads to where the request came from; give scheme, host, port or path",
        ));
    }
    Ok(())
}

fn has(listener: &Listener, rule: RuleId) -> bool {
    listener.rules.iter().any(|other| other.id == rule)
}

/// A copy of a listener, to be altered and put back.
fn take(balancer: &LoadBalancer, is_meant: impl Fn(&Listener) -> bool) -> Option<Listener> {
    balancer.listeners.iter().find(|listener| is_meant(listener)).map(|l| Listener::clone(l))
}

fn put(draft: &Draft, balancer: &mut LoadBalancer, mut listener: Listener) {
    listener.revision = draft.stamp.revision;
    listener.updated_at = draft.stamp.at;
    if let Some(place) = balancer.listeners.iter_mut().find(|other| other.id == listener.id) {
        *place = Arc::new(listener);
    }
}

fn insert_sorted(listener: &mut Listener, rule: Rule) {
    let priority = rule.settings.priority;
    let place = listener.rules.partition_point(|other| other.settings.priority < priority);
    listener.rules.insert(place, Arc::new(rule));
}
