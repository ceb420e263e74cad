//! What must be said with the figures, in words that claim no more than they hold.

use super::{figures::Figures, people::People, reach::Reach, sums::add};
use crate::{
    assessment::{self, CoHeld, End, Seen, Totals},
    hypothesis::Kind,
    suspects::Placing,
};
use std::collections::BTreeSet;

pub(super) fn all(
    reach: &Reach,
    figures: &Figures,
    (co_held, ends): (&[CoHeld], &[End]),
    checkpoint: &Seen,
) -> Vec<String> {
    let mut said =
        vec![format!("The figures cover the ledger up to its {} entries. {}", checkpoint.size, beyond(reach))];
    said.push(people(&figures.people, figures.at_most.rows));
    if reach.placing == Placing::OneHost {
        said.push(
            "Level 0: gateway, warden and witness stand on one host, or nobody has shown otherwise with pinned keys. \
             Whoever takes that host has them all."
                .to_owned(),
        );
    }
    dates(reach, &mut said);
    said.extend(ends.iter().map(|end| of_end(end, reach)));
    said.extend(co_held.iter().map(of_co_holder));
    if !figures.gaps.is_empty() || !figures.sent.is_empty() {
        said.push(
            "By month no figure is a bound: what shippers' totals say stands in the month in which the window begins, and what a \
             gateway may have stored beyond the ledger in the month of its tick, whenever it came."
                .to_owned(),
        );
    }
    of_the_ledger(reach, figures, &mut said);
    let mut seen = BTreeSet::new();
    for kind in reach.hypotheses.iter().map(|hypothesis| &hypothesis.kind) {
        if seen.insert(kind.as_str()) {
            of_kind(kind, reach, figures, &mut said);
        }
    }
    said
}

/// How many different people there are, or how that can be told.
fn people(people: &People, reached: u64) -> String {
    match people {
        People::Counted(own) => {
            let assessment::People { people, rows, intent, counted } = own;
            let larger = if *rows > reached { ", more than are reached" } else { "" };
            format!(
                "These rows go to at most {people} different people, told apart by name and postal code: the warden counted those of \
                 {rows} rows{larger} (ledger entries {intent} and {counted}), and that it counted right is its word. Two people of one \
                 name and one postal code are one in it, and senders are not in it."
            )
        }
        People::Countable => "Rows and parties count the same person as often as it is named. No count in the ledger tells to how many \
                              different people these rows go: the warden can count them in its memory, which it logs, with \
                              `bulla count`."
            .to_owned(),
        People::Unknown => {
            "Persons are not counted: rows and parties count the same person as often as it is named.".to_owned()
        }
    }
}

/// Without whom the warden's keys open nothing.
fn of_co_holder(own: &CoHeld) -> String {
    let CoHeld { co_holder, organisation, unwraps, rows } = own;
    match unwraps {
        Some(unwraps) => format!(
            "Co-holder {co_holder} of {organisation} says, after it was over, that it took its layer off {unwraps} times, ever, and \
             numbers each: whole batches count of which it says so. {rows} rows of others count as closed to whoever had the \
             warden's keys alone. That they are wrapped, their headers show; that no more was unwrapped is the co-holder's word."
        ),
        None => format!(
            "Keys name co-holder {co_holder} of {organisation}, but no list of it counts: one that is whole, and that it signed after \
             the end and after every entry of the taken warden, while it was not taken itself. Everything counts as if there were \
             no co-holder."
        ),
    }
}

/// What is not in the ledger.
fn beyond(reach: &Reach) -> String {
    let gaps = reach.state.gaps();
    let rows = gaps.iter().map(|gap| gap.credit.rows).fold(0, add);
    match gaps.len() {
        0 => "By what each gateway has signed, it has stored nothing beyond them.".to_owned(),
        starts => format!(
            "By what gateways have signed, {starts} of their starts may have stored up to {rows} rows beyond them, which count \
             where a hypothesis reaches them."
        ),
    }
}

/// What the beginning and the end of an incident are worth.
fn dates(reach: &Reach, said: &mut Vec<String>) {
    let undated = reach.begins().filter(|(_, edges)| edges.before == 0).count();
    if undated > 0 {
        said.push(format!(
            "For {undated} of the beginnings stated no cosignature shows what was in the ledger before, or all that do are \
             of witnesses who may be taken too: everything counts as if it came after."
        ));
    }
    if reach.goes_on() {
        said.push(
            "A taken host, warden or principal counts as taken until the end of the ledger: no policy that officers certainly \
             signed after `to` gives it another key."
                .to_owned(),
        );
    }
}

/// What came after it, and by what that is known: no clock of a gateway.
fn of_end(end: &End, reach: &Reach) -> String {
    let End { to, documents, rows, first, .. } = end;
    let error = reach.dating.error_seconds();
    let kind = reach.hypotheses[end.hypothesis as usize].kind.as_str();
    match (first, end.heartbeat, end.cosigned) {
        (Some(first), Some(heartbeat), Some(cosigned)) => format!(
            "{documents} documents with {rows} rows are left out, because they came after the end {to} of `{kind}`; the first is \
             ledger entry {first}. When their gateways began to take them, they had seen ledger entry {heartbeat}, whose note \
             witnesses cosigned more than {error} seconds after the end, which their clocks may be wrong by, from {cosigned} on, and these \
             gateways are not taken. What came after \
             the end before a gateway had seen that counts all the same."
        ),
        _ => format!(
            "Nothing is left out because it came after the end {to} of `{kind}`: of no document it is shown that its gateway, while it \
             was not taken, had seen a note that witnesses cosigned more than {error} seconds after the end, which their clocks \
             may be wrong by, before it began to take it. Everything counts as if it came before."
        ),
    }
}

/// What is wrong in the ledger itself, and what it does to the figures.
fn of_the_ledger(reach: &Reach, figures: &Figures, said: &mut Vec<String>) {
    let voids = &reach.state.voids.list;
    if !voids.is_empty() {
        said.push(format!(
            "{} entries of the ledger break its rules. They have no effect, and count wherever they can be read to make \
             a figure larger.",
            voids.len()
        ));
    }
    if !figures.without_header.is_empty() {
        said.push(format!(
            "{} batches have no header that fits their anchor. They count with the anchor's rows and parties, every class \
             of their keys, and no known province.",
            figures.without_header.len()
        ));
    }
    if figures.stray > 0 {
        said.push(format!(
            "{} opened rows are of no anchored batch. They count as rows; how many parties they name is not known.",
            figures.stray
        ));
    }
}

fn of_kind(kind: &Kind, reach: &Reach, figures: &Figures, said: &mut Vec<String>) {
    match kind {
        Kind::Storage => {
            said.push(
                "Storage: the gateway keeps public keys only, so its copy opens no sealed class. Service, weight, size, \
                 dates, province and country are kept clear. Delivery copies that lay there open only with the carrier's \
                 private key: if that may be taken too, add a `carrier-key` hypothesis."
                    .to_owned(),
            );
            if reach.placing == Placing::OneHost {
                said.push("If the warden's directory was copied too, add a `warden` hypothesis.".to_owned());
            }
        }
        Kind::Host { .. } => host(reach, figures, said),
        Kind::Principal { .. } => said.push(
            "Principal: the rows are those of its intents. Their parties, provinces and combinations of classes are not \
             told row by row, so those of the whole batch bound them."
                .to_owned(),
        ),
        Kind::Warden => said.push(
            "Warden: every key counts as taken whose destruction was not cosigned before the beginning, by witnesses that \
             are not taken too; destroying it later undoes nothing, nor does a time that the warden writes. That it was \
             destroyed is the warden's attestation. A key counts as made too late only if a new generation of the warden \
             made it, whose policy officers signed after they had seen a note of after `to`."
                .to_owned(),
        ),
        Kind::CoHolder => said.push(
            "Co-holder: its private key opens nothing by itself. What else is taken counts as if there were no co-holder: nobody's \
             list bounds it."
                .to_owned(),
        ),
        Kind::CarrierKey { .. } => said.push(
            "Carrier's key: delivery copies have no forward secrecy. Every batch counts, shredded or not, whose anchor \
             names a policy that gave its carrier this certificate; where that cannot be told, every batch for a carrier \
             that ever had it."
                .to_owned(),
        ),
        Kind::Traffic { .. } => said.push(format!(
            "Traffic: there is no upper bound. Of {} rows the gateways recorded that they came encrypted to this certificate, or by \
             AS2 without a certificate that is known. AS2 has no forward secrecy: whoever has recorded the lines reads them with the \
             key, shredded or not.",
            figures.recorded.rows
        )),
        Kind::Collusion => {
            said.push("No bound: whoever has the warden and its co-holder can open without the ledger.".to_owned());
        }
    }
}

/// Whose word it is that no more passed through.
fn bound(figures: &Figures) -> String {
    let (all, covering) = (figures.sent.len(), figures.sent.iter().filter(|own| own.covers).count());
    let Totals { rows, .. } = figures.recorded;
    if !figures.at_most.unbounded {
        let said = figures.sent.iter().map(|own| own.rows).fold(0, add);
        return format!(
            "The bound is the word of all {all} shippers that have an agreement: for the whole window they signed, afterwards, totals \
             of {said} rows sent; the host recorded {rows}. What one of them says it sent and the host did not record counts with \
             every class. What was sent by somebody who has no agreement is in no figure."
        );
    }
    let totals = match all {
        0 => "Shippers' totals bound nothing where the warden may be taken too, or nobody has an agreement.".to_owned(),
        _ => format!(
            "{covering} of {all} shippers have signed totals of what they sent in the whole window: all must have."
        ),
    };
    format!(
        "There is no upper bound from the host's own record (A7): of {rows} rows that it recorded in the window, carriers have \
         confirmed {}, and they confirm only what they were sent. {totals}",
        figures.confirmed.rows
    )
}

fn host(reach: &Reach, figures: &Figures, said: &mut Vec<String>) {
    if reach.placing == Placing::OneHost {
        said.push(
            "Host at level 0: computed as if the warden had been taken too. The figure for a warden on another host is \
             shown only as what it would have been."
                .to_owned(),
        );
    }
    said.push(bound(figures));
    if figures.never_sealed.rows > 0 {
        said.push(format!(
            "{} of the rows were received and never sealed: refused or repeated bodies. What they hold is not known, so \
             they count with every class and with no known province.",
            figures.never_sealed.rows
        ));
    }
    said.push(
        "The gateway's own secrets (transport keys, partners' credentials, storage) count as taken and must be replaced."
            .to_owned(),
    );
}
