//! Commands about instances of a group.

use serde_json::{Value, json};

use super::super::Context;
use super::super::suggest::Attempt;
use super::{group_path, one_instance, settle, with_flags};
use crate::args::{Changing, OneInstance};
use crate::client::encode;
use crate::failure::Failure;
use crate::notation::MemberReference;
use crate::output::{self, InstanceView, instances, items};

pub(super) async fn list(
    context: &mut Context,
    group: &str,
    status: Option<&str>,
) -> Result<(), Failure> {
    let attempt = Attempt { command: "group instances", balancer: None, name: None };
    let query = status.map_or(String::new(), |status| format!("?status={}", encode(status)));
    let path = format!("{}/instances{query}", group_path(group));
    let answer = context.client.read_list(&path, None).await.map_err(|f| attempt.explain(f))?;
    context.output.answer(&answer, |answer| {
        let shown: Vec<InstanceView> = items(answer)?;
        Ok(instances(&shown).text("no instances"))
    })
}

pub(super) async fn add(
    context: &mut Context,
    group: &str,
    address: &str,
    name: Option<&str>,
    changing: &Changing,
) -> Result<(), Failure> {
    let target = MemberReference::read(address).map_err(|wrong| Failure::Usage(wrong.0))?;
    let mut body = json!({ "address": target.address });
    if let Some(port) = target.port {
        body["port"] = json!(port);
    }
    if let Some(name) = name {
        body["name"] = json!(name);
    }
    let attempt = Attempt { command: "group add-instance", balancer: Some(group), name: None };
    let path = changing.path(&format!("{}/instances", group_path(group)));
    let answer = context.client.create(&path, &body).await.map_err(|f| attempt.explain(f))?;
    settle(context, changing, group).await?;
    context.output.answer(&answer, one_instance)
}

pub(super) async fn remove(
    context: &mut Context,
    one: &OneInstance,
    replace: bool,
) -> Result<(), Failure> {
    let found = find(context, &one.group, &one.instance).await?;
    let attempt =
        Attempt { command: "group remove-instance", balancer: Some(&one.group), name: None };
    let flags = [("dry_run", one.dry_run), ("replace", replace)];
    let path = with_flags(&format!("/v1/instances/{}", found.id), &flags);
    context.client.delete(&path).await.map_err(|f| attempt.explain(f))?;
    let done = if one.dry_run { "would be removed" } else { "is being removed" };
    let name = found.called();
    context.output.done(&name, &format!("instance {name} of {} {done}", one.group))
}

pub(super) async fn act(
    context: &mut Context,
    one: &OneInstance,
    action: &'static str,
) -> Result<(), Failure> {
    let found = find(context, &one.group, &one.instance).await?;
    let attempt = Attempt { command: "group", balancer: Some(&one.group), name: None };
    let path = format!("/v1/instances/{}/{action}", found.id);
    let path = with_flags(&path, &[("dry_run", one.dry_run)]);
    let answer: Value =
        context.client.create(&path, &json!({})).await.map_err(|f| attempt.explain(f))?;
    if one.dry_run {
        output::note("dry run: nothing was changed");
    }
    context.output.answer(&answer, one_instance)
}

/// The one instance of a group that is called so.
pub(in crate::commands) async fn find(
    context: &mut Context,
    group: &str,
    named: &str,
) -> Result<InstanceView, Failure> {
    let attempt = Attempt { command: "group instances", balancer: None, name: None };
    let path = format!("{}/instances", group_path(group));
    let answer = context.client.read_list(&path, None).await.map_err(|f| attempt.explain(f))?;
    let all: Vec<InstanceView> = items(&answer)?;
    let mut found: Vec<InstanceView> = all.into_iter().filter(|i| i.is_called(named)).collect();
    let next = format!("elbow group instances {group}");
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one),
        (None, _) => {
            let what = format!("scaling group {group} has no instance `{named}`");
            Err(Failure::Unresolved { what, next })
        }
        (Some(_), others) => {
            let count = others + 1;
            let what = format!("`{named}` could be {count} instances; say which by number or id");
            Err(Failure::Unresolved { what, next })
        }
    }
}
