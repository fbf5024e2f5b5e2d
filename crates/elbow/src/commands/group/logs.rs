//! `elbow group logs`: what instances wrote last, and what they go on to write.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::super::Context;
use super::super::suggest::Attempt;
use super::{find_instance, group_path};
use crate::args::{Format, GroupLogs};
use crate::failure::Failure;
use crate::output::{self, InstanceView, items};

/// How long between two looks while following.
const LOOK: Duration = Duration::from_millis(500);
/// How many lines a look asks for while following.
const LOOK_LINES: u32 = 1_000;

/// An instance whose log is shown.
struct Writer {
    id: String,
    /// What its lines begin with.
    prefix: String,
    /// What was seen of it last.
    seen: Vec<String>,
}

pub(super) async fn run(context: &mut Context, arguments: &GroupLogs) -> Result<(), Failure> {
    let GroupLogs { group, instance, tail, follow } = arguments;
    let mut writers = writers(context, group, instance.as_deref()).await?;
    let is_only = writers.len() == 1;
    let mut answers = Vec::new();
    for writer in &mut writers {
        let lines = if *follow { LOOK_LINES } else { *tail };
        match read(context, writer, lines).await {
            Ok(answer) => {
                writer.seen = lines_of(&answer);
                answers.push(answer);
            }
            // One of several may have none; the others are shown.
            Err(failure) if !is_only => output::note(&format!("{}{failure}", writer.prefix)),
            Err(failure) => return Err(failure),
        }
    }
    if context.output.format() != Format::Table {
        let answer = if is_only { answers.pop().unwrap_or_default() } else { json!(answers) };
        return context.output.answer(&answer, |_| Ok(String::new()));
    }
    for writer in &writers {
        let first = writer.seen.len().saturating_sub(*tail as usize);
        show(writer, &writer.seen[first..])?;
    }
    if *follow { watch(context, writers).await } else { Ok(()) }
}

/// Shows what comes, until it is interrupted.
async fn watch(context: &mut Context, mut writers: Vec<Writer>) -> Result<(), Failure> {
    loop {
        sleep(LOOK).await;
        for writer in &mut writers {
            let Ok(answer) = read(context, writer, LOOK_LINES).await else { continue };
            let now = lines_of(&answer);
            show(writer, fresh(&writer.seen, &now))?;
            writer.seen = now;
        }
    }
}

async fn writers(
    context: &mut Context,
    group: &str,
    named: Option<&str>,
) -> Result<Vec<Writer>, Failure> {
    if let Some(named) = named {
        let found = find_instance(context, group, named).await?;
        return Ok(vec![Writer { id: found.id, prefix: String::new(), seen: Vec::new() }]);
    }
    let attempt = Attempt { command: "group logs", balancer: None, name: None };
    let path = format!("{}/instances", group_path(group));
    let answer = context.client.read_list(&path, None).await.map_err(|f| attempt.explain(f))?;
    let all: Vec<InstanceView> = items(&answer)?;
    let writer = |one: InstanceView| Writer {
        prefix: format!("{} | ", one.called()),
        id: one.id,
        seen: Vec::new(),
    };
    Ok(all.into_iter().rev().map(writer).collect())
}

async fn read(context: &mut Context, writer: &Writer, lines: u32) -> Result<Value, Failure> {
    let attempt = Attempt { command: "group logs", balancer: None, name: None };
    let path = format!("/v1/instances/{}/log?tail={lines}", writer.id);
    context.client.read(&path).await.map_err(|f| attempt.explain(f))
}

fn lines_of(answer: &Value) -> Vec<String> {
    let lines = answer.get("lines").and_then(Value::as_array).into_iter().flatten();
    lines.filter_map(|line| line.as_str().map(str::to_owned)).collect()
}

fn show(writer: &Writer, lines: &[String]) -> Result<(), Failure> {
    let text: String = lines.iter().map(|line| format!("{}{line}\n", writer.prefix)).collect();
    if text.is_empty() { Ok(()) } else { output::print(&text) }
}

/// What is in `now` after what was `seen`: both are the end of one log, and the later one may have lost its beginning.
fn fresh<'a>(seen: &[String], now: &'a [String]) -> &'a [String] {
    let overlap = (0..=seen.len()).find_map(|lost| {
        let kept = &seen[lost..];
        now.starts_with(kept).then_some(kept.len())
    });
    &now[overlap.unwrap_or(0)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_not_seen_yet_is_shown() {
        let lines = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        for (seen, now, expected) in [
            ("", "ab", "ab"),
            ("ab", "ab", ""),
            ("ab", "abc", "c"),
            ("abc", "bcd", "d"),
            ("abc", "xyz", "xyz"),
            ("aab", "abaa", "aa"),
        ] {
            assert_eq!(fresh(&lines(seen), &lines(now)), lines(expected), "{seen} then {now}");
        }
    }
}
