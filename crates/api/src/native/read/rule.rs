//! Reads rules.

use elbow_model::change::NewRule;
use elbow_model::rule::{
    Condition, FieldMatch, ForwardTarget, HostPattern, PathPattern, Priority, Redirect,
    RedirectStatus, Respond, ResponseBody, RuleAction, RuleSettings, Scheme,
};
use elbow_model::value::{HeaderName, HeaderText, HostName, HttpPath, Invalid, RuleId, Weight};
use uuid::Uuid;

use super::reference::Pools;
use super::{READ_ONLY, bounded, cidr, name, port, token};
use crate::decode::{At, Fields};

/// The most rules in one body; quotas are the model's.
const MAX_RULES: usize = 1_000;
/// The most pools that one rule spreads over.
const MAX_TARGETS: usize = 64;

/// Fields that answers have and requests do not.
const HINTS: &[(&str, &str)] = &[
    ("id", READ_ONLY),
    ("listener", READ_ONLY),
    ("load_balancer", READ_ONLY),
    ("revision", READ_ONLY),
    ("created_at", READ_ONLY),
    ("updated_at", READ_ONLY),
];

/// Reads a rule to create.
pub(in crate::native) fn new(fields: Fields<'_>, pools: &Pools) -> RuleSettings {
    let priority = fields.required("priority", bounded).unwrap_or(Priority::constant::<1>());
    let condition =
        fields.required("match", |at| condition(at, Condition::default())).unwrap_or_default();
    let action = fields.required("action", |at| action(at, pools, None));
    let mut settings = RuleSettings {
        name: None,
        priority,
        enabled: true,
        condition,
        action: action.unwrap_or_else(|| RuleAction::Forward(Vec::new())),
    };
    read_rest(&fields, &mut settings);
    fields.finish(HINTS);
    settings
}

/// Reads a list of rules to create.
pub(in crate::native) fn list(at: At<'_>, pools: &Pools) -> Option<Vec<NewRule>> {
    at.list_of(MAX_RULES, |at| {
        let settings = new(at.object()?, pools);
        Some(NewRule { id: RuleId::from(Uuid::now_v7()), settings })
    })
}

/// Reads a patch onto a rule.
pub(in crate::native) fn patch(
    fields: Fields<'_>,
    pools: &Pools,
    mut settings: RuleSettings,
) -> RuleSettings {
    fields.set("priority", &mut settings.priority, bounded);
    let base = settings.condition.clone();
    fields.set("match", &mut settings.condition, |at| condition(at, base));
    let base = settings.action.clone();
    fields.set("action", &mut settings.action, |at| action(at, pools, Some(base)));
    read_rest(&fields, &mut settings);
    fields.finish(HINTS);
    settings
}

fn read_rest(fields: &Fields<'_>, settings: &mut RuleSettings) {
    fields.set_option("name", &mut settings.name, name);
    fields.set_or("enabled", &mut settings.enabled, true, |at| at.boolean());
}

fn condition(at: At<'_>, mut condition: Condition) -> Option<Condition> {
    let fields = at.object()?;
    let Condition { host, path, method, header, query, cookie, source, server_name } =
        &mut condition;
    fields.set_option("host", host, |at| at.checked(str::parse::<HostPattern>));
    fields.set_option("path", path, |at| at.checked(str::parse::<PathPattern>));
    fields.set_option("method", method, token);
    fields.set_option("header", header, |at| field_match(at, |text| HeaderName::new(text)));
    fields.set_option("query", query, |at| field_match(at, |text| HeaderText::new(text)));
    fields.set_option("cookie", cookie, |at| {
        field_match(at, |text| elbow_model::value::HttpToken::new(text))
    });
    fields.set_option("source", source, cidr);
    fields.set_option("server_name", server_name, |at| at.checked(str::parse::<HostPattern>));
    fields.finish(&[]);
    Some(condition)
}

fn field_match<N>(
    at: At<'_>,
    check: impl FnOnce(&str) -> Result<N, Invalid>,
) -> Option<FieldMatch<N>> {
    let fields = at.object()?;
    let name = fields.required("name", |at| at.checked(check));
    let value = fields.required("value", |at| at.checked(|text| HeaderText::new(text)));
    fields.finish(&[]);
    Some(FieldMatch { name: name?, value: value? })
}

/// Exactly one of the three; one of the kind that is there changes it, another kind replaces it.
fn action(at: At<'_>, pools: &Pools, base: Option<RuleAction>) -> Option<RuleAction> {
    let fields = at.object()?;
    let given = [fields.present("forward"), fields.present("redirect"), fields.present("respond")];
    fields.finish(&[]);
    match given {
        [Some(at), None, None] => forward(at, pools).map(RuleAction::Forward),
        [None, Some(at), None] => {
            let base = base.and_then(|base| match base {
                RuleAction::Redirect(redirect) => Some(redirect),
                RuleAction::Forward(_) | RuleAction::Respond(_) => None,
            });
            redirect(at, base).map(RuleAction::Redirect)
        }
        [None, None, Some(at)] => {
            let base = base.and_then(|base| match base {
                RuleAction::Respond(respond) => Some(respond),
                RuleAction::Forward(_) | RuleAction::Redirect(_) => None,
            });
            respond(at, base).map(RuleAction::Respond)
        }
        _ => at.wrong("needs exactly one of forward, redirect, respond"),
    }
}

fn forward(at: At<'_>, pools: &Pools) -> Option<Vec<ForwardTarget>> {
    let targets = at.list_of(MAX_TARGETS, |at| {
        let fields = at.object()?;
        let pool = fields.required("pool", |at| pools.read(at));
        let mut weight = Weight::default();
        fields.set_or("weight", &mut weight, Weight::default(), |at| at.number(Weight::new));
        fields.finish(&[]);
        Some(ForwardTarget { pool: pool?, weight })
    })?;
    if targets.is_empty() {
        return at.wrong("is empty; name at least one pool");
    }
    Some(targets)
}

fn redirect(at: At<'_>, base: Option<Redirect>) -> Option<Redirect> {
    let fields = at.object()?;
    let status = |at: At<'_>| at.number(RedirectStatus::new);
    let mut redirect = match base {
        Some(base) => base,
        None => Redirect {
            status: RedirectStatus::new(302).expect("302 is a redirect"),
            scheme: None,
            host: None,
            port: None,
            path: None,
        },
    };
    let unset = RedirectStatus::new(302).expect("302 is a redirect");
    fields.set_or("status", &mut redirect.status, unset, status);
    fields.set_option("scheme", &mut redirect.scheme, |at| {
        at.choice("scheme", &[("http", Scheme::Http), ("https", Scheme::Https)])
    });
    fields.set_option("host", &mut redirect.host, |at| at.checked(|text| HostName::new(text)));
    fields.set_option("port", &mut redirect.port, port);
    fields.set_option("path", &mut redirect.path, |at| at.checked(|text| HttpPath::new(text)));
    fields.finish(&[]);
    Some(redirect)
}

fn respond(at: At<'_>, base: Option<Respond>) -> Option<Respond> {
    let fields = at.object()?;
    let plain = HeaderText::new("text/plain; charset=utf-8").expect("this is a field value");
    let mut respond = match base {
        Some(base) => {
            let mut base = base;
            fields.set("status", &mut base.status, bounded);
            base
        }
        None => Respond {
            status: fields.required("status", bounded)?,
            content_type: plain.clone(),
            body: ResponseBody::default(),
        },
    };
    fields.set_or("content_type", &mut respond.content_type, plain, |at| {
        at.checked(|text| HeaderText::new(text))
    });
    fields.set_or("body", &mut respond.body, ResponseBody::default(), |at| {
        at.checked(|text| ResponseBody::new(text))
    });
    fields.finish(&[]);
    Some(respond)
}
