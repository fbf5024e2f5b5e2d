//! Scaling groups and what belongs to them, as tables.

use serde::Deserialize;

use super::paint::Paint;
use super::table::Table;
use super::target;
use super::view::Reference;
use crate::notation::kebab;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GroupView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) status: String,
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) desired: u32,
    pub(crate) health_check: String,
    pub(crate) network: Option<Reference>,
    pub(crate) template: Option<TemplateView>,
    pub(crate) attachments: Vec<AttachmentView>,
    pub(crate) suspended: Vec<String>,
    pub(crate) breaker: BreakerView,
    pub(crate) instances: CountsView,
    pub(crate) wake: WakeView,
    pub(crate) created_at: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TemplateView {
    pub(crate) driver: String,
    pub(crate) command: Vec<String>,
    pub(crate) image: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) version: u32,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AttachmentView {
    pub(crate) load_balancer: Option<Reference>,
    pub(crate) pool: Option<Reference>,
    pub(crate) port: Option<u16>,
    pub(crate) weight: u16,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BreakerView {
    pub(crate) failures: u32,
    pub(crate) open_until: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WakeView {
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) waiting: u64,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CountsView {
    pub(crate) total: u64,
    pub(crate) in_service: u64,
    pub(crate) standby: u64,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct InstanceView {
    pub(crate) id: String,
    pub(crate) number: u64,
    pub(crate) origin: String,
    pub(crate) name: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) template_version: Option<u32>,
    pub(crate) status: String,
    pub(crate) status_since: String,
    pub(crate) protected: bool,
    pub(crate) removal_reason: Option<String>,
    pub(crate) hooks: Vec<WaitView>,
    pub(crate) members: Vec<MembershipView>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WaitView {
    pub(crate) hook: Option<Reference>,
    pub(crate) token: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MembershipView {
    pub(crate) load_balancer: Option<Reference>,
    pub(crate) pool: Option<Reference>,
    pub(crate) health: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ScalingActivityView {
    pub(crate) cause: CauseView,
    pub(crate) before: u32,
    pub(crate) after: u32,
    pub(crate) evidence: Vec<EvidenceView>,
    pub(crate) result: String,
    pub(crate) code: Option<String>,
    pub(crate) text: String,
    pub(crate) started_at: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CauseView {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EvidenceView {
    pub(crate) metric: String,
    pub(crate) value: f64,
    pub(crate) compared_with: Option<f64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EligibleView {
    pub(crate) load_balancer: Option<Reference>,
    pub(crate) pools: Vec<Reference>,
    pub(crate) eligible: bool,
    pub(crate) attached: bool,
    pub(crate) reasons: Vec<ReasonView>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReasonView {
    pub(crate) code: String,
    pub(crate) reason: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PolicyView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) enabled: bool,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) metric: Option<String>,
    pub(crate) target: Option<f64>,
    pub(crate) alarm: Option<AlarmView>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AlarmView {
    pub(crate) metric: String,
    pub(crate) comparison: String,
    pub(crate) threshold: f64,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ScheduleView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) enabled: bool,
    pub(crate) at: Option<String>,
    pub(crate) cron: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) min: Option<u32>,
    pub(crate) max: Option<u32>,
    pub(crate) desired: Option<u32>,
    pub(crate) next_at: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HookView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) transition: String,
    pub(crate) heartbeat_timeout_s: u32,
    pub(crate) default_result: String,
    pub(crate) webhook: Option<String>,
}

/// Scaling groups.
pub(crate) fn groups(groups: &[GroupView]) -> Table {
    let mut table = Table::new(&[
        "NAME",
        "STATUS",
        "IN SERVICE",
        "DESIRED",
        "MIN",
        "MAX",
        "DRIVER",
        "ATTACHED TO",
        "CREATED",
        "NOTE",
    ]);
    for group in groups {
        let attached: Vec<String> = group.attachments.iter().map(attachment).collect();
        table.row([
            group.name.clone(),
            group.status.clone(),
            group.instances.in_service.to_string(),
            group.desired.to_string(),
            group.min.to_string(),
            group.max.to_string(),
            group.template.as_ref().map_or(String::new(), |template| kebab(&template.driver)),
            attached.join(","),
            group.created_at.clone(),
            note(group),
        ]);
    }
    table
}

/// A group at a glance, with its instances.
pub(crate) fn group_overview(group: &GroupView, all: &[InstanceView]) -> String {
    let paint = Paint::for_stdout();
    let mut text = groups(std::slice::from_ref(group)).text("");
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            text.push_str(&format!("{:<14}{value}\n", format!("{name}:")));
        }
    };
    line("Id", group.id.clone());
    line("Description", group.description.clone().unwrap_or_default());
    line("Network", group.network.as_ref().map_or(String::new(), |n| n.name().to_owned()));
    line("Health check", kebab(&group.health_check));
    if let Some(template) = &group.template {
        let what = template.image.clone().or(template.url.clone());
        let what = what.unwrap_or_else(|| template.command.join(" "));
        let port = template.port.map_or(String::new(), |port| format!(", port {port}"));
        line(
            "Template",
            format!("version {}, {}: {what}{port}", template.version, kebab(&template.driver)),
        );
    }
    text.push_str(&format!("\n{}\n", paint.strong("Instances")));
    text.push_str(&instances(all).indented(2).text("none"));
    text
}

/// Instances.
pub(crate) fn instances(instances: &[InstanceView]) -> Table {
    let mut table = Table::new(&[
        "NUMBER",
        "INSTANCE",
        "NAME",
        "STATUS",
        "SINCE",
        "TEMPLATE",
        "PROTECTED",
        "POOLS",
        "WAITS FOR",
        "REASON",
    ]);
    for instance in instances {
        let name = |reference: &Option<Reference>| {
            reference.as_ref().map_or(String::new(), |reference| reference.name().to_owned())
        };
        let pools: Vec<String> = instance
            .members
            .iter()
            .map(|m| format!("{}/{} {}", name(&m.load_balancer), name(&m.pool), kebab(&m.health)))
            .collect();
        let waits: Vec<String> = instance.hooks.iter().map(|wait| name(&wait.hook)).collect();
        table.row([
            instance.number.to_string(),
            called(instance),
            instance.name.clone().unwrap_or_default(),
            instance.status.clone(),
            instance.status_since.clone(),
            instance.template_version.map_or_else(|| kebab(&instance.origin), |v| v.to_string()),
            if instance.protected { "yes".to_owned() } else { String::new() },
            pools.join(", "),
            waits.join(", "),
            instance.removal_reason.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// Activities.
pub(crate) fn activities(activities: &[ScalingActivityView]) -> Table {
    let mut table = Table::new(&["STARTED", "RESULT", "DESIRED", "CAUSE", "EVIDENCE", "WHAT"]);
    for activity in activities {
        let cause = match &activity.cause.name {
            Some(name) => format!("{} {name}", kebab(&activity.cause.kind)),
            None => kebab(&activity.cause.kind),
        };
        let number = |evidence: &EvidenceView| match evidence.compared_with {
            Some(other) => format!("{} {} of {other}", kebab(&evidence.metric), evidence.value),
            None => format!("{} {}", kebab(&evidence.metric), evidence.value),
        };
        let evidence: Vec<String> = activity.evidence.iter().map(number).collect();
        let code = activity.code.as_ref().map_or(String::new(), |code| format!(" {code}"));
        table.row([
            activity.started_at.clone(),
            format!("{}{code}", activity.result),
            match activity.before == activity.after {
                true => activity.before.to_string(),
                false => format!("{} -> {}", activity.before, activity.after),
            },
            cause,
            evidence.join(", "),
            activity.text.clone(),
        ]);
    }
    table
}

/// What a group can be attached to.
pub(crate) fn eligible(balancers: &[EligibleView]) -> Table {
    let mut table =
        Table::new(&["LOAD BALANCER", "ELIGIBLE", "ATTACHED", "POOLS", "CODE", "REASON"]);
    let word = |is: bool| if is { "yes".to_owned() } else { "no".to_owned() };
    for one in balancers {
        let first = one.reasons.first();
        let pools: Vec<&str> = one.pools.iter().map(Reference::name).collect();
        table.row([
            one.load_balancer.as_ref().map_or(String::new(), |b| b.name().to_owned()),
            word(one.eligible),
            word(one.attached),
            pools.join(","),
            first.map_or(String::new(), |reason| reason.code.clone()),
            first.map_or(String::new(), |reason| reason.reason.clone()),
        ]);
    }
    table
}

/// Policies.
pub(crate) fn policies(policies: &[PolicyView]) -> Table {
    let mut table = Table::new(&["NAME", "TYPE", "GOES BY", "ENABLED"]);
    for policy in policies {
        let tracked = || {
            let target = policy.target.map_or(String::new(), |target| format!(" at {target}"));
            policy.metric.as_ref().map(|metric| format!("{}{target}", kebab(metric)))
        };
        let alarm = policy.alarm.as_ref().map(|alarm| {
            format!("{} {} {}", kebab(&alarm.metric), kebab(&alarm.comparison), alarm.threshold)
        });
        table.row([
            policy.name.clone(),
            kebab(&policy.kind),
            alarm.or_else(tracked).unwrap_or_else(|| "by hand".to_owned()),
            if policy.enabled { "yes".to_owned() } else { "no".to_owned() },
        ]);
    }
    table
}

/// Schedules.
pub(crate) fn schedules(schedules: &[ScheduleView]) -> Table {
    let mut table =
        Table::new(&["NAME", "WHEN", "TIME ZONE", "MIN", "MAX", "DESIRED", "NEXT", "ENABLED"]);
    let number = |number: Option<u32>| number.map_or(String::new(), |number| number.to_string());
    for schedule in schedules {
        table.row([
            schedule.name.clone(),
            schedule.cron.clone().or(schedule.at.clone()).unwrap_or_default(),
            schedule.time_zone.clone().unwrap_or_default(),
            number(schedule.min),
            number(schedule.max),
            number(schedule.desired),
            schedule.next_at.clone().unwrap_or_default(),
            if schedule.enabled { "yes".to_owned() } else { "no".to_owned() },
        ]);
    }
    table
}

/// Lifecycle hooks.
pub(crate) fn hooks(hooks: &[HookView]) -> Table {
    let mut table = Table::new(&["NAME", "ON", "TIMEOUT", "THEN", "WEBHOOK"]);
    for hook in hooks {
        table.row([
            hook.name.clone(),
            kebab(&hook.transition),
            format!("{} s", hook.heartbeat_timeout_s),
            kebab(&hook.default_result),
            hook.webhook.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// What people call an instance.
fn called(instance: &InstanceView) -> String {
    match &instance.address {
        Some(address) => target(address, instance.port),
        None => instance.id.clone(),
    }
}

fn attachment(attachment: &AttachmentView) -> String {
    let name = |reference: &Option<Reference>| {
        reference.as_ref().map_or(String::new(), |reference| reference.name().to_owned())
    };
    let port = attachment.port.map_or(String::new(), |port| format!(":{port}"));
    let weight = match attachment.weight {
        50 => String::new(),
        other => format!(",weight={other}"),
    };
    format!("{}/{}{port}{weight}", name(&attachment.load_balancer), name(&attachment.pool))
}

/// What is unusual about a group.
fn note(group: &GroupView) -> String {
    let mut notes = Vec::new();
    if let Some(until) = &group.breaker.open_until {
        notes.push(format!(
            "{} launches failed in a row, next try at {until}",
            group.breaker.failures
        ));
    }
    if !group.suspended.is_empty() {
        let processes: Vec<String> = group.suspended.iter().map(|p| kebab(p)).collect();
        notes.push(format!("suspended: {}", processes.join(", ")));
    }
    notes.extend(wake_note(&group.wake));
    notes.join("; ")
}

fn wake_note(wake: &WakeView) -> Option<String> {
    let asleep = match wake.state.as_str() {
        "ASLEEP" => "idle (0 instances, wakes on request)".to_owned(),
        "WAKING" => "waking".to_owned(),
        "HINDERED" => {
            let reason = wake.reason.as_deref().unwrap_or("it can't launch");
            format!("no request can wake it: {reason}")
        }
        _ => return None,
    };
    match wake.waiting {
        0 => Some(asleep),
        1 => Some(format!("{asleep}, 1 request waits")),
        many => Some(format!("{asleep}, {many} requests wait")),
    }
}

impl InstanceView {
    /// Whether `named` means this instance: address, address and port, number, name or id.
    pub(crate) fn is_called(&self, named: &str) -> bool {
        self.id == named
            || self.number.to_string() == named
            || self.name.as_deref() == Some(named)
            || self.address.as_deref() == Some(named)
            || called(self) == named
    }

    /// What people call it.
    pub(crate) fn called(&self) -> String {
        called(self)
    }
}

impl GroupView {
    /// Whether as many instances serve as are desired, and none is on its way.
    pub(crate) fn is_settled(&self) -> bool {
        let serving = self.instances.in_service + self.instances.standby;
        serving == u64::from(self.desired) && self.instances.total == serving
    }
}
