//! What a form sends, and whether it is ours.

use super::{failure::Failure, look::Look};
use axum::http::{HeaderMap, header};

/// The fields of a form, as browsers encode them.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// What cannot be read is not there.
    pub fn read(body: &[u8]) -> Self {
        let decoded = |part: &[u8]| String::from_utf8_lossy(&decoded(part)).into_owned();
        let field = |field: &[u8]| {
            let middle = field.iter().position(|octet| *octet == b'=').unwrap_or(field.len());
            let value = field.get(middle + 1..).unwrap_or_default();
            (decoded(&field[..middle]), decoded(value))
        };
        Self(body.split(|octet| *octet == b'&').map(field).collect())
    }

    /// Fields that came as parts.
    pub fn of<'p>(parts: impl Iterator<Item = &'p (String, &'p [u8])>) -> Self {
        Self(parts.map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned())).collect())
    }

    /// The values of all fields of that name.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| &**value)
    }

    /// The first field of that name; empty if there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }
}

fn decoded(part: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(part.len());
    let mut rest = part;
    while let [first, after @ ..] = rest {
        let (octet, left) = match (first, after) {
            (b'+', _) => (b' ', after),
            (b'%', [high, low, left @ ..]) => match (nibble(*high), nibble(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, left),
                _ => (b'%', after),
            },
            (octet, _) => (*octet, after),
        };
        octets.push(octet);
        rest = left;
    }
    octets
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Whether a browser sent it from a page of ours. In a demo it must also have come to this machine by its own name: a page elsewhere
/// can make its name lead here.
pub fn is_from_here(headers: &HeaderMap, demo: bool, look: Look) -> Result<(), Failure> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST.as_str()).unwrap_or_default();
    let site = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let origin = text(header::ORIGIN.as_str()).map(|origin| origin.split_once("://").map_or("", |(_, host)| host));
    // `null` is what a page sends that must not tell where it is: ours are not such.
    let ours = site && origin.is_none_or(|origin| !origin.is_empty() && origin == host);
    if ours && (!demo || is_this_machine(host)) { Ok(()) } else { Err(Failure::of("origin", look, None)) }
}

fn is_this_machine(host: &str) -> bool {
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use console::{Language, Theme};

    #[test]
    fn fields_are_read_as_browsers_write_them() {
        let form = Form::read(b"text=ISA*00%2A+%7e%0D%0A&form=ab&text=second&odd=%4&%zz");
        assert_eq!((form.get("text"), form.get("form"), form.get("odd")), ("ISA*00* ~\r\n", "ab", "%4"));
        assert_eq!(Form::read(b"").get("text"), "");
    }

    #[test]
    fn what_another_site_sends_is_not_ours() {
        let look = Look { language: Language::English, theme: Theme::System };
        let sent = |fields: &[(&'static str, &'static str)], demo| {
            let fields = fields.iter().map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_static(value))
            });
            is_from_here(&fields.collect(), demo, look).is_ok()
        };
        assert!(sent(
            &[("host", "localhost:8700"), ("origin", "http://localhost:8700"), ("sec-fetch-site", "same-origin")],
            true
        ));
        assert!(sent(&[("host", "[::1]:8700")], true));
        assert!(sent(&[("host", "gateway.example")], false));
        assert!(!sent(&[("host", "gateway.example")], true), "a name that leads here");
        assert!(!sent(&[("host", "localhost:8700"), ("origin", "http://evil.example")], false));
        assert!(!sent(&[("host", "localhost:8700"), ("origin", "null")], false));
        assert!(!sent(&[("host", "localhost:8700"), ("sec-fetch-site", "cross-site")], false));
        assert!(!sent(&[("host", "localhost:8700"), ("sec-fetch-site", "same-site")], false));
    }
}
