//! What an instance wrote last.

use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde::Deserialize;

use crate::answer::scaling::Instance;
use crate::visitor::Visitor;

/// How many lines are shown.
const LINES: u32 = 200;

#[derive(Debug, Deserialize)]
struct InstanceLog {
    /// Oldest first.
    lines: Vec<String>,
}

/// The log of an instance, or why there is none.
pub(super) async fn section(visitor: &Visitor, instance: &Instance) -> Markup {
    let target = format!("/v1/instances/{}/log?tail={LINES}", instance.id);
    let read: Result<InstanceLog, Problem> = visitor.ask(&target).await;
    let own = &visitor.texts().scaling;
    html! {
        section class="card flush" aria-labelledby="log-title" {
            div class="card-head" { h2 id="log-title" { (own.log) } }
            div id="log" data-live data-live-every="3" {
                @match read {
                    Ok(log) if log.lines.is_empty() => p class="card-note muted" { (own.log_empty) },
                    Ok(log) => pre class="log" tabindex="0" role="group" aria-labelledby="log-title" { (log.lines.join("\n")) },
                    Err(problem) => p class="card-note muted" lang="en" { (problem.detail) },
                }
            }
        }
    }
}
