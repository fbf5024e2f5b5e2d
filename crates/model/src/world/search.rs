//! Search by keywords: each load balancer has one lower-cased text that holds all that can be
//! looked for, so that a search is a scan of memory.

use std::fmt::Write as _;
use std::sync::Arc;

use imbl::OrdMap;
use memchr::memmem::Finder;
use uuid::Uuid;

use crate::listener::Protocol;
use crate::load_balancer::LoadBalancer;
use crate::value::{LoadBalancerId, ProjectId};

/// What stands between two texts of a haystack; no keyword holds it, so none matches across.
const BETWEEN: char = '\n';

/// Everything about a load balancer that can be looked for, in lower case.
pub(super) fn haystack(balancer: &LoadBalancer) -> Arc<str> {
    let mut text = String::with_capacity(256);
    let settings = &balancer.settings;
    let mut add = |part: std::fmt::Arguments<'_>| {
        text.write_fmt(part).expect("writing to a string cannot fail");
        text.push(BETWEEN);
    };
    add(format_args!("{}", settings.name));
    add(format_args!("{}", settings.description.as_str()));
    add(format_args!("{}", balancer.id));
    add(format_args!("{}", balancer.vip));
    for (key, value) in settings.tags.as_map() {
        add(format_args!("{key}={value}"));
    }
    for listener in &balancer.listeners {
        let listener = &listener.settings;
        add(format_args!("{}", listener.name));
        add(format_args!("{}:{}", word(listener.protocol), listener.port));
    }
    for pool in &balancer.pools {
        add(format_args!("{}", pool.settings.name));
        for member in &pool.members {
            let member = &member.settings;
            if let Some(name) = &member.name {
                add(format_args!("{name}"));
            }
            match member.port {
                Some(port) => add(format_args!("{}:{port}", member.address.get())),
                None => add(format_args!("{}", member.address.get())),
            }
        }
    }
    if text.is_ascii() {
        text.make_ascii_lowercase();
        text.into()
    } else {
        text.to_lowercase().into()
    }
}

/// Load balancers whose haystack holds every keyword, newest first.
pub(super) fn search(
    haystacks: &OrdMap<(ProjectId, LoadBalancerId), Arc<str>>,
    project: ProjectId,
    keywords: &str,
    before: Option<LoadBalancerId>,
) -> impl Iterator<Item = LoadBalancerId> {
    let lower = keywords.to_lowercase();
    let mut words: Vec<&str> = lower.split_whitespace().collect();
    words.sort_unstable();
    words.dedup();
    // The longest word is the rarest one: most texts are ruled out by the first look.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let finders: Vec<Finder<'static>> =
        words.into_iter().map(|word| Finder::new(word).into_owned()).collect();
    let first = LoadBalancerId::from(Uuid::nil());
    let end = match before {
        Some(before) => std::ops::Bound::Excluded((project, before)),
        None => std::ops::Bound::Included((project, Uuid::max().into())),
    };
    haystacks
        .range((std::ops::Bound::Included((project, first)), end))
        .rev()
        .filter(move |(_, text)| finders.iter().all(|f| f.find(text.as_bytes()).is_some()))
        .map(|((_, id), _)| *id)
}

fn word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http => "http",
        Protocol::Https => "https",
        Protocol::Tcp => "tcp",
    }
}
