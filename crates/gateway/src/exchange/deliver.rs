//! Delivery: the copy that only the carrier reads, as often as it takes, each time the same octets under the same id.
//! Nothing is opened for it. Each carrier has a lane of its own: one that hangs delays nobody else.

use crate::{
    Error, Gateway, message,
    partner::{Partner, line},
};
use api::client::{self, Client};
use as2::mime::Headers;
use ledger::{Confirmation, DeliveryId, Pseudonym, Time};
use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::task::JoinSet;
use vault::{Answer, Attempt, Delivery, Form, KEPT_DAYS_MAX, Outcome};

/// Attempts to one carrier at the same time.
const AT_ONCE: usize = 8;
const CLIENT: Client = Client::new(Duration::from_secs(60), 1 << 20);
const NOBODY_TRUSTED: &str = "this machine trusts no authority for TLS: give the partner tls_authorities";
const PAUSE: Duration = Duration::from_millis(500);
const DISK_PAUSE: Duration = Duration::from_secs(5);
/// Doubled with every failure: 1, 2, 4 … seconds, up to five minutes; up to an hour where the answer is that the same octets are not wanted.
const BACK_OFF_SECONDS_MAX: i64 = 300;
const REFUSED_BACK_OFF_SECONDS_MAX: i64 = 3_600;
/// How long an asynchronous receipt is waited for before the same message is sent again.
const RECEIPT_WAIT_MILLISECONDS: i64 = 3_600_000;

/// Runs for as long as the gateway does.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    let mut lanes: JoinSet<Pseudonym> = JoinSet::new();
    let mut busy: BTreeSet<Pseudonym> = BTreeSet::new();
    loop {
        match carriers_due(&gateway).await {
            Ok(carriers) => {
                for carrier in carriers.into_iter().filter(|carrier| busy.insert(carrier.clone())) {
                    let gateway = gateway.clone();
                    lanes.spawn(async move {
                        lane(&gateway, &carrier).await;
                        carrier
                    });
                }
            }
            Err(error) => {
                eprintln!("delivery waits: {error}");
                tokio::time::sleep(DISK_PAUSE).await;
            }
        }
        tokio::select! {
            Some(ended) = lanes.join_next() => {
                // A lane that panicked takes this loop along: it is supervised, and begins with no lane busy.
                busy.remove(&ended.expect("a lane does not panic"));
            }
            () = gateway.deliver.notified() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

async fn carriers_due(gateway: &Arc<Gateway>) -> Result<Vec<Pseudonym>, Error> {
    let work = |gateway: &Arc<Gateway>| {
        let now = gateway.now();
        let expired = gateway.vault.expire(now, gateway.our_clock.witnessed())?;
        for (id, _) in expired.iter().filter(|(_, taken)| !taken) {
            eprintln!(
                "delivery {id} was made {KEPT_DAYS_MAX} days ago and its carrier never took it: its copy is removed"
            );
            gateway.metrics.deliveries_lost.fetch_add(1, Relaxed);
        }
        Ok(gateway.vault.carriers_due(now)?)
    };
    gateway.blocking(work).await
}

/// Attempts, as long as something is due to a carrier: the next begins where one ends, and none waits for one that hangs.
async fn lane(gateway: &Arc<Gateway>, carrier: &Pseudonym) {
    let mut under_way: BTreeSet<DeliveryId> = BTreeSet::new();
    let mut attempts = JoinSet::new();
    loop {
        for delivery in next(gateway, carrier, &under_way).await {
            under_way.insert(delivery.id);
            attempts.spawn(attempt(gateway.clone(), delivery));
        }
        // What comes meanwhile does not wait either.
        match tokio::time::timeout(PAUSE, attempts.join_next()).await {
            Ok(None) => return,
            // Several end together: their outcomes were noted in one transaction.
            Ok(mut ended) => {
                while let Some(id) = ended {
                    under_way.remove(&id.expect("an attempt does not panic"));
                    ended = attempts.try_join_next();
                }
            }
            Err(_) => {}
        }
    }
}

/// The next due deliveries of a carrier that are not under way, as many as may be beside these.
async fn next(gateway: &Arc<Gateway>, carrier: &Pseudonym, under_way: &BTreeSet<DeliveryId>) -> Vec<Delivery> {
    let room = AT_ONCE.saturating_sub(under_way.len());
    if room == 0 {
        return Vec::new();
    }
    let (carrier, under_way) = (carrier.clone(), under_way.clone());
    let due = gateway.blocking(move |gateway| Ok(gateway.vault.due(&carrier, gateway.now(), room, &under_way)?)).await;
    due.unwrap_or_else(|error| {
        eprintln!("delivery waits: {error}");
        Vec::new()
    })
}

/// What came of an attempt.
enum Tried {
    /// The partner has the message, and its receipt comes by itself.
    Awaited(u16),
    /// The carrier took it: its HTTP status, and its signed confirmation where it signs.
    Taken(u16, Option<Confirmation>),
    /// The carrier did not, as far as is known.
    NotTaken(Answer),
    /// This gateway could not even try; that is not the carrier's answer.
    Local(&'static str),
    /// Nothing was tried, and nothing is noted: what has its copy is away for a while.
    Waiting(Error),
}

/// Tells which one has ended.
async fn attempt(gateway: Arc<Gateway>, delivery: Delivery) -> DeliveryId {
    let id = delivery.id;
    let tried = send(&gateway, &delivery).await.unwrap_or_else(|tried| tried);
    let now = gateway.now();
    let noted = gateway.blocking(move |gateway| note(gateway, &delivery, tried, now)).await;
    if let Err(error) = noted {
        eprintln!("a delivery could not be tried, or not be noted, and is tried again: {error}");
        // It is due still: its carrier is not asked again and again as fast as it answers.
        tokio::time::sleep(DISK_PAUSE).await;
    }
    id
}

async fn send(gateway: &Arc<Gateway>, delivery: &Delivery) -> Result<Tried, Tried> {
    let partners = gateway.partners();
    let partner = partners.by_pseudonym(&delivery.carrier).ok_or(Tried::Local("nobody knows for whom it is"))?;
    let id = delivery.id;
    let octets = gateway.blocking(move |gateway| Ok(gateway.vault.delivery_octets(&id)?)).await;
    let octets = octets.map_err(|error| match error {
        away @ Error::Disk(vault::Error::Away | vault::Error::ObjectsAway) => Tried::Waiting(away),
        _ => Tried::Local("its copy cannot be read"),
    })?;
    if let Form::As2(_) = delivery.form {
        return send_message(gateway, partner, delivery, &octets).await;
    }
    let point = partner.delivery.clone().ok_or(Tried::Local("its carrier has no delivery point"))?;
    let batches = delivery.batches.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let id = id.to_string();
    let headers = [
        ("content-type", "application/pkcs7-mime"),
        ("bulla-delivery", id.as_str()),
        ("bulla-batches", batches.as_str()),
    ];
    let client = line::client(gateway, CLIENT, partner, &point.url).map_err(|_| Tried::Local(NOBODY_TRUSTED))?;
    let answer = client.request(hyper::Method::POST, &point.url, &headers, octets.into()).await;
    let answer = answer.map_err(|error| Tried::NotTaken(no_answer(&error)))?;
    if !(200..300).contains(&answer.status) {
        return Err(Tried::NotTaken(Answer::Status(answer.status)));
    }
    let Some(key) = point.key else { return Ok(Tried::Taken(answer.status, None)) };
    let confirmation: Confirmation =
        serde_json::from_slice(&answer.body).map_err(|_| Tried::NotTaken(Answer::Malformed))?;
    confirmation.verify(&key).map_err(|_| Tried::NotTaken(Answer::BadSignature))?;
    Ok(Tried::Taken(answer.status, Some(confirmation)))
}

/// As an AS2 message: what was made when its document came, header and body.
async fn send_message(
    gateway: &Arc<Gateway>,
    partner: &Partner,
    delivery: &Delivery,
    octets: &[u8],
) -> Result<Tried, Tried> {
    let message = message::Answer::read(octets).ok_or(Tried::Local("its copy is no message"))?;
    let as2 = partner.as2.as_ref().ok_or(Tried::Local("its partner does not speak AS2"))?;
    let point = partner.delivery.as_ref().filter(|point| point.as2).map(|point| &point.url);
    let url = point.or(as2.url.as_ref()).ok_or(Tried::Local("its partner has no URL"))?;
    let fields: Vec<_> = message.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let client = line::client(gateway, CLIENT, partner, url).map_err(|_| Tried::Local(NOBODY_TRUSTED))?;
    let answer = client.request(hyper::Method::POST, url, &fields, message.body.to_vec().into()).await;
    let answer = answer.map_err(|error| Tried::NotTaken(no_answer(&error)))?;
    if !(200..300).contains(&answer.status) {
        return Err(Tried::NotTaken(Answer::Status(answer.status)));
    }
    if message.headers.iter().any(|(name, _)| name == "Receipt-Delivery-Option") {
        return Ok(Tried::Awaited(answer.status));
    }
    let fields = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let headers = Headers::new(fields).map_err(|_| Tried::NotTaken(Answer::Malformed))?;
    message::judge(gateway, partner, delivery, &headers, &answer.body).map_err(Tried::NotTaken)?;
    Ok(Tried::Taken(answer.status, None))
}

fn no_answer(error: &client::Error) -> Answer {
    match error {
        client::Error::Timeout { .. } => Answer::TimedOut,
        client::Error::Connect { .. }
        | client::Error::Url { .. }
        | client::Error::Untrusted { .. }
        | client::Error::OtherName { .. }
        | client::Error::NotToday { .. }
        | client::Error::NotTls { .. }
        | client::Error::Tls { .. } => Answer::Unreachable,
        client::Error::TooLong { .. } => Answer::Malformed,
        client::Error::Broken { .. } => Answer::Broken,
    }
}

/// The confirmation, if it is of this delivery. The carrier has the delivery all the same: what it says of it is not kept.
fn sound(
    gateway: &Gateway,
    delivery: &Delivery,
    confirmation: Option<Confirmation>,
) -> Result<Option<Confirmation>, Error> {
    let Some(confirmation) = confirmation else { return Ok(None) };
    let record = &confirmation.record;
    let fault =
        if (record.delivery, &record.carrier, record.digest) == (delivery.id, &delivery.carrier, delivery.digest) {
            gateway.vault.confirmation_fault(&confirmation)?
        } else {
            Some("it is of something else")
        };
    let Some(fault) = fault else { return Ok(Some(confirmation)) };
    gateway.metrics.confirmation_faults.fetch_add(1, Relaxed);
    eprintln!("the confirmation of delivery {} is not kept: {fault}", delivery.id);
    Ok(None)
}

fn note(gateway: &Gateway, delivery: &Delivery, tried: Tried, now: Time) -> Result<(), Error> {
    let attempt = |outcome, answer| Attempt { time: now, outcome, answer };
    let failed = |answer| {
        let next = back_off(now, delivery.attempts, answer);
        gateway.vault.record_attempt(&delivery.id, &attempt(Outcome::Failed, answer), next)
    };
    match tried {
        Tried::Taken(status, confirmation) => {
            let confirmation = sound(gateway, delivery, confirmation)?;
            let sent = attempt(Outcome::Sent, Answer::Status(status));
            gateway.vault.record_taken(&delivery.id, &sent, confirmation)?;
            gateway.metrics.delivered.fetch_add(1, Relaxed);
        }
        Tried::Awaited(status) => {
            let later = Time::from_milliseconds(now.milliseconds().saturating_add(RECEIPT_WAIT_MILLISECONDS));
            gateway.vault.record_attempt(&delivery.id, &attempt(Outcome::Sent, Answer::Status(status)), later)?;
        }
        Tried::NotTaken(answer) => {
            failed(answer)?;
            gateway.metrics.delivery_failures.fetch_add(1, Relaxed);
        }
        Tried::Waiting(error) => return Err(error),
        Tried::Local(why) => {
            failed(Answer::Local)?;
            gateway.metrics.local_faults.fetch_add(1, Relaxed);
            eprintln!("delivery {} could not be tried: {why}", delivery.id);
        }
    }
    Ok(())
}

pub(crate) fn back_off(now: Time, attempts: u32, answer: Answer) -> Time {
    let most = if answer.is_refusal() { REFUSED_BACK_OFF_SECONDS_MAX } else { BACK_OFF_SECONDS_MAX };
    let seconds = (1 << attempts.min(16)).min(most);
    Time::from_milliseconds(now.milliseconds() + seconds * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_up_to_five_minutes_and_to_an_hour_after_a_refusal() {
        let seconds = |answer| {
            let now = Time::from_milliseconds(0);
            [0, 1, 2, 8, 9, 11, 12, 40].map(|attempts| back_off(now, attempts, answer).milliseconds() / 1000)
        };
        for answer in [503, 408, 425, 429, 302].map(Answer::Status).into_iter().chain([Answer::NoReceipt]) {
            assert_eq!(seconds(answer), [1, 2, 4, 256, 300, 300, 300, 300], "{answer}");
        }
        for answer in [400, 401, 403, 404].map(Answer::Status).into_iter().chain([Answer::ReceiptRefused]) {
            assert_eq!(seconds(answer), [1, 2, 4, 256, 512, 2048, 3600, 3600], "{answer}");
        }
    }
}
