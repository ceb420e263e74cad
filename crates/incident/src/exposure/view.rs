//! What is known of one batch: its header where that fits the anchor, otherwise the anchor alone.

use super::{
    Shown,
    reach::{Part, Reach, Sealed, Until, What},
};
use ledger::{Classes, Hash, Header, Month, PeriodId, Province, Pseudonym, entry::CoHolder, header::Count};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// What the sums need of a batch.
pub(super) struct View<'a> {
    /// Who sent it; `None`: not known.
    pub shipper: Option<&'a Pseudonym>,
    /// Whom it was for; `None`: not known.
    pub carrier: Option<&'a Pseudonym>,
    pub month: Month,
    pub rows: u32,
    pub parties: u64,
    counts: Cow<'a, [Count]>,
    groups: Vec<(&'a PeriodId, Classes)>,
    /// Groups that the header shows to have a co-holder's layer, and to which key.
    wrapped: Vec<(&'a PeriodId, Hash)>,
}

/// Rows of which the same could be read.
pub(super) struct Share {
    pub province: Province,
    pub classes: Classes,
    pub rows: u64,
    pub until: Until,
}

impl Share {
    pub fn sealed(&self) -> bool {
        has_sealed(self.classes)
    }
}

impl<'a> View<'a> {
    pub fn of(header: &'a Header) -> Self {
        Self {
            shipper: Some(&header.shipper),
            carrier: Some(&header.carrier),
            month: header.month,
            rows: header.rows,
            parties: header.parties,
            counts: Cow::Borrowed(&header.counts),
            groups: header.groups.iter().map(|group| (&group.period, group.classes)).collect(),
            wrapped: header.groups.iter().filter_map(|group| Some((&group.period, group.co_holder?))).collect(),
        }
    }

    /// Whoever withholds a header, or anchors a batch that was never stored, gains nothing: the anchor's rows and
    /// parties count, every row with every class that its keys may open, and its province may be any.
    pub fn without(reach: &'a Reach, sealed: Sealed<'a>) -> Self {
        let (batch, intake) = (sealed.batch, reach.bodies[sealed.body].received);
        let keys = reach.keys(sealed).iter();
        let groups: Vec<_> = keys.map(|key| (&key.to.period, key.classes)).collect();
        let classes =
            if groups.is_empty() { Classes::SEALED } else { groups.iter().map(|(_, classes)| *classes).collect() };
        let classes = classes | Classes::OPERATIONAL;
        let first = batch.keys.first().map(|to| &to.period);
        let shippers: BTreeSet<_> =
            first.into_iter().flat_map(|id| reach.terms(&id.agreement)).map(|terms| &terms.shipper).collect();
        let only = shippers.first().filter(|_| shippers.len() == 1).copied();
        Self {
            shipper: only.or(intake.source.shipper.as_ref()),
            carrier: None,
            month: first.map_or_else(|| Month::of(intake.received), |id| id.month),
            rows: batch.rows,
            parties: batch.parties,
            counts: Cow::Owned(vec![Count { province: Province::Unknown, classes, rows: batch.rows }]),
            groups,
            // Only the header, which the worker signed, shows that there is one.
            wrapped: Vec::new(),
        }
    }

    /// Every class that some row has.
    fn held(&self) -> Classes {
        self.counts.iter().map(|count| count.classes).collect()
    }

    /// Whether this co-holder's layer is around what was sealed to the period.
    pub fn is_wrapped(&self, period: &PeriodId, co_holder: &CoHolder) -> bool {
        self.wrapped.iter().any(|(own, key)| *own == period && *key == co_holder.seal_key)
    }
}

fn has_sealed(classes: Classes) -> bool {
    !classes.is_disjoint(Classes::SEALED)
}

/// Whether the header is the anchored one and agrees with everything else that the ledger says of the batch.
pub(super) fn fits(reach: &Reach, sealed: Sealed, shown: &Shown) -> bool {
    let header = &shown.disclosed.header;
    let (batch, intake) = (sealed.batch, reach.bodies[sealed.body].received);
    let source = &intake.source;
    let own = |terms: &ledger::entry::Agreement| terms.shipper == header.shipper && terms.carrier == header.carrier;
    let keys = header.groups.iter().map(|group| (&group.period, &group.key));
    let kept = || {
        let mut groups = header.groups.iter().zip(reach.keys(sealed));
        // A void entry makes no header fit: it could only make the figure smaller.
        groups.all(|(group, key)| key.period.is_some_and(|period| group.classes.is_subset(period.classes)))
    };
    header.batch == batch.id
        && shown.salted == batch.header
        && header.check().is_ok()
        && (header.rows, header.parties) == (batch.rows, batch.parties)
        && (&header.worker, header.instance, header.ticket) == (&source.worker, source.instance, intake.ticket)
        && keys.eq(batch.keys.iter().map(|to| (&to.period, &to.key)))
        && kept()
        && reach.state.agreements.get(&header.agreement).into_iter().flatten().any(own)
}

/// The header's counts, each with what is reached of it.
pub(super) fn shares(view: &View, parts: &[Part]) -> Vec<Share> {
    if parts.iter().all(|part| matches!(part.what, What::Rows(..))) {
        return named_rows(view, parts);
    }
    let mut shares = Vec::new();
    for count in view.counts.iter() {
        let mut share =
            Share { province: count.province, classes: Classes::NONE, rows: count.rows.into(), until: Until::Always };
        let mut until = None;
        for part in parts {
            let classes = reached(view, &part.what) & count.classes;
            if has_sealed(classes) {
                until = until.max(Some(part.until));
            }
            share.classes |= classes;
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
fn reached(view: &View, what: &What) -> Classes {
    match what {
        What::Operational => Classes::OPERATIONAL,
        What::All => view.held(),
        What::AllFor(readers) if view.carrier.is_none_or(|carrier| readers.may_be(carrier)) => view.held(),
        What::AllFor(_) => Classes::NONE,
        // No layer is around the clear column.
        What::CoHeld(period, co_holder) if view.is_wrapped(period, co_holder) => Classes::OPERATIONAL,
        What::Period(period) | What::CoHeld(period, _) => {
            let own = view.groups.iter().filter(|(id, _)| *id == *period);
            // Who has the key has the stored batch too, whose `operational` column is clear.
            own.map(|(_, classes)| *classes).chain([Classes::OPERATIONAL]).collect()
        }
        What::Rows(_, classes) => *classes,
    }
}

/// Rows that were opened one by one: province and combination are known only if the whole batch has one.
fn named_rows(view: &View, parts: &[Part]) -> Vec<Share> {
    let held = view.held();
    let mut opened: BTreeMap<u32, (Classes, Until)> = BTreeMap::new();
    for part in parts {
        let What::Rows(rows, classes) = &part.what else { continue };
        // Rows that the batch does not have are counted apart.
        for row in rows.range(..=view.rows) {
            let (all, until) = opened.entry(*row).or_insert((Classes::NONE, part.until));
            *all |= *classes & held;
            *until = part.until.max(*until);
        }
    }
    // Record 0 is the manifest's own and no parcel: what it tells, it tells of each. Opened alone it counts as one.
    if opened.len() > 1
        && let Some((classes, own)) = opened.remove(&0)
    {
        for (all, until) in opened.values_mut() {
            *all |= classes;
            *until = own.max(*until);
        }
    }
    let mut provinces = view.counts.iter().map(|count| count.province);
    let first = provinces.next().unwrap_or(Province::Unknown);
    let province = if provinces.all(|province| province == first) { first } else { Province::Unknown };
    let opened = opened.into_values().filter(|(classes, _)| !classes.is_empty());
    opened.map(|(classes, until)| Share { province, classes, rows: 1, until }).collect()
}
