//! `elbow login` and `elbow status`.

use std::io::{self, IsTerminal, Read};

use serde::Deserialize;
use serde_json::{Value, json};

use super::Context;
use crate::args::LoginArguments;
use crate::client::{Client, Place, SavedLogin};
use crate::failure::Failure;
use crate::output::{self, view};

#[derive(Debug, Deserialize)]
struct Session {
    token: String,
    expires_at: String,
}

/// Logs in and keeps the token.
pub(super) async fn login(arguments: &LoginArguments) -> Result<(), Failure> {
    let place = Place::at(&arguments.address)?;
    let url = place.shown();
    let mut client = Client::connect_to(place, None).await?;
    let password = ask_password(&arguments.user, &url)?;
    let answer = client
        .create("/v1/sessions", &json!({ "username": arguments.user, "password": password }))
        .await?;
    let session: Session = view(&answer)?;
    let kept = SavedLogin { url: url.clone(), token: session.token }.save()?;
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

/// Shows how the service is.
pub(super) async fn status(context: &mut Context) -> Result<(), Failure> {
    let answer = context.client.read("/v1/status").await?;
    context.output.answer(&answer, |answer| Ok(format!("{answer:#}\n")))
}

/// Placeholder for the answer's shape.
#[expect(dead_code, reason = "the answer's shape is settled with the API")]
fn shape(_: &Value) {}
