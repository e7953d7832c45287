//! Revocation lists with what is known about them, so that the signature of a long list is only verified
//! once, not in every handshake.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use lsam_core::x509::{ListAnswer, ListMemory, ListQuestion, RevocationList};

use crate::crypto::Provider;

/// The maximum number of answers kept for one list: one for each key that may have signed it, and for each
/// certificate looked up. If there are more, which would take a hundred times as many peers as an agent has,
/// all are discarded and computed again.
const MAX_ANSWERS: usize = 4096;

/// An immutable revocation list, in DER.
pub(super) struct List {
    der: Vec<u8>,
    /// Answers to "is it signed with this key" (true) and "does it contain this serial number" (false).
    answers: Mutex<HashMap<(bool, Vec<u8>), ListAnswer>>,
}

impl List {
    pub(super) fn new(der: Vec<u8>) -> Self {
        Self { der, answers: Mutex::default() }
    }

    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    /// The number of known answers.
    #[cfg(test)]
    pub(super) fn known(&self) -> usize {
        self.answers.lock().unwrap().len()
    }

    /// The keys known to have signed it, each as the content of a SubjectPublicKeyInfo.
    pub(super) fn signing_keys(&self) -> Vec<Vec<u8>> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = answers.iter().filter(|((is_key, _), answer)| *is_key && **answer == Ok(true));
        signed.map(|((_, key), _)| key.clone()).collect()
    }

    /// Whether it is signed with this key.
    pub(super) fn is_signed_with(&self, key_info: &[u8]) -> bool {
        let answer = self.recall(ListQuestion::IsSignedWith(key_info), &mut || {
            RevocationList::parse(&self.der)?.is_signed_with::<Provider>(key_info)
        });
        answer == Ok(true)
    }

    /// Computes each answer once. Concurrent callers wait for it, so that many peers cost no more than one.
    fn recall(&self, question: ListQuestion<'_>, find_out: &mut dyn FnMut() -> ListAnswer) -> ListAnswer {
        let key = match question {
            ListQuestion::IsSignedWith(key) => (true, key.to_vec()),
            ListQuestion::Lists(serial) => (false, serial.to_vec()),
        };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = answers.get(&key) {
            return *answer;
        }
        if answers.len() == MAX_ANSWERS {
            answers.clear();
        }
        let answer = find_out();
        answers.insert(key, answer);
        answer
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "List({} bytes)", self.der.len())
    }
}

/// The memory for lists, which are lent in this order.
#[derive(Debug)]
pub(super) struct Memory<'l>(pub(super) &'l [Arc<List>]);

impl ListMemory for Memory<'_> {
    fn recall(
        &self,
        list: usize,
        question: ListQuestion<'_>,
        find_out: &mut dyn FnMut() -> ListAnswer,
    ) -> ListAnswer {
        match self.0.get(list) {
            Some(list) => list.recall(question, find_out),
            None => find_out(),
        }
    }
}

#[cfg(test)]
mod tests {
    use lsam_core::x509::UnknownRevocation;

    use super::*;

    #[test]
    fn each_answer_is_found_out_once() {
        let list = List::new(Vec::new());
        let mut count = 0;
        for (question, answer) in [
            (ListQuestion::IsSignedWith(b"a"), Ok(true)),
            (ListQuestion::IsSignedWith(b"b"), Err(UnknownRevocation::BadSignature)),
            (ListQuestion::Lists(b"a"), Ok(false)),
        ] {
            for _ in 0..3 {
                let found = list.recall(question, &mut || {
                    count += 1;
                    answer
                });
                assert_eq!(found, answer);
            }
        }
        assert_eq!(count, 3);
    }

    #[test]
    fn there_is_a_bound() {
        let list = List::new(Vec::new());
        for n in 0..3 * MAX_ANSWERS {
            list.recall(ListQuestion::Lists(&n.to_be_bytes()), &mut || Ok(false)).unwrap();
            assert!(list.answers.lock().unwrap().len() <= MAX_ANSWERS);
        }
    }
}
