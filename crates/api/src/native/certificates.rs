//! `/v1/certificates`: each user's own; others' don't exist here.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use elbow_model::certificate as model;
use elbow_model::change::{Edit, NewCertificate};
use elbow_model::rejection::{Rejection, ResourceKind};
use elbow_model::value::{CertificateId, Id};
use elbow_model::world::World;
use uuid::Uuid;

use super::errors::Refusal;
use super::load_balancers::tagged;
use super::read::certificate::{self, Draft};
use super::read::{self, reference};
use super::shape::View;
use super::shape::certificate::Certificate;
use super::submission::{Submission, gone};
use crate::authentication::Caller;
use crate::decode::Errors;
use crate::intake;
use crate::paging::{Page, PageRequest, Place};
use crate::query::Parameters;
use crate::state::ApiState;

/// `GET /v1/certificates`: the caller's own, newest first, by keywords.
pub(super) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Page<Certificate>>, Refusal> {
    let parameters = Parameters::read(&uri, &["limit", "cursor", "q"])?;
    let request = PageRequest::read(&parameters)?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    let keywords = parameters.text("q").unwrap_or_default().to_lowercase();
    let words: Vec<&str> = keywords.split_whitespace().collect();
    let own = world.certificates_of(caller.project, caller.user);
    let mut found: Vec<_> = own.filter(|certificate| has_all(certificate, &words)).collect();
    found.sort_unstable_by_key(|certificate| std::cmp::Reverse(certificate.id));
    let place = |certificate: &&Arc<model::Certificate>| Place::by_age(certificate.id.uuid());
    Ok(Json(request.cut(found, place, |certificate| Certificate::new(certificate, view))))
}

/// `POST /v1/certificates`: a PKCS#12 file, or certificate and key in PEM.
pub(super) async fn create(
    State(state): State<ApiState>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, mut body, terms } = submission;
    let errors = Errors::default();
    let read = read::body(&body, &errors, certificate::new);
    let draft = read::finish(errors, read.flatten());
    intake::wipe(&mut body);
    let Draft { settings, upload } = draft?;
    let (id, project, now) = (CertificateId::from(Uuid::now_v7()), caller.project, terms.at);
    let taken = intake::take(&state, id, upload, now).await?;
    let sealing = state.clone();
    let done = terms
        .carry_out(&state, caller, Some(id.uuid()), move |_| {
            let intake::Taken { chain, key, ocsp, facts, warnings } = taken;
            let key = intake::renew(&sealing, id, key)?;
            let new = NewCertificate { id, project, settings, chain, key, ocsp, facts, warnings };
            Ok(vec![Edit::CreateCertificate(new)])
        })
        .await?;
    let created = done.world.certificate(CertificateId::from(done.created)).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let shape = Certificate::new(created, done.view(&observed));
    Ok(done.created("/v1/certificates", created.revision, shape))
}

/// `GET /v1/certificates/{id}`.
pub(super) async fn show(
    State(state): State<ApiState>,
    caller: Caller,
    Path(reference): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Parameters::read(&uri, &[])?;
    let (world, observed) = (state.ledger.world(), state.ledger.observed());
    let found = find(&world, &caller, &reference)?;
    let viewer = caller.author();
    let view =
        View { world: &world, observed: &observed, viewer: &viewer, now: state.surroundings.now() };
    Ok(tagged(found.revision, Certificate::new(found, view)))
}

/// `PATCH /v1/certificates/{id}`: name and description.
pub(super) async fn patch(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body, terms } = submission;
    let id = find(&state.ledger.world(), &caller, &reference)?.id;
    let (precondition, asking) = (terms.precondition.clone(), caller.clone());
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let certificate = find(world, &asking, &id.to_string())?;
            precondition.hold(certificate.revision)?;
            let (errors, base) = (Errors::default(), certificate.settings.clone());
            let read = read::body(&body, &errors, |fields| certificate::patch(fields, base));
            Ok(vec![Edit::EditCertificate { id, settings: read::finish(errors, read)? }])
        })
        .await?;
    let edited = done.world.certificate(id).ok_or_else(gone)?;
    let observed = state.ledger.observed();
    let shape = Certificate::new(edited, done.view(&observed));
    Ok(done.changed(edited.revision, shape))
}

/// `DELETE /v1/certificates/{id}`: refused while a listener refers to it.
pub(super) async fn delete(
    State(state): State<ApiState>,
    Path(reference): Path<String>,
    submission: Submission,
) -> Result<Response, Refusal> {
    let Submission { caller, body: _, terms } = submission;
    let (precondition, asking) = (terms.precondition.clone(), caller.clone());
    let done = terms
        .carry_out(&state, caller, None, move |world| {
            let certificate = find(world, &asking, &reference)?;
            precondition.hold(certificate.revision)?;
            Ok(vec![Edit::DeleteCertificate { id: certificate.id }])
        })
        .await?;
    Ok(done.deleted())
}

/// One of the caller's own, by name or id.
fn find<'a>(
    world: &'a World,
    caller: &Caller,
    reference: &str,
) -> Result<&'a Arc<model::Certificate>, Rejection> {
    let by_id = || {
        let found = world.certificate(reference.parse().ok()?)?;
        let is_open = found.project == caller.project && found.is_open_to(&caller.author());
        is_open.then_some(found)
    };
    let found = world.certificate_named(caller.project, caller.user, reference).or_else(by_id);
    found.ok_or_else(|| reference::not_found(ResourceKind::Certificate, reference))
}

/// Whether every word, in lower case, is somewhere in what a certificate says.
fn has_all(certificate: &model::Certificate, words: &[&str]) -> bool {
    let model::Certificate { id, settings, facts, .. } = certificate;
    let mut texts = vec![
        id.to_string(),
        settings.name.to_string(),
        settings.description.as_str().to_owned(),
        facts.subject.clone(),
        facts.issuer.clone(),
        facts.serial.clone(),
        facts.fingerprint_sha256.clone(),
    ];
    texts.extend(facts.names.iter().map(ToString::to_string));
    for text in &mut texts {
        *text = text.to_lowercase();
    }
    words.iter().all(|word| texts.iter().any(|text| text.contains(word)))
}
