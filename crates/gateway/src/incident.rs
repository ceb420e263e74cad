//! The third journey: assess -> prove -> notify. The gateway gives headers and confirmations and passes the ledger on; whoever assesses
//! computes on a machine of their own.

use crate::{
    Error, Gateway,
    exchange::{anchor, enter},
};
use api::client::{Answer, Client};
use std::{sync::Arc, time::Duration};

const CLIENT: Client = Client::new(Duration::from_secs(60), 256 << 20);

/// Has everything that was received entered in the ledger, and says there that nothing is stored beyond it: until a body comes,
/// or half a minute has passed, the ledger is all that there is.
///
/// # Errors
/// [`Error`]: what may be stored beyond it counts then.
pub async fn settle(gateway: &Arc<Gateway>) -> Result<(), Error> {
    if !gateway.gate.has_keys() {
        return Err(Error::NoKeys);
    }
    anchor::ship_all(gateway).await?;
    enter::settle(gateway).await
}

/// A path of the warden's ledger, passed on: `checkpoint`, `tile/…`, `head`, `policies`, `entries`. They hold nothing personal: whoever
/// keeps a copy or cosigns needs no credential. None: the ledger has no such path.
pub async fn ledger(
    gateway: &Gateway,
    path: &str,
    from: Option<u64>,
    to: Option<u64>,
) -> Result<Option<Answer>, Error> {
    let path = match path {
        "checkpoint" => "/checkpoint".to_owned(),
        "head" => "/v1/head".to_owned(),
        "policies" => "/v1/policies".to_owned(),
        "entries" => format!("/v1/entries?from={}&to={}", from.unwrap_or(0), to.unwrap_or(u64::MAX >> 11)),
        tile if is_tile(tile) => format!("/{tile}"),
        _ => return Ok(None),
    };
    Ok(Some(CLIENT.get(&format!("{}{path}", gateway.config.warden)).await?))
}

fn is_tile(path: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'/' || b == b'.';
    path.starts_with("tile/") && path.bytes().all(allowed) && !path.contains("..")
}

/// Carriers' signed words that they have deliveries, as JSON lines.
pub fn confirmations(gateway: &Gateway) -> Result<Vec<u8>, Error> {
    let line = |confirmation| [ledger::canonical::bytes(&confirmation), b"\n".to_vec()].concat();
    Ok(gateway.vault.confirmations()?.into_iter().flat_map(line).collect())
}

/// Every batch's clear header with its salt, as JSON lines.
pub fn headers(gateway: &Gateway) -> Result<Vec<u8>, Error> {
    let mut lines = Vec::new();
    for stored in gateway.vault.headers() {
        let stored = stored?;
        lines.extend_from_slice(b"{\"header\":");
        lines.extend_from_slice(&stored.header);
        lines.extend_from_slice(format!(",\"salt\":\"{}\"}}\n", stored.salt).as_bytes());
    }
    Ok(lines)
}
