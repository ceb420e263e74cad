//! Asynchronous receipts: to where the sender wants them, the same octets until they are taken, for a day.

use super::receive::opened;
use crate::{Error, Gateway, partner::line};
use api::client::Client;
use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::task::JoinSet;
use vault::Answered;

const CLIENT: Client = Client::new(Duration::from_secs(60), 1 << 20);
const PAUSE: Duration = Duration::from_secs(1);
/// Receipts to one place at the same time.
const AT_ONCE: u32 = 16;

/// Runs for as long as the gateway does. Each place has a lane of its own: one that hangs delays nobody else.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    let mut lanes: JoinSet<String> = JoinSet::new();
    let mut busy: BTreeSet<String> = BTreeSet::new();
    loop {
        match places(&gateway).await {
            Ok(places) => {
                for place in places.into_iter().filter(|place| busy.insert(place.clone())) {
                    let gateway = gateway.clone();
                    lanes.spawn(async move {
                        if let Err(error) = lane(&gateway, place.clone()).await {
                            eprintln!("receipts wait: {error}");
                            tokio::time::sleep(PAUSE).await;
                        }
                        place
                    });
                }
            }
            Err(error) => eprintln!("receipts wait: {error}"),
        }
        tokio::select! {
            Some(ended) = lanes.join_next() => {
                // A lane that panicked takes this loop along: it is supervised, and begins with no lane busy.
                busy.remove(&ended.expect("a lane does not panic"));
            }
            () = gateway.receipts.notified() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Without keys none can be read; they come again.
async fn places(gateway: &Arc<Gateway>) -> Result<Vec<String>, Error> {
    if gateway.gate.lease().is_none() {
        return Ok(Vec::new());
    }
    gateway.blocking(|gateway| Ok(gateway.vault.places_due(gateway.now())?)).await
}

async fn lane(gateway: &Arc<Gateway>, place: String) -> Result<(), Error> {
    let due = move |gateway: &Arc<Gateway>| Ok(gateway.vault.receipts_due(&place, gateway.now(), AT_ONCE)?);
    let mut sending: JoinSet<_> =
        gateway.blocking(due).await?.into_iter().map(|one| send(gateway.clone(), one)).collect();
    while let Some(sent) = sending.join_next().await {
        sent.map_err(|_| Error::Failed)??;
    }
    Ok(())
}

async fn send(gateway: Arc<Gateway>, (answered, attempts): (Answered, u32)) -> Result<(), Error> {
    let token = answered.token;
    let taken = post(&gateway, &answered).await;
    let counted = if taken { &gateway.metrics.receipts_sent } else { &gateway.metrics.receipt_failures };
    counted.fetch_add(1, Relaxed);
    gateway.blocking(move |gateway| Ok(gateway.vault.receipt_tried(&token, taken, attempts, gateway.now())?)).await
}

/// Whether somebody there took it.
async fn post(gateway: &Gateway, answered: &Answered) -> bool {
    let Some(lease) = gateway.gate.lease() else { return false };
    let (Ok(answer), Some(url)) = (opened(&lease, answered), &answered.url) else { return false };
    let headers: Vec<(&str, &str)> =
        answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let partners = gateway.partners();
    // Its partner's name stands in the receipt; one that is no partner any more gets none.
    let to = answer.headers.iter().find(|(name, _)| name == "AS2-To").and_then(|(_, to)| as2::Name::read(to).ok());
    let Some((partner, _)) = to.and_then(|to| partners.by_as2(to.as_str())) else { return false };
    let Ok(client) = line::client(gateway, CLIENT, partner, url) else { return false };
    let sent = client.request(hyper::Method::POST, url, &headers, answer.body.to_vec().into()).await;
    sent.is_ok_and(|answer| (200..300).contains(&answer.status))
}
