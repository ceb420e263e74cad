//! What gateways, shippers, the warden, somebody who opens and a thief do, and what is written of it.

use super::{
    deed::{Body, Deed},
    estate::*,
    gateway::{Disk, Item, Process},
};
use ledger::{entry::*, replay::Taken, *};
use std::collections::{BTreeMap, BTreeSet};

/// Whatever has a time has one of its own; several of them are in one second, which is all that a note tells.
const MOMENT: i64 = 300;
/// What a body that did not end is noted with.
pub const ALLOWED: u64 = 64;
const SHIPPERS: [(&str, &str, Rows); 2] = [
    ("S-1", "A-1", &[(Province::QC, &[Address, Contact, Remarks], 1)]),
    ("S-2", "A-2", &[(Province::ON, &[Address], 1)]),
];
/// Two keys to read messages with, one after the other.
pub const DECRYPTION: Hash = Hash([7; 32]);

#[derive(Debug, Clone)]
pub struct World {
    pub estate: Estate,
    pub running: Vec<Process>,
    copy: Option<(WorkerId, Disk)>,
    pub bodies: Vec<Body>,
    starts: u8,
    boots: u8,
    rotated: bool,
    pub shredded: BTreeMap<PeriodId, Time>,
    pub opened: Vec<(Time, BatchId, u32)>,
    pub stolen: Option<Time>,
    pub left: Option<Time>,
    /// Machines that were running then.
    pub memory: BTreeSet<BootId>,
    /// With the body of each.
    batches: Vec<(BatchId, usize)>,
}

fn worker(number: usize) -> WorkerId {
    ["gw-1", "gw-2"][number].parse().unwrap()
}

pub fn key(shipper: usize) -> u8 {
    71 + u8::try_from(shipper).unwrap()
}

impl World {
    /// Both gateways run, and officers have enrolled both shippers.
    pub fn new(copies_days: u32) -> Self {
        let mut estate = Estate::on(HOSTS, copies_days);
        let of = |number: usize| Shipper {
            shipper: SHIPPERS[number].0.parse().unwrap(),
            key: Some(public(key(number))),
            opened_by: None,
        };
        let new = PolicyRecord::new(ORIGIN, estate.state.policies + 1, None);
        let record = PolicyRecord { shippers: vec![of(0), of(1)], ..new };
        let signature = record.sign(&secret(90));
        estate.push(Entry::Policy(Policy::new(record, vec![signature])));
        let mut world = Self {
            estate,
            running: vec![],
            copy: None,
            bodies: vec![],
            starts: 0,
            boots: 0,
            rotated: false,
            shredded: BTreeMap::new(),
            opened: vec![],
            stolen: None,
            left: None,
            memory: BTreeSet::new(),
            batches: vec![],
        };
        for number in [1, 0] {
            let first = InstanceId([101 + u8::try_from(number).unwrap(); 16]);
            let boot = world.boot();
            let process = world.start((worker(number), boot), Disk::from([(first, BTreeMap::new())]), true);
            world.running.insert(0, process);
        }
        world.wait(1, true);
        world
    }

    pub fn does(&mut self, deed: Deed) {
        match deed {
            Deed::Wait(hours, beat) => self.wait(hours, beat),
            Deed::Receive { shipper, rows, sealed, as2 } => self.receive(shipper, rows, sealed, as2),
            Deed::Begin { shipper, rows } => {
                let body = self.body(shipper, rows, false);
                self.running[0].note(Item { body, intake: None, known: false });
            }
            Deed::Anchor(which, written) => self.anchor(which, written),
            Deed::Tick(credit, written, seen) => self.tick(credit, written, seen),
            Deed::Restart(machine) => self.restart(machine),
            Deed::Copy => self.copy = Some((self.running[0].worker.clone(), self.running[0].disk.clone())),
            Deed::Restore => self.copied(true, false),
            Deed::Clone(elsewhere) => self.copied(false, elsewhere),
            Deed::Switch => self.running.rotate_left(1),
            Deed::Shred(which) => self.shred(which),
            Deed::Rotate if !self.rotated => self.rotate(),
            Deed::Open(which, row) => self.open(which, row),
            Deed::Steal if self.stolen.is_none() => {
                self.stolen = Some(self.estate.now);
                self.memory = self.running.iter().filter(|own| own.worker == worker(0)).map(|own| own.boot).collect();
                self.pass_time(MOMENT);
            }
            Deed::Leave if self.stolen.is_some() && self.left.is_none() => {
                self.left = Some(self.estate.now);
                self.pass_time(MOMENT);
            }
            Deed::Pass { shipper, rows } if self.stolen.is_some() && self.left.is_none() => {
                let body = self.body(shipper, rows, false);
                let own = &mut self.bodies[body];
                (own.worker, own.boot, own.instance) = (worker(0), None, None);
            }
            Deed::Rotate | Deed::Steal | Deed::Leave | Deed::Pass { .. } => {}
        }
    }

    fn wait(&mut self, hours: i64, beat: bool) {
        if beat {
            self.estate.beat(&[1]);
        }
        self.pass_time(hours * 3_600_000);
        let month = Month::of(self.estate.now);
        for (agreement, group, classes) in
            [("A-1", "d7", &[Remarks][..]), ("A-1", "d90", &[Linkable, Address, Contact]), ("A-2", "d90", &[Address])]
        {
            let period = format!("{agreement}/{month}/{group}");
            if !self.estate.state.periods.contains_key(&period.parse().unwrap()) {
                self.estate.make_key(&period, classes);
            }
        }
    }

    fn pass_time(&mut self, milliseconds: i64) {
        self.estate.now = Time::from_milliseconds(self.estate.now.milliseconds() + milliseconds);
    }

    fn boot(&mut self) -> BootId {
        self.boots += 1;
        BootId([self.boots; 16])
    }

    fn body(&mut self, shipper: usize, rows: u32, as2: bool) -> usize {
        let Process { worker, boot, instance, .. } = self.running[0].clone();
        self.bodies.push(Body {
            time: self.estate.now,
            shipper,
            rows,
            worker,
            boot: Some(boot),
            instance: Some(instance),
            periods: vec![],
            certificate: 0,
            decryption: as2.then_some(DECRYPTION),
            told: false,
        });
        self.pass_time(MOMENT);
        self.bodies.len() - 1
    }

    fn receive(&mut self, shipper: usize, rows: u32, sealed: bool, as2: bool) {
        let process = &self.running[0];
        // What cannot be stored leaves the sender with an error, and an entry as of one that broke off.
        let sealed = sealed && process.out() + u64::from(rows) <= process.limit();
        let body = self.body(shipper, rows, as2);
        let (instance, ticket) = (self.running[0].instance, self.running[0].next());
        let own = worker_key(&self.running[0].worker);
        let mut record = self.record(body, (instance, ticket), Verdict::Refused);
        if sealed {
            let (_, agreement, kinds) = SHIPPERS[shipper];
            let (province, classes, _) = kinds[0];
            let disclosed =
                self.estate.seal(&record.worker, (instance, ticket), agreement, &[(province, classes, rows)]);
            let anchor = self.estate.anchor(&disclosed);
            let stored = &mut self.bodies[body];
            stored.periods = anchor.keys.iter().map(|to| to.period.clone()).collect();
            stored.certificate = [81 + 10 * u8::from(self.rotated), 82][shipper];
            self.batches.push((anchor.batch, body));
            self.estate.headers.insert(anchor.batch, disclosed);
            record.verdict = Verdict::Accepted;
            record.parties = anchor.parties;
            record.batches = vec![anchor];
        }
        self.running[0].note(Item { body, intake: Some(Intake::new(record, &own)), known: false });
    }

    fn record(&self, body: usize, (instance, ticket): (InstanceId, u64), verdict: Verdict) -> IntakeRecord {
        let own = &self.bodies[body];
        let broken = verdict == Verdict::Broken;
        let rows = if broken { ALLOWED } else { own.rows.into() };
        IntakeRecord {
            worker: own.worker.clone(),
            received: own.time,
            instance,
            ticket,
            part: 1,
            parts: 1,
            channel: if own.decryption.is_some() { Channel::As2 } else { Channel::Https },
            tls: true,
            decryption: own.decryption,
            octets: 1_000,
            rows,
            parties: 2 * rows,
            verdict,
            shipper: (!broken).then(|| SHIPPERS[own.shipper].0.parse().unwrap()),
            batches: vec![],
        }
    }

    fn push(&mut self, entry: Entry) {
        let leaf = Logged { time: self.estate.now, entry }.to_bytes();
        assert_eq!(self.estate.force(&leaf), Taken::Applied, "what honest processes say has effect");
        self.pass_time(MOMENT);
    }

    /// Whether it stands in the ledger then.
    fn enter(&mut self, body: usize, intake: Intake) -> bool {
        let IntakeRecord { instance, ticket, part, .. } = intake.record;
        let standing = self.estate.state.instances[&instance].entry(ticket, part);
        if let Some(entry) = standing {
            let logged = Logged::read(&self.estate.leaves[usize::try_from(entry).unwrap()]).unwrap();
            return logged.entry == Entry::Intake(intake);
        }
        self.push(Entry::Intake(intake));
        self.bodies[body].told = true;
        true
    }

    fn anchor(&mut self, which: usize, written: bool) {
        let Some((instance, ticket, intake)) = self.running[0].waiting(which).filter(|_| written) else { return };
        let body = self.running[0].disk[&instance][&ticket].body;
        if self.enter(body, intake) {
            self.running[0].disk.get_mut(&instance).unwrap().get_mut(&ticket).unwrap().known = true;
        }
    }

    fn tick(&mut self, credit: u64, written: bool, seen: bool) {
        let process = &mut self.running[0];
        let rows = credit.max(process.out());
        process.ticks += 1;
        process.sent = Some(process.sent.map_or(rows, |sent| sent.min(rows)));
        let open: Vec<u64> = process.tickets().iter().filter(|(_, item)| !item.known).map(|own| *own.0).collect();
        let passed: Vec<usize> = process.tickets().values().filter(|item| item.known).map(|item| item.body).collect();
        let (instance, number, next) = (process.instance, process.ticks, process.next());
        let credit = Credit { rows, parties: 2 * rows };
        let worker = process.worker.clone();
        let key = worker_key(&worker);
        if !written {
            return;
        }
        self.push(Entry::Tick(Tick::new(
            TickRecord { worker, instance, number, next, open, credit, seen: None },
            &key,
        )));
        passed.into_iter().for_each(|body| self.bodies[body].told = true);
        if seen {
            let process = &mut self.running[0];
            (process.proven, process.sent) = (Some(rows), None);
        }
    }

    fn restart(&mut self, machine: bool) {
        let Process { worker, boot, disk, .. } = self.running.remove(0);
        let boot = if machine {
            // Whatever else ran on it is over, too.
            self.running.retain(|own| own.boot != boot);
            self.boot()
        } else {
            boot
        };
        let process = self.start((worker, boot), disk, true);
        self.running.insert(0, process);
    }

    fn copied(&mut self, instead: bool, elsewhere: bool) {
        let Some((worker, disk)) = self.copy.clone() else { return };
        let (own, boot) = (self.running[0].worker.clone(), self.running[0].boot);
        if own != worker {
            return;
        }
        let boot = if elsewhere { self.boot() } else { boot };
        let process = self.start((worker, boot), disk, false);
        if instead {
            self.running[0] = process;
        } else {
            self.running.insert(0, process);
        }
    }

    /// As the code does: everything that the disk has is entered, what did not end as broken; then what is whole is closed. By
    /// a copy nothing: what it is a copy of may be running.
    fn start(&mut self, (worker, boot): (WorkerId, BootId), mut disk: Disk, own: bool) -> Process {
        let key = worker_key(&worker);
        let tickets = disk.iter_mut().flat_map(|(instance, items)| items.iter_mut().map(move |item| (*instance, item)));
        for (instance, (ticket, item)) in tickets {
            let broken = || Intake::new(self.record(item.body, (instance, *ticket), Verdict::Broken), &key);
            let Some(intake) = item.intake.clone().or_else(|| own.then(broken)) else { continue };
            item.known = true;
            self.enter(item.body, intake);
        }
        let mut closes = Vec::new();
        for (instance, items) in disk.iter().filter(|_| own) {
            let last = items.keys().last().copied().unwrap_or(0);
            closes.push(Closed { instance: *instance, last });
            items.values().for_each(|item| self.bodies[item.body].told = true);
        }
        if !own {
            disk.clear();
        }
        self.starts += 1;
        let instance = InstanceId([self.starts; 16]);
        let record = StartRecord { worker: worker.clone(), instance, boot, closes };
        self.push(Entry::Start(Start::new(record, &key)));
        disk.insert(instance, BTreeMap::new());
        Process { worker, boot, disk, instance, proven: None, sent: None, ticks: 0 }
    }

    fn shred(&mut self, which: usize) {
        let month = Month::of(self.estate.now);
        let over = |period: &&PeriodId| period.month < month && !self.shredded.contains_key(period);
        let all: Vec<PeriodId> = self.estate.state.periods.keys().filter(over).cloned().collect();
        let Some(period) = all.get(which % all.len().max(1)) else { return };
        // The thief enters it, and keeps the key.
        self.shredded.insert(period.clone(), self.estate.now);
        self.estate.shred(&period.to_string());
        self.pass_time(MOMENT);
    }

    fn rotate(&mut self) {
        self.rotated = true;
        let (carrier, certificates) = ("C-1".parse().unwrap(), [Hash([91; 32])].into());
        let carrier = Carrier { carrier, key: Some(public(4)), certificates, edi: [].into() };
        let policy = self.estate.policy(vec![], vec![carrier], vec![]);
        self.push(policy);
    }

    fn open(&mut self, which: usize, row: u32) {
        let there = |(batch, body): &&(BatchId, usize)| {
            let mut periods = self.bodies[*body].periods.iter();
            self.estate.state.batches.contains(batch) && !periods.any(|own| self.shredded.contains_key(own))
        };
        let all: Vec<_> = self.batches.iter().filter(there).copied().collect();
        let Some((batch, body)) = all.get(which % all.len().max(1)).copied() else { return };
        let row = 1 + row % self.bodies[body].rows;
        self.opened.push((self.estate.now, batch, row));
        self.estate.open(batch, &[row], &[Address], true);
        self.pass_time(MOMENT);
    }

    /// What a shipper has truly sent since then, up to the last moment that a note of now may mean; signed once that is certainly over.
    pub fn say(&mut self, shipper: usize, from: Time) {
        let sent = self.bodies.iter().filter(|body| body.shipper == shipper && body.time >= from);
        let rows: u64 = sent.map(|body| u64::from(body.rows)).sum();
        let record = SentTotalsRecord {
            origin: ORIGIN.to_owned(),
            shipper: SHIPPERS[shipper].0.parse().unwrap(),
            from,
            to: Time::from_milliseconds(self.estate.now.milliseconds() + 1_000),
            bodies: rows.min(1),
            rows,
            parties: 2 * rows,
            seen: self.estate.note_later(3),
        };
        self.estate.totals.push(SentTotals::new(record, &secret(key(shipper))));
    }

    /// Rows that stand in the ledger as stored.
    pub fn anchored(&self) -> u64 {
        self.estate.state.batches.iter().map(|batch| u64::from(batch.rows)).sum()
    }
}

fn worker_key(own: &WorkerId) -> ed25519_dalek::SigningKey {
    secret(if *own == worker(0) { 1 } else { 2 })
}
