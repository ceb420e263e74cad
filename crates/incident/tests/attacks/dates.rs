//! Attacks on the calendar: who takes the warden writes the past anew, and every clock it can reach.

use super::*;

const TAKEN: &str = "2026-11-15T00:00:00Z";

fn shred_all(estate: &mut Estate) {
    let live: Vec<String> =
        estate.state.periods.iter().filter(|(_, p)| p.shredded.is_none()).map(|(id, _)| id.to_string()).collect();
    for period in live {
        estate.shred(&period);
    }
}

fn october() -> Estate {
    let mut estate = Estate::new();
    estate.at("2026-10-05T12:00:00.000Z");
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::QC, &[Address], 20)])]);
    estate.at("2026-10-06T00:00:00.000Z");
    estate
}

/// The case that this is all about: whoever holds the warden writes the exculpating entries afterwards, with the time of
/// the last honest one. The witness is honest, and cosigns what only grew.
#[test]
fn the_warden_dates_its_own_shreds() {
    let mut estate = october();
    let taken = from(WARDEN, TAKEN);
    estate.at("2026-11-16T00:00:00.000Z");
    estate.beat(&[1]);
    assert_eq!(bound(&verified(&estate, &taken).assessment), (20, 40, 1), "before");
    // Leaf times may be equal: these say 6 October, and are all cosigned on the 16th of November.
    let cosigned = estate.now;
    estate.now = time("2026-10-06T00:00:00.000Z");
    let mut forged = october();
    shred_all(&mut forged);
    forged.now = cosigned;
    forged.beat(&[1]);
    let found = verified(&forged, &taken);
    assert_eq!(bound(&found.assessment), (20, 40, 1), "after: nothing that the warden says about time lowers anything");
    assert_eq!((found.verdict, found.assessment.not_included.len()), (bundle::Verdict::Verified, 0));
    let begin = &found.assessment.dating.begins[0];
    assert_eq!(begin.cosigned, Some(time("2026-10-05T12:00:00.000Z")), "the last note before the theft");
    // The same shreds, cosigned before.
    let mut honest = october();
    shred_all(&mut honest);
    honest.at("2026-11-16T00:00:00.000Z");
    assert_eq!(bound(&verified(&honest, &taken).assessment), (0, 0, 0));
}

/// The keys were destroyed 0.2 s after the thief had come, and the witness cosigned that 0.2 s later: its note says the second in which
/// all of that was, as if it had been before him.
#[test]
fn the_thief_comes_within_the_second_of_a_note() {
    let mut estate = october();
    estate.now = time("2026-11-15T12:00:00.700Z");
    shred_all(&mut estate);
    estate.now = time("2026-11-15T12:00:00.900Z");
    estate.at("2026-11-16T00:00:00.000Z");
    let came = |moment: &str| verified(&estate, &from(WARDEN, moment)).assessment;
    let found = came("2026-11-15T12:00:00.5Z");
    assert_eq!((bound(&found), found.not_included.len()), ((20, 40, 1), 0));
    assert_eq!(found.dating.begins[0].cosigned, Some(time("2026-10-05T12:00:00.000Z")), "the note before that one");
    // Until the last moment that the note may mean.
    assert_eq!(bound(&came("2026-11-15T12:00:01Z")), (20, 40, 1));
    assert_eq!(bound(&came("2026-11-15T12:00:01.001Z")), (0, 0, 0));
    // With the least that pins may say.
    let less = estate.pins_text().replace("clock_error = 1", "clock_error = 0");
    assert_eq!(Pins::parse(&less), Err(incident::pins::Error::ClockError));
}

/// Demo, or a warden and witness in one rack: who takes one takes the other, and no date is left.
#[test]
fn the_witness_stands_on_the_wardens_host() {
    let late = from(WARDEN, "2026-12-30T12:00:00Z");
    assert_eq!(bound(&verified(&autumn(), &late).assessment), (24, 48, 2), "before: on a host of its own");
    let [vault, _, second, gw_1, gw_2] = HOSTS;
    let together = autumn_of(Estate::on([vault, "VAULT.example", second, gw_1, gw_2], 0));
    let found = verified(&together, &late).assessment;
    assert_eq!((bound(&found), found.dating.begins[0].entries), ((34, 68, 2), 0), "after: also of the past");
    assert!(found.statements.iter().any(|said| said.contains("no cosignature shows what was in the ledger before")));
    // Taking a gateway says nothing about that witness.
    let host = from(HOST, "2026-10-02T00:00:00Z");
    assert_eq!(bound(&verified(&together, &host).assessment).0, 20);
}

/// A gateway on the warden's host: `host` is then `warden`, too.
#[test]
fn the_gateway_stands_on_the_wardens_host() {
    let [vault, first, second, _, gw_2] = HOSTS;
    let estate = autumn_of(Estate::on([vault, first, second, vault, gw_2], 0));
    let found = assess_at(&estate, &from(HOST, "2026-12-30T12:00:00Z"), APART);
    assert_eq!(bound(&found).0, 24, "what is not shredded; its own window holds twenty of it");
    assert!(found.at_most.unbounded);
}

/// Two gateways on one machine: who takes one has both.
#[test]
fn a_second_worker_stands_on_the_host() {
    let [vault, first, second, gw_1, _] = HOSTS;
    let beside = autumn_of(Estate::on([vault, first, second, gw_1, gw_1], 0));
    assert_eq!(bound(&assess_at(&autumn(), HOST, APART)).0, 35, "before");
    assert_eq!(bound(&assess_at(&beside, HOST, APART)).0, 39, "after");
}

/// Backups of the warden are kept for 30 days: a key that was destroyed lives on in them.
#[test]
fn the_thief_takes_an_old_copy_of_the_warden() {
    let estate = autumn_of(Estate::on(HOSTS, 30));
    let early = from(WARDEN, "2026-12-30T12:00:00Z");
    assert_eq!(bound(&verified(&autumn(), &early).assessment).0, 24, "before: no copies");
    let mut estate = estate;
    estate.at("2027-03-01T00:00:00.000Z");
    assert_eq!(bound(&verified(&estate, &early).assessment).0, 34, "after");
    let last = from(WARDEN, "2027-01-29T00:00:01Z");
    assert_eq!(bound(&verified(&estate, &last).assessment).0, 34, "as long as the last copy may be there");
    let month = from(WARDEN, "2027-01-29T00:00:01.001Z");
    assert_eq!(bound(&verified(&estate, &month).assessment).0, 24, "until the last copy is gone");
}

/// A retired witness's key was stolen: it signs with any time that helps.
#[test]
fn one_of_two_witnesses_lies_about_the_time() {
    let mut estate = october();
    estate.at("2026-11-16T00:00:00.000Z");
    shred_all(&mut estate);
    // The honest one says when it was, the other puts it before the theft.
    let text = tlog::Checkpoint::new(ORIGIN, estate.leaves.len() as u64, root(&estate.leaves)).unwrap().to_text();
    let honest = cosigned(&text, &[1], estate.now);
    let lie = tlog::cosignature::cosign(&text, &witness(2), 1_791_000_000).unwrap();
    let note = tlog::note::append(&honest, &lie).unwrap();
    estate.push(Entry::Heartbeat(Heartbeat { note }));
    let taken = from(WARDEN, TAKEN);
    assert_eq!(bound(&verified(&estate, &taken).assessment).0, 20, "the latest of the two counts");
    // Alone it is believed where one organisation is enough, and not where two must have cosigned.
    let alone = tlog::note::append(&tlog::note::sign(&text, &warden()).unwrap(), &lie).unwrap();
    let mut forged = october();
    forged.leaves = estate.leaves[..estate.leaves.len() - 1].to_vec();
    forged.state = History::read(
        forged.leaves.iter().map(|leaf| Ok::<_, Fault>(leaf.as_slice())),
        note_over(&forged.leaves, &[1], estate.now).as_bytes(),
    )
    .unwrap()
    .state;
    forged.now = estate.now;
    forged.push(Entry::Heartbeat(Heartbeat { note: alone }));
    assert_eq!(bound(&assess_at(&forged, &taken, APART)).0, 20, "its time is before an honest note's: it is not used");
    let two = Ground { terms: Terms { organisations: 2, clock_error: 1 }, ..APART };
    let found = assess_at(&forged, &taken, two);
    assert_eq!((bound(&found).0, found.dating.begins[0].entries), (20, 0));
}

/// A note that the warden kept back for weeks dates what it covers, and nothing that was written since.
#[test]
fn the_warden_hoards_a_note() {
    let mut estate = october();
    let hoarded = note_over(&estate.leaves, &[1], estate.now);
    estate.now = time("2026-11-16T00:00:00.000Z");
    shred_all(&mut estate);
    estate.push(Entry::Heartbeat(Heartbeat { note: hoarded }));
    let found = verified(&estate, &from(WARDEN, TAKEN)).assessment;
    let covered = estate.state.heartbeats[0].at.entry;
    assert_eq!(bound(&found).0, 20);
    assert!(found.dating.begins[0].entries > covered && found.not_included.is_empty());
}

/// Times that are claimed and not signed: a forged note neither dates nor unseats an honest one.
#[test]
fn the_warden_forges_cosignatures() {
    let mut estate = october();
    shred_all(&mut estate);
    let honest = estate.beat(&[1]);
    // Of the far future, so that every later note would seem to go back in time; and of the past.
    for seconds in [4_000_000_000, 1_780_000_000] {
        let now = Time::from_milliseconds(seconds * 1000);
        let text = tlog::Checkpoint::new(ORIGIN, estate.leaves.len() as u64, root(&estate.leaves)).unwrap().to_text();
        let other = text.replace(&format!("\n{}\n", estate.leaves.len()), "\n3\n");
        let line = cosigned(&other, &[1], now).lines().last().unwrap().to_owned();
        let note = format!("{}{line}\n", tlog::note::sign(&text, &warden()).unwrap());
        estate.push(Entry::Heartbeat(Heartbeat { note }));
    }
    estate.at("2026-11-16T00:00:00.000Z");
    let found = verified(&estate, &from(WARDEN, TAKEN)).assessment;
    assert_eq!(bound(&found).0, 0, "the shreds were cosigned in time, whatever was forged around them");
    assert!(found.dating.begins[0].entries > honest);
}

/// Somebody was shown another ledger: the warden's own signature tells.
#[test]
fn the_warden_signs_another_history() {
    let mut estate = autumn();
    let mut other = estate.clone();
    other.leaves.swap(4, 5);
    let note = note_over(&other.leaves, &[], estate.now);
    assert_eq!(verified(&estate, WARDEN).verdict, bundle::Verdict::Verified, "before");
    let entry = estate.push(Entry::Heartbeat(Heartbeat { note: note.clone() }));
    let found = verified(&estate, WARDEN);
    assert_eq!((found.verdict, found.verdict.exit_code()), (bundle::Verdict::SplitView, 5));
    assert_eq!(found.assessment.dating.other_roots[0].entry, entry);
    // Or it is not in the ledger, and a shipper has it from an acknowledgement.
    let estate = autumn();
    let pins = estate.pins();
    let own = estate.note();
    let parts = Parts { leaves: &estate.leaves, note: own.as_bytes(), hypothesis: WARDEN, pins: Some(&pins) };
    let bundle = bundle::prove(parts, &estate.beside()).unwrap().octets;
    let with = |notes: &[&[u8]]| bundle::verify(&bundle, Some(&pins), notes);
    assert_eq!(with(&[own.as_bytes()]).unwrap().verdict, bundle::Verdict::Verified);
    assert_eq!(with(&[own.as_bytes(), note.as_bytes()]).unwrap().verdict, bundle::Verdict::SplitView);
    // A bundle that leaves out the newest entries, where the reader knows that there were more.
    let mut grown = estate.clone();
    grown.beat(&[1]);
    let newer = grown.note();
    let size = grown.leaves.len() as u64;
    assert_eq!(with(&[newer.as_bytes()]), Err(Refusal::OlderThanNote { number: 1, size, found: size - 1 }));
    assert_eq!(with(&[b"no note"]), Err(Refusal::OwnNote { number: 1 }));
}

#[test]
fn an_end_that_no_witness_has_seen() {
    let estate = autumn();
    let late = format!("{STORAGE}to = 2027-05-01T00:00:00Z\n");
    let hypotheses = Hypotheses::parse(&late).unwrap();
    let refused = exposure::assess(&estate.history(), &estate.beside(), &hypotheses, APART).unwrap_err();
    assert!(matches!(refused, exposure::Error::ToAfterLedger { .. }), "{refused}");
}
