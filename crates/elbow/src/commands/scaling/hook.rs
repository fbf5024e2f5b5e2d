//! `elbow hook ...`

use serde_json::{Value, json};

use super::super::Context;
use super::super::group::find_instance;
use super::super::suggest::Attempt;
use super::{HOOK, add, body, delete, edit, find, list};
use crate::args::{HookCommand, HookWait};
use crate::failure::Failure;
use crate::output::{HookView, InstanceView, hooks, items, view};

pub(in crate::commands) async fn run(
    context: &mut Context,
    command: HookCommand,
) -> Result<(), Failure> {
    match command {
        HookCommand::Add(arguments) => {
            let body = body::hook(&arguments);
            let answer = add(context, HOOK, &arguments.group, &body, arguments.dry_run).await?;
            context.output.answer(&answer, one_line)
        }
        HookCommand::List(named) => {
            let answer = list(context, HOOK, &named.group).await?;
            context.output.answer(&answer, |answer| {
                let shown: Vec<HookView> = items(answer)?;
                Ok(hooks(&shown).text("no lifecycle hooks; add one: elbow hook add"))
            })
        }
        HookCommand::Show(child) => {
            let found = find(context, HOOK, &child).await?;
            context.output.answer(&found, one_line)
        }
        HookCommand::Edit(arguments) => {
            let patch = body::hook_patch(&arguments);
            let answer = edit(context, HOOK, &arguments.hook, &patch).await?;
            context.output.answer(&answer, one_line)
        }
        HookCommand::Delete(child) => delete(context, HOOK, &child).await,
        HookCommand::Complete { wait, abandon } => {
            let (result, done) = match abandon {
                true => ("ABANDON", "is given up"),
                false => ("CONTINUE", "goes on"),
            };
            let more = json!({ "result": result });
            answer_wait(context, &wait, "complete-hook", more, done).await
        }
        HookCommand::Heartbeat(wait) => {
            answer_wait(context, &wait, "heartbeat", json!({}), "may wait longer").await
        }
    }
}

/// Says something to an instance's wait for a hook.
async fn answer_wait(
    context: &mut Context,
    wait: &HookWait,
    action: &str,
    mut body: Value,
    done: &str,
) -> Result<(), Failure> {
    let HookWait { group, instance, token } = wait;
    let found = find_instance(context, group, instance).await?;
    let name = found.called();
    body["token"] = json!(token_of(&found, group, token.as_deref())?);
    let attempt = Attempt { command: "hook complete", balancer: Some(group), name: None };
    let path = format!("/v1/instances/{}/{action}", found.id);
    context.client.create(&path, &body).await.map_err(|f| attempt.explain(f))?;
    context.output.done(&name, &format!("instance {name} of {group} {done}"))
}

/// The token that was given, or the only one.
fn token_of(found: &InstanceView, group: &str, given: Option<&str>) -> Result<String, Failure> {
    match (given, found.hooks.as_slice()) {
        (Some(token), _) => Ok(token.to_owned()),
        (None, [only]) => Ok(only.token.clone()),
        (None, waits) => {
            let (name, count) = (found.called(), waits.len());
            let what = format!("instance {name} waits for {count} hooks; say which by --token");
            let next = format!("elbow group instances {group} -o json");
            Err(Failure::Unresolved { what, next })
        }
    }
}

fn one_line(answer: &Value) -> Result<String, Failure> {
    Ok(hooks(&[view::<HookView>(answer)?]).text(""))
}
