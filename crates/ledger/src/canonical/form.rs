//! Values in their one written form, read by expecting it: octet by octet what a writer would have written. What is taken needs
//! no second writing to be compared with; what is not taken may still be in that form, and is for [`super::read`] to judge.

use std::{collections::BTreeSet, str::FromStr};

/// What can be read in the one form that it is written in.
pub(crate) trait InForm: Sized {
    /// Reads one from where the form stands. Only what [`super::bytes`] writes for the value may be taken.
    fn in_form(form: &mut Form<'_>) -> Option<Self>;
}

/// Octets, from where they have not been read yet.
#[derive(Clone, Copy)]
pub(crate) struct Form<'a>(&'a [u8]);

impl<'a> Form<'a> {
    /// The value that these octets are, all of them.
    pub fn whole<T: InForm>(octets: &'a [u8]) -> Option<T> {
        let mut form = Self(octets);
        let value = T::in_form(&mut form)?;
        form.0.is_empty().then_some(value)
    }

    /// The value behind this.
    pub fn behind<T: InForm>(&mut self, literal: &str) -> Option<T> {
        self.skip(literal)?;
        T::in_form(self)
    }

    /// A member that is left out where there is none.
    #[expect(clippy::option_option, reason = "whether it is in form, and whether it is there")]
    pub fn perhaps<T: InForm>(&mut self, literal: &str) -> Option<Option<T>> {
        if self.0.starts_with(literal.as_bytes()) { self.behind(literal).map(Some) } else { Some(None) }
    }

    /// The value, if this is behind it.
    pub fn ended<T>(&mut self, value: T, literal: &str) -> Option<T> {
        self.skip(literal).map(|()| value)
    }

    /// So many octets in quotes.
    pub fn quoted(&mut self, octets: usize) -> Option<&'a [u8]> {
        let (inside, rest) = self.0.strip_prefix(b"\"")?.split_at_checked(octets)?;
        self.0 = rest.strip_prefix(b"\"")?;
        Some(inside)
    }

    /// A word in quotes whose type has one written form, and none with a quote, a backslash or a control character.
    pub fn parsed<T: FromStr>(&mut self) -> Option<T> {
        std::str::from_utf8(self.word()?).ok()?.parse().ok()
    }

    /// One of a closed list of words.
    pub fn one_of<T: Copy>(&mut self, all: &[T], written: fn(T) -> &'static str) -> Option<T> {
        let word = self.word()?;
        all.iter().copied().find(|one| written(*one).as_bytes() == word)
    }

    /// Shows each value of a list, until one is refused.
    pub fn list<T: InForm>(&mut self, mut show: impl FnMut(T) -> Option<()>) -> Option<()> {
        self.skip("[")?;
        if self.skip("]").is_some() {
            return Some(());
        }
        show(T::in_form(self)?)?;
        while self.skip(",").is_some() {
            show(T::in_form(self)?)?;
        }
        self.skip("]")
    }

    fn skip(&mut self, literal: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(literal.as_bytes())?;
        Some(())
    }

    fn word(&mut self) -> Option<&'a [u8]> {
        let inside = self.0.strip_prefix(b"\"")?;
        self.quoted(inside.iter().position(|octet| *octet == b'"')?)
    }
}

impl InForm for u64 {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let digits = form.0.iter().take_while(|octet| octet.is_ascii_digit()).count();
        let (digits, rest) = form.0.split_at(digits);
        form.0 = rest;
        match digits {
            [] | [b'0', _, ..] => None,
            _ => digits.iter().try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add((digit - b'0').into())),
        }
    }
}

impl InForm for u32 {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        u64::in_form(form)?.try_into().ok()
    }
}

impl InForm for bool {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        form.skip("true").map(|()| true).or_else(|| form.skip("false").map(|()| false))
    }
}

impl InForm for String {
    /// One without escapes but those of line ends.
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        form.skip("\"")?;
        let mut text = Vec::new();
        loop {
            let plain = form.0.iter().position(|octet| matches!(octet, b'"' | b'\\' | ..b' '))?;
            let (own, rest) = form.0.split_at(plain);
            text.extend_from_slice(own);
            form.0 = rest;
            if form.skip("\"").is_some() {
                // Notes are kept for as long as a ledger is replayed.
                text.shrink_to_fit();
                return Self::from_utf8(text).ok();
            }
            form.skip(r"\n")?;
            text.push(b'\n');
        }
    }
}

impl<T: InForm> InForm for Option<T> {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        if form.skip("null").is_some() { Some(None) } else { T::in_form(form).map(Some) }
    }
}

impl<T: InForm> InForm for Vec<T> {
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let mut values = Self::new();
        form.list(|value| {
            values.push(value);
            Some(())
        })?;
        Some(values)
    }
}

impl<T: InForm + Ord> InForm for BTreeSet<T> {
    /// Written in their order, each once.
    fn in_form(form: &mut Form<'_>) -> Option<Self> {
        let mut values = Self::new();
        form.list(|value| {
            let next = values.last() < Some(&value);
            (next && values.insert(value)).then_some(())
        })?;
        Some(values)
    }
}

#[cfg(test)]
mod tests;
