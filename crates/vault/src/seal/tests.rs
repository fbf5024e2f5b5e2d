//! Claims about sealing: what opens, what does not, and what is said then.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use base64ct::{Base64, Encoding};

use super::*;

const OWNER: &[u8] = b"certificate 1";
const SECRET: &[u8] = b"a private key";

fn seal() -> Seal {
    Seal::with_key(&[1; KEY_BYTES])
}

fn sealed() -> SealedKey {
    seal().seal(OWNER, SECRET).unwrap()
}

fn trouble(result: Result<Zeroizing<Vec<u8>>, SealTrouble>) -> String {
    result.err().unwrap().to_string()
}

#[test]
fn what_is_sealed_opens_for_its_owner() {
    assert_eq!(*seal().open(OWNER, &sealed()).unwrap(), SECRET);
    let empty = seal().seal(OWNER, b"").unwrap();
    assert!(seal().open(OWNER, &empty).unwrap().is_empty());
}

#[test]
fn no_two_sealed_keys_are_the_same_and_none_shows_the_secret() {
    assert_ne!(sealed(), sealed());
    assert!(!sealed().as_bytes().windows(SECRET.len()).any(|part| part == SECRET));
}

#[test]
fn it_opens_for_no_other_owner() {
    assert!(matches!(seal().open(b"certificate 2", &sealed()), Err(SealTrouble::Damaged)));
}

#[test]
fn no_bit_of_it_can_be_altered_and_no_byte_be_missing() {
    let sealed = sealed();
    let sealed = sealed.as_bytes();
    for place in 0..sealed.len() {
        for bit in 0..8 {
            let mut altered = sealed.to_vec();
            altered[place] ^= 1 << bit;
            assert!(
                seal().open(OWNER, &SealedKey::new(altered)).is_err(),
                "byte {place}, bit {bit}"
            );
        }
        let short = SealedKey::new(&sealed[..place]);
        assert!(matches!(seal().open(OWNER, &short), Err(SealTrouble::Damaged)), "{place} bytes");
    }
}

#[test]
fn a_wrong_key_is_told_from_damage() {
    let words = trouble(Seal::with_key(&[2; KEY_BYTES]).open(OWNER, &sealed()));
    assert!(words.contains("restore the key file that belongs to this data"), "{words}");
}

#[test]
fn what_a_later_elbow_sealed_is_said_to_be_so() {
    let mut later = sealed().as_bytes().to_vec();
    later[0] = 2;
    let words = trouble(seal().open(OWNER, &SealedKey::new(later)));
    assert!(words.contains("version 2") && words.contains("run a later Elbow"), "{words}");
}

#[test]
fn more_than_a_key_is_not_sealed() {
    let secret = vec![0; MAX_SECRET_BYTES + 1];
    assert!(matches!(seal().seal(OWNER, &secret), Err(SealTrouble::TooLarge(65_537))));
    let largest = seal().seal(OWNER, &secret[1..]).unwrap();
    assert_eq!(seal().open(OWNER, &largest).unwrap().len(), MAX_SECRET_BYTES);
}

#[test]
fn the_key_file_is_made_once_and_private() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("sealing.key");
    let sealed = Seal::from_file(&path, IfMissing::Make).unwrap().seal(OWNER, SECRET).unwrap();
    let again = Seal::from_file(&path, IfMissing::Refuse).unwrap();
    assert_eq!(*again.open(OWNER, &sealed).unwrap(), SECRET);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn a_missing_key_file_is_not_replaced_when_something_is_sealed() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("sealing.key");
    let words = Seal::from_file(&path, IfMissing::Refuse).err().unwrap().to_string();
    assert!(words.contains("is missing; restore it from a backup"), "{words}");
    assert!(!path.exists());
}

#[test]
fn a_new_key_in_front_seals_and_the_old_one_still_opens() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("sealing.key");
    let old = Seal::from_file(&path, IfMissing::Make).unwrap();
    let sealed = old.seal(OWNER, SECRET).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let new_key = Base64::encode_string(&[9; KEY_BYTES]);
    let (title, rest) = text.split_once('\n').unwrap();
    fs::write(&path, format!("{title}\n{new_key}\n{rest}")).unwrap();
    let both = Seal::from_file(&path, IfMissing::Refuse).unwrap();
    assert_eq!(*both.open(OWNER, &sealed).unwrap(), SECRET);
    let newly = both.seal(OWNER, SECRET).unwrap();
    assert!(matches!(old.open(OWNER, &newly), Err(SealTrouble::OtherKey { .. })));
    assert_eq!(*Seal::with_key(&[9; KEY_BYTES]).open(OWNER, &newly).unwrap(), SECRET);
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("sealing.key");
    Seal::from_file(&path, IfMissing::Make).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let words = Seal::from_file(&path, IfMissing::Make).err().unwrap().to_string();
    assert!(words.contains("(mode 0640); run `chmod 600"), "{words}");
    assert!(words.contains("all certificates must then be uploaded again"), "{words}");
}

#[test]
fn a_key_file_that_is_none_is_refused_with_the_line() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("sealing.key");
    Seal::from_file(&path, IfMissing::Make).unwrap();
    let many = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".repeat(17);
    let cases = [
        ("", "first line is not"),
        ("hello\n", "first line is not"),
        ("elbow-sealing-keys 1\n", "it has no key"),
        ("elbow-sealing-keys 1\n# note\nAAAA\n", "line 3 is not a key"),
        ("elbow-sealing-keys 2\n", "is of version 2, this Elbow reads version 1"),
        (&format!("elbow-sealing-keys 1\n{many}"), "more than 16 keys"),
        (&"x".repeat(20_000), "more than 16384 bytes"),
    ];
    for (contents, expected) in cases {
        fs::write(&path, contents).unwrap();
        let words = Seal::from_file(&path, IfMissing::Make).err().unwrap().to_string();
        assert!(words.contains(expected), "{words}");
    }
}

#[test]
fn a_new_key_seals_while_the_old_one_opens_until_it_is_dropped() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("sealing.key");
    let first = Seal::from_file(&path, IfMissing::Make).unwrap();
    let old = first.seal(b"x", b"the key").unwrap();
    let both = Seal::add_key(&path).unwrap();
    assert_eq!((both.key_count(), both.is_current(&old)), (2, false));
    assert_eq!(both.open(b"x", &old).unwrap().as_slice(), b"the key");
    let new = both.seal(b"x", b"the key").unwrap();
    assert!(both.is_current(&new));
    let last = Seal::drop_old_keys(&path).unwrap();
    assert_eq!(last.key_count(), 1);
    assert_eq!(last.open(b"x", &new).unwrap().as_slice(), b"the key");
    assert!(matches!(last.open(b"x", &old), Err(SealTrouble::OtherKey { .. })));
    assert!(Seal::add_key(&place.path().join("none")).is_err());
}
