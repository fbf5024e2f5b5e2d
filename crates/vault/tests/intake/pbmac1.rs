//! Claims about PBMAC1 (RFC 9579), the checksum that OpenSSL writes from 3.4 on when told to. This machine's may be older: its
//! `kdf` and `mac` commands compute what the newer one would write.

use std::fs;
use std::path::Path;
use std::process::Command;

use elbow_vault::intake::read_pkcs12;

use crate::support::{NOW, code, intermediate, openssl, prove, root, server, taken};

/// DER with a length of up to 65,535.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = u16::try_from(body.len()).unwrap();
    [&[tag, 0x82][..], &length.to_be_bytes(), &body].concat()
}

fn from_hex(text: &str) -> Vec<u8> {
    let text: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn output(place: &Path, arguments: &str) -> Vec<u8> {
    let ran =
        Command::new("openssl").current_dir(place).args(arguments.split(' ')).output().unwrap();
    assert!(ran.status.success(), "{arguments}: {}", String::from_utf8_lossy(&ran.stderr));
    from_hex(&String::from_utf8(ran.stdout).unwrap())
}

#[test]
fn a_file_with_pbmac1_is_read() {
    let root = root("Root");
    let middle = intermediate("Middle", &root);
    let server = server(&middle);
    let desk = tempfile::tempdir().unwrap();
    let place = desk.path();
    let chain = server.pem() + &crate::support::authority_pem(&middle);
    fs::write(place.join("chain.pem"), chain).unwrap();
    fs::write(place.join("key.pem"), server.key_pem()).unwrap();
    let export =
        "pkcs12 -export -nomac -inkey key.pem -in chain.pem -passout pass:geheim -out file";
    assert!(openssl(place, export));
    let file = fs::read(place.join("file")).unwrap();
    // PFX { 3, ContentInfo { data, [0] { OCTET STRING safe } } }: three long lengths, a version, a number.
    let safe = &file[4 + 3 + 4 + 11 + 4 + 4..];
    let content = &file[4 + 3..];
    fs::write(place.join("safe"), safe).unwrap();
    for (hash, function, length) in
        [("SHA256", 9, 32), ("SHA512", 11, 64), ("SHA384", 10, 20), ("SHA256", 9, 19)]
    {
        let derive = format!(
            "kdf -keylen {length} -kdfopt digest:{hash} -kdfopt pass:geheim -kdfopt hexsalt:0102030405060708 -kdfopt iter:2048 PBKDF2"
        );
        let key: String = output(place, &derive).iter().map(|byte| format!("{byte:02x}")).collect();
        let tag = output(place, &format!("mac -digest {hash} -macopt hexkey:{key} -in safe HMAC"));
        // hmacWithSHA..., PBKDF2 and PBMAC1 (1.2.840.113549 .2.x, .1.5.12, .1.5.14).
        let number = |last: &[u8]| tlv(6, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d], last]);
        let hmac = tlv(0x30, &[&number(&[2, function]), &[5, 0]]);
        let salt = tlv(4, &[&[1, 2, 3, 4, 5, 6, 7, 8]]);
        let parameters = tlv(0x30, &[&salt, &[2, 2, 8, 0], &[2, 1, length], &hmac]);
        let derivation = tlv(0x30, &[&number(&[1, 5, 12]), &parameters]);
        let scheme = tlv(0x30, &[&number(&[1, 5, 14]), &tlv(0x30, &[&derivation, &hmac])]);
        let digest = tlv(0x30, &[&scheme, &tlv(4, &[&tag])]);
        let mac = tlv(0x30, &[&digest, &tlv(4, &[b"NOT USED"]), &[2, 1, 1]]);
        let whole = tlv(0x30, &[&[2, 1, 3], content, &mac]);
        if length < 20 {
            // So short a key would fit to other passphrases too.
            assert_eq!(code(read_pkcs12(&whole, Some("geheim"), NOW)), ("pkcs12", "DAMAGED"));
            continue;
        }
        prove(&taken(read_pkcs12(&whole, Some("geheim"), NOW)), root.der(), "example.com");
        let wrong = read_pkcs12(&whole, Some("Geheim"), NOW);
        assert_eq!(code(wrong), ("passphrase", "PASSPHRASE_WRONG"), "{hash}");
        let mut damaged = whole.clone();
        let end = damaged.len() - 30;
        damaged[end] ^= 1;
        assert_eq!(code(read_pkcs12(&damaged, Some("geheim"), NOW)), ("pkcs12", "DAMAGED"));
    }
}
