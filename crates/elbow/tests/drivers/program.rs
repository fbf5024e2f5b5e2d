//! Templates that run a program.

use elbow_model::launch_template::{CommandLine, Environment, ProcessLaunch, ProcessLimits};

/// A process with this command and defaults for the rest.
pub(crate) fn process(command: &[&str]) -> ProcessLaunch {
    ProcessLaunch {
        command: command_line(command),
        env: Environment::default(),
        working_dir: None,
        uid: None,
        limits: ProcessLimits::default(),
    }
}

pub(crate) fn command_line(words: &[&str]) -> CommandLine {
    CommandLine::new(words.iter().map(|word| (*word).to_owned()).collect()).unwrap()
}

pub(crate) fn environment(variables: &[(&str, &str)]) -> Environment {
    let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Environment::new(owned.collect()).unwrap()
}
