//! `elbow pool ...`

use serde_json::{Value, json};

use super::Context;
use super::find::balancer_path;
use super::suggest::Attempt;
use crate::args::{Changing, PoolCommand, PoolOptions};
use crate::failure::Failure;
use crate::input::read_text;
use crate::notation::{MemberNotation, Object, OutlierNotation, constant};
use crate::output::{PoolView, items, members, pools, view};

pub(super) async fn run(context: &mut Context, command: PoolCommand) -> Result<(), Failure> {
    match command {
        PoolCommand::Create { load_balancer, name, members, options, changing } => {
            let body = creation(&name, &members, &options)?;
            let attempt = Attempt {
                command: "pool create",
                balancer: Some(&load_balancer),
                name: Some(&name),
            };
            let path = changing.path(&format!("{}/pools", balancer_path(&load_balancer)));
            let answer =
                context.client.create(&path, &body).await.map_err(|f| attempt.explain(f))?;
            context.settle(&changing, &load_balancer).await?;
            context.output.answer(&answer, one_line)
        }
        PoolCommand::List { load_balancer } => {
            let balancer = context.read_balancer(&load_balancer).await?;
            let answer = json!({ "items": balancer.get("pools") });
            context.output.answer(&answer, |answer| Ok(pools(&items(answer)?).text("no pools")))
        }
        PoolCommand::Show { load_balancer, pool } => {
            let balancer = context.balancer(&load_balancer).await?;
            let found = balancer.find_pool(Some(&pool))?;
            let answer = context.client.read(&format!("/v1/pools/{}", found.id)).await?;
            context.output.answer(&answer, with_members)
        }
        PoolCommand::Edit { load_balancer, pool, name, options, changing } => {
            let mut object = fields(&options)?;
            if let Some(name) = name {
                object.insert("name".to_owned(), json!(name));
            }
            edit(context, &load_balancer, &pool, object, &changing).await
        }
        PoolCommand::Delete { load_balancer, pool, changing } => {
            delete(context, &load_balancer, &pool, &changing).await
        }
    }
}

async fn edit(
    context: &mut Context,
    load_balancer: &str,
    pool: &str,
    object: Object,
    changing: &Changing,
) -> Result<(), Failure> {
    if object.is_empty() {
        return Err(Failure::Usage(
            "nothing to edit was given; see elbow pool edit --help".to_owned(),
        ));
    }
    let balancer = context.balancer(load_balancer).await?;
    let found = balancer.find_pool(Some(pool))?;
    let attempt = Attempt { command: "pool edit", balancer: Some(load_balancer), name: None };
    let path = changing.path(&format!("/v1/pools/{}", found.id));
    let answer =
        context.client.edit(&path, &json!(object)).await.map_err(|f| attempt.explain(f))?;
    context.settle(changing, &balancer.id).await?;
    context.output.answer(&answer, one_line)
}

async fn delete(
    context: &mut Context,
    load_balancer: &str,
    pool: &str,
    changing: &Changing,
) -> Result<(), Failure> {
    let balancer = context.balancer(load_balancer).await?;
    let found = balancer.find_pool(Some(pool))?;
    let attempt = Attempt { command: "pool delete", balancer: Some(load_balancer), name: None };
    let path = changing.path(&format!("/v1/pools/{}", found.id));
    context.client.delete(&path).await.map_err(|f| attempt.explain(f))?;
    context.settle(changing, &balancer.id).await?;
    let done = if changing.dry_run { "would be deleted" } else { "deleted" };
    context.output.done(&found.name, &format!("pool {} of {load_balancer} {done}", found.name))
}

/// The request that creates a pool.
fn creation(
    name: &str,
    members: &[MemberNotation],
    options: &PoolOptions,
) -> Result<Value, Failure> {
    let mut object = fields(options)?;
    object.retain(|_, value| !value.is_null());
    if let Some(check) = &options.health_check {
        object.insert("health_monitor".to_owned(), check.value());
    }
    if let Some(persistence) = &options.session_persistence {
        object.insert("session_persistence".to_owned(), persistence.value());
    }
    object.insert("name".to_owned(), json!(name));
    let members: Vec<Object> = members.iter().map(MemberNotation::object).collect();
    object.insert("members".to_owned(), json!(members));
    Ok(json!(object))
}

/// What was said of a pool, as a merge patch.
fn fields(options: &PoolOptions) -> Result<Object, Failure> {
    let mut object = Object::new();
    let mut put = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            object.insert(field.to_owned(), value);
        }
    };
    put("method", options.method.as_ref().map(|method| json!(method)));
    put("health_monitor", options.health_check.as_ref().map(|check| check.replacement()));
    put(
        "session_persistence",
        options.session_persistence.as_ref().map(|persistence| persistence.replacement()),
    );
    put("on_no_healthy", options.on_no_healthy.as_deref().map(|word| json!(constant(word))));
    let limit = |limit: i64| if limit == 0 { Value::Null } else { json!(limit) };
    put("max_connections_per_member", options.max_connections_per_member.map(limit));
    put("slow_start_ms", options.slow_start.map(|ms| json!(ms)));
    put("retries", options.retries.map(|retries| json!(retries)));
    put("outlier_ejection", options.outlier_ejection.as_ref().map(OutlierNotation::value));
    let version = |word: &str| match word {
        "none" => Value::Null,
        word => json!(constant(word)),
    };
    put("proxy_protocol", options.proxy_protocol.as_deref().map(version));
    put("queue", queue(options));
    put("tls", tls(options)?);
    put("http2", options.http2.map(|http2| json!(http2)));
    Ok(object)
}

/// What was said of TLS with members; null for none.
fn tls(options: &PoolOptions) -> Result<Option<Value>, Failure> {
    if options.no_tls {
        return Ok(Some(Value::Null));
    }
    let mut tls = Object::new();
    if let Some(verify) = options.tls_verify {
        tls.insert("verify".to_owned(), json!(verify));
    }
    if let Some(file) = &options.tls_ca {
        tls.insert("ca".to_owned(), json!(read_text(file)?));
    }
    match options.tls_server_name.as_deref() {
        Some("none") => drop(tls.insert("server_name".to_owned(), Value::Null)),
        Some(name) => drop(tls.insert("server_name".to_owned(), json!(name))),
        None => {}
    }
    Ok((options.tls || !tls.is_empty()).then(|| json!(tls)))
}

/// Where requests wait, as far as something was said of it.
fn queue(options: &PoolOptions) -> Option<Value> {
    let mut queue = Object::new();
    if let Some(max) = options.queue_max {
        queue.insert("max".to_owned(), json!(max));
    }
    if let Some(timeout_ms) = options.queue_timeout {
        queue.insert("timeout_ms".to_owned(), json!(timeout_ms));
    }
    (!queue.is_empty()).then(|| json!(queue))
}

fn one_line(answer: &Value) -> Result<String, Failure> {
    Ok(pools(&[view(answer)?]).text(""))
}

fn with_members(answer: &Value) -> Result<String, Failure> {
    let pool: PoolView = view(answer)?;
    let rows = members(pool.members.iter().map(|member| ("", member)));
    let head = pools(std::slice::from_ref(&pool)).text("");
    Ok(format!("{head}\n{}", rows.text("no members; add one: elbow member add")))
}
