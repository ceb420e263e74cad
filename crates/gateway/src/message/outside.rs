//! Certificates outside of their dates, named so that their owner finds them: by numbers, since subjects may be people.

use crate::partner::{as2::has_ended, certificates::validity};
use as2::{Certificate, Error};
use ledger::{Hash, Time};

/// Why a message or a receipt is refused; which of `not_valid` it needs, if that is why.
pub(super) fn named(why: Error, not_valid: &[Certificate], now: Time) -> String {
    let (needs, fingerprint) = match why {
        Error::SignerNotValid { certificate } => ("signed with", certificate),
        Error::RecipientNotValid { certificate } => ("encrypted to", certificate),
        other => return other.to_string(),
    };
    let Some(found) = not_valid.iter().find(|one| one.fingerprint() == fingerprint) else { return why.to_string() };
    let (from, until) = validity(found);
    let state = if has_ended(found, now) { format!("ended {until}") } else { format!("begins {from}") };
    let (serial, sha256) = (hex::encode(found.serial_number()), Hash(fingerprint));
    format!("it is {needs} a certificate that {state}: serial number {serial} in hexadecimal, SHA-256 {sha256}")
}
