//! A Ledger with a link, and a proxy that keeps what it is told.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use elbow_model::change::{
    Author, Change, Edit, NewListener, NewLoadBalancer, NewMember, NewNetwork, NewPool, NewProject,
};
use elbow_model::listener::{ListenerSettings, Protocol};
use elbow_model::load_balancer::{Kind, LoadBalancerSettings};
use elbow_model::member::{MemberSettings, TargetAddress};
use elbow_model::network::{Addresses, NetworkSettings};
use elbow_model::pool::{Method, PoolSettings};
use elbow_model::table::TableEntry;
use elbow_model::value::{Description, LoadBalancerId, Name, Port, Revision, Tags, Timestamp};
use elbow_model::wire::{Digest, Down, Tables, Up, VERSION};
use elbow_store::ledger::{Ledger, Storage};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use uuid::Uuid;

use crate::link::{Link, frame};

pub(super) fn id<I: From<Uuid>>(number: u128) -> I {
    Uuid::from_u128(number).into()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn change(edits: Vec<Edit>) -> Change {
    Change { author: Author::System, at: Timestamp(1_000), source: None, request: None, edits }
}

fn create(number: u128, members: u128) -> Edit {
    let member = |n: u128| NewMember {
        id: id(number * 1_000 + n),
        settings: MemberSettings::new(
            TargetAddress::new(format!("10.0.{}.{}", n / 200, n % 200 + 1).parse().unwrap())
                .unwrap(),
            Some(Port::new(8_080).unwrap()),
        ),
    };
    let port = Port::new(80).unwrap();
    Edit::CreateLoadBalancer(NewLoadBalancer {
        id: id(number),
        project: id(1),
        network: id(1),
        vip: None,
        settings: settings(&format!("lb{number}")),
        pools: vec![NewPool {
            id: id(number),
            settings: PoolSettings::new(name("default"), Method::RoundRobin),
            members: (0..members).map(member).collect(),
        }],
        listeners: vec![NewListener {
            id: id(number),
            settings: ListenerSettings::new(name("http"), Protocol::Http, port),
            rules: Vec::new(),
        }],
    })
}

fn settings(called: &str) -> LoadBalancerSettings {
    LoadBalancerSettings {
        name: name(called),
        description: Description::default(),
        tags: Tags::default(),
        kind: Kind::Mixed,
        enabled: true,
        deletion_protection: false,
    }
}

/// A Ledger with a link on a socket of its own.
pub(super) struct Place {
    pub(super) ledger: Ledger,
    pub(super) link: Link,
    directory: tempfile::TempDir,
}

impl Place {
    /// With this many load balancers of two members.
    pub(super) async fn with(balancers: u128) -> Self {
        Self::with_members(balancers, 2).await
    }

    pub(super) async fn with_members(balancers: u128, members: u128) -> Self {
        let ledger = Ledger::open(&Storage::Memory).unwrap();
        let project = Edit::CreateProject(NewProject::new(id(1), name("demo")));
        let network = Edit::CreateNetwork(NewNetwork {
            id: id(1),
            project: None,
            region: name("local"),
            addresses: Addresses::Vpc { cidr: "127.77.0.0/16".parse().unwrap() },
            settings: NetworkSettings {
                name: name("default"),
                description: Description::default(),
            },
        });
        ledger.commit(move |_| Ok(change(vec![project, network]))).await.unwrap();
        let edits: Vec<Edit> = (1..=balancers).map(|number| create(number, members)).collect();
        for part in edits.chunks(50) {
            let part = part.to_vec();
            ledger.commit(move |_| Ok(change(part))).await.unwrap();
        }
        let directory = tempfile::tempdir().unwrap();
        let link = Link::start(&ledger, &directory.path().join("link.sock")).unwrap();
        Self { ledger, link, directory }
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.directory.path().join("link.sock")
    }

    /// A proxy that runs nothing, greeted and up to date.
    pub(super) async fn proxy(&self, number: u128) -> Proxy {
        let mut proxy = Proxy::new(number);
        proxy.connect(self).await;
        proxy.catch_up(self).await;
        proxy
    }

    async fn edit(&self, edit: Edit) -> Revision {
        self.ledger.commit(move |_| Ok(change(vec![edit]))).await.unwrap();
        self.ledger.world().revision()
    }

    pub(super) async fn create(&self, number: u128) -> Revision {
        self.edit(create(number, 2)).await
    }

    pub(super) async fn rename(&self, number: u128, to: &str) -> Revision {
        self.edit(Edit::EditLoadBalancer { id: id(number), settings: settings(to) }).await
    }

    pub(super) async fn delete(&self, number: u128) -> Revision {
        self.edit(Edit::DeleteLoadBalancer { id: id(number) }).await
    }

    pub(super) async fn delete_member(&self, number: u128) -> Revision {
        self.edit(Edit::DeleteMember { id: id(number) }).await
    }

    /// Lets all tasks go on until `holds`.
    pub(super) async fn until(&self, what: &str, holds: impl Fn(&Ledger) -> bool) {
        let start = Instant::now();
        while !holds(&self.ledger) {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "{what} did not come: {:?}",
                self.ledger.observed()
            );
            tokio::task::yield_now().await;
        }
    }
}

/// The other end: keeps what it is told, as a proxy does.
pub(super) struct Proxy {
    number: u128,
    stream: Option<UnixStream>,
    pub(super) entries: BTreeMap<LoadBalancerId, TableEntry>,
    pub(super) revision: Revision,
    buffer: Vec<u8>,
}

impl Proxy {
    pub(super) fn new(number: u128) -> Self {
        Self {
            number,
            stream: None,
            entries: BTreeMap::new(),
            revision: Revision(0),
            buffer: Vec::new(),
        }
    }

    /// Connects and says hello.
    pub(super) async fn connect(&mut self, place: &Place) {
        self.dial(place).await;
        let (revision, digest) = (self.revision, self.digest());
        self.hello(VERSION, revision, digest).await;
    }

    /// Connects and says nothing.
    pub(super) async fn dial(&mut self, place: &Place) {
        self.stream = Some(UnixStream::connect(place.socket()).await.unwrap());
    }

    pub(super) async fn hello(&mut self, version: u32, revision: Revision, digest: Digest) {
        let (proxy, program) = (id(self.number), "0.1.0".to_owned());
        self.say(Up::Hello { version, proxy, program, pid: 1, revision, digest }).await;
    }

    pub(super) fn disconnect(&mut self) {
        self.stream = None;
    }

    pub(super) fn digest(&self) -> Digest {
        let mut digest = Digest::default();
        self.entries.values().for_each(|entry| digest.toggle(entry.id, entry.revision));
        digest
    }

    fn stream(&mut self) -> &mut UnixStream {
        self.stream.as_mut().expect("it is connected")
    }

    pub(super) async fn say(&mut self, message: Up) {
        frame::write(self.stream(), &message).await.unwrap();
    }

    pub(super) async fn say_bytes(&mut self, bytes: &[u8]) {
        self.stream().write_all(bytes).await.unwrap();
    }

    pub(super) async fn acknowledge(&mut self) {
        self.fail(&[]).await;
    }

    /// Acknowledges, but for these.
    pub(super) async fn fail(&mut self, failed: &[(u128, &str)]) {
        let failed =
            failed.iter().map(|(number, reason)| (id(*number), (*reason).to_owned())).collect();
        let revision = self.revision;
        self.say(Up::Ack { revision, failed }).await;
    }

    /// The next message; none if control closed the connection.
    pub(super) async fn hear(&mut self) -> Option<Down> {
        let stream = self.stream.as_mut().expect("it is connected");
        frame::read(stream, &mut self.buffer).await.unwrap_or(None)
    }

    /// The next set, with all its parts, taken in; its digest is checked.
    pub(super) async fn take(&mut self) -> Tables {
        let mut whole: Option<Tables> = None;
        loop {
            let Some(Down::Tables(part)) = self.hear().await else { panic!("no tables") };
            let more = part.more;
            match &mut whole {
                None => whole = Some(part),
                Some(whole) => {
                    whole.changed.extend(part.changed);
                    whole.removed.extend(part.removed);
                }
            }
            if !more {
                break;
            }
        }
        let tables = whole.unwrap();
        if tables.full {
            self.entries.clear();
        }
        for entry in &tables.changed {
            self.entries.insert(entry.id, entry.clone());
        }
        for gone in &tables.removed {
            self.entries.remove(gone);
        }
        self.revision = tables.revision;
        assert_eq!(self.digest(), tables.digest, "after {} entries", tables.changed.len());
        tables
    }

    /// Takes and acknowledges until it is at the newest revision.
    pub(super) async fn catch_up(&mut self, place: &Place) {
        loop {
            self.take().await;
            self.acknowledge().await;
            if self.revision == place.ledger.world().revision() {
                return;
            }
        }
    }
}

/// The numbers of load balancers.
pub(super) fn numbers(tables: &Tables) -> Vec<u128> {
    use elbow_model::value::Id;
    tables.changed.iter().map(|entry| entry.id.uuid().as_u128()).collect()
}
