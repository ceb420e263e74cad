//! Notes, keys, checkpoints and cosignatures: one written form each, and everything else refused.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use proptest::prelude::*;
use tlog::{note::*, *};

const ORIGIN: &str = "log.example/ledger";

fn signer(name: &str, seed: u8) -> Signer {
    Signer::new(name, &[seed; 32]).unwrap()
}

fn text() -> String {
    Checkpoint::new(ORIGIN, 3, [9; 32]).unwrap().to_text()
}

fn malformed(wanted: &'static str) -> Error {
    Error::Malformed { wanted }
}

#[test]
fn known_and_unknown_signatures() {
    let (log, other) = (signer(ORIGIN, 1), signer("other.example", 2));
    let witness = Cosigner::new("witness.example/w1", &[3; 32]).unwrap();
    let text = text();
    let cosignature = cosignature::cosign(&text, &witness, 1_790_000_000).unwrap();
    let note = append(&sign(&text, &log).unwrap(), &sign_line(&text, &other).unwrap()).unwrap();
    let note = append(&note, &cosignature).unwrap();

    let opened = open(note.as_bytes(), &[log.verifier(), witness.verifier()]).unwrap();
    assert_eq!((opened.text.as_str(), opened.unknown), (text.as_str(), 1));
    assert_eq!(opened.by(&log.verifier()).unwrap().time, None);
    assert_eq!(opened.by(&witness.verifier()).unwrap().time, Some(1_790_000_000));
    assert_eq!(opened.by(&witness.verifier()).unwrap().line, cosignature);
    assert_eq!(opened.by(&other.verifier()), None);
    assert_eq!(opened.checkpoint().unwrap().to_text(), text);
    assert_eq!(open(note.as_bytes(), &[]), Err(Error::NoKnownSignature));
    let stranger = signer("stranger.example", 4).verifier();
    assert_eq!(open(note.as_bytes(), &[stranger]), Err(Error::NoKnownSignature));
}

#[test]
fn the_type_of_a_key_is_part_of_it() {
    let (log, witness) = (signer("same.example", 1), Cosigner::new("same.example", &[1; 32]).unwrap());
    assert_eq!(log.verifier().public(), witness.verifier().public());
    assert_ne!(log.verifier().id(), witness.verifier().id());
    let note = sign(&text(), &log).unwrap();
    assert_eq!(open(note.as_bytes(), &[witness.verifier()]), Err(Error::NoKnownSignature));
    assert_eq!(Signer::parse(&witness.to_text()).err(), Some(malformed("signer key of this type")));
    assert_eq!(Cosigner::parse(&log.to_text()).err(), Some(malformed("signer key of this type")));
    assert_eq!(Cosigner::parse(&witness.to_text()).unwrap().verifier(), witness.verifier());
}

#[test]
fn one_false_signature_spoils_the_note() {
    let (log, other) = (signer(ORIGIN, 1), signer("other.example", 2));
    let foreign = sign_line("another text\n", &other).unwrap();
    let note = append(&sign(&text(), &log).unwrap(), &foreign).unwrap();
    assert!(open(note.as_bytes(), &[log.verifier()]).is_ok());
    let refused = open(note.as_bytes(), &[log.verifier(), other.verifier()]);
    assert_eq!(refused, Err(Error::BadSignature { id: other.verifier().id() }));
}

#[test]
fn every_bit_of_a_cosignature_counts() {
    let witness = Cosigner::new("witness.example/w1", &[3; 32]).unwrap();
    let line = cosignature::cosign(&text(), &witness, 1_790_000_000).unwrap();
    assert_eq!(verify(&text(), &line, &witness.verifier()), Ok(Some(1_790_000_000)));
    let octets = line.signature();
    assert_eq!(octets.len(), 72);
    let written = line.to_string();
    let base64 = written.trim_end().rsplit(' ').next().unwrap();
    for (at, digit) in base64.char_indices().filter(|(_, digit)| *digit != '=') {
        let mut changed = base64.to_owned();
        changed.replace_range(at..=at, if digit == 'A' { "B" } else { "A" });
        let line = format!("— witness.example/w1 {changed}");
        let passed = SignatureLine::parse(&line).and_then(|line| verify(&text(), &line, &witness.verifier()));
        assert!(passed.is_err(), "digit {at}");
    }
    let later = text().replace("\n3\n", "\n4\n");
    let refused = Err(Error::BadSignature { id: witness.verifier().id() });
    assert_eq!(verify(&later, &line, &witness.verifier()), refused);
}

#[test]
fn cosignatures_are_of_checkpoints_at_a_time() {
    let witness = Cosigner::new("witness.example/w1", &[3; 32]).unwrap();
    assert_eq!(cosignature::cosign("no checkpoint\n", &witness, 0), Err(malformed("checkpoint")));
    assert!(cosignature::cosign(&text(), &witness, (1 << 63) - 1).is_ok());
    assert_eq!(cosignature::cosign(&text(), &witness, 1 << 63), Err(Error::TimeOutOfRange { seconds: 1 << 63 }));

    // Nor is one accepted that another implementation made of such a time.
    let made = |time: u64| {
        let message = format!("cosignature/v1\ntime {time}\n{}", text());
        let signature = SigningKey::from_bytes(&[3; 32]).sign(message.as_bytes()).to_bytes();
        let octets = [&witness.verifier().id().to_be_bytes()[..], &time.to_be_bytes(), &signature].concat();
        let line = SignatureLine::parse(&format!("— {} {}", witness.name(), STANDARD.encode(octets))).unwrap();
        verify(&text(), &line, &witness.verifier())
    };
    assert_eq!(made((1 << 63) - 1), Ok(Some((1 << 63) - 1)));
    assert_eq!(made(1 << 63), Err(Error::BadSignature { id: witness.verifier().id() }));
}

#[test]
fn duplicates_and_ambiguous_keys() {
    let (log, other) = (signer(ORIGIN, 1), signer("other.example", 2));
    let id = log.verifier().id();
    let note = sign(&text(), &log).unwrap();
    let line = sign_line(&text(), &log).unwrap().to_string();
    assert_eq!(open(format!("{note}{line}").as_bytes(), &[log.verifier()]), Err(Error::DuplicateSignature { id }));
    // Unknown ones are ignored, as C2SP asks, however often they come.
    let strange = sign_line(&text(), &other).unwrap().to_string();
    let opened = open(format!("{note}{strange}{strange}").as_bytes(), &[log.verifier()]).unwrap();
    assert_eq!((opened.signatures.len(), opened.unknown), (1, 2));
    let twice = [log.verifier(), log.verifier()];
    assert_eq!(open(note.as_bytes(), &twice), Err(Error::AmbiguousKey { id }));
}

#[test]
fn limits() {
    let log = signer(ORIGIN, 1);
    let line = sign_line(&text(), &log).unwrap();
    let strange = |n: usize| (0..n).map(|n| sign_line(&text(), &signer(&format!("k{n}"), 5)).unwrap().to_string());
    let note = |n: usize| format!("{}\n{line}{}", text(), strange(n).collect::<String>());
    assert_eq!(open(note(99).as_bytes(), &[log.verifier()]).unwrap().unknown, 99);
    assert_eq!(open(note(100).as_bytes(), &[log.verifier()]), Err(Error::TooManySignatures));
    let another = sign_line(&text(), &signer("one.more", 6)).unwrap();
    assert_eq!(append(&note(99), &another), Err(Error::TooManySignatures));
    assert!(append(&note(98), &another).is_ok());

    let long = |octets: usize| {
        let tail = format!("\n\n{line}");
        format!("{}{tail}", "x".repeat(octets - tail.len()))
    };
    // The signature does not fit this text: it was looked at, since the length is allowed.
    let id = log.verifier().id();
    assert_eq!(open(long(NOTE_OCTETS_MAX).as_bytes(), &[log.verifier()]), Err(Error::BadSignature { id }));
    let large = Error::TooLarge { octets: NOTE_OCTETS_MAX + 1, limit: NOTE_OCTETS_MAX };
    assert_eq!(open(long(NOTE_OCTETS_MAX + 1).as_bytes(), &[log.verifier()]), Err(large));
}

#[test]
fn a_new_line_replaces_the_old_one() {
    let (log, witness) = (signer(ORIGIN, 1), Cosigner::new("witness.example/w1", &[3; 32]).unwrap());
    let mut note = sign(&text(), &log).unwrap();
    for time in [7, 8] {
        note = append(&note, &cosignature::cosign(&text(), &witness, time).unwrap()).unwrap();
    }
    let opened = open(note.as_bytes(), &[log.verifier(), witness.verifier()]).unwrap();
    assert_eq!(opened.signatures.iter().map(|s| s.time).collect::<Vec<_>>(), [None, Some(8)]);
}

#[test]
fn texts_with_empty_lines() {
    let log = signer(ORIGIN, 1);
    for text in ["\n", "\n\n", "a\n\nb\n", "a\n\n", "— looks.like AAAAAAA=\n"] {
        let note = sign(text, &log).unwrap();
        assert_eq!(open(note.as_bytes(), &[log.verifier()]).unwrap().text, text);
    }
    for text in ["", "a", "a\r\n", "a\tb\n", "\0\n", "\u{1b}\n"] {
        assert_eq!(sign(text, &log), Err(malformed("note text")), "{text:?}");
    }
}

#[test]
fn malformed_notes() {
    let log = signer(ORIGIN, 1);
    let (text, line) = (text(), sign_line(&text(), &log).unwrap().to_string());
    let note = |text: &str, lines: &str| format!("{text}\n{lines}").into_bytes();
    assert!(open(&note(&text, &line), &[log.verifier()]).is_ok());
    let base64 = line.trim_end().rsplit(' ').next().unwrap();
    let not_utf8 = [b"\xff".as_slice(), &note(&text, &line)].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("only text", text.clone().into_bytes()),
        ("no signatures", note(&text, "")),
        ("no newline at the end", note(&text, line.trim_end())),
        ("no empty line", format!("{text}{line}").into_bytes()),
        ("text without newline", format!("{}\n{line}", text.trim_end()).into_bytes()),
        ("control character", note(&format!("\u{1}{text}"), &line)),
        ("carriage returns", note(&text, &line.replace('\n', "\r\n"))),
        ("not UTF-8", not_utf8),
        ("line of another kind", note(&text, &format!("{line}more\n"))),
        ("hyphen for a dash", note(&text, &line.replace('—', "-"))),
        ("two blanks", note(&text, &line.replace("— ", "—  "))),
        ("no name", note(&text, &format!("—  {base64}\n"))),
        ("blank in the name", note(&text, &format!("— a\u{2003}b {base64}\n"))),
        ("plus in the name", note(&text, &format!("— a+b {base64}\n"))),
        ("no signature", note(&text, &format!("— {ORIGIN}\n"))),
        ("only an id", note(&text, &format!("— {ORIGIN} AAAAAA==\n"))),
        ("short id", note(&text, &format!("— {ORIGIN} AAAA\n"))),
        ("base64 without padding", note(&text, &line.replace('=', ""))),
        ("blank after base64", note(&text, &line.replace("=\n", "= \n"))),
    ];
    for (case, note) in cases {
        assert!(matches!(open(&note, &[log.verifier()]), Err(Error::Malformed { .. })), "{case}");
    }
    // Well-formed, but of a length that is no Ed25519 signature.
    let short = note(&text, &format!("— {ORIGIN} {}\n", &base64[..88]));
    assert_eq!(open(&short, &[log.verifier()]), Err(Error::BadSignature { id: log.verifier().id() }));
}

#[test]
fn keys_have_one_written_form() {
    let signer = signer("log.example/ledger", 1);
    let (public, private) = (signer.verifier().to_string(), signer.to_text());
    assert_eq!(public.parse::<Verifier>().unwrap(), signer.verifier());
    assert_eq!(*Signer::parse(&private).unwrap().to_text(), *private);
    for written in [public.as_str(), private.as_str()] {
        let refused = |text: &str| {
            text.parse::<Verifier>().is_err() && Signer::parse(text).is_err() && Cosigner::parse(text).is_err()
        };
        for start in 0..written.len() {
            for end in start..=written.len() {
                // The last octets of the private form's prefix and name are a verifier key's name at most.
                assert!(end - start == written.len() || refused(&written[start..end]), "{start}..{end}");
            }
        }
        for at in 0..written.len() {
            let mut octets = written.as_bytes().to_vec();
            octets[at] += 1;
            assert!(refused(std::str::from_utf8(&octets).unwrap()), "octet {at}");
        }
        assert!(refused(&format!("{written}\n")) && refused(&format!(" {written}")));
        assert!(refused(&written.replace("74834815", "0x834815")));
    }
    let witness = Cosigner::new("witness.example/w1", &[2; 32]).unwrap();
    assert!(witness.verifier().to_string().replace("df1c0a35", "DF1C0A35").parse::<Verifier>().is_err());
    assert!(Cosigner::parse(&witness.to_text().replace("df1c0a35", "DF1C0A35")).is_err());
    for name in ["", "a b", "a+b", "a\n", "a\u{a0}", "a\u{1}"] {
        assert_eq!(Signer::new(name, &[1; 32]).err(), Some(malformed("key name")), "{name:?}");
        assert_eq!(
            Verifier::new(name, Algorithm::Ed25519, signer.verifier().public()).err(),
            Some(malformed("key name"))
        );
    }
}

#[test]
fn weak_and_impossible_public_keys() {
    let mut one = [0; 32];
    one[0] = 1; // the neutral element
    let mut two = [0; 32];
    two[0] = 2; // no point has this y
    for public in [one, [0; 32], two] {
        let refused = Verifier::new("a", Algorithm::Ed25519, &public);
        assert_eq!(refused, Err(malformed("Ed25519 public key")));
    }
}

#[test]
fn checkpoints_have_one_written_form() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    let good = [
        format!("example.com/behind-the-sofa\n20852163\n{root}\n"),
        format!("a\n0\n{root}\n"),
        format!("with blanks + plus\n18446744073709551615\n{root}\n"),
        format!("a\n1\n{root}\nextension\n— another\n"),
    ];
    for written in &good {
        assert_eq!(Checkpoint::parse(written).unwrap().to_text(), *written);
    }
    assert_eq!(Checkpoint::parse(&good[3]).unwrap().extensions().collect::<Vec<_>>(), ["extension", "— another"]);
    for written in [
        String::new(),
        "\n".into(),
        "a\n1\n".into(),
        format!("a\n1\n{root}"),
        format!("\n1\n{root}\n"),
        format!("a\n01\n{root}\n"),
        format!("a\n+1\n{root}\n"),
        format!("a\n-1\n{root}\n"),
        format!("a\n1 \n{root}\n"),
        format!("a\n18446744073709551616\n{root}\n"),
        format!("a\n\n{root}\n"),
        format!("a\n1\n{}\n", root.replace('=', "")),
        format!("a\n1\n{}\n", root.replace("I=", "J=")),
        format!("a\n1\n{root}=\n"),
        format!("a\n1\n{root}\n\n"),
        format!("a\n1\n{root}\n\nextension\n"),
        format!("a\r\n1\r\n{root}\r\n"),
        format!("a\tb\n1\n{root}\n"),
    ] {
        assert!(matches!(Checkpoint::parse(&written), Err(Error::Malformed { .. })), "{written:?}");
    }
    for origin in ["", "a\nb", "a\tb", "\u{0}"] {
        assert_eq!(Checkpoint::new(origin, 1, [0; 32]), Err(malformed("origin")), "{origin:?}");
    }
}

proptest! {
    #[test]
    fn any_octets_are_answered(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = open(&octets, &[signer(ORIGIN, 1).verifier()]);
        let _ = AddCheckpoint::parse(&octets);
        let _ = witness::conflict_size(&octets);
    }

    #[test]
    fn what_is_read_is_written_alike(text in "[ab+ =/\n—019A]{0,80}") {
        if let Ok(line) = SignatureLine::parse(&text) {
            prop_assert_eq!(line.to_string(), format!("{text}\n"));
        }
        if let Ok(checkpoint) = Checkpoint::parse(&text) {
            prop_assert_eq!(checkpoint.to_text(), text.clone());
        }
        let _ = (text.parse::<Verifier>().is_ok(), Signer::parse(&text).is_ok(), State::parse(&text).is_ok());
    }

    /// Any one octet of a signed note changed: refused, or another key's line.
    #[test]
    fn changed_notes_do_not_pass(at: prop::sample::Index, to: u8) {
        let log = signer(ORIGIN, 1);
        let mut note = sign(&text(), &log).unwrap().into_bytes();
        let at = at.index(note.len());
        prop_assume!(note[at] != to);
        note[at] = to;
        prop_assert!(open(&note, &[log.verifier()]).is_err());
    }
}
