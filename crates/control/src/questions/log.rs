//! What an instance wrote last: what its keeper or its engine has of it.

use elbow_model::instance::Instance;
use elbow_model::launch_template::Launch;
use elbow_model::questions::{InstanceLog, LogQuestion, Unanswered};
use elbow_model::world::World;

use crate::driver::{DriverTrouble, Drivers};
use crate::scaling::template_of;

pub(super) async fn log(
    world: &World,
    drivers: &Drivers,
    question: LogQuestion,
) -> Result<InstanceLog, Unanswered> {
    let instance = world.instance(question.instance).ok_or(Unanswered::Gone)?;
    let launch = launch_of(world, instance)?;
    let trouble = |trouble: DriverTrouble| Unanswered::Trouble { reason: trouble.to_string() };
    let driver = drivers.of(launch).map_err(trouble)?;
    let lines = usize::try_from(question.lines.get()).unwrap_or(usize::MAX);
    let lines = driver.logs(instance.id, lines).await.map_err(trouble)?;
    Ok(InstanceLog { lines })
}

/// How an instance was launched, if its log is here.
fn launch_of<'w>(world: &'w World, instance: &Instance) -> Result<&'w Launch, Unanswered> {
    let group = world.scaling_group(instance.group).ok_or(Unanswered::Gone)?;
    let Some(template) = template_of(group, instance) else {
        let reason = "a person attached this instance: Elbow does not run it and has no log of it";
        return Err(Unanswered::Nothing { reason: reason.to_owned() });
    };
    match &template.settings.launch {
        launch @ (Launch::Process(_) | Launch::Container(_)) => Ok(launch),
        Launch::Hook(_) => {
            let reason = "a hook launched this instance, it runs elsewhere: its log is where the hook runs it";
            Err(Unanswered::Nothing { reason: reason.to_owned() })
        }
    }
}
