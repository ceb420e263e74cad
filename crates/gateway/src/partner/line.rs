//! The line to a partner's server: plain HTTP, or TLS with whomever an authority that is trusted has signed for.

use super::{Partner, Wrong};
use crate::Gateway;
use api::client::{Client, NoTrust, Trust};

/// `base` for this URL of a partner's.
///
/// # Errors
/// [`NoTrust`] where TLS is asked for and nobody is trusted.
pub(crate) fn client(gateway: &Gateway, base: Client, partner: &Partner, url: &str) -> Result<Client, NoTrust> {
    if !url.starts_with("https://") {
        return Ok(base);
    }
    let trust = match &partner.tls_authorities {
        Some(pem) => Trust::authorities(pem.as_bytes())?,
        None => gateway.machines_trust.get_or_init(Trust::system).clone()?,
    };
    Ok(base.trusting(trust))
}

/// Whether a partner's authorities can be used.
pub(super) fn check(partner: &Partner) -> Result<(), Wrong> {
    let pem = partner.tls_authorities.as_ref().map(|pem| Trust::authorities(pem.as_bytes()));
    match pem {
        Some(Err(_)) => Err(Wrong::Authorities { partner: partner.id.clone() }),
        _ => Ok(()),
    }
}
