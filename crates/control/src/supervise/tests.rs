//! Supervision of stand-ins: shell scripts that note their lives in the proxy's directory.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::*;

/// A supervisor of a script that runs with the directory as `$1`.
struct Supervised {
    directory: tempfile::TempDir,
    orders: watch::Sender<Order>,
    task: tokio::task::JoinHandle<()>,
}

impl Supervised {
    fn start(script: &str) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), script)
    }

    fn start_in(directory: tempfile::TempDir, script: &str) -> Self {
        let place = directory.path().to_owned();
        let command = ProxyCommand {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into(), "sh".into(), place.clone().into()],
            output: ProxyOutput::File,
            stdout: ProxyOutput::File,
        };
        let orders = watch::Sender::new(Order::Keep);
        let task = tokio::spawn(run(command, place, orders.subscribe()));
        Self { directory, orders, task }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// What the scripts noted, a line per life.
    fn lives(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path().join("lives")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    async fn until_lives(&self, count: usize) {
        until("lives", || self.lives().len() >= count).await;
    }
}

/// Lets all tasks go on until `holds`.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} did not come");
        tokio::task::yield_now().await;
    }
}

fn is_alive(pid: &str) -> bool {
    // A zombie is not alive: it only waits for its parent to look.
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Ends a stand-in, as from outside.
fn kill(pid: &str) {
    let killed = std::process::Command::new("/bin/sh")
        .args(["-c", &format!("kill -9 {pid}")])
        .status()
        .unwrap();
    assert!(killed.success());
}

/// Notes its process id and lives on.
const LIVES_ON: &str = r#"echo $$ >> "$1/lives"; exec sleep 1000"#;

#[tokio::test]
async fn a_proxy_that_dies_is_started_again() {
    let supervised = Supervised::start(LIVES_ON);
    supervised.until_lives(1).await;
    kill(&supervised.lives()[0]);
    supervised.until_lives(2).await;
    let lives = supervised.lives();
    assert!(is_alive(&lives[1]));
    supervised.orders.send_replace(Order::AwaitEnd { until: time::Instant::now() });
    supervised.task.await.unwrap();
    assert!(!is_alive(&lives[1]));
}

#[tokio::test]
async fn a_proxy_that_dies_at_once_is_started_less_and_less_often() {
    let supervised = Supervised::start(r#"date +%s%N >> "$1/lives"; exit 3"#);
    supervised.until_lives(4).await;
    supervised.orders.send_replace(Order::Leave);
    let times: Vec<u64> = supervised.lives().iter().map(|line| line.parse().unwrap()).collect();
    let waits: Vec<u64> = times.windows(2).map(|pair| (pair[1] - pair[0]) / 1_000_000).collect();
    assert!(waits[0] >= 95 && waits[1] >= 195 && waits[2] >= 395, "{waits:?}");
}

#[tokio::test]
async fn a_program_that_is_missing_is_tried_again() {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("elbow");
    let place = directory.path().to_owned();
    let command = ProxyCommand {
        program: program.clone(),
        args: vec![place.clone().into()],
        output: ProxyOutput::File,
        stdout: ProxyOutput::File,
    };
    let orders = watch::Sender::new(Order::Keep);
    let task = tokio::spawn(run(command, place.clone(), orders.subscribe()));
    tokio::task::yield_now().await;
    // Made under another name first, so that it is never run while it is written.
    let draft = directory.path().join("draft");
    fs::write(&draft, "#!/bin/sh\necho $$ >> \"$1/lives\"\n").unwrap();
    fs::set_permissions(&draft, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    fs::rename(&draft, &program).unwrap();
    until("a life", || place.join("lives").exists()).await;
    orders.send_replace(Order::Leave);
    task.await.unwrap();
}

#[tokio::test]
async fn a_proxy_left_alone_lives_on_in_a_group_of_its_own() {
    let supervised = Supervised::start(LIVES_ON);
    supervised.until_lives(1).await;
    let pid = supervised.lives().remove(0);
    supervised.orders.send_replace(Order::Leave);
    supervised.task.await.unwrap();
    assert!(is_alive(&pid));
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let group = stat.rsplit(") ").next().unwrap().split(' ').nth(2).unwrap().to_owned();
    assert_eq!(group, pid);
    kill(&pid);
}

#[tokio::test]
async fn a_supervisor_whose_control_is_gone_leaves_the_proxy_alone() {
    let supervised = Supervised::start(LIVES_ON);
    supervised.until_lives(1).await;
    let pid = supervised.lives().remove(0);
    drop(supervised.orders);
    supervised.task.await.unwrap();
    assert!(is_alive(&pid));
    kill(&pid);
}

#[tokio::test]
async fn a_proxy_that_survived_is_kept_until_it_ends() {
    let directory = tempfile::tempdir().unwrap();
    let survivor = File::create(directory.path().join("proxy.lock")).unwrap();
    survivor.lock().unwrap();
    let supervised = Supervised::start_in(directory, LIVES_ON);
    // Two looks at the lock, and nothing was started.
    time::timeout(2 * LOCK_LOOK, std::future::pending::<()>()).await.unwrap_err();
    assert_eq!(supervised.lives(), Vec::<String>::new());

    drop(survivor);
    supervised.until_lives(1).await;
    supervised.orders.send_replace(Order::AwaitEnd { until: time::Instant::now() });
    supervised.task.await.unwrap();
}

#[tokio::test]
async fn a_proxy_that_stops_by_itself_in_time_is_not_killed() {
    let supervised = Supervised::start(
        r#"echo $$ >> "$1/lives"; until [ -e "$1/stop" ]; do sleep 0.01; done; echo stopped >> "$1/lives""#,
    );
    supervised.until_lives(1).await;
    let until = time::Instant::now() + Duration::from_secs(60);
    supervised.orders.send_replace(Order::AwaitEnd { until });
    fs::write(supervised.path().join("stop"), "").unwrap();
    let path = supervised.path().join("lives");
    supervised.task.await.unwrap();
    assert!(fs::read_to_string(path).unwrap().ends_with("stopped\n"));
}

#[tokio::test]
async fn the_proxys_messages_are_kept_in_a_private_file() {
    let supervised =
        Supervised::start(r#"echo "what went wrong" >&2; echo $$ >> "$1/lives"; exec sleep 1000"#);
    supervised.until_lives(1).await;
    let log = supervised.path().join("proxy.log");
    assert_eq!(fs::read_to_string(&log).unwrap(), "what went wrong\n");
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&log).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    supervised.orders.send_replace(Order::AwaitEnd { until: time::Instant::now() });
    supervised.task.await.unwrap();
}
