//! One start of a worker's process, as the ledger knows it: which tickets it has, and what it last said of the others.

use super::{At, LARGEST, Rule, State, check::ensure, past::pairs};
use crate::{entry::*, identifier::*};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One start of a worker's process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Whose it is.
    pub worker: WorkerId,
    /// Where its start is written.
    pub start: At,
    /// The machine's boot in which it ran.
    pub boot: BootId,
    /// Its last tick with effect.
    pub tick: Option<(At, TickRecord)>,
    /// What each tick with effect says of tickets, in order; none that a [`State::settle`] has let go.
    pub passed: Vec<Passed>,
    /// The last start that says that it is over.
    pub closed: Option<At>,
    /// The last entry of it, with effect or without.
    pub heard: At,
    /// Where each part of each body is written, but for those of settled tickets.
    #[serde(with = "pairs")]
    parts: BTreeMap<(u64, u32), u64>,
    /// Tickets of which some parts are there, with how many are not.
    partial: BTreeMap<u64, u32>,
    /// Tickets below the last tick's `next` that are not there with all parts.
    missing: BTreeSet<u64>,
    /// How many tickets are settled: whole, and passed by a tick.
    settled: u64,
    /// The largest ticket that is there.
    largest: u64,
}

/// What a tick says of tickets: which are from before it, and what its worker had seen then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// The next ticket.
    pub next: u64,
    /// The first open one; `next` where none was.
    pub open: u64,
    /// See [`TickRecord::seen`].
    pub seen: Option<TreeHead>,
}

impl Instance {
    pub(super) fn new(at: At, record: &StartRecord) -> Self {
        Self {
            worker: record.worker.clone(),
            start: at,
            boot: record.boot,
            tick: None,
            passed: Vec::new(),
            closed: None,
            heard: at,
            parts: BTreeMap::new(),
            partial: BTreeMap::new(),
            missing: BTreeSet::new(),
            settled: 0,
            largest: 0,
        }
    }

    /// Where a part of a body is written, unless its ticket is settled: [`State::part`] finds that, too.
    pub fn entry(&self, ticket: u64, part: u32) -> Option<u64> {
        self.parts.get(&(ticket, part)).copied()
    }

    /// Its largest ticket in the ledger.
    pub fn largest(&self) -> u64 {
        self.largest
    }

    /// The start that has closed it, if it is not heard of since: a copy of it may be running.
    pub fn over(&self) -> Option<u64> {
        self.closed.filter(|closed| *closed >= self.heard).map(|closed| closed.entry)
    }

    /// Whether a ticket is whole and a tick has passed it: no part of it comes any more.
    pub(super) fn is_settled(&self, ticket: u64) -> bool {
        self.tick.as_ref().is_some_and(|(_, tick)| ticket < tick.next) && !self.missing.contains(&ticket)
    }

    /// Lets go the parts of settled tickets, and what ticks said but the last.
    pub(super) fn settle(&mut self) -> Vec<((u64, u32), u64)> {
        self.passed.clear();
        let own = std::mem::take(&mut self.parts);
        let (gone, kept): (Vec<_>, Vec<_>) = own.into_iter().partition(|((ticket, _), _)| self.is_settled(*ticket));
        self.parts = kept.into_iter().collect();
        self.settled += gone.chunk_by(|((one, _), _), ((next, _), _)| one == next).count() as u64;
        gone
    }

    /// Whether this part of a body may come: not twice, and no body in two different numbers of parts.
    pub(super) fn takes(&self, ticket: u64, part: u32, parts: u32) -> bool {
        if self.is_settled(ticket) {
            return false;
        }
        let mut known = self.parts.range((ticket, 0)..=(ticket, u32::MAX));
        match self.partial.get(&ticket) {
            Some(lacking) => {
                let there = known.clone().count() as u64;
                u64::from(*lacking) + there == u64::from(parts) && !known.any(|((_, own), _)| *own == part)
            }
            None => known.next().is_none(),
        }
    }

    /// Whether a ticket is there with all its parts.
    fn has(&self, ticket: u64) -> bool {
        self.parts.range((ticket, 0)..=(ticket, u32::MAX)).next().is_some() && !self.partial.contains_key(&ticket)
    }

    pub(super) fn receive(&mut self, at: At, record: &IntakeRecord) {
        let (ticket, part) = (record.ticket, record.part);
        self.heard = at;
        self.largest = self.largest.max(ticket);
        self.parts.insert((ticket, part), at.entry);
        let lacking = self.partial.remove(&ticket).unwrap_or(record.parts).saturating_sub(1);
        if lacking > 0 {
            self.partial.insert(ticket, lacking);
        } else {
            self.missing.remove(&ticket);
        }
    }

    /// What would be missing with this tick: how many tickets a lie skips is no matter, only those open are looked at.
    fn missing_at(&self, tick: &TickRecord) -> Option<BTreeSet<u64>> {
        let from = self.tick.as_ref().map_or(1, |(_, last)| last.next);
        // Each ticket that it passes is there or listed: a number far ahead fails at once and counts nothing up.
        let listed = tick.open.partition_point(|ticket| *ticket < from);
        let passed = tick.next.checked_sub(from)?;
        let known = self.parts.range((from, 0)..(tick.next, 0)).count() as u64;
        if passed > known + (tick.open.len() - listed) as u64 {
            return None;
        }
        let new = (from..tick.next).filter(|ticket| !self.has(*ticket));
        Some(self.missing.iter().copied().chain(new).collect())
    }

    pub(super) fn apply(&mut self, at: At, tick: TickRecord) {
        self.missing = self.missing_at(&tick).unwrap_or_default();
        self.heard = at;
        let open = tick.open.first().copied().unwrap_or(tick.next);
        self.passed.push(Passed { next: tick.next, open, seen: tick.seen });
        self.tick = Some((at, tick));
    }
}

/// What one start of a worker may have stored and the ledger does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Which start.
    pub instance: InstanceId,
    /// Whose.
    pub worker: WorkerId,
    /// The tick that says so; of several the first.
    pub at: At,
    /// How much.
    pub credit: Credit,
}

impl State {
    /// Every gap, in order of the ticks: what each start that is not over may have by its last tick. One without effect is
    /// proven to the worker like any other, who then stores by it: a later one counts as well, the most of all.
    pub fn gaps(&self) -> Vec<Gap> {
        let known = self.instances.keys().chain(self.voids.ticks.keys()).collect::<BTreeSet<_>>();
        let mut gaps: Vec<_> = known.into_iter().filter_map(|instance| self.gap(*instance)).collect();
        gaps.sort_by_key(|gap| (gap.at.entry, gap.instance));
        gaps
    }

    fn gap(&self, instance: InstanceId) -> Option<Gap> {
        let own = self.instances.get(&instance);
        if own.and_then(Instance::over).is_some() {
            return None;
        }
        let last = own.and_then(|own| own.tick.as_ref());
        let number = last.map_or(0, |(_, tick)| tick.number);
        let void = self.voids.ticks.get(&instance).into_iter().flatten().filter(|(_, tick)| tick.number > number);
        // Nothing is stored before the first tick stands.
        let said: Vec<&(At, TickRecord)> = last.into_iter().chain(void).collect();
        let at = said.iter().map(|(at, _)| *at).min()?;
        let most =
            |of: fn(&Credit) -> u64| said.iter().map(|(_, tick)| of(&tick.credit)).max().unwrap_or(0).min(LARGEST);
        let credit = Credit { rows: most(|credit| credit.rows), parties: most(|credit| credit.parties) };
        let worker = own.map_or_else(|| said[0].1.worker.clone(), |own| own.worker.clone());
        (credit != Credit::default()).then_some(Gap { instance, worker, at, credit })
    }

    pub(super) fn check_start(&self, start: &Start) -> Result<(), Rule> {
        let record = &start.record;
        let key = self.enrolled(&record.worker)?;
        start.verify(&key).map_err(|_| Rule::WorkerSignature { worker: record.worker.clone() })?;
        let instance = record.instance;
        ensure(!self.instances.contains_key(&instance), || Rule::InstanceTwice { instance })?;
        let sorted = record.closes.is_sorted_by(|a, b| a.instance < b.instance);
        ensure(sorted, || Rule::ClosesUnsorted)?;
        for &Closed { instance, last } in &record.closes {
            let own = self.instances.get(&instance).filter(|own| own.worker == record.worker);
            let own = own.ok_or(Rule::UnknownInstance { instance })?;
            // Every number that it gave is there.
            let whole = last <= LARGEST && own.largest <= last && own.partial.is_empty();
            // A tick has spoken of more tickets than it knows: it is from a copy of before that.
            let whole = whole && own.tick.as_ref().is_none_or(|(_, tick)| tick.next <= last + 1);
            let rest = own.parts.keys().map(|(ticket, _)| ticket).collect::<BTreeSet<_>>().len() as u64;
            let whole = whole && own.settled + rest == last;
            ensure(whole, || Rule::NotWhole { instance, last })?;
        }
        Ok(())
    }

    pub(super) fn check_tick(&self, tick: &Tick) -> Result<(), Rule> {
        let record = &tick.record;
        let key = self.enrolled(&record.worker)?;
        tick.verify(&key).map_err(|_| Rule::WorkerSignature { worker: record.worker.clone() })?;
        let own = self.instance(&record.worker, record.instance)?;
        let Credit { rows, parties } = record.credit;
        let size = record.seen.map_or(0, |seen| seen.size);
        let numbers = [record.number, record.next, rows, parties, size];
        ensure(numbers.into_iter().all(|n| n <= LARGEST), || Rule::NumberTooLarge)?;
        let (number, next) = own.tick.as_ref().map_or((0, 1), |(_, last)| (last.number, last.next));
        let found = record.number;
        ensure(found > number && record.next >= next, || Rule::TickBack { found, last: number })?;
        let sorted =
            record.open.is_sorted_by(|a, b| a < b) && record.open.last().is_none_or(|last| *last < record.next);
        ensure(sorted, || Rule::TickOpen)?;
        let missing = own.missing_at(record).ok_or(Rule::TickSkips)?;
        ensure(missing.iter().all(|ticket| record.open.binary_search(ticket).is_ok()), || Rule::TickSkips)
    }

    /// A start of this worker that has effect.
    pub(super) fn instance(&self, worker: &WorkerId, instance: InstanceId) -> Result<&Instance, Rule> {
        let own = self.instances.get(&instance).filter(|own| own.worker == *worker);
        own.ok_or(Rule::UnknownInstance { instance })
    }
}
