//! The sums: each affected batch's header, projected on what is reached of it.

use super::{
    Disclosed, Error, Headers, beginning_matters,
    reach::{Part, Reach, Until, What},
};
use crate::assessment::*;
use ledger::{
    BatchId, FieldClass, Header, Month, Province, Pseudonym, Time,
    replay::{Batch, LARGEST, State},
};
use std::collections::{BTreeMap, BTreeSet};

/// Sums stop at 2^53 - 1, the largest integer of canonical JSON: far beyond all parcels ever sent, and
/// only a worker that lies gets there.
pub(super) fn add(a: u64, b: u64) -> u64 {
    a.saturating_add(b).min(LARGEST)
}

/// All sums of one assessment.
#[derive(Default)]
pub(super) struct Figures {
    pub at_most: AtMost,
    pub recorded: Totals,
    pub confirmed: Totals,
    pub never_sealed: Totals,
    pub entries: Vec<WindowEntry>,
    shippers: BTreeMap<Option<Pseudonym>, Sum>,
    months: BTreeMap<Month, Sum>,
    classes: BTreeMap<BTreeSet<FieldClass>, u64>,
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

/// Rows of which the same could be read.
struct Share {
    province: Province,
    classes: BTreeSet<FieldClass>,
    rows: u64,
    until: Until,
}

impl Share {
    fn sealed(&self) -> bool {
        self.classes.iter().any(|class| *class != FieldClass::Operational)
    }
}

impl Figures {
    pub fn of(reach: &Reach, headers: &impl Headers) -> Result<Self, Error> {
        let mut figures = Self::default();
        let mut confirmed = confirmed_batches(reach.state);
        for (id, batch) in &reach.state.batches {
            let parts = reach.parts(batch);
            if parts.is_empty() {
                continue;
            }
            let disclosed = headers.disclosed(id).ok_or(Error::HeaderMissing { batch: *id })?;
            check_header(reach.state, batch, &disclosed)?;
            let header = &disclosed.header;
            // A carrier can confirm only what was for it.
            if confirmed.get(id).is_some_and(|carrier| **carrier != header.carrier) {
                confirmed.remove(id);
            }
            figures.count_batch(reach, batch, header, &parts, confirmed.contains_key(id));
        }
        figures.count_window(reach, &confirmed);
        figures.at_most.shippers =
            figures.shippers.values().filter(|sum| sum.rows > 0 || sum.parties > 0).count() as u64;
        // What only the taken host says is a claim (A7), and so is its silence.
        let claimed = figures.confirmed.rows == 0 || figures.confirmed.rows != figures.recorded.rows;
        figures.at_most.unbounded = reach.has_collusion() || (reach.has_host() && claimed);
        Ok(figures)
    }

    fn count_batch(&mut self, reach: &Reach, batch: &Batch, header: &Header, parts: &[Part], confirmed: bool) {
        let shares = shares(header, parts);
        let rows = shares.iter().map(|share| share.rows).fold(0, add);
        let parties = if shares.iter().any(Share::sealed) { header.parties } else { 0 };
        self.count(Some(header.shipper.clone()), header.month, parties, shares);
        // What a taken host recorded is counted entry by entry.
        if !reach.has_window() && rows > 0 {
            self.recorded = sum(self.recorded, rows, batch.anchor.parties);
            if confirmed {
                self.confirmed = sum(self.confirmed, rows, batch.anchor.parties);
            }
        } else if confirmed && reach.window.contains_key(&batch.intake) {
            self.confirmed = sum(self.confirmed, header.rows.into(), header.parties);
        }
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
        for whole in [self.shippers.entry(shipper).or_default(), self.months.entry(month).or_default()] {
            whole.rows = add(whole.rows, own.rows);
            whole.parties = add(whole.parties, own.parties);
            whole.operational = add(whole.operational, own.operational);
        }
    }

    /// Lists what a taken host received, and counts what of it was never sealed.
    fn count_window(&mut self, reach: &Reach, confirmed: &BTreeMap<BatchId, &Pseudonym>) {
        for (&index, &until) in &reach.window {
            let intake = &reach.state.intakes[index];
            let anchors = || intake.batches.iter().map(|id| &reach.state.batches[id].anchor);
            let sealed = anchors().map(|anchor| u64::from(anchor.rows)).fold(0, add);
            let sealed_parties = anchors().map(|anchor| anchor.parties).fold(0, add);
            let parties = intake.parties.max(sealed_parties);
            let own = anchors().filter(|anchor| confirmed.contains_key(&anchor.batch));
            let own = own.map(|anchor| u64::from(anchor.rows)).fold(0, add);
            self.entries.push(WindowEntry {
                entry: intake.at.entry,
                time: intake.at.time,
                worker: intake.worker.clone(),
                sequence: intake.sequence,
                verdict: intake.verdict,
                rows: intake.rows,
                parties,
                confirmed: own,
            });
            self.recorded = sum(self.recorded, intake.rows, parties);
            let (rows, parties) = (intake.rows - sealed, parties - sealed_parties);
            if rows > 0 || parties > 0 {
                self.never_sealed = sum(self.never_sealed, rows, parties);
                let all = FieldClass::SEALED.into_iter().chain([FieldClass::Operational]).collect();
                let share = Share { province: Province::Unknown, classes: all, rows, until };
                let shares = if rows > 0 { vec![share] } else { Vec::new() };
                self.count(intake.shipper.clone(), Month::of(intake.received), parties, shares);
            }
        }
    }

    pub fn by_shipper(&self) -> Vec<ShipperShare> {
        let share = |(shipper, sum): (&Option<Pseudonym>, &Sum)| {
            let Sum { rows, parties, operational } = *sum;
            ShipperShare { shipper: shipper.clone(), rows, parties, operational }
        };
        self.shippers.iter().map(share).collect()
    }

    pub fn by_month(&self) -> Vec<MonthShare> {
        let share = |(month, sum): (&Month, &Sum)| {
            let Sum { rows, parties, operational } = *sum;
            MonthShare { month: *month, rows, parties, operational }
        };
        self.months.iter().map(share).collect()
    }

    pub fn by_classes(&self) -> Vec<ClassesShare> {
        self.classes.iter().map(|(classes, rows)| ClassesShare { classes: classes.clone(), rows: *rows }).collect()
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

fn sum(totals: Totals, rows: u64, parties: u64) -> Totals {
    Totals { rows: add(totals.rows, rows), parties: add(totals.parties, parties) }
}

/// Batches that a carrier's signed acknowledgement covers, with equal rows; and the carrier.
fn confirmed_batches(state: &State) -> BTreeMap<BatchId, &Pseudonym> {
    let mut confirmed = BTreeMap::new();
    for confirmation in state.confirmations.iter().filter(|confirmation| confirmation.signed) {
        let record = &confirmation.record;
        let rows = record.batches.iter().map(|id| state.batches.get(id).map(|batch| u64::from(batch.anchor.rows)));
        if rows.sum::<Option<u64>>() == Some(record.rows) {
            confirmed.extend(record.batches.iter().map(|id| (*id, &record.carrier)));
        }
    }
    confirmed
}

/// Whether the header is the anchored one and agrees with everything else that the ledger says of the batch.
fn check_header(state: &State, batch: &Batch, disclosed: &Disclosed) -> Result<(), Error> {
    let Disclosed { header, salt } = disclosed;
    let (anchor, intake) = (&batch.anchor, &state.intakes[batch.intake]);
    let id = anchor.batch;
    if header.batch != id || header.salted(salt) != anchor.header {
        return Err(Error::HeaderNotAnchored { batch: id, entry: batch.at.entry });
    }
    let ensure = |holds, rule| if holds { Ok(()) } else { Err(Error::HeaderRule { batch: id, rule }) };
    header.check().map_err(|rule| Error::HeaderRule { batch: id, rule })?;
    ensure(header.rows == anchor.rows && header.parties == anchor.parties, "rows and parties are the anchor's")?;
    ensure(
        (&header.worker, header.instance, header.ticket) == (&intake.worker, intake.instance, intake.ticket),
        "worker, instance and ticket are the entry's",
    )?;
    let keys = header.groups.iter().map(|group| (&group.period, &group.key));
    ensure(keys.eq(anchor.keys.iter().map(|to| (&to.period, &to.key))), "keys are the anchor's")?;
    let kept = |group: &ledger::header::Group| group.classes.is_subset(&state.periods[&group.period].classes);
    ensure(header.groups.iter().all(kept), "classes are the period's")?;
    let versions = state.agreements.get(&header.agreement).map_or(&[][..], Vec::as_slice);
    let own = |terms: &ledger::entry::Agreement| terms.shipper == header.shipper && terms.carrier == header.carrier;
    ensure(versions.iter().any(own), "shipper and carrier are the agreement's")
}

/// The header's counts, each with what is reached of it.
fn shares(header: &Header, parts: &[Part]) -> Vec<Share> {
    if parts.iter().all(|part| matches!(part.what, What::Rows(..))) {
        return named_rows(header, parts);
    }
    let mut shares = Vec::new();
    for count in &header.counts {
        let mut share =
            Share { province: count.province, classes: BTreeSet::new(), rows: count.rows.into(), until: Until::Always };
        let mut until = None;
        for part in parts {
            let mut classes = reached(header, &part.what);
            classes.retain(|class| count.classes.contains(class));
            if classes.iter().any(|class| *class != FieldClass::Operational) {
                until = until.max(Some(part.until));
            }
            share.classes.extend(classes);
        }
        share.until = until.unwrap_or(Until::Always);
        if !share.classes.is_empty() {
            shares.push(share);
        }
    }
    shares
}

/// The classes that a part reaches of every row that has them. Named rows count for the whole batch here: the
/// header does not tell which row holds what.
fn reached(header: &Header, what: &What) -> BTreeSet<FieldClass> {
    let everything = || header.counts.iter().flat_map(|count| count.classes.iter().copied()).collect();
    match what {
        What::Operational => BTreeSet::from([FieldClass::Operational]),
        What::All => everything(),
        What::AllFor(carriers) if carriers.contains(&header.carrier) => everything(),
        What::AllFor(_) => BTreeSet::new(),
        What::Period(period) => {
            let own = header.groups.iter().filter(|group| group.period == **period);
            // Who has the key has the stored batch too, whose `operational` column is clear.
            own.flat_map(|group| group.classes.iter().copied()).chain([FieldClass::Operational]).collect()
        }
        What::Rows(_, classes) => (*classes).clone(),
    }
}

/// Rows that were opened one by one: province and combination are known only if the whole batch has one.
fn named_rows(header: &Header, parts: &[Part]) -> Vec<Share> {
    let held: BTreeSet<FieldClass> = header.counts.iter().flat_map(|count| count.classes.iter().copied()).collect();
    let mut opened: BTreeMap<u32, (BTreeSet<FieldClass>, Until)> = BTreeMap::new();
    for part in parts {
        let What::Rows(rows, classes) = &part.what else { continue };
        for row in *rows {
            let (all, until) = opened.entry(*row).or_insert_with(|| (BTreeSet::new(), part.until));
            all.extend(classes.intersection(&held));
            *until = part.until.max(*until);
        }
    }
    // Record 0 is the manifest's own and no parcel: what it tells, it tells of each. Opened alone it counts as one.
    if opened.len() > 1
        && let Some((classes, own)) = opened.remove(&0)
    {
        for (all, until) in opened.values_mut() {
            all.extend(&classes);
            *until = own.max(*until);
        }
    }
    let mut provinces = header.counts.iter().map(|count| count.province);
    let first = provinces.next().unwrap_or(Province::Unknown);
    let province = if provinces.all(|province| province == first) { first } else { Province::Unknown };
    let opened = opened.into_values().filter(|(classes, _)| !classes.is_empty());
    opened.map(|(classes, until)| Share { province, classes, rows: 1, until }).collect()
}
