//! Agreements' terms, and the keys of their periods: made for this month and the three after.

use crate::{
    api::{ListedPeriod, Octets, PeriodList, Refusal, Signed, Terms},
    book::Book,
    warden::Warden,
};
use ledger::{
    Entry, Month, PeriodId, Time,
    entry::{Agreement, Carrier, PeriodKey, RetentionGroup},
};
use std::sync::Arc;

/// Months beyond this one for which keys are made ahead.
const MONTHS_AHEAD: usize = 3;

/// Logs what is new, and answers with the proven list.
pub(crate) async fn agree(warden: &Arc<Warden>, signed: Signed<Terms>) -> Result<PeriodList, Refusal> {
    let entered = warden
        .blocking(move |warden| {
            warden.check(&signed)?;
            let Terms { carriers, agreements, .. } = signed.request;
            let mut book = warden.book();
            let now = warden.now();
            enter(&mut book, carriers, agreements.clone(), now)?;
            let periods = wanted(&agreements, Month::of(now));
            make_keys(warden, &mut book, &periods, now)?;
            let living = periods
                .into_iter()
                .map(|(_, period)| period)
                .filter(|period| is_live(&book, period))
                .collect::<Vec<_>>();
            let size = living.iter().map(|period| book.state().periods[period].born.entry + 1).max().unwrap_or(1);
            Ok::<_, Refusal>((living, size))
        })
        .await;
    warden.appended.notify_one();
    let (mut periods, size) = entered?;
    periods.sort();
    let published = warden.quorum.reach(&warden.book, size).await?;
    warden
        .blocking(move |warden| {
            let listed = periods.iter().map(|period| list(warden, period, published.size)).collect::<Result<_, _>>()?;
            Ok(PeriodList { checkpoint: published.note, periods: listed })
        })
        .await
}

fn list(warden: &Warden, period: &PeriodId, size: u64) -> Result<ListedPeriod, Refusal> {
    let book = warden.book();
    let known = book.state().periods.get(period).ok_or(Refusal::NotFound)?;
    let public = warden.custody.public_key(&known.key)?;
    Ok(ListedPeriod { born: book.included(known.born.entry, size)?, public: Octets(public.to_bytes()) })
}

fn is_live(book: &Book, period: &PeriodId) -> bool {
    book.state().periods.get(period).is_some_and(|known| known.shred_intent.is_none())
}

fn enter(book: &mut Book, carriers: Vec<Carrier>, agreements: Vec<Agreement>, now: Time) -> Result<(), Refusal> {
    let state = book.state();
    let new_carrier =
        |carrier: &Carrier| state.carriers.get(&carrier.carrier).and_then(|all| all.last()) != Some(carrier);
    let new_agreement =
        |terms: &Agreement| state.agreements.get(&terms.agreement).and_then(|all| all.last()) != Some(terms);
    let mut entries: Vec<_> = carriers.into_iter().filter(new_carrier).map(Entry::Carrier).collect();
    entries.extend(agreements.into_iter().filter(new_agreement).map(Entry::Agreement));
    if !entries.is_empty() {
        book.append(now, entries)?;
    }
    Ok(())
}

fn wanted(agreements: &[Agreement], this: Month) -> Vec<(RetentionGroup, PeriodId)> {
    let months: Vec<_> = std::iter::successors(Some(this), |month| Some(month.next())).take(1 + MONTHS_AHEAD).collect();
    let mut wanted = Vec::new();
    for terms in agreements {
        for group in &terms.groups {
            let period = |month: &Month| PeriodId {
                agreement: terms.agreement.clone(),
                month: *month,
                group: group.group.clone(),
            };
            wanted.extend(months.iter().map(|month| (group.clone(), period(month))));
        }
    }
    wanted
}

/// Key files first, then the entries: a crash between leaves files that the next start sets aside.
fn make_keys(
    warden: &Warden,
    book: &mut Book,
    periods: &[(RetentionGroup, PeriodId)],
    now: Time,
) -> Result<(), Refusal> {
    let ends = |group: &RetentionGroup, period: &PeriodId| period.month.next().start().plus_days(group.days);
    let mut missing = Vec::new();
    for (group, period) in periods {
        match book.state().periods.get(period) {
            None => missing.push((group, period)),
            Some(known) if known.classes == group.classes && known.ends == ends(group, period) => {}
            Some(_) => return Err(Refusal::Terms { agreement: period.agreement.clone(), period: period.clone() }),
        }
    }
    let mut entries = Vec::with_capacity(missing.len());
    for (group, period) in missing {
        let key = warden.custody.make_period_key(period)?.hash();
        let made = PeriodKey { period: period.clone(), classes: group.classes.clone(), key, ends: ends(group, period) };
        entries.push(Entry::PeriodKey(made));
    }
    if !entries.is_empty() {
        book.append(now, entries)?;
    }
    Ok(())
}
