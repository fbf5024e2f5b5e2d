//! A hook that is a web service. Its name is resolved once per question, every address that comes out is checked, and
//! the connection goes to a checked one: a name that answers differently the next moment gains nothing.

use std::net::{IpAddr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

use elbow_model::member::TargetAddress;
use elbow_model::value::{HttpUrl, UrlScheme};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use tokio::net::TcpStream;

use super::{HookConfig, Permission, wire};
use crate::driver::DriverTrouble;
use crate::driver::http::{Answer, exchange};
use crate::driver::trouble::foreign;
use crate::signature;

/// The most addresses of a name that are looked at.
const MAX_ADDRESSES: usize = 16;

/// Posts a document, signed.
pub(super) async fn ask(
    url: &HttpUrl,
    config: &HookConfig,
    body: Bytes,
    most: usize,
) -> Result<Bytes, DriverTrouble> {
    let address = resolve(url, config.loopback).await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let request = Request::post(url.path().as_str())
        .header(HOST, url.authority())
        .header(USER_AGENT, "elbow")
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/json")
        .header(signature::HEADER, config.key.sign(now, &body))
        .body(Full::new(body))
        .map_err(DriverTrouble::while_doing("asking the hook"))?;
    let failed = || format!("the hook at {address}");
    let stream = TcpStream::connect(address).await.map_err(DriverTrouble::while_doing(failed()))?;
    let answer = match url.scheme() {
        UrlScheme::Http => exchange(stream, request, most).await,
        UrlScheme::Https => {
            let stream = config.trust.connect(stream, url.host(), address.ip()).await;
            let stream = stream.map_err(DriverTrouble::while_doing(failed()))?;
            exchange(stream, request, most).await
        }
    };
    judge(answer.map_err(DriverTrouble::while_doing(failed()))?)
}

/// An address to connect to. One that is refused refuses them all: a name that has such an address is no service's.
async fn resolve(url: &HttpUrl, loopback: Permission) -> Result<SocketAddr, DriverTrouble> {
    let (host, port) = (url.host().as_str(), url.port());
    let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => tokio::net::lookup_host((host, port))
            .await
            .map_err(DriverTrouble::while_doing(format!("the hook's name {host}")))?
            .take(MAX_ADDRESSES)
            .collect(),
    };
    for address in &found {
        admit(address.ip(), loopback)?;
    }
    let first = found.first().copied();
    first.ok_or_else(|| DriverTrouble::transient(format!("the hook's name {host} has no address")))
}

fn admit(address: IpAddr, loopback: Permission) -> Result<(), DriverTrouble> {
    let refused = |why: String| DriverTrouble::permanent(format!("the hook's {why}"));
    let target = TargetAddress::new(address).map_err(|invalid| refused(invalid.0))?;
    if target.get().is_loopback() && loopback == Permission::Refused {
        return Err(refused(format!(
            "address {address} is this machine's own; name a service elsewhere"
        )));
    }
    Ok(())
}

/// What an answer's status means.
fn judge(answer: Answer) -> Result<Bytes, DriverTrouble> {
    let status = answer.status;
    if status.is_success() {
        return Ok(answer.body);
    }
    if let Some(trouble) = wire::trouble(&answer.body) {
        return Err(trouble);
    }
    let words = foreign(&String::from_utf8_lossy(&answer.body));
    let reason = format!("the hook answers {status}: {words}");
    let may_pass = status.is_server_error()
        || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS, StatusCode::CONFLICT]
            .contains(&status);
    Err(if may_pass {
        DriverTrouble::Transient { reason }
    } else if status.is_redirection() {
        DriverTrouble::Permanent { reason: format!("{reason}; redirects are not followed") }
    } else {
        DriverTrouble::Permanent { reason }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_that_no_service_has_are_refused() {
        for address in [
            "169.254.169.254",
            "fd00:ec2::254",
            "fe80::1",
            "::ffff:169.254.1.1",
            "0.0.0.0",
            "224.0.0.1",
        ] {
            let trouble = admit(address.parse().unwrap(), Permission::Allowed).unwrap_err();
            assert!(matches!(trouble, DriverTrouble::Permanent { .. }), "{address}: {trouble}");
        }
        for address in ["127.0.0.1", "127.99.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(admit(address.parse().unwrap(), Permission::Refused).is_err(), "{address}");
            assert!(admit(address.parse().unwrap(), Permission::Allowed).is_ok(), "{address}");
        }
        // A name is judged by what it leads to.
        let url = "http://localhost/".parse().unwrap();
        assert!(resolve(&url, Permission::Refused).await.is_err());
        assert!(resolve(&url, Permission::Allowed).await.is_ok());
    }
}
