//! R12 over random histories: gateways that store, anchor in any order, are killed, restored from copies and run twice, beside
//! a warden that withholds what it likes. What they truly stored is never more than what an assessment of the ledger says.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{Hypotheses, exposure};
use ledger::{entry::*, replay::Taken, *};
use proptest::prelude::*;
use std::collections::BTreeMap;

const WARDEN: &str = "[[hypothesis]]\nkind = \"warden\"\n";
const PERIOD: &str = "A-2/2026-09/d90";

#[derive(Debug, Clone, Copy)]
enum Deed {
    /// So many rows, if the credit allows it.
    Store(u32),
    /// One of the entries that the process does not know to be there; whether the warden writes it.
    Anchor(usize, bool),
    /// With so much credit; whether the warden writes it, and whether the process gets to see that.
    Tick(u64, bool, bool),
    /// The process dies, and the next one starts on what is on the disk.
    Restart,
    /// The disk is copied.
    Copy,
    /// The process dies, and the next one starts on that copy.
    Restore,
    /// Another process starts on that copy, beside this one.
    Clone,
    /// From now on the other process does what is done.
    Switch,
}

/// What a gateway has on its disk: of each start its stored bodies by ticket, and whether they are known to be anchored.
type Disk = BTreeMap<InstanceId, BTreeMap<u64, (Intake, bool)>>;

struct Process {
    disk: Disk,
    instance: InstanceId,
    proven: Option<u64>,
    sent: Option<u64>,
    ticks: u64,
}

impl Process {
    fn out(&self) -> u64 {
        self.disk[&self.instance].values().filter(|(_, anchored)| !anchored).map(|(intake, _)| intake.record.rows).sum()
    }

    fn limit(&self) -> u64 {
        let proven = self.proven.unwrap_or(0);
        self.sent.map_or(proven, |sent| sent.min(proven))
    }
}

struct World {
    estate: Estate,
    running: Vec<Process>,
    copy: Disk,
    stored: u64,
    batches: u8,
    starts: u8,
}

impl World {
    fn new() -> Self {
        let mut world =
            Self { estate: Estate::new(), running: vec![], copy: Disk::new(), stored: 0, batches: 0, starts: 0 };
        let first = world.start(Disk::new(), true);
        world.running.push(first);
        world
    }

    /// As the code does: everything that the disk has is entered, then what is whole is closed; by a copy nothing, since what it
    /// is a copy of may be running.
    fn start(&mut self, mut disk: Disk, own: bool) -> Process {
        self.starts += 1;
        let instance = InstanceId([self.starts; 16]);
        for (intake, anchored) in disk.values_mut().flat_map(BTreeMap::values_mut) {
            *anchored = true;
            self.enter(intake.clone());
        }
        let closed = |(instance, bodies): (&InstanceId, &BTreeMap<u64, _>)| Closed {
            instance: *instance,
            last: bodies.keys().last().copied().unwrap_or(0),
        };
        let mut closes: Vec<Closed> = disk.iter().map(closed).collect();
        let known = |closed: &Closed| {
            let own = &self.estate.state.instances[&closed.instance];
            own.largest() == closed.last
        };
        closes.retain(|closed| own && known(closed));
        if !own {
            disk.clear(); // none of them is its own to close, ever
        }
        let record = StartRecord { worker: worker(), instance, boot: BootId([1; 16]), closes };
        self.estate.push(Entry::Start(Start::new(record, &secret(1))));
        disk.insert(instance, BTreeMap::new());
        Process { disk, instance, proven: None, sent: None, ticks: 0 }
    }

    /// Whether it stands in the ledger then.
    fn enter(&mut self, intake: Intake) -> bool {
        let IntakeRecord { instance, ticket, part, .. } = intake.record;
        let standing = self.estate.state.instances[&instance].entry(ticket, part);
        if let Some(entry) = standing {
            let logged = Logged::read(&self.estate.leaves[usize::try_from(entry).unwrap()]).unwrap();
            return logged.entry == Entry::Intake(intake);
        }
        self.estate.push(Entry::Intake(intake));
        true
    }

    fn store(&mut self, rows: u32) {
        let process = &mut self.running[0];
        if process.out() + u64::from(rows) > process.limit() {
            return;
        }
        self.stored += u64::from(rows);
        self.batches += 1;
        let period: PeriodId = PERIOD.parse().unwrap();
        let key = self.estate.state.periods[&period].key;
        let bodies = process.disk.get_mut(&process.instance).unwrap();
        let ticket = bodies.keys().last().copied().unwrap_or(0) + 1;
        let anchor = Anchor {
            batch: BatchId([self.batches; 16]),
            header: Hash([222; 32]),
            rows,
            parties: 2 * u64::from(rows),
            octets: 10_000,
            carrier: CARRIERS,
            keys: vec![SealedTo { period, key }],
        };
        bodies.insert(ticket, (intake(&self.estate, process.instance, ticket, anchor), false));
    }

    fn anchor(&mut self, which: usize, written: bool) {
        let waiting = |process: &Process| {
            let all = process.disk.iter().flat_map(|(instance, bodies)| bodies.iter().map(move |own| (*instance, own)));
            let open: Vec<_> = all.filter(|(_, (_, (_, anchored)))| !anchored).collect();
            let (instance, (ticket, (intake, _))) = *open.get(which % open.len().max(1))?;
            Some((instance, *ticket, intake.clone()))
        };
        let Some((instance, ticket, intake)) = waiting(&self.running[0]).filter(|_| written) else { return };
        if self.enter(intake) {
            self.running[0].disk.get_mut(&instance).unwrap().get_mut(&ticket).unwrap().1 = true;
        }
    }

    fn tick(&mut self, credit: u64, written: bool, seen: bool) {
        let process = &mut self.running[0];
        let rows = credit.max(process.out());
        process.ticks += 1;
        process.sent = Some(process.sent.map_or(rows, |sent| sent.min(rows)));
        let bodies = &process.disk[&process.instance];
        let open = bodies.iter().filter(|(_, (_, anchored))| !anchored).map(|(ticket, _)| *ticket).collect();
        let next = bodies.keys().last().copied().unwrap_or(0) + 1;
        let (instance, number) = (process.instance, process.ticks);
        let credit = Credit { rows, parties: 2 * rows };
        let record = TickRecord { worker: worker(), instance, number, next, open, credit };
        if !written {
            return;
        }
        let leaf = Logged { time: self.estate.now, entry: Entry::Tick(Tick::new(record, &secret(1))) }.to_bytes();
        assert_eq!(self.estate.force(&leaf), Taken::Applied, "an honest worker's tick has effect");
        if seen {
            let process = &mut self.running[0];
            (process.proven, process.sent) = (Some(rows), None);
        }
    }

    fn does(&mut self, deed: Deed) {
        match deed {
            Deed::Store(rows) => self.store(rows),
            Deed::Anchor(which, written) => self.anchor(which, written),
            Deed::Tick(credit, written, seen) => self.tick(credit, written, seen),
            Deed::Copy => self.copy = self.running[0].disk.clone(),
            Deed::Restart => self.begin(self.running[0].disk.clone(), true, true),
            Deed::Restore => self.begin(self.copy.clone(), true, false),
            Deed::Clone => self.begin(self.copy.clone(), false, false),
            Deed::Switch => self.running.rotate_left(1),
        }
    }

    fn begin(&mut self, disk: Disk, instead: bool, own: bool) {
        let process = self.start(disk, own);
        if instead {
            self.running[0] = process;
        } else {
            self.running.insert(0, process);
        }
    }
}

fn worker() -> WorkerId {
    "gw-1".parse().unwrap()
}

fn intake(estate: &Estate, instance: InstanceId, ticket: u64, anchor: Anchor) -> Intake {
    let record = IntakeRecord {
        worker: worker(),
        received: estate.now,
        instance,
        ticket,
        part: 1,
        parts: 1,
        channel: Channel::Https,
        tls: true,
        decryption: None,
        octets: 1_000,
        rows: anchor.rows.into(),
        parties: anchor.parties,
        verdict: Verdict::Accepted,
        shipper: None,
        batches: vec![anchor],
    };
    Intake::new(record, &secret(1))
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (1u32..40).prop_map(Deed::Store),
        4 => (0usize..8, any::<bool>()).prop_map(|(which, written)| Deed::Anchor(which, written)),
        4 => (0u64..90, prop::bool::weighted(0.8), prop::bool::weighted(0.8))
            .prop_map(|(credit, written, seen)| Deed::Tick(credit, written, seen)),
        1 => Just(Deed::Restart),
        1 => Just(Deed::Copy),
        1 => Just(Deed::Restore),
        1 => Just(Deed::Clone),
        1 => Just(Deed::Switch),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_was_stored_is_in_the_ledger_or_in_a_gap(deeds in prop::collection::vec(deed(), 1..60)) {
        let mut world = World::new();
        deeds.into_iter().for_each(|deed| world.does(deed));
        let hypotheses = Hypotheses::parse(WARDEN).unwrap();
        let estate = &world.estate;
        let found = exposure::assess(&estate.history(), &estate.beside(), &hypotheses, APART).unwrap();
        prop_assert!(!found.at_most.unbounded);
        prop_assert!(found.at_most.rows >= world.stored, "{} rows of {} stored", found.at_most.rows, world.stored);
        // And no more than what every process said that it may have.
        let credits: u64 = found.gaps.iter().map(|gap| gap.rows).sum();
        let anchored: u64 = estate.state.batches.values().map(|batch| u64::from(batch.anchor.rows)).sum();
        prop_assert_eq!(found.at_most.rows, anchored + credits);
    }
}
