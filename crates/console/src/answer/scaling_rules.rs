//! What moves a scaling group by itself, as the API shows it: policies, schedules, lifecycle hooks.

use serde::Deserialize;

/// A scaling policy, by its `type`.
#[derive(Debug, Deserialize)]
pub(crate) struct Policy {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) enabled: bool,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) metric: Option<String>,
    pub(crate) target: Option<f64>,
    pub(crate) tolerance_percent: Option<u32>,
    pub(crate) disable_scale_in: Option<bool>,
    pub(crate) alarm: Option<Alarm>,
    pub(crate) adjustment: Option<Adjustment>,
    pub(crate) steps: Option<Vec<Step>>,
    pub(crate) up: Behaviour,
    pub(crate) down: Behaviour,
    pub(crate) warm_up_s: Option<u32>,
}

/// When an adjustment is due.
#[derive(Debug, Deserialize)]
pub(crate) struct Alarm {
    pub(crate) metric: String,
    pub(crate) comparison: String,
    pub(crate) threshold: f64,
    pub(crate) window_s: u32,
    pub(crate) for_s: u32,
}

/// How a count changes.
#[derive(Debug, Deserialize)]
pub(crate) struct Adjustment {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) value: i64,
    pub(crate) at_least: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) from: Option<f64>,
    pub(crate) to: Option<f64>,
    pub(crate) adjustment: Adjustment,
}

/// How a policy moves in one direction.
#[derive(Debug, Deserialize)]
pub(crate) struct Behaviour {
    pub(crate) cooldown_s: Option<u32>,
    pub(crate) stabilization_s: u32,
    pub(crate) max_instances: Option<u32>,
    pub(crate) max_percent: Option<u32>,
}

/// What changes a group at given times.
#[derive(Debug, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) enabled: bool,
    pub(crate) at: Option<String>,
    pub(crate) cron: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) starts_at: Option<String>,
    pub(crate) ends_at: Option<String>,
    pub(crate) min: Option<u32>,
    pub(crate) max: Option<u32>,
    pub(crate) desired: Option<u32>,
    pub(crate) next_at: Option<String>,
}

/// Where instances wait for somebody else.
#[derive(Debug, Deserialize)]
pub(crate) struct Hook {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) transition: String,
    pub(crate) heartbeat_timeout_s: u32,
    pub(crate) default_result: String,
    pub(crate) webhook: Option<String>,
}

impl Adjustment {
    /// `+2`, `-1`, `+50%`, `=5`, as the command line writes it.
    pub(crate) fn notation(&self) -> String {
        match self.kind.as_str() {
            "EXACT" => format!("={}", self.value),
            "PERCENT" => format!("{:+}%", self.value),
            _ => format!("{:+}", self.value),
        }
    }
}
