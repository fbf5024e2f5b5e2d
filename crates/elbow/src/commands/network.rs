//! `elbow network ...`

use serde_json::{Value, json};

use super::Context;
use super::change::dry_run_path;
use crate::args::{NetworkCommand, NetworkCreate, NetworkEdit};
use crate::client::encode;
use crate::failure::Failure;
use crate::notation::{Object, constant};
use crate::output::{self, items, networks, view};

pub(super) async fn run(context: &mut Context, command: NetworkCommand) -> Result<(), Failure> {
    match command {
        NetworkCommand::List => {
            let answer = context.client.read_list("/v1/networks", None).await?;
            context
                .output
                .answer(&answer, |answer| Ok(networks(&items(answer)?).text("no networks")))
        }
        NetworkCommand::Show { name } => {
            let answer = context.client.read(&path(&name)).await.map_err(listed)?;
            context.output.answer(&answer, one_line)
        }
        NetworkCommand::Create(arguments) => create(context, &arguments).await,
        NetworkCommand::Edit(arguments) => edit(context, &arguments).await,
        NetworkCommand::Delete { name, dry_run } => {
            context.client.delete(&dry_run_path(&path(&name), dry_run)).await.map_err(listed)?;
            let done = if dry_run { "would be deleted" } else { "deleted" };
            context.output.done(&name, &format!("network {name} {done}"))
        }
    }
}

async fn create(context: &mut Context, arguments: &NetworkCreate) -> Result<(), Failure> {
    let mut object = Object::new();
    object.insert("name".to_owned(), json!(arguments.name));
    let kind =
        if arguments.addresses.is_empty() { constant(&arguments.kind) } else { "HOST".to_owned() };
    object.insert("kind".to_owned(), json!(kind));
    let texts = [
        ("cidr", &arguments.cidr),
        ("project", &arguments.only_for),
        ("region", &arguments.region),
        ("description", &arguments.description),
    ];
    for (field, value) in texts {
        if let Some(value) = value {
            object.insert(field.to_owned(), json!(value));
        }
    }
    if !arguments.addresses.is_empty() {
        object.insert("addresses".to_owned(), json!(arguments.addresses));
    }
    let path = dry_run_path("/v1/networks", arguments.dry_run);
    let answer = context.client.create(&path, &json!(object)).await.map_err(listed)?;
    if arguments.dry_run {
        output::note("dry run: nothing was changed");
    }
    context.output.answer(&answer, one_line)
}

async fn edit(context: &mut Context, arguments: &NetworkEdit) -> Result<(), Failure> {
    let NetworkEdit { name, new_name, description, dry_run } = arguments;
    let mut object = Object::new();
    for (field, value) in [("name", new_name), ("description", description)] {
        if let Some(value) = value {
            object.insert(field.to_owned(), json!(value));
        }
    }
    if object.is_empty() {
        let what = "nothing to edit; say what is to be different: --name, --description";
        return Err(Failure::Usage(what.to_owned()));
    }
    let path = dry_run_path(&path(name), *dry_run);
    let answer = context.client.edit(&path, &json!(object)).await.map_err(listed)?;
    if *dry_run {
        output::note("dry run: nothing was changed");
    }
    context.output.answer(&answer, one_line)
}

fn path(name: &str) -> String {
    format!("/v1/networks/{}", encode(name))
}

/// After any refusal about networks the list of them helps.
fn listed(failure: Failure) -> Failure {
    match failure {
        Failure::Refused(mut problem) => {
            problem.next = Some("elbow network list".to_owned());
            Failure::Refused(problem)
        }
        other => other,
    }
}

fn one_line(answer: &Value) -> Result<String, Failure> {
    Ok(networks(&[view(answer)?]).text(""))
}
