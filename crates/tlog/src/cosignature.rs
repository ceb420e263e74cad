//! Cosignatures (C2SP tlog-cosignature): a witness's timed statement about a checkpoint.
//!
//! The signature's octets are the time (seconds, 64 bits, big-endian), then with a key of type 0x04 64 octets of Ed25519 over
//!
//! ```text
//! cosignature/v1
//! time 1679315147
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```
//!
//! and with one of type 0x06, which is only verified here, 2420 octets of ML-DSA-44 over
//!
//! ```text
//! "subtree/v1\n\0"              twelve octets
//! name                          the cosigner's, its length in one octet before it
//! time                          64 bits, big-endian, as are start and end
//! origin                        its length in one octet before it
//! start, end                    0 and the checkpoint's size
//! root                          32 octets
//! ```
//!
//! That leaves the checkpoint's extension lines unsigned.

use crate::{Algorithm, Checkpoint, Cosigner, Error, Verifier, note::SignatureLine};

/// C2SP: the time must not exceed 2^63 - 1.
const TIME_MAX: u64 = i64::MAX as u64;

/// Names and origins that `subtree/v1` can sign have a length of one octet.
pub(crate) const NAME_OCTETS_MAX: usize = 255;
/// Octets of a signature of Ed25519 and of ML-DSA-44.
const SIGNATURE_OCTETS: [usize; 2] = [64, 2420];

/// Cosigns a checkpoint's text. Checks nothing about the log: [`Witness`](crate::Witness) does.
///
/// # Errors
/// [`Error::Malformed`] if the text is no checkpoint, [`Error::TimeOutOfRange`] from 2^63 s on.
pub fn cosign(text: &str, cosigner: &Cosigner, now_unix_seconds: u64) -> Result<SignatureLine, Error> {
    Checkpoint::parse(text)?;
    if now_unix_seconds > TIME_MAX {
        return Err(Error::TimeOutOfRange { seconds: now_unix_seconds });
    }
    let signature = cosigner.signature(message(text, now_unix_seconds).as_bytes());
    let octets = [now_unix_seconds.to_be_bytes().as_slice(), &signature].concat();
    Ok(SignatureLine::new(cosigner.name(), cosigner.id(), octets))
}

/// The time of a cosignature that fits.
pub(crate) fn verify(text: &str, octets: &[u8], verifier: &Verifier) -> Option<u64> {
    let (time, signature) = octets.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    let message = match verifier.algorithm() {
        Algorithm::MlDsa44 => subtree(&Checkpoint::parse(text).ok()?, time, verifier.name())?,
        Algorithm::CosignatureV1 | Algorithm::Ed25519 => message(text, time).into_bytes(),
    };
    let fits = time <= TIME_MAX && verifier.fits(&message, signature);
    fits.then_some(time)
}

/// The time in a cosignature's octets, whoever wrote them.
pub(crate) fn claimed_time(octets: &[u8]) -> Option<u64> {
    let (time, signature) = octets.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    (SIGNATURE_OCTETS.contains(&signature.len()) && time <= TIME_MAX).then_some(time)
}

fn message(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// `cosigned_message` of a whole tree. `None` for an origin that does not fit, and for the time 0: that says of a tree that it
/// is consistent with others, and not that it was the newest at any time.
fn subtree(checkpoint: &Checkpoint, time: u64, name: &str) -> Option<Vec<u8>> {
    let opaque = |text: &str| {
        let length = u8::try_from(text.len()).ok().filter(|length| *length > 0)?;
        Some([&[length], text.as_bytes()].concat())
    };
    let (name, origin) = (opaque(name)?, opaque(checkpoint.origin())?);
    let (start, end) = (0_u64.to_be_bytes(), checkpoint.size().to_be_bytes());
    let parts = [b"subtree/v1\n\0".as_slice(), &name, &time.to_be_bytes(), &origin, &start, &end, &checkpoint.root()];
    (time > 0).then(|| parts.concat())
}
