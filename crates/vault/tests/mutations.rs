//! Claims about what hostile uploads can do: nothing. Files that tools wrote are altered at random; whatever comes of it is
//! taken or refused, without a panic, without long work and without much memory.

#![expect(unsafe_code, reason = "an allocator that counts has no other form")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]
#![expect(clippy::print_stderr, reason = "the seed is for whoever repeats a failure")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding};
use elbow_model::value::Timestamp;
use elbow_vault::intake::{read_ca, read_pem, read_pkcs12};

const NOW: Timestamp = Timestamp(1_893_456_000_000);

/// The most memory at one time, beyond what the tests themselves hold.
const MOST_BYTES: usize = 16 * 1_024 * 1_024;

/// The longest that one upload may take, on a machine that has much else to do.
const LONGEST: Duration = Duration::from_secs(20);

#[global_allocator]
static COUNTED: Counted = Counted;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counted;

// SAFETY: all calls go to the system's allocator unaltered.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let in_use = IN_USE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(in_use, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// SplitMix64: all that follows from its seed.
struct Dice(u64);

impl Dice {
    fn new(name: &str) -> Self {
        let told = std::env::var("ELBOW_SEED").ok().and_then(|seed| seed.parse().ok());
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).unwrap();
        let seed = told.unwrap_or(u64::from_le_bytes(bytes));
        eprintln!("{name}: ELBOW_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// One to four alterations of the kinds that confuse parsers.
    fn alter(&mut self, original: &[u8]) -> Vec<u8> {
        const TELLING: [u8; 12] =
            [0, 1, 0x02, 0x04, 0x24, 0x30, 0x31, 0x7f, 0x80, 0x82, 0x84, 0xff];
        let mut bytes = original.to_vec();
        for _ in 0..1 + self.below(4) {
            let place = self.below(bytes.len());
            let other = self.below(bytes.len());
            match self.below(8) {
                0 => bytes[place] ^= 1 << self.below(8),
                1 => bytes[place] = TELLING[self.below(TELLING.len())],
                2 => bytes[place] = self.next() as u8,
                3 => bytes[place] = bytes[place].wrapping_add(1),
                4 => bytes.truncate(place.max(1)),
                5 => {
                    let (start, end) = (place.min(other), place.max(other));
                    let part = bytes[start..end.min(start + 64)].to_vec();
                    let at = self.below(bytes.len());
                    bytes.splice(at..at, part);
                }
                6 => {
                    let end = (place + self.below(16)).min(bytes.len());
                    bytes.drain(place..end);
                    if bytes.is_empty() {
                        bytes.push(0x30);
                    }
                }
                _ => {
                    let some: Vec<u8> = (0..self.below(8)).map(|_| self.next() as u8).collect();
                    bytes.splice(place..place, some);
                }
            }
        }
        bytes
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Runs `read` and holds it to the limits; says whether the upload was taken.
fn bounded(what: &str, read: impl FnOnce() -> bool) -> bool {
    let before = IN_USE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let start = Instant::now();
    let taken = read();
    let (took, peak) = (start.elapsed(), PEAK.load(Ordering::Relaxed) - before);
    assert!(took < LONGEST, "{what}: took {took:?}");
    assert!(peak < MOST_BYTES, "{what}: took {peak} bytes");
    taken
}

/// Counts are only right while one test runs: one test, one process.
#[test]
fn altered_uploads_are_taken_or_refused_within_bounds() {
    let mut taken = 0;
    let mut dice = Dice::new("altered uploads");
    let mut names: Vec<PathBuf> =
        fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "p12"));
    names.sort();
    assert!(names.len() >= 18, "fixtures are missing");
    for path in &names {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let file = fs::read(path).unwrap();
        let times = match name {
            // Nothing is encrypted: alterations reach all the way in.
            "openssl3-ec-open" => 2_000,
            // Each costs some seconds of a slow machine.
            _ if name.starts_with("gnutls") || name.starts_with("nss") || name == "java11-rsa" => 2,
            _ => 25,
        };
        for _ in 0..times {
            let altered = dice.alter(&file);
            let hex = || Base64::encode_string(&altered);
            let what = format!("{name}: {}", hex());
            taken +=
                u32::from(bounded(&what, || read_pkcs12(&altered, Some("changeit"), NOW).is_ok()));
        }
    }
    taken += altered_pem(&mut dice);
    // Alterations of what nobody looks at, such as friendly names.
    assert!(taken > 10, "only {taken} altered uploads were taken: the test reaches nothing");
}

fn altered_pem(dice: &mut Dice) -> u32 {
    let root = rcgen::CertifiedIssuer::self_signed(authority("Root"), key()).unwrap();
    let middle = rcgen::CertifiedIssuer::signed_by(authority("Middle"), key(), &root).unwrap();
    let own = key();
    let params = rcgen::CertificateParams::new(vec!["example.com".to_owned()]).unwrap();
    let leaf = params.signed_by(&own, &middle).unwrap();
    let parts = [leaf.der().to_vec(), middle.der().to_vec(), own.serialize_der()];
    let mut taken = 0;
    for _ in 0..1_500 {
        let mut altered = parts.clone();
        let which = dice.below(parts.len());
        altered[which] = dice.alter(&parts[which]);
        let [leaf, middle, key] = altered.each_ref().map(|der| Base64::encode_string(der));
        let block = |label: &str, text: &str| {
            format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
        };
        let mut text = block("CERTIFICATE", &leaf) + &block("CERTIFICATE", &middle);
        if dice.below(10) == 0 {
            text = String::from_utf8_lossy(&dice.alter(text.as_bytes())).into_owned();
        }
        let key = block("PRIVATE KEY", &key);
        taken += u32::from(bounded(&text, || read_pem(&text, &key, None, NOW).is_ok()));
        bounded(&text, || read_ca(&text, NOW).is_ok());
    }
    taken
}

fn authority(name: &str) -> rcgen::CertificateParams {
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params
}

fn key() -> rcgen::KeyPair {
    rcgen::KeyPair::generate().unwrap()
}
