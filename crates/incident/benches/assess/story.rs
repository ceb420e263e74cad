//! The ledger that is asked: July 2016 to March 2019, made up.

use ed25519_dalek::SigningKey;
use incident::bundle::write_leaf;
use ledger::{entry::*, header::*, opening::Purpose, *};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};
use tlog::{Checkpoint, Cosigner, Signer, Tree, cosignature, note};

const ORIGIN: &str = "bench.example/ledger";
const SHIPPERS: u32 = 44;
const MONTHS: u32 = 33;
/// Days of a month on which each shipper sends.
const SENDS: u32 = 21;
const HOUR: i64 = 3_600_000;

fn secret(octet: u8) -> SigningKey {
    SigningKey::from_bytes(&[octet; 32])
}

fn public(octet: u8) -> PublicKey {
    PublicKey(secret(octet).verifying_key().to_bytes())
}

fn name(text: &str) -> PlaceName {
    text.parse().unwrap()
}

fn numbered(number: u64) -> [u8; 32] {
    let mut octets = [0; 32];
    octets[..8].copy_from_slice(&number.to_be_bytes());
    octets
}

/// July 2016 to March 2019, and retention of 90 days after it.
pub struct Story {
    pub leaves: Vec<Vec<u8>>,
    /// In canonical form, a line each.
    headers: Vec<u8>,
    confirmed: bool,
    /// The carrier's words that it has each of the batches, likewise.
    confirmations: Vec<u8>,
    pub kinds: BTreeMap<&'static str, u32>,
    pub heartbeat_octets: usize,
    tree: Tree,
    now: Time,
    starts: u8,
    ticket: u64,
    ticks: u64,
    made: u64,
    rows: u64,
    keys: BTreeMap<PeriodId, Hash>,
    log: Signer,
    witnesses: [Cosigner; 2],
}

impl Story {
    pub fn told(rows: u32, bodies: u32, confirmed: bool) -> Self {
        let mut story = Self {
            leaves: Vec::new(),
            headers: Vec::new(),
            confirmed,
            confirmations: Vec::new(),
            kinds: BTreeMap::new(),
            heartbeat_octets: 0,
            tree: Tree::new(),
            now: "2016-07-01T00:00:00.000Z".parse().unwrap(),
            starts: 0,
            ticket: 0,
            ticks: 0,
            made: 0,
            rows: 0,
            keys: BTreeMap::new(),
            log: Signer::new(ORIGIN, &[101; 32]).unwrap(),
            witnesses: [1, 2].map(|n| Cosigner::new(&format!("witness-{n}.example"), &[110 + n; 32]).unwrap()),
        };
        story.begin();
        let (mut month, mut open) = (Month { year: 2016, month: 7 }, BTreeSet::new());
        let each = rows.div_ceil(SHIPPERS * MONTHS * SENDS * bodies);
        for _ in 0..MONTHS {
            for shipper in 0..SHIPPERS {
                open.insert(story.make_key(shipper, month));
            }
            let days = (month.next().start().milliseconds() - month.start().milliseconds()) / (24 * HOUR);
            for day in 0..days {
                let sends = day < i64::from(SENDS);
                for hour in 0..24 {
                    story.now = Time::from_milliseconds(month.start().milliseconds() + (day * 24 + hour) * HOUR);
                    if sends && (8..19).contains(&hour) {
                        let shippers = 4 * u32::try_from(hour - 8).unwrap();
                        for shipper in shippers..shippers + 4 {
                            (0..bodies).for_each(|_| story.receive(shipper, month, each));
                        }
                        story.tick();
                    }
                    story.beat();
                }
            }
            story.start();
            if month == (Month { year: 2016, month: 9 }) {
                story.count(open.clone());
            }
            story.shred_ended(&mut open);
            month = month.next();
        }
        // The clock goes on until the theft: a heartbeat a day is enough to date what ends.
        while story.now < "2020-11-01T00:00:00.000Z".parse().unwrap() {
            story.now = story.now.plus_days(1);
            story.shred_ended(&mut open);
            story.beat();
        }
        story
    }

    fn push(&mut self, kind: &'static str, entry: Entry) {
        let leaf = Logged { time: self.now, entry }.to_bytes();
        self.tree.push(tlog::leaf_hash(&leaf));
        *self.kinds.entry(kind).or_default() += 1;
        if kind == "heartbeat" {
            self.heartbeat_octets += leaf.len();
        }
        self.leaves.push(leaf);
    }

    fn begin(&mut self) {
        let placed = |key: String, organisation: &str, host: &str| PlacedKey {
            key,
            organisation: name(organisation),
            host: name(host),
        };
        let witness = |n: usize, cosigner: &Cosigner| {
            placed(cosigner.verifier().to_string(), &format!("Audit {n}"), &format!("w{n}.example"))
        };
        let genesis = Genesis {
            origin: ORIGIN.into(),
            authority: Authority {
                threshold: 1,
                officers: vec![Officer { organisation: name("Post"), key: public(90) }],
            },
            warden: placed(self.log.verifier().to_string(), "Post", "vault.example"),
            copies_days: 0,
            witnesses: self.witnesses.iter().enumerate().map(|(n, cosigner)| witness(n + 1, cosigner)).collect(),
            quorum: 1,
            workers: vec![EnrolledWorker {
                worker: "gw-1".parse().unwrap(),
                key: public(1),
                organisation: name("Provider"),
                host: name("gw.example"),
            }],
        };
        self.push("genesis", Entry::Genesis(genesis));
        let certificates = [Hash([8; 32])].into();
        let carrier =
            Carrier { carrier: "C-1".parse().unwrap(), key: Some(public(4)), certificates, edi: BTreeSet::new() };
        let group = RetentionGroup { group: "d90".parse().unwrap(), classes: classes(), days: 90 };
        let agreement = |n: u32| Agreement {
            agreement: format!("A-{n}").parse().unwrap(),
            shipper: format!("S-{n}").parse().unwrap(),
            carrier: "C-1".parse().unwrap(),
            groups: vec![group.clone()],
        };
        let principal = Principal {
            principal: "support-7".parse().unwrap(),
            key: public(3),
            result_key: Hash([9; 32]),
            purposes: BTreeSet::from([Purpose::Support, Purpose::Assessment]),
            classes: classes(),
            rows: Budget { hour: 60, day: 600, month: 6000 },
            age_days: 36_500,
            alone: 1_000_000,
            approves: false,
            counts: Some(100),
        };
        let record = PolicyRecord {
            principals: vec![principal],
            carriers: vec![carrier],
            agreements: (0..SHIPPERS).map(agreement).collect(),
            ..PolicyRecord::new(ORIGIN, 1, None)
        };
        let signature = record.sign(&secret(90));
        self.push("policy", Entry::Policy(Policy::new(record, vec![signature])));
        self.start();
    }

    fn start(&mut self) {
        let closed = Closed { instance: self.instance(), last: self.ticket };
        let closes = if self.starts == 0 { vec![] } else { vec![closed] };
        self.starts += 1;
        (self.ticket, self.ticks) = (0, 0);
        let (instance, boot) = (self.instance(), BootId([self.starts; 16]));
        let record = StartRecord { worker: "gw-1".parse().unwrap(), instance, boot, closes };
        self.push("start", Entry::Start(Start::new(record, &secret(1))));
    }

    fn instance(&self) -> InstanceId {
        InstanceId([self.starts; 16])
    }

    fn tick(&mut self) {
        self.ticks += 1;
        let record = TickRecord {
            worker: "gw-1".parse().unwrap(),
            instance: self.instance(),
            number: self.ticks,
            next: self.ticket + 1,
            open: Vec::new(),
            credit: Credit { rows: 10_000, parties: 20_000 },
            seen: Some(TreeHead { size: self.tree.size(), root: Hash(self.tree.root()) }),
        };
        self.push("tick", Entry::Tick(Tick::new(record, &secret(1))));
    }

    fn make_key(&mut self, shipper: u32, month: Month) -> PeriodId {
        let period: PeriodId = format!("A-{shipper}/{month}/d90").parse().unwrap();
        self.made += 1;
        let (key, ends) = (Hash(numbered(self.made)), month.next().start().plus_days(90));
        self.keys.insert(period.clone(), key);
        self.push(
            "period_key",
            Entry::PeriodKey(PeriodKey { period: period.clone(), classes: classes(), key, ends, co_holder: None }),
        );
        period
    }

    fn shred_ended(&mut self, open: &mut BTreeSet<PeriodId>) {
        let ended = |period: &PeriodId| period.month.next().start().plus_days(90) <= self.now;
        let ended: Vec<_> = open.iter().filter(|period| ended(period)).cloned().collect();
        for period in ended {
            open.remove(&period);
            let key = self.keys[&period];
            self.push("shred_intent", Entry::ShredIntent(Shred { period: period.clone(), key }));
            self.push("shred", Entry::Shred(Shred { period, key }));
        }
    }

    /// The people of all that is held: two thirds of the rows.
    fn count(&mut self, periods: BTreeSet<PeriodId>) {
        let scope = CountScope {
            principal: "support-7".parse().unwrap(),
            ticket: "T-1".parse().unwrap(),
            periods,
            requested: self.now,
            nonce: Hash([1; 32]),
        };
        let request = CountRequest::new(scope, &secret(3));
        let (count, people) = (request.id(), self.rows * 2 / 3);
        self.push("count_intent", Entry::CountIntent(CountIntent { count, request }));
        self.push("counted", Entry::Counted(Counted { count, outcome: CountOutcome::Given, people: Some(people) }));
    }

    fn receive(&mut self, shipper: u32, month: Month, rows: u32) {
        self.made += 1;
        self.ticket += 1;
        self.rows += u64::from(rows);
        let period: PeriodId = format!("A-{shipper}/{month}/d90").parse().unwrap();
        let mut batch = [0; 16];
        batch.copy_from_slice(&numbered(self.made)[..16]);
        let key = self.keys[&period];
        let worker: WorkerId = "gw-1".parse().unwrap();
        let all = classes().into_iter().chain([FieldClass::Operational]).collect();
        let header = Header {
            version: VERSION.into(),
            suite: "made-up".into(),
            batch: BatchId(batch),
            shipper: format!("S-{shipper}").parse().unwrap(),
            carrier: "C-1".parse().unwrap(),
            agreement: format!("A-{shipper}").parse().unwrap(),
            month,
            worker: worker.clone(),
            instance: self.instance(),
            ticket: self.ticket,
            received: self.now,
            sealed: self.now,
            rows,
            parties: u64::from(rows) * 2,
            counts: vec![Count { province: Province::QC, classes: all, rows }],
            groups: vec![Group {
                period: period.clone(),
                key,
                classes: classes(),
                commitment: Hash([7; 32]),
                co_holder: None,
            }],
            body: Hash(numbered(self.made)),
        };
        let salt = Hash(numbered(self.made ^ 0xff));
        let anchor = Anchor {
            batch: header.batch,
            header: header.salted(&salt),
            rows,
            parties: header.parties,
            octets: 1_000_000,
            carrier: 1,
            keys: vec![SealedTo { period, key }],
        };
        let record = IntakeRecord {
            worker,
            received: self.now,
            instance: self.instance(),
            ticket: self.ticket,
            part: 1,
            parts: 1,
            channel: Channel::Https,
            tls: true,
            decryption: None,
            octets: 10_000,
            rows: rows.into(),
            parties: header.parties,
            verdict: Verdict::Accepted,
            shipper: Some(header.shipper.clone()),
            batches: vec![anchor],
        };
        let intake = Intake::new(record, &secret(1));
        if self.confirmed {
            self.confirm(&header);
        }
        self.headers.extend(canonical::bytes(&Disclosed { header, salt }));
        self.headers.push(b'\n');
        self.push("intake", Entry::Intake(intake));
    }

    /// The carrier has it.
    fn confirm(&mut self, header: &Header) {
        let record = ConfirmationRecord {
            carrier: header.carrier.clone(),
            delivery: DeliveryId(header.batch.0),
            batches: BTreeSet::from([header.batch]),
            digest: header.body,
            rows: header.rows.into(),
            received: self.now,
        };
        self.confirmations.extend(canonical::bytes(&Confirmation::new(record, &secret(4))));
        self.confirmations.push(b'\n');
    }

    fn beat(&mut self) {
        let note = self.note(&[1, 2]);
        self.push("heartbeat", Entry::Heartbeat(Heartbeat { note }));
    }

    fn note(&self, witnesses: &[usize]) -> String {
        let text = Checkpoint::new(ORIGIN, self.tree.size(), self.tree.root()).unwrap().to_text();
        let seconds = u64::try_from(self.now.milliseconds() / 1000).unwrap();
        let signed = note::sign(&text, &self.log).unwrap();
        witnesses.iter().fold(signed, |signed, number| {
            let line = cosignature::cosign(&text, &self.witnesses[number - 1], seconds).unwrap();
            note::append(&signed, &line).unwrap()
        })
    }

    /// Its files: entries, headers, carriers' words, the last note, and pins.
    pub fn write(&self, dir: &Path) {
        let mut entries = BufWriter::new(File::create(dir.join("entries")).unwrap());
        self.leaves.iter().for_each(|leaf| write_leaf(&mut entries, leaf).unwrap());
        entries.flush().unwrap();
        let texts = [("pins", self.pins()), ("note", self.note(&[1, 2]))];
        texts.iter().for_each(|(name, text)| std::fs::write(dir.join(name), text).unwrap());
        std::fs::write(dir.join("headers"), &self.headers).unwrap();
        std::fs::write(dir.join("confirmations"), &self.confirmations).unwrap();
    }

    fn pins(&self) -> String {
        let first = hex::encode(tlog::leaf_hash(&self.leaves[0]));
        let mut text =
            format!("origin = \"{ORIGIN}\"\nfirst_leaf = \"{first}\"\norganisations = 2\nclock_error = 300\n");
        for (n, witness) in self.witnesses.iter().enumerate() {
            text += &format!("[[cosigner]]\norganisation = \"Audit {}\"\nkey = \"{}\"\n", n + 1, witness.verifier());
        }
        text
    }
}

fn classes() -> Classes {
    Classes::from([FieldClass::Linkable, FieldClass::Address, FieldClass::Contact])
}
