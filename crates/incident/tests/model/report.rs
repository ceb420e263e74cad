//! The same world as a real ledger, and what the code says of it.

use super::{
    Scenario, Taken,
    deed::{Day, Note, Said, What},
    estate::*,
    spec::Counted,
    world::World,
};
use incident::{
    Assessment, History, Hypotheses,
    dating::Terms,
    exposure::{self, Files, Ground},
    history::Fault,
};
use ledger::{entry::*, header::*, opening::*, *};
use std::collections::BTreeSet;

const AGREEMENTS: [&str; 2] = ["A-3", "A-4"];
/// The day before all others is the estate's own.
const FIRST_DAY: &str = "2026-09-02T00:00:00.000Z";

fn moment(day: Day) -> Time {
    Time::from_milliseconds(time(FIRST_DAY).milliseconds() + day * 86_400_000)
}

/// What is the same in every world of a scenario.
#[derive(Debug, Clone)]
pub struct Prefix {
    estate: Estate,
    scenario: Scenario,
}

impl Prefix {
    pub fn new(scenario: &Scenario) -> Self {
        let copies = u32::try_from(scenario.copies_days).unwrap();
        let mut estate = Estate::on(scenario.hosts(), copies);
        let agreements = AGREEMENTS.map(|agreement| terms(agreement, "S-1", "C-1", &[("d90", &[Address], 90)]));
        estate.push(estate.policy(vec![], vec![], agreements.to_vec()));
        Self { estate, scenario: *scenario }
    }

    /// What `exposure::assess` says of this world.
    pub fn counted(&self, world: &World) -> Counted {
        let found = self.assessment(world);
        Counted { bits: u8::try_from(found.at_most.rows).unwrap(), unbounded: found.at_most.unbounded }
    }

    fn assessment(&self, world: &World) -> Assessment {
        let mut ledger = Ledger { estate: self.estate.clone(), offset: self.estate.leaves.len() };
        for (place, leaf) in world.leaves.iter().enumerate() {
            let entry = ledger.entry(world, place, &leaf.what);
            ledger.estate.force(&Logged { time: moment(leaf.day), entry }.to_bytes());
        }
        let last = ledger.note(&Note { size: world.leaves.len(), times: [Some(world.day); 2] });
        let leaves = ledger.estate.leaves.iter().map(|leaf| Ok::<_, Fault>(leaf.as_slice()));
        let history = History::read(leaves, last.as_bytes()).unwrap();
        let headers = world
            .bodies
            .iter()
            .enumerate()
            .filter(|(_, body)| !body.header_lost)
            .map(|(number, _)| (batch(number), disclosed(world, number)))
            .collect();
        let terms = Terms { organisations: self.scenario.organisations, clock_error: 1 };
        let hypotheses = Hypotheses::parse(&self.hypothesis(world)).unwrap();
        let beside = Files { headers, ..Files::default() };
        exposure::assess(&history, &beside, &hypotheses, Ground { terms, ..APART }).unwrap()
    }

    fn hypothesis(&self, world: &World) -> String {
        let kind = match self.scenario.taken {
            Taken::Warden => "warden\"".to_owned(),
            Taken::Host => "host\"\nworkers = [\"gw-1\"]".to_owned(),
            Taken::Principal => "principal\"\nprincipal = \"support-7\"".to_owned(),
            Taken::Carrier => format!("carrier-key\"\ncertificate = \"sha256:{}\"", Hash([81; 32])),
        };
        let date = |key, day: Option<Day>| day.map_or(String::new(), |day| format!("{key} = {}\n", moment(day)));
        format!("[[hypothesis]]\nkind = \"{kind}\n{}{}", date("from", world.stolen), date("to", world.left))
    }
}

struct Ledger {
    estate: Estate,
    /// Entries before the world's own.
    offset: usize,
}

impl Ledger {
    fn note(&self, note: &Note) -> String {
        let leaves = &self.estate.leaves[..self.offset + note.size];
        let checkpoint = tlog::Checkpoint::new(ORIGIN, leaves.len() as u64, root(leaves)).unwrap();
        let cosigners = [1, 2].into_iter().zip(note.times).filter_map(|(witness, day)| Some((witness, day?)));
        let generation = self.estate.state.cast_of(leaves.len() as u64).unwrap().generation;
        let signer = warden_of(u8::try_from(generation).unwrap());
        let signed = tlog::note::sign(&checkpoint.to_text(), &signer).unwrap();
        cosigners.fold(signed, |signed, (number, day)| {
            let seconds = u64::try_from(moment(day).milliseconds() / 1000).unwrap();
            let line = tlog::cosignature::cosign(&checkpoint.to_text(), &witness(number), seconds).unwrap();
            tlog::note::append(&signed, &line).unwrap()
        })
    }

    fn entry(&self, world: &World, place: usize, what: &What) -> Entry {
        let own = |number: u8| period(number, world.generation_of(number));
        let destroyed = |number: u8| Shred { period: own(number), key: key(number, false) };
        match what {
            What::Key(number, second, generation) => Entry::PeriodKey(PeriodKey {
                period: period(*number, *generation),
                classes: set(&[Address]),
                key: key(*number, *second),
                ends: moment(0),
                co_holder: None,
            }),
            What::Intake(number) => Entry::Intake(self.intake(world, *number)),
            What::ShredIntent(number) => Entry::ShredIntent(destroyed(*number)),
            What::Shred(number) => Entry::Shred(destroyed(*number)),
            What::Resurfaced(number) => Entry::Resurfaced(destroyed(*number)),
            What::Beat(note) => Entry::Heartbeat(Heartbeat { note: self.note(note) }),
            What::Start(number, closes) => {
                let own = |start: &u8| closes & 1 << start != 0;
                let closes = (0..*number)
                    .filter(own)
                    .map(|start| Closed { instance: instance(start), last: last(world, start) });
                let mut closes: Vec<_> = closes.collect();
                closes.sort_by_key(|closed| closed.instance);
                let (instance, boot) = (instance(*number), BootId([200 + number; 16]));
                let record = StartRecord { worker: "gw-1".parse().unwrap(), instance, boot, closes };
                Entry::Start(Start::new(record, &secret(1)))
            }
            What::Tick(said) => self.tick(said),
            What::Intent(number) => intent(world, *number, place),
            What::Renew(seen) => self.renewal(seen),
            What::Carrier => {
                let (carrier, certificates) = ("C-1".parse().unwrap(), [Hash([91; 32])].into());
                let carrier = Carrier { carrier, key: Some(public(4)), certificates, edi: [].into() };
                self.estate.policy(vec![], vec![carrier], vec![])
            }
        }
    }

    fn tick(&self, said: &Said) -> Entry {
        let record = TickRecord {
            worker: "gw-1".parse().unwrap(),
            instance: FIRST,
            number: said.number.into(),
            next: said.next.into(),
            open: (said.open..said.next).map(u64::from).collect(),
            credit: Credit::default(),
            seen: Some(self.estate.head(self.offset + said.seen)),
        };
        Entry::Tick(Tick::new(record, &secret(1)))
    }

    fn renewal(&self, seen: &Note) -> Entry {
        let key = warden_of(2).verifier().to_string();
        let (organisation, host) = ("Post".parse().unwrap(), "vault-2.example".parse().unwrap());
        let warden = PlacedKey { key, organisation, host };
        let mut record = PolicyRecord::new(ORIGIN, self.estate.state.policies + 1, Some(self.note(seen)));
        record.generation = Some(Generation { warden, copies_days: 0 });
        let signature = record.sign(&secret(90));
        Entry::Policy(Policy::new(record, vec![signature]))
    }

    fn intake(&self, world: &World, number: usize) -> Intake {
        let Disclosed { header, salt } = disclosed(world, number);
        let keys = header.groups.iter().map(|group| SealedTo { period: group.period.clone(), key: group.key });
        let named = world.leaves.iter().position(|leaf| leaf.what == What::Carrier);
        let rotated = named.filter(|_| !world.bodies[number].first_certificate);
        let carrier = rotated.map_or(CARRIERS, |place| (self.offset + place) as u64);
        let anchor = Anchor {
            batch: header.batch,
            header: header.salted(&salt),
            rows: header.rows,
            parties: header.parties,
            octets: 1_000,
            carrier,
            keys: keys.collect(),
        };
        let record = IntakeRecord {
            worker: header.worker,
            received: header.received,
            instance: header.instance,
            ticket: header.ticket,
            part: 1,
            parts: 1,
            channel: Channel::Https,
            tls: true,
            decryption: None,
            octets: 1_000,
            rows: header.rows.into(),
            parties: header.parties,
            verdict: Verdict::Accepted,
            shipper: Some(header.shipper),
            batches: vec![anchor],
        };
        Intake::new(record, &secret(1))
    }
}

fn instance(start: u8) -> InstanceId {
    if start == 0 { FIRST } else { InstanceId([200 + start; 16]) }
}

/// Of a process that is over.
fn last(world: &World, start: u8) -> u64 {
    world.bodies.iter().filter(|body| body.start == start && body.recorded).count() as u64
}

fn period(number: u8, generation: u8) -> PeriodId {
    let first: PeriodId = format!("{}/2026-09/d90", AGREEMENTS[usize::from(number)]).parse().unwrap();
    PeriodId { generation: 1 + u32::from(generation), ..first }
}

fn key(number: u8, second: bool) -> Hash {
    Hash([150 + number * 2 + u8::from(second); 32])
}

fn batch(number: usize) -> BatchId {
    BatchId([u8::try_from(160 + number).unwrap(); 16])
}

fn disclosed(world: &World, number: usize) -> Disclosed {
    let body = &world.bodies[number];
    let (rows, received) = (1 << number, moment(body.received));
    let own = period(body.period, body.generation);
    let header = Header {
        version: VERSION.into(),
        suite: "made-up".into(),
        batch: batch(number),
        shipper: "S-1".parse().unwrap(),
        carrier: "C-1".parse().unwrap(),
        agreement: own.agreement.clone(),
        month: own.month,
        worker: "gw-1".parse().unwrap(),
        instance: instance(body.start),
        ticket: world.ticket(number).into(),
        received,
        sealed: received,
        rows,
        parties: rows.into(),
        counts: vec![Count { province: Province::QC, classes: set(&[Operational, Address]), rows }],
        groups: vec![Group {
            co_holder: None,
            period: own,
            key: key(body.period, body.second),
            classes: set(&[Address]),
            commitment: Hash([7; 32]),
        }],
        body: Hash([8; 32]),
    };
    header.check().unwrap();
    Disclosed { header, salt: Hash([9; 32]) }
}

fn intent(world: &World, number: usize, place: usize) -> Entry {
    let Disclosed { header, salt } = disclosed(world, number);
    let rows: BTreeSet<u32> = (1..=header.rows).collect();
    let scope = Scope {
        principal: "support-7".parse().unwrap(),
        purpose: Purpose::Support,
        ticket: "T-1".parse().unwrap(),
        batch: header.batch,
        header: header.salted(&salt),
        rows,
        classes: set(&[Address]),
        requested: header.received,
        nonce: Hash([u8::try_from(place).unwrap(); 32]),
    };
    let request = OpeningRequest::new(scope, &secret(3));
    Entry::Intent(Intent { opening: request.id(), request, approval: None })
}
