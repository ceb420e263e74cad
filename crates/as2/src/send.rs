//! Sending: a document becomes a message (RFC 4130, RFC 5402: compressed, then signed, then encrypted), whole by
//! [`compose`], while it goes out by [`Composing`].
mod composing;

pub use composing::{Composing, Unmade};

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::cms::{self, Cipher, Signature};
use crate::digest::Digest;
use crate::error::Error;
use crate::features::Features;
use crate::key::{KeyTransport, Signer};
use crate::mic::Mic;
use crate::name::Name;
use crate::outgoing::{self, Outgoing, check_field, entity};

/// What is sent.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// Its octets, which are not changed.
    pub octets: &'a [u8],
    /// Its Content-Type, such as `application/edi-x12`.
    pub content_type: &'a str,
    /// A name for the receiver's file: a label.
    pub file_name: Option<&'a str>,
}

/// What is sent and not held.
#[derive(Clone, Copy)]
pub struct Label<'a> {
    /// Its Content-Type, such as `application/edi-x12`.
    pub content_type: &'a str,
    /// A name for the receiver's file: a label.
    pub file_name: Option<&'a str>,
}

/// Who sends to whom.
#[derive(Clone, Copy)]
pub struct Envelope<'a> {
    /// AS2-From.
    pub from: &'a Name,
    /// AS2-To.
    pub to: &'a Name,
    /// Message-ID with its angle brackets, different for each message.
    pub message_id: &'a str,
    /// Date, as RFC 9110, 5.6.7 writes it.
    pub date: &'a str,
    /// Subject, for people.
    pub subject: &'a str,
    /// AS2-Product and User-Agent: the name of the software.
    pub product: &'a str,
    /// EDIINT-Features: what the receiver may send back.
    pub features: Features,
}

/// How it is protected. Nothing weak can be chosen.
#[derive(Clone, Copy, Default)]
pub struct Protection<'a> {
    /// Compressed before anything else.
    pub compress: bool,
    /// Signed by whom, and how.
    pub sign: Option<(&'a Signer, Signature)>,
    /// Encrypted to whom, and how.
    pub encrypt: Option<(&'a [Certificate], Cipher, KeyTransport)>,
}

/// Which receipt is asked for.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Disposition-Notification-To: an address, which nobody uses.
    pub to: &'a str,
    /// Digests for the receipt's signature, the preferred one first; none: unsigned.
    pub signed: &'a [Digest],
    /// Where an asynchronous receipt shall be sent.
    pub deliver_to: Option<&'a str>,
}

/// Makes the message. Boundaries, content key and nonce are `rng`'s; what RSA draws for a key transport is
/// AWS-LC's own: keep what is made, and send that again.
///
/// # Errors
/// [`Error::Header`] for a value that cannot stand in a header, [`Error::FileName`]; those of
/// [`cms::compress`], [`cms::sign_as`] and [`cms::encrypt_as`].
pub fn compose(
    document: &Document<'_>,
    envelope: &Envelope<'_>,
    protection: &Protection<'_>,
    ask: Option<&Ask<'_>>,
    rng: &mut impl CryptoRng,
) -> Result<Outgoing, Error> {
    let Body { fields, body, mic } = protect(document, protection, ask, rng)?;
    Ok(Outgoing { headers: header(envelope, ask, fields)?, body, mic: Some(mic) })
}

/// The HTTP header, with the fields of what is in the body.
fn header(envelope: &Envelope<'_>, ask: Option<&Ask<'_>>, of_body: Fields) -> Result<Fields, Error> {
    let mut head = vec![
        ("AS2-Version", AS2_VERSION.to_owned()),
        ("AS2-From", envelope.from.to_field()),
        ("AS2-To", envelope.to.to_field()),
        ("Message-ID", envelope.message_id.to_owned()),
        ("Date", envelope.date.to_owned()),
        ("Subject", envelope.subject.to_owned()),
        ("AS2-Product", envelope.product.to_owned()),
        ("User-Agent", envelope.product.to_owned()),
        ("MIME-Version", "1.0".to_owned()),
    ];
    head.extend(envelope.features.to_field().map(|field| ("EDIINT-Features", field.to_owned())));
    ask.iter().for_each(|ask| ask_fields(ask, &mut head));
    head.extend(of_body);
    head.iter().try_for_each(|(_, value)| check_field(value))?;
    Ok(head)
}

/// With compression (1.1), EDIINT-Features (RFC 6017, 1.2), and as draft-ietf-ediint-rfc4130bis has it: nothing weak is
/// written, AES-GCM is read and written.
pub(crate) const AS2_VERSION: &str = "1.3";

fn ask_fields(ask: &Ask<'_>, head: &mut Fields) {
    head.push(("Disposition-Notification-To", ask.to.to_owned()));
    if !ask.signed.is_empty() {
        let names: Vec<&str> = ask.signed.iter().map(|digest| digest.name()).collect();
        let options = format!(
            "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, {}",
            names.join(", ")
        );
        head.push(("Disposition-Notification-Options", options));
    }
    head.extend(ask.deliver_to.map(|url| ("Receipt-Delivery-Option", url.to_owned())));
}

type Fields = Vec<(&'static str, String)>;

/// MIME fields that go into the HTTP header, the body, and what the receipt must state.
struct Body {
    fields: Fields,
    body: Zeroizing<Vec<u8>>,
    mic: Mic,
}

fn protect(
    document: &Document<'_>,
    protection: &Protection<'_>,
    ask: Option<&Ask<'_>>,
    rng: &mut impl CryptoRng,
) -> Result<Body, Error> {
    let digest = unsigned_digest(ask);
    let own = document_fields(Label { content_type: document.content_type, file_name: document.file_name })?;
    if !protection.compress && protection.sign.is_none() && protection.encrypt.is_none() {
        // Without any of them the MIC is over the document alone (RFC 4130, 7.3.1).
        let mic = Mic::of(digest, document.octets);
        return Ok(Body { fields: own, body: Zeroizing::new(document.octets.to_vec()), mic });
    }
    let mut whole = entity(&lines(&own), document.octets);
    let mut mic = Mic::of(digest, &whole);
    let mut outer = Vec::new();
    let mut body = Zeroizing::new(Vec::new());
    if protection.compress {
        body = cms::compress(&whole)?;
        outer = compressed_fields();
        whole = entity(&lines(&outer), &body);
    }
    if let Some((signer, signature)) = protection.sign {
        mic = Mic::of(signature.digest, &whole);
        let (content_type, signed) = outgoing::sign(&whole, signer, signature, rng)?;
        outer = vec![("Content-Type", content_type)];
        whole = entity(&lines(&outer), &signed);
        body = signed;
    }
    if let Some((recipients, cipher, transport)) = protection.encrypt {
        body = Zeroizing::new(cms::encrypt_as(&whole, recipients, cipher, transport, rng)?);
        outer = encrypted_fields(cipher);
    }
    Ok(Body { fields: outer, body, mic })
}

/// Of the MIC of what nobody signs.
fn unsigned_digest(ask: Option<&Ask<'_>>) -> Digest {
    ask.and_then(|ask| ask.signed.first()).copied().unwrap_or(Digest::Sha256)
}

fn document_fields(label: Label<'_>) -> Result<Fields, Error> {
    check_field(label.content_type)?;
    let mut fields =
        vec![("Content-Type", label.content_type.to_owned()), ("Content-Transfer-Encoding", "binary".to_owned())];
    if let Some(name) = label.file_name {
        if name.is_empty() || name.contains(['"', '\\', '/', ':']) || check_field(name).is_err() {
            return Err(Error::FileName);
        }
        fields.push(("Content-Disposition", format!("attachment; filename=\"{name}\"")));
    }
    Ok(fields)
}

fn compressed_fields() -> Fields {
    pkcs7_fields("compressed-data", "smime.p7z")
}

fn encrypted_fields(cipher: Cipher) -> Fields {
    pkcs7_fields(if cipher.is_authenticated() { "authEnveloped-data" } else { "enveloped-data" }, "smime.p7m")
}

fn pkcs7_fields(kind: &str, name: &str) -> Fields {
    vec![
        ("Content-Type", format!("application/pkcs7-mime; smime-type={kind}; name=\"{name}\"")),
        ("Content-Transfer-Encoding", "binary".to_owned()),
        ("Content-Disposition", format!("attachment; filename=\"{name}\"")),
    ]
}

fn lines(fields: &[(&'static str, String)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect()
}
