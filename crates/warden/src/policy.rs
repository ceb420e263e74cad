//! What officers decided, and the keys of its periods: made for this month and the three after.

use crate::{
    api::{Decided, Included, ListedPeriod, Octets, PeriodList, Periods, Refusal, Signed},
    book::{Book, Written},
    periods::{ends, wanted},
    quorum::Cosigned,
    warden::Warden,
};
use ledger::{
    Entry, Month, PeriodId, Time,
    entry::{Agreement, Lockdown, PeriodKey, Policy, RetentionGroup, Revocation},
};
use std::sync::Arc;

/// Enters a policy. Who brings it does not matter: the ledger's rule asks for officers' signatures, and its number makes
/// an old one none.
pub(crate) async fn decide(warden: &Arc<Warden>, policy: Policy) -> Result<Decided, Refusal> {
    let fits = |book: &Book, policy: &Policy| {
        // Keys and addresses of a running warden are those that it was started with.
        if policy.record.moves() {
            return Err(Refusal::NeedsRenewal);
        }
        fits(book, &policy.record.agreements)
    };
    enter(warden, policy, fits).await
}

/// Enters what one officer, or the key's own holder, says of a key: it is nobody's any more.
pub(crate) async fn revoke(warden: &Arc<Warden>, revocation: Revocation) -> Result<Decided, Refusal> {
    enter(warden, revocation, |_, _| Ok(())).await
}

/// Closes the ledger for openings, or opens it again.
pub(crate) async fn lock(warden: &Arc<Warden>, lockdown: Lockdown) -> Result<Decided, Refusal> {
    enter(warden, lockdown, |_, _| Ok(())).await
}

/// Enters what officers have signed, and proves it in a cosigned checkpoint.
async fn enter<T: Clone + Into<Written> + Send + 'static>(
    warden: &Arc<Warden>,
    said: T,
    fits: impl FnOnce(&Book, &T) -> Result<(), Refusal> + Send + 'static,
) -> Result<Decided, Refusal> {
    let entered = warden
        .blocking(move |warden| {
            let mut book = warden.book();
            fits(&book, &said)?;
            book.append_one(warden.now(), said)
        })
        .await;
    warden.appended.notify_one();
    let cosigned: Cosigned<T> = warden.quorum.cosign_one(&warden.book, entered?).await?;
    let (index, size, checkpoint) = (cosigned.index(), cosigned.checkpoint().size, cosigned.checkpoint().note.clone());
    let place = warden.blocking(move |warden| warden.book().place(index, size)).await?;
    Ok(Decided { checkpoint, place })
}

/// Answers with the proven list, and makes the keys that are missing.
pub(crate) async fn list(warden: &Arc<Warden>, signed: Signed<Periods>) -> Result<PeriodList, Refusal> {
    let made = warden
        .blocking(move |warden| {
            warden.check(&signed)?;
            let (mut book, now) = (warden.book(), warden.now());
            let standing: Vec<Agreement> =
                book.state().agreements.values().filter_map(|all| all.last()).cloned().collect();
            let generation = book.state().cast().map_or(1, |cast| cast.generation);
            let periods = wanted(&standing, Month::of(now), generation);
            make_keys(warden, &mut book, &periods, now)?;
            let living = periods.into_iter().map(|(_, period)| period).filter(|period| is_live(&book, period));
            let living: Vec<_> = living.collect();
            // No more than that has to be cosigned: without a witness, what stood before is still handed out.
            let born = living.iter().map(|period| book.state().periods[period].born.entry);
            let last = born.chain(book.policies().iter().copied()).max();
            Ok::<_, Refusal>((living, last.map_or(1, |last| last + 1)))
        })
        .await;
    warden.appended.notify_one();
    let (mut periods, size) = made?;
    periods.sort();
    let published = warden.quorum.reach(&warden.book, size).await?;
    warden
        .blocking(move |warden| {
            let policies = included(&warden.book(), published.size)?;
            let periods =
                periods.iter().map(|period| listed(warden, period, published.size)).collect::<Result<_, _>>()?;
            Ok(PeriodList { checkpoint: published.note, policies, periods })
        })
        .await
}

/// Every policy, proven in the newest cosigned checkpoint, and no period: who signs the ledger follows from that.
pub(crate) fn decided(warden: &Warden) -> Result<PeriodList, Refusal> {
    let book = warden.book();
    let published = book.published().ok_or(Refusal::NotFound)?;
    let policies = included(&book, published.size)?;
    Ok(PeriodList { checkpoint: published.note.clone(), policies, periods: Vec::new() })
}

fn included(book: &Book, size: u64) -> Result<Vec<Included>, Refusal> {
    let policies = book.policies().iter().filter(|index| **index < size);
    policies.map(|index| book.included(*index, size)).collect()
}

fn listed(warden: &Warden, period: &PeriodId, size: u64) -> Result<ListedPeriod, Refusal> {
    let book = warden.book();
    let known = book.state().periods.get(period).ok_or(Refusal::NotFound)?;
    let public = warden.custody.public_key(&known.key)?;
    Ok(ListedPeriod { born: book.included(known.born.entry, size)?, public: Octets(public.to_bytes()) })
}

fn is_live(book: &Book, period: &PeriodId) -> bool {
    book.state().periods.get(period).is_some_and(|known| known.shred_intent.is_none())
}

/// Keys that were made stay what they are: a retention group with other classes or days needs another name.
fn fits(book: &Book, agreements: &[Agreement]) -> Result<(), Refusal> {
    for terms in agreements {
        for (id, period) in book.state().periods.iter().filter(|(id, _)| id.agreement == terms.agreement) {
            let Some(group) = terms.groups.iter().find(|group| group.group == id.group) else { continue };
            if period.classes != group.classes || period.ends != ends(group, id) {
                return Err(Refusal::Terms { agreement: terms.agreement.clone(), period: id.clone() });
            }
        }
    }
    Ok(())
}

/// Key files first, then the entries: a crash between leaves files that the next start sets aside.
fn make_keys(
    warden: &Warden,
    book: &mut Book,
    periods: &[(RetentionGroup, PeriodId)],
    now: Time,
) -> Result<(), Refusal> {
    let mut missing = Vec::new();
    for (group, period) in periods {
        if !book.state().periods.contains_key(period) {
            missing.push((group, period));
        }
    }
    let mut entries = Vec::with_capacity(missing.len());
    for (group, period) in missing {
        let key = warden.custody.make_period_key(period)?.hash();
        let made = PeriodKey {
            period: period.clone(),
            classes: group.classes,
            key,
            ends: ends(group, period),
            co_holder: None,
        };
        entries.push(Entry::PeriodKey(made));
    }
    if !entries.is_empty() {
        book.append(now, entries)?;
    }
    Ok(())
}
