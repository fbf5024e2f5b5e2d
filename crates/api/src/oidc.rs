//! Logging in at an OpenID Connect provider: the authorization code flow with PKCE (OpenID Connect Core §3.1, RFC 7636).
//!
//! ```text
//!   /v1/oidc/start --302--> provider --302--> /v1/oidc/callback --code--> provider --ID token--> vault::oidc::check
//!                  cookie: Attempt            cookie = state?                                      --> user --> session
//! ```
//!
//! Nothing is remembered here between the two requests: what binds them is in a cookie of the browser. The provider is asked
//! through [`Fetch`], which only the program itself carries out.

mod people;
mod provider;

use std::sync::Arc;

use axum::http::StatusCode;
use elbow_model::change::Source;
use elbow_model::user::ProjectRole;
use elbow_vault::oidc::{Attempt, Expected, IdToken, TokenUntrusted, check};
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use self::provider::Provider;
use crate::login::{self, Opened};
use crate::problem::Problem;
use crate::state::ApiState;

/// Logins at the provider that are finished at once; each asks the provider and waits for it.
const MAX_AT_ONCE: usize = 16;

/// Asks the provider; only the program itself speaks to other machines.
pub trait Fetch: Send + Sync {
    /// The body of a GET that was answered 200.
    fn get<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Vec<u8>, String>>;
    /// The body of a POST of a form that was answered 200; with `Authorization: Basic` if there is one.
    fn post<'a>(
        &'a self,
        url: &'a str,
        form: String,
        basic: Option<Zeroizing<String>>,
    ) -> BoxFuture<'a, Result<Vec<u8>, String>>;
}

/// What the operator says of the provider. Has no `Debug`: it holds a secret.
pub struct OidcSettings {
    /// The provider, exactly as its tokens name it.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// How we prove it; none for public clients.
    pub client_secret: Option<Zeroizing<String>>,
    /// What is asked for, `openid` among it.
    pub scopes: String,
    /// Where browsers find us, such as `https://elbow.example`, without a slash at the end.
    pub public_url: String,
    /// The claim that names new users.
    pub name_claim: String,
    /// The claim that lists groups.
    pub groups_claim: String,
    /// What members of groups are where.
    pub roles: Vec<GroupRole>,
    /// What becomes of somebody who is not linked to a user.
    pub strangers: Strangers,
}

/// What members of a group are in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRole {
    /// The group; `*` for everybody.
    pub group: String,
    /// The project's name.
    pub project: String,
    /// Their role there.
    pub role: ProjectRole,
}

/// What becomes of somebody who logged in at the provider and is not linked to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strangers {
    /// He is refused.
    Refuse,
    /// A user is created for him, if his groups give him a role somewhere.
    Create,
}

/// Login at a provider.
pub struct Oidc {
    settings: OidcSettings,
    provider: Provider,
    finishing: Semaphore,
}

impl Oidc {
    /// At this provider, which is asked when the first one logs in.
    pub fn new(settings: OidcSettings, fetch: Arc<dyn Fetch>) -> Self {
        let provider = Provider::new(settings.issuer.clone(), fetch);
        Self { settings, provider, finishing: Semaphore::new(MAX_AT_ONCE) }
    }

    /// The provider.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Where the browser goes, and what it keeps meanwhile.
    pub(crate) async fn start(&self, state: &ApiState) -> Result<(String, Attempt), Problem> {
        let now = state.surroundings.now();
        let endpoints = self.provider.endpoints(now).await.map_err(|reason| failed(&reason))?;
        let attempt = Attempt::new().map_err(|reason| failed(&reason.to_string()))?;
        let query = form(&[
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &self.redirect_uri()),
            ("scope", &self.settings.scopes),
            ("state", &attempt.state),
            ("nonce", &attempt.nonce),
            ("code_challenge", &attempt.challenge()),
            ("code_challenge_method", "S256"),
        ]);
        let mark = if endpoints.authorization.contains('?') { '&' } else { '?' };
        Ok((format!("{}{mark}{query}", endpoints.authorization), attempt))
    }

    /// Opens a session for whoever comes back with this code.
    pub(crate) async fn finish(
        &self,
        state: &ApiState,
        attempt: &Attempt,
        code: &str,
        source: Source,
    ) -> Result<Opened, Problem> {
        let Ok(_permit) = self.finishing.try_acquire() else {
            let detail = "too many logins at once; try again";
            return Err(
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "THROTTLED", detail).retry_after(1)
            );
        };
        let token = self.exchange(state, attempt, code).await.map_err(|reason| failed(&reason))?;
        let token = self.believe(state, attempt, &token).await?;
        let user = people::user_of(state, &self.settings, &token).await?;
        let world = state.ledger.world();
        let user = world.user(user).ok_or_else(|| people::refused("the user is gone"))?;
        let opened = login::open_for(state, &world, user, None, source)?;
        login::note_opened(state, &opened).await;
        Ok(opened)
    }

    /// The ID token for a code.
    async fn exchange(
        &self,
        state: &ApiState,
        attempt: &Attempt,
        code: &str,
    ) -> Result<Zeroizing<String>, String> {
        let endpoints = self.provider.endpoints(state.surroundings.now()).await?;
        let OidcSettings { client_id, client_secret, .. } = &self.settings;
        let redirect_uri = self.redirect_uri();
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri.as_str()),
            ("code_verifier", attempt.verifier.as_str()),
        ];
        // RFC 6749 §2.3.1: with a secret we prove who we are, without one we only say so.
        let basic = client_secret
            .as_ref()
            .map(|secret| Zeroizing::new(format!("{}:{}", escape(client_id), escape(secret))));
        if basic.is_none() {
            fields.push(("client_id", client_id));
        }
        self.provider.exchange(&endpoints.token, form(&fields), basic).await
    }

    async fn believe(
        &self,
        state: &ApiState,
        attempt: &Attempt,
        token: &str,
    ) -> Result<IdToken, Problem> {
        let OidcSettings { issuer, client_id, .. } = &self.settings;
        let expected = Expected { issuer, client_id, nonce: &attempt.nonce };
        let now = state.surroundings.now();
        let keys = self.provider.keys(now).await.map_err(|reason| failed(&reason))?;
        let first = check(token, &keys, expected, now);
        // The provider may have new keys since they were read.
        let checked = match first {
            Err(TokenUntrusted::UnknownKey | TokenUntrusted::Signature) => {
                let newer =
                    self.provider.newer_keys(now).await.map_err(|reason| failed(&reason))?;
                check(token, &newer, expected, now)
            }
            first => first,
        };
        checked.map_err(|reason| {
            tracing::warn!(%reason, issuer, "an ID token is not believed");
            let detail = "what the login provider said of you cannot be believed; see Elbow's log";
            Problem::unauthenticated("OIDC_TOKEN_UNTRUSTED", detail)
        })
    }

    fn redirect_uri(&self) -> String {
        format!("{}/v1/oidc/callback", self.settings.public_url)
    }
}

fn failed(reason: &str) -> Problem {
    tracing::warn!(%reason, "a login at the provider failed");
    let detail =
        "the login provider could not be asked, or refused; try again, Elbow's log says more";
    Problem::new(StatusCode::BAD_GATEWAY, "OIDC_PROVIDER_FAILED", detail)
}

/// `application/x-www-form-urlencoded`.
fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
    pairs.join("&")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
