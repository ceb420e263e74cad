//! The third journey: assess -> prove -> notify. The gateway gives headers and confirmations and passes the ledger on; whoever assesses
//! computes on a machine of their own.

use crate::{
    Error, Gateway,
    exchange::{anchor, enter},
};
use api::client::{Answer, Client};
use ledger::{BatchId, DeliveryId};
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

/// Some of what stands beside the ledger: a list of it all would not fit in memory after some years.
pub struct Page<Id> {
    /// JSON, one line each.
    pub lines: Vec<u8>,
    /// Behind which the next page begins; none: this is the last.
    pub next: Option<Id>,
}

/// Carriers' signed words that they have deliveries: those of the deliveries behind this one, at most so many.
///
/// # Errors
/// The vault's.
pub fn confirmations(gateway: &Gateway, after: Option<DeliveryId>, most: u32) -> Result<Page<DeliveryId>, Error> {
    let page = gateway.vault.confirmations_after(after, most)?;
    let next = page.last().filter(|_| page.len() == most as usize).map(|(delivery, _)| *delivery);
    let lines = page.into_iter().flat_map(|(_, confirmation)| [confirmation, b"\n".to_vec()].concat()).collect();
    Ok(Page { lines, next })
}

/// Batches' clear headers with their salts: those behind this batch, at most so many.
///
/// # Errors
/// The vault's.
pub fn headers(gateway: &Gateway, after: Option<BatchId>, most: u32) -> Result<Page<BatchId>, Error> {
    let mut page = Page { lines: Vec::new(), next: None };
    let (mut left, mut all) = (most, gateway.vault.headers_after(after));
    while left > 0 {
        let Some(stored) = all.next().transpose()? else { return Ok(Page { next: None, ..page }) };
        page.lines.extend_from_slice(b"{\"header\":");
        page.lines.extend_from_slice(&stored.header);
        page.lines.extend_from_slice(format!(",\"salt\":\"{}\"}}\n", stored.salt).as_bytes());
        page.next = Some(stored.batch);
        left -= 1;
    }
    Ok(page)
}
