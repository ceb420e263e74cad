//! Content-Transfer-Encoding (RFC 2045, 6) and canonical line ends.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::PART;
use crate::error::{Error, Feature};

/// `body` without this encoding; none means as it is.
///
/// # Errors
/// [`Error::Malformed`] for what is not in that encoding, [`Error::Unsupported`] for an unknown one.
pub fn decode(body: &[u8], encoding: Option<&str>) -> Result<Zeroizing<Vec<u8>>, Error> {
    if is_plain(encoding) {
        return Ok(Zeroizing::new(body.to_vec()));
    }
    match encoding.unwrap_or_default().to_ascii_lowercase().as_str() {
        "base64" => base64(body),
        "quoted-printable" => quoted_printable(body),
        _ => Err(Error::Unsupported(Feature::TransferEncoding)),
    }
}

/// Whether this encoding leaves the octets as they are.
pub(crate) fn is_plain(encoding: Option<&str>) -> bool {
    encoding.is_none_or(|name| ["", "binary", "7bit", "8bit"].contains(&name.to_ascii_lowercase().as_str()))
}

fn base64(body: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut plain = Zeroizing::new(Vec::with_capacity(body.len()));
    plain.extend(body.iter().filter(|octet| !octet.is_ascii_whitespace()));
    let mut decoded = Zeroizing::new(vec![0; plain.len() / 4 * 3 + 3]);
    let octets = STANDARD.decode_slice(&plain[..], &mut decoded).map_err(|_| Error::Malformed(PART))?;
    decoded.truncate(octets);
    Ok(decoded)
}

fn quoted_printable(body: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(body.len()));
    let mut rest = body;
    while let Some((octet, after)) = rest.split_first() {
        rest = after;
        if *octet != b'=' {
            decoded.push(*octet);
            continue;
        }
        match *after {
            [b'\r', b'\n', ..] => rest = &after[2..],
            [b'\n', ..] => rest = &after[1..],
            [high, low, ..] => {
                let digit = |octet: u8| char::from(octet).to_digit(16).ok_or(Error::Malformed(PART));
                decoded.push((digit(high)? * 16 + digit(low)?) as u8);
                rest = &after[2..];
            }
            [] => {}
            [_] => return Err(Error::Malformed(PART)),
        }
    }
    Ok(decoded)
}

/// The text with CRLF at every line end; `None` where it has that already.
pub fn canonical(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let lone = |at: usize| text[at] == b'\n' && (at == 0 || text[at - 1] != b'\r');
    let count = (0..text.len()).filter(|at| lone(*at)).count();
    if count == 0 {
        return None;
    }
    let mut made = Zeroizing::new(Vec::with_capacity(text.len() + count));
    for (at, octet) in text.iter().enumerate() {
        if lone(at) {
            made.push(b'\r');
        }
        made.push(*octet);
    }
    Some(made)
}

/// Base64 in lines of 76 letters (RFC 2045, 6.8), the last one ended too.
pub(crate) fn base64_lines(octets: &[u8]) -> String {
    let text = STANDARD.encode(octets);
    let mut lines = String::with_capacity(text.len() + text.len() / 38 + 2);
    for line in text.as_bytes().chunks(76) {
        lines.extend(line.iter().map(|letter| char::from(*letter)));
        lines.push_str("\r\n");
    }
    lines
}
