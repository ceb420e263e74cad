//! Attacks on what the reader knows: another ledger under the same name, an older one, no witness at all.

use super::*;

fn bundle_of(estate: &Estate, note: &str, hypothesis: &str) -> Vec<u8> {
    let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis, pins: None };
    bundle::prove(parts, &estate.beside()).unwrap().octets
}

fn with_genesis(estate: &Estate, change: impl FnOnce(&mut Genesis)) -> Estate {
    let mut forged = estate.clone();
    let mut first = Logged::read(&forged.leaves[0]).unwrap();
    let Entry::Genesis(genesis) = &mut first.entry else { panic!("the first entry is genesis") };
    change(genesis);
    forged.leaves[0] = first.to_bytes();
    forged
}

/// With the warden's signer alone: a new first entry that asks for no witness, and the same history without the opening.
#[test]
fn the_ledger_is_written_anew_without_witnesses() {
    let estate = autumn();
    let pins = estate.pins();
    let honest = bundle_of(&estate, &estate.note(), AGENT);
    assert_eq!(bundle::verify(&honest, Some(&pins), &[]).unwrap().verdict, bundle::Verdict::Verified, "before");
    let mut forged = with_genesis(&estate, |genesis| {
        genesis.quorum = 0;
        genesis.witnesses.clear();
    });
    // Without the opening and its receipt, and without the notes that tell of the other history.
    let hidden = |entry: &Entry| matches!(entry, Entry::Intent(_) | Entry::Receipt(_) | Entry::Heartbeat(_));
    forged.leaves.retain(|leaf| !hidden(&Logged::read(leaf).unwrap().entry));
    let alone = bundle_of(&forged, &note_over(&forged.leaves, &[], estate.now), AGENT);
    let refused = bundle::verify(&alone, Some(&pins), &[]).unwrap_err();
    assert!(matches!(refused, Refusal::FirstLeaf { .. }), "after: {refused}");
    let unknown = bundle::verify(&alone, None, &[]).unwrap();
    assert_eq!(
        (unknown.verdict, unknown.verdict.exit_code()),
        (bundle::Verdict::Consistent, 3),
        "and without pins it is no more"
    );
    assert!(unknown.to_text().starts_with("CONSISTENT: cosigned by nobody; without pins\n"));
}

/// The first entry is the pinned one, but what follows was cosigned by keys that nobody knows.
#[test]
fn the_witnesses_under_the_note_are_not_the_readers() {
    let estate = autumn();
    let second = bundle_of(&estate, &note_over(&estate.leaves, &[2], estate.now), WARDEN);
    let refused = bundle::verify(&second, Some(&estate.pins()), &[]);
    assert_eq!(refused, Err(Refusal::Cosigners { wanted: 1, found: 0 }));
    // One key under two organisations' names would be two organisations; the reader's word counts, and is checked.
    let key = witness(1).verifier();
    let twice = format!("{}\n[[cosigner]]\norganisation = \"audit \"\nkey = \"{key}\"\n", estate.pins_text());
    let two = twice.replace("organisations = 1", "organisations = 2");
    assert_eq!(Pins::parse(&two), Err(incident::pins::Error::TooFew { wanted: 2, named: 1 }));
}

/// One key, whatever its name, signs for one organisation; and a terminal shows what an organisation is called.
#[test]
fn an_organisation_is_named_as_in_a_ledger_and_has_its_keys_alone() {
    use incident::pins::Error::{KeyOfTwo, Organisation};
    let text = autumn().pins_text();
    for odd in ["", "  ", "\\u001b[2J", "A\\nB", "A\\tB", "\\u009b", "Soci\u{e9}t\u{e9}", "\u{a0}", &"A".repeat(65)] {
        let named = text.replace("\"Audit\"", &format!("\"{odd}\""));
        assert_eq!(Pins::parse(&named), Err(Organisation { number: 1 }), "{odd:?}");
    }
    let more = |organisation: &str, key: &tlog::Verifier| {
        Pins::parse(&format!("{text}\n[[cosigner]]\norganisation = \"{organisation}\"\nkey = \"{key}\"\n"))
    };
    let (own, other) = (witness(1).verifier(), witness(2).verifier());
    let renamed = tlog::Verifier::new("other.example/w9", own.algorithm(), own.public()).unwrap();
    assert_eq!(more("More", &own), Err(KeyOfTwo { number: 2 }));
    assert_eq!(more("More", &renamed), Err(KeyOfTwo { number: 2 }));
    assert_eq!(more(" AUDIT", &renamed).map(|pins| pins.cosigners.len()), Ok(2));
    assert_eq!(more("More", &other).map(|pins| pins.cosigners.len()), Ok(2));
}

/// The warden's organisation runs the witness, too: no level above 0, whatever host it names.
#[test]
fn the_wardens_organisation_cosigns_for_itself() {
    let estate = autumn();
    let level =
        |pins: &Pins| bundle::verify(&bundle_of(&estate, &estate.note(), WARDEN), Some(pins), &[]).unwrap().level;
    assert_eq!(level(&estate.pins()), Level::WARDEN_APART, "before");
    let own = Pins::parse(&estate.pins_text().replace("\"Audit\"", "\"post\"")).unwrap();
    assert_eq!(level(&own), Level::ONE_HOST, "after");
}

/// Names in a ledger are not ours, and a terminal believes what it is sent.
#[test]
fn the_origin_holds_a_terminals_control_characters() {
    let origin = "post.example/\u{9b}2J\u{202e}";
    let forged = with_genesis(&autumn(), |genesis| origin.clone_into(&mut genesis.origin));
    let checkpoint = tlog::Checkpoint::new(origin, forged.leaves.len() as u64, root(&forged.leaves));
    let text = checkpoint.unwrap().to_text();
    let found = bundle::verify(&bundle_of(&forged, &cosigned(&text, &[1], forged.now), STORAGE), None, &[]).unwrap();
    let printed = format!("{}{}", found.assessment.to_text(), found.to_text());
    assert!(!printed.contains('\u{9b}') && !printed.contains('\u{202e}'));
}
