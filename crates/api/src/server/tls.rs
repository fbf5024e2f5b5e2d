//! HTTPS for the API itself: the handshake with its deadline, and a word to those who speak HTTP on that port. Which
//! certificate is shown is the configuration's business.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use rustls::ServerConfig;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a handshake may take, from the first byte on.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The first byte of TLS: a record of type handshake (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;

/// What a client gets who speaks HTTP.
const SPEAK_HTTPS: &str = "HTTP/1.1 400 Bad Request\r\n\
    content-type: application/problem+json\r\n\
    content-length: 161\r\n\
    connection: close\r\n\r\n\
    {\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"code\":\"HTTPS_NEEDED\",\
    \"detail\":\"this port speaks HTTPS; write https:// instead of http://\",\"errors\":[]}\n";

/// Marks requests that came by HTTPS.
#[derive(Debug, Clone)]
pub struct Secure {
    /// What `Strict-Transport-Security` says, if anything (RFC 6797 §6.1).
    pub(super) hsts: Option<HeaderValue>,
}

/// How TLS is spoken; clones are the same.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    secure: Secure,
}

impl Tls {
    /// By this configuration. With `hsts`, browsers are told to come by HTTPS alone for so long: they obey even when the
    /// operator changed his mind.
    pub fn new(config: Arc<ServerConfig>, hsts: Option<Duration>) -> Self {
        let hsts = hsts.map(|age| {
            HeaderValue::from_str(&format!("max-age={}", age.as_secs()))
                .expect("digits are visible")
        });
        Self { acceptor: TlsAcceptor::from(config), secure: Secure { hsts } }
    }

    pub(super) fn secure(&self) -> Secure {
        self.secure.clone()
    }

    /// The connection after its handshake; none if it came to none, of which nobody needs to hear.
    pub(super) async fn accept(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        match timeout(HANDSHAKE_TIMEOUT, self.handshake(stream)).await {
            Ok(done) => done,
            Err(_) => {
                tracing::debug!("a handshake took too long");
                None
            }
        }
    }

    async fn handshake(&self, mut stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1) if first == [HANDSHAKE] => {}
            // Letters: a method of HTTP.
            Ok(1) if first[0].is_ascii_uppercase() => {
                if stream.write_all(SPEAK_HTTPS.as_bytes()).await.is_ok() {
                    super::linger(stream).await;
                }
                return None;
            }
            Ok(_) | Err(_) => return None,
        }
        match self.acceptor.accept(stream).await {
            Ok(stream) => Some(stream),
            Err(reason) => {
                tracing::debug!(%reason, "a handshake failed");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_in_clear_is_as_long_as_it_says() {
        let (head, body) = SPEAK_HTTPS.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
        serde_json::from_str::<serde_json::Value>(body).unwrap();
    }
}
