//! Walking down a document: objects, lists, limits, and values of closed lists and numbers.

use super::{
    lexer::{Kind, Stop},
    read::{Reader, Result},
};
use crate::form::{Code, exact, key::Key, place::Step};

impl<'a> Reader<'a, '_> {
    /// Whether a value of this kind comes; otherwise goes behind it.
    pub fn is(&mut self, kind: Kind) -> Result<bool> {
        let offset = self.lexer.offset();
        let is = self.lexer.kind()? == kind;
        if !is {
            self.finding(Code::WrongType, offset);
            self.lexer.skip()?;
        }
        Ok(is)
    }

    /// Calls `each` for each key of the object that is one of `names`, to read its value. Whether there is an object.
    pub fn object(
        &mut self,
        names: &[&'static str],
        each: &mut dyn FnMut(&mut Self, &'static str) -> Result<()>,
    ) -> Result<bool> {
        if !self.is(Kind::Object)? {
            return Ok(false);
        }
        self.lexer.enter_object()?;
        let (mut seen, mut first) = (0u64, true);
        while let Some((offset, key)) = self.lexer.key(first)? {
            first = false;
            let Some(at) = names.iter().position(|n| n.as_bytes() == key.expose()) else {
                self.finding(Code::UnknownKey, offset);
                self.lexer.skip()?;
                continue;
            };
            self.path.push(Step::Key(names[at]));
            if seen >> at & 1 == 1 {
                self.finding(Code::DuplicateKey, offset);
                self.lexer.skip()?;
            } else {
                each(self, names[at])?;
            }
            seen |= 1 << at;
            self.path.pop();
        }
        Ok(true)
    }

    /// Calls `each` for each element of the list. How many there were.
    pub fn list(&mut self, each: &mut dyn FnMut(&mut Self, usize) -> Result<()>) -> Result<usize> {
        self.lexer.enter_list()?;
        let mut at = 0;
        while self.lexer.element(at == 0)? {
            self.path.push(Step::At(at));
            each(self, at)?;
            self.path.pop();
            at += 1;
        }
        Ok(at)
    }

    /// Where a value may occur several times, one may stand without the list.
    pub fn one_or_many(&mut self, each: &mut dyn FnMut(&mut Self, usize) -> Result<()>) -> Result<()> {
        let offset = self.lexer.offset();
        if self.lexer.kind()? != Kind::List {
            return each(self, 0);
        }
        if self.list(each)? == 0 {
            self.finding(Code::Empty, offset);
        }
        Ok(())
    }

    /// The values of a key: one, or where there can be several, a list.
    pub fn of_key(&mut self, key: &Key, each: &mut dyn FnMut(&mut Self) -> Result<()>) -> Result<()> {
        if key.is_single() { each(self) } else { self.one_or_many(&mut |reader, _| each(reader)) }
    }

    /// Counts one value more of a key that may have several.
    pub fn count(&mut self, offset: usize) -> Result<()> {
        self.values += 1;
        if self.values > self.limits.values { Err(Stop { code: Code::TooManyValues, offset }) } else { Ok(()) }
    }

    /// Text that is of a closed list or form.
    pub fn word<T>(&mut self, otherwise: Code, of: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>> {
        let offset = self.lexer.offset();
        if !self.is(Kind::Text)? {
            return Ok(None);
        }
        let found = of(self.lexer.text()?.expose());
        if found.is_none() {
            self.finding(otherwise, offset);
        }
        Ok(found)
    }

    /// What `read` reads; `null` of a parcel says that there is none.
    pub fn or_none<T>(
        &mut self,
        parcel: bool,
        read: impl Fn(&mut Self) -> Result<Option<T>>,
    ) -> Result<Option<Option<T>>> {
        if parcel && self.lexer.kind()? == Kind::Null {
            self.lexer.null()?;
            return Ok(Some(None));
        }
        read(self).map(Some)
    }

    /// A number from 1 to `most` in `places`-th parts, as a number or as text.
    pub fn decimal(&mut self, places: usize, most: u32) -> Result<Option<u32>> {
        let offset = self.lexer.offset();
        let number = match self.lexer.kind()? {
            Kind::Number => exact::decimal(self.lexer.number()?.as_bytes(), places),
            Kind::Text => exact::decimal(self.lexer.text()?.expose(), places),
            _ => return self.is(Kind::Number).map(|_| None),
        };
        let within = |n| u32::try_from(n).ok().filter(|n| (1..=most).contains(n)).ok_or(Code::OutOfRange);
        match number.and_then(within) {
            Ok(number) => Ok(Some(number)),
            Err(code) => {
                self.finding(code, offset);
                Ok(None)
            }
        }
    }
}
