//! A file that is only looked at: read and judged as if it had been sent, answered on the page, and forgotten.

use super::{
    failure,
    form::{Form, is_from_here},
    parts,
    rights::Room,
    visit::{Page, Shared, Visit},
};
use crate::wire::{body::collect_noting, caller::Caller};
use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, Uri, header},
    response::IntoResponse,
};
use console::test::{Finding, Judged};
use door::Edge;
use edi::KnownTag;
use gateway::exchange::{
    check::{Checked, check as read},
    findings::severity,
};
use ledger::{Time, entry::Channel};
use zeroize::Zeroizing;

/// A pasted megabyte, as browsers encode it.
const BODY_OCTETS_MAX: usize = 3 << 20;
/// So many findings of an interchange are shown, and so many interchanges.
const FINDINGS_MAX: usize = 100;
const INTERCHANGES_MAX: usize = 20;

pub async fn show(State(console): Shared, headers: HeaderMap, uri: Uri) -> Page {
    let visit = Visit::to(Room::Test, &console, &headers, &uri)?;
    visit.page(|visit| Ok(Some(console::test::test(&visit.frame("test", unanchored(visit)?), None)))).await
}

fn unanchored(visit: &Visit) -> Result<u64, crate::wire::problem::Problem> {
    Ok(visit.console.gateway.vault.unanchored_count().map_err(gateway::Error::from)?)
}

pub async fn check(
    State(console): Shared,
    Extension(edge): Extension<Edge>,
    headers: HeaderMap,
    uri: Uri,
    request: Request,
) -> Page {
    let visit = Visit::to(Room::Test, &console, &headers, &uri)?;
    is_from_here(&headers, console.gateway.config.demo, visit.look)?;
    let who = format!("{} {}", visit.caller.name(), visit.actor());
    if let Err(seconds) = console.tests.count(&who, console.gateway.now()) {
        let mut answer = visit.failure("often").into_response();
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        return Ok(answer);
    }
    // What is pasted is in this process's memory, as what is sent is: the ledger hears of it.
    let ticket = match &visit.caller {
        Caller::Operator => console.gateway.ticket_of_test(edge.tls),
        Caller::Partner(partner) => console.gateway.ticket(&partner.id, Channel::Https, edge.tls),
    };
    let ticket = ticket.map_err(|error| visit.problem(&error.into()))?;
    let body = collect_noting(request, &visit.caller.name(), BODY_OCTETS_MAX, &ticket).await;
    let body = body.map_err(|problem| visit.failure(failure::kind(problem.status())))?;
    let (form, file) = read_form(&headers, &body);
    drop(body);
    visit.form_is_ours(form.get("form"))?;
    let page = move |visit: &Visit| {
        let gateway = &visit.console.gateway;
        let mut judged = Vec::new();
        // A file counts before what is pasted.
        let text = if file.is_empty() { form.get("text").as_bytes() } else { &file };
        read(text, gateway.config.body_octets_max, |checked| {
            if judged.len() < INTERCHANGES_MAX {
                judged.push(told(&checked, gateway.now()));
            }
        });
        drop((form, file, ticket));
        Ok(Some(console::test::test(&visit.frame("test", unanchored(visit)?), Some(&judged))))
    };
    visit.page(page).await
}

/// The fields, and the octets of a file. A browser sends both at once, or fields alone.
fn read_form(headers: &HeaderMap, body: &[u8]) -> (Form, Zeroizing<Vec<u8>>) {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match parts::boundary(kind) {
        None => (Form::read(body), Zeroizing::default()),
        Some(boundary) => {
            let parts = parts::read(body, boundary);
            let file = parts.iter().find(|(name, _)| name == "file").map_or(&[][..], |(_, octets)| octets);
            (Form::of(parts.iter().filter(|(name, _)| name != "file")), Zeroizing::new(file.to_vec()))
        }
    }
}

/// Codes and places only; the answer was made of those, too.
fn told(checked: &Checked<'_>, now: Time) -> Judged {
    let finding = |finding: &edi::Finding| Finding {
        code: finding.code.as_str(),
        severity: severity(finding.severity),
        line: checked.in_body(finding).0.line,
        tag: if finding.tag == KnownTag::NONE { String::new() } else { finding.tag.to_string() },
        element: finding.element,
        rule: finding.rule,
    };
    Judged {
        verdict: checked.verdict(),
        findings: checked.findings().iter().take(FINDINGS_MAX).map(finding).collect(),
        count: checked.findings().len() as u64,
        answer: checked.answer(now),
    }
}

#[cfg(test)]
mod tests {
    use console::Language;

    #[test]
    fn whatever_can_be_found_has_words_in_each_language() {
        for language in Language::ALL {
            for code in edi::Code::ALL {
                let key = format!("finding_of.{}", code.as_str().to_ascii_lowercase());
                assert!(language.words().has(&key), "{key} in {}", language.code());
            }
        }
    }
}
