//! `elbow schedule ...`

use serde_json::Value;

use super::super::Context;
use super::{SCHEDULE, add, body, delete, edit, find, list};
use crate::args::ScheduleCommand;
use crate::failure::Failure;
use crate::output::{ScheduleView, items, schedules, view};

pub(in crate::commands) async fn run(
    context: &mut Context,
    command: ScheduleCommand,
) -> Result<(), Failure> {
    match command {
        ScheduleCommand::Add(arguments) => {
            let body = body::schedule(&arguments);
            let answer = add(context, SCHEDULE, &arguments.group, &body, arguments.dry_run).await?;
            context.output.answer(&answer, one_line)
        }
        ScheduleCommand::List(named) => {
            let answer = list(context, SCHEDULE, &named.group).await?;
            context.output.answer(&answer, |answer| {
                let shown: Vec<ScheduleView> = items(answer)?;
                Ok(schedules(&shown).text("no schedules; add one: elbow schedule add"))
            })
        }
        ScheduleCommand::Show(child) => {
            let found = find(context, SCHEDULE, &child).await?;
            context.output.answer(&found, one_line)
        }
        ScheduleCommand::Edit(arguments) => {
            let patch = body::schedule_patch(&arguments);
            let answer = edit(context, SCHEDULE, &arguments.schedule, &patch).await?;
            context.output.answer(&answer, one_line)
        }
        ScheduleCommand::Delete(child) => delete(context, SCHEDULE, &child).await,
    }
}

fn one_line(answer: &Value) -> Result<String, Failure> {
    Ok(schedules(&[view::<ScheduleView>(answer)?]).text(""))
}
