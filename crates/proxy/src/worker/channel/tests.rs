//! A channel over TLS on both sides of one connection, over real sockets.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::UnbufferedClientConnection;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::server::UnbufferedServerConnection;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

/// One end of a connection, as a worker keeps it.
struct Peer {
    channel: Channel,
    edges: Edges,
    output: Output,
    pool: BufferPool,
    scratch: Vec<u8>,
}

impl Peer {
    fn new(stream: TcpStream, session: Session) -> Self {
        stream.set_nonblocking(true).unwrap();
        stream.set_nodelay(true).unwrap();
        let channel = Channel::Tls(Box::new(Tls::new(stream.into(), session)));
        let (edges, output) = (Edges::NEW, Output::default());
        let scratch = vec![0; 256 * 1024];
        Self { channel, edges, output, pool: BufferPool::default(), scratch }
    }

    fn tls(&mut self) -> &mut Tls {
        match &mut self.channel {
            Channel::Tls(tls) => tls,
            Channel::Plain(_) | Channel::Stream(_) => panic!("not over TLS"),
        }
    }

    fn shake_hands(&mut self, input: &mut Vec<u8>) -> Result<Handshake, rustls::Error> {
        let Self { channel, edges, output, pool, scratch } = self;
        let Channel::Tls(tls) = channel else { panic!("not over TLS") };
        edges.readable = true;
        tls.shake_hands(edges, output, input, (scratch, pool))
    }

    fn send(&mut self, bytes: &[u8]) {
        let Self { channel, edges, output, pool, .. } = self;
        channel.transmit(edges, output, pool, (&mut Vec::new(), bytes, &[])).unwrap();
    }

    fn flush(&mut self) -> bool {
        self.edges.writable = true;
        let Self { channel, edges, output, pool, .. } = self;
        channel.flush(edges, output, pool).unwrap()
    }

    fn receive(&mut self) -> io::Result<Io> {
        self.edges.readable = true;
        let Self { channel, edges, output, pool, scratch } = self;
        channel.receive(edges, output, scratch, pool)
    }

    fn receive_some(&mut self) -> io::Result<Vec<u8>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < deadline, "nothing came");
            match self.receive()? {
                Io::Bytes(count) => return Ok(self.scratch[..count].to_vec()),
                Io::Blocked => std::thread::yield_now(),
            }
        }
    }

    fn end(&mut self) {
        let Self { channel, edges, output, pool, .. } = self;
        channel.end(edges, output, pool);
    }
}

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

fn sessions(version: &'static SupportedProtocolVersion) -> (Session, Session) {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let made = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("a.example").unwrap();
    let client = UnbufferedClientConnection::new(Arc::new(client), name).unwrap();
    let server = UnbufferedServerConnection::new(Arc::new(server)).unwrap();
    (Session::Client(client), Session::Server(server))
}

/// A client and a server after their handshake.
fn connected(version: &'static SupportedProtocolVersion) -> (Peer, Peer) {
    let (near, far) = pair();
    let (client, server) = sessions(version);
    let (mut client, mut server) = (Peer::new(near, client), Peer::new(far, server));
    let mut input = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    let (mut has_client, mut has_server) = (false, false);
    while !(has_client && has_server) {
        assert!(Instant::now() < deadline, "no handshake");
        has_client = has_client || client.shake_hands(&mut input).unwrap() == Handshake::Done;
        has_server = has_server || server.shake_hands(&mut input).unwrap() == Handshake::Done;
    }
    assert!(input.is_empty());
    (client, server)
}

#[test]
fn clear_bytes_arrive_as_they_were_sent_both_ways() {
    for version in [&TLS12, &TLS13] {
        let (mut client, mut server) = connected(version);
        client.send(b"a question");
        assert_eq!(server.receive_some().unwrap(), b"a question");
        server.send(b"an answer");
        assert_eq!(client.receive_some().unwrap(), b"an answer");
        assert!(server.tls().held.is_empty() && server.output.is_empty());
    }
}

#[test]
fn what_the_peer_does_not_take_waits_and_stays_in_order() {
    for version in [&TLS12, &TLS13] {
        let (mut client, mut server) = connected(version);
        let sent: Vec<u8> = (0..6_000_000_u32).map(|at| (at / 7) as u8).collect();
        for piece in sent.chunks(200_000) {
            let (out, tail) = piece.split_at(1_000);
            let mut out = out.to_vec();
            let (data, tail) = tail.split_at(tail.len() - 10);
            let Peer { channel, edges, output, pool, .. } = &mut server;
            channel.transmit(edges, output, pool, (&mut out, data, tail)).unwrap();
        }
        assert!(!server.output.is_empty(), "more than a socket takes");
        let mut received = Vec::new();
        while received.len() < sent.len() {
            server.flush();
            received.extend(client.receive_some().unwrap());
        }
        assert!(received == sent, "not what was sent");
    }
}

#[test]
fn records_that_come_byte_by_byte_are_understood() {
    let (near, far) = pair();
    let (client, server) = sessions(&TLS13);
    let (front, mut back) = pair();
    let mut client = Peer::new(near, client);
    let mut server = Peer::new(front, server);
    let mut input = Vec::new();
    assert_eq!(client.shake_hands(&mut input).unwrap(), Handshake::Waits);
    let mut hello = [0; 8192];
    let count = io::Read::read(&mut &far, &mut hello).unwrap();
    back.set_nodelay(true).unwrap();
    let deadline = Instant::now() + PATIENCE;
    for byte in &hello[..count] {
        back.write_all(&[*byte]).unwrap();
        let before = server.tls().held.len();
        while server.tls().held.len() == before
            && server.tls().session().protocol_version().is_none()
        {
            assert!(Instant::now() < deadline, "a byte was lost");
            assert_eq!(server.shake_hands(&mut input).unwrap(), Handshake::Waits);
        }
    }
    assert!(server.tls().session().protocol_version().is_some(), "the hello was not understood");
}

#[test]
fn an_orderly_end_is_told_from_a_cut() {
    for version in [&TLS12, &TLS13] {
        let (mut client, mut server) = connected(version);
        client.send(b"all of it");
        client.end();
        assert_eq!(server.receive_some().unwrap(), b"all of it");
        assert_eq!(server.receive_some().unwrap(), b"");
        assert_eq!(server.receive_some().unwrap(), b"", "it stays ended");
        server.send(b"still open");
        assert_eq!(client.receive_some().unwrap(), b"still open");
        let (mut client, mut server) = connected(version);
        client.send(b"some of it");
        socket::shutdown_write(&client.tls().socket);
        assert_eq!(server.receive_some().unwrap(), b"some of it");
        let cut = server.receive_some().unwrap_err();
        assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof, "{cut}");
    }
}

#[test]
fn nothing_can_be_sent_after_the_end() {
    let (_client, mut server) = connected(&TLS13);
    server.end();
    let Peer { channel, edges, output, pool, .. } = &mut server;
    assert!(channel.transmit(edges, output, pool, (&mut Vec::new(), b"more", &[])).is_err());
}

#[test]
fn forged_records_break_the_connection_with_an_alert() {
    for version in [&TLS12, &TLS13] {
        let (mut client, mut server) = connected(version);
        let forged = [&[23, 3, 3, 0, 40][..], &[7; 40]].concat();
        let Channel::Tls(tls) = &client.channel else { panic!("not over TLS") };
        send(tls.socket.as_fd(), &forged).unwrap();
        assert!(server.receive_some().is_err());
        let told = client.receive_some().unwrap_err().to_string();
        assert!(told.contains("BadRecordMac"), "{told}");
    }
}
