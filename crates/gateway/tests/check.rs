//! What a check says is what the gateway does, whatever comes in; and what it answers passes its own check.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use edi::Code;
use gateway::{
    exchange::{check::check, receive::Refused},
    partner::{Agreement, File},
};
use house::{House, document};
use ledger::entry::Verdict;
use manifest::guide::Guide;
use proptest::{prelude::*, sample::Index};
use std::{
    cell::Cell,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// One gateway for all cases: each has a control number of its own, and tests leave no manifest.
fn house() -> &'static House {
    static OPEN: OnceLock<House> = OnceLock::new();
    OPEN.get_or_init(House::open)
}

/// Something of each kind that a guide moves, at places where damage is likely.
const GUIDE: &str = "guide = \"g\"\nabout = \"a\"\nform = \"x12\"\nmessages = [\"856\"]\ncharacters = \"basic\"\n\
    [acknowledge]\nwith = [\"997\"]\n\
    [[leniency]]\nname = \"long\"\ncode = \"TOO_LONG\"\nwhy = \"w\"\n\
    [[leniency]]\nname = \"count\"\ncode = \"SEGMENT_COUNT_MISMATCH\"\nwhy = \"w\"\n\
    [[leniency]]\nname = \"level\"\ncode = \"HL_PARENT\"\nwhy = \"w\"\n\
    [[strict]]\ncode = \"INVALID_CHARACTER\"\n[[require]]\nsegment = \"MAN\"\n";

/// The same, whose agreement names that guide.
fn guided_house() -> &'static House {
    static OPEN: OnceLock<House> = OnceLock::new();
    OPEN.get_or_init(|| {
        let house = House::open();
        let mut file = File::read(GUIDE).unwrap();
        let partners = house.gateway.partners();
        let own = partners.agreements().find(|own| own.carrier.as_str() == "democarrier").unwrap().clone();
        file.agreement.push(Agreement { guide: Some("g".into()), ..own });
        house.gateway.apply(file).unwrap();
        house
    })
}

/// A control number that a damaged octet does not turn into another's.
fn next_control() -> u32 {
    static LAST: AtomicU32 = AtomicU32::new(0);
    LAST.fetch_add(1, Relaxed).wrapping_mul(617_283_951) % 999_999_937
}

fn pristine(control: u32, sets: u32) -> Vec<u8> {
    let text = String::from_utf8(document(control, sets, |set| format!("NS-{control}-{set}"))).unwrap();
    text.replacen("*0*P*>~", "*1*T*>~", 1).into_bytes()
}

#[derive(Debug, Clone)]
enum Damage {
    Replace(Index, u8),
    Insert(Index, u8),
    Remove(Index, usize),
    Twice(Index, usize),
    Long(Index, usize),
    /// A whole segment goes, comes again, or changes place; the set's count stays right.
    DropSegment(Index),
    RepeatSegment(Index),
    MoveSegment(Index, Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let octet = prop_oneof![any::<u8>(), prop::sample::select(b"*~> 0A'+:?\n\r^".as_slice())];
    let place = any::<Index>;
    prop_oneof![
        (place(), octet.clone()).prop_map(|(at, octet)| Damage::Replace(at, octet)),
        (place(), octet).prop_map(|(at, octet)| Damage::Insert(at, octet)),
        (place(), 1usize..40).prop_map(|(at, count)| Damage::Remove(at, count)),
        (place(), 1usize..40).prop_map(|(at, count)| Damage::Twice(at, count)),
        (place(), 10usize..300).prop_map(|(at, count)| Damage::Long(at, count)),
        place().prop_map(Damage::DropSegment),
        place().prop_map(Damage::RepeatSegment),
        (place(), place()).prop_map(|(from, to)| Damage::MoveSegment(from, to)),
    ]
}

/// Where the envelope's header ends: who it is from and for is not what is tested here.
const ISA_OCTETS: usize = 106;

fn damaged(mut octets: Vec<u8>, damage: &Damage) -> Vec<u8> {
    let body = octets.len() - ISA_OCTETS;
    let at = |index: &Index| ISA_OCTETS + index.index(body.max(1));
    match damage {
        _ if body == 0 => {}
        Damage::Replace(place, octet) => octets[at(place)] = *octet,
        Damage::Insert(place, octet) => octets.insert(at(place), *octet),
        Damage::Remove(place, count) => {
            let end = octets.len().min(at(place) + count);
            octets.drain(at(place)..end);
        }
        Damage::Twice(place, count) => {
            let end = octets.len().min(at(place) + count);
            let piece = octets[at(place)..end].to_vec();
            octets.splice(end..end, piece);
        }
        Damage::Long(place, count) => {
            let place = at(place);
            octets.splice(place..place, std::iter::repeat_n(b'Q', *count));
        }
        Damage::DropSegment(_) | Damage::RepeatSegment(_) | Damage::MoveSegment(..) => {
            octets = resegmented(&octets, damage)
        }
    }
    octets
}

fn resegmented(octets: &[u8], damage: &Damage) -> Vec<u8> {
    let mut segments: Vec<Vec<u8>> = octets.split_inclusive(|octet| *octet == b'~').map(<[u8]>::to_vec).collect();
    match damage {
        Damage::DropSegment(at) if segments.len() > 1 => _ = segments.remove(1 + at.index(segments.len() - 1)),
        Damage::RepeatSegment(at) => {
            let at = at.index(segments.len());
            segments.insert(at + 1, segments[at].clone());
        }
        Damage::MoveSegment(from, to) if segments.len() > 1 => {
            let segment = segments.remove(1 + from.index(segments.len() - 1));
            segments.insert(1 + to.index(segments.len()).min(segments.len() - 1), segment);
        }
        _ => {}
    }
    let mut count = 0;
    for segment in &mut segments {
        count = if segment.starts_with(b"ST*") { 1 } else { count + 1 };
        if let Some(control) = segment.strip_prefix(b"SE*").and_then(|rest| rest.split(|o| *o == b'*').nth(1)) {
            *segment = [format!("SE*{count}*").as_bytes(), control].concat();
        }
    }
    segments.concat()
}

/// What a check says of each interchange: its verdict, and the answer.
fn checked(octets: &[u8]) -> Vec<(Verdict, Vec<u8>)> {
    checked_by(None, octets)
}

fn checked_by(guide: Option<&Guide>, octets: &[u8]) -> Vec<(Verdict, Vec<u8>)> {
    let mut all = Vec::new();
    check(octets, octets.len().max(1), guide, |checked| all.push((checked.verdict(), checked.answer(house::now()))));
    all
}

/// Nothing is wrong in an answer: what is too long, or of the wrong kind, would be.
fn passes(answer: &[u8]) {
    if answer.is_empty() {
        return;
    }
    let seen = Cell::new(0);
    check(answer, answer.len(), None, |checked| {
        seen.set(seen.get() + 1);
        // A group of a version that is not ours is answered in its own.
        let own = checked.findings().iter().filter(|finding| finding.code != Code::GroupVersion);
        let own: Vec<_> = own.collect();
        assert!(own.is_empty(), "{own:?} {}", answer.escape_ascii());
        if checked.findings().is_empty() {
            assert_eq!(checked.verdict(), Verdict::Accepted);
        }
        assert!(checked.x997(house::now()).is_none(), "a 997 is never answered");
    });
    assert!((1..=2).contains(&seen.get()));
}

/// But for the control numbers, which are drawn from a series.
fn without_numbers(answer: &[u8]) -> Vec<Vec<u8>> {
    let numbered = |s: &&[u8]| [&b"ISA*"[..], b"GS*", b"GE*", b"IEA*"].iter().any(|tag| s.starts_with(tag));
    answer.split(|o| *o == b'~').filter(|s| !numbered(s)).map(<[u8]>::to_vec).collect()
}

fn compare(octets: &[u8]) {
    compare_in(house(), None, octets);
}

fn compare_in(house: &House, guide: Option<&Guide>, octets: &[u8]) {
    let said = checked_by(guide, octets);
    said.iter().for_each(|(_, answer)| passes(answer));
    let done = match house.send_all(octets) {
        Ok(replies) => replies,
        Err(Refused::NotEdi { .. }) => {
            assert!(said.iter().all(|(verdict, _)| *verdict == Verdict::NotEdi), "{}", octets.escape_ascii());
            return;
        }
        Err(refused) => panic!("the envelope's names were left alone: {refused:?}"),
    };
    assert_eq!(done.len(), said.len());
    for (reply, (verdict, answer)) in done.iter().zip(&said) {
        passes(&reply.answer);
        assert_eq!(reply.verdict, *verdict, "{}", octets.escape_ascii());
        assert_eq!(without_numbers(&reply.answer), without_numbers(answer), "{}", octets.escape_ascii());
    }
}

/// Whether a gateway decides it by what it does not know from the document: a manifest that is cancelled, a header that
/// came in again and so is damaged, too, or has a control number that was used.
fn depends(octets: &[u8], interchanges: usize) -> bool {
    let count = |piece: &[u8]| octets.windows(piece.len()).filter(|window| *window == piece).count();
    count(b"BSN*01*") > 0 || count(b"ISA*") != interchanges
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_check_says_what_the_gateway_does(
        sets in 1u32..4,
        guided in any::<bool>(),
        width in prop_oneof![2 => Just(0usize), 1 => 1usize..200],
        damages in prop::collection::vec(damage(), 0..4),
    ) {
        let mut octets = pristine(next_control(), sets);
        if guided {
            // A guide of 005010, which is answered by a 999.
            octets = String::from_utf8(octets).unwrap().replace("*X*004010~", "*X*005010X999~").into_bytes();
        }
        octets = wrapped(&damages.iter().fold(octets, damaged), width);
        prop_assume!(!depends(&octets, 1));
        compare(&octets);
    }

    #[test]
    fn by_a_guide_too(sets in 1u32..4, damages in prop::collection::vec(damage(), 0..4)) {
        let octets = damages.iter().fold(pristine(next_control(), sets), damaged);
        prop_assume!(!depends(&octets, 1));
        compare_in(guided_house(), Some(&Guide::parse(GUIDE).unwrap()), &octets);
    }

    #[test]
    fn of_several_interchanges_too(damages in prop::collection::vec(damage(), 0..3), also in prop::collection::vec(damage(), 0..2)) {
        let octets = [
            damages.iter().fold(pristine(next_control(), 1), damaged),
            b"\r\n".to_vec(),
            also.iter().fold(pristine(next_control(), 2), damaged),
        ].concat();
        prop_assume!(!depends(&octets, 2));
        compare(&octets);
    }
}

/// Cut into lines of so many octets. Not cut: of 0, and where that would not be seen, so that the header would be broken.
fn wrapped(octets: &[u8], width: usize) -> Vec<u8> {
    let cut = octets.chunks(width.max(1)).collect::<Vec<_>>().join(&b"\r\n"[..]);
    if width == 0 || edi::unwrapped(&cut).is_none() { octets.to_vec() } else { cut }
}

#[test]
fn what_was_cut_into_lines_is_read_without_them_and_told_once() {
    let plain = pristine(next_control(), 3);
    let faulty = String::from_utf8(plain.clone()).unwrap().replace("*20260105*0930*0001~", "*20260230*0930*0001~");
    for octets in [plain, faulty.into_bytes()] {
        let body = wrapped(&octets, 80);
        assert!(body.len() > octets.len());
        let (mut whole, mut cut) = (Vec::new(), Vec::new());
        check(&octets, octets.len(), None, |checked| {
            let places = checked.findings().iter().map(|f| (f.code, octets.get(f.offset as usize).copied()));
            whole.push((checked.verdict(), checked.answer(house::now()), places.collect::<Vec<_>>()));
        });
        check(&body, body.len(), None, |checked| {
            let mut places = Vec::new();
            for finding in checked.findings() {
                let (told, column) = checked.in_body(finding);
                let line = body.split(|o| *o == b'\n').nth(told.line as usize - 1).unwrap();
                assert_eq!(body.get(told.offset as usize), line.get(column as usize - 1), "{told}");
                places.push((told.code, body.get(told.offset as usize).copied()));
            }
            assert_eq!(places.remove(0).0, Code::LinesWrapped);
            assert!(places.iter().all(|(code, _)| *code != Code::LinesWrapped));
            cut.push((checked.verdict(), checked.answer(house::now()), places));
        });
        assert_eq!(cut, whole);
    }
}

/// Each has its own share of the body as it came, and a body that is sent again gets its first answers.
#[test]
fn interchanges_that_were_cut_into_lines_together_are_taken_once() {
    let body = wrapped(&[pristine(next_control(), 2), pristine(next_control(), 1)].concat(), 80);
    compare(&body);
    let first = house().send_all(&body).unwrap();
    let again = house().send_all(&body).unwrap();
    assert!(first.iter().zip(&again).all(|(first, again)| first.answer == again.answer && !first.answer.is_empty()));
    assert_eq!((first.len(), again.len()), (2, 2));
}

#[test]
fn what_only_the_mapping_sees() {
    let text = String::from_utf8(pristine(next_control(), 2)).unwrap();
    let first = text.split("BSN*00*").nth(1).unwrap().split('*').next().unwrap().to_owned();
    for (piece, by, verdict) in [
        ("", String::new(), Verdict::Accepted),
        // The second set announces the first one's number again.
        (&text.split("BSN*00*").nth(2).unwrap()[..first.len()], first.clone(), Verdict::AcceptedInPart),
        // A number of nothing that counts.
        (&first, "---".to_owned(), Verdict::AcceptedInPart),
    ] {
        let octets = if piece.is_empty() {
            text.clone()
        } else {
            text.replace(&format!("BSN*00*{piece}*"), &format!("BSN*00*{by}*"))
        };
        let said = checked(octets.as_bytes());
        assert_eq!(said.iter().map(|(verdict, _)| *verdict).collect::<Vec<_>>(), [verdict], "{by}");
        let control = next_control();
        let sent = octets.replace(octets.get(90..99).unwrap(), &format!("{control:09}"));
        compare(sent.as_bytes());
    }
}

#[test]
fn an_acknowledgement_is_taken_and_announces_nothing() {
    let answer = checked(&pristine(next_control(), 1)).remove(0).1;
    let text = String::from_utf8(answer).unwrap();
    let groups = &text[text.rfind("ISA*").unwrap()..];
    let said = checked(groups.as_bytes());
    assert_eq!(said, [(Verdict::Accepted, Vec::new())]);
}
