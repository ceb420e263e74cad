//! Bundles that hold, and bundles that were changed: each change is refused, by its name.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{
    Assessment, Level, Pins,
    assessment::End,
    bundle::{self, Parts, Proven, Refusal, Verdict, Verified},
    dating::Terms,
    exposure,
    history::Fault,
};
use ledger::{
    BatchId, Confirmation, Entry, Logged, Month,
    canonical::{self, NotCanonical},
};
use sha2::{Digest, Sha256};
use std::process::{Command, Output};

const WARDEN: &str = "[[hypothesis]]\nkind = \"warden\"\n";
const STORAGE: &str = "[[hypothesis]]\nkind = \"storage\"\n";
const NAMES: [&str; 8] =
    ["hypothesis", "checkpoint", "entries", "headers", "confirmations", "totals", "unwraps", "assessment"];
const HYPOTHESIS: usize = 0;
const CHECKPOINT: usize = 1;
const ENTRIES: usize = 2;
const HEADERS: usize = 3;
const CONFIRMATIONS: usize = 4;
const TOTALS: usize = 5;
const ASSESSMENT: usize = 7;

fn prove_with(estate: &Estate, hypothesis: &str, pins: Option<&Pins>) -> Result<Proven, Refusal> {
    let note = estate.note();
    bundle::prove(Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis, pins }, &estate.beside())
}

fn prove(estate: &Estate, hypothesis: &str) -> Vec<u8> {
    prove_with(estate, hypothesis, Some(&estate.pins())).unwrap().octets
}

fn verify(bundle: &[u8], pins: Option<&Pins>) -> Result<Verified, Refusal> {
    bundle::verify(bundle, pins, &[])
}

fn refusal(bundle: &[u8]) -> Refusal {
    verify(bundle, Some(&autumn().pins())).map(|_| "verified").expect_err("a changed bundle")
}

/// A reader and writer of the container that shares nothing with the crate's: what a forger has.
fn unpack(bundle: &[u8]) -> Vec<Vec<u8>> {
    let end = bundle.windows(2).position(|w| w == b"\n\n").unwrap();
    let index = String::from_utf8(bundle[..end].to_vec()).unwrap();
    let mut rest = &bundle[end + 2..];
    let mut sections = Vec::new();
    for line in index.lines().skip(1) {
        let octets: usize = line.split(' ').nth(1).unwrap().parse().unwrap();
        sections.push(rest[..octets].to_vec());
        rest = &rest[octets..];
    }
    assert!(rest.is_empty());
    sections
}

/// With every digest of the index built again.
fn pack(sections: &[Vec<u8>]) -> Vec<u8> {
    let mut bundle = b"bulla.bundle/14\n".to_vec();
    for (name, section) in NAMES.iter().zip(sections) {
        let digest = hex::encode(Sha256::digest(section));
        bundle.extend(format!("{name} {:010} {digest}\n", section.len()).bytes());
    }
    bundle.push(b'\n');
    bundle.extend(sections.concat());
    bundle
}

fn entries(leaves: &[Vec<u8>]) -> Vec<u8> {
    leaves.iter().flat_map(|leaf| [&(leaf.len() as u16).to_be_bytes()[..], leaf].concat()).collect()
}

fn header_lines(estate: &Estate) -> Vec<u8> {
    estate.headers.values().flat_map(|disclosed| [canonical::bytes(disclosed), vec![b'\n']].concat()).collect()
}

/// The bundle with its sections changed by `forge`, and every digest rebuilt.
fn forged(bundle: &[u8], forge: impl FnOnce(&mut Vec<Vec<u8>>)) -> Refusal {
    let mut sections = unpack(bundle);
    assert_eq!(pack(&sections), bundle, "the test's writer is right");
    forge(&mut sections);
    refusal(&pack(&sections))
}

#[test]
fn a_bundle_holds() {
    let estate = autumn();
    for hypothesis in [STORAGE, WARDEN, "[[hypothesis]]\nkind = \"host\"\n", "[[hypothesis]]\nkind = \"collusion\"\n"] {
        let Proven { octets, assessment, .. } = prove_with(&estate, hypothesis, Some(&estate.pins())).unwrap();
        let verified = verify(&octets, Some(&estate.pins())).unwrap();
        assert_eq!(verified.assessment, assessment);
        assert_eq!((verified.level, verified.headers), (Level::WARDEN_APART, 3));
        assert_eq!(unpack(&octets)[ASSESSMENT], assessment.to_bytes());
        assert_eq!(unpack(&octets)[ENTRIES], entries(&estate.leaves));
        assert_eq!(prove(&estate, hypothesis), octets, "one written form");
        assert_eq!(assessment.checkpoint.cosigners, ["witness-1.example"]);
        assert_eq!(assessment.checkpoint.time.to_string(), "2026-12-31T00:00:00.000Z");
    }
    let late = format!("{WARDEN}from = 2026-12-31T00:00:00Z\n");
    assert_eq!(verify(&prove(&estate, &late), Some(&estate.pins())).unwrap().headers, 2, "only those that are needed");
}

#[test]
fn any_octet_changed_is_refused() {
    let (bundle, pins) = (prove(&autumn(), WARDEN), autumn().pins());
    for at in 0..bundle.len() {
        for bit in [at % 8, (at + 3) % 8] {
            let mut changed = bundle.clone();
            changed[at] ^= 1 << bit;
            assert!(verify(&changed, Some(&pins)).is_err(), "octet {at}, bit {bit}");
        }
    }
    for end in (0..bundle.len()).step_by(97) {
        assert!(verify(&bundle[..end], Some(&pins)).is_err(), "cut at {end}");
    }
    assert_eq!(refusal(&[bundle, vec![b'\n']].concat()), Refusal::Trailing { octets: 1 });
}

#[test]
fn any_octet_changed_with_its_digest_rebuilt_is_refused() {
    let (bundle, pins) = (prove(&autumn(), WARDEN), autumn().pins());
    let sections = unpack(&bundle);
    for (section, octets) in sections.iter().enumerate() {
        for at in (0..octets.len()).step_by(if section == HYPOTHESIS { 1 } else { 13 }) {
            let mut changed = sections.clone();
            changed[section][at] ^= 1 << (at % 8);
            assert!(verify(&pack(&changed), Some(&pins)).is_err(), "{} octet {at}", NAMES[section]);
        }
    }
}

#[test]
fn the_container() {
    let bundle = prove(&autumn(), STORAGE);
    let text = |from: &str, to: &str| {
        let end = bundle.windows(2).position(|w| w == b"\n\n").unwrap();
        let index = String::from_utf8(bundle[..end].to_vec()).unwrap().replacen(from, to, 1);
        refusal(&[index.as_bytes(), &bundle[end..]].concat())
    };
    assert_eq!(refusal(b""), Refusal::NotABundle);
    assert_eq!(refusal(b"bulla.bundle/14"), Refusal::NotABundle);
    assert_eq!(refusal(b"bulla.bundle/14\n"), Refusal::Index { line: 2 });
    assert_eq!(text("bulla.bundle/", "bulla.bundle/0"), Refusal::NotABundle);
    for digits in ["", "00", "+", " ", "0 "] {
        assert_eq!(text("hypothesis 0", &format!("hypothesis {digits}")), Refusal::Index { line: 2 }, "{digits:?}");
    }
    for other in ["a", "+", "-", " ", "\0"] {
        assert_eq!(text("hypothesis 0", &format!("hypothesis {other}")), Refusal::Index { line: 2 }, "{other:?}");
    }
    assert_eq!(text("entries", "entry"), Refusal::Index { line: 4 });
    assert_eq!(text("hypothesis 0", "hypothesis 9"), Refusal::Truncated { section: "hypothesis" });
    assert_eq!(text("assessment 0", "assessment 9"), Refusal::Truncated { section: "assessment" });
    assert_eq!(text("checkpoint ", "more 0 0\ncheckpoint "), Refusal::Index { line: 3 });
    assert_eq!(refusal(&bundle[..702]), Refusal::Index { line: 10 }, "the index has 703 octets");
    assert_eq!(refusal(&bundle[..703]), Refusal::Truncated { section: "hypothesis" });
    // The index is looked at before any section, then each section before the next one.
    let sum = |section: usize| hex::encode(Sha256::digest(&unpack(&bundle)[section]));
    let both = |section: usize, from: &str, to: &str| {
        let end = bundle.windows(2).position(|w| w == b"\n\n").unwrap();
        let index = String::from_utf8(bundle[..end].to_vec()).unwrap();
        let index = index.replacen(&sum(section), &"0".repeat(64), 1).replacen(from, to, 1);
        refusal(&[index.as_bytes(), &bundle[end..]].concat())
    };
    assert_eq!(both(HYPOTHESIS, "entries", "entry"), Refusal::Index { line: 4 });
    assert_eq!(both(HYPOTHESIS, "entries 0", "entries 9"), Refusal::Digest { section: "hypothesis" });
    assert_eq!(both(HEADERS, "entries 0", "entries 9"), Refusal::Truncated { section: "entries" });
    let mut long = unpack(&bundle);
    long.iter_mut().for_each(|section| section.resize(1 << 20, b'#'));
    let mut packed = pack(&long);
    assert!(!matches!(refusal(&packed), Refusal::Digest { .. }), "digests of long sections are right");
    let start = packed.len() - (8 << 20);
    packed[start + (6 << 20)] ^= 1;
    assert_eq!(refusal(&packed), Refusal::Digest { section: "unwraps" });
    packed[start + (2 << 20)] ^= 1;
    assert_eq!(refusal(&packed), Refusal::Digest { section: "entries" });
    let mut swapped = unpack(&bundle);
    swapped.swap(HEADERS, ASSESSMENT);
    assert!(verify(&pack(&swapped), Some(&autumn().pins())).is_err());
}

#[test]
fn entries_dropped_reordered_altered_or_added() {
    let estate = autumn();
    let bundle = prove(&estate, WARDEN);
    let size = estate.state.size;
    let with = |leaves: Vec<Vec<u8>>| forged(&bundle, |sections| sections[ENTRIES] = entries(&leaves));
    let mut dropped = estate.leaves.clone();
    dropped.remove(20);
    assert_eq!(with(dropped), Refusal::Ledger(Fault::EntryCount { size, found: size - 1 }));
    let mut reordered = estate.leaves.clone();
    reordered.swap(1, 2);
    assert_eq!(with(reordered), Refusal::Ledger(Fault::Root));
    let mut altered = estate.leaves.clone();
    altered[1] = altered[2].clone();
    assert_eq!(with(altered), Refusal::Ledger(Fault::Root));
    let added = [estate.leaves.clone(), vec![estate.leaves.last().unwrap().clone()]].concat();
    assert_eq!(with(added), Refusal::Ledger(Fault::EntryCount { size, found: size + 1 }));
    assert_eq!(with(estate.leaves[1..].to_vec()), Refusal::Ledger(Fault::NoGenesis));
    assert_eq!(forged(&bundle, |s| s[ENTRIES].clear()), Refusal::Ledger(Fault::NoGenesis));
    assert_eq!(forged(&bundle, |s| s[ENTRIES].push(0)), Refusal::EntryCut { index: size });
    assert_eq!(forged(&bundle, |s| s[ENTRIES] = entries(&[b" {}".to_vec()])), Refusal::Ledger(Fault::NoGenesis));
}

/// The forger removes a batch of ten rows: its intake entry, its header, its share of every number.
/// The rules that a worker's entries break in these leaves, whether that damages, and the bound.
fn told(estate: &Estate, leaves: &[Vec<u8>]) -> (String, bool, u64) {
    let note = note_over(leaves, &[1], estate.now);
    let parts = Parts { leaves, note: note.as_bytes(), hypothesis: WARDEN, pins: Some(&estate.pins()) };
    let found = bundle::prove(parts, &estate.beside()).unwrap().assessment;
    let own = found.voids.iter().filter(|void| ["intake", "start", "tick"].contains(&void.kind.as_str()));
    let rules: Vec<_> = own.map(|void| void.rule.clone()).collect();
    (rules.join("; "), found.damaged, found.at_most.rows)
}

#[test]
fn a_batch_and_its_counts_removed() {
    let mut estate = Estate::new();
    estate.tick("gw-1", 1, 500);
    let estate = autumn_of(estate);
    let bundle = prove(&estate, WARDEN);
    let victim = *estate.headers.keys().next().unwrap();
    let intake = usize::try_from(estate.state.batches[&victim].entry).unwrap();

    // Only the header, and all numbers computed without it.
    let smaller = |assessment: &[u8]| {
        let mut found: Assessment = canonical::read(assessment).unwrap();
        found.at_most.rows -= 10;
        found.at_most.parties -= 20;
        found.by_shipper[0].rows -= 10;
        found.to_bytes()
    };
    let without_header = forged(&bundle, |sections| {
        let lines = sections[HEADERS].split_inclusive(|octet| *octet == b'\n').skip(1);
        sections[HEADERS] = lines.collect::<Vec<_>>().concat();
        sections[ASSESSMENT] = smaller(&sections[ASSESSMENT]);
    });
    // The anchor counts all the same.
    assert_eq!(without_header, Refusal::AssessmentDiffers { field: "at_most".into() });

    // The entry too, and the root and size written anew: the warden did not sign that.
    let mut leaves = estate.leaves.clone();
    leaves.remove(intake);
    let mut kept = estate.clone();
    kept.headers.remove(&victim);
    let forge = |sections: &mut Vec<Vec<u8>>, note: String| {
        sections[CHECKPOINT] = note.into_bytes();
        sections[ENTRIES] = entries(&leaves);
        sections[HEADERS] = header_lines(&kept);
        sections[CONFIRMATIONS].clear();
        sections[ASSESSMENT] = smaller(&sections[ASSESSMENT]);
    };
    let text = tlog::Checkpoint::new(ORIGIN, leaves.len() as u64, root(&leaves)).unwrap().to_text();
    let (_, signatures) = estate.note().split_once("\n\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let note = format!("{text}\n{signatures}");
    let id = warden().verifier().id();
    let unsigned = forged(&bundle, |sections| forge(sections, note));
    assert_eq!(unsigned, Refusal::Ledger(Fault::Note(tlog::Error::BadSignature { id })));

    // The warden and a witness help: then the worker's next start tells, in the list of void entries.
    let resigned = forged(&bundle, |sections| forge(sections, note_over(&leaves, &[1], estate.now)));
    assert_eq!(resigned, Refusal::AssessmentDiffers { field: "at_most".into() });
    let told = |leaves: &[Vec<u8>]| told(&kept, leaves);
    // What it may have had beyond its last tick counts for the ten rows; what came after the start is void, and counts.
    let (first, second) = ("65".repeat(16), "67".repeat(16));
    let lacks = format!("instance {first} is closed with 2 tickets, and the ledger does not have just these");
    let stray = format!("the worker has no instance {second}");
    assert_eq!(told(&leaves), (format!("{lacks}; {stray}"), true, 24 + 500));

    // Or the batch alone is cut out of its entry: then the worker's signature tells.
    let mut leaves = estate.leaves.clone();
    let mut logged = Logged::read(&leaves[intake]).unwrap();
    let Entry::Intake(cut) = &mut logged.entry else { panic!("an intake entry") };
    (cut.record.batches, cut.record.rows, cut.record.parties) = (Vec::new(), 0, 0);
    leaves[intake] = logged.to_bytes();
    assert_eq!(forged(&bundle, |s| s[ENTRIES] = entries(&leaves)), Refusal::Ledger(Fault::Root));
    let forged_rule = "the entry is not signed by the enrolled key of worker gw-1";
    assert_eq!(told(&leaves), (format!("{forged_rule}; {lacks}; {stray}"), true, 24 + 500));
}

#[test]
fn checkpoints_stale_forged_or_unknown() {
    let estate = autumn();
    let bundle = prove(&estate, WARDEN);
    let note = |note: String| forged(&bundle, |sections| sections[CHECKPOINT] = note.into_bytes());
    let size = estate.state.size;
    let stale = note(note_over(&estate.leaves[..20], &[1], estate.now));
    assert_eq!(stale, Refusal::Ledger(Fault::EntryCount { size: 20, found: size }));
    let mut fork = estate.leaves.clone();
    fork.swap(1, 2);
    assert_eq!(note(note_over(&fork, &[1], estate.now)), Refusal::Ledger(Fault::Root));
    assert_eq!(
        note(note_over(&estate.leaves, &[], estate.now)),
        Refusal::Ledger(Fault::Quorum { wanted: 1, found: 0 })
    );
    assert_eq!(note(note_over(&estate.leaves, &[1, 3], estate.now)), Refusal::UnknownSigner { count: 1 });
    assert_eq!(
        note(note_over(&estate.leaves, &[2, 1], estate.now)),
        Refusal::Ledger(Fault::NoteForm),
        "sorted, so that there is one form"
    );

    // A cosignature of another tree under this text.
    let line = |note: &str| note.lines().last().unwrap().to_owned();
    let (ours, theirs) = (note_over(&estate.leaves, &[1], estate.now), note_over(&fork, &[1], estate.now));
    let forged_line = note(ours.replace(&line(&ours), &line(&theirs)));
    assert_eq!(forged_line, Refusal::Ledger(Fault::Note(tlog::Error::BadSignature { id: witness(1).verifier().id() })));

    // Only the witness signed.
    let kept: Vec<&str> = ours.lines().filter(|line| !line.starts_with(&format!("\u{2014} {ORIGIN} "))).collect();
    assert_eq!(note(kept.join("\n") + "\n"), Refusal::Ledger(Fault::WardenSignature));
    let other = tlog::Checkpoint::new("other.example", size, root(&estate.leaves)).unwrap().to_text();
    let other = tlog::note::sign(&other, &warden()).unwrap();
    assert_eq!(note(other), Refusal::Ledger(Fault::Origin));
}

#[test]
fn headers_unneeded_unsorted_or_altered() {
    let estate = autumn();
    let late = format!("{WARDEN}from = 2026-12-31T00:00:00Z\n");
    let bundle = prove(&estate, &late);
    let batches: Vec<BatchId> = estate.headers.keys().copied().collect();
    let all = forged(&bundle, |sections| sections[HEADERS] = header_lines(&estate));
    assert_eq!(all, Refusal::HeaderUnneeded { batch: batches[0] });
    let whole = prove(&estate, WARDEN);
    let reversed = forged(&whole, |sections| {
        let mut lines: Vec<_> = sections[HEADERS].split_inclusive(|octet| *octet == b'\n').collect();
        lines.reverse();
        sections[HEADERS] = lines.concat();
    });
    assert_eq!(reversed, Refusal::HeaderOrder);
    let cut = forged(&whole, |sections| sections[HEADERS] = sections[HEADERS].strip_suffix(b"\n").unwrap().to_vec());
    assert_eq!(cut, Refusal::HeaderOrder);
    let twice = forged(&whole, |s| {
        let again = s[HEADERS].clone();
        s[HEADERS].extend(again);
    });
    assert_eq!(twice, Refusal::HeaderOrder);
    let mut fewer = estate.clone();
    fewer.headers.get_mut(&batches[1]).unwrap().header.parties -= 1;
    let altered = forged(&whole, |sections| sections[HEADERS] = header_lines(&fewer));
    assert_eq!(altered, Refusal::HeaderNotAnchored { batch: batches[1] });
    let blank = forged(&whole, |sections| sections[HEADERS].insert(1, b' '));
    assert_eq!(blank, Refusal::Header { number: 0, source: NotCanonical::Form });
}

/// A header is read where it is looked at; one that is none is named before whatever else is wrong, looked at or not.
#[test]
fn a_header_that_is_none_is_named_first() {
    let (estate, late) = (autumn(), format!("{WARDEN}from = 2026-12-31T00:00:00Z\n"));
    let mut fewer = estate.clone();
    fewer.headers.values_mut().next().unwrap().header.parties -= 1;
    let written = String::from_utf8(header_lines(&fewer)).unwrap();
    let last = written.trim_end().rfind('\n').unwrap() + 1;
    let salt = written.rfind(r#","salt""#).unwrap();
    let spaced = [&written[..salt], " ", &written[salt..]].concat();
    let short = [&written[..salt], "}\n"].concat();
    let column = short.len() - last - 1;
    for hypothesis in [WARDEN, &late] {
        let bundle = prove(&estate, hypothesis);
        let with = |headers: &str| {
            forged(&bundle, |sections| {
                sections[HEADERS] = headers.into();
                sections[CONFIRMATIONS] = b"{}".to_vec();
            })
        };
        assert_eq!(with(&spaced), Refusal::Header { number: 2, source: NotCanonical::Form });
        assert_eq!(with(&short), Refusal::Header { number: 2, source: NotCanonical::Shape { line: 1, column } });
        assert_eq!(with(&written), Refusal::ConfirmationOrder);
    }
}

/// Confirmations lower nothing: one that is left out makes `confirmed` smaller, and one that does not count is refused.
#[test]
fn confirmations_unneeded_unsorted_or_altered() {
    let estate = autumn();
    let bundle = prove(&estate, WARDEN);
    let [first, wrong] = [0, 1].map(|at| [canonical::bytes(&estate.confirmations[at]), vec![b'\n']].concat());
    assert_eq!(unpack(&bundle)[CONFIRMATIONS], first, "the second one does not name as many rows as its batch has");
    let with = |lines: &[&[u8]]| forged(&bundle, |sections| sections[CONFIRMATIONS] = lines.concat());
    assert_eq!(with(&[]), Refusal::AssessmentDiffers { field: "confirmed".into() });
    assert_eq!(with(&[&first, &first]), Refusal::ConfirmationOrder);
    assert_eq!(with(&[&first[..first.len() - 1]]), Refusal::ConfirmationOrder);
    let (mut two, number) = ([&*first, &*wrong], usize::from(wrong > first));
    two.sort();
    assert_eq!(with(&two), Refusal::ConfirmationUnneeded { number });
    let mut forged_by = estate.confirmations[0].clone();
    forged_by.signature = Confirmation::new(forged_by.record.clone(), &secret(5)).signature;
    let forged_by = [canonical::bytes(&forged_by), vec![b'\n']].concat();
    assert_eq!(with(&[&forged_by]), Refusal::ConfirmationUnneeded { number: 0 });
    let blank = [&b" "[..], &first].concat();
    assert_eq!(with(&[&blank]), Refusal::Confirmation { number: 0, source: NotCanonical::Form });
    // The first that is none is named, however short it is, and whatever else is wrong behind them; but their order first.
    let source = NotCanonical::Shape { line: 1, column: 1 };
    assert_eq!(with(&[&first, b"~\n", b"~~\n"]), Refusal::Confirmation { number: 1, source: source.clone() });
    assert_eq!(with(&[b"!\n", b"~\n", &first]), Refusal::ConfirmationOrder);
    let long = [&[b'!'; 999][..], b"\n"].concat();
    let told = forged(&bundle, |sections| {
        sections[CONFIRMATIONS] = [&long, &first, &b"~\n"[..]].concat();
        sections[TOTALS] = b"{}".to_vec();
    });
    assert_eq!(told, Refusal::Confirmation { number: 0, source });
    // The agent opened rows of another batch.
    let agent = prove(&estate, "[[hypothesis]]\nkind = \"principal\"\nprincipal = \"support-7\"\n");
    let unneeded = forged(&agent, |sections| sections[CONFIRMATIONS] = first.clone());
    assert_eq!(unneeded, Refusal::ConfirmationUnneeded { number: 0 });
}

#[test]
fn a_changed_number_is_named() {
    let bundle = prove(&autumn(), "[[hypothesis]]\nkind = \"host\"\n");
    let change = |change: &dyn Fn(&mut Assessment)| {
        let refused = forged(&bundle, |sections| {
            let mut assessment: Assessment = canonical::read(&sections[ASSESSMENT]).unwrap();
            change(&mut assessment);
            sections[ASSESSMENT] = assessment.to_bytes();
        });
        match refused {
            Refusal::AssessmentDiffers { field } => field,
            other => other.to_string(),
        }
    };
    assert_eq!(change(&|a| a.at_most.rows -= 1), "at_most");
    assert_eq!(change(&|a| a.at_most.unbounded = false), "at_most");
    assert_eq!(change(&|a| a.recorded.rows -= 1), "recorded");
    assert_eq!(change(&|a| a.confirmed.rows += 1), "confirmed");
    assert_eq!(change(&|a| a.by_shipper[0].rows -= 1), "by_shipper");
    assert_eq!(change(&|a| a.by_month[0].month = Month { year: 2025, month: 1 }), "by_month");
    assert_eq!(change(&|a| _ = a.by_classes.pop()), "by_classes");
    assert_eq!(change(&|a| a.by_province[0].at_most -= 1), "by_province");
    assert_eq!(change(&|a| a.entries.truncate(1)), "entries");
    assert_eq!(change(&|a| a.index_leakage.rows = 0), "index_leakage");
    assert_eq!(change(&|a| a.openings.justified += 1), "openings");
    assert_eq!(change(&|a| a.curve[0].rows -= 1), "curve");
    assert_eq!(change(&|a| a.assumptions[6].text.clear()), "assumptions");
    assert_eq!(change(&|a| drop(a.statements.pop())), "statements");
    assert_eq!(change(&|a| a.checkpoint.cosigners.push("w".into())), "checkpoint");
    assert_eq!(change(&|a| a.if_the_warden_stood_elsewhere = Some(a.at_most.clone())), "if_the_warden_stood_elsewhere");
    assert_eq!(change(&|a| a.dating.silences.clear()), "dating");
    assert_eq!(change(&|a| a.split_view = true), "split_view");
    let ended = |a: &mut Assessment| {
        let (to, heartbeat, cosigned, first, time) = (a.checkpoint.time, None, None, None, None);
        a.dating.ends.push(End { hypothesis: 0, to, heartbeat, cosigned, documents: 0, rows: 0, first, time });
    };
    assert_eq!(change(&ended), "dating");

    let other = forged(&bundle, |sections| sections[HYPOTHESIS] = STORAGE.into());
    assert_eq!(other, Refusal::AssessmentDiffers { field: "at_most".into() });
    let pretty = forged(&bundle, |sections| sections[ASSESSMENT].push(b'\n'));
    assert_eq!(pretty, Refusal::Assessment(NotCanonical::Form));
}

#[test]
fn what_is_stated_is_not_more_than_the_pins_show() {
    let estate = autumn();
    let host = "[[hypothesis]]\nkind = \"host\"\n";
    let octets = prove(&estate, host);
    let verified = verify(&octets, Some(&estate.pins())).unwrap();
    assert_eq!((verified.level, verified.verdict), (Level::WARDEN_APART, Verdict::Verified));
    assert_eq!(verified.keys.cosigners, [(witness(1).verifier(), "Audit".to_owned(), true)]);
    assert_eq!(verify(&octets, None).unwrap_err(), Refusal::Level { stated: 1, shown: 0 });
    // A report made without pins stays true where more is shown, and is no more than consistent where nothing is.
    let low = prove_with(&estate, host, None).unwrap().octets;
    assert_eq!(verify(&low, None).unwrap().verdict, Verdict::Consistent);
    let shown = verify(&low, Some(&estate.pins())).unwrap();
    assert_eq!(
        (shown.level, shown.assessment.level, shown.verdict),
        (Level::WARDEN_APART, Level::ONE_HOST, Verdict::Verified)
    );
    // Who asks more of a note asks for another report.
    let stricter = Pins::parse(&estate.pins_text().replace("clock_error = 1", "clock_error = 2")).unwrap();
    let (stated, wanted) = (TERMS, Terms { clock_error: 2, ..TERMS });
    assert_eq!(verify(&octets, Some(&stricter)).unwrap_err(), Refusal::Terms { stated, wanted });
    for (part, wrong) in
        [("pins: ", "origin = 1"), ("no cosigner", "origin = \"a\"\nfirst_leaf = \"\"\norganisations = 1\n")]
    {
        assert!(Pins::parse(wrong).is_err(), "{part}");
    }
    for (organisations, why) in
        [(0, incident::pins::Error::NoOrganisation), (2, incident::pins::Error::TooFew { wanted: 2, named: 1 })]
    {
        let text = estate.pins_text().replace("organisations = 1", &format!("organisations = {organisations}"));
        assert_eq!(Pins::parse(&text), Err(why));
    }
}

/// Notes tell whole seconds: who states that they err by less finds no reader, with pins or without.
#[test]
fn notes_err_by_a_second_at_least() {
    let estate = autumn();
    for (clock_error, fits) in [(0, false), (1, true), (86_400, true), (86_401, false)] {
        let text = estate.pins_text().replace("clock_error = 1", &format!("clock_error = {clock_error}"));
        let wanted = if fits { Ok(clock_error) } else { Err(incident::pins::Error::ClockError) };
        assert_eq!(Pins::parse(&text).map(|pins| pins.terms.clock_error), wanted);
    }
    for pins in [Some(estate.pins()), None] {
        let wanted = pins.as_ref().map_or_else(Terms::default, |pins| pins.terms);
        let mut sections = unpack(&prove_with(&estate, WARDEN, pins.as_ref()).unwrap().octets);
        let (text, own) = (String::from_utf8(sections[ASSESSMENT].clone()).unwrap(), wanted.clock_error);
        assert!(text.contains(&format!("\"clock_error\":{own},")), "{text}");
        sections[ASSESSMENT] = text.replace(&format!("\"clock_error\":{own},"), "\"clock_error\":0,").into_bytes();
        let stated = Terms { clock_error: 0, ..wanted };
        assert_eq!(verify(&pack(&sections), pins.as_ref()).unwrap_err(), Refusal::Terms { stated, wanted });
    }
}

#[test]
fn prove_refuses_what_it_could_not_prove() {
    let mut estate = autumn();
    // A missing header is no reason: its batch counts with the anchor.
    estate.headers.pop_first();
    let Proven { octets, assessment, .. } = prove_with(&estate, WARDEN, Some(&estate.pins())).unwrap();
    assert_eq!((assessment.at_most.rows, assessment.without_header.len(), assessment.damaged), (34, 1, false));
    assert_eq!(verify(&octets, Some(&estate.pins())).unwrap().headers, 2);
    let stranger = format!("{STORAGE}[[hypothesis]]\nkind = \"principal\"\nprincipal = \"nobody\"\n");
    let unknown = prove_with(&estate, &stranger, None).unwrap_err();
    assert!(matches!(unknown, Refusal::Exposure(exposure::Error::UnknownPrincipal { .. })));
    assert!(matches!(prove_with(&estate, "", None), Err(Refusal::Hypothesis(_))));
    // A witness that genesis does not name is left out, not refused: others may cosign.
    let estate = autumn();
    let note = note_over(&estate.leaves, &[2, 3, 1], estate.now);
    let pins = estate.pins();
    let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis: WARDEN, pins: Some(&pins) };
    let refused = bundle::prove(parts, &estate.beside()).unwrap();
    assert_eq!(refused.assessment.checkpoint.cosigners, ["witness-1.example", "witness-2.example"]);
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_bulla-verify")).args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn bulla_verify_says_what_it_saw() {
    let estate = autumn();
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, octets: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, octets).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let octets = prove_with(&estate, STORAGE, None).unwrap().octets;
    let good = file("good.bundle", &octets);
    // Without pins it says what that is worth, and never the other word.
    let (code, out, _) = run(&[&good]);
    assert_eq!(code, Some(3));
    for said in ["At most 0 rows", "CONSISTENT: ", "Level shown by the pins: 0", &warden().verifier().to_string()] {
        assert!(out.contains(said), "{said:?} in\n{out}");
    }
    assert!(!out.to_lowercase().contains("verified"), "{out}");
    let (code, out, _) = run(&[&good, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &json["verified"], &json["level"]), (Some(3), &false.into(), &0.into()));
    assert_eq!(canonical::bytes(&json["assessment"]), unpack(&octets)[ASSESSMENT]);
    let pins = file("pins.toml", estate.pins_text().as_bytes());
    let (code, out, _) = run(&["--pins", &pins, &good]);
    assert_eq!(code, Some(0));
    let digest = hex::encode(Sha256::digest(estate.pins_text()));
    let first = format!("VERIFIED: cosigned by witness-1.example (Audit); pins sha256:{digest}\n");
    assert!(out.contains(&first), "{out}");
    let mut octets = octets;
    octets[900] ^= 1;
    let (code, out, error) = run(&[&file("bad.bundle", &octets)]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(error.starts_with("REFUSED: ") && error.contains("hint: "), "{error}");
    for wrong in [&[][..], &["/no/such/file"], &[&good, "--pins"], &[&good, "--pins", &good], &[&good, "--quiet"]] {
        let (code, out, error) = run(wrong);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{wrong:?}");
        assert!(error.starts_with("could not: "), "{error}");
    }
}
