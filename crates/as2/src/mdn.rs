//! Receipts: message disposition notifications (RFC 3798, RFC 4130, 7.4), made and judged.
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::cms::{self, Signature, Weak};
use crate::disposition::Disposition;
use crate::error::Error;
use crate::features::Features;
use crate::key::{Padding, Signer};
use crate::message::Request;
use crate::mic::Mic;
use crate::mime::{self, Entity, Headers, Parts};
use crate::outgoing::{self, Outgoing, check_field, entity};
use crate::send::AS2_VERSION;

/// Longest receipt read, in octets.
pub const OCTETS_MAX: usize = 1024 * 1024;
const REPORT: &str = "multipart/report";

/// What a receipt says of a message.
#[derive(Clone, Copy)]
pub struct Statement<'a> {
    /// What became of it.
    pub disposition: Disposition,
    /// Its MIC, where it was taken.
    pub mic: Option<&'a Mic>,
    /// For people, in ASCII.
    pub text: &'a str,
    /// Message-ID of the receipt, with its angle brackets.
    pub message_id: &'a str,
    /// Date, as RFC 9110, 5.6.7 writes it.
    pub date: &'a str,
    /// Reporting-UA and AS2-Product: the name of the software.
    pub product: &'a str,
    /// EDIINT-Features: what the sender may send next time.
    pub features: Features,
}

/// Makes the receipt for a message, signed if that was asked for and there is a signer: with the first of the
/// asked digests that is not SHA-1, by RSA PKCS #1 v1.5.
///
/// # Errors
/// [`Error::Header`] for a value that cannot stand in a header, [`Error::Signing`].
pub fn make(
    request: &Request,
    statement: &Statement<'_>,
    signer: Option<&Signer>,
    rng: &mut impl CryptoRng,
) -> Result<Outgoing, Error> {
    for value in [statement.message_id, statement.date, statement.product, &request.message_id] {
        check_field(value)?;
    }
    let boundary = outgoing::boundary(rng);
    let content_type = format!("multipart/report; report-type=disposition-notification; boundary=\"{boundary}\"");
    let text = entity(
        "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n",
        &people(statement.text),
    );
    let fields = entity(
        "Content-Type: message/disposition-notification\r\nContent-Transfer-Encoding: 7bit\r\n",
        fields(request, statement).as_bytes(),
    );
    let report = outgoing::multipart(&[&text, &fields], &boundary);
    let asked = request.receipt.as_ref().and_then(|receipt| receipt.signed.as_ref());
    let (content_type, body) = match (asked, signer) {
        (Some(asked), Some(signer)) => {
            let whole = entity(&format!("Content-Type: {content_type}\r\n"), &report);
            let signature = Signature { digest: asked.digest(), padding: Padding::Pkcs1 };
            outgoing::sign(&whole, signer, signature, rng)?
        }
        _ => (content_type, report),
    };
    let mut headers = vec![
        ("AS2-Version", AS2_VERSION.to_owned()),
        ("AS2-From", request.to.to_field()),
        ("AS2-To", request.from.to_field()),
        ("Message-ID", statement.message_id.to_owned()),
        ("Date", statement.date.to_owned()),
        ("Subject", "Message Disposition Notification".to_owned()),
        ("AS2-Product", statement.product.to_owned()),
        ("MIME-Version", "1.0".to_owned()),
        ("Content-Type", content_type),
    ];
    headers.extend(statement.features.to_field().map(|field| ("EDIINT-Features", field.to_owned())));
    Ok(Outgoing { headers, body, mic: None })
}

/// The text with CRLF; what is no letter of ASCII becomes a question mark.
fn people(text: &str) -> Vec<u8> {
    let plain = |c: char| if matches!(c, ' '..='~') { c as u8 } else { b'?' };
    let mut made = Vec::with_capacity(text.len() + 2);
    for line in text.lines() {
        made.extend(line.chars().map(plain));
        made.extend_from_slice(b"\r\n");
    }
    made
}

fn fields(request: &Request, statement: &Statement<'_>) -> String {
    let to = request.to.to_field();
    let mut made = format!(
        "Reporting-UA: {}\r\nOriginal-Recipient: rfc822; {to}\r\nFinal-Recipient: rfc822; {to}\r\n\
         Original-Message-ID: {}\r\nDisposition: automatic-action/MDN-sent-automatically; {}\r\n",
        statement.product,
        request.message_id,
        statement.disposition.to_field(),
    );
    if let Some(mic) = statement.mic {
        // As the sender calls the digest: some compare the whole field.
        let signed = request.receipt.as_ref().and_then(|receipt| receipt.signed.as_ref());
        let asked = signed.and_then(|signed| signed.digests.iter().find(|(digest, _)| *digest == mic.digest()));
        let name = asked.map_or(mic.digest().name(), |(_, name)| name);
        let name = if check_field(name).is_ok() { name } else { mic.digest().name() };
        made += &format!("Received-Content-MIC: {}, {name}\r\n", mic.to_base64());
    }
    made
}

/// What we sent and whom we trust to confirm it.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// Message-ID of our message.
    pub message_id: &'a str,
    /// Its MIC.
    pub mic: &'a Mic,
    /// The partner's certificates, any of which may have signed.
    pub certificates: &'a [Certificate],
    /// The partner's outside of their dates: what these signed is refused as that.
    pub not_valid: &'a [Certificate],
    /// Whether an unsigned receipt is refused.
    pub signed: bool,
    /// What is taken although it is weak.
    pub weak: Weak,
}

/// A receipt as it was read.
pub struct Receipt {
    /// The Message-ID that it is about.
    pub original_message_id: Option<String>,
    /// What became of that message.
    pub disposition: Option<Disposition>,
    /// What it states of the message's octets.
    pub mic: Option<Mic>,
    /// SHA-256 of the certificate that signed it.
    pub signed_with: Option<[u8; 32]>,
}

/// Why a receipt confirms nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unconfirmed {
    /// No receipt at all, or a damaged one.
    #[error("this is not a receipt: {0}")]
    NotAnMdn(Error),
    /// Not signed although a signature was asked for, or not by this partner.
    #[error("the receipt is not signed by the partner: {0}")]
    WrongSigner(Error),
    /// About another message.
    #[error("the receipt is about another message")]
    WrongId,
    /// It does not say what became of the message.
    #[error("the receipt does not say what became of the message")]
    NoDisposition,
    /// The partner refused the message.
    #[error("the partner refused the message: {}", .0.to_field())]
    Refused(Disposition),
    /// The partner has other octets than those that were sent, or does not say which.
    #[error("the receipt is about other octets than those that were sent")]
    WrongMic,
}

/// Whether a receipt confirms what was sent: signed by the partner, about this message, processed, the same
/// octets. In this order, so that whoever is not the partner is told nothing else.
///
/// # Errors
/// The first of [`Unconfirmed`] that is so.
pub fn judge(headers: &Headers, body: &[u8], expected: &Expected<'_>) -> Result<Disposition, Unconfirmed> {
    let receipt = read(headers, body, expected.certificates, expected.not_valid, expected.weak)?;
    if expected.signed && receipt.signed_with.is_none() {
        return Err(Unconfirmed::WrongSigner(Error::NotSigner));
    }
    let bare = |id: &str| id.trim().trim_start_matches('<').trim_end_matches('>').to_owned();
    if receipt.original_message_id.as_deref().map(bare) != Some(bare(expected.message_id)) {
        return Err(Unconfirmed::WrongId);
    }
    let disposition = receipt.disposition.ok_or(Unconfirmed::NoDisposition)?;
    if !disposition.is_processed() {
        return Err(Unconfirmed::Refused(disposition));
    }
    if receipt.mic.as_ref() == Some(expected.mic) { Ok(disposition) } else { Err(Unconfirmed::WrongMic) }
}

/// Whether what has this header may be a receipt. [`read`] says whether it is one.
pub fn is_possible(headers: &Headers) -> bool {
    headers.content_type().is_ok_and(|kind| ["multipart/signed", REPORT].contains(&kind.essence.as_str()))
}

/// Reads a receipt; a signature, where there is one, must hold. One by a certificate of `not_valid` is refused as that.
///
/// # Errors
/// [`Unconfirmed::NotAnMdn`], [`Unconfirmed::WrongSigner`].
pub fn read(
    headers: &Headers,
    body: &[u8],
    certificates: &[Certificate],
    not_valid: &[Certificate],
    weak: Weak,
) -> Result<Receipt, Unconfirmed> {
    let broken = Unconfirmed::NotAnMdn;
    if body.len() > OCTETS_MAX {
        let (part, octets, limit) = (crate::error::Part::Message, body.len(), OCTETS_MAX);
        return Err(broken(Error::TooLong { part, octets, limit }));
    }
    let kind = headers.content_type().map_err(broken)?;
    let whole = Entity { headers: headers.clone(), body, whole: body };
    if kind.essence != "multipart/signed" {
        return report(&whole, None).map_err(broken);
    }
    let split = Parts::read(body, kind.parameter("boundary")).map_err(broken)?;
    let [content, signature] = split.parts[..] else {
        return Err(broken(Error::Malformed(crate::error::Part::Mime)));
    };
    // A message that its sender signed and nothing more looks the same: whose signature fails is told of a receipt only.
    if Entity::read(content).and_then(|part| part.headers.content_type()).map_err(broken)?.essence != REPORT {
        return Err(broken(Error::Unsupported(crate::error::Feature::ContentType)));
    }
    let signature = Entity::read(signature).and_then(|part| part.decoded()).map_err(broken)?;
    let canonical: Option<Zeroizing<Vec<u8>>> = mime::canonical(content);
    let forms: Vec<&[u8]> =
        [Some(content), canonical.as_ref().map(|made| made.as_slice())].into_iter().flatten().collect();
    let check = |signers| cms::authenticate_detached(&signature, &forms, signers, weak);
    let found = check(certificates).map_err(|why| cms::unsigned(why, || check(not_valid)));
    let found = found.map_err(Unconfirmed::WrongSigner)?;
    let inner = Entity::read(forms[found.form]).map_err(broken)?;
    report(&inner, Some(found.signer)).map_err(broken)
}

fn report(entity: &Entity<'_>, signed_with: Option<[u8; 32]>) -> Result<Receipt, Error> {
    const MALFORMED: Error = Error::Malformed(crate::error::Part::Mime);
    let kind = entity.headers.content_type()?;
    if kind.essence != REPORT {
        return Err(Error::Unsupported(crate::error::Feature::ContentType));
    }
    for part in Parts::read(entity.body, kind.parameter("boundary"))?.parts {
        let part = Entity::read(part)?;
        if part.headers.content_type()?.essence != "message/disposition-notification" {
            continue;
        }
        // Its fields are a header without a body.
        let text = [part.decoded()?.trim_ascii(), b"\r\n\r\n"].concat();
        let fields = Entity::read(&text)?.headers;
        return Ok(Receipt {
            original_message_id: fields.get("original-message-id").map(str::to_owned),
            disposition: fields.get("disposition").and_then(Disposition::read),
            mic: fields.get("received-content-mic").and_then(Mic::read),
            signed_with,
        });
    }
    Err(MALFORMED)
}
