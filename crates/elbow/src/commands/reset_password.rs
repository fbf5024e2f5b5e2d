//! `elbow user reset-password`: on the machine itself, by the running service or, where none runs, in its data.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;

use elbow_model::change::{Author, Change, Edit};
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::value::PasswordHash;
use elbow_store::ledger::{CommitError, Ledger, Storage};
use elbow_vault::password;
use serde_json::json;
use zeroize::Zeroizing;

use crate::args::{Global, ResetPassword};
use crate::client::{Client, Place, encode};
use crate::failure::Failure;
use crate::input::read_text;
use crate::output::{self, Output};
use crate::up::now;

/// Sets a password that was given, or a random one.
pub(super) async fn run(global: &Global, arguments: &ResetPassword) -> Result<(), Failure> {
    let (password, is_random) = choose(arguments)?;
    let place = Place::of_data_dir(&global.data_dir);
    let name = &arguments.name;
    if is_running(&global.data_dir)? {
        let mut client = Client::connect_to(place, None).await?;
        let body = json!({ "password": *password });
        client.edit(&format!("/v1/users/{}", encode(name)), &body).await.map_err(listed)?;
    } else {
        set_in_data(&global.data_dir, name, &password).await?;
    }
    output::note(&format!("{name} has a new password; all sessions of {name} ended"));
    if is_random {
        let shown = json!({ "name": name, "password": *password });
        return Output::new(global.output).answer(&shown, |_| Ok(format!("{}\n", *password)));
    }
    Ok(())
}

/// The password that was given, or a random one, and whether it is that.
pub(super) fn choose(arguments: &ResetPassword) -> Result<(Zeroizing<String>, bool), Failure> {
    match given(arguments)? {
        Some(password) => Ok((password, false)),
        None => {
            let random =
                password::random_password().map_err(|error| Failure::Usage(error.to_string()))?;
            Ok((Zeroizing::new(random), true))
        }
    }
}

/// The password that was given, if one was.
fn given(arguments: &ResetPassword) -> Result<Option<Zeroizing<String>>, Failure> {
    let password = if arguments.ask {
        let ask = |prompt: String| {
            rpassword::prompt_password(prompt)
                .map(Zeroizing::new)
                .map_err(Failure::system("asking for the password"))
        };
        let first = ask(format!("new password of {}: ", arguments.name))?;
        if *first != *ask("the same again: ".to_owned())? {
            return Err(Failure::Usage("the two passwords differ; nothing was changed".to_owned()));
        }
        first
    } else if let Some(path) = &arguments.password_file {
        let text = Zeroizing::new(read_text(path)?);
        Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned())
    } else {
        return Ok(None);
    };
    let count = password.chars().count();
    if count < password::MIN_PASSWORD_CHARS {
        let least = password::MIN_PASSWORD_CHARS;
        let what = format!("the password has {count} characters; a password has at least {least}");
        return Err(Failure::Usage(what));
    }
    Ok(Some(password))
}

/// Whether a service answers at the data directory's socket.
fn is_running(data_dir: &Path) -> Result<bool, Failure> {
    let socket = data_dir.join(crate::client::SOCKET);
    match UnixStream::connect(&socket) {
        Ok(_) => Ok(true),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Ok(false),
            _ => Err(Failure::File { verb: "connect to", path: socket, source: error }),
        },
    }
}

/// Commits the new password to the store itself, whose lock keeps a service from starting meanwhile.
async fn set_in_data(data_dir: &Path, name: &str, password: &str) -> Result<(), Failure> {
    let storage = Storage::Sqlite { directory: data_dir.to_owned() };
    if storage.file().is_none_or(|file| !file.exists()) {
        let what = format!("there is no data of Elbow in {}", data_dir.display());
        let next = "name the directory of `elbow up`: --data-dir DIR".to_owned();
        return Err(Failure::Unresolved { what, next });
    }
    let failed = |what: String| Failure::Start { what, next: "elbow status".to_owned() };
    let ledger = Ledger::open(&storage).map_err(|trouble| failed(trouble.to_string()))?;
    let hash = password::hash(password).map_err(|error| Failure::Usage(error.to_string()))?;
    let wanted = name.to_owned();
    let committed = ledger.commit(move |world| change(world, &wanted, hash)).await;
    ledger.close().await;
    committed.map(drop).map_err(|error| match error {
        CommitError::Rejected(rejection) => Failure::Unresolved {
            what: rejection.to_string(),
            next: "elbow user list   (while the service runs)".to_owned(),
        },
        CommitError::Trouble(reason) => failed(reason),
    })
}

fn change(
    world: &elbow_model::world::World,
    name: &str,
    password: PasswordHash,
) -> Result<Change, Rejection> {
    let user = world.user_named(name).ok_or_else(|| Rejection::NotFound {
        kind: ResourceKind::User,
        reference: name.to_owned(),
        field: None,
        known: Vec::new(),
    })?;
    Ok(Change::new(Author::System, now(), Edit::SetPassword { id: user.id, password }))
}

/// After a refusal the list of users helps.
fn listed(failure: Failure) -> Failure {
    let Failure::Refused(mut problem) = failure else { return failure };
    problem.next = Some("elbow user list".to_owned());
    Failure::Refused(problem)
}
