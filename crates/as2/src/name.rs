//! AS2-From and AS2-To (RFC 4130, 6.2).
use crate::error::Error;

/// The name of a partner: 1 to 128 printable letters of ASCII, upper and lower case told apart.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Name(String);

impl Name {
    /// Most letters of a name, quotes and escapes not counted.
    pub const LETTERS_MAX: usize = 128;

    /// A name as people write it, without quotes.
    ///
    /// # Errors
    /// [`Error::Name`].
    pub fn new(name: &str) -> Result<Self, Error> {
        let printable = name.bytes().all(|octet| matches!(octet, b' '..=b'~'));
        if name.is_empty() || name.len() > Self::LETTERS_MAX || !printable {
            return Err(Error::Name);
        }
        Ok(Self(name.to_owned()))
    }

    /// A name as a header has it: quoted, with `\"` and `\\`, or plain and then without blanks.
    ///
    /// # Errors
    /// [`Error::Name`].
    pub fn read(field: &str) -> Result<Self, Error> {
        let field = field.trim();
        let Some(quoted) = field.strip_prefix('"') else {
            return if field.contains(['"', '\\', ' ']) { Err(Error::Name) } else { Self::new(field) };
        };
        let quoted = quoted.strip_suffix('"').ok_or(Error::Name)?;
        let (mut name, mut letters) = (String::new(), quoted.chars());
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => name.push(letters.next().filter(|next| matches!(next, '"' | '\\')).ok_or(Error::Name)?),
                '"' => return Err(Error::Name),
                _ => name.push(letter),
            }
        }
        Self::new(&name)
    }

    /// Without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a header has it: quoted where it must be.
    pub fn to_field(&self) -> String {
        if !self.0.contains(['"', '\\', ' ']) {
            return self.0.clone();
        }
        format!("\"{}\"", self.0.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes_come_and_go() {
        for (field, name) in [("ACME", "ACME"), ("\"My Shop\"", "My Shop"), (r#""a\"b\\c""#, r#"a"b\c"#)] {
            let read = Name::read(field).unwrap();
            assert_eq!(read.as_str(), name);
            assert_eq!(read.to_field(), field);
        }
        assert_eq!(Name::read("\"ACME\"").unwrap(), Name::new("ACME").unwrap());
        assert_ne!(Name::new("acme").unwrap(), Name::new("ACME").unwrap());
        let long = "x".repeat(129);
        for field in ["", "\"\"", "a b", "\"a", "a\"", r#""a\b""#, r#""a"b""#, "\u{e9}", "a\tb", r#""\""#, &long] {
            assert_eq!(Name::read(field), Err(Error::Name), "{field}");
        }
    }
}
