//! For how long carriers' certificates hold. Nothing is encrypted to one that has ended or not begun; before that it is said,
//! earlier each time.

use super::{DeliveryPoint, Partner, PartnerId, Wrong};
use crate::{Error, Gateway};
use ledger::{Pseudonym, Time};
use std::{collections::BTreeMap, sync::PoisonError};

const DAY_MILLISECONDS: i64 = 86_400_000;
/// Days before the end at which it is said.
const WARNINGS: [i64; 4] = [60, 30, 14, 7];

/// How near to its end each carrier's certificate was when that was last said.
pub(crate) type Said = BTreeMap<Pseudonym, i64>;

/// Until when a certificate holds, if it holds now.
///
/// # Errors
/// [`Error::CertificateNotValid`]; [`Error::DeliveryCopy`] for one that is none.
pub(crate) fn holds(carrier: &PartnerId, point: &DeliveryPoint, now: Time) -> Result<as2::Certificate, Error> {
    let certificate = as2::Certificate::from_pem(&point.certificate)?;
    let (from, until) = validity(&certificate);
    if (from..=until).contains(&now) {
        return Ok(certificate);
    }
    Err(Error::CertificateNotValid { carrier: carrier.clone(), from, until })
}

/// Refuses a carrier whose certificate does not hold now.
pub(crate) fn check(partners: &[Partner], now: Time) -> Result<(), Wrong> {
    let points = partners.iter().filter_map(|partner| Some((&partner.id, partner.delivery.as_ref()?)));
    for (partner, point) in points {
        // One that is none is refused where its agreement is checked.
        if let Err(Error::CertificateNotValid { carrier: partner, from, until }) = holds(partner, point, now) {
            return Err(Wrong::CertificateNotValid { partner, from, until });
        }
    }
    Ok(())
}

/// The last moment of each carrier's certificate, by the carrier's name in the ledger.
pub fn ends(gateway: &Gateway) -> BTreeMap<Pseudonym, Time> {
    let partners = gateway.partners();
    let end = |partner: &Partner| {
        let certificate = as2::Certificate::from_pem(&partner.delivery.as_ref()?.certificate).ok()?;
        Some((partner.pseudonym.clone(), validity(&certificate).1))
    };
    partners.partners().filter_map(end).collect()
}

/// Says once for each of 60, 30, 14 and 7 days, and once it has ended, that a carrier's certificate ends.
pub(crate) fn warn(gateway: &Gateway) {
    let (now, mut said) = (gateway.now(), gateway.certificates_said.lock().unwrap_or_else(PoisonError::into_inner));
    for (carrier, end) in ends(gateway) {
        let days = (end.milliseconds() - now.milliseconds()).div_euclid(DAY_MILLISECONDS);
        match stage(days) {
            None => drop(said.remove(&carrier)),
            Some(stage) if said.get(&carrier).is_some_and(|before| *before <= stage) => {}
            Some(stage) => {
                let what = if days < 0 { "has ended: no document for it is taken" } else { "ends" };
                eprintln!("the certificate of carrier {carrier} {what}, {end}: ask it for the next one");
                said.insert(carrier, stage);
            }
        }
    }
}

/// The warning that is due so many days before the end; -1 behind it.
fn stage(days: i64) -> Option<i64> {
    if days < 0 { Some(-1) } else { WARNINGS.into_iter().rev().find(|warning| days < *warning) }
}

/// For `/metrics`, by the carriers' names in the ledger.
pub fn to_text(gateway: &Gateway) -> String {
    let mut text = String::from("# TYPE bulla_carrier_certificate_ends_seconds gauge\n");
    for (carrier, end) in ends(gateway) {
        let seconds = end.milliseconds().div_euclid(1000);
        text += &format!("bulla_carrier_certificate_ends_seconds{{carrier=\"{carrier}\"}} {seconds}\n");
    }
    text
}

fn validity(certificate: &as2::Certificate) -> (Time, Time) {
    let seconds = certificate.validity_seconds();
    let time = |seconds: u64| Time::from_milliseconds(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000));
    (time(*seconds.start()), time(*seconds.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_nearer_each_time() {
        let stages: Vec<_> = [400, 60, 59, 30, 29, 14, 13, 7, 6, 0, -1, -400].map(stage).into();
        let expected = [None, None, Some(60), Some(60), Some(30), Some(30), Some(14), Some(14), Some(7), Some(7)];
        assert_eq!(stages[..10], expected);
        assert_eq!(stages[10..], [Some(-1), Some(-1)]);
    }
}
