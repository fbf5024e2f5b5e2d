//! Holds the house rules that a compiler does not: who may depend on whom, and how long files and functions get.
//!
//! The edges are those of ARCHITECTURE.md, the limits those of STYLE.md. A failure names the place.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest file and longest function, in lines; tests are not counted.
const FILE_LINES: usize = 700;
const FUNCTION_LINES: usize = 70;

/// Which crates of the workspace a crate may depend on.
const EDGES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("plan", &["model"]),
    ("traffic", &["model"]),
    ("proxy", &["model", "traffic"]),
    ("store", &["model"]),
    ("vault", &["model"]),
    ("control", &["model", "plan", "store", "vault"]),
    ("api", &["model", "store", "vault"]),
    ("console", &["model", "store", "api"]),
    (
        "elbow",
        &["model", "plan", "traffic", "proxy", "store", "vault", "control", "api", "console"],
    ),
    // Drives the program from outside.
    ("bench", &[]),
];

/// Crates that decide and must not do: what they may not even name.
const PURE: &[&str] = &["model", "plan", "traffic"];
const IMPURE_WORDS: &[&str] = &[
    "std::fs",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::thread",
    "std::process",
    "std::env",
    "Instant::now",
    "SystemTime",
    "tokio",
    "tracing",
    "getrandom",
];

#[test]
fn crates_depend_only_on_what_the_architecture_allows() {
    let mut wrong = Vec::new();
    for (name, allowed) in EDGES {
        let manifest =
            fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        let normal = manifest.split("[dev-dependencies]").next().unwrap();
        for (other, _) in EDGES.iter().filter(|(other, _)| other != name) {
            let depends =
                normal.lines().any(|line| line.trim_start().starts_with(&format!("elbow-{other}")));
            if depends && !allowed.contains(other) {
                wrong.push(format!("{name} must not depend on {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_crate_has_its_edges_written_down() {
    let known: Vec<&str> = EDGES.iter().map(|(name, _)| *name).collect();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name.as_str()), "crate {name} is not in EDGES");
    }
}

#[test]
fn pure_crates_name_nothing_impure() {
    let mut wrong = Vec::new();
    for name in PURE {
        for file in rust_files(&root().join("crates").join(name).join("src")) {
            if is_test(&file) {
                continue;
            }
            let text = production_part(&fs::read_to_string(&file).unwrap());
            for (number, line) in
                text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
            {
                for word in IMPURE_WORDS.iter().filter(|word| line.contains(**word)) {
                    wrong.push(format!("{}:{} names {word}", shown(&file), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_lives_in_one_place() {
    let mut wrong = Vec::new();
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        let has_unsafe = text.lines().any(|line| {
            let code = line.split("//").next().unwrap_or_default();
            code.contains("unsafe {") || code.contains("unsafe fn") || code.contains("unsafe impl")
        });
        if has_unsafe && !file.to_str().unwrap().contains("crates/proxy/src/sys") && !is_test(&file)
        {
            wrong.push(shown(&file));
        }
    }
    assert!(wrong.is_empty(), "unsafe outside proxy::sys:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent =
        |file: &PathBuf| !fs::read_to_string(file).unwrap().trim_start().starts_with("//!");
    let wrong: Vec<String> =
        sources().into_iter().filter(silent).map(|file| shown(&file)).collect();
    assert!(wrong.is_empty(), "files without `//!` at their top:\n{}", wrong.join("\n"));
}

#[test]
fn files_and_functions_stay_short() {
    let mut wrong = Vec::new();
    for file in sources().into_iter().filter(|file| !is_test(file)) {
        let text = production_part(&fs::read_to_string(&file).unwrap());
        let lines = text.lines().count();
        if lines > FILE_LINES {
            wrong.push(format!("{}: {lines} lines, at most {FILE_LINES}", shown(&file)));
        }
        for (name, start, length) in functions(&text) {
            if length > FUNCTION_LINES {
                wrong.push(format!(
                    "{}:{start}: fn {name} has {length} lines, at most {FUNCTION_LINES}",
                    shown(&file)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_unfinished_is_left() {
    // Put together here so that this file does not find itself.
    let words = [["FIX", "ME"].concat(), ["todo", "!("].concat(), ["unimplemented", "!("].concat()];
    let mut wrong = Vec::new();
    for file in sources() {
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            if words.iter().any(|word| line.contains(word.as_str())) {
                wrong.push(format!("{}:{}: {}", shown(&file), number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modules_are_named_for_one_concept() {
    let drawers = ["util", "utils", "common", "misc", "helpers", "manager"];
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|file| drawers.contains(&file.file_stem().unwrap().to_str().unwrap()))
        .map(|file| shown(&file))
        .collect();
    assert!(wrong.is_empty(), "drawer modules:\n{}", wrong.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

/// Every Rust file of the workspace, in a stable order.
fn sources() -> Vec<PathBuf> {
    rust_files(&root().join("crates"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.insert(path.clone(), path);
            }
        }
    }
    found.into_values().collect()
}

/// Whether the whole file is tests.
fn is_test(file: &Path) -> bool {
    let text = shown(file);
    text.contains("/tests/")
        || text.ends_with("/tests.rs")
        || text.contains("/benches/")
        || text.ends_with("/suite.rs")
}

/// The text without inline tests, which house style puts last.
fn production_part(text: &str) -> String {
    match text.find("\n#[cfg(test)]\nmod ") {
        Some(end) => text[..end].to_owned(),
        None => text.to_owned(),
    }
}

/// Name, first line and number of lines of each function, by rustfmt's layout: it ends at the first line that closes
/// a brace at the function's own indentation.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let is_start =
            !code.starts_with("//") && code.split(" fn ").count() == 2 || code.starts_with("fn ");
        let Some(rest) = is_start.then(|| line.split("fn ").nth(1)).flatten() else { continue };
        let indent = &line[..line.len() - code.len()];
        let close = format!("{indent}}}");
        let ends = |l: &&str| **l == close || l.starts_with(&format!("{close} "));
        if line.trim_end().ends_with(['}', ';']) {
            continue;
        }
        if let Some(length) = lines[start + 1..].iter().position(ends) {
            let name = rest.split(['(', '<']).next().unwrap_or(rest);
            found.push((name.to_owned(), start + 1, length + 2));
        }
    }
    found
}
