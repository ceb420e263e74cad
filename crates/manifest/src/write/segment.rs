//! Segments, counted, with values that cannot break them.
//!
//! Not `edi::write::Writer`: that one grows as it goes, and a vector that grows leaves copies of what it held in freed
//! memory. Here the room is known beforehand, and the octets are overwritten at the end.

use super::Envelope;
use crate::parcel::Manifest;
use edi::Separators;
use zeroize::Zeroizing;

pub(super) struct Segments {
    out: Zeroizing<Vec<u8>>,
    separators: Separators,
    /// Segments from ST on, which SE counts.
    count: u32,
    levels: u32,
}

impl Segments {
    pub fn new(separators: Separators, room: usize) -> Self {
        Self { out: Zeroizing::new(Vec::with_capacity(room)), separators, count: 0, levels: 0 }
    }

    /// One segment without empty elements at its end.
    pub fn segment(&mut self, tag: &str, elements: &[&[u8]]) {
        self.out.extend_from_slice(tag.as_bytes());
        let used = elements.iter().rposition(|e| !e.is_empty()).map_or(0, |last| last + 1);
        for element in &elements[..used] {
            self.out.push(self.separators.element);
            let separators = self.separators;
            let safe = |b: &u8| if separators.contains(*b) || b.is_ascii_control() { b' ' } else { *b };
            self.out.extend(element.iter().map(safe));
        }
        self.end();
    }

    fn end(&mut self) {
        self.out.extend([self.separators.terminator, b'\n']);
        self.count += 1;
    }

    /// HL, with its number.
    pub fn level(&mut self, parent: Option<u32>, code: &str) -> u32 {
        self.levels += 1;
        let (number, parent) = (self.levels.to_string(), parent.map(|p| p.to_string()).unwrap_or_default());
        self.segment("HL", &[number.as_bytes(), parent.as_bytes(), code.as_bytes()]);
        self.levels
    }

    /// What stands before the first level, ISA to BSN.
    pub fn open(&mut self, envelope: &Envelope<'_>, manifest: &Manifest<'_>) {
        let Envelope { sender_qualifier, receiver_qualifier, date, time, .. } = envelope;
        let element = char::from(self.separators.element);
        let header = [
            "ISA".to_owned(),
            "00".to_owned(),
            " ".repeat(10),
            "00".to_owned(),
            " ".repeat(10),
            format!("{sender_qualifier:2.2}"),
            format!("{:15.15}", envelope.sender),
            format!("{receiver_qualifier:2.2}"),
            format!("{:15.15}", envelope.receiver),
            format!("{:06}", date % 1_000_000),
            format!("{:04}", time % 10_000),
            "U".to_owned(),
            "00401".to_owned(),
            format!("{:09}", envelope.interchange_control % 1_000_000_000),
            "0".to_owned(),
            if envelope.test { "T" } else { "P" }.to_owned(),
            char::from(self.separators.component).to_string(),
        ];
        self.out.extend_from_slice(header.join(&element.to_string()).as_bytes());
        self.end();
        let (day, hour, group) = (format!("{date:08}"), format!("{time:04}"), envelope.group_control.to_string());
        let (from, to) = (envelope.group_sender.as_bytes(), envelope.group_receiver.as_bytes());
        self.segment("GS", &[b"SH", from, to, day.as_bytes(), hour.as_bytes(), group.as_bytes(), b"X", b"004010"]);
        self.count = 0;
        self.segment("ST", &[b"856", b"0001"]);
        // Mandatory, and not known any more if the agreement does not accept it.
        let number = Some(manifest.number.expose()).filter(|n| !n.is_empty()).unwrap_or(b"NOT-KEPT");
        self.segment("BSN", &[crate::parcel::purpose_code(manifest.purpose), number, day.as_bytes(), hour.as_bytes()]);
    }

    /// What stands behind the last level, CTT to IEA.
    pub fn close(mut self, envelope: &Envelope<'_>) -> Zeroizing<Vec<u8>> {
        let levels = self.levels.to_string();
        self.segment("CTT", &[levels.as_bytes()]);
        let count = (self.count + 1).to_string();
        self.segment("SE", &[count.as_bytes(), b"0001"]);
        self.segment("GE", &[b"1", envelope.group_control.to_string().as_bytes()]);
        self.segment("IEA", &[b"1", format!("{:09}", envelope.interchange_control % 1_000_000_000).as_bytes()]);
        self.out
    }
}
