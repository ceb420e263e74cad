//! The delimiters of one interchange: those that an ISA or a UNA declares, or EDIFACT's default.

use std::borrow::Cow;

/// Delimiters. X12: from the ISA. EDIFACT: from the UNA, or [`Separators::EDIFACT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separators {
    /// Between elements. X12: the octet after `ISA`. EDIFACT: the second of the UNA.
    pub element: u8,
    /// Between the components of an element. X12: ISA16. EDIFACT: the first of the UNA.
    pub component: u8,
    /// Between repetitions. X12: ISA11 from 00402 on, where it is no letter, digit or blank. EDIFACT: the fifth of
    /// the UNA, in syntax version 4.
    pub repetition: Option<u8>,
    /// The octet after it is data (EDIFACT, the fourth of the UNA); X12 has none.
    pub release: Option<u8>,
    /// After each segment. X12: the octet after ISA16. EDIFACT: the sixth of the UNA.
    pub terminator: u8,
    /// In numbers: `.` or `,` (EDIFACT, the third of the UNA; ISO 9735 lets both be used whatever it says).
    pub decimal: u8,
}

impl Default for Separators {
    /// Those of X12, which has no way to declare others before its first segment.
    fn default() -> Self {
        Self::X12
    }
}

impl Separators {
    /// What most write in an ISA; X12 has no default.
    pub const X12: Self =
        Self { element: b'*', component: b'>', repetition: None, release: None, terminator: b'~', decimal: b'.' };
    /// Without UNA (ISO 9735, 6.1), syntax versions 1 to 3. Version 4 adds `*` as the repetition separator.
    pub const EDIFACT: Self = Self {
        element: b'+',
        component: b':',
        repetition: None,
        release: Some(b'?'),
        terminator: b'\'',
        decimal: b'.',
    };

    /// Reads the nine octets of a UNA. A blank release or repetition is none.
    pub fn from_una(una: &[u8; 9]) -> Option<Self> {
        let &[b'U', b'N', b'A', component, element, decimal, release, repetition, terminator] = una else {
            return None;
        };
        let unless_blank = |octet| (octet != b' ').then_some(octet);
        let (release, repetition) = (unless_blank(release), unless_blank(repetition));
        Some(Self { element, component, repetition, release, terminator, decimal })
    }

    /// Whether `octet` is one of them, or the release character.
    pub fn contains(&self, octet: u8) -> bool {
        octet == self.element
            || octet == self.component
            || octet == self.terminator
            || self.repetition == Some(octet)
            || self.release == Some(octet)
    }

    /// Splits an element, or one repetition of it, at its unreleased component separators.
    pub fn components<'i>(&self, value: &'i [u8]) -> Pieces<'i> {
        Pieces::new(value, Some(self.component), self.release)
    }

    /// Splits an element at its unreleased repetition separators.
    pub fn repetitions<'i>(&self, value: &'i [u8]) -> Pieces<'i> {
        Pieces::new(value, self.repetition, self.release)
    }

    /// Whether the octet may serve: no letter, digit, blank or NUL.
    pub(crate) fn usable(octet: u8) -> bool {
        !octet.is_ascii_alphanumeric() && octet != b' ' && octet != 0
    }

    /// Whether all are usable and no two are the same.
    pub(crate) fn distinct(&self) -> bool {
        let Self { element, component, repetition, release, terminator, decimal: _ } = *self;
        let all = [Some(element), Some(component), Some(terminator), repetition, release];
        let first = |n: usize, octet| all[..n].iter().all(|&earlier| earlier != Some(octet));
        all.iter().enumerate().all(|(n, octet)| octet.is_none_or(|o| Self::usable(o) && first(n, o)))
    }
}

/// The components of a value, or its repetitions, as they stand: release characters are still in them.
/// An empty value has none; otherwise there is one more than separators.
#[derive(Clone)]
pub struct Pieces<'i> {
    rest: Option<&'i [u8]>,
    separator: Option<u8>,
    places: Places,
}

/// Where a value's separators are.
#[derive(Clone, Copy)]
enum Places {
    /// Nobody knows: every octet is looked at, and this one releases the next.
    Unknown(Option<u8>),
    /// One bit for each octet of the rest: a separator of this or another kind.
    Known(u64),
}

impl std::fmt::Debug for Pieces<'_> {
    /// Shows no value: a log could keep it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pieces").field("octets", &self.rest.map(<[u8]>::len)).finish_non_exhaustive()
    }
}

impl<'i> Pieces<'i> {
    pub(crate) fn new(value: &'i [u8], separator: Option<u8>, release: Option<u8>) -> Self {
        Self { rest: (!value.is_empty()).then_some(value), separator, places: Places::Unknown(release) }
    }

    /// Of a value of at most 64 octets, each of which has a bit if it is a separator of any kind.
    #[inline]
    pub(crate) fn known(value: &'i [u8], separator: Option<u8>, places: u64) -> Self {
        Self { rest: (!value.is_empty()).then_some(value), separator, places: Places::Known(places) }
    }

    /// Where the next separator stands in the rest.
    #[inline]
    fn place(&mut self, rest: &[u8]) -> Option<usize> {
        let separator = self.separator?;
        match &mut self.places {
            Places::Unknown(release) => unreleased(rest, separator, *release),
            Places::Known(places) => loop {
                if *places == 0 {
                    return None;
                }
                let at = places.trailing_zeros() as usize;
                if rest.get(at) == Some(&separator) {
                    *places = *places >> at >> 1;
                    return Some(at);
                }
                *places &= places.wrapping_sub(1);
            },
        }
    }
}

impl<'i> Iterator for Pieces<'i> {
    type Item = &'i [u8];

    #[inline]
    fn next(&mut self) -> Option<&'i [u8]> {
        let rest = self.rest?;
        let Some(at) = self.place(rest) else {
            self.rest = None;
            return Some(rest);
        };
        self.rest = rest.get(at + 1..);
        rest.get(..at)
    }
}

impl std::iter::FusedIterator for Pieces<'_> {}

/// Where the first `separator` stands that is not released. A value begins unreleased.
#[inline]
fn unreleased(value: &[u8], separator: u8, release: Option<u8>) -> Option<usize> {
    let Some(release) = release else {
        return value.iter().position(|&octet| octet == separator);
    };
    let mut octets = value.iter().enumerate();
    while let Some((at, &octet)) = octets.next() {
        if octet == release {
            octets.next();
        } else if octet == separator {
            return Some(at);
        }
    }
    None
}

/// The value that was meant: without release characters, what they released kept. One at the very end, which
/// releases nothing, is kept.
pub fn unescape(value: &[u8], release: Option<u8>) -> Cow<'_, [u8]> {
    let Some(release) = release else { return Cow::Borrowed(value) };
    let Some(first) = value.iter().position(|&octet| octet == release) else { return Cow::Borrowed(value) };
    let mut meant = Vec::with_capacity(value.len());
    meant.extend_from_slice(&value[..first]);
    let mut octets = value[first..].iter();
    while let Some(&octet) = octets.next() {
        let released = if octet == release { octets.next() } else { None };
        meant.push(released.copied().unwrap_or(octet));
    }
    Cow::Owned(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(value: &str) -> Vec<&str> {
        Separators::EDIFACT.components(value.as_bytes()).map(|p| std::str::from_utf8(p).unwrap()).collect()
    }

    #[test]
    fn components_respect_releases() {
        assert_eq!(pieces(""), [""; 0]);
        assert_eq!(pieces(":"), ["", ""]);
        assert_eq!(pieces("A"), ["A"]);
        assert_eq!(pieces("A:B:"), ["A", "B", ""]);
        assert_eq!(pieces("A?:B:C"), ["A?:B", "C"]);
        assert_eq!(pieces("A??:B"), ["A??", "B"]);
        assert_eq!(pieces("A???:B?"), ["A???:B?"]);
        let x12: Vec<&[u8]> = Separators::X12.components(b"A?>B").collect();
        assert_eq!(x12, [&b"A?"[..], b"B"]);
    }

    #[test]
    fn without_repetition_separator_there_is_one_repetition() {
        assert_eq!(Separators::X12.repetitions(b"A^B").count(), 1);
        assert_eq!(Separators { repetition: Some(b'^'), ..Separators::X12 }.repetitions(b"A^B^").count(), 3);
    }

    #[test]
    fn unescaping() {
        let meant = |value: &'static [u8]| unescape(value, Some(b'?'));
        assert_eq!(meant(b"A?+B"), &b"A+B"[..]);
        assert_eq!(meant(b"????"), &b"??"[..]);
        assert_eq!(meant(b"??'?"), &b"?'?"[..]);
        assert!(matches!(meant(b"PLAIN"), Cow::Borrowed(b"PLAIN")));
        assert!(matches!(unescape(b"A?B", None), Cow::Borrowed(b"A?B")));
    }

    #[test]
    fn una() {
        assert_eq!(Separators::from_una(b"UNA:+.? '"), Some(Separators::EDIFACT));
        let other = Separators::from_una(b"UNA>*,  ~").unwrap();
        assert_eq!(other, Separators { decimal: b',', ..Separators::X12 });
        assert_eq!(Separators::from_una(b"UNA:+.?*'").unwrap().repetition, Some(b'*'));
        assert_eq!(Separators::from_una(b"UNB:+.? '"), None);
    }

    #[test]
    fn the_same_twice_is_not_distinct() {
        assert!(Separators::EDIFACT.distinct() && Separators::X12.distinct());
        assert!(!Separators { release: Some(b'+'), ..Separators::EDIFACT }.distinct());
        assert!(!Separators { repetition: Some(b'~'), ..Separators::X12 }.distinct());
        assert!(!Separators { element: b'A', ..Separators::X12 }.distinct());
    }
}
