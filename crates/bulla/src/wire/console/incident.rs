//! A look at what could have been read. It replays the whole ledger, so that only a short one is looked at, one at a time; for
//! others the page says what to run.

use super::{
    failure::Failure,
    form::Form,
    rights::Room,
    visit::{Page, Shared, Visit},
};
use ::incident::{
    Assessment,
    assessment::{ClassesShare, MonthShare, ShipperShare},
    bundle::{Proven, Prover, Refusal},
    exposure::{self, Files},
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Redirect},
};
use console::incident::{Answer, Elsewhere, Figures, Found, KINDS, Late, Question};
use gateway::{Error, Gateway};
use ledger::{Classes, Disclosed, FieldClass, Month, Time};
use report::Language;
use std::collections::BTreeMap;
use tokio::sync::OwnedMutexGuard;

/// So many entries are replayed for a page, and so many batches' headers read.
const ENTRIES_MAX: u64 = 8192;

pub async fn show(State(console): Shared, headers: HeaderMap, uri: Uri) -> Page {
    let visit = Visit::to(Room::Incident, &console, &headers, &uri)?;
    let question = question(&Form::read(uri.query().unwrap_or_default().as_bytes()));
    let found = match (question.kind.is_empty(), unanswerable(&question, console.gateway.now())) {
        (true, _) => Found::Nothing,
        (false, Some(found)) => found,
        (false, None) => match console.assessing.clone().try_lock_owned() {
            Ok(turn) => look(&visit, &question, turn).await?,
            Err(_) => Found::Busy,
        },
    };
    let page = move |visit: &Visit| {
        let unanchored = visit.console.gateway.vault.unanchored_count().map_err(Error::from)?;
        Ok(Some(console::incident::incident(&visit.frame("incident", unanchored), &question, &found)))
    };
    visit.page(page).await
}

/// What is not of the form's own lists, or no day, is left out.
fn question(asked: &Form) -> Question {
    let kind = KINDS.into_iter().find(|kind| *kind == asked.get("kind")).unwrap_or_default();
    let day = |name| asked.get(name).parse::<jiff::civil::Date>().map_or_else(|_| String::new(), |day| day.to_string());
    Question { kind: kind.to_owned(), from: day("from"), to: day("to") }
}

/// Of days that have not come, and of an end before the beginning, no ledger says anything.
fn unanswerable(question: &Question, now: Time) -> Option<Found> {
    let day = |text: &str| text.get(..10)?.parse::<jiff::civil::Date>().ok();
    let (from, to, today) = (day(&question.from), day(&question.to), day(&now.to_string())?);
    if from.is_some_and(|from| from > today) {
        return Some(Found::FromAhead);
    }
    if to.is_some_and(|to| to > today) {
        return Some(Found::ToAhead);
    }
    from.zip(to).is_some_and(|(from, to)| from > to).then_some(Found::Backwards)
}

/// Files that can be taken along where a page can be computed: the same as the command writes, without pins.
pub async fn download(State(console): Shared, Path(name): Path<String>, headers: HeaderMap, uri: Uri) -> Page {
    let visit = Visit::to(Room::Incident, &console, &headers, &uri)?;
    let question = question(&Form::read(uri.query().unwrap_or_default().as_bytes()));
    let make: fn(&Proven, Language) -> Vec<u8> = match &*name {
        "bundle.bulla" => |proven, _| proven.octets.clone(),
        "assessment.html" => |proven, language| report::page(&proven.assessment, language).into_bytes(),
        _ => return Err(visit.failure("missing")),
    };
    // Where there is nothing to take along, the page says why.
    let back =
        || Ok(Redirect::to(&format!("/console/incident?{}", console::incident::query(&question))).into_response());
    let turn = console.assessing.clone().try_lock_owned();
    let (Some(turn), false) = (turn.ok(), question.kind.is_empty()) else { return back() };
    if unanswerable(&question, console.gateway.now()).is_some() {
        return back();
    }
    let asked = hypothesis(&question, &question.from);
    let proven = replay(&visit, turn, move |prover, beside, _| match prover.prove(&asked, beside) {
        Ok(proven) => Ok(Box::new(proven)),
        Err(_) => Err(Found::Failed),
    });
    let Ok(proven) = proven.await? else { return back() };
    let language = if visit.look.language == console::Language::French { Language::Fr } else { Language::En };
    let kind = if name.ends_with(".html") { "text/html; charset=utf-8" } else { "application/octet-stream" };
    let as_file = format!("attachment; filename=\"{name}\"");
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, as_file)], make(&proven, language))
        .into_response())
}

async fn look(visit: &Visit, question: &Question, turn: OwnedMutexGuard<()>) -> Result<Found, Failure> {
    let question = question.clone();
    let found = replay(visit, turn, move |prover, beside, gateway| answer(gateway, prover, beside, &question));
    Ok(found.await?.unwrap_or_else(|instead| instead))
}

/// Does this with the ledger, or says why it cannot be replayed here. Whose client goes away, still has its turn as long as there is
/// work being done for it.
async fn replay<T: Send + 'static>(
    visit: &Visit,
    turn: OwnedMutexGuard<()>,
    work: impl FnOnce(&Prover<'_, Vec<&[u8]>>, &Files, &Gateway) -> Result<T, Found> + Send + 'static,
) -> Result<Result<T, Found>, Failure> {
    let gateway = visit.console.gateway.clone();
    let told = |error| visit.warden(error);
    let passed = |path, until| gateway::incident::ledger(&gateway, path, Some(0), until);
    let Some(note) = passed("checkpoint", None).await.map_err(told)?.filter(|answer| answer.status == 200) else {
        return Ok(Err(Found::Failed));
    };
    let Some(size) = size_of(&note.body) else { return Ok(Err(Found::Failed)) };
    if size > ENTRIES_MAX {
        return Ok(Err(Found::TooLong(size)));
    }
    let Some(entries) = passed("entries", Some(size)).await.map_err(told)?.filter(|answer| answer.status == 200) else {
        return Ok(Err(Found::Failed));
    };
    let found = memory::spawn_blocking(move || {
        let _turn = turn;
        let leaves: Vec<&[u8]> = entries.body.split(|octet| *octet == b'\n').filter(|leaf| !leaf.is_empty()).collect();
        let Some(beside) = beside(&gateway)? else { return Ok(Err(Found::TooMany(ENTRIES_MAX))) };
        let Ok(prover) = Prover::read(&leaves, &note.body, None) else { return Ok(Err(Found::Failed)) };
        Ok(work(&prover, &beside, &gateway))
    });
    found.await.map_err(|_| visit.failure("failed"))?.map_err(told)
}

/// What the gateway has beside the ledger; none: more than is read for a page.
fn beside(gateway: &Gateway) -> Result<Option<Files>, Error> {
    let mut beside = Files { confirmations: gateway.vault.confirmations()?, ..Files::default() };
    for stored in gateway.vault.headers() {
        let stored = stored?;
        // What cannot be read counts with all that it can hold.
        let Ok(header) = serde_json::from_slice(&stored.header) else { continue };
        beside.headers.insert(stored.batch, Disclosed { header, salt: stored.salt });
        if beside.headers.len() as u64 > ENTRIES_MAX {
            return Ok(None);
        }
    }
    Ok(Some(beside))
}

fn size_of(note: &[u8]) -> Option<u64> {
    let (text, _) = tlog::note::split(note).ok()?;
    Some(tlog::Checkpoint::parse(text).ok()?.size())
}

fn answer(
    gateway: &Gateway,
    prover: &Prover<'_, Vec<&[u8]>>,
    beside: &Files,
    question: &Question,
) -> Result<Found, Found> {
    let ask = |from: &str| prover.prove(&hypothesis(question, from), beside).map(|proven| proven.assessment);
    // The curve is there where the beginning is open, the answer to a stated one is not.
    match (ask(""), ask(&question.from)) {
        (Ok(open), Ok(stated)) => Ok(Found::Answer(Box::new(shown(gateway, question, &open, &stated)))),
        (Err(Refusal::Exposure(exposure::Error::ToAfterLedger { .. })), _) => Err(Found::NotOver),
        _ => Err(Found::Failed),
    }
}

fn hypothesis(question: &Question, from: &str) -> String {
    let mut text = format!("[[hypothesis]]\nkind = \"{}\"\n", question.kind);
    for (name, day) in [("from", from), ("to", &question.to)] {
        if !day.is_empty() {
            text += &format!("{name} = {day}T00:00:00Z\n");
        }
    }
    text
}

/// What of a row is sealed; the rest of it is clear in any case.
fn sealed(share: &ClassesShare) -> (Vec<FieldClass>, u64) {
    ((share.classes & Classes::SEALED).iter().collect(), share.rows)
}

fn shown(gateway: &Gateway, question: &Question, open: &Assessment, stated: &Assessment) -> Answer {
    let (most, seen, partners) = (&stated.at_most, &stated.checkpoint, gateway.partners());
    let name = |shipper: &ledger::Pseudonym| match partners.by_pseudonym(shipper) {
        Some(partner) => partner.id.to_string(),
        None => shipper.to_string(),
    };
    // Parties are said where something of a sealed class is reached: only then are its rows part of the bound.
    let (mut beyond, mut unnamed, mut monthly) = (0_u64, 0_u64, BTreeMap::<Month, u64>::new());
    for gap in stated.gaps.iter().filter(|gap| gap.parties > 0) {
        beyond = beyond.saturating_add(gap.rows);
        unnamed = unnamed.saturating_add(gap.parties);
        let own = monthly.entry(Month::of(gap.time)).or_default();
        *own = own.saturating_add(gap.rows);
    }
    let recorded = |share: &ShipperShare| match &share.shipper {
        Some(_) => share.rows,
        None => share.rows.saturating_sub(beyond),
    };
    let of_month =
        |share: &MonthShare| share.rows.saturating_sub(monthly.get(&share.month).copied().unwrap_or_default());
    let shippers = stated.by_shipper.iter().map(|share| (share.shipper.as_ref().map(name), recorded(share)));
    let by_shipper: Vec<_> = shippers.filter(|(_, rows)| *rows > 0).collect();
    let months = stated.by_month.iter().map(|share| (share.month, of_month(share)));
    Answer {
        at_most: Figures { rows: most.rows, parties: most.parties, shippers: most.shippers },
        recorded: Figures {
            rows: most.rows.saturating_sub(beyond),
            parties: most.parties.saturating_sub(unnamed),
            shippers: by_shipper.len() as u64,
        },
        beyond,
        unbounded: most.unbounded,
        level: stated.level.number(),
        size: seen.size,
        time: seen.time,
        cosigners: seen.cosigners.clone(),
        elsewhere: stated
            .if_the_warden_stood_elsewhere
            .as_ref()
            .map(|most| Elsewhere { rows: most.rows, unbounded: most.unbounded }),
        goes_on: stated.open_end().is_some(),
        late: stated.dating.ends.first().map(|end| Late { documents: end.documents, rows: end.rows, first: end.first }),
        curve_unbounded: open.at_most.unbounded,
        curve: open.curve.iter().map(|point| (point.from, point.rows)).collect(),
        from: format!("{}T00:00:00.000Z", question.from).parse::<Time>().ok(),
        by_shipper,
        by_month: months.filter(|(_, rows)| *rows > 0).collect(),
        by_classes: stated.by_classes.iter().map(sealed).filter(|(classes, _)| !classes.is_empty()).collect(),
    }
}
