//! Openings: intent, fsync, checkpoint, quorum, open, receipt. In this order, because each step needs what only the one
//! before it makes: [`Durable`], then [`Cosigned`], then the private key.

use crate::{
    alarm,
    api::{Answer, Ask, Field, Fields, Octets, Refusal},
    book::Book,
    custody,
    quorum::Cosigned,
    warden::{Warden, check_age},
};
use durable::random::OsRandom;
use ledger::{
    Hash, Header, Time,
    entry::{Budget, Intent, Outcome, Principal, Receipt},
    opening::Scope,
};
use seal::{OpenGroup, PeriodPublicKey, batch, period};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// Opens what is asked for, if that is allowed and can be logged.
pub(crate) async fn open(warden: &Arc<Warden>, ask: Ask) -> Result<Answer, Refusal> {
    let answer = open_counted(warden, ask).await;
    let count = if answer.is_ok() { &warden.counts.opened } else { &warden.counts.refused };
    count.fetch_add(1, Relaxed);
    answer
}

async fn open_counted(warden: &Arc<Warden>, ask: Ask) -> Result<Answer, Refusal> {
    let ask = Arc::new(ask);
    let asked = ask.clone();
    let (result_key, intent) = warden.blocking(move |warden| authentic(warden, &asked)).await?;
    let (now, asked, scope) = (warden.now(), ask.clone(), intent.request.scope.clone());
    let allowed = move |book: &Book| allow(book, &asked, now);
    let written = warden.quorum.together.append(&warden.book, now, intent, allowed).await;
    warden.appended.notify_one();
    alarm::look(warden, written.as_ref().ok().map(|written| written.index()), &scope);
    let written = written?;
    let intent = warden.quorum.cosign_one(&warden.book, written).await?;
    let (intent, opened) = warden
        .blocking(move |warden| {
            let opened = unseal(warden, &ask, &intent, &result_key);
            (intent, opened)
        })
        .await;
    answer(warden, intent, opened).await
}

/// What needs no turn: that the request is by the principal that it names, and from now.
fn authentic(warden: &Warden, ask: &Ask) -> Result<(PeriodPublicKey, Intent), Refusal> {
    let principal = principal(&warden.book(), &ask.request.scope)?;
    let result_key =
        PeriodPublicKey::from_bytes(&ask.result_key.0).ok().filter(|key| key.hash() == principal.result_key);
    let result_key = result_key.ok_or(Refusal::Key)?;
    ask.request.verify(&principal.key).map_err(|_| Refusal::Signature)?;
    Ok((result_key, Intent { opening: ask.request.id(), request: ask.request.clone(), approval: ask.approval.clone() }))
}

fn principal(book: &Book, scope: &Scope) -> Result<Principal, Refusal> {
    book.working()?;
    let principal = book.state().principals.get(&scope.principal).cloned();
    principal.ok_or_else(|| Refusal::UnknownPrincipal { principal: scope.principal.clone() })
}

/// The policy, in the turn of the intent: fifty requests at once find one budget.
fn allow(book: &Book, ask: &Ask, now: Time) -> Result<(), Refusal> {
    let scope = &ask.request.scope;
    // A policy may have come since the request was checked.
    let principal = principal(book, scope)?;
    if Hash(Sha256::digest(&ask.result_key.0).into()) != principal.result_key {
        return Err(Refusal::Key);
    }
    check_time(ask, now)?;
    check_batch(book, ask)?;
    // Purpose, classes, rows and batch are the ledger's own rules: whoever replays it checks them again.
    check_budget(book, &principal, scope, now)
}

/// A request is of now; one that a second person has approved may have waited for that.
fn check_time(ask: &Ask, now: Time) -> Result<(), Refusal> {
    let requested = ask.request.scope.requested;
    match &ask.approval {
        None => check_age(requested, now),
        Some(approval) if now > approval.expires => Err(Refusal::ApprovalExpired { expires: approval.expires, now }),
        Some(_) => check_age(requested.max(now), now),
    }
}

fn check_batch(book: &Book, ask: &Ask) -> Result<(), Refusal> {
    let scope = &ask.request.scope;
    let batch = scope.batch;
    let anchored = book.state().anchored(&batch).ok_or(Refusal::NotAnchored { batch })?;
    let header = ask.header.salted(&ask.salt);
    if ask.header.batch != batch || header != anchored.header || header != scope.header {
        return Err(Refusal::OtherHeader { batch });
    }
    let mut held = false;
    for (_, group) in groups(&ask.header, scope) {
        held = true;
        // An anchor's keys are the ledger's, but a header may name others than its anchor does.
        let known = book.state().periods.get(&group.period).filter(|known| known.key == group.key);
        let known = known.ok_or(Refusal::OtherHeader { batch })?;
        if let Some(end) = known.shredded.or(known.shred_intent) {
            return Err(Refusal::Shredded { period: group.period.clone(), entry: end.entry });
        }
    }
    if held { Ok(()) } else { Err(Refusal::NotHeld { batch }) }
}

fn check_budget(book: &Book, principal: &Principal, scope: &Scope, now: Time) -> Result<(), Refusal> {
    let asked = scope.rows.len() as u64;
    if book.has_asked(&scope.nonce) {
        return Err(Refusal::Replayed);
    }
    let Budget { hour, day, month } = principal.rows;
    for (rows, hours) in [(hour, 1), (day, 24), (month, 24 * 30)] {
        let used = book.asked(&principal.principal, hours, now);
        if used.saturating_add(asked) > u64::from(rows) {
            return Err(Refusal::Budget { principal: principal.principal.clone(), rows, hours, used, asked });
        }
    }
    Ok(())
}

/// The header's groups that hold a class of the request.
fn groups<'a>(header: &'a Header, scope: &'a Scope) -> impl Iterator<Item = (usize, &'a ledger::header::Group)> {
    let wanted = |group: &ledger::header::Group| !group.classes.is_disjoint(scope.classes);
    header.groups.iter().enumerate().filter(move |(_, group)| wanted(group))
}

/// Opens, and seals the result to the requester.
fn unseal(
    warden: &Warden,
    ask: &Ask,
    intent: &Cosigned<Intent>,
    result_key: &PeriodPublicKey,
) -> Result<Octets, String> {
    let fields = decrypt(warden, ask, intent)?;
    let aad = ask.request.scope.principal.as_str().as_bytes();
    let info = Answer::info(&intent.entry().opening);
    let octets = period::seal_to(result_key, info.as_bytes(), aad, &fields.to_bytes(), &mut OsRandom);
    octets.map(Octets).map_err(|error| error.to_string())
}

/// Writes the receipt, whatever came of it, and then answers.
async fn answer(
    warden: &Arc<Warden>,
    intent: Cosigned<Intent>,
    sealed: Result<Octets, String>,
) -> Result<Answer, Refusal> {
    let opening = intent.entry().opening;
    let (outcome, answer) = match &sealed {
        Ok(Octets(sealed)) => (Outcome::Opened, Some(Hash(Sha256::digest(sealed).into()))),
        Err(_) => (Outcome::Failed, None),
    };
    let receipt = Receipt { opening, outcome, answer };
    let written = warden.quorum.together.append(&warden.book, warden.now(), receipt, |_| Ok(())).await;
    warden.appended.notify_one();
    let receipt = written?.index();
    let sealed = sealed.map_err(|reason| Refusal::DidNotOpen { reason, intent: intent.index(), receipt })?;
    let prove = move |warden: &Warden| {
        let (book, checkpoint) = (warden.book(), intent.checkpoint());
        let included = book.included(intent.index(), checkpoint.size)?;
        let signed = book.sign_statement(&Answer::statement(&opening, &answer.expect("what was opened has a digest")));
        let (intent, checkpoint) = (intent.index(), checkpoint.note.clone());
        Ok(Answer { opening, sealed, intent, receipt, checkpoint, included, signed })
    };
    warden.blocking(prove).await
}

/// The rows and classes of the logged request. Errors are words of `seal` and `custody`: they carry no value.
fn decrypt(warden: &Warden, ask: &Ask, intent: &Cosigned<Intent>) -> Result<Fields, String> {
    let scope = &intent.entry().request.scope;
    let mut opened: BTreeMap<_, OpenGroup> = BTreeMap::new();
    for (number, _) in groups(&ask.header, scope) {
        let key = warden.custody.period_key(intent, &ask.header, &ask.salt, number);
        let key = key.map_err(|error: custody::Error| error.to_string())?;
        let encapsulation = ask.encapsulations.get(number).ok_or("an encapsulation is missing")?;
        let group_opened = batch::open(&key, &ask.header, number, &encapsulation.0, &ask.body.0);
        opened.insert(number, group_opened.map_err(|error| error.to_string())?);
    }
    let mut fields = Vec::with_capacity(scope.rows.len() * scope.classes.len());
    for row in &scope.rows {
        for class in scope.classes {
            let group = ask.header.groups.iter().position(|group| group.classes.contains(class));
            let value = match group {
                None => None,
                Some(number) => opened[&number].row(*row, class).map_err(|error| error.to_string())?,
            };
            let value = value.map(|mut value| Octets(std::mem::take(&mut *value)));
            fields.push(Field { row: *row, class, value });
        }
    }
    Ok(Fields { fields })
}
