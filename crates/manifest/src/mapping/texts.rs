//! What is done with the texts of a set before they are fields.

use crate::{
    entry::Place,
    record::{Personal, Qualifier},
};
use edi::Alphabet;
use std::borrow::Cow;

/// How the texts of a set are read, and where they are.
#[derive(Clone, Copy, Default)]
pub(super) struct Texts<'a> {
    /// All of the set.
    pub octets: &'a [u8],
    /// None where all of it is ASCII, which every alphabet reads alike.
    alphabet: Option<Alphabet>,
}

impl<'a> Texts<'a> {
    /// Those of the set with these octets: looked at once, and not value by value.
    pub fn of(octets: &'a [u8], alphabet: Alphabet) -> Self {
        Self { octets, alphabet: Some(alphabet).filter(|_| !octets.is_ascii()) }
    }

    /// Where a text is that means what stands there; none if it is to be read, or stands elsewhere.
    #[inline]
    pub fn place(self, text: &'a [u8]) -> Option<Place> {
        if self.alphabet.is_none() { Place::within(self.octets, text) } else { None }
    }

    /// Where a value is. One that is not among the octets is added to those that were made.
    pub fn keep(self, value: Personal<'a>, made: &mut Vec<Personal<'a>>) -> Place {
        let place = value.lent().and_then(|value| Place::within(self.octets, value));
        place.unwrap_or_else(|| Place::of_made(made, value))
    }

    /// The same text in UTF-8.
    #[inline]
    pub fn utf8(self, text: &[u8]) -> Cow<'_, [u8]> {
        self.alphabet.map_or(Cow::Borrowed(text), |alphabet| alphabet.utf8(text))
    }

    /// A text in UTF-8, whichever set it came in.
    #[inline]
    pub fn personal<'t>(self, text: &'t [u8]) -> Personal<'t> {
        match self.utf8(text) {
            Cow::Borrowed(text) => Personal::borrowed(text),
            Cow::Owned(text) => Personal::owned(text),
        }
    }
}

/// The code, or `instead` where it is empty or no code.
#[inline]
pub(super) fn qualifier(code: &[u8], instead: &[u8; 2]) -> Qualifier {
    Some(code).filter(|c| !c.is_empty()).and_then(Qualifier::new).unwrap_or(Qualifier::of(instead))
}

/// Without blanks around it: X12 pads with them.
#[inline]
pub(super) fn trimmed(value: &[u8]) -> &[u8] {
    match (value.first(), value.last()) {
        (Some(b'!'..), Some(b'!'..)) => value,
        _ => value.trim_ascii(),
    }
}
