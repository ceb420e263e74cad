//! The clear column: 32 octets a parcel, which only validated numbers and short codes can enter.

pub use ledger::Province;
use std::fmt;

/// Where an address is, and its country's two letters if they are certain.
///
/// A country other than Canada decides first, then the province's letters (older ones too), then the first letter
/// of a postal code of Canada's form. X, which Nunavut and the Northwest Territories share, is [`Province::Unknown`].
/// Without any of these, five or nine digits are a ZIP code: abroad.
pub fn place(region: &[u8], postal_code: &[u8], country: &[u8]) -> (Province, Option<[u8; 2]>) {
    let (mut country_octets, mut region_octets, mut code_octets) = ([0; LONGEST], [0; LONGEST], [0; LONGEST]);
    let country = upper(country.iter(), &mut country_octets);
    let canadian = matches!(country, b"CA" | b"CAN" | b"CANADA");
    if !canadian && matches!(country.len(), 2 | 3) && country.iter().all(u8::is_ascii_uppercase) {
        return (Province::Abroad, two_letters(country));
    }
    if let Some(province) = by_letters(upper(region.iter(), &mut region_octets)) {
        return (province, Some(*b"CA"));
    }
    let code = upper(postal_code.iter().filter(|b| !matches!(b, b' ' | b'-')), &mut code_octets);
    if let [letter, b'0'..=b'9', b'A'..=b'Z', ..] = *code {
        return by_postal_prefix(letter).map_or((Province::Unknown, None), |province| (province, Some(*b"CA")));
    }
    let zip = matches!(code.len(), 5 | 9) && code.iter().all(u8::is_ascii_digit);
    match (canadian, zip) {
        (true, _) => (Province::Unknown, Some(*b"CA")),
        (false, true) => (Province::Abroad, None),
        (false, false) => (Province::Unknown, None),
    }
}

/// More than any code of a place that is known here, so that what is cut off makes no difference.
const LONGEST: usize = 16;

/// In upper case, and no longer than [`LONGEST`].
fn upper<'o, 'v>(text: impl Iterator<Item = &'v u8>, octets: &'o mut [u8; LONGEST]) -> &'o [u8] {
    let mut length = 0;
    for (octet, place) in text.zip(octets.iter_mut()) {
        *place = octet.to_ascii_uppercase();
        length += 1;
    }
    &octets[..length]
}

fn two_letters(country: &[u8]) -> Option<[u8; 2]> {
    match country {
        b"USA" => Some(*b"US"),
        b"MEX" => Some(*b"MX"),
        [a, b] => Some([*a, *b]),
        _ => None,
    }
}

fn by_letters(letters: &[u8]) -> Option<Province> {
    Some(match letters {
        b"AB" => Province::AB,
        b"BC" => Province::BC,
        b"MB" => Province::MB,
        b"NB" => Province::NB,
        b"NL" | b"NF" => Province::NL,
        b"NS" => Province::NS,
        b"NT" => Province::NT,
        b"NU" => Province::NU,
        b"ON" => Province::ON,
        b"PE" => Province::PE,
        b"QC" | b"PQ" | b"QUE" | b"QUEBEC" => Province::QC,
        b"SK" => Province::SK,
        b"YT" | b"YK" => Province::YT,
        _ => return None,
    })
}

fn by_postal_prefix(letter: u8) -> Option<Province> {
    Some(match letter {
        b'A' => Province::NL,
        b'B' => Province::NS,
        b'C' => Province::PE,
        b'E' => Province::NB,
        b'G' | b'H' | b'J' => Province::QC,
        b'K' | b'L' | b'M' | b'N' | b'P' => Province::ON,
        b'R' => Province::MB,
        b'S' => Province::SK,
        b'T' => Province::AB,
        b'V' => Province::BC,
        b'X' => Province::Unknown,
        b'Y' => Province::YT,
        _ => return None,
    })
}

/// One to four of A-Z, 0-9: a service or a carrier (SCAC). Longer words do not fit, so that no name does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code([u8; 4]);

impl Code {
    /// A code, if it is one.
    pub fn new(code: &[u8]) -> Option<Self> {
        code_octets(code).filter(|_| !code.is_empty()).map(Self)
    }

    /// The code without padding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0[..self.0.iter().position(|b| *b == 0).unwrap_or(4)]
    }
}

/// At most four of A-Z, 0-9, with zeros behind them.
#[inline]
pub(crate) fn code_octets(code: &[u8]) -> Option<[u8; 4]> {
    let allowed = |octet: u8| octet.is_ascii_uppercase() || octet.is_ascii_digit();
    // By their count, without a loop.
    let (octets, all_allowed) = match *code {
        [] => ([0; 4], true),
        [a] => ([a, 0, 0, 0], allowed(a)),
        [a, b] => ([a, b, 0, 0], allowed(a) & allowed(b)),
        [a, b, c] => ([a, b, c, 0], allowed(a) & allowed(b) & allowed(c)),
        [a, b, c, d] => ([a, b, c, d], allowed(a) & allowed(b) & allowed(c) & allowed(d)),
        _ => return None,
    };
    all_allowed.then_some(octets)
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|b| write!(f, "{}", char::from(*b)))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is kept clear of a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operational {
    /// As the shipper names it: TD512, SMD01, CD305, TSR.
    pub service: Option<Code>,
    /// The carrier's SCAC: TD503 of qualifier 2, BLR01.
    pub carrier: Option<Code>,
    /// Above 0: nothing said and nothing weighed are the same.
    pub weight_grams: Option<u32>,
    /// 1 to 16,777,215, which three octets hold.
    pub length_mm: Option<u32>,
    /// 1 to 16,777,215, which three octets hold.
    pub width_mm: Option<u32>,
    /// 1 to 16,777,215, which three octets hold.
    pub height_mm: Option<u32>,
    /// A day of the calendar from 1900 to 2999, as the number yyyymmdd.
    pub ship_date: Option<u32>,
    /// Where the recipient is; the consignee where there is none.
    pub province: Province,
    /// The recipient's, two of A-Z.
    pub country: Option<[u8; 2]>,
    /// Pieces of the parcel, 1 where nothing is said; of the whole shipment for record 0, 0 where nothing is said.
    pub pieces: u16,
}

impl Default for Operational {
    fn default() -> Self {
        Self {
            service: None,
            carrier: None,
            weight_grams: None,
            length_mm: None,
            width_mm: None,
            height_mm: None,
            ship_date: None,
            province: Province::Unknown,
            country: None,
            pieces: 0,
        }
    }
}

/// Octets that [`Operational::to_bytes`] does not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not valid operational data")]
pub struct NotOperational;

/// The longest length that the column holds.
pub(crate) const LENGTH_MM_MAX: u32 = 0xff_ffff;

impl Operational {
    /// The column's form. All numbers are big-endian, 0 is "not said", codes are padded with 0:
    ///
    /// ```text
    /// 0      province, by number     13..16  height in mm
    /// 1..3   country                 16..20  ship date yyyymmdd
    /// 3..7   weight in grams         20..22  pieces
    /// 7..10  length in mm            22..26  service
    /// 10..13 width in mm             26..30  carrier        30..32  0
    /// ```
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut out = [0; 32];
        out[0] = self.province.number();
        out[1..3].copy_from_slice(&self.country.unwrap_or_default());
        out[3..7].copy_from_slice(&self.weight_grams.unwrap_or(0).to_be_bytes());
        for (at, length) in [(7, self.length_mm), (10, self.width_mm), (13, self.height_mm)] {
            let length = length.unwrap_or(0).min(LENGTH_MM_MAX).to_be_bytes();
            out[at..at + 3].copy_from_slice(&length[1..]);
        }
        out[16..20].copy_from_slice(&self.ship_date.unwrap_or(0).to_be_bytes());
        out[20..22].copy_from_slice(&self.pieces.to_be_bytes());
        out[22..26].copy_from_slice(&self.service.map_or([0; 4], |c| c.0));
        out[26..30].copy_from_slice(&self.carrier.map_or([0; 4], |c| c.0));
        out
    }

    /// Reads the column's form.
    ///
    /// # Errors
    /// Any octets that [`Self::to_bytes`] does not make, so that nothing else can hide in the column.
    pub fn from_bytes(octets: &[u8; 32]) -> Result<Self, NotOperational> {
        let number = |at: usize, length: usize| {
            let value = octets[at..at + length].iter().fold(0, |sum, b| sum << 8 | u32::from(*b));
            (value != 0).then_some(value)
        };
        let code = |at: usize| Code::new(octets[at..at + 4].split(|b| *b == 0).next().unwrap_or_default());
        let read = Self {
            service: code(22),
            carrier: code(26),
            weight_grams: number(3, 4),
            length_mm: number(7, 3),
            width_mm: number(10, 3),
            height_mm: number(13, 3),
            ship_date: number(16, 4),
            province: *Province::ALL.get(usize::from(octets[0])).ok_or(NotOperational)?,
            country: Some([octets[1], octets[2]]).filter(|c| c.iter().all(u8::is_ascii_uppercase)),
            pieces: u16::from_be_bytes([octets[20], octets[21]]),
        };
        let date_holds = read.ship_date.is_none_or(|date| is_day(date / 10_000, date / 100 % 100, date % 100));
        if date_holds && read.to_bytes() == *octets { Ok(read) } else { Err(NotOperational) }
    }
}

/// Whether the calendar has this day, from 1900 to 2999.
pub(crate) fn is_day(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 0,
    };
    (1900..3000).contains(&year) && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provinces() {
        for (region, postal, country, province, letters) in [
            ("QC", "", "", Province::QC, Some(*b"CA")),
            ("qc", "", "CA", Province::QC, Some(*b"CA")),
            ("", "H2X 1Y4", "", Province::QC, Some(*b"CA")),
            ("", "j4k-1a1", "CAN", Province::QC, Some(*b"CA")),
            ("ON", "H2X1Y4", "", Province::ON, Some(*b"CA")),
            ("", "X0A 0H0", "CA", Province::Unknown, Some(*b"CA")),
            ("", "Y1A", "", Province::YT, Some(*b"CA")),
            ("NY", "10001", "", Province::Abroad, None),
            ("NY", "10001-1234", "", Province::Abroad, None),
            ("NY", "", "", Province::Unknown, None),
            ("NY", "10001", "US", Province::Abroad, Some(*b"US")),
            ("QC", "H2X1Y4", "USA", Province::Abroad, Some(*b"US")),
            ("", "D2X 1Y4", "", Province::Unknown, None),
            ("", "75001", "FR", Province::Abroad, Some(*b"FR")),
            ("Smith", "", "Smith", Province::Unknown, None),
            ("", "", "", Province::Unknown, None),
            ("", "10001", "CA", Province::Unknown, Some(*b"CA")),
        ] {
            let found = place(region.as_bytes(), postal.as_bytes(), country.as_bytes());
            assert_eq!(found, (province, letters), "{region} {postal} {country}");
        }
    }

    #[test]
    fn the_column_holds_only_what_it_can_make() {
        let full = Operational {
            service: Code::new(b"G1"),
            carrier: Code::new(b"DEMO"),
            weight_grams: Some(u32::MAX),
            length_mm: Some(LENGTH_MM_MAX),
            width_mm: Some(2),
            height_mm: Some(3),
            ship_date: Some(20260228),
            province: Province::Unknown,
            country: Some(*b"CA"),
            pieces: 7,
        };
        let octets = full.to_bytes();
        assert_eq!(Operational::from_bytes(&octets), Ok(full));
        assert_eq!(Operational::from_bytes(&Operational::default().to_bytes()), Ok(Operational::default()));
        for (at, octet) in [(0, 15), (1, b'a'), (1, 0), (19, 31), (22, 0), (23, b'g'), (25, b' '), (31, 1)] {
            let mut wrong = octets;
            wrong[at] = octet;
            if at == 19 {
                wrong[16..20].copy_from_slice(&20260229u32.to_be_bytes());
            }
            assert_eq!(Operational::from_bytes(&wrong), Err(NotOperational), "octet {at}");
        }
    }

    #[test]
    fn no_text_is_a_code() {
        for text in [&b""[..], b"JOHNS", b"a", b"A B", b"A\0", "É".as_bytes()] {
            assert_eq!(Code::new(text), None);
        }
    }
}
