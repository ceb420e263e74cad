//! AS2 and its CMS, without sockets, files or a clock.
//!
//! | | |
//! |---|---|
//! | [`message`] | takes a partner's message apart: who, to whom, the document, its MIC, the receipt that is owed |
//! | [`mdn`] | makes that receipt, and judges those of partners |
//! | [`send`] | makes a message of a document |
//! | [`cms`] | signs and encrypts, decrypts and verifies; also without AS2 around it |
//! | [`mime`] | splits headers and multiparts without touching an octet |
//!
//! In scope: RFC 4130 (AS2), RFC 5402 (compression), RFC 3798 (MDN), RFC 5652, 5083 and 5084 (CMS with
//! AES-CBC and AES-GCM), RFC 3274 (zlib), RFC 8017 (RSA PKCS #1 v1.5, PSS, OAEP), ECDSA over P-256 and P-384 (RFC 5753).
//! SHA-1 and 3DES are read where a partner's [`Weak`] grants them, and never written. [`Certificate`],
//! [`Signer`] and [`Recipient`] are read from PEM.
//!
//! Out of scope: making keys and certificates; chains, revocation, dates and key usage (a partner's
//! certificate is pinned as it is); HTTP. Neither a message that is made nor one that is opened need be whole in
//! memory: [`send::Composing`] writes it while its document is read, [`message::Request::open_into`] reads it while it comes.
//!
//! # Delivery copies
//!
//! A delivery copy is the DER of an AuthEnvelopedData whose content is the DER of a SignedData. Its
//! receiver needs no software of ours:
//!
//! ```text
//! openssl cms -decrypt -inform DER -in X.p7m -inkey carrier.key |
//!     openssl cms -verify -inform DER -CAfile gateway.pem -purpose any
//! ```
//!
//! OpenSSL 3.0 reads exactly this combination. It decrypts while it reads and checks GCM's tag at the
//! end, so a receiver must heed the exit code of both commands (`set -o pipefail`). [`cms::decrypt`]
//! gives nothing before the tag is checked.
//!
//! ```
//! # fn run(gateway: &as2::Signer, gateway_certificate: &as2::Certificate, carrier: &as2::Recipient,
//! #        carrier_certificate: as2::Certificate, rng: &mut impl rand_core::CryptoRng) -> Result<(), as2::Error> {
//! let signed = as2::cms::sign(b"ISA*00*", gateway)?;
//! let delivery = as2::cms::encrypt(&signed, &[carrier_certificate], rng)?;
//!
//! let opened = as2::cms::decrypt(&delivery, carrier)?;
//! assert_eq!(as2::cms::verify(&opened, gateway_certificate)?, b"ISA*00*");
//! # Ok(())
//! # }
//! ```
//!
//! Buffers that hold clear content or keys are overwritten when dropped. AWS-LC takes the seed of OAEP
//! and RSA's blinding from its own generator; content keys and nonces come from the caller's.
pub mod cms;
pub mod mdn;
pub mod message;
pub mod mime;
pub mod send;

mod ber;
mod certificate;
mod digest;
mod disposition;
mod error;
mod features;
mod key;
mod mic;
mod name;
mod octets;
mod outgoing;
mod tlv;

pub use certificate::Certificate;
pub use cms::Weak;
pub use digest::Digest;
pub use disposition::Disposition;
pub use error::{Error, Feature, Part};
pub use features::Features;
pub use key::{KeyTransport, Padding, Recipient, Signer};
pub use mic::Mic;
pub use name::Name;
pub use outgoing::Outgoing;
