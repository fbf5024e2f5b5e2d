//! Who somebody that logged in at the provider is here. Issuer and subject say so, and nothing else: a name or an address of
//! e-mail that a user here has too makes nobody that user.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use elbow_model::change::{Author, Change, Edit, NewIdentity, NewUser};
use elbow_model::rejection::Rejection;
use elbow_model::user::{Account, ProjectRole, Standing};
use elbow_model::value::{IdentityId, Name, PasswordHash, ProjectId, UserId};
use elbow_model::world::World;
use elbow_store::ledger::CommitError;
use elbow_vault::oidc::IdToken;
use serde_json::Value;
use uuid::Uuid;

use super::{OidcSettings, Strangers};
use crate::problem::Problem;
use crate::state::ApiState;

/// Groups of a token that are looked at.
const MAX_GROUPS: usize = 1_000;

/// The user that an ID token is of: the linked one, or a new one.
pub(super) async fn user_of(
    state: &ApiState,
    settings: &OidcSettings,
    token: &IdToken,
) -> Result<UserId, Problem> {
    let world = state.ledger.world();
    if let Some(identity) = world.identity_of(&settings.issuer, &token.subject) {
        let user = world.user(identity.user).filter(|user| user.account == Account::Enabled);
        return user.map(|user| user.id).ok_or_else(|| refused("your user cannot log in"));
    }
    match settings.strangers {
        Strangers::Create => create(state, settings, token).await,
        Strangers::Refuse => {
            tracing::info!(subject = %token.subject, "somebody without a user here logged in at the provider");
            let detail = format!(
                "no user here is linked to you; ask the operator: elbow user link NAME {}",
                token.subject.escape_debug()
            );
            Err(refused(&detail))
        }
    }
}

async fn create(
    state: &ApiState,
    settings: &OidcSettings,
    token: &IdToken,
) -> Result<UserId, Problem> {
    let claimed = token.claims.get(&settings.name_claim).and_then(Value::as_str);
    let name = claimed.and_then(name_of).ok_or_else(|| {
        let claim = &settings.name_claim;
        refused(&format!(
            "the login provider does not say your name in `{claim}`; ask the operator"
        ))
    })?;
    let memberships = memberships(&state.ledger.world(), settings, token);
    let Some(project) = memberships.keys().next().copied() else {
        return Err(refused("none of your groups is a member of a project here; ask the operator"));
    };
    let id = UserId::from(Uuid::now_v7());
    let user = NewUser {
        id,
        name: name.clone(),
        standing: Standing::Tenant,
        memberships,
        project,
        // No password is right.
        password: PasswordHash::from_phc("none".to_owned()),
    };
    let (issuer, subject) = (settings.issuer.clone(), token.subject.clone());
    let link = NewIdentity { id: IdentityId::from(Uuid::now_v7()), issuer, subject, user: id };
    let edits = vec![Edit::CreateUser(user), Edit::LinkIdentity(link)];
    let at = state.surroundings.now();
    let change = Change { author: Author::System, at, source: None, request: None, edits };
    match state.ledger.commit(move |_| Ok(change)).await {
        Ok(_) => {
            tracing::info!(user.id = %id, user.name = %name, "a user was created for somebody who logged in at the provider");
            Ok(id)
        }
        Err(CommitError::Rejected(Rejection::NameTaken { .. })) => {
            let subject = token.subject.escape_debug();
            let detail = format!(
                "there is a user `{name}` already; if that is you, ask the operator: elbow user link {name} {subject}"
            );
            Err(refused(&detail))
        }
        Err(CommitError::Rejected(rejection)) => Err(refused(&rejection.to_string())),
        Err(CommitError::Trouble(reason)) => {
            tracing::error!(%reason, "a user was not stored");
            let detail = "you could not be made a user, nothing is different; try again";
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "STORE_UNAVAILABLE", detail))
        }
    }
}

/// A claim as a name: what names cannot have becomes `-`, such as the @ of an address.
fn name_of(claimed: &str) -> Option<Name> {
    let fit =
        |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    Name::new(claimed.chars().map(fit).collect::<String>()).ok()
}

/// What groups make of somebody; of several roles in a project, the one that may most.
fn memberships(
    world: &World,
    settings: &OidcSettings,
    token: &IdToken,
) -> BTreeMap<ProjectId, ProjectRole> {
    let groups = token.claims.get(&settings.groups_claim).and_then(Value::as_array);
    let groups: Vec<&str> =
        groups.into_iter().flatten().filter_map(Value::as_str).take(MAX_GROUPS).collect();
    let mut memberships = BTreeMap::new();
    for rule in &settings.roles {
        let is_in = rule.group == "*" || groups.contains(&rule.group.as_str());
        let Some(project) = world.project_named(&rule.project).filter(|_| is_in) else { continue };
        let role = memberships.entry(project.id).or_insert(rule.role);
        *role = rule.role.max(*role);
    }
    memberships
}

pub(super) fn refused(detail: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "OIDC_USER_REFUSED", detail)
}
