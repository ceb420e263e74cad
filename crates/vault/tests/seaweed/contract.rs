//! What the vault relies on, asked of the store itself.

#[path = "../made_up/mod.rs"]
mod made_up;

use made_up::*;
use std::{collections::BTreeSet, thread, time::Instant};
use vault::{Bucket, Error, Name, Objects};

fn name(s: &str) -> Name {
    s.parse().unwrap()
}

/// Both stores of a part that nobody else has.
fn opened(part: &str) -> (String, Box<dyn Objects>, Box<dyn Objects>) {
    let url = control::seaweed::url(part);
    let (segments, outbox) = Bucket::of(url.clone()).stores().unwrap();
    (url, segments, outbox)
}

#[test]
fn what_is_put_is_read_listed_and_deleted() {
    if !control::is_seaweed() {
        return;
    }
    let (_, objects, others) = opened("put");
    objects.put(&name("a"), &[b"01234", b"56789"]).unwrap();
    objects.put(&name("b"), &[b""]).unwrap();
    assert_eq!(objects.read(&name("a")).unwrap(), b"0123456789");
    assert_eq!(objects.read_range(&name("a"), 3, 4).unwrap(), b"3456");
    assert_eq!(objects.read_range(&name("a"), 10, 0).unwrap(), b"");
    for (start, length) in [(3, 8), (10, 1), (11, 0), (u64::MAX, 2)] {
        let read = objects.read_range(&name("a"), start, length);
        assert!(matches!(read, Err(Error::Damaged { .. })), "{start} {length} {read:?}");
    }
    assert!(matches!(objects.read_range(&name("c"), 0, 1), Err(Error::Missing { what: "object" })));
    let listed = |objects: &dyn Objects| objects.list().unwrap().into_iter().collect::<BTreeSet<_>>();
    assert_eq!(listed(&*objects), [name("a"), name("b")].into());
    assert_eq!(listed(&*others), BTreeSet::new());
    objects.delete(&name("a")).unwrap();
    objects.delete(&name("a")).unwrap();
    assert!(matches!(objects.read(&name("a")), Err(Error::Missing { what: "object" })));
}

#[test]
fn a_name_is_given_once_and_the_same_again_is_harmless() {
    if !control::is_seaweed() {
        return;
    }
    let (_, objects, _) = opened("once");
    objects.put(&name("a"), &[b"one"]).unwrap();
    objects.put(&name("a"), &[b"o", b"ne"]).unwrap();
    assert!(matches!(objects.put(&name("a"), &[b"two"]), Err(Error::Exists { what: "object" })));
    assert_eq!(objects.read(&name("a")).unwrap(), b"one");
}

#[test]
fn a_part_is_blanked_beside_others_and_what_was_deleted_does_not_come_back() {
    if !control::is_seaweed() {
        return;
    }
    let (_, objects, _) = opened("blank");
    objects.put(&name("a"), &[&[b'x'; 80]]).unwrap();
    thread::scope(|scope| {
        for at in 0..8 {
            let objects = &objects;
            scope.spawn(move || objects.blank(&name("a"), at * 10, 5).unwrap());
        }
    });
    let expected = [[0; 5], [b'x'; 5]].concat().repeat(8);
    assert_eq!(objects.read(&name("a")).unwrap(), expected);
    assert!(matches!(objects.blank(&name("a"), 79, 2), Err(Error::Damaged { .. })));
    objects.delete(&name("a")).unwrap();
    assert!(objects.blank(&name("a"), 0, 1).is_err());
    assert!(objects.list().unwrap().is_empty());
}

#[test]
fn what_is_set_aside_comes_back_and_a_move_that_was_cut_off_is_ended() {
    if !control::is_seaweed() {
        return;
    }
    let (url, objects, _) = opened("aside");
    objects.put(&name("a"), &[b"1"]).unwrap();
    objects.set_aside(&name("a")).unwrap();
    assert_eq!(objects.list().unwrap(), []);
    assert!(objects.bring_back(&name("a")).unwrap());
    assert!(!objects.bring_back(&name("a")).unwrap());
    assert_eq!(objects.read(&name("a")).unwrap(), b"1");
    // Copied, and the process dies before it deletes: in both directions that looks alike.
    objects.set_aside(&name("a")).unwrap();
    objects.put(&name("a"), &[b"1"]).unwrap();
    drop(objects);
    let (objects, _) = Bucket::of(url).stores().unwrap();
    assert_eq!(objects.list().unwrap(), [name("a")]);
    assert!(!objects.bring_back(&name("a")).unwrap(), "there is one of it");
}

#[test]
fn more_than_a_page_is_listed() {
    if !control::is_seaweed() {
        return;
    }
    let (_, objects, _) = opened("pages");
    let start = Instant::now();
    thread::scope(|scope| {
        for part in 0..8 {
            let objects = &objects;
            scope.spawn(move || {
                (0..130).for_each(|number| objects.put(&name(&format!("{part}-{number}")), &[b"1"]).unwrap());
            });
        }
    });
    eprintln!("1,040 objects in {:?}", start.elapsed());
    assert_eq!(objects.list().unwrap().into_iter().collect::<BTreeSet<_>>().len(), 1_040);
}

#[test]
fn large_objects_go_both_ways() {
    if !control::is_seaweed() {
        return;
    }
    let (_, objects, _) = opened("large");
    let octets: Vec<u8> = (0..20_000_000_u32).map(|at| (at % 251) as u8).collect();
    objects.put(&name("a"), &[&octets[..7], &octets[7..]]).unwrap();
    assert!(objects.read(&name("a")).unwrap() == octets);
    assert!(objects.read_range(&name("a"), 9_999_999, 4).unwrap() == octets[9_999_999..10_000_003]);
}

#[test]
fn who_is_not_there_or_has_not_the_keys_is_told_apart_and_no_key_is_shown() {
    if !control::is_seaweed() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let keys = dir.path().join("keys");
    std::fs::write(&keys, "bulla\nSECRET\n").unwrap();
    let (url, ..) = opened("keys");
    let other = format!("{}&keys={}", url.split("&keys=").next().unwrap(), keys.display());
    let refused = Bucket::of(other).stores().err().unwrap();
    assert!(matches!(refused, Error::ObjectsRefused { status: 403 }), "{refused:?}");
    let nobody = Bucket::of(format!("s3://bulla/x?endpoint=http://127.0.0.1:1&keys={}", keys.display()));
    let away = nobody.stores().err().unwrap();
    assert!(matches!(away, Error::ObjectsAway), "{away:?}");
    let shown = format!("{refused:?} {refused} {away:?} {away} {nobody:?}");
    assert!(!shown.contains("SECRET") && !shown.contains("127.0.0.1"), "{shown}");
}
