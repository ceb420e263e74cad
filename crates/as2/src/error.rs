//! Everything that can go wrong, as data. No variant holds bytes of a message or of a key.
use std::fmt;

/// Why a key, a certificate or a message was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is not one PEM block with this label (RFC 7468).
    #[error("not a PEM block \"{expected}\"")]
    Pem {
        /// The label that belongs there.
        expected: &'static str,
    },
    /// Longer than this crate reads or writes.
    #[error("{part} of {octets} octets, the limit is {limit}")]
    TooLong {
        /// What is too long.
        part: Part,
        /// As it came, or would be written.
        octets: usize,
        /// The greatest length taken.
        limit: usize,
    },
    /// More items in a set than this crate reads or writes.
    #[error("more than {limit} items in {part}")]
    TooMany {
        /// What is repeated too often.
        part: Part,
        /// The greatest count taken.
        limit: usize,
    },
    /// Not the form of this structure.
    #[error("{0} is not well-formed")]
    Malformed(Part),
    /// Well-formed, and something that this crate does not do.
    #[error("{0} is not supported")]
    Unsupported(Feature),
    /// The private key is not in PKCS #8, not of the certificate's kind, or is damaged.
    #[error("the private key is not in PKCS #8, or not of the certificate's kind")]
    PrivateKey,
    /// An RSA key outside of [`Certificate::KEY_BITS`](crate::Certificate::KEY_BITS).
    #[error("an RSA key of {bits} bits, {least} to {most} are taken")]
    KeySize {
        /// Length of the key's modulus.
        bits: usize,
        /// What NIST SP 800-131A still allows.
        least: usize,
        /// Beyond it one signature costs more than it protects.
        most: usize,
    },
    /// Private key and certificate are not of one pair.
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
    /// A message to nobody.
    #[error("no recipient was given")]
    NoRecipient,
    /// A time that DER cannot express (after the year 9999).
    #[error("the signing time is out of range")]
    SigningTime,
    /// AWS-LC could not sign.
    #[error("the signature could not be made")]
    Signing,
    /// AWS-LC could not encrypt.
    #[error("the message could not be encrypted")]
    Encryption,
    /// No recipient of the message is this certificate. Known from clear fields alone.
    #[error("the message is not encrypted to this certificate")]
    NotRecipient,
    /// The message is encrypted to a certificate that is outside of its dates, and to none within. Known from clear fields alone.
    #[error("the message is encrypted to a certificate that is not valid now")]
    RecipientNotValid {
        /// SHA-256 of that certificate.
        certificate: [u8; 32],
    },
    /// The message does not decrypt. Wrong key, damaged key transport and damaged content are one
    /// error on purpose: telling them apart helps only who sends made-up messages.
    #[error("the message cannot be decrypted")]
    Decryption,
    /// No signature of the message names the trusted certificate.
    #[error("the message is not signed with the trusted certificate")]
    NotSigner,
    /// The signature holds, and is by a certificate that is outside of its dates.
    #[error("the message is signed with a certificate that is not valid now")]
    SignerNotValid {
        /// SHA-256 of that certificate.
        certificate: [u8; 32],
    },
    /// The content is not what was signed.
    #[error("the content is not what was signed")]
    Digest,
    /// A header field without which nobody can answer.
    #[error("the header field {0} is missing or not well-formed")]
    Header(&'static str),
    /// Not 1 to 128 printable letters, or quoted wrongly.
    #[error("an AS2 name is 1 to 128 printable letters, in quotes if it has blanks")]
    Name,
    /// Less than what was agreed.
    #[error("the message is not signed or not encrypted as agreed")]
    Insecure,
    /// A file's name with a path or a control character, or none at all.
    #[error("the file name is not a plain one")]
    FileName,
    /// A file's name that another part of the message has, too.
    #[error("two files of the message have one name")]
    FileNameTwice,
    /// The compressed content is damaged, or not zlib's.
    #[error("the content cannot be decompressed")]
    Decompression,
    /// The signature is not by the trusted certificate's key.
    #[error("the signature is wrong")]
    Signature,
}

/// A structure of RFC 5652, RFC 5083 or RFC 5280.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What comes in or goes out as a whole, before its kind is known.
    Message,
    /// RFC 5280; of a partner or of this gateway.
    Certificate,
    /// RFC 7468, around a key or a certificate.
    Pem,
    /// The outermost structure, which names the kind of the content.
    ContentInfo,
    /// Content, certificates and signatures (RFC 5652, 5).
    SignedData,
    /// SignerInfo, or the set of them.
    SignerInfo,
    /// A signer's signed attributes.
    SignedAttributes,
    /// The encrypted content with its recipients (RFC 5083).
    AuthEnvelopedData,
    /// RecipientInfo, or the set of them.
    RecipientInfo,
    /// An AlgorithmIdentifier, wherever it stands.
    Algorithm,
    /// The encrypted content with its recipients, without a tag (RFC 5652, 6).
    EnvelopedData,
    /// Content in zlib's format (RFC 3274).
    CompressedData,
    /// Headers and multiparts (RFC 2045, 2046).
    Mime,
    /// BER before it is made DER: depth and values.
    Ber,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Message => "the message",
            Self::Certificate => "the certificate",
            Self::Pem => "the PEM text",
            Self::ContentInfo => "ContentInfo",
            Self::SignedData => "SignedData",
            Self::SignerInfo => "SignerInfo",
            Self::SignedAttributes => "SignedAttributes",
            Self::AuthEnvelopedData => "AuthEnvelopedData",
            Self::RecipientInfo => "RecipientInfo",
            Self::Algorithm => "AlgorithmIdentifier",
            Self::EnvelopedData => "EnvelopedData",
            Self::CompressedData => "CompressedData",
            Self::Mime => "MIME",
            Self::Ber => "the message's BER",
        })
    }
}

/// What a message or certificate may use and this crate does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// BER's indefinite lengths (`openssl cms -stream`).
    IndefiniteLength,
    /// Another type of content than the one asked for.
    ContentType,
    /// A certificate's key that is not RSA (rsaEncryption).
    PublicKeyAlgorithm,
    /// Another digest than SHA-256.
    DigestAlgorithm,
    /// Another signature than RSASSA-PKCS1-v1_5 with SHA-256.
    SignatureAlgorithm,
    /// A signature whose content is elsewhere.
    DetachedContent,
    /// A signature directly over the content. Without attributes, content and attributes of another
    /// message can be exchanged for each other.
    NoSignedAttributes,
    /// Another key transport than RSAES-OAEP with SHA-256, MGF1 with SHA-256 and no label.
    KeyTransport,
    /// Another content encryption than AES-256-GCM with a nonce of 12 and a tag of 16 octets.
    ContentEncryption,
    /// 3DES, not granted to this partner.
    TripleDes,
    /// SHA-1, not granted to this partner.
    Sha1,
    /// Encrypted, signed or compressed twice, or encrypted within the others.
    Nesting,
    /// Another signed-receipt-protocol than pkcs7-signature, required.
    ReceiptFormat,
    /// None of the digests of signed-receipt-micalg, required.
    ReceiptDigest,
    /// Another Content-Transfer-Encoding than RFC 2045's.
    TransferEncoding,
    /// Another compression than zlib's.
    Compression,
    /// Authenticated attributes in AuthEnvelopedData.
    AuthenticatedAttributes,
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IndefiniteLength => "an indefinite length",
            Self::ContentType => "this type of content",
            Self::PublicKeyAlgorithm => "a public key other than RSA",
            Self::DigestAlgorithm => "a digest other than SHA-256",
            Self::SignatureAlgorithm => "a signature other than RSA PKCS #1 v1.5 with SHA-256",
            Self::DetachedContent => "a signature without its content",
            Self::NoSignedAttributes => "a signature without signed attributes",
            Self::KeyTransport => "a key transport other than RSAES-OAEP with SHA-256",
            Self::ContentEncryption => "a content encryption other than AES-256-GCM",
            Self::TripleDes => "3DES that is not granted to this partner",
            Self::Sha1 => "SHA-1 that is not granted to this partner",
            Self::Nesting => "this order of encryption, signature and compression",
            Self::ReceiptFormat => "the required format of the receipt",
            Self::ReceiptDigest => "each required digest of the receipt",
            Self::TransferEncoding => "this Content-Transfer-Encoding",
            Self::Compression => "a compression other than zlib",
            Self::AuthenticatedAttributes => "a set of authenticated attributes",
        })
    }
}
