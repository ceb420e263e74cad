//! A message that is made while its document is read is what one that is made whole is; one that fails is none.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its keys has failed")]

use std::io::{self, Cursor, Read, Write};
use std::sync::LazyLock;

use as2::cms::{Cipher, Limits, RECIPIENTS_MAX, Signature};
use as2::message::{Policy, Relation, Request, Unverified};
use as2::mime::Headers;
use as2::send::{Ask, Composing, Document, Envelope, Label, Protection, Unmade, compose};
use as2::{Certificate, Digest, Error, KeyTransport, Mic, Name, Padding, Recipient, Signer, Weak};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;

mod party;
use party::{Party, rng};

/// What is encrypted at once, and the longest piece.
const PIECE: usize = 64 * 1024;
const CIPHERS: [Cipher; 6] =
    [Cipher::Aes128Cbc, Cipher::Aes192Cbc, Cipher::Aes256Cbc, Cipher::Aes128Gcm, Cipher::Aes192Gcm, Cipher::Aes256Gcm];
const LABEL: Label<'_> = Label { content_type: "application/edi-x12", file_name: Some("215.edi") };

struct House {
    ours: Signer,
    our_certificates: [Certificate; 1],
    their_certificates: [Certificate; 1],
    their_key: Recipient,
    names: [Name; 2],
}

static HOUSE: LazyLock<House> = LazyLock::new(|| {
    let (gateway, partner) = (Party::new("Gateway"), Party::new("Partner"));
    House {
        ours: gateway.signer(),
        our_certificates: [gateway.certificate()],
        their_certificates: [partner.certificate()],
        their_key: partner.recipient(),
        names: ["GATEWAY", "Partner A"].map(|name| Name::new(name).unwrap()),
    }
});

fn envelope() -> Envelope<'static> {
    Envelope {
        from: &HOUSE.names[0],
        to: &HOUSE.names[1],
        message_id: "<1@gateway.example>",
        date: "Thu, 26 Nov 2020 04:00:00 GMT",
        subject: "made up",
        product: "Test",
        features: as2::Features::default(),
    }
}

const ASK: Ask<'_> = Ask { to: "edi@gateway.example", signed: &[Digest::Sha384], deliver_to: None };

fn begin(protection: &Protection<'static>) -> Composing<'static> {
    Composing::begin(LABEL, &envelope(), protection, Some(&ASK), &mut rng()).unwrap()
}

/// Takes as few octets at once as it says.
struct Dribble<T>(T, usize);

impl<T: Read> Read for Dribble<T> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let octets = room.len().min(self.1);
        self.0.read(&mut room[..octets])
    }
}

impl<T: Write> Write for Dribble<T> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.write(&octets[..octets.len().min(self.1)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[derive(Default)]
struct Sink(Vec<u8>);

impl Unverified for Sink {
    fn begin(&mut self, content_type: &str, file_name: Option<&str>) -> io::Result<()> {
        assert_eq!((content_type, file_name), (LABEL.content_type, LABEL.file_name));
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(octets);
        Ok(())
    }
}

fn relation(protection: &Protection<'_>) -> Relation<'static> {
    static KEYS: LazyLock<[&'static Recipient; 1]> = LazyLock::new(|| [&HOUSE.their_key]);
    let policy = Policy {
        signed: protection.sign.is_some(),
        encrypted: protection.encrypt.is_some(),
        weak: Weak::default(),
        limits: Limits { octets: 8 << 20, ratio: 2000 },
    };
    Relation { keys: &*KEYS, certificates: &HOUSE.our_certificates, not_valid: &[], policy }
}

fn request(headers: &[(&'static str, String)]) -> Request {
    Request::read(Headers::new(headers.iter().map(|(name, value)| (*name, value.as_bytes()))).unwrap()).unwrap()
}

/// Octets of the document; MIC, decrypted with, signed with, compressed.
type Verdict = (Vec<u8>, String, [Option<[u8; 32]>; 2], bool);

/// What the crate's own opening makes of a message, held and while it comes.
fn opened(headers: &[(&'static str, String)], body: &[u8], protection: &Protection<'_>) -> Option<Verdict> {
    let (request, relation) = (request(headers), relation(protection));
    let held = request.open(body, &relation, &mut rng()).ok().map(|received| {
        assert_eq!((&*received.content_type, received.file_name.as_deref()), (LABEL.content_type, LABEL.file_name));
        let with = [received.decrypted_with, received.signed_with];
        (received.payload.to_vec(), received.mic.to_field(), with, received.compressed)
    });
    let mut sink = Sink::default();
    let streamed = request.open_into(&mut Cursor::new(body), &relation, &mut sink, &mut rng()).ok();
    let streamed =
        streamed.map(|made| (sink.0, made.mic.to_field(), [made.decrypted_with, made.signed_with], made.compressed));
    assert!(streamed == held);
    held
}

/// Text and noise: what compresses well, and what does not.
fn octets(length: usize, noise: bool) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..length).map(|at| if noise { next() } else { b"ST*856*0001~\r\n"[at % 14] }).collect()
}

/// What is made can be opened, and says what it says when it is made whole.
fn check(document: &[u8], protection: &Protection<'static>, steps: (usize, usize)) {
    let composing = begin(protection);
    let (headers, mut body) = (composing.headers().to_vec(), Dribble(Vec::new(), steps.1));
    let mic = composing.write_into(&mut Dribble(document, steps.0), &mut body).unwrap();
    let (octets, stated, with, compressed) = opened(&headers, &body.0, protection).expect("what is made can be opened");
    assert!(octets == document);
    assert_eq!((stated, compressed), (mic.to_field(), protection.compress));
    let [to, by] = [&HOUSE.their_certificates[0], HOUSE.ours.certificate()].map(Certificate::fingerprint);
    assert_eq!(with, [protection.encrypt.map(|_| to), protection.sign.map(|_| by)]);

    let Label { content_type, file_name } = LABEL;
    let document = Document { octets: document, content_type, file_name };
    let whole = compose(&document, &envelope(), protection, Some(&ASK), &mut rng()).unwrap();
    let plain = |headers: &[(&'static str, String)]| {
        let without = |value: &str| value.split("boundary=").next().unwrap().to_owned();
        headers.iter().map(|(name, value)| (*name, without(value))).collect::<Vec<_>>()
    };
    assert_eq!(plain(&headers), plain(&whole.headers));
    // What is compressed has other pieces, so what is signed around it is something else.
    assert_eq!(whole.mic.unwrap() == mic, !protection.compress || protection.sign.is_none());
}

fn signature(digest: Digest, padding: Padding) -> Option<(&'static Signer, Signature)> {
    Some((&HOUSE.ours, Signature { digest, padding }))
}

fn encryption(cipher: Cipher) -> Option<(&'static [Certificate], Cipher, KeyTransport)> {
    Some((&HOUSE.their_certificates[..], cipher, KeyTransport::Oaep(Digest::Sha256)))
}

#[test]
fn every_combination_becomes_what_it_becomes_when_it_is_made_whole() {
    let signatures = [
        None,
        signature(Digest::Sha256, Padding::Pkcs1),
        signature(Digest::Sha384, Padding::Pss),
        signature(Digest::Sha512, Padding::Pkcs1),
    ];
    let mut count = 0;
    for sign in signatures {
        for cipher in [None].into_iter().chain(CIPHERS.map(Some)) {
            for compress in [false, true] {
                let protection = Protection { compress, sign, encrypt: cipher.and_then(encryption) };
                for length in [0, PIECE + 7] {
                    check(&octets(length, true), &protection, (PIECE, usize::MAX));
                    count += 1;
                }
            }
        }
    }
    assert_eq!(count, 112);
}

#[test]
fn lengths_around_a_block_and_a_piece_are_whole() {
    for cipher in [Cipher::Aes256Cbc, Cipher::Aes256Gcm] {
        // Beside the document there are its head and an empty line: each length of the whole around the edges comes.
        let protection = Protection { encrypt: encryption(cipher), ..Protection::default() };
        let head = "Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n\
                    Content-Disposition: attachment; filename=\"215.edi\"\r\n\r\n"
            .len();
        for edge in [head + 16, PIECE, 2 * PIECE] {
            for length in edge - 17..=edge + 17 {
                check(&octets(length.saturating_sub(head), true), &protection, (4096, usize::MAX));
            }
        }
    }
}

#[test]
fn what_cannot_be_made_is_refused_before_an_octet_goes_out() {
    let refused = |label: Label<'_>, protection: &Protection<'_>| {
        Composing::begin(label, &envelope(), protection, None, &mut rng()).map(|_| ()).unwrap_err()
    };
    const HOW: (Cipher, KeyTransport) = (Cipher::Aes256Cbc, KeyTransport::Pkcs1);
    let none = Protection::default();
    let crowd = vec![HOUSE.their_certificates[0].clone(); RECIPIENTS_MAX + 1];
    assert_eq!(refused(Label { file_name: Some("../x"), ..LABEL }, &none), Error::FileName);
    assert_eq!(refused(Label { content_type: "a/b\r\nX: y", ..LABEL }, &none), Error::Header("value"));
    assert_eq!(refused(LABEL, &Protection { encrypt: Some((&[], HOW.0, HOW.1)), ..none }), Error::NoRecipient);
    assert!(matches!(
        refused(LABEL, &Protection { encrypt: Some((&crowd, HOW.0, HOW.1)), ..none }),
        Error::TooMany { .. }
    ));
    assert_eq!(refused(LABEL, &Protection { sign: signature(Digest::Sha1, Padding::Pkcs1), ..none }), Error::Signing);
}

/// Fails where it stands.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

/// Takes so many octets.
struct Full(Vec<u8>, usize);

impl Write for Full {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let taken = octets.len().min(self.1 - self.0.len());
        self.0.extend_from_slice(&octets[..taken]);
        if taken == 0 && !octets.is_empty() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Compressed, signed, encrypted.
type Chosen = (bool, Option<(Digest, Padding)>, Option<Cipher>);

fn choices() -> impl Strategy<Value = Chosen> {
    let digests = select(vec![Digest::Sha256, Digest::Sha384, Digest::Sha512]);
    let sign = prop::option::of((digests, select(vec![Padding::Pkcs1, Padding::Pss])));
    (any::<bool>(), sign, prop::option::of(select(&CIPHERS[..])))
}

fn protection((compress, sign, cipher): Chosen) -> Protection<'static> {
    let sign = sign.and_then(|(digest, padding)| signature(digest, padding));
    Protection { compress, sign, encrypt: cipher.and_then(encryption) }
}

/// Around the edges of what is read, encrypted and written at once, and anywhere.
fn lengths() -> impl Strategy<Value = usize> {
    (0..4usize, 0..600usize).prop_map(|(pieces, around)| (pieces * PIECE + 300).saturating_sub(around))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(4130),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_length_in_any_steps_becomes_the_same(
        length in lengths(),
        noise in any::<bool>(),
        chosen in choices(),
        steps in (1..100_000usize, 1..100_000usize),
    ) {
        check(&octets(length, noise), &protection(chosen), steps);
    }

    #[test]
    fn a_document_that_breaks_off_leaves_nothing_that_is_opened(
        length in lengths(),
        noise in any::<bool>(),
        chosen in choices(),
    ) {
        let protection = protection(chosen);
        let (document, composing) = (octets(length, noise), begin(&protection));
        let (headers, mut body) = (composing.headers().to_vec(), Vec::new());
        let made = composing.write_into(&mut (&document[..]).chain(Broken), &mut body);
        let reset = matches!(made, Err(Unmade::Source(error)) if error.kind() == io::ErrorKind::ConnectionReset);
        prop_assert!(reset);
        prop_assert!(chosen == (false, None, None) || opened(&headers, &body, &protection).is_none());
    }

    #[test]
    fn a_sink_that_is_full_has_nothing_that_is_opened(
        length in lengths(),
        noise in any::<bool>(),
        chosen in choices(),
        least in any::<Index>(),
        last in 1..200usize,
        near in any::<bool>(),
    ) {
        prop_assume!(chosen != (false, None, None));
        let (document, protection) = (octets(length, noise), protection(chosen));
        let mut whole = Vec::new();
        begin(&protection).write_into(&mut &document[..], &mut whole).unwrap();
        // RSA makes signatures of one length.
        let room = if near { whole.len().saturating_sub(last) } else { least.index(whole.len()) };
        let (composing, mut body) = (begin(&protection), Full(Vec::new(), room));
        let headers = composing.headers().to_vec();
        let made = composing.write_into(&mut &document[..], &mut body);
        let full = matches!(made, Err(Unmade::Sink(error)) if error.kind() == io::ErrorKind::StorageFull);
        prop_assert!(full);
        prop_assert_eq!(body.0.len(), room);
        // Of what is signed and not encrypted the line end behind the last boundary may be missing.
        let ended = protection.encrypt.is_none() && protection.sign.is_some() && whole.len() - room <= 2;
        prop_assert!(ended || opened(&headers, &body.0, &protection).is_none());
    }
}

#[test]
fn a_mic_is_that_of_the_receipt_s_first_digest_where_nobody_signs() {
    for signed in [&[][..], &[Digest::Sha512, Digest::Sha256]] {
        let ask = Ask { signed, ..ASK };
        let composing = Composing::begin(LABEL, &envelope(), &Protection::default(), Some(&ask), &mut rng()).unwrap();
        let mut body = Vec::new();
        let mic: Mic = composing.write_into(&mut &b"made up"[..], &mut body).unwrap();
        assert_eq!((body, mic.digest()), (b"made up".to_vec(), signed.first().copied().unwrap_or(Digest::Sha256)));
    }
}
