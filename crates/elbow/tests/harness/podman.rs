//! A Podman of a test's own, with its own storage: its containers and its socket go with it.

use std::fs::File;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use super::eventually;

/// An engine that serves on a socket.
pub(crate) struct Podman {
    directory: TempDir,
    service: Option<Child>,
}

impl Podman {
    /// Starts it with an image that has nothing but this static program, as `/program`.
    #[track_caller]
    pub(crate) fn start(image: &str, program: &Path) -> Self {
        let directory = tempfile::Builder::new().prefix("elbow-").tempdir().unwrap();
        let mut engine = Self { directory, service: None };
        engine.import(image, program);
        engine.serve();
        engine
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("podman.sock")
    }

    /// A command of this engine's Podman. Storage and runtime are those that work on every machine that runs tests: crun
    /// refuses machines with both kinds of control groups.
    fn podman(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("podman");
        for (option, folder) in [("--root", "root"), ("--runroot", "run"), ("--tmpdir", "tmp")] {
            command.arg(option).arg(self.directory.path().join(folder));
        }
        command.args([
            "--storage-driver",
            "vfs",
            "--runtime",
            "runc",
            "--cgroup-manager",
            "cgroupfs",
        ]);
        // Its helpers leave files where they are started.
        command.args(arguments).stdin(Stdio::null()).current_dir(self.directory.path());
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Output {
        let output = self.podman(arguments).output();
        output.expect("these tests need Podman and runc (Debian: podman, runc, netavark, iptables)")
    }

    fn import(&self, image: &str, program: &Path) {
        let archive = self.directory.path().join("image.tar");
        let packed = Command::new("tar")
            .arg("-cf")
            .arg(&archive)
            .arg("-C")
            .arg(program.parent().unwrap())
            .arg("program")
            .status()
            .unwrap();
        assert!(packed.success());
        let imported = self.run(&["import", archive.to_str().unwrap(), image]);
        assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    }

    /// Starts its service.
    pub(crate) fn serve(&mut self) {
        let address = format!("unix://{}", self.socket().display());
        let log = File::create(self.directory.path().join("log")).unwrap();
        let service = self
            .podman(&["system", "service", "--time=0", &address])
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.service = Some(service);
        eventually("Podman listens", || UnixStream::connect(self.socket()).map(drop));
    }

    /// Ends its service; containers run on.
    pub(crate) fn stop_service(&mut self) {
        if let Some(mut service) = self.service.take() {
            service.kill().unwrap();
            service.wait().unwrap();
        }
    }

    /// Kills what runs in a container, as a crash would.
    #[track_caller]
    pub(crate) fn kill(&self, name: &str) {
        let killed = self.run(&["kill", "--signal", "KILL", name]);
        assert!(killed.status.success(), "{}", String::from_utf8_lossy(&killed.stderr));
    }

    /// The names of all containers, those that have ended included.
    #[track_caller]
    pub(crate) fn containers(&self) -> Vec<String> {
        let listed = self.run(&["ps", "--all", "--format", "{{.Names}}"]);
        assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
        let mut names: Vec<String> =
            String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect();
        names.sort_unstable();
        names
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        self.stop_service();
        // Mounts would keep the directory from being removed.
        let _gone = self.podman(&["rm", "--force", "--all", "--time", "0"]).output();
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        let own = self.directory.path().to_str().unwrap();
        for place in mounts.lines().filter_map(|line| line.split(' ').nth(1)) {
            if place.starts_with(own) {
                let _gone = Command::new("umount").args(["--lazy", place]).output();
            }
        }
    }
}
