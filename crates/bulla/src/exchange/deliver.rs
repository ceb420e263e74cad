//! Delivery: the copy that only the carrier reads, as often as it takes, each time the same octets under the same id.
//! Nothing is opened for it.

use crate::{clock, gateway::Gateway, partner::Partner};
use api::client::{self, Client};
use ledger::{Time, entry::Confirmation};
use manifest::{Manifest, write::Envelope};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::task::JoinSet;
use vault::{Answer, Attempt, Delivery, Outcome};
use zeroize::Zeroizing;

const AT_ONCE: u32 = 8;
const CLIENT: Client = Client { timeout: Duration::from_secs(60), octets_max: 1 << 20 };
/// Doubled with every failure: 1, 2, 4 … seconds, up to five minutes.
const BACK_OFF_SECONDS_MAX: i64 = 300;

/// The document for the carrier: an X12 856 with all that the manifest carries, from us to it.
pub fn document(
    manifest: &Manifest<'_>,
    own: &str,
    carrier: &Partner,
    number: u32,
    received: Time,
) -> Zeroizing<Vec<u8>> {
    let (sender_qualifier, sender) = own.split_once(':').unwrap_or(("ZZ", own));
    let receiver = carrier.edi.first().map_or("", String::as_str);
    let (receiver_qualifier, receiver) = receiver.split_once(':').unwrap_or(("ZZ", receiver));
    // `2026-11-23T22:41:00.000Z`
    let text: String = received.to_string().chars().filter(char::is_ascii_digit).collect();
    let envelope = Envelope {
        sender_qualifier,
        sender,
        receiver_qualifier,
        receiver,
        group_sender: sender,
        group_receiver: receiver,
        interchange_control: number,
        group_control: number,
        date: text[..8].parse().expect("a time begins with eight digits"),
        time: text[8..12].parse().expect("a time has twelve digits"),
        test: false,
    };
    manifest::write::x12_856(manifest, &envelope)
}

/// Runs for as long as the gateway does.
pub async fn run(gateway: Arc<Gateway>) {
    loop {
        let sent = round(&gateway).await;
        if !sent {
            let _ = tokio::time::timeout(Duration::from_millis(500), gateway.deliver.notified()).await;
        }
    }
}

/// One attempt for each of the next due deliveries; whether there were any.
async fn round(gateway: &Arc<Gateway>) -> bool {
    let now = clock::now();
    let vault = gateway.clone();
    let due = tokio::task::spawn_blocking(move || {
        vault.vault.expire(now)?;
        vault.vault.due(now, AT_ONCE)
    });
    let due = match due.await {
        Ok(Ok(due)) => due,
        Ok(Err(error)) => {
            eprintln!("delivery waits: {error}");
            tokio::time::sleep(Duration::from_secs(5)).await;
            return false;
        }
        Err(_) => return false,
    };
    let mut attempts = JoinSet::new();
    for delivery in due {
        attempts.spawn(attempt(gateway.clone(), delivery));
    }
    let any = !attempts.is_empty();
    while attempts.join_next().await.is_some() {}
    any
}

async fn attempt(gateway: Arc<Gateway>, delivery: Delivery) {
    let result = send(&gateway, &delivery).await;
    let now = clock::now();
    let work = tokio::task::spawn_blocking(move || note(&gateway, &delivery, result, now));
    if let Ok(Err(error)) = work.await {
        eprintln!("a delivery's outcome could not be noted, it will be tried again: {error}");
    }
}

/// What the carrier's side answered: its signed confirmation where it signs.
async fn send(gateway: &Gateway, delivery: &Delivery) -> Result<(u16, Option<Confirmation>), Answer> {
    let partners = gateway.partners();
    let point = partners.by_pseudonym(&delivery.carrier).and_then(|p| p.delivery.clone()).ok_or(Answer::Unreachable)?;
    let octets =
        tokio::task::block_in_place(|| gateway.vault.delivery_octets(&delivery.id)).map_err(|_| Answer::Broken)?;
    let batches = delivery.batches.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let id = delivery.id.to_string();
    let headers = [
        ("content-type", "application/pkcs7-mime"),
        ("bulla-delivery", id.as_str()),
        ("bulla-batches", batches.as_str()),
    ];
    let answer =
        CLIENT.request(hyper::Method::POST, &point.url, &headers, octets.into()).await.map_err(|e| match e {
            client::Error::Timeout { .. } => Answer::TimedOut,
            client::Error::Connect { .. } | client::Error::Url { .. } => Answer::Unreachable,
            client::Error::TooLong { .. } => Answer::Malformed,
            client::Error::Broken { .. } => Answer::Broken,
        })?;
    if !(200..300).contains(&answer.status) {
        return Err(Answer::Status(answer.status));
    }
    let Some(key) = point.key else { return Ok((answer.status, None)) };
    let confirmation: Confirmation = serde_json::from_slice(&answer.body).map_err(|_| Answer::Malformed)?;
    confirmation.verify(&key).map_err(|_| Answer::BadSignature)?;
    Ok((answer.status, Some(confirmation)))
}

fn note(
    gateway: &Gateway,
    delivery: &Delivery,
    result: Result<(u16, Option<Confirmation>), Answer>,
    now: Time,
) -> Result<(), vault::Error> {
    match result {
        Ok((status, confirmation)) => {
            let sent = Attempt { time: now, outcome: Outcome::Sent, answer: Answer::Status(status) };
            gateway.vault.record_attempt(&delivery.id, &sent, back_off(now, delivery.attempts))?;
            gateway.vault.acknowledge(&delivery.id, now, confirmation.as_ref())?;
            gateway.metrics.delivered.fetch_add(1, Relaxed);
            gateway.anchor.notify_one();
        }
        Err(answer) => {
            let failed = Attempt { time: now, outcome: Outcome::Failed, answer };
            gateway.vault.record_attempt(&delivery.id, &failed, back_off(now, delivery.attempts))?;
            gateway.metrics.delivery_failures.fetch_add(1, Relaxed);
        }
    }
    Ok(())
}

fn back_off(now: Time, attempts: u32) -> Time {
    let seconds = 1i64.checked_shl(attempts.min(16)).unwrap_or(BACK_OFF_SECONDS_MAX).min(BACK_OFF_SECONDS_MAX);
    Time::from_milliseconds(now.milliseconds() + seconds * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_up_to_five_minutes() {
        let now = Time::from_milliseconds(0);
        let seconds: Vec<_> = [0, 1, 2, 8, 9, 40].map(|n| back_off(now, n).milliseconds() / 1000).into();
        assert_eq!(seconds, [1, 2, 4, 256, 300, 300]);
    }
}
