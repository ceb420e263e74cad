//! Made-up documents of any size: the same octets for the same [`Plan`], everywhere.
//!
//! Persons, streets and shops are invented, phone numbers are 555-01xx, e-mail addresses at example.com, tracking
//! numbers begin with 9999. Counts, control numbers, HL parents and check digits are right: a document is clean
//! for the strictest reader, and plain enough (`~` `*` `>`, the usual UNA, ASCII) for every peer.

mod edifact;
mod text;
mod x12;

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// X12 856 of 004010: shipment, orders with the recipient, one pack each; 310 octets a parcel.
    X856,
    /// X12 215 of 004010: shipments with the recipient, one package each.
    X215,
    /// EDIFACT IFTMIN of D.01B as a parcel carrier takes it: one consignment a message; 416 octets a parcel.
    Iftmin,
    /// The same, but each UNH says D.00B: the one release that `edifact-types` reads.
    IftminD00b,
}

impl Kind {
    /// As it is named on the command line and in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::X856 => "856",
            Self::X215 => "215",
            Self::Iftmin => "IFTMIN",
            Self::IftminD00b => "IFTMIN-D00B",
        }
    }

    /// The kind with this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        [Self::X856, Self::X215, Self::Iftmin, Self::IftminD00b]
            .into_iter()
            .find(|k| k.name().eq_ignore_ascii_case(name))
    }
}

/// A document that can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// What.
    pub kind: Kind,
    /// How many parcels, at least one.
    pub parcels: u64,
    /// How many of them a transaction set holds; a message of IFTMIN always holds one.
    pub parcels_a_set: u64,
    /// Whether a line feed follows each segment.
    pub newlines: bool,
}

impl Plan {
    /// So many parcels, 1,000 a set, all in one line.
    pub const fn new(kind: Kind, parcels: u64) -> Self {
        Self { kind, parcels, parcels_a_set: 1000, newlines: false }
    }

    /// The plan whose document comes nearest to so many octets.
    pub fn of_octets(kind: Kind, octets: u64) -> Self {
        let sample = Self::new(kind, 4000);
        let a_parcel = sample.make().bytes.len() as f64 / sample.parcels as f64;
        Self::new(kind, ((octets as f64 / a_parcel) as u64).max(1))
    }

    /// Makes it.
    pub fn make(&self) -> Document {
        match self.kind {
            Kind::X856 => x12::ship_notice(self),
            Kind::X215 => x12::pick_up_manifest(self),
            Kind::Iftmin => edifact::instructions(self, "01B"),
            Kind::IftminD00b => edifact::instructions(self, "00B"),
        }
    }
}

/// What was made, and what a reader must find in it.
pub struct Document {
    /// The document.
    pub bytes: Vec<u8>,
    /// What is in it.
    pub counted: Counted,
}

/// What a reader found; compared with what is there, so that no reader is fast by not reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Segments, those of the envelope too, a UNA not. `None`: the reader does not show them.
    pub segments: Option<u64>,
    /// Elements behind the tags, empty ones too, composites as one. `None`: the reader does not show them.
    pub elements: Option<u64>,
    /// Octets of those elements. `None`: the reader splits them further, trims or unescapes them.
    pub octets: Option<u64>,
    /// Parcels: packs of an 856, packages of a 215, goods items of an IFTMIN.
    pub parcels: u64,
}

impl Counted {
    /// Only parcels.
    pub const fn parcels(parcels: u64) -> Self {
        Self { segments: None, elements: None, octets: None, parcels }
    }

    /// Counts a segment and goes through each of its elements, as the one who wants them must.
    pub fn walk<'e>(&mut self, elements: impl Iterator<Item = &'e [u8]>) {
        let (mut count, mut octets) = (0, 0);
        for element in elements {
            count += 1;
            octets += element.len() as u64;
        }
        self.segments = self.segments.map(|n| n + 1);
        self.elements = self.elements.map(|n| n + count);
        self.octets = self.octets.map(|n| n + octets);
    }

    /// Nothing yet, to be walked.
    pub const fn none() -> Self {
        Self { segments: Some(0), elements: Some(0), octets: Some(0), parcels: 0 }
    }

    /// Whether two agree in all that both have counted.
    pub fn agrees(&self, other: &Self) -> bool {
        let same = |a: Option<u64>, b: Option<u64>| a.is_none() || b.is_none() || a == b;
        same(self.segments, other.segments)
            && same(self.elements, other.elements)
            && same(self.octets, other.octets)
            && self.parcels == other.parcels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ours;

    fn plan(kind: Kind, parcels: u64, parcels_a_set: u64, newlines: bool) -> Plan {
        Plan { kind, parcels, parcels_a_set, newlines }
    }

    #[test]
    fn clean_for_our_own_check_and_counted_alike() {
        for (kind, parcels, a_set) in [
            (Kind::X856, 2500, 1000),
            (Kind::X215, 2500, 1000),
            (Kind::Iftmin, 250, 1),
            (Kind::X856, 1, 7),
            (Kind::X215, 8, 3),
        ] {
            for newlines in [false, true] {
                let document = plan(kind, parcels, a_set, newlines).make();
                let whole = ours::whole(&document.bytes).expect("nothing is found in a clean document");
                assert!(whole.agrees(&document.counted), "{kind:?} {parcels} {newlines}: {whole:?}");
                let tokens = ours::tokens(&document.bytes).expect("it is EDI");
                assert_eq!(tokens, document.counted, "{kind:?} {parcels} {newlines}");
            }
        }
    }

    #[test]
    fn the_same_octets_every_time() {
        for kind in [Kind::X856, Kind::X215, Kind::Iftmin, Kind::IftminD00b] {
            assert_eq!(Plan::new(kind, 50).make().bytes, Plan::new(kind, 50).make().bytes);
        }
    }

    #[test]
    fn octets_a_parcel() {
        let a_parcel = |kind| Plan::new(kind, 20_000).make().bytes.len() as f64 / 20_000.0;
        assert_eq!(a_parcel(Kind::X856).round(), 310.0);
        assert_eq!(a_parcel(Kind::Iftmin).round(), 416.0);
        assert_eq!(a_parcel(Kind::IftminD00b).round(), 416.0);
    }

    #[test]
    fn newlines_are_all_that_differs() {
        for kind in [Kind::X856, Kind::X215, Kind::Iftmin] {
            let (one_line, lines) = (plan(kind, 30, 10, false).make(), plan(kind, 30, 10, true).make());
            assert_eq!(one_line.counted, lines.counted);
            let joined: Vec<u8> = lines.bytes.iter().copied().filter(|&b| b != b'\n').collect();
            assert_eq!(joined, one_line.bytes);
        }
    }

    #[test]
    fn some_names_are_released() {
        let document = Plan::new(Kind::Iftmin, 1000).make();
        let text = String::from_utf8(document.bytes).expect("ASCII");
        let released = text.split("UNH+").filter(|m| m.contains("?'") || m.contains("?+")).count();
        assert!((30..=70).contains(&released), "{released} of 1000");
        assert_eq!(document.counted.parcels, 1000);
    }

    #[test]
    fn as_many_octets_as_were_asked_for() {
        let octets = Plan::of_octets(Kind::X856, 3_000_000).make().bytes.len();
        assert!((2_980_000..=3_020_000).contains(&octets), "{octets}");
    }
}
