//! The exposure: which rows and classes could have been read under a hypothesis, at most.
//!
//! A pure function of the ledger, what stands [`Beside`] it, the hypothesis and the [`Ground`]. What each kind
//! reaches:
//!
//! | kind | reaches |
//! |---|---|
//! | `storage` | `operational` of every batch received until `to`; no row of a sealed class |
//! | `host` | everything that its workers received, from the first start of each boot that may be under way at `from`, by ledger position, to the policy after `to` that gives them another key, or to the end; `operational` of every batch that they stored; with a warden on the same host also what `warden` reaches |
//! | `principal` | the rows and classes of its intents, but those before `from`, and those by a key that officers gave it after `to` |
//! | `warden` | every row of every period whose shred was not cosigned before `from`, less the days that copies are kept, and whose key is not of a generation that officers certainly decided on after `to`, but those batches from which a co-holder of another organisation did not take its layer |
//! | `co-holder` | nothing by itself; its lists bound nothing of what `warden` reaches |
//! | `carrier-key` | every row of every batch whose delivery copy may be encrypted to the certificate, shredded or not |
//! | `traffic` | what was received encrypted to the certificate from `from` until `to`, and what came by AS2 of which that is not known; never a bound |
//! | `collusion` | everything; and the report says that there is no bound |

mod beside;
mod certificate;
mod confirmed;
mod ended;
mod ends;
mod figures;
mod gap;
mod late;
mod look;
mod people;
mod reach;
mod sent;
mod statement;
mod sums;
mod view;

pub use beside::{Beside, Files, Shown};
pub use confirmed::{Seen, Word};
pub use look::Batches;
pub(crate) use people::has;
pub(crate) use sums::add;

use crate::{
    Assessment, Hypotheses, Level, assessment::*, dating::Terms, history::History, hypothesis::Kind, suspects::Placing,
};
use confirmed::Confirmed;
use figures::Figures;
use ledger::{
    FieldClass, Hash, Month, PeriodId, PrincipalId, SentTotals, Time, Unwraps, WorkerId, canonical,
    entry::CoHolder,
    replay::{Signer, Void},
};
use people::People;
use reach::{Contents, Reach};
use std::collections::{BTreeMap, BTreeSet};

/// What figures rest on beside the ledger: how much the reader's pins vouch for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// How far apart the roles are known to be.
    pub level: Level,
    /// What a note needs to date entries.
    pub terms: Terms,
}

/// Why there is no assessment: the question does not fit the ledger. Nothing in a ledger, and no header that is
/// missing or does not fit, prevents one: whoever could get a false entry in would otherwise end them all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    #[error("the hypothesis names worker {worker}, which the ledger does not know")]
    UnknownWorker { worker: WorkerId },
    #[error("the hypothesis names principal {principal}, which the ledger does not know")]
    UnknownPrincipal { principal: PrincipalId },
    #[error("the hypothesis names certificate sha256:{certificate}, which no carrier in the ledger has")]
    UnknownCertificate { certificate: Hash },
    #[error("the hypothesis names certificate sha256:{certificate}, to which no body in the ledger was encrypted")]
    UnknownDecryption { certificate: Hash },
    #[error(
        "the hypothesis ends at {to}, the ledger's last cosignature is of {until}: nobody knows yet what is between"
    )]
    ToAfterLedger { to: Time, until: Time },
}

/// What an assessment reads of what stands beside the ledger: no more and no less; and of each carrier's word what is to be known of it.
#[derive(Debug, Clone)]
pub struct Used<'b, W> {
    /// The batches whose headers it reads; one that is missing makes figures larger.
    pub needed: Batches,
    /// Those whose headers fit an anchor of their batch.
    pub headers: Batches,
    /// Carriers' words that count, on one of those batches at least.
    pub confirmations: Vec<W>,
    /// Shippers' totals that count.
    pub totals: Vec<&'b SentTotals>,
    /// Co-holders' lists that count.
    pub unwraps: Vec<&'b Unwraps>,
}

impl<'b, W> Used<'b, W> {
    fn of(
        reach: &Reach<'_>,
        beside: &'b impl Beside,
        confirmations: Vec<W>,
        (needed, headers): (Batches, Batches),
    ) -> Self {
        let totals = sent::used(reach, beside);
        let counting: Vec<_> = reach.lists().collect();
        let mut unwraps: Vec<_> = beside.unwraps().iter().filter(|list| counting.contains(list)).collect();
        unwraps.sort_by_cached_key(canonical::bytes);
        unwraps.dedup();
        Self { needed, headers, confirmations, totals, unwraps }
    }
}

/// Finds what an assessment reads.
///
/// # Errors
/// [`Error`].
pub fn used<'b>(
    history: &'b History,
    beside: &'b impl Beside,
    hypotheses: &'b Hypotheses,
    ground: Ground,
) -> Result<Used<'b, Word>, Error> {
    let contents = Contents::of(&history.state);
    let reach = Reach::new((history, &contents), hypotheses, (ground.level.into(), ground.terms), beside.unwraps())?;
    let (mut needed, mut headers) = (Batches::default(), Batches::default());
    look::each(&reach, beside, |look| {
        needed.add(look.batch());
        if look.disclosed.is_some() {
            headers.add(look.batch());
        }
    });
    let words = confirmed::on(&needed, &history.state, beside);
    Ok(Used::of(&reach, beside, words, (needed, headers)))
}

/// Computes the exposure from the ledger and what stands beside it.
///
/// # Errors
/// [`Error`].
pub fn assess(
    history: &History,
    beside: &impl Beside,
    hypotheses: &Hypotheses,
    ground: Ground,
) -> Result<Assessment, Error> {
    assess_used(history, beside, hypotheses, ground, &[]).map(|(assessment, _)| assessment)
}

/// The same, and what it has read for that, carriers' words by their numbers. Of those that are known to count with this history no
/// signature is checked again, if they are still as they were seen: each of the `known` has the place that it has beside the ledger.
///
/// # Errors
/// [`Error`].
pub fn assess_used<'b>(
    history: &'b History,
    beside: &'b impl Beside,
    hypotheses: &'b Hypotheses,
    ground: Ground,
    known: &[Seen],
) -> Result<(Assessment, Used<'b, u32>), Error> {
    let contents = Contents::of(&history.state);
    let own = (history, &contents);
    let reach = Reach::new(own, hypotheses, (ground.level.into(), ground.terms), beside.unwraps())?;
    let confirmed = Confirmed::of(&history.state, beside, known);
    let mut figures = Figures::of(&reach, beside, &confirmed);
    let looked = std::mem::take(&mut figures.looked);
    let used = Used::of(&reach, beside, confirmed.on(&looked.0), looked);
    let elsewhere = match ground.level == Level::ONE_HOST && (reach.has_host() || reach.takes_keys()) {
        true => {
            let reach = Reach::new(own, hypotheses, (Placing::Apart, ground.terms), beside.unwraps())?;
            Some(Figures::of(&reach, beside, &confirmed).at_most)
        }
        false => None,
    };
    Ok((assessment(&reach, figures, (history, hypotheses, ground), elsewhere), used))
}

/// All that it says.
fn assessment(
    reach: &Reach,
    figures: Figures,
    (history, hypotheses, ground): (&History, &Hypotheses, Ground),
    elsewhere: Option<AtMost>,
) -> Assessment {
    let co_held = co_held(reach, &figures);
    let ends = ended::all(reach);
    let statements = statement::all(reach, &figures, (&co_held, &ends), &history.seen);
    Assessment {
        schema: SCHEMA.to_owned(),
        hypothesis: hypotheses.list().to_vec(),
        level: reach.level(ground.level, figures.both && figures.gaps.is_empty()),
        assumptions: assumptions(),
        checkpoint: history.seen.clone(),
        dating: dating(reach, history, (ground.terms, ends)),
        recorded: figures.recorded,
        confirmed: figures.confirmed,
        by_shipper: figures.by_shipper(),
        made_up: figures.made_up(&history.state),
        by_month: figures.by_month(),
        by_shipper_month: figures.by_shipper_month(),
        by_classes: figures.by_classes(),
        by_province: figures.by_province(),
        not_included: not_included(reach),
        co_held,
        index_leakage: index_leakage(reach),
        openings: openings(reach),
        voids: history.state.voids.list.iter().map(void_entry).collect(),
        damaged: damaged(reach, history),
        split_view: history.notes.others.iter().any(|other| other.signed),
        curve: figures.curve(reach),
        if_the_warden_stood_elsewhere: elsewhere,
        statements,
        people: match figures.people {
            People::Counted(people) => Some(people),
            People::Countable | People::Unknown => None,
        },
        at_most: figures.at_most,
        entries: figures.entries,
        gaps: figures.gaps,
        sent: figures.sent,
        without_header: figures.without_header,
    }
}

/// Longest time without a cosignature that needs no mention: heartbeats are hourly.
const SILENCE_MILLISECONDS: i64 = 70 * 60 * 1000;

/// What dates the figures, and where nothing does.
fn dating(reach: &Reach, history: &History, (terms, ends): (Terms, Vec<End>)) -> Dating {
    let begins = reach.begins().map(|(from, edges)| {
        let dated = reach.dating.before(from);
        Begin {
            from,
            entries: edges.before,
            cosigned: dated.map(|dated| dated.latest),
            slack: dated
                .map(|dated| from.milliseconds().saturating_sub(dated.latest.milliseconds()).unsigned_abs() / 1000),
            cosigners: dated
                .map_or_else(Vec::new, |dated| dated.cosigners.iter().map(|&name| name.to_owned()).collect()),
        }
    });
    let times: Vec<Time> = reach.dating.times().collect();
    let silent = |pair: &&[Time]| pair[1].milliseconds() - pair[0].milliseconds() > SILENCE_MILLISECONDS;
    let silences = times.windows(2).filter(silent).map(|pair| Silence { from: pair[0], to: pair[1] });
    let other =
        |other: &crate::dating::OtherRoot| OtherRoot { entry: other.entry, size: other.size, signed: other.signed };
    Dating {
        organisations: terms.organisations,
        clock_error: terms.clock_error,
        begins: begins.collect(),
        ends,
        goes_on: reach.goes_on(),
        silences: silences.collect(),
        other_roots: history.notes.others.iter().map(other).collect(),
    }
}

/// Periods with batches that a taken warden no longer had the key of.
fn not_included(reach: &Reach) -> Vec<NotIncluded> {
    if !reach.takes_keys() {
        return Vec::new();
    }
    let mut missing: BTreeMap<&PeriodId, NotIncluded> = BTreeMap::new();
    for sealed in reach.batches {
        let batch = sealed.batch;
        for key in reach.keys(*sealed) {
            let period = &key.to.period;
            let Some(why) = reach.out_of_reach(period, key.life(batch.entry)) else { continue };
            let own = missing.entry(period).or_insert_with(|| {
                let terms = reach.state.agreements.get(&period.agreement).and_then(|versions| versions.last());
                let shipper = terms.map(|terms| terms.shipper.clone());
                NotIncluded { period: period.clone(), shipper, why, rows: 0 }
            });
            own.rows = sums::add(own.rows, batch.rows.into());
        }
    }
    missing.into_values().collect()
}

/// Co-holders without whom a taken warden's keys open nothing, and what they say.
fn co_held(reach: &Reach, figures: &Figures) -> Vec<CoHeld> {
    let one = |own: &CoHolder| {
        let counts = reach.lists().filter(|list| list.record.co_holder == own.co_holder).map(|list| list.record.count);
        CoHeld {
            co_holder: own.co_holder.clone(),
            organisation: own.organisation.clone(),
            unwraps: counts.max(),
            rows: figures.kept_closed.get(&own.co_holder).copied().unwrap_or_default(),
        }
    };
    reach.co_holders().into_values().map(one).collect()
}

/// Whether an entry that only the warden can have made breaks a rule and may stand before the incident begins.
fn damaged(reach: &Reach, history: &History) -> bool {
    let own = history.state.voids.list.iter().filter(|void| void.signer == Signer::Warden).map(|void| void.entry);
    let own = own.chain(history.notes.others.iter().map(|other| other.entry));
    { own }.any(|entry| reach.may_precede(entry)) || history.state.genesis.is_none()
}

fn void_entry(void: &Void) -> VoidEntry {
    let Void { entry, kind, rule, signer, .. } = void;
    VoidEntry { entry: *entry, kind: (*kind).to_owned(), rule: rule.to_string(), signer: *signer }
}

/// Index keys are not shredded in this version's ledger, so whoever was given one still has it.
fn index_leakage(reach: &Reach) -> IndexLeakage {
    let state = reach.state;
    let taken = state.index_keys.iter().filter(|handed| reach.takes_index_key(handed));
    let mut months: BTreeSet<Month> = taken.map(|handed| handed.key.month).collect();
    let void = state.voids.index_keys.iter().filter(|key| reach.takes_void_index_key(key));
    months.extend(void.map(|key| key.month));
    let guessable = reach.batches.iter().filter(|sealed| {
        let mut keys = reach.keys(**sealed).iter();
        keys.any(|key| months.contains(&key.to.period.month) && key.classes.contains(FieldClass::Linkable))
    });
    let rows = guessable.fold(0, |sum, sealed| sums::add(sum, sealed.batch.rows.into()));
    let meaning = if months.is_empty() {
        "No index key is taken under this hypothesis. Whoever has the index without its keys sees only how many \
         tokens there are and in which batches: a guess cannot be tested."
    } else {
        "With these months' index keys, whoever can guess a tracking number or an order reference can confirm it \
         and find its batch. Names, addresses and contacts are not in the index."
    };
    let copied = reach.hypotheses.iter().any(|hypothesis| hypothesis.kind == Kind::Storage) && !months.is_empty();
    let copied = if copied {
        " A copy of the gateway's disk has the key with which it asks for them: these hand-overs may have been to whoever has it, \
         if the warden could be reached, until another key is enrolled."
    } else {
        ""
    };
    IndexLeakage { months: months.into_iter().collect(), rows, meaning: format!("{meaning}{copied}") }
}

fn openings(reach: &Reach) -> Openings {
    let unexplained = reach.state.voids.openings.len() as u64;
    let mut openings = Openings { justified: 0, unexplained };
    for opening in reach.state.openings.values() {
        let explained = opening.receipt.is_some() && !reach.takes_opening(opening);
        *if explained { &mut openings.justified } else { &mut openings.unexplained } += 1;
    }
    openings
}

/// Whether one of the hypotheses is of a kind whose beginning matters.
fn beginning_matters(kind: &Kind) -> bool {
    matches!(kind, Kind::Host { .. } | Kind::Warden | Kind::Principal { .. })
}
