//! A listener's rules in the order of their priority, found by host and path.

use elbow_model::rule::{HostPattern, Redirect, Respond};
use elbow_model::table::{PoolIndex, TableAction, TableListener};
use elbow_model::value::{HostName, RuleId};

use super::host::{compare, parents};
use super::lookup::Rest;
use super::path::{Normal, normalize};
use super::request::{AskedName, RequestView};
use super::tree::PathTree;
use crate::balance::Turns;

/// Everything that a listener's rules say, ready to be asked.
#[derive(Debug)]
pub struct Router {
    rules: Vec<Rule>,
    /// Sorted by name.
    exact_hosts: Vec<(Box<[u8]>, PathTree)>,
    /// Sorted by name; each stands for the names below it.
    parent_hosts: Vec<(Box<[u8]>, PathTree)>,
    any_host: PathTree,
    default: PoolIndex,
}

/// What happens to a request, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route<'r> {
    /// The rule that matched; none if the listener's pool takes what no rule does.
    pub rule: Option<RuleId>,
    pub decision: Decision<'r>,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision<'r> {
    /// It goes to a member of this pool.
    Forward(PoolIndex),
    /// The rule forwards to no pool with a weight: 503.
    NoPool,
    /// See [`write_location`](super::answer::write_location).
    Redirect(&'r Redirect),
    Respond(&'r Respond),
}

/// Space for a normalised path; one per worker, kept.
#[derive(Debug, Default)]
pub struct Scratch(Vec<u8>);

#[derive(Debug)]
struct Rule {
    id: RuleId,
    rest: Rest,
    action: Action,
}

#[derive(Debug)]
enum Action {
    Forward { pools: Vec<PoolIndex>, turns: Turns },
    Redirect(Redirect),
    Respond(Respond),
}

impl Router {
    /// Builds the tables for a listener's rules, which come by priority.
    #[must_use]
    pub fn new(listener: &TableListener) -> Self {
        let mut router = Self {
            rules: Vec::with_capacity(listener.rules.len()),
            exact_hosts: Vec::new(),
            parent_hosts: Vec::new(),
            any_host: PathTree::default(),
            default: listener.pool,
        };
        for (place, rule) in (0_u32..).zip(&listener.rules) {
            let condition = &rule.condition;
            // No rule asks for both: one is of requests, the other of connections.
            let tree = match condition.host.as_ref().or(condition.server_name.as_ref()) {
                None => &mut router.any_host,
                Some(HostPattern::Exact(host)) => {
                    tree_of(&mut router.exact_hosts, host.as_str().as_bytes())
                }
                Some(HostPattern::Below(host)) => {
                    tree_of(&mut router.parent_hosts, host.as_str().as_bytes())
                }
            };
            tree.add(condition.path.as_ref(), place);
            router.rules.push(Rule {
                id: rule.id,
                rest: Rest::of(condition),
                action: Action::of(&rule.action),
            });
        }
        router
    }

    /// Decides. `turn` is any number that grows from request to request, or a random one: it
    /// spreads a forward over several pools.
    pub fn route(&self, request: &impl RequestView, turn: u64, scratch: &mut Scratch) -> Route<'_> {
        let Some(rule) = self.first_match(request, scratch) else {
            return Route { rule: None, decision: Decision::Forward(self.default) };
        };
        let decision = match &rule.action {
            Action::Forward { pools, turns } => turns
                .pick(turn)
                .and_then(|place| pools.get(place as usize))
                .map_or(Decision::NoPool, |pool| Decision::Forward(*pool)),
            Action::Redirect(redirect) => Decision::Redirect(redirect),
            Action::Respond(respond) => Decision::Respond(respond),
        };
        Route { rule: Some(rule.id), decision }
    }

    /// Decides for a TLS client whose bytes pass through, by the name that it asks for.
    pub fn route_server_name(
        &self,
        name: Option<&HostName>,
        turn: u64,
        scratch: &mut Scratch,
    ) -> Route<'_> {
        self.route(&AskedName(name), turn, scratch)
    }

    fn first_match(&self, request: &impl RequestView, scratch: &mut Scratch) -> Option<&Rule> {
        if self.rules.is_empty() {
            return None;
        }
        let path = match normalize(request.path(), &mut scratch.0) {
            Normal::AsSent => request.path(),
            Normal::Copied => &scratch.0,
        };
        let mut best: Option<u32> = None;
        let mut consider = |places: &[u32]| {
            for &place in places {
                if best.is_some_and(|best| best <= place) {
                    break;
                }
                let rule = self.rules.get(place as usize);
                if rule.is_some_and(|rule| rule.rest.holds(request)) {
                    best = Some(place);
                    break;
                }
            }
        };
        self.any_host.offer(path, &mut consider);
        let host = request.host();
        if let Some(tree) = find(&self.exact_hosts, host) {
            tree.offer(path, &mut consider);
        }
        if !self.parent_hosts.is_empty() {
            for tree in parents(host).filter_map(|parent| find(&self.parent_hosts, parent)) {
                tree.offer(path, &mut consider);
            }
        }
        self.rules.get(best? as usize)
    }
}

impl Action {
    fn of(action: &TableAction) -> Self {
        match action {
            TableAction::Forward(targets) => Self::Forward {
                pools: targets.iter().map(|target| target.pool).collect(),
                turns: Turns::new(
                    (0_u32..)
                        .zip(targets)
                        .map(|(place, target)| (place, u32::from(target.weight.get()))),
                ),
            },
            TableAction::Redirect(redirect) => Self::Redirect(redirect.clone()),
            TableAction::Respond(respond) => Self::Respond(respond.clone()),
        }
    }
}

fn find<'t>(hosts: &'t [(Box<[u8]>, PathTree)], host: &[u8]) -> Option<&'t PathTree> {
    let at = hosts.binary_search_by(|(known, _)| compare(known, host)).ok()?;
    hosts.get(at).map(|(_, tree)| tree)
}

fn tree_of<'t>(hosts: &'t mut Vec<(Box<[u8]>, PathTree)>, host: &[u8]) -> &'t mut PathTree {
    let at = match hosts.binary_search_by(|(known, _)| compare(known, host)) {
        Ok(at) => at,
        Err(at) => {
            hosts.insert(at, (host.into(), PathTree::default()));
            at
        }
    };
    &mut hosts[at].1
}
