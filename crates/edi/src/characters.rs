//! Character sets: which octets a text may hold.

/// A repertoire, as an interchange declares it or a partner's rules name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Characters {
    /// X12's basic set: upper-case letters, digits, blank and common marks.
    X12Basic,
    /// X12's extended set, taken as all that ASCII can print.
    X12Extended,
    /// All but control octets and 0xFF, in UTF-8 or one octet a character. An X12 interchange declares no set: this is what it means unless agreed otherwise.
    Any,
    /// UNOA: upper-case letters, digits, blank and common marks.
    UnoA,
    /// UNOB: UNOA and lower-case letters.
    UnoB,
    /// One octet a character, the upper half as in ISO 8859: UNOC (Latin-1) to UNOK.
    Latin,
    /// UTF-8, as UNOY and UNOW declare it.
    Utf8,
}

/// Marks in X12's basic set.
const BASIC: &[u8] = b" !\"&'()*+,-./:;?=";
/// Marks in UNOA and UNOB.
const UNO: &[u8] = b" .,-()/=+:?'!\"%&*;<>";

impl Characters {
    /// Of UNB S001 0001.
    pub fn of_syntax(identifier: &[u8]) -> Option<Self> {
        Some(match identifier {
            b"UNOA" => Self::UnoA,
            b"UNOB" => Self::UnoB,
            b"UNOC" | b"UNOD" | b"UNOE" | b"UNOF" | b"UNOG" | b"UNOH" | b"UNOI" | b"UNOJ" | b"UNOK" => Self::Latin,
            b"UNOW" | b"UNOY" => Self::Utf8,
            // IATA's two repertoires are those of UNOA and UNOB.
            b"IATA" => Self::UnoA,
            b"IATB" => Self::UnoB,
            _ => return None,
        })
    }

    /// Whether everything that ASCII prints is in it: then plain segments need no closer look.
    pub(crate) fn holds_plain(self) -> bool {
        matches!(self, Self::X12Extended | Self::Any | Self::Latin | Self::Utf8)
    }

    /// Which octets the text of a set that is no more than a part of ASCII may have.
    pub(crate) fn part_of_ascii(self) -> Option<&'static [bool; 256]> {
        match self {
            Self::X12Basic => Some(&OF_X12_BASIC),
            Self::UnoA => Some(&OF_UNO_A),
            Self::UnoB => Some(&OF_UNO_B),
            Self::X12Extended | Self::Any | Self::Latin | Self::Utf8 => None,
        }
    }

    /// Whether the text has only characters of it. Control octets are never in it.
    pub fn holds(self, text: &[u8]) -> bool {
        if let Some(part) = self.part_of_ascii() {
            return text.iter().all(|&o| part[usize::from(o)]);
        }
        match self {
            Self::X12Basic | Self::UnoA | Self::UnoB | Self::X12Extended => text.iter().all(|&o| plain(o)),
            Self::Any => text.iter().all(|&o| plain(o) || (0x80..0xFF).contains(&o)),
            Self::Latin => text.iter().all(|&o| plain(o) || o >= 0xA0),
            Self::Utf8 => std::str::from_utf8(text).is_ok_and(|t| !t.chars().any(char::is_control)),
        }
    }

    /// How many characters: octets, or for UTF-8 its characters where it is valid.
    pub(crate) fn count(self, text: &[u8]) -> usize {
        match self {
            Self::Utf8 | Self::Any => std::str::from_utf8(text).map_or(text.len(), |t| t.chars().count()),
            _ => text.len(),
        }
    }
}

static OF_X12_BASIC: [bool; 256] = part_of_ascii(BASIC, false);
static OF_UNO_A: [bool; 256] = part_of_ascii(UNO, false);
static OF_UNO_B: [bool; 256] = part_of_ascii(UNO, true);

/// Upper-case letters, digits, these marks, and perhaps lower-case letters.
const fn part_of_ascii(marks: &[u8], lower: bool) -> [bool; 256] {
    let mut part = [false; 256];
    let mut octet = 0u8;
    while octet < 0x80 {
        part[octet as usize] =
            octet.is_ascii_uppercase() || octet.is_ascii_digit() || lower && octet.is_ascii_lowercase();
        octet += 1;
    }
    let mut at = 0;
    while at < marks.len() {
        part[marks[at] as usize] = true;
        at += 1;
    }
    part
}

fn plain(octet: u8) -> bool {
    (0x20..=0x7E).contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repertoires() {
        use Characters::*;
        for (text, in_sets) in [
            (&b"ABC 12-3"[..], &[X12Basic, X12Extended, UnoA, UnoB, Latin, Utf8][..]),
            (b"abc", &[X12Extended, UnoB, Latin, Utf8]),
            (b"A@B", &[X12Extended, Latin, Utf8]),
            (b"50%", &[X12Extended, UnoA, UnoB, Latin, Utf8]),
            (b"\xC9TAGE", &[Latin]),
            (b"\xC3\x89TAGE", &[Utf8]),
            (b"\xC3\xA9", &[Latin, Utf8]),
            (b"\x80", &[]),
            (b"A\0", &[]),
            (b"A\x7F", &[]),
            (b"\xC2\x85", &[]),
        ] {
            for set in [X12Basic, X12Extended, UnoA, UnoB, Latin, Utf8] {
                assert_eq!(set.holds(text), in_sets.contains(&set), "{set:?} {}", text.escape_ascii());
            }
        }
        assert_eq!(Utf8.count("É".as_bytes()), 1);
        assert_eq!(Latin.count("É".as_bytes()), 2);
    }
}
