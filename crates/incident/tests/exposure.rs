//! What each hypothesis reaches, in exact numbers, over the made-up autumn.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{
    Assessment, Hypotheses,
    assessment::*,
    exposure::{self, Error, Ground},
};
use ledger::{Hash, Province, Pseudonym, Time, entry::Verdict};
use proptest::prelude::*;

const STORAGE: &str = "[[hypothesis]]\nkind = \"storage\"\n";
const WARDEN: &str = "[[hypothesis]]\nkind = \"warden\"\n";
const HOST: &str = "[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-1\"]\n";
const AGENT: &str = "[[hypothesis]]\nkind = \"principal\"\nprincipal = \"support-7\"\n";
const COLLUSION: &str = "[[hypothesis]]\nkind = \"collusion\"\n";

fn assess_at(estate: &Estate, hypothesis: &str, ground: Ground) -> Result<Assessment, Error> {
    let hypotheses = Hypotheses::parse(hypothesis).unwrap();
    exposure::assess(&estate.history(), &estate.beside(), &hypotheses, ground)
}

fn assess(estate: &Estate, hypothesis: &str) -> Assessment {
    assess_at(estate, hypothesis, APART).unwrap()
}

fn from(hypothesis: &str, from: &str) -> String {
    format!("{hypothesis}from = {from}\n")
}

fn bound(assessment: &Assessment) -> (u64, u64, u64, bool) {
    let AtMost { rows, parties, shippers, unbounded, .. } = assessment.at_most;
    (rows, parties, shippers, unbounded)
}

fn classes(assessment: &Assessment) -> Vec<(Vec<ledger::FieldClass>, u64)> {
    assessment.by_classes.iter().map(|share| (share.classes.iter().collect(), share.rows)).collect()
}

fn provinces(assessment: &Assessment) -> Vec<(Province, u64, u64)> {
    assessment.by_province.iter().map(|share| (share.province, share.rows, share.at_most)).collect()
}

fn shippers(assessment: &Assessment) -> Vec<(Option<&str>, u64, u64)> {
    let share = |share: &'_ ShipperShare| (share.rows, share.operational);
    let name = |share: &ShipperShare| share.shipper.clone();
    let names: Vec<Option<Pseudonym>> = assessment.by_shipper.iter().map(name).collect();
    let known = [None, Some("S-1"), Some("S-2")];
    let find =
        |name: &Option<Pseudonym>| known.into_iter().find(|known| *known == name.as_ref().map(|n| n.as_str())).unwrap();
    names.iter().zip(&assessment.by_shipper).map(|(name, of)| (find(name), share(of).0, share(of).1)).collect()
}

#[test]
fn storage_reaches_no_row_of_a_sealed_class() {
    let assessment = assess(&autumn(), STORAGE);
    assert_eq!(bound(&assessment), (0, 0, 0, false));
    assert_eq!(classes(&assessment), [(vec![Operational], 34)]);
    assert_eq!(shippers(&assessment), [(Some("S-1"), 0, 30), (Some("S-2"), 0, 4)]);
    assert_eq!(provinces(&assessment), [(Province::QC, 0, 0)]);
    assert_eq!(assessment.recorded, Totals { rows: 34, parties: 68 });
    assert_eq!(assessment.confirmed, Totals { rows: 10, parties: 20 });
    assert!(assessment.curve.is_empty() && assessment.not_included.is_empty() && assessment.entries.is_empty());
    // With the copy's `worker.key` a thief asks for index keys: any hand-over may have been to one.
    assert_eq!((assessment.index_leakage.rows, assessment.index_leakage.months.len()), (30, 2));
    let late = assess(&autumn(), &from(STORAGE, "2026-10-02T00:00:00Z"));
    assert_eq!((late.index_leakage.rows, late.index_leakage.months.len()), (0, 0), "they were handed out before");
    let early = assess(&autumn(), &format!("{STORAGE}to = 2026-09-15T00:00:00Z"));
    // No gateway says that it had seen a later note before it gave a ticket: `tests/late.rs` has those that do.
    assert_eq!(classes(&early), [(vec![Operational], 34)]);
}

#[test]
fn warden_reaches_every_period_that_was_live() {
    let assessment = assess(&autumn(), WARDEN);
    assert_eq!(bound(&assessment), (34, 68, 2, false));
    let expected = [
        (vec![Operational, Linkable, Address], 26),
        (vec![Operational, Linkable, Address, Contact], 3),
        (vec![Operational, Linkable, Address, Remarks], 1),
        (vec![Operational, Address], 4),
    ];
    assert_eq!(classes(&assessment), expected);
    assert_eq!(provinces(&assessment), [(Province::ON, 4, 13), (Province::QC, 21, 30), (Province::Unknown, 9, 9)]);
    let months: Vec<_> = assessment.by_month.iter().map(|m| (m.month.to_string(), m.rows, m.parties)).collect();
    assert_eq!(months, [("2026-09".to_owned(), 14, 28), ("2026-10".to_owned(), 20, 40)]);
    assert_eq!(assessment.index_leakage.rows, 30);
    let curve: Vec<_> = assessment.curve.iter().map(|point| (point.from.to_string(), point.rows)).collect();
    let began = ("2026-09-01T00:00:00.000Z".to_owned(), 34);
    assert_eq!(curve, [began, ("2026-12-30T00:00:01.001Z".to_owned(), 24)]);
}

#[test]
fn a_later_shred_undoes_nothing_and_an_earlier_one_does() {
    let estate = autumn();
    // The last moment at which the shred may have been cosigned: the key may have been live.
    assert_eq!(assess(&estate, &from(WARDEN, "2026-12-30T00:00:01Z")).at_most.rows, 34);
    let after = assess(&estate, &from(WARDEN, "2026-12-30T00:00:01.001Z"));
    assert_eq!(bound(&after), (24, 48, 2, false));
    let missing: Vec<_> = after.not_included.iter().map(|m| (m.period.to_string(), shred(m), m.rows)).collect();
    let shredded = |period: &str| estate.state.periods[&period.parse().unwrap()].shredded.unwrap().entry;
    assert_eq!(
        missing,
        [
            ("A-1/2026-09/d7".to_owned(), shredded("A-1/2026-09/d7"), 10),
            ("A-1/2026-09/d90".to_owned(), shredded("A-1/2026-09/d90"), 10),
        ]
    );
    // Remarks are gone, the other group of the same rows is not.
    let between = assess(&estate, &from(WARDEN, "2026-11-01T00:00:00Z"));
    assert_eq!(between.at_most.rows, 34);
    assert!(classes(&between).iter().all(|(classes, _)| !classes.contains(&Remarks)));
    assert_eq!(between.not_included.len(), 1);
}

/// A warden taken from day 50 to day 60, the key destroyed on day 100, asked on day 120.
#[test]
fn what_was_shredded_after_the_thief_had_left_was_within_reach() {
    let mut estate = Estate::new();
    estate.at("2026-09-21T00:00:00.000Z");
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::QC, &[Linkable, Address, Remarks], 7)])]);
    estate.at("2026-10-08T00:00:00.000Z").shred("A-1/2026-09/d7");
    for day in ["2026-11-10", "2026-11-20"] {
        estate.at(&format!("{day}T00:00:00.000Z"));
    }
    estate.at("2026-12-30T00:00:00.000Z").shred("A-1/2026-09/d90");
    estate.at("2027-01-19T00:00:00.000Z");
    let taken = |begins: &str, ends: &str| assess(&estate, &format!("{}to = {ends}\n", from(WARDEN, begins)));
    let within = taken("2026-11-10T00:00:00Z", "2026-11-20T00:00:00Z");
    assert_eq!(within.at_most.rows, 7);
    // What was destroyed before the thief came is not among it.
    assert!(classes(&within).iter().all(|(classes, _)| classes.contains(&Address) && !classes.contains(&Remarks)));
    assert_eq!(taken("2027-01-01T00:00:00Z", "2027-01-10T00:00:00Z").at_most.rows, 0);
}

#[test]
fn host_at_level_0_is_warden_and_what_passed_through() {
    let estate = autumn();
    let assessment = assess_at(&estate, &from(HOST, "2026-09-15T00:00:00Z"), ONE_HOST).unwrap();
    // 34 rows of live periods, and 5 that were refused and never sealed.
    assert_eq!(bound(&assessment), (39, 78, 3, true));
    assert_eq!(shippers(&assessment), [(None, 5, 0), (Some("S-1"), 30, 0), (Some("S-2"), 4, 0)]);
    // Whoever has the one host has the second worker, too.
    assert_eq!(assessment.recorded, Totals { rows: 39, parties: 78 });
    assert_eq!(assessment.confirmed, Totals { rows: 10, parties: 20 });
    let elsewhere = assessment.if_the_warden_stood_elsewhere.as_ref().unwrap();
    assert_eq!((elsewhere.rows, elsewhere.shippers, elsewhere.unbounded), (35, 2, true));
    let entries: Vec<_> = assessment.entries.iter().map(|e| (e.ticket, e.verdict, e.rows, e.confirmed)).collect();
    use ledger::entry::Verdict::{Accepted, Refused};
    assert_eq!(entries, [(1, Accepted, 10, 10), (2, Refused, 5, 0), (1, Accepted, 4, 0), (1, Accepted, 20, 0)]);
    assert!(assessment.statements.iter().any(|said| said.contains("no upper bound from the host's own record")));
}

#[test]
fn host_at_level_1_is_what_passed_through_since_the_last_start() {
    let estate = autumn();
    let at = |hypothesis: &str| assess_at(&estate, hypothesis, APART).unwrap();
    // The restart of 1 October ends what September left in memory.
    let october = at(&from(HOST, "2026-10-02T00:00:00Z"));
    assert_eq!(bound(&october), (20, 40, 1, true));
    assert_eq!(october.entries.len(), 1);
    assert_eq!(classes(&october)[0], (vec![Operational], 10), "its own disk has the clear column of what came before");
    assert_eq!(october.if_the_warden_stood_elsewhere, None);
    assert_eq!(october.index_leakage.rows, 30, "the keys of both months were handed to it");
    // The last moment at which the restart may have been cosigned, and one millisecond later.
    assert_eq!(at(&from(HOST, "2026-10-01T00:00:01Z")).at_most.rows, 35);
    assert_eq!(at(&from(HOST, "2026-10-01T00:00:01.001Z")).at_most.rows, 20);
    let september = at(&format!("{}to = 2026-09-30T00:00:00Z\n", from(HOST, "2026-09-02T00:00:00Z")));
    assert_eq!(bound(&september), (35, 70, 2, true), "that it ended in September is only said");
    assert!(september.statements.iter().any(|said| said.contains("until the end of the ledger: no policy")));
    let curve: Vec<_> = at(HOST).curve.iter().map(|point| (point.from.to_string(), point.rows)).collect();
    assert_eq!(curve, [("2026-09-01T00:00:00.000Z".to_owned(), 35), ("2026-10-01T00:00:01.001Z".to_owned(), 20)]);
    let other = at("[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-2\"]\n");
    assert_eq!(bound(&other), (4, 8, 1, true));
    let unknown = "[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-9\"]\n";
    let error = assess_at(&estate, unknown, APART).unwrap_err();
    assert_eq!(error, Error::UnknownWorker { worker: "gw-9".parse().unwrap() });
}

/// A carrier confirms what it was sent; what a taken host received and kept for itself is in nobody's count.
#[test]
fn host_is_bounded_by_nobody() {
    let mut estate = Estate::new();
    let batches =
        estate.receive("gw-1", ledger::entry::Verdict::Accepted, 0, &[("A-1", &[(Province::QC, &[Address], 7)])]);
    assert!(assess(&estate, HOST).at_most.unbounded);
    estate.confirm(&batches, 7);
    let confirmed = assess(&estate, HOST);
    assert_eq!(bound(&confirmed), (7, 14, 1, true));
    assert_eq!(confirmed.confirmed, confirmed.recorded);
    assert_eq!(bound(&assess(&Estate::new(), HOST)), (0, 0, 0, true), "an empty record bounds nothing");
}

#[test]
fn principal_reaches_the_rows_of_its_intents() {
    let mut estate = autumn();
    let assessment = assess(&estate, AGENT);
    assert_eq!(bound(&assessment), (2, 40, 1, false));
    assert_eq!(classes(&assessment), [(vec![Address], 2)], "the batch holds no contact");
    assert_eq!(provinces(&assessment), [(Province::QC, 0, 2), (Province::Unknown, 2, 2)]);
    assert_eq!(assessment.openings, Openings { justified: 0, unexplained: 1 });
    assert_eq!(assess(&estate, WARDEN).openings, Openings { justified: 1, unexplained: 0 });
    assert_eq!(assess(&estate, &from(AGENT, "2026-10-20T00:00:01.001Z")).at_most.rows, 0);
    assert_eq!(assess(&estate, &from(AGENT, "2026-10-20T00:00:01Z")).at_most.rows, 2);
    // The same rows again, and one more; without a receipt nobody explains it, and it counts all the same.
    let batch = *estate.headers.keys().last().unwrap();
    estate.open(batch, &[0, 2, 3], &[Address], false);
    let again = assess(&estate, AGENT);
    assert_eq!(again.at_most.rows, 3);
    assert_eq!(assess(&estate, WARDEN).openings, Openings { justified: 1, unexplained: 1 });
}

#[test]
fn carrier_key_reaches_shredded_batches_too() {
    let estate = autumn();
    let of = |octet: u8| {
        let digest = Hash([octet; 32]);
        format!(
            "[[hypothesis]]\nkind = \"carrier-key\"\ncertificate = \"sha256:{digest}\"\nfrom = 2026-12-31T00:00:00Z\n"
        )
    };
    let assessment = assess(&estate, &of(81));
    assert_eq!(bound(&assessment), (30, 60, 1, false));
    assert!(classes(&assessment).iter().any(|(classes, rows)| classes.contains(&Remarks) && *rows == 1));
    assert_eq!(assess(&estate, &of(82)).at_most.rows, 4);
    let unknown = assess_at(&estate, &of(83), ONE_HOST).unwrap_err();
    assert_eq!(unknown, Error::UnknownCertificate { certificate: Hash([83; 32]) });
}

#[test]
fn collusion_has_no_bound() {
    let assessment = assess(&autumn(), COLLUSION);
    assert_eq!(bound(&assessment), (39, 78, 3, true));
    assert!(assessment.statements.iter().any(|said| said.starts_with("No bound")));
    assert!(assessment.to_text().contains("NO UPPER BOUND"));
}

#[test]
fn several_hypotheses_are_a_union() {
    let estate = autumn();
    // Storage adds `operational` to what the warden's keys open, and the four rows are counted once.
    let late = from(WARDEN, "2026-12-30T00:00:01.001Z");
    let both = assess(&estate, &format!("{STORAGE}{late}"));
    assert_eq!(bound(&both), (24, 48, 2, false));
    assert_eq!(classes(&both).iter().map(|(_, rows)| rows).sum::<u64>(), 34);
    let agent_too = assess(&estate, &format!("{AGENT}{late}"));
    assert_eq!(agent_too.at_most.rows, 24, "the opened rows are among them");
}

/// A header that is missing or altered hides nothing: the anchor's rows count, with all that their keys open.
#[test]
fn nothing_is_skipped() {
    let mut estate = autumn();
    let honest = assess(&estate, WARDEN);
    let batch = *estate.headers.keys().next().unwrap();
    let removed = estate.headers.remove(&batch).unwrap();
    let entry = estate.state.batches[&batch].entry;
    let listed = [WithoutHeader { batch, entry, rows: 10, parties: 20 }];
    let missing = assess(&estate, WARDEN);
    assert_eq!((bound(&missing), &missing.without_header[..]), (bound(&honest), &listed[..]));
    let everything = vec![Operational, Linkable, Address, Contact, Remarks];
    let expected = [(vec![Operational, Linkable, Address], 20), (everything, 10), (vec![Operational, Address], 4)];
    assert_eq!(classes(&missing), expected);
    // Six rows were known to be Quebec's; now ten more than the fifteen may be.
    assert_eq!(provinces(&missing), [(Province::QC, 15, 34), (Province::Unknown, 19, 19)]);
    let mut altered = removed;
    altered.header.counts[0].rows -= 1;
    altered.header.counts[1].rows += 1;
    estate.headers.insert(batch, altered);
    assert_eq!(assess(&estate, WARDEN).to_bytes(), missing.to_bytes(), "an altered header is none");
    let storage = assess(&estate, STORAGE);
    assert_eq!((classes(&storage), &storage.without_header[..]), (vec![(vec![Operational], 34)], &listed[..]));
    // It is not needed where its keys are gone.
    assert!(assess(&estate, &from(WARDEN, "2026-12-30T00:00:01.001Z")).without_header.is_empty());
}

/// Section 4 of the design: "not claimed, ever".
#[test]
fn no_report_says_what_cannot_be_said() {
    let estate = autumn();
    for hypothesis in [STORAGE, WARDEN, HOST, AGENT, COLLUSION] {
        for ground in [ONE_HOST, APART] {
            let assessment = assess_at(&estate, hypothesis, ground).unwrap();
            let text = assessment.to_text();
            let all = format!("{text}{}", String::from_utf8(assessment.to_bytes()).unwrap()).to_lowercase();
            for never in ["no evidence", "no data was", "exactly", "proven destroyed", "nobody looked", "not affected"]
            {
                assert!(!all.contains(never), "{hypothesis} says {never:?}");
            }
            for id in ["A1", "A2", "A3", "A4", "A5", "A6", "A7"] {
                assert!(text.contains(&format!("  {id} ")), "{id}");
            }
            assert!(text.contains(&format!("\nLevel {}: ", ground.level)), "{text}");
            assert!(text.contains("At most") || text.contains("NO UPPER BOUND"));
            assert!(text.lines().all(|line| !line.ends_with(' ')), "{text}");
        }
    }
}

/// Some estate: bodies, restarts and shreds in any order.
fn estates() -> impl Strategy<Value = Estate> {
    prop::collection::vec((0u8..8, 1u32..50, 0u64..3), 1..25).prop_map(|steps| {
        let mut estate = Estate::new();
        let mut ends = vec!["A-1/2026-09/d7", "A-1/2026-09/d90", "A-2/2026-09/d90"];
        let mut day = 1;
        for (what, rows, more) in steps {
            day += 1;
            estate.at(&format!("2026-{}-{:02}T00:00:00.000Z", if day > 28 { "10" } else { "09" }, 1 + day % 28));
            let accepted = ledger::entry::Verdict::Accepted;
            match what {
                0 => drop(estate.start("gw-1")),
                1 if ends.len() > 1 => drop(estate.shred(ends.remove(0))),
                2 if ends.contains(&"A-2/2026-09/d90") => {
                    drop(estate.receive("gw-2", accepted, more, &[("A-2", &[(Province::NS, &[Address], rows)])]));
                }
                _ if ends.len() == 3 => {
                    let counts: Rows = &[(Province::QC, &[Address, Remarks], rows), (Province::QC, &[Remarks], 2)];
                    let batches = estate.receive("gw-1", accepted, more, &[("A-1", counts)]);
                    estate.open(batches[0], &[1, rows], &[Address], true);
                }
                _ => drop(estate.beat(&[1])),
            }
        }
        estate
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The curve is what an assessment with that beginning says, and a later beginning never reaches more.
    #[test]
    fn the_curve_is_the_bound_over_its_beginnings(estate in estates(), kind in prop::sample::select(vec![WARDEN, HOST, AGENT])) {
        for ground in [ONE_HOST, APART] {
            let open = assess_at(&estate, kind, ground).unwrap();
            prop_assert!(open.curve.windows(2).all(|w| w[0].from < w[1].from && w[0].rows >= w[1].rows));
            let mut before = None;
            for point in &open.curve {
                let fixed = |at: Time| assess_at(&estate, &from(kind, &at.to_string()), ground).unwrap();
                let at = fixed(point.from);
                prop_assert_eq!(at.at_most.rows, point.rows);
                prop_assert!(at.curve.is_empty());
                // A millisecond earlier it is still the point before.
                if let Some(rows) = before {
                    prop_assert_eq!(fixed(Time::from_milliseconds(point.from.milliseconds() - 1)).at_most.rows, rows);
                }
                before = Some(point.rows);
            }
        }
    }

    /// Every table adds up to the bound.
    #[test]
    fn tables_add_up(estate in estates(), kind in prop::sample::select(vec![STORAGE, WARDEN, HOST, AGENT, COLLUSION])) {
        let found = assess(&estate, kind);
        let rows = found.at_most.rows;
        prop_assert_eq!(found.by_shipper.iter().map(|share| share.rows).sum::<u64>(), rows);
        prop_assert_eq!(found.by_month.iter().map(|share| share.rows).sum::<u64>(), rows);
        for own in &found.by_month {
            let cells = found.by_shipper_month.iter().filter(|cell| cell.month == own.month);
            prop_assert_eq!(cells.map(|cell| cell.rows).sum::<u64>(), own.rows);
        }
        for own in &found.by_shipper {
            let cells = found.by_shipper_month.iter().filter(|cell| cell.shipper == own.shipper);
            prop_assert_eq!(cells.map(|cell| cell.operational).sum::<u64>(), own.operational);
        }
        prop_assert_eq!(found.by_province.iter().map(|share| share.rows).sum::<u64>(), rows);
        let sealed = found.by_classes.iter().filter(|share| share.classes.iter().any(|class| class != Operational));
        prop_assert_eq!(sealed.map(|share| share.rows).sum::<u64>(), rows);
        prop_assert_eq!(found.by_month.iter().map(|share| share.parties).sum::<u64>(), found.at_most.parties);
        prop_assert_eq!(ledger::canonical::read::<Assessment>(&found.to_bytes()), Ok(found));
    }
}

/// The entry that says that a period's key was gone.
fn shred(missing: &NotIncluded) -> u64 {
    match missing.why {
        Absent::Shredded { shred, .. } => shred,
        Absent::MadeAfter { .. } => panic!("no warden is renewed here"),
    }
}
