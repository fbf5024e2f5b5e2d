//! The way of lines: bounded, in order, and never waited for.

use std::fs;
use std::sync::mpsc::{Receiver, Sender};

use super::outlet::Outlet;
use super::*;

/// A target that takes lines only when it is told to, and shows them.
#[derive(Debug)]
struct Gate {
    permits: Receiver<io::Result<()>>,
    written: Sender<Vec<u8>>,
}

impl writer::Sink for Gate {
    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()> {
        self.permits.recv().unwrap_or(Ok(()))?;
        self.written.send(lines.to_vec()).map_err(io::Error::other)
    }
}

fn gated(workers: usize) -> (AccessLog, Sender<io::Result<()>>, Receiver<Vec<u8>>) {
    let (permit, permits) = channel();
    let (written, lines) = channel();
    (AccessLog::write_to(Box::new(Gate { permits, written }), workers).unwrap(), permit, lines)
}

fn put(outlet: &mut Outlet, line: &[u8], now_us: u64) {
    outlet.record(line, now_us, |out| out.push(b'\n'));
}

#[test]
fn a_line_waits_a_moment_for_others() {
    let (mut log, permit, lines) = gated(1);
    let mut outlet = log.outlet().unwrap();
    put(&mut outlet, b"a", 1_000);
    outlet.tick(50_999);
    put(&mut outlet, b"b", 50_999);
    assert!(outlet.is_waiting());
    outlet.tick(51_000);
    assert!(!outlet.is_waiting());
    permit.send(Ok(())).unwrap();
    assert_eq!(lines.recv().unwrap(), b"a\nb\n");
}

#[test]
fn a_stuck_target_costs_records_and_nothing_else() {
    let (mut log, permit, lines) = gated(1);
    let mut outlet = log.outlet().unwrap();
    let line = [b'x'; 1023];
    // 16 batches of 32 KiB are all that waits, whatever comes.
    for _ in 0..10_000 {
        put(&mut outlet, &line, 0);
    }
    let dropped = log.dropped();
    assert_eq!(dropped.read(), 10_000 - 16 * 32);
    drop(permit);
    drop(outlet);
    log.finish();
    let all: Vec<u8> = lines.into_iter().flatten().collect();
    // The last batch had no other to make room for it.
    assert_eq!(all.len() as u64 / 1024 + dropped.read(), 10_000);
}

#[test]
fn what_a_target_refuses_is_counted_and_the_rest_goes_on() {
    let (mut log, permit, lines) = gated(1);
    let mut outlet = log.outlet().unwrap();
    put(&mut outlet, b"a", 0);
    outlet.tick(60_000);
    permit.send(Err(io::Error::other("no space"))).unwrap();
    put(&mut outlet, b"b", 60_000);
    drop(permit);
    drop(outlet);
    let dropped = log.dropped();
    log.finish();
    assert_eq!(lines.into_iter().collect::<Vec<_>>(), [b"b\n"]);
    assert_eq!(dropped.read(), 1);
}

#[test]
fn five_files_of_bounded_size_are_kept() {
    let directory = std::env::temp_dir().join(format!("elbow-log-{}", uuid::Uuid::now_v7()));
    fs::create_dir(&directory).unwrap();
    let path = directory.join("access.log");
    fs::write(&path, b"before\n").unwrap();
    let mut file = file::RotatedFile::open(path.clone(), 16).unwrap();
    for number in 0..20 {
        writer::Sink::write_lines(&mut file, format!("line {number:02}\n").as_bytes()).unwrap();
    }
    let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
    let mut names: Vec<String> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = ["access.log", "access.log.1", "access.log.2", "access.log.3", "access.log.4"];
    assert_eq!(names, expected);
    assert_eq!(read("access.log"), "line 19\n");
    assert_eq!(read("access.log.1"), "line 17\nline 18\n");
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn a_log_that_is_off_has_no_outlets() {
    assert!(AccessLog::start(&Target::Off, 4).unwrap().outlet().is_none());
}
