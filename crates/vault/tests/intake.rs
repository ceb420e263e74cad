//! Duplicates, corrections, control numbers: what one body leaves, and what a second one meets.
#![allow(clippy::unwrap_used)] // clippy.toml exempts only functions marked #[test]

mod made_up;

use ledger::{
    DeliveryId,
    entry::{Intake, Verdict},
};
use made_up::*;
use seal::{Stored, Token};
use std::path::Path;
use vault::{Content, Error, InterchangeId, Manifest, ManifestId, Purpose, State, Vault};

fn open() -> (tempfile::TempDir, Vault) {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    (dir, vault)
}

fn again(dir: &Path, vault: Vault) -> Vault {
    drop(vault);
    vault_in(dir).unwrap()
}

#[test]
fn the_vault_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Vault>();
}

#[test]
fn everything_of_an_accepted_document_is_there_after_opening_again() {
    let (dir, vault) = open();
    accept(&vault, 1).unwrap();
    let vault = again(dir.path(), vault);
    let stored = vault.interchange(&interchange(1).id).unwrap().unwrap();
    assert_eq!((stored.interchange, stored.instance, stored.ticket, stored.leaf), (interchange(1), INSTANCE, 1, None));
    let row = vault.manifest(&ManifestId(octets(b'm', 1))).unwrap().unwrap();
    assert_eq!((row.state, row.batches.len(), row.delivery), (State::Current, 1, Some(copy(1).id)));
    assert_eq!(vault.manifest_of(&row.batches[0]).unwrap().unwrap().id, row.id);
    assert_eq!(vault.manifests_of(&row.interchange).unwrap(), std::slice::from_ref(&row));
    let record = vault.batch(&row.batches[0]).unwrap().unwrap();
    assert_eq!(Stored::parse(&record).unwrap().header().unwrap().batch, row.batches[0]);
    assert_eq!(vault.delivery_octets(&copy(1).id).unwrap(), b"encrypted 1");
    let history = vault.history(&row.id).unwrap().unwrap();
    assert_eq!((history.received, history.answered, history.sent, history.delivered), (time(1), time(6), None, None));
}

#[test]
fn what_is_dropped_before_its_commit_leaves_nothing() {
    let (dir, vault) = open();
    let staged = vault.stage(content(1)).unwrap();
    assert_eq!((files(dir.path(), "segments").len(), files(dir.path(), "outbox").len()), (1, 1));
    drop(vault.turn());
    drop(staged);
    assert_eq!((files(dir.path(), "segments").len(), files(dir.path(), "outbox").len()), (0, 0));
    assert_eq!(vault.unanchored_count().unwrap(), 0);
}

#[test]
fn a_failed_commit_leaves_a_gap_in_the_control_numbers_and_never_a_repeat() {
    let (dir, vault) = open();
    accept(&vault, 1).unwrap();
    assert_eq!((vault.next_number("997").unwrap(), vault.next_number("997").unwrap()), (1, 2));
    assert!(matches!(accept(&vault, 1), Err(Error::Exists { .. } | Error::Sql(_) | Error::Postgres { .. })));
    assert_eq!((vault.next_number("997").unwrap(), vault.next_number("ta1").unwrap()), (3, 1));
    accept(&vault, 2).unwrap();
    let vault = again(dir.path(), vault);
    assert_eq!((vault.next_number("997").unwrap(), vault.next_number("ta1").unwrap()), (4, 2));
}

#[test]
fn a_commit_saves_the_numbers_that_others_have_drawn_too() {
    let (dir, vault) = open();
    let (early, late) = (vault.next_number("997").unwrap(), vault.next_number("997").unwrap());
    accept(&vault, 1).unwrap();
    let vault = again(dir.path(), vault);
    assert_eq!((early, late, vault.next_number("997").unwrap()), (1, 2, 3));
}

#[test]
fn control_numbers_begin_again_after_nine_digits() {
    let (dir, vault) = open();
    drop(vault);
    control::alter(dir.path(), "INSERT INTO counter VALUES ('997', 999999998)");
    let vault = vault_in(dir.path()).unwrap();
    assert_eq!((vault.next_number("997").unwrap(), vault.next_number("997").unwrap()), (999_999_999, 1));
    accept(&vault, 1).unwrap();
    let vault = again(dir.path(), vault);
    assert_eq!(vault.next_number("997").unwrap(), 2);
}

#[test]
fn a_directory_of_an_older_form_is_left_as_it_is() {
    let (dir, vault) = open();
    drop(vault);
    let older = if control::is_postgres() { "UPDATE version SET number = 2" } else { "PRAGMA user_version = 2" };
    control::alter(dir.path(), older);
    assert!(matches!(vault_in(dir.path()), Err(Error::Older { found: 2, known: 12 })));
}

#[test]
fn findings_come_with_their_document_or_not_at_all() {
    let (dir, vault) = open();
    let with = |number: u32, findings: String| Content { findings: Some(findings), ..content(number) };
    commit(&vault, 1, with(1, "{\"list\":[]}".to_owned())).unwrap();
    accept(&vault, 2).unwrap();
    let too_long = commit(&vault, 3, with(3, "9".repeat(vault::FINDINGS_OCTETS_MAX + 1)));
    assert!(matches!(too_long, Err(Error::Inconsistent { .. })), "{too_long:?}");
    commit(&vault, 4, with(4, "9".repeat(vault::FINDINGS_OCTETS_MAX))).unwrap();
    // The same once more: it is not taken, and neither is what was found in it.
    let mut second = with(5, "[]".to_owned());
    second.interchange.as_mut().unwrap().key = Some(key(1));
    assert!(matches!(commit(&vault, 5, second), Err(Error::Exists { .. })));
    let alone = Content { findings: Some("[]".to_owned()), ..Content::default() };
    assert!(matches!(commit(&vault, 6, alone), Err(Error::Inconsistent { .. })));
    let vault = again(dir.path(), vault);
    let kept = |number: u32| vault.findings(&interchange(number).id).unwrap();
    assert_eq!((kept(1).as_deref(), kept(2), kept(3), kept(5)), (Some("{\"list\":[]}"), None, None, None));
    assert!(vault.interchange(&interchange(3).id).unwrap().is_none());
    assert_eq!(kept(4).map(|findings| findings.len()), Some(vault::FINDINGS_OCTETS_MAX));
}

#[test]
fn an_accepted_key_is_taken_and_a_refused_one_is_not() {
    let (dir, vault) = open();
    let commit = |number: u32, verdict| {
        let mut document = interchange(number);
        (document.key, document.verdict) = (Some(key(77)), verdict);
        made_up::commit(&vault, number, Content { interchange: Some(document), ..Content::default() })
    };
    let found = || vault.interchange_by_key(&key(77)).unwrap().map(|stored| stored.interchange.id);
    assert_eq!(found(), None);
    commit(1, Verdict::Refused).unwrap();
    commit(2, Verdict::Refused).unwrap();
    assert_eq!(found(), Some(InterchangeId(octets(b'i', 2))));
    commit(3, Verdict::AcceptedInPart).unwrap();
    commit(4, Verdict::Refused).unwrap();
    assert_eq!(found(), Some(InterchangeId(octets(b'i', 3))), "the accepted one, however many were refused since");
    assert!(matches!(commit(5, Verdict::Accepted), Err(Error::Exists { what: "interchange" })));
    assert_eq!(vault.unanchored_count().unwrap(), 4, "what was refused by the vault left none");
    assert_eq!(vault.interchange_by_key(&key(78)).unwrap(), None);
    assert_eq!(vault.interchanges(2).unwrap().len(), 2);
    assert_eq!(files(dir.path(), "segments"), Vec::<String>::new());
}

#[test]
fn a_duplicate_leaves_an_intake_entry_only() {
    let (_dir, vault) = open();
    commit(&vault, 1, Content::default()).unwrap();
    assert_eq!(vault.unanchored(10).unwrap().len(), 1);
    assert_eq!(vault.interchanges(10).unwrap(), []);
}

/// Commits manifest `number` under the manifest number of `same`.
fn correct(vault: &Vault, number: u32, same: u32, purpose: Purpose, supersedes: Option<u32>) -> Result<(), Error> {
    let supersedes = supersedes.map(|n| ManifestId(octets(b'm', n)));
    let token = Token(octets(b'n', same));
    let manifest = Manifest { token, purpose, supersedes, ..manifest(number) };
    commit(vault, number, Content { manifests: vec![manifest], ..content(number) })
}

#[test]
fn a_manifest_number_is_current_once_and_corrections_supersede() {
    let (dir, vault) = open();
    let at = |number: u32| vault.manifest(&ManifestId(octets(b'm', number))).unwrap().unwrap();
    let tokens = [Token(octets(b'z', 1)), Token(octets(b'n', 1))];
    let agreement = "A-1".parse().unwrap();
    let current = || vault.manifest_by_token(&agreement, &tokens).unwrap().map(|row| (row.id, row.purpose));
    assert_eq!(current(), None);
    correct(&vault, 1, 1, Purpose::Original, None).unwrap();
    assert!(matches!(correct(&vault, 2, 1, Purpose::Original, None), Err(Error::Exists { what: "manifest" })));
    assert_eq!(files(dir.path(), "segments").len(), 1, "what was refused is swept at once");
    assert_eq!(files(dir.path(), "outbox").len(), 1);
    correct(&vault, 3, 1, Purpose::Replace, Some(1)).unwrap();
    assert_eq!(current(), Some((ManifestId(octets(b'm', 3)), Purpose::Replace)));
    assert_eq!((at(1).state, at(1).superseded), (State::Replaced, Some((at(3).id, time(3)))));
    assert!(matches!(correct(&vault, 4, 1, Purpose::Cancel, Some(1)), Err(Error::State { .. })), "1 is not current");
    correct(&vault, 5, 1, Purpose::Cancel, Some(3)).unwrap();
    assert_eq!((at(3).state, at(5).supersedes), (State::Cancelled, Some(at(3).id)));
    assert_eq!(current(), Some((at(5).id, Purpose::Cancel)));
    assert_eq!(vault.history(&at(1).id).unwrap().unwrap().superseded, Some(time(3)));
    let all = vault.manifests_by_token(&tokens).unwrap();
    assert_eq!(all.iter().map(|row| row.id).collect::<Vec<_>>(), [at(5).id, at(3).id, at(1).id]);
    assert_eq!(vault.manifest_by_token(&"A-2".parse().unwrap(), &tokens).unwrap(), None);
}

#[test]
fn parts_that_contradict_each_other_are_refused_and_leave_nothing() {
    let (dir, vault) = open();
    type Spoil = fn(&mut Vec<Intake>, &mut Content);
    let cases: [(&str, Spoil); 11] = [
        ("leaves an intake entry", |intakes, _| intakes.clear()),
        ("parts of one body", |intakes, _| intakes.push(intakes[0].clone())),
        ("parts of one body", |intakes, _| intakes[0].record.parts = 2),
        ("the body's ticket", |intakes, _| intakes[0].record.ticket = 2),
        ("batches as they are", |_, content| content.manifests[0].batches[0].salt.0[0] ^= 1),
        ("policy of their delivery", |_, content| content.deliveries[0].decided = 2),
        ("batches as they are", |intakes, _| intakes[0].record.batches[0].octets += 1),
        ("no other batch", |_, content| content.manifests[0].batches.clear()),
        ("delivery that is there", |_, content| content.manifests[0].delivery = Some(DeliveryId([0; 16]))),
        ("name of its own", |_, content| content.deliveries.push(content.deliveries[0].clone())),
        ("come with their document", |_, content| content.interchange = None),
    ];
    for (rule, spoil) in cases {
        let mut content = content(1);
        let mut intakes = vec![sign(1, &content)];
        spoil(&mut intakes, &mut content);
        let staged = vault.stage(content).unwrap();
        match vault.turn().commit(intakes, staged) {
            Err(Error::Inconsistent { rule: broken }) => assert!(broken.contains(rule), "{broken}"),
            other => panic!("{rule}: {other:?}"),
        }
    }
    assert_eq!(vault.unanchored_count().unwrap(), 0);
    assert_eq!((files(dir.path(), "segments").len(), files(dir.path(), "outbox").len()), (0, 0));
}

#[test]
fn bodies_that_are_staged_together_take_turns() {
    let (_dir, vault) = open();
    std::thread::scope(|scope| {
        for lane in 0..4 {
            let vault = &vault;
            scope.spawn(move || (0..5).for_each(|n| accept(vault, lane * 100 + n + 1).unwrap()));
        }
    });
    assert_eq!(vault.unanchored_count().unwrap(), 20);
    assert_eq!(vault.interchanges(100).unwrap().len(), 20);
}

#[test]
fn what_is_staged_in_pieces_is_one_interchange_or_nothing() {
    let (dir, vault) = open();
    // Of one body, and so with its ticket.
    let of = |number| batch(1, number, vec![(token(number), 1), (token(number + 1), 2)]);
    let manifest = |number| Manifest { batches: vec![of(number)], ..manifest(number) };
    let whole = Content { manifests: vec![manifest(1), manifest(2)], deliveries: vec![copy(1), copy(2)], ..content(1) };
    let piece =
        |number| Content { manifests: vec![manifest(number)], deliveries: vec![copy(number)], ..Content::default() };
    let stage = || {
        let document = Content { interchange: whole.interchange.clone(), ..Content::default() };
        let [one, two, document] = [piece(1), piece(2), document].map(|content| vault.stage(content).unwrap());
        one.and(two).and(document)
    };
    let objects = || ["segments", "outbox"].map(|store| files(dir.path(), store).len());
    let staged = stage();
    assert_eq!(objects(), [2, 2]);
    let anchors: Vec<_> = staged.anchors().iter().map(|anchor| (anchor.batch, anchor.carrier)).collect();
    assert_eq!(anchors, [1, 2].map(|number| (of(number).header.batch, 1)));
    drop(staged);
    assert_eq!(objects(), [0, 0], "gone again");

    vault.turn().commit(vec![sign(1, &whole)], stage()).unwrap();
    assert_eq!((objects(), vault.interchanges(10).unwrap().len()), ([2, 2], 1));
    for number in [1, 2] {
        assert_eq!(vault.delivery_octets(&copy(number).id).unwrap(), copy(number).octets);
        assert_eq!(vault.batch(&of(number).header.batch).unwrap().unwrap(), of(number).to_bytes());
    }
}

#[test]
fn a_body_of_several_entries_is_one_interchange() {
    let (_dir, vault) = open();
    let mut whole = content(1);
    whole.manifests[0].batches.push(batch(1, 2, vec![]));
    let staged = vault.stage(whole.clone()).unwrap();
    let Intake { mut record, .. } = sign(1, &whole);
    (record.parts, record.rows) = (2, 4);
    let mut second = record.clone();
    record.batches.truncate(1);
    let first = signed(record);
    second.batches.remove(0);
    (second.part, second.octets) = (2, 0);
    vault.turn().commit(vec![first, signed(second)], staged).unwrap();
    assert_eq!(vault.unanchored(10).unwrap().len(), 2);
    assert_eq!(vault.interchanges(10).unwrap().len(), 1);
    assert_eq!(vault.unanchored_count().unwrap(), 2);
}
