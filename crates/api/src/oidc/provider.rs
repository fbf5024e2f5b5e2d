//! What is known of the provider: its endpoints and its keys, read when they are needed and again when they are old.

use std::sync::Arc;
use std::time::Duration;

use elbow_model::value::Timestamp;
use elbow_vault::oidc::{Jwk, read_keys};
use serde::Deserialize;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::Fetch;

/// How long what was read is believed.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// How soon keys are read again because a token names another: a flood of such tokens must not become one of requests.
const KEYS_AGAIN: Duration = Duration::from_secs(10);

/// The provider.
pub(super) struct Provider {
    issuer: String,
    fetch: Arc<dyn Fetch>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    endpoints: Option<(Endpoints, Timestamp)>,
    keys: Option<(Arc<[Jwk]>, Timestamp)>,
}

/// Where the provider is asked what.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Endpoints {
    issuer: String,
    #[serde(rename = "authorization_endpoint")]
    pub(super) authorization: String,
    #[serde(rename = "token_endpoint")]
    pub(super) token: String,
    #[serde(rename = "jwks_uri")]
    keys: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
}

impl Provider {
    pub(super) fn new(issuer: String, fetch: Arc<dyn Fetch>) -> Self {
        Self { issuer, fetch, known: Mutex::default() }
    }

    /// Where the provider is asked (OpenID Connect Discovery §4).
    pub(super) async fn endpoints(&self, now: Timestamp) -> Result<Endpoints, String> {
        let mut known = self.known.lock().await;
        if let Some((endpoints, at)) = &known.endpoints
            && now.since(*at) < KEPT
        {
            return Ok(endpoints.clone());
        }
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let document = self.fetch.get(&url).await?;
        let endpoints: Endpoints =
            serde_json::from_slice(&document).map_err(|error| format!("{url}: {error}"))?;
        if endpoints.issuer != self.issuer {
            return Err(format!(
                "{url} is of issuer `{}`, not `{}`",
                endpoints.issuer, self.issuer
            ));
        }
        for endpoint in [&endpoints.authorization, &endpoints.token, &endpoints.keys] {
            // As secure as the issuer: https unless that is on this machine.
            let is_secure = endpoint.starts_with("https://") || self.issuer.starts_with("http://");
            if !is_secure || endpoint.chars().any(|c| c.is_whitespace() || c.is_control()) {
                return Err(format!("{url} names {}, which is not https", endpoint.escape_debug()));
            }
        }
        known.endpoints = Some((endpoints.clone(), now));
        Ok(endpoints)
    }

    /// The provider's keys.
    pub(super) async fn keys(&self, now: Timestamp) -> Result<Arc<[Jwk]>, String> {
        self.keys_younger_than(KEPT, now).await
    }

    /// The provider's keys, read again unless that was a moment ago.
    pub(super) async fn newer_keys(&self, now: Timestamp) -> Result<Arc<[Jwk]>, String> {
        self.keys_younger_than(KEYS_AGAIN, now).await
    }

    async fn keys_younger_than(&self, age: Duration, now: Timestamp) -> Result<Arc<[Jwk]>, String> {
        let url = self.endpoints(now).await?.keys;
        let mut known = self.known.lock().await;
        if let Some((keys, at)) = &known.keys
            && now.since(*at) < age
        {
            return Ok(Arc::clone(keys));
        }
        let set = self.fetch.get(&url).await?;
        let keys: Arc<[Jwk]> =
            read_keys(&set).ok_or_else(|| format!("{url} is no key set"))?.into();
        known.keys = Some((Arc::clone(&keys), now));
        Ok(keys)
    }

    /// The ID token that the provider gives for a form.
    pub(super) async fn exchange(
        &self,
        url: &str,
        form: String,
        basic: Option<Zeroizing<String>>,
    ) -> Result<Zeroizing<String>, String> {
        let answer = Zeroizing::new(self.fetch.post(url, form, basic).await?);
        let answer: TokenAnswer =
            serde_json::from_slice(&answer).map_err(|_| format!("{url} gave no ID token"))?;
        Ok(Zeroizing::new(answer.id_token))
    }
}
