//! `elbow lb ...`

use serde_json::{Value, json};

use super::Context;
use super::change::dry_run_path;
use super::find::balancer_path;
use super::suggest::Attempt;
use crate::args::{
    Changing, LoadBalancerCommand, LoadBalancerCreate, LoadBalancerEdit, LoadBalancerList,
};
use crate::client::encode;
use crate::failure::Failure;
use crate::notation::{Object, constant};
use crate::output::{LoadBalancerView, items, load_balancers, overview, view};

pub(super) async fn run(
    context: &mut Context,
    command: LoadBalancerCommand,
) -> Result<(), Failure> {
    match command {
        LoadBalancerCommand::Create(arguments) => create(context, &arguments).await,
        LoadBalancerCommand::List(arguments) => list(context, &arguments).await,
        LoadBalancerCommand::Show { name } => {
            let answer = context.read_balancer(&name).await?;
            context
                .output
                .answer(&answer, |answer| Ok(overview(&view::<LoadBalancerView>(answer)?)))
        }
        LoadBalancerCommand::Edit(arguments) => edit(context, &arguments).await,
        LoadBalancerCommand::Delete { names, changing } => delete(context, &names, &changing).await,
    }
}

async fn create(context: &mut Context, arguments: &LoadBalancerCreate) -> Result<(), Failure> {
    let attempt = Attempt { command: "lb create", balancer: None, name: Some(&arguments.name) };
    let path = arguments.changing.path("/v1/load-balancers");
    let answer =
        context.client.create(&path, &creation(arguments)).await.map_err(|f| attempt.explain(f))?;
    let created: LoadBalancerView = view(&answer)?;
    let answer = context.settle(&arguments.changing, &created.id).await?.unwrap_or(answer);
    context.output.answer(&answer, one_line)
}

/// The request that creates a load balancer.
fn creation(arguments: &LoadBalancerCreate) -> Value {
    let mut object = Object::new();
    object.insert("name".to_owned(), json!(arguments.name));
    let texts = [
        ("description", &arguments.description),
        ("network", &arguments.network),
        ("vip", &arguments.vip),
        ("method", &arguments.method),
    ];
    for (field, value) in texts {
        if let Some(value) = value {
            object.insert(field.to_owned(), json!(value));
        }
    }
    if let Some(kind) = &arguments.kind {
        object.insert("type".to_owned(), json!(constant(kind)));
    }
    if let Some(check) = &arguments.health_check {
        object.insert("health_monitor".to_owned(), check.value());
    }
    if !arguments.tags.is_empty() {
        let tags: Object =
            arguments.tags.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        object.insert("tags".to_owned(), json!(tags));
    }
    if arguments.disabled {
        object.insert("enabled".to_owned(), json!(false));
    }
    if arguments.deletion_protection {
        object.insert("deletion_protection".to_owned(), json!(true));
    }
    let listeners: Vec<Object> =
        arguments.listeners.iter().map(|listener| listener.object()).collect();
    object.insert("listeners".to_owned(), json!(listeners));
    let members: Vec<Object> = arguments.members.iter().map(|member| member.object()).collect();
    object.insert("members".to_owned(), json!(members));
    json!(object)
}

async fn list(context: &mut Context, arguments: &LoadBalancerList) -> Result<(), Failure> {
    let path = match &arguments.search {
        Some(words) => format!("/v1/load-balancers?q={}", encode(words)),
        None => "/v1/load-balancers".to_owned(),
    };
    let answer = context.client.read_list(&path, arguments.limit).await?;
    let empty = match arguments.search {
        Some(_) => "no load balancer has these words",
        None => "no load balancers yet; create one: elbow lb create --help",
    };
    context.output.answer(&answer, |answer| Ok(load_balancers(&items(answer)?).text(empty)))
}

async fn edit(context: &mut Context, arguments: &LoadBalancerEdit) -> Result<(), Failure> {
    let mut object = Object::new();
    if let Some(name) = &arguments.new_name {
        object.insert("name".to_owned(), json!(name));
    }
    if let Some(description) = &arguments.description {
        object.insert("description".to_owned(), json!(description));
    }
    if !arguments.tags.is_empty() {
        let tag = |value: &String| if value.is_empty() { Value::Null } else { json!(value) };
        let tags: Object =
            arguments.tags.iter().map(|(key, value)| (key.clone(), tag(value))).collect();
        object.insert("tags".to_owned(), json!(tags));
    }
    if let Some(method) = &arguments.method {
        object.insert("method".to_owned(), json!(method));
    }
    if let Some(check) = &arguments.health_check {
        object.insert("health_monitor".to_owned(), check.replacement());
    }
    if arguments.enable || arguments.disable {
        object.insert("enabled".to_owned(), json!(arguments.enable));
    }
    if let Some(protection) = arguments.deletion_protection {
        object.insert("deletion_protection".to_owned(), json!(protection));
    }
    if object.is_empty() {
        return Err(Failure::Usage(
            "nothing to edit was given; see elbow lb edit --help".to_owned(),
        ));
    }
    let attempt = Attempt { command: "lb edit", balancer: Some(&arguments.name), name: None };
    let path = arguments.changing.path(&balancer_path(&arguments.name));
    let answer =
        context.client.edit(&path, &json!(object)).await.map_err(|f| attempt.explain(f))?;
    let edited: LoadBalancerView = view(&answer)?;
    let answer = context.settle(&arguments.changing, &edited.id).await?.unwrap_or(answer);
    context.output.answer(&answer, one_line)
}

async fn delete(
    context: &mut Context,
    names: &[String],
    changing: &Changing,
) -> Result<(), Failure> {
    // One wrong name shall leave all of them as they are.
    let rehearses = !changing.dry_run && names.len() > 1;
    for name in names.iter().filter(|_| rehearses) {
        delete_one(context, name, &dry_run_path(&balancer_path(name), true)).await?;
    }
    for name in names {
        delete_one(context, name, &changing.path(&balancer_path(name))).await?;
        let done = if changing.dry_run { "would be deleted" } else { "deleted" };
        context.output.done(name, &format!("load balancer {name} {done}"))?;
    }
    Ok(())
}

async fn delete_one(context: &mut Context, name: &str, path: &str) -> Result<(), Failure> {
    let attempt = Attempt { command: "lb delete", balancer: Some(name), name: None };
    context.client.delete(path).await.map(drop).map_err(|f| attempt.explain(f))
}

fn one_line(answer: &Value) -> Result<String, Failure> {
    Ok(load_balancers(&[view(answer)?]).text(""))
}
