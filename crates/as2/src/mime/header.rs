//! Header fields: folded lines, names in any case, parameters quoted or not.
use super::PART;
use crate::error::Error;

/// Most octets of one header.
pub const HEADERS_OCTETS_MAX: usize = 64 * 1024;
/// Most fields of one header.
pub const HEADERS_MAX: usize = 128;
/// Most parameters of one field.
pub const PARAMETERS_MAX: usize = 32;

/// The fields of a header. Names are in lower case, values unfolded and trimmed.
#[derive(Clone, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// From the fields of an HTTP request or answer.
    ///
    /// # Errors
    /// [`Error::TooMany`], [`Error::TooLong`]; [`Error::Malformed`] for control characters.
    pub fn new<'f>(fields: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Result<Self, Error> {
        let (mut found, mut octets) = (Self::default(), 0);
        for (name, value) in fields {
            octets += name.len() + value.len();
            check_length(octets)?;
            found.push(name.as_bytes(), value)?;
        }
        Ok(found)
    }

    /// From lines.
    pub(super) fn read(head: &[u8]) -> Result<Self, Error> {
        let mut found = Self::default();
        let mut field: Vec<u8> = Vec::new();
        for line in head.split(|octet| *octet == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.first().is_some_and(|octet| matches!(octet, b' ' | b'\t')) {
                field.extend_from_slice(line);
                continue;
            }
            found.push_line(&field)?;
            field = line.to_vec();
        }
        found.push_line(&field)?;
        Ok(found)
    }

    fn push_line(&mut self, line: &[u8]) -> Result<(), Error> {
        if line.is_empty() {
            return Ok(());
        }
        let colon = line.iter().position(|octet| *octet == b':').ok_or(Error::Malformed(PART))?;
        self.push(&line[..colon], &line[colon + 1..])
    }

    fn push(&mut self, name: &[u8], value: &[u8]) -> Result<(), Error> {
        if self.0.len() == HEADERS_MAX {
            return Err(Error::TooMany { part: PART, limit: HEADERS_MAX });
        }
        let name = name.trim_ascii_end();
        let plain = |octet: &u8| octet.is_ascii_graphic() && *octet != b':';
        let clean = |octet: &u8| *octet >= b' ' && *octet != 0x7f || *octet == b'\t';
        if name.is_empty() || !name.iter().all(plain) || !value.iter().all(clean) {
            return Err(Error::Malformed(PART));
        }
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).trim().to_owned();
        self.0.push((text(name).to_ascii_lowercase(), text(value)));
        Ok(())
    }

    /// The first value of this field, whose name is given in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of this field, unless it is there twice: two readers might choose differently.
    pub(crate) fn only(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(known, _)| known == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value.as_str())
    }

    /// The Content-Type; `application/octet-stream` where there is none (RFC 9110, 8.3).
    ///
    /// # Errors
    /// As [`MediaType::read`].
    pub fn content_type(&self) -> Result<MediaType, Error> {
        MediaType::read(self.get("content-type").unwrap_or("application/octet-stream"))
    }
}

/// A value with parameters: a media type (RFC 2045, 5.1) or a disposition (RFC 2183).
#[derive(Clone)]
pub struct MediaType {
    /// `type/subtype` in lower case.
    pub essence: String,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Reads `type/subtype; name=value; name="quoted \"value\""`.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::TooMany`].
    pub fn read(value: &str) -> Result<Self, Error> {
        let (essence, mut rest) = value.split_once(';').unwrap_or((value, ""));
        let mut parameters = Vec::new();
        while !rest.trim().is_empty() {
            if parameters.len() == PARAMETERS_MAX {
                return Err(Error::TooMany { part: PART, limit: PARAMETERS_MAX });
            }
            let Some((name, after)) = rest.split_once('=') else { break };
            let (text, after) = word(after.trim_start())?;
            parameters.push((name.trim().to_ascii_lowercase(), text));
            let after = after.trim_start();
            rest = after.strip_prefix(';').unwrap_or(after);
        }
        Ok(Self { essence: essence.trim().to_ascii_lowercase(), parameters })
    }

    /// The parameter of this name, given in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A token or a quoted string, and what comes after it.
fn word(text: &str) -> Result<(String, &str), Error> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| c == ';' || c.is_ascii_whitespace()).unwrap_or(text.len());
        return Ok((text[..end].to_owned(), &text[end..]));
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return Ok((value, &quoted[at + 1..])),
            _ => value.push(c),
        }
    }
    Err(Error::Malformed(PART))
}

/// The name that a sender gives its file: a label, and no more than that. Paths and control characters are
/// refused, so that nobody who uses it as a name writes elsewhere.
///
/// # Errors
/// [`Error::FileName`].
pub fn file_name(headers: &Headers) -> Result<Option<String>, Error> {
    let disposition = headers.get("content-disposition").map(MediaType::read).transpose()?;
    let media_type = headers.content_type()?;
    let named = disposition.as_ref().and_then(|value| value.parameter("filename"));
    let Some(name) = named.or(media_type.parameter("name")) else { return Ok(None) };
    let path = name.contains(['/', '\\', ':', '\u{fffd}']) || name.chars().any(char::is_control);
    if name.is_empty() || name.len() > 255 || path || name.trim_matches('.').is_empty() {
        return Err(Error::FileName);
    }
    Ok(Some(name.to_owned()))
}

/// Header and body around the first empty line.
pub(super) fn split(whole: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    for empty in [&b"\r\n"[..], b"\n"] {
        if let Some(body) = whole.strip_prefix(empty) {
            return Ok((b"", body));
        }
    }
    let most = &whole[..whole.len().min(HEADERS_OCTETS_MAX)];
    for (at, octet) in most.iter().enumerate() {
        if *octet == b'\n' {
            let after = &whole[at + 1..];
            let body = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n"));
            if let Some(body) = body {
                return Ok((&whole[..at], body));
            }
        }
    }
    check_length(whole.len())?;
    Err(Error::Malformed(PART))
}

fn check_length(octets: usize) -> Result<(), Error> {
    if octets <= HEADERS_OCTETS_MAX {
        return Ok(());
    }
    Err(Error::TooLong { part: PART, octets, limit: HEADERS_OCTETS_MAX })
}
