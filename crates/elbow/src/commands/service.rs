//! `elbow status`.

use serde::Deserialize;
use serde_json::json;

use super::Context;
use crate::failure::Failure;
use crate::output::{LoadBalancerView, items, view};

/// How many load balancers in error are shown.
const SHOWN: usize = 20;

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
