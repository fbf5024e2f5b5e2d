//! Whether an ID token may be believed (OpenID Connect Core §3.1.3.7): signed by a key of the provider, issued by it, for us,
//! in this attempt, and now.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use elbow_model::value::Timestamp;
use serde_json::{Map, Value};

use super::jwk::{Algorithm, Jwk};

/// Bytes of the longest token.
const MAX_BYTES: usize = 64 * 1_024;

/// How far the provider's clock may be from ours.
const SKEW: Duration = Duration::from_secs(60);

/// How long ago a token may have been issued: it is for the attempt that is under way.
const MAX_AGE: Duration = Duration::from_secs(15 * 60);

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who issues it.
    pub issuer: &'a str,
    /// Who we are there.
    pub client_id: &'a str,
    /// The attempt's nonce.
    pub nonce: &'a str,
}

/// What a token says that may be believed.
#[derive(Debug, Clone, PartialEq)]
pub struct IdToken {
    /// Who logged in, at the issuer.
    pub subject: String,
    /// Everything that it says.
    pub claims: Map<String, Value>,
}

/// Why a token is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenUntrusted {
    /// It is no signed token.
    #[error("it is not a signed JSON Web Token")]
    Malformed,
    /// It is signed in a way that is not taken.
    #[error("it is signed by `{0}`, which is not taken")]
    Algorithm(String),
    /// None of the known keys has its name: the provider may have new ones.
    #[error("it is signed with a key that the provider does not show")]
    UnknownKey,
    /// The signature is not the key's.
    #[error("its signature is wrong")]
    Signature,
    /// A claim is not as it must be.
    #[error("its `{0}` is missing or not as expected")]
    Claim(&'static str),
}

/// What the token says, if it may be believed.
pub fn check(
    token: &str,
    keys: &[Jwk],
    expected: Expected<'_>,
    now: Timestamp,
) -> Result<IdToken, TokenUntrusted> {
    let claims = verify(token, keys)?;
    let text = |name: &'static str| claims.get(name).and_then(Value::as_str);
    let must = |holds: bool, name: &'static str| {
        if holds { Ok(()) } else { Err(TokenUntrusted::Claim(name)) }
    };
    must(text("iss") == Some(expected.issuer), "iss")?;
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    must(audiences.contains(&expected.client_id), "aud")?;
    // For several audiences the token must say who of them asked for it.
    let party = text("azp");
    must(party.map_or(audiences.len() == 1, |party| party == expected.client_id), "azp")?;
    must(text("nonce") == Some(expected.nonce), "nonce")?;
    let seconds = |name: &str| {
        let at = claims.get(name).and_then(Value::as_f64).filter(|at| (0.0..1e11).contains(at))?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and 1e14, as was just checked"
        )]
        Some(Timestamp((at * 1_000.0) as u64))
    };
    must(seconds("exp").is_some_and(|expiry| now < expiry.after(SKEW)), "exp")?;
    let is_issued_lately = |at: Timestamp| at <= now.after(SKEW) && now.since(at) <= MAX_AGE + SKEW;
    must(seconds("iat").is_some_and(is_issued_lately), "iat")?;
    must(
        claims.get("nbf").is_none() || seconds("nbf").is_some_and(|at| at <= now.after(SKEW)),
        "nbf",
    )?;
    let subject = text("sub").filter(|subject| (1..=255).contains(&subject.len()));
    let subject = subject.ok_or(TokenUntrusted::Claim("sub"))?.to_owned();
    Ok(IdToken { subject, claims })
}

fn verify(token: &str, keys: &[Jwk]) -> Result<Map<String, Value>, TokenUntrusted> {
    let malformed = || TokenUntrusted::Malformed;
    if token.len() > MAX_BYTES {
        return Err(malformed());
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
    let (head, body) = signed.split_once('.').ok_or_else(malformed)?;
    let decode = |text: &str| Base64UrlUnpadded::decode_vec(text).ok();
    let object = |text: &str| match serde_json::from_slice(&decode(text)?).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    };
    let head = object(head).ok_or_else(malformed)?;
    // What is critical and not understood must not be taken (RFC 7515 §4.1.11).
    if head.contains_key("crit") {
        return Err(malformed());
    }
    let name = head.get("alg").and_then(Value::as_str).unwrap_or_default();
    let Some(algorithm) = Algorithm::named(name) else {
        return Err(TokenUntrusted::Algorithm(name.chars().take(32).collect()));
    };
    let kid = head.get("kid").and_then(Value::as_str);
    let is_named = |key: &&Jwk| kid.is_none() || key.kid.is_none() || key.kid.as_deref() == kid;
    let mut named = keys.iter().filter(is_named).peekable();
    if named.peek().is_none() {
        return Err(TokenUntrusted::UnknownKey);
    }
    let signature = decode(signature).ok_or_else(malformed)?;
    if !named.any(|key| key.verifies((name, algorithm), signed.as_bytes(), &signature)) {
        return Err(TokenUntrusted::Signature);
    }
    object(body).ok_or_else(malformed)
}
