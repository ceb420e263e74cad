//! The witness's state machine: what it cosigns, what it refuses and how, what it remembers.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use proptest::prelude::*;
use tlog::{witness::*, *};

const ORIGIN: &str = "log.example/ledger";
const NOW: u64 = 1_790_000_000;

fn log() -> Signer {
    Signer::new(ORIGIN, &[1; 32]).unwrap()
}

fn witness() -> Witness {
    Witness::new(Cosigner::new("witness.example/w1", &[2; 32]).unwrap()).serve(ORIGIN, [log().verifier()])
}

fn tree(size: usize, salt: u8) -> Tree {
    (0..size).map(|n| leaf_hash(&[salt, n as u8])).collect()
}

fn note(origin: &str, size: u64, root: Hash, signer: &Signer) -> String {
    note::sign(&Checkpoint::new(origin, size, root).unwrap().to_text(), signer).unwrap()
}

fn request(tree: &Tree, old_size: u64, size: u64) -> AddCheckpoint {
    let checkpoint = note(ORIGIN, size, tree.root_at(size).unwrap(), &log());
    AddCheckpoint { old_size, proof: tree.consistency(old_size, size).unwrap(), checkpoint }
}

/// The witness's state after it cosigned `size` leaves of `tree`.
fn cosigned(tree: &Tree, size: u64) -> State {
    let mut state = State::new();
    witness().add_checkpoint(&mut state, &request(tree, 0, size), NOW).unwrap();
    state
}

#[track_caller]
fn refused(state: &State, request: &AddCheckpoint, refusal: Refusal) {
    let mut after = state.clone();
    assert_eq!(witness().add_checkpoint(&mut after, request, NOW), Err(refusal));
    assert_eq!(after, *state, "a refusal changes nothing");
}

#[test]
fn a_growing_log_is_cosigned() {
    let tree = tree(20, 0);
    let witness = witness();
    let mut state = State::new();
    let mut old_size = 0;
    for size in [0, 0, 1, 2, 2, 7, 8, 20] {
        let request = request(&tree, old_size, size);
        let line = witness.add_checkpoint(&mut state, &request, NOW + size).unwrap();
        assert_eq!(state.head(ORIGIN), Head { size, root: tree.root_at(size).unwrap() });

        let both = add_cosignatures(&request.checkpoint, line.to_string().as_bytes(), &[witness.verifier()]).unwrap();
        let opened = note::open(both.as_bytes(), &[log().verifier(), witness.verifier()]).unwrap();
        assert!(opened.by(&log().verifier()).is_some());
        assert_eq!(opened.by(&witness.verifier()).unwrap().time, Some(NOW + size));
        old_size = size;
    }
    assert_eq!(state.heads().collect::<Vec<_>>(), [(ORIGIN, Head { size: 20, root: tree.root() })]);
}

#[test]
fn the_same_tree_again_without_proof() {
    let tree = tree(9, 0);
    let state = cosigned(&tree, 9);
    let again = request(&tree, 9, 9);
    assert!(again.proof.is_empty());
    let mut after = state.clone();
    assert!(witness().add_checkpoint(&mut after, &again, NOW).is_ok());
    assert_eq!(after, state);
    refused(&state, &AddCheckpoint { proof: vec![[0; 32]], ..again }, Refusal::BadProof);
}

#[test]
fn rollback_is_refused() {
    let tree = tree(9, 0);
    let state = cosigned(&tree, 9);
    refused(&state, &request(&tree, 0, 5), Refusal::Conflict { size: 9 });
    refused(&state, &request(&tree, 5, 5), Refusal::Conflict { size: 9 });
    let back = AddCheckpoint { old_size: 9, ..request(&tree, 0, 5) };
    refused(&state, &back, Refusal::OldSizeAfterNew { old_size: 9, size: 5 });
    let to_nothing = AddCheckpoint { old_size: 0, ..request(&tree, 0, 0) };
    refused(&state, &to_nothing, Refusal::Conflict { size: 9 });
}

#[test]
fn forks_are_refused() {
    let (tree, fork) = (tree(12, 0), tree(12, 1));
    let state = cosigned(&tree, 9);
    refused(&state, &request(&fork, 9, 9), Refusal::Conflict { size: 9 });
    refused(&state, &request(&fork, 9, 12), Refusal::BadProof);
    refused(&state, &request(&fork, 0, 12), Refusal::Conflict { size: 9 });
    let no_proof = AddCheckpoint { proof: vec![], ..request(&tree, 9, 12) };
    refused(&state, &no_proof, Refusal::BadProof);
}

#[test]
fn the_empty_tree_has_one_root() {
    let wrong = AddCheckpoint { old_size: 0, proof: vec![], checkpoint: note(ORIGIN, 0, [0; 32], &log()) };
    refused(&State::new(), &wrong, Refusal::BadProof);
    let first = request(&tree(1, 0), 0, 1);
    refused(&State::new(), &AddCheckpoint { proof: vec![[0; 32]], ..first }, Refusal::BadProof);
}

#[test]
fn who_signed() {
    let root = tree(1, 0).root();
    let ask = |checkpoint: String| AddCheckpoint { old_size: 0, proof: vec![], checkpoint };
    let state = State::new();
    let elsewhere = Signer::new("elsewhere.example", &[1; 32]).unwrap();
    // Another origin; the trusted name and another key; a trusted key for another log's origin.
    refused(&state, &ask(note("elsewhere.example", 1, root, &log())), Refusal::UnknownLog);
    refused(&state, &ask(note(ORIGIN, 1, root, &elsewhere)), Refusal::BadSignature);
    let impostor = Signer::new(ORIGIN, &[9; 32]).unwrap();
    refused(&state, &ask(note(ORIGIN, 1, root, &impostor)), Refusal::BadSignature);
    let changed = note(ORIGIN, 1, root, &log()).replace("\n1\n", "\n2\n");
    refused(&state, &ask(changed), Refusal::BadSignature);

    let both = witness().serve("elsewhere.example", [elsewhere.verifier()]);
    let crossed = ask(note(ORIGIN, 1, root, &elsewhere));
    assert_eq!(both.add_checkpoint(&mut State::new(), &crossed, NOW), Err(Refusal::BadSignature));
    assert!(both.add_checkpoint(&mut State::new(), &ask(note("elsewhere.example", 1, root, &elsewhere)), NOW).is_ok());
}

#[test]
fn logs_do_not_mix() {
    let second = Signer::new("second.example", &[5; 32]).unwrap();
    let witness = witness().serve("second.example", [second.verifier()]);
    let tree = tree(4, 0);
    let mut state = State::new();
    witness.add_checkpoint(&mut state, &request(&tree, 0, 4), NOW).unwrap();
    let other = AddCheckpoint {
        old_size: 0,
        proof: vec![],
        checkpoint: note("second.example", 2, tree.root_at(2).unwrap(), &second),
    };
    witness.add_checkpoint(&mut state, &other, NOW).unwrap();
    assert_eq!(
        (state.head(ORIGIN).size, state.head("second.example").size, state.head("third.example")),
        (4, 2, Head::EMPTY)
    );
}

#[test]
fn a_log_may_change_its_key() {
    let new = Signer::new(ORIGIN, &[8; 32]).unwrap();
    let witness = witness().serve(ORIGIN, [new.verifier(), log().verifier()]);
    let text = Checkpoint::new(ORIGIN, 1, tree(1, 0).root()).unwrap().to_text();
    let both = note::append(&note::sign(&text, &log()).unwrap(), &note::sign_line(&text, &new).unwrap()).unwrap();
    for checkpoint in [note::sign(&text, &log()).unwrap(), note::sign(&text, &new).unwrap(), both] {
        let request = AddCheckpoint { old_size: 0, proof: vec![], checkpoint };
        assert!(witness.add_checkpoint(&mut State::new(), &request, NOW).is_ok());
    }
}

#[test]
fn extension_lines_are_cosigned_too() {
    let text = Checkpoint::new(ORIGIN, 1, tree(1, 0).root()).unwrap().to_text() + "an extension\n";
    let checkpoint = note::sign(&text, &log()).unwrap();
    let request = AddCheckpoint { old_size: 0, proof: vec![], checkpoint };
    let line = witness().add_checkpoint(&mut State::new(), &request, NOW).unwrap();
    assert_eq!(note::verify(&text, &line, &witness().verifier()), Ok(Some(NOW)));
    assert!(note::verify(&text.replace("an ", "no "), &line, &witness().verifier()).is_err());
}

#[test]
fn statuses_and_bodies() {
    let malformed = Refusal::Malformed(Error::Malformed { wanted: "signed note" });
    for (refusal, status, body) in [
        (malformed, 400, "the request is malformed: not a valid signed note\n"),
        (
            Refusal::OldSizeAfterNew { old_size: 3, size: 2 },
            400,
            "the old size 3 is greater than the checkpoint's size 2\n",
        ),
        (Refusal::BadSignature, 403, "the checkpoint has no valid signature of the log\n"),
        (Refusal::UnknownLog, 404, "the log is unknown to this witness\n"),
        (Refusal::Conflict { size: 12 }, 409, "12\n"),
        (Refusal::BadProof, 422, "the consistency proof does not connect the last cosigned tree to the checkpoint\n"),
    ] {
        assert_eq!((refusal.status(), refusal.body().as_str()), (status, body));
    }
    assert_eq!(Refusal::Conflict { size: 12 }.content_type(), "text/x.tlog.size");
    assert_eq!(conflict_size(b"12\n"), Ok(12));
    for body in [&b""[..], b"12", b"12\n\n", b"012\n", b"+1\n", b"-1\n", b" 1\n", b"\xff\n", b"12\r\n"] {
        assert!(conflict_size(body).is_err());
    }
}

#[test]
fn malformed_requests() {
    let good = request(&tree(3, 0), 2, 3).to_text();
    assert_eq!(AddCheckpoint::parse(good.as_bytes()).unwrap(), request(&tree(3, 0), 2, 3));
    let first_hash = good.lines().nth(1).unwrap();
    for body in [
        String::new(),
        good.replace("old ", ""),
        good.replace("old ", "Old "),
        good.replace("old 2", "old 02"),
        good.replace("old 2", "old +2"),
        good.replace("old 2", "old  2"),
        good.replace("old 2", "old 2 "),
        good.replace("old 2", "old "),
        good.replace("old 2\n", "old 2\r\n"),
        good.replace(first_hash, &first_hash[1..]),
        good.replace(first_hash, &format!("{first_hash} ")),
        "old 0\n".into(),
        format!("\n{good}"),
    ] {
        let answer = witness().answer(&mut State::new(), body.as_bytes(), NOW);
        assert!(matches!(answer, Err(Refusal::Malformed(_))), "{body:?}");
        assert_eq!(answer.map_err(|r| r.status()), Err(400));
    }
    let many = format!("old 0\n{}\n{}", format!("{first_hash}\n").repeat(64), request(&tree(3, 0), 0, 3).checkpoint);
    let too_many = Err(Error::Malformed { wanted: "consistency proof (at most 63 hashes)" });
    assert_eq!(AddCheckpoint::parse(many.as_bytes()), too_many);
    // 63 hashes are read; that they prove nothing is another refusal.
    let most = format!("old 0\n{}\n{}", format!("{first_hash}\n").repeat(63), request(&tree(3, 0), 0, 3).checkpoint);
    assert_eq!(witness().answer(&mut State::new(), most.as_bytes(), NOW), Err(Refusal::BadProof));
    let large = vec![b'x'; REQUEST_OCTETS_MAX + 1];
    let too_large = Error::TooLarge { octets: large.len(), limit: REQUEST_OCTETS_MAX };
    assert_eq!(witness().answer(&mut State::new(), &large, NOW), Err(Refusal::Malformed(too_large)));
    // Signed by the log, but not a checkpoint; then no note at all; then a time that no cosignature can have.
    let text = format!("{ORIGIN}\nhello\n");
    let no_checkpoint = AddCheckpoint { old_size: 0, proof: vec![], checkpoint: note::sign(&text, &log()).unwrap() };
    refused(&State::new(), &no_checkpoint, Refusal::Malformed(Error::Malformed { wanted: "checkpoint" }));
    let no_note = AddCheckpoint { old_size: 0, proof: vec![], checkpoint: "hello\n".into() };
    refused(&State::new(), &no_note, Refusal::Malformed(Error::Malformed { wanted: "signed note" }));
    let mut state = State::new();
    assert!(witness().add_checkpoint(&mut state, &request(&tree(3, 0), 0, 3), 1 << 63).is_err());
    assert_eq!(state, State::new());
}

#[test]
fn answers_of_witnesses() {
    let tree = tree(3, 0);
    let checkpoint = request(&tree, 0, 3).checkpoint;
    let line = witness().add_checkpoint(&mut State::new(), &request(&tree, 0, 3), NOW).unwrap().to_string();
    let known = [witness().verifier()];
    let strange = Cosigner::new("strange.example", &[6; 32]).unwrap();
    let text = Checkpoint::new(ORIGIN, 3, tree.root()).unwrap().to_text();
    let strange = cosignature::cosign(&text, &strange, NOW).unwrap().to_string();

    let both = add_cosignatures(&checkpoint, format!("{strange}{line}").as_bytes(), &known).unwrap();
    assert_eq!(both, format!("{checkpoint}{line}"), "only the known one is taken over");
    assert_eq!(add_cosignatures(&both, line.as_bytes(), &known), Ok(both.clone()), "and not twice");
    assert_eq!(add_cosignatures(&checkpoint, strange.as_bytes(), &known), Err(Error::NoKnownSignature));
    assert_eq!(add_cosignatures(&checkpoint, b"", &known), Err(Error::NoKnownSignature));
    // A line that the note has already does not count as the answer.
    assert_eq!(add_cosignatures(&both, b"", &known), Err(Error::NoKnownSignature));
    let earlier = request(&tree, 0, 2).checkpoint;
    let id = known[0].id();
    assert_eq!(add_cosignatures(&earlier, line.as_bytes(), &known), Err(Error::BadSignature { id }));
    for answer in ["x", "\n", "\n\n", "x\n", &line[..line.len() - 1], &format!("\n{line}"), &format!("y\n\n{line}")] {
        let answer = add_cosignatures(&checkpoint, answer.as_bytes(), &known);
        assert!(matches!(answer, Err(Error::Malformed { .. })), "{answer:?}");
    }
}

#[test]
fn the_state_has_one_written_form() {
    assert_eq!(State::new().to_text(), "tlog-witness-state/1 0\n");
    let mut state = cosigned(&tree(3, 0), 3);
    assert_eq!(
        state.to_text(),
        format!("tlog-witness-state/1 1\n\n{}", Checkpoint::new(ORIGIN, 3, tree(3, 0).root()).unwrap().to_text())
    );
    let second = Signer::new("a.second.example", &[5; 32]).unwrap();
    let both = witness().serve("a.second.example", [second.verifier()]);
    let other = AddCheckpoint { old_size: 0, proof: vec![], checkpoint: note("a.second.example", 1, [7; 32], &second) };
    both.add_checkpoint(&mut state, &other, NOW).unwrap();
    let written = state.to_text();
    assert_eq!(State::parse(&written), Ok(state));
    assert_eq!(State::parse(&State::new().to_text()), Ok(State::new()));

    // A file cut off anywhere is not a smaller state: the witness would cosign a fork of what it forgot.
    for end in 0..written.len() {
        assert!(State::parse(&written[..end]).is_err(), "cut at {end}");
    }
    let (head, rest) = written.split_once('\n').unwrap();
    for changed in [
        format!("{head}\n{rest}\n"),
        format!("tlog-witness-state/1 1\n{rest}"),
        format!("tlog-witness-state/1 3\n{rest}"),
        format!("tlog-witness-state/1 02\n{rest}"),
        format!("tlog-witness-state/2 2\n{rest}"),
        format!("{head}\n{rest}{rest}"),
        format!("\n{written}"),
        written.replace("\n3\n", "\n03\n"),
    ] {
        assert!(State::parse(&changed).is_err(), "{changed}");
    }
}

proptest! {
    /// Whatever is asked in whatever order, the heads that were cosigned are one growing history.
    #[test]
    fn never_two_histories(asked in prop::collection::vec((any::<bool>(), 0..14u64, 0..14u64), 1..40)) {
        let (honest, fork) = (tree(14, 0), tree(14, 1));
        let witness = witness();
        let mut state = State::new();
        let mut history: Vec<(bool, u64)> = Vec::new();
        for (forked, a, b) in asked {
            let tree = if forked { &fork } else { &honest };
            let (old, new) = (a.min(b), a.max(b));
            let before = state.head(ORIGIN);
            if witness.add_checkpoint(&mut state, &request(tree, old, new), NOW).is_ok() {
                prop_assert!(new >= before.size);
                history.push((forked, new));
            } else {
                prop_assert_eq!(state.head(ORIGIN), before);
            }
        }
        // The two trees share only the empty one.
        let sides: Vec<bool> = history.iter().filter(|(_, size)| *size > 0).map(|(forked, _)| *forked).collect();
        prop_assert!(sides.iter().all(|side| *side == sides[0]));
        prop_assert!(history.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    }
}
