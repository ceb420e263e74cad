//! Retention: what is announced, made durable and cosigned is destroyed; then that is written too.

use crate::{
    api::{PeriodState, PeriodStatus, Refusal, RetentionDone, RetentionRun, ShreddedPeriod, Signed},
    book::{Announced, Book, Durable},
    periods,
    quorum::Cosigned,
    warden::Warden,
};
use ledger::{Month, PeriodId, Time, entry::Shred, replay::Period};
use std::sync::{Arc, atomic::Ordering::Relaxed};

/// Destroys the keys of all periods whose retention has ended.
pub(crate) async fn run(warden: &Arc<Warden>, signed: Signed<RetentionRun>) -> Result<RetentionDone, Refusal> {
    let chosen = signed.request.now;
    warden.blocking(move |warden| warden.check(&signed)).await?;
    if chosen.is_some() && !warden.config.demo {
        return Err(Refusal::NotADemo);
    }
    end(warden, chosen).await
}

/// Destroys the keys of all periods that have ended by the witnesses' time, or by a chosen one.
pub(crate) async fn end(warden: &Arc<Warden>, chosen: Option<Time>) -> Result<RetentionDone, Refusal> {
    let _one = warden.retention.lock().await;
    // Of witnesses' clocks and ours the earliest: neither ends anything alone.
    let witnessed = witnessed_time(warden).await?.min(warden.now());
    let time = chosen.unwrap_or(witnessed);
    let announced = warden.blocking(move |warden| announce(warden, time)).await?;
    warden.appended.notify_one();
    let cosigned = warden.quorum.cosign(&warden.book, announced).await?;
    let shredded = warden.blocking(move |warden| destroy(warden, &cosigned, time)).await;
    warden.appended.notify_one();
    let shredded = shredded?;
    warden.counts.shredded.fetch_add(shredded.len() as u64, Relaxed);
    let index_keys = warden.blocking(move |warden| destroy_index_keys(warden, witnessed)).await?;
    Ok(RetentionDone { time, shredded, index_keys })
}

/// A moment that the witnesses say has passed: our own clock alone ends nothing. Without a quorum (a demo) there is
/// nobody else to ask.
async fn witnessed_time(warden: &Arc<Warden>) -> Result<Time, Refusal> {
    let renewed = warden.quorum.renew(&warden.book).await?;
    Ok(renewed.time.unwrap_or_else(|| warden.now()))
}

/// Periods that are [over](periods::over) and whose keys are here. A key of an earlier generation that was never here is not ours to
/// destroy: it lives on where that generation left it.
pub(crate) fn over<'b>(
    warden: &'b Warden,
    book: &'b Book,
    time: Time,
) -> impl Iterator<Item = (&'b PeriodId, &'b Period)> {
    let state = book.state();
    let (own, since) = state.cast().map_or((0, 0), |cast| (cast.generation, cast.generation_since));
    let begun = move |period: &Period| period.shred_intent.is_some_and(|at| at.entry > since);
    let ours = move |id: &PeriodId, period: &Period| {
        id.generation == own || begun(period) || warden.custody.has_period_key(&period.key)
    };
    periods::over(state, time).filter(move |(id, period)| ours(id, period))
}

fn announce(warden: &Warden, time: Time) -> Result<Vec<Durable<Announced>>, Refusal> {
    let (mut book, now) = (warden.book(), warden.now());
    let mut announced = Vec::new();
    let mut new = Vec::new();
    for (id, period) in over(warden, &book, time) {
        match book.announced(id) {
            Some(standing) => announced.push(standing),
            None => new.push(Announced(Shred { period: id.clone(), key: period.key })),
        }
    }
    if !new.is_empty() {
        announced.extend(book.append_all(now, new)?);
    }
    Ok(announced)
}

fn destroy(warden: &Warden, announced: &[Cosigned<Announced>], time: Time) -> Result<Vec<ShreddedPeriod>, Refusal> {
    let mut gone = Vec::with_capacity(announced.len());
    let mut failure = None;
    for cosigned in announced {
        // Officers may have said so while it was cosigned.
        let held = warden.book().state().held(&cosigned.entry().0.period);
        if held.is_some_and(|until| until > time) {
            continue;
        }
        match warden.custody.destroy_period_key(cosigned) {
            Ok(()) => gone.push(cosigned),
            Err(error) => failure = Some(Refusal::from(error)),
        }
    }
    let entries: Vec<_> = gone.iter().map(|cosigned| cosigned.entry().0.clone()).collect();
    let written = if entries.is_empty() { vec![] } else { warden.book().append_all(warden.now(), entries)? };
    if let Some(failure) = failure {
        return Err(failure); // what was destroyed is written; the rest is for the next run
    }
    let shredded = |(cosigned, shred): (&&Cosigned<Announced>, &Durable<Shred>)| ShreddedPeriod {
        period: shred.entry().period.clone(),
        key: shred.entry().key,
        intent: cosigned.index(),
        shred: shred.index(),
    };
    Ok(gone.iter().zip(&written).map(shredded).collect())
}

/// A month's index key goes with the last of its periods, once the month is over: a chosen time does not end a month in
/// which the gateway still receives.
fn destroy_index_keys(warden: &Warden, witnessed: Time) -> Result<Vec<Month>, Refusal> {
    let over = index_months_over(warden, witnessed)?;
    over.iter().try_for_each(|month| warden.custody.destroy_index_key(*month))?;
    Ok(over)
}

/// Months whose index key is to be destroyed at that time.
pub(crate) fn index_months_over(warden: &Warden, witnessed: Time) -> Result<Vec<Month>, Refusal> {
    let months = warden.custody.index_months()?;
    let book = warden.book();
    let kept =
        |month: &Month| book.state().periods.iter().any(|(id, own)| id.month == *month && own.shredded.is_none());
    Ok(months.into_iter().filter(|month| month.next().start() <= witnessed && !kept(month)).collect())
}

/// What exists until when, and what does not exist any more.
pub(crate) fn status(warden: &Warden) -> Vec<PeriodStatus> {
    let (book, now) = (warden.book(), warden.now());
    let state = |period: &Period, held: Option<Time>| match (period.shredded, period.shred_intent) {
        (Some(_), _) => PeriodState::Shredded,
        (None, Some(_)) => PeriodState::Ending,
        (None, None) if !warden.custody.has_period_key(&period.key) => PeriodState::Missing,
        (None, None) if period.ends > now => PeriodState::Live,
        (None, None) if held.is_some_and(|until| until > now) => PeriodState::Held,
        (None, None) => PeriodState::Overdue,
    };
    let status = |(id, period): (&PeriodId, &Period)| PeriodStatus {
        period: id.clone(),
        classes: period.classes,
        key: period.key,
        ends: period.ends,
        held: book.state().held(id),
        state: state(period, book.state().held(id)),
        born: period.born.entry,
        shred_intent: period.shred_intent.map(|at| at.entry),
        shred: period.shredded.map(|at| at.entry),
        shredded: period.shredded.map(|at| at.time),
    };
    book.state().periods.iter().map(status).collect()
}
