//! A co-holder beside a ledger in memory: what it unwraps, what it refuses, and what is in its list.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use coholder::*;
use ed25519_dalek::SigningKey;
use ledger::{
    FieldClass::{Address, Linkable},
    entry::{Budget, Heartbeat, Intent},
    opening::{Purpose, Scope},
    *,
};
use rand_core::{TryCryptoRng, TryRng};
use seal::{PeriodSecretKey, Plan, PlannedGroup, Row, Sealed, batch};
use std::convert::Infallible;
use tlog::{Checkpoint, Cosigner, Signer, Tree, cosignature, note};
use zeroize::Zeroizing;

const ORIGIN: &str = "post.example/ledger";
const NOW: &str = "2026-11-24T12:00:00.000Z";

/// Not random at all: the same octets each time.
struct Counting(u8);

impl TryRng for Counting {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("octets only")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("octets only")
    }
    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Infallible> {
        octets.iter_mut().for_each(|octet| {
            self.0 = self.0.wrapping_mul(5).wrapping_add(3);
            *octet = self.0;
        });
        Ok(())
    }
}
impl TryCryptoRng for Counting {}

fn secret(octet: u8) -> SigningKey {
    SigningKey::from_bytes(&[octet; 32])
}

fn public(octet: u8) -> PublicKey {
    PublicKey(secret(octet).verifying_key().to_bytes())
}

fn key(octet: u8) -> PeriodSecretKey {
    PeriodSecretKey::from_bytes(&[octet; 32])
}

fn time(written: &str) -> Time {
    written.parse().unwrap()
}

/// Three parcels; the address has the co-holder's layer around it, the tracking number has not.
fn sealed(number: u8) -> Sealed {
    let group = |group: &str, octet, class, co_holder: Option<u8>| PlannedGroup {
        period: format!("A-1/2026-11/{group}").parse().unwrap(),
        public: key(octet).public(),
        co_holder: co_holder.map(|octet| key(octet).public()),
        classes: [class].into(),
    };
    let received = time("2026-11-23T22:41:00.000Z");
    let plan = Plan {
        batch: BatchId([number; 16]),
        agreement: "A-1".parse().unwrap(),
        shipper: "S-1".parse().unwrap(),
        carrier: "C-1".parse().unwrap(),
        worker: "gw-1".parse().unwrap(),
        instance: InstanceId([1; 16]),
        ticket: number.into(),
        received,
        sealed: received,
        groups: vec![group("d90", 21, Address, Some(23)), group("d400", 22, Linkable, None)],
    };
    let row = |address: &[u8]| Row {
        operational: [0; 32],
        province: Province::QC,
        classes: [None, Some(b"TRK1".to_vec()), Some(address.to_vec()), None, None, None]
            .map(|v| v.map(Zeroizing::new)),
        parties: 1,
    };
    let parcels = vec![row(b"Recipient 1"), row(b"Recipient 2"), row(b"Recipient 3")];
    batch::seal(plan, row(b"Sender"), parcels, vec![], &mut Counting(number)).unwrap()
}

fn request(sealed: &Sealed, signer: u8, change: impl FnOnce(&mut Scope)) -> OpeningRequest {
    let mut scope = Scope {
        principal: "support-7".parse().unwrap(),
        purpose: Purpose::Support,
        ticket: "T-1".parse().unwrap(),
        batch: sealed.header.batch,
        header: sealed.header.salted(&sealed.salt),
        rows: [1].into(),
        classes: [Address].into(),
        requested: time(NOW),
        nonce: Hash([9; 32]),
    };
    change(&mut scope);
    OpeningRequest::new(scope, &secret(signer))
}

/// A ledger, as far as a co-holder looks at one.
#[derive(Clone, Default)]
struct Log {
    leaves: Vec<Vec<u8>>,
}

impl Log {
    fn push(&mut self, entry: Entry) -> u64 {
        self.leaves.push(Logged { time: time(NOW), entry }.to_bytes());
        self.leaves.len() as u64 - 1
    }

    fn intent(&mut self, request: OpeningRequest) -> u64 {
        self.push(Entry::Intent(Intent { opening: request.id(), request, approval: None }))
    }

    fn filled(entries: usize) -> Self {
        let mut log = Self::default();
        for at in 0..entries {
            log.push(Entry::Heartbeat(Heartbeat { note: at.to_string() }));
        }
        log
    }

    fn tree(&self) -> Tree {
        self.leaves.iter().map(|leaf| tlog::leaf_hash(leaf)).collect()
    }

    fn note(&self, witnesses: &[u8], at: &str) -> String {
        let text = Checkpoint::new(ORIGIN, self.leaves.len() as u64, self.tree().root()).unwrap().to_text();
        let signed = note::sign(&text, &Signer::new(ORIGIN, &[100; 32]).unwrap()).unwrap();
        let seconds = u64::try_from(time(at).milliseconds() / 1000).unwrap();
        witnesses.iter().fold(signed, |signed, number| {
            note::append(&signed, &cosignature::cosign(&text, &witness(*number), seconds).unwrap()).unwrap()
        })
    }

    fn inclusion(&self, index: u64) -> Vec<Hash> {
        self.tree().inclusion(index, self.leaves.len() as u64).unwrap().into_iter().map(Hash).collect()
    }

    fn consistency(&self, old: u64) -> Vec<Hash> {
        self.tree().consistency(old, self.leaves.len() as u64).unwrap().into_iter().map(Hash).collect()
    }
}

fn witness(number: u8) -> Cosigner {
    Cosigner::new(&format!("witness-{number}.example"), &[110 + number; 32]).unwrap()
}

fn co_holder(rows: Budget) -> CoHolder {
    let witnesses = vec![witness(1).verifier(), witness(2).verifier()];
    let asker = Asker { key: public(3), purposes: [Purpose::Support].into() };
    let policy = Policy { principals: [("support-7".parse().unwrap(), asker)].into(), rows };
    CoHolder::new("audit-1".parse().unwrap(), Pins { origin: ORIGIN.into(), witnesses, quorum: 1 }, policy)
}

fn plenty() -> CoHolder {
    co_holder(Budget { hour: 100, day: 100, month: 100 })
}

/// Asks with everything right but what the caller has changed before.
fn ask(
    holder: &mut CoHolder,
    log: &Log,
    index: u64,
    sealed: &Sealed,
    note: &str,
    now: &str,
) -> Result<Entered, Refusal> {
    let (inclusion, seen) = (log.inclusion(index), holder.seen());
    let consistency = seen.map_or_else(Vec::new, |seen| log.consistency(seen));
    let evidence =
        Evidence { leaf: &log.leaves[index as usize], index, inclusion: &inclusion, note, consistency: &consistency };
    holder.enter(&Ask { header: &sealed.header, salt: &sealed.salt, evidence }, time(now))
}

/// The intent behind four other entries, asked for by a co-holder that has seen nothing.
#[track_caller]
fn refused(log: &Log, index: u64, sealed: &Sealed, note: &str) -> Refusal {
    let mut holder = plenty();
    let refusal = ask(&mut holder, log, index, sealed, note, NOW).err().expect("it is refused");
    assert_eq!(holder.list(), [], "nothing was unwrapped");
    refusal
}

fn logged(request: OpeningRequest) -> (Log, u64, String) {
    let mut log = Log::filled(4);
    let index = log.intent(request);
    let note = log.note(&[1], NOW);
    (log, index, note)
}

#[test]
fn a_proven_intent_is_numbered_and_then_unwrapped() {
    let (first, second) = (sealed(1), sealed(2));
    let (mut log, index, note) = logged(request(&first, 3, |_| {}));
    let mut holder = plenty();
    let entered = ask(&mut holder, &log, index, &first, &note, NOW).ok().unwrap();
    let [entry] = holder.list() else { panic!("the list has grown by one before anything is unwrapped") };
    assert_eq!(entry, entered.entry());
    assert_eq!((entry.number, entry.batch, entry.rows, entry.seen), (1, first.header.batch, 3, 5));
    // d400 sorts before d90, and has no layer.
    assert_eq!(entered.groups(), [1]);
    let inner = entered.unwrap(&key(23), &[(1, &first.encapsulations[1])]).unwrap();
    let open = batch::open(&key(21), &first.header, 1, &inner[0].1, &first.body).unwrap();
    assert_eq!(open.row(1, Address).unwrap().unwrap().as_slice(), b"Recipient 1");

    let index = log.intent(request(&second, 3, |_| {}));
    let note = log.note(&[2], NOW);
    let entered = ask(&mut holder, &log, index, &second, &note, NOW).ok().unwrap();
    assert_eq!(holder.list().iter().map(|own| own.number).collect::<Vec<_>>(), [1, 2]);
    let other = entered.unwrap(&key(23), &[(0, &second.encapsulations[0])]);
    assert_eq!(other, Err(Refusal::OtherGroup { group: 0 }), "what the intent does not ask for");
    assert_eq!(holder.list().len(), 2, "and it counts as done");

    let list = holder.sign(&secret(60)).unwrap();
    assert!(list.record.is_whole() && list.verify(&public(60)).is_ok());
    assert_eq!((list.record.count, &list.record.seen, list.record.origin.as_str()), (2, &note, ORIGIN));
    let kept = plenty().resume(holder.list().to_vec(), Some(&note)).ok().unwrap();
    assert_eq!(kept.sign(&secret(60)).unwrap(), list, "it goes on where it was");
    assert_eq!(plenty().resume(holder.list()[1..].to_vec(), None).err(), Some(Refusal::List));
    assert_eq!(plenty().sign(&secret(60)), Err(Refusal::NothingSeen));
}

#[test]
fn no_proof() {
    let batch = sealed(1);
    let (log, index, _) = logged(request(&batch, 3, |_| {}));
    assert!(matches!(refused(&log, index, &batch, "no note"), Refusal::Note(_)));
    assert!(matches!(refused(&log, index, &batch, &log.note(&[], NOW)), Refusal::Note(_)), "the warden alone");
    assert!(matches!(refused(&log, index, &batch, &log.note(&[3], NOW)), Refusal::Note(_)), "somebody else's witness");
    let two = Pins { quorum: 2, witnesses: vec![witness(1).verifier(), witness(2).verifier()], origin: ORIGIN.into() };
    let policy = Policy { principals: [].into(), rows: Budget::NONE };
    let mut careful = CoHolder::new("audit-1".parse().unwrap(), two, policy);
    let one = ask(&mut careful, &log, index, &batch, &log.note(&[1], NOW), NOW).err();
    assert_eq!(one, Some(Refusal::Quorum { found: 1, wanted: 2 }));
    // An entry that is not in the tree, at its place or at another; one that is no intent.
    let mut other = log.clone();
    other.leaves[index as usize] = log.leaves[0].clone();
    assert_eq!(refused(&log, index, &batch, &other.note(&[1], NOW)), Refusal::NotIncluded { index });
    assert_eq!(refused(&log, 0, &batch, &log.note(&[1], NOW)), Refusal::NoIntent { index: 0 });
    let mut misnamed = Log::filled(4);
    let request = request(&batch, 3, |_| {});
    misnamed.push(Entry::Intent(Intent { opening: Hash([1; 32]), request, approval: None }));
    assert_eq!(refused(&misnamed, 4, &batch, &misnamed.note(&[1], NOW)), Refusal::NoIntent { index: 4 });
    // A day old: it may be from while the warden was taken.
    let stale = Refusal::Stale { cosigned: time("2026-11-23T11:59:59.000Z"), now: time(NOW) };
    assert_eq!(refused(&log, index, &batch, &log.note(&[1], "2026-11-23T11:59:59.000Z")), stale);
}

#[test]
fn another_batch_or_header() {
    let (first, second) = (sealed(1), sealed(2));
    let (log, index, note) = logged(request(&first, 3, |_| {}));
    let (asked, intended) = (second.header.batch, first.header.batch);
    assert_eq!(refused(&log, index, &second, &note), Refusal::OtherBatch { asked, intended });
    let mut fewer = first.clone();
    fewer.header.rows = 1;
    assert_eq!(refused(&log, index, &fewer, &note), Refusal::OtherHeader { batch: intended });
    let salted = Sealed { salt: Hash([0; 32]), ..first.clone() };
    assert_eq!(refused(&log, index, &salted, &note), Refusal::OtherHeader { batch: intended });
    let (log, index, note) = logged(request(&first, 3, |scope| scope.classes = [Linkable].into()));
    assert_eq!(refused(&log, index, &first, &note), Refusal::NotWrapped { batch: intended });
}

#[test]
fn another_tree() {
    let (first, second) = (sealed(1), sealed(2));
    let (log, index, note) = logged(request(&first, 3, |_| {}));
    let mut holder = plenty();
    assert!(ask(&mut holder, &log, index, &first, &note, NOW).is_ok());
    // The warden and its witnesses sign a history without what came before.
    let mut forked = Log::filled(6);
    let index = forked.intent(request(&second, 3, |_| {}));
    let found = ask(&mut holder, &forked, index, &second, &forked.note(&[1, 2], NOW), NOW).err();
    assert_eq!(found, Some(Refusal::OtherTree { size: 7, seen: 5 }));
    let mut short = Log::filled(0);
    let index = short.intent(request(&second, 3, |_| {}));
    let evidence = (short.inclusion(index), short.note(&[1], NOW));
    let evidence =
        Evidence { leaf: &short.leaves[0], index, inclusion: &evidence.0, note: &evidence.1, consistency: &[] };
    let older = holder.enter(&Ask { header: &second.header, salt: &second.salt, evidence }, time(NOW)).err();
    assert_eq!(older, Some(Refusal::Older { size: 1, seen: 5 }));
    assert_eq!(holder.list().len(), 1);
    let mut elsewhere = Pins { origin: "other.example/ledger".into(), witnesses: vec![], quorum: 1 };
    elsewhere.witnesses.push(witness(1).verifier());
    let policy = Policy { principals: [].into(), rows: Budget::NONE };
    let mut other = CoHolder::new("audit-1".parse().unwrap(), elsewhere, policy);
    assert_eq!(ask(&mut other, &log, 4, &first, &note, NOW).err(), Some(Refusal::Origin));
}

#[test]
fn its_own_policy() {
    let batch = sealed(1);
    let refuses = |signer, change: &dyn Fn(&mut Scope)| {
        let (log, index, note) = logged(request(&batch, signer, change));
        refused(&log, index, &batch, &note)
    };
    let principal = || "support-7".parse().unwrap();
    assert_eq!(refuses(4, &|_| {}), Refusal::Signature { principal: principal() });
    let purpose = Purpose::Resend;
    assert_eq!(refuses(3, &|scope| scope.purpose = purpose), Refusal::Purpose { principal: principal(), purpose });
    let nobody = "support-8".parse().unwrap();
    let other = refuses(3, &|scope| scope.principal = "support-8".parse().unwrap());
    assert_eq!(other, Refusal::Principal { principal: nobody });
    for requested in ["2026-11-23T11:59:59.999Z", "2026-11-25T12:00:00.001Z"].map(time) {
        let refusal = Refusal::Requested { requested, now: time(NOW) };
        assert_eq!(refuses(3, &|scope| scope.requested = requested), refusal);
    }
}

#[test]
fn the_same_again() {
    let batch = sealed(1);
    let (log, index, note) = logged(request(&batch, 3, |_| {}));
    let mut holder = plenty();
    let opening = ask(&mut holder, &log, index, &batch, &note, NOW).ok().unwrap().entry().opening;
    let again = ask(&mut holder, &log, index, &batch, &note, NOW).err();
    assert_eq!(again, Some(Refusal::Repeated { opening }));
    assert_eq!(holder.list().len(), 1);
}

/// A batch counts with all of its three rows, whatever was asked for.
#[test]
fn budgets() {
    let mut holder = co_holder(Budget { hour: 5, day: 8, month: 10 });
    let mut log = Log::filled(4);
    let mut asked = |number: u8, now: &str| {
        let batch = sealed(number);
        let index = log.intent(request(&batch, 3, |scope| scope.requested = time(now)));
        let note = log.note(&[1], now);
        let before = holder.list().len();
        let refusal = ask(&mut holder, &log, index, &batch, &note, now).err();
        assert_eq!(holder.list().len(), before + usize::from(refusal.is_none()));
        refusal.map(|refusal| refusal.to_string())
    };
    let over = |used: u64, hours: u32, rows: u32| Some(Refusal::Budget { rows, hours, used, asked: 3 }.to_string());
    assert_eq!(asked(1, "2026-11-24T12:00:00.000Z"), None);
    assert_eq!(asked(2, "2026-11-24T12:59:59.999Z"), over(3, 1, 5));
    assert_eq!(asked(3, "2026-11-24T13:00:00.000Z"), None);
    assert_eq!(asked(4, "2026-11-24T14:00:00.000Z"), over(6, 24, 8));
    assert_eq!(asked(5, "2026-11-25T13:00:00.000Z"), None);
    assert_eq!(asked(6, "2026-11-27T13:00:00.000Z"), over(9, 720, 10));
    let back = "the last entry is of 2026-11-25T13:00:00.000Z, and the clock says 2026-11-25T12:59:59.000Z";
    assert_eq!(asked(7, "2026-11-25T12:59:59.000Z"), Some(back.to_owned()));
}

/// A thief who has left with the warden's keys keeps the intent too, and takes a newer checkpoint from wherever the ledger is shown. The
/// Dated a day ahead, it could be used for two.
#[test]
fn a_request_from_tomorrow_waits_until_then() {
    let sealed = sealed(1);
    let ahead = request(&sealed, 3, |scope| scope.requested = time(NOW).plus_hours(24));
    let (log, index, note) = logged(ahead);
    let entered = ask(&mut plenty(), &log, index, &sealed, &note, NOW);
    assert!(matches!(entered, Err(Refusal::Requested { .. })), "it is from tomorrow");
}
