//! TA1 and 997, for EDIFACT CONTRL, built from findings: ids swapped, separators and version mirrored, no bad data echoed.
//!
//! A 997 answers groups, one set a group; a TA1 answers the envelope, in an interchange of its own.
//! A broken envelope is answered by the TA1 alone. Neither is ever itself acknowledged: groups of 997s
//! (`FA`) are passed over, and so are interchanges that hold nothing but a TA1.

mod contrl;

pub use contrl::{contrl, contrl_refusal};

use crate::{
    Answer, Code, Finding, Group, Header, Interchange, KnownTag, Separators, Severity, Syntax, Verdict, Verdicts,
    syntax,
    write::{GroupHeader, InterchangeHeader, Writer},
};

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
/// sets are the 997's.
pub fn note(findings: &[Finding]) -> Note {
    let of_envelope = |severity: Severity| {
        findings.iter().filter(move |f| f.group.is_none() && f.severity == severity).find_map(|f| {
            match f.code.answer() {
                Answer::Interchange(code) => Some(u16::from(code)),
                // A refusal that X12 has no code for: what is in the interchange is not valid.
                _ => (severity == Severity::Refusal).then_some(24),
            }
        })
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

/// One 997 a group, in one interchange; `None` if there is no group to answer.
pub fn x997(
    interchange: &Interchange<'_>,
    findings: &[Finding],
    echo: &Echo<'_>,
    numbers: Numbers,
    at: Moment,
) -> Option<Vec<u8>> {
    let isa = interchange.header.filter(|_| interchange.syntax == Syntax::X12)?;
    if interchange.groups.iter().all(is_acknowledgement) {
        return None;
    }
    let verdicts = Verdicts::new(interchange, findings);
    let by_set = by_set(findings);
    let mut writer = begin(interchange, isa, echo, numbers, at);
    let mut control = numbers.group;
    let mut last: Option<GroupNames<'_>> = None;
    let mut sets = 0u32;
    for (number, group) in interchange.groups.iter().enumerate().filter(|(_, g)| !is_acknowledgement(g)) {
        let names = GroupNames::of(isa, group, &interchange.separators, echo);
        if last.is_none_or(|last| last != names) {
            begin_group(&mut writer, &names, control, at);
            control = control.wrapping_add(1);
            sets = 0;
        }
        last = Some(names);
        sets = sets.saturating_add(1);
        writer.set(b"997", format!("{sets:04}").as_bytes());
        acknowledge_group(&mut writer, number, group, &by_set, &verdicts);
    }
    Some(writer.finish())
}

fn is_acknowledgement(group: &Group<'_>) -> bool {
    group.functional_id == b"FA"
}

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
    let or_unknown = |id| if is_name(id, &interchange.separators) { id } else { b"UNKNOWN" };
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

/// What GS02 and GS03 have room for. What is longer is nobody's id, and is not repeated.
const GROUP_ID_OCTETS_MAX: usize = 15;

/// What the header of an acknowledgement's group repeats of the group that it answers.
#[derive(Clone, Copy, PartialEq)]
struct GroupNames<'a> {
    sender: &'a [u8],
    receiver: &'a [u8],
    version: &'a [u8],
}

impl<'a> GroupNames<'a> {
    fn of(isa: Header<'a>, group: &Group<'a>, separators: &Separators, echo: &Echo<'_>) -> Self {
        let or = |id: &'a [u8], otherwise: &'a [u8]| {
            let known: &[u8] = if echo.takes(id) { id } else { b"" };
            let fits = |id: &&[u8]| id.len() <= GROUP_ID_OCTETS_MAX && is_name(id, separators);
            [known, otherwise, b"UNKNOWN"].into_iter().find(fits).unwrap_or_default()
        };
        Self {
            sender: or(group.receiver, isa.receiver()),
            receiver: or(group.sender, isa.sender()),
            version: if is_version(group.version) { group.version } else { b"004010" },
        }
    }
}

/// Whether anything of an id is left once it is written: delimiters, and octets that are no characters, become blanks.
fn is_name(id: &[u8], separators: &Separators) -> bool {
    let delimits = |octet| separators.contains(octet) || Separators::default().contains(octet);
    id.iter().any(|octet| octet.is_ascii_graphic() && !delimits(*octet))
}

/// `004010`, and what an industry's guide adds: `005010X231A1`.
fn is_version(text: &[u8]) -> bool {
    let (number, guide) = text.split_at(text.len().min(6));
    let digits = number.len() == 6 && number.starts_with(b"00") && number.iter().all(u8::is_ascii_digit);
    let plain = guide.len() <= 6 && guide.iter().all(u8::is_ascii_alphanumeric);
    digits && plain && guide.first().is_none_or(u8::is_ascii_uppercase)
}

/// ST02 as it is in use: digits, or letters and digits that end in four of them. Anything else could be a name.
fn is_control(text: &[u8]) -> bool {
    let plain = (1..=9).contains(&text.len()) && text.iter().all(u8::is_ascii_alphanumeric);
    plain && text.iter().rev().take(4).all(u8::is_ascii_digit)
}

fn begin_group(writer: &mut Writer, names: &GroupNames<'_>, control: u32, at: Moment) {
    writer.group(&GroupHeader {
        functional_id: b"FA",
        sender: names.sender,
        receiver: names.receiver,
        date: at.date().as_bytes(),
        time: at.time().as_bytes(),
        control,
        version: names.version,
    });
}

/// Findings that an acknowledgement tells, by group and set, in the order of the document.
fn by_set(findings: &[Finding]) -> Vec<&Finding> {
    let mut told: Vec<&Finding> =
        findings.iter().filter(|f| f.severity > Severity::Warning && f.group.is_some()).collect();
    // Findings of the group itself (`set` is none) come first.
    told.sort_by_key(|f| (f.group, f.set, f.set_position, f.element, f.component));
    told
}

fn of<'f, 's>(sorted: &'s [&'f Finding], group: usize, set: Option<usize>) -> &'s [&'f Finding] {
    let key = (Some(group), set);
    let start = sorted.partition_point(|f| (f.group, f.set) < key);
    let length = sorted[start..].partition_point(|f| (f.group, f.set) == key);
    &sorted[start..start + length]
}

fn acknowledge_group(writer: &mut Writer, number: usize, group: &Group<'_>, sorted: &[&Finding], verdicts: &Verdicts) {
    let kind = group.functional_id;
    let kind: &[u8] = if kind.len() == 2 && kind.iter().all(u8::is_ascii_alphanumeric) { kind } else { b"ZZ" };
    let control: &[u8] = if syntax::number(group.control).is_some() { group.control } else { b"0" };
    writer.segment("AK1").text(kind).text(control).end();
    let mut accepted = 0u64;
    for (place, set) in group.sets.iter().enumerate() {
        let verdict = verdicts.set(number, place);
        accepted += u64::from(verdict.takes_any());
        let known = |text: &[u8], longest: usize| {
            (1..=longest).contains(&text.len()) && text.iter().all(u8::is_ascii_alphanumeric)
        };
        writer
            .segment("AK2")
            .text(if known(set.kind, 3) && set.kind.len() == 3 { set.kind } else { b"000" })
            .text(if is_control(set.control) { set.control } else { b"0000" })
            .end();
        acknowledge_set(writer, of(sorted, number, Some(place)), verdict);
    }
    let status: &[u8] = match verdicts.group(number) {
        Verdict::Accepted => b"A",
        Verdict::AcceptedWithErrors => b"E",
        Verdict::InPart => b"P",
        Verdict::Refused | Verdict::NotEdi => b"R",
    };
    let received = group.sets.len() as u64;
    // AK902 has six digits; what GE01 claims beyond them is not a number of sets.
    let declared = group.declared_sets.map_or(received, |n| u64::from(n).min(999_999));
    let reasons = reasons(of(sorted, number, None), |code| match code.answer() {
        Answer::Group(reason) => reason,
        _ => None,
    });
    let mut ak9 = writer.segment("AK9").text(status).number(declared).number(received).number(accepted);
    for reason in reasons {
        ak9 = ak9.number(reason.into());
    }
    ak9.end();
}

/// X12 has room for five reasons.
fn reasons(findings: &[&Finding], reason: impl Fn(Code) -> Option<u8>) -> Vec<u8> {
    let mut reasons: Vec<u8> = findings.iter().filter_map(|f| reason(f.code)).collect();
    reasons.sort_unstable();
    reasons.dedup();
    reasons.truncate(5);
    reasons
}

/// AK3 and AK4 for what is wrong in segments, then AK5.
fn acknowledge_set(writer: &mut Writer, findings: &[&Finding], verdict: Verdict) {
    // AK4s stand under an AK3 of their segment, of which X12 allows 99.
    let mut under: Option<(u32, usize)> = None;
    for finding in findings {
        match finding.code.answer() {
            Answer::Segment(code) => {
                under = None;
                data_segment_note(writer, finding, code);
            }
            Answer::Element(code) if finding.element > 0 => {
                let told = match under {
                    Some((position, told)) if position == finding.set_position => told,
                    _ => {
                        data_segment_note(writer, finding, 8);
                        0
                    }
                };
                under = Some((finding.set_position, told + 1));
                if told < 99 {
                    data_element_note(writer, finding, code);
                }
            }
            _ => {}
        }
    }
    let reasons = reasons(findings, |code| match code.answer() {
        Answer::Set(reason) => Some(reason),
        Answer::Segment(_) | Answer::Element(_) => Some(5),
        _ => None,
    });
    let status: &[u8] = match verdict {
        Verdict::Accepted => b"A",
        Verdict::AcceptedWithErrors => b"E",
        Verdict::InPart | Verdict::Refused | Verdict::NotEdi => b"R",
    };
    let mut ak5 = writer.segment("AK5").text(status);
    for reason in reasons {
        ak5 = ak5.number(reason.into());
    }
    ak5.end();
}

fn data_segment_note(writer: &mut Writer, finding: &Finding, code: u8) {
    let tag = if finding.tag == KnownTag::NONE { KnownTag::MASKED } else { finding.tag };
    writer.segment("AK3").text(tag.as_bytes()).number(finding.set_position.into()).skip().number(code.into()).end();
}

/// AK404, the copy of the bad data, is never written.
fn data_element_note(writer: &mut Writer, finding: &Finding, code: u8) {
    let element = finding.element.to_string();
    let component = if finding.component > 0 { finding.component.to_string() } else { String::new() };
    let mut ak4 = writer.segment("AK4").composite(&[element.as_bytes(), component.as_bytes()]);
    ak4 = if finding.data_element > 0 { ak4.number(finding.data_element.into()) } else { ak4.skip() };
    ak4.number(code.into()).end();
}
