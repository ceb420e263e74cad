//! Forgetting without being asked: what has ended by the witnesses' clocks is destroyed within a minute, whoever runs a gateway or
//! does not. What officers hold is kept.

use crate::{api::Refusal, counting, held, shredding, warden::Warden};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// How often it is looked for. A look is one walk over the periods in memory.
const LOOK: Duration = Duration::from_secs(60);

/// Runs for as long as the warden does. What fails is tried with the next look; the same failure is said once.
pub(crate) async fn keep(warden: Arc<Warden>) {
    let (mut said, mut above) = (String::new(), BTreeSet::new());
    loop {
        let looked = warden.clone();
        above = warden
            .blocking(move |_| {
                held::look(&looked, &mut above);
                counting::forget(&looked);
                above
            })
            .await;
        match look(&warden).await {
            Ok(()) => said.clear(),
            Err(refusal) => {
                let text = refusal.to_string();
                if text != said {
                    eprintln!("warden: what has ended is not destroyed: {text}");
                    said = text;
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn look(warden: &Arc<Warden>) -> Result<(), Refusal> {
    let due = warden.blocking(any_due).await?;
    if due {
        let done = shredding::end(warden, None).await?;
        for gone in &done.shredded {
            eprintln!(
                "warden: period {} has ended, and its key is destroyed: ledger entry {}",
                gone.period, gone.shred
            );
        }
        for month in &done.index_keys {
            eprintln!("warden: the index key of {month} is destroyed");
        }
    }
    Ok(())
}

/// Whether anything may have ended: by our own clock, and then the witnesses' are asked.
fn any_due(warden: &Warden) -> Result<bool, Refusal> {
    let now = warden.now();
    let any = shredding::over(warden, &warden.book(), now).next().is_some();
    Ok(any || !shredding::index_months_over(warden, now)?.is_empty())
}
