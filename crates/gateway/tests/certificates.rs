//! Certificates that end, and the next ones beside them: the copies for a carrier are encrypted to the newest that is valid and that
//! officers have signed.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use as2::Recipient;
use durable::random::OsRandom;
use gateway::{
    Error,
    exchange::receive::Refused,
    partner::{self, Partner, certificates::Use},
};
use house::{House, certificate_of, document};
use ledger::Time;

const OCTOBER: (i32, u8, u8) = (2026, 10, 1);
const NOVEMBER: (i32, u8, u8) = (2026, 11, 1);
const LATE_NOVEMBER: (i32, u8, u8) = (2026, 11, 28);
const FEBRUARY: (i32, u8, u8) = (2027, 2, 1);

/// The carrier's certificates, in the file that the operator applies.
fn apply(house: &House, certificates: &[&str]) -> Result<Partner, String> {
    let mut carrier = house.gateway.partners().partners().find(|partner| partner.delivery.is_some()).unwrap().clone();
    carrier.delivery.as_mut().unwrap().certificates = certificates.iter().map(|pem| (*pem).to_owned()).collect();
    let file = partner::File { partner: vec![carrier.clone()], ..Default::default() };
    house.gateway.apply(file).map(|()| carrier).map_err(|error| error.to_string())
}

fn send(house: &House, number: u32) -> Result<(), Refused> {
    // Later than the one before: the last delivery is the newest.
    house.clock.set(Time::from_milliseconds(house.gateway.now().milliseconds() + 1));
    house.send(&document(number, 1, |set| format!("ENDS-{number}-{set}"))).map(drop)
}

/// Which of these reads the delivery that was made last.
fn readers(house: &House, keys: [&Recipient; 2]) -> [bool; 2] {
    let last = house.gateway.vault.deliveries(1).unwrap().remove(0);
    let octets = house.gateway.vault.delivery_octets(&last.id).unwrap();
    keys.map(|key| as2::cms::open(&octets, &[key], as2::Weak::default(), &mut OsRandom).is_ok())
}

fn set(house: &House, moment: &str) {
    house.clock.set(moment.parse::<Time>().unwrap());
}

/// A carrier's certificate ends, and nobody has noticed: nothing is encrypted to it any more, nor taken over.
#[test]
fn a_carriers_certificate_has_ended() {
    let house = House::open();
    let (pem, _) = certificate_of(OCTOBER, LATE_NOVEMBER);
    let carrier = apply(&house, &[&pem]).unwrap();
    let until = partner::certificates::ends(&house.gateway)[&(Some(carrier.pseudonym.clone()), Use::Delivery)];
    assert_eq!(until.to_string(), "2026-11-28T00:00:00.000Z");
    let line = format!("partner=\"{}\",use=\"delivery\"}} {}\n", carrier.pseudonym, until.milliseconds() / 1000);
    assert!(partner::certificates::to_text(&house.gateway).contains(&line));
    let unsigned = send(&house, 1);
    assert!(matches!(unsigned, Err(Refused::Failed(Error::CarrierNotDecided { .. }))), "{unsigned:?}");
    house.decide();
    send(&house, 2).unwrap();
    // It ends with that second.
    set(&house, "2026-11-28T00:00:01.000Z");
    let ended = send(&house, 3);
    assert!(matches!(ended, Err(Refused::Failed(Error::CertificateNotValid { .. }))), "{ended:?}");
    let wrong = apply(&house, &[&pem]).unwrap_err();
    assert!(wrong.contains("to 2026-11-28T00:00:00.000Z only"), "{wrong}");
}

/// A partner names authorities for its servers, of whatever kind their keys are; the last one's end is told like every other.
#[test]
fn a_partners_authorities_for_tls_end() {
    let house = House::open();
    let mut carrier = house.gateway.partners().partners().find(|partner| partner.delivery.is_some()).unwrap().clone();
    let made = |algorithm, months: (u8, u8)| {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        parameters.not_before = rcgen::date_time_ymd(2026, months.0, 1);
        parameters.not_after = rcgen::date_time_ymd(2026, months.1, 1);
        parameters.self_signed(&key).unwrap().pem()
    };
    let both = [made(&rcgen::PKCS_ED25519, (1, 12)), made(&rcgen::PKCS_ECDSA_P384_SHA384, (2, 11))];
    carrier.tls_authorities = Some(both.concat());
    house.gateway.apply(partner::File { partner: vec![carrier.clone()], ..Default::default() }).unwrap();
    let until = partner::certificates::ends(&house.gateway)[&(Some(carrier.pseudonym.clone()), Use::Tls)];
    assert_eq!(until.to_string(), "2026-12-01T00:00:00.000Z");
    let line = format!("partner=\"{}\",use=\"tls\"}} {}\n", carrier.pseudonym, until.milliseconds() / 1000);
    assert!(partner::certificates::to_text(&house.gateway).contains(&line));
}

/// What a process shows to whoever connects ends where the first of its chain does, and is read anew.
#[test]
fn our_servers_certificate_ends() {
    let house = House::open();
    let path = house.gateway.config.dir.join("server.pem");
    let end = || partner::certificates::ends(&house.gateway).get(&(None, Use::Server)).map(ToString::to_string);
    house.gateway.is_known_by(path.clone());
    assert_eq!(end(), None, "there is no file");
    let (own, _) = certificate_of(OCTOBER, FEBRUARY);
    let (above, _) = certificate_of(NOVEMBER, LATE_NOVEMBER);
    std::fs::write(&path, format!("{own}{above}")).unwrap();
    assert_eq!(end().as_deref(), Some("2026-11-28T00:00:00.000Z"));
    assert!(partner::certificates::to_text(&house.gateway).contains("{partner=\"\",use=\"server\"} 1795824000\n"));
    std::fs::write(&path, own).unwrap();
    assert_eq!(end().as_deref(), Some("2027-02-01T00:00:00.000Z"));
}

/// The next one is there before the old one ends: no document waits, and each goes to the one that its day asks for.
#[test]
fn the_next_certificate_stands_beside_the_one_that_ends() {
    let house = House::open();
    let (old, old_key) = certificate_of(OCTOBER, LATE_NOVEMBER);
    let (new, new_key) = certificate_of(NOVEMBER, FEBRUARY);
    let keys = [&old_key, &new_key];
    apply(&house, &[&old]).unwrap();
    house.decide();
    // Whoever applies a file adds one, and officers have not signed: the one that they signed goes on.
    let carrier = apply(&house, &[&old, &new]).unwrap();
    send(&house, 1).unwrap();
    assert_eq!(readers(&house, keys), [true, false]);
    house.decide();
    send(&house, 2).unwrap();
    assert_eq!(readers(&house, keys), [false, true]);
    let ends = || partner::certificates::ends(&house.gateway)[&(Some(carrier.pseudonym.clone()), Use::Delivery)];
    assert_eq!(ends().to_string(), "2027-02-01T00:00:00.000Z");
    // Back to the old one alone, which officers signed as well.
    apply(&house, &[&old]).unwrap();
    send(&house, 3).unwrap();
    assert_eq!(readers(&house, keys), [true, false]);
    assert_eq!(ends().to_string(), "2026-11-28T00:00:00.000Z");
}

/// One that begins later is stored today and used from that moment on, without a start and without anybody's doing.
#[test]
fn a_certificate_that_begins_later_is_used_from_then_on() {
    let house = House::open();
    let (old, old_key) = certificate_of(NOVEMBER, FEBRUARY);
    let (new, new_key) = certificate_of(LATE_NOVEMBER, FEBRUARY);
    let wrong = apply(&house, &[&new]).unwrap_err();
    assert!(wrong.contains("from 2026-11-28T00:00:00.000Z"), "alone it is not taken: {wrong}");
    apply(&house, &[&new, &old]).unwrap();
    house.decide();
    for (number, moment, reads) in
        [(1, "2026-11-27T23:59:59.998Z", [true, false]), (2, "2026-11-27T23:59:59.999Z", [false, true])]
    {
        set(&house, moment);
        send(&house, number).unwrap();
        assert_eq!(readers(&house, [&old_key, &new_key]), reads, "{moment}");
    }
}
