//! Manifests as shippers would send them: X12 856 of made-up people.

use crate::{plan::Sending, random::Dice};
use std::fmt::Write;

const GIVEN: [&str; 16] = [
    "ADELINE", "BASTIEN", "CLOVENA", "DORIAN", "ELOWIN", "FLORIANE", "GASPARD", "HELOISE", "ISMERIE", "JORVANE",
    "LEOPOLD", "MAELIS", "ODILON", "ROSAVINE", "TAMSIRA", "VESPERIN",
];
const FAMILY: [&str; 16] = [
    "AUBEPIN",
    "BRINDLEFORD",
    "CORMELIN",
    "DUNMARROW",
    "FAIRLOCH",
    "GLENHOLLOW",
    "HAUTBOISIER",
    "JUNIVERN",
    "LARCHMERE",
    "MOSSHAVEN",
    "NIVERLAC",
    "PETITCLAIRON",
    "QUILLFEATHER",
    "SILVERFEN",
    "TREMBLEFORT",
    "WRENFIELD",
];
const STREETS: [&str; 8] = [
    "CEDARQUILT TRAIL",
    "CHEMIN DU VIEUX TAMARAC",
    "COPPERFERN ROAD",
    "MAPLEHOOK DRIVE",
    "PINEWHISTLE COURT",
    "RUE DE LA CLAIRVIGNE",
    "RUE DES PETITS GIVRES",
    "TIDEGLASS WAY",
];
/// City, province, first letter of its postal codes, and how many of a hundred parcels go there.
const PLACES: [(&str, &str, char, u64); 10] = [
    ("TORONTO", "ON", 'M', 26),
    ("OTTAWA", "ON", 'K', 12),
    ("MONTREAL", "QC", 'H', 16),
    ("QUEBEC", "QC", 'G', 6),
    ("VANCOUVER", "BC", 'V', 14),
    ("CALGARY", "AB", 'T', 12),
    ("WINNIPEG", "MB", 'R', 4),
    ("REGINA", "SK", 'S', 4),
    ("HALIFAX", "NS", 'B', 4),
    ("FREDERICTON", "NB", 'E', 2),
];
/// Letters that stand in postal codes.
const LETTERS: [char; 12] = ['A', 'B', 'C', 'E', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P'];

/// Of a thousand parcels so many name an e-mail address or a telephone number, or both.
const REACHABLE: u64 = 30;

/// The EDI id of a shipper.
pub fn edi_id(shipper: usize) -> String {
    format!("SHIPPER{:02}", shipper + 1)
}

/// Writes documents, with control numbers that go on.
pub struct Writer {
    people: Dice,
    control: u64,
    tracking: u64,
}

impl Writer {
    /// One that makes up the same people for the same seed.
    pub fn new(seed: u64) -> Self {
        Self { people: Dice::new(seed, "people"), control: 0, tracking: 0 }
    }

    /// An interchange with one 856: the shipment, and a pack for each recipient.
    pub fn write(&mut self, sending: &Sending) -> Vec<u8> {
        self.control += 1;
        let (own, control) = (edi_id(sending.shipper), self.control);
        let at = sending.time.civil();
        let day = format!("{:04}{:02}{:02}", at.year, at.month, at.day);
        let clock = format!("{:02}{:02}", at.hour, at.minute);
        let mut text = format!(
            "ISA*00*          *00*          *ZZ*{own:15}*ZZ*DRILLCARRIER   *{}*{clock}*U*00401*{control:09}*0*P*>~\n\
             GS*SH*{own}*DRILLCARRIER*{day}*{clock}*{control}*X*004010~\nST*856*0001~\n",
            &day[2..]
        );
        let head = format!(
            "BSN*00*D{control:08}*{day}*{clock}~\nHL*1**S~\nDTM*011*{day}~\nN1*SF*{own} MADE-UP GOODS~\n\
             N3*{} WAREHOUSE LOOP~\nN4*BRAMPTON*ON*L6T 0A1*CA~\n",
            1 + sending.shipper
        );
        text.push_str(&head);
        let mut segments = 1 + head.lines().count();
        for pack in 0..sending.recipients {
            segments += self.pack(&mut text, 2 + pack);
        }
        let _ = write!(
            text,
            "CTT*{}~\nSE*{}*0001~\nGE*1*{control}~\nIEA*1*{control:09}~\n",
            1 + sending.recipients,
            segments + 2
        );
        text.into_bytes()
    }

    /// One parcel to one person; how many segments that is.
    fn pack(&mut self, text: &mut String, number: u32) -> usize {
        self.tracking += 1;
        let dice = &mut self.people;
        let name = format!("{} {}", dice.one_of(&GIVEN), dice.one_of(&FAMILY));
        let (city, province, letter) = place(dice.below(100));
        let (house, street) = (1 + dice.below(9_998), *dice.one_of(&STREETS));
        let mut digit = || char::from(b'0' + dice.below(10) as u8);
        let (first, second, third) = (digit(), digit(), digit());
        let (left, right) = (*dice.one_of(&LETTERS), *dice.one_of(&LETTERS));
        let _ = write!(
            text,
            "HL*{number}*1*P~\nTD1******G*{}*LB~\nMAN*CP*9999{:09}DR~\nN1*ST*{name}~\nN3*{house} {street}~\n\
             N4*{city}*{province}*{letter}{first}{left} {second}{right}{third}*CA~\n",
            1 + dice.below(40),
            self.tracking,
        );
        if dice.below(1_000) >= REACHABLE {
            return 6;
        }
        let telephone = format!("*TE*555-01{:02}", dice.below(100));
        let mail = format!("*EM*p{}@made-up.example", self.tracking);
        let reached = match dice.below(3) {
            0 => telephone,
            1 => mail,
            _ => telephone + &mail,
        };
        let _ = writeln!(text, "PER*DC*{name}{reached}~");
        7
    }
}

fn place(mut of_hundred: u64) -> (&'static str, &'static str, char) {
    for (city, province, letter, share) in PLACES {
        if of_hundred < share {
            return (city, province, letter);
        }
        of_hundred -= share;
    }
    let (city, province, letter, _) = PLACES[0];
    (city, province, letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_without_fault_and_has_as_many_parcels_as_it_should() {
        assert_eq!(PLACES.iter().map(|(.., share)| share).sum::<u64>(), 100);
        let mut writer = Writer::new(3);
        let time = "2018-12-03T08:10:00.000Z".parse().unwrap();
        for recipients in [1, 400] {
            let octets = writer.write(&Sending { shipper: 5, time, recipients });
            let (interchange, findings) = edi::read(&octets, &edi::Limits::default());
            assert_eq!(findings, [], "{}", String::from_utf8_lossy(&octets));
            let set = &interchange.groups[0].sets[0];
            let manifest = manifest::mapping::read(&interchange, set, &manifest::Class::ALL).unwrap();
            assert_eq!(manifest.parcels.len(), recipients as usize);
        }
    }
}
