//! Attacks on the list of a co-holder, by which a taken warden's keys open nothing but what is on it (R16).

use super::*;
use incident::hypothesis::Kind;

const SIX_WEEKS: &str = "from = 2026-11-15T00:00:00Z\nto = 2026-12-01T00:00:00Z\n";
const ALL: (u64, u64, u64) = (70, 140, 1);
const LISTED: (u64, u64, u64) = (20, 40, 1);
const HOLDER: &str = "audit-1";

pub fn taken(kinds: &[&str]) -> String {
    kinds.iter().map(|kind| format!("[[hypothesis]]\nkind = \"{kind}\"\n{SIX_WEEKS}")).collect()
}

fn holder(organisation: &str) -> CoHolder {
    CoHolder {
        co_holder: HOLDER.parse().unwrap(),
        organisation: organisation.parse().unwrap(),
        host: "co-holder.example".parse().unwrap(),
        key: public(60),
        seal_key: Hash([61; 32]),
    }
}

/// Batches of 10, 20 and 40 rows in November, each under a co-holder of this organisation; an agent opens a row of the second.
pub fn november(organisation: &str) -> (Estate, Vec<BatchId>) {
    november_of(Estate::new(), organisation)
}

fn november_of(mut estate: Estate, organisation: &str) -> (Estate, Vec<BatchId>) {
    let mut record = PolicyRecord::new(ORIGIN, 2, None);
    record.co_holders = vec![holder(organisation)];
    let signature = record.sign(&secret(90));
    estate.push(Entry::Policy(Policy::new(record, vec![signature])));
    estate.co_holder = Some(HOLDER.parse().unwrap());
    estate.make_key("A-1/2026-11/d7", &[Remarks]);
    estate.make_key("A-1/2026-11/d90", &[FieldClass::Linkable, Address, FieldClass::Contact]);
    estate.at("2026-11-05T12:00:00.000Z");
    let batches = [10, 20, 40].map(|rows| receive(&mut estate, rows)).to_vec();
    estate.at("2026-11-20T00:00:00.000Z");
    estate.open(batches[1], &[1], &[Address], true);
    estate.at("2026-12-03T00:00:00.000Z");
    (estate, batches)
}

fn receive(estate: &mut Estate, rows: u32) -> BatchId {
    let rows: Rows<'_> = &[(Province::QC, &[Address], rows)];
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", rows)])[0]
}

/// What an honest co-holder of the other organisation says, over this note.
fn record(batches: &[BatchId], seen: String) -> UnwrapsRecord {
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

pub fn with(mut estate: Estate, list: Unwraps) -> Estate {
    estate.unwraps = vec![list];
    estate
}

/// Before: with the honest list. After: with what the attacker made of it.
#[track_caller]
fn attacked(change: impl FnOnce(&Estate, &[BatchId]) -> Unwraps) {
    let (estate, batches) = november("Audit");
    let honest = with(estate.clone(), listed(&estate, &batches[1..2]));
    assert_eq!(bound(&verified(&honest, &taken(&["warden"])).assessment), LISTED, "before");
    let list = change(&estate, &batches);
    let found = verified(&with(estate, list), &taken(&["warden"])).assessment;
    assert_eq!(bound(&found), ALL, "after");
    assert_eq!(found.co_held[0].unwraps, None, "no list counts");
    assert!(found.statements.iter().any(|said| said.contains("no list of it counts")), "{:?}", found.statements);
}

#[test]
fn a_thief_of_one_of_two_reaches_what_the_other_one_unwrapped() {
    let (estate, batches) = november("Audit");
    let without = verified(&estate, &taken(&["warden"])).assessment;
    assert_eq!((bound(&without), without.level), (ALL, Level::CO_HOLDER), "before: nobody says what was unwrapped");
    let found = verified(&with(estate.clone(), listed(&estate, &batches[1..2])), &taken(&["warden"]));
    assert_eq!((found.verdict, found.level), (bundle::Verdict::Verified, Level::CO_HOLDER));
    assert_eq!(bound(&found.assessment), LISTED, "after: the whole of one batch");
    let [own] = found.assessment.co_held.as_slice() else { panic!("one co-holder") };
    assert_eq!((own.organisation.as_str(), own.unwraps, own.rows), ("Audit", Some(1), 50));
    assert!(found.assessment.statements.iter().any(|said| said.contains("50 rows of others count as closed")));
    let none = verified(&with(estate.clone(), listed(&estate, &[])), &taken(&["warden"])).assessment;
    assert_eq!(bound(&none), LISTED, "an empty list is one, too, but the ledger has an intent for this batch");
    // Until the end of the ledger, where no end is stated: it must have seen all of it.
    let open = verified(&with(estate.clone(), listed(&estate, &batches[1..2])), WARDEN).assessment;
    assert_eq!(bound(&open), LISTED);
}

#[test]
fn the_list_has_a_hole() {
    attacked(|estate, batches| {
        let mut hole = record(&batches[..2], estate.note());
        (hole.unwraps[1].number, hole.count) = (3, 3);
        Unwraps::new(hole, &secret(60))
    });
}

#[test]
fn the_list_is_cut_off() {
    attacked(|estate, batches| {
        let mut list = listed(estate, &batches[1..2]);
        (list.record.count, list.record.unwraps) = (0, vec![]);
        list
    });
    attacked(|estate, batches| {
        let mut cut = record(&batches[..2], estate.note());
        cut.unwraps.truncate(1);
        Unwraps::new(cut, &secret(60))
    });
}

#[test]
fn the_list_is_signed_by_somebody_else() {
    attacked(|estate, batches| Unwraps::new(record(&batches[1..2], estate.note()), &secret(3)));
    attacked(|estate, batches| {
        let mut other = record(&batches[1..2], estate.note());
        other.origin = "other.example/ledger".into();
        Unwraps::new(other, &secret(60))
    });
}

/// Of the day on which the thief left, or before: he may have had more unwrapped since.
#[test]
fn the_list_is_older_than_the_end() {
    attacked(|estate, _| {
        let note = note_over(&estate.leaves, &[1], time("2026-12-01T00:00:00.000Z"));
        Unwraps::new(record(&[], note), &secret(60))
    });
    // Signed after, by somebody who had not seen the last intents.
    attacked(|estate, _| {
        let before = &estate.leaves[..estate.leaves.len() - 3];
        Unwraps::new(record(&[], note_over(before, &[1], estate.now)), &secret(60))
    });
    // Over a note that no witness cosigned, and over one of another tree.
    attacked(|estate, _| Unwraps::new(record(&[], note_over(&estate.leaves, &[], estate.now)), &secret(60)));
    attacked(|estate, _| {
        let mut other = estate.leaves.clone();
        other.last_mut().unwrap().push(b' ');
        Unwraps::new(record(&[], note_over(&other, &[1], estate.now)), &secret(60))
    });
}

#[test]
fn the_thief_has_the_co_holder_too() {
    let (estate, batches) = november("Audit");
    let estate = with(estate.clone(), listed(&estate, &batches[1..2]));
    assert_eq!(bound(&verified(&estate, &taken(&["warden"])).assessment), LISTED, "before");
    let both = verified(&estate, &taken(&["warden", "co-holder"])).assessment;
    assert_eq!((bound(&both), both.level), (ALL, Level::CO_HOLDER), "after");
    let alone = verified(&estate, &taken(&["co-holder"])).assessment;
    assert_eq!(bound(&alone), (0, 0, 0), "by itself it opens nothing");
    assert_eq!(alone.hypothesis[0].kind, Kind::CoHolder);
    // Nobody has shown who stands where: whoever takes one has all.
    assert_eq!(bound(&assess_at(&estate, &taken(&["co-holder"]), ONE_HOST)), ALL);
    let unpinned = assess_at(&estate, &taken(&["warden"]), ONE_HOST);
    assert_eq!((bound(&unpinned), unpinned.level), (ALL, Level::ONE_HOST));
}

/// The only witness stands on the co-holder's host: with it no date is left, and no list.
#[test]
fn the_witness_stands_on_the_co_holders_host() {
    let [vault, _, second, gw_1, gw_2] = HOSTS;
    let hosts = [vault, "co-holder.example", second, gw_1, gw_2];
    let (estate, batches) = november_of(Estate::on(hosts, 0), "Audit");
    let beside = with(estate.clone(), listed(&estate, &batches[1..2]));
    assert_eq!(bound(&verified(&beside, &taken(&["warden"])).assessment), LISTED, "it may be both");
    assert_eq!(bound(&verified(&beside, &taken(&["warden", "co-holder"])).assessment), ALL);
}

#[test]
fn the_co_holder_is_of_the_wardens_own_organisation() {
    let (estate, batches) = november("POST ");
    let found = verified(&with(estate.clone(), listed(&estate, &batches[1..2])), &taken(&["warden"])).assessment;
    assert_eq!((bound(&found), found.level), (ALL, Level::WARDEN_APART));
    assert_eq!(found.co_held, [], "it counts as none");
}

#[test]
fn a_key_names_a_co_holder_that_no_policy_names() {
    let (mut estate, batches) = november("Audit");
    let (period, ends) = ("A-1/2026-12/d90".parse().unwrap(), estate.now);
    let co_holder = Some("nobody".parse().unwrap());
    let key = Hash([77; 32]);
    let made = PeriodKey { period, classes: set(&[Address]), key, ends, co_holder };
    let leaf = Logged { time: estate.now, entry: Entry::PeriodKey(made) }.to_bytes();
    let Taken::Void(rule) = estate.force(&leaf) else { panic!("it is void") };
    assert_eq!(rule, Rule::UnknownCoHolder { co_holder: "nobody".parse().unwrap() });
    // The gateway was shown it, and sealed 30 rows to it.
    let id = BatchId([200; 16]);
    let mut of = anchor(&estate, id, 30, "A-1/2026-11/d90");
    of.keys = vec![SealedTo { period: "A-1/2026-12/d90".parse().unwrap(), key }];
    let leaf = Logged { time: estate.now, entry: signed(&estate, vec![of]) }.to_bytes();
    estate.force(&leaf);
    let found = verified(&with(estate.clone(), listed(&estate, &batches[1..2])), &taken(&["warden"])).assessment;
    assert_eq!(
        (bound(&found), found.level),
        ((50, 100, 1), Level::WARDEN_APART),
        "20 on the list, 30 under no co-holder"
    );
}

#[test]
fn keys_without_a_co_holder_are_the_reports_level() {
    let (mut estate, batches) = november("Audit");
    estate.co_holder = None;
    estate.make_key("A-1/2026-12/d7", &[Remarks]);
    estate.make_key("A-1/2026-12/d90", &[FieldClass::Linkable, Address, FieldClass::Contact]);
    receive(&mut estate, 5);
    let estate = with(estate.clone(), listed(&estate, &batches[1..2]));
    let mixed = verified(&estate, &taken(&["warden"])).assessment;
    assert_eq!((bound(&mixed), mixed.level), ((25, 50, 1), Level::WARDEN_APART), "20 on the list, 5 without");
    assert_eq!(verified(&estate, STORAGE).assessment.level, Level::WARDEN_APART);
}

/// The gateway leaves the layer out, or nobody has the header that shows it.
#[test]
fn nothing_shows_that_the_layer_is_there() {
    let (estate, batches) = november("Audit");
    let without = with(estate.clone(), listed(&estate, &batches[1..2]));
    let mut withheld = without.clone();
    withheld.headers.remove(&batches[2]);
    assert_eq!(bound(&verified(&without, &taken(&["warden"])).assessment), LISTED, "before");
    let found = verified(&withheld, &taken(&["warden"])).assessment;
    assert_eq!(bound(&found), (60, 120, 1), "after: the anchor alone shows no layer");
    assert_eq!(found.without_header.len(), 1);

    // No layer at all, that of somebody else, and one around another group only.
    let somebody = Some(Hash([62; 32]));
    for layers in [[None, None], [somebody, somebody], [Some(Hash([61; 32])), None]] {
        let mut lazy = november("Audit").0;
        let mut disclosed = lazy.headers[&batches[0]].clone();
        disclosed.header.batch = BatchId([201; 16]);
        (disclosed.header.instance, disclosed.header.ticket) = (FIRST, 53);
        // d7 sorts before d90, to which the addresses are sealed.
        disclosed.header.groups.iter_mut().zip(layers).for_each(|(group, layer)| group.co_holder = layer);
        let entry = signed(&lazy, vec![lazy.anchor(&disclosed)]);
        lazy.push(entry);
        lazy.headers.insert(disclosed.header.batch, disclosed);
        let lazy = with(lazy.clone(), listed(&lazy, &batches[1..2]));
        let found = verified(&lazy, &taken(&["warden"])).assessment;
        assert_eq!(bound(&found), (30, 60, 1), "20 on the list, 10 without its layer: {layers:?}");
        assert_eq!(found.without_header, [], "it fits");
    }
}

/// Another entry makes the key without a co-holder: whoever was shown that one sealed to the warden alone.
#[test]
fn the_warden_shows_the_key_without_its_co_holder() {
    let (mut estate, batches) = november("Audit");
    let period: PeriodId = "A-1/2026-11/d90".parse().unwrap();
    let known = estate.state.periods[&period].clone();
    let made = PeriodKey { period, classes: known.classes, key: known.key, ends: known.ends, co_holder: None };
    estate.force(&Logged { time: estate.now, entry: Entry::PeriodKey(made) }.to_bytes());
    let found = verified(&with(estate.clone(), listed(&estate, &batches[1..2])), &taken(&["warden"])).assessment;
    assert_eq!((bound(&found), found.level), (ALL, Level::WARDEN_APART));
}

#[test]
fn the_key_of_the_list_is_revoked() {
    let (mut estate, batches) = november("Audit");
    let revocation = RevocationRecord { origin: ORIGIN.into(), key: public(60) };
    estate.push(Entry::Revocation(Revocation::new(revocation, &secret(90))));
    let found = verified(&with(estate.clone(), listed(&estate, &batches[1..2])), &taken(&["warden"])).assessment;
    assert_eq!(bound(&found), ALL);
}

/// A co-holder that signs two lists is believed in both.
#[test]
fn the_co_holder_says_one_thing_and_another() {
    let (mut estate, batches) = november("Audit");
    estate.unwraps = vec![listed(&estate, &batches[..1]), listed(&estate, &batches[1..2])];
    assert_eq!(bound(&verified(&estate, &taken(&["warden"])).assessment), (30, 60, 1));
}
