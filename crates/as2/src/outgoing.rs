//! What goes out, and the multipart that a signature makes of it.
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::cms::{self, Signature};
use crate::error::Error;
use crate::key::Signer;
use crate::mic::Mic;
use crate::mime::base64_lines;

/// A message or a receipt, ready to be sent: a retry sends the same octets.
pub struct Outgoing {
    /// Fields of the HTTP header, Content-Length and Host excepted.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
    /// What the receipt must state; of a receipt there is none.
    pub mic: Option<Mic>,
}

/// A boundary that no document has: 128 random bits.
pub(crate) fn boundary(rng: &mut impl CryptoRng) -> String {
    let mut random = [0; 16];
    rng.fill_bytes(&mut random);
    random.iter().fold("as2=".to_owned(), |text, octet| text + &format!("{octet:02x}"))
}

/// `parts` around the given values, each with its own header.
pub(crate) fn multipart(parts: &[&[u8]], boundary: &str) -> Zeroizing<Vec<u8>> {
    let octets: usize = parts.iter().map(|part| part.len() + boundary.len() + 6).sum();
    let mut body = Zeroizing::new(Vec::with_capacity(octets + boundary.len() + 6));
    for part in parts {
        body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        body.extend_from_slice(part);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

/// `multipart/signed` around an entity: its Content-Type and its body.
pub(crate) fn sign(
    entity: &[u8],
    signer: &Signer,
    signature: Signature,
    rng: &mut impl CryptoRng,
) -> Result<(String, Zeroizing<Vec<u8>>), Error> {
    let boundary = boundary(rng);
    let part = signature_part(&cms::sign_as(entity, signer, signature)?);
    Ok((signed_type(signature, &boundary), multipart(&[entity, part.as_bytes()], &boundary)))
}

/// The Content-Type of a `multipart/signed`.
pub(crate) fn signed_type(signature: Signature, boundary: &str) -> String {
    format!(
        "multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=\"{}\"; boundary=\"{boundary}\"",
        signature.digest.name()
    )
}

/// Its second part.
pub(crate) fn signature_part(value: &[u8]) -> String {
    format!(
        "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n{}",
        base64_lines(value)
    )
}

/// An entity with these fields and this body.
pub(crate) fn entity(fields: &str, body: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut whole = Zeroizing::new(Vec::with_capacity(fields.len() + body.len() + 2));
    whole.extend_from_slice(fields.as_bytes());
    whole.extend_from_slice(b"\r\n");
    whole.extend_from_slice(body);
    whole
}

/// Whether a text can stand in a header: nothing in it ends a line.
pub(crate) fn check_field(value: &str) -> Result<(), Error> {
    if value.bytes().all(|octet| matches!(octet, b' '..=b'~')) { Ok(()) } else { Err(Error::Header("value")) }
}
