//! What the figures say: medians, ratios and which targets are reached. The table, the JSON and the
//! picture are three views of the same rows.

pub(crate) mod picture;
pub(crate) mod record;
pub(crate) mod remarks;
pub(crate) mod table;

use crate::contender::Kind;
use crate::measure::Series;
use crate::statistics::{median, median_ratio};
use crate::workload::{Against, Target, Workload};

/// A workload with its figures.
pub(crate) struct Row {
    pub(crate) workload: Workload,
    pub(crate) series: Vec<Series>,
}

/// How far a target is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Goal,
    Must,
    Missed,
}

impl Verdict {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Goal => "goal",
            Self::Must => "must",
            Self::Missed => "MISSED",
        }
    }

    fn of(value: f64, target: &Target) -> Self {
        if value <= target.goal {
            Self::Goal
        } else if target.must.is_none_or(|must| value <= must) {
            Self::Must
        } else {
            Self::Missed
        }
    }
}

/// A target with what was found; no value if one side was not measured.
pub(crate) struct Judged {
    pub(crate) target: Target,
    /// Whom `BestPeer` turned out to be.
    pub(crate) peer: Option<Kind>,
    pub(crate) value: Option<f64>,
    pub(crate) verdict: Option<Verdict>,
}

impl Row {
    pub(crate) fn series_of(&self, kind: Kind) -> Option<&Series> {
        self.series.iter().find(|series| series.kind == kind)
    }

    /// The median of a contender's figures.
    pub(crate) fn figure_of(&self, kind: Kind) -> Option<f64> {
        let figures: Vec<f64> = self.series_of(kind)?.figures.iter().flatten().copied().collect();
        median(&figures)
    }

    /// Elbow's figure to a peer's, the median of the rounds' ratios.
    pub(crate) fn ratio_to(&self, peer: Kind) -> Option<f64> {
        let ours = self.series_of(Kind::Elbow)?;
        median_ratio(&ours.figures, &self.series_of(peer)?.figures)
    }

    /// The peer with the lowest figure.
    pub(crate) fn best_peer(&self) -> Option<Kind> {
        let peers =
            self.series.iter().map(|series| series.kind).filter(|kind| *kind != Kind::Elbow);
        let figured = peers.filter_map(|kind| Some((kind, self.figure_of(kind)?)));
        figured.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(kind, _)| kind)
    }

    /// Every target of the workload.
    pub(crate) fn judged(&self) -> Vec<Judged> {
        let judge = |target: &Target| {
            let peer = match target.against {
                Against::Peer(kind) => Some(kind),
                Against::BestPeer => self.best_peer(),
                Against::Itself => None,
            };
            let value = match (target.against, peer) {
                (Against::Itself, _) => self.figure_of(Kind::Elbow),
                (_, Some(kind)) => self.ratio_to(kind),
                (_, None) => None,
            };
            let verdict = value.map(|value| Verdict::of(value, target));
            Judged { target: *target, peer, value, verdict }
        };
        self.workload.targets.iter().map(judge).collect()
    }

    /// Errors of all contenders, with the first of each.
    pub(crate) fn errors(&self) -> Vec<(Kind, u64, &str)> {
        let failed = self.series.iter().filter(|series| series.errors > 0);
        failed
            .map(|own| (own.kind, own.errors, own.first_error.as_deref().unwrap_or_default()))
            .collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::workload::WORKLOADS;

    pub(crate) fn series(kind: Kind, figures: &[f64]) -> Series {
        Series {
            kind,
            figures: figures.iter().copied().map(Some).collect(),
            rates: Vec::new(),
            busy: Vec::new(),
            handshakes: Vec::new(),
            latencies_us: Vec::new(),
            errors: 0,
            first_error: None,
        }
    }

    pub(crate) fn row(key: &str) -> Row {
        let workload = *WORKLOADS.iter().find(|workload| workload.key == key).unwrap();
        let series = vec![
            series(Kind::Elbow, &[10.0, 11.0, 9.0]),
            series(Kind::Haproxy, &[20.0, 22.0, 18.0]),
            series(Kind::Nginx, &[14.0, 15.4, 12.6]),
        ];
        Row { workload, series }
    }

    #[test]
    fn targets_are_judged_by_ratios_of_rounds() {
        let judged = row("w1").judged();
        let of = |kind| judged.iter().find(|judged| judged.peer == Some(kind)).unwrap();
        assert_eq!(of(Kind::Haproxy).value, Some(0.5));
        assert_eq!(of(Kind::Haproxy).verdict, Some(Verdict::Goal));
        assert_eq!(of(Kind::Nginx).verdict, Some(Verdict::Must));
        assert_eq!(of(Kind::Envoy).verdict, None, "not measured");
    }

    #[test]
    fn the_best_peer_is_the_one_with_the_lowest_median() {
        let row = row("w7b");
        assert_eq!(row.best_peer(), Some(Kind::Nginx));
        assert_eq!(row.judged()[0].verdict, Some(Verdict::Goal));
    }

    #[test]
    fn a_bound_of_the_figure_itself_needs_no_peer() {
        let judged = row("w8").judged();
        assert_eq!((judged[0].value, judged[0].verdict), (Some(10.0), Some(Verdict::Goal)));
    }
}
