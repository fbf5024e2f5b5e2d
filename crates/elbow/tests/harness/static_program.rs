//! The program that instances run in tests.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The program, built for this test in a directory that any user may enter.
pub(crate) struct Program {
    directory: TempDir,
}

impl Program {
    /// Builds it as a static one, so that it runs in an image without anything else.
    pub(crate) fn build() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drivers/program.c");
        let program = Self { directory };
        let built = Command::new("cc")
            .args(["-static", "-O1", "-o"])
            .arg(program.path())
            .arg(source)
            .output()
            .expect("these tests need a C compiler (Debian: gcc, libc6-dev)");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        program
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("program")
    }
}
