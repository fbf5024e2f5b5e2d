//! Which rules' paths fit a path: a tree of segments for exact ones and prefixes, walked once, and
//! the list of wildcards. It must take time linear in the path.

use elbow_model::rule::PathPattern;

use super::glob::Glob;
use super::path::normalized;

/// Rules by path. Rules are places in the router's list, lower first.
#[derive(Debug, Default)]
pub(super) struct PathTree {
    root: Node,
    wildcards: Vec<(Glob, u32)>,
    /// Rules that say nothing about the path.
    any: Vec<u32>,
}

#[derive(Debug, Default)]
struct Node {
    /// Rules for the path that ends here.
    exact: Vec<u32>,
    /// Rules for it and everything below.
    prefix: Vec<u32>,
    /// Sorted by segment.
    children: Vec<(Box<[u8]>, Node)>,
}

impl PathTree {
    /// Adds a rule; rules come in the order of their places.
    pub(super) fn add(&mut self, pattern: Option<&PathPattern>, rule: u32) {
        match pattern {
            None => self.any.push(rule),
            Some(PathPattern::Exact(path)) => {
                self.root.below(&normalized(path.as_str().as_bytes())).exact.push(rule);
            }
            Some(PathPattern::Prefix(prefix)) => {
                let prefix =
                    if prefix.is_empty() { Vec::new() } else { normalized(prefix.as_bytes()) };
                self.root.below(&prefix).prefix.push(rule);
            }
            Some(PathPattern::Wildcard(pattern)) => {
                self.wildcards.push((Glob::new(&normalized(pattern.as_str().as_bytes())), rule));
            }
        }
    }

    /// Offers `consider` the rules whose path fits. It takes a list in ascending order.
    pub(super) fn offer(&self, path: &[u8], consider: &mut impl FnMut(&[u32])) {
        consider(&self.any);
        let mut node = &self.root;
        consider(&node.prefix);
        let mut segments = segments(path);
        loop {
            let Some(segment) = segments.next() else {
                consider(&node.exact);
                break;
            };
            let Some(child) = node.child(segment) else { break };
            node = child;
            consider(&node.prefix);
        }
        for (glob, rule) in &self.wildcards {
            if glob.matches(path) {
                consider(std::slice::from_ref(rule));
            }
        }
    }
}

impl Node {
    fn child(&self, segment: &[u8]) -> Option<&Self> {
        let at = self.children.binary_search_by(|(known, _)| (**known).cmp(segment)).ok()?;
        self.children.get(at).map(|(_, child)| child)
    }

    fn below(&mut self, path: &[u8]) -> &mut Self {
        let mut node = self;
        for segment in segments(path) {
            let at = match node.children.binary_search_by(|(known, _)| (**known).cmp(segment)) {
                Ok(at) => at,
                Err(at) => {
                    node.children.insert(at, (segment.into(), Self::default()));
                    at
                }
            };
            node = &mut node.children[at].1;
        }
        node
    }
}

/// The segments of a path; `/` has one, which is empty, and nothing at all has none.
fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let rest = path.strip_prefix(b"/").map(|rest| rest.split(|byte| *byte == b'/'));
    rest.into_iter().flatten()
}
