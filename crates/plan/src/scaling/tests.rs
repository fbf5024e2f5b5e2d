//! Target tracking under loads of every shape, in virtual time: how long it leaves the group below capacity, how often
//! it changes direction, and what it costs.

use elbow_model::policy::{
    Behaviour, ChangePercent, Metric, PolicySettings, ScaleIn, ScalingRule, StabilizationSeconds,
    TargetTracking, TolerancePercent,
};
use elbow_model::scaling_group::CooldownSeconds;
use elbow_model::value::{Name, Quantity};
use std::f64::consts::TAU;

use super::decide::Decision;
use super::replay::{Assumptions, Capacity, Decided, Moment, Outcome, Recording, replay};
use super::target_tracking::Tracking;

/// What one instance can carry: a quarter above the target.
const FULL: f64 = 12.5;
const ASSUMPTIONS: Assumptions =
    Assumptions { min: 2, max: 100, desired: 2, launch_s: 8, warm_up_s: 5 };

/// Ten each, within ten percent.
fn tracking(metric: Metric) -> PolicySettings {
    PolicySettings {
        name: Name::new("track").unwrap(),
        enabled: true,
        rule: ScalingRule::TargetTracking(TargetTracking {
            metric,
            target: Quantity::whole(10),
            tolerance_percent: TolerancePercent::constant::<10>(),
            scale_in: ScaleIn::Allowed,
        }),
        up: Behaviour { max_percent: Some(ChangePercent::constant::<100>()), ..Behaviour::UP },
        down: Behaviour { max_percent: Some(ChangePercent::constant::<50>()), ..Behaviour::DOWN },
        warm_up_s: None,
    }
}

fn play(load: impl Fn(f64) -> f64, seconds: u32) -> Outcome {
    let load: Vec<Option<f64>> = (0..seconds).map(|second| Some(load(f64::from(second)))).collect();
    play_recorded(&load)
}

fn play_recorded(load: &[Option<f64>]) -> Outcome {
    play_by(tracking(Metric::RequestsPerInstance), Metric::RequestsPerInstance, load)
}

fn play_by(policy: PolicySettings, metric: Metric, load: &[Option<f64>]) -> Outcome {
    let totals = [(metric, load.to_vec())];
    let recording = Recording { seconds: load.len(), totals: &totals };
    let full = Capacity { metric, each: FULL };
    replay(&[policy], CooldownSeconds::constant::<30>(), recording, Some(full), ASSUMPTIONS)
}

/// A repeatable noise in -1..1 (xorshift, Marsaglia 2003), seeded by the second.
fn noise(second: f64, seed: u64) -> f64 {
    let mut x = (second as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    (x >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

fn below(outcome: &Outcome) -> u32 {
    outcome.account.below_capacity_s.unwrap()
}

fn number_at(outcome: &Outcome, second: usize) -> u32 {
    outcome.course[second].desired
}

#[test]
fn a_step_is_absorbed_within_seconds_and_given_back_after_the_window() {
    let outcome = play(|t| if (100.0..400.0).contains(&t) { 100.0 } else { 15.0 }, 600);
    assert_eq!(number_at(&outcome, 99), 2);
    assert_eq!(number_at(&outcome, 399), 10);
    assert_eq!(number_at(&outcome, 599), 2);
    // Three doublings, each seen within a few seconds, and the start of the last.
    assert!(below(&outcome) <= 25, "{} s below capacity", below(&outcome));
    assert_eq!(outcome.account.turns, 1);
}

#[test]
fn a_ramp_is_followed_without_turning() {
    let outcome = play(|t| 20.0 + t / 2.0, 900);
    assert_eq!(outcome.account.turns, 0);
    // Only at its foot, where a ramp is steep beside two or three instances.
    assert!(below(&outcome) <= 20, "{} s below capacity", below(&outcome));
    assert!((42..=47).contains(&number_at(&outcome, 899)));
}

#[test]
fn a_spike_of_a_second_starts_nothing() {
    let outcome = play(|t| if t == 100.0 { 60.0 } else { 15.0 }, 300);
    assert!(outcome.decisions.is_empty(), "{:?}", outcome.decisions);
}

#[test]
fn noise_within_the_band_changes_nothing() {
    for seed in 1..=20 {
        let outcome = play(|t| 90.0 + 15.0 * noise(t, seed), 1_800);
        assert_eq!(outcome.account.turns, 0, "seed {seed}");
    }
}

#[test]
fn a_load_that_swings_turns_a_bounded_number_of_times_in_an_hour() {
    for period in [20.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0] {
        let outcome = play(|t| 100.0 + 80.0 * (TAU * t / period).sin(), 3_600);
        assert!(outcome.account.turns <= 16, "period {period} s: {} turns", outcome.account.turns);
    }
}

#[test]
fn a_slow_wave_is_followed_down_as_well() {
    let outcome = play(|t| 100.0 + 80.0 * (TAU * t / 1_800.0).sin(), 7_200);
    let always_at_peak = 18 * 7_200;
    assert!(
        outcome.account.instance_seconds < always_at_peak * 85 / 100,
        "{}",
        outcome.account.instance_seconds
    );
    assert!(below(&outcome) <= 30, "{} s below capacity", below(&outcome));
}

#[test]
fn lost_metrics_freeze_the_group_instead_of_shrinking_it() {
    let load: Vec<Option<f64>> = (0..900).map(|second| (second < 300).then_some(100.0)).collect();
    let outcome = play_recorded(&load);
    assert_eq!(number_at(&outcome, 899), 10);
}

#[test]
fn a_load_that_comes_back_from_the_unknown_is_not_shrunk_on_at_once() {
    let load: Vec<Option<f64>> = (0..660)
        .map(|second| match second {
            0..300 => Some(100.0),
            300..600 => None,
            _ => Some(15.0),
        })
        .collect();
    let outcome = play_recorded(&load);
    assert_eq!(number_at(&outcome, 650), 10);
}

#[test]
fn the_number_never_leaves_its_bounds_in_ten_thousand_random_traces() {
    for seed in 1..=10_000_u64 {
        let level = 100.0 * (1.0 + noise(0.0, seed)) * (1.0 + noise(1.0, seed)).powi(4);
        let load: Vec<Option<f64>> = (0..60)
            .map(|second| {
                let at = f64::from(second);
                let value = level * (1.0 + noise(at, seed ^ 0xabcd)) * (at / 30.0).floor();
                (noise(at, seed ^ 0x77) < 0.8).then_some(value)
            })
            .collect();
        let outcome = play_recorded(&load);
        for Moment { desired, .. } in &outcome.course {
            assert!((2..=100).contains(desired), "seed {seed}: {desired} instances");
        }
    }
}

#[test]
fn deciding_twice_on_the_same_changes_nothing() {
    let load = [Some(100.0); 60];
    let outcome = play_recorded(&load);
    let scales = |one: &&Decided| matches!(one.decision, Decision::Scale { .. });
    // 2 -> 4 -> 8 -> 10, and then nothing more.
    assert_eq!(outcome.decisions.iter().filter(scales).count(), 3);
}

#[test]
fn what_piles_up_while_instances_start_does_not_start_more() {
    // From second 10 on, what is in flight grows by 40 each second until instances come.
    let load: Vec<Option<f64>> =
        (0..30).map(|second| Some(15.0 + f64::from((second - 10).max(0)) * 40.0)).collect();
    let metric = Metric::InFlightPerInstance;
    let outcome = play_by(tracking(metric), metric, &load);
    let first = outcome.decisions[0].second as usize;
    assert_eq!(number_at(&outcome, first), number_at(&outcome, first + 7));
}

#[test]
fn a_window_is_lengthened_to_what_is_remembered_and_no_further() {
    let policy = tracking(Metric::RequestsPerInstance);
    let ScalingRule::TargetTracking(rule) = &policy.rule else { panic!("{policy:?}") };
    let hour = StabilizationSeconds::constant::<3_600>();
    let down = Behaviour { stabilization_s: hour, ..policy.down };
    let tracking = Tracking { rule, up: &policy.up, down: &down };
    assert_eq!([0, 2, 100].map(|turns| tracking.shrink_window_s(turns)), [Some(3_600); 3]);
    let tracking = Tracking { rule, up: &policy.up, down: &policy.down };
    assert_eq!(
        [0, 1, 2, 100].map(|turns| tracking.shrink_window_s(turns)),
        [60, 60, 120, 960].map(Some)
    );
}
