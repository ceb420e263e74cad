//! What shippers say that they sent while a host was taken. Its own record may leave out what it likes, and a carrier confirms only
//! what it was sent: nobody else bounds it. All of it is bounded when every shipper that has an agreement has said how much it sent,
//! in the whole window, none included.

use super::{Beside, reach::Reach, sums::add};
use crate::{assessment::ShipperSent, hypothesis::Kind, suspects::Placing};
use ledger::{Month, Pseudonym, SentTotals, SentTotalsRecord, Time, canonical, replay::LARGEST};
use std::collections::BTreeSet;

/// The time in which taken hosts received, by clocks that are not theirs.
struct Window {
    from: Time,
    to: Time,
    /// Keys that officers gave below this entry sign.
    enrolled: u64,
}

impl Window {
    /// None where nothing could bound it: the warden's times are a suspect's, too, or something else is taken that nobody counts.
    fn of(reach: &Reach) -> Option<Self> {
        let hosts = || reach.hypotheses.iter().enumerate().filter(|(_, own)| matches!(own.kind, Kind::Host { .. }));
        let suspect = reach.hypotheses.iter().any(|own| reach.suspects.takes_warden(&own.kind));
        // Had the warden stood elsewhere, other gateways might still stand here.
        if suspect || reach.has_collusion() || reach.placing == Placing::Apart {
            return None;
        }
        let begins = reach.begins?;
        let starts = reach.state.instances.values().map(|own| own.start);
        let start = starts.filter(|start| start.entry == begins).map(|start| start.time).next();
        let ends =
            hosts().map(|(number, _)| reach.window_ends(number)).collect::<Option<Vec<_>>>()?.into_iter().max()?;
        let enrolled = hosts().map(|(number, _)| reach.edges_before(number)).min()?;
        Some(Self { from: reach.dating.earlier(start.or(reach.state.began)?), to: ends, enrolled })
    }

    /// Whether this is a shipper's word on some of it, given when it was over.
    fn has(&self, reach: &Reach, totals: &SentTotals) -> bool {
        let SentTotalsRecord { from, to, bodies, rows, parties, .. } = totals.record;
        let within = from < to && from < self.to && to > self.from;
        let sane = [bodies, rows, parties].into_iter().all(|number| number <= LARGEST);
        let own = reach.state.genesis.as_ref().is_some_and(|genesis| genesis.origin == totals.record.origin);
        within
            && sane
            && own
            && reach.state.shipper_signed(totals, self.enrolled)
            && reach.has_seen_after(&totals.record.seen, to)
    }
}

/// What shippers have said.
pub(super) struct Sent {
    /// In which the window begins.
    pub month: Month,
    /// Each that has an agreement.
    pub shippers: Vec<ShipperSent>,
    /// Whether all of it is bounded by that.
    pub bounds: bool,
}

/// Those that count, each once, sorted by their octets.
pub(super) fn used<'b>(reach: &Reach, beside: &'b impl Beside) -> Vec<&'b SentTotals> {
    let window = Window::of(reach);
    let counts = |totals: &&SentTotals| window.as_ref().is_some_and(|window| window.has(reach, totals));
    let mut list: Vec<_> = beside.totals().iter().filter(counts).collect();
    list.sort_by_cached_key(canonical::bytes);
    list.dedup();
    list
}

/// Each shipper that has an agreement, and whether all of them together bound what taken hosts received.
pub(super) fn all(reach: &Reach, beside: &impl Beside) -> Option<Sent> {
    let window = Window::of(reach)?;
    let used = used(reach, beside);
    let all: Vec<_> = senders(reach).into_iter().map(|shipper| one(reach, &window, &used, shipper)).collect();
    let covered = !all.is_empty() && all.iter().all(|own| own.covers);
    let bounds = covered && reach.suspects_are_hosts();
    Some(Sent { month: Month::of(window.from), shippers: all, bounds })
}

/// Everybody who the ledger says may have sent anything: who has an agreement, or a policy names, or any entry.
fn senders<'a>(reach: &Reach<'a>) -> BTreeSet<&'a Pseudonym> {
    let state = reach.state;
    let agreed = state.agreements.values().flatten().chain(&state.voids.agreements).map(|terms| &terms.shipper);
    let named = state.shippers.keys().chain(state.made_up.keys());
    let sent = state.intakes.iter().chain(&state.voids.intakes).filter_map(|intake| intake.source.shipper.as_ref());
    agreed.chain(named).chain(sent).collect()
}

impl Sent {
    /// Whether a sender's word stands for this body.
    pub(super) fn tells(&self, reach: &Reach, body: usize) -> bool {
        let shipper = reach.bodies[body].received.source.shipper.as_ref();
        self.bounds
            && reach.window.has(body)
            && shipper.is_some_and(|own| self.shippers.iter().any(|sent| sent.shipper == *own))
    }
}

fn one(reach: &Reach, window: &Window, used: &[&SentTotals], shipper: &Pseudonym) -> ShipperSent {
    let mut own: Vec<_> =
        used.iter().map(|totals| &totals.record).filter(|record| record.shipper == *shipper).collect();
    own.sort_by_key(|record| record.from);
    let reached = own.iter().fold(window.from, |to, record| if record.from <= to { to.max(record.to) } else { to });
    let sum = |of: fn(&SentTotalsRecord) -> u64| own.iter().map(|record| of(record)).fold(0, add);
    let passed = reach.window.iter().map(|(body, _)| &reach.bodies[body]);
    let passed = passed.filter(|body| body.received.source.shipper.as_ref() == Some(shipper));
    let (mut recorded, mut parties) = (0, 0);
    for body in passed {
        recorded = add(recorded, body.received.rows);
        parties = add(parties, body.received.parties);
    }
    ShipperSent {
        shipper: shipper.clone(),
        rows: sum(|record| record.rows),
        parties: sum(|record| record.parties),
        recorded,
        recorded_parties: parties,
        covers: !own.is_empty() && reached >= window.to,
    }
}
