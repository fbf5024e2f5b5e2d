//! Processes as `/proc` shows them: who is whose child, and what a tree of them uses. It looks, it never signals.

use std::collections::HashMap;
use std::fs;
use std::io;

use rustix::param::{clock_ticks_per_second, page_size};

use crate::driver::Usage;

/// The most processes of one tree that are counted: a bound on what a fork bomb costs control.
const MAX_TREE: usize = 10_000;

/// All processes of the machine at one moment.
#[derive(Debug)]
pub(super) struct Processes {
    by_number: HashMap<i32, Process>,
    children: HashMap<i32, Vec<i32>>,
}

/// One process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    parent: i32,
    /// Processor time of its own, in ticks.
    own_ticks: u64,
    /// Processor time of the children that it has reaped, in ticks.
    reaped_ticks: u64,
    resident_pages: u64,
}

impl Processes {
    /// Looks at all processes there are.
    pub(super) fn look() -> io::Result<Self> {
        let mut by_number = HashMap::new();
        let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
        for number in numbers()? {
            // One that ended meanwhile is no longer there.
            let Some(process) = read(number) else { continue };
            by_number.insert(number, process);
            children.entry(process.parent).or_default().push(number);
        }
        Ok(Self { by_number, children })
    }

    /// The direct children of a process.
    pub(super) fn children(&self, parent: i32) -> &[i32] {
        self.children.get(&parent).map_or(&[], Vec::as_slice)
    }

    /// What the processes below `keeper` use, and those of them that have ended have used; without itself.
    pub(super) fn usage_below(&self, keeper: i32) -> Option<Usage> {
        let mut ticks = self.by_number.get(&keeper)?.reaped_ticks;
        let mut pages = 0_u64;
        let mut open = self.children(keeper).to_vec();
        let mut counted = 0;
        while let Some(number) = open.pop()
            && counted < MAX_TREE
        {
            counted += 1;
            if let Some(process) = self.by_number.get(&number) {
                ticks += process.own_ticks + process.reaped_ticks;
                pages += process.resident_pages;
            }
            open.extend_from_slice(self.children(number));
        }
        #[expect(clippy::cast_precision_loss, reason = "ticks of centuries fit a double exactly")]
        let cpu_s = ticks as f64 / clock_ticks_per_second() as f64;
        let memory_bytes = pages.saturating_mul(page_size() as u64);
        Some(Usage { cpu_s, memory_bytes, received_bytes: None, sent_bytes: None })
    }
}

/// The numbers of all processes.
pub(super) fn numbers() -> io::Result<impl Iterator<Item = i32>> {
    let entries = fs::read_dir("/proc")?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()))
}

fn read(number: i32) -> Option<Process> {
    parse(&fs::read_to_string(format!("/proc/{number}/stat")).ok()?)
}

/// A line of `/proc/[pid]/stat` (proc_pid_stat(5)).
fn parse(stat: &str) -> Option<Process> {
    // The second field is the program's name in parentheses and may hold anything; the third comes after the last one.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<i64>().ok();
    let count = |field: usize| number(field).map(|value| u64::try_from(value).unwrap_or(0));
    Some(Process {
        parent: i32::try_from(number(4)?).ok()?,
        own_ticks: count(14)? + count(15)?,
        reaped_ticks: count(16)? + count(17)?,
        resident_pages: count(24)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name_is() {
        let line = "12 (a) R 1 (b) S 7 12 12 0 -1 4194304 100 200 0 0 11 22 33 -1 20 0 1 0 99 4096 55 18446744073709551615 1";
        let process = parse(line).unwrap();
        let expected = Process { parent: 7, own_ticks: 33, reaped_ticks: 33, resident_pages: 55 };
        assert_eq!(process, expected);
        for broken in ["", "1 (x", "1 (x) S", "1 (x) S a b c"] {
            assert_eq!(parse(broken), None);
        }
    }

    #[test]
    fn a_process_is_among_its_parents_children() {
        let own = i32::try_from(std::process::id()).unwrap();
        let parent = i32::try_from(std::os::unix::process::parent_id()).unwrap();
        let processes = Processes::look().unwrap();
        assert!(processes.children(parent).contains(&own));
        assert!(processes.usage_below(parent).unwrap().memory_bytes > 0);
    }
}
