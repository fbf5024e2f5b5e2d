//! The drivers that the operator allows, and which of them is for a template.

use std::io;
use std::sync::Arc;

use elbow_model::launch_template::Launch;
use elbow_model::value::HttpUrl;

use super::container::{ContainerConfig, ContainerDriver};
use super::hook::{self, HookConfig, HookDriver};
use super::process::{ProcessConfig, ProcessDriver};
use super::{Driver, DriverTrouble};

/// Which drivers there are; those without a configuration are off.
#[derive(Debug, Default)]
pub struct DriversConfig {
    /// Processes of this machine.
    pub process: Option<ProcessConfig>,
    /// Containers.
    pub container: Option<ContainerConfig>,
    /// Hooks.
    pub hook: Option<HookConfig>,
}

/// The drivers that the operator allows.
#[derive(Debug)]
pub struct Drivers {
    process: Option<Arc<ProcessDriver>>,
    container: Option<Arc<ContainerDriver>>,
    hook: Option<HookConfig>,
}

impl Drivers {
    /// Takes over what instances there are.
    pub fn open(config: DriversConfig) -> io::Result<Self> {
        let DriversConfig { process, container, hook } = config;
        Ok(Self {
            process: process.map(ProcessDriver::open).transpose()?.map(Arc::new),
            container: container.map(ContainerDriver::new).map(Arc::new),
            hook,
        })
    }

    /// Tells a web service something, signed, under the rules for hooks.
    pub async fn tell(&self, url: &HttpUrl, body: Vec<u8>) -> Result<(), DriverTrouble> {
        match &self.hook {
            Some(config) => hook::tell(url, config, body.into()).await,
            None => Err(DriverTrouble::permanent("hooks are off; the operator can switch them on")),
        }
    }

    /// The drivers whose instances are on this machine, and of this deployment alone.
    pub(crate) fn of_this_machine(&self) -> impl Iterator<Item = Arc<dyn Driver>> {
        let process = self.process.clone().map(|driver| driver as Arc<dyn Driver>);
        let container = self.container.clone().map(|driver| driver as Arc<dyn Driver>);
        process.into_iter().chain(container)
    }

    /// The driver for what a template launches. Instances of one template are always asked after by its own driver, so
    /// it must be kept for as long as there are any.
    pub fn of(&self, launch: &Launch) -> Result<Arc<dyn Driver>, DriverTrouble> {
        let driver: Option<Arc<dyn Driver>> = match launch {
            Launch::Process(_) => self.process.clone().map(|driver| driver as Arc<dyn Driver>),
            Launch::Container(_) => self.container.clone().map(|driver| driver as Arc<dyn Driver>),
            Launch::Hook(hook) => self.hook.clone().map(|config| {
                Arc::new(HookDriver::new(hook.endpoint.clone(), config)) as Arc<dyn Driver>
            }),
        };
        driver.ok_or_else(|| {
            DriverTrouble::permanent(format!(
                "the {} driver is off; the operator can switch it on",
                launch.driver()
            ))
        })
    }
}
