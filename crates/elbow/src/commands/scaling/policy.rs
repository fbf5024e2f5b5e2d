//! `elbow policy ...`

use serde_json::{Value, json};

use super::super::Context;
use super::super::suggest::Attempt;
use super::{POLICY, add, body, delete, edit, find, list, path_of, replay, say_rehearsed};
use crate::args::{ChangedChild, PolicyCommand};
use crate::commands::group::with_flags;
use crate::failure::Failure;
use crate::output::{GroupView, PolicyView, groups, items, policies, view};

pub(in crate::commands) async fn run(
    context: &mut Context,
    command: PolicyCommand,
) -> Result<(), Failure> {
    match command {
        PolicyCommand::Add(arguments) => {
            let body = body::policy(&arguments)?;
            let answer = add(context, POLICY, &arguments.group, &body, arguments.dry_run).await?;
            context.output.answer(&answer, one_line)
        }
        PolicyCommand::List(named) => {
            let answer = list(context, POLICY, &named.group).await?;
            context.output.answer(&answer, |answer| {
                let shown: Vec<PolicyView> = items(answer)?;
                Ok(policies(&shown).text("no policies; add one: elbow policy add"))
            })
        }
        PolicyCommand::Show(child) => {
            let found = find(context, POLICY, &child).await?;
            context.output.answer(&found, one_line)
        }
        PolicyCommand::Edit(arguments) => {
            let found = find(context, POLICY, &arguments.policy.child).await?;
            let patch = body::policy_patch(&arguments, &found)?;
            let answer = edit(context, POLICY, &arguments.policy, &patch).await?;
            context.output.answer(&answer, one_line)
        }
        PolicyCommand::Execute { policy, force, value } => {
            execute(context, &policy, force, value).await
        }
        PolicyCommand::Replay(arguments) => replay::run(context, &arguments).await,
        PolicyCommand::Delete(child) => delete(context, POLICY, &child).await,
    }
}

async fn execute(
    context: &mut Context,
    policy: &ChangedChild,
    force: bool,
    value: Option<f64>,
) -> Result<(), Failure> {
    let ChangedChild { child, dry_run } = policy;
    let found = find(context, POLICY, child).await?;
    let mut body = json!({ "force": force });
    if let Some(value) = value {
        body["value"] = json!(value);
    }
    let attempt = Attempt { command: "policy execute", balancer: Some(&child.group), name: None };
    let path = format!("{}/execute", path_of(POLICY, &found));
    let path = with_flags(&path, &[("dry_run", *dry_run)]);
    let answer = context.client.create(&path, &body).await.map_err(|f| attempt.explain(f))?;
    say_rehearsed(*dry_run);
    context.output.answer(&answer, |answer| Ok(groups(&[view::<GroupView>(answer)?]).text("")))
}

fn one_line(answer: &Value) -> Result<String, Failure> {
    Ok(policies(&[view::<PolicyView>(answer)?]).text(""))
}
