//! What comes with a certificate outside of its dates is refused, and told which one, so that its owner finds it.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use as2::{Certificate, Disposition, Signer, mdn::Unconfirmed};
use ledger::Hash;
use serde_json::Value;
use std::fs;
use support::{
    Server,
    document::notice,
    partner::{How, Partner, USUAL, apply, certificates, id, partner_of, post},
};

/// The demo's shipper with a certificate of these years beside its own.
fn beside(server: &Server, serial: u64, years: (i32, i32)) -> Partner {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    parameters.serial_number = Some(serial.into());
    parameters.not_before = rcgen::date_time_ymd(years.0, 6, 30);
    parameters.not_after = rcgen::date_time_ymd(years.1, 6, 30);
    let pem = parameters.self_signed(&key).unwrap().pem();
    apply(server, |file| {
        let as2 = partner_of(file, "northshop")["as2"].as_table_mut().unwrap();
        as2["signing"].as_array_mut().unwrap().push(pem.clone().into());
    });
    let signer = Signer::of_messages_from_pem(&key.serialize_pem(), &pem).unwrap();
    Partner { signer, ..Partner::of(server) }
}

/// What a message's sender is told, and of the words as much as names a certificate.
fn told(server: &Server, from: &Partner, how: How<'_>) -> (Disposition, String) {
    let same = id();
    let message = from.message(&notice(1, "DATES-1", 1).bytes(), &same, how);
    let answer = post(server, &message);
    let Err(Unconfirmed::Refused(why)) = from.judged(&same, &message, &answer) else { panic!("{}", answer.text()) };
    let text = answer.text();
    let line = text.lines().find(|line| line.starts_with("The message was not taken")).unwrap();
    (why, line.trim_start_matches("The message was not taken: it is ").to_owned())
}

fn sha256(certificate: &Certificate) -> Hash {
    Hash(certificate.fingerprint())
}

#[test]
fn a_message_is_signed_with_a_certificate_that_has_ended_or_not_begun() {
    let server = Server::start();
    for (serial, years, state) in [
        (0x51_0afe, (2020, 2021), "ended 2021-06-30T00:00:00.000Z: serial number 510afe"),
        (0xfe_0001, (2097, 2098), "begins 2097-06-30T00:00:00.000Z: serial number fe0001"),
    ] {
        let late = beside(&server, serial, years);
        let sha256 = sha256(late.signer.certificate());
        let line = format!("signed with a certificate that {state} in hexadecimal, SHA-256 {sha256}.");
        for encrypted in [USUAL, How { cipher: as2::cms::Cipher::Aes256Gcm, ..USUAL }] {
            assert_eq!(told(&server, &late, encrypted), (Disposition::AuthenticationFailed, line.clone()));
        }
    }
    // Of whom nobody named no certificate is told of, and the one that is valid goes on.
    let stranger = beside(&server, 7, (2020, 2021));
    beside(&server, 8, (2020, 2021));
    let (why, line) = told(&server, &stranger, USUAL);
    assert_eq!(why, Disposition::AuthenticationFailed);
    assert!(line.ends_with("not signed with the trusted certificate."), "{line}");
    let noted = server.get("/v1/interchanges");
    let taken = |one: &Value| one["verdict"] != "not-edi" || one["manifests"] != 0;
    assert!(noted.as_array().unwrap().len() == 5 && !noted.as_array().unwrap().iter().any(taken), "{noted}");
    let (own, same) = (Partner::of(&server), id());
    let message = own.message(&notice(1, "DATES-1", 1).bytes(), &same, USUAL);
    assert_eq!(own.judged(&same, &message, &post(&server, &message)), Ok(Disposition::Processed));
}

#[test]
fn a_message_is_encrypted_to_a_certificate_of_ours_that_has_ended() {
    let server = Server::start();
    server.run(&["as2", "renew", "--from", "2020-01-01"]).expect(0);
    let all = certificates(&server);
    let (new, ended) = (&all[0], all.last().unwrap());
    assert!(*ended.validity_seconds().end() < 1_700_000_000);
    let to_ended = Partner { gateway: vec![ended.clone()], ..Partner::of(&server) };
    let same = id();
    let message = to_ended.message(&notice(1, "DATES-2", 1).bytes(), &same, USUAL);
    let answer = post(&server, &message);
    // The newest one signs the receipt.
    let judge = Partner { gateway: vec![new.clone()], ..Partner::of(&server) };
    let judged = judge.judged(&same, &message, &answer);
    assert_eq!(judged, Err(Unconfirmed::Refused(Disposition::DecryptionFailed)));
    let shown = server.run(&["as2", "show"]).expect(0).text();
    assert!(shown.contains(&sha256(ended).to_string()), "{shown}");
    let line = format!(
        "The message was not taken: it is encrypted to a certificate that ended {}",
        ledger::Time::from_milliseconds(i64::try_from(*ended.validity_seconds().end()).unwrap() * 1000)
    );
    let text = answer.text();
    assert!(text.contains(&line) && text.contains(&format!("SHA-256 {}.", sha256(ended))), "{text}");
    // To both: the one that is valid opens it. To somebody else's: nobody is named.
    let both = Partner { gateway: vec![new.clone()], ..Partner::of(&server) };
    let message = both.message(&notice(1, "DATES-2", 1).bytes(), &same, USUAL);
    assert_eq!(judge.judged(&same, &message, &post(&server, &message)), Ok(Disposition::Processed));
    let pem = fs::read_to_string(server.dir("demo").join("lakeshop.as2.crt.pem")).unwrap();
    let elsewhere = Partner { gateway: vec![Certificate::from_pem(&pem).unwrap()], ..Partner::of(&server) };
    let message = elsewhere.message(&notice(2, "DATES-3", 1).bytes(), &id(), USUAL);
    assert!(post(&server, &message).text().contains("not taken: the message is not encrypted to this certificate."));
}
