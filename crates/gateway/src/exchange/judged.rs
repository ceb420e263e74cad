//! What carriers say of what they got from us: 997 and 999 by the control number of a group, TA1 by that of an interchange, which are
//! the same number in each document of ours. An acknowledgement is never acknowledged.

use super::read::Read;
use crate::{Error, Gateway};
use edi::Syntax;
use ledger::{Pseudonym, Time, entry::Verdict};
use std::collections::BTreeMap;

/// One document of ours, and a carrier's verdict on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    control: u32,
    verdict: Verdict,
}

/// What the carrier says, if the interchange is nothing but acknowledgements.
pub(crate) fn said(read: &Read<'_>) -> Option<Vec<Said>> {
    if read.interchange.syntax != Syntax::X12 {
        return None;
    }
    let sets: Vec<_> = read.interchange.groups.iter().flat_map(|group| &group.sets).collect();
    if !sets.iter().all(|set| matches!(set.kind, b"997" | b"999")) {
        return None;
    }
    let mut said: Vec<Said> = sets.iter().filter_map(|set| of_group(read, set)).collect();
    said.extend(of_interchanges(read));
    // One that names nothing of ours is still none that is answered.
    Some(said).filter(|said| !(said.is_empty() && sets.is_empty()))
}

/// AK102 and AK901.
fn of_group(read: &Read<'_>, set: &edi::Set<'_>) -> Option<Said> {
    let mut walk = read.interchange.walk(set);
    let (mut control, mut verdict) = (None, None);
    while let Some(segment) = walk.next_segment() {
        match segment.tag() {
            // What carriers get of us are 856s, in groups of this kind.
            b"AK1" => control = number(segment.element(2)).filter(|_| segment.element(1) == b"SH"),
            b"AK9" => verdict = by_code(segment.element(1)),
            _ => {}
        }
    }
    Some(Said { control: control?, verdict: verdict? })
}

/// TA101 and TA104, where the interchange was refused: what was taken is told by its groups.
fn of_interchanges(read: &Read<'_>) -> Vec<Said> {
    let mut walk = read.interchange.walk_all();
    let mut said = Vec::new();
    while let Some(segment) = walk.next_segment() {
        if segment.tag() == b"TA1"
            && let (Some(control), b"R") = (number(segment.element(1)), segment.element(4))
        {
            said.push(Said { control, verdict: Verdict::Refused });
        }
    }
    said
}

fn by_code(code: &[u8]) -> Option<Verdict> {
    Some(match code {
        b"A" => Verdict::Accepted,
        b"E" => Verdict::AcceptedWithErrors,
        b"P" => Verdict::AcceptedInPart,
        b"R" | b"M" | b"W" | b"X" => Verdict::Refused,
        _ => return None,
    })
}

fn number(digits: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|octet| octet.is_ascii_digit()))?;
    text.parse().ok()
}

/// Control numbers that are noted in one step: others want the database, too.
const AT_ONCE: usize = 1000;

/// Notes the last word on each document; how many of them were ours.
pub(crate) fn note(gateway: &Gateway, carrier: &Pseudonym, said: &[Said], now: Time) -> Result<usize, Error> {
    let last: BTreeMap<u32, Verdict> = said.iter().map(|said| (said.control, said.verdict)).collect();
    let last: Vec<_> = last.into_iter().collect();
    let mut known = 0;
    for some in last.chunks(AT_ONCE) {
        let judged = gateway.vault.judge_deliveries(carrier, some, now)?;
        known += judged.len();
        for (delivery, _) in judged.iter().filter(|(_, verdict)| *verdict == Verdict::Refused) {
            eprintln!("carrier {carrier} refused delivery {delivery}: its acknowledgement says why");
        }
    }
    Ok(known)
}
