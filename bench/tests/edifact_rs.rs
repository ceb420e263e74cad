//! Our tokens of EDIFACT held against those of `edifact-rs`: tags, where they stand, elements, repetitions, components,
//! unescaped. Where it stops, what it read before must be the same, and we must have found something, too.

use edi::{Limits, Rules};
use std::{collections::BTreeSet, fs, path::Path};

type Components = Vec<Vec<u8>>;

/// A segment.
#[derive(Debug, PartialEq, Eq)]
struct Token {
    tag: Vec<u8>,
    offset: usize,
    elements: Vec<Vec<Components>>,
}

/// The vectors about which we differ, and why.
const DIFFERENT: [(&str, &str); 5] = [
    ("edifact-then-x12", "an X12 interchange that follows is read here, too"),
    ("edifact-two-interchanges-own-una", "each of our interchanges has its own UNA, there it is of the whole file"),
    (
        "edifact-una-asterisk-syntax-3",
        "before syntax 4 the fifth character of UNA is reserved: nothing is repeated by it",
    ),
    ("edifact-una-no-release", "a blank says in UNA that there is no release character: refused there"),
    ("edifact-unoc-accent", "UNOC is Latin-1: refused there, because it is not UTF-8"),
];

#[test]
fn of_the_vectors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/edi/tests/vectors");
    let (mut compared, mut different) = (0, BTreeSet::new());
    for file in fs::read_dir(folder).expect("the vectors are there") {
        let path = file.expect("it can be listed").path();
        let octets = fs::read(&path).expect("it can be read");
        if path.extension().is_some_and(|extension| extension == "edi") && is_edifact(&octets) {
            compared += 1;
            let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
            different.extend(difference(&octets).map(|_| name));
        }
    }
    assert!(compared > 100, "only {compared} vectors are EDIFACT");
    assert_eq!(different, DIFFERENT.iter().map(|(name, _)| (*name).to_owned()).collect());
}

/// Nothing in it is outside of ASCII, and it declares UTF-8: what remains are delimiters and releases.
const MESSAGE: &str = "UNA:+.?*'UNB+UNOY:4+NORTHGOODS:ZZ+PARCELS:14+20260105:0930+1'UNH+M1+IFTMIN:D:01B:UN'\
    BGM+340+SHIP-1+9'DTM+137:20260105:102'NAD+CZ+++MADE UP ?+ GOODS'NAD+CN+++NO ??ONE?' AT ALL+12 SAMPLE ST:UNIT 3+\
    QUEBEC+QC+G1A1A1+CA'COM+4185550100:TE*no.one@example.com:EM'GID+1+1:CT'MEA+AAE+G+KGM:2.5'PCI+33E'\
    GIN+BJ+000000000000000017'UNT+11+M1'UNZ+1+1'";

/// Those of its UNA and UNB.
const HEADER_OCTETS: usize = 61;

#[test]
fn of_a_message_with_octets_replaced() {
    let mut random = 1u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    for _ in 0..50_000 {
        let mut octets = MESSAGE.as_bytes().to_vec();
        for _ in 0..=next(3) {
            // Behind the UNB, whose syntax and characters decide how the rest is read. No A: where a UNA comes again,
            // another interchange begins here, and none there.
            let at = HEADER_OCTETS + next(octets.len() - HEADER_OCTETS);
            octets[at] = b"'+:?*X1 .-"[next(10)];
        }
        let found = difference(&octets);
        assert_eq!(found, None, "{}", String::from_utf8_lossy(&octets));
    }
}

fn is_edifact(octets: &[u8]) -> bool {
    octets.windows(3).take(16).any(|three| three == b"UNB")
}

/// What the two do not agree about.
fn difference(octets: &[u8]) -> Option<String> {
    let (ours, is_clean) = ours(octets);
    let (theirs, stopped) = theirs(octets);
    let first = ours.iter().zip(&theirs).position(|(our, their)| our != their);
    match (first, stopped) {
        (Some(at), _) => Some(format!("{:?}, there {:?}", ours[at], theirs[at])),
        (None, Some(why)) if is_clean => Some(format!("refused there: {why}")),
        (None, None) if ours.len() != theirs.len() => Some(format!("{}, there {}", ours.len(), theirs.len())),
        (None, _) if ours.len() < theirs.len() => Some(format!("{}, there at least {}", ours.len(), theirs.len())),
        (None, _) => None,
    }
}

/// Segments behind each header, and whether nothing was found.
fn ours(octets: &[u8]) -> (Vec<Token>, bool) {
    let (mut tokens, mut is_clean) = (Vec::new(), true);
    let (limits, rules) = (Limits::default(), Rules::default());
    for (interchange, findings, _) in edi::interchanges(octets, &limits, &rules) {
        is_clean &= findings.is_empty();
        let mut walk = interchange.walk_all();
        while let Some(segment) = walk.next_segment() {
            let meant = |component| edi::unescape(component, segment.release()).into_owned();
            let components = |repetition| without_end(segment.components_of(repetition).map(meant).collect());
            let elements = segment.elements().map(|element| match element {
                [] => vec![Vec::new()],
                _ => segment.repetitions_of(element).map(components).collect(),
            });
            // There, blanks before a tag are passed over; here they are found, in it.
            let tag = segment.tag().trim_ascii_start();
            let offset = segment.offset() as usize + segment.tag().len() - tag.len();
            tokens.push(Token { tag: tag.to_vec(), offset, elements: elements.collect() });
        }
    }
    (tokens, is_clean)
}

/// The same, and why it stopped.
fn theirs(octets: &[u8]) -> (Vec<Token>, Option<String>) {
    let mut tokens = Vec::new();
    for segment in edifact_rs::from_bytes(octets) {
        let segment = match segment {
            Ok(segment) => segment,
            Err(why) => return (tokens, Some(format!("{why:?}"))),
        };
        if segment.tag == "UNB" {
            continue;
        }
        let components = |components: &edifact_rs::Components<'_>| {
            without_end(components.iter().map(|(value, _)| value.as_bytes().to_vec()).collect())
        };
        let elements = segment
            .elements
            .iter()
            .map(|element| std::iter::once(&element.components).chain(&element.repeats).map(components).collect());
        let (tag, offset) = (segment.tag.as_bytes().to_vec(), segment.tag_span.start);
        tokens.push(Token { tag, offset, elements: elements.collect() });
    }
    (tokens, None)
}

/// Without empty components at the end: whether there is one of an empty element is nobody's question.
fn without_end(mut components: Components) -> Components {
    while components.last().is_some_and(Vec::is_empty) {
        components.pop();
    }
    components
}
