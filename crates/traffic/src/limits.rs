//! Named defaults of everything that a peer could make grow or last. It must hold numbers only:
//! whoever enforces a limit reads it here, and a listener's settings may lower or raise it.

use std::time::Duration;

/// Bytes of one message head, start line and fields together.
pub const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Fields of one message head.
pub const MAX_FIELDS: usize = 100;
/// Bytes of a request target.
pub const MAX_TARGET_BYTES: usize = 16 * 1024;
/// Bytes of a method name; the longest registered one has 17.
pub const MAX_METHOD_BYTES: usize = 32;
/// Bytes of a request id that is taken over from a trusted peer.
pub const MAX_REQUEST_ID_BYTES: usize = 128;
/// Empty lines that may precede a request line (RFC 9112 §2.2 asks for at least one).
pub const MAX_EMPTY_LINES: usize = 4;
/// Bytes of all chunk extensions of one body together; they are dropped.
pub const MAX_CHUNK_EXTENSION_BYTES: u32 = 4 * 1024;
/// Bytes of a trailer section.
pub const MAX_TRAILER_BYTES: usize = 8 * 1024;
/// Interim (1xx) responses that one request may get.
pub const MAX_INTERIM_RESPONSES: u8 = 8;
/// How often a request may have passed this process before it is a loop (`Via`).
pub const MAX_VIA_PASSES: usize = 8;

/// From the first byte of a head to its last.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two requests of one client connection.
pub const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(60);
/// Without a byte of a body, either way.
pub const BODY_IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// After so long, a request body must have kept [`MIN_BODY_RATE`].
pub const BODY_RATE_GRACE: Duration = Duration::from_secs(10);
/// Bytes a second that a request body must carry on average.
pub const MIN_BODY_RATE: u64 = 500;
/// Without a byte in either direction of an upgraded connection or of a TCP relay.
pub const TUNNEL_IDLE_TIMEOUT: Duration = Duration::from_secs(600);
/// From the request's last byte to the response's first.
pub const RESPONSE_TIMEOUT: Duration = Duration::from_secs(60);
/// For a connection to a member.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// For a peer to take bytes that wait for it.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection that is being closed still reads, so that the peer gets our last bytes
/// rather than a reset (RFC 9112 §9.6).
pub const LINGER_TIMEOUT: Duration = Duration::from_secs(2);
/// How long an unused connection to a member is kept.
pub const UPSTREAM_IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// A request that must not be sent twice never goes out on a connection idle for longer.
pub const UNSAFE_REUSE_WINDOW: Duration = Duration::from_secs(1);
/// From the first byte of a TLS handshake to its end; for its first message, where it passes
/// through.
pub const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// For a PROXY protocol header that a listener demands.
pub const PROXY_HEADER_TIMEOUT: Duration = Duration::from_secs(5);

/// Idle connections kept per member and worker.
pub const MAX_IDLE_UPSTREAM: usize = 1024;
/// Bytes that a whole request may have to be kept for a second try.
pub const MAX_REPLAY_BYTES: usize = 64 * 1024;
/// Members tried for one request, the first included.
pub const MAX_ATTEMPTS: u8 = 3;
/// A direction of a byte stream changes to `splice` once so much came at once.
pub const SPLICE_FROM: usize = 32 * 1024;
/// It changes back once less came at once, [`SPLICE_UNTIL_COUNT`] times in a row.
pub const SPLICE_UNTIL: usize = 8 * 1024;
/// See [`SPLICE_UNTIL`].
pub const SPLICE_UNTIL_COUNT: u8 = 4;

/// Streams that one HTTP/2 client may have open at once.
pub const HTTP2_MAX_STREAMS: u32 = 100;
/// Bytes of one header list, as RFC 9113 §6.5.2 counts them.
pub const HTTP2_MAX_HEADER_LIST_BYTES: u32 = 64 * 1024;
/// Bytes of one header block as it is sent.
pub const HTTP2_MAX_BLOCK_BYTES: u32 = 64 * 1024;
/// CONTINUATION frames of one header block.
pub const HTTP2_MAX_CONTINUATIONS: u8 = 16;
/// Bytes of the HPACK table that a peer may fill.
pub const HTTP2_HEADER_TABLE_BYTES: u32 = 4 * 1024;
/// Bytes of a body that one stream may send ahead of being read.
pub const HTTP2_STREAM_WINDOW: u32 = 64 * 1024;
/// The same for all streams of a connection together.
pub const HTTP2_CONNECTION_WINDOW: u32 = 1024 * 1024;
/// Bytes of one stream that wait to be sent.
pub const HTTP2_MAX_SEND_BYTES: usize = 64 * 1024;
/// Streams that may be reset, by either side, beyond those that were finished ...
pub const HTTP2_RESETS: u32 = 200;
/// ... and how often there is one more: as many again in 30 s.
pub const HTTP2_RESETS_EVERY: Duration = Duration::from_millis(150);
/// A client that ends its side so soon after its request still waits for the answer, as far as can be told; one that does
/// so later, while no member has the request yet, has gone away.
pub const HALF_CLOSE_GRACE: Duration = Duration::from_secs(1);
