//! Claims about PKCS#12 files as real tools wrote them: `fixtures/generate.sh` says how each came about.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use elbow_vault::intake::{Intake, Reason, read_pkcs12};

use crate::support::{NOW, code, codes, prove, refused, taken, unpem};

const PASSPHRASE: &str = "changeit";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(fixtures().join(name).with_extension("p12")).unwrap()
}

fn read(name: &str) -> Intake {
    taken(read_pkcs12(&fixture(name), Some(PASSPHRASE), NOW))
}

fn root() -> Vec<u8> {
    unpem(&fs::read_to_string(fixtures().join("root.pem")).unwrap())
}

/// Each has its key, two certificates to show, and nothing to complain about.
fn is_taken_whole(name: &str) {
    let intake = read(name);
    let server = intake.facts.names[0].to_string();
    assert_eq!(intake.facts.subject, format!("CN={server}, O=Elbow tests"), "{name}");
    assert_eq!(intake.chain.len(), 2, "{name}");
    assert_eq!(intake.warnings, [], "{name}");
    prove(&intake, &root(), if server == "rsa.example" { "rsa.example" } else { "www.ec.example" });
}

#[test]
fn openssl_of_every_age_is_read() {
    ["openssl1-rsa", "openssl1-ec", "openssl3-rsa"].into_iter().for_each(is_taken_whole);
}

#[test]
fn a_file_without_any_protection_is_read_whatever_the_passphrase() {
    is_taken_whole("openssl3-ec-open");
    for passphrase in [None, Some(""), Some("unused")] {
        taken(read_pkcs12(&fixture("openssl3-ec-open"), passphrase, NOW));
    }
}

#[test]
fn what_windows_exports_is_read() {
    ["windows-like-3des", "windows-like-aes"].into_iter().for_each(is_taken_whole);
}

#[test]
fn java_of_every_age_is_read() {
    ["java8-rsa", "java8-ec", "java11-rsa", "java17-rsa", "java17-ec", "java17-aes128-sha512"]
        .into_iter()
        .for_each(is_taken_whole);
}

#[test]
fn java_without_protection_of_certificates_is_read_and_has_no_checksum() {
    is_taken_whole("java17-open-certificates");
    let without = read_pkcs12(&fixture("java17-open-certificates"), None, NOW);
    assert_eq!(code(without), ("passphrase", "PASSPHRASE_NEEDED"));
    let wrong = read_pkcs12(&fixture("java17-open-certificates"), Some("wrong"), NOW);
    assert_eq!(code(wrong), ("passphrase", "PASSPHRASE_WRONG"));
}

#[test]
fn keys_in_javas_own_form_are_read() {
    for (name, kind) in [
        ("java17-own-ec", "ECDSA_P256"),
        ("java17-own-ed25519", "ED25519"),
        ("java17-own-rsa", "RSA_2048"),
    ] {
        let intake = read(name);
        let found = intake.facts.key_type.to_string();
        assert!(
            found == kind || (found.as_str(), name) == ("ECDSA_P384", "java17-own-ec"),
            "{found}"
        );
        assert_eq!(codes(&intake.warnings), ["SELF_SIGNED"]);
        prove(&intake, intake.chain[0].as_bytes(), "java.example");
    }
}

/// Where there is a `keytool`: what this machine's Java writes now may differ from what it wrote for the fixtures.
#[test]
fn java_of_this_machine_is_read() {
    let desk = tempfile::tempdir().unwrap();
    let make = "-genkeypair -alias server -dname CN=java.example -ext san=dns:java.example -validity 36500 -storetype \
                PKCS12 -storepass changeit";
    for (file, more) in [
        ("ec.p12", "-keyalg EC -groupname secp384r1"),
        ("rsa.p12", "-keyalg RSA -keysize 3072 -J-Dkeystore.pkcs12.legacy"),
    ] {
        let words = [make, more, "-keystore", file].join(" ");
        let ran =
            Command::new("keytool").current_dir(&desk).args(words.split_whitespace()).output();
        let Ok(ran) = ran else { return };
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
        let file = fs::read(desk.path().join(file)).unwrap();
        let intake = taken(read_pkcs12(&file, Some(PASSPHRASE), NOW));
        prove(&intake, intake.chain[0].as_bytes(), "java.example");
    }
}

#[test]
fn nss_with_indefinite_lengths_is_read() {
    for name in ["nss-default", "nss-old"] {
        assert!(fixture(name).starts_with(&[0x30, 0x80]), "{name} has definite lengths");
        is_taken_whole(name);
    }
}

#[test]
fn gnutls_is_read_also_with_no_passphrase_at_all() {
    ["gnutls-default", "gnutls-3des"].into_iter().for_each(is_taken_whole);
    for passphrase in [None, Some("")] {
        taken(read_pkcs12(&fixture("gnutls-null-passphrase"), passphrase, NOW));
    }
}

#[test]
fn a_wrong_a_missing_and_an_empty_passphrase_are_each_said() {
    for name in ["openssl1-rsa", "openssl3-rsa", "java8-rsa", "java17-ec", "nss-default"] {
        let read = |passphrase| code(read_pkcs12(&fixture(name), passphrase, NOW));
        assert_eq!(read(Some("Changeit")), ("passphrase", "PASSPHRASE_WRONG"), "{name}");
        assert_eq!(read(None), ("passphrase", "PASSPHRASE_NEEDED"), "{name}");
        assert_eq!(read(Some("")), ("passphrase", "PASSPHRASE_NEEDED"), "{name}");
    }
}

#[test]
fn damage_is_told_from_a_wrong_passphrase() {
    for name in ["openssl1-rsa", "openssl3-rsa", "java17-ec"] {
        let file = fixture(name);
        // In the checksum itself, which ends before salt and rounds.
        let mut in_checksum = file.clone();
        let end = file.len() - 30;
        in_checksum[end] ^= 1;
        let refusal = refused(read_pkcs12(&in_checksum, Some(PASSPHRASE), NOW));
        assert_eq!(refusal.reason, Reason::ChecksumWrong, "{name}");
        // In what is encrypted.
        let mut in_contents = file.clone();
        in_contents[file.len() / 2] ^= 1;
        let damaged = read_pkcs12(&in_contents, Some(PASSPHRASE), NOW);
        assert_eq!(code(damaged), ("pkcs12", "DAMAGED"), "{name}");
        // The end is missing.
        let cut = read_pkcs12(&file[..file.len() / 2], Some(PASSPHRASE), NOW);
        assert_eq!(code(cut).0, "pkcs12", "{name}");
    }
}

#[test]
fn what_follows_the_file_is_ignored() {
    let mut file = fixture("openssl3-rsa");
    file.extend(b"\r\n\0\0");
    taken(read_pkcs12(&file, Some(PASSPHRASE), NOW));
}

#[test]
fn what_is_no_pkcs12_file_is_refused_with_what_it_is() {
    let text = fixture("openssl3-rsa").iter().map(|_| 'A').collect::<String>();
    let base64 = format!("MII{text}");
    for (bytes, expected) in [
        (&b"-----BEGIN CERTIFICATE-----"[..], "is PEM text; give it as `certificate`"),
        (base64.as_bytes(), "is Base64 inside of Base64"),
        (
            &[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2],
            "is an old Java keystore (JKS); convert it: keytool",
        ),
        (&root(), "is a certificate or a key alone"),
        // ContentInfo { signedData }.
        (&[0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2], "is a PKCS#7 bundle"),
        (b"hello", "is not a PKCS#12 file"),
        (&[0x30, 3, 2, 1, 4], "is not a PKCS#12 file"),
        (b"", "is empty"),
        (&[0x30; 256 * 1_024 + 1], "has 262145 bytes, at most 262144 are read"),
    ] {
        let refusal = refused(read_pkcs12(bytes, Some(PASSPHRASE), NOW));
        assert_eq!(refusal.field.as_str(), "pkcs12");
        assert!(refusal.to_string().starts_with(expected), "{refusal}");
    }
}
