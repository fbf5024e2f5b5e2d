//! Processes as the kernel shows them: CPU time, memory, children, and which CPU they may use.

use std::fs;
use std::time::Duration;

use rustix::process::Pid;
use rustix::thread::CpuSet;

/// Fields of `/proc/PID/stat` after the name, counted from the state (field 3 of proc(5)).
const PARENT: usize = 1;
const GROUP: usize = 2;
const USER_TICKS: usize = 11;
const SYSTEM_TICKS: usize = 12;

/// User and system time of these processes, all threads included.
pub(crate) fn cpu_time(processes: &[u32]) -> Duration {
    let ticks: u64 = processes
        .iter()
        .filter_map(|id| fs::read_to_string(format!("/proc/{id}/stat")).ok())
        .map(|stat| field(&stat, USER_TICKS).unwrap_or(0) + field(&stat, SYSTEM_TICKS).unwrap_or(0))
        .sum();
    Duration::from_secs(ticks)
        / u32::try_from(rustix::param::clock_ticks_per_second()).unwrap_or(100)
}

/// CPU time of the thread that asks.
pub(crate) fn own_thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Resident memory of these processes, in bytes.
pub(crate) fn resident_bytes(processes: &[u32]) -> u64 {
    let of = |id: &u32| {
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    processes.iter().filter_map(of).sum::<u64>() * 1024
}

/// All processes of a process group.
pub(crate) fn group_members(group: u32) -> Vec<u32> {
    processes_where(|stat| field(stat, GROUP) == Some(u64::from(group)))
}

/// Children of a process.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    processes_where(|stat| field(stat, PARENT) == Some(u64::from(parent)))
}

/// The arguments of a process.
pub(crate) fn arguments(id: u32) -> Vec<String> {
    let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// Processes one of whose arguments a claim holds for.
pub(crate) fn with_argument(claim: impl Fn(&str) -> bool) -> Vec<u32> {
    let own = std::process::id();
    let holds = |id: &u32| *id != own && arguments(*id).iter().any(|argument| claim(argument));
    all().filter(holds).collect()
}

/// Restricts the calling thread, and what it starts from now on.
pub(crate) fn pin_own_thread(cpus: &[usize]) {
    // Without the CPU (a machine with one) the figures are worse, and the report says so.
    let _ = rustix::thread::sched_setaffinity(None, &cpu_set(cpus));
}

/// Restricts every thread of a process.
pub(crate) fn pin(process: u32, cpus: &[usize]) {
    let Ok(entries) = fs::read_dir(format!("/proc/{process}/task")) else { return };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    for thread in ids.filter_map(Pid::from_raw) {
        let _ = rustix::thread::sched_setaffinity(Some(thread), &cpu_set(cpus));
    }
}

/// CPUs that this process may use.
pub(crate) fn own_cpus() -> Vec<usize> {
    let Ok(set) = rustix::thread::sched_getaffinity(None) else { return vec![0] };
    (0..CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect()
}

fn cpu_set(cpus: &[usize]) -> CpuSet {
    let mut set = CpuSet::new();
    for cpu in cpus {
        set.set(*cpu);
    }
    set
}

/// A process that ended and was not yet waited for is not counted.
fn processes_where(claim: impl Fn(&str) -> bool) -> Vec<u32> {
    let holds = |id: &u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat"));
        stat.is_ok_and(|stat| !stat.contains(") Z ") && claim(&stat))
    };
    all().filter(holds).collect()
}

fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// A number of a line of `/proc/PID/stat`. The name before it may hold spaces and parentheses.
fn field(stat: &str, index: usize) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split_whitespace().nth(index)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_after_the_name() {
        let stat = "42 (a) b (c)) S 7 9 9 0 -1 4194560 1 0 0 0 11 22 3 4 20 0 1 0 5";
        assert_eq!(field(stat, PARENT), Some(7));
        assert_eq!(field(stat, GROUP), Some(9));
        assert_eq!(field(stat, USER_TICKS), Some(11));
        assert_eq!(field(stat, SYSTEM_TICKS), Some(22));
    }

    #[test]
    fn this_process_is_found() {
        let own = std::process::id();
        assert!(resident_bytes(&[own]) > 100_000);
        assert!(!arguments(own).is_empty());
        assert!(!own_cpus().is_empty());
    }
}
