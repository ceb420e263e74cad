//! Who opened what, and who watches: the ledger as people look through it, from its end backwards. One look costs the same however
//! long the ledger is. What the warden says is shown and not believed: it is no proof, and nothing follows from it here.

use crate::{Error, Gateway, partner::Partner, warden};
use api::{
    client::Client,
    gateway::record::{Opening, Other, RECEIPTS_WITHIN, Record, Watcher},
    warden::{Head, Pins, WitnessStatus},
};
use ledger::{AgreementId, Entry, Hash, Header, Logged, entry::Outcome};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::sync::OwnedMutexGuard;

/// An entry has 65,535 octets at most, so that an answer of `AT_ONCE` fits.
const CLIENT: Client = Client::new(Duration::from_secs(30), 80 << 20);
const AT_ONCE: u64 = 1024;
/// So many entries are read for a page, at most; fewer where so many openings are among them.
const ENTRIES_MAX: u64 = 8 * AT_ONCE;
const OPENINGS_MAX: usize = 50;
const OTHERS_MAX: usize = 50;

/// One page is put together at a time. What was begun for it ends before the next one, also where its client has gone.
type Turn = Arc<OwnedMutexGuard<()>>;

/// What stands before this index; none: at the end. `only`: what is a partner's own, and what concerns everyone.
///
/// # Errors
/// [`Error::WardenSilent`], [`Error::WardenAnswer`] for entries of a form that is not known.
pub async fn before(gateway: &Arc<Gateway>, index: Option<u64>, only: Option<Partner>) -> Result<Record, Error> {
    let turn: Turn = Arc::new(gateway.looking.clone().lock_owned().await);
    let head: Head = warden::get(gateway, "/v1/head").await?;
    let until = index.unwrap_or(head.size).min(head.size);
    let behind = entries(gateway, &turn, until, until.saturating_add(RECEIPTS_WITHIN).min(head.size)).await?;
    let mut stretch: Vec<Logged> = Vec::new();
    let (mut from, mut openings) = (until, 0);
    while from > 0 && until - from < ENTRIES_MAX && openings < OPENINGS_MAX {
        let start = from.saturating_sub(AT_ONCE);
        let older = entries(gateway, &turn, start, from).await?;
        openings += count(&older);
        stretch.splice(0..0, older);
        from = start;
    }
    let work = move |gateway: &Arc<Gateway>| {
        let _turn = turn;
        record(gateway, only.as_ref(), head, from, &stretch, &behind)
    };
    gateway.blocking(work).await
}

fn count(stretch: &[Logged]) -> usize {
    stretch.iter().filter(|logged| matches!(logged.entry, Entry::Intent(_))).count()
}

/// Exactly these entries.
async fn entries(gateway: &Arc<Gateway>, turn: &Turn, from: u64, until: u64) -> Result<Vec<Logged>, Error> {
    if from >= until {
        return Ok(Vec::new());
    }
    let url = format!("{}/v1/entries?from={from}&to={until}", gateway.config.warden);
    let answer = CLIENT.get(&url).await?;
    if answer.status != 200 {
        return Err(Error::WardenStatus { status: answer.status });
    }
    let turn = turn.clone();
    let read = move |_: &Arc<Gateway>| {
        let _turn = turn;
        let leaves = answer.body.split(|octet| *octet == b'\n').filter(|leaf| !leaf.is_empty());
        let entries: Result<Vec<Logged>, _> = leaves.map(Logged::read).collect();
        entries.ok().filter(|entries| entries.len() as u64 == until - from).ok_or(Error::WardenAnswer)
    };
    gateway.blocking(read).await
}

fn record(
    gateway: &Gateway,
    only: Option<&Partner>,
    head: Head,
    from: u64,
    stretch: &[Logged],
    behind: &[Logged],
) -> Result<Record, Error> {
    let own: Option<BTreeSet<AgreementId>> = only.map(|partner| {
        let partners = gateway.partners();
        let sent = partners.agreements().filter(|agreement| agreement.shipper == partner.id);
        sent.map(|agreement| agreement.id.clone()).collect()
    });
    let mut kinds = BTreeMap::new();
    // A summary for operators. It is no secret: the ledger is passed on to whoever asks.
    for logged in stretch.iter().filter(|_| only.is_none()) {
        *kinds.entry(logged.entry.kind()).or_insert(0) += 1;
    }
    let beat = |logged: &Logged| matches!(logged.entry, Entry::Heartbeat(_)).then_some(logged.time);
    let newest_first = || (from..).zip(stretch).collect::<Vec<_>>().into_iter().rev();
    let others = newest_first().filter_map(|(index, logged)| other(index, logged, own.as_ref()));
    Ok(Record {
        now: gateway.now(),
        watchers: watchers(gateway, &head),
        until: from + stretch.len() as u64,
        from,
        times: stretch.first().zip(stretch.last()).map(|(first, last)| (first.time, last.time)),
        openings: openings(gateway, only, newest_first(), &receipts(from, stretch.iter().chain(behind)))?,
        beats: stretch.iter().filter_map(beat).collect(),
        kinds,
        others: others.take(OTHERS_MAX).collect(),
        head,
    })
}

fn receipts<'a>(from: u64, entries: impl Iterator<Item = &'a Logged>) -> BTreeMap<Hash, (u64, Outcome)> {
    let receipt = |(index, logged): (u64, &Logged)| match &logged.entry {
        Entry::Receipt(receipt) => Some((receipt.opening, (index, receipt.outcome))),
        _ => None,
    };
    (from..).zip(entries).filter_map(receipt).collect()
}

/// Whose data was opened stands in the batch's header, not in the ledger.
fn openings<'a>(
    gateway: &Gateway,
    only: Option<&Partner>,
    newest_first: impl Iterator<Item = (u64, &'a Logged)>,
    receipts: &BTreeMap<Hash, (u64, Outcome)>,
) -> Result<Vec<Opening>, Error> {
    let mut openings = Vec::new();
    for (index, logged) in newest_first {
        let Entry::Intent(intent) = &logged.entry else { continue };
        let scope = intent.request.scope.clone();
        let stored = gateway.vault.header(&scope.batch)?;
        let header: Option<Header> = stored.and_then(|stored| ledger::canonical::read(&stored.header).ok());
        if only.is_some_and(|partner| header.as_ref().is_none_or(|header| header.shipper != partner.pseudonym)) {
            continue;
        }
        let partners = gateway.partners();
        let name = |header: Header| match partners.by_pseudonym(&header.shipper) {
            Some(partner) => partner.id.to_string(),
            None => header.shipper.to_string(),
        };
        let receipt = receipts.get(&intent.opening).copied();
        openings.push(Opening { index, time: logged.time, scope, shipper: header.map(name), receipt });
    }
    Ok(openings)
}

/// What an entry is about, if it is one of the rarer kinds; `own`: whose periods are told.
fn other(index: u64, logged: &Logged, own: Option<&BTreeSet<AgreementId>>) -> Option<Other> {
    let period = match &logged.entry {
        Entry::PeriodKey(key) => Some(&key.period),
        Entry::ShredIntent(shred) | Entry::Shred(shred) | Entry::Resurfaced(shred) => Some(&shred.period),
        _ => None,
    };
    if period.zip(own).is_some_and(|(period, own)| !own.contains(&period.agreement)) {
        return None;
    }
    let about = match (&logged.entry, period) {
        (_, Some(period)) => period.to_string(),
        (Entry::Genesis(genesis), _) => genesis.origin.clone(),
        (Entry::Policy(policy), _) => format!("#{}", policy.record.number),
        (Entry::Lockdown(lockdown), _) => format!("#{}", lockdown.record.number),
        (Entry::Revocation(revocation), _) => revocation.record.key.to_string(),
        (Entry::IndexKey(key), _) => format!("{} {}", key.month, key.worker),
        (Entry::CountIntent(count), _) => format!("{} {}", count.request.scope.principal, count.request.scope.ticket),
        (Entry::Counted(counted), _) => counted.outcome.as_str().to_owned(),
        (Entry::Start(start), _) => start.record.worker.to_string(),
        _ => return None,
    };
    Some(Other { index, time: logged.time, kind: logged.entry.kind(), about })
}

/// A witness's time is in its cosignature, and counts as far as the warden's and its own key have signed it.
fn watchers(gateway: &Gateway, head: &Head) -> Vec<Watcher> {
    let (signers, note) = (warden::signers(gateway), head.cosigned.as_deref().unwrap_or_default());
    let cosigned = |status: &WitnessStatus| {
        let alone = Pins { witnesses: vec![status.vkey.parse().ok()?], quorum: 1, ..signers.clone() };
        alone.dated(note).ok()?.1.map(|times| *times.start())
    };
    let watcher = |status: &WitnessStatus| Watcher {
        name: status.name.clone(),
        size: status.size,
        cosigned: cosigned(status),
        fails: status.problem.is_some(),
    };
    head.witnesses.iter().map(watcher).collect()
}
