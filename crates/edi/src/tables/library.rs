//! Elements, composites and segments of one syntax, by version.

use super::{
    model::{Condition, Message, SegmentTable},
    outline::{Dated, Outline},
    place::{Codes, Kind, Place},
    rows::Rows,
    text::{Entries, Entry, Fault, File, Version},
};
use crate::check::Concerns;
use std::sync::Arc;

/// No segment has more places: they fit a mask.
const PLACES_MAX: usize = 63;

/// From here on, numbers are those of control elements such as I12, which have none that a partner knows.
const CONTROL: u16 = 60_000;

/// All files of one syntax.
#[derive(Default)]
pub(super) struct Library {
    elements: Entries,
    composites: Entries,
    segments: Entries,
    outlines: Vec<Outline>,
    /// What was asked for: what nobody asks for is dead.
    #[cfg(test)]
    used: std::sync::Mutex<std::collections::BTreeSet<String>>,
}

impl Library {
    pub fn parse(files: &[File]) -> Result<Self, Fault> {
        let mut library = Self::default();
        for file in files {
            let name = file.name.rsplit('/').next().unwrap_or_default();
            match name.split(['.', '-']).next() {
                Some("elements") => library.elements.add(*file)?,
                Some("composites") => library.composites.add(*file)?,
                Some("segments") => library.segments.add(*file)?,
                Some("tags") => {}
                _ => library.outlines.extend(Outline::parse(*file)?),
            }
        }
        Ok(library)
    }

    /// All messages in all versions, each with its outline's number.
    pub fn messages(&self) -> Result<Vec<(Dated, usize)>, Fault> {
        let mut all: Vec<(Dated, usize)> = Vec::new();
        for (number, outline) in self.outlines.iter().enumerate() {
            for dated in outline.dated() {
                let overlaps = |(other, _): &(Dated, usize)| {
                    other.kind == dated.kind && other.since <= dated.until && dated.since <= other.until
                };
                if all.iter().any(overlaps) {
                    return Err(outline.fault("versions of another block"));
                }
                all.push((dated, number));
            }
        }
        Ok(all)
    }

    /// The table of one of [`Self::messages`].
    pub fn message(&self, (dated, outline): (Dated, usize)) -> Result<Message, Fault> {
        self.outlines[outline].message(self, dated)
    }

    /// The tags that segments*.txt describe.
    pub fn tags(&self) -> impl Iterator<Item = &'static str> {
        self.segments.ids()
    }

    /// One segment's table as that version has it.
    pub fn segment(&self, tag: &str, version: Version) -> Result<SegmentTable, Fault> {
        let undefined = || Fault { file: "segments.txt", line: 0, what: format!("{tag} is not defined") };
        let entry = self.segments.find(tag, version).ok_or_else(undefined)?;
        #[cfg(test)]
        self.note(tag);
        let mut words = entry.line.words();
        let tag = words.next().unwrap_or_default();
        words.next().ok_or_else(|| entry.line.fault(format!("{tag} has no name")))?;
        let (places, conditions): (Vec<&str>, _) =
            entry.words(version).into_iter().partition(|word| word.contains(':'));
        if places.is_empty() || places.len() > PLACES_MAX {
            return Err(entry.line.fault(format!("{tag}: 1 to {PLACES_MAX} places")));
        }
        let places: Vec<Place> =
            places.into_iter().map(|word| self.place(word, entry, version)).collect::<Result<_, _>>()?;
        let mandatory = places.iter().rev().fold(0, |mask, place| mask << 1 | u64::from(place.mandatory));
        let conditions = conditions.into_iter().map(|word| condition(word, places.len(), mandatory, entry));
        let conditions = conditions.collect::<Result<_, _>>()?;
        let (rows, concerns) = (Rows::of(&places), Concerns::of(tag));
        Ok(SegmentTable { tag, places, rows, mandatory, conditions, concerns })
    }

    /// Defined and never asked for.
    #[cfg(test)]
    pub fn unused(&self) -> Vec<&'static str> {
        let used = self.used.lock().unwrap();
        let all = self.elements.ids().chain(self.composites.ids()).chain(self.segments.ids());
        all.filter(|id| !used.contains(*id)).collect()
    }

    #[cfg(test)]
    fn note(&self, id: &str) {
        self.used.lock().unwrap().insert(id.into());
    }

    /// One place of a segment, written `NUMBER:STATUS` or `NUMBER:STATUS*TIMES`.
    fn place(&self, word: &str, entry: &Entry, version: Version) -> Result<Place, Fault> {
        let fault = || entry.line.fault(format!("{word} is no place"));
        let (id, status) = word.split_once(':').ok_or_else(fault)?;
        let (status, repeats) = status.split_once('*').unwrap_or((status, "1"));
        let repeats = repeats.parse().ok().filter(|&times| times > 0).ok_or_else(fault)?;
        let mandatory = is_mandatory(status).ok_or_else(fault)?;
        if id == "open" {
            return Ok(Place { mandatory, repeats, ..open_place() });
        }
        let is_composite = id.starts_with(['C', 'S', 'E']);
        let place = if is_composite { self.composite(id, version) } else { self.element(id, version) };
        let undefined = || entry.line.fault(format!("{id} is not defined in this version"));
        #[cfg(test)]
        self.note(id);
        Ok(Place { mandatory, repeats, ..place?.ok_or_else(undefined)? })
    }

    fn composite(&self, id: &str, version: Version) -> Result<Option<Place>, Fault> {
        let Some(entry) = self.composites.find(id, version) else { return Ok(None) };
        let fault = |what: &str| entry.line.fault(format!("{id}: {what}"));
        entry.line.words().nth(1).ok_or_else(|| fault("no name"))?;
        let mut components = Vec::new();
        for word in entry.words(version).into_iter().filter(|word| word.contains(':')) {
            let component = self.place(word, entry, version)?;
            if component.kind == Kind::Composite {
                return Err(fault("a composite in a composite"));
            }
            // `C*5` in a composite: the component stands there five times.
            let times = component.repeats;
            components.extend(std::iter::repeat_n(Place { repeats: 1, ..component }, times.into()));
        }
        if components.is_empty() {
            return Err(fault("no components"));
        }
        let number = id[1..].parse().map_err(|_| fault("no composite's number"))?;
        let least = components.iter().rposition(|component| component.mandatory).map_or(0, |last| last as u16 + 1);
        Ok(Some(Place { number, kind: Kind::Composite, components, least, ..open_place() }))
    }

    fn element(&self, id: &str, version: Version) -> Result<Option<Place>, Fault> {
        let Some(entry) = self.elements.find(id, version) else { return Ok(None) };
        let fault = |what: &str| entry.line.fault(format!("{id}: {what}"));
        let number = match id.strip_prefix('I') {
            Some(control) => control.parse().ok().and_then(|number| CONTROL.checked_add(number)),
            None => id.parse().ok().filter(|&number| number < CONTROL),
        };
        let number = number.ok_or_else(|| fault("no element's number"))?;
        let head: Vec<&str> = entry.line.words().skip(1).collect();
        let (mut representation, mut codes) = (&head[..], None);
        for block in entry.held(version) {
            let split = block.iter().position(|word| *word == "codes").unwrap_or(block.len());
            if split > 0 {
                representation = &block[..split];
            }
            // `codes` begins each line of the list.
            codes = block.get(split..).filter(|list| !list.is_empty()).or(codes);
        }
        let (kind, shortest, longest, words) = kind(representation).ok_or_else(|| fault("no type with lengths"))?;
        if shortest == 0 || shortest > longest {
            return Err(fault("lengths that no value has"));
        }
        if std::ptr::eq(representation, &head[..]) && head.len() == words {
            return Err(fault("no name"));
        }
        let codes: Option<Vec<&str>> =
            codes.map(|list| list.iter().filter(|word| **word != "codes").copied().collect());
        let lengths = usize::from(shortest)..=usize::from(longest).min(Codes::LONGEST);
        let fits = |code: &&str| lengths.contains(&code.len());
        if codes.as_ref().is_some_and(|codes| codes.is_empty() || !codes.iter().all(fits)) {
            return Err(fault("a code that is too long or too short"));
        }
        let codes = codes.map(|codes| Arc::new(Codes::new(codes.into_iter())));
        Ok(Some(Place { number, kind, shortest, longest, codes, ..open_place() }))
    }
}

/// Whether a status asks for its element, segment or loop; none if it is no status.
pub(super) fn is_mandatory(status: &str) -> Option<bool> {
    match status {
        "M" => Some(true),
        "O" | "C" | "X" => Some(false),
        _ => None,
    }
}

fn open_place() -> Place {
    Place {
        number: 0,
        mandatory: false,
        repeats: 1,
        kind: Kind::Open,
        shortest: 0,
        longest: u16::MAX,
        codes: None,
        components: Vec::new(),
        least: 0,
    }
}

/// `ID 2..3`, `an..35`, `n6`: kind, lengths, and of how many words it is.
fn kind(words: &[&str]) -> Option<(Kind, u16, u16, usize)> {
    let first = *words.first()?;
    let range = |text: &str| -> Option<(u16, u16)> {
        match text.split_once("..") {
            Some(("", longest)) => Some((1, longest.parse().ok()?)),
            Some((shortest, longest)) => Some((shortest.parse().ok()?, longest.parse().ok()?)),
            None => text.parse().ok().map(|length| (length, length)),
        }
    };
    let edifact = |prefix: &str, kind| {
        let (shortest, longest) = range(first.strip_prefix(prefix)?)?;
        Some((kind, shortest, longest, 1))
    };
    let x12 = |kind| {
        let (shortest, longest) = range(words.get(1)?).filter(|_| words[1].contains(".."))?;
        Some((kind, shortest, longest, 2))
    };
    match first {
        "ID" => x12(Kind::Code),
        "AN" => x12(Kind::Text),
        "R" => x12(Kind::Decimal),
        "DT" => x12(Kind::Date),
        "TM" => x12(Kind::Time),
        "B" => x12(Kind::Binary),
        "N0" | "N1" | "N2" | "N3" | "N4" | "N5" | "N6" | "N7" | "N8" | "N9" => x12(Kind::Integer),
        _ => edifact("an", Kind::Text).or_else(|| edifact("a", Kind::Alpha)).or_else(|| edifact("n", Kind::Decimal)),
    }
}

/// One condition of a segment of so many places, written as in `P0304`: a letter, and places in two digits.
fn condition(word: &str, places: usize, mandatory: u64, entry: &Entry) -> Result<Condition, Fault> {
    let fault = |what: &str| entry.line.fault(format!("{word} {what}"));
    let (letter, digits) = word.split_at_checked(1).ok_or_else(|| fault("is no condition"))?;
    let mut masks: Vec<u64> = Vec::new();
    for pair in digits.as_bytes().chunks(2) {
        let place =
            str::from_utf8(pair).ok().filter(|pair| pair.len() == 2).and_then(|pair| pair.parse::<usize>().ok());
        let place = place.filter(|place| (1..=places).contains(place));
        let mask = 1u64 << (place.ok_or_else(|| fault("names no place of the segment"))? - 1);
        if masks.contains(&mask) {
            return Err(fault("names a place twice"));
        }
        masks.push(mask);
    }
    let (Some(&first), true) = (masks.first(), masks.len() > 1) else {
        return Err(fault("names fewer than two places"));
    };
    let (all, others): (u64, u64) = (masks.iter().sum(), masks[1..].iter().sum());
    let asked = all & mandatory;
    if asked == all || letter == "R" && asked != 0 || letter == "L" && others & mandatory != 0 {
        return Err(fault("always holds"));
    }
    Ok(match letter {
        "P" => Condition::Paired(all),
        "R" => Condition::AtLeastOne(all),
        "E" => Condition::NotTogether(all),
        "C" => Condition::IfFirst { first, all: others },
        "L" => Condition::IfFirstAny { first, any: others },
        _ => return Err(fault("is no condition")),
    })
}
