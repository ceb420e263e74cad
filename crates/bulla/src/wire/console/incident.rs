//! A look at what could have been read. It replays the whole ledger, so that only a short one is looked at, one at a time; for
//! others the page says what to run.

use super::{
    failure::Failure,
    form::Form,
    visit::{Page, Shared, Visit},
};
use crate::wire::caller::Caller;
use ::incident::{Assessment, bundle::Prover, exposure::Files};
use axum::{
    extract::State,
    http::{HeaderMap, Uri},
};
use console::incident::{Answer, Found, KINDS, Question};
use gateway::{Error, Gateway};
use ledger::{Disclosed, Time};

/// So many entries are replayed for a page, and so many batches' headers read.
const ENTRIES_MAX: u64 = 8192;

pub async fn show(State(console): Shared, headers: HeaderMap, uri: Uri) -> Page {
    let visit = Visit::of(&console, &headers, &uri)?;
    if !matches!(visit.caller, Caller::Operator) {
        return Err(visit.failure("forbidden"));
    }
    let question = question(&Form::read(uri.query().unwrap_or_default().as_bytes()));
    let one = console.assessing.try_lock();
    let found = match (question.kind.is_empty(), &one) {
        (true, _) => Found::Nothing,
        (false, Err(_)) => Found::Busy,
        (false, Ok(_)) => look(&visit, &question).await?,
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

async fn look(visit: &Visit, question: &Question) -> Result<Found, Failure> {
    let gateway = visit.console.gateway.clone();
    let told = |error| visit.warden(error);
    let passed = |path, until| gateway::incident::ledger(&gateway, path, Some(0), until);
    let Some(note) = passed("checkpoint", None).await.map_err(told)?.filter(|answer| answer.status == 200) else {
        return Ok(Found::Failed);
    };
    let Some(size) = size_of(&note.body) else { return Ok(Found::Failed) };
    if size > ENTRIES_MAX {
        return Ok(Found::TooLong(size));
    }
    let Some(entries) = passed("entries", Some(size)).await.map_err(told)?.filter(|answer| answer.status == 200) else {
        return Ok(Found::Failed);
    };
    let question = question.clone();
    let found = memory::spawn_blocking(move || answer(&gateway, &note.body, &entries.body, &question));
    found.await.map_err(|_| visit.failure("failed"))?.map_err(told)
}

fn size_of(note: &[u8]) -> Option<u64> {
    let (text, _) = tlog::note::split(note).ok()?;
    Some(tlog::Checkpoint::parse(text).ok()?.size())
}

fn answer(gateway: &Gateway, note: &[u8], entries: &[u8], question: &Question) -> Result<Found, Error> {
    let leaves: Vec<&[u8]> = entries.split(|octet| *octet == b'\n').filter(|leaf| !leaf.is_empty()).collect();
    let mut beside = Files { confirmations: gateway.vault.confirmations()?, ..Files::default() };
    for stored in gateway.vault.headers() {
        let stored = stored?;
        // What cannot be read counts with all that it can hold.
        let Ok(header) = serde_json::from_slice(&stored.header) else { continue };
        beside.headers.insert(stored.batch, Disclosed { header, salt: stored.salt });
        if beside.headers.len() as u64 > ENTRIES_MAX {
            return Ok(Found::TooLong(leaves.len() as u64));
        }
    }
    let Ok(prover) = Prover::read(&leaves, note, None) else { return Ok(Found::Failed) };
    let ask = |from: &str| prover.prove(&hypothesis(question, from), &beside).map(|proven| proven.assessment);
    // The curve is there where the beginning is open, the answer to a stated one is not.
    let (Ok(open), Ok(stated)) = (ask(""), ask(&question.from)) else { return Ok(Found::Failed) };
    Ok(Found::Answer(Box::new(shown(gateway, question, &open, &stated))))
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

fn shown(gateway: &Gateway, question: &Question, open: &Assessment, stated: &Assessment) -> Answer {
    let (most, seen, partners) = (&stated.at_most, &stated.checkpoint, gateway.partners());
    let name = |shipper: &ledger::Pseudonym| match partners.by_pseudonym(shipper) {
        Some(partner) => partner.id.to_string(),
        None => shipper.to_string(),
    };
    let shippers = stated.by_shipper.iter().filter(|share| share.rows > 0);
    let months = stated.by_month.iter().filter(|share| share.rows > 0);
    Answer {
        rows: most.rows,
        parties: most.parties,
        shippers: most.shippers,
        unbounded: most.unbounded,
        level: stated.level.number(),
        size: seen.size,
        time: seen.time,
        cosigners: seen.cosigners.clone(),
        elsewhere: stated.if_the_warden_stood_elsewhere.as_ref().map(|most| most.rows),
        curve_unbounded: open.at_most.unbounded,
        curve: open.curve.iter().map(|point| (point.from, point.rows)).collect(),
        from: format!("{}T00:00:00.000Z", question.from).parse::<Time>().ok(),
        by_shipper: shippers.map(|share| (share.shipper.as_ref().map(name), share.rows)).collect(),
        by_month: months.map(|share| (share.month, share.rows)).collect(),
    }
}
