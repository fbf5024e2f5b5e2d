//! Calls of drivers on their way: one at a time for each instance, and a bounded number in all.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use elbow_model::instance::Instance;
use elbow_model::launch_template::{Launch, LaunchTemplate, TemplateVersion};
use elbow_model::scaling_group::ScalingGroup;
use elbow_model::value::{HttpUrl, InstanceId, Port, ScalingGroupId, Timestamp};
use tokio::sync::mpsc;

use super::webhooks::Subject;
use crate::driver::{Driver, DriverTrouble, Drivers, Launched, Seen, Spec, Terminated, Which};

/// The most calls at a time; further ones are made when those are answered.
const MOST_AT_A_TIME: usize = 64;

/// How long an instance may take to end by itself.
const GRACE: Duration = Duration::from_secs(10);

/// What came of a call.
#[derive(Debug)]
pub(super) enum Answer {
    Launched {
        instance: InstanceId,
        result: Result<Launched, DriverTrouble>,
    },
    Terminated {
        instance: InstanceId,
        result: Result<Terminated, DriverTrouble>,
    },
    Told {
        subject: Subject,
        result: Result<(), DriverTrouble>,
    },
    Listed {
        group: ScalingGroupId,
        /// The versions of its template whose instances the driver knows.
        versions: Vec<TemplateVersion>,
        asked_at: Timestamp,
        result: Result<Vec<Seen>, DriverTrouble>,
    },
}

/// The calls on their way.
pub(super) struct Calls {
    drivers: Arc<Drivers>,
    answers: mpsc::UnboundedSender<Answer>,
    instances: HashSet<InstanceId>,
    /// By the group and the first of the versions asked about.
    listings: HashSet<(ScalingGroupId, TemplateVersion)>,
}

impl Calls {
    pub(super) fn new(drivers: Arc<Drivers>, answers: mpsc::UnboundedSender<Answer>) -> Self {
        Self { drivers, answers, instances: HashSet::new(), listings: HashSet::new() }
    }

    /// A call was answered.
    pub(super) fn answered(&mut self, answer: &Answer) {
        match answer {
            Answer::Launched { instance, .. } | Answer::Terminated { instance, .. } => {
                self.instances.remove(instance);
            }
            Answer::Told { .. } => {}
            Answer::Listed { group, versions, .. } => {
                if let Some(first) = versions.first() {
                    self.listings.remove(&(*group, *first));
                }
            }
        }
    }

    pub(super) fn launch(&mut self, group: &ScalingGroup, instance: &Instance) {
        let id = instance.id;
        let Some(template) = template_of(group, instance) else {
            let reason = "its launch template is gone".to_owned();
            return self.answer(Answer::Launched {
                instance: id,
                result: Err(DriverTrouble::permanent(reason)),
            });
        };
        let driver = match self.drivers.of(&template.settings.launch) {
            Ok(driver) => driver,
            Err(trouble) => {
                return self.answer(Answer::Launched { instance: id, result: Err(trouble) });
            }
        };
        let spec = spec(group, instance, template);
        self.call(id, driver, move |driver| async move {
            Answer::Launched { instance: id, result: driver.launch(&spec).await }
        });
    }

    pub(super) fn terminate(&mut self, group: &ScalingGroup, instance: &Instance) {
        let id = instance.id;
        let found =
            template_of(group, instance).map(|template| self.drivers.of(&template.settings.launch));
        match found {
            Some(Ok(driver)) => self.call(id, driver, move |driver| async move {
                Answer::Terminated { instance: id, result: driver.terminate(id).await }
            }),
            Some(Err(trouble)) => {
                self.answer(Answer::Terminated { instance: id, result: Err(trouble) })
            }
            // Nobody knows how it was started; the sweep for strays finds what is left of it.
            None => {
                self.answer(Answer::Terminated { instance: id, result: Ok(Terminated::Gone) });
            }
        }
    }

    /// Asks the drivers of these versions of the group's template what there is.
    pub(super) fn list(
        &mut self,
        group: &ScalingGroup,
        in_use: &BTreeSet<TemplateVersion>,
        asked_at: Timestamp,
    ) {
        for (launch, versions) in by_driver(group, in_use) {
            let Some(first) = versions.first() else { continue };
            let Ok(driver) = self.drivers.of(launch) else { continue };
            let key = (group.id, *first);
            if self.are_many() || !self.listings.insert(key) {
                continue;
            }
            let (answers, id) = (self.answers.clone(), group.id);
            tokio::spawn(async move {
                let result = driver.list(Which::Group(id)).await;
                // The cycle may have ended.
                answers.send(Answer::Listed { group: id, versions, asked_at, result }).ok();
            });
        }
    }

    /// Tells a web service something.
    pub(super) fn tell(&self, subject: Subject, url: HttpUrl, body: Vec<u8>) {
        let (drivers, answers) = (Arc::clone(&self.drivers), self.answers.clone());
        tokio::spawn(async move {
            let result = drivers.tell(&url, body).await;
            answers.send(Answer::Told { subject, result }).ok();
        });
    }

    fn call<F, W>(&mut self, instance: InstanceId, driver: Arc<dyn Driver>, work: F)
    where
        F: FnOnce(Arc<dyn Driver>) -> W + Send + 'static,
        W: Future<Output = Answer> + Send,
    {
        if self.are_many() || !self.instances.insert(instance) {
            return;
        }
        let answers = self.answers.clone();
        tokio::spawn(async move {
            answers.send(work(driver).await).ok();
        });
    }

    fn are_many(&self) -> bool {
        self.instances.len() + self.listings.len() >= MOST_AT_A_TIME
    }

    fn answer(&mut self, answer: Answer) {
        self.answers.send(answer).ok();
    }
}

/// The versions of a group's template by the driver that knows their instances: a driver that does not list another's
/// instance says nothing about it.
pub(super) fn by_driver<'g>(
    group: &'g ScalingGroup,
    in_use: &BTreeSet<TemplateVersion>,
) -> Vec<(&'g Launch, Vec<TemplateVersion>)> {
    let mut found: Vec<(&Launch, Vec<TemplateVersion>)> = Vec::new();
    for template in group.templates.iter().filter(|template| in_use.contains(&template.version)) {
        let launch = &template.settings.launch;
        match found.iter_mut().find(|(known, _)| have_one_driver(known, launch)) {
            Some((_, versions)) => versions.push(template.version),
            None => found.push((launch, vec![template.version])),
        }
    }
    found
}

fn have_one_driver(one: &Launch, other: &Launch) -> bool {
    match (one, other) {
        (Launch::Hook(one), Launch::Hook(other)) => one.endpoint == other.endpoint,
        _ => one.driver() == other.driver(),
    }
}

/// The template that an instance was launched from.
pub(crate) fn template_of<'g>(
    group: &'g ScalingGroup,
    instance: &Instance,
) -> Option<&'g LaunchTemplate> {
    instance.origin.template().and_then(|version| group.template_of(version))
}

pub(super) fn spec(group: &ScalingGroup, instance: &Instance, template: &LaunchTemplate) -> Spec {
    let port: Option<Port> = instance.port.or(template.settings.port);
    Spec {
        group: group.id,
        group_name: group.settings.name.clone(),
        instance: instance.id,
        project: instance.project,
        address: instance.address.map(|address| address.get()),
        port,
        launch: template.settings.launch.clone(),
        grace: GRACE,
    }
}
