//! An answer as it is kept: header lines, an empty line, the body.

use as2::Outgoing;
use zeroize::Zeroizing;

/// A receipt, ready to be sent: again and again the same octets.
#[derive(Clone)]
pub struct Answer {
    /// Fields of the HTTP header.
    pub headers: Vec<(String, String)>,
    /// The receipt; empty where none was asked for.
    pub body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// Where no receipt was asked for.
    pub(super) fn nothing() -> Self {
        Self { headers: Vec::new(), body: Zeroizing::default() }
    }

    pub(super) fn to_octets(&self) -> Zeroizing<Vec<u8>> {
        let head: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        Zeroizing::new([head.as_bytes(), b"\r\n", &self.body].concat())
    }

    /// None if these are not octets of [`Self::to_octets`].
    pub(crate) fn read(octets: &[u8]) -> Option<Self> {
        let mut rest = octets;
        let mut headers = Vec::new();
        loop {
            let end = rest.windows(2).position(|two| two == b"\r\n")?;
            let (line, after) = (std::str::from_utf8(&rest[..end]).ok()?, &rest[end + 2..]);
            rest = after;
            if line.is_empty() {
                return Some(Self { headers, body: Zeroizing::new(rest.to_vec()) });
            }
            let (name, value) = line.split_once(": ")?;
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
}

impl From<Outgoing> for Answer {
    fn from(made: Outgoing) -> Self {
        let headers = made.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { headers, body: made.body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read_again() {
        let headers = vec![("AS2-From".to_owned(), "\"A B\"".to_owned()), ("X".to_owned(), "a: b".to_owned())];
        let answer = Answer { headers, body: Zeroizing::new(b"one\r\n\r\ntwo".to_vec()) };
        for answer in [answer, Answer::nothing()] {
            let read = Answer::read(&answer.to_octets()).unwrap();
            assert_eq!((&read.headers, &read.body), (&answer.headers, &answer.body));
        }
        assert!(Answer::read(b"no end").is_none() && Answer::read(b"a:b\r\n\r\n").is_none());
    }
}
