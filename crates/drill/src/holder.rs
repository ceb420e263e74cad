//! The other organisation, whose layer is around everything that the first story seals. Nobody ever asks it for anything, so that its
//! list is empty; it is the list that it would sign in earnest.

use crate::{
    Fault,
    log::{Log, ORIGIN, public, secret},
    random::Dice,
};
use coholder::{CoHolder, Pins, Policy};
use ed25519_dalek::SigningKey;
use ledger::{CoHolderId, Unwraps, entry};
use seal::{PeriodPublicKey, PeriodSecretKey};
use std::collections::BTreeMap;

/// A co-holder with its keys.
pub struct Holder {
    key: SigningKey,
    layer: PeriodPublicKey,
}

impl Holder {
    /// The one of this story.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "co-holder");
        let key = secret(&mut dice);
        Self { key, layer: PeriodSecretKey::generate(&mut dice).public() }
    }

    /// Its name in the ledger.
    pub fn name() -> CoHolderId {
        "holder-1".parse().expect("a co-holder's name")
    }

    /// To whom the outer layer is sealed.
    pub fn layer(&self) -> &PeriodPublicKey {
        &self.layer
    }

    /// As officers name it: of the provider, where the warden is the carrier's.
    pub fn named(&self) -> entry::CoHolder {
        entry::CoHolder {
            co_holder: Self::name(),
            organisation: "Provider".parse().expect("a name"),
            host: "holder.example".parse().expect("a name"),
            key: public(&self.key),
            seal_key: self.layer.hash(),
        }
    }

    /// All that it ever unwrapped, signed when it has seen the whole ledger.
    pub fn list(&self, log: &Log, note: &str) -> Result<Unwraps, Fault> {
        let witnesses = log.verifiers();
        let pins = Pins { origin: ORIGIN.to_owned(), quorum: witnesses.len(), witnesses };
        let nobody = entry::Budget { hour: 0, day: 0, month: 0 };
        let mut holder = CoHolder::new(Self::name(), pins, Policy { principals: BTreeMap::new(), rows: nobody });
        holder.see(note, &[], log.now)?;
        Ok(holder.sign(&self.key)?)
    }
}
