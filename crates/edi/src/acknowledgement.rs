//! TA1, 997 and 999, for EDIFACT CONTRL, built from findings: ids swapped, separators and version mirrored, no bad data echoed.
//!
//! A 997 or a 999 answers groups, one set a group; a TA1 answers the envelope, in an interchange of its own.
//! A broken envelope is answered by the TA1 alone. Neither is ever itself acknowledged: groups of them
//! (`FA`) are passed over, and so are interchanges that hold nothing but a TA1.

mod contrl;
mod dialect;
mod groups;

pub use contrl::{contrl, contrl_refusal};
pub use groups::{groups, x997, x999};

use crate::{
    Answer, Finding, Group, Header, Interchange, Severity, Syntax, syntax,
    write::{InterchangeHeader, Writer},
};
use groups::is_name;

/// The control numbers of an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// ISA13, at most 999,999,999.
    pub interchange: u32,
    /// GS06 of the first group, at most 999,999,999. A further group takes the next; there is one for
    /// each run of acknowledged groups with the same ids and version, so never more than groups.
    pub group: u32,
}

/// When an acknowledgement is written, as its envelope says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The year in four digits; an ISA writes the last two.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, 1 to 31.
    pub day: u8,
    /// The hour, 0 to 23; of which zone the partners agree.
    pub hour: u8,
    /// The minute, 0 to 59.
    pub minute: u8,
}

impl Moment {
    fn date(&self) -> String {
        format!("{:04}{:02}{:02}", self.year % 10_000, self.month % 100, self.day % 100)
    }

    fn time(&self) -> String {
        format!("{:02}{:02}", self.hour % 100, self.minute % 100)
    }
}

/// Which names of a document an acknowledgement may repeat. What stands in a broken or hostile header could be anybody's
/// name: who knows its partners says which are theirs.
#[derive(Debug, Clone, Copy)]
pub struct Echo<'e> {
    /// Who answers, as qualifier and id; none: the document's receiver, as it stands there.
    pub answers: Option<(&'e [u8], &'e [u8])>,
    /// The ids that a group's header may repeat (GS02, GS03), in place of any other the interchange's; none: all ids.
    pub group_ids: Option<&'e [&'e [u8]]>,
}

impl Echo<'_> {
    /// Everything that the document names.
    pub const ALL: Self = Self { answers: None, group_ids: None };

    fn takes(&self, id: &[u8]) -> bool {
        self.group_ids.is_none_or(|known| known.contains(&id))
    }
}

/// What a TA1 says: TA104 and TA105.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// `A`, `E` or `R`.
    pub status: u8,
    /// Why, as TA105 has it, at most 999; 0 for nothing.
    pub code: u16,
}

impl Note {
    /// Nothing is wrong with the envelope.
    pub const ACCEPTED: Self = Self { status: b'A', code: 0 };
    /// The control number was used before, with another content.
    pub const DUPLICATE: Self = Self { status: b'R', code: 25 };
    /// The receiver is not one of ours.
    pub const UNKNOWN_RECEIVER: Self = Self { status: b'R', code: 9 };
}

/// What the envelope's findings say: the first refusal, else the first error. Findings of groups and
/// sets are the 997's or 999's.
pub fn note(findings: &[Finding]) -> Note {
    let of_envelope = |severity: Severity| {
        let first = findings.iter().find(|f| f.group.is_none() && f.severity == severity)?;
        // What X12 has no code for: what is in the interchange is not valid.
        Some(if let Answer::Interchange(code) = first.code.answer() { u16::from(code) } else { 24 })
    };
    if let Some(code) = of_envelope(Severity::Refusal) {
        Note { status: b'R', code }
    } else if let Some(code) = of_envelope(Severity::Error) {
        Note { status: b'E', code }
    } else {
        Note::ACCEPTED
    }
}

/// The TA1 in an interchange of its own; `None` if there is no ISA to answer (an EDIFACT interchange has none), or the interchange is
/// itself an acknowledgement.
pub fn ta1(
    interchange: &Interchange<'_>,
    note: Note,
    echo: &Echo<'_>,
    numbers: Numbers,
    at: Moment,
) -> Option<Vec<u8>> {
    let isa = interchange.header.filter(|_| interchange.syntax == Syntax::X12)?;
    let acknowledges = interchange.ta1_segments > 0 || !interchange.groups.is_empty();
    if acknowledges && interchange.groups.iter().all(is_acknowledgement) {
        return None;
    }
    let digits = |value: &[u8], count: usize| value.len() == count && syntax::number(value).is_some();
    let or_zeros = |value: &'static [u8], valid: bool, given| if valid { given } else { value };
    let mut writer = begin(interchange, isa, echo, numbers, at);
    writer
        .segment("TA1")
        .text(or_zeros(b"000000000", digits(isa.control(), 9), isa.control()))
        .text(or_zeros(b"000000", isa.date().len() == 6 && syntax::is_date(isa.date()), isa.date()))
        .text(or_zeros(b"0000", isa.time().len() == 4 && syntax::is_time(isa.time()), isa.time()))
        .text(&[note.status])
        .text(format!("{:03}", note.code % 1000).as_bytes())
        .end();
    Some(writer.finish())
}

fn is_acknowledgement(group: &Group<'_>) -> bool {
    group.functional_id == b"FA"
}

/// As many octets as ISA06 and ISA08 have.
const ISA_ID_OCTETS: usize = 15;

fn begin(interchange: &Interchange<'_>, isa: Header<'_>, echo: &Echo<'_>, numbers: Numbers, at: Moment) -> Writer {
    let version = isa.version();
    let version: &[u8] = if version.len() == 5 && syntax::number(version).is_some() { version } else { b"00401" };
    let usage = match isa.usage() {
        [usage @ (b'P' | b'T' | b'I')] => *usage,
        // What is not known to be production is not answered as if it were.
        _ => b'T',
    };
    // What is missing in a broken ISA is not missing in its answer.
    let qualifier = |q: &[u8]| q.len() == 2 && q.iter().all(u8::is_ascii_alphanumeric);
    let or_mutual = |q| if qualifier(q) { q } else { b"ZZ" };
    // Of an id that is too long only its beginning is written, which may be blank.
    let is_name = |id: &[u8]| is_name(&id[..id.len().min(ISA_ID_OCTETS)], &interchange.separators);
    let or_unknown = |id| if is_name(id) { id } else { b"UNKNOWN" };
    let (date, time) = (at.date(), at.time());
    let (own_qualifier, own) = echo.answers.unwrap_or((isa.receiver_qualifier(), isa.receiver()));
    let header = InterchangeHeader {
        sender_qualifier: or_mutual(own_qualifier),
        sender: or_unknown(own),
        receiver_qualifier: or_mutual(isa.sender_qualifier()),
        receiver: or_unknown(isa.sender()),
        date: &date.as_bytes()[2..],
        time: time.as_bytes(),
        version,
        control: numbers.interchange,
        acknowledge: false,
        usage,
    };
    Writer::new(interchange.separators, &header)
}
