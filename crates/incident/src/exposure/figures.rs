//! The sums: each affected batch's header, projected on what is reached of it.

use super::{
    Batches, Beside, beginning_matters,
    confirmed::Confirmed,
    gap, look,
    people::{Covering, People},
    reach::{Part, Reach, Sealed, Until, What},
    sent::{self, Sent},
    sums::add,
    view::{Share, View, shares},
};
use crate::assessment::*;
use ledger::{
    Classes, CoHolderId, Month, Province, Pseudonym, Time,
    entry::Credit,
    replay::{At, Batch, State},
};
use std::collections::{BTreeMap, BTreeSet};

/// All sums of one assessment.
#[derive(Default)]
pub(super) struct Figures {
    pub at_most: AtMost,
    pub people: People,
    pub recorded: Totals,
    pub confirmed: Totals,
    pub never_sealed: Totals,
    pub entries: Vec<WindowEntry>,
    pub gaps: Vec<Gap>,
    pub sent: Vec<ShipperSent>,
    pub without_header: Vec<WithoutHeader>,
    /// The batches of which something is reached, and those of them whose header fits.
    pub looked: (Batches, Batches),
    /// Whether each batch within a taken warden's reach needed another organisation, too.
    pub both: bool,
    /// Rows of batches from which co-holders did not take their layer.
    pub kept_closed: BTreeMap<CoHolderId, u64>,
    /// Opened rows that no anchored batch has.
    pub stray: u64,
    cells: BTreeMap<(Option<Pseudonym>, Month), Sum>,
    classes: BTreeMap<Classes, u64>,
    provinces: BTreeMap<Province, u64>,
    /// Rows that a later beginning would not have reached, by the last beginning that does.
    ends: BTreeMap<Time, u64>,
}

#[derive(Default, Clone, Copy)]
struct Sum {
    rows: u64,
    parties: u64,
    operational: u64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.rows = add(self.rows, other.rows);
        self.parties = add(self.parties, other.parties);
        self.operational = add(self.operational, other.operational);
    }
}

/// What a body's batches hold together, and how many rows of that a carrier has confirmed.
#[derive(Default, Clone, Copy)]
struct Anchored {
    rows: u64,
    parties: u64,
    confirmed: u64,
}

impl Anchored {
    fn add(&mut self, batch: &Batch, confirmed: bool) {
        let rows = batch.rows.into();
        self.rows = add(self.rows, rows);
        self.parties = add(self.parties, batch.parties);
        self.confirmed = add(self.confirmed, if confirmed { rows } else { 0 });
    }
}

impl Figures {
    pub fn of<'r>(reach: &'r Reach<'r>, beside: &'r impl Beside, confirmed: &Confirmed<'_>) -> Self {
        let mut figures = Self { both: true, ..Self::default() };
        let sent = sent::all(reach, beside);
        let mut anchored = vec![Anchored::default(); reach.window.room()];
        let mut covering = Covering::of(reach);
        look::each(reach, beside, |look| {
            let (sealed, id) = (look.sealed, look.batch());
            let void = reach.bodies[sealed.body].void;
            figures.looked.0.add(id);
            let view = match &look.disclosed {
                Some(disclosed) => {
                    figures.looked.1.add(id);
                    View::of(&disclosed.header)
                }
                None => {
                    let &Batch { entry, parties, rows, .. } = sealed.batch;
                    figures.without_header.push(WithoutHeader { batch: id, entry, rows: rows.into(), parties });
                    View::without(reach, sealed)
                }
            };
            // A carrier can confirm only what was for it, and nobody else says whom a batch was for.
            let own = !void && confirmed.by(&id, view.carrier);
            if reach.window.has(sealed.body) {
                anchored[sealed.body].add(sealed.batch, own);
            }
            let told = sent.as_ref().is_some_and(|sent| sent.tells(reach, sealed.body));
            if figures.count_batch(reach, sealed, &view, &look.parts, (own, told)) {
                covering.take(sealed, void);
            }
        });
        figures.count_stray(reach);
        figures.count_window(reach, &anchored, sent.as_ref());
        let gaps = figures.count_gaps(reach);
        if gaps || figures.stray > 0 {
            covering.beyond();
        }
        let bounded = figures.count_sent(sent);
        figures.at_most.shippers = figures.count_shippers(reach, gaps);
        // What only the taken host says is a claim (A7), and so is its silence: a carrier confirms only what it was sent.
        // Only whoever sent it knows better.
        figures.at_most.unbounded = reach.trusts_suspects() && !bounded;
        figures.people = covering.people(figures.at_most.rows);
        figures
    }

    /// Whether something of a sealed class is reached. `told`: its sender's word stands for it, and what the taken host says is in it
    /// makes nothing smaller.
    fn count_batch(
        &mut self,
        reach: &Reach,
        sealed: Sealed,
        view: &View,
        parts: &[Part],
        (confirmed, told): (bool, bool),
    ) -> bool {
        // One that did not is enough: the keys of no other are looked up.
        self.both =
            self.both && (!reach.takes_keys() || reach.needs_both(sealed, |period, own| view.is_wrapped(period, own)));
        let shares = shares(view, parts);
        let readable = shares.iter().any(Share::sealed);
        if !readable {
            self.count_closed(view, parts);
        }
        let rows = shares.iter().map(|share| share.rows).fold(0, add);
        let parties = if readable { view.parties } else { 0 };
        if !told {
            self.count(view.shipper.cloned(), view.month, parties, shares);
        }
        // What a taken host recorded is counted entry by entry.
        if !reach.has_window() && rows > 0 {
            self.recorded = sum(self.recorded, rows, sealed.batch.parties);
            if confirmed {
                self.confirmed = sum(self.confirmed, rows, sealed.batch.parties);
            }
        } else if confirmed && reach.window.has(sealed.body) {
            self.confirmed = sum(self.confirmed, view.rows.into(), view.parties);
        }
        readable
    }

    /// What a taken warden had keys for and could open nothing of.
    fn count_closed(&mut self, view: &View, parts: &[Part]) {
        let closed = |part: &Part| match part.what {
            What::CoHeld(period, own) => view.is_wrapped(period, own).then(|| own.co_holder.clone()),
            _ => None,
        };
        for co_holder in parts.iter().filter_map(closed).collect::<BTreeSet<_>>() {
            let rows = self.kept_closed.entry(co_holder).or_default();
            *rows = add(*rows, view.rows.into());
        }
    }

    /// Opened rows of batches that nobody anchored: what they hold is not known, nor how many parties.
    fn count_stray(&mut self, reach: &Reach) {
        for (time, classes) in reach.stray.values().filter(|(_, classes)| !classes.is_empty()) {
            let share = Share { province: Province::Unknown, classes: *classes, rows: 1, until: Until::Always };
            self.count(None, Month::of(*time), 0, vec![share]);
            self.stray += 1;
        }
    }

    /// What gateways may have stored beyond what they said; whether something of a sealed class is in it.
    fn count_gaps(&mut self, reach: &Reach) -> bool {
        let mut sealed = false;
        for gap in reach.state.gaps() {
            let reached = gap::reached(reach, &gap);
            if reached.classes.is_empty() {
                continue;
            }
            let (until, Credit { rows, parties }) = (reached.until(), gap.credit);
            let share = Share { province: Province::Unknown, classes: reached.classes, rows, until };
            let parties = if share.sealed() { parties } else { 0 };
            sealed |= share.sealed();
            self.count(None, Month::of(gap.at.time), parties, vec![share]);
            let At { entry, time } = gap.at;
            self.gaps.push(Gap { worker: gap.worker, instance: gap.instance, entry, time, rows, parties });
        }
        sealed
    }

    /// What shippers say that they sent. Where all have said it, that stands for what the hosts recorded of them; otherwise what
    /// they did not record counts, too. Whether it bounds.
    fn count_sent(&mut self, sent: Option<Sent>) -> bool {
        let Some(sent) = sent else { return false };
        for own in &sent.shippers {
            let (rows, parties) = if sent.bounds {
                (own.rows.max(own.recorded), own.parties.max(own.recorded_parties))
            } else {
                (own.rows.saturating_sub(own.recorded), own.parties.saturating_sub(own.recorded_parties))
            };
            if rows > 0 || parties > 0 {
                self.count(Some(own.shipper.clone()), sent.month, parties, unknown(rows, Until::Always));
            }
        }
        self.sent = sent.shippers;
        sent.bounds
    }

    /// What is in a gap may be anybody's who has an agreement.
    fn count_shippers(&self, reach: &Reach, gaps: bool) -> u64 {
        let counted = self.cells.iter().filter(|(_, sum)| sum.rows > 0 || sum.parties > 0);
        let mut all: BTreeSet<Option<&Pseudonym>> = counted.map(|((shipper, _), _)| shipper.as_ref()).collect();
        if gaps {
            let agreed = reach.state.agreements.values().flatten().chain(&reach.state.voids.agreements);
            all.extend(agreed.map(|terms| Some(&terms.shipper)));
            // Who is not known is one of them.
            all.remove(&None);
            return all.len().max(1) as u64;
        }
        all.len() as u64
    }

    fn count(&mut self, shipper: Option<Pseudonym>, month: Month, parties: u64, shares: Vec<Share>) {
        let mut own = Sum { parties, ..Sum::default() };
        for share in shares {
            if share.sealed() {
                own.rows = add(own.rows, share.rows);
                let province = self.provinces.entry(share.province).or_default();
                *province = add(*province, share.rows);
                if let Until::Time(time) = share.until {
                    let end = self.ends.entry(time).or_default();
                    *end = add(*end, share.rows);
                }
            } else {
                own.operational = add(own.operational, share.rows);
            }
            let classes = self.classes.entry(share.classes).or_default();
            *classes = add(*classes, share.rows);
        }
        self.at_most.rows = add(self.at_most.rows, own.rows);
        self.at_most.parties = add(self.at_most.parties, own.parties);
        self.cells.entry((shipper, month)).or_default().add(own);
    }

    /// Lists what a taken host received, and counts what of it was never sealed.
    fn count_window(&mut self, reach: &Reach, anchored: &[Anchored], sent: Option<&Sent>) {
        for (index, until) in reach.window.iter() {
            let intake = reach.bodies[index].received;
            // Everything of it is reached, so that all of its batches were looked at.
            let sealed = anchored[index];
            let parties = intake.parties.max(sealed.parties);
            self.entries.push(WindowEntry {
                entry: intake.at.entry,
                time: intake.at.time,
                worker: intake.source.worker.clone(),
                instance: intake.source.instance,
                ticket: intake.ticket,
                verdict: intake.verdict,
                rows: intake.rows,
                parties,
                confirmed: sealed.confirmed,
            });
            self.recorded = sum(self.recorded, intake.rows, parties);
            let (rows, parties) = (intake.rows.saturating_sub(sealed.rows), parties.saturating_sub(sealed.parties));
            if (rows > 0 || parties > 0) && !sent.is_some_and(|sent| sent.tells(reach, index)) {
                self.never_sealed = sum(self.never_sealed, rows, parties);
                self.count(intake.source.shipper.clone(), Month::of(intake.received), parties, unknown(rows, until));
            }
        }
    }

    pub fn by_shipper(&self) -> Vec<ShipperShare> {
        let share = |(shipper, sum): (&Option<Pseudonym>, Sum)| {
            let Sum { rows, parties, operational } = sum;
            ShipperShare { shipper: shipper.clone(), rows, parties, operational }
        };
        self.sums(|(shipper, _)| shipper).into_iter().map(share).collect()
    }

    pub fn by_shipper_month(&self) -> Vec<CellShare> {
        let share = |((shipper, month), sum): (&(Option<Pseudonym>, Month), &Sum)| {
            let Sum { rows, parties, operational } = *sum;
            CellShare { shipper: shipper.clone(), month: *month, rows, parties, operational }
        };
        self.cells.iter().map(share).collect()
    }

    /// The cells added up by a part of what they are of.
    fn sums<'f, K: Ord>(&'f self, key: impl Fn(&'f (Option<Pseudonym>, Month)) -> K) -> BTreeMap<K, Sum> {
        let mut sums: BTreeMap<K, Sum> = BTreeMap::new();
        self.cells.iter().for_each(|(cell, sum)| sums.entry(key(cell)).or_default().add(*sum));
        sums
    }

    /// Of shippers that some policy said to be made up.
    pub fn made_up(&self, state: &State) -> Totals {
        let made_up = |shipper: &Option<Pseudonym>| shipper.as_ref().is_some_and(|own| state.made_up.contains_key(own));
        let own = self.cells.iter().filter(|((shipper, _), _)| made_up(shipper));
        own.fold(Totals::default(), |totals, (_, whole)| sum(totals, whole.rows, whole.parties))
    }

    pub fn by_month(&self) -> Vec<MonthShare> {
        let share = |(month, sum): (Month, Sum)| {
            let Sum { rows, parties, operational } = sum;
            MonthShare { month, rows, parties, operational }
        };
        self.sums(|(_, month)| *month).into_iter().map(share).collect()
    }

    pub fn by_classes(&self) -> Vec<ClassesShare> {
        self.classes.iter().map(|(classes, rows)| ClassesShare { classes: *classes, rows: *rows }).collect()
    }

    /// Quebec always, because its law asks for its residents by themselves.
    pub fn by_province(&self) -> Vec<ProvinceShare> {
        let unknown = self.provinces.get(&Province::Unknown).copied().unwrap_or_default();
        let mut provinces = self.provinces.clone();
        provinces.entry(Province::QC).or_default();
        let share = |(province, rows): (Province, u64)| {
            let at_most = if province == Province::Unknown { rows } else { add(rows, unknown) };
            ProvinceShare { province, rows, at_most }
        };
        provinces.into_iter().map(share).collect()
    }

    /// N(t0): the same figure for every later beginning, where a hypothesis leaves it open.
    pub fn curve(&self, reach: &Reach) -> Vec<CurvePoint> {
        let open = reach.hypotheses.iter().any(|h| h.from.is_none() && beginning_matters(&h.kind));
        let Some(from) = reach.state.began.filter(|_| open) else { return Vec::new() };
        let mut curve = vec![CurvePoint { from, rows: self.at_most.rows }];
        let mut rows = self.at_most.rows;
        for (last, ended) in &self.ends {
            rows = rows.saturating_sub(*ended);
            curve.push(CurvePoint { from: Time::from_milliseconds(last.milliseconds() + 1), rows });
        }
        curve
    }
}

/// Rows of which nobody knows what they hold.
fn unknown(rows: u64, until: Until) -> Vec<Share> {
    let share = Share { province: Province::Unknown, classes: Classes::ALL, rows, until };
    if rows > 0 { vec![share] } else { Vec::new() }
}

fn sum(totals: Totals, rows: u64, parties: u64) -> Totals {
    Totals { rows: add(totals.rows, rows), parties: add(totals.parties, parties) }
}
