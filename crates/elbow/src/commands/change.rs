//! What all commands that change something share: dry runs, and waiting until the change is in force.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Context;
use super::find::balancer_path;
use crate::args::Changing;
use crate::failure::Failure;
use crate::output::{self, LoadBalancerView, view};

/// How often the status is asked for while waiting.
const POLL: Duration = Duration::from_millis(10);

/// Whether fields go into a new object, where what is taken away is left out, or into a merge patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edit {
    Create,
    Patch,
}

impl Changing {
    /// The path of a request that changes something, or only rehearses it.
    pub(super) fn path(&self, path: &str) -> String {
        dry_run_path(path, self.dry_run)
    }
}

/// `path`, as a rehearsal if that is wanted.
pub(super) fn dry_run_path(path: &str, dry_run: bool) -> String {
    if dry_run { format!("{path}?dry_run=true") } else { path.to_owned() }
}

impl Context {
    /// After a change of a load balancer: says that it was a rehearsal, or waits until it is in force if that is
    /// wanted, and then gives the load balancer as it is.
    pub(super) async fn settle(
        &mut self,
        changing: &Changing,
        balancer: &str,
    ) -> Result<Option<Value>, Failure> {
        if changing.dry_run {
            output::note("dry run: nothing was changed");
            return Ok(None);
        }
        if !changing.wait {
            return Ok(None);
        }
        let limit = Duration::from_secs(u64::from(changing.wait_timeout));
        let deadline = Instant::now() + limit;
        let mut ticks = interval(POLL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let answer = self.client.read(&balancer_path(balancer)).await?;
            let seen: LoadBalancerView = view(&answer)?;
            let reason = seen.status_reason.as_deref().unwrap_or("no reason given");
            let next = format!("elbow lb show {}", seen.name);
            match seen.status.as_str() {
                "ACTIVE" | "DISABLED" => return Ok(Some(answer)),
                "ERROR" => {
                    let what = format!("{} is stored, but not in force: {reason}", seen.name);
                    return Err(Failure::NotInForce { what, next });
                }
                _ if Instant::now() >= deadline => {
                    let what = format!(
                        "{} is stored, but not in force after {} s: {reason}",
                        seen.name,
                        limit.as_secs()
                    );
                    return Err(Failure::NotInForce { what, next });
                }
                _ => {}
            }
        }
    }
}
