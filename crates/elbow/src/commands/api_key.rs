//! `elbow key ...`

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::Context;
use super::change::dry_run_path;
use crate::args::{KeyCommand, KeyCreate};
use crate::client::encode;
use crate::failure::Failure;
use crate::notation::{Object, constant};
use crate::output::{self, Reference, Table, items, view};
use crate::up::now;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeyView {
    key: Option<String>,
    name: String,
    project: Option<Reference>,
    role: String,
    access: String,
    status: String,
    expires_at: String,
    last_used_at: Option<String>,
}

pub(super) async fn run(context: &mut Context, command: KeyCommand) -> Result<(), Failure> {
    match command {
        KeyCommand::Create(arguments) => create(context, &arguments).await,
        KeyCommand::List { user } => {
            let query = user.map(|user| format!("?user={}", encode(&user))).unwrap_or_default();
            let answer = context.client.read_list(&format!("/v1/api-keys{query}"), None).await?;
            let empty = "no API keys; make one: elbow key create NAME";
            context.output.answer(&answer, |answer| Ok(table(&items(answer)?).text(empty)))
        }
        KeyCommand::Delete { name, dry_run } => {
            let path = dry_run_path(&format!("/v1/api-keys/{}", encode(&name)), dry_run);
            context.client.delete(&path).await.map_err(listed)?;
            let done = if dry_run { "would be deleted" } else { "deleted" };
            context.output.done(&name, &format!("API key {name} {done}"))
        }
    }
}

async fn create(context: &mut Context, arguments: &KeyCreate) -> Result<(), Failure> {
    let KeyCreate { name, role, read_only, days, description, dry_run } = arguments;
    let lifetime = Duration::from_secs(u64::from(*days) * 86_400);
    let mut object = Object::new();
    object.insert("name".to_owned(), json!(name));
    // A minute less, so that the longest time is not too long by a service's clock that is behind.
    let expires_at = now().after(lifetime.saturating_sub(Duration::from_secs(60)));
    object.insert("expires_at".to_owned(), json!(expires_at.to_string()));
    if let Some(role) = role {
        object.insert("role".to_owned(), json!(constant(role)));
    }
    if *read_only {
        object.insert("access".to_owned(), json!("READ_ONLY"));
    }
    if let Some(description) = description {
        object.insert("description".to_owned(), json!(description));
    }
    let path = dry_run_path("/v1/api-keys", *dry_run);
    let answer = context.client.create(&path, &json!(object)).await.map_err(listed)?;
    if *dry_run {
        output::note("dry run: nothing was changed");
    }
    context.output.answer(&answer, |answer| {
        let made: KeyView = view(answer)?;
        let Some(key) = &made.key else { return Ok(table(&[made]).text("")) };
        output::note("shown only now; keep it where the program finds it, such as ELBOW_TOKEN");
        Ok(format!("{key}\n"))
    })
}

/// After any refusal about keys the list of them helps.
fn listed(failure: Failure) -> Failure {
    let Failure::Refused(mut problem) = failure else { return failure };
    problem.next = Some("elbow key list".to_owned());
    Failure::Refused(problem)
}

fn table(keys: &[KeyView]) -> Table {
    let mut table =
        Table::new(&["NAME", "PROJECT", "ROLE", "ACCESS", "STATUS", "EXPIRES", "LAST USED"]);
    for key in keys {
        table.row([
            key.name.clone(),
            key.project.as_ref().map(Reference::name).unwrap_or_default().to_owned(),
            key.role.clone(),
            key.access.clone(),
            key.status.clone(),
            key.expires_at.clone(),
            key.last_used_at.clone().unwrap_or_default(),
        ]);
    }
    table
}
