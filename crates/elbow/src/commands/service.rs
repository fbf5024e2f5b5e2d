//! `elbow login` and `elbow status`.

use std::io::{self, IsTerminal, Read};

use serde::Deserialize;
use serde_json::json;

use super::Context;
use crate::args::LoginArguments;
use crate::client::{Client, Place, SavedLogin};
use crate::failure::Failure;
use crate::output::{self, LoadBalancerView, items, view};

/// How many load balancers in error are shown.
const SHOWN: usize = 20;

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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Version {
    version: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Readiness {
    ready: bool,
    reason: Option<String>,
    revision: u64,
    proxies: u32,
    of: u32,
}

/// Shows how the service is; fails if it does not serve what is intended.
pub(super) async fn status(context: &mut Context) -> Result<(), Failure> {
    let version = context.client.read("/version").await?;
    let readiness = context.client.read_report("/readyz").await?;
    let in_error = context.client.read_list("/v1/load-balancers?status=ERROR", Some(SHOWN)).await?;
    let place = context.client.shown();
    let report = json!({
        "version": version.get("version"), "readiness": readiness, "in_error": in_error.get("items"),
    });
    let readiness: Readiness = view(&readiness)?;
    context.output.answer(&report, |_| {
        let Version { version } = view(&version)?;
        let ready = if readiness.ready { "yes" } else { "no" };
        let Readiness { revision, proxies, of, .. } = readiness;
        let mut text = format!(
            "Elbow      {version} at {place}\nReady      {ready}\nRevision   {revision}, in force on {proxies} of {of} proxies\n"
        );
        let broken: Vec<LoadBalancerView> = items(&in_error)?;
        for LoadBalancerView { name, status_reason, .. } in broken {
            text.push_str(&format!("In error   {name}: {}\n", status_reason.unwrap_or_default()));
        }
        Ok(text)
    })?;
    if readiness.ready {
        return Ok(());
    }
    let what = readiness.reason.unwrap_or_else(|| "the service is not ready".to_owned());
    Err(Failure::NotInForce { what, next: "the log of elbow up tells more".to_owned() })
}
