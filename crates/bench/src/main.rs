//! `elbow-bench`: measures the `elbow` program from outside, side by side with HAProxy, nginx and Envoy.
//!
//! ```text
//!   CPU 1: client --\        /--> origin      one thread, checks every answer     load
//!                    \      /
//!   CPU 0:          contender                 one worker, one at a time           contender
//! ```
//!
//! The figure is the CPU time of the proxy per request, not requests per second: it does not depend
//! on the generator. Rounds are interleaved and ratios taken round by round (`measure`,
//! `statistics`); `workload` holds the table of what is measured and what is to be reached; `report`
//! shows it. `control` measures the control plane. It must never become a dependency of the product, and uses nothing but its program.

#![forbid(unsafe_code)]

mod arguments;
mod console;
mod contender;
mod control;
mod failure;
mod http_client;
mod identity;
mod janitor;
mod load;
mod machine;
mod measure;
mod peers;
mod process;
mod report;
mod statistics;
mod tls;
mod workload;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;

use arguments::Arguments;
use console::{note, say};
use contender::{Kind, Program, Setup};
use failure::{Failure, While};
use identity::Identity;
use janitor::Janitor;
use load::Generator;
use machine::Machine;
use measure::Bench;
use report::Row;
use tls::Front;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(janitor::ARGUMENT) {
        janitor::work(std::io::stdin().lock());
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::parse();
    let done = if arguments.control { control_plane(&arguments) } else { traffic(&arguments) };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            note(&format!("elbow-bench: {failure}"));
            ExitCode::FAILURE
        }
    }
}

/// False if there were errors: figures of wrong answers are worth nothing.
fn traffic(arguments: &Arguments) -> Result<bool, Failure> {
    let workloads = workload::chosen(&arguments.workloads).map_err(Failure::new)?;
    std::fs::create_dir_all(&arguments.output).while_doing(arguments.output.display())?;
    let programs = programs(arguments)?;
    let machine = Machine::this();
    say(&machine.line());
    for program in &programs {
        say(&program.line());
    }
    let mut bench = bench(arguments)?;
    let mut rows = Vec::new();
    for workload in workloads {
        let load = machine::load_average();
        note(&format!(
            "{} {} (load average {load:.1})",
            workload.key.to_uppercase(),
            workload.title
        ));
        let series = measure::run(&mut bench, &workload, &programs)?;
        rows.push(Row { workload, series });
        write(&arguments.output.join("results.json"), &{
            serde_json::to_string_pretty(&report::record::json(&rows, &programs, &machine))?
        })?;
    }
    let picture = report::picture::svg(&rows, &programs, &machine);
    let is_there = |kind: Kind| programs.iter().any(|program| program.kind == kind);
    let has_all = Kind::ALL.into_iter().all(|kind| is_there(kind) || kind == Kind::HaproxyAwsLc);
    let is_whole = rows.len() == workload::WORKLOADS.len() && has_all;
    let partial = arguments.output.join("bench.svg");
    write(if is_whole { &arguments.picture } else { &partial }, &picture)?;
    let remarks = report::remarks::lines(&rows, &programs);
    for line in report::table::lines(&rows).into_iter().chain(remarks) {
        say(&line);
    }
    Ok(rows.iter().all(|row| row.errors().is_empty()))
}

/// False if a request was refused.
fn control_plane(arguments: &Arguments) -> Result<bool, Failure> {
    std::fs::create_dir_all(&arguments.output).while_doing(arguments.output.display())?;
    let elbow = peers::find(Kind::Elbow, arguments)?;
    say(&Machine::this().line());
    say(&format!("Elbow {}", elbow.version));
    let Bench { setup, .. } = bench(arguments)?;
    // All of the machine for both processes: as it is run.
    let setup = Setup { cpus: process::own_cpus(), ..setup };
    control::run(&elbow.path, &setup, &arguments.sizes, &arguments.output)
}

fn programs(arguments: &Arguments) -> Result<Vec<Program>, Failure> {
    let is_wanted = |kind: &Kind| {
        let names = &arguments.contenders;
        names.is_empty() || names.iter().any(|name| name.eq_ignore_ascii_case(kind.name()))
    };
    let mut programs = Vec::new();
    for kind in Kind::ALL.into_iter().filter(is_wanted) {
        match peers::find(kind, arguments) {
            Ok(program) => programs.push(program),
            Err(failure) => note(&format!("without {}: {failure}", kind.name())),
        }
    }
    if programs.is_empty() {
        return Err(Failure::new("no contender can be started"));
    }
    Ok(programs)
}

/// The generator and what contenders are set up with. With one CPU both sides share it.
fn bench(arguments: &Arguments) -> Result<Bench, Failure> {
    let cpus = process::own_cpus();
    let (first, second) = (cpus[0], *cpus.get(1).unwrap_or(&cpus[0]));
    if first == second {
        note("one CPU only: generator and contenders share it, figures mean little");
    }
    let generator = Generator::start(second)?;
    let setup = Setup {
        janitor: Arc::new(Janitor::start()?),
        origins: generator.origins(),
        cpus: vec![first],
        other_cpu: second,
        front: Front::Clear,
        identity: Arc::new(Identity::generate()?),
    };
    Ok(Bench {
        generator,
        setup,
        both_cpus: vec![first, second],
        rounds: arguments.rounds.clamp(1, 1000),
        length: Duration::from_millis(arguments.length_ms.clamp(100, 60_000)),
    })
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).while_doing(path.display())
}
