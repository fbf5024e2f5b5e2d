//! Login at an OpenID Connect provider: its settings, and how the provider is asked. Nothing is followed, nothing repeated;
//! time and bytes are bounded.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use elbow_api::oidc::{Fetch, Oidc, OidcSettings, Strangers};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::args::OidcArguments;
use crate::failure::Failure;
use crate::input::read_text;
use crate::trust::Trust;

/// How long the provider may take for one answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// Bytes of its longest answer.
const MAX_BYTES: usize = 256 * 1_024;

/// Login at the provider that the arguments name, if they do. `own_url` is where the service listens.
pub(super) fn open(arguments: &OidcArguments, own_url: &str) -> Result<Option<Arc<Oidc>>, Failure> {
    let (Some(issuer), Some(client_id)) = (&arguments.oidc_issuer, &arguments.oidc_client_id)
    else {
        return Ok(None);
    };
    let place = Place::of(issuer).ok_or_else(|| wrong("--oidc-issuer", issuer))?;
    if !place.is_secure && !place.is_local() {
        let what = format!(
            "--oidc-issuer {issuer} is not https: anybody on the way could log in as anybody"
        );
        return Err(Failure::Usage(what));
    }
    let client_secret = match &arguments.oidc_client_secret_file {
        None => None,
        Some(path) => {
            let text = Zeroizing::new(read_text(path)?);
            Some(Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned()))
        }
    };
    let public_url = arguments.public_url.as_deref().unwrap_or(own_url).trim_end_matches('/');
    if Place::of(public_url).is_none() {
        return Err(wrong("--public-url", public_url));
    }
    if !arguments.oidc_scopes.split(' ').any(|scope| scope == "openid") {
        return Err(Failure::Usage("--oidc-scopes must have `openid` among them".to_owned()));
    }
    let strangers =
        if arguments.oidc_role.is_empty() { Strangers::Refuse } else { Strangers::Create };
    let settings = OidcSettings {
        issuer: issuer.clone(),
        client_id: client_id.clone(),
        client_secret,
        scopes: arguments.oidc_scopes.clone(),
        public_url: public_url.to_owned(),
        name_claim: arguments.oidc_name_claim.clone(),
        groups_claim: arguments.oidc_groups_claim.clone(),
        roles: arguments.oidc_role.clone(),
        strangers,
    };
    let trust = Trust::new(arguments.oidc_ca_file.as_deref())?;
    Ok(Some(Arc::new(Oidc::new(settings, Arc::new(Web { trust })))))
}

fn wrong(option: &str, url: &str) -> Failure {
    Failure::Usage(format!("{option}: `{url}` is not an address such as https://login.example"))
}

/// Asks over HTTP and HTTPS.
struct Web {
    trust: Trust,
}

impl Fetch for Web {
    fn get<'a>(
        &'a self,
        url: &'a str,
    ) -> futures_util::future::BoxFuture<'a, Result<Vec<u8>, String>> {
        Box::pin(self.ask(url, None, None))
    }

    fn post<'a>(
        &'a self,
        url: &'a str,
        form: String,
        basic: Option<Zeroizing<String>>,
    ) -> futures_util::future::BoxFuture<'a, Result<Vec<u8>, String>> {
        Box::pin(self.ask(url, Some(form), basic))
    }
}

impl Web {
    async fn ask(
        &self,
        url: &str,
        form: Option<String>,
        basic: Option<Zeroizing<String>>,
    ) -> Result<Vec<u8>, String> {
        let place =
            Place::of(url).ok_or_else(|| format!("`{}` is no address", url.escape_debug()))?;
        let method = if form.is_some() { Method::POST } else { Method::GET };
        let mut request = Request::builder()
            .method(method)
            .uri(&place.path)
            .header(header::HOST, &place.authority)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("elbow/", env!("CARGO_PKG_VERSION")));
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(basic) = basic {
            let value = format!("Basic {}", Base64::encode_string(basic.as_bytes()));
            request = request.header(header::AUTHORIZATION, value);
        }
        let body = Full::new(Bytes::from(form.unwrap_or_default()));
        let request = request.body(body).map_err(|error| format!("{url}: {error}"))?;
        let asked = async {
            let stream = TcpStream::connect((place.host.as_str(), place.port)).await;
            let stream = stream.map_err(|error| error.to_string())?;
            if place.is_secure {
                let stream = self.trust.connect(stream, &place.host).await;
                exchange(stream.map_err(|error| error.to_string())?, request).await
            } else {
                exchange(stream, request).await
            }
        };
        match timeout(DEADLINE, asked).await {
            Ok(answer) => answer.map_err(|reason| format!("{url}: {reason}")),
            Err(_) => Err(format!("{url}: no answer within {} s", DEADLINE.as_secs())),
        }
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Vec<u8>, String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let words = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(words)?;
    let mut answer = pin!(async move {
        let response = sender.send_request(request).await.map_err(words)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), MAX_BYTES).collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes();
        match status {
            StatusCode::OK => Ok(body.to_vec()),
            _ => {
                let said: String = String::from_utf8_lossy(&body).chars().take(200).collect();
                Err(format!("it answered {status}: {}", said.escape_debug()))
            }
        }
    });
    let mut connection = pin!(connection);
    tokio::select! {
        answer = &mut answer => return answer,
        // It is over; what was received is still to be taken.
        _ = &mut connection => {}
    }
    answer.await
}

/// An address of the provider, taken apart.
struct Place {
    is_secure: bool,
    authority: String,
    host: String,
    port: u16,
    path: String,
}

impl Place {
    fn of(url: &str) -> Option<Self> {
        let uri: hyper::Uri = url.parse().ok()?;
        let is_secure = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let port = authority.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Some(Self { is_secure, authority: authority.to_string(), host, port, path })
    }

    /// Whether it is on this machine, where nobody is on the way.
    fn is_local(&self) -> bool {
        let is_loopback = self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        is_loopback || self.host == "localhost"
    }
}
