//! Whoever has the warden's key signs whatever ledger he likes, and whoever keeps headers and signed words shows what he likes. Here it is
//! octets that say how: they change a true estate, the warden signs what comes of it, and what must hold then holds or this panics.
#![allow(dead_code, reason = "tests and fuzz/ use their part of it")]

use crate::estate::{self, Estate};
use incident::{
    Statement,
    bundle::{self, Parts},
    exposure::Files,
};
use ledger::{Disclosed, Month, canonical};
use std::sync::LazyLock;

static TRUE: LazyLock<Vec<Vec<Vec<u8>>>> = LazyLock::new(|| lines(&estate::autumn()));

const QUESTIONS: [&str; 8] = [
    "[[hypothesis]]\nkind = \"warden\"\n",
    "[[hypothesis]]\nkind = \"warden\"\nfrom = 2026-10-06T00:00:00Z\nto = 2026-10-25T00:00:00Z\n",
    "[[hypothesis]]\nkind = \"host\"\n",
    "[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-1\"]\nfrom = 2026-09-15T00:00:00Z\nto = 2026-10-25T00:00:00Z\n",
    "[[hypothesis]]\nkind = \"storage\"\nto = 2026-09-15T00:00:00Z\n\n[[hypothesis]]\nkind = \"principal\"\nprincipal = \"support-7\"\n",
    "[[hypothesis]]\nkind = \"carrier-key\"\ncertificate = \"sha256:5151515151515151515151515151515151515151515151515151515151515151\"\n",
    "[[hypothesis]]\nkind = \"co-holder\"\n\n[[hypothesis]]\nkind = \"warden\"\nfrom = 2026-12-29T00:00:00Z\n",
    "[[hypothesis]]\nkind = \"collusion\"\n",
];

/// Entries, headers, confirmations: each line as it is written.
fn lines(estate: &Estate) -> Vec<Vec<Vec<u8>>> {
    let headers = estate.headers.values().map(canonical::bytes).collect();
    let confirmations = estate.confirmations.iter().map(canonical::bytes).collect();
    vec![estate.leaves.clone(), headers, confirmations]
}

/// What the octets make of the true estate, and what is asked of it.
pub struct Forged {
    leaves: Vec<Vec<u8>>,
    beside: Files,
    hypothesis: &'static str,
}

impl Forged {
    /// The first octet asks; each eight after it are an act: on which list, what, on which line, where, how far, and how many octets that
    /// follow are put there.
    pub fn by(octets: &[u8]) -> Self {
        let mut lists = TRUE.clone();
        let (first, mut acts) = octets.split_first().unwrap_or((&0, &[]));
        while let Some((&[list, act, line, other, at, far, cut, put], rest)) = acts.split_first_chunk() {
            let list = &mut lists[usize::from(list) % 3];
            let (written, rest) = rest.split_at(usize::from(put).min(rest.len()));
            acts = rest;
            if list.is_empty() {
                continue;
            }
            let [line, other] = [line, other].map(|place| usize::from(place) % list.len());
            match act % 5 {
                0 => list.swap(line, other),
                1 => drop(list.remove(line)),
                2 => list.insert(other, list[line].clone()),
                3 => list[line] = list[other].clone(),
                _ => {
                    let own = &mut list[line];
                    let at = (usize::from(at) << 8 | usize::from(far)).min(own.len());
                    let end = (at + usize::from(cut)).min(own.len());
                    own.splice(at..end, written.iter().copied());
                }
            }
        }
        let [leaves, headers, confirmations] = lists.try_into().expect("three lists");
        let headers = headers.iter().filter_map(|header| canonical::read::<Disclosed>(header).ok());
        let beside = Files {
            headers: headers.map(|own| (own.header.batch, own)).collect(),
            confirmations: confirmations.iter().filter_map(|word| canonical::read(word).ok()).collect(),
            ..Files::default()
        };
        Self { leaves, beside, hypothesis: QUESTIONS[usize::from(*first) % QUESTIONS.len()] }
    }

    /// Whatever it is, it is answered or refused; what is answered verifies, and tells of each shipper's month.
    pub fn is_answered(&self) -> bool {
        let note = estate::note_over(&self.leaves, &[1], estate::time("2026-12-31T00:00:00.000Z"));
        let parts = Parts { leaves: &self.leaves, note: note.as_bytes(), hypothesis: self.hypothesis, pins: None };
        let Ok(proven) = bundle::prove(parts, &self.beside) else { return false };
        let (history, verified) = bundle::open(&proven.octets, None, &[]).expect("what was proven verifies");
        assert!(verified.assessment == proven.assessment, "the same is computed again");
        assert!(!verified.assessment.to_text().is_empty());
        for shipper in ["S-1", "S-2"] {
            let statement =
                Statement::of(&history, &shipper.parse().expect("a pseudonym"), Month { year: 2026, month: 9 });
            assert!(!statement.to_text().is_empty());
        }
        true
    }
}
