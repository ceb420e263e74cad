//! What the octets of a text mean: which characters, in UTF-8, by the set that the interchange declares.

use crate::{Interchange, Syntax};
use std::borrow::Cow;

/// How an interchange's octets from 0x80 on are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Alphabet {
    /// As UTF-8, and what is none of it as ISO 8859-1: of X12, which declares nothing, and of UNOA, UNOB and UNOY.
    #[default]
    Unicode,
    /// As this part of ISO 8859: of UNOC to UNOK.
    Iso8859(u8),
}

impl Alphabet {
    /// That which UNB S001 0001 declares.
    pub fn of_syntax(identifier: &[u8]) -> Self {
        match identifier {
            b"UNOC" => Self::Iso8859(1),
            b"UNOD" => Self::Iso8859(2),
            b"UNOE" => Self::Iso8859(5),
            b"UNOF" => Self::Iso8859(7),
            b"UNOG" => Self::Iso8859(3),
            b"UNOH" => Self::Iso8859(4),
            b"UNOI" => Self::Iso8859(6),
            b"UNOJ" => Self::Iso8859(8),
            b"UNOK" => Self::Iso8859(9),
            _ => Self::Unicode,
        }
    }

    /// The same text in UTF-8; borrowed where it is that already.
    #[inline]
    pub fn utf8(self, text: &[u8]) -> Cow<'_, [u8]> {
        if text.is_ascii() { Cow::Borrowed(text) } else { self.utf8_of_other(text) }
    }

    #[cold]
    fn utf8_of_other(self, text: &[u8]) -> Cow<'_, [u8]> {
        let part = match self {
            Self::Unicode if std::str::from_utf8(text).is_ok() => return Cow::Borrowed(text),
            Self::Unicode => 1,
            Self::Iso8859(part) => part,
        };
        // None of these characters takes more than three octets: memory that moved would leave a copy behind.
        let mut utf8 = String::with_capacity(text.len() * 3);
        utf8.extend(text.iter().map(|octet| character(part, *octet)));
        Cow::Owned(utf8.into_bytes())
    }
}

impl Interchange<'_> {
    /// How its texts are read.
    pub fn alphabet(&self) -> Alphabet {
        let declared = self.header.as_ref().filter(|_| self.syntax == Syntax::Edifact);
        declared.map_or(Alphabet::Unicode, |header| Alphabet::of_syntax(header.version().get(..4).unwrap_or_default()))
    }
}

/// What an octet means in a part of ISO 8859; U+FFFD where that part has nothing.
fn character(part: u8, octet: u8) -> char {
    let upper = UPPER.iter().find(|(of, _)| *of == part).map(|(_, characters)| characters);
    let place = octet.checked_sub(0xA0);
    match (upper, place) {
        (Some(upper), Some(place)) => upper.chars().nth(place.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(octet),
    }
}

/// Of the parts of ISO 8859 but the first, which is Unicode's beginning: the characters of 0xA0 to 0xFF.
#[rustfmt::skip]
const UPPER: [(u8, &str); 8] = [
    (2, "\u{A0}Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u{AD}ŽŻ°ą˛ł´ľśˇ¸šşťź˝žżŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢßŕáâăäĺćçčéęëěíîďđńňóôőö÷řů\
         úűüýţ˙"),
    (3, "\u{A0}Ħ˘£¤�Ĥ§¨İŞĞĴ\u{AD}�Ż°ħ²³´µĥ·¸ışğĵ½�żÀÁÂ�ÄĊĈÇÈÉÊËÌÍÎÏ�ÑÒÓÔĠÖ×ĜÙÚÛÜŬŜßàáâ�äċĉçèéêëìíîï�ñòóôġö÷ĝù\
         úûüŭŝ˙"),
    (4, "\u{A0}ĄĸŖ¤ĨĻ§¨ŠĒĢŦ\u{AD}Ž¯°ą˛ŗ´ĩļˇ¸šēģŧŊžŋĀÁÂÃÄÅÆĮČÉĘËĖÍÎĪĐŅŌĶÔÕÖ×ØŲÚÛÜŨŪßāáâãäåæįčéęëėíîīđņōķôõö÷øų\
         úûüũū˙"),
    (5, "\u{A0}ЁЂЃЄЅІЇЈЉЊЋЌ\u{AD}ЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя№ёђѓєѕіїјљ\
         њћќ§ўџ"),
    (6, "\u{A0}���¤�������\u{60C}\u{AD}�������������\u{61B}���\u{61F}�\u{621}\u{622}\u{623}\u{624}\u{625}\
         \u{626}\u{627}\u{628}\u{629}\u{62A}\u{62B}\u{62C}\u{62D}\u{62E}\u{62F}\u{630}\u{631}\u{632}\u{633}\
         \u{634}\u{635}\u{636}\u{637}\u{638}\u{639}\u{63A}�����\u{640}\u{641}\u{642}\u{643}\u{644}\u{645}\
         \u{646}\u{647}\u{648}\u{649}\u{64A}\u{64B}\u{64C}\u{64D}\u{64E}\u{64F}\u{650}\u{651}\u{652}���������\
         ����"),
    (7, "\u{A0}\u{2018}\u{2019}£€₯¦§¨©ͺ«¬\u{AD}�\u{2015}°±²³΄΅Ά·ΈΉΊ»Ό½ΎΏΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ�ΣΤΥΦΧΨΩΪΫάέήίΰαβγδ\
         εζηθικλμνξοπρςστυφχψωϊϋόύώ�"),
    (8, "\u{A0}�¢£¤¥¦§¨©×«¬\u{AD}®¯°±²³´µ¶·¸¹÷»¼½¾��������������������������������‗\u{5D0}\u{5D1}\u{5D2}\
         \u{5D3}\u{5D4}\u{5D5}\u{5D6}\u{5D7}\u{5D8}\u{5D9}\u{5DA}\u{5DB}\u{5DC}\u{5DD}\u{5DE}\u{5DF}\u{5E0}\
         \u{5E1}\u{5E2}\u{5E3}\u{5E4}\u{5E5}\u{5E6}\u{5E7}\u{5E8}\u{5E9}\u{5EA}��\u{200E}\u{200F}�"),
    (9, "\u{A0}¡¢£¤¥¦§¨©ª«¬\u{AD}®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖ×ØÙÚÛÜİŞßàáâãäåæçèéêëìíîïğñòóôõö÷øù\
         úûüışÿ"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_a_character_for_each_octet() {
        for (part, upper) in UPPER {
            assert_eq!(upper.chars().count(), 0x60, "{part}");
        }
    }

    #[test]
    fn the_same_name_in_each_set() {
        for (set, octets, name) in [
            ("UNOC", &b"\xC9LO\xCFSE"[..], "ÉLOÏSE"),
            ("UNOD", b"\xA3UKASZ", "ŁUKASZ"),
            ("UNOE", b"\xB8\xD2\xD0\xDD", "Иван"),
            ("UNOF", b"\xCD\xDF\xEA\xEF\xF2", "Νίκος"),
            ("UNOG", b"\xA1AL", "ĦAL"),
            ("UNOH", b"\xD1I", "ŅI"),
            ("UNOI", b"\xD9\xE4\xEA", "علي"),
            ("UNOJ", b"\xE0\xE1", "אב"),
            ("UNOK", b"\xDDPEK", "İPEK"),
            ("UNOY", "ÉLOÏSE".as_bytes(), "ÉLOÏSE"),
            ("UNOA", b"ADA", "ADA"),
        ] {
            assert_eq!(*Alphabet::of_syntax(set.as_bytes()).utf8(octets), *name.as_bytes(), "{set}");
        }
        // What X12 does not declare is UTF-8 if it can be.
        assert_eq!(*Alphabet::Unicode.utf8(b"\xC9LO\xCFSE"), *"ÉLOÏSE".as_bytes());
        assert!(matches!(Alphabet::Unicode.utf8("É".as_bytes()), Cow::Borrowed(_)));
        assert!(matches!(Alphabet::Iso8859(1).utf8(b"ADA"), Cow::Borrowed(_)));
        // No octet is lost, even where there is no such character.
        assert_eq!(*Alphabet::Iso8859(7).utf8(b"\x85\xFF"), *"\u{85}\u{FFFD}".as_bytes());
    }
}
