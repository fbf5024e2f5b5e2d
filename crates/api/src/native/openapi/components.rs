//! The schemas: shapes of answers as they are, and of requests as they follow from those.

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::reference;
use crate::health::{Readiness, Version};
use crate::native::events::Happening;
use crate::native::shape::api_key::ApiKey;
use crate::native::shape::audit::AuditEntry;
use crate::native::shape::certificate::Certificate;
use crate::native::shape::key_file::KeyFile;
use crate::native::shape::listener::Listener;
use crate::native::shape::load_balancer::LoadBalancer;
use crate::native::shape::member::Member;
use crate::native::shape::network::Network;
use crate::native::shape::people::{Membership, Project, User};
use crate::native::shape::pool::Pool;
use crate::native::shape::proxy::Proxy;
use crate::native::shape::rule::Rule;
use crate::native::shape::scaling::activity::ScalingActivity;
use crate::native::shape::scaling::eligible::EligibleLoadBalancer;
use crate::native::shape::scaling::group::ScalingGroup;
use crate::native::shape::scaling::hook::LifecycleHook;
use crate::native::shape::scaling::instance::Instance;
use crate::native::shape::scaling::log::InstanceLog;
use crate::native::shape::scaling::policy::Policy;
use crate::native::shape::scaling::replay::Replay;
use crate::native::shape::scaling::schedule::Schedule;
use crate::native::shape::scaling::stats::GroupStats;
use crate::native::shape::session::{CurrentSession, Session};
use crate::native::shape::stats::Stats;
use crate::problem::ProblemBody;

/// Resources that requests create or patch, and their children, which patches do not take.
const WRITABLE: &[(&str, &[&str])] = &[
    ("LoadBalancer", &["listeners", "pools"]),
    ("Listener", &["rules"]),
    ("Pool", &["members"]),
    ("Member", &[]),
    ("Rule", &[]),
    ("Certificate", &[]),
    ("ApiKey", &[]),
    ("ScalingGroup", &["attachments", "network"]),
    ("Policy", &[]),
    ("Schedule", &[]),
    ("LifecycleHook", &[]),
    ("Network", &["kind", "cidr", "addresses", "region", "project"]),
    ("Project", &[]),
];

/// All schemas by name.
pub(super) fn schemas() -> Value {
    let mut schemas = Map::new();
    add::<LoadBalancer>(&mut schemas);
    add::<Listener>(&mut schemas);
    add::<Pool>(&mut schemas);
    add::<Member>(&mut schemas);
    add::<Rule>(&mut schemas);
    add::<Certificate>(&mut schemas);
    add::<ScalingGroup>(&mut schemas);
    add::<EligibleLoadBalancer>(&mut schemas);
    add::<Instance>(&mut schemas);
    add::<InstanceLog>(&mut schemas);
    add::<ScalingActivity>(&mut schemas);
    add::<Policy>(&mut schemas);
    add::<Schedule>(&mut schemas);
    add::<LifecycleHook>(&mut schemas);
    add::<GroupStats>(&mut schemas);
    add::<Replay>(&mut schemas);
    add::<Network>(&mut schemas);
    add::<Project>(&mut schemas);
    add::<User>(&mut schemas);
    add::<AuditEntry>(&mut schemas);
    add::<Membership>(&mut schemas);
    add::<Session>(&mut schemas);
    add::<CurrentSession>(&mut schemas);
    add::<ApiKey>(&mut schemas);
    add::<KeyFile>(&mut schemas);
    add::<Proxy>(&mut schemas);
    add::<Stats>(&mut schemas);
    add::<Happening>(&mut schemas);
    add::<Readiness>(&mut schemas);
    add::<Version>(&mut schemas);
    add::<ProblemBody>(&mut schemas);
    for (name, children) in WRITABLE {
        let new = derive(&schemas[*name], &[], Required::AsAnswered);
        let patch = derive(&schemas[*name], children, Required::Nothing);
        schemas.insert(format!("New{name}"), new);
        schemas.insert(format!("{name}Patch"), patch);
    }
    let members = json!({
        "type": "array", "items": reference("NewMember"), "description": "The default pool's, when it is created.",
    });
    schemas["NewLoadBalancer"]["properties"]["members"] = members;
    add_requests(&mut schemas);
    Value::Object(schemas)
}

fn add<T: ToSchema>(schemas: &mut Map<String, Value>) {
    let mut all: Vec<(String, RefOr<Schema>)> = Vec::new();
    T::schemas(&mut all);
    all.push((T::name().into_owned(), <T as PartialSchema>::schema()));
    for (name, schema) in all {
        schemas.insert(name, serde_json::to_value(schema).expect("schemas are JSON"));
    }
}

/// Bodies of actions on scaling groups and instances.
fn add_scaling_requests(
    schemas: &mut Map<String, Value>,
    object: impl Fn(&[&str], Value) -> Value,
) {
    let text = json!({ "type": "string" });
    let force = json!({ "type": "boolean", "default": false, "description": "Whether the present instances join or leave at once." });
    let named = json!({ "type": "array", "items": reference("NameOrId") });
    let processes = json!({ "type": "array", "items": reference("ScalingProcess"), "description": "All if not given." });
    let pool = object(
        &["load_balancer"],
        json!({
            "load_balancer": reference("NameOrId"), "pool": reference("NameOrId"),
            "port": { "type": ["integer", "null"] }, "weight": { "type": "integer", "default": 50 },
        }),
    );
    for (name, required, properties) in [
        ("Processes", &[][..], json!({ "processes": processes })),
        ("Desired", &["desired"], json!({ "desired": { "type": "integer", "minimum": 0 } })),
        (
            "LoadBalancerNames",
            &["load_balancers"],
            json!({ "load_balancers": named, "force": force }),
        ),
        (
            "VServerGroups",
            &["vserver_groups"],
            json!({ "vserver_groups": { "type": "array", "items": pool }, "force": force }),
        ),
        (
            "NewInstance",
            &[],
            json!({
                "address": { "type": "string", "description": "Where it is; needed without `reference`." },
                "port": { "type": ["integer", "null"], "description": "The template's if not given." },
                "name": text,
                "reference": { "type": "string", "description": "What the template's driver calls it." },
            }),
        ),
        (
            "PolicyExecution",
            &[],
            json!({
                "force": { "type": "boolean", "default": false, "description": "Also in a cooldown, while the breaker is open, or while scaling is suspended." },
                "value": { "type": "number", "description": "STEP: by which value of the metric; the last one measured if not given." },
            }),
        ),
        ("ReplayRequest", &[], replay_request(&object)),
        ("HookCompletion", &["token"], json!({ "token": text, "result": reference("HookResult") })),
        ("HookHeartbeat", &["token"], json!({ "token": text })),
    ] {
        schemas.insert(name.to_owned(), object(required, properties));
    }
}

/// What is replayed.
fn replay_request(object: &impl Fn(&[&str], Value) -> Value) -> Value {
    let seconds = |maximum: u32, what: &str| json!({ "type": "integer", "minimum": 0, "maximum": maximum, "description": what });
    let assumptions = object(
        &[],
        json!({
            "launch_s": seconds(3_600, "From a decision to the first request; what the group's instances took if not given."),
            "warm_up_s": seconds(86_400, "From there to full capacity; the group's if not given."),
            "capacity_per_instance": { "type": "number", "exclusiveMinimum": 0, "description": "What one instance can carry at most, by the first policy's metric; its target if not given." },
            "min": seconds(1_000, "The group's if not given."),
            "max": seconds(1_000, "The group's if not given."),
        }),
    );
    json!({
        "policies": { "type": "array", "items": reference("NewPolicy"), "maxItems": 20, "description": "Policies to try, saved or not; those that the group follows if neither these nor `policy` are given." },
        "policy": { "type": "string", "description": "One of the group's own policies, by name or id, followed or not." },
        "from": { "type": "string", "format": "date-time", "description": "Where the replay begins; `range_s` before now if not given." },
        "range_s": { "type": "integer", "minimum": 10, "maximum": 7_200, "default": 3_600 },
        "assumptions": assumptions,
    })
}

/// Bodies that are like no answer.
fn add_requests(schemas: &mut Map<String, Value>) {
    let text = json!({ "type": "string" });
    let secret = json!({ "type": "string", "format": "password" });
    let object = |required: &[&str], properties: Value| json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties });
    schemas.insert(
        "Login".to_owned(),
        object(
            &["username", "password"],
            json!({ "username": text, "password": secret, "project": text }),
        ),
    );
    let memberships = json!({ "type": "array", "items": object(
        &["project", "role"],
        json!({ "project": reference("NameOrId"), "role": reference("Role") }),
    ) });
    let person = json!({
        "name": text, "role": reference("Role"), "password": secret, "project": reference("NameOrId"), "memberships": memberships,
    });
    schemas.insert("NewUser".to_owned(), object(&["name", "password"], person.clone()));
    let mut patch = person;
    patch["current_password"] = secret.clone();
    patch["enabled"] = json!({ "type": "boolean" });
    schemas.insert("UserPatch".to_owned(), object(&[], patch));
    schemas.insert(
        "NewMembership".to_owned(),
        object(
            &["user", "role"],
            json!({ "user": reference("NameOrId"), "role": reference("Role") }),
        ),
    );
    schemas.insert(
        "NewCertificate".to_owned(),
        object(
            &["name"],
            json!({
                "name": text, "description": text,
                "pkcs12": { "type": "string", "contentEncoding": "base64", "description": "A PKCS#12 file; else `certificate` and `private_key`." },
                "passphrase": secret,
                "certificate": { "type": "string", "description": "PEM, its chain too." },
                "private_key": { "type": "string", "format": "password", "description": "PEM." },
            }),
        ),
    );
    schemas.insert("IdentityLink".to_owned(), object(&["subject"], json!({ "subject": text })));
    add_scaling_requests(schemas, object);
    schemas.insert(
        "MemberList".to_owned(),
        object(
            &["members"],
            json!({ "members": { "type": "array", "items": reference("NewMember") } }),
        ),
    );
    schemas.insert(
        "CertificateNameOrId".to_owned(),
        json!({ "description": "A name or an id.", "oneOf": [{ "type": "string" }, reference("CertificateReference")] }),
    );
    schemas.insert(
        "HttpsRedirectOrPort".to_owned(),
        json!({ "description": "A port, alone or as answers have it.", "oneOf": [{ "type": "integer" }, reference("HttpsRedirect")] }),
    );
    schemas.insert(
        "NameOrId".to_owned(),
        json!({ "description": "A name or an id.", "oneOf": [{ "type": "string" }, reference("Reference")] }),
    );
}

/// Which fields a derived schema requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Required {
    /// What can be written and the answer requires.
    AsAnswered,
    Nothing,
}

/// A schema for requests: without what only Elbow sets, and without `left_out`.
fn derive(answered: &Value, left_out: &[&str], required: Required) -> Value {
    let mut schema = answered.clone();
    let properties = schema["properties"].as_object_mut().expect("resources are objects");
    properties
        .retain(|name, property| !is_read_only(property) && !left_out.contains(&name.as_str()));
    let kept: Vec<String> = properties.keys().cloned().collect();
    let wanted = schema["required"].as_array().cloned().unwrap_or_default();
    let wanted: Vec<Value> = wanted
        .into_iter()
        .filter(|name| {
            required == Required::AsAnswered
                && name.as_str().is_some_and(|n| kept.iter().any(|k| k == n))
        })
        .collect();
    schema["required"] = Value::Array(wanted);
    schema["additionalProperties"] = Value::Bool(false);
    redirect(&mut schema);
    schema
}

/// Whether only Elbow sets it; of what may be null or is a list, the mark is on the inner schema.
fn is_read_only(property: &Value) -> bool {
    let is_marked = |schema: &Value| schema["readOnly"] == json!(true);
    let inner = property["oneOf"].as_array().into_iter().flatten();
    is_marked(property) || is_marked(&property["items"]) || inner.into_iter().any(is_marked)
}

/// Lets references in a schema for requests lead to schemas for requests.
fn redirect(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get_mut("$ref") {
                let name = target.rsplit('/').next().unwrap_or_default().to_owned();
                let derived = match name.as_str() {
                    "Reference" => "NameOrId".to_owned(),
                    "CertificateReference" => "CertificateNameOrId".to_owned(),
                    "HttpsRedirect" => "HttpsRedirectOrPort".to_owned(),
                    _ if WRITABLE.iter().any(|(writable, _)| *writable == name) => {
                        format!("New{name}")
                    }
                    _ => name,
                };
                *target = format!("#/components/schemas/{derived}");
            }
            map.values_mut().for_each(redirect);
        }
        Value::Array(items) => items.iter_mut().for_each(redirect),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
