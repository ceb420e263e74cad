//! A file that is only looked at: read and judged as if it had been sent, answered on the page, and forgotten.

use super::{
    failure::{self, Failure},
    form::{Form, is_from_here},
    look::Look,
    parts,
    tester::{Chosen, Tester},
    visit::{Page, Shared},
};
use crate::wire::{body::collect_noting, problem::Problem};
use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, Uri, header},
};
use console::test::{Finding, Judged};
use door::{Edge, Peer};
use edi::KnownTag;
use gateway::{
    Gateway,
    exchange::{
        check::{Checked, Fit, check as read, check_under as read_under},
        findings::severity,
    },
    partner::Partners,
};
use ledger::Time;
use zeroize::Zeroizing;

/// A pasted megabyte, as browsers encode it.
const BODY_OCTETS_MAX: usize = 3 << 20;
/// So many findings of an interchange are shown, and so many interchanges.
const FINDINGS_MAX: usize = 100;
const INTERCHANGES_MAX: usize = 20;

pub async fn show(State(console): Shared, Extension(edge): Extension<Edge>, headers: HeaderMap, uri: Uri) -> Page {
    let (tester, look) = (Tester::of(&console, &headers, &uri)?, Look::of(&headers));
    let page = move || {
        let choices = tester.choices(&console.gateway.partners(), "");
        tester.page(&console, &edge, &headers, |frame| console::test::test(frame, None, &choices))
    };
    off_the_wire(look, page).await
}

pub async fn check(
    State(console): Shared,
    Extension(edge): Extension<Edge>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    uri: Uri,
    request: Request,
) -> Page {
    let (tester, look) = (Tester::of(&console, &headers, &uri)?, Look::of(&headers));
    is_from_here(&headers, console.gateway.config.demo, look)?;
    if let Err(often) = tester.counted(&console, peer) {
        return Ok(*often);
    }
    let failed = |problem: &Problem| tester.failure(failure::kind(problem.status()));
    let ticket = tester.ticket(&console.gateway, &edge).map_err(|error| failed(&error.into()))?;
    let body = collect_noting(request, &tester.name(), BODY_OCTETS_MAX, &ticket).await;
    let body = body.map_err(|problem| failed(&problem))?;
    let (form, file) = read_form(&headers, &body);
    drop(body);
    tester.form_is_ours(&console, &headers, form.get("form"))?;
    let page = move || {
        let (gateway, by) = (&console.gateway, form.get("by"));
        let partners = gateway.partners();
        let Some(chosen) = tester.chosen(&partners, by) else { return Err(tester.failure("missing")) };
        // A file counts before what is pasted.
        let text = if file.is_empty() { form.get("text").as_bytes() } else { &file };
        let judged = judged(gateway, &partners, &chosen, text);
        let choices = tester.choices(&partners, by);
        drop((form, file, ticket));
        tester.page(&console, &edge, &headers, |frame| console::test::test(frame, Some(&judged), &choices))
    };
    off_the_wire(look, page).await
}

/// Work that takes a while, off the threads that serve connections.
async fn off_the_wire(look: Look, work: impl FnOnce() -> Page + Send + 'static) -> Page {
    memory::spawn_blocking(work).await.unwrap_or_else(|_| Err(Failure::of("failed", look, None)))
}

fn judged(gateway: &Gateway, partners: &Partners, chosen: &Chosen<'_>, text: &[u8]) -> Vec<Judged> {
    let (mut judged, octets_max) = (Vec::new(), gateway.config.body_octets_max);
    let mut note = |checked: &Checked<'_>, fit| {
        if judged.len() < INTERCHANGES_MAX {
            judged.push(told(checked, fit, gateway.now()));
        }
    };
    match chosen {
        Chosen::Plain => read(text, octets_max, None, |checked| note(&checked, None)),
        Chosen::Guide(guide) => read(text, octets_max, Some(guide), |checked| note(&checked, None)),
        Chosen::Agreement(agreement) => {
            read_under(partners, agreement, text, octets_max, |checked, fit| note(&checked, Some(fit)));
        }
    }
    judged
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
fn told(checked: &Checked<'_>, fit: Option<Fit>, now: Time) -> Judged {
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
        fit: fit.map(|fit| match fit {
            Fit::Fits => "fits",
            Fit::Other => "other",
            Fit::Sender => "sender",
            Fit::Receiver => "receiver",
            Fit::NotInUse => "not_in_use",
        }),
        findings: checked.findings().iter().take(FINDINGS_MAX).map(finding).collect(),
        count: checked.findings().len() as u64,
        granted: checked.granted().map(|(leniency, used)| (leniency.name.clone(), used)).collect(),
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
