//! The decisions, a line a case.

use super::*;
use crate::partner::DeliveryPoint;
use seal::Token;
use std::collections::BTreeMap;

fn certificate() -> String {
    let key = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).expect("a key");
    let der = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&key).expect("DER");
    let key =
        rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der.as_ref().into(), &rcgen::PKCS_RSA_SHA256).expect("a key");
    rcgen::CertificateParams::new(Vec::new()).expect("parameters").self_signed(&key).expect("a certificate").pem()
}

fn partner(id: &str, edi: &[&str], delivery: Option<DeliveryPoint>) -> Partner {
    Partner {
        id: id.parse().expect("an id"),
        name: id.to_owned(),
        pseudonym: format!("P-{id}").parse().expect("a pseudonym"),
        edi: edi.iter().map(|id| id.parse().expect("an EDI id")).collect(),
        tokens: Default::default(),
        tls_authorities: None,
        as2: None,
        delivery,
    }
}

/// Shippers `s` and `t`, carriers `c` and `d`; `s` and `c` have an agreement of this status.
fn house(status: Status) -> Partners {
    let point =
        DeliveryPoint { url: "http://127.0.0.1:1/".into(), as2: false, certificates: vec![certificate()], key: None };
    let partners = [
        partner("s", &["ZZ:S", "01:S2"], None),
        partner("t", &["ZZ:T"], None),
        partner("c", &["ZZ:C"], Some(point.clone())),
        partner("d", &["ZZ:D"], Some(point)),
    ];
    let agreement = Agreement {
        id: "A-1".parse().expect("an id"),
        shipper: "s".parse().expect("an id"),
        carrier: "c".parse().expect("an id"),
        status,
        retention_days: BTreeMap::from([(ledger::FieldClass::Address, 90)]),
        answer_hours: None,
        guide: None,
    };
    Partners::new(partners, [agreement], Default::default()).expect("a good file")
}

fn address(sender: &str, receiver: &str, control: &str, production: bool) -> Address {
    Address {
        sender: sender.parse().ok(),
        receiver: receiver.parse().ok(),
        control: Some(control.to_owned()).filter(|control| !control.is_empty()),
        production,
    }
}

#[test]
fn routes() {
    use Status::*;
    let cases = [
        // status, sender, receiver, production; kept, or why not
        (Live, "ZZ:S", "ZZ:C", true, Ok(true)),
        (Live, "01:S2", "ZZ:C", true, Ok(true)),
        (Live, "ZZ:S", "ZZ:C", false, Ok(false)),
        (Test, "ZZ:S", "ZZ:C", true, Ok(false)),
        (Shadow, "ZZ:S", "ZZ:C", true, Ok(false)),
        (Draft, "ZZ:S", "ZZ:C", true, Err(NoRoute::Agreement(Draft))),
        (Suspended, "ZZ:S", "ZZ:C", true, Err(NoRoute::Agreement(Suspended))),
        (Suspended, "ZZ:S", "ZZ:C", false, Err(NoRoute::Agreement(Suspended))),
        (Live, "ZZ:T", "ZZ:C", true, Err(NoRoute::Sender)),
        (Live, "01:S", "ZZ:C", true, Err(NoRoute::Sender)),
        (Live, "", "ZZ:C", true, Err(NoRoute::Sender)),
        (Live, "ZZ:S", "", true, Err(NoRoute::Receiver)),
        (Live, "ZZ:S", "ZZ:X", true, Err(NoRoute::Receiver)),
        (Live, "ZZ:S", "ZZ:D", true, Err(NoRoute::Receiver)),
        (Live, "ZZ:S", "ZZ:T", true, Err(NoRoute::Receiver)),
    ];
    for (status, sender, receiver, production, expected) in cases {
        let partners = house(status);
        let shipper = partners.partner(&"s".parse().expect("an id")).expect("there");
        let found = route(&partners, shipper, &address(sender, receiver, "000000001", production));
        assert_eq!(found.map(|route| route.kept), expected, "{status} {sender} {receiver} {production}");
    }
}

#[test]
fn duplicates_have_the_same_ids_number_and_test_flag() {
    let partners = house(Status::Live);
    let shipper = partners.partner(&"s".parse().expect("an id")).expect("there");
    let key = |sender, control, production| {
        route(&partners, shipper, &address(sender, "ZZ:C", control, production)).expect("a route").key
    };
    let one = key("ZZ:S", "000000001", true);
    assert_eq!(one, key("ZZ:S", "000000001", true));
    for other in [key("01:S2", "000000001", true), key("ZZ:S", "000000002", true), key("ZZ:S", "000000001", false)] {
        assert!(other.is_some() && other != one);
    }
    assert_eq!(key("ZZ:S", "", true), None, "what is no number is never a duplicate");
}

#[test]
fn what_came_before() {
    use Verdict::*;
    let cases = [
        (None, Seen::New),
        (Some((Accepted, true)), Seen::Same),
        (Some((Accepted, false)), Seen::Other),
        (Some((AcceptedWithErrors, true)), Seen::Same),
        (Some((AcceptedInPart, false)), Seen::Other),
        (Some((Refused, true)), Seen::New),
        (Some((Refused, false)), Seen::New),
        (Some((NotEdi, true)), Seen::New),
    ];
    for (before, expected) in cases {
        assert_eq!(seen(before), expected, "{before:?}");
    }
}

const EARLIER: Earlier = Earlier { id: ManifestId([9; 16]), cancelled: false };
const CANCELLED: Earlier = Earlier { id: ManifestId([9; 16]), cancelled: true };

/// Manifests of number 1 with these purposes, one after the other, after `earlier`.
fn decide(earlier: Option<Earlier>, purposes: &[Purpose]) -> Vec<Result<Takes, Code>> {
    let announced = |purpose: &Purpose| Announced { number: Some(Token([1; 16])), purpose: *purpose, earlier };
    corrections(&purposes.iter().map(announced).collect::<Vec<_>>())
}

#[test]
fn corrections_of_earlier_documents() {
    use Purpose::*;
    let before = Takes::Earlier(EARLIER.id);
    let cases = [
        (None, Original, Ok(Takes::Nobody)),
        (None, Replace, Ok(Takes::Nobody)),
        (None, Change, Ok(Takes::Nobody)),
        (None, Cancel, Err(Code::InvalidCode)),
        (Some(EARLIER), Original, Err(Code::DuplicateManifest)),
        (Some(EARLIER), Replace, Ok(before)),
        (Some(EARLIER), Change, Ok(before)),
        (Some(EARLIER), Cancel, Ok(before)),
        (Some(CANCELLED), Original, Ok(before)),
        (Some(CANCELLED), Replace, Ok(before)),
        (Some(CANCELLED), Change, Ok(before)),
        (Some(CANCELLED), Cancel, Err(Code::InvalidCode)),
    ];
    for (earlier, purpose, expected) in cases {
        assert_eq!(decide(earlier, &[purpose]), [expected], "{earlier:?} {purpose:?}");
    }
}

#[test]
fn corrections_within_one_document() {
    use Purpose::*;
    type Case = (&'static [Purpose], &'static [Result<Takes, Code>]);
    let here_after: [Case; 6] = [
        (&[Original, Original], &[Ok(Takes::Nobody), Err(Code::DuplicateManifest)]),
        (&[Original, Replace, Replace], &[Ok(Takes::Nobody), Ok(Takes::Here(0)), Ok(Takes::Here(1))]),
        (&[Original, Cancel, Original], &[Ok(Takes::Nobody), Ok(Takes::Here(0)), Ok(Takes::Here(1))]),
        (&[Original, Cancel, Cancel], &[Ok(Takes::Nobody), Ok(Takes::Here(0)), Err(Code::InvalidCode)]),
        (&[Cancel, Original], &[Err(Code::InvalidCode), Ok(Takes::Nobody)]),
        (&[Original, Original, Replace], &[Ok(Takes::Nobody), Err(Code::DuplicateManifest), Ok(Takes::Here(0))]),
    ];
    for (purposes, expected) in here_after {
        assert_eq!(decide(None, purposes), expected, "{purposes:?}");
    }
}

#[test]
fn a_manifest_without_a_number_is_refused_and_other_numbers_do_not_meet() {
    let announced = |number: Option<Token>| Announced { number, purpose: Purpose::Original, earlier: None };
    let decided = corrections(&[announced(None), announced(Some(Token([1; 16]))), announced(Some(Token([2; 16])))]);
    assert_eq!(decided, [Err(Code::ElementMissing), Ok(Takes::Nobody), Ok(Takes::Nobody)]);
}
