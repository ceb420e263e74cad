//! A bundle that stays where it is: on a file the same as in memory; a file that fails, or that somebody changes while it is read.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{
    bundle::{self, Entries, Lines, Octets, Parts, Prover, Refusal, Verified, octets, write_leaf},
    named::Unread,
};
use ledger::{Disclosed, Hash, canonical};
use rustix::fs::{Mode, OFlags};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, ErrorKind, Write},
    sync::atomic::{AtomicU64, Ordering},
};

const WARDEN: &str = "[[hypothesis]]\nkind = \"warden\"\n";

fn prove(estate: &Estate) -> Vec<u8> {
    let (note, pins) = (estate.note(), estate.pins());
    let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis: WARDEN, pins: Some(&pins) };
    bundle::prove(parts, &estate.beside()).unwrap().octets
}

#[test]
fn on_a_file_it_is_made_and_read_as_in_memory() {
    let (estate, dir) = (autumn(), tempfile::tempdir().unwrap());
    let (path, pins, in_memory) = (dir.path().join("bundle"), estate.pins(), prove(&estate));
    let file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
    let note = estate.note();
    let prover = Prover::read(&estate.leaves, note.as_bytes(), Some(&pins)).unwrap();
    let made = prover.prove_on(file, WARDEN, &estate.beside()).unwrap();
    assert!(std::fs::read(&path).unwrap() == in_memory);
    let verified = bundle::verify(&in_memory, Some(&pins), &[]).unwrap();
    assert_eq!((&made.assessment, made.verdict), (&verified.assessment, verified.verdict));
    assert_eq!(bundle::verify(&made.octets, Some(&pins), &[]), Ok(verified.clone()));
    assert_eq!(bundle::verify(&*octets::at(&path, 1).unwrap(), Some(&pins), &[]), Ok(verified));
    for at in (0..in_memory.len()).step_by(211) {
        let mut changed = in_memory.clone();
        changed[at] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        let refused = bundle::verify(&changed, Some(&pins), &[]).unwrap_err();
        assert_eq!(bundle::verify(&*octets::at(&path, 1).unwrap(), Some(&pins), &[]), Err(refused), "octet {at}");
    }
}

/// Entries and headers on files, as they come: in any order, one more than once, some in a form that is none.
#[test]
fn from_files_it_is_made_as_from_memory() {
    let (estate, dir) = (autumn(), tempfile::tempdir().unwrap());
    let (path, pins, note) = (|name: &str| dir.path().join(name), estate.pins(), estate.note());
    let mut entries = File::create(path("entries")).unwrap();
    estate.leaves.iter().for_each(|leaf| write_leaf(&mut entries, leaf).unwrap());
    assert_eq!(write_leaf(&mut entries, &[0; 65_536]).unwrap_err().kind(), ErrorKind::InvalidData);
    let written = |disclosed: &Disclosed| String::from_utf8(canonical::bytes(disclosed)).unwrap();
    let mut lines: Vec<_> = estate.headers.values().rev().map(written).collect();
    let mut other = estate.headers.values().next().unwrap().clone();
    other.salt = Hash([1; 32]);
    // Of several of one batch the last counts, and a form that is none is left out.
    lines.insert(0, written(&other));
    lines.push(written(&other).replace("{\"header\"", "{ \"header\""));
    lines.push("no header".to_owned());
    std::fs::write(path("headers"), lines.join("\n") + "\n").unwrap();
    let headers = File::open(path("headers")).unwrap();
    let (beside, wrong) = Lines::of(&headers).unwrap();
    assert_eq!((beside.headers(), wrong), (estate.headers.len(), 2));
    let word = |own| String::from_utf8(canonical::bytes(own)).unwrap();
    let words: Vec<_> = estate.confirmations.iter().rev().map(word).collect();
    std::fs::write(path("words"), format!("no word\n\n {}\n{0}\n{}", words[0], words.join("\n"))).unwrap();
    let words = File::open(path("words")).unwrap();
    let beside = beside.confirmed(&words).unwrap();
    let leaves = Entries(File::open(path("entries")).unwrap());
    let prover = Prover::read(&leaves, note.as_bytes(), Some(&pins)).unwrap();
    let made = prover.prove(WARDEN, &beside).unwrap();
    assert!(made.octets == prove(&estate) && beside.all_read().is_ok());

    std::fs::write(path("entries"), [0, 9, b'x']).unwrap();
    let cut = Prover::read(&leaves, note.as_bytes(), Some(&pins)).map(|_| ());
    assert_eq!(cut, Err(Refusal::EntryCut { index: 0 }));
}

#[test]
fn a_pipe_is_read_to_its_end_and_no_further_than_it_may_be() {
    let (dir, whole) = (tempfile::tempdir().unwrap(), prove(&autumn()));
    let path = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    for (most, fits) in [(whole.len() as u64, true), (whole.len() as u64 - 1, false)] {
        std::thread::scope(|threads| {
            // Somebody reads, so that whoever opens it to write waits for nobody.
            let reader = rustix::fs::open(&path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).unwrap();
            let mut writer = File::options().write(true).open(&path).unwrap();
            let whole = &whole;
            // Whoever writes more than is taken is told so.
            threads.spawn(move || writer.write_all(whole).err());
            let read = octets::at(&path, most);
            drop(reader);
            match fits {
                true => assert!(bundle::verify(&*read.unwrap(), Some(&autumn().pins()), &[]).is_ok()),
                false => assert!(matches!(read.err().unwrap(), Unread::TooLarge { most: said } if said == most)),
            }
        });
    }
    let none = octets::at(&dir.path().join("none"), 1).err().unwrap();
    assert!(matches!(none, Unread::System(error) if error.kind() == ErrorKind::NotFound));
}

/// What becomes of a file from some reading on.
struct Turning<'b> {
    first: &'b [u8],
    then: Option<&'b [u8]>,
    readings: AtomicU64,
    turn: u64,
}

impl Octets for Turning<'_> {
    fn octets(&self) -> io::Result<u64> {
        self.first.octets()
    }

    fn read_at(&self, offset: u64, to: &mut [u8]) -> io::Result<()> {
        match self.then {
            _ if self.readings.fetch_add(1, Ordering::Relaxed) < self.turn => self.first.read_at(offset, to),
            Some(then) => then.read_at(offset, to),
            None => Err(ErrorKind::Other.into()),
        }
    }
}

impl<'b> Turning<'b> {
    fn new(first: &'b [u8], then: Option<&'b [u8]>, turn: u64) -> Self {
        Self { first, then, readings: AtomicU64::new(0), turn }
    }
}

#[test]
fn a_file_that_fails_refuses_nothing_and_proves_nothing() {
    let (whole, pins) = (prove(&autumn()), autumn().pins());
    let sound = Turning::new(&whole, None, u64::MAX);
    bundle::verify(&sound, Some(&pins), &[]).unwrap();
    let readings = sound.readings.into_inner();
    assert!(readings > 20, "{readings}");
    for turn in 0..readings {
        let failing = Turning::new(&whole, None, turn);
        let refused = bundle::verify(&failing, Some(&pins), &[]);
        assert_eq!(refused, Err(Refusal::File { kind: ErrorKind::Other }), "reading {turn}");
    }
}

/// Whoever can change the file while it is read gains nothing: what is counted is what the anchor has, read at once.
#[test]
fn a_header_that_is_another_when_it_is_read_again_does_not_count() {
    let (estate, pins) = (autumn(), autumn().pins());
    let whole = prove(&estate);
    let honest = bundle::verify(&whole, Some(&pins), &[]).unwrap();
    let mut lying = whole.clone();
    let headers = whole.windows(9).position(|w| w == b"{\"header\"").unwrap();
    let rows: Vec<_> = whole.windows(7).enumerate().skip(headers).filter(|(_, w)| *w == b"\"rows\":").collect();
    for (place, _) in &rows {
        lying[place + 7] = b'1';
    }
    assert!(rows.len() > 3 && lying != whole);
    turned(&whole, &lying, &estate, &honest);
}

/// Nor with carriers' words: what is counted is what was signed, read at once.
#[test]
fn a_word_that_is_another_when_it_is_read_again_does_not_count() {
    let mut estate = autumn();
    let carrier = estate.confirmations[0].record.carrier.clone();
    let own = estate.headers.clone().into_values().map(|own| own.header).filter(|own| own.carrier == carrier);
    // As long as each other.
    for header in own.filter(|own| (10..100).contains(&own.rows)) {
        estate.confirm(&[header.batch], header.rows.into());
    }
    let whole = prove(&estate);
    let honest = bundle::verify(&whole, Some(&estate.pins()), &[]).unwrap();
    let begin = b"{\"record\":{\"batches\":[\"";
    let words: Vec<_> = whole.windows(begin.len()).enumerate().filter(|(_, w)| w == begin).map(|(at, _)| at).collect();
    let lengths: BTreeSet<_> = words.windows(2).map(|two| two[1] - two[0]).collect();
    let (Some(octets), 1) = (lengths.first(), lengths.len()) else { panic!("{words:?}") };
    // One of them instead of all, a signature and a batch changed.
    let (mut alike, mut unsigned, mut moved) = (whole.clone(), whole.clone(), whole.clone());
    for at in &words {
        alike.copy_within(words[0]..words[0] + octets, *at);
        unsigned[at + octets - 5] = if whole[at + octets - 5] == b'1' { b'2' } else { b'1' };
        moved[at + begin.len()] = b'f';
    }
    for lying in [&alike, &unsigned, &moved] {
        assert!(*lying != whole);
        turned(&whole, lying, &estate, &honest);
    }
}

/// Whenever it becomes the lying one, nothing else is verified than the honest one.
fn turned(whole: &[u8], lying: &[u8], estate: &Estate, honest: &Verified) {
    let pins = estate.pins();
    let sound = Turning::new(whole, None, u64::MAX);
    bundle::verify(&sound, Some(&pins), &[]).unwrap();
    for turn in 0..sound.readings.into_inner() {
        let turning = Turning::new(whole, Some(lying), turn);
        match bundle::verify(&turning, Some(&pins), &[]) {
            Ok(verified) => assert_eq!(verified, *honest, "reading {turn}"),
            Err(Refusal::File { kind }) => panic!("reading {turn}: {kind}"),
            Err(_) => {}
        }
    }
}
