//! Prints how target tracking does under loads of several shapes, beside a tracker as public clouds have it: one-minute
//! means, more instances after three minutes above the target, fewer after fifteen minutes below nine tenths of it.
//! Both play the same load in virtual time, with the same instances; the same code decides as in operation.
//!
//! `cargo run --release --package elbow-plan --example policies`

use std::f64::consts::TAU;
use std::io::Write;
use std::time::Duration;

use elbow_model::policy::{
    Behaviour, Metric, PolicySettings, ScaleIn, ScalingRule, TargetTracking, TolerancePercent,
};
use elbow_model::scaling_group::CooldownSeconds;
use elbow_model::value::{Name, Quantity};
use elbow_plan::scaling::decide::Opinion;
use elbow_plan::scaling::replay::{Assumptions, Capacity, Outcome, Recording, play, replay};
use elbow_plan::scaling::{Evidence, Fleet, Stay, Verdict};

/// Requests per second and instance that both keep to.
const TARGET: i32 = 10;
/// What one instance can carry: a quarter above the target.
const FULL: f64 = 12.5;
const METRIC: Metric = Metric::RequestsPerInstance;
const CAPACITY: Capacity = Capacity { metric: METRIC, each: FULL };
const ASSUMPTIONS: Assumptions =
    Assumptions { min: 2, max: 100, desired: 2, launch_s: 8, warm_up_s: 5 };
/// Played of each shape.
const SECONDS: u32 = 7_200;

/// Requests per second by second.
type Shape = fn(f64) -> f64;

const SHAPES: [(&str, Shape); 8] = [
    ("step: 15 to 100, for half an hour", |t| if in_half_hour(t) { 100.0 } else { 15.0 }),
    ("ramp: 20 to 800 in two hours", |t| 20.0 + t * 780.0 / 7_200.0),
    ("spike: 15, for a second 100", |t| if t == 1_800.0 { 100.0 } else { 15.0 }),
    ("burst: 15, for two minutes 100, each half hour", |t| {
        if t % 1_800.0 < 120.0 && t > 1_000.0 { 100.0 } else { 15.0 }
    }),
    ("sine of 5 minutes: 20 to 180", |t| wave(t, 300.0)),
    ("sine of 30 minutes: 20 to 180", |t| wave(t, 1_800.0)),
    ("sine of 2 hours: 20 to 180", |t| wave(t, 7_200.0)),
    ("noise: 90, 15 up and down", |t| 90.0 + 15.0 * noise(t)),
];

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "target tracking at {TARGET} requests/s per instance that can carry {FULL};")?;
    writeln!(
        out,
        "{} s to launch, {} s to warm up, {SECONDS} s played; minute = one-minute tracker\n",
        ASSUMPTIONS.launch_s, ASSUMPTIONS.warm_up_s
    )?;
    let (below, turns, hours) = ("s below capacity", "turns", "instance-hours");
    writeln!(out, "{:<48}{below:>18}{turns:>14}{hours:>18}", "load")?;
    writeln!(out, "{:<48}{1:>18}{1:>14}{1:>18}", "", "Elbow  minute")?;
    for (name, shape) in SHAPES {
        let load = (0..SECONDS).map(|second| Some(shape(f64::from(second)))).collect();
        let totals = [(METRIC, load)];
        let recording = Recording { seconds: SECONDS as usize, totals: &totals };
        let cooldown = CooldownSeconds::constant::<30>();
        let ours = replay(&[tracking()], cooldown, recording, Some(CAPACITY), ASSUMPTIONS);
        let minute = by_the_minute(recording, &totals[0].1);
        writeln!(
            out,
            "{name:<48}{:>10}{:>8}{:>6}{:>8}{:>10.1}{:>8.1}",
            ours.account.below_capacity_s.unwrap_or_default(),
            minute.account.below_capacity_s.unwrap_or_default(),
            ours.account.turns,
            minute.account.turns,
            hours_of(&ours),
            hours_of(&minute)
        )?;
    }
    Ok(())
}

fn tracking() -> PolicySettings {
    PolicySettings {
        name: Name::new("track").expect("a name"),
        enabled: true,
        rule: ScalingRule::TargetTracking(TargetTracking {
            metric: METRIC,
            target: Quantity::whole(TARGET),
            tolerance_percent: TolerancePercent::constant::<10>(),
            scale_in: ScaleIn::Allowed,
        }),
        up: Behaviour::UP,
        down: Behaviour::DOWN,
        warm_up_s: None,
    }
}

/// What a tracker does that sees one mean a minute.
fn by_the_minute(recording: Recording<'_>, load: &[Option<f64>]) -> Outcome {
    let mut minutes: Vec<f64> = Vec::new();
    play(recording, Some(CAPACITY), ASSUMPTIONS, |second, fleet| {
        let verdict = match (second + 1) % 60 {
            0 => {
                let total =
                    load[second - 59..=second].iter().copied().flatten().sum::<f64>() / 60.0;
                minutes.push(total / f64::from(fleet.desired.max(1)));
                judge_minutes(&mut minutes, fleet)
            }
            _ => Verdict::Stay(Stay::NoAlarm),
        };
        vec![Opinion { verdict, cooldown: Duration::ZERO }]
    })
}

fn judge_minutes(minutes: &mut Vec<f64>, fleet: Fleet) -> Verdict {
    let target = f64::from(TARGET);
    let all = |count: usize, holds: &dyn Fn(f64) -> bool| {
        minutes.len() >= count && minutes.iter().rev().take(count).all(|value| holds(*value))
    };
    let (is_high, is_low) =
        (all(3, &|value| value > target), all(15, &|value| value < 0.9 * target));
    let value = minutes.last().copied().unwrap_or(target);
    let to = (f64::from(fleet.desired) * value / target).ceil() as u32;
    let evidence = Evidence { value, compared_with: target, window_s: 60 };
    if is_high && to > fleet.desired {
        minutes.clear();
        Verdict::Grow { to, evidence }
    } else if is_low && to < fleet.desired {
        minutes.clear();
        Verdict::Shrink { to, evidence }
    } else {
        Verdict::Stay(Stay::NoAlarm)
    }
}

fn hours_of(outcome: &Outcome) -> f64 {
    outcome.account.instance_seconds as f64 / 3_600.0
}

fn in_half_hour(t: f64) -> bool {
    (1_800.0..3_600.0).contains(&t)
}

fn wave(t: f64, period: f64) -> f64 {
    100.0 - 80.0 * (TAU * t / period).cos()
}

/// A repeatable noise in -1..1 (xorshift, Marsaglia 2003).
fn noise(second: f64) -> f64 {
    let mut x = (second as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    (x >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}
