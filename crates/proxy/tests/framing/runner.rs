//! Plays one case on real sockets and judges it from both ends: what the origin saw, what the
//! client got, and whether others are still served. It must decide nothing by the clock.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use elbow_model::listener::Protocol;
use elbow_model::table::TableCertificate;
use rustls::ClientConfig;

use super::case::{Act, Case, End, PATIENCE, Upstream};
use super::client::{Client, Ended, Missing};
use super::origin::{Connection, OWN, Origin, Seen};
use super::wire::{Parse, Request, Response, Rigour, read_request, values};
use crate::support::{Stage, secure};

/// Cases under way at once: most of their time is waiting for threads.
const AT_ONCE: usize = 8;
/// Longer writes are not repeated byte by byte.
const BYTEWISE_LIMIT: usize = 2_000;

/// How the client's writes are cut up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writes {
    AsWritten,
    Bytewise,
}

/// What the balancer's clients speak.
pub(crate) enum Over {
    Clear,
    Tls { certificate: Box<TableCertificate>, config: Arc<ClientConfig> },
}

impl Over {
    pub(crate) fn tls() -> Self {
        let certificate = Box::new(secure::certificate(&["a.example"]));
        let config = Arc::new(secure::trusting(&[&certificate], secure::BOTH));
        Self::Tls { certificate, config }
    }

    /// A field that a case expects members to be told in clear, as it is here.
    fn told(&self, field: &str) -> String {
        match (self, field) {
            (Self::Tls { .. }, "X-Forwarded-Proto: http") => "X-Forwarded-Proto: https".to_owned(),
            (Self::Tls { .. } | Self::Clear, field) => field.to_owned(),
        }
    }

    fn stage(&self, origin: &Origin) -> Stage {
        match self {
            Self::Clear => Stage::new(Protocol::Http, &[origin.address]),
            Self::Tls { certificate, .. } => {
                Stage::with(Protocol::Https, &[origin.address], |entry| {
                    entry.listeners[0].tls = Some(secure::tls(&[certificate]));
                })
            }
        }
    }

    fn connect(&self, address: SocketAddr, patience: Duration) -> Client {
        match self {
            Self::Clear => Client::connect(address, patience),
            Self::Tls { config, .. } => Client::secure(address, patience, config),
        }
    }
}

/// Plays every case and gives a page for each that failed.
pub(crate) fn run_all(cases: &[Case], over: &Over) -> Vec<String> {
    let only = std::env::var("FRAMING_ONLY").unwrap_or_default();
    let chosen = cases.iter().filter(|case| case.name.contains(&only));
    // Those that take as long as a deadline get threads of their own.
    let (slow, quick): (Vec<&Case>, Vec<&Case>) = chosen.partition(|case| case.patience > PATIENCE);
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let judge = |case: &Case| {
        let failure = run(case, over);
        failures.lock().unwrap().extend(failure);
    };
    std::thread::scope(|scope| {
        for case in slow {
            scope.spawn(|| judge(case));
        }
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = quick.get(next.fetch_add(1, Ordering::SeqCst)) {
                    judge(case);
                }
            });
        }
    });
    failures.into_inner().unwrap()
}

fn run(case: &Case, over: &Over) -> Option<String> {
    let sizes = case.acts.iter().map(|act| match act {
        Act::Send(bytes) => bytes.len(),
        Act::Await | Act::AwaitSome | Act::Listen | Act::Tell | Act::End => 0,
        Act::Drip(..) => BYTEWISE_LIMIT,
    });
    let is_short = sizes.sum::<usize>() < BYTEWISE_LIMIT && case.patience <= PATIENCE;
    play(case, Writes::AsWritten, over)
        .or_else(|| is_short.then(|| play(case, Writes::Bytewise, over)).flatten())
}

/// What a case left behind.
struct Exchange {
    wrong: Vec<String>,
    client: Client,
    seen: Vec<Seen>,
    connections: Vec<Connection>,
}

fn play(case: &Case, writes: Writes, over: &Over) -> Option<String> {
    let origin = Origin::start(&case.scripts);
    let stage = over.stage(&origin);
    let client = over.connect(stage.address, case.patience);
    let mut player = Player {
        case,
        writes,
        over,
        origin,
        stage,
        client,
        answered: 0,
        pings: None,
        wrong: Vec::new(),
    };
    player.act();
    while player.answered < case.got.len() && player.wrong.is_empty() {
        player.expect_response();
    }
    if player.wrong.is_empty() {
        player.expect_end();
    }
    player.expect_fresh_client_served();
    let Player { origin, stage, client, pings, wrong, .. } = player;
    drop((stage, pings));
    let (seen, connections) = origin.finish();
    let mut exchange = Exchange { wrong, client, seen, connections };
    judge_seen(case, over, &mut exchange);
    (!exchange.wrong.is_empty()).then(|| page(case, writes, &exchange))
}

struct Player<'a> {
    case: &'a Case,
    writes: Writes,
    over: &'a Over,
    origin: Origin,
    stage: Stage,
    client: Client,
    answered: usize,
    pings: Option<Client>,
    wrong: Vec<String>,
}

impl Player<'_> {
    fn act(&mut self) {
        let mut has_sent = false;
        for act in &self.case.acts {
            match act {
                Act::Send(bytes) => {
                    if std::mem::replace(&mut has_sent, true) {
                        self.let_worker_take_in();
                    }
                    match self.writes {
                        Writes::AsWritten => self.client.send(bytes),
                        Writes::Bytewise => self.client.send_bytewise(bytes),
                    }
                }
                Act::Await => self.expect_response(),
                Act::AwaitSome => self.client.await_some(),
                Act::Listen => {
                    if self.origin.told.recv_timeout(self.case.patience).is_err() {
                        self.wrong.push("the origin never came so far".into());
                    }
                }
                Act::Tell => self.origin.tell.send(()).unwrap_or_default(),
                Act::End => self.client.end(),
                Act::Drip(byte, pause) => self.client.drip(*byte, *pause, self.case.patience),
            }
        }
    }

    /// Once another connection was served, the worker has read what came on this one before.
    fn let_worker_take_in(&mut self) {
        let (address, patience) = (self.stage.address, self.case.patience);
        let over = self.over;
        let pings = self.pings.get_or_insert_with(|| over.connect(address, patience));
        let problem = own_request(pings, "ping");
        self.wrong.extend(problem);
    }

    fn expect_response(&mut self) {
        let Some(expected) = self.case.got.get(self.answered) else {
            return self.wrong.push("the case awaits more responses than it names".into());
        };
        let method = if expected.starts_with("HEAD ") { "HEAD" } else { "GET" };
        let expected = expected.trim_start_matches("HEAD ");
        let response = match self.client.response(method) {
            Ok(response) => response,
            Err(missing) => return self.wrong.push(format!("{expected} expected, {missing:?}")),
        };
        let got = summary(&response);
        if let Some(repeated) = expected.strip_suffix('*').filter(|text| !text.contains(' ')) {
            self.answered += usize::from(!got.starts_with(repeated));
            if got.starts_with(repeated) {
                return;
            }
        }
        let expected = self.case.got[self.answered].trim_start_matches("HEAD ");
        self.answered += 1;
        let is_same = match expected.contains(' ') {
            true => got == expected,
            false => got.split(' ').next() == Some(expected),
        };
        if !is_same {
            self.wrong.push(format!("{expected} expected, got {got}"));
        }
        self.wrong.extend(unwelcome(&response.fields, &self.case.got_without));
        if self.answered == self.case.got.len() {
            self.wrong.extend(missing(&response.fields, &self.case.got_with));
        }
    }

    fn expect_end(&mut self) {
        let problem = match &self.case.end {
            End::Open => own_request(&mut self.client, "probe"),
            End::Closed => match self.client.rest() {
                (Ended::Orderly, rest) if rest.is_empty() => None,
                (ended, rest) => Some(format!("end expected, {ended:?} {}", rest.escape_ascii())),
            },
            End::Cut => match self.client.response("GET") {
                Err(Missing::Ended(Ended::Orderly | Ended::Reset, some)) if some > 0 => None,
                other => Some(format!("a cut response expected, {other:?}")),
            },
            End::Tunnel(expected) => {
                let got = self.client.bytes(expected.len());
                self.client.end();
                match (got == expected.as_bytes(), self.client.rest()) {
                    (true, (Ended::Orderly, rest)) if rest.is_empty() => None,
                    (_, rest) => Some(format!("tunnel: {} {rest:?}", got.escape_ascii())),
                }
            }
        };
        self.wrong.extend(problem);
    }

    fn expect_fresh_client_served(&mut self) {
        let mut fresh = self.over.connect(self.stage.address, self.case.patience);
        self.wrong.extend(own_request(&mut fresh, "fresh"));
    }
}

/// Sends a request of the runner's own and says what is wrong with its answer.
pub(crate) fn own_request(client: &mut Client, name: &str) -> Option<String> {
    let target = format!("{OWN}{name}");
    client.send(format!("GET {target} HTTP/1.1\r\nHost: own\r\n\r\n").as_bytes());
    match client.response("GET") {
        Ok(response) if response.status == 200 && response.body == target.as_bytes() => None,
        other => Some(format!("{name}: its own 200 expected, {other:?}")),
    }
}

/// Status, body and trailers in one line; `-` for an empty body.
fn summary(response: &Response) -> String {
    let body = match response.body.is_empty() {
        true => "-".to_owned(),
        false => response.body.escape_ascii().to_string(),
    };
    let mut text = format!("{} {body}", response.status);
    for (name, value) in &response.trailers {
        text += &format!(" +{name}: {}", value.escape_ascii());
    }
    text
}

fn missing(fields: &[(String, Vec<u8>)], lines: &[String]) -> Vec<String> {
    let has = |line: &String| {
        let (name, value) = line.split_once(": ").expect("a line is `name: value`");
        values(fields, name) == [value.as_bytes()]
    };
    lines.iter().filter(|line| !has(line)).map(|line| format!("no single {line}")).collect()
}

fn unwelcome(fields: &[(String, Vec<u8>)], names: &[String]) -> Vec<String> {
    let has = |name: &&String| !values(fields, name).is_empty();
    names.iter().filter(has).map(|name| format!("there must be no {name}")).collect()
}

fn judge_seen(case: &Case, over: &Over, exchange: &mut Exchange) {
    let Exchange { wrong, seen, connections, .. } = exchange;
    let theirs: Vec<&Seen> =
        seen.iter().filter(|seen| !seen.request.target.starts_with(OWN)).collect();
    let summaries: Vec<String> = theirs.iter().map(|seen| seen.request.summary()).collect();
    if summaries != case.seen {
        wrong.push(format!("the origin must see {:?}, but saw {summaries:?}", case.seen));
    }
    for seen in &theirs {
        let told = case.seen_with.iter().map(|field| over.told(field)).collect::<Vec<_>>();
        wrong.extend(missing(&seen.request.fields, &told));
        wrong.extend(unwelcome(&seen.request.fields, &case.seen_without));
    }
    wrong.extend(seen.iter().flat_map(|seen| faults(&seen.request, over)));
    for (number, connection) in connections.iter().enumerate() {
        wrong.extend(connection.trouble.iter().map(|why| format!("origin {number}: {why}")));
        let is_good = connection.rest.is_empty()
            || (case.may_see_part
                && matches!(read_request(&connection.rest, Rigour::Canonical), Parse::Partial));
        if !is_good {
            wrong.push(format!("origin {number} saw more than whole requests"));
        }
    }
    wrong.extend(judge_upstream(case, seen));
}

/// What every request that leaves the balancer must be like, whatever came in.
pub(crate) fn faults(request: &Request, over: &Over) -> Vec<String> {
    const ENDS_HERE: [&str; 6] =
        ["TE", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "HTTP2-Settings", "Proxy"];
    const OWN_FIELDS: [&str; 2] = ["X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: http"];
    let fields = &request.fields;
    let mut wrong = unwelcome(fields, &ENDS_HERE.map(str::to_owned));
    wrong.extend(missing(fields, &OWN_FIELDS.map(|field| over.told(field))));
    let counts = ["Host", "X-Request-Id", "Via", "X-Forwarded-Port"];
    wrong.extend(
        counts
            .iter()
            .filter(|name| values(fields, name).len() != 1)
            .map(|name| format!("no single {name}")),
    );
    let upgrades = values(fields, "Upgrade");
    match values(fields, "Connection").as_slice() {
        [] if upgrades.is_empty() => {}
        [b"upgrade"] if upgrades.len() == 1 => {}
        other => wrong.push(format!("Connection {other:?} with Upgrade {upgrades:?}")),
    }
    if request.version != 1 {
        wrong.push("not HTTP/1.1".into());
    }
    wrong
}

fn judge_upstream(case: &Case, seen: &[Seen]) -> Option<String> {
    let last = seen.iter().rposition(|seen| !seen.request.target.starts_with(OWN))?;
    let connection = seen[last].connection;
    let later: Vec<usize> = seen[last + 1..].iter().map(|seen| seen.connection).collect();
    let is_good = match case.upstream {
        Upstream::Any => true,
        Upstream::Spent => !later.contains(&connection),
        Upstream::Reused => later.first() == Some(&connection),
    };
    (!is_good).then(|| {
        format!("{:?} expected: the last was on {connection}, later {later:?}", case.upstream)
    })
}

/// Everything there is to know about a failed case.
fn page(case: &Case, writes: Writes, exchange: &Exchange) -> String {
    let mut page = format!("--- {} ({}, {writes:?})\n", case.name, case.rfc);
    for wrong in &exchange.wrong {
        page += &format!("    wrong: {wrong}\n");
    }
    page += &format!("    client sent      {}\n", shown(&exchange.client.sent));
    page += &format!("    client received  {}\n", shown(&exchange.client.received));
    for (number, connection) in exchange.connections.iter().enumerate() {
        page += &format!("    origin {number} received {}\n", shown(&connection.received));
        page += &format!("    origin {number} said     {}\n", shown(&connection.said));
    }
    page
}

fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 700;
    let cut = &bytes[..bytes.len().min(MOST)];
    let more = if bytes.len() > MOST { "..." } else { "" };
    format!("({}) \"{}{more}\"", bytes.len(), cut.escape_ascii())
}
