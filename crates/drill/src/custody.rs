//! The warden's keys: made ahead, destroyed when retention has ended, and what a thief has of them.

use crate::{Fault, log::Log, plan::DAY, random::Dice};
use ledger::{
    CoHolderId, Entry, Month, PeriodId, Time,
    entry::{Agreement, PeriodKey, Shred},
};
use seal::{PeriodPublicKey, PeriodSecretKey};
use std::collections::BTreeMap;

/// So many days copies of the warden's files are kept: who comes then has what was destroyed since.
pub const COPIES_DAYS: u32 = 7;

/// The private keys that exist.
pub struct Custody {
    keys: BTreeMap<PeriodId, (PeriodSecretKey, PeriodPublicKey)>,
    /// When the first of the periods that have one ends, or before.
    first_end: Time,
    /// What was destroyed, and is in copies.
    copies: Vec<(Time, PeriodId, PeriodSecretKey)>,
    /// What somebody takes, from when he comes until another warden takes over.
    stolen: Option<Stolen>,
    /// Whose layer is around all that is sealed to them.
    co_holder: Option<(CoHolderId, PeriodPublicKey)>,
    dice: Dice,
}

/// A thief's keys.
pub type Stolen = BTreeMap<PeriodId, PeriodSecretKey>;

impl Custody {
    /// None yet.
    pub fn new(seed: u64, co_holder: Option<(CoHolderId, PeriodPublicKey)>) -> Self {
        Self {
            keys: BTreeMap::new(),
            first_end: Time::from_milliseconds(0),
            copies: Vec::new(),
            stolen: None,
            co_holder,
            dice: Dice::new(seed, "periods"),
        }
    }

    /// Makes the keys that are wanted in this month and not there, and enters them.
    pub fn make(&mut self, log: &mut Log, agreements: &[Agreement], generation: u32) -> Result<(), Fault> {
        for (group, period) in warden::periods::wanted(agreements, Month::of(log.now), generation) {
            if log.state.periods.contains_key(&period) {
                continue;
            }
            let secret = PeriodSecretKey::generate(&mut self.dice);
            let public = secret.public();
            let (key, ends) = (public.hash(), warden::periods::ends(&group, &period));
            log.enter(Entry::PeriodKey(PeriodKey {
                period: period.clone(),
                classes: group.classes,
                key,
                ends,
                co_holder: self.co_holder.as_ref().map(|(name, _)| name.clone()),
            }))?;
            if let Some(stolen) = &mut self.stolen {
                stolen.insert(period.clone(), copy(&secret));
            }
            self.keys.insert(period, (secret, public));
        }
        Ok(())
    }

    /// Destroys what is over: announced, cosigned, destroyed, written. Whether there was any.
    pub fn destroy(&mut self, log: &mut Log) -> Result<bool, Fault> {
        let now = log.now;
        // Every hour of five years: nothing is looked through before the first of them ends.
        if self.keys.is_empty() || now < self.first_end {
            return Ok(false);
        }
        let over = warden::periods::over(&log.state, now).map(|(period, own)| (period.clone(), own.key));
        let over: Vec<_> = over.map(|(period, key)| Shred { period, key }).collect();
        for shred in &over {
            log.enter(Entry::ShredIntent(shred.clone()))?;
        }
        for shred in &over {
            if let Some((secret, _)) = self.keys.remove(&shred.period) {
                self.copies.push((now, shred.period.clone(), secret));
            }
            log.enter(Entry::Shred(shred.clone()))?;
        }
        let living = log.state.periods.values().filter(|period| period.shredded.is_none());
        self.first_end = living.map(|period| period.ends).min().unwrap_or(now);
        Ok(!over.is_empty())
    }

    /// The key that a period's batches are sealed to.
    pub fn public(&self, period: &PeriodId) -> Option<&PeriodPublicKey> {
        self.keys.get(period).map(|(_, public)| public)
    }

    /// To whom the layer is sealed that is around all of it.
    pub fn layer(&self) -> Option<&PeriodPublicKey> {
        self.co_holder.as_ref().map(|(_, layer)| layer)
    }

    /// Somebody has the warden's host from now on: every key, and the copies of files.
    pub fn taken(&mut self, now: Time) {
        self.copies.retain(|(then, ..)| now.milliseconds() - then.milliseconds() <= i64::from(COPIES_DAYS) * DAY);
        let own = self.keys.iter().map(|(period, (secret, _))| (period.clone(), copy(secret)));
        let kept = self.copies.iter().map(|(_, period, secret)| (period.clone(), copy(secret)));
        self.stolen = Some(own.chain(kept).collect());
    }

    /// Another warden has taken over: what it makes he does not have.
    pub fn taken_back(&mut self) -> Stolen {
        self.stolen.take().unwrap_or_default()
    }
}

fn copy(secret: &PeriodSecretKey) -> PeriodSecretKey {
    PeriodSecretKey::from_bytes(&secret.to_bytes())
}
