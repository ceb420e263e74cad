//! Every combination against the crate itself: sign x encrypt x compress x receipt x algorithm.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its keys has failed")]

use std::sync::LazyLock;

use as2::cms::{Cipher, Signature};
use as2::mdn::{self, Expected, Statement, Unconfirmed};
use as2::message::{Policy, Relation, Request};
use as2::mime::Headers;
use as2::send::{Ask, Document, Envelope, Protection, compose};
use as2::{Certificate, Digest, Disposition, Features, KeyTransport, Name, Outgoing, Padding, Recipient, Signer, Weak};

mod party;
use party::{Party, document, rng};

struct House {
    theirs: Signer,
    their_certificates: [Certificate; 1],
    ours: Signer,
    our_certificates: [Certificate; 1],
    keys: [&'static Recipient; 2],
}

static HOUSE: LazyLock<House> = LazyLock::new(|| {
    let (partner, gateway, old) = (Party::new("Partner"), Party::new("Gateway"), Party::new("Gateway"));
    House {
        theirs: partner.signer(),
        their_certificates: [partner.certificate()],
        ours: gateway.signer(),
        our_certificates: [gateway.certificate()],
        keys: [old.recipient(), gateway.recipient()].map(|key| &*Box::leak(Box::new(key))),
    }
});

const OPEN: Policy = Policy {
    signed: false,
    encrypted: false,
    weak: Weak { sha1: false, triple_des: false },
    limits: as2::cms::Limits { octets: 1 << 20, ratio: 200 },
};

fn relation(policy: Policy) -> Relation<'static> {
    Relation { keys: &HOUSE.keys, certificates: &HOUSE.their_certificates, not_valid: &[], policy }
}

fn headers(outgoing: &Outgoing) -> Headers {
    Headers::new(outgoing.headers.iter().map(|(name, value)| (*name, value.as_bytes()))).unwrap()
}

fn send(protection: &Protection<'_>, ask: Option<&Ask<'_>>) -> Outgoing {
    let (from, to) = (Name::new("Partner A").unwrap(), Name::new("GATEWAY").unwrap());
    let envelope = Envelope {
        from: &from,
        to: &to,
        message_id: "<1@partner.example>",
        date: "Thu, 26 Nov 2020 04:00:00 GMT",
        subject: "made up",
        product: "Test",
        features: as2::Features::default(),
    };
    let octets = document();
    let document = Document { octets: &octets, content_type: "application/edi-x12", file_name: Some("215.edi") };
    compose(&document, &envelope, protection, ask, &mut rng()).unwrap()
}

fn statement(disposition: Disposition, mic: Option<&as2::Mic>) -> Statement<'_> {
    Statement {
        disposition,
        mic,
        text: "Taken.\nThank you.",
        message_id: "<2@gateway.example>",
        date: "Thu, 26 Nov 2020 04:00:01 GMT",
        product: "Test",
        features: as2::Features::default(),
    }
}

fn protections() -> Vec<Protection<'static>> {
    let mut signatures = vec![None];
    for digest in [Digest::Sha256, Digest::Sha384, Digest::Sha512] {
        signatures
            .extend([Padding::Pkcs1, Padding::Pss].map(|padding| Some((&HOUSE.theirs, Signature { digest, padding }))));
    }
    let transports = [
        KeyTransport::Pkcs1,
        KeyTransport::Oaep(Digest::Sha1),
        KeyTransport::Oaep(Digest::Sha256),
        KeyTransport::Oaep(Digest::Sha512),
    ];
    let ciphers = [
        Cipher::Aes128Cbc,
        Cipher::Aes192Cbc,
        Cipher::Aes256Cbc,
        Cipher::Aes128Gcm,
        Cipher::Aes192Gcm,
        Cipher::Aes256Gcm,
    ];
    let encryptions = ciphers.iter().flat_map(|cipher| transports.map(|transport| (*cipher, transport)));
    let to = &HOUSE.our_certificates[..];
    let encryptions: Vec<_> = [None].into_iter().chain(encryptions.map(|(c, t)| Some((to, c, t)))).collect();
    let mut all = Vec::new();
    for sign in signatures {
        for encrypt in &encryptions {
            all.extend([false, true].map(|compress| Protection { compress, sign, encrypt: *encrypt }));
        }
    }
    all
}

#[test]
fn every_combination_comes_back_with_its_mic_and_is_confirmed() {
    let protections = protections();
    assert_eq!(protections.len(), 350);
    for (at, protection) in protections.iter().enumerate() {
        let digests = [Digest::Sha384, Digest::Sha256];
        let ask = Ask { to: "edi@partner.example", signed: &digests[..at % 3], deliver_to: None };
        let sent = send(protection, Some(&ask));
        let request = Request::read(headers(&sent)).unwrap();
        assert_eq!((request.from.as_str(), request.to.as_str()), ("Partner A", "GATEWAY"));
        let received = request.open(&sent.body, &relation(OPEN), &mut rng()).map_err(|refused| refused.why).unwrap();
        assert!(*received.payload == document(), "{at}");
        assert_eq!(received.file_name.as_deref(), Some("215.edi"));
        assert_eq!(received.content_type, "application/edi-x12");
        assert_eq!(received.compressed, protection.compress);
        let signed = protection.sign.map(|_| HOUSE.their_certificates[0].fingerprint());
        assert_eq!(received.signed_with, signed);
        let decrypted = protection.encrypt.map(|_| HOUSE.our_certificates[0].fingerprint());
        assert_eq!(received.decrypted_with, decrypted);
        let mic = sent.mic.as_ref().unwrap();
        assert!(received.mic == *mic, "{at}: {} {}", received.mic.to_field(), mic.to_field());

        let statement = statement(Disposition::Processed, Some(&received.mic));
        let answer = mdn::make(&request, &statement, Some(&HOUSE.ours), &mut rng()).unwrap();
        let expected = Expected {
            message_id: "<1@partner.example>",
            mic,
            certificates: &HOUSE.our_certificates,
            not_valid: &[],
            signed: !ask.signed.is_empty(),
            weak: Weak::default(),
        };
        assert_eq!(mdn::judge(&headers(&answer), &answer.body, &expected), Ok(Disposition::Processed));
    }
}

#[test]
fn version_product_and_features_are_sent_and_understood() {
    let sent = send(&Protection::default(), None);
    let fields = |sent: &Outgoing, name: &str| {
        let named = sent.headers.iter().filter(|(known, _)| *known == name);
        named.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    assert_eq!((fields(&sent, "AS2-Version"), fields(&sent, "AS2-Product")), (vec!["1.3".into()], vec!["Test".into()]));
    assert!(fields(&sent, "EDIINT-Features").is_empty(), "nothing is offered that there is not");
    for (field, multiple_attachments) in [
        (None, false),
        (Some(""), false),
        (Some("CEM, Multiple-Attachments"), true),
        (Some("multiple-attachments"), true),
        (Some("multiple-attachments-2"), false),
    ] {
        let mut sent = send(&Protection::default(), None);
        sent.headers.extend(field.map(|field| ("EDIINT-Features", field.to_owned())));
        let request = Request::read(headers(&sent)).unwrap();
        assert_eq!(request.features, Features { multiple_attachments }, "{field:?}");
        assert_eq!((request.version.as_str(), request.product.as_deref()), ("1.3", Some("Test")));
        let statement = Statement { features: request.features, ..statement(Disposition::Processed, None) };
        let answer = mdn::make(&request, &statement, None, &mut rng()).unwrap();
        let expected: Vec<String> =
            multiple_attachments.then(|| "multiple-attachments".to_owned()).into_iter().collect();
        assert_eq!(
            (fields(&answer, "EDIINT-Features"), fields(&answer, "AS2-Version")),
            (expected, vec!["1.3".into()])
        );
    }
}

#[test]
fn what_was_agreed_is_asked_for() {
    for protection in protections() {
        let sent = send(&protection, None);
        let request = Request::read(headers(&sent)).unwrap();
        let result =
            request.open(&sent.body, &relation(Policy { limits: OPEN.limits, ..Policy::default() }), &mut rng());
        let enough = protection.sign.is_some() && protection.encrypt.is_some();
        let refused = result.map(|_| ()).map_err(|refused| refused.disposition);
        // A compressed entity without a signature is no document that may be spoken of.
        let expected = if enough { Ok(()) } else { Err(Disposition::InsufficientMessageSecurity) };
        assert_eq!(refused, expected);
    }
}

#[test]
fn each_way_not_to_confirm_has_its_name() {
    let ask = Ask { to: "edi@partner.example", signed: &[Digest::Sha256], deliver_to: None };
    let sent =
        send(&Protection { sign: Some((&HOUSE.theirs, Signature::default())), ..Default::default() }, Some(&ask));
    let request = Request::read(headers(&sent)).unwrap();
    let mic = sent.mic.as_ref().unwrap();
    let expected = Expected {
        message_id: "<1@partner.example>",
        mic,
        certificates: &HOUSE.our_certificates,
        not_valid: &[],
        signed: true,
        weak: Weak::default(),
    };
    let other = send(&Protection::default(), None).mic.unwrap();
    let judge = |disposition, mic, signer: Option<&Signer>, expected: &Expected<'_>| {
        let answer = mdn::make(&request, &statement(disposition, mic), signer, &mut rng()).unwrap();
        mdn::judge(&headers(&answer), &answer.body, expected)
    };
    let (taken, ours) = (Disposition::Processed, Some(&HOUSE.ours));
    assert_eq!(judge(taken, Some(mic), ours, &expected), Ok(taken));
    assert_eq!(judge(Disposition::DuplicateDocument, Some(mic), ours, &expected), Ok(Disposition::DuplicateDocument));
    assert_eq!(judge(taken, Some(&other), ours, &expected), Err(Unconfirmed::WrongMic));
    assert_eq!(judge(taken, None, ours, &expected), Err(Unconfirmed::WrongMic));
    let wrong_signer = |result| matches!(result, Err(Unconfirmed::WrongSigner(_)));
    assert!(wrong_signer(judge(taken, Some(mic), Some(&HOUSE.theirs), &expected)));
    assert!(wrong_signer(judge(taken, Some(mic), None, &expected)));
    let elsewhere = Expected { message_id: "<3@partner.example>", ..expected };
    assert_eq!(judge(taken, Some(mic), ours, &elsewhere), Err(Unconfirmed::WrongId));
    let failed = Disposition::AuthenticationFailed;
    assert_eq!(judge(failed, None, ours, &expected), Err(Unconfirmed::Refused(failed)));
    let nothing = mdn::judge(&headers(&sent), &sent.body, &expected);
    assert!(matches!(nothing, Err(Unconfirmed::NotAnMdn(_))), "a signed document is no receipt, whoever signed it");
    assert!(matches!(mdn::judge(&Headers::default(), b"OK", &expected), Err(Unconfirmed::NotAnMdn(_))));
}
