//! First messages of clients: real shapes, every cut, every wrong length, and noise.

use proptest::prelude::*;

use super::*;

/// A vector with so many bytes of length.
fn vector(width: usize, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_be_bytes();
    [&length[8 - width..], content].concat()
}

fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &vector(2, data)].concat()
}

fn name_extension(names: &[(u8, &[u8])]) -> Vec<u8> {
    let list: Vec<u8> =
        names.iter().flat_map(|(kind, name)| [&[*kind][..], &vector(2, name)].concat()).collect();
    extension(0, &vector(2, &list))
}

fn named(name: &str) -> Vec<u8> {
    name_extension(&[(0, name.as_bytes())])
}

/// A body with these extensions.
fn body(extensions: &[u8]) -> Vec<u8> {
    let start = [&[3, 3][..], &[7; 32], &vector(1, &[9; 32])].concat();
    let ciphers = vector(2, &[0x1a, 0x1a, 0x13, 0x01]);
    [&start, &ciphers, &vector(1, &[0])[..], &vector(2, extensions)].concat()
}

fn message(body: &[u8]) -> Vec<u8> {
    [&[1][..], &vector(3, body)].concat()
}

fn record(content: &[u8]) -> Vec<u8> {
    [&[22, 3, 1][..], &vector(2, content)].concat()
}

fn hello(extensions: &[u8]) -> Vec<u8> {
    record(&message(&body(extensions)))
}

fn read(bytes: &[u8]) -> Progress {
    Reader::default().handle_bytes(bytes)
}

fn server_name(bytes: &[u8]) -> Option<String> {
    match read(bytes) {
        Progress::Hello(hello) => hello.server_name.map(|name| name.to_string()),
        other => panic!("no hello: {other:?}"),
    }
}

fn is_malformed(bytes: &[u8]) -> bool {
    matches!(read(bytes), Progress::Malformed(_))
}

/// As a browser sends it: reserved values everywhere, then what counts.
fn browser() -> Vec<u8> {
    let alpn = [&vector(1, &[0xaa, 0xaa])[..], &vector(1, b"h2"), &vector(1, b"http/1.1")];
    let versions = [0x5a, 0x5a, 3, 4, 3, 3];
    hello(
        &[
            extension(0x0a0a, &[]),
            named("WWW.Example.com"),
            extension(16, &vector(2, &alpn.concat())),
            extension(43, &vector(1, &versions)),
            extension(51, &[5; 1_216]),
            extension(0xfafa, &[0]),
        ]
        .concat(),
    )
}

fn browser_said() -> Progress {
    Progress::Hello(ClientHello {
        server_name: Some(HostName::new("www.example.com").unwrap()),
        alpn: vec![[0xaa, 0xaa][..].into(), b"h2"[..].into(), b"http/1.1"[..].into()],
        versions: vec![0x0304, 0x0303],
    })
}

#[test]
fn what_a_browser_says_is_understood_however_its_bytes_come() {
    let bytes = browser();
    assert_eq!(read(&bytes), browser_said());
    assert_eq!(read(&[&bytes[..], b"and early data"].concat()), browser_said());
    let mut reader = Reader::default();
    let (last, but_last) = bytes.split_last().unwrap();
    for byte in but_last {
        assert_eq!(reader.handle_bytes(&[*byte]), Progress::Partial);
    }
    assert_eq!(reader.handle_bytes(&[*last]), browser_said());
    for cut in 0..bytes.len() {
        let mut reader = Reader::default();
        assert_eq!(reader.handle_bytes(&bytes[..cut]), Progress::Partial, "{cut}");
        assert_eq!(reader.handle_bytes(&bytes[cut..]), browser_said(), "{cut}");
    }
}

#[test]
fn a_message_may_lie_in_any_records() {
    let content = &browser()[5..];
    for size in [1, 2, 3, 4, 5, 7, 100, 600] {
        let records: Vec<u8> = content.chunks(size).flat_map(record).collect();
        assert_eq!(read(&records), browser_said(), "{size}");
    }
}

#[test]
fn a_hello_of_old_has_no_extensions_and_no_name() {
    let whole = body(&[]);
    let bytes = record(&message(&whole[..whole.len() - 2]));
    let expected = ClientHello { server_name: None, alpn: Vec::new(), versions: vec![0x0303] };
    assert_eq!(read(&bytes), Progress::Hello(expected.clone()));
    assert_eq!(read(&hello(&[])), Progress::Hello(expected));
}

#[test]
fn names_are_names_of_the_dns_in_lower_case() {
    let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
    for (sent, expected) in [
        ("a.example", Some("a.example")),
        ("A.EXAMPLE", Some("a.example")),
        ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
        ("_a.b_c.example", Some("_a.b_c.example")),
        ("localhost", Some("localhost")),
        (&longest, Some(&*longest)),
        ("", None),
        ("10.0.0.1", None),
        ("::1", None),
        ("[::1]", None),
        ("a.example.", None),
        (".a", None),
        ("a..b", None),
        ("*.example", None),
        ("a.example:443", None),
        ("a.example\0", None),
        ("b\u{fc}cher.example", None),
        (&format!("{longest}b"), None),
    ] {
        assert_eq!(server_name(&hello(&named(sent))).as_deref(), expected, "{sent:?}");
    }
    assert_eq!(server_name(&hello(&name_extension(&[(0, b"\xff\xfe")]))), None);
}

#[test]
fn one_name_of_a_host_is_asked_for_and_names_of_other_kinds_say_nothing() {
    let two = name_extension(&[(0, b"a.example"), (0, b"a.example")]);
    assert!(is_malformed(&hello(&two)));
    let other = name_extension(&[(1, b"whatever"), (0, b"a.example"), (2, b"")]);
    assert_eq!(server_name(&hello(&other)).as_deref(), Some("a.example"));
    assert_eq!(server_name(&hello(&name_extension(&[(1, b"a.example")]))), None);
}

#[test]
fn the_outer_name_of_an_encrypted_hello_is_the_name() {
    let encrypted = extension(0xfe0d, &[0; 200]);
    let bytes = hello(&[encrypted, named("public.example")].concat());
    assert_eq!(server_name(&bytes).as_deref(), Some("public.example"));
}

#[test]
fn other_protocols_are_told_by_their_first_bytes() {
    for bytes in [
        &b"GET / HTTP/1.1\r\n"[..],
        b"SSH-2.0-x\r\n",
        b"\0",
        b"\x16GET",
        &[22, 2],
        &[22, 3, 5],
        // An alert, and a message of SSL 2.
        &[21, 3, 1, 0, 2, 2, 40],
        &[0x80, 0x2e, 1, 3, 1],
    ] {
        assert_eq!(read(bytes), Progress::NotTls, "{bytes:?}");
    }
    for bytes in [&[22][..], &[22, 3], &[22, 3, 0], &[22, 3, 4], &[]] {
        assert_eq!(read(bytes), Progress::Partial, "{bytes:?}");
    }
}

#[test]
fn what_is_cut_wrongly_is_refused() {
    let whole = body(&named("a.example"));
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut changed = whole.clone();
        change(&mut changed);
        record(&message(&changed))
    };
    // Places in the body: session id at 34, ciphers at 67, compressions at 73, extensions at 75.
    let cases: [(&str, Vec<u8>); 20] = [
        ("no ClientHello", record(&[2, 0, 0, 0])),
        ("an empty record", record(&[])),
        ("an empty record within", [record(&message(&whole)[..9]), record(&[])].concat()),
        ("a record too large", vec![22, 3, 1, 0x40, 0x01]),
        ("an alert within", [record(&message(&whole)[..9]), vec![21]].concat()),
        ("a message too large", record(&[1, 0, 0x3f, 0xfd])),
        ("a message much too large", record(&[1, 0xff, 0xff, 0xff])),
        ("nothing in it", record(&message(&[]))),
        ("of no version", with(&|b| b[0] = 2)),
        ("a session id too long", with(&|b| b[34] = 33)),
        ("a session id beyond the end", with(&|b| b[34] = 255)),
        ("odd ciphers", with(&|b| b[68] = 3)),
        ("no ciphers", record(&message(&[&whole[..67], &[0, 0, 1, 0, 0, 0]].concat()))),
        ("ciphers beyond the end", with(&|b| b[67] = 255)),
        ("no compression", record(&message(&[&whole[..73], &[0, 0, 0]].concat()))),
        ("something behind the extensions", with(&|b| b.push(0))),
        ("extensions beyond the end", with(&|b| b[76] += 1)),
        ("half a length of extensions", record(&message(&whole[..76]))),
        ("an extension twice", hello(&[extension(9, &[]), extension(9, &[])].concat())),
        ("half an extension", hello(&[0, 0, 0])),
    ];
    for (what, bytes) in &cases {
        assert!(is_malformed(bytes), "{what}: {:?}", read(bytes));
    }
}

#[test]
fn lists_fill_exactly_what_their_lengths_say() {
    for data in [
        &[][..],
        &[0],
        &[0, 0],
        &[0, 1, 0],
        &[0, 4, 0, 0, 1],
        &[0, 4, 0, 0, 2, b'a'],
        &[0, 4, 0, 0, 1, b'a', 0],
        &[0xff, 0xff, 0, 0, 1, b'a'],
    ] {
        assert!(is_malformed(&hello(&extension(0, data))), "server_name {data:?}");
    }
    for data in [&[][..], &[0, 0], &[0, 1, 0], &[0, 2, 2, b'a'], &[0, 2, 1, b'a', 0], &[0, 3, 1, 1]]
    {
        assert!(is_malformed(&hello(&extension(16, data))), "alpn {data:?}");
    }
    for data in [&[][..], &[0], &[1, 3], &[3, 3, 4, 3], &[2, 3], &[2, 3, 4, 0]] {
        assert!(is_malformed(&hello(&extension(43, data))), "versions {data:?}");
    }
}

#[test]
fn a_hello_has_bounds_however_it_is_cut() {
    assert!(matches!(read(&hello_of_size(MAX_MESSAGE_BYTES)), Progress::Hello(_)));
    assert!(is_malformed(&hello_of_size(MAX_MESSAGE_BYTES + 1)));
    let mut reader = Reader::default();
    // The start of a message of nearly 16 KiB, then a byte of it per record.
    assert_eq!(reader.handle_bytes(&record(&[1, 0, 0x3f, 0xf0])), Progress::Partial);
    let crumb = record(&[0]);
    let mut taken = 0;
    let end = loop {
        taken += crumb.len();
        match reader.handle_bytes(&crumb) {
            Progress::Partial => {}
            end => break end,
        }
    };
    assert!(matches!(end, Progress::Malformed(_)), "{end:?}");
    assert!(taken <= MAX_WIRE_BYTES + crumb.len(), "{taken} bytes were taken");
}

/// Records whose message has so many bytes.
fn hello_of_size(size: usize) -> Vec<u8> {
    let empty = message(&body(&extension(21, &[]))).len();
    let content = message(&body(&extension(21, &vec![0; size - empty])));
    assert_eq!(content.len(), size);
    content.chunks(MAX_RECORD_BYTES.into()).flat_map(record).collect()
}

fn split(bytes: &[u8], cuts: &[usize]) -> Vec<Progress> {
    let mut reader = Reader::default();
    let mut rest = bytes;
    let mut found = Vec::new();
    for cut in cuts {
        let (now, later) = rest.split_at((*cut).min(rest.len()));
        found.push(reader.handle_bytes(now));
        if found.last() != Some(&Progress::Partial) {
            return found;
        }
        rest = later;
    }
    found.push(reader.handle_bytes(rest));
    found
}

proptest! {
    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let _ = read(&record(&bytes));
        let _ = read(&record(&message(&bytes)));
        let _ = read(&hello(&bytes));
        let _ = read(&hello(&extension(0, &bytes)));
    }

    #[test]
    fn a_changed_hello_never_panics_and_cuts_change_nothing(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in any::<prop::sample::Index>(),
        cuts in prop::collection::vec(1_usize..400, 0..8),
    ) {
        let mut bytes = browser();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(length.index(bytes.len()) + 1);
        let whole = read(&bytes);
        let pieces = split(&bytes, &cuts);
        prop_assert_eq!(pieces.last(), Some(&whole));
        let early = &pieces[..pieces.len() - 1];
        prop_assert!(early.iter().all(|progress| *progress == Progress::Partial));
    }

    #[test]
    fn any_name_and_any_records_give_that_name(
        name in "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\\.[a-z]([a-z0-9-]{0,20}[a-z0-9])?){1,3}",
        sizes in prop::collection::vec(1_usize..200, 1..10),
        before in 0_usize..300,
    ) {
        let bytes = hello(&[extension(51, &vec![1; before]), named(&name)].concat());
        let mut rest = &bytes[5..];
        let mut records = Vec::new();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at((*size).min(rest.len()));
            records.extend(record(now));
            rest = later;
        }
        prop_assert_eq!(server_name(&records), Some(name));
    }
}
