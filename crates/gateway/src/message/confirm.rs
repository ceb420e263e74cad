//! Partners' receipts for what we sent: in the answer to it, or by themselves.

use super::{
    Answer,
    compose::{delivery_of, message_id},
    outside,
};
use crate::{
    Error, Gateway,
    exchange::deliver,
    partner::{As2, Partner, as2::is_valid},
};
use as2::{
    Certificate,
    mdn::{self, Expected, Unconfirmed},
    mime::Headers,
};
use seal::Token;
use std::sync::atomic::Ordering::Relaxed;
use vault::{Attempt, Delivery, DeliveryState, Form, Outcome};

/// What a receipt says of a delivery: that the partner has it, or why it confirms nothing.
pub(crate) fn judge(
    gateway: &Gateway,
    partner: &Partner,
    delivery: &Delivery,
    headers: &Headers,
    body: &[u8],
) -> Result<(), vault::Answer> {
    let (Some(as2), Some(mic)) = (&partner.as2, sealed_mic(gateway, delivery)) else {
        return Err(vault::Answer::Local);
    };
    let (certificates, not_valid) = signers(gateway, partner, as2);
    let (weak, id) = (as2.policy(0).weak, message_id(&delivery.id));
    let (certificates, not_valid) = (&certificates[..], &not_valid[..]);
    let expected = Expected { message_id: &id, mic: &mic, certificates, not_valid, signed: true, weak };
    mdn::judge(headers, body, &expected).map(drop).map_err(|why| match why {
        Unconfirmed::NotAnMdn(_) => vault::Answer::NoReceipt,
        Unconfirmed::WrongSigner(why @ as2::Error::SignerNotValid { .. }) => {
            let why = outside::named(why, not_valid, gateway.now());
            eprintln!("the receipt of {} for delivery {} is not taken: {why}", partner.pseudonym, delivery.id);
            vault::Answer::ReceiptSignerNotValid
        }
        Unconfirmed::WrongSigner(_) => vault::Answer::ReceiptNotSigned,
        Unconfirmed::WrongId => vault::Answer::ReceiptOfOtherMessage,
        Unconfirmed::NoDisposition => vault::Answer::ReceiptWithoutDisposition,
        Unconfirmed::Refused(_) => vault::Answer::ReceiptRefused,
        Unconfirmed::WrongMic => vault::Answer::ReceiptOfOtherOctets,
    })
}

/// Takes a receipt that came by itself. None: it is no receipt, but a message.
///
/// # Errors
/// [`Unconfirmed`] for one that confirms nothing and is noted with no delivery: not the partner's, or not of ours.
pub(super) fn take(
    gateway: &Gateway,
    (partner, as2): (&Partner, &As2),
    headers: &Headers,
    body: &[u8],
) -> Result<Option<Result<Answer, Unconfirmed>>, Error> {
    if !mdn::is_possible(headers) {
        return Ok(None);
    }
    let (certificates, not_valid) = signers(gateway, partner, as2);
    let receipt = match mdn::read(headers, body, &certificates, &not_valid, as2.policy(0).weak) {
        Err(Unconfirmed::NotAnMdn(_)) => return Ok(None),
        Err(why) => return Ok(Some(Err(why))),
        Ok(receipt) => receipt,
    };
    let id = receipt.original_message_id.as_deref().and_then(delivery_of);
    let found = id.map(|id| gateway.vault.delivery(&id)).transpose()?.flatten();
    let Some(delivery) = found.filter(|delivery| delivery.carrier == partner.pseudonym) else {
        return Ok(Some(Err(Unconfirmed::WrongId)));
    };
    let now = gateway.now();
    match judge(gateway, partner, &delivery, headers, body) {
        Ok(()) => {
            if gateway.vault.acknowledge(&delivery.id, now, None)? {
                gateway.metrics.delivered.fetch_add(1, Relaxed);
            }
        }
        Err(vault::Answer::ReceiptNotSigned) => {
            return Ok(Some(Err(Unconfirmed::WrongSigner(as2::Error::NotSigner))));
        }
        // Nothing is waited for: it came before, and whoever saw it may send it again and again.
        Err(_) if !awaits_receipt(&delivery) => {}
        Err(answer) => {
            gateway.metrics.delivery_failures.fetch_add(1, Relaxed);
            let next = deliver::back_off(now, delivery.attempts, answer);
            let attempt = Attempt { time: now, outcome: Outcome::Failed, answer };
            gateway.vault.record_attempt(&delivery.id, &attempt, next)?;
        }
    }
    Ok(Some(Ok(Answer::nothing())))
}

/// Whether the last attempt brought the message there, and no receipt yet.
fn awaits_receipt(delivery: &Delivery) -> bool {
    let arrived = matches!(delivery.last_answer, Some(vault::Answer::Status(status)) if (200..300).contains(&status));
    arrived && delivery.state == DeliveryState::Sent
}

/// Who signs a partner's receipts: whoever signs its messages; where nobody is named, whom deliveries are encrypted to. Those whose
/// certificates are valid, and the others.
fn signers(gateway: &Gateway, partner: &Partner, as2: &As2) -> (Vec<Certificate>, Vec<Certificate>) {
    match &partner.delivery {
        Some(point) if as2.signing.is_empty() => {
            let read = point.certificates.iter().filter_map(|pem| Certificate::from_pem(pem).ok());
            read.partition(|certificate| is_valid(certificate, gateway.now()))
        }
        _ => as2.signers(gateway.now()),
    }
}

/// The MIC of what was sent; none where its month's key is gone.
fn sealed_mic(gateway: &Gateway, delivery: &Delivery) -> Option<as2::Mic> {
    let Form::As2(mic) = &delivery.form else { return None };
    let lease = gateway.gate.lease()?;
    let octets = lease.keys.index(mic.month)?.kept(&Token(delivery.id.0), &mic.sealed).ok()?;
    as2::Mic::read(std::str::from_utf8(&octets).ok()?)
}
