//! What stands, and the periods' public keys: proven to be the ledger's.

use super::{Included, Octets, Pins, Place, Unproven, request};
use ledger::{
    AgreementId, Entry, Hash, PrincipalId, Pseudonym, Time, WorkerId,
    entry::{Agreement, Authority, Carrier, Generation, Hold, PeriodKey, PolicyRecord, Principal, Shipper, Witnesses},
};
use seal::PeriodPublicKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tlog::Checkpoint;

/// What a worker may seal to: keys are made for this month and the three after, of every agreement that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Periods {
    /// The worker that asks and signs.
    pub worker: WorkerId,
    /// Now, within five minutes of the warden's clock.
    pub requested: Time,
    /// 32 random octets: the same request is not taken twice.
    pub nonce: Hash,
}
request!(Periods, "bulla.periods/1");

/// Who is delivered to by which agreement, and the public keys that may be sealed to: of these agreements, from this month
/// on, not shredded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodList {
    /// A checkpoint with its quorum of cosignatures that covers all of it.
    pub checkpoint: String,
    /// Every policy, from the first: what stands follows from all of them.
    pub policies: Vec<Included>,
    /// The keys, sorted by period.
    pub periods: Vec<ListedPeriod>,
}

/// The answer to a policy: it stands, and is cosigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// A checkpoint with its quorum of cosignatures that covers it.
    pub checkpoint: String,
    /// Where it stands in that checkpoint's tree.
    pub place: Place,
}

/// A period's public key and its place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedPeriod {
    /// The `period_key` entry with its proof.
    pub born: Included,
    /// The X-Wing public key, 1,216 octets.
    pub public: Octets,
}

/// A period that was proven to be in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// What the ledger says of it.
    pub entry: PeriodKey,
    /// The key to seal to.
    pub public: PeriodPublicKey,
    /// Index of its entry.
    pub index: u64,
}

impl PeriodList {
    /// What officers have decided, each step signed by them: the warden's word is not enough. Who signs and cosigns the
    /// ledger follows from that, beginning with `first`. Checks no proof: [`Self::verify`] does.
    ///
    /// # Errors
    /// [`Unproven::Policy`] for the first that does not follow.
    pub fn standing(&self, first: &Pins, authority: &Authority) -> Result<Standing, Unproven> {
        let mut standing = Standing::first(first.clone(), authority.clone());
        for included in &self.policies {
            let index = included.index;
            let Entry::Policy(policy) = &included.logged.entry else { return Err(Unproven::Entry { index }) };
            let record = &policy.record;
            let follows = record.number == standing.number + 1 && record.origin == first.warden.name();
            if !follows || !policy.is_signed_by(&standing.authority) {
                return Err(Unproven::Policy { index });
            }
            standing.decide(index, record)?;
        }
        Ok(standing)
    }

    /// Checks everything against a standing of this list and its checkpoint, and returns what may be sealed to. Whether the
    /// list is an old one is for whoever knows a later checkpoint to say.
    ///
    /// # Errors
    /// [`Unproven`]: nothing of the list may be used then.
    pub fn verify(&self, standing: &Standing) -> Result<Vec<Period>, Unproven> {
        let checkpoint = standing.pins.checkpoint(&self.checkpoint)?;
        self.policies.iter().try_for_each(|policy| policy.verify(&checkpoint))?;
        let listed = |listed: &ListedPeriod| {
            let period = listed.verify(&checkpoint)?;
            let own = period.entry.period.generation == standing.generation;
            // What an earlier generation made may be in other hands: nothing new is sealed to it.
            if own { Ok(period) } else { Err(Unproven::OldGeneration { period: period.entry.period }) }
        };
        self.periods.iter().map(listed).collect()
    }
}

/// What policies have decided so far.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Who signs and cosigns the ledger now.
    pub pins: Pins,
    /// Of the warden, from 1.
    pub generation: u32,
    /// Who signs the next policy.
    pub authority: Authority,
    /// The last policy's number; 0 before the first.
    pub number: u64,
    /// Who may ask, as last decided.
    pub principals: BTreeMap<PrincipalId, Principal>,
    /// Who is delivered to, as last decided.
    pub carriers: BTreeMap<Pseudonym, DecidedCarrier>,
    /// Whose totals count, by which key, and whose people are made up, as last decided.
    pub shippers: BTreeMap<Pseudonym, Shipper>,
    /// Who exchanges with whom, as last decided.
    pub agreements: BTreeMap<AgreementId, Agreement>,
    /// What is kept beyond its retention, as last decided; those that are over are not here.
    pub holds: Vec<Hold>,
}

/// A carrier, and where officers decided on it as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedCarrier {
    /// As last decided.
    pub carrier: Carrier,
    /// Index of the `policy` entry that says so.
    pub entry: u64,
}

impl Standing {
    /// Before the first policy: what a party was told out of band.
    pub fn first(pins: Pins, authority: Authority) -> Self {
        Self {
            pins,
            generation: 1,
            authority,
            number: 0,
            principals: BTreeMap::new(),
            carriers: BTreeMap::new(),
            shippers: BTreeMap::new(),
            agreements: BTreeMap::new(),
            holds: Vec::new(),
        }
    }

    /// Follows one more policy, which stands at this index and whose signatures and number the caller has checked.
    ///
    /// # Errors
    /// [`Unproven::Pin`] for a key that is none.
    pub fn decide(&mut self, entry: u64, record: &PolicyRecord) -> Result<(), Unproven> {
        self.number = record.number;
        let PolicyRecord {
            principals, carriers, shippers, agreements, holds, generation, witnesses, authority, ..
        } = record.clone();
        if let Some(Generation { warden, .. }) = generation {
            self.generation += 1;
            self.pins.warden = warden.key.parse().map_err(Unproven::Pin)?;
        }
        if let Some(Witnesses { keys, quorum }) = witnesses {
            let read = keys.iter().map(|witness| witness.key.parse());
            self.pins.witnesses = read.collect::<Result<_, _>>().map_err(Unproven::Pin)?;
            self.pins.quorum = usize::try_from(quorum).unwrap_or(usize::MAX);
        }
        for own in shippers {
            self.shippers.insert(own.shipper.clone(), own);
        }
        self.shippers.retain(|_, own| own.key.is_some() || own.opened_by.is_some());
        for hold in holds {
            let same = |own: &Hold| (&own.agreement, own.first, own.last) == (&hold.agreement, hold.first, hold.last);
            self.holds.retain(|own| !same(own));
            self.holds.extend(Some(hold).filter(|hold| hold.until.is_some()));
        }
        self.authority = authority.unwrap_or_else(|| self.authority.clone());
        self.principals.extend(principals.into_iter().map(|own| (own.principal.clone(), own)));
        let decided = |carrier: Carrier| (carrier.carrier.clone(), DecidedCarrier { carrier, entry });
        self.carriers.extend(carriers.into_iter().map(decided));
        self.agreements.extend(agreements.into_iter().map(|own| (own.agreement.clone(), own)));
        Ok(())
    }

    /// Of these what is new or changed, as the next policy.
    pub fn draft(
        &self,
        principals: Vec<Principal>,
        carriers: Vec<Carrier>,
        agreements: Vec<Agreement>,
    ) -> PolicyRecord {
        let principals = principals.into_iter().filter(|own| self.principals.get(&own.principal) != Some(own));
        let known = |carrier: &Carrier| self.carriers.get(&carrier.carrier).map(|decided| &decided.carrier);
        let carriers = carriers.into_iter().filter(|own| known(own) != Some(own));
        let agreements = agreements.into_iter().filter(|own| self.agreements.get(&own.agreement) != Some(own));
        PolicyRecord {
            principals: principals.collect(),
            carriers: carriers.collect(),
            agreements: agreements.collect(),
            ..PolicyRecord::new(self.pins.warden.name(), self.number + 1, None)
        }
    }
}

impl ListedPeriod {
    fn verify(&self, checkpoint: &Checkpoint) -> Result<Period, Unproven> {
        self.born.verify(checkpoint)?;
        let index = self.born.index;
        let Entry::PeriodKey(entry) = &self.born.logged.entry else { return Err(Unproven::Entry { index }) };
        let public = PeriodPublicKey::from_bytes(&self.public.0).ok().filter(|public| public.hash() == entry.key);
        let public = public.ok_or_else(|| Unproven::Key { period: entry.period.clone() })?;
        Ok(Period { entry: entry.clone(), public, index })
    }
}
