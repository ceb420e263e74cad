//! What goes out as an AS2 message: made once, in memory, and sent as it is until its receipt is there.

use super::Answer;
use crate::{Error, Gateway, partner::As2, retention::Keys};
use as2::{
    Certificate, Digest, KeyTransport, Name, Padding,
    cms::{Cipher, Signature},
    send::{self, Ask, Document, Envelope, Protection},
};
use durable::random::OsRandom;
use ledger::{DeliveryId, Month, Time};
use seal::Token;
use std::time::{Duration, UNIX_EPOCH};
use vault::{Form, Mic};

/// How this software calls itself to partners.
pub(super) const PRODUCT: &str = concat!("bulla:", env!("CARGO_PKG_VERSION"));
/// The right side of our Message-IDs.
const HOST: &str = "bulla";

/// The Message-ID of a delivery: the same in every attempt.
pub(super) fn message_id(id: &DeliveryId) -> String {
    format!("<{id}@{HOST}>")
}

/// The delivery that a receipt is about, if it is about one of ours.
pub(super) fn delivery_of(message_id: &str) -> Option<DeliveryId> {
    let id = message_id.trim().trim_start_matches('<').trim_end_matches('>');
    id.strip_suffix(HOST)?.strip_suffix('@')?.parse().ok()
}

/// A moment as HTTP writes it (RFC 9110, 5.6.7).
pub(super) fn date(now: Time) -> String {
    let since = Duration::from_millis(now.milliseconds().max(0).unsigned_abs());
    httpdate::fmt_http_date(UNIX_EPOCH + since)
}

/// The message with a document for a partner, signed by us and encrypted to this certificate; a signed receipt is asked for.
///
/// # Errors
/// [`Error::As2`] without a name or a valid key of ours; [`Error::NoIndexKey`]; [`Error::DeliveryCopy`].
pub(crate) fn compose(
    gateway: &Gateway,
    keys: &Keys,
    month: Month,
    to: (&As2, &Certificate),
    id: &DeliveryId,
    octets: &[u8],
) -> Result<(Vec<u8>, Form), Error> {
    let missing = |what: &str| Error::As2 { what: what.to_owned() };
    let (as2, certificate) = to;
    let identity = gateway.identity().ok_or_else(|| missing("this gateway has no name: as2_name in gateway.toml"))?;
    let (now, pairs) = (gateway.now(), identity.pairs());
    let signer = pairs.signer(now).ok_or_else(|| missing("no key of ours is valid now: `bulla as2 renew`"))?;
    let index = keys.index(month).ok_or(Error::NoIndexKey { month })?;
    let content_type = if octets.starts_with(b"UN") { "application/edifact" } else { "application/edi-x12" };
    let envelope = Envelope {
        from: &identity.name,
        to: &Name::new(&as2.name)?,
        message_id: &message_id(id),
        date: &date(now),
        subject: "EDI",
        product: PRODUCT,
        features: as2.features(),
    };
    // What every partner reads.
    let signature = Signature { digest: Digest::Sha256, padding: Padding::Pkcs1 };
    let protection = Protection {
        compress: false,
        sign: Some((signer, signature)),
        encrypt: Some((std::slice::from_ref(certificate), Cipher::Aes256Cbc, KeyTransport::Pkcs1)),
    };
    let deliver_to = gateway.config.as2_url.as_deref().filter(|_| as2.asynchronous);
    let ask = Ask { to: identity.name.as_str(), signed: &[Digest::Sha256], deliver_to };
    let document = Document { octets, content_type, file_name: None };
    let made = send::compose(&document, &envelope, &protection, Some(&ask), &mut OsRandom)?;
    let mic = made.mic.as_ref().map(as2::Mic::to_field).unwrap_or_default();
    let sealed = index.keep(&Token(id.0), mic.as_bytes(), &mut OsRandom);
    Ok((Answer::from(made).to_octets().to_vec(), Form::As2(Mic { month, sealed })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_names_its_delivery() {
        let id = DeliveryId([7; 16]);
        assert_eq!(delivery_of(&message_id(&id)), Some(id));
        assert_eq!(delivery_of(&format!("{id}@bulla")), Some(id));
        for other in ["<1@bulla>", "bulla", "", "<07070707070707070707070707070707@else>"] {
            assert_eq!(delivery_of(other), None, "{other}");
        }
    }
}
