//! Estates whose keys have a co-holder, with lists of what it unwrapped.

use super::{Case, honest, honest::hypothesis, *};
use ledger::{
    entry::{Verdict, *},
    replay::Taken,
    *,
};

const HOLDER: &str = "audit-1";
pub const OTHER: &str = "audit-2";
pub const SIX_WEEKS: &str = "from = 2026-11-15T00:00:00Z\nto = 2026-12-01T00:00:00Z\n";
const TIMES: [&str; 4] = ["", SIX_WEEKS, "from = 2026-11-18T00:00:00Z\n", "to = 2026-12-02T12:00:00.25Z\n"];
const KINDS: [(&str, &str); 6] = [
    ("storage", ""),
    ("warden", ""),
    ("co-holder", ""),
    ("host", "workers = [\"gw-1\"]\n"),
    ("principal", "principal = \"support-7\"\n"),
    ("collusion", ""),
];
/// What is taken at once.
const UNIONS: [&[(&str, &str)]; 6] = [
    &[("warden", SIX_WEEKS), ("warden", "")],
    &[("warden", "to = 2026-12-02T12:00:00Z\n"), ("warden", SIX_WEEKS)],
    &[("warden", SIX_WEEKS), ("co-holder", SIX_WEEKS)],
    &[("warden", SIX_WEEKS), ("principal", "principal = \"support-7\"\n")],
    &[("warden", SIX_WEEKS), ("collusion", "")],
    &[("co-holder", ""), ("principal", "principal = \"support-7\"\n"), ("storage", "")],
];

fn holder(name: &str, organisation: &str, key: u8) -> CoHolder {
    CoHolder {
        co_holder: name.parse().unwrap(),
        organisation: organisation.parse().unwrap(),
        host: format!("{name}.example").parse().unwrap(),
        key: public(key),
        seal_key: Hash([key + 1; 32]),
    }
}

/// Batches of 10, 20 and 40 rows in November under a co-holder of this organisation; an agent opens rows of the second, and one of
/// the third that fails.
pub fn november(mut estate: Estate, organisation: &str) -> (Estate, Vec<BatchId>) {
    let named = vec![holder(HOLDER, organisation, 60), holder(OTHER, "Court", 63)];
    let entry = honest::policy(&estate, None, |record| record.co_holders = named);
    estate.push(entry);
    estate.co_holder = Some(HOLDER.parse().unwrap());
    estate.make_key("A-1/2026-11/d7", &[Remarks]);
    estate.make_key("A-1/2026-11/d90", &[Linkable, Address, Contact]);
    estate.hand_index_key("gw-1", "2026-11");
    estate.at("2026-11-05T12:00:00.000Z");
    let received = |estate: &mut Estate, rows| {
        let rows: Rows<'_> = &[(Province::QC, &[Address], rows), (Province::ON, &[Address, Remarks], 2)];
        estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", rows)])[0]
    };
    let batches = [8, 18, 38].map(|rows| received(&mut estate, rows)).to_vec();
    estate.confirm(&batches[..2], 30);
    estate.at("2026-11-20T00:00:00.000Z");
    estate.open(batches[1], &[1, 2], &[Address], true);
    estate.open(batches[2], &[3], &[Contact], false);
    estate.at("2026-12-03T00:00:00.000Z");
    (estate, batches)
}

/// What the co-holder says that it unwrapped these, over this note.
pub fn record(batches: &[BatchId], seen: String) -> UnwrapsRecord {
    let unwrap = |(batch, number): (&BatchId, u64)| Unwrap {
        number,
        batch: *batch,
        opening: Hash([1; 32]),
        rows: 20,
        time: time("2026-11-20T00:00:00.000Z"),
        seen: 16,
    };
    UnwrapsRecord {
        origin: ORIGIN.into(),
        co_holder: HOLDER.parse().unwrap(),
        count: batches.len() as u64,
        unwraps: batches.iter().zip(1..).map(unwrap).collect(),
        seen,
    }
}

pub fn listed(estate: &Estate, batches: &[BatchId]) -> Unwraps {
    Unwraps::new(record(batches, estate.note()), &secret(60))
}

/// With the honest list of one unwrapped batch.
pub fn honest_one() -> Estate {
    let (mut estate, batches) = november(Estate::new(), "Audit");
    estate.unwraps = vec![listed(&estate, &batches[1..2])];
    estate
}

fn forced(estate: &mut Estate, entry: Entry) {
    let leaf = Logged { time: estate.now, entry }.to_bytes();
    assert!(matches!(estate.force(&leaf), Taken::Void(_)), "it was to break a rule");
}

/// December under nobody's layer, or the second co-holder's, of whom there is a list or none.
fn december(co_holder: Option<&str>, says: bool) -> Estate {
    let mut estate = honest_one();
    estate.co_holder = co_holder.map(|name| name.parse().unwrap());
    estate.make_key("A-1/2026-12/d7", &[Remarks]);
    estate.make_key("A-1/2026-12/d90", &[Linkable, Address, Contact]);
    let rows: Rows<'_> = &[(Province::BC, &[Contact, Remarks], 5)];
    estate.receive("gw-1", Verdict::AcceptedInPart, 1, &[("A-1", rows)]);
    estate.at("2026-12-04T00:00:00.000Z");
    let batches: Vec<_> = estate.headers.keys().copied().collect();
    estate.unwraps = vec![listed(&estate, &batches[1..2])];
    if says {
        let mut of_other = record(&[], estate.note());
        of_other.co_holder = OTHER.parse().unwrap();
        estate.unwraps.push(Unwraps::new(of_other, &secret(63)));
    }
    estate
}

/// A worker's gap, a shred, a key of another month, and one that came back.
fn with_gaps() -> Estate {
    let mut estate = Estate::new();
    estate.tick("gw-1", 1, 500);
    let (mut estate, batches) = november(estate, "Audit");
    estate.shred("A-1/2026-11/d7");
    estate.beat(&[1]);
    estate.shred("A-1/2026-09/d90");
    estate.at("2026-12-05T00:00:00.000Z");
    estate.unwraps = vec![listed(&estate, &batches[1..2])];
    estate
}

/// What breaks rules: keys of nobody's, the same key without its co-holder, policies that name one twice or beside a worker.
fn voids() -> Estate {
    let mut estate = honest_one();
    for (name, change) in [("again", 0), (HOLDER, 1), ("beside", 2), ("moves", 3)] {
        let entry = honest::policy(&estate, None, |record| match change {
            0 => record.co_holders = vec![CoHolder { seal_key: Hash([9; 32]), ..holder("again", "Again", 60) }],
            1 => record.co_holders = vec![holder(name, "Again", 70)],
            2 => record.co_holders = vec![CoHolder { host: "GW-1.example".parse().unwrap(), ..holder(name, "B", 72) }],
            _ => {
                record.workers = vec![EnrolledWorker {
                    worker: "gw-9".parse().unwrap(),
                    key: public(99),
                    organisation: "X".parse().unwrap(),
                    host: " AUDIT-2.example ".parse().unwrap(),
                }];
            }
        });
        forced(&mut estate, entry);
    }
    let made = |period: &str, key, co_holder: Option<&str>| {
        let co_holder = co_holder.map(|name| name.parse().unwrap());
        let ends = time("2027-01-01T00:00:00.000Z");
        Entry::PeriodKey(PeriodKey { period: period.parse().unwrap(), classes: set(&[Address]), key, ends, co_holder })
    };
    forced(&mut estate, made("A-1/2026-12/d90", Hash([77; 32]), Some("nobody")));
    let key = estate.state.periods[&"A-1/2026-11/d7".parse::<PeriodId>().unwrap()].key;
    forced(&mut estate, made("A-1/2026-11/d7", key, None));
    let text = |entry| String::from_utf8(Logged { time: estate.now, entry }.to_bytes()).unwrap();
    let plain = text(made("A-1/2026-12/d7", Hash([78; 32]), None));
    let null = plain.replacen("\"ends\"", "\"co_holder\":null,\"ends\"", 1);
    let policy = text(honest::policy(&estate, None, |record| record.carriers = vec![]));
    let empty = policy.replacen("\"generation\"", "\"co_holders\":[],\"generation\"", 1);
    let wrong = policy.replacen("\"generation\"", "\"co_holders\":null,\"generation\"", 1);
    for leaf in [null, empty, wrong] {
        estate.force(leaf.as_bytes());
    }
    estate.at("2026-12-04T00:00:00.000Z");
    let batches: Vec<_> = estate.headers.keys().copied().collect();
    estate.unwraps = vec![listed(&estate, &batches[1..2])];
    estate
}

/// Officers gave the ledger to another warden after `to`; the list is of then, or of before that policy, and more was entered since.
fn renewed(then: bool) -> Estate {
    let (mut estate, batches) = november(Estate::new(), "Audit");
    let early = estate.note();
    let note = note_over(&estate.leaves, &[1], estate.now);
    let key = warden_of(2).verifier().to_string();
    let warden = PlacedKey { key, organisation: "Post".parse().unwrap(), host: "vault-2.example".parse().unwrap() };
    let entry = honest::policy(&estate, Some(note), |record| {
        record.generation = Some(Generation { warden, copies_days: 0 });
    });
    estate.push(entry);
    let seen = if then { estate.note() } else { early };
    estate.unwraps = vec![Unwraps::new(record(&batches[1..2], seen), &secret(60))];
    estate.make_key("A-1/2026-12/d7/2", &[Remarks]);
    estate.make_key("A-1/2026-12/d90/2", &[Linkable, Address, Contact]);
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::ON, &[Address], 6)])]);
    estate.at("2026-12-06T00:00:00.000Z");
    estate
}

/// One whose batches show no layer, or that of somebody else, or whose header is missing.
fn layers(layer: Option<Hash>) -> Estate {
    let mut estate = honest_one();
    let first = *estate.headers.keys().next().unwrap();
    let mut disclosed = estate.headers[&first].clone();
    disclosed.header.batch = BatchId([201; 16]);
    disclosed.header.ticket = 53;
    disclosed.header.groups.last_mut().unwrap().co_holder = layer;
    let header = &disclosed.header;
    let record = IntakeRecord {
        worker: header.worker.clone(),
        received: header.received,
        instance: header.instance,
        ticket: 53,
        part: 1,
        parts: 1,
        channel: Channel::Https,
        tls: true,
        decryption: None,
        octets: 1_000,
        rows: header.rows.into(),
        parties: header.parties,
        verdict: Verdict::Accepted,
        shipper: None,
        batches: vec![estate.anchor(&disclosed)],
    };
    estate.push(Entry::Intake(Intake::new(record, &secret(1))));
    estate.headers.insert(disclosed.header.batch, disclosed);
    let batches: Vec<_> = estate.headers.keys().copied().collect();
    estate.unwraps = vec![listed(&estate, &batches[1..2])];
    estate
}

pub fn estates() -> Vec<(&'static str, Estate)> {
    let (none, batches) = november(Estate::new(), "Audit");
    let of = |lists: &[&[BatchId]]| {
        let mut estate = none.clone();
        estate.unwraps = lists.iter().map(|own| listed(&none, own)).collect();
        estate
    };
    let mut revoked = none.clone();
    let record = RevocationRecord { origin: ORIGIN.into(), key: public(60) };
    revoked.push(Entry::Revocation(Revocation::new(record, &secret(90))));
    revoked.unwraps = vec![listed(&revoked, &batches[1..2])];
    let mut withheld = honest_one();
    withheld.headers.pop_last();
    let (mut own, batches_of_own) = november(Estate::new(), "POST ");
    own.unwraps = vec![listed(&own, &batches_of_own[1..2])];
    let [vault, _, second, gw_1, gw_2] = HOSTS;
    let (mut beside, there) = november(Estate::on([vault, "AUDIT-1.example", second, gw_1, gw_2], 30), "Audit");
    beside.unwraps = vec![listed(&beside, &there[1..2])];
    vec![
        ("one unwrapped", honest_one()),
        ("no list", none.clone()),
        ("an empty list", of(&[&[]])),
        ("two lists", of(&[&batches[..1], &batches[1..2]])),
        ("all unwrapped, one of them twice", of(&[&[&batches[..], &batches[..1]].concat()])),
        ("an unknown batch unwrapped", of(&[&[BatchId([250; 16])]])),
        ("the list's key revoked", revoked),
        ("a header withheld", withheld),
        ("the warden's own organisation", own),
        ("the witness on its host", beside),
        ("december without", december(None, false)),
        ("december of another", december(Some(OTHER), false)),
        ("december of another that says so", december(Some(OTHER), true)),
        ("gaps", with_gaps()),
        ("voids", voids()),
        ("renewed", renewed(true)),
        ("renewed, the list of before", renewed(false)),
        ("no layer", layers(None)),
        ("somebody's layer", layers(Some(Hash([99; 32])))),
    ]
}

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, estate) in estates() {
        for kind in KINDS {
            for times in TIMES {
                for pinned in [true, false] {
                    let text = hypothesis(kind, times);
                    cases.push(Case::of(&format!("{name}, pins {pinned}: {text:?}"), &estate, &text, pinned));
                }
            }
        }
        for (union, pinned) in UNIONS.iter().flat_map(|union| [(union, true), (union, false)]) {
            let text: String = union.iter().map(|(kind, own)| hypothesis((kind, own), "")).collect();
            cases.push(Case::of(&format!("{name}, pins {pinned}: {text:?}"), &estate, &text, pinned));
        }
    }
    cases
}
