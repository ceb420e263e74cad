//! The answer to a document, only from findings: TA1 where the envelope is broken or asks for it, 997 for its groups.

use crate::exchange::read::Reading;
use edi::acknowledgement::{Moment, Numbers, ta1, x997};
use ledger::Time;

/// The answer's octets: a TA1 interchange, a 997 interchange, or both, one after the other.
pub fn answer(reading: &Reading<'_>, numbers: Numbers, second: Numbers, now: Time) -> Vec<u8> {
    let at = moment(now);
    let interchange = &reading.interchange;
    let groups = x997(interchange, &reading.findings, numbers, at);
    let asked = interchange.isa.is_some_and(|isa| isa.asks_for_ta1());
    let mut answer = Vec::new();
    if asked || groups.is_none() {
        answer.extend(ta1(interchange, &reading.findings, second, at).unwrap_or_default());
    }
    answer.extend(groups.unwrap_or_default());
    answer
}

fn moment(now: Time) -> Moment {
    // `2026-11-23T22:41:00.000Z`
    let text = now.to_string();
    let number = |from: usize, to: usize| text.get(from..to).and_then(|t| t.parse().ok()).unwrap_or(0);
    Moment {
        year: number(0, 4),
        month: number(5, 7) as u8,
        day: number(8, 10) as u8,
        hour: number(11, 13) as u8,
        minute: number(14, 16) as u8,
    }
}
