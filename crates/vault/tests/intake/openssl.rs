//! Claims about what the `openssl` command of this machine writes, in every combination that it offers.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use elbow_vault::intake::{Reason, read_pem, read_pkcs12};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use tempfile::TempDir;

use crate::support::{
    Authority, NOW, Server, authority_pem, bytes, code, intermediate, prove, reason, refused, root,
    server, server_params, take, taken,
};

const PASSPHRASE: &str = "correct horse";

/// A key, its certificate and its chain in files.
struct Desk {
    place: TempDir,
    root: Authority,
    middle: Authority,
    server: Server,
}

impl Desk {
    fn new() -> Self {
        let root = root("Root");
        let middle = intermediate("Middle", &root);
        let server = server(&middle);
        Self::with(root, middle, server)
    }

    fn with(root: Authority, middle: Authority, server: Server) -> Self {
        let place = tempfile::tempdir().unwrap();
        let chain = authority_pem(&middle) + &authority_pem(&root);
        fs::write(place.path().join("key.pem"), server.key_pem()).unwrap();
        fs::write(place.path().join("certificate.pem"), server.pem()).unwrap();
        fs::write(place.path().join("chain.pem"), chain).unwrap();
        Self { place, root, middle, server }
    }

    /// Runs `openssl` in the folder; none if this machine's cannot do that.
    fn openssl(&self, arguments: &[&str]) -> Option<()> {
        let ran = Command::new("openssl").current_dir(&self.place).args(arguments).output();
        let ran = ran.expect("these tests need the `openssl` command; `make tools` installs it");
        ran.status.success().then_some(())
    }

    fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.place.path().join(name)).unwrap()
    }

    /// A PKCS#12 file of key, certificate and chain.
    fn export(&self, passphrase: &str, more: &[&str]) -> Option<Vec<u8>> {
        let passphrase = format!("pass:{passphrase}");
        let mut arguments =
            "pkcs12 -export -inkey key.pem -in certificate.pem -certfile chain.pem -out out.p12"
                .split(' ')
                .collect::<Vec<_>>();
        arguments.extend(["-passout", &passphrase]);
        arguments.extend(more);
        self.openssl(&arguments)?;
        Some(self.file("out.p12"))
    }

    /// Reads a file and proves that all of it is there.
    fn read_whole(&self, file: &[u8], passphrase: Option<&str>) {
        let intake = taken(read_pkcs12(file, passphrase, NOW));
        assert_eq!(bytes(&intake.chain), [self.server.der.as_slice(), self.middle.der()]);
        assert_eq!(intake.warnings, []);
        prove(&intake, self.root.der(), "example.com");
    }
}

#[test]
fn every_encryption_is_read() {
    let desk = Desk::new();
    let mut read = Vec::new();
    for cipher in [
        "PBE-SHA1-3DES",
        "PBE-SHA1-2DES",
        "PBE-SHA1-RC2-128",
        "PBE-SHA1-RC2-40",
        "PBE-MD5-DES",
        "PBE-SHA1-DES",
        "PBE-MD5-RC2-64",
        "PBE-SHA1-RC2-64",
        "AES-128-CBC",
        "AES-192-CBC",
        "AES-256-CBC",
        "DES-EDE3-CBC",
        "DES-CBC",
        "RC2-CBC",
        "RC2-40-CBC",
        "RC2-64-CBC",
        "NONE",
    ] {
        for (key, certificates) in
            [(cipher, cipher), (cipher, "AES-256-CBC"), ("AES-256-CBC", cipher)]
        {
            let arguments = [
                "-provider",
                "default",
                "-provider",
                "legacy",
                "-keypbe",
                key,
                "-certpbe",
                certificates,
            ];
            if let Some(file) = desk.export(PASSPHRASE, &arguments) {
                desk.read_whole(&file, Some(PASSPHRASE));
                read.push(cipher);
            }
        }
    }
    read.dedup();
    // Whatever else a machine's `openssl` was built without.
    for cipher in
        ["PBE-SHA1-3DES", "AES-128-CBC", "AES-192-CBC", "AES-256-CBC", "DES-EDE3-CBC", "NONE"]
    {
        assert!(read.contains(&cipher), "openssl wrote no {cipher}; read: {read:?}");
    }
    eprintln!("read: {read:?}");
}

#[test]
fn every_checksum_is_checked() {
    let desk = Desk::new();
    for hash in ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512-224", "sha512-256"]
    {
        let file = desk.export(PASSPHRASE, &["-macalg", hash]).unwrap();
        desk.read_whole(&file, Some(PASSPHRASE));
        let wrong = read_pkcs12(&file, Some("wrong"), NOW);
        assert_eq!(code(wrong), ("passphrase", "PASSPHRASE_WRONG"), "{hash}");
    }
    let file = desk.export(PASSPHRASE, &["-macalg", "sha3-256"]);
    if let Some(file) = file {
        let refusal = code(read_pkcs12(&file, Some(PASSPHRASE), NOW));
        assert_eq!(refusal, ("pkcs12", "UNSUPPORTED_PROTECTION"));
    }
}

#[test]
fn a_file_without_checksum_is_read_and_a_wrong_passphrase_still_said() {
    let desk = Desk::new();
    // Without more words it leaves the certificates as they are.
    for more in [&["-nomac"][..], &["-nomac", "-certpbe", "AES-256-CBC"]] {
        let file = desk.export(PASSPHRASE, more).unwrap();
        desk.read_whole(&file, Some(PASSPHRASE));
        assert_eq!(code(read_pkcs12(&file, Some("x"), NOW)), ("passphrase", "PASSPHRASE_WRONG"));
        assert_eq!(code(read_pkcs12(&file, None, NOW)), ("passphrase", "PASSPHRASE_NEEDED"));
    }
}

#[test]
fn options_that_change_the_form_change_nothing() {
    let desk = Desk::new();
    for more in [
        &["-legacy"][..],
        &["-legacy", "-descert"],
        &["-CSP", "Microsoft Software Key Storage Provider", "-name", "Ünïcode 名"],
        &["-keyex"],
        &["-keysig", "-LMK"],
        &["-caname", "one", "-caname", "two"],
        &["-iter", "1"],
        &["-noiter", "-nomaciter"],
        &["-iter", "600000"],
    ] {
        if let Some(file) = desk.export(PASSPHRASE, more) {
            desk.read_whole(&file, Some(PASSPHRASE));
        } else {
            assert!(more[0] == "-legacy" || more.contains(&"-LMK"), "openssl refused {more:?}");
        }
    }
}

#[test]
fn every_passphrase_is_understood() {
    let desk = Desk::new();
    for passphrase in ["", " ", "ü", "grün 名 \u{1f600}", "a\"b'c", &"x".repeat(200)] {
        for more in
            [&[][..], &["-legacy"], &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "AES-128-CBC"]]
        {
            let Some(file) = desk.export(passphrase, more) else { continue };
            desk.read_whole(&file, Some(passphrase));
            if passphrase.is_empty() {
                desk.read_whole(&file, None);
            }
        }
    }
}

#[test]
fn a_key_and_certificates_alone_are_refused_with_what_is_missing() {
    let desk = Desk::new();
    let alone = "pkcs12 -export -nocerts -inkey key.pem -out key.p12 -passout pass:x";
    desk.openssl(&alone.split(' ').collect::<Vec<_>>()).unwrap();
    assert_eq!(
        code(read_pkcs12(&desk.file("key.p12"), Some("x"), NOW)),
        ("pkcs12", "NO_CERTIFICATE")
    );
    let alone = "pkcs12 -export -nokeys -in certificate.pem -out certificate.p12 -passout pass:x";
    desk.openssl(&alone.split(' ').collect::<Vec<_>>()).unwrap();
    let refusal = refused(read_pkcs12(&desk.file("certificate.p12"), Some("x"), NOW));
    assert_eq!((refusal.field.as_str(), refusal.reason), ("pkcs12", Reason::NoKey));
}

#[test]
fn rounds_without_end_are_refused_with_their_number_before_they_are_run() {
    let desk = Desk::new();
    // Written with few rounds, then told to be many: openssl itself would take long.
    let file = desk.export(PASSPHRASE, &["-iter", "65537"]).unwrap();
    let few = [2, 3, 1, 0, 1];
    let mut hostile = file.clone();
    let mut places = 0;
    while let Some(place) = hostile.windows(5).position(|part| part == few) {
        hostile[place..place + 5].copy_from_slice(&[2, 3, 0x7f, 0xff, 0xff]);
        places += 1;
    }
    assert_eq!(places, 3);
    let refusal = refused(read_pkcs12(&hostile, Some(PASSPHRASE), NOW));
    assert_eq!(refusal.reason.code(), "TOO_MANY_ITERATIONS");
    assert!(refusal.to_string().contains("asks for 8388607 rounds"), "{refusal}");
}

#[test]
fn encrypted_keys_in_pem_are_read_in_every_form() {
    let root = root("Root");
    let middle = intermediate("Middle", &root);
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let certificate = server_params(|_| {}).signed_by(&key, &middle).unwrap();
    let desk = Desk::with(root, middle, Server { der: certificate.der().to_vec(), key });
    let mut read = Vec::new();
    let mut forms: Vec<String> = Vec::new();
    for prf in ["SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA512-224", "SHA512-256", "MD5"] {
        forms.push(format!("pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWith{prf}"));
    }
    for cipher in ["aes-128-cbc", "aes-192-cbc", "des3", "des", "rc2"] {
        forms.push(format!("pkcs8 -topk8 -v2 {cipher}"));
    }
    for scheme in
        ["PBE-MD5-DES", "PBE-SHA1-DES", "PBE-SHA1-3DES", "PBE-SHA1-RC2-40", "PBE-SHA1-RC2-64"]
    {
        forms.push(format!("pkcs8 -topk8 -v1 {scheme}"));
    }
    for cipher in ["aes128", "aes192", "aes256", "des3", "des"] {
        forms.push(format!("rsa -traditional -{cipher}"));
    }
    for form in forms {
        let command = format!(
            "{form} -provider default -provider legacy -in key.pem -out out.pem -passout pass:geheim"
        );
        if desk.openssl(&command.split(' ').collect::<Vec<_>>()).is_none() {
            continue;
        }
        let text = String::from_utf8(desk.file("out.pem")).unwrap();
        assert!(text.contains("ENCRYPTED"), "{form}: {text}");
        let certificates = desk.server.pem() + &authority_pem(&desk.middle);
        let read_with = |passphrase| read_pem(&certificates, &text, passphrase, NOW);
        prove(&taken(read_with(Some("geheim"))), desk.root.der(), "example.com");
        assert_eq!(code(read_with(Some("wrong"))), ("passphrase", "PASSPHRASE_WRONG"), "{form}");
        assert_eq!(code(read_with(None)), ("passphrase", "PASSPHRASE_NEEDED"), "{form}");
        read.push(form);
    }
    eprintln!("read: {read:#?}");
    assert!(read.len() >= 12, "openssl wrote too few: {read:?}");
}

#[test]
fn scrypt_is_refused_by_name() {
    let desk = Desk::new();
    let command = "pkcs8 -topk8 -scrypt -in key.pem -out out.pem -passout pass:x";
    desk.openssl(&command.split(' ').collect::<Vec<_>>()).unwrap();
    let text = String::from_utf8(desk.file("out.pem")).unwrap();
    let found = reason(read_pem(&desk.server.pem(), &text, Some("x"), NOW));
    assert_eq!(found, Reason::UnsupportedProtection { algorithm: "scrypt".to_owned() });
}

#[test]
fn plain_keys_are_read_in_every_form() {
    let root = root("Root");
    let middle = intermediate("Middle", &root);
    for curve in ["prime256v1", "secp384r1", "secp521r1"] {
        let desk = Desk::new();
        let make = format!("ecparam -genkey -name {curve} -out sec1.pem");
        desk.openssl(&make.split(' ').collect::<Vec<_>>()).unwrap();
        desk.openssl(&["pkcs8", "-topk8", "-nocrypt", "-in", "sec1.pem", "-out", "pkcs8.pem"])
            .unwrap();
        desk.openssl(&["ec", "-no_public", "-in", "sec1.pem", "-out", "short.pem"]).unwrap();
        let text = |name| String::from_utf8(desk.file(name)).unwrap();
        let key = KeyPair::from_der_and_sign_algo(
            &unpem_key(&text("pkcs8.pem")).into(),
            match curve {
                "prime256v1" => &rcgen::PKCS_ECDSA_P256_SHA256,
                "secp384r1" => &rcgen::PKCS_ECDSA_P384_SHA384,
                _ => &rcgen::PKCS_ECDSA_P521_SHA512,
            },
        );
        let certificate = server_params(|_| {}).signed_by(&key.unwrap(), &middle).unwrap();
        let certificate =
            crate::support::pem("CERTIFICATE", certificate.der()) + &authority_pem(&middle);
        for form in ["sec1.pem", "pkcs8.pem", "short.pem"] {
            prove(&take(&certificate, &text(form)), root.der(), "example.com");
        }
    }
}

fn unpem_key(text: &str) -> rustls::pki_types::PrivatePkcs8KeyDer<'static> {
    crate::support::unpem(text).into()
}

#[test]
fn keys_that_tls_does_not_serve_are_refused_by_name() {
    let desk = Desk::new();
    for (make, expected) in [
        ("genpkey -algorithm ed448 -out other.pem", "Ed448"),
        ("genpkey -algorithm x25519 -out other.pem", "X25519"),
        ("genpkey -algorithm rsa-pss -pkeyopt rsa_keygen_bits:2048 -out other.pem", "RSASSA-PSS"),
        ("genpkey -algorithm ec -pkeyopt ec_paramgen_curve:secp256k1 -out other.pem", "secp256k1"),
        (
            "genpkey -algorithm ec -pkeyopt ec_paramgen_curve:brainpoolP256r1 -out other.pem",
            "1.3.36.3.3.2.8.1.1.7",
        ),
        ("genrsa -out other.pem 1024", "RSA key of 1024 bits"),
    ] {
        desk.openssl(&make.split(' ').collect::<Vec<_>>()).unwrap();
        let text = String::from_utf8(desk.file("other.pem")).unwrap();
        let refusal = refused(read_pem(&desk.server.pem(), &text, None, NOW));
        assert_eq!(refusal.field.as_str(), "private_key");
        assert!(refusal.to_string().contains(expected), "{refusal}");
    }
}

#[test]
fn certificates_that_no_client_accepts_are_refused() {
    let desk = Desk::new();
    let request = "req -new -key key.pem -subj /CN=old.example -out request.pem";
    desk.openssl(&request.split(' ').collect::<Vec<_>>()).unwrap();
    fs::write(
        desk.place.path().join("ca.key"),
        crate::support::pem("PRIVATE KEY", &desk.root.key().serialize_der()),
    )
    .unwrap();
    fs::write(desk.place.path().join("ca.pem"), authority_pem(&desk.root)).unwrap();
    fs::write(desk.place.path().join("ext"), "subjectAltName=DNS:old.example\n").unwrap();
    let sign = "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 36500 -out made.pem";
    let signed = |more: &str| {
        let command = format!("{sign} {more}");
        desk.openssl(&command.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>()).unwrap();
        let text = String::from_utf8(desk.file("made.pem")).unwrap();
        reason(read_pem(&text, &desk.server.key_pem(), None, NOW))
    };
    assert_eq!(signed(""), Reason::OldVersion { version: 1 });
    assert_eq!(
        signed("-sha1 -extfile ext"),
        Reason::WeakSignature { algorithm: "SHA-1 and ECDSA" }
    );
}

#[test]
fn rc4_is_refused_by_name() {
    let desk = Desk::new();
    let arguments = ["-provider", "default", "-provider", "legacy", "-keypbe", "PBE-SHA1-RC4-128"];
    let Some(file) = desk.export(PASSPHRASE, &arguments) else { return };
    let found = reason(read_pkcs12(&file, Some(PASSPHRASE), NOW));
    assert_eq!(found, Reason::UnsupportedProtection { algorithm: "RC4 with 128 bits".to_owned() });
}

#[test]
fn passphrases_as_old_openssl_took_them_are_understood() {
    let desk = Desk::new();
    // Before 1.1 it widened each byte of UTF-8: for it, `ü` was what is `Ã¼` today.
    let file = desk.export("gr\u{c3}\u{bc}n", &["-legacy"]).unwrap();
    desk.read_whole(&file, Some("grün"));
    // A terminal in ISO 8859-1 sent one byte.
    let latin = OsStr::from_bytes(b"pass:gr\xfcn");
    let command = "pkcs8 -topk8 -in key.pem -out out.pem -passout".split(' ').map(OsStr::new);
    let ran = Command::new("openssl").current_dir(&desk.place).args(command).arg(latin).output();
    assert!(ran.unwrap().status.success());
    let text = String::from_utf8(desk.file("out.pem")).unwrap();
    taken(read_pem(&desk.server.pem(), &text, Some("grün"), NOW));
}

#[test]
fn a_file_of_parts_with_different_passphrases_is_refused_as_such() {
    let desk = Desk::new();
    let [one, other] = ["one", "other"]
        .map(|passphrase| desk.export(passphrase, &["-nomac", "-certpbe", "AES-256-CBC"]).unwrap());
    // PFX { 3, ContentInfo { data, [0] { OCTET STRING { AuthenticatedSafe { certificates, key } } } } }: lengths of two
    // bytes, the safe at the same place in both files.
    const SAFE: usize = 4 + 3 + 4 + 11 + 4 + 4;
    let split = |file: &[u8]| {
        let length = usize::from(u16::from_be_bytes([file[SAFE + 6], file[SAFE + 7]]));
        let end = SAFE + 4 + 4 + length;
        (file[..end].to_vec(), file[end..].to_vec())
    };
    let ((front, _), (_, key)) = (split(&one), split(&other));
    let mixed = [front, key].concat();
    assert_eq!(mixed.len(), one.len(), "both files have the same lengths inside");
    for passphrase in ["one", "other"] {
        let refusal = code(read_pkcs12(&mixed, Some(passphrase), NOW));
        assert_eq!(refusal, ("pkcs12", "PASSPHRASES_DIFFER"));
    }
    assert_eq!(code(read_pkcs12(&mixed, Some("x"), NOW)), ("passphrase", "PASSPHRASE_WRONG"));
}
