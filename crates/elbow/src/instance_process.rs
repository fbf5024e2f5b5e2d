//! `elbow instance`: the process that keeps one instance of a scaling group on this machine, and the step in which a
//! copy of it becomes the instance's program. It starts no thread before that is done.

use elbow_control::driver::process::keeper::{self, Start};

use crate::args::InstanceArguments;
use crate::failure::Failure;

/// Runs until the instance has ended.
pub(crate) fn run(arguments: InstanceArguments) -> Result<(), Failure> {
    let InstanceArguments { directory, start_for } = arguments;
    match start_for {
        None => keeper::run(&directory).map_err(Failure::system("keeping an instance")),
        Some(keeper) => keeper::start(&Start { directory, keeper })
            .map_err(Failure::system("starting an instance")),
    }
}
