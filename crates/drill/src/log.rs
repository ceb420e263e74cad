//! The drill's ledger: every entry through the replay's own rules, every hour a note with both witnesses' times.

use crate::{Fault, random::Dice};
use ledger::{
    Entry, Hash, PublicKey, Time,
    entry::{Generation, Heartbeat, Logged, PlacedKey, Policy, PolicyRecord, TreeHead},
    replay::State,
};
use tlog::{Checkpoint, Cosigner, Peaks, Signer, Tree, cosignature, note};

/// The ledger's name.
pub const ORIGIN: &str = "drill.example/ledger";
/// Who cosigns: two organisations that are neither the carrier's nor the provider's.
pub const AUDITORS: [&str; 2] = ["First Audit", "Second Audit"];

/// The leaves, what they mean, and who signs them.
pub struct Log {
    /// Every entry as it stands in the tree.
    pub leaves: Vec<Vec<u8>>,
    /// What they mean.
    pub state: State,
    /// The one clock of all roles.
    pub now: Time,
    tree: Peaks,
    generation: u64,
    signer: Signer,
    witnesses: Vec<Cosigner>,
    officer: ed25519_dalek::SigningKey,
    keys: Dice,
}

impl Log {
    /// An empty one, with all of its signers' keys.
    pub fn new(seed: u64, now: Time) -> Result<Self, Fault> {
        let mut keys = Dice::new(seed, "signers");
        let witness = |name: &str, key: [u8; 32]| Cosigner::new(name, &key);
        let names = ["witness-1.example", "witness-2.example"];
        let witnesses = names.map(|name| witness(name, keys.octets())).into_iter().collect::<Result<_, _>>();
        Ok(Self {
            leaves: Vec::new(),
            state: State::default(),
            now,
            tree: Peaks::of(&Tree::new()),
            generation: 1,
            signer: Signer::new(ORIGIN, &keys.octets())?,
            witnesses: witnesses?,
            officer: secret(&mut keys),
            keys,
        })
    }

    /// Writes an entry; one that breaks a rule of the ledger ends the drill.
    pub fn enter(&mut self, entry: Entry) -> Result<u64, Fault> {
        let (index, logged) = (self.state.size, Logged { time: self.now, entry });
        let leaf = logged.to_bytes();
        self.state.push(index, logged)?;
        self.tree.push(tlog::leaf_hash(&leaf));
        self.leaves.push(leaf);
        Ok(index)
    }

    /// What was written until now, cosigned now, and written down.
    pub fn beat(&mut self) -> Result<(), Fault> {
        let note = self.note()?;
        self.enter(Entry::Heartbeat(Heartbeat { note })).map(drop)
    }

    /// The checkpoint over all entries, signed by the warden and cosigned by both witnesses.
    pub fn note(&self) -> Result<String, Fault> {
        let text = Checkpoint::new(ORIGIN, self.tree.size(), self.tree.root())?.to_text();
        let seconds = u64::try_from(self.now.milliseconds() / 1000).unwrap_or_default();
        let mut signed = note::sign(&text, &self.signer)?;
        for witness in &self.witnesses {
            signed = note::append(&signed, &cosignature::cosign(&text, witness, seconds)?)?;
        }
        Ok(signed)
    }

    /// What its gateway has seen: witnesses look at once.
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.tree.size(), root: Hash(self.tree.root()) }
    }

    /// What officers decide, who have seen everything up to now.
    pub fn decide(&mut self, record: impl FnOnce(PolicyRecord) -> PolicyRecord) -> Result<u64, Fault> {
        let seen = Some(self.note()?);
        self.sign(record(PolicyRecord::new(ORIGIN, self.state.policies + 1, seen)))
    }

    fn sign(&mut self, record: PolicyRecord) -> Result<u64, Fault> {
        let signature = record.sign(&self.officer);
        self.enter(Entry::Policy(Policy::new(record, vec![signature])))
    }

    /// The officers' key.
    pub fn officer(&self) -> PublicKey {
        public(&self.officer)
    }

    /// The warden's signing key, on the host of its generation.
    pub fn warden(&self) -> PlacedKey {
        placed(self.signer.verifier().to_string(), "Carrier", &format!("vault-{}.example", self.generation))
    }

    /// The witnesses' keys alone.
    pub fn verifiers(&self) -> Vec<tlog::Verifier> {
        self.witnesses.iter().map(Cosigner::verifier).collect()
    }

    /// The witnesses' keys, on hosts of their own.
    pub fn witnesses(&self) -> Vec<PlacedKey> {
        let hosts = ["w1.example", "w2.example"];
        let own = self.witnesses.iter().zip(AUDITORS).zip(hosts);
        own.map(|((witness, organisation), host)| placed(witness.verifier().to_string(), organisation, host)).collect()
    }

    /// Officers put another warden in the place of the one that was taken: another key, on another host.
    pub fn renew(&mut self, copies_days: u32) -> Result<u64, Fault> {
        let seen = Some(self.note()?);
        self.generation += 1;
        self.signer = Signer::new(ORIGIN, &self.keys.octets())?;
        let generation = Some(Generation { warden: self.warden(), copies_days });
        self.sign(PolicyRecord { generation, ..PolicyRecord::new(ORIGIN, self.state.policies + 1, seen) })
    }

    /// What a reader of this ledger has from elsewhere.
    pub fn pins(&self) -> Result<String, Fault> {
        let first = self.leaves.first().ok_or(Fault::Empty)?;
        incident::pins::as_the_ledger_says(first, None).ok_or(Fault::Empty)
    }
}

/// The next key of these dice.
pub fn secret(dice: &mut Dice) -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&dice.octets())
}

/// Its public half.
pub fn public(key: &ed25519_dalek::SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

pub fn placed(key: String, organisation: &str, host: &str) -> PlacedKey {
    let name = |text: &str| text.parse().expect("the drill's names are names");
    PlacedKey { key, organisation: name(organisation), host: name(host) }
}
