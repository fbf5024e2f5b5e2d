//! Tests of the series as a whole.

use uuid::Uuid;

use super::*;

fn balancer() -> LoadBalancerId {
    Uuid::from_u128(1).into()
}

/// A round time: the begin of a minute.
const START: u64 = 1_800_000_000;

fn at(second: u64) -> Timestamp {
    Timestamp((START + second) * 1_000 + 400)
}

fn requests(count: u64) -> Sample {
    let mut sample = Sample {
        requests: count,
        open_connections: 2,
        bytes_out: 100 * count,
        ..Sample::default()
    };
    sample.responses[1] = count;
    sample.latency[3] = count;
    sample
}

/// A series of `seconds` seconds with `count` requests each.
fn busy(seconds: u64, count: u64) -> Series {
    let series = Series::default();
    for second in 0..seconds {
        series.record(balancer(), at(second), &requests(count));
    }
    series
}

fn total(readout: &Readout) -> u64 {
    readout.steps.iter().map(|step| step.requests).sum()
}

#[test]
fn a_load_balancer_without_traffic_takes_nothing_and_reads_as_zero() {
    let series = Series::default();
    series.record(balancer(), at(0), &Sample::default());
    assert!(series.tracks().is_empty());
    let readout = series.read(balancer(), Resolution::Second, at(10));
    assert_eq!((readout.steps.len(), total(&readout), readout.last), (300, 0, Step::default()));
}

#[test]
fn each_resolution_shows_the_same_requests() {
    let series = busy(120, 7);
    for resolution in Resolution::ALL {
        let readout = series.read(balancer(), resolution, at(120));
        assert_eq!(total(&readout), 840, "{resolution:?}");
        assert_eq!(readout.steps.last().unwrap().requests, 7 * u64::from(resolution.step_s()));
    }
}

#[test]
fn the_last_value_is_the_last_second_that_is_over() {
    let series = busy(10, 7);
    let last = series.read(balancer(), Resolution::Minute, at(10)).last;
    assert_eq!(
        (last.requests, last.responses[1], last.open_connections, last.bytes_out),
        (7, 7, 2, 700)
    );
    assert!(last.p50_ms > 1.0 && last.p99_ms <= 2.5, "{last:?}");
    assert_eq!(series.read(balancer(), Resolution::Minute, at(12)).last, Step::default());
}

#[test]
fn steps_are_placed_at_their_time_and_gaps_are_zero() {
    let series = Series::default();
    for second in [3, 5] {
        series.record(balancer(), at(second), &requests(second));
    }
    let readout = series.read(balancer(), Resolution::Second, at(7));
    assert_eq!(readout.from, Timestamp((START + 7 - 300) * 1_000));
    let newest: Vec<u64> = readout.steps[293..].iter().map(|step| step.requests).collect();
    assert_eq!(newest, [0, 0, 0, 3, 0, 5, 0]);
}

#[test]
fn what_is_too_old_is_gone() {
    let series = busy(1_000, 1);
    assert_eq!(total(&series.read(balancer(), Resolution::Second, at(1_000))), 300);
    let tracks = series.tracks();
    assert!(
        tracks[&balancer()].step(Resolution::Second, u32::try_from(START).unwrap() + 100)
            == Step::default()
    );
}

#[test]
fn a_clock_that_steps_back_loses_nothing_and_breaks_nothing() {
    let series = busy(10, 1);
    for second in 0..5 {
        series.record(balancer(), at(second), &requests(1));
    }
    series.record(balancer(), at(11), &requests(1));
    assert_eq!(total(&series.read(balancer(), Resolution::Second, at(12))), 16);
}

#[test]
fn a_forgotten_load_balancer_reads_as_zero() {
    let series = busy(10, 1);
    series.forget(balancer());
    assert_eq!(total(&series.read(balancer(), Resolution::Second, at(10))), 0);
}

#[test]
fn the_finest_resolution_that_reaches_far_enough_is_chosen() {
    let covering = |minutes: u64| Resolution::covering(Duration::from_secs(minutes * 60));
    let chosen = [5, 6, 60, 61, 100_000].map(covering);
    use Resolution::{Minute, Second, TenSeconds};
    assert_eq!(chosen, [Second, TenSeconds, TenSeconds, Minute, Minute]);
}
