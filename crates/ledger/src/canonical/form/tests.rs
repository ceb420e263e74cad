//! What the walk takes is what reading, writing again and comparing takes, value for value; and it takes nearly all of that.

use super::{super::*, *};
use crate::{
    BatchId, Classes, Confirmation, ConfirmationRecord, DeliveryId, Disclosed, FieldClass, Hash, Header, InstanceId,
    Logged, Month, PeriodId, Province, Signature, Time,
    entry::*,
    header::{Count, Group},
};
use ed25519_dalek::SigningKey;
use proptest::{collection::vec, option, prelude::*, sample::select};
use std::fmt::Debug;

/// Whether these octets are taken: both ways say the same, but of escapes, which the walk leaves to the other.
fn taken<T: InForm + Serialize + DeserializeOwned + PartialEq + Debug>(octets: &[u8]) -> bool {
    let plainly = read::<T>(octets);
    match Form::whole::<T>(octets) {
        Some(walked) => assert_eq!(Ok(walked), plainly),
        None => assert!(plainly.is_err() || octets.contains(&b'\\'), "{}", String::from_utf8_lossy(octets)),
    }
    assert_eq!(read_expected::<T>(octets), plainly);
    plainly.is_ok()
}

fn word<T: FromStr<Err: Debug> + Debug>(allowed: &'static [u8], longest: usize) -> impl Strategy<Value = T> {
    vec(select(allowed), 1..=longest).prop_map(|word| String::from_utf8(word).unwrap().parse().unwrap())
}

fn time() -> impl Strategy<Value = Time> {
    any::<i64>().prop_map(|any| Time::from_milliseconds(any % 260_000_000_000_000))
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..12_u64, any::<u64>(), select(&[1 << 53, (1 << 53) + 1, u64::MAX][..])]
}

fn month() -> impl Strategy<Value = Month> {
    (1..=9999_i16, 1..=12_i8).prop_map(|(year, month)| Month { year, month })
}

fn period() -> impl Strategy<Value = PeriodId> {
    let generation = prop_oneof![1..4_u32, Just(u32::MAX)];
    (word(b"Az0-", 32), month(), word(b"d90", 16), generation)
        .prop_map(|(agreement, month, group, generation)| PeriodId { agreement, month, group, generation })
}

fn hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash)
}

fn classes() -> impl Strategy<Value = Classes> {
    vec(select(&FieldClass::ALL[..]), 0..6).prop_map(|list| list.into_iter().collect())
}

fn text() -> impl Strategy<Value = String> {
    vec(select(&['a', '/', '\n', '\u{7f}', 'é', '\u{2014}', '\u{10ffff}'][..]), 0..8).prop_map(String::from_iter)
}

fn group() -> impl Strategy<Value = Group> {
    (period(), hash(), classes(), hash(), option::of(hash()))
        .prop_map(|(period, key, classes, commitment, co_holder)| Group { period, key, classes, commitment, co_holder })
}

fn count() -> impl Strategy<Value = Count> {
    (select(&Province::ALL[..]), classes(), any::<u32>()).prop_map(|(province, classes, rows)| Count {
        province,
        classes,
        rows,
    })
}

/// As the types have it: whether it keeps a header's rules is nothing of the form's.
fn disclosed() -> impl Strategy<Value = Disclosed> {
    let names = (text(), text(), word(b"Az0-", 32), word(b"S-1", 32), word(b"C-1", 32), word(b"gw-1", 32));
    let times = (month(), time(), time(), hash(), hash());
    let numbers = (any::<[u8; 16]>(), any::<[u8; 16]>(), number(), any::<u32>(), number());
    (names, times, numbers, vec(count(), 0..3), vec(group(), 0..3)).prop_map(
        |(
            (version, suite, agreement, shipper, carrier, worker),
            (month, received, sealed, body, salt),
            (batch, instance, ticket, rows, parties),
            counts,
            groups,
        )| {
            let (batch, instance) = (BatchId(batch), InstanceId(instance));
            #[rustfmt::skip]
            let header = Header {
                version, suite, batch, agreement, shipper, carrier, month, worker, instance, ticket, received, sealed,
                rows, parties, counts, groups, body,
            };
            Disclosed { header, salt }
        },
    )
}

fn anchor() -> impl Strategy<Value = Anchor> {
    let sealed_to = (period(), hash()).prop_map(|(period, key)| SealedTo { period, key });
    let numbers = (any::<u32>(), number(), number(), number());
    (any::<[u8; 16]>(), hash(), numbers, vec(sealed_to, 0..3)).prop_map(
        |(batch, header, (rows, parties, octets, carrier), keys)| Anchor {
            batch: BatchId(batch),
            header,
            rows,
            parties,
            octets,
            carrier,
            keys,
        },
    )
}

fn intake() -> impl Strategy<Value = Intake> {
    let who = (word(b"gw-1", 32), time(), any::<[u8; 16]>(), option::of(word(b"S-1", 32)), option::of(hash()));
    let how = (select(&Channel::ALL[..]), select(&Verdict::ALL[..]), any::<bool>(), any::<u32>(), any::<u32>());
    let many = (number(), number(), number(), number());
    (who, how, many, vec(anchor(), 0..3)).prop_map(
        |(
            (worker, received, instance, shipper, decryption),
            (channel, verdict, tls, part, parts),
            (ticket, octets, rows, parties),
            batches,
        )| {
            let instance = InstanceId(instance);
            #[rustfmt::skip]
            let record = IntakeRecord {
                worker, received, instance, ticket, part, parts, channel, tls, decryption, octets, rows, parties, verdict,
                shipper, batches,
            };
            Intake::new(record, &SigningKey::from_bytes(&[1; 32]))
        },
    )
}

fn tick() -> impl Strategy<Value = Tick> {
    let numbers = (number(), number(), vec(number(), 0..3), number(), number());
    let seen = proptest::option::of((number(), any::<[u8; 32]>()));
    (word(b"gw-1", 32), any::<[u8; 16]>(), numbers, seen).prop_map(
        |(worker, instance, (number, next, open, rows, parties), seen)| {
            let credit = Credit { rows, parties };
            let seen = seen.map(|(size, root)| TreeHead { size, root: Hash(root) });
            let record = TickRecord { worker, instance: InstanceId(instance), number, next, open, credit, seen };
            Tick::new(record, &SigningKey::from_bytes(&[1; 32]))
        },
    )
}

fn logged() -> impl Strategy<Value = Logged> {
    let entry = prop_oneof![
        intake().prop_map(Entry::Intake),
        tick().prop_map(Entry::Tick),
        text().prop_map(|note| Entry::Heartbeat(Heartbeat { note })),
    ];
    (time(), entry).prop_map(|(time, entry)| Logged { time, entry })
}

fn confirmation() -> impl Strategy<Value = Confirmation> {
    let batches = vec(any::<[u8; 16]>().prop_map(BatchId), 0..4);
    let numbers = (any::<[u8; 16]>(), hash(), time(), number());
    (word(b"C-1", 32), batches, numbers).prop_map(|(carrier, batches, (delivery, digest, received, rows))| {
        let (delivery, batches) = (DeliveryId(delivery), batches.into_iter().collect());
        let record = ConfirmationRecord { carrier, delivery, batches, digest, rows, received };
        Confirmation::new(record, &SigningKey::from_bytes(&[1; 32]))
    })
}

/// Other octets, made of these in every place.
fn others(written: &[u8], octet: u8) -> Vec<Vec<u8>> {
    let mut others = Vec::new();
    let mut put = |from: usize, to: usize, instead: &[u8]| {
        others.push([&written[..from], instead, &written[to..]].concat());
    };
    for (at, own) in written.iter().enumerate() {
        put(at, written.len(), b"");
        put(at, at + 1, b"");
        put(at, at, &[*own]);
        put(at, at, b" ");
        put(at, at + 1, &[octet]);
        put(at, at + 1, &[*own ^ 0x20]);
        put(at, at + 1, format!("\\u{own:04x}").as_bytes());
    }
    let digit = |at: usize| written.get(at).is_some_and(u8::is_ascii_digit);
    for from in (1..written.len()).filter(|from| digit(*from) && !digit(from - 1)) {
        let to = (from..).find(|at| !digit(*at)).unwrap();
        let own = std::str::from_utf8(&written[from..to]).unwrap();
        for other in [format!("0{own}"), format!("{own}.0"), format!("{own}e0"), format!("-{own}"), format!("+{own}")] {
            put(from, to, other.as_bytes());
        }
        for other in ["-0", "0", "4294967296", "18446744073709551616", "null", "\"1\"", &"9".repeat(400)] {
            put(from, to, other.as_bytes());
        }
    }
    // Members and elements: dropped, doubled, two of them the other way about.
    let commas: Vec<_> = written.iter().enumerate().filter(|(_, own)| **own == b',').map(|(at, _)| at).collect();
    for three in commas.windows(3) {
        let (first, second) = (&written[three[0]..three[1]], &written[three[1]..three[2]]);
        put(three[0], three[1], b"");
        put(three[0], three[0], first);
        put(three[0], three[2], &[second, first].concat());
        put(three[0], three[0], b",\"co_holder\":null");
    }
    others
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_header_is_taken_as_it_is_written_and_otherwise_as_plainly(disclosed in disclosed(), octet in any::<u8>()) {
        let written = bytes(&disclosed);
        prop_assert_eq!(Form::whole(&written), Some(disclosed));
        let others = others(&written, octet);
        let taken = others.iter().filter(|other| taken::<Disclosed>(other)).count();
        prop_assert!(taken < others.len() / 4);
    }

    #[test]
    fn a_carriers_word_is_taken_as_it_is_written_and_otherwise_as_plainly(own in confirmation(), octet in any::<u8>()) {
        let written = bytes(&own);
        prop_assert_eq!(Confirmation::record_of(&written), bytes(&own.record));
        prop_assert_eq!(Form::whole(&written), Some(own));
        let others = others(&written, octet);
        let taken = others.iter().filter(|other| taken::<Confirmation>(other)).count();
        prop_assert!(taken < others.len() / 4);
    }

    #[test]
    fn a_leaf_is_taken_as_it_is_written_and_otherwise_as_plainly(logged in logged(), octet in any::<u8>()) {
        let written = bytes(&logged);
        prop_assert_eq!(Form::whole(&written), Some(logged));
        let others = others(&written, octet);
        let taken = others.iter().filter(|other| taken::<Logged>(other)).count();
        prop_assert!(taken < others.len() / 4);
    }
}

#[test]
fn each_word_is_taken() {
    fn all<T: InForm + Serialize + PartialEq + Debug + Copy>(words: &[T]) {
        words.iter().for_each(|word| assert_eq!(Form::whole(&bytes(word)), Some(*word)));
    }
    all(&Province::ALL);
    all(&FieldClass::ALL);
    all(&Channel::ALL);
    all(&Verdict::ALL);
    all(&[true, false]);
    all(&[None, Some(Hash([0xaf; 32]))]);
    all(&[Signature([0xc3; 64])]);
}

#[test]
fn a_set_is_taken_in_its_order_alone() {
    let mut sets = 0;
    for first in FieldClass::ALL {
        for second in FieldClass::ALL {
            sets += usize::from(taken::<Classes>(&bytes(&[first, second])));
            for third in FieldClass::ALL {
                sets += usize::from(taken::<Classes>(&bytes(&[first, second, third])));
            }
        }
    }
    assert_eq!(sets, 15 + 20);
    for other in ["[]", "[", "[,]", "[\"address\",]", "[\"Address\"]", "[\"address\"", "null", "[{\"address\":null}]"] {
        assert_eq!(taken::<Classes>(other.as_bytes()), other == "[]", "{other}");
    }
}

#[test]
fn text_is_taken_with_no_escapes_but_of_line_ends() {
    for character in ('\0'..='\u{2ff}').chain(['\u{2028}', '\u{ffff}', '\u{10ffff}']) {
        let text = format!("a{character}b");
        assert!(taken::<String>(&bytes(&text)));
        let walked = !matches!(character, '"' | '\\' | '\0'..='\u{1f}') || character == '\n';
        assert_eq!(Form::whole(&bytes(&text)), walked.then_some(text));
    }
    for other in [&b"\"\xff\""[..], b"\"\xed\xa0\x80\"", b"\"\n\"", b"\"\\u000a\"", b"\"\\n", b"\"", b"", b"\"a\"b"] {
        assert!(!taken::<String>(other));
    }
}

#[test]
fn a_number_is_taken_in_one_form() {
    for number in ["0", "7", "10", "4294967295", "4294967296", "9007199254740993", "18446744073709551615"] {
        assert!(taken::<u64>(number.as_bytes()));
        assert_eq!(taken::<u32>(number.as_bytes()), number.len() < 10 || number == "4294967295");
    }
    let long = "1".repeat(1 << 20);
    for other in
        ["", "00", "07", "-0", "-1", "+1", "1.0", "1e0", "1E2", " 1", "1 ", "0x1", "18446744073709551616", &long]
    {
        assert!(!taken::<u64>(other.as_bytes()));
    }
}

#[test]
fn however_deep_or_long_it_is_it_is_refused() {
    for begin in ["[", "{", "{\"header\":", "{\"entry\":", "{\"entry\":{\"record\":{\"batches\":[", "\"", "9"] {
        let hostile = begin.repeat(100_000);
        assert!(!taken::<Disclosed>(hostile.as_bytes()) && !taken::<Logged>(hostile.as_bytes()));
        assert!(!taken::<Confirmation>(hostile.as_bytes()));
    }
}
