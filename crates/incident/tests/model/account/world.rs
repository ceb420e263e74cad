//! The world: gateways that read, store, enter, die, come back from copies and run twice; shippers that say what they sent;
//! a thief. Of the ledger's rules it knows nothing; honest processes follow the protocol's, unless one is switched off.

use super::{Deed, Rule, Taken};
use std::collections::BTreeMap;

/// Of each body.
pub const ROWS: u8 = 4;
/// Of a body that did not end: as many as could be in what its ticket allowed. So few more that no sum hides a body.
pub const ALLOWED: u8 = 5;
const BODIES_MAX: usize = 3;
const STARTS_MAX: u8 = 3;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum What {
    /// Of which number, and which others it says are over, each with its last ticket.
    Start(u8, Vec<(u8, u8)>),
    Tick(Tick),
    Intake(Intake),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tick {
    pub start: u8,
    pub number: u8,
    pub next: u8,
    pub open: Vec<u8>,
    pub credit: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Intake {
    pub start: u8,
    pub ticket: u8,
    /// What was stored; none: it did not end, and counts with what was allowed.
    pub stored: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Leaf {
    pub day: i64,
    pub what: What,
}

/// What a shipper has signed of the days `from` to `to`, over what was cosigned on `seen`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Total {
    pub shipper: u8,
    pub from: i64,
    pub to: i64,
    pub rows: u8,
    pub seen: i64,
    /// Entries there were.
    pub size: usize,
}

/// What came, on which day, whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Body {
    day: i64,
    shipper: u8,
    /// By which start it was read; none: the thief let it through.
    start: Option<u8>,
    stored: bool,
    /// A tick or a start in the ledger says that of it nothing is missing.
    told: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Item {
    body: usize,
    stored: bool,
    /// Proven to stand in the ledger.
    known: bool,
}

/// Of each start, its tickets.
type Disk = BTreeMap<u8, BTreeMap<u8, Item>>;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Process {
    start: u8,
    disk: Disk,
    reading: Option<usize>,
    proven: u8,
    sent: Option<u8>,
    ticks: u8,
}

impl Process {
    fn tickets(&self) -> &BTreeMap<u8, Item> {
        &self.disk[&self.start]
    }

    fn next(&self) -> u8 {
        self.tickets().keys().last().map_or(1, |last| last + 1)
    }

    fn note(&mut self, body: usize) {
        let ticket = self.next();
        let item = Item { body, stored: false, known: false };
        self.disk.get_mut(&self.start).unwrap().insert(ticket, item);
    }

    fn out(&self) -> u8 {
        self.tickets().values().filter(|item| item.stored && !item.known).map(|_| ROWS).sum()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// Whatever has a time takes a day.
    pub day: i64,
    pub leaves: Vec<Leaf>,
    pub totals: Vec<Total>,
    pub stolen: Option<i64>,
    bodies: Vec<Body>,
    running: Vec<Process>,
    copy: Option<Disk>,
    starts: u8,
}

impl World {
    /// One process, whose start was long ago.
    pub fn start() -> Self {
        let first = Disk::from([(0, BTreeMap::new())]);
        let process = Process { start: 0, disk: first, reading: None, proven: 0, sent: None, ticks: 0 };
        Self {
            day: 0,
            leaves: vec![],
            totals: vec![],
            stolen: None,
            bodies: vec![],
            running: vec![process],
            copy: None,
            starts: 1,
        }
    }

    /// What follows; `None`: it cannot be done here.
    pub fn after(&self, deed: Deed, off: Option<Rule>) -> Option<Self> {
        let mut world = self.clone();
        match deed {
            Deed::Begin => world.begin(off)?,
            Deed::Store => world.store(off)?,
            Deed::Receive => {
                world.begin(off)?;
                world.store(off)?;
            }
            Deed::Enter => world.enter_next()?,
            Deed::Tick(credit) => world.tick(credit, true)?,
            Deed::TickUnheard(credit) => world.tick(credit, false)?,
            Deed::Restart => {
                let disk = world.running[0].disk.clone();
                world.running[0] = world.start_on(disk, true, off)?;
            }
            Deed::Copy => world.copy = Some(self.running[0].disk.clone()),
            Deed::Restore => {
                let disk = world.copy.clone()?;
                world.running[0] = world.start_on(disk, false, off)?;
            }
            Deed::Clone => {
                let disk = world.copy.clone()?;
                let process = world.start_on(disk, false, off)?;
                world.running.push(process);
            }
            Deed::Other => (self.running.len() > 1).then(|| world.running.rotate_left(1))?,
            Deed::Steal => {
                self.stolen.is_none().then_some(())?;
                world.stolen = Some(self.day);
                world.day += 1;
            }
            Deed::Pass(shipper) => {
                self.stolen?;
                world.body(shipper, None)?;
            }
            Deed::Say(shipper) => world.say(shipper, 0, self.day),
            Deed::SayLate(shipper) if self.day > 1 => world.say(shipper, self.day - 1, self.day),
            Deed::SayAhead(shipper) => world.say(shipper, 0, self.day + 3),
            Deed::SayLate(_) => return None,
        }
        (world != *self).then_some(world)
    }

    fn body(&mut self, shipper: u8, start: Option<u8>) -> Option<usize> {
        (self.bodies.len() < BODIES_MAX).then_some(())?;
        self.bodies.push(Body { day: self.day, shipper, start, stored: false, told: false });
        self.day += 1;
        Some(self.bodies.len() - 1)
    }

    /// Octets are read.
    fn begin(&mut self, off: Option<Rule>) -> Option<()> {
        self.running[0].reading.is_none().then_some(())?;
        let body = self.body(1, Some(self.running[0].start))?;
        let process = &mut self.running[0];
        process.reading = Some(body);
        if off != Some(Rule::TicketBeforeContent) {
            process.note(body);
        }
        Some(())
    }

    /// It is all there, and stored.
    fn store(&mut self, off: Option<Rule>) -> Option<()> {
        let process = &mut self.running[0];
        let body = process.reading.take()?;
        let sent = process.sent.filter(|_| off != Some(Rule::SentTicksBind));
        let limit = sent.map_or(process.proven, |sent| sent.min(process.proven));
        (process.out() + ROWS <= limit || off == Some(Rule::CreditBinds)).then_some(())?;
        if off == Some(Rule::TicketBeforeContent) {
            process.note(body);
        }
        let own = process.disk.get_mut(&process.start).unwrap();
        own.values_mut().filter(|item| item.body == body).for_each(|item| item.stored = true);
        self.bodies[body].stored = true;
        Some(())
    }

    fn push(&mut self, what: What) {
        self.leaves.push(Leaf { day: self.day, what });
    }

    /// What stands there already is not written again.
    fn enter(&mut self, intake: Intake) {
        let same = |leaf: &Leaf| match leaf.what {
            What::Intake(own) => (own.start, own.ticket) == (intake.start, intake.ticket),
            _ => false,
        };
        if !self.leaves.iter().any(same) {
            self.push(What::Intake(intake));
        }
    }

    fn enter_next(&mut self) -> Option<()> {
        let process = &mut self.running[0];
        let own = process.disk.get_mut(&process.start).unwrap();
        let (ticket, item) = own.iter_mut().find(|(_, item)| item.stored && !item.known)?;
        item.known = true;
        let intake = Intake { start: process.start, ticket: *ticket, stored: Some(item.body) };
        self.enter(intake);
        Some(())
    }

    /// Of all that began in it nothing is missing but what it lists.
    fn tick(&mut self, credit: u8, heard: bool) -> Option<()> {
        let process = &mut self.running[0];
        let credit = credit.max(process.out());
        let missing: Vec<_> = process.tickets().iter().filter(|(_, item)| !item.known).collect();
        let open: Vec<u8> = missing.iter().map(|(ticket, _)| **ticket).collect();
        let listed: Vec<usize> = missing.iter().map(|(_, item)| item.body).collect();
        process.ticks += 1;
        if heard {
            (process.proven, process.sent) = (credit, None);
        } else {
            process.sent = Some(process.sent.map_or(credit, |sent| sent.min(credit)));
        }
        let tick = Tick { start: process.start, number: process.ticks, next: process.next(), open, credit };
        (tick.number < 4).then_some(())?;
        self.tell(tick.start, &listed);
        self.push(What::Tick(tick));
        Some(())
    }

    fn tell(&mut self, start: u8, listed: &[usize]) {
        let bodies = self.bodies.iter_mut().enumerate();
        let own = bodies.filter(|(body, own)| own.start == Some(start) && !listed.contains(body));
        own.for_each(|(_, body)| body.told = true);
    }

    /// What is on the disk is entered, what did not end with what was allowed; then what ran there is over. On a copy nothing
    /// is: what it is a copy of may be running.
    fn start_on(&mut self, mut disk: Disk, own: bool, off: Option<Rule>) -> Option<Process> {
        (self.starts < STARTS_MAX).then_some(())?;
        for (start, items) in &mut disk {
            for (ticket, item) in items.iter_mut().filter(|(_, item)| own || item.stored) {
                item.known = true;
                self.enter(Intake { start: *start, ticket: *ticket, stored: item.stored.then_some(item.body) });
            }
        }
        let closes = own || off == Some(Rule::CopiesCloseNothing);
        let whole = |(start, items): (&u8, &BTreeMap<u8, Item>)| {
            let last = items.keys().last().copied().unwrap_or(0);
            let there = self.leaves.iter().filter_map(|leaf| match &leaf.what {
                What::Intake(intake) if intake.start == *start => Some(intake.ticket),
                _ => None,
            });
            (there.collect::<std::collections::BTreeSet<_>>() == (1..=last).collect()).then_some((*start, last))
        };
        let closed: Vec<_> = disk.iter().filter(|_| closes).filter_map(whole).collect();
        closed.iter().for_each(|(start, _)| self.tell(*start, &[]));
        if !own {
            disk.clear();
        }
        let start = self.starts;
        self.starts += 1;
        self.push(What::Start(start, closed));
        disk.insert(start, BTreeMap::new());
        Some(Process { start, disk, reading: None, proven: 0, sent: None, ticks: 0 })
    }

    /// The truth, of what is over.
    fn say(&mut self, shipper: u8, from: i64, to: i64) {
        let sent = self.bodies.iter().filter(|body| body.shipper == shipper && (from..to).contains(&body.day));
        let rows = sent.map(|_| ROWS).sum();
        let total = Total { shipper, from, to, rows, seen: self.day, size: self.leaves.len() };
        if !self.totals.contains(&total) {
            self.totals.push(total);
        }
    }

    /// Rows that can be read: whatever there is, and what the ledger says is complete.
    pub fn readable(&self, taken: Taken) -> (u8, u8) {
        let rows = |counts: &dyn Fn(&Body) -> bool| self.bodies.iter().filter(|body| counts(body)).map(|_| ROWS).sum();
        match taken {
            // With the keys all that was sealed, wherever it lies.
            Taken::Warden => (rows(&|body| body.stored), 0),
            // What passed through its memory.
            Taken::Host => (rows(&|_| true), rows(&|body| body.told)),
        }
    }
}
