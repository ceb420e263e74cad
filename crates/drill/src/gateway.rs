//! The gateway's part: documents are read, mapped and sealed by the functions that a running gateway calls, and what it says of
//! them is entered.

use crate::{
    Fault,
    custody::Custody,
    log::{Log, public, secret},
    random::Dice,
};
use ed25519_dalek::SigningKey;
use gateway::exchange::vault_copy;
use ledger::{
    BatchId, BootId, Disclosed, Entry, InstanceId, Month, PeriodId, PublicKey, WorkerId,
    entry::{
        Agreement, Anchor, Channel, Closed, Credit, IndexKey, Intake, IntakeRecord, Start, StartRecord, Tick,
        TickRecord, Verdict,
    },
};
use manifest::mapping;
use seal::{Plan, PlannedGroup, Sealed};
use std::collections::BTreeMap;

/// What a new gateway may store beyond its last tick.
const CREDIT_LEAST: u64 = 1_000;

/// The ledger entry that gave the carrier its certificate: the first policy.
pub const CARRIERS: u64 = 1;

/// One worker: its key, its start under way, and what it has said.
pub struct Gateway {
    key: SigningKey,
    running: Option<InstanceId>,
    ticket: u64,
    ticks: u64,
    /// Rows of this day, and of the busiest one.
    today: u64,
    busiest: u64,
    indexes: BTreeMap<Month, seal::IndexKey>,
    dice: Dice,
}

impl Gateway {
    /// One that has not started yet.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "gateway");
        let key = secret(&mut dice);
        Self {
            key,
            running: None,
            ticket: 0,
            ticks: 0,
            today: 0,
            busiest: CREDIT_LEAST,
            indexes: BTreeMap::new(),
            dice,
        }
    }

    /// The worker's name.
    pub fn worker() -> WorkerId {
        "gw-1".parse().expect("a worker's name")
    }

    /// The key that signs what it says.
    pub fn public(&self) -> PublicKey {
        public(&self.key)
    }

    /// It is installed anew, with another key.
    pub fn renew(&mut self) {
        self.key = secret(&mut self.dice);
    }

    /// The machine starts: what ran before is over and wholly in the ledger. Index keys of this month and the next are handed over.
    pub fn start(&mut self, log: &mut Log) -> Result<(), Fault> {
        let closes = self.running.map(|instance| Closed { instance, last: self.ticket }).into_iter().collect();
        let (instance, boot) = (InstanceId(self.dice.octets()), BootId(self.dice.octets()));
        let record = StartRecord { worker: Self::worker(), instance, boot, closes };
        log.enter(Entry::Start(Start::new(record, &self.key)))?;
        (self.running, self.ticket, self.ticks) = (Some(instance), 0, 0);
        let this = Month::of(log.now);
        self.indexes.retain(|month, _| *month >= this);
        for month in [this, this.next()] {
            let dice = &mut self.dice;
            let key = self.indexes.entry(month).or_insert_with(|| seal::IndexKey::generate(dice));
            log.enter(Entry::IndexKey(IndexKey { month, key: key.name(), worker: Self::worker() }))?;
        }
        Ok(())
    }

    /// Reads a document, seals its manifest, and enters what came.
    pub fn receive(
        &mut self,
        log: &mut Log,
        custody: &Custody,
        terms: &Agreement,
        octets: &[u8],
    ) -> Result<Sealed, Fault> {
        let (interchange, findings) = edi::read(octets, &edi::Limits::default());
        if edi::verdict(&interchange, &findings) != edi::Verdict::Accepted {
            return Err(Fault::Document { findings: findings.len() });
        }
        let set = interchange.groups.first().and_then(|group| group.sets.first()).ok_or(Fault::Empty)?;
        let manifest = mapping::read(&interchange, set, &manifest::Class::ALL)?;
        let (instance, month) = (self.running.ok_or(Fault::Empty)?, Month::of(log.now));
        self.ticket += 1;
        let plan = Plan {
            batch: BatchId(self.dice.octets()),
            agreement: terms.agreement.clone(),
            shipper: terms.shipper.clone(),
            carrier: terms.carrier.clone(),
            worker: Self::worker(),
            instance,
            ticket: self.ticket,
            received: log.now,
            sealed: log.now,
            groups: groups(log, custody, terms, month)?,
        };
        let index = self.indexes.get(&month).ok_or(Fault::Empty)?;
        let sealed = vault_copy::seal(plan, &manifest, 0..manifest.parcels.len(), index, &mut self.dice)?;
        let census = edi::census(&interchange);
        let record = IntakeRecord {
            worker: Self::worker(),
            received: log.now,
            instance,
            ticket: self.ticket,
            part: 1,
            parts: 1,
            channel: Channel::Https,
            tls: true,
            decryption: None,
            octets: octets.len() as u64,
            rows: census.rows.max(sealed.header.rows.into()),
            parties: census.parties.max(sealed.header.parties),
            verdict: Verdict::Accepted,
            shipper: Some(terms.shipper.clone()),
            batches: vec![Anchor::of(&sealed.header, &sealed.salt, sealed.octets(), CARRIERS)],
        };
        self.today += record.rows;
        log.enter(Entry::Intake(Intake::new(record, &self.key)))?;
        Ok(sealed)
    }

    /// Says that all is in the ledger, and that as much may be stored beyond as came on the busiest day.
    pub fn tick(&mut self, log: &mut Log) -> Result<(), Fault> {
        self.busiest = self.busiest.max(self.today);
        self.say(log, self.busiest)
    }

    /// Says that all is in the ledger, and that nothing is stored beyond: what a living gateway is asked for before an assessment.
    pub fn settle(&mut self, log: &mut Log) -> Result<(), Fault> {
        self.say(log, 0)
    }

    /// Another day.
    pub fn sleep(&mut self) {
        self.today = 0;
    }

    fn say(&mut self, log: &mut Log, rows: u64) -> Result<(), Fault> {
        self.ticks += 1;
        let record = TickRecord {
            worker: Self::worker(),
            instance: self.running.ok_or(Fault::Empty)?,
            number: self.ticks,
            next: self.ticket + 1,
            open: Vec::new(),
            // Two parties a parcel, and two more: as a gateway says it.
            credit: Credit { rows, parties: rows * 4 },
            seen: Some(log.head()),
        };
        log.enter(Entry::Tick(Tick::new(record, &self.key))).map(drop)
    }
}

/// The keys that this month's batches are sealed to.
fn groups(log: &Log, custody: &Custody, terms: &Agreement, month: Month) -> Result<Vec<PlannedGroup>, Fault> {
    let generation = log.state.cast().ok_or(Fault::Empty)?.generation;
    let planned = |group: &ledger::entry::RetentionGroup| {
        let period = PeriodId { agreement: terms.agreement.clone(), month, group: group.group.clone(), generation };
        let public = custody.public(&period).cloned().ok_or(Fault::Empty)?;
        Ok(PlannedGroup { period, public, co_holder: custody.layer().cloned(), classes: group.classes })
    };
    terms.groups.iter().map(planned).collect()
}

/// A header with its salt, as the gateway keeps it and the warden gets it.
pub fn disclosed(sealed: &Sealed) -> Disclosed {
    Disclosed { header: sealed.header.clone(), salt: sealed.salt }
}
