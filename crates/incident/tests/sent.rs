//! What shippers sign of what they sent: the one thing that bounds what a taken host received.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{
    Assessment, Hypotheses,
    bundle::{self, Parts, Refusal},
    exposure,
};
use ledger::{entry::*, *};

const HOST: &str = "[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-1\"]\nfrom = 2026-10-02T00:00:00Z\n";
/// The window: the process that was running at the beginning started then, and no other key ends it before the ledger does; each
/// with the second by which a clock may be wrong.
const WINDOW: [&str; 2] = ["2026-09-30T23:59:59.000Z", "2026-12-31T00:00:01.000Z"];
/// When that is certainly over: the earliest that a note may say that shippers have seen then.
const OVER: &str = "2026-12-31T00:00:02.000Z";

fn key(shipper: &str) -> u8 {
    if shipper == "S-1" { 71 } else { 72 }
}

/// Officers say whose totals count.
fn enrol(estate: &mut Estate) {
    let of = |name: &str| Shipper { shipper: name.parse().unwrap(), key: Some(public(key(name))), opened_by: None };
    let new = PolicyRecord::new(ORIGIN, estate.state.policies + 1, None);
    let record = PolicyRecord { shippers: vec![of("S-1"), of("S-2")], ..new };
    let signature = record.sign(&secret(90));
    estate.push(Entry::Policy(Policy::new(record, vec![signature])));
}

/// In autumn, both shippers enrolled from the beginning.
fn enrolled() -> Estate {
    let mut estate = Estate::new();
    enrol(&mut estate);
    autumn_of(estate)
}

fn record(estate: &Estate, shipper: &str, [from, to]: [&str; 2], rows: u64) -> SentTotalsRecord {
    SentTotalsRecord {
        origin: ORIGIN.to_owned(),
        shipper: shipper.parse().unwrap(),
        from: time(from),
        to: time(to),
        bodies: rows.min(1),
        rows,
        parties: 2 * rows,
        seen: estate.note_later(2),
    }
}

impl Estate {
    fn say(&mut self, shipper: &str, window: [&str; 2], rows: u64) {
        self.say_so(record(self, shipper, window, rows), key(shipper));
    }

    fn say_so(&mut self, record: SentTotalsRecord, by: u8) {
        self.totals.push(SentTotals::new(record, &secret(by)));
    }
}

fn assess_as(estate: &Estate, hypothesis: &str, ground: exposure::Ground) -> Assessment {
    exposure::assess(&estate.history(), &estate.beside(), &Hypotheses::parse(hypothesis).unwrap(), ground).unwrap()
}

/// Rows, parties, and whether there is no bound.
fn bound(estate: &Estate) -> (u64, u64, bool) {
    let found = assess_as(estate, HOST, APART).at_most;
    (found.rows, found.parties, found.unbounded)
}

/// Both say what was recorded.
fn bounded() -> Estate {
    let mut estate = enrolled();
    estate.say("S-1", WINDOW, 20);
    estate.say("S-2", WINDOW, 0);
    estate
}

#[test]
fn all_shippers_totals_of_the_whole_window_bound_it() {
    assert_eq!(bound(&enrolled()), (20, 40, true));
    let estate = bounded();
    let found = assess_as(&estate, HOST, APART);
    assert_eq!((found.at_most.rows, found.at_most.parties, found.at_most.unbounded), (20, 40, false));
    let sent: Vec<_> =
        found.sent.iter().map(|own| (own.shipper.as_str(), own.rows, own.recorded, own.covers)).collect();
    assert_eq!(sent, [("S-1", 20, 20, true), ("S-2", 0, 0, true)]);
    assert!(found.statements.iter().any(|said| said.contains("is the word of all 2 shippers")));
    // What the host left out, it sent: nobody knows what that held.
    let mut more = enrolled();
    more.say("S-1", WINDOW, 23);
    more.say("S-2", WINDOW, 4);
    assert_eq!(bound(&more), (27, 54, false));
    // What it recorded and nobody sent stays.
    let mut less = enrolled();
    less.say("S-1", WINDOW, 3);
    less.say("S-2", WINDOW, 0);
    assert_eq!(bound(&less), (20, 40, false));
}

#[test]
fn one_day_or_one_shipper_that_is_missing_bounds_nothing() {
    let mut one = enrolled();
    one.say("S-1", WINDOW, 25);
    assert_eq!(bound(&one), (25, 50, true), "what it says counts all the same");
    for (first, second) in [
        (["2026-09-30T23:59:59.001Z", "2026-11-01T00:00:00.000Z"], ["2026-11-01T00:00:00.000Z", WINDOW[1]]),
        ([WINDOW[0], "2026-11-01T00:00:00.000Z"], ["2026-11-02T00:00:00.000Z", WINDOW[1]]),
        ([WINDOW[0], "2026-11-01T00:00:00.000Z"], ["2026-11-01T00:00:00.000Z", "2026-12-31T00:00:00.999Z"]),
    ] {
        let mut gap = enrolled();
        gap.say("S-2", WINDOW, 0);
        gap.say("S-1", first, 20);
        gap.say("S-1", second, 0);
        assert_eq!(bound(&gap), (20, 40, true), "{first:?} {second:?}");
    }
    let mut days = enrolled();
    days.say("S-2", WINDOW, 0);
    days.say("S-1", ["2026-11-01T00:00:00.000Z", WINDOW[1]], 1);
    days.say("S-1", ["2026-09-30T00:00:00.000Z", "2026-11-01T00:00:00.000Z"], 20);
    assert_eq!(bound(&days), (21, 42, false), "in any order; days that reach beyond it count whole");
}

/// Who has the host has its disk and its worker's key, and no shipper's.
#[test]
fn whoever_may_not_say_it_says_nothing() {
    let silent = |change: &dyn Fn(&mut Estate)| {
        let mut estate = enrolled();
        estate.say("S-1", WINDOW, 20);
        change(&mut estate);
        assert_eq!(bound(&estate), (20, 40, true));
    };
    silent(&|_| ());
    silent(&|estate| estate.say_so(record(estate, "S-2", WINDOW, 0), 1));
    silent(&|estate| estate.say_so(record(estate, "S-2", WINDOW, 0), key("S-1")));
    let other =
        |estate: &Estate| SentTotalsRecord { origin: "other.example/log".into(), ..record(estate, "S-2", WINDOW, 0) };
    silent(&|estate| estate.say_so(other(estate), key("S-2")));
    // Before it was over, by what it had seen; and with a note that no witness, or a false one, has cosigned.
    for note in [note_over(&enrolled().leaves, &[1], time(WINDOW[1])), note_over(&enrolled().leaves, &[], time(OVER))] {
        silent(&|estate| {
            estate.say_so(SentTotalsRecord { seen: note.clone(), ..record(estate, "S-2", WINDOW, 0) }, key("S-2"))
        });
    }
    let of_another = |estate: &Estate| note_over(&estate.leaves[1..], &[1], time(OVER));
    silent(&|estate| {
        estate.say_so(SentTotalsRecord { seen: of_another(estate), ..record(estate, "S-2", WINDOW, 0) }, key("S-2"))
    });
    // Its key was stolen, and says so.
    silent(&|estate| {
        estate.say("S-2", WINDOW, 0);
        let revoked = RevocationRecord { origin: ORIGIN.into(), key: public(key("S-2")) };
        estate.push(Entry::Revocation(Revocation::new(revoked, &secret(90))));
    });
}

/// An officer's policy of after the theft may be the thief's wish.
#[test]
fn keys_that_were_enrolled_later_bound_nothing() {
    let mut late = autumn();
    enrol(&mut late);
    late.at("2026-12-31T00:00:00.001Z");
    late.say("S-1", WINDOW, 20);
    late.say("S-2", WINDOW, 0);
    assert_eq!(bound(&late), (20, 40, true));
}

#[test]
fn what_a_taken_warden_or_a_recorded_line_gives_no_shipper_bounds() {
    let estate = bounded();
    let found = assess_as(&estate, HOST, ONE_HOST);
    assert!(found.at_most.unbounded && found.sent.is_empty());
    let elsewhere = found.if_the_warden_stood_elsewhere.unwrap();
    assert_eq!((elsewhere.rows, elsewhere.unbounded), (20, true), "other gateways may stand on that host");
    let both = format!("{HOST}[[hypothesis]]\nkind = \"warden\"\nfrom = 2026-10-02T00:00:00Z\n");
    assert!(assess_as(&estate, &both, APART).at_most.unbounded);
    let storage = format!("{HOST}[[hypothesis]]\nkind = \"storage\"\n");
    assert!(!assess_as(&estate, &storage, APART).at_most.unbounded, "a copy of its disk takes no more of it");
}

#[test]
fn a_bundle_has_the_totals_that_count_and_no_others() {
    let mut estate = bounded();
    let proven = |estate: &Estate| {
        let (note, pins) = (estate.note(), estate.pins());
        let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis: HOST, pins: Some(&pins) };
        bundle::prove(parts, &estate.beside()).unwrap()
    };
    let made = proven(&estate);
    assert!(!made.assessment.at_most.unbounded);
    // Twice the same, and one that counts for nothing.
    estate.totals.push(estate.totals[0].clone());
    estate.say_so(record(&estate, "S-2", WINDOW, 9), 1);
    assert_eq!(proven(&estate).octets, made.octets);
    let verified = bundle::verify(&made.octets, Some(&estate.pins()), &[]).unwrap();
    assert_eq!(verified.assessment, made.assessment);
    // Without one of them the assessment would be another.
    let text = String::from_utf8_lossy(&made.octets).into_owned();
    let line = text.lines().find(|line| line.contains("\"shipper\":\"S-2\",\"to\"")).unwrap().to_owned();
    let cut = changed(&made.octets, &format!("{line}\n"));
    assert_eq!(
        bundle::verify(&cut, Some(&estate.pins()), &[]),
        Err(Refusal::AssessmentDiffers { field: "at_most".into() })
    );
}

/// The bundle without this line of its totals, every digest made anew.
fn changed(bundle: &[u8], line: &str) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let head = bundle.windows(2).position(|two| two == b"\n\n").unwrap();
    let index = std::str::from_utf8(&bundle[..head]).unwrap();
    let (mut rest, mut lines, mut body) = (&bundle[head + 2..], vec![bundle::VERSION.to_owned()], Vec::new());
    for section in index.lines().skip(1) {
        let (name, octets) = section.split_once(' ').unwrap();
        let (own, more) = rest.split_at(octets.split(' ').next().unwrap().parse().unwrap());
        rest = more;
        let own = if name == "totals" {
            String::from_utf8(own.to_vec()).unwrap().replace(line, "").into_bytes()
        } else {
            own.to_vec()
        };
        lines.push(format!("{name} {:010} {}", own.len(), hex::encode(Sha256::digest(&own))));
        body.extend(own);
    }
    [lines.join("\n").into_bytes(), b"\n\n".to_vec(), body].concat()
}

/// The taken host writes headers that hold nothing but `operational`: the senders' word stands for its batches.
#[test]
fn the_host_says_that_what_it_got_holds_nothing() {
    use ledger::Province;
    let mut estate = Estate::new();
    enrol(&mut estate);
    estate.at("2026-10-01T00:00:00.000Z");
    estate.start("gw-1");
    estate.at("2026-10-05T12:00:00.000Z");
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::ON, &[], 900)])]);
    estate.at("2026-12-31T00:00:00.000Z");
    estate.say("S-1", WINDOW, 900);
    estate.say("S-2", WINDOW, 0);
    let found = assess_as(&estate, HOST, APART);
    assert_eq!((found.at_most.rows, found.at_most.parties, found.at_most.unbounded), (900, 1800, false));
}

/// The final note is cosigned by a witness on the taken host alone, who says that it is long ago.
#[test]
fn a_suspect_witness_ends_the_window() {
    // The second witness stands on gw-1's host.
    let mut estate = Estate::on(["vault.example", "w1.example", "gw-1.example", "gw-1.example", "gw-2.example"], 0);
    enrol(&mut estate);
    let mut estate = autumn_of(estate);
    // Until 3 October nothing was sent.
    let short = [WINDOW[0], "2026-10-03T00:00:01.000Z"];
    estate.say("S-1", short, 0);
    estate.say("S-2", short, 0);
    let note = note_over(&estate.leaves, &[2], time("2026-10-03T00:00:00.000Z"));
    let leaves = estate.leaves.iter().map(|leaf| Ok::<_, incident::history::Fault>(leaf.as_slice()));
    let history = incident::history::History::read(leaves, note.as_bytes()).unwrap();
    let found = exposure::assess(&history, &estate.beside(), &Hypotheses::parse(HOST).unwrap(), APART).unwrap();
    assert!(found.at_most.unbounded);
}

/// A sender that has no agreement is in the ledger: it must say how much it sent, too.
#[test]
fn a_sender_without_an_agreement_is_asked_too() {
    let mut estate = bounded();
    let mut record = None;
    for leaf in &estate.leaves {
        if let Entry::Intake(own) = Logged::read(leaf).unwrap().entry {
            record = Some(own.record);
        }
    }
    let mut record = record.unwrap();
    record.ticket = 2;
    record.batches.clear();
    record.verdict = Verdict::Refused;
    record.rows = 7;
    record.worker = "gw-1".parse().unwrap();
    record.shipper = Some("S-3".parse().unwrap());
    estate.totals.clear();
    estate.push(Entry::Intake(Intake::new(record, &secret(1))));
    estate.say("S-1", WINDOW, 20);
    estate.say("S-2", WINDOW, 0);
    let found = assess_as(&estate, HOST, APART);
    assert!(found.at_most.unbounded);
}

/// A key that officers took away, before or after, bounds nothing.
#[test]
fn a_key_that_was_taken_away_bounds_nothing() {
    let mut estate = Estate::new();
    enrol(&mut estate);
    let new = PolicyRecord::new(ORIGIN, estate.state.policies + 1, None);
    let none = Shipper { shipper: "S-2".parse().unwrap(), key: None, opened_by: None };
    let record = PolicyRecord { shippers: vec![none], ..new };
    let signature = record.sign(&secret(90));
    estate.push(Entry::Policy(Policy::new(record, vec![signature])));
    let mut estate = autumn_of(estate);
    estate.say("S-1", WINDOW, 20);
    estate.say("S-2", WINDOW, 0);
    assert_eq!(bound(&estate), (20, 40, true));
}

/// The taken host's headers name a province and few classes: neither makes anything smaller.
#[test]
fn the_host_says_where_its_recipients_are() {
    use ledger::Province;
    let mut estate = Estate::new();
    enrol(&mut estate);
    estate.at("2026-10-01T00:00:00.000Z");
    estate.start("gw-1");
    estate.at("2026-10-05T12:00:00.000Z");
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::ON, &[FieldClass::Linkable], 900)])]);
    estate.at("2026-12-31T00:00:00.000Z");
    estate.say("S-1", WINDOW, 900);
    estate.say("S-2", WINDOW, 0);
    let found = assess_as(&estate, HOST, APART);
    assert!(!found.at_most.unbounded);
    let quebec = found.by_province.iter().find(|share| share.province == Province::QC).unwrap();
    assert_eq!((quebec.rows, quebec.at_most), (0, 900));
    assert!(found.by_classes.iter().any(|share| share.rows == 900 && share.classes.len() == 6));
}

/// What comes from a gap may be sealed to a key that was destroyed before its tick, and of which a copy is kept.
#[test]
fn a_gap_is_no_smaller_than_what_comes_of_it() {
    use ledger::Province;
    let mut estate = Estate::on(estate::HOSTS, 30);
    estate.at("2026-10-01T00:00:00.000Z");
    for period in
        ["A-1/2026-09/d7", "A-1/2026-09/d90", "A-2/2026-09/d90", "A-1/2026-10/d7", "A-1/2026-10/d90", "A-2/2026-10/d90"]
    {
        estate.shred(period);
    }
    estate.at("2026-10-02T00:00:00.000Z");
    estate.tick("gw-1", 1, 50);
    estate.at("2026-10-05T00:00:00.000Z");
    let warden = "[[hypothesis]]\nkind = \"warden\"\nfrom = 2026-10-03T00:00:00Z\n";
    let before = assess_as(&estate, warden, APART);
    // It comes after all, within the credit.
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::ON, &[FieldClass::Linkable], 40)])]);
    estate.at("2026-10-06T00:00:00.000Z");
    let after = assess_as(&estate, warden, APART);
    assert_eq!(
        (before.at_most.rows, after.at_most.rows),
        (50, 90),
        "forty came of the fifty, which no tick takes back"
    );
}

/// What a taken host stored and did not enter has a clear column as well.
#[test]
fn a_taken_hosts_gap_has_its_clear_column() {
    let mut estate = Estate::new();
    estate.at("2026-09-02T00:00:00.000Z");
    estate.tick("gw-1", 1, 50);
    estate.at("2026-10-05T00:00:00.000Z");
    let host = assess_as(&estate, HOST, APART);
    assert_eq!(host.gaps.len(), 1);
}
