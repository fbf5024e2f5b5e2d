//! `elbow policy ...`, `elbow schedule ...` and `elbow hook ...`

use serde_json::{Value, json};

use super::Context;
use super::group::{find_instance, group_path, with_flags};
use super::suggest::Attempt;
use crate::args::{
    Child, HookAdd, HookCommand, PolicyAdd, PolicyCommand, ScheduleAdd, ScheduleCommand,
};
use crate::failure::Failure;
use crate::notation::{Object, adjustment, constant, step};
use crate::output::{
    self, HookView, PolicyView, ScheduleView, hooks, items, policies, schedules, view,
};

pub(super) async fn policy(context: &mut Context, command: PolicyCommand) -> Result<(), Failure> {
    match command {
        PolicyCommand::Add(arguments) => {
            let body = policy_body(&arguments)?;
            let answer =
                add(context, &arguments.group, "policies", &body, arguments.dry_run).await?;
            context.output.answer(&answer, |a| Ok(policies(&[view::<PolicyView>(a)?]).text("")))
        }
        PolicyCommand::List(named) => {
            let answer = list(context, &named.group, "policies").await?;
            context.output.answer(&answer, |answer| {
                let shown: Vec<PolicyView> = items(answer)?;
                Ok(policies(&shown).text("no policies; add one: elbow policy add"))
            })
        }
        PolicyCommand::Delete(child) => delete(context, &child, "policies", "policy").await,
    }
}

pub(super) async fn schedule(
    context: &mut Context,
    command: ScheduleCommand,
) -> Result<(), Failure> {
    match command {
        ScheduleCommand::Add(arguments) => {
            let body = schedule_body(&arguments);
            let answer =
                add(context, &arguments.group, "schedules", &body, arguments.dry_run).await?;
            context.output.answer(&answer, |a| Ok(schedules(&[view::<ScheduleView>(a)?]).text("")))
        }
        ScheduleCommand::List(named) => {
            let answer = list(context, &named.group, "schedules").await?;
            context.output.answer(&answer, |answer| {
                let shown: Vec<ScheduleView> = items(answer)?;
                Ok(schedules(&shown).text("no schedules; add one: elbow schedule add"))
            })
        }
        ScheduleCommand::Delete(child) => delete(context, &child, "schedules", "schedule").await,
    }
}

pub(super) async fn hook(context: &mut Context, command: HookCommand) -> Result<(), Failure> {
    match command {
        HookCommand::Add(arguments) => {
            let body = hook_body(&arguments);
            let answer = add(context, &arguments.group, "hooks", &body, arguments.dry_run).await?;
            context.output.answer(&answer, |a| Ok(hooks(&[view::<HookView>(a)?]).text("")))
        }
        HookCommand::List(named) => {
            let answer = list(context, &named.group, "hooks").await?;
            context.output.answer(&answer, |answer| {
                let shown: Vec<HookView> = items(answer)?;
                Ok(hooks(&shown).text("no lifecycle hooks; add one: elbow hook add"))
            })
        }
        HookCommand::Delete(child) => delete(context, &child, "hooks", "lifecycle hook").await,
        HookCommand::Complete { group, instance, token, abandon } => {
            complete(context, &group, &instance, token, abandon).await
        }
    }
}

async fn complete(
    context: &mut Context,
    group: &str,
    instance: &str,
    token: Option<String>,
    abandon: bool,
) -> Result<(), Failure> {
    let found = find_instance(context, group, instance).await?;
    let name = found.called();
    let token = match (token, found.hooks.as_slice()) {
        (Some(token), _) => token,
        (None, [only]) => only.token.clone(),
        (None, waits) => {
            let count = waits.len();
            let what = format!("instance {name} waits for {count} hooks; say which by --token");
            let next = format!("elbow group instances {group} -o json");
            return Err(Failure::Unresolved { what, next });
        }
    };
    let result = if abandon { "ABANDON" } else { "CONTINUE" };
    let body = json!({ "token": token, "result": result });
    let attempt = Attempt { command: "hook complete", balancer: Some(group), name: None };
    let path = format!("/v1/instances/{}/complete-hook", found.id);
    context.client.create(&path, &body).await.map_err(|f| attempt.explain(f))?;
    let done = if abandon { "is given up" } else { "goes on" };
    context.output.done(&name, &format!("instance {name} of {group} {done}"))
}

async fn add(
    context: &mut Context,
    group: &str,
    collection: &'static str,
    body: &Value,
    dry_run: bool,
) -> Result<Value, Failure> {
    let command = match collection {
        "policies" => "policy add",
        "schedules" => "schedule add",
        _ => "hook add",
    };
    let attempt = Attempt { command, balancer: Some(group), name: None };
    let path = format!("{}/{collection}", group_path(group));
    let path = with_flags(&path, &[("dry_run", dry_run)]);
    let answer = context.client.create(&path, body).await.map_err(|f| attempt.explain(f))?;
    if dry_run {
        output::note("dry run: nothing was changed");
    }
    Ok(answer)
}

async fn list(
    context: &mut Context,
    group: &str,
    collection: &'static str,
) -> Result<Value, Failure> {
    let attempt = Attempt { command: "group", balancer: None, name: None };
    let path = format!("{}/{collection}", group_path(group));
    context.client.read_list(&path, None).await.map_err(|f| attempt.explain(f))
}

async fn delete(
    context: &mut Context,
    child: &Child,
    collection: &'static str,
    kind: &'static str,
) -> Result<(), Failure> {
    let Child { group, name, dry_run } = child;
    let answer = list(context, group, collection).await?;
    let found = answer.get("items").and_then(Value::as_array).into_iter().flatten();
    let text = |item: &Value, field: &str| {
        item.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let id = found
        .filter(|item| text(item, "name") == *name || text(item, "id") == *name)
        .map(|item| text(item, "id"))
        .next();
    let id = id.ok_or_else(|| Failure::Unresolved {
        what: format!("scaling group {group} has no {kind} `{name}`"),
        next: format!("elbow group show {group}"),
    })?;
    let attempt = Attempt { command: "group", balancer: Some(group), name: None };
    let path = with_flags(&format!("/v1/{collection}/{id}"), &[("dry_run", *dry_run)]);
    context.client.delete(&path).await.map_err(|f| attempt.explain(f))?;
    let done = if *dry_run { "would be deleted" } else { "deleted" };
    context.output.done(name, &format!("{kind} {name} of {group} {done}"))
}

fn policy_body(arguments: &PolicyAdd) -> Result<Value, Failure> {
    let usage = |wrong: elbow_model::value::Invalid| Failure::Usage(wrong.0);
    let mut object = Object::new();
    let mut put = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            object.insert(field.to_owned(), value);
        }
    };
    let name = arguments.name.clone().or(arguments.metric.clone());
    put("name", name.map(|name| json!(name)));
    put("type", Some(json!(constant(&arguments.kind))));
    put("enabled", Some(json!(!arguments.disabled)));
    let metric = arguments.metric.as_deref().map(|metric| json!(constant(metric)));
    let threshold = arguments.above.map(|above| ("ABOVE", above));
    let threshold = threshold.or(arguments.below.map(|below| ("BELOW", below)));
    let alarm = threshold.map(|(comparison, threshold)| {
        let mut alarm = json!({ "comparison": comparison, "threshold": threshold });
        alarm["metric"] = metric.clone().unwrap_or_default();
        for (field, seconds) in [("window_s", arguments.window), ("for_s", arguments.hold)] {
            if let Some(seconds) = seconds {
                alarm[field] = json!(seconds);
            }
        }
        alarm
    });
    match alarm {
        Some(alarm) => put("alarm", Some(alarm)),
        None => put("metric", metric),
    }
    put("target", arguments.target.map(|target| json!(target)));
    put("tolerance_percent", arguments.tolerance.map(|percent| json!(percent)));
    put("disable_scale_in", arguments.disable_scale_in.then_some(json!(true)));
    if let Some(change) = &arguments.change {
        put("adjustment", Some(adjustment(change).map_err(usage)?));
    }
    let steps: Result<Vec<Value>, Failure> =
        arguments.steps.iter().map(|text| step(text).map_err(usage)).collect();
    let steps = steps?;
    put("steps", (!steps.is_empty()).then(|| json!(steps)));
    let cooldown = |seconds: i64| json!({ "cooldown_s": seconds });
    put("up", arguments.up_cooldown.map(cooldown));
    put("down", arguments.down_cooldown.map(cooldown));
    Ok(json!(object))
}

fn schedule_body(arguments: &ScheduleAdd) -> Value {
    let mut object = Object::new();
    let mut put = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            object.insert(field.to_owned(), value);
        }
    };
    put("name", Some(json!(arguments.name)));
    put("cron", arguments.cron.as_ref().map(|cron| json!(cron)));
    put("time_zone", arguments.time_zone.as_ref().map(|zone| json!(zone)));
    put("at", arguments.at.as_ref().map(|at| json!(at)));
    put("min", arguments.min.map(|min| json!(min)));
    put("max", arguments.max.map(|max| json!(max)));
    put("desired", arguments.desired.map(|desired| json!(desired)));
    json!(object)
}

fn hook_body(arguments: &HookAdd) -> Value {
    let mut object = Object::new();
    let mut put = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            object.insert(field.to_owned(), value);
        }
    };
    put("name", Some(json!(arguments.name)));
    put("transition", Some(json!(constant(&arguments.on))));
    put("heartbeat_timeout_s", arguments.timeout.map(|seconds| json!(seconds)));
    put("default_result", arguments.default_result.as_deref().map(|r| json!(constant(r))));
    put("webhook", arguments.webhook.as_ref().map(|url| json!(url)));
    json!(object)
}
