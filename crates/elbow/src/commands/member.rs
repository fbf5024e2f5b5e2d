//! `elbow member ...`

use serde_json::{Value, json};

use super::Context;
use super::change::dry_run_path;
use super::suggest::Attempt;
use crate::args::{Changing, MemberCommand, MemberEdit, MemberOptions};
use crate::failure::Failure;
use crate::notation::{MemberNotation, Object};
use crate::output::{LoadBalancerView, MemberView, items, members as members_table, target, view};

pub(super) async fn run(context: &mut Context, command: MemberCommand) -> Result<(), Failure> {
    match command {
        MemberCommand::Add { load_balancer, members, pool, options, changing } => {
            add(context, &load_balancer, &members, pool.as_deref(), &options, &changing).await
        }
        MemberCommand::List { load_balancer, pool } => {
            list(context, &load_balancer, pool.as_deref()).await
        }
        MemberCommand::Edit(arguments) => edit(context, &arguments).await,
        MemberCommand::Delete { load_balancer, members, pool, changing } => {
            delete(context, &load_balancer, &members, pool.as_deref(), &changing).await
        }
    }
}

async fn add(
    context: &mut Context,
    load_balancer: &str,
    members: &[MemberNotation],
    pool: Option<&str>,
    options: &MemberOptions,
    changing: &Changing,
) -> Result<(), Failure> {
    let balancer = context.balancer(load_balancer).await?;
    let pool = balancer.find_pool(pool)?;
    let path = format!("/v1/pools/{}/members", pool.id);
    let attempt = Attempt { command: "member add", balancer: Some(load_balancer), name: None };
    // What is said of one member goes before what is said of all.
    let bodies: Vec<Value> = members
        .iter()
        .map(|member| json!(fields(options).into_iter().chain(member.object()).collect::<Object>()))
        .collect();
    // One wrong member shall leave none behind.
    if !changing.dry_run && bodies.len() > 1 {
        let rehearsal = dry_run_path(&path, true);
        for body in &bodies {
            context.client.create(&rehearsal, body).await.map_err(|f| attempt.explain(f))?;
        }
    }
    let path = changing.path(&path);
    let mut answers = Vec::new();
    for body in &bodies {
        answers.push(context.client.create(&path, body).await.map_err(|f| attempt.explain(f))?);
    }
    context.settle(changing, &balancer.id).await?;
    match answers.as_slice() {
        [only] => context.output.answer(only, one_line),
        several => context.output.answer(&json!({ "items": several }), |answer| {
            let added: Vec<MemberView> = items(answer)?;
            Ok(members_table(added.iter().map(|member| ("", member))).text(""))
        }),
    }
}

async fn list(
    context: &mut Context,
    load_balancer: &str,
    pool: Option<&str>,
) -> Result<(), Failure> {
    let answer = context.read_balancer(load_balancer).await?;
    let balancer: LoadBalancerView = view(&answer)?;
    let wanted = pool.map(|pool| balancer.find_pool(Some(pool))).transpose()?;
    let is_wanted = |id: &str| wanted.is_none_or(|pool| pool.id == id);
    let pools = answer.get("pools").and_then(Value::as_array).into_iter().flatten();
    let shown = pools.filter(|pool| pool.get("id").and_then(Value::as_str).is_some_and(is_wanted));
    let listed: Vec<&Value> =
        shown.filter_map(|pool| pool.get("members").and_then(Value::as_array)).flatten().collect();
    context.output.answer(&json!({ "items": listed }), |_| {
        let pools = balancer.pools.iter().filter(|pool| is_wanted(&pool.id));
        let rows =
            pools.flat_map(|pool| pool.members.iter().map(|member| (pool.name.as_str(), member)));
        Ok(members_table(rows)
            .text(&format!("no members; add one: elbow member add {load_balancer} ADDRESS:PORT")))
    })
}

async fn edit(context: &mut Context, arguments: &MemberEdit) -> Result<(), Failure> {
    let mut object = fields(&arguments.options);
    if let Some(name) = &arguments.name {
        object.insert("name".to_owned(), json!(name));
    }
    if arguments.enable || arguments.disable {
        object.insert("enabled".to_owned(), json!(arguments.enable));
    }
    if object.is_empty() {
        return Err(Failure::Usage(
            "nothing to edit was given; see elbow member edit --help".to_owned(),
        ));
    }
    let balancer = context.balancer(&arguments.load_balancer).await?;
    let member = balancer.find_member(&arguments.member, arguments.pool.as_deref())?;
    let attempt =
        Attempt { command: "member edit", balancer: Some(&arguments.load_balancer), name: None };
    let path = arguments.changing.path(&format!("/v1/members/{}", member.id));
    let answer =
        context.client.edit(&path, &json!(object)).await.map_err(|f| attempt.explain(f))?;
    context.settle(&arguments.changing, &balancer.id).await?;
    context.output.answer(&answer, one_line)
}

async fn delete(
    context: &mut Context,
    load_balancer: &str,
    named: &[String],
    pool: Option<&str>,
    changing: &Changing,
) -> Result<(), Failure> {
    let balancer = context.balancer(load_balancer).await?;
    let found: Result<Vec<&MemberView>, Failure> =
        named.iter().map(|n| balancer.find_member(n, pool)).collect();
    let attempt = Attempt { command: "member delete", balancer: Some(load_balancer), name: None };
    for member in found? {
        let path = changing.path(&format!("/v1/members/{}", member.id));
        context.client.delete(&path).await.map_err(|f| attempt.explain(f))?;
        let name = target(&member.address, member.port);
        let done = if changing.dry_run { "would be deleted" } else { "deleted" };
        context.output.done(&name, &format!("member {name} of {load_balancer} {done}"))?;
    }
    context.settle(changing, &balancer.id).await?;
    Ok(())
}

fn fields(options: &MemberOptions) -> Object {
    let mut object = Object::new();
    if let Some(weight) = options.weight {
        object.insert("weight".to_owned(), json!(weight));
    }
    if let Some(backup) = options.backup {
        object.insert("backup".to_owned(), json!(backup));
    }
    object
}

fn one_line(answer: &Value) -> Result<String, Failure> {
    Ok(members_table([("", &view::<MemberView>(answer)?)]).text(""))
}
