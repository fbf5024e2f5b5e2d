//! `elbow cert ...`

use std::path::PathBuf;

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  elbow cert create site --pkcs12 site.p12
  elbow cert create site --pkcs12 site.p12 --passphrase-file passphrase.txt
  elbow cert create site --cert cert.pem --chain intermediate.pem --key key.pem
  elbow listener add web https:443 --certificate site
  elbow listener edit web https:443 --certificate site-2027

Only you see and use the certificates that you create. The private key is encrypted before it is stored, and is never
shown again.";

#[derive(Debug, Subcommand)]
pub(crate) enum CertificateCommand {
    /// Create a certificate from a PKCS#12 file, or from certificate and key in PEM
    #[command(after_help = EXAMPLES)]
    Create(Box<CertificateCreate>),
    /// List your certificates, newest first
    #[command(visible_alias = "ls")]
    List {
        /// Only those with these words in their names, descriptions, subjects or issuers
        #[arg(long, short, value_name = "WORDS")]
        search: Option<String>,
    },
    /// Show what a certificate says, and which listeners refer to it
    Show {
        /// Name or id
        name: String,
    },
    /// Edit a certificate's name or description
    Edit {
        /// Name or id
        name: String,
        /// A new name
        #[arg(long = "name", value_name = "NAME")]
        new_name: Option<String>,
        /// Free text
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        /// Check everything, but change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Delete a certificate that no listener refers to
    #[command(visible_alias = "rm")]
    Delete {
        /// Name or id
        name: String,
        /// Check everything, but change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CertificateCreate {
    /// Its name: letters, digits, `-`, `_` and `.`
    pub(crate) name: String,
    /// A PKCS#12 file (.p12, .pfx) with the certificate, its chain and its key
    #[arg(long, value_name = "FILE", required_unless_present = "cert", conflicts_with_all = ["cert", "key", "chain"])]
    pub(crate) pkcs12: Option<PathBuf>,
    /// The certificate in PEM; its chain may follow in the same file
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) cert: Option<PathBuf>,
    /// The private key in PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// The certificates of the issuers in PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) chain: Option<PathBuf>,
    /// A file with the passphrase; without it the passphrase is asked for where one is needed
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Free text
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Check everything, but change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
