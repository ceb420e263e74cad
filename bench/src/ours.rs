//! This project's engine, behind four functions: the one file to change when its interface does.

use crate::made::Counted;
use edi::{Limits, Separators, walk::Walk};
use manifest::Class;

/// Nothing is refused for its size here.
const LIMITS: Limits = Limits { octets: usize::MAX, sets: usize::MAX, findings: 10_000 };

/// What the rows say that [`tokens`] does.
pub const TOKENS_DO: &str = "index, element walk";
/// What the rows say that [`whole`] does.
pub const WHOLE_DOES: &str = "full check, typed parcels, 997 or CONTRL";

/// Segments and elements.
pub fn tokens(bytes: &[u8]) -> Result<Counted, &'static str> {
    let (start, separators) = beginning(bytes).ok_or("neither X12 nor EDIFACT")?;
    let mut counted = Counted::none();
    let mut walk = Walk::new(bytes, start..bytes.len(), separators, 1);
    while let Some(segment) = walk.next_segment() {
        counted.walk(segment.elements());
        counted.parcels += u64::from(matches!(segment.tag(), b"MAN" | b"GID"));
    }
    if walk.overlong() { Err("a segment without end") } else { Ok(counted) }
}

/// Where the first segment begins, and the delimiters.
fn beginning(bytes: &[u8]) -> Option<(usize, Separators)> {
    if let Some((advice, _)) = bytes.split_first_chunk::<9>().filter(|(advice, _)| advice.starts_with(b"UNA")) {
        return Some((9, Separators::from_una(advice)?));
    }
    let &[element, .., component, terminator] = bytes.strip_prefix(b"ISA")?.first_chunk::<103>()?;
    Some((0, Separators { element, component, terminator, ..Separators::X12 }))
}

/// Everything: check, parcels, acknowledgement. An error if anything at all is found.
pub fn whole(bytes: &[u8]) -> Result<Counted, &'static str> {
    let (interchange, findings) = edi::read(bytes, &LIMITS);
    if !findings.is_empty() {
        return Err("it has findings");
    }
    let (mut parcels, mut mapper) = (0, manifest::mapping::Mapper::default());
    for set in interchange.groups.iter().flat_map(|group| &group.sets) {
        let read = mapper.read(&interchange, set, &Class::ALL);
        parcels += read.map_err(|_| "a set has no manifest")?.parcels.len() as u64;
    }
    let numbers = edi::acknowledgement::Numbers { interchange: 1, group: 1 };
    let at = edi::acknowledgement::Moment { year: 2026, month: 1, day: 5, hour: 9, minute: 30 };
    let echo = edi::acknowledgement::Echo::ALL;
    let answer = match interchange.syntax {
        edi::Syntax::X12 => edi::acknowledgement::x997(&interchange, &findings, &echo, numbers, at),
        edi::Syntax::Edifact => edi::acknowledgement::contrl(&interchange, &findings, &echo, numbers, at),
    };
    let answer = answer.ok_or("nothing to acknowledge")?;
    let accepted = match interchange.syntax {
        edi::Syntax::X12 => answer.windows(6).filter(|w| w == b"AK5*A~").count(),
        // UCI takes the interchange, a UCM each of its messages.
        edi::Syntax::Edifact => answer.windows(3).filter(|w| w == b"+7'").count().saturating_sub(1),
    };
    let sets = interchange.groups.iter().map(|group| group.sets.len()).sum::<usize>();
    if accepted == sets { Ok(Counted::parcels(parcels)) } else { Err("a set was not accepted") }
}
