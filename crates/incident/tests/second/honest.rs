//! Bundles that hold: every kind of hypothesis, with pins and without, of estates to which everything has happened.

use super::*;
use ledger::{
    entry::{Verdict, *},
    opening::*,
    replay::Taken,
    *,
};

const SEEN: &str = "2026-12-02T00:00:00.000Z";
pub const KINDS: [(&str, &str); 9] = [
    ("storage", ""),
    ("warden", ""),
    ("co-holder", ""),
    ("host", ""),
    ("host", "workers = [\"gw-1\"]\n"),
    ("principal", "principal = \"support-7\"\n"),
    ("carrier-key", "certificate = \"sha256:5151515151515151515151515151515151515151515151515151515151515151\"\n"),
    ("carrier-key", "certificate = \"sha256:5252525252525252525252525252525252525252525252525252525252525252\"\n"),
    ("collusion", ""),
];
const TIMES: [&str; 4] = [
    "",
    "from = 2026-10-02T00:00:00Z\n",
    "from = 2026-10-09T00:00:00Z\nto = 2026-11-30T12:00:00+01:00\n",
    "to = 2026-10-03T00:00:00.5Z\n",
];

pub fn hypothesis((kind, own): (&str, &str), times: &str) -> String {
    format!("[[hypothesis]]\nkind = \"{kind}\"\n{own}{times}")
}

fn all(cases: &mut Vec<Case>, name: &str, estate: &Estate) {
    for kind in KINDS {
        for times in TIMES {
            for pinned in [true, false] {
                let text = hypothesis(kind, times);
                cases.push(Case::of(&format!("{name}, pins {pinned}: {text:?}"), estate, &text, pinned));
            }
        }
    }
    let united = [KINDS[1], KINDS[5], KINDS[6]].map(|kind| hypothesis(kind, TIMES[1])).concat();
    cases.push(Case::of(&format!("{name}, three at once"), estate, &united, true));
}

/// The next policy, signed by the one officer.
pub fn policy(estate: &Estate, seen: Option<String>, change: impl FnOnce(&mut PolicyRecord)) -> Entry {
    let mut record = PolicyRecord::new(ORIGIN, estate.state.policies + 1, seen);
    change(&mut record);
    let signature = record.sign(&secret(90));
    Entry::Policy(Policy::new(record, vec![signature]))
}

fn forced(estate: &mut Estate, entry: Entry) {
    let leaf = Logged { time: estate.now, entry }.to_bytes();
    assert!(matches!(estate.force(&leaf), Taken::Void(_)), "it was to break a rule");
}

/// The autumn with a gap in either gateway, and a witness that was silent for a month.
pub fn gaps() -> Estate {
    let mut estate = Estate::new();
    estate.tick("gw-1", 1, 500);
    estate.tick("gw-2", 1, 30);
    let mut estate = autumn_of(estate);
    estate.tick("gw-1", 1, 70);
    estate.shred("A-2/2026-09/d90");
    estate.beat(&[]);
    estate
}

/// A gateway that says what it has seen of the ledger, again and again: of this one, of another, and with something open.
pub fn seen() -> Estate {
    let mut estate = Estate::new();
    let receive = |estate: &mut Estate, rows| {
        estate.receive("gw-1", Verdict::Accepted, 1, &[("A-1", &[(Province::QC, &[Address], rows)])]);
    };
    estate.at("2026-10-02T00:00:00.000Z");
    receive(&mut estate, 1);
    estate.at("2026-10-05T00:00:00.000Z");
    estate.beat(&[1]);
    let open = estate.skip("gw-1");
    let whole = |estate: &Estate| estate.head(estate.leaves.len());
    let other = |estate: &Estate| TreeHead { root: Hash([3; 32]), ..whole(estate) };
    for (number, seen) in
        [None, Some(estate.head(9)), Some(other(&estate)), Some(whole(&estate))].into_iter().enumerate()
    {
        let Closed { instance, last } = estate.closed("gw-1");
        let (worker, credit) = ("gw-1".parse().unwrap(), Credit::default());
        let number = 1 + number as u64;
        estate.tick_as(TickRecord { worker, instance, number, next: last + 1, open: vec![open], credit, seen });
        receive(&mut estate, 4);
        estate.beat(&[1]);
    }
    estate.come("gw-1", open);
    estate.tick("gw-1", 9, 0);
    receive(&mut estate, 8);
    estate.at("2026-12-31T00:00:00.000Z");
    estate
}

/// After November another warden, whose keys are new.
pub fn renewed() -> Estate {
    let mut estate = Estate::new();
    estate.hand_index_key("gw-1", "2026-10");
    estate.at("2026-10-05T12:00:00.000Z");
    estate.receive("gw-1", Verdict::Accepted, 3, &[("A-1", &[(Province::QC, &[Address], 20)])]);
    estate.at("2026-11-14T00:00:00.000Z");
    estate.at(SEEN);
    let note = note_over(&estate.leaves, &[1], estate.now);
    let key = warden_of(2).verifier().to_string();
    let warden = PlacedKey { key, organisation: "Post".parse().unwrap(), host: "vault-2.example".parse().unwrap() };
    let entry = policy(&estate, Some(note), |record| {
        record.generation = Some(Generation { warden, copies_days: 10 });
        record.workers = vec![EnrolledWorker {
            worker: "gw-1".parse().unwrap(),
            key: public(11),
            organisation: "Provider".parse().unwrap(),
            host: "gw-3.example".parse().unwrap(),
        }];
    });
    estate.push(entry);
    estate.worker = 11;
    estate.make_key("A-1/2026-12/d7/2", &[Remarks]);
    estate.make_key("A-1/2026-12/d90/2", &[Linkable, Address, Contact]);
    estate.start("gw-1");
    estate.at("2026-12-05T00:00:00.000Z");
    let sealed = estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::ON, &[Address, Remarks], 20)])]);
    estate.open(sealed[0], &[0, 3], &[Address], true);
    estate.open(sealed[0], &[4], &[Contact], false);
    estate.hand_index_key("gw-1", "2026-12");
    estate.at("2026-12-06T00:00:00.000Z");
    estate.beat(&[1, 2]);
    estate
}

/// An intent that breaks rules, for rows that the batch has and one that it has not.
pub fn asks_for_other_rows(estate: &mut Estate, known: BatchId) {
    let scope = Scope {
        principal: "support-7".parse().unwrap(),
        purpose: Purpose::Dispute,
        ticket: "T-1".parse().unwrap(),
        batch: known,
        header: Hash([1; 32]),
        rows: [1, 2, 4_000].into(),
        classes: set(&[Address, Remarks]),
        requested: estate.now,
        nonce: Hash([4; 32]),
    };
    let request = OpeningRequest::new(scope, &secret(3));
    forced(estate, Entry::Intent(Intent { opening: request.id(), request, approval: None }));
}

/// Entries that break rules, of every kind that raises something.
pub fn voids() -> Estate {
    let mut estate = Estate::new();
    estate.tick("gw-1", 1, 500);
    let mut estate = autumn_of(estate);
    let known = *estate.headers.keys().next().unwrap();
    let anchor = estate.anchor(&estate.headers[&known]);
    let strange = Anchor { batch: BatchId([200; 16]), rows: 7, header: Hash([3; 32]), ..anchor.clone() };
    let mut unknown = strange.clone();
    unknown.keys[0].key = Hash([250; 32]);
    unknown.batch = BatchId([201; 16]);
    for (ticket, batches) in [(90, vec![anchor]), (91, vec![strange]), (92, vec![unknown]), (93, vec![])] {
        let record = IntakeRecord {
            worker: "gw-1".parse().unwrap(),
            received: estate.now,
            instance: if ticket == 93 { InstanceId([7; 16]) } else { FIRST },
            ticket,
            part: if ticket == 91 { 2 } else { 1 },
            parts: 1,
            channel: Channel::As2,
            tls: true,
            decryption: None,
            octets: 1_000,
            rows: 4,
            parties: 9,
            verdict: Verdict::Broken,
            shipper: Some("S-9".parse().unwrap()),
            batches,
        };
        forced(&mut estate, Entry::Intake(Intake::new(record, &secret(if ticket == 92 { 9 } else { 1 }))));
    }
    asks_for_other_rows(&mut estate, known);
    let period: PeriodId = "A-1/2026-09/d7".parse().unwrap();
    let made =
        PeriodKey { period, classes: set(&[Remarks, Address]), key: Hash([77; 32]), ends: estate.now, co_holder: None };
    forced(&mut estate, Entry::PeriodKey(made));
    forced(&mut estate, Entry::Resurfaced(Shred { period: "A-2/2026-09/d90".parse().unwrap(), key: Hash([3; 32]) }));
    forced(
        &mut estate,
        Entry::IndexKey(IndexKey {
            month: "2026-09".parse().unwrap(),
            key: Hash([3; 32]),
            worker: "gw-9".parse().unwrap(),
        }),
    );
    let opening = *estate.state.openings.keys().next().unwrap();
    forced(&mut estate, Entry::Receipt(Receipt { opening, outcome: Outcome::Opened, answer: Some(Hash([8; 32])) }));
    let carrier =
        Carrier { carrier: "C-9".parse().unwrap(), key: None, certificates: [Hash([82; 32])].into(), edi: [].into() };
    let agreements = vec![terms("A-1", "S-7", "C-9", &[("d7", &[Remarks], 7)])];
    let record = PolicyRecord { carriers: vec![carrier], agreements, ..PolicyRecord::new(ORIGIN, 9, None) };
    let signature = record.sign(&secret(90));
    forced(&mut estate, Entry::Policy(Policy::new(record, vec![signature])));
    // Signed as it must be, and of no effect: nothing could be encrypted to anything.
    let nobody = estate.policy(vec![], vec![with("C-1", &[])], vec![]);
    forced(&mut estate, nobody);
    for leaf in [
        &b"{}"[..],
        b"\xff",
        b"{\"entry\":{\"type\":\"heartbeat\",\"note\":\"\"},\"time\":\"2026-12-31T00:00:00.000Z\"}",
    ] {
        estate.force(leaf);
    }
    estate.beat(&[1]);
    estate
}

fn with(carrier: &str, certificates: &[u8]) -> Carrier {
    let certificates = certificates.iter().map(|own| Hash([*own; 32])).collect();
    Carrier { carrier: carrier.parse().unwrap(), key: None, certificates, edi: [].into() }
}

/// A carrier's next certificate stands beside the one that ends; then that one is taken away.
fn overlapping() -> Estate {
    let mut estate = Estate::new();
    for (rows, certificates) in [(4, &[81][..]), (8, &[81, 82]), (16, &[82])] {
        let entry = estate.policy(vec![], vec![with("C-1", certificates)], vec![]);
        estate.push(entry);
        estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::QC, &[Address], rows)])]);
    }
    estate.at("2026-12-31T00:00:00.000Z");
    estate.beat(&[1]);
    estate
}

/// Both shippers said what they sent in the host's window.
pub fn bounded(said: [u64; 2]) -> Estate {
    let mut estate = Estate::new();
    let of = |name: &str, key| Shipper { shipper: name.parse().unwrap(), key: Some(public(key)), opened_by: None };
    let entry = policy(&estate, None, |record| record.shippers = vec![of("S-1", 71), of("S-2", 72)]);
    estate.push(entry);
    let mut estate = autumn_of(estate);
    for (name, key, rows) in [("S-1", 71, said[0]), ("S-2", 72, said[1])] {
        let record = SentTotalsRecord {
            origin: ORIGIN.to_owned(),
            shipper: name.parse().unwrap(),
            from: time("2026-09-30T23:59:59.000Z"),
            to: time("2026-12-31T00:00:01.000Z"),
            bodies: 1,
            rows,
            parties: 2 * rows,
            seen: estate.note_later(2),
        };
        estate.totals.push(SentTotals::new(record, &secret(key)));
    }
    estate
}

/// A warden that signed another history than the one that it shows.
pub fn forked() -> Estate {
    let mut estate = autumn();
    let mut other = estate.leaves.clone();
    other.pop();
    other.push(other[3].clone());
    let note = note_over(&other, &[2], estate.now);
    estate.push(Entry::Heartbeat(Heartbeat { note }));
    estate
}

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    all(&mut cases, "autumn", &autumn());
    let [vault, first, second, gw_1, gw_2] = HOSTS;
    all(&mut cases, "copies for 30 days", &autumn_of(Estate::on(HOSTS, 30)));
    all(
        &mut cases,
        "both gateways on one host",
        &autumn_of(Estate::on([vault, first, second, gw_1, " GW-1.example"], 0)),
    );
    let together = autumn_of(Estate::on([vault, "VAULT.example", second, gw_1, gw_2], 0));
    all(&mut cases, "the witness beside the warden", &together);
    let mut bare = autumn();
    bare.headers.pop_first();
    bare.confirmations.clear();
    all(&mut cases, "a header is missing", &bare);
    all(&mut cases, "gaps", &gaps());
    all(&mut cases, "what gateways had seen", &seen());
    all(&mut cases, "renewed", &renewed());
    all(&mut cases, "voids", &voids());
    all(&mut cases, "certificates that overlap", &overlapping());
    all(&mut cases, "forked", &forked());
    for said in [[20, 0], [25, 3]] {
        all(&mut cases, "totals", &bounded(said));
    }
    let estate = autumn();
    for (size, other) in [(estate.leaves.len(), false), (9, false), (9, true)] {
        let mut leaves = estate.leaves[..size].to_vec();
        if other {
            leaves[3] = leaves[4].clone();
        }
        let case = Case::of(&format!("a note of {size}, other {other}"), &estate, &hypothesis(KINDS[0], ""), true);
        cases.push(case.with_note(note_over(&leaves, &[1], estate.now)));
    }
    cases
}
