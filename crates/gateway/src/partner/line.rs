//! The line to a partner's server: plain HTTP, or TLS with whomever an authority that is trusted has signed for.

use super::{Partner, Wrong, basic::is_confidential};
use crate::{Gateway, message::identity::FOLDER};
use api::client::{Client, NoTrust, Trust};

/// `base` for this URL of a partner's.
///
/// # Errors
/// [`NoTrust`] where TLS is asked for and nobody is trusted.
pub(crate) fn client(gateway: &Gateway, base: Client, partner: &Partner, url: &str) -> Result<Client, NoTrust> {
    let base = authorized(gateway, base, partner, url);
    if !url.starts_with("https://") {
        return Ok(base);
    }
    let trust = match &partner.tls_authorities {
        Some(pem) => Trust::authorities(pem.as_bytes())?,
        None => gateway.machines_trust.get_or_init(Trust::system).clone()?,
    };
    Ok(base.trusting(trust))
}

/// With name and password, where it asks for them. Without a password that can be read it says so itself: 401.
fn authorized(gateway: &Gateway, base: Client, partner: &Partner, url: &str) -> Client {
    let basic = partner.as2.as_ref().and_then(|as2| as2.basic.as_ref()).filter(|_| is_confidential(url));
    let Some(basic) = basic else { return base };
    match basic.password(&gateway.config.dir.join(FOLDER)) {
        Ok(password) => base.authorized(&basic.user, &password),
        Err(why) => {
            eprintln!("partner {} gets no password: {why}", partner.id);
            base
        }
    }
}

/// Whether a partner's authorities can be used.
pub(super) fn check(partner: &Partner) -> Result<(), Wrong> {
    let pem = partner.tls_authorities.as_ref().map(|pem| Trust::authorities(pem.as_bytes()));
    match pem {
        Some(Err(_)) => Err(Wrong::Authorities { partner: partner.id.clone() }),
        _ => Ok(()),
    }
}
