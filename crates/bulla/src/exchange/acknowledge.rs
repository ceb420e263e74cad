//! The answer to a document, only from findings: TA1 where the envelope is broken or asks for it, 997 for its groups.

use crate::exchange::read::Reading;
use edi::{
    Verdicts,
    acknowledgement::{Moment, Note, Numbers, note, ta1, x997},
};
use ledger::Time;
use std::ops::Range;

/// ISA05 and ISA06 in an interchange: the header has fixed places.
const ISA_SENDER: Range<usize> = 32..50;

/// The answer's octets: a TA1 interchange, a 997 interchange, or both, one after the other.
pub fn answer(reading: &Reading<'_>, numbers: [Numbers; 2], now: Time) -> Vec<u8> {
    let interchange = &reading.interchange;
    let findings = &reading.findings;
    let broken = Verdicts::new(interchange, findings).envelope_is_refused();
    let groups = if broken { None } else { x997(interchange, findings, numbers[1], moment(now)) };
    let asked = interchange.header.is_some_and(|isa| isa.asks_for_acknowledgement());
    let mut answer = Vec::new();
    if asked || groups.is_none() {
        answer.extend(envelope(reading, note(interchange, findings), numbers[0], now, None));
    }
    answer.extend(groups.unwrap_or_default());
    answer
}

/// A TA1 alone, with this note: for reasons that lie outside of the document. It comes from the document's receiver, or
/// from `own` (`QUALIFIER:ID`) where that is nobody we know: what stands there could be anything.
pub fn envelope(reading: &Reading<'_>, note: Note, numbers: Numbers, now: Time, own: Option<&str>) -> Vec<u8> {
    let mut answer = ta1(&reading.interchange, note, numbers, moment(now)).unwrap_or_default();
    let (qualifier, id) = own.and_then(|own| own.split_once(':')).unwrap_or_default();
    if let (2, Some(place)) = (qualifier.len(), answer.get_mut(ISA_SENDER).filter(|_| id.len() <= 15)) {
        let (head, rest) = place.split_at_mut(3);
        head[..2].copy_from_slice(qualifier.as_bytes());
        rest.fill(b' ');
        rest[..id.len()].copy_from_slice(id.as_bytes());
    }
    answer
}

fn moment(now: Time) -> Moment {
    // `2026-11-23T22:41:00.000Z`
    let text = now.to_string();
    let number = |from: usize| text.get(from..from + 2).and_then(|t| t.parse::<u8>().ok()).unwrap_or(0);
    Moment {
        year: u16::from(number(0)) * 100 + u16::from(number(2)),
        month: number(5),
        day: number(8),
        hour: number(11),
        minute: number(14),
    }
}
