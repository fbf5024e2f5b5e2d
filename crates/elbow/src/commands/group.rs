//! `elbow group ...`

mod body;
mod instance;
mod logs;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Context;
use super::suggest::Attempt;
use crate::args::{
    Changing, GroupCommand, GroupCreate, GroupEdit, LoadBalancers, Processes, VServerGroups,
};
use crate::client::encode;
use crate::failure::Failure;
use crate::notation::constant;
use crate::output::{
    self, EligibleView, GroupView, InstanceView, ScalingActivityView, activities, eligible,
    group_overview, groups, instances, items, view,
};

/// How often a group is asked for while waiting.
const POLL: Duration = Duration::from_millis(50);

pub(super) async fn run(context: &mut Context, command: GroupCommand) -> Result<(), Failure> {
    use GroupCommand as G;
    match command {
        G::Create(arguments) => create(context, &arguments).await,
        G::List { search } => list(context, search.as_deref()).await,
        G::Show(named) => show(context, &named.group).await,
        G::Edit(arguments) => edit(context, &arguments).await,
        G::Delete { group, force, dry_run } => delete(context, &group, force, dry_run).await,
        G::Scale { group, desired, changing } => {
            let body = json!({ "desired": desired });
            let answer = act(context, &group, "scale", &body, changing.dry_run).await?;
            let answer = settle(context, &changing, &group).await?.unwrap_or(answer);
            context.output.answer(&answer, one_line)
        }
        G::Instances { group, status } => instance::list(context, &group, status.as_deref()).await,
        G::Logs(arguments) => logs::run(context, &arguments).await,
        G::Activities(named) => {
            let path = format!("{}/activities", group_path(&named.group));
            let answer = read_list(context, &path).await?;
            context.output.answer(&answer, |answer| {
                let shown: Vec<ScalingActivityView> = items(answer)?;
                Ok(activities(&shown).text("nothing yet"))
            })
        }
        G::Eligible(named) => {
            let path = format!("{}/eligible-load-balancers", group_path(&named.group));
            let answer = read_list(context, &path).await?;
            context.output.answer(&answer, |answer| {
                let shown: Vec<EligibleView> = items(answer)?;
                Ok(eligible(&shown).text("no load balancers; create one: elbow lb create"))
            })
        }
        G::AttachLoadBalancers(which) => balancers(context, &which, "attach-load-balancers").await,
        G::DetachLoadBalancers(which) => balancers(context, &which, "detach-load-balancers").await,
        G::AttachVserverGroups(which) => pools(context, &which, "attach-vserver-groups").await,
        G::DetachVserverGroups(which) => pools(context, &which, "detach-vserver-groups").await,
        G::AddInstance { group, address, name, changing } => {
            instance::add(context, &group, &address, name.as_deref(), &changing).await
        }
        G::RemoveInstance { instance, replace } => {
            instance::remove(context, &instance, replace).await
        }
        G::Protect(one) => instance::act(context, &one, "protect").await,
        G::Unprotect(one) => instance::act(context, &one, "unprotect").await,
        G::Standby(one) => instance::act(context, &one, "enter-standby").await,
        G::ExitStandby(one) => instance::act(context, &one, "exit-standby").await,
        G::Enable(named) => switch(context, &named.group, "enable", &json!({})).await,
        G::Disable(named) => switch(context, &named.group, "disable", &json!({})).await,
        G::Suspend(which) => processes(context, &which, "suspend").await,
        G::Resume(which) => processes(context, &which, "resume").await,
    }
}

/// Where a scaling group is in the API.
pub(super) fn group_path(name: &str) -> String {
    format!("/v1/scaling-groups/{}", encode(name))
}

/// Instances of a group, to find one by what people call it.
pub(super) use instance::find as find_instance;

async fn create(context: &mut Context, arguments: &GroupCreate) -> Result<(), Failure> {
    let body = body::creation(arguments)?;
    let attempt = Attempt { command: "group create", balancer: None, name: Some(&arguments.name) };
    let path = arguments.changing.path("/v1/scaling-groups");
    let answer = context.client.create(&path, &body).await.map_err(|f| attempt.explain(f))?;
    let answer = settle(context, &arguments.changing, &arguments.name).await?.unwrap_or(answer);
    context.output.answer(&answer, one_line)
}

async fn list(context: &mut Context, search: Option<&str>) -> Result<(), Failure> {
    let query = search.map_or(String::new(), |words| format!("?q={}", encode(words)));
    let answer = context.client.read_list(&format!("/v1/scaling-groups{query}"), None).await?;
    context.output.answer(&answer, |answer| {
        let shown: Vec<GroupView> = items(answer)?;
        Ok(groups(&shown).text("no scaling groups; create one: elbow group create"))
    })
}

async fn show(context: &mut Context, group: &str) -> Result<(), Failure> {
    let attempt = Attempt { command: "group show", balancer: None, name: None };
    let path = group_path(group);
    let answer = context.client.read(&path).await.map_err(|f| attempt.explain(f))?;
    let found = context.client.read_list(&format!("{path}/instances"), None).await?;
    context.output.answer(&answer, |answer| {
        let shown: Vec<InstanceView> = items(&found)?;
        Ok(group_overview(&view(answer)?, &shown))
    })
}

async fn edit(context: &mut Context, arguments: &GroupEdit) -> Result<(), Failure> {
    let object = body::patch(arguments);
    if object.is_empty() {
        return Err(Failure::Usage(
            "nothing to edit was given; see elbow group edit --help".to_owned(),
        ));
    }
    let group = &arguments.group;
    let attempt = Attempt { command: "group edit", balancer: Some(group), name: None };
    let path = arguments.changing.path(&group_path(group));
    let answer =
        context.client.edit(&path, &json!(object)).await.map_err(|f| attempt.explain(f))?;
    let name = arguments.name.as_deref().unwrap_or(group);
    let answer = settle(context, &arguments.changing, name).await?.unwrap_or(answer);
    context.output.answer(&answer, one_line)
}

async fn delete(
    context: &mut Context,
    group: &str,
    force: bool,
    dry_run: bool,
) -> Result<(), Failure> {
    let attempt = Attempt { command: "group delete", balancer: Some(group), name: None };
    let path = with_flags(&group_path(group), &[("dry_run", dry_run), ("force", force)]);
    context.client.delete(&path).await.map_err(|f| attempt.explain(f))?;
    let done = match (dry_run, force) {
        (true, _) => "would be deleted",
        (false, true) => "goes once its instances have left",
        (false, false) => "deleted",
    };
    context.output.done(group, &format!("scaling group {group} {done}"))
}

async fn balancers(
    context: &mut Context,
    which: &LoadBalancers,
    action: &'static str,
) -> Result<(), Failure> {
    let body = json!({ "load_balancers": which.load_balancers, "force": which.force });
    let answer = act(context, &which.group, action, &body, which.dry_run).await?;
    context.output.answer(&answer, one_line)
}

async fn pools(
    context: &mut Context,
    which: &VServerGroups,
    action: &'static str,
) -> Result<(), Failure> {
    let named: Vec<_> = which.pools.iter().map(|pool| pool.object()).collect();
    let body = json!({ "vserver_groups": named, "force": which.force });
    let answer = act(context, &which.group, action, &body, which.dry_run).await?;
    context.output.answer(&answer, one_line)
}

async fn processes(
    context: &mut Context,
    which: &Processes,
    action: &'static str,
) -> Result<(), Failure> {
    let named: Vec<String> = which.processes.iter().map(|process| constant(process)).collect();
    let body = if named.is_empty() { json!({}) } else { json!({ "processes": named }) };
    switch(context, &which.group, action, &body).await
}

async fn switch(
    context: &mut Context,
    group: &str,
    action: &'static str,
    body: &Value,
) -> Result<(), Failure> {
    let answer = act(context, group, action, body, false).await?;
    context.output.answer(&answer, one_line)
}

async fn act(
    context: &mut Context,
    group: &str,
    action: &'static str,
    body: &Value,
    dry_run: bool,
) -> Result<Value, Failure> {
    let attempt = Attempt { command: "group", balancer: Some(group), name: None };
    let path = with_flags(&format!("{}/{action}", group_path(group)), &[("dry_run", dry_run)]);
    let answer = context.client.create(&path, body).await.map_err(|f| attempt.explain(f))?;
    if dry_run {
        output::note("dry run: nothing was changed");
    }
    Ok(answer)
}

async fn read_list(context: &mut Context, path: &str) -> Result<Value, Failure> {
    let attempt = Attempt { command: "group", balancer: None, name: None };
    context.client.read_list(path, None).await.map_err(|f| attempt.explain(f))
}

/// A path with those flags that are set.
pub(super) fn with_flags(path: &str, flags: &[(&str, bool)]) -> String {
    let set: Vec<String> = flags
        .iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(name, _)| format!("{name}=true"))
        .collect();
    if set.is_empty() { path.to_owned() } else { format!("{path}?{}", set.join("&")) }
}

/// After a change of a group: says that it was a rehearsal, or waits until as many instances serve as are desired if
/// that is wanted, and then gives the group as it is.
async fn settle(
    context: &mut Context,
    changing: &Changing,
    group: &str,
) -> Result<Option<Value>, Failure> {
    if changing.dry_run {
        output::note("dry run: nothing was changed");
        return Ok(None);
    }
    if !changing.wait {
        return Ok(None);
    }
    let limit = Duration::from_secs(u64::from(changing.wait_timeout));
    let deadline = Instant::now() + limit;
    let mut ticks = interval(POLL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let answer = context.client.read(&group_path(group)).await?;
        let seen: GroupView = view(&answer)?;
        if seen.is_settled() {
            return Ok(Some(answer));
        }
        if Instant::now() >= deadline {
            let (serving, desired) = (seen.instances.in_service, seen.desired);
            let seconds = limit.as_secs();
            let what = format!("{serving} of {desired} instances serve after {seconds} s");
            let next = format!("elbow group activities {group}");
            return Err(Failure::NotInForce { what, next });
        }
    }
}

fn one_line(answer: &Value) -> Result<String, Failure> {
    Ok(groups(&[view(answer)?]).text(""))
}

/// For commands about one instance.
fn one_instance(answer: &Value) -> Result<String, Failure> {
    Ok(instances(&[view(answer)?]).text(""))
}
