use super::{
    EDIFACT, X12, edifact_message, is_functional_id, is_known_tag,
    library::Library,
    message,
    model::Message,
    order::{Item, NONE},
    outline::Dated,
    place::{Kind, Place},
    ta1,
    text::{Fault, File, Version},
};
use std::{collections::BTreeSet, path::Path};

/// Segments around messages, and one of a message that is not here yet (824).
const ENVELOPE: &[&str] = &["ISA", "GS", "ST", "SE", "GE", "IEA", "TA1", "TED"];
const SERVICE: &[&str] = &["UNB", "UNG", "UNH", "UNS", "UNT", "UNE", "UNZ"];

fn library(files: &[File]) -> Library {
    Library::parse(files).unwrap_or_else(|fault| panic!("{fault}"))
}

/// All messages in all versions, with their tables.
fn built(library: &Library) -> Result<Vec<(Dated, Message)>, Fault> {
    library.messages()?.into_iter().map(|found| Ok((found.0, library.message(found)?))).collect()
}

#[test]
fn every_file_is_used() {
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tables");
    for (folder, files) in [("x12", X12), ("edifact", EDIFACT)] {
        let found: BTreeSet<String> = std::fs::read_dir(tables.join(folder))
            .unwrap()
            .map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()))
            .collect();
        assert_eq!(found, files.iter().map(|file| file.name.to_owned()).collect());
    }
}

#[test]
fn files_are_plain() {
    for file in X12.iter().chain(EDIFACT) {
        for (number, line) in (1..).zip(file.text.lines()) {
            assert!(line.chars().count() <= 160, "{}:{number}: too long", file.name);
            assert!(!line.contains(['\t', '\r']) && line.trim_end() == line, "{}:{number}: blanks", file.name);
        }
        assert!(file.text.ends_with('\n'), "{}", file.name);
    }
}

#[test]
fn all_is_defined_and_nothing_in_vain() {
    for (files, around) in [(X12, ENVELOPE), (EDIFACT, SERVICE)] {
        let library = library(files);
        let messages = built(&library).unwrap_or_else(|fault| panic!("{fault}"));
        assert!(!messages.is_empty());
        for tag in around {
            for version in ["D.3", "004010", "005010", "4.1"].map(|version| Version::parse(version).unwrap()) {
                library.segment(tag, version).unwrap_or_else(|fault| panic!("{fault}"));
            }
        }
        assert_eq!(library.unused(), [""; 0]);
        for (dated, message) in &messages {
            assert!(dated.since <= dated.until);
            is_sound(dated.kind, message);
        }
    }
}

/// What the check relies on.
fn is_sound(kind: &str, message: &Message) {
    let name = format!("{kind} {}", message.version);
    assert_eq!(message.functional_id.is_some(), !message.version.contains('.'), "{name}");
    for (number, of) in message.loops.iter().enumerate() {
        let items = &message.items[usize::from(of.items.start)..usize::from(of.items.end)];
        assert!(!items.is_empty(), "{name}");
        let opens = message.items.iter().filter(|item| usize::from(item.opens) == number).collect::<Vec<&Item>>();
        assert_eq!(opens.len(), usize::from(number > 0), "{name}");
        if let [opener] = opens[..] {
            assert_eq!((items[0].segment, items[0].most, items[0].opens), (opener.segment, 1, NONE), "{name}");
        }
        for (segment, &first) in of.first.iter().enumerate() {
            let item = |at: u16| Some(at).filter(|at| *at != NONE);
            let chain = std::iter::successors(item(first), |at| item(message.items[usize::from(*at)].next_same));
            let chain: Vec<u16> = chain.collect();
            let same = of.items.clone().filter(|at| usize::from(message.items[usize::from(*at)].segment) == segment);
            assert_eq!(chain, same.collect::<Vec<u16>>(), "{name}");
        }
    }
    for (id, segment) in (0..).zip(&message.segments) {
        assert_eq!(message.segment_id(segment.tag.as_bytes()), Some(id), "{name}");
        for place in segment.places.iter().flat_map(|place| std::iter::once(place).chain(&place.components)) {
            assert_eq!(place.kind == Kind::Composite, !place.components.is_empty(), "{name} {}", segment.tag);
            assert!(place.shortest <= place.longest && place.longest > 0, "{name} {}", segment.tag);
        }
    }
    for tag in ["", "H", "HLX", "NAME", "\0\0\0", "N1\0"] {
        assert_eq!(message.segment_id(tag.as_bytes()), None, "{name}");
    }
}

/// The version of the table that a set takes.
fn table(kind: &str, version: u32) -> Option<&'static str> {
    message(kind.as_bytes(), version).map(|message| message.version)
}

#[test]
fn versions_of_x12() {
    for kind in ["856", "215", "997"] {
        assert_eq!(table(kind, 4009), None);
        assert_eq!(table(kind, 4010), Some("004010"));
        assert_eq!(table(kind, 4042), Some("004040"));
        assert_eq!(table(kind, 4060), Some("004060"));
        assert_eq!(table(kind, 5010), Some("005010"));
        assert_eq!(table(kind, 5011), None);
    }
    assert_eq!(
        [4010, 4011, 4019, 4020, 5010].map(|version| table("214", version)),
        [Some("004010"), None, None, Some("004020"), Some("005010")]
    );
    assert_eq!([4060, 5010].map(|version| table("999", version)), [None, Some("005010")]);
    assert_eq!(table("850", 4010), None);
    assert_eq!(
        ["SH", "UP", "QM", "FA", "PO", "S", ""].map(|id| is_functional_id(id.as_bytes())),
        [true, true, true, true, false, false, false]
    );
}

#[test]
fn versions_of_edifact() {
    let table = |kind: &str, version: &str, release: &str| {
        edifact_message(kind.as_bytes(), version.as_bytes(), release.as_bytes()).map(|message| message.version)
    };
    assert_eq!(table("IFTMIN", "D", "96A"), Some("D.96A"));
    assert_eq!(table("IFTMIN", "D", "01B"), Some("D.01B"));
    assert_eq!(table("IFTMIN", "D", "04A"), Some("D.04A"));
    assert_eq!(table("IFTMIN", "D", "03B"), Some("D.03A"));
    assert_eq!(table("IFTMIN", "D", "95B"), None);
    assert_eq!(table("IFTMIN", "D", "96a"), None);
    assert_eq!(table("IFTSTA", "D", "96A"), Some("D.96A"));
    assert_eq!(table("CONTRL", "D", "3"), Some("D.3"));
    assert_eq!(table("CONTRL", "4", "1"), Some("4.1"));
    assert_eq!(table("ORDERS", "D", "96A"), None);
}

/// `tag mandatory most`, the loops in brackets.
fn outline(message: &Message, of: u16) -> String {
    let of = &message.loops[usize::from(of)];
    let items = of.items.clone().map(|at| {
        let item = &message.items[usize::from(at)];
        let tag = message.segments[usize::from(item.segment)].tag;
        let status = if of.required.contains(&at) { "!" } else { "" };
        let most = if item.most == u32::MAX { "*".to_owned() } else { item.most.to_string() };
        let inner = if item.opens == NONE { String::new() } else { format!("[{}]", outline(message, item.opens)) };
        format!("{tag}{status}{most}{inner}")
    });
    items.collect::<Vec<String>>().join(" ")
}

#[test]
fn loops_of_997_and_999() {
    let of = |kind: &str| message(kind.as_bytes(), 5010).map(|message| outline(message, 0)).unwrap();
    assert_eq!(of("997"), "AK1!1 AK2999999[AK21 AK3999999[AK31 AK499] AK5!1] AK9!1");
    assert_eq!(of("999"), "AK1!1 AK2*[AK21 IK3*[IK31 CTX10 IK4*[IK41 CTX10]] IK5!1] AK9!1");
}

#[test]
fn header_of_215() {
    let header = |version| {
        let outline = outline(message(b"215", version).unwrap(), 0);
        outline.split(" N1").next().unwrap().to_owned()
    };
    assert_eq!(header(4010), "B2A!1 BLR1 C31 L11!10 G626");
    assert_eq!(header(4020), header(4010));
    assert_eq!(header(4030), "B1!1 C31 L11!10 G626");
    assert_eq!(header(4040), header(4030));
    assert_eq!(header(5010), "B1!1 C31 L1110 G626");
}

/// One segment's place, from 1.
fn place(kind: &str, version: u32, tag: &str, number: usize) -> &'static Place {
    let message = message(kind.as_bytes(), version).unwrap();
    let id = message.segment_id(tag.as_bytes()).unwrap();
    &message.segments[usize::from(id)].places[number - 1]
}

fn told(place: &Place) -> (u16, bool, Kind, u16, u16) {
    (place.number, place.mandatory, place.kind, place.shortest, place.longest)
}

#[test]
fn elements_grow_with_versions() {
    assert_eq!(told(place("856", 4010, "REF", 2)), (127, false, Kind::Text, 1, 30));
    assert_eq!(told(place("856", 4020, "REF", 2)), (127, false, Kind::Text, 1, 30));
    assert_eq!(told(place("856", 4030, "REF", 2)), (127, false, Kind::Text, 1, 50));
    assert_eq!(told(place("856", 4010, "PER", 4)), (364, false, Kind::Text, 1, 80));
    assert_eq!(told(place("856", 5010, "PER", 4)), (364, false, Kind::Text, 1, 256));
    assert_eq!(told(place("215", 4010, "SMD", 1)), (284, true, Kind::Code, 2, 2));
    assert_eq!(told(place("997", 4010, "AK3", 3)), (447, false, Kind::Text, 1, 6));
    assert_eq!(told(place("997", 5010, "AK3", 3)), (447, false, Kind::Text, 1, 4));
    assert_eq!(place("997", 4010, "AK4", 1).components.len(), 2);
    assert_eq!(place("997", 5010, "AK4", 1).components.len(), 3);
    assert_eq!(place("999", 5010, "CTX", 1).repeats, 10);
    assert_eq!(place("999", 5010, "CTX", 1).number, 998);
    assert_eq!(
        ta1().unwrap().places.iter().map(|place| place.number).collect::<Vec<u16>>(),
        [60_012, 60_008, 60_009, 60_017, 60_018]
    );
}

#[test]
fn segments_grow_with_versions() {
    let places = |kind: &str, version, tag: &str| {
        let message = message(kind.as_bytes(), version).unwrap();
        message.segments[usize::from(message.segment_id(tag.as_bytes()).unwrap())].places.len()
    };
    assert_eq!([4010, 4040, 4050, 5010].map(|version| places("997", version, "AK1")), [2, 2, 3, 3]);
    assert_eq!([4010, 4020, 5010].map(|version| places("856", version, "N4")), [6, 7, 7]);
    assert_eq!([4010, 4030, 4040].map(|version| places("856", version, "MEA")), [10, 10, 12]);
    assert_eq!([4010, 4030, 4040].map(|version| places("215", version, "L11")), [3, 4, 5]);
    assert_eq!([4010, 4020].map(|version| places("214", version, "B10")), [7, 9]);
}

#[test]
fn codes_in_use() {
    let taken = |place: &Place, code: &str| place.codes.as_ref().unwrap().contains(code.as_bytes());
    let purpose = place("856", 4010, "BSN", 1);
    assert!(taken(purpose, "00") && taken(purpose, "05") && !taken(purpose, "99") && !taken(purpose, "0"));
    assert!(!taken(purpose, "00\0") && !taken(purpose, ""));
    let verdict = place("999", 5010, "IK4", 3);
    assert!(taken(verdict, "I12") && !taken(verdict, "I5") && !taken(verdict, "123456789"));
    assert!(place("856", 4010, "REF", 1).codes.is_none());
}

#[test]
fn tags_that_are_known() {
    for tag in ["ISA", "TA1", "N1", "MAN", "B2A", "CTX", "TED", "UNB", "UNH", "NAD", "GID", "UCI", "ZT"] {
        assert!(is_known_tag(tag), "{tag}");
    }
    for tag in ["", "n1", "JON", "J", "NAME", "from", "*", "M", "1"] {
        assert!(!is_known_tag(tag), "{tag}");
    }
    let described: BTreeSet<&str> = library(X12).tags().collect();
    let listed = X12.iter().find(|file| file.name == "x12/tags.txt").unwrap().text;
    let listed: Vec<&str> =
        listed.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).collect();
    assert!(listed.is_sorted_by(|a, b| a < b));
    assert_eq!(listed.iter().find(|tag| described.contains(*tag)), None);
}

const ELEMENTS: &str = "1 ID 2..2 one\n2 AN 1..9 two\n";
const SEGMENTS: &str = "AA first\n  1:M 2:O\nBB second\n  1:M\n";
const MESSAGE: &str = "message 100 made up\nfunctional AB\nversions 004010\nAA M 1\n";

/// What is wrong with these files: file and line.
fn fault(elements: &'static str, segments: &'static str, message: &'static str) -> Option<(&'static str, usize)> {
    let files = [("x/elements.txt", elements), ("x/segments.txt", segments), ("x/100.txt", message)];
    let files = files.map(|(name, text)| File { name, text });
    let outcome = Library::parse(&files).and_then(|library| built(&library).map(|_| ()));
    outcome.err().map(|Fault { file, line, .. }| (file, line))
}

#[test]
fn faults_name_file_and_line() {
    assert_eq!(fault(ELEMENTS, SEGMENTS, MESSAGE), None);
    for (elements, line) in [
        ("1 ID 2..2 one\n", None), // 2 is not defined
        ("1 ID 2..2\n2 AN 1..9 two\n", Some(1)),
        ("1 ID 3..2 one\n2 AN 1..9 two\n", Some(1)),
        ("1 ID 0..2 one\n2 AN 1..9 two\n", Some(1)),
        ("1 ID 2 one\n2 AN 1..9 two\n", Some(1)),
        ("1 XX 2..2 one\n2 AN 1..9 two\n", Some(1)),
        ("1 ID 2..2 one\n2 AN 1..9 two\n1 ID 2..2 one\n", Some(3)),
        ("1 ID 2..2 one\n  codes 00 1\n2 AN 1..9 two\n", Some(1)),
        ("1 ID 2..2 one\n  from 004010: ID 2..3\n  from 004010: ID 2..4\n2 AN 1..9 two\n", Some(3)),
        ("  codes 00\n1 ID 2..2 one\n2 AN 1..9 two\n", Some(1)),
    ] {
        let expected = line.map_or(("x/segments.txt", 1), |line| ("x/elements.txt", line));
        assert_eq!(fault(elements, SEGMENTS, MESSAGE), Some(expected), "{elements}");
    }
    for (segments, line) in [
        ("AA\n  1:M 2:O\n", 1),
        ("AA first\n", 1),
        ("AA first\n  1:M 2:Z\n", 1),
        ("AA first\n  1:M 2:O*0\n", 1),
        ("AA first\n  1:M 3:O\n", 1),
        ("AA first\n  1:M 2:O P0103\n", 1),
        ("AA first\n  1:M 2:O P02\n", 1),
        ("AA first\n  1:M 2:O Q0102\n", 1),
        ("AA first\n  1:M 2:O R0102\n", 1),
        ("AA first\n  1:M 2:O C0202\n", 1),
        ("AA first\n  1:M 2:O\nBB second\n  1:M\nAA third\n  1:M\n", 5),
    ] {
        assert_eq!(fault(ELEMENTS, segments, MESSAGE), Some(("x/segments.txt", line)), "{segments}");
    }
}

#[test]
fn faults_of_messages() {
    for (message, line) in [
        ("message 100 made up\nAA M 1\n", 2),
        ("message 100\nversions 004010\nAA M 1\n", 1),
        ("message 100 made up\nfunctional ABC\nversions 004010\nAA M 1\n", 2),
        ("message 100 made up\nversions 4.10x\nAA M 1\n", 2),
        ("message 100 made up\nversions 004020 004010\nAA M 1\n", 2),
        ("message 100 made up\nversions 004020 to 004020\nAA M 1\n", 2),
        ("message 100 made up\nversions 004010 to 004030\nAA M 1\nversions 004030\nAA M 1\n", 4),
        ("message 100 made up\nversions 004010\n", 2),
        ("message 100 made up\nversions 004010\nCC M 1\n", 3),
        ("message 100 made up\nversions 004010\nAA X 1\n", 3),
        ("message 100 made up\nversions 004010\nAA M 0\n", 3),
        ("message 100 made up\nversions 004010\nAA M\n", 3),
        ("message 100 made up\nversions 004010\nAA M 1 since 004010\n", 3),
        ("message 100 made up\nversions 004010\nAA M 1\n  BB M 1\n", 4),
        ("message 100 made up\nversions 004010\nloop AA M 1\n    BB M 1\n  BB M 1\n", 5),
        ("message 100 made up\nversions 004010\nloop AA M 1\n", 3),
        ("message 100 made up\nversions 004010\nAA O 1\nBB O 1\nAA O 1\n", 5),
        ("message 100 made up\nversions 004010\nAA O 1\nBB M 1\nAA O 1 again\n", 5),
        ("message 100 made up\nversions 004010\nloop AA O 1\n  AA O 1\n", 4),
    ] {
        assert_eq!(fault(ELEMENTS, SEGMENTS, message), Some(("x/100.txt", line)), "{message}");
    }
    for message in [
        "message 100 made up\nversions 004010\nAA O 1\nBB M 1\nAA O 1\n",
        "message 100 made up\nversions 004010\nAA O 1\nBB O 1\nAA O 1 again\n",
        "message 100 made up\nversions 004010 004020\nAA O 1 until 004010\nBB O 1\nAA O 1 from 004020\n",
    ] {
        assert_eq!(fault(ELEMENTS, SEGMENTS, message), None, "{message}");
    }
}

#[test]
fn later_files_replace_entries() {
    let files = [
        ("x/elements.txt", "1 an..3 one\n2 an..9 two\n  from D.01B: an..35\n"),
        ("x/elements-d01b.txt", "file from D.01B\n1 an..17 one\n  codes A B\n"),
        ("x/segments.txt", "AAA first # not this: 9:M\n  1:M\n  2:C*2\n  from D.01B: + 2:C\n  P0203\n"),
        ("x/MADEUP.txt", "message MADEUP made up\nversions D.96A to D.00B\nAAA M 1\nversions D.01B\nAAA M 1\n"),
    ];
    let messages = built(&library(&files.map(|(name, text)| File { name, text }))).unwrap();
    let lengths = |at: usize| {
        let table = &messages[at].1.segments[0];
        (table.places.iter().map(|place| (place.longest, place.repeats)).collect::<Vec<_>>(), table.conditions.len())
    };
    assert_eq!(lengths(0), (vec![(3, 1), (9, 2)], 0));
    assert_eq!(lengths(1), (vec![(17, 1), (35, 2), (35, 1)], 1));
    assert!(messages[1].1.segments[0].places[0].codes.as_ref().unwrap().contains(b"B"));
    assert_eq!((messages[0].0.since, messages[0].0.until), (Version(19_960), Version(20_001)));
}
