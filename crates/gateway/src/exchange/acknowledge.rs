//! The answer to a document, only from findings: TA1 where the envelope is broken or asks for it, 997 for its groups. What
//! it may repeat of the document's names is said here and nowhere else.

use super::{judge::Route, read::Read};
use crate::{Error, Gateway};
use edi::{
    Finding, Verdicts,
    acknowledgement::{Echo, Moment, Note, Numbers, note, ta1, x997},
};
use ledger::Time;

/// The series of control numbers of our acknowledgements; each carrier has one of its own.
const SERIES: &str = "interchange";

/// The answer's octets: a TA1 interchange, a 997 interchange, or both, one after the other. Groups may name the partners'
/// own ids; in place of others the envelope's stand.
pub(crate) fn answer(
    gateway: &Gateway,
    read: &Read<'_>,
    more: &[Finding],
    route: &Route<'_>,
    now: Time,
) -> Result<Vec<u8>, Error> {
    let findings = read.with(more);
    let ids: Vec<&[u8]> = route.shipper.edi.iter().chain(&route.carrier.edi).map(|id| id.id().as_bytes()).collect();
    let echo = Echo { answers: None, group_ids: Some(&ids) };
    let broken = Verdicts::new(&read.interchange, &findings).envelope_is_refused();
    // One number for each interchange that is sent, so that its receiver sees no gap.
    let groups = match broken || !x997_follows(read) {
        true => None,
        false => x997(&read.interchange, &findings, &echo, numbers(gateway)?, moment(now)),
    };
    let asked = read.interchange.header.is_some_and(|header| header.asks_for_acknowledgement());
    let mut answer = Vec::new();
    if asked || groups.is_none() {
        answer
            .extend(ta1(&read.interchange, note(&findings), &echo, numbers(gateway)?, moment(now)).unwrap_or_default());
    }
    answer.extend(groups.unwrap_or_default());
    Ok(answer)
}

/// A TA1 alone, with this note, for a reason that lies outside of the document. It comes from the document's receiver, or
/// from us where that is nobody whom we know: what stands there could be anything.
pub(crate) fn envelope(gateway: &Gateway, read: &Read<'_>, note: Note, now: Time) -> Result<Vec<u8>, Error> {
    let own = &gateway.config.edi;
    let own = (own.qualifier().as_bytes(), own.id().as_bytes());
    let echo = Echo { answers: (note == Note::UNKNOWN_RECEIVER).then_some(own), group_ids: Some(&[]) };
    let answer = ta1(&read.interchange, note, &echo, numbers(gateway)?, moment(now));
    Ok(answer.unwrap_or_default())
}

/// Whether there is a group that a 997 answers.
fn x997_follows(read: &Read<'_>) -> bool {
    !read.interchange.groups.iter().all(|group| group.functional_id == b"FA")
}

fn numbers(gateway: &Gateway) -> Result<Numbers, Error> {
    let number = gateway.vault.next_number(SERIES)?;
    Ok(Numbers { interchange: number, group: number })
}

fn moment(now: Time) -> Moment {
    let ledger::Civil { year, month, day, hour, minute } = now.civil();
    Moment { year, month, day, hour, minute }
}
