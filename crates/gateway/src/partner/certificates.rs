//! For how long certificates hold, partners' and ours. Nothing is encrypted to one that has ended or not begun; before that it is said,
//! earlier each time.

use super::{DeliveryPoint, Partner, PartnerId, Wrong, as2::newest};
use crate::{Error, Gateway};
use ledger::{Hash, Pseudonym, Time};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::PoisonError,
};

const DAY_MILLISECONDS: i64 = 86_400_000;
/// Days before the end at which it is said.
const WARNINGS: [i64; 6] = [60, 30, 14, 7, 3, 1];

/// How near to its end each certificate was when that was last said.
pub(crate) type Said = BTreeMap<Whose, i64>;

/// To what a document for a carrier is encrypted now: the newest certificate that is valid, of those that officers have signed.
///
/// # Errors
/// [`Error::CarrierNotDecided`] if they have signed none, [`Error::CertificateNotValid`] if none of theirs is valid now.
pub(crate) fn decided(
    carrier: &PartnerId,
    point: &DeliveryPoint,
    signed: &BTreeSet<Hash>,
    now: Time,
) -> Result<::as2::Certificate, Error> {
    let known = read(point).filter(|certificate| signed.contains(&Hash(certificate.fingerprint())));
    let known: Vec<_> = known.collect();
    newest(known.iter().cloned(), now).ok_or_else(|| not_valid(carrier, &known))
}

fn read(point: &DeliveryPoint) -> impl Iterator<Item = ::as2::Certificate> {
    point.certificates.iter().filter_map(|pem| ::as2::Certificate::from_pem(pem).ok())
}

fn not_valid(carrier: &PartnerId, known: &[::as2::Certificate]) -> Error {
    let last = known.iter().map(validity).max();
    let not_valid = |(from, until)| Error::CertificateNotValid { carrier: carrier.clone(), from, until };
    last.map_or_else(|| Error::CarrierNotDecided { carrier: carrier.clone() }, not_valid)
}

/// Refuses a carrier of whose certificates none holds now. One that begins later may stand beside it.
pub(crate) fn check(partners: &[Partner], now: Time) -> Result<(), Wrong> {
    let points = partners.iter().filter_map(|partner| Some((&partner.id, partner.delivery.as_ref()?)));
    for (partner, point) in points {
        // None at all, and what is no certificate, is refused where its agreement is checked.
        let known: Vec<_> = read(point).collect();
        let Some((from, until)) = known.iter().map(validity).max() else { continue };
        if newest(known.into_iter(), now).is_none() {
            return Err(Wrong::CertificateNotValid { partner: partner.clone(), from, until });
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
    /// An authority for a partner's `https://` servers.
    Tls,
    /// Ours: partners know us by it.
    Own,
    /// Ours: partners encrypt to it.
    OwnEncryption,
    /// Ours: whoever connects by TLS knows us by it and those that vouch for it.
    Server,
}

impl Use {
    /// As metrics label it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Signing => "signing",
            Self::Answers => "answers",
            Self::Tls => "tls",
            Self::Own => "own",
            Self::OwnEncryption => "own-encryption",
            Self::Server => "server",
        }
    }

    /// What is not done any more behind its end, and what to do.
    fn without(self) -> (&'static str, &'static str) {
        match self {
            Self::Delivery => ("no document for it is taken", "ask it for the next one"),
            Self::Signing => ("nothing that it signs is believed", "ask it for the next one"),
            Self::Answers => ("it gets no acknowledgement by AS2", "ask it for the next one"),
            Self::Tls => ("an authority vouches for no server beyond its own end", "ask it for the next one"),
            Self::Own => ("nothing can be signed for AS2 partners", "`bulla as2 renew`, and give them the next one"),
            Self::OwnEncryption => {
                ("what is encrypted to it is not opened", "`bulla as2 renew`, and give partners the next one")
            }
            Self::Server => ("whoever connects by TLS refuses us", "put the next one into the file that `[tls]` names"),
        }
    }
}

/// Whose certificate, by the ledger's name, none being us; and what it is for.
pub type Whose = (Option<Pseudonym>, Use);

/// Until when there is a certificate for each use: of several that overlap, until the last one's end, and no further than to the first
/// moment without any.
pub fn ends(gateway: &Gateway) -> BTreeMap<Whose, Time> {
    let mut spans: BTreeMap<Whose, Vec<(Time, Time)>> = BTreeMap::new();
    let mut add = |whose: Option<&Pseudonym>, r#use, span| {
        spans.entry((whose.cloned(), r#use)).or_default().push(span);
    };
    for partner in gateway.partners().partners() {
        let name = Some(&partner.pseudonym);
        let points = partner.delivery.iter().flat_map(|point| &point.certificates).map(|pem| (Use::Delivery, pem));
        let signing = partner.as2.iter().flat_map(|as2| &as2.signing).map(|pem| (Use::Signing, pem));
        let answers = partner.as2.iter().flat_map(|as2| &as2.encryption).map(|pem| (Use::Answers, pem));
        let authorities = partner.tls_authorities.iter().flat_map(|pem| authorities(pem));
        authorities.for_each(|span| add(name, Use::Tls, span));
        for (r#use, pem) in points.chain(signing).chain(answers) {
            let _ =
                ::as2::Certificate::of_signer_from_pem(pem).map(|certificate| add(name, r#use, validity(&certificate)));
        }
    }
    if let Some(identity) = gateway.identity() {
        let pairs = identity.pairs();
        pairs.certificates().for_each(|certificate| add(None, Use::Own, validity(certificate)));
        pairs.encryption_certificates().for_each(|certificate| add(None, Use::OwnEncryption, validity(certificate)));
    }
    let shown = gateway.server_certificate.get().and_then(|path| std::fs::read_to_string(path).ok());
    // A chain holds while each of it does.
    let shown = authorities(shown.as_deref().unwrap_or_default()).into_iter();
    let whole = shown.reduce(|(from, until), (begins, ends)| (begins.max(from), ends.min(until)));
    whole.into_iter().for_each(|span| add(None, Use::Server, span));
    let now = gateway.now();
    spans.into_iter().map(|(whose, spans)| (whose, covered_until(spans, now))).collect()
}

/// The end of the stretch of time without a gap in which it is now. Where it is in none, of the one before, if there is one. Certificates
/// are valid to the second: one that begins in the next second leaves no gap.
fn covered_until(mut spans: Vec<(Time, Time)>, now: Time) -> Time {
    spans.sort();
    let mut stretches: Vec<(Time, Time)> = Vec::new();
    for (from, until) in spans {
        match stretches.last_mut() {
            Some(last) if from.milliseconds().saturating_sub(last.1.milliseconds()) <= 1_000 => {
                last.1 = last.1.max(until)
            }
            _ => stretches.push((from, until)),
        }
    }
    let behind = stretches.partition_point(|(_, until)| *until < now);
    match stretches.get(behind) {
        Some((from, until)) if *from <= now || behind == 0 => *until,
        _ => stretches[behind - 1].1,
    }
}

/// Says once for each of 60, 30, 14, 7, 3 days and one, and once it has ended, that a certificate ends.
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

/// From when to when each certificate of a file is valid. As other software reads certificates: an authority's key may be of any kind.
fn authorities(pem: &str) -> Vec<(Time, Time)> {
    let read = x509_cert::Certificate::load_pem_chain(pem.as_bytes()).unwrap_or_default();
    let time = |at: &x509_cert::time::Time| time(at.to_unix_duration().as_secs());
    let validity = read.iter().map(|certificate| certificate.tbs_certificate().validity());
    validity.map(|validity| (time(&validity.not_before), time(&validity.not_after))).collect()
}

fn time(seconds: u64) -> Time {
    Time::from_milliseconds(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000))
}

/// From when to when it is valid, both included.
pub(crate) fn validity(certificate: &::as2::Certificate) -> (Time, Time) {
    let seconds = certificate.validity_seconds();
    (time(*seconds.start()), time(*seconds.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_nearer_each_time() {
        let stages: Vec<_> = [400, 60, 59, 30, 29, 14, 13, 7, 6, 3, 2, 1, 0, -1, -400].map(stage).into();
        let days = [60, 60, 30, 30, 14, 14, 7, 7, 3, 3, 1, -1, -1].map(Some);
        assert_eq!(stages[..2], [None, None]);
        assert_eq!(stages[2..], days);
    }

    #[test]
    fn what_is_covered_ends_at_the_first_gap() {
        let time = |seconds: i64| Time::from_milliseconds(seconds * 1000);
        let until = |spans: &[(i64, i64)], now| {
            let spans = spans.iter().map(|&(from, until)| (time(from), time(until))).collect();
            covered_until(spans, time(now)).milliseconds() / 1000
        };
        // One that overlaps, in whatever order; one that begins in the next second; one within another.
        assert_eq!(until(&[(80, 200), (0, 100)], 50), 200);
        assert_eq!(until(&[(0, 100), (101, 200)], 50), 200);
        assert_eq!(until(&[(0, 100), (20, 30)], 50), 100);
        // One that begins too late does not help yet; within the gap nothing does, and then it does.
        let gap = [(0, 100), (110, 200)];
        assert_eq!([50, 100, 105, 110, 201].map(|now| until(&gap, now)), [100, 100, 100, 200, 200]);
        // One that has not begun.
        assert_eq!(until(&[(110, 200)], 50), 200);
    }
}
