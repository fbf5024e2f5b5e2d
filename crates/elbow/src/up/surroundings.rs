//! The API's door to the machine and to what is measured on it.

use std::net::IpAddr;

use elbow_api::state::{ProcessFacts, Surroundings};
use elbow_model::value::Timestamp;

use super::machine;

/// This machine.
pub(super) struct ThisMachine {
    started: Timestamp,
}

impl ThisMachine {
    /// As of now.
    pub(super) fn new() -> Self {
        Self { started: machine::now() }
    }
}

impl Surroundings for ThisMachine {
    fn now(&self) -> Timestamp {
        machine::now()
    }

    fn machine_addresses(&self) -> Vec<IpAddr> {
        machine::addresses()
    }

    fn process(&self) -> ProcessFacts {
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds since 1970 fit a double until the year 287396"
        )]
        let started_s = self.started.0 as f64 / 1_000.0;
        ProcessFacts {
            started_s: Some(started_s),
            cpu_s: machine::cpu_s(),
            resident_bytes: machine::resident_bytes(),
            open_descriptors: machine::open_descriptors(),
        }
    }
}
