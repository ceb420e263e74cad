//! The answer to a document, only from findings: TA1 where the envelope is broken or asks for it, 997 or 999 for its groups; CONTRL. What
//! it may repeat of the document's names is said here and nowhere else.

use super::{judge::Route, read::Read};
use crate::{Error, Gateway};
use edi::{
    Finding, Interchange, Syntax, Verdicts,
    acknowledgement::{Echo, Moment, Note, Numbers, contrl, contrl_refusal, groups, note, ta1, x997, x999},
};
use ledger::Time;
use manifest::guide::Answer;

/// What answers groups.
type Of = fn(&Interchange<'_>, &[Finding], &Echo<'_>, Numbers, Moment) -> Option<Vec<u8>>;

/// The series of control numbers of our acknowledgements; each carrier has one of its own.
const SERIES: &str = "interchange";

/// The answer's octets. Groups may name the partners' own ids; in place of others the envelope's stand.
pub(crate) fn answer(
    gateway: &Gateway,
    read: &Read<'_>,
    more: &[Finding],
    route: &Route<'_>,
    now: Time,
) -> Result<Vec<u8>, Error> {
    let ids: Vec<&[u8]> = route.shipper.edi.iter().chain(&route.carrier.edi).map(|id| id.id().as_bytes()).collect();
    let echo = Echo { answers: None, group_ids: Some(&ids) };
    answer_to(read, &read.with(more), &echo, || numbers(gateway), now)
}

/// A TA1 interchange, one of 997s and 999s, or both, one after the other, as the guide by which it was read has it; for EDIFACT a
/// CONTRL. A broken envelope is answered by a TA1 whatever the guide says. `number` is asked once for each.
pub(crate) fn answer_to<E>(
    read: &Read<'_>,
    findings: &[Finding],
    echo: &Echo<'_>,
    mut number: impl FnMut() -> Result<Numbers, E>,
    now: Time,
) -> Result<Vec<u8>, E> {
    if read.interchange.syntax == Syntax::Edifact {
        return Ok(contrl(&read.interchange, findings, echo, number()?, moment(now)).unwrap_or_default());
    }
    let broken = Verdicts::new(&read.interchange, findings).envelope_is_refused();
    // One number for each interchange that is sent, so that its receiver sees no gap.
    let of_groups = match broken || !has_groups(read) {
        true => None,
        false => {
            let by = match [Answer::X997, Answer::X999].map(|answer| read.is_answered_with(answer)) {
                [true, true] => Some(groups as Of),
                [true, false] => Some(x997 as Of),
                [false, true] => Some(x999 as Of),
                [false, false] => None,
            };
            let number = by.map(|by| Ok((by, number()?))).transpose()?;
            number.and_then(|(by, number)| by(&read.interchange, findings, echo, number, moment(now)))
        }
    };
    let asked = read.interchange.header.is_some_and(|header| header.asks_for_acknowledgement());
    let asked = asked && read.is_answered_with(Answer::Ta1);
    let mut answer = Vec::new();
    if asked || of_groups.is_none() {
        answer.extend(ta1(&read.interchange, note(findings), echo, number()?, moment(now)).unwrap_or_default());
    }
    answer.extend(of_groups.unwrap_or_default());
    Ok(answer)
}

/// A TA1 alone, with this note, or a CONTRL that says the same, for a reason that lies outside of the document. It comes from the document's receiver, or
/// from us where that is nobody whom we know: what stands there could be anything.
pub(crate) fn envelope(gateway: &Gateway, read: &Read<'_>, note: Note, now: Time) -> Result<Vec<u8>, Error> {
    let own = &gateway.config.edi;
    let own = (own.qualifier().as_bytes(), own.id().as_bytes());
    let echo = Echo { answers: (note == Note::UNKNOWN_RECEIVER).then_some(own), group_ids: Some(&[]) };
    let (numbers, now) = (numbers(gateway)?, moment(now));
    let answer = match (read.interchange.syntax, note) {
        (Syntax::X12, _) => ta1(&read.interchange, note, &echo, numbers, now),
        (Syntax::Edifact, Note::DUPLICATE) => contrl_refusal(&read.interchange, 26, &echo, numbers, now),
        (Syntax::Edifact, Note::UNKNOWN_RECEIVER) => contrl_refusal(&read.interchange, 7, &echo, numbers, now),
        (Syntax::Edifact, _) => contrl_refusal(&read.interchange, 18, &echo, numbers, now),
    };
    Ok(answer.unwrap_or_default())
}

/// Whether there is a group that a 997 or a 999 answers.
fn has_groups(read: &Read<'_>) -> bool {
    !read.interchange.groups.iter().all(|group| group.functional_id == b"FA")
}

fn numbers(gateway: &Gateway) -> Result<Numbers, Error> {
    let number = gateway.vault.next_number(SERIES)?;
    Ok(Numbers { interchange: number, group: number })
}

pub(crate) fn moment(now: Time) -> Moment {
    let ledger::Civil { year, month, day, hour, minute } = now.civil();
    Moment { year, month, day, hour, minute }
}
