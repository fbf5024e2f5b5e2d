//! Shell completions and manual pages, made of the same definitions that read the arguments.

use std::fs;

use clap::CommandFactory;

use crate::args::{Arguments, ManArguments};
use crate::failure::Failure;
use crate::output;

/// Prints completions for a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "elbow", &mut text);
    output::print(&String::from_utf8_lossy(&text))
}

/// Prints the manual page, or writes those of all commands into a directory.
pub(super) fn man(arguments: &ManArguments) -> Result<(), Failure> {
    match &arguments.directory {
        None => {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(Arguments::command()).render(&mut page);
            rendered.map_err(Failure::system("writing the manual page"))?;
            output::print(&String::from_utf8_lossy(&page))
        }
        Some(directory) => {
            let failed = |source| Failure::File { verb: "write", path: directory.clone(), source };
            fs::create_dir_all(directory).map_err(failed)?;
            clap_mangen::generate_to(Arguments::command(), directory).map_err(failed)?;
            output::note(&format!("manual pages are in {}", directory.display()));
            Ok(())
        }
    }
}
