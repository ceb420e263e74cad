//! A made-up estate: two shippers, two carriers, two workers, a warden and two witnesses, in memory.
#![allow(dead_code)] // each test binary uses its part of it

use ed25519_dalek::SigningKey;
use incident::{
    Level,
    dating::Terms,
    exposure::{Files, Ground},
};
use ledger::{entry::*, header::*, opening::*, replay::*, *};
use std::collections::{BTreeMap, BTreeSet};

mod autumn;
mod counts;
mod hosts;
mod notes;
mod running;

pub use FieldClass::{Address, Contact, Linkable, Operational, Remarks};
#[allow(unused_imports, reason = "each test binary uses its part")]
pub use autumn::*;
#[allow(unused_imports, reason = "each test binary uses its part")]
pub use counts::*;
pub use hosts::{HOSTS, Hosts};
pub use notes::*;

/// The first worker's first start.
pub const FIRST: InstanceId = InstanceId([101; 16]);
/// The entry that gives both carriers their first certificates.
pub const CARRIERS: u64 = 1;
pub const ORIGIN: &str = "post.example/ledger";
/// The least that pins may say, so that the tests' moments are exact: a note is of some moment of the second that it names.
pub const TERMS: Terms = Terms { organisations: 1, clock_error: 1 };
pub const APART: Ground = Ground { level: Level::WARDEN_APART, terms: TERMS };
pub const ONE_HOST: Ground = Ground { level: Level::ONE_HOST, terms: TERMS };

/// A ledger that grows entry by entry, with the headers and confirmations that a gateway would keep.
#[derive(Debug, Clone)]
pub struct Estate {
    pub leaves: Vec<Vec<u8>>,
    pub headers: BTreeMap<BatchId, Disclosed>,
    pub confirmations: Vec<Confirmation>,
    pub totals: Vec<SentTotals>,
    pub unwraps: Vec<Unwraps>,
    pub state: State,
    pub now: Time,
    /// Whose key asks to open.
    pub asker: u8,
    /// Whose key signs for the first worker.
    pub worker: u8,
    /// Whom the next keys name, and whose layer is sealed around what is sealed to them.
    pub co_holder: Option<CoHolderId>,
    counter: u8,
    /// Of each worker, the start under way and its next ticket.
    running: BTreeMap<WorkerId, (InstanceId, u64)>,
}

/// `(province, classes beside operational, rows)`.
pub type Rows<'a> = &'a [(Province, &'a [FieldClass], u32)];

pub fn secret(octet: u8) -> SigningKey {
    SigningKey::from_bytes(&[octet; 32])
}

pub fn public(octet: u8) -> PublicKey {
    PublicKey(secret(octet).verifying_key().to_bytes())
}

pub fn time(written: &str) -> Time {
    written.parse().unwrap()
}

pub fn set(classes: &[FieldClass]) -> Classes {
    classes.iter().copied().collect()
}

impl Estate {
    /// Genesis, an agent, two carriers, two agreements, the periods of two months, both workers started.
    pub fn new() -> Self {
        Self::on(HOSTS, 0)
    }

    /// The same with each key on a host of the caller's, and the warden's copies kept for so many days.
    pub fn on(hosts: Hosts, copies_days: u32) -> Self {
        let mut estate = Self {
            leaves: Vec::new(),
            headers: BTreeMap::new(),
            confirmations: Vec::new(),
            totals: Vec::new(),
            unwraps: Vec::new(),
            state: State::default(),
            now: time("2026-09-01T00:00:00.000Z"),
            asker: 3,
            worker: 1,
            co_holder: None,
            counter: 0,
            running: BTreeMap::new(),
        };
        estate.push(Entry::Genesis(hosts::genesis(hosts, copies_days)));
        let principal = Principal {
            principal: "support-7".parse().unwrap(),
            key: public(3),
            result_key: Hash([9; 32]),
            purposes: BTreeSet::from([Purpose::Support]),
            classes: set(&[Address, Contact]),
            rows: Budget { hour: 100, day: 1000, month: 10000 },
            age_days: 36_500,
            alone: 1_000_000,
            approves: false,
            counts: None,
        };
        let carrier = |carrier: &str, key, certificate| Carrier {
            carrier: carrier.parse().unwrap(),
            key,
            certificates: [Hash([certificate; 32])].into(),
            edi: BTreeSet::new(),
        };
        let carriers = vec![carrier("C-1", Some(public(4)), 81), carrier("C-2", None, 82)];
        let first = [("d7", &[Remarks][..], 7), ("d90", &[Linkable, Address, Contact], 90)];
        let agreements =
            vec![terms("A-1", "S-1", "C-1", &first), terms("A-2", "S-2", "C-2", &[("d90", &[Address], 90)])];
        estate.push(estate.policy(vec![principal], carriers, agreements));
        for month in ["2026-09", "2026-10"] {
            estate.make_key(&format!("A-1/{month}/d7"), &[Remarks]);
            estate.make_key(&format!("A-1/{month}/d90"), &[Linkable, Address, Contact]);
            estate.make_key(&format!("A-2/{month}/d90"), &[Address]);
        }
        estate.start("gw-1");
        estate.start("gw-2");
        estate
    }

    /// The clocks move on. What was written until now is cosigned, and the next heartbeat says so.
    pub fn at(&mut self, written: &str) -> &mut Self {
        self.beat(&[1]);
        self.now = time(written);
        self
    }

    /// A heartbeat with a note of now, by these witnesses.
    pub fn beat(&mut self, witnesses: &[u8]) -> u64 {
        let note = note_over(&self.leaves, witnesses, self.now);
        self.push(Entry::Heartbeat(Heartbeat { note }))
    }

    pub fn push(&mut self, entry: Entry) -> u64 {
        let logged = Logged { time: self.now, entry };
        let index = self.state.size;
        self.leaves.push(logged.to_bytes());
        self.state.push(index, logged).unwrap();
        index
    }

    /// What a taken warden does: the leaf is in the tree, whatever the rules say.
    pub fn force(&mut self, leaf: &[u8]) -> Taken {
        let index = self.state.size;
        self.leaves.push(leaf.to_vec());
        self.state.take(index, leaf)
    }

    /// The next policy, signed by the one officer.
    pub fn policy(&self, principals: Vec<Principal>, carriers: Vec<Carrier>, agreements: Vec<Agreement>) -> Entry {
        let number = self.state.policies + 1;
        let record = PolicyRecord { principals, carriers, agreements, ..PolicyRecord::new(ORIGIN, number, None) };
        let signature = record.sign(&secret(90));
        Entry::Policy(Policy::new(record, vec![signature]))
    }

    pub fn make_key(&mut self, period: &str, classes: &[FieldClass]) -> u64 {
        self.counter += 1;
        let key = Hash([self.counter; 32]);
        let (ends, co_holder) = (self.now.plus_days(120), self.co_holder.clone());
        let period = period.parse().unwrap();
        self.push(Entry::PeriodKey(PeriodKey { period, classes: set(classes), key, ends, co_holder }))
    }

    pub fn hand_index_key(&mut self, worker: &str, month: &str) -> u64 {
        let key = Hash([month.as_bytes()[6]; 32]);
        self.push(Entry::IndexKey(IndexKey { month: month.parse().unwrap(), key, worker: worker.parse().unwrap() }))
    }

    fn key_of(&self, worker: &WorkerId) -> SigningKey {
        secret(if worker.as_str() == "gw-1" { self.worker } else { 2 })
    }

    /// A body from which one batch was sealed for each agreement and rows named, and `more` rows were not.
    pub fn receive(&mut self, worker: &str, verdict: Verdict, more: u64, batches: &[(&str, Rows)]) -> Vec<BatchId> {
        let worker: WorkerId = worker.parse().unwrap();
        let (instance, ticket) = self.running[&worker];
        self.running.insert(worker.clone(), (instance, ticket + 1));
        let sealed: Vec<_> =
            batches.iter().map(|(agreement, rows)| self.seal(&worker, (instance, ticket), agreement, rows)).collect();
        let anchors: Vec<Anchor> = sealed.iter().map(|disclosed| self.anchor(disclosed)).collect();
        let record = IntakeRecord {
            worker: worker.clone(),
            received: self.now,
            instance,
            ticket,
            part: 1,
            parts: 1,
            channel: Channel::Https,
            tls: true,
            decryption: None,
            octets: 1_000,
            rows: more + anchors.iter().map(|anchor| u64::from(anchor.rows)).sum::<u64>(),
            parties: more * 2 + anchors.iter().map(|anchor| anchor.parties).sum::<u64>(),
            verdict,
            shipper: sealed.first().map(|disclosed| disclosed.header.shipper.clone()),
            batches: anchors,
        };
        let key = self.key_of(&worker);
        self.push(Entry::Intake(Intake::new(record, &key)));
        let ids = sealed.iter().map(|disclosed| disclosed.header.batch).collect();
        self.headers.extend(sealed.into_iter().map(|disclosed| (disclosed.header.batch, disclosed)));
        ids
    }

    pub fn seal(
        &mut self,
        worker: &WorkerId,
        (instance, ticket): (InstanceId, u64),
        agreement: &str,
        rows: Rows,
    ) -> Disclosed {
        self.counter += 1;
        let agreement: AgreementId = agreement.parse().unwrap();
        let month = Month::of(self.now);
        let terms = &self.state.agreements[&agreement][0];
        let mut counts: Vec<_> = rows
            .iter()
            .map(|(province, classes, rows)| {
                let classes = classes.iter().copied().chain([Operational]).collect();
                Count { province: *province, classes, rows: *rows }
            })
            .collect();
        counts.sort();
        let generation = self.state.cast().unwrap().generation;
        let group = |group: &RetentionGroup| {
            let period = PeriodId { agreement: agreement.clone(), month, group: group.group.clone(), generation };
            let (key, classes) = (self.state.periods[&period].key, group.classes);
            let co_holder = self.state.co_holder(&SealedTo { period: period.clone(), key }).map(|own| own.seal_key);
            Group { period, key, classes, commitment: Hash([7; 32]), co_holder }
        };
        let mut groups: Vec<_> = terms.groups.iter().map(group).collect();
        groups.sort_by(|a, b| a.period.cmp(&b.period));
        let total: u32 = rows.iter().map(|(_, _, rows)| rows).sum();
        let header = Header {
            version: VERSION.into(),
            suite: "made-up".into(),
            batch: BatchId([self.counter; 16]),
            shipper: terms.shipper.clone(),
            carrier: terms.carrier.clone(),
            agreement: agreement.clone(),
            month,
            worker: worker.clone(),
            instance,
            ticket,
            received: self.now,
            sealed: self.now,
            rows: total,
            parties: u64::from(total) * 2,
            counts,
            groups,
            body: Hash([self.counter; 32]),
        };
        header.check().unwrap();
        Disclosed { header, salt: Hash([self.counter ^ 0xff; 32]) }
    }

    /// Its delivery copy is encrypted to the certificate that the carrier has now.
    pub fn anchor(&self, disclosed: &Disclosed) -> Anchor {
        let Disclosed { header, salt } = disclosed;
        let keys = header.groups.iter().map(|group| SealedTo { period: group.period.clone(), key: group.key });
        let mut given = self.state.certificates.iter().rev();
        let (carrier, _) = given.find(|(_, given)| given.contains_key(&header.carrier)).unwrap();
        Anchor {
            batch: header.batch,
            header: header.salted(salt),
            rows: header.rows,
            parties: header.parties,
            octets: 900,
            carrier: *carrier,
            keys: keys.collect(),
        }
    }

    pub fn confirm(&mut self, batches: &[BatchId], rows: u64) {
        let record = ConfirmationRecord {
            carrier: self.headers[&batches[0]].header.carrier.clone(),
            delivery: DeliveryId([1; 16]),
            batches: batches.iter().copied().collect(),
            digest: Hash([6; 32]),
            rows,
            received: self.now,
        };
        self.confirmations.push(Confirmation::new(record, &secret(4)));
    }

    /// What stands beside the ledger.
    pub fn beside(&self) -> Files {
        Files {
            headers: self.headers.clone(),
            confirmations: self.confirmations.clone(),
            totals: self.totals.clone(),
            unwraps: self.unwraps.clone(),
        }
    }

    /// Intent, and receipt if `answered`.
    pub fn open(&mut self, batch: BatchId, rows: &[u32], classes: &[FieldClass], answered: bool) -> u64 {
        self.counter += 1;
        let scope = Scope {
            principal: "support-7".parse().unwrap(),
            purpose: Purpose::Support,
            ticket: "T-1".parse().unwrap(),
            batch,
            header: self.state.batches[&batch].header,
            rows: rows.iter().copied().collect(),
            classes: set(classes),
            requested: self.now,
            nonce: Hash([self.counter; 32]),
        };
        let request = OpeningRequest::new(scope, &secret(self.asker));
        let opening = request.id();
        let index = self.push(Entry::Intent(Intent { opening, request, approval: None }));
        if answered {
            self.push(Entry::Receipt(Receipt { opening, outcome: Outcome::Opened, answer: Some(Hash([8; 32])) }));
        }
        index
    }

    /// The index of the second of the two entries.
    pub fn shred(&mut self, period: &str) -> u64 {
        let period: PeriodId = period.parse().unwrap();
        let key = self.state.periods[&period].key;
        self.push(Entry::ShredIntent(Shred { period: period.clone(), key }));
        self.push(Entry::Shred(Shred { period, key }))
    }
}

pub fn terms(agreement: &str, shipper: &str, carrier: &str, groups: &[(&str, &[FieldClass], u32)]) -> Agreement {
    let group = |(group, classes, days): &(&str, &[FieldClass], u32)| RetentionGroup {
        group: group.parse().unwrap(),
        classes: set(classes),
        days: *days,
    };
    Agreement {
        agreement: agreement.parse().unwrap(),
        shipper: shipper.parse().unwrap(),
        carrier: carrier.parse().unwrap(),
        groups: groups.iter().map(group).collect(),
    }
}

pub fn root(leaves: &[Vec<u8>]) -> tlog::Hash {
    leaves.iter().map(|leaf| tlog::leaf_hash(leaf)).collect::<tlog::Tree>().root()
}
