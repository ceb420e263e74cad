//! Cosignatures (C2SP tlog-cosignature, v1 with Ed25519): a witness's timed statement about a checkpoint.
//!
//! The signature's octets are the time (seconds, 64 bits, big-endian) and 64 octets of Ed25519 over
//!
//! ```text
//! cosignature/v1
//! time 1679315147
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```

use crate::{Checkpoint, Cosigner, Error, Verifier, note::SignatureLine};

/// C2SP: the time must not exceed 2^63 - 1.
const TIME_MAX: u64 = i64::MAX as u64;

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
    let fits = time <= TIME_MAX && verifier.fits(message(text, time).as_bytes(), signature.try_into().ok()?);
    fits.then_some(time)
}

/// The time in a cosignature's octets, whoever wrote them.
pub(crate) fn claimed_time(octets: &[u8]) -> Option<u64> {
    let (time, signature) = octets.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    (signature.len() == 64 && time <= TIME_MAX).then_some(time)
}

fn message(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}
