//! What the thief of a worker's key can put into the ledger: an honest warden takes it, as far as the rules go.

use super::*;
use incident::assessment::{Totals, WithoutHeader};

/// One valid entry that names a batch which nobody ever stored. It once ended every later assessment for ever.
#[test]
fn the_thief_anchors_a_batch_that_was_never_stored() {
    let mut estate = autumn();
    let honest = [(WARDEN, (34, 68, 2)), (STORAGE, (0, 0, 0)), (HOST, (35, 70, 2)), (AGENT, (2, 40, 1))];
    for (hypothesis, figures) in honest {
        assert_eq!(bound(&verified(&estate, hypothesis).assessment), figures, "before: {hypothesis}");
    }
    let garbage = BatchId([200; 16]);
    let entry = estate.push(signed(&estate, vec![anchor(&estate, garbage, 1_000, OCTOBER)]));
    let inflated = [(WARDEN, (1_034, 2_068, 2)), (STORAGE, (0, 0, 0)), (HOST, (1_035, 2_070, 2)), (AGENT, (2, 40, 1))];
    for (hypothesis, figures) in inflated {
        let found = verified(&estate, hypothesis);
        assert_eq!(bound(&found.assessment), figures, "after: {hypothesis}");
        assert!(found.assessment.voids.is_empty() && !found.assessment.damaged, "it broke no rule of the ledger");
    }
    let found = verified(&estate, WARDEN);
    let listed = WithoutHeader { batch: garbage, entry, rows: 1_000, parties: 2_000 };
    assert_eq!((&found.assessment.without_header[..], found.headers), (&[listed][..], 3));
    let everything = set(&[Operational, Linkable, Address, Contact]);
    let opened = found.assessment.by_classes.iter().find(|share| share.classes == everything).unwrap();
    assert_eq!(opened.rows, 1_003, "all that its key may open, beside three honest rows with as much");
    let quebec = found.assessment.by_province.iter().find(|share| share.province == Province::QC).unwrap();
    assert_eq!((quebec.rows, quebec.at_most), (21, 1_030), "any of them may live in Quebec");
    // The honest worker's next body is counted as ever, and so is an assessment that does not reach the garbage.
    estate.shred(OCTOBER);
    assert_eq!(bound(&verified(&estate, &from(WARDEN, "2027-01-01T00:00:00Z")).assessment), (4, 8, 1));
    let storage = verified(&estate, STORAGE).assessment;
    assert_eq!((storage.recorded.rows, storage.without_header.len()), (1_034, 1), "`operational` of them all");
}

/// The stored header is exchanged for one that counts less.
#[test]
fn the_thief_stores_another_header_than_the_anchored_one() {
    let mut estate = autumn();
    let batch = *estate.headers.keys().next().unwrap();
    estate.headers.get_mut(&batch).unwrap().header.counts.pop();
    let found = verified(&estate, WARDEN);
    assert_eq!((bound(&found.assessment), found.headers, found.assessment.damaged), ((34, 68, 2), 2, false));
    assert_eq!(found.assessment.without_header.iter().map(|of| of.rows).collect::<Vec<_>>(), [10]);
    assert_eq!(verified(&estate, HOST).assessment.confirmed, Totals::default(), "nobody confirms what is not told");
}

/// A batch's id again, with another header: neither hides the other.
#[test]
fn the_thief_anchors_a_known_batch_with_another_header() {
    let mut estate = autumn();
    let known = *estate.headers.keys().next().unwrap();
    let again = signed(&estate, vec![anchor(&estate, known, 50, OCTOBER)]);
    let entry = estate.state.size;
    assert_eq!(estate.forced(again), Rule::BatchTwice { batch: known });
    let found = verified(&estate, WARDEN);
    assert_eq!(bound(&found.assessment), (84, 168, 2));
    assert_eq!(voids(&found.assessment), [(entry, "intake", Signer::Worker)]);
    assert!(!found.assessment.damaged, "a worker's garbage damages nothing");
    let listed = WithoutHeader { batch: known, entry, rows: 50, parties: 100 };
    assert_eq!((&found.assessment.without_header[..], found.headers), (&[listed][..], 3));

    // And the whole old entry once more, with its own header: it counts twice.
    let first = usize::try_from(estate.state.batches[&known].entry).unwrap();
    let replayed = Logged::read(&estate.leaves[first]).unwrap().entry;
    assert!(matches!(estate.forced(replayed), Rule::TicketTwice { ticket: 1, .. }));
    let found = verified(&estate, WARDEN);
    assert_eq!((bound(&found.assessment), found.assessment.damaged), ((94, 188, 2), false));
    assert_eq!(found.assessment.without_header.len(), 1);
    // The carrier's word stands for the first of them only.
    let host = assess_at(&estate, HOST, APART);
    assert_eq!(host.confirmed, Totals { rows: 10, parties: 20 });
    assert_eq!(host.entries.iter().map(|entry| entry.confirmed).collect::<Vec<_>>(), [10, 0, 0, 0, 0]);
}

/// Sealing needs no private key, but it needs somebody who believes that there is one.
#[test]
fn the_thief_seals_to_a_key_that_was_shredded() {
    let mut estate = autumn();
    let late = from(WARDEN, "2026-12-30T00:00:01.001Z");
    assert_eq!(bound(&verified(&estate, &late).assessment), (24, 48, 2), "before");
    let sealed = signed(&estate, vec![anchor(&estate, BatchId([201; 16]), 6, "A-1/2026-09/d90")]);
    estate.push(sealed);
    let found = verified(&estate, &late);
    assert_eq!((bound(&found.assessment), found.assessment.damaged), ((30, 60, 2), false), "after");
    assert_eq!(found.assessment.not_included.len(), 2, "the ten rows before the shred stay out of reach");
}
