//! Certificates and keys as people have them: made by the `openssl` program, in files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A directory of files that `openssl` makes; gone with the test.
pub(crate) struct Files {
    directory: TempDir,
}

impl Files {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::Builder::new().prefix("openssl-").tempdir().unwrap() }
    }

    /// Where a file is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The same as text.
    pub(crate) fn at(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, contents: &str) -> String {
        fs::write(self.path(name), contents).unwrap();
        self.at(name)
    }

    /// Runs `openssl` in the directory.
    #[track_caller]
    pub(crate) fn openssl(&self, arguments: &str) -> Vec<u8> {
        let output = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.directory.path())
            .output()
            .unwrap_or_else(|error| panic!("openssl: {error}; install it"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}: {said}");
        output.stdout
    }

    /// An authority: `NAME.pem` and `NAME.key`.
    pub(crate) fn authority(&self, name: &str) {
        self.openssl(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN={name} \
             -addext basicConstraints=critical,CA:TRUE -keyout {name}.key -out {name}.pem"
        ));
    }

    /// A server's certificate for `host` signed by an authority: `NAME.pem` and `NAME.key`. `kind` is what `-newkey`
    /// takes.
    pub(crate) fn server(&self, name: &str, host: &str, authority: &str, kind: &str) {
        self.openssl(&format!(
            "req -newkey {kind} -nodes -subj /CN={host} -keyout {name}.key -out {name}.csr"
        ));
        let usage = "extendedKeyUsage=serverAuth";
        self.write(&format!("{name}.ext"), &format!("subjectAltName=DNS:{host}\n{usage}\n"));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA {authority}.pem -CAkey {authority}.key -CAcreateserial -days 60 \
             -extfile {name}.ext -out {name}.pem"
        ));
    }

    /// `NAME.p12` of certificate, key and authority, with a passphrase.
    pub(crate) fn pkcs12(&self, name: &str, authority: &str, passphrase: &str) -> String {
        self.openssl(&format!(
            "pkcs12 -export -in {name}.pem -inkey {name}.key -certfile {authority}.pem -passout pass:{passphrase} \
             -out {name}.p12"
        ));
        self.at(&format!("{name}.p12"))
    }
}

/// All files below a directory, sockets and the like aside.
pub(crate) fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                left.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found
}
