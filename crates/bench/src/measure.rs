//! Runs a workload: contenders started anew, then rounds in turn, so that what disturbs the machine
//! disturbs all alike. Gives figures; judges nothing.

use std::net::SocketAddr;
use std::time::Duration;

use crate::console::note;
use crate::contender::{Contender, Kind, Program, Setup};
use crate::failure::Failure;
use crate::load::{Generator, HandshakeCount, Offer, Order, Outcome, Traffic};
use crate::process;
use crate::statistics::percentile;
use crate::tls::Front;
use crate::workload::{Shape, Workload};

/// Time between opening connections and measuring.
const WARM_UP: Duration = Duration::from_millis(300);
const KIB: usize = 1024;

/// What is needed to run anything.
pub(crate) struct Bench {
    pub(crate) generator: Generator,
    pub(crate) setup: Setup,
    /// A second CPU for contenders with two workers.
    pub(crate) both_cpus: Vec<usize>,
    pub(crate) rounds: usize,
    pub(crate) length: Duration,
}

/// Figures of one contender, a place per round.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) kind: Kind,
    pub(crate) figures: Vec<Option<f64>>,
    /// Requests per second, for rounds of requests.
    pub(crate) rates: Vec<f64>,
    /// How busy the contender was, of one CPU.
    pub(crate) busy: Vec<f64>,
    /// Over TLS: how connections began.
    pub(crate) handshakes: Vec<HandshakeCount>,
    /// Latencies at 50, 99 and 99.9 %, in microseconds, for rounds at a fixed rate.
    pub(crate) latencies_us: Vec<[f64; 3]>,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
}

impl Series {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            figures: Vec::new(),
            rates: Vec::new(),
            busy: Vec::new(),
            handshakes: Vec::new(),
            latencies_us: Vec::new(),
            errors: 0,
            first_error: None,
        }
    }

    fn fail(&mut self, text: String) {
        self.errors += 1;
        self.first_error.get_or_insert(text);
        self.figures.push(None);
    }

    fn count(&mut self, outcome: &Outcome) {
        self.errors += outcome.errors;
        if let Some(error) = &outcome.first_error {
            self.first_error.get_or_insert_with(|| error.clone());
        }
        let seconds = outcome.elapsed.as_secs_f64();
        if seconds > 0.0 {
            self.rates.push(outcome.completed as f64 / seconds);
            self.busy.push(outcome.cpu.as_secs_f64() / seconds);
            self.handshakes.push(outcome.handshakes);
        }
    }
}

/// Runs a workload with these contenders.
pub(crate) fn run(
    bench: &mut Bench,
    workload: &Workload,
    programs: &[Program],
) -> Result<Vec<Series>, Failure> {
    let front = workload.front;
    bench.setup.front = front;
    let bench = &*bench;
    let programs: Vec<Program> =
        programs.iter().filter(|program| program.kind.takes_part(front)).cloned().collect();
    let programs = programs.as_slice();
    match workload.shape {
        Shape::PerRequest { traffic, connections } => in_turn(bench, programs, |contender| {
            Plan { traffic, connections, contender }.order(bench)
        }),
        Shape::PerGigabyte { connections } => in_turn(bench, programs, |contender| {
            Plan { traffic: Traffic::Bulk, connections, contender }.order(bench)
        }),
        Shape::Memory { connections } => memory(bench, programs, connections),
        Shape::Latency { connections } => {
            let per_second = half_rate(bench, programs, connections)?;
            note(&format!("  at {per_second:.0} requests per second"));
            let traffic = Traffic::Paced { body: KIB, per_second };
            in_turn(bench, programs, |contender| {
                Plan { traffic, connections, contender }.order(bench)
            })
        }
        Shape::TwoWorkers { connections } => two_workers(bench, programs, connections),
    }
}

struct Plan<'a> {
    traffic: Traffic,
    connections: usize,
    contender: &'a Contender,
}

impl Plan<'_> {
    /// Sessions are those of the round: its first handshakes are full ones.
    fn order(&self, bench: &Bench) -> Result<Order, Failure> {
        let offer = match bench.setup.front {
            Front::Clear => None,
            Front::Tls(tls) => Some(Offer::new(tls, &bench.setup.identity.certificate)?),
        };
        Ok(Order {
            traffic: self.traffic,
            target: target(self.contender, self.traffic),
            offer,
            connections: self.connections,
            warm_up: WARM_UP,
            length: bench.length,
            processes: self.contender.measured.clone(),
        })
    }
}

fn target(contender: &Contender, traffic: Traffic) -> SocketAddr {
    match traffic {
        Traffic::Bulk | Traffic::PingPong => contender.tcp,
        _ => contender.https.unwrap_or(contender.http),
    }
}

/// The figure of a round.
fn figure(traffic: Traffic, outcome: &mut Outcome) -> Option<f64> {
    let cpu = outcome.cpu.as_secs_f64();
    match traffic {
        Traffic::Bulk if outcome.bytes > 0 => Some(cpu / (outcome.bytes as f64 / 1e9)),
        Traffic::Paced { .. } => {
            percentile(&mut outcome.latencies_ns, 99.0).map(|ns| ns as f64 / 1e3)
        }
        _ if outcome.completed > 0 => Some(cpu * 1e6 / outcome.completed as f64),
        _ => None,
    }
}

fn in_turn(
    bench: &Bench,
    programs: &[Program],
    order: impl Fn(&Contender) -> Result<Order, Failure>,
) -> Result<Vec<Series>, Failure> {
    let mut contenders = Vec::new();
    let mut series = Vec::new();
    for program in programs {
        let mut own = Series::new(program.kind);
        match Contender::start(program, &bench.setup) {
            Ok(contender) => contenders.push(contender),
            Err(error) => own.fail(error.to_string()),
        }
        series.push(own);
    }
    for round in 0..bench.rounds {
        for turn in 0..contenders.len() {
            // Each round begins with another one: who comes after whom should not matter.
            let contender = &contenders[(turn + round) % contenders.len()];
            let order = order(contender)?;
            let traffic = order.traffic;
            let mut outcome = bench.generator.run(order)?;
            let Some(own) = series.iter_mut().find(|own| own.kind == contender.kind) else {
                continue;
            };
            own.count(&outcome);
            own.figures.push(figure(traffic, &mut outcome));
            if let Traffic::Paced { .. } = traffic {
                own.latencies_us.push([50.0, 99.0, 99.9].map(|percent| {
                    percentile(&mut outcome.latencies_ns, percent).unwrap_or(0) as f64 / 1e3
                }));
            }
            note(&progress(contender.kind, round, bench.rounds, own, &outcome));
        }
    }
    Ok(series)
}

fn progress(kind: Kind, round: usize, rounds: usize, own: &Series, outcome: &Outcome) -> String {
    let figure = own.figures.last().copied().flatten();
    let shown = figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.2}"));
    let seconds = outcome.elapsed.as_secs_f64().max(1e-9);
    format!(
        "  round {}/{rounds} {:14} {shown:>10}  {:>8.0}/s  busy {:.0} %, generator {:.0} %{}{}",
        round + 1,
        kind.name(),
        outcome.completed as f64 / seconds,
        outcome.cpu.as_secs_f64() / seconds * 100.0,
        outcome.own_cpu.as_secs_f64() / seconds * 100.0,
        handshakes(&outcome.handshakes),
        own.first_error.as_ref().map_or_else(String::new, |error| format!("  ERRORS: {error}")),
    )
}

fn handshakes(count: &HandshakeCount) -> String {
    let HandshakeCount { full, resumed, tickets } = count;
    if full + resumed == 0 {
        return String::new();
    }
    format!(", handshakes {full} full, {resumed} resumed, {tickets} tickets")
}

/// Half of what HAProxy, or else the first contender, can do.
fn half_rate(bench: &Bench, programs: &[Program], connections: usize) -> Result<f64, Failure> {
    let haproxy = programs.iter().find(|program| program.kind == Kind::Haproxy);
    let Some(program) = haproxy.or(programs.first()) else {
        return Err(Failure::new("nobody to measure"));
    };
    let contender = Contender::start(program, &bench.setup)?;
    let traffic = Traffic::KeepAlive { body: KIB };
    let mut rates = Vec::new();
    for _ in 0..3 {
        let plan = Plan { traffic, connections, contender: &contender };
        let outcome = bench.generator.run(plan.order(bench)?)?;
        rates.push(outcome.completed as f64 / outcome.elapsed.as_secs_f64().max(1e-9));
    }
    let median = crate::statistics::median(&rates).filter(|rate| *rate > 0.0);
    median.map(|rate| rate / 2.0).ok_or_else(|| Failure::new("no request was answered"))
}

fn memory(bench: &Bench, programs: &[Program], connections: usize) -> Result<Vec<Series>, Failure> {
    let mut all = Vec::new();
    for program in programs {
        let mut own = Series::new(program.kind);
        match memory_of(bench, program, connections, &mut own) {
            Ok(figure) => own.figures.push(Some(figure)),
            Err(error) => own.fail(error.to_string()),
        }
        let shown = own.figures.first().copied().flatten().unwrap_or(0.0);
        note(&format!("  {:14} {shown:.0} bytes", program.kind.name()));
        all.push(own);
    }
    Ok(all)
}

/// Growth of resident memory per connection, after a round that warms everything up.
fn memory_of(
    bench: &Bench,
    program: &Program,
    connections: usize,
    own: &mut Series,
) -> Result<f64, Failure> {
    let contender = Contender::start(program, &bench.setup)?;
    let warm =
        Plan { traffic: Traffic::KeepAlive { body: KIB }, connections: 64, contender: &contender };
    bench.generator.run(warm.order(bench)?)?;
    let hold =
        Plan { traffic: Traffic::Hold { body: KIB }, connections: 64, contender: &contender };
    bench.generator.run(hold.order(bench)?)?;
    let before = process::resident_bytes(&contender.measured);
    let hold = Plan { traffic: Traffic::Hold { body: KIB }, connections, contender: &contender };
    let outcome = bench.generator.run(hold.order(bench)?)?;
    let after = process::resident_bytes(&contender.measured);
    bench.generator.release();
    own.count(&outcome);
    if outcome.completed < connections as u64 {
        let completed = outcome.completed;
        return Err(Failure::new(format!("{completed} of {connections} connections served")));
    }
    Ok(after.saturating_sub(before) as f64 / connections as f64)
}

/// Rounds with one worker and with two in turn; the second worker shares the generator's CPU.
fn two_workers(
    bench: &Bench,
    programs: &[Program],
    connections: usize,
) -> Result<Vec<Series>, Failure> {
    let both = Setup { cpus: bench.both_cpus.clone(), ..bench.setup.clone() };
    let traffic = Traffic::KeepAlive { body: KIB };
    let mut all = Vec::new();
    for program in programs {
        let mut own = Series::new(program.kind);
        match (Contender::start(program, &bench.setup), Contender::start(program, &both)) {
            (Ok(one), Ok(two)) => {
                for round in 0..bench.rounds {
                    let mut figures = [None, None];
                    for (place, contender) in [&one, &two].into_iter().enumerate() {
                        let plan = Plan { traffic, connections, contender };
                        let mut outcome = bench.generator.run(plan.order(bench)?)?;
                        own.count(&outcome);
                        figures[place] = figure(traffic, &mut outcome);
                        note(&progress(program.kind, round, bench.rounds, &own, &outcome));
                    }
                    let [one, two] = figures;
                    own.figures.push(one.zip(two).map(|(one, two)| two / one));
                }
            }
            (Err(error), _) | (_, Err(error)) => own.fail(error.to_string()),
        }
        all.push(own);
    }
    Ok(all)
}
