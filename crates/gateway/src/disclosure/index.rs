//! The upkeep of the token index, beside everything else.

use crate::Gateway;
use std::{sync::Arc, time::Duration};

const PAUSE: Duration = Duration::from_secs(1);
/// After a step that failed, on a full disk for example: meanwhile the index is complete, and larger in memory.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Runs for as long as the gateway does.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    loop {
        match gateway.blocking(|gateway| Ok(gateway.vault.tend_index()?)).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                eprintln!("the index of parcels waits: {error}");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
            }
        }
    }
}
