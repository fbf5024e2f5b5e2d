//! The command to try after a refusal.

use crate::client::Problem;
use crate::failure::Failure;

/// What was tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    /// The command's words, such as `lb create`.
    pub(super) command: &'static str,
    /// The load balancer, or the scaling group, that it was about, if it exists already.
    pub(super) balancer: Option<&'a str>,
    /// The name that the new thing would have had.
    pub(super) name: Option<&'a str>,
}

impl Attempt<'_> {
    /// Adds the command to try next to a refusal that has none yet.
    pub(super) fn explain(self, failure: Failure) -> Failure {
        match failure {
            Failure::Refused(mut problem) => {
                problem.next = problem.next.take().or_else(|| Some(self.next(&problem)));
                Failure::Refused(problem)
            }
            other => other,
        }
    }

    /// For commands about scaling groups, whose `balancer` is the group.
    fn next_of_group(self, problem: &Problem) -> Option<String> {
        let nouns = ["group", "policy", "schedule", "hook"];
        nouns.iter().find(|noun| self.command.starts_with(**noun))?;
        let group = self.balancer.unwrap_or_default();
        Some(match (problem.code.as_str(), problem.status) {
            ("GROUP_NOT_ACTIVE", _) => format!("elbow group show {group}"),
            ("INSTANCE_STATUS" | "CAPACITY_BOUND", _) => format!("elbow group instances {group}"),
            ("LOAD_BALANCER_NOT_ACTIVE" | "NO_LISTENER" | "HEALTH_CHECK_DISABLED", _)
                if !group.is_empty() =>
            {
                format!("elbow group eligible {group}")
            }
            ("NAME_TAKEN", _) if self.command == "group create" => {
                format!("elbow group show {}", self.name.unwrap_or_default())
            }
            (_, 404) if problem.errors.is_empty() => "elbow group list".to_owned(),
            _ => format!("elbow {} --help", self.command),
        })
    }

    fn next(self, problem: &Problem) -> String {
        let balancer = self.balancer.unwrap_or_default();
        let is_about = |word: &str| {
            problem.errors.iter().any(|error| {
                let last = error.field.rsplit('.').next().unwrap_or_default();
                last == word || last.starts_with(&format!("{word}["))
            })
        };
        if is_about("network") || is_about("vip") || is_about("cidr") {
            return "elbow network list".to_owned();
        }
        if is_about("certificate") || is_about("certificates") {
            return "elbow cert list".to_owned();
        }
        if let Some(next) = self.next_of_group(problem) {
            return next;
        }
        match (problem.status, self.balancer) {
            (409, None) if is_about("name") && self.command.starts_with("lb") => {
                format!("elbow lb show {}", self.name.unwrap_or_default())
            }
            (404, _) if problem.errors.is_empty() => "elbow lb list".to_owned(),
            (_, Some(_)) if is_about("pool") => format!("elbow pool list {balancer}"),
            (409, Some(_)) if is_about("priority") => format!("elbow rule list {balancer}"),
            (409 | 412, Some(_)) => format!("elbow lb show {balancer}"),
            _ => format!("elbow {} --help", self.command),
        }
    }
}
