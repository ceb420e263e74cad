//! What a start finds beside the ledger. Nothing is destroyed that the ledger does not say: a restored older ledger, or a
//! file that cannot be read, would otherwise cost the keys of all that came since (`docs/protocol.md`, R17).

use crate::{
    Error, RETRY,
    api::Refusal,
    book::{Durable, Resurfaced},
    warden::Warden,
};
use ledger::{Hash, entry::Shred};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Puts keys aside that the ledger does not know, and brings those back that it knows again.
pub(crate) fn set_aside(warden: &Warden) -> Result<(), Error> {
    let known: BTreeSet<Hash> = warden.book().state().periods.values().map(|period| period.key).collect();
    for key in known.iter().filter(|key| !warden.custody.has_period_key(key)) {
        warden.custody.bring_back(key)?;
    }
    for key in warden.custody.period_keys()?.into_iter().filter(|key| !known.contains(key)) {
        let path = warden.custody.set_aside(&key)?;
        eprintln!(
            "warden: the ledger does not know the key in {}: it is set aside. If the ledger here is a restored copy, the \
             newer one may know it; after a crash while keys were made nothing was ever sealed to it",
            path.display()
        );
    }
    Ok(())
}

/// Enters and then destroys copies of keys that were destroyed before: a backup has brought them back. What the ledger says
/// of these periods is worse from now on, and true.
pub(crate) async fn bury(warden: Arc<Warden>) {
    loop {
        match try_bury(&warden).await {
            Ok(()) => return,
            Err(refusal) => eprintln!("warden: a copy of a shredded key is here and cannot be entered yet: {refusal}"),
        }
        tokio::time::sleep(RETRY * 20).await;
    }
}

async fn try_bury(warden: &Arc<Warden>) -> Result<(), Refusal> {
    let entered = warden.blocking(enter).await?;
    if entered.is_empty() {
        return Ok(());
    }
    warden.appended.notify_one();
    let cosigned = warden.quorum.cosign(&warden.book, entered).await?;
    warden.blocking(move |warden| cosigned.iter().try_for_each(|copy| Ok(warden.custody.destroy_copy(copy)?))).await
}

fn enter(warden: &Warden) -> Result<Vec<Durable<Resurfaced>>, Refusal> {
    let there = warden.custody.period_keys()?;
    let mut book = warden.book();
    let shredded = book.state().periods.iter().filter(|(_, period)| period.shredded.is_some());
    let shredded: BTreeMap<_, _> = shredded.map(|(id, period)| (period.key, id.clone())).collect();
    let copies = there.into_iter().filter_map(|key| Some(Shred { period: shredded.get(&key)?.clone(), key }));
    let copies: Vec<_> = copies.map(Resurfaced).collect();
    for Resurfaced(copy) in &copies {
        eprintln!(
            "warden: a copy of the shredded key of period {} was found: it is entered and destroyed",
            copy.period
        );
    }
    let now = warden.now();
    if copies.is_empty() { Ok(Vec::new()) } else { book.append_all(now, copies) }
}
