//! What is left here of a month whose keys are destroyed goes too: its index key in memory, and what was kept under it.

use crate::{Error, Gateway};
use ledger::Month;
use std::sync::Arc;

/// Only these months have keys.
pub(crate) async fn all_but(gateway: &Arc<Gateway>, months: Vec<Month>) -> Result<(), Error> {
    let forget = move |gateway: &Arc<Gateway>| {
        gateway.vault.forget_answers(&months)?;
        Ok(gateway.vault.hold_unconfirmable(&months)?)
    };
    let lost = gateway.blocking(forget).await?;
    lost.iter().for_each(|id| eprintln!("delivery {id} is held: the key to judge its receipt by is gone"));
    Ok(())
}
