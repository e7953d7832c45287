//! A chain with its roots, changed in one or a few places.

use openssl::error::ErrorStack;

use crate::certificate::{Certificate, Keys, LEAF, ROOT, SUB, SUB_2};
use crate::mutation::CHANGES;
use lsam_conformance::Random;

/// What both verify.
pub(crate) struct Trial {
    /// As presented, the peer's own certificate first.
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) roots: Vec<Vec<u8>>,
    pub(crate) is_client: bool,
    /// The changes, for whoever investigates a difference.
    pub(crate) changes: Vec<String>,
}

impl Trial {
    pub(crate) fn new(random: &mut Random, keys: &Keys) -> Result<Self, ErrorStack> {
        let mut path = path(random);
        let mut changes = Vec::new();
        let at = random.below(path.len());
        let who = match at {
            _ if path.len() == 1 => "self-signed peer",
            0 => "peer",
            at if at == path.len() - 1 => "root",
            _ => "authority",
        };
        let change_of = |what: &str| format!("{who}: {what}");
        let kind = random.below(10);
        if kind < 7 {
            for _ in 0..random.of(&[1, 1, 1, 2, 3]) {
                let (name, change) = random.of(CHANGES);
                change(&mut path[at], random);
                changes.push(change_of(name));
            }
            adapt(&mut path, at, random);
        }
        let mut ders = Vec::new();
        for (n, certificate) in path.iter().enumerate() {
            let mut tbs = certificate.tbs(keys);
            if n == at && (7..9).contains(&kind) {
                for _ in 0..random.of(&[1, 1, 2]) {
                    changes.push(change_of(tbs.mutate(random)));
                }
            }
            ders.push(certificate.sign(&tbs, keys)?);
        }
        if kind == 9 {
            changes.push(change_of(damage(&mut ders[at], random)));
        }
        let mut trial = Self {
            roots: vec![ders[ders.len() - 1].clone()],
            chain: ders[..ders.len().max(2) - 1].to_vec(),
            is_client: random.one_in(2),
            changes,
        };
        if random.one_in(8) {
            trial.rearrange(&ders, random);
        }
        Ok(trial)
    }

    fn rearrange(&mut self, ders: &[Vec<u8>], random: &mut Random) {
        let what = match random.below(8) {
            0 => {
                self.chain[1..].reverse();
                "intermediates reversed"
            }
            1 => {
                self.chain.truncate(1);
                "intermediates missing"
            }
            2 => {
                let again = self.chain.clone();
                self.chain.extend(again);
                "everything twice"
            }
            3 => {
                self.chain.rotate_left(1);
                "another certificate first"
            }
            4 => {
                self.roots.clear();
                "no root"
            }
            5 => {
                self.roots = vec![ders[0].clone()];
                "the peer's certificate as root"
            }
            6 => {
                self.roots = vec![ders[ders.len() / 2].clone()];
                "another certificate as root"
            }
            _ => {
                self.chain.extend(self.roots.iter().cloned());
                "the root presented"
            }
        };
        self.changes.push(what.to_owned());
    }
}

/// The certificates of a path: the peer's own first, the root last.
fn path(random: &mut Random) -> Vec<Certificate> {
    let root = Certificate::authority("Root", ROOT, "Root", ROOT);
    let sub = Certificate::authority("Sub", SUB, "Root", ROOT);
    match random.below(8) {
        0 => vec![Certificate::peer(LEAF, "Root", ROOT), root],
        1 => vec![Certificate::peer(LEAF, "agent.example", LEAF)],
        2 | 3 => {
            let sub_2 = Certificate::authority("Sub 2", SUB_2, "Sub", SUB);
            vec![Certificate::peer(LEAF, "Sub 2", SUB_2), sub_2, sub, root]
        }
        _ => vec![Certificate::peer(LEAF, "Sub", SUB), sub, root],
    }
}

/// Half of the time, adapts the other certificates to a changed one, so that the change itself is tested.
fn adapt(path: &mut [Certificate], at: usize, random: &mut Random) {
    if at == 0 || random.one_in(3) {
        return;
    }
    let (subject, key) = (path[at].subject.clone(), path[at].key);
    path[at - 1].issuer = subject;
    path[at - 1].signer = key;
    if at == path.len() - 1 {
        path[at].issuer = path[at].subject.clone();
        if path[at].signer != path[at].key && random.one_in(2) {
            path[at].signer = path[at].key;
        }
    }
}

/// Changes bytes after signing. The bytes of a signature vary from run to run, so places are given as
/// fractions of the whole.
fn damage(der: &mut Vec<u8>, random: &mut Random) -> &'static str {
    let place = random.below(1000);
    let at = place * der.len() / 1000;
    match random.below(6) {
        0 => {
            der.truncate(at);
            "cut short"
        }
        1 => {
            der.push(0);
            "a byte behind"
        }
        2 => {
            der.remove(at);
            "a byte missing"
        }
        _ => {
            der[at] ^= 1 << random.below(8);
            "a bit"
        }
    }
}
