//! The chain from the agent's certificate to its root, and where the root is.

use lsam_core::x509::Purpose;

use super::case::{Case, ders};
use super::{Notes, Skipped};
use crate::store::{Certificate, CertificateStore, Item, Section, StoredCertificate, password, read_items};
use crate::trust::{Trusted, advice};

/// The presented chain leads to a root, by the rules of a peer that trusts that root.
pub(super) fn is_complete(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let (store, own, chain) = (case.store()?, case.own()?, case.chain()?);
    let (refused, ending): (Vec<_>, Vec<_>) = case
        .objections
        .iter()
        .filter(|objection| objection.certificate().is_some_and(|it| *it != own.certificate))
        .partition(|objection| objection.is_refusal());
    ending.into_iter().for_each(|objection| notes.objection(objection));
    let candidates = match own.certificate.is_self_issued() {
        true => vec![own],
        false => roots(&*store, &chain, brought(case, notes)),
    };
    let verify = |root: &StoredCertificate| {
        let mut trusted = Trusted::new();
        trusted.add_root(&root.certificate.der);
        trusted.verify_chain(&ders(&chain), Purpose::Server)
    };
    let good = candidates.iter().find(|root| verify(root).is_ok());
    let Some(anchor) = good.or(candidates.first()) else {
        refused.into_iter().for_each(|objection| notes.objection(objection));
        let issuer = chain.last().map(|last| last.issuer.as_str()).unwrap_or_default();
        notes.warning(
            format_args!(
                "{} ends there: the certificate of its issuer, {issuer}, is not in the store. If it is the \
                 root and the scheduling server's machine trusts it, connections succeed all the same",
                path(&chain)
            ),
            "Put the certificate of this issuer into Root if it is self-signed; otherwise put it into CA, \
             with all others up to the root (`lsam cert trust` does so). The root may stay out of this \
             store: name its file with --trust.",
        );
        return Ok(());
    };
    case.anchor = Some(anchor.clone());
    match verify(anchor) {
        Ok(_) if chain.first() == Some(&anchor.certificate) => {
            notes.ok("the certificate is self-signed and stands alone");
        }
        Ok(_) => notes.ok(format_args!(
            "{} from {}: complete, and every signature verifies",
            path(&chain),
            anchor.certificate.subject
        )),
        // The certificate itself has already been reported.
        Err(rule) if !case.own_is_sound => {
            return Err(Skipped::because(format_args!("the certificate itself can't be used: {rule}")));
        }
        Err(rule) => {
            let text = format!("{} from {} is refused: {rule}", path(&chain), anchor.certificate.subject);
            notes.failure(text, advice::server_certificate(rule));
        }
    }
    Ok(())
}

/// The root is in the section that makes it trusted; the report says who must trust it.
pub(super) fn root_is_in_its_place(case: &mut Case<'_>, notes: &mut Notes) -> Result<(), Skipped> {
    let (own, anchor) = (case.own()?, case.anchor()?);
    if anchor.certificate == own.certificate {
        notes.ok("the certificate is self-signed: the certificate itself has to be among the Trusted Root \
                  Certificates of the scheduling server's machine");
        return Ok(());
    }
    let root = &anchor.certificate.subject;
    match anchor.section {
        Section::Root => notes.ok(format_args!(
            "the root is {}: {root}. The scheduling server's machine needs it too, among its Trusted Root \
             Certificates",
            anchor.place
        )),
        section => notes.warning(
            format_args!("the root {root} is in {section} ({}), where it is no root", anchor.place),
            "Move it to Root (Trusted Root Certification Authorities of the local machine, not of a user), \
             and put it among the Trusted Root Certificates of the scheduling server's machine too.",
        ),
    }
    Ok(())
}

/// The certificates in the file of --trust, as if they were in Root.
fn brought(case: &Case<'_>, notes: &mut Notes) -> Vec<StoredCertificate> {
    let Some(path) = case.asked.trust else { return Vec::new() };
    let contents = read_items(path, |_| password(path));
    for left in &contents.left {
        notes.failure(format_args!("{} can't be used: {left}", path.display()), TRUST);
    }
    let certificates = contents.items.into_iter().filter_map(|item| match item {
        Item::Certificate(certificate) => Some(certificate),
        Item::Key(_) | Item::Crl(_) => None,
    });
    let stored = |certificate| StoredCertificate {
        section: Section::Root,
        place: path.display().to_string(),
        certificate,
        has_key: false,
    };
    certificates.map(stored).collect()
}

const TRUST: &str = "Name with --trust a file with the root certificate of the agent's certificate.";

/// The self-signed certificates that may have issued the last of `chain`: those in Root first, those
/// `brought` last.
fn roots(
    store: &dyn CertificateStore,
    chain: &[Certificate],
    brought: Vec<StoredCertificate>,
) -> Vec<StoredCertificate> {
    let Some(last) = chain.last() else { return Vec::new() };
    let stored = store.certificates().iter().chain(&brought);
    let issuers = stored
        .filter(|stored| stored.certificate.is_self_issued() && last.may_be_issued_by(&stored.certificate));
    let mut roots: Vec<StoredCertificate> = issuers.cloned().collect();
    roots.sort_by_key(|root| root.section != Section::Root);
    roots
}

/// "CN=agent.example from CN=Authority".
fn path(chain: &[Certificate]) -> String {
    let subjects: Vec<&str> = chain.iter().map(|certificate| certificate.subject.as_str()).collect();
    subjects.join(" from ")
}
