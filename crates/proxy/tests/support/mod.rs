//! A stage for workers: real sockets on loopback, origins that say what they saw, clients that
//! speak raw bytes. Ports are the kernel's choice, and nothing here sleeps.
#![allow(clippy::allow_attributes, reason = "what is dead differs by test file")]
#![allow(unreachable_pub, reason = "a stage has no inside and outside")]
#![allow(dead_code, reason = "each test file uses its own part of the stage")]
#![allow(clippy::unwrap_used, reason = "a stage that can't be set up fails its test")]

pub mod authority;
pub mod client;
pub mod http2;
pub mod http2_origin;
pub mod origin;
pub mod secure;
pub mod tls;

use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use client::Client;
use elbow_model::listener::{Protocol, Timeouts};
use elbow_model::pool::{Method, OnNoHealthy, Queue, Retries, SlowStartMs};
use elbow_model::table::{PoolIndex, TableEntry, TableListener, TableMember, TablePool};
use elbow_model::value::{Name, Port, Revision, Weight};
use elbow_model::wake::Wake;
use elbow_proxy::access_log::Outlet;
use elbow_proxy::live::{Balancer, PoolView, Sockets, build};
use elbow_proxy::sys::socket::{listen, local_address};
use elbow_proxy::tls::SecureListeners;
use elbow_proxy::worker::{
    Acknowledge, Command, Deadlines, Report, Trap, WorkerConfig, WorkerHandle, start,
};
use uuid::Uuid;

/// How long a test waits for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What of a worker only a test sets.
#[derive(Clone, Copy, Default)]
pub struct Tuning {
    pub deadlines: Deadlines,
    pub trap: Option<Trap>,
}

/// Workers, one unless more are asked for, with one balancer: one listener, one pool.
pub struct Stage {
    pub address: SocketAddr,
    pub workers: Vec<WorkerHandle>,
    pub reports: Receiver<Report>,
    pub entry: TableEntry,
    pub balancer: Arc<Balancer>,
    sockets: Sockets,
    secure: SecureListeners,
}

impl Stage {
    /// A listener of `protocol` before these members.
    pub fn new(protocol: Protocol, members: &[SocketAddr]) -> Self {
        Self::with(protocol, members, |_| {})
    }

    /// The same with an entry changed by `change` first.
    pub fn with(
        protocol: Protocol,
        members: &[SocketAddr],
        change: impl FnOnce(&mut TableEntry),
    ) -> Self {
        Self::begin((1, Tuning::default()), protocol, members, None, change)
    }

    /// The same with an access log.
    pub fn logging(
        tuning: Tuning,
        protocol: Protocol,
        members: &[SocketAddr],
        access_log: Option<Outlet>,
        change: impl FnOnce(&mut TableEntry),
    ) -> Self {
        Self::begin((1, tuning), protocol, members, access_log, change)
    }

    /// The same with so many workers.
    pub fn with_workers(
        count: usize,
        protocol: Protocol,
        members: &[SocketAddr],
        change: impl FnOnce(&mut TableEntry),
    ) -> Self {
        Self::begin((count, Tuning::default()), protocol, members, None, change)
    }

    /// The same with workers tuned for the test.
    pub fn tuned(
        tuning: Tuning,
        protocol: Protocol,
        members: &[SocketAddr],
        change: impl FnOnce(&mut TableEntry),
    ) -> Self {
        Self::begin((1, tuning), protocol, members, None, change)
    }

    fn begin(
        (count, tuning): (usize, Tuning),
        protocol: Protocol,
        members: &[SocketAddr],
        mut access_log: Option<Outlet>,
        change: impl FnOnce(&mut TableEntry),
    ) -> Self {
        let socket = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = local_address(socket.as_fd()).unwrap();
        let mut entry = entry(protocol, address, members);
        change(&mut entry);
        let sockets = Sockets::from([(entry.listeners[0].id, Arc::new(socket))]);
        let (sender, reports) = channel();
        let workers = (0..count)
            .map(|index| {
                let (via_name, reports) = ("elbow-t".into(), sender.clone());
                let (seed, access_log) = (7 + index as u128, access_log.take());
                let Tuning { deadlines, trap } = tuning;
                start(WorkerConfig { index, via_name, seed, reports, access_log, deadlines, trap })
                    .unwrap()
            })
            .collect();
        let secure = secure::listeners(&entry, &SecureListeners::new());
        let parts = (&sockets, &secure);
        let balancer = Arc::new(build(Arc::new(entry.clone()), None, parts, count));
        let stage = Self { address, workers, reports, entry, balancer, sockets, secure };
        stage.put_in_force(stage.balancer.clone());
        stage
    }

    fn put_in_force(&self, balancer: Arc<Balancer>) {
        let views =
            balancer.pools.iter().map(|pool| Arc::new(PoolView::all(pool))).collect::<Vec<_>>();
        self.command(|done| {
            let (balancer, views) = (balancer.clone(), views.clone());
            Command::Install { balancer, views, done }
        });
    }

    /// Changes the entry and puts it in force.
    pub fn change(&mut self, change: impl FnOnce(&mut TableEntry)) {
        change(&mut self.entry);
        self.entry.revision = self.entry.revision.next();
        let entry = Arc::new(self.entry.clone());
        self.secure = secure::listeners(&entry, &self.secure);
        let parts = (&self.sockets, &self.secure);
        self.balancer = Arc::new(build(entry, Some(&self.balancer), parts, self.workers.len()));
        self.put_in_force(self.balancer.clone());
    }

    /// Replaces the pool's view by one of these members, by index.
    pub fn view(&self, healthy: &[usize]) {
        let pool = &self.balancer.pools[0];
        let view = Arc::new(PoolView::of(pool, |member| healthy.contains(&member)));
        let (balancer, pool) = (self.balancer.id, pool.id);
        self.command(|done| Command::View { balancer, pool, view: view.clone(), done });
    }

    /// Sends a command to every worker and waits until it is in force.
    pub fn command(&self, make: impl Fn(Acknowledge) -> Command) {
        let (sender, receiver) = channel();
        let done = Acknowledge::new(move || {
            let _gone = sender.send(());
        });
        for worker in &self.workers {
            worker.send(make(done.clone()));
        }
        drop(done);
        receiver.recv_timeout(PATIENCE).expect("the command must come into force");
    }

    /// So many HTTP clients of each of two workers, found by what each has counted.
    pub fn clients_of_both(&self, each: usize) -> [Vec<Client>; 2] {
        let state = &self.balancer.listeners[0].state;
        let requests =
            || -> Vec<u64> { state.per_worker.iter().map(|one| one.requests.read()).collect() };
        let mut found: [Vec<Client>; 2] = [Vec::new(), Vec::new()];
        let deadline = Instant::now() + PATIENCE;
        while found.iter().any(|clients| clients.len() < each) {
            assert!(Instant::now() < deadline, "one worker gets no connections");
            // Only connections that come at once wake more than one worker.
            let burst: Vec<Client> = (0..16).map(|_| Client::connect(self.address)).collect();
            for mut client in burst {
                let before = requests();
                client.get("/");
                let after = requests();
                let worker = (0..2).find(|worker| after[*worker] > before[*worker]).unwrap();
                if found[worker].len() < each {
                    found[worker].push(client);
                }
            }
        }
        found
    }

    /// One HTTP client of each of two workers.
    pub fn connect_to_both(&self) -> [Client; 2] {
        self.clients_of_both(1).map(|mut clients| clients.pop().unwrap())
    }

    /// Waits until so many requests and connections are in flight on a member.
    pub fn wait_in_flight(&self, member: usize, count: u32) {
        let deadline = Instant::now() + PATIENCE;
        let state = &self.balancer.pools[0].members[member].state;
        while state.in_flight() != count {
            assert!(Instant::now() < deadline, "{} in flight, not {count}", state.in_flight());
            std::thread::yield_now();
        }
    }

    /// Waits until so many requests and connections are in flight on all members together.
    pub fn wait_all_in_flight(&self, count: u32) {
        let deadline = Instant::now() + PATIENCE;
        let members = &self.balancer.pools[0].members;
        let all = || members.iter().map(|member| member.state.in_flight()).sum::<u32>();
        while all() != count {
            assert!(Instant::now() < deadline, "{} in flight, not {count}", all());
            std::thread::yield_now();
        }
    }

    /// Waits until the listener has so many clients.
    pub fn wait_connections(&self, count: u32) {
        let deadline = Instant::now() + PATIENCE;
        let connections = &self.balancer.listeners[0].state.connections;
        while connections.load(Ordering::Relaxed) != count {
            assert!(Instant::now() < deadline, "{connections:?} clients, not {count}");
            std::thread::yield_now();
        }
    }

    /// Waits until so many requests and connections wait for a member.
    pub fn wait_queued(&self, count: u32) {
        let deadline = Instant::now() + PATIENCE;
        let queued = &self.balancer.pools[0].state.queued;
        while queued.load(Ordering::Relaxed) != count {
            assert!(Instant::now() < deadline, "{queued:?} wait, not {count}");
            std::thread::yield_now();
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for worker in &self.workers {
            worker.send(Command::Stop);
        }
    }
}

pub fn entry(protocol: Protocol, address: SocketAddr, members: &[SocketAddr]) -> TableEntry {
    let listener = TableListener {
        id: Uuid::from_u128(2).into(),
        name: Name::new("front").unwrap(),
        protocol,
        address,
        rules: Vec::new(),
        pool: PoolIndex(0),
        member_port: None,
        insert_headers: Vec::new(),
        trusted_proxies: Vec::new(),
        proxy_protocol: false,
        timeouts: Timeouts::default(),
        connection_limit: None,
        connection_limit_per_source: None,
        allowed_cidrs: Vec::new(),
        tls: None,
        http2: false,
        https_redirect: None,
    };
    let pool = TablePool {
        id: Uuid::from_u128(3).into(),
        name: Name::new("default").unwrap(),
        method: Method::RoundRobin,
        members: members.iter().enumerate().map(|(index, at)| member(index, *at)).collect(),
        health_monitor: None,
        session_persistence: None,
        on_no_healthy: OnNoHealthy::Refuse,
        max_connections_per_member: None,
        queue: Queue::default(),
        slow_start_ms: SlowStartMs::constant::<0>(),
        retries: Retries::constant::<1>(),
        proxy_protocol: None,
        outlier_ejection: None,
        tls: None,
        http2: false,
        wake: Wake::Never,
    };
    TableEntry {
        id: Uuid::from_u128(1).into(),
        name: Name::new("stage").unwrap(),
        project: Uuid::from_u128(4).into(),
        revision: Revision(1),
        listeners: vec![listener],
        pools: vec![pool],
    }
}

/// A member at an address.
pub fn member(index: usize, at: SocketAddr) -> TableMember {
    TableMember {
        id: Uuid::from_u128(100 + index as u128).into(),
        address: at.ip(),
        port: Some(Port::new(at.port().into()).unwrap()),
        weight: Weight::default(),
        backup: false,
        only_when_healthy: false,
    }
}
