//! Pulls one JSON token after the other (RFC 8259): strings are borrowed where they have no escapes, numbers stay text.

use crate::{form::Code, record::Personal};

/// Why it cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop {
    pub code: Code,
    pub offset: usize,
}

/// What a value is, from its first octet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    List,
    Text,
    Number,
    Null,
    /// `true` or `false`, which no key takes.
    Truth,
}

pub(crate) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u16,
    depth_most: u16,
}

type Result<T> = std::result::Result<T, Stop>;

impl<'a> Lexer<'a> {
    /// From `bytes`, which the caller has found to be UTF-8.
    pub fn new(bytes: &'a [u8], depth_most: u16) -> Self {
        Self { bytes, at: 0, depth: 0, depth_most }
    }

    /// Where the next token begins.
    pub fn offset(&mut self) -> usize {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.at
    }

    fn stop<T>(&self, offset: usize) -> Result<T> {
        Err(Stop { code: Code::NotJson, offset })
    }

    fn next(&mut self) -> Option<u8> {
        let at = self.offset();
        self.bytes.get(at).copied()
    }

    fn expect(&mut self, octet: u8) -> Result<()> {
        if self.next() != Some(octet) {
            return self.stop(self.at);
        }
        self.at += 1;
        Ok(())
    }

    /// The kind of the value that comes, without reading it.
    pub fn kind(&mut self) -> Result<Kind> {
        match self.next() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::List),
            Some(b'"') => Ok(Kind::Text),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b'n') => Ok(Kind::Null),
            Some(b't' | b'f') => Ok(Kind::Truth),
            _ => self.stop(self.at),
        }
    }

    fn enter(&mut self, bracket: u8) -> Result<()> {
        let offset = self.offset();
        self.expect(bracket)?;
        if self.depth >= self.depth_most {
            return Err(Stop { code: Code::TooDeep, offset });
        }
        self.depth += 1;
        Ok(())
    }

    pub fn enter_object(&mut self) -> Result<()> {
        self.enter(b'{')
    }

    pub fn enter_list(&mut self) -> Result<()> {
        self.enter(b'[')
    }

    /// The next key and where it is, up to its value; `None` behind the object. `first`: none was read of this object.
    pub fn key(&mut self, first: bool) -> Result<Option<(usize, Personal<'a>)>> {
        if !self.more(first, b'}')? {
            return Ok(None);
        }
        let offset = self.offset();
        let key = self.text()?;
        self.expect(b':')?;
        Ok(Some((offset, key)))
    }

    /// Whether a further element comes; behind the list if not.
    pub fn element(&mut self, first: bool) -> Result<bool> {
        self.more(first, b']')
    }

    fn more(&mut self, first: bool, bracket: u8) -> Result<bool> {
        if self.next() == Some(bracket) {
            self.at += 1;
            self.depth -= 1;
            return Ok(false);
        }
        if !first {
            self.expect(b',')?;
        }
        Ok(true)
    }

    /// A string, its escapes resolved; its quote is next.
    pub fn text(&mut self) -> Result<Personal<'a>> {
        self.expect(b'"')?;
        let begin = self.at;
        let mut escaped = false;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(0..0x20) | None => return self.stop(self.at.min(self.bytes.len())),
                Some(_) => self.at += 1,
            }
        }
        let raw = &self.bytes[begin..self.at];
        self.at += 1;
        if escaped { self.unescape(raw, begin) } else { Ok(Personal::borrowed(raw)) }
    }

    fn unescape(&self, raw: &[u8], begin: usize) -> Result<Personal<'a>> {
        // What an escape stands for is never longer than the escape: nothing grows and leaves a copy behind.
        let mut out = zeroize::Zeroizing::new(Vec::with_capacity(raw.len()));
        let mut rest = raw;
        while let Some(at) = rest.iter().position(|b| *b == b'\\') {
            out.extend_from_slice(&rest[..at]);
            let offset = begin + raw.len() - rest.len() + at;
            let escape = &rest[at + 1..];
            let (character, used) = match escape.first() {
                Some(b'b') => ('\u{8}', 1),
                Some(b'f') => ('\u{c}', 1),
                Some(b'n') => ('\n', 1),
                Some(b'r') => ('\r', 1),
                Some(b't') => ('\t', 1),
                Some(b @ (b'"' | b'\\' | b'/')) => (char::from(*b), 1),
                Some(b'u') => match unicode(escape) {
                    Some(found) => found,
                    None => return self.stop(offset),
                },
                _ => return self.stop(offset),
            };
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            rest = &escape[used..];
        }
        out.extend_from_slice(rest);
        Ok(Personal::owned(std::mem::take(&mut *out)))
    }

    /// A number, as it is written.
    pub fn number(&mut self) -> Result<&'a str> {
        let begin = self.offset();
        let skip_digits = |at: usize| at + self.bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut at = begin + usize::from(self.bytes.get(begin) == Some(&b'-'));
        let whole = at;
        at = skip_digits(at);
        let leading_zero = self.bytes.get(whole) == Some(&b'0') && at > whole + 1;
        let mut complete = at > whole && !leading_zero;
        if self.bytes.get(at) == Some(&b'.') {
            let fraction = at + 1;
            at = skip_digits(fraction);
            complete &= at > fraction;
        }
        if matches!(self.bytes.get(at), Some(b'e' | b'E')) {
            let exponent = at + 1 + usize::from(matches!(self.bytes.get(at + 1), Some(b'+' | b'-')));
            at = skip_digits(exponent.min(self.bytes.len()));
            complete &= at > exponent;
        }
        if !complete {
            return self.stop(begin);
        }
        self.at = at;
        Ok(str::from_utf8(&self.bytes[begin..at]).expect("digits are ASCII"))
    }

    /// `null`, which says something at three keys only.
    pub fn null(&mut self) -> Result<()> {
        self.word("null")
    }

    fn word(&mut self, word: &str) -> Result<()> {
        let begin = self.offset();
        if !self.bytes[begin..].starts_with(word.as_bytes()) {
            return self.stop(begin);
        }
        self.at += word.len();
        Ok(())
    }

    /// Goes behind a value, whatever it is.
    pub fn skip(&mut self) -> Result<()> {
        match self.kind()? {
            Kind::Text => self.text().map(drop),
            Kind::Number => self.number().map(drop),
            Kind::Null => self.null(),
            Kind::Truth if self.next() == Some(b't') => self.word("true"),
            Kind::Truth => self.word("false"),
            Kind::List => {
                self.enter_list()?;
                let mut first = true;
                while self.element(first)? {
                    self.skip()?;
                    first = false;
                }
                Ok(())
            }
            Kind::Object => {
                self.enter_object()?;
                let mut first = true;
                while self.key(first)?.is_some() {
                    self.skip()?;
                    first = false;
                }
                Ok(())
            }
        }
    }

    /// Nothing but blanks follows.
    pub fn end(&mut self) -> Result<()> {
        let at = self.offset();
        if at == self.bytes.len() { Ok(()) } else { self.stop(at) }
    }
}

/// `uXXXX`, or a pair of surrogates: the character, and how many octets behind the backslash it takes.
fn unicode(escape: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = escape.get(at..at + 4)?;
        let digits = digits.iter().all(u8::is_ascii_hexdigit).then(|| str::from_utf8(digits).ok())??;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = unit(1)?;
    if !(0xD800..0xE000).contains(&first) {
        return char::from_u32(first).map(|c| (c, 5));
    }
    let low = Some(unit(7)?).filter(|low| escape[5..7] == *b"\\u" && (0xDC00..0xE000).contains(low))?;
    let high = Some(first).filter(|high| *high < 0xDC00)?;
    char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)).map(|c| (c, 11))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid(text: &[u8]) -> bool {
        let mut lexer = Lexer::new(text, 100);
        lexer.skip().and_then(|()| lexer.end()).is_ok()
    }

    #[test]
    fn what_is_json() {
        for (text, is) in [
            ("{}", true),
            (" [ 1 , -0.5e+3 , true , false , null , \"a\" ] ", true),
            ("{\"a\":{\"b\":[]}}", true),
            ("\"\\u00e9\\ud83d\\ude00\\n\\/\"", true),
            ("", false),
            ("{", false),
            ("[1,]", false),
            ("{\"a\":1,}", false),
            ("{a:1}", false),
            ("[1 2]", false),
            ("01", false),
            ("1.", false),
            (".5", false),
            ("+1", false),
            ("-", false),
            ("1e", false),
            ("1e+", false),
            ("\"\\x\"", false),
            ("\"\\u12g4\"", false),
            ("\"\\u+123\"", false),
            ("\"\\ud800\"", false),
            ("\"\\ud800\\u0041\"", false),
            ("\"\\udc00\\ud800\"", false),
            ("\"a\nb\"", false),
            ("\"a", false),
            ("\"a\\", false),
            ("nul", false),
            ("truefalse", false),
            ("{} {}", false),
            ("NaN", false),
        ] {
            assert_eq!(valid(text.as_bytes()), is, "{text}");
        }
    }

    #[test]
    fn text_is_unescaped() {
        let text = |t: &'static str| Lexer::new(t.as_bytes(), 9).text().map(|v| v.expose().to_vec()).unwrap();
        assert_eq!(text("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tb\""), b"a\"\\/\x08\x0c\n\r\tb");
        assert_eq!(text("\"\\u00e9x\\ud83d\\ude00\""), "éx😀".as_bytes());
        assert_eq!(text("\"é\""), "é".as_bytes());
    }

    #[test]
    fn depth_is_limited() {
        let text = "[".repeat(100_000);
        let stop = Lexer::new(text.as_bytes(), 16).skip().unwrap_err();
        assert_eq!(stop, Stop { code: Code::TooDeep, offset: 16 });
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, cases: 2000, ..Default::default() })]
        #[test]
        fn the_same_is_json_as_elsewhere(text in "[\\[\\]{}:,\"\\\\ue0-2.E+ \\-nultrfas]{0,14}") {
            let elsewhere = serde_json::from_str::<serde_json::Value>(&text);
            // Numbers that no float can hold are JSON for us.
            if elsewhere.as_ref().err().is_none_or(|e| !e.to_string().contains("number out of range")) {
                proptest::prop_assert_eq!(valid(text.as_bytes()), elsewhere.is_ok());
            }
        }
    }
}
