//! Data elements by X12's number: type and lengths. Composites have numbers of our own, from 60,000.

/// What an element may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A code: letters and digits.
    Code,
    /// Text.
    Text,
    /// An integer; with an implied decimal point or without.
    Integer,
    /// A number with an explicit decimal point, if any.
    Decimal,
    /// YYYYMMDD; six digits in a TA1.
    Date,
    /// HHMM to HHMMSSDD.
    Time,
    /// Components, by number; the first is mandatory.
    Composite(&'static [u16]),
    /// Not described here.
    Open,
}

/// One data element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElementTable {
    pub kind: Kind,
    /// In characters; of numbers, in digits.
    pub shortest: u16,
    pub longest: u16,
}

/// Measurement unit (C001).
pub const UNIT: u16 = 60_001;
/// Position in segment (C030).
pub const POSITION: u16 = 60_030;
/// More references (C040).
pub const REFERENCES: u16 = 60_040;
/// Of a TA1: control number, date, time, status, code.
pub const TA1: [u16; 5] = [60_112, 60_108, 60_109, 60_117, 60_118];
/// Numbers that the 215's outline does not tell, by their lengths.
pub const CODE_2: u16 = 60_202;
pub const CODE_1_TO_2: u16 = 60_203;
pub const ZONE: u16 = 60_204;
pub const TENTHS: u16 = 60_205;
pub const AMOUNT: u16 = 60_206;
pub const CODE_1: u16 = 60_207;
pub const OPEN: u16 = 60_299;

/// The first version's tables; later ones are tolerated: longer elements, further elements.
pub const FIRST_VERSION: u32 = 4010;

/// The element with this number. `version` is GS08's first six digits: lengths grew after 004010.
pub fn element(number: u16, version: u32) -> ElementTable {
    let later = version > FIRST_VERSION;
    let found = code(number).or_else(|| text(number, later)).or_else(|| figure(number, later));
    let (kind, shortest, longest) = found.unwrap_or((Kind::Open, 0, u16::MAX));
    ElementTable { kind, shortest, longest }
}

type Row = Option<(Kind, u16, u16)>;

fn code(number: u16) -> Row {
    Some(match number {
        23 | 102 | 115 | 248 | 349 | 378 | 399 | 499 | 662 | 715 | 717 | 736 | 1073 | CODE_1 => (Kind::Code, 1, 1),
        66 | 88 | 133 | 187 | 309 | 735 | 756 | 883 | 91 | 176 | 1525 | 208 | CODE_1_TO_2 => (Kind::Code, 1, 2),
        54 | 146 | 156 | 284 | 331 | 334 | 346 | 353 | 355 | 365 | 366 | 368 | 40 | 479 | 559 | 92 | 235 | 432 => {
            (Kind::Code, 2, 2)
        }
        623 | 639 | 640 | 668 | 706 | 731 | 732 | 737 | 752 | 755 | 935 | 936 | CODE_2 => (Kind::Code, 2, 2),
        26 | 98 | 128 | 641 | 750 | 152 | 1250 => (Kind::Code, 2, 3),
        100 | 143 | 335 | 363 | 374 | 669 => (Kind::Code, 3, 3),
        716 | 718 | 720 | 723 | 738 | 1270 => (Kind::Code, 1, 3),
        721 => (Kind::Code, 2, 3),
        140 => (Kind::Code, 2, 4),
        1005 | 1300 | 24 => (Kind::Code, 4, 4),
        1373 => (Kind::Code, 2, 4),
        753 => (Kind::Code, 1, 5),
        407 => (Kind::Code, 3, 4),
        819 => (Kind::Code, 2, 3),
        60_117 => (Kind::Code, 1, 1),
        60_118 => (Kind::Code, 3, 3),
        _ => return None,
    })
}

fn text(number: u16, later: bool) -> Row {
    let longer = |then, now| if later { now } else { then };
    Some(match number {
        19 => (Kind::Text, 2, 30),
        22 => (Kind::Text, 1, 30),
        61 => (Kind::Text, 1, 80),
        67 => (Kind::Text, 2, 80),
        79 => (Kind::Text, 1, 50),
        87 => (Kind::Text, 1, 48),
        93 => (Kind::Text, 1, 60),
        103 => (Kind::Text, 3, 5),
        127 => (Kind::Text, 1, longer(30, 80)),
        145 => (Kind::Text, 1, 30),
        166 => (Kind::Text, 1, 55),
        206 => (Kind::Text, 1, 4),
        207 => (Kind::Text, 1, longer(10, 15)),
        209 => (Kind::Text, 1, 10),
        225 => (Kind::Text, 2, 15),
        234 => (Kind::Text, 1, longer(48, 80)),
        310 => (Kind::Text, 1, 30),
        324 => (Kind::Text, 1, 22),
        327 => (Kind::Text, 1, 8),
        328 | 367 => (Kind::Text, 1, 30),
        329 => (Kind::Text, 4, 9),
        350 => (Kind::Text, 1, 20),
        352 => (Kind::Text, 1, 80),
        364 => (Kind::Text, 1, longer(80, 256)),
        387 => (Kind::Text, 1, 35),
        396 => (Kind::Text, 2, 30),
        443 | 770 => (Kind::Text, 1, 20),
        447 => (Kind::Text, 1, longer(4, 6)),
        628 | 734 => (Kind::Text, 1, 12),
        724 => (Kind::Text, 1, 99),
        751 => (Kind::Text, 1, 12),
        754 => (Kind::Text, 1, 7),
        822 => (Kind::Text, 1, 15),
        933 => (Kind::Text, 1, 264),
        1036 => (Kind::Text, 1, 25),
        1035 => (Kind::Text, 1, 60),
        1271 => (Kind::Text, 1, 30),
        1301 => (Kind::Text, 1, 10),
        1705 => (Kind::Text, 1, 35),
        1251 => (Kind::Text, 1, 35),
        ZONE => (Kind::Text, 2, 3),
        116 => (Kind::Text, 3, 15),
        _ => return None,
    })
}

/// Numbers, dates, times and composites.
fn figure(number: u16, later: bool) -> Row {
    let longer = |then, now| if later { now } else { then };
    Some(match number {
        // Integers
        2 | 97 | 123 | 354 | 356 | 810 => (Kind::Integer, 1, 6),
        28 | 1470 => (Kind::Integer, 1, 9),
        80 => (Kind::Integer, 1, 7),
        213 | 884 | 885 | 886 => (Kind::Integer, 1, 3),
        610 => (Kind::Integer, 1, 15),
        622 => (Kind::Integer, 1, 5),
        719 => (Kind::Integer, 1, longer(6, 10)),
        722 | 757 | 1528 => (Kind::Integer, 1, 2),
        725 => (Kind::Integer, 1, 4),
        733 => (Kind::Integer, 1, 4),
        AMOUNT => (Kind::Integer, 1, 12),
        TENTHS => (Kind::Integer, 1, 4),
        // Decimals
        65 | 82 | 183 | 189 | 357 | 395 => (Kind::Decimal, 1, 8),
        81 | 347 | 382 | 649 | 1018 => (Kind::Decimal, 1, longer(10, 15)),
        118 | 330 | 384 | 385 | 646 => (Kind::Decimal, 1, 9),
        212 => (Kind::Decimal, 1, 17),
        280 => (Kind::Decimal, 4, 10),
        332 => (Kind::Decimal, 1, 6),
        380 => (Kind::Decimal, 1, 15),
        739..=741 => (Kind::Decimal, 1, 20),
        // Dates and times
        373 => (Kind::Date, 8, 8),
        337 => (Kind::Time, 4, 8),
        // Composites
        UNIT => {
            (Kind::Composite(&[355, 1018, 649, 355, 1018, 649, 355, 1018, 649, 355, 1018, 649, 355, 1018, 649]), 0, 0)
        }
        POSITION => (Kind::Composite(&[722, 1528, OPEN]), 0, 0),
        REFERENCES => (Kind::Composite(&[128, 127, 128, 127, 128, 127]), 0, 0),
        // TA1
        60_112 => (Kind::Integer, 9, 9),
        60_108 => (Kind::Date, 6, 6),
        60_109 => (Kind::Time, 4, 4),
        _ => return None,
    })
}

/// The values in use of a code, where the list of them is short and a foreign one is a mistake.
pub fn codes_in_use(number: u16) -> Option<&'static [&'static [u8]]> {
    Some(match number {
        // Purpose: original, cancel, add, delete, change, replace, and the variants of those
        353 => &[
            b"00", b"01", b"02", b"03", b"04", b"05", b"06", b"07", b"14", b"15", b"16", b"17", b"18", b"20", b"22",
            b"24",
        ],
        736 => &[b"0", b"1"],
        715 => &[b"A", b"E", b"M", b"P", b"R", b"W", b"X"],
        717 => &[b"A", b"E", b"M", b"R", b"W", b"X"],
        720 => &[b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8"],
        723 => &[b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9", b"10", b"11", b"12", b"13"],
        60_117 => &[b"A", b"E", b"R"],
        _ => return None,
    })
}
