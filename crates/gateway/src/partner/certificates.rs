//! For how long certificates hold, partners' and ours. Nothing is encrypted to one that has ended or not begun; before that it is said,
//! earlier each time.

use super::{DeliveryPoint, Partner, PartnerId, Wrong};
use crate::{Error, Gateway};
use ledger::{Pseudonym, Time};
use std::{collections::BTreeMap, sync::PoisonError};

const DAY_MILLISECONDS: i64 = 86_400_000;
/// Days before the end at which it is said.
const WARNINGS: [i64; 4] = [60, 30, 14, 7];

/// How near to its end each certificate was when that was last said.
pub(crate) type Said = BTreeMap<Whose, i64>;

/// Until when a certificate holds, if it holds now.
///
/// # Errors
/// [`Error::CertificateNotValid`]; [`Error::DeliveryCopy`] for one that is none.
pub(crate) fn holds(carrier: &PartnerId, point: &DeliveryPoint, now: Time) -> Result<::as2::Certificate, Error> {
    let certificate = ::as2::Certificate::from_pem(&point.certificate)?;
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

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// Delivery copies are encrypted to it.
    Delivery,
    /// A partner signs its AS2 messages and receipts with it.
    Signing,
    /// What we answer by AS2 is encrypted to it.
    Answers,
    /// Ours: partners encrypt to it, and know us by it.
    Own,
}

impl Use {
    /// As metrics label it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Signing => "signing",
            Self::Answers => "answers",
            Self::Own => "own",
        }
    }

    /// What is not done any more behind its end, and what to do.
    fn without(self) -> (&'static str, &'static str) {
        match self {
            Self::Delivery => ("no document for it is taken", "ask it for the next one"),
            Self::Signing => ("nothing that it signs is believed", "ask it for the next one"),
            Self::Answers => ("it gets no acknowledgement by AS2", "ask it for the next one"),
            Self::Own => ("nothing can be signed for AS2 partners", "`bulla as2 renew`, and give them the next one"),
        }
    }
}

/// Whose certificate, by the ledger's name, none being us; and what it is for.
pub type Whose = (Option<Pseudonym>, Use);

/// The last moment of certificates. Of several for one use it is the last one's: they overlap.
pub fn ends(gateway: &Gateway) -> BTreeMap<Whose, Time> {
    let mut ends = BTreeMap::new();
    let mut add = |whose: Option<&Pseudonym>, r#use, certificate: &::as2::Certificate| {
        let end = ends.entry((whose.cloned(), r#use)).or_insert(Time::from_milliseconds(i64::MIN));
        *end = (*end).max(validity(certificate).1);
    };
    for partner in gateway.partners().partners() {
        let name = Some(&partner.pseudonym);
        let point = partner.delivery.iter().map(|point| (Use::Delivery, &point.certificate));
        let signing = partner.as2.iter().flat_map(|as2| &as2.signing).map(|pem| (Use::Signing, pem));
        let answers = partner.as2.iter().flat_map(|as2| &as2.encryption).map(|pem| (Use::Answers, pem));
        for (r#use, pem) in point.chain(signing).chain(answers) {
            let _ = ::as2::Certificate::of_signer_from_pem(pem).map(|certificate| add(name, r#use, &certificate));
        }
    }
    if let Some(identity) = gateway.identity() {
        identity.pairs().certificates().for_each(|certificate| add(None, Use::Own, certificate));
    }
    ends
}

/// Says once for each of 60, 30, 14 and 7 days, and once it has ended, that a certificate ends.
pub(crate) fn warn(gateway: &Gateway) {
    let (now, mut said) = (gateway.now(), gateway.certificates_said.lock().unwrap_or_else(PoisonError::into_inner));
    for ((partner, r#use), end) in ends(gateway) {
        let days = (end.milliseconds() - now.milliseconds()).div_euclid(DAY_MILLISECONDS);
        let whose = (partner, r#use);
        match stage(days) {
            None => drop(said.remove(&whose)),
            Some(stage) if said.get(&whose).is_some_and(|before| *before <= stage) => {}
            Some(stage) => {
                let (lost, todo) = r#use.without();
                let what = if days < 0 { format!("has ended: {lost}") } else { "ends".to_owned() };
                let who = whose.0.as_ref().map_or_else(|| "us".to_owned(), ToString::to_string);
                eprintln!("the certificate of {who} ({}) {what}, {end}: {todo}", r#use.as_str());
                said.insert(whose, stage);
            }
        }
    }
}

/// The warning that is due so many days before the end; -1 behind it.
fn stage(days: i64) -> Option<i64> {
    if days < 0 { Some(-1) } else { WARNINGS.into_iter().rev().find(|warning| days < *warning) }
}

/// For `/metrics`, by the partners' names in the ledger; ours without a name.
pub fn to_text(gateway: &Gateway) -> String {
    let mut text = String::from("# TYPE bulla_certificate_ends_seconds gauge\n");
    for ((partner, r#use), end) in ends(gateway) {
        let (partner, seconds) =
            (partner.map_or_else(String::new, |it| it.to_string()), end.milliseconds().div_euclid(1000));
        let labels = format!("partner=\"{partner}\",use=\"{}\"", r#use.as_str());
        text += &format!("bulla_certificate_ends_seconds{{{labels}}} {seconds}\n");
    }
    text
}

fn validity(certificate: &::as2::Certificate) -> (Time, Time) {
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
