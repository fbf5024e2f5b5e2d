//! Rules about certificates: who may do what with them, and what keeps them from going.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::draft::{Draft, not_found, shortened, within};
use super::invalid;
use crate::certificate::{Certificate, CertificateSettings};
use crate::change::{NewCertificate, ResealedKey};
use crate::rejection::{Rejection, ResourceKind};
use crate::value::{CertificateId, Der, LoadBalancerId, Name, ProjectId, UserId};
use crate::world::Key;

pub(super) fn create(draft: &mut Draft, new: &NewCertificate) -> Result<(), Rejection> {
    let NewCertificate { id, project, settings, chain, key, ocsp, facts, warnings } = new.clone();
    draft.claim(ResourceKind::Certificate, id, "")?;
    if draft.world.project(project).is_none() {
        return Err(Rejection::NotFound {
            kind: ResourceKind::Project,
            reference: project.to_string(),
            field: Some("project".to_owned()),
            known: Vec::new(),
        });
    }
    check_size(new)?;
    let owner = draft.stamp.owner;
    check_name(draft, (project, owner), id, &settings)?;
    let count = draft.world.certificate_count_of(project).saturating_add(1);
    within(count as usize, draft.quota(project).certificates, "certificates")?;
    let certificate = Certificate {
        id,
        number: draft.next_number(|numbers| &mut numbers.certificates),
        created_at: draft.stamp.at,
        updated_at: draft.stamp.at,
        revision: draft.stamp.revision,
        project,
        owner,
        settings,
        chain,
        key,
        ocsp,
        facts,
        warnings,
    };
    draft.put_certificate(certificate);
    Ok(())
}

pub(super) fn edit(
    draft: &mut Draft,
    id: CertificateId,
    settings: &CertificateSettings,
) -> Result<(), Rejection> {
    let certificate = own(draft, id)?;
    check_name(draft, (certificate.project, certificate.owner), id, settings)?;
    let settings = settings.clone();
    draft.put_certificate(Certificate { settings, ..Certificate::clone(&certificate) });
    Ok(())
}

pub(super) fn delete(draft: &mut Draft, id: CertificateId) -> Result<(), Rejection> {
    own(draft, id)?;
    remove(draft, id)
}

/// Removes a certificate that no listener refers to, whosever it is.
pub(super) fn remove(draft: &mut Draft, id: CertificateId) -> Result<(), Rejection> {
    let missing = || not_found(ResourceKind::Certificate, id);
    let certificate = draft.world.certificate(id).map(Arc::clone).ok_or_else(missing)?;
    let users = || draft.world.users_of_certificate(id);
    let count = users().count();
    if count > 0 {
        let names = users().filter_map(|(balancer, listener)| {
            let listener = &balancer.listener(listener)?.settings.name;
            Some(format!("listener `{listener}` of load balancer `{}`", balancer.settings.name))
        });
        return Err(Rejection::InUse {
            kind: ResourceKind::Certificate,
            name: called(draft, &certificate),
            by: shortened(names, count),
            instead: "let them show another certificate first",
        });
    }
    draft.world.certificates.remove(&id);
    draft.world.index.remove_certificate(&certificate);
    draft.touch(Key::Certificate(id));
    Ok(())
}

/// Replaces sealed keys by the same ones under another seal. Nothing is different for the certificates' users, so no
/// certificate is stamped; the load balancers are, so that their proxies get what they can open from now on.
pub(super) fn reseal(draft: &mut Draft, keys: &[ResealedKey]) -> Result<(), Rejection> {
    if draft.author.user().is_some() {
        return Err(invalid("edits", "sealing keys again is Elbow's own work"));
    }
    for ResealedKey { certificate, key } in keys {
        if key.as_bytes().len() > Certificate::MAX_KEY_BYTES {
            let most = Certificate::MAX_KEY_BYTES;
            return Err(invalid("key", format!("a sealed key has at most {most} bytes")));
        }
        let Some(found) = draft.world.certificate(*certificate) else { continue };
        let resealed = Certificate { key: key.clone(), ..Certificate::clone(found) };
        draft.put_resealed(resealed);
        let users = draft.world.users_of_certificate(*certificate);
        let balancers: BTreeSet<LoadBalancerId> = users.map(|(balancer, _)| balancer.id).collect();
        for id in balancers {
            let balancer = draft.balancer(id)?;
            draft.put_unedited(balancer);
        }
    }
    Ok(())
}

/// What it is called before the author: its name is for its creator alone.
fn called(draft: &Draft, certificate: &Certificate) -> Name {
    let name = certificate.settings.name.clone();
    if certificate.is_open_to(&draft.author) {
        return name;
    }
    // A name is never an id alone.
    Name::new(format!("id-{}", certificate.id)).unwrap_or(name)
}

/// A certificate that the author may see; others don't exist for him.
fn own(draft: &Draft, id: CertificateId) -> Result<Arc<Certificate>, Rejection> {
    let found = draft.world.certificate(id).filter(|found| found.is_open_to(&draft.author));
    found.map(Arc::clone).ok_or_else(|| not_found(ResourceKind::Certificate, id))
}

fn check_name(
    draft: &Draft,
    (project, owner): (ProjectId, UserId),
    id: CertificateId,
    settings: &CertificateSettings,
) -> Result<(), Rejection> {
    let name = settings.name.clone();
    match draft.world.index.certificate_names.get(&(project, owner, name)) {
        Some(other) if *other != id => Err(Rejection::NameTaken {
            field: "name".to_owned(),
            kind: ResourceKind::Certificate,
            name: settings.name.clone(),
        }),
        _ => Ok(()),
    }
}

/// The vault takes nothing larger; here it is what bounds an entry of the Table.
fn check_size(new: &NewCertificate) -> Result<(), Rejection> {
    let chain_bytes: usize = new.chain.iter().map(|der| der.as_bytes().len()).sum();
    let ocsp_bytes = new.ocsp.as_ref().map_or(0, |ocsp| ocsp.as_bytes().len());
    let issuer_count = new.facts.issuers.len();
    let checks = [
        ("certificates in the chain", new.chain.len(), Certificate::MAX_CHAIN),
        ("certificates in the chain", issuer_count, Certificate::MAX_CHAIN),
        ("bytes in the chain", chain_bytes, Certificate::MAX_CHAIN_BYTES),
        ("bytes in the sealed key", new.key.as_bytes().len(), Certificate::MAX_KEY_BYTES),
        ("bytes in the OCSP answer", ocsp_bytes, Certificate::MAX_OCSP_BYTES),
        ("names", new.facts.names.len(), Certificate::MAX_NAMES),
        ("warnings", new.warnings.len(), Certificate::MAX_WARNINGS),
    ];
    if new.chain.iter().map(Der::as_bytes).any(<[u8]>::is_empty) || new.chain.is_empty() {
        return Err(invalid("certificate", "there is no certificate in it"));
    }
    match checks.into_iter().find(|(_, count, most)| count > most) {
        None => Ok(()),
        Some((what, count, most)) => {
            Err(invalid("certificate", format!("it has {count} {what}, at most {most} are taken")))
        }
    }
}
