//! An acknowledgement of ours, in words: what it says of the envelope, and of each manifest. What is wrong at which place, the document's own findings
//! say.

use crate::Words;
use std::fmt::Display;

/// What an acknowledgement says.
pub(crate) struct Said {
    /// What kind of message it is: `997`, `TA1 · 999`, `CONTRL`.
    pub kind: String,
    /// On the whole, and on each manifest.
    pub parts: Vec<Part>,
    /// As sent, a segment on each line.
    pub octets: String,
}

/// What is said of the envelope, a manifest or a group.
pub(crate) struct Part {
    pub name: String,
    pub said: String,
}

/// Takes an acknowledgement apart; what is none has nothing to say.
pub(crate) fn said(words: &Words, octets: &[u8]) -> Said {
    let text = String::from_utf8_lossy(octets);
    let edifact = text.starts_with("UN");
    let (element, terminator) = if edifact { ('+', '\'') } else { separators(octets) };
    let mut reading = Reading { words, kinds: Vec::new(), parts: Vec::new(), set: String::new() };
    for segment in text.split(terminator).map(str::trim).filter(|segment| !segment.is_empty()) {
        let elements: Vec<&str> = segment.split(element).collect();
        if edifact { reading.edifact(&elements) } else { reading.x12(&elements) }
    }
    let lines = text.replace(['\r', '\n'], "").replace(terminator, &format!("{terminator}\n"));
    Said { kind: reading.kinds.join(" · "), parts: reading.parts, octets: lines }
}

/// As the ISA has them at their fixed places.
fn separators(octets: &[u8]) -> (char, char) {
    let at = |place: usize, usual: char| octets.get(place).map_or(usual, |octet| char::from(*octet));
    (at(3, '*'), at(105, '~'))
}

struct Reading<'w> {
    words: &'w Words,
    kinds: Vec<String>,
    parts: Vec<Part>,
    /// The manifest that is spoken of.
    set: String,
}

impl Reading<'_> {
    fn x12(&mut self, elements: &[&str]) {
        let of = |place: usize| elements.get(place).copied().unwrap_or_default();
        match of(0) {
            "ST" => self.kind(of(1)),
            "TA1" => {
                self.kind("TA1");
                let mut said = self.meaning("answer.ta1", of(4));
                if of(5) != "000" {
                    said = self
                        .words
                        .with("answer.because", &[("what", &said), ("why", &self.meaning("answer.note", of(5)))]);
                }
                self.part("answer.envelope", &"", said);
            }
            "AK2" => self.set = of(2).to_owned(),
            "AK5" | "IK5" => {
                let mut said = self.meaning("answer.set", of(1));
                let whys: Vec<String> = elements
                    .iter()
                    .skip(2)
                    .filter(|code| !code.is_empty())
                    .map(|code| self.meaning("answer.set_why", code))
                    .collect();
                if !whys.is_empty() {
                    said = self.words.with("answer.because", &[("what", &said), ("why", &whys.join("; "))]);
                }
                let set = std::mem::take(&mut self.set);
                self.part("answer.manifest", &set, said);
            }
            "AK9" => {
                let places: [(&str, &dyn Display); 3] =
                    [("what", &self.meaning("answer.set", of(1))), ("taken", &of(4)), ("all", &of(2))];
                let said = self.words.with("answer.of_group", &places);
                self.part("answer.group", &"", said);
            }
            _ => {}
        }
    }

    fn edifact(&mut self, elements: &[&str]) {
        let of = |place: usize| elements.get(place).copied().unwrap_or_default();
        let why = |reading: &Self, said: String, code: &str| match code {
            "" => said,
            code => reading
                .words
                .with("answer.because", &[("what", &said), ("why", &reading.meaning("answer.error", code))]),
        };
        match of(0) {
            "UNH" => self.kind("CONTRL"),
            "UCI" => self.part("answer.envelope", &"", why(self, self.meaning("answer.action", of(4)), of(5))),
            "UCM" => {
                self.part("answer.manifest", &of(1), why(self, self.meaning("answer.action", of(3)), of(4)));
            }
            _ => {}
        }
    }

    fn kind(&mut self, kind: &str) {
        if !self.kinds.iter().any(|known| known == kind) {
            self.kinds.push(kind.to_owned());
        }
    }

    /// The words for a code, or the code itself.
    fn meaning(&self, group: &str, code: &str) -> String {
        let key = format!("{group}_{code}");
        if self.words.has(&key) {
            self.words.say(&key).to_owned()
        } else {
            self.words.with("answer.code", &[("code", &code)])
        }
    }

    fn part(&mut self, key: &str, number: &dyn Display, said: String) {
        self.parts.push(Part { name: self.words.with(key, &[("number", number)]), said });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    const ISA: &str =
        "ISA*00*          *00*          *ZZ*DEMOCARRIER    *ZZ*NORTHSHOP      *261102*0930*U*00401*000000001*0*P*>~";

    #[test]
    fn a_997_is_told_in_both_languages() {
        let octets = format!(
            "{ISA}GS*FA*A*B*20261102*0930*1*X*004010~ST*997*0001~AK1*SH*3~AK2*856*0001~AK3*HL*13**8~AK4*2*734*7~AK5*R*5~AK9*P*2*2*1~SE*6*0001~"
        );
        let english = said(Language::English.words(), octets.as_bytes());
        assert_eq!((english.kind.as_str(), english.parts.len()), ("997", 2));
        assert_eq!(english.parts[0].said, "refused: segments in it have errors");
        let french = said(Language::French.words(), octets.as_bytes());
        assert_ne!(english.parts[0].said, french.parts[0].said);
    }

    #[test]
    fn any_octets_have_something_or_nothing_to_say() {
        for octets in [
            &b""[..],
            b"UN",
            b"ISA",
            b"ISA*",
            b"\xff\xfe~*",
            b"UNB+UNOA:1'UCI+1'UCM'UCS'UCD'UNZ'",
            b"TA1*~AK3~AK4~AK5~AK9~",
        ] {
            for language in Language::ALL {
                said(language.words(), octets);
            }
        }
    }
}
