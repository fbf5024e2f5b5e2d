//! Taking turns by weight, as a pure function of one growing number: turn `n` belongs to member
//! `pick(n)`. Over a cycle (the sum of the weights) each gets exactly its weight, and at every
//! moment close to its share: no bursts. It must need no state per turn, so that any number of
//! workers can share one counter.
//!
//! Members of equal weight form a group and take the group's turns one after the other. Groups are
//! the leaves of a binary tree; each fork divides its turns between its sides as evenly as whole
//! numbers allow (the line from (0,0) to (left + right, left), as Bresenham draws it). A pick costs
//! one multiplication and division per level; the memory is one word per member whatever the weights.

/// A cycle of turns.
#[derive(Debug, Default)]
pub struct Turns {
    /// Members group by group.
    members: Box<[u32]>,
    /// The root last.
    nodes: Vec<Node>,
    /// Turns in a cycle.
    total: u64,
}

#[derive(Clone, Copy, Debug)]
enum Node {
    /// `members[first..first + count]`.
    Group { first: u32, count: u32 },
    /// Of `total` turns, `left_total` go to the left.
    Fork { left: u32, right: u32, left_total: u64, total: u64 },
}

impl Turns {
    /// A cycle of members with their weights; those of weight 0 get no turn.
    #[must_use]
    pub fn new(members: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut weighted: Vec<(u32, u32)> =
            members.into_iter().filter(|(_, weight)| *weight > 0).collect();
        // Stable: members of equal weight stay in their order.
        weighted.sort_by_key(|(_, weight)| *weight);
        let divisor = weighted.iter().fold(0, |divisor, (_, weight)| gcd(divisor, *weight)).max(1);
        let mut nodes = Vec::new();
        let mut open: Vec<(u64, u32)> = Vec::new();
        let mut first = 0;
        for group in weighted.chunk_by(|a, b| a.1 == b.1) {
            let count = u32::try_from(group.len()).unwrap_or(u32::MAX);
            let weight = group.first().map_or(0, |(_, weight)| weight / divisor);
            open.push((
                u64::from(weight) * u64::from(count),
                push(&mut nodes, Node::Group { first, count }),
            ));
            first += count;
        }
        let total = join(&mut open, &mut nodes);
        Self { members: weighted.into_iter().map(|(member, _)| member).collect(), nodes, total }
    }

    /// Whose turn it is; none if there is nobody.
    #[must_use]
    pub fn pick(&self, turn: u64) -> Option<u32> {
        let mut turn = turn.checked_rem(self.total)?;
        let mut node = self.nodes.last()?;
        loop {
            match *node {
                Node::Group { first, count } => {
                    let place = u64::from(first) + turn % u64::from(count.max(1));
                    return self.members.get(usize::try_from(place).ok()?).copied();
                }
                Node::Fork { left, right, left_total, total } => {
                    // Turns that went left before this one, and with it.
                    let before = turn * left_total / total;
                    let after = (turn + 1) * left_total / total;
                    (node, turn) = if after > before {
                        (self.nodes.get(left as usize)?, before)
                    } else {
                        (self.nodes.get(right as usize)?, turn - before)
                    };
                }
            }
        }
    }

    /// Turns until all repeats.
    #[must_use]
    pub fn cycle(&self) -> u64 {
        self.total
    }

    /// Everyone who has turns.
    #[must_use]
    pub fn members(&self) -> &[u32] {
        &self.members
    }
}

/// Joins the two lightest until one is left, as Huffman does: heavy groups end near the root,
/// where the division is the most even. Returns the sum.
fn join(open: &mut Vec<(u64, u32)>, nodes: &mut Vec<Node>) -> u64 {
    open.sort_by_key(|(total, _)| std::cmp::Reverse(*total));
    while let (Some((right_total, right)), Some((left_total, left))) = (open.pop(), open.pop()) {
        let total = left_total + right_total;
        let joined = push(nodes, Node::Fork { left, right, left_total, total });
        if open.is_empty() {
            return total;
        }
        let at = open.partition_point(|(other, _)| *other >= total);
        open.insert(at, (total, joined));
    }
    match nodes.last() {
        // One group only: its turns are its members.
        Some(Node::Group { count, .. }) => u64::from(*count),
        Some(Node::Fork { total, .. }) => *total,
        None => 0,
    }
}

fn push(nodes: &mut Vec<Node>, node: Node) -> u32 {
    nodes.push(node);
    u32::try_from(nodes.len() - 1).unwrap_or(u32::MAX)
}

fn gcd(a: u32, b: u32) -> u32 {
    let (mut a, mut b) = (a, b);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}
