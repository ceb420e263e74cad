//! X.509 certificates, pinned as they are: with RSA keys, and of signers also of P-256 and P-384.
use std::fmt;
use std::ops::RangeInclusive;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::{OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use der::{Decode, Document};
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use crate::error::{Error, Feature, Part};
use crate::tlv::{self, Reader};

/// Longest PEM text read: a certificate or a key with room for what people write around it.
pub(crate) const PEM_OCTETS_MAX: usize = 256 * 1024;

/// AlgorithmIdentifier rsaEncryption with NULL (RFC 3370, 3.2).
pub(crate) const RSA_ENCRYPTION: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";

const P256: &[u8] = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const P384: &[u8] = b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22";

/// What kind of key a certificate has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Rsa,
    P256,
    P384,
}

/// The certificate of a signer or a recipient.
///
/// Its issuer's signature is not checked and it need not be a CA's: who trusts it has pinned it. Debug
/// and errors show the fingerprint at most, since subjects may be people.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    fingerprint: [u8; 32],
    /// DER of the issuer's Name and of the serial number's INTEGER, as the certificate has them.
    issuer: Vec<u8>,
    serial: Vec<u8>,
    key_identifier: Option<Vec<u8>>,
    not_before: u64,
    not_after: u64,
    /// DER of SubjectPublicKeyInfo, and of the RSAPublicKey in it.
    key_info: Vec<u8>,
    key: Vec<u8>,
    kind: KeyKind,
}

impl Certificate {
    /// Modulus lengths taken, in bits.
    pub const KEY_BITS: RangeInclusive<usize> = 2048..=8192;
    /// Certificates are 1 to 3 kB; what is longer is refused before it is read.
    pub const OCTETS_MAX: usize = 64 * 1024;

    /// Reads a PEM text with one `CERTIFICATE` block.
    ///
    /// # Errors
    /// [`Error::Pem`], and those of [`Certificate::from_der`].
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        Self::from_der(document_from_pem(text)?.as_bytes())
    }

    /// As [`Certificate::from_pem`], for whoever signs: keys of P-256 and P-384 (RFC 5480) are taken too.
    /// Nothing can be encrypted to those.
    ///
    /// # Errors
    /// As [`Certificate::from_pem`].
    pub fn of_signer_from_pem(text: &str) -> Result<Self, Error> {
        Self::read(document_from_pem(text)?.as_bytes())
    }

    /// Reads the DER of an RFC 5280 certificate.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Malformed`], [`Error::Unsupported`] (the key is not RSA),
    /// [`Error::KeySize`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let certificate = Self::read(der)?;
        if certificate.kind == KeyKind::Rsa {
            return Ok(certificate);
        }
        Err(Error::Unsupported(Feature::PublicKeyAlgorithm))
    }

    fn read(der: &[u8]) -> Result<Self, Error> {
        if der.len() > Self::OCTETS_MAX {
            return Err(Error::TooLong { part: Part::Certificate, octets: der.len(), limit: Self::OCTETS_MAX });
        }
        let malformed = Error::Malformed(Part::Certificate);
        // Two readers: x509-cert judges the whole and knows times and extensions; ours keeps names and
        // keys byte for byte, which is how CMS compares them.
        let parsed = x509_cert::Certificate::from_der(der).map_err(|_| malformed)?;
        let tbs = parsed.tbs_certificate();
        let key_identifier = tbs.get_extension::<SubjectKeyIdentifier>().map_err(|_| malformed)?;
        let fields = Fields::read(der)?;
        if fields.kind == KeyKind::Rsa {
            let key = PublicEncryptingKey::from_der(fields.key_info).map_err(|_| malformed)?;
            check_key_bits(key.key_size_bits())?;
        }
        let mut fingerprint = [0; 32];
        fingerprint.copy_from_slice(digest(&SHA256, der).as_ref());
        Ok(Self {
            der: der.to_vec(),
            fingerprint,
            issuer: fields.issuer.to_vec(),
            serial: fields.serial.to_vec(),
            key_identifier: key_identifier.map(|(_, identifier)| identifier.0.as_bytes().to_vec()),
            not_before: tbs.validity().not_before.to_unix_duration().as_secs(),
            not_after: tbs.validity().not_after.to_unix_duration().as_secs(),
            key_info: fields.key_info.to_vec(),
            key: fields.key.to_vec(),
            kind: fields.kind,
        })
    }

    /// The DER that was read.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the DER.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// DER of the issuer's Name.
    pub fn issuer(&self) -> &[u8] {
        &self.issuer
    }

    /// DER of the serial number: an INTEGER, tag and length included.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The serial number, big-endian, as software shows it: without the zero that keeps an INTEGER positive.
    pub fn serial_number(&self) -> &[u8] {
        let number = Reader::new(&self.serial, Part::Certificate).expect(tlv::INTEGER);
        let number = number.expect("it was read before").contents;
        number.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(number)
    }

    /// First and last second at which the certificate is valid, since 1970. Nothing in this crate
    /// looks at a clock: whoever has one compares.
    pub fn validity_seconds(&self) -> RangeInclusive<u64> {
        self.not_before..=self.not_after
    }

    /// The subject key identifier's octets, if the certificate has that extension.
    pub(crate) fn key_identifier(&self) -> Option<&[u8]> {
        self.key_identifier.as_deref()
    }

    /// DER of the RSAPublicKey (RFC 8017), or the point (RFC 5480).
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.key
    }

    pub(crate) fn key_kind(&self) -> KeyKind {
        self.kind
    }

    /// The key for RSAES-PKCS1-v1_5.
    pub(crate) fn pkcs1_encrypting_key(&self) -> Result<Pkcs1PublicEncryptingKey, Error> {
        let key = PublicEncryptingKey::from_der(&self.key_info).map_err(|_| Error::Encryption)?;
        Pkcs1PublicEncryptingKey::new(key).map_err(|_| Error::Encryption)
    }

    /// The key for RSAES-OAEP.
    pub(crate) fn encrypting_key(&self) -> Result<OaepPublicEncryptingKey, Error> {
        let key = PublicEncryptingKey::from_der(&self.key_info).map_err(|_| Error::Encryption)?;
        OaepPublicEncryptingKey::new(key).map_err(|_| Error::Encryption)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate(sha256:")?;
        self.fingerprint.iter().try_for_each(|octet| write!(f, "{octet:02x}"))?;
        f.write_str(")")
    }
}

/// What CMS needs byte for byte (RFC 5280, 4.1).
struct Fields<'a> {
    issuer: &'a [u8],
    serial: &'a [u8],
    key_info: &'a [u8],
    key: &'a [u8],
    kind: KeyKind,
}

impl<'a> Fields<'a> {
    fn read(der: &'a [u8]) -> Result<Self, Error> {
        let mut tbs = Reader::new(der, Part::Certificate).enter(tlv::SEQUENCE)?.enter(tlv::SEQUENCE)?;
        tbs.optional(tlv::context(0))?; // version
        let serial = tbs.expect(tlv::INTEGER)?.whole;
        tbs.expect(tlv::SEQUENCE)?; // signature algorithm
        let issuer = tbs.expect(tlv::SEQUENCE)?.whole;
        tbs.expect(tlv::SEQUENCE)?; // validity
        tbs.expect(tlv::SEQUENCE)?; // subject
        let key_info = tbs.expect(tlv::SEQUENCE)?;
        let mut inside = Reader::new(key_info.contents, Part::Certificate);
        let kind = match inside.expect(tlv::SEQUENCE)?.whole {
            RSA_ENCRYPTION => KeyKind::Rsa,
            P256 => KeyKind::P256,
            P384 => KeyKind::P384,
            _ => return Err(Error::Unsupported(Feature::PublicKeyAlgorithm)),
        };
        // The first octet counts the unused bits of the last: none in a key.
        match inside.expect(tlv::BIT_STRING)?.contents {
            [0, key @ ..] => Ok(Self { issuer, serial, key_info: key_info.whole, key, kind }),
            _ => Err(Error::Malformed(Part::Certificate)),
        }
    }
}

fn document_from_pem(text: &str) -> Result<Document, Error> {
    const LABEL: &str = "CERTIFICATE";
    check_pem_length(text)?;
    match Document::from_pem(text) {
        Ok((LABEL, document)) => Ok(document),
        _ => Err(Error::Pem { expected: LABEL }),
    }
}

pub(crate) fn check_key_bits(bits: usize) -> Result<(), Error> {
    let taken = Certificate::KEY_BITS;
    if taken.contains(&bits) {
        return Ok(());
    }
    Err(Error::KeySize { bits, least: *taken.start(), most: *taken.end() })
}

pub(crate) fn check_pem_length(text: &str) -> Result<(), Error> {
    if text.len() <= PEM_OCTETS_MAX {
        return Ok(());
    }
    Err(Error::TooLong { part: Part::Pem, octets: text.len(), limit: PEM_OCTETS_MAX })
}
