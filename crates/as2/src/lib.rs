//! CMS for AS2 and encrypted delivery, without sockets, files or a clock.
//!
//! In scope: [`cms`] signs a document and encrypts it to RSA certificates, and reads such messages
//! again: RFC 5652 (SignedData), RFC 5083 and 5084 (AuthEnvelopedData with AES-256-GCM), RFC 3560
//! (RSAES-OAEP with SHA-256), RFC 5754 (SHA-256). [`Certificate`], [`Signer`] and [`Recipient`] are
//! read from PEM.
//!
//! Out of scope: making keys and certificates; chains, revocation and key usage (a partner's
//! certificate is pinned as it is); signing without attributes; BER's indefinite lengths (what
//! `openssl cms -stream` writes); CBC. AS2's own layer (MIME, dispositions) is not here yet.
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

mod certificate;
mod error;
mod key;
mod tlv;

pub use certificate::Certificate;
pub use error::{Error, Feature, Part};
pub use key::{Recipient, Signer};
