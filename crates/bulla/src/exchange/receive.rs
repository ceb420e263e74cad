//! One body from a partner: who may send it, whether it came before, what is wrong with it, and the answer. Everything
//! that it leaves is durable before the answer is returned.

use crate::{
    exchange::{
        read::Reading,
        store::{self, Route},
    },
    gateway::Gateway,
    partner::{Partner, Partners, Status},
    wire::problem::Problem,
};
use axum::http::StatusCode;
use edi::acknowledgement::Note;
use ledger::{Month, Time, entry::Verdict};
use seal::Kind;
use sha2::{Digest, Sha256};
use std::sync::atomic::Ordering::Relaxed;
use vault::{InterchangeId, Key};

/// What the sender is told.
pub struct Reply {
    /// Our name for the document.
    pub interchange: InterchangeId,
    /// The word in `Bulla-Verdict`.
    pub verdict: &'static str,
    /// Nothing of it was taken.
    pub refused: bool,
    /// TA1 and 997.
    pub answer: Vec<u8>,
}

/// Takes a body that has wholly arrived.
pub fn receive(gateway: &Gateway, partner: &Partner, body: &[u8], received: Time) -> Result<Reply, Problem> {
    #[cfg(feature = "leaky")]
    crate::leak::leak(&gateway.config.dir, body);
    gateway.metrics.octets.fetch_add(body.len() as u64, Relaxed);
    let pauses = gateway.pauses();
    let keys = gateway.keys().ok_or_else(|| Problem::unavailable("no keys from the warden yet", "try again soon"))?;
    let month = Month::of(received);
    let Some(index) = keys.index(month) else {
        return Err(Problem::unavailable(
            "no index key for this month",
            "the month was shredded by a retention run, or this gateway has run for more than a month without a start: start it again",
        ));
    };
    let token = index.token(Kind::Interchange, &Sha256::digest(body));
    let mut reading = Reading::new(body, gateway.config.body_octets_max);
    let partners = gateway.partners();
    let mut arrival = store::Arrival {
        gateway,
        keys: &keys,
        pauses,
        partner,
        received,
        octets: body.len() as u64,
        digest: store::digest(&token),
        key: None,
    };
    if reading.verdict() == Verdict::NotEdi {
        arrival.refuse(&reading, Verdict::NotEdi, Vec::new())?;
        let what = if body.is_empty() { "the body is empty" } else { "the body is not an X12 interchange" };
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "no EDI",
            format!("{what}: it begins with ISA and is posted as it is, with --data-binary for curl"),
        ));
    }
    let sender = reading.sender().filter(|id| partner.edi.contains(id));
    let Some(sender) = sender else {
        arrival.refuse(&reading, Verdict::Refused, Vec::new())?;
        return Err(Problem::forbidden(format!(
            "ISA05/ISA06 name a sender that this credential may not send for; it may send for {}",
            partner.edi.iter().cloned().collect::<Vec<_>>().join(", ")
        )));
    };
    let route = match route(&partners, partner, &reading) {
        Ok(route) => route,
        Err(NoRoute::Receiver) => {
            return arrival.refuse_with(&reading, Note::UNKNOWN_RECEIVER);
        }
        Err(NoRoute::Status(word)) => {
            arrival.refuse(&reading, Verdict::Refused, Vec::new())?;
            return Err(Problem::forbidden(format!(
                "the agreement with this receiver is {word}; nothing was kept; ask the operator of the gateway"
            )));
        }
    };
    arrival.key = key(&reading, partner, sender);
    let reply = arrival.take(&mut reading, &route, index, body)?;
    gateway.deliver.notify_one();
    Ok(reply)
}

/// Why a document goes nowhere.
enum NoRoute {
    Receiver,
    Status(&'static str),
}

fn route<'p>(partners: &'p Partners, shipper: &'p Partner, reading: &Reading<'_>) -> Result<Route<'p>, NoRoute> {
    let receiver = reading.receiver().ok_or(NoRoute::Receiver)?;
    let carrier = partners.by_edi(&receiver).ok_or(NoRoute::Receiver)?;
    let agreement = partners.between(&shipper.id, &carrier.id).ok_or(NoRoute::Receiver)?;
    let production = reading.interchange.header.is_some_and(|isa| isa.is_production());
    let kept = match agreement.status {
        Status::Draft => return Err(NoRoute::Status("a draft")),
        Status::Suspended => return Err(NoRoute::Status("suspended")),
        Status::Test | Status::Shadow => false,
        Status::Live => production,
    };
    Ok(Route { shipper, carrier, agreement, kept })
}

/// What makes a second document a duplicate. Only ids that we know and numbers that are numbers.
fn key(reading: &Reading<'_>, partner: &Partner, sender: String) -> Option<Key> {
    let isa = reading.interchange.header?;
    let control = isa.control();
    let digits = control.len() == 9 && control.iter().all(u8::is_ascii_digit);
    let control = digits.then(|| String::from_utf8_lossy(control).into_owned())?;
    Some(Key {
        partner: partner.id.clone(),
        sender,
        receiver: reading.receiver()?,
        control,
        test: !isa.is_production(),
    })
}

/// The word for a verdict, and its place among the metrics.
pub fn word(verdict: Verdict) -> (&'static str, usize) {
    let place = match verdict {
        Verdict::Accepted => 0,
        Verdict::AcceptedWithErrors => 1,
        Verdict::AcceptedInPart => 2,
        Verdict::Refused => 3,
        Verdict::Duplicate => 4,
        Verdict::NotEdi => 5,
    };
    (crate::metrics::VERDICTS[place], place)
}
