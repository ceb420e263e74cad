//! Whom this program believes when it asks a gateway by `https://`.

use crate::{config, named};
use anyhow::{Context, Result, anyhow};
use api::client::Trust;
use std::path::Path;

/// Whoever these authorities have signed.
pub fn authorities(pem: &Path) -> Result<Trust> {
    Trust::authorities(&read(pem)?).with_context(|| format!("{} names no authority", pem.display()))
}

/// The gateway of this configuration, by the certificate that it was given: no name and no authority is needed on the
/// host where both are.
pub fn own(config: &Path) -> Result<Trust> {
    let files = config::read::<config::Gateway>(config)?.tls;
    let files =
        files.with_context(|| format!("{} has no [tls] table, but its gateway speaks TLS", config.display()))?;
    Trust::exactly(&read(&files.certificate)?)
        .with_context(|| format!("{} is no certificate", files.certificate.display()))
}

/// Whoever the machine's administrator trusts.
pub fn system() -> Result<Trust> {
    Trust::system().map_err(|error| {
        anyhow!("{error}\n\nhint: name the authority that signed the gateway's certificate: --ca FILE")
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    named::octets(path, named::KEY_OCTETS_MAX)
}
