//! `elbow login`, `elbow logout` and `elbow whoami`.

use std::io::{self, IsTerminal, Read};

use serde::Deserialize;
use serde_json::json;

use super::Context;
use crate::args::{Global, LoginArguments, LogoutArguments};
use crate::client::{Client, Place, SavedLogin, encode};
use crate::failure::Failure;
use crate::output::{self, Reference, view};

/// The session that a request comes with.
const CURRENT: &str = "/v1/sessions/current";

#[derive(Debug, Deserialize)]
struct Session {
    token: String,
    expires_at: String,
}

/// Logs in and keeps the token.
pub(super) async fn login(global: &Global, arguments: &LoginArguments) -> Result<(), Failure> {
    let ca_file = match &global.ca_file {
        Some(path) => {
            Some(std::path::absolute(path).map_err(Failure::system("finding --ca-file"))?)
        }
        None => None,
    };
    let place = Place::at(&arguments.address, ca_file.clone())?;
    let url = place.shown();
    let mut client = Client::connect_to(place, None).await?;
    let password = ask_password(&arguments.user, &url)?;
    let answer = client
        .create("/v1/sessions", &json!({ "username": arguments.user, "password": password }))
        .await?;
    let session: Session = view(&answer)?;
    let kept = SavedLogin { url: url.clone(), token: session.token, ca_file }.save()?;
    output::note(&format!(
        "logged in to {url} as {} until {}; kept in {}",
        arguments.user,
        session.expires_at,
        kept.display()
    ));
    Ok(())
}

/// Asks for the password, or reads it from standard input if that is no terminal.
fn ask_password(user: &str, url: &str) -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        return rpassword::prompt_password(format!("password of {user} at {url}: "))
            .map_err(Failure::system("asking for the password"));
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(Failure::system("reading the password"))?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// Who the service says that one is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Current {
    means: String,
    expires_at: Option<String>,
    user: Who,
    project: Option<Reference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Who {
    name: String,
    role: String,
}

/// Ends the session of the saved login and forgets it.
pub(super) async fn logout(arguments: &LogoutArguments) -> Result<(), Failure> {
    let Some(login) = SavedLogin::load()? else {
        let what = "nobody is logged in here".to_owned();
        return Err(Failure::Unresolved { what, next: "elbow login URL".to_owned() });
    };
    let ended = end(&login, arguments.everywhere).await;
    let refused = match &ended {
        Ok(()) => None,
        // It is over already: that is what was wanted.
        Err(Failure::Refused(problem)) if problem.status == 401 && !arguments.everywhere => None,
        Err(failure) => Some(failure.to_string()),
    };
    SavedLogin::forget()?;
    match refused {
        None => output::note(&format!("logged out of {}", login.url)),
        Some(reason) => {
            output::note(&format!(
                "forgot the login to {}, but the session was not ended: {reason}",
                login.url
            ));
            ended?;
        }
    }
    Ok(())
}

async fn end(login: &SavedLogin, everywhere: bool) -> Result<(), Failure> {
    let mut client = Client::connect_to(Place::of_login(login)?, None).await?;
    if everywhere {
        let current: Current = view(&client.read(CURRENT).await?)?;
        client.delete(&format!("/v1/users/{}/sessions", encode(&current.user.name))).await?;
    } else {
        client.delete(CURRENT).await?;
    }
    Ok(())
}

/// Shows who asks.
pub(super) async fn whoami(context: &mut Context) -> Result<(), Failure> {
    let answer = context.client.read(CURRENT).await?;
    let place = context.client.shown();
    context.output.answer(&answer, |answer| {
        let Current { means, expires_at, user: Who { name, role }, project } = view(answer)?;
        let by = match means.as_str() {
            "LOCAL_SOCKET" => "the local socket".to_owned(),
            means => {
                let until = expires_at.map(|at| format!(" until {at}")).unwrap_or_default();
                let what = if means == "API_KEY" { "an API key" } else { "a session" };
                format!("{what}{until}")
            }
        };
        let project = project.as_ref().map(Reference::name).unwrap_or_default();
        Ok(format!("User       {name}\nRole       {role}\nProject    {project}\nBy         {by}\nAt         {place}\n"))
    })
}
