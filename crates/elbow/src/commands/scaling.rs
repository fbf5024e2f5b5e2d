//! What a group has: `elbow policy ...`, `elbow schedule ...` and `elbow hook ...`, and what they have in common.

mod body;
mod hook;
mod policy;
mod replay;
mod schedule;

pub(super) use hook::run as hook;
pub(super) use policy::run as policy;
pub(super) use schedule::run as schedule;
use serde_json::{Value, json};

use super::Context;
use super::group::{group_path, with_flags};
use super::suggest::Attempt;
use crate::args::{ChangedChild, Child};
use crate::failure::Failure;
use crate::notation::Object;
use crate::output;

/// A kind of what a group has.
#[derive(Debug, Clone, Copy)]
struct Kind {
    /// Its collection in the API.
    collection: &'static str,
    /// Its command's noun.
    noun: &'static str,
    /// What people call it.
    called: &'static str,
    add: &'static str,
    edit: &'static str,
}

const POLICY: Kind = Kind {
    collection: "policies",
    noun: "policy",
    called: "policy",
    add: "policy add",
    edit: "policy edit",
};
const SCHEDULE: Kind = Kind {
    collection: "schedules",
    noun: "schedule",
    called: "schedule",
    add: "schedule add",
    edit: "schedule edit",
};
const HOOK: Kind = Kind {
    collection: "hooks",
    noun: "hook",
    called: "lifecycle hook",
    add: "hook add",
    edit: "hook edit",
};

async fn add(
    context: &mut Context,
    kind: Kind,
    group: &str,
    body: &Value,
    dry_run: bool,
) -> Result<Value, Failure> {
    let attempt = Attempt { command: kind.add, balancer: Some(group), name: None };
    let path = format!("{}/{}", group_path(group), kind.collection);
    let path = with_flags(&path, &[("dry_run", dry_run)]);
    let answer = context.client.create(&path, body).await.map_err(|f| attempt.explain(f))?;
    say_rehearsed(dry_run);
    Ok(answer)
}

async fn list(context: &mut Context, kind: Kind, group: &str) -> Result<Value, Failure> {
    let attempt = Attempt { command: "group", balancer: None, name: None };
    let path = format!("{}/{}", group_path(group), kind.collection);
    context.client.read_list(&path, None).await.map_err(|f| attempt.explain(f))
}

/// The one that is called so.
async fn find(context: &mut Context, kind: Kind, child: &Child) -> Result<Value, Failure> {
    let Child { group, name } = child;
    let answer = list(context, kind, group).await?;
    let items = answer.get("items").and_then(Value::as_array).into_iter().flatten();
    let is_meant = |item: &&Value| {
        ["name", "id"].iter().any(|field| item.get(field).and_then(Value::as_str) == Some(name))
    };
    items.clone().find(is_meant).cloned().ok_or_else(|| Failure::Unresolved {
        what: format!("scaling group {group} has no {} `{name}`", kind.called),
        next: format!("elbow {} list {group}", kind.noun),
    })
}

async fn edit(
    context: &mut Context,
    kind: Kind,
    which: &ChangedChild,
    patch: &Object,
) -> Result<Value, Failure> {
    if patch.is_empty() {
        let what = format!("nothing to edit was given; see elbow {} --help", kind.edit);
        return Err(Failure::Usage(what));
    }
    let ChangedChild { child, dry_run } = which;
    let path = path_of(kind, &find(context, kind, child).await?);
    let attempt = Attempt { command: kind.edit, balancer: Some(&child.group), name: None };
    let path = with_flags(&path, &[("dry_run", *dry_run)]);
    let answer = context.client.edit(&path, &json!(patch)).await.map_err(|f| attempt.explain(f))?;
    say_rehearsed(*dry_run);
    Ok(answer)
}

async fn delete(context: &mut Context, kind: Kind, which: &ChangedChild) -> Result<(), Failure> {
    let ChangedChild { child, dry_run } = which;
    let path = path_of(kind, &find(context, kind, child).await?);
    let attempt = Attempt { command: "group", balancer: Some(&child.group), name: None };
    let path = with_flags(&path, &[("dry_run", *dry_run)]);
    context.client.delete(&path).await.map_err(|f| attempt.explain(f))?;
    let done = if *dry_run { "would be deleted" } else { "deleted" };
    let Child { group, name } = child;
    context.output.done(name, &format!("{} {name} of {group} {done}", kind.called))
}

/// Where one is in the API.
fn path_of(kind: Kind, found: &Value) -> String {
    let id = found.get("id").and_then(Value::as_str).unwrap_or_default();
    format!("/v1/{}/{id}", kind.collection)
}

fn say_rehearsed(dry_run: bool) {
    if dry_run {
        output::note("dry run: nothing was changed");
    }
}
