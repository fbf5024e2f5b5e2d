//! `elbow user ...`

use serde_json::{Value, json};

use super::Context;
use super::reset_password::choose;
use crate::args::{Leaving, ResetPassword, UserCommand, UserCreate, UserEdit};
use crate::client::encode;
use crate::failure::Failure;
use crate::notation::{Object, constant};
use crate::output::{self, items, user_overview, users, view};

const PATH: &str = "/v1/users";

pub(super) async fn run(context: &mut Context, command: UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::List => {
            let answer = context.client.read_list(PATH, None).await?;
            context.output.answer(&answer, |answer| Ok(users(&items(answer)?).text("no users")))
        }
        UserCommand::Show { name } => {
            let answer = context.client.read(&path(&name)).await.map_err(listed)?;
            context.output.answer(&answer, |answer| Ok(user_overview(&view(answer)?)))
        }
        UserCommand::Create(arguments) => create(context, arguments).await,
        UserCommand::Edit(arguments) => edit(context, &arguments).await,
        UserCommand::Delete { name, leaving } => {
            context.client.delete(&leaving.path(&path(&name))).await.map_err(listed)?;
            let done = if leaving.dry_run { "would be deleted" } else { "deleted" };
            context.output.done(&name, &format!("user {name} {done}"))
        }
        UserCommand::Grant { name, project, role } => {
            let body = json!({ "user": name, "role": constant(&role) });
            let answer = context.client.create(&members(&project), &body).await.map_err(listed)?;
            let sentence = |answer: &Value| {
                let role = answer["role"].as_str().unwrap_or_default();
                Ok(format!("{name} is {role} of project {project}\n"))
            };
            context.output.answer(&answer, sentence)
        }
        UserCommand::Revoke { name, project, leaving } => {
            let path = format!("{}/{}", members(&project), encode(&name));
            context.client.delete(&leaving.path(&path)).await.map_err(listed)?;
            let done = if leaving.dry_run { "would leave" } else { "left" };
            context.output.done(&name, &format!("{name} {done} project {project}"))
        }
        // Needs no service; see the caller.
        UserCommand::Link { name, subject } => {
            let path = format!("/v1/users/{}/identities", encode(&name));
            context.client.create(&path, &json!({ "subject": subject })).await?;
            let sentence = format!("{subject} at the login provider is {name} from now on");
            context.output.done(&name, &sentence)
        }
        UserCommand::ResetPassword(reset) => {
            let what = format!("the password of {} is set on the machine itself", reset.name);
            Err(Failure::Usage(what))
        }
    }
}

impl Leaving {
    /// The path of a request by which somebody leaves.
    fn path(&self, path: &str) -> String {
        let mut marks = Vec::new();
        if let Some(user) = &self.hand_over_to {
            marks.push(format!("hand_over_to={}", encode(user)));
        }
        if self.force {
            marks.push("force=true".to_owned());
        }
        if self.dry_run {
            marks.push("dry_run=true".to_owned());
        }
        match marks.is_empty() {
            true => path.to_owned(),
            false => format!("{path}?{}", marks.join("&")),
        }
    }
}

async fn create(context: &mut Context, arguments: UserCreate) -> Result<(), Failure> {
    let UserCreate { name, role, project, ask, password_file, dry_run } = arguments;
    let (password, is_random) = choose(&ResetPassword { name: name.clone(), ask, password_file })?;
    let mut body = Object::new();
    body.insert("name".to_owned(), json!(name));
    body.insert("role".to_owned(), json!(constant(&role)));
    body.insert("password".to_owned(), json!(*password));
    if let Some(project) = project {
        body.insert("project".to_owned(), json!(project));
    }
    let path = super::change::dry_run_path(PATH, dry_run);
    let mut answer = context.client.create(&path, &json!(body)).await.map_err(listed)?;
    if dry_run {
        output::note("dry run: nothing was changed");
    } else if is_random {
        // Printed once and kept nowhere.
        answer["password"] = json!(*password);
    }
    context.output.answer(&answer, |answer| {
        let table = users(&[view(answer)?]).text("");
        Ok(match is_random && !dry_run {
            true => format!("{table}password: {}\n", *password),
            false => table,
        })
    })
}

async fn edit(context: &mut Context, arguments: &UserEdit) -> Result<(), Failure> {
    let UserEdit { name, new_name, role, usual_project, enable, disable, dry_run } = arguments;
    let mut body = Object::new();
    if let Some(new_name) = new_name {
        body.insert("name".to_owned(), json!(new_name));
    }
    if let Some(role) = role {
        body.insert("role".to_owned(), json!(constant(role)));
    }
    if let Some(project) = usual_project {
        body.insert("project".to_owned(), json!(project));
    }
    if *enable || *disable {
        body.insert("enabled".to_owned(), json!(enable));
    }
    if body.is_empty() {
        let what = "nothing to edit; say what is to be different, such as --role viewer";
        return Err(Failure::Usage(what.to_owned()));
    }
    let path = super::change::dry_run_path(&path(name), *dry_run);
    let answer = context.client.edit(&path, &json!(body)).await.map_err(listed)?;
    if *dry_run {
        output::note("dry run: nothing was changed");
    }
    context.output.answer(&answer, |answer| Ok(users(&[view(answer)?]).text("")))
}

fn path(name: &str) -> String {
    format!("{PATH}/{}", encode(name))
}

fn members(project: &str) -> String {
    format!("/v1/projects/{}/memberships", encode(project))
}

/// After a refusal the list of users helps, unless the service said what to do.
fn listed(failure: Failure) -> Failure {
    let Failure::Refused(mut problem) = failure else { return failure };
    problem.next = Some("elbow user list".to_owned());
    Failure::Refused(problem)
}
