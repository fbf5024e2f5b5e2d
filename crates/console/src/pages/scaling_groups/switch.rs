//! What a group does and what it leaves for now: switching it on and off, and single processes of it.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use elbow_api::problem::Problem;
use maud::{Markup, html};
use serde_json::json;

use super::{api_path, frame, path_of, words};
use crate::answer::scaling::ScalingGroup;
use crate::command_line::Line;
use crate::components::decision::{Decision, Weight};
use crate::components::icon::{Icon, icon};
use crate::form::{Form, Posted};
use crate::language::fill;
use crate::notice::{Event, Notice};
use crate::request::{Mode, Submission};
use crate::visitor::Visitor;

/// Everything that a group does by itself, as the API calls it.
const PROCESSES: [&str; 5] = ["SCALE_OUT", "SCALE_IN", "HEALTH_CHECK", "POLICIES", "SCHEDULES"];

/// Which switch it is; in paths, in the API and on the command line by one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Switch {
    Enable,
    Disable,
    Suspend,
    Resume,
}

impl Switch {
    const ALL: [Self; 4] = [Self::Enable, Self::Disable, Self::Suspend, Self::Resume];

    fn word(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
        }
    }

    fn of(word: &str) -> Result<Self, Problem> {
        let found = Self::ALL.into_iter().find(|switch| switch.word() == word);
        let detail = "a scaling group is enabled, disabled, suspended or resumed";
        found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", detail))
    }

    /// Whether it changes anything of the group as it is.
    fn fits(self, group: &ScalingGroup) -> bool {
        match self {
            Self::Enable => !group.enabled,
            Self::Disable => group.enabled,
            Self::Suspend | Self::Resume => !self.processes(group).is_empty(),
        }
    }

    /// What can be chosen.
    fn processes(self, group: &ScalingGroup) -> Vec<&'static str> {
        let is_suspended = |process: &&str| group.suspended.iter().any(|one| one == process);
        let all = PROCESSES.into_iter();
        match self {
            Self::Enable | Self::Disable => Vec::new(),
            Self::Suspend => all.filter(|process| !is_suspended(process)).collect(),
            Self::Resume => all.filter(is_suspended).collect(),
        }
    }

    fn label(self, visitor: &Visitor) -> &'static str {
        let own = &visitor.texts().scaling;
        match self {
            Self::Enable => own.enable,
            Self::Disable => own.disable,
            Self::Suspend => own.suspend,
            Self::Resume => own.resume,
        }
    }

    fn consequences(self, visitor: &Visitor) -> &'static str {
        let own = &visitor.texts().scaling;
        match self {
            Self::Enable => own.enable_lead,
            Self::Disable => own.disable_lead,
            Self::Suspend => own.suspend_lead,
            Self::Resume => own.resume_lead,
        }
    }
}

/// The rows of the group's menu: those that change something.
pub(super) fn menu(visitor: &Visitor, group: &ScalingGroup) -> Markup {
    html! {
        @for switch in Switch::ALL.into_iter().filter(|switch| switch.fits(group)) {
            a class="menu-item" href={ (path_of(&group.id)) "/switch/" (switch.word()) } {
                (icon(if matches!(switch, Switch::Enable | Switch::Resume) { Icon::Check } else { Icon::Disabled }))
                (switch.label(visitor))
            }
        }
    }
}

/// `GET /scaling-groups/{id}/switch/{word}`.
pub(crate) async fn ask(
    visitor: Visitor,
    Path((id, word)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let switch = Switch::of(&word)?;
    let group = frame::read(&visitor, &id).await?;
    Ok(page(&visitor, &group, switch, &Form::default(), None))
}

/// `POST /scaling-groups/{id}/switch/{word}`.
pub(crate) async fn submit(
    Path((id, word)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { visitor, form } = posted;
    let switch = Switch::of(&word)?;
    let group = frame::read(&visitor, &id).await?;
    if form.intent() != "do" {
        return Ok(page(&visitor, &group, switch, &form, None));
    }
    match visitor.submit(&submission(&group, switch, &form), Mode::CarryOut).await {
        Ok(_) => Ok(Notice::new(Event::Changed, &group.name).then_go_to(&path_of(&group.id))),
        Err(problem) => Ok(page(&visitor, &group, switch, &form, Some(&problem))),
    }
}

fn submission(group: &ScalingGroup, switch: Switch, form: &Form) -> Submission {
    let body = match switch {
        Switch::Enable | Switch::Disable => json!({}),
        Switch::Suspend | Switch::Resume => json!({"processes": chosen(group, switch, form)}),
    };
    Submission::post(format!("{}/{}", api_path(&group.id), switch.word()), body)
}

fn chosen(group: &ScalingGroup, switch: Switch, form: &Form) -> Vec<&'static str> {
    switch.processes(group).into_iter().filter(|process| form.has(process)).collect()
}

fn page(
    visitor: &Visitor,
    group: &ScalingGroup,
    switch: Switch,
    form: &Form,
    problem: Option<&Problem>,
) -> Response {
    let own = &visitor.texts().scaling;
    let label = switch.label(visitor);
    let command = Line::new(&format!("group {}", switch.word())).word(&group.name);
    let command = chosen(group, switch, form)
        .into_iter()
        .fold(command, |line, process| line.word(&process.to_lowercase().replace('_', "-")));
    let here = path_of(&group.id);
    let decision = Decision {
        visitor,
        title: &fill(own.switch_title, &[label, &group.name]),
        consequences: html! { p class="muted" { (switch.consequences(visitor)) } },
        form,
        fields: &|filled| {
            html! {
                @for process in switch.processes(group) {
                    (filled.tick(process, words::process(own, process), None))
                }
            }
        },
        action: &format!("{here}/switch/{}", switch.word()),
        back: &here,
        button: (label, Weight::Light),
        submission: &submission(group, switch, form),
        command: Some(&command.finish()),
        problem,
    };
    frame::page_below(visitor, group, label).show(&decision.show())
}
