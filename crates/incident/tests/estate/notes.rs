//! Checkpoints: signed by the warden's generation of their size, cosigned by whoever is named.

use super::{Estate, ORIGIN, root};
use incident::{History, Pins, history::Fault};
use ledger::Time;
use tlog::{Checkpoint, Cosigner, Signer, cosignature, note};

pub fn warden() -> Signer {
    warden_of(1)
}

/// The signing key of a generation.
pub fn warden_of(generation: u8) -> Signer {
    Signer::new(ORIGIN, &[100 + generation; 32]).unwrap()
}

pub fn witness(number: u8) -> Cosigner {
    Cosigner::new(&format!("witness-{number}.example"), &[110 + number; 32]).unwrap()
}

pub fn note_over(leaves: &[Vec<u8>], witnesses: &[u8], now: Time) -> String {
    let text = Checkpoint::new(ORIGIN, leaves.len() as u64, root(leaves)).unwrap().to_text();
    let renews = |leaf: &&Vec<u8>| String::from_utf8_lossy(leaf).contains("\"generation\":{");
    let generation = 1 + leaves.iter().filter(renews).count();
    by(&warden_of(u8::try_from(generation).unwrap()), &text, witnesses, now)
}

/// Signed by the first generation.
pub fn cosigned(text: &str, witnesses: &[u8], now: Time) -> String {
    by(&warden(), text, witnesses, now)
}

fn by(signer: &Signer, text: &str, witnesses: &[u8], now: Time) -> String {
    let signed = note::sign(text, signer).unwrap();
    witnesses.iter().fold(signed, |signed, number| {
        let seconds = u64::try_from(now.milliseconds() / 1000).unwrap();
        let line = cosignature::cosign(text, &witness(*number), seconds).unwrap();
        note::append(&signed, &line).unwrap()
    })
}

impl Estate {
    /// The checkpoint over all leaves, signed and cosigned by the first witness, now.
    pub fn note(&self) -> String {
        note_over(&self.leaves, &[1], self.now)
    }

    /// The same, cosigned so many seconds later: a witness's clock may differ from what a note says by [`super::TERMS`].
    pub fn note_later(&self, seconds: i64) -> String {
        note_over(&self.leaves, &[1], Time::from_milliseconds(self.now.milliseconds() + seconds * 1000))
    }

    /// The whole ledger with that note.
    pub fn history(&self) -> History {
        let leaves = self.leaves.iter().map(|leaf| Ok::<_, Fault>(leaf.as_slice()));
        History::read(leaves, self.note().as_bytes()).unwrap()
    }

    /// What a reader has from elsewhere: this ledger's first entry and its first witness.
    pub fn pins(&self) -> Pins {
        Pins::parse(&self.pins_text()).unwrap()
    }

    pub fn pins_text(&self) -> String {
        let first_leaf = hex::encode(tlog::leaf_hash(&self.leaves[0]));
        let key = witness(1).verifier();
        format!(
            "origin = \"{ORIGIN}\"\nfirst_leaf = \"{first_leaf}\"\norganisations = 1\nclock_error = 1\n\n\
             [[cosigner]]\norganisation = \"Audit\"\nkey = \"{key}\"\n"
        )
    }
}
