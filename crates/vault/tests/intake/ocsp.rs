//! Claims about OCSP answers that come with a certificate, as `openssl ocsp` makes them.

use std::fs;

use elbow_vault::intake::{Intake, Reason, Refusal, read_pem};
use rcgen::{ExtendedKeyUsagePurpose, SerialNumber};
use tempfile::TempDir;

use crate::support::{
    Authority, NOW, Server, authority_pem, bytes, code, codes, intermediate, openssl, pem, reason,
    root, server_with, taken,
};

/// An authority's desk with one server's certificate.
struct Desk {
    place: TempDir,
    middle: Authority,
    server: Server,
}

/// Who signs the answer.
#[derive(Clone, Copy)]
enum Signer {
    Issuer,
    /// Somebody with the issuer's certificate for answering.
    Delegate,
    /// Somebody with the issuer's certificate for something else.
    Customer,
    /// Somebody whom the issuer does not know.
    Stranger,
}

impl Desk {
    fn new() -> Self {
        let middle = intermediate("Middle", &root("Root"));
        let server = server_with(&middle, |params| {
            params.serial_number = Some(SerialNumber::from_slice(&[0x12, 0x34]));
        });
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("ca.pem"), authority_pem(&middle)).unwrap();
        fs::write(place.path().join("server.pem"), server.pem()).unwrap();
        Self { place, middle, server }
    }

    /// An answer about the certificate with `serial` by a register that says `state`.
    fn answer(&self, state: &str, serial: &str, signer: Signer, more: &str) -> Vec<u8> {
        let folder = self.place.path();
        let stranger = root("Middle");
        let answering = |params: &mut rcgen::CertificateParams| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
        };
        let (certificate, key) = match signer {
            Signer::Issuer => (authority_pem(&self.middle), self.middle.key().serialize_der()),
            Signer::Stranger => (authority_pem(&stranger), stranger.key().serialize_der()),
            Signer::Delegate => {
                let delegate = server_with(&self.middle, answering);
                (delegate.pem(), delegate.key.serialize_der())
            }
            Signer::Customer => {
                let customer = server_with(&self.middle, |_| {});
                (customer.pem(), customer.key.serialize_der())
            }
        };
        fs::write(folder.join("signer.pem"), certificate).unwrap();
        fs::write(folder.join("signer.key"), pem("PRIVATE KEY", &key)).unwrap();
        let revoked = if state == "R" { "290101000000Z" } else { "" };
        let register =
            format!("{state}\t400101000000Z\t{revoked}\t{serial}\tunknown\t/CN=example.com\n");
        fs::write(folder.join("register"), register).unwrap();
        assert!(openssl(folder, "ocsp -issuer ca.pem -cert server.pem -no_nonce -reqout request"));
        let answer = "ocsp -index register -CA ca.pem -rsigner signer.pem -rkey signer.key -reqin request -respout answer";
        assert!(openssl(folder, &format!("{answer} {more}")));
        fs::read(folder.join("answer")).unwrap()
    }

    fn read(&self, answer: &[u8]) -> Result<Intake, Refusal> {
        let text = self.server.pem() + &authority_pem(&self.middle);
        read_pem(&(text + &pem("OCSP RESPONSE", answer)), &self.server.key_pem(), None, NOW)
    }
}

/// Valid until long after the tests' time.
const LONG: &str = "-ndays 36500";

#[test]
fn an_answer_of_the_issuer_or_of_its_delegate_is_kept() {
    let desk = Desk::new();
    for (signer, more) in [
        (Signer::Issuer, LONG),
        (Signer::Delegate, LONG),
        // Without a time until which it is valid: newer information is always there (RFC 6960 §4.2.2.1).
        (Signer::Issuer, ""),
    ] {
        let answer = desk.answer("V", "1234", signer, more);
        let intake = taken(desk.read(&answer));
        assert_eq!(bytes(intake.ocsp.as_slice()), [answer.as_slice()]);
        assert_eq!(intake.warnings, []);
    }
}

#[test]
fn an_answer_that_its_issuer_did_not_sign_is_refused() {
    let desk = Desk::new();
    for signer in [Signer::Stranger, Signer::Customer] {
        let answer = desk.answer("V", "1234", signer, LONG);
        assert_eq!(code(desk.read(&answer)), ("certificate", "OCSP_NOT_SIGNED"));
    }
    let mut altered = desk.answer("V", "1234", Signer::Issuer, LONG);
    // In what is signed: who answers.
    altered[100] ^= 1;
    assert_eq!(code(desk.read(&altered)), ("certificate", "OCSP_NOT_SIGNED"));
}

#[test]
fn an_answer_without_the_issuers_certificate_cannot_be_checked_and_is_refused() {
    let desk = Desk::new();
    let answer = pem("OCSP RESPONSE", &desk.answer("V", "1234", Signer::Issuer, LONG));
    let text = desk.server.pem() + &answer;
    let result = read_pem(&text, &desk.server.key_pem(), None, NOW);
    assert_eq!(reason(result), Reason::OcspUnsigned { issuer: "CN=Middle".to_owned() });
}

#[test]
fn a_revoked_certificate_is_refused() {
    let desk = Desk::new();
    let answer = desk.answer("R", "1234", Signer::Issuer, LONG);
    assert_eq!(reason(desk.read(&answer)), Reason::Revoked);
}

#[test]
fn a_stale_or_ignorant_answer_is_left_out_with_a_warning() {
    let desk = Desk::new();
    let stale = taken(desk.read(&desk.answer("V", "1234", Signer::Issuer, "-ndays 1")));
    assert_eq!((stale.ocsp, codes(&stale.warnings)), (None, vec!["STAPLE_STALE"]));
    let ignorant = taken(desk.read(&desk.answer("V", "9999", Signer::Issuer, LONG)));
    assert_eq!((ignorant.ocsp, codes(&ignorant.warnings)), (None, vec!["STAPLE_UNKNOWN"]));
}

#[test]
fn an_answer_about_another_certificate_is_refused() {
    let desk = Desk::new();
    let answer = desk.answer("V", "1234", Signer::Issuer, LONG);
    let other = server_with(&desk.middle, |params| {
        params.serial_number = Some(SerialNumber::from_slice(&[0x12, 0x35]));
    });
    let text = other.pem() + &authority_pem(&desk.middle) + &pem("OCSP RESPONSE", &answer);
    let result = read_pem(&text, &other.key_pem(), None, NOW);
    assert_eq!(reason(result), Reason::OcspForeign);
}

#[test]
fn an_answer_that_is_a_failure_or_no_answer_is_refused() {
    let desk = Desk::new();
    // OCSPResponse { responseStatus: tryLater }.
    assert_eq!(
        reason(desk.read(&[0x30, 3, 0x0a, 1, 3])),
        Reason::OcspFailed { status: "try later" }
    );
    for bytes in [&b"x"[..], &[0x30, 0], &[0x30, 3, 0x0a, 1, 0]] {
        assert_eq!(code(desk.read(bytes)), ("certificate", "DAMAGED"));
    }
    assert_eq!(code(desk.read(&[0; 20_000])), ("certificate", "TOO_LARGE"));
}
