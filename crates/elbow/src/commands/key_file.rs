//! `elbow key-file ...`

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Context;
use super::change::dry_run_path;
use crate::args::{KeyFileCommand, KeyFileName};
use crate::failure::Failure;
use crate::output::{self, Table, items, view};

/// How often it is asked whether the old key is gone.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeyFileView {
    name: String,
    keys: u32,
    is_being_replaced: bool,
}

pub(super) async fn run(context: &mut Context, command: KeyFileCommand) -> Result<(), Failure> {
    match command {
        KeyFileCommand::List => {
            let answer = list(context).await?;
            context.output.answer(&answer, |answer| table(&items(answer)?))
        }
        KeyFileCommand::Rotate { name, wait, dry_run } => {
            let path = format!("/v1/key-files/{}/rotate", name.word());
            let mut answer =
                context.client.create(&dry_run_path(&path, dry_run), &json!({})).await?;
            if dry_run {
                output::note("dry run: nothing was changed");
            } else if wait {
                while view::<KeyFileView>(&answer)?.is_being_replaced {
                    sleep(LOOK).await;
                    answer = show(context, name).await?;
                }
            }
            context.output.answer(&answer, |answer| table(&[view(answer)?]))
        }
    }
}

async fn list(context: &mut Context) -> Result<Value, Failure> {
    context.client.read("/v1/key-files").await
}

async fn show(context: &mut Context, name: KeyFileName) -> Result<Value, Failure> {
    let answer = list(context).await?;
    let all = answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let found = all.into_iter().find(|file| file.get("name").is_some_and(|n| n == name.word()));
    found.ok_or_else(|| Failure::Unresolved {
        what: format!("there is no key file {} any more", name.word()),
        next: "elbow key-file list".to_owned(),
    })
}

fn table(files: &[KeyFileView]) -> Result<String, Failure> {
    let mut table = Table::new(&["NAME", "KEYS", "STATE"]);
    for KeyFileView { name, keys, is_being_replaced } in files {
        let state = if *is_being_replaced { "being replaced" } else { "" };
        table.row([name.to_lowercase(), keys.to_string(), state.to_owned()]);
    }
    Ok(table.text("this service has no key files"))
}
