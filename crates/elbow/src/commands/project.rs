//! `elbow project ...`

use serde_json::{Value, json};

use super::Context;
use super::change::dry_run_path;
use crate::args::{ProjectCommand, ProjectOptions};
use crate::client::encode;
use crate::failure::Failure;
use crate::notation::{Object, constant};
use crate::output::{self, items, project_overview, projects, view};

const PATH: &str = "/v1/projects";

pub(super) async fn run(context: &mut Context, command: ProjectCommand) -> Result<(), Failure> {
    match command {
        ProjectCommand::List => {
            let answer = context.client.read_list(PATH, None).await?;
            context
                .output
                .answer(&answer, |answer| Ok(projects(&items(answer)?).text("no projects")))
        }
        ProjectCommand::Show { name } => {
            let answer = context.client.read(&path(&name)).await.map_err(listed)?;
            let members = format!("{}/memberships", path(&name));
            let members = context.client.read_list(&members, None).await.map_err(listed)?;
            context
                .output
                .answer(&answer, |answer| Ok(project_overview(&view(answer)?, &items(&members)?)))
        }
        ProjectCommand::Create { name, options } => {
            let mut body = fields(&options)?;
            body.insert("name".to_owned(), json!(name));
            let path = dry_run_path(PATH, options.dry_run);
            let answer = context.client.create(&path, &json!(body)).await.map_err(listed)?;
            answer_with(context, &answer, options.dry_run)
        }
        ProjectCommand::Edit { name, new_name, options } => {
            let mut body = fields(&options)?;
            if let Some(new_name) = new_name {
                body.insert("name".to_owned(), json!(new_name));
            }
            if body.is_empty() {
                let what = "nothing to edit; say what is to be different, such as --quota vips=5";
                return Err(Failure::Usage(what.to_owned()));
            }
            let path = dry_run_path(&path(&name), options.dry_run);
            let answer = context.client.edit(&path, &json!(body)).await.map_err(listed)?;
            answer_with(context, &answer, options.dry_run)
        }
        ProjectCommand::Delete { name, force, dry_run } => {
            let path = dry_run_path(&path(&name), dry_run);
            let mark = if path.contains('?') { '&' } else { '?' };
            let path = if force { format!("{path}{mark}force=true") } else { path };
            context.client.delete(&path).await.map_err(listed)?;
            let done = if dry_run { "would be deleted" } else { "deleted" };
            context.output.done(&name, &format!("project {name} {done}"))
        }
    }
}

fn answer_with(context: &mut Context, answer: &Value, dry_run: bool) -> Result<(), Failure> {
    if dry_run {
        output::note("dry run: nothing was changed");
    }
    context.output.answer(answer, |answer| Ok(projects(&[view(answer)?]).text("")))
}

/// The fields that are given.
fn fields(options: &ProjectOptions) -> Result<Object, Failure> {
    let ProjectOptions { description, quotas, drivers, dry_run: _ } = options;
    let mut body = Object::new();
    if let Some(description) = description {
        body.insert("description".to_owned(), json!(description));
    }
    let mut quota = Object::new();
    for given in quotas {
        let parsed = given.split_once('=').and_then(|(what, count)| {
            Some((what.replace('-', "_").to_lowercase(), count.parse::<u32>().ok()?))
        });
        let Some((what, count)) = parsed else {
            let what = format!("`{given}` is no quota; write it as load-balancers=10");
            return Err(Failure::Usage(what));
        };
        quota.insert(what, json!(count));
    }
    if !quota.is_empty() {
        body.insert("quota".to_owned(), json!(quota));
    }
    if !drivers.is_empty() {
        let named = drivers.iter().filter(|driver| !driver.eq_ignore_ascii_case("none"));
        let named: Vec<String> = named.map(|driver| constant(driver)).collect();
        body.insert("drivers".to_owned(), json!(named));
    }
    Ok(body)
}

fn path(name: &str) -> String {
    format!("{PATH}/{}", encode(name))
}

/// After a refusal the list of projects helps.
fn listed(failure: Failure) -> Failure {
    let Failure::Refused(mut problem) = failure else { return failure };
    problem.next = Some("elbow project list".to_owned());
    Failure::Refused(problem)
}
