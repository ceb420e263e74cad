//! 997 and 999: one set for each group, in the dialect that the group is answered in.

use super::{Echo, Moment, Numbers, begin, dialect::Dialect, is_acknowledgement};
use crate::{
    Answer, Code, Finding, Group, Header, Interchange, KnownTag, Separators, Set, Severity, Syntax, Verdict, Verdicts,
    syntax,
    write::{GroupHeader, Writer},
};

/// The answer to each group, all in one interchange: a 999 to a group of 005010 that names a guide (`005010X…` in GS08),
/// a 997 to any other. `None` if there is no group to answer.
pub fn groups(
    interchange: &Interchange<'_>,
    findings: &[Finding],
    echo: &Echo<'_>,
    numbers: Numbers,
    at: Moment,
) -> Option<Vec<u8>> {
    answer(interchange, findings, echo, numbers, at, |group| {
        if group.version.starts_with(b"005010X") { &Dialect::X999 } else { &Dialect::X997 }
    })
}

/// One 997 a group, in one interchange; `None` if there is no group to answer.
pub fn x997(
    interchange: &Interchange<'_>,
    findings: &[Finding],
    echo: &Echo<'_>,
    numbers: Numbers,
    at: Moment,
) -> Option<Vec<u8>> {
    answer(interchange, findings, echo, numbers, at, |_| &Dialect::X997)
}

/// One 999 a group, in one interchange; `None` if there is no group to answer.
pub fn x999(
    interchange: &Interchange<'_>,
    findings: &[Finding],
    echo: &Echo<'_>,
    numbers: Numbers,
    at: Moment,
) -> Option<Vec<u8>> {
    answer(interchange, findings, echo, numbers, at, |_| &Dialect::X999)
}

/// What is told of all sets.
struct Told<'f> {
    sorted: &'f [&'f Finding],
    verdicts: &'f Verdicts,
}

fn answer(
    interchange: &Interchange<'_>,
    findings: &[Finding],
    echo: &Echo<'_>,
    numbers: Numbers,
    at: Moment,
    dialect: impl Fn(&Group<'_>) -> &'static Dialect,
) -> Option<Vec<u8>> {
    let isa = interchange.header.filter(|_| interchange.syntax == Syntax::X12)?;
    if interchange.groups.iter().all(is_acknowledgement) {
        return None;
    }
    let (verdicts, sorted) = (Verdicts::new(interchange, findings), by_set(findings));
    let told = Told { sorted: &sorted, verdicts: &verdicts };
    let mut writer = begin(interchange, isa, echo, numbers, at);
    let mut control = numbers.group;
    let mut last: Option<GroupNames<'_>> = None;
    let mut sets = 0u32;
    for (number, group) in interchange.groups.iter().enumerate().filter(|(_, g)| !is_acknowledgement(g)) {
        let names = GroupNames::of(isa, group, &interchange.separators, echo, dialect(group));
        if last.is_none_or(|last| last != names) {
            begin_group(&mut writer, &names, control, at);
            control = control.wrapping_add(1);
            sets = 0;
        }
        last = Some(names);
        sets = sets.saturating_add(1);
        let dialect = names.dialect;
        writer.guided_set(dialect.kind, format!("{sets:04}").as_bytes(), dialect.guide.unwrap_or_default());
        acknowledge_group(&mut writer, interchange, number, dialect, &told);
    }
    Some(writer.finish())
}

/// The guide that a set names (ST03), if it has the form of one.
fn guide_of<'i>(interchange: &Interchange<'i>, set: &Set<'_>) -> &'i [u8] {
    let mut walk = interchange.walk(set).with_window(1);
    let guide = walk.next_segment().map_or(&b""[..], |st| st.element(3));
    if is_version(guide) { guide } else { b"" }
}

/// What GS02 and GS03 have room for. What is shorter or longer is nobody's id, and is not repeated.
const GROUP_ID_OCTETS: std::ops::RangeInclusive<usize> = 2..=15;

/// What the header of an acknowledgement's group repeats of the group that it answers.
#[derive(Clone, Copy, PartialEq)]
struct GroupNames<'a> {
    sender: &'a [u8],
    receiver: &'a [u8],
    version: &'a [u8],
    dialect: &'static Dialect,
}

impl<'a> GroupNames<'a> {
    fn of(
        isa: Header<'a>,
        group: &Group<'a>,
        separators: &Separators,
        echo: &Echo<'_>,
        dialect: &'static Dialect,
    ) -> Self {
        let or = |id: &'a [u8], otherwise: &'a [u8]| {
            let known: &[u8] = if echo.takes(id) { id } else { b"" };
            let fits = |id: &&[u8]| {
                let written = written_octets(id, separators);
                GROUP_ID_OCTETS.contains(&id.len()) && GROUP_ID_OCTETS.contains(&written)
            };
            [known, otherwise, b"UNKNOWN"].into_iter().find(fits).unwrap_or_default()
        };
        Self {
            sender: or(group.receiver, isa.receiver()),
            receiver: or(group.sender, isa.sender()),
            version: dialect.guide.unwrap_or(if is_version(group.version) { group.version } else { b"004010" }),
            dialect,
        }
    }
}

/// Whether anything of an id is left once it is written: delimiters, and octets that are no characters, become blanks.
pub(super) fn is_name(id: &[u8], separators: &Separators) -> bool {
    written_octets(id, separators) > 0
}

/// How much of an id is left then, without the blanks at its ends.
fn written_octets(id: &[u8], separators: &Separators) -> usize {
    let delimits = |octet| separators.contains(octet) || Separators::default().contains(octet);
    let stays = |octet: &u8| octet.is_ascii_graphic() && !delimits(*octet);
    let (first, last) = (id.iter().position(stays), id.iter().rposition(stays));
    first.zip(last).map_or(0, |(first, last)| last - first + 1)
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
pub(super) fn by_set(findings: &[Finding]) -> Vec<&Finding> {
    let mut told: Vec<&Finding> =
        findings.iter().filter(|f| f.severity > Severity::Warning && f.group.is_some()).collect();
    // Findings of the group itself (`set` is none) come first.
    told.sort_by_key(|f| (f.group, f.set, f.set_position, f.element, f.component));
    told
}

pub(super) fn of<'f, 's>(sorted: &'s [&'f Finding], group: usize, set: Option<usize>) -> &'s [&'f Finding] {
    let key = (Some(group), set);
    let start = sorted.partition_point(|f| (f.group, f.set) < key);
    let length = sorted[start..].partition_point(|f| (f.group, f.set) == key);
    &sorted[start..start + length]
}

fn acknowledge_group(
    writer: &mut Writer,
    interchange: &Interchange<'_>,
    number: usize,
    dialect: &Dialect,
    told: &Told<'_>,
) {
    let Some(group) = interchange.groups.get(number) else { return };
    let Told { sorted, verdicts } = told;
    let kind = group.functional_id;
    let kind: &[u8] = if kind.len() == 2 && kind.iter().all(u8::is_ascii_alphanumeric) { kind } else { b"ZZ" };
    let control: &[u8] = if syntax::number(group.control).is_some() { group.control } else { b"0" };
    let guided = dialect.guide.is_some();
    let version: &[u8] = if guided && is_version(group.version) { group.version } else { b"" };
    writer.segment("AK1").text(kind).text(control).text(version).end();
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
            .text(if guided { guide_of(interchange, set) } else { b"" })
            .end();
        acknowledge_set(writer, dialect, of(sorted, number, Some(place)), verdict);
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
        Answer::Group(reason) => reason.map(|reason| reason.to_string()),
        _ => None,
    });
    let mut ak9 = writer.segment("AK9").text(status).number(declared).number(received).number(accepted);
    for reason in reasons {
        ak9 = ak9.text(reason.as_bytes());
    }
    ak9.end();
}

/// X12 has room for five reasons.
fn reasons(findings: &[&Finding], reason: impl Fn(Code) -> Option<String>) -> Vec<String> {
    let mut reasons: Vec<String> = findings.iter().filter_map(|f| reason(f.code)).collect();
    reasons.sort_unstable_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    reasons.dedup();
    reasons.truncate(5);
    reasons
}

/// The last place of an element in its segment, or of a component in its element, that AK401 and IK401 have digits for
/// (data elements 722 and 1528). Of what lies beyond it the segment alone is told.
const ELEMENT_MAX: u16 = 99;

/// What is wrong in segments, and under each of them in its elements; then the verdict.
fn acknowledge_set(writer: &mut Writer, dialect: &Dialect, findings: &[&Finding], verdict: Verdict) {
    // Notes of elements stand under that of their segment; a 997 allows 99 of them.
    let mut under: Option<(u32, usize)> = None;
    for finding in findings.iter().filter(|finding| finding.set_position <= dialect.last_position) {
        match finding.code.answer() {
            Answer::Segment(_) => {
                under = None;
                segment_note(writer, dialect, finding, dialect.of(finding.code));
            }
            Answer::Element(_) if finding.element > 0 => {
                let told = match under {
                    Some((position, told)) if position == finding.set_position => told,
                    _ => {
                        segment_note(writer, dialect, finding, "8".to_owned());
                        0
                    }
                };
                let tellable = told < 99 && finding.element.max(finding.component) <= ELEMENT_MAX;
                under = Some((finding.set_position, told + usize::from(tellable)));
                if tellable {
                    element_note(writer, dialect, finding);
                }
            }
            _ => {}
        }
    }
    let reasons = reasons(findings, |code| dialect.of_set(code));
    let status: &[u8] = match verdict {
        Verdict::Accepted => b"A",
        Verdict::AcceptedWithErrors => b"E",
        Verdict::InPart | Verdict::Refused | Verdict::NotEdi => b"R",
    };
    let mut note = writer.segment(dialect.verdict).text(status);
    for reason in reasons {
        note = note.text(reason.as_bytes());
    }
    note.end();
}

fn segment_note(writer: &mut Writer, dialect: &Dialect, finding: &Finding, code: String) {
    let tag = if finding.tag == KnownTag::NONE { KnownTag::MASKED } else { finding.tag };
    let note = writer.segment(dialect.segment).text(tag.as_bytes()).number(finding.set_position.into()).skip();
    note.text(code.as_bytes()).end();
}

/// The fourth element, the copy of the bad data, is never written.
fn element_note(writer: &mut Writer, dialect: &Dialect, finding: &Finding) {
    let element = finding.element.to_string();
    let component = if finding.component > 0 { finding.component.to_string() } else { String::new() };
    let mut note = writer.segment(dialect.element).composite(&[element.as_bytes(), component.as_bytes()]);
    note = if finding.data_element > 0 { note.number(finding.data_element.into()) } else { note.skip() };
    note.text(dialect.of(finding.code).as_bytes()).end();
}
