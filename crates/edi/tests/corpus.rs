//! Public samples, where they lie beside the repository: read without panic, envelopes judged as expected.

mod sample;

use edi::{
    Answer, Code, Severity, Verdicts,
    acknowledgement::{Echo, Moment, Numbers, note, ta1, x997},
};
use sample::all;
use std::{collections::BTreeMap, fs, path::PathBuf};

/// Where the index and we disagree, and why. `true`: we take the envelope.
const DISAGREEMENTS: &[(&str, bool, &str)] =
    &[("TA1/xlate__staedi__x12_interchange_ack.txt", true, "IEA01 is 1 beside a TA1 and no group: a warning")];

/// Envelopes on which the index leaves the decision to us. `true`: we take the envelope.
const DECISIONS: &[(&str, bool, &str)] = &[
    ("214/apimeister__x12-types__test_214.rs.lit0.edi", false, "IEA02 does not repeat ISA13"),
    ("856/apimeister__x12-types__test_856.rs.lit0.edi", false, "SE01 is wrong"),
    ("856/apimeister__x12-types__test_856.rs.lit1.edi", false, "ISA is not of fixed width, SE01 is wrong"),
    ("856/apimeister__x12-types__test_856.rs.lit2.edi", false, "GE01 is wrong"),
    ("856/apimeister__x12-types__test_856.rs.lit3.edi", false, "SE01 is wrong"),
    ("856/apimeister__x12-types__test_856.rs.lit4.edi", false, "SE01 is wrong"),
    ("856/apimeister__x12-types__test_856.rs.lit7.edi", false, "ISA is not of fixed width"),
    ("edge-cases/olmelabs__ediengine__MultipleInterchangesAndGroups.edi", false, "two interchanges in one body"),
    (
        "edge-cases/ryanco__x12-parser__example852nonasciisegsep.txt",
        false,
        "the terminator is one octet of a character of two: the other one damages every segment's id",
    ),
];

#[test]
fn read_without_panic() {
    let Some(folder) = folder() else { return };
    let mut files = 0;
    for file in walk(&folder) {
        let octets = fs::read(&file).expect("can be read");
        let (interchange, findings) = all(&octets);
        let numbers = Numbers { interchange: 1, group: 1 };
        let at = Moment { year: 2026, month: 1, day: 1, hour: 0, minute: 0 };
        ta1(&interchange, note(&findings), &Echo::ALL, numbers, at);
        x997(&interchange, &findings, &Echo::ALL, numbers, at);
        edi::census(&interchange);
        Verdicts::new(&interchange, &findings);
        files += 1;
    }
    assert!(files > 50, "{files}");
}

#[test]
fn envelopes_are_judged_as_expected() {
    let Some(folder) = folder() else { return };
    let index = fs::read_to_string(folder.join("INDEX.tsv")).expect("there is an index");
    let explained: BTreeMap<&str, bool> =
        DISAGREEMENTS.iter().chain(DECISIONS).map(|(file, taken, _)| (*file, *taken)).collect();
    let mut judged = 0;
    let mut wrong = Vec::new();
    for line in index.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (file, expected) = (columns[0], columns[7]);
        let octets = fs::read(folder.join(file)).expect("the index names files that are there");
        let begins = octets.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&octets).trim_ascii_start();
        if !begins.starts_with(b"ISA") && !expected.contains("NO_ISA") {
            continue;
        }
        judged += 1;
        let (interchange, findings) = edi::read(&octets, &edi::Limits::default());
        let refuses = |f: &&edi::Finding| f.severity == Severity::Refusal && of_envelope(f.code);
        let taken = interchange.header.is_some() && !findings.iter().any(|f| refuses(&f));
        let wanted = explained.get(file).copied().unwrap_or_else(|| expected.starts_with("valid"));
        if taken != wanted {
            let found: Vec<String> = findings.iter().map(sample::line).collect();
            wrong.push(format!("{file}: expected {expected}; found {found:?}"));
        }
        if wanted != expected.starts_with("valid") {
            assert!(explained.contains_key(file), "{file} is explained");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged > 50, "{judged}");
}

/// Not what a message's table says, nor that a message or version is none of ours.
fn of_envelope(code: Code) -> bool {
    let others = [Code::GroupUnsupported, Code::GroupVersion, Code::SetUnsupported, Code::SetNotInGroup];
    !others.contains(&code) && !matches!(code.answer(), Answer::Segment(_) | Answer::Element(_))
}

/// The 856s of the corpus that have a good envelope and a version that is taken: what the tables say of them.
#[test]
fn ship_notices() {
    let Some(folder) = folder() else { return };
    // ISA11 of the second makes a hyphen the repetition separator, and two of its values have one.
    let hyphens: &[&str] = &["TOO_MANY_REPETITIONS 8 REF 2", "TOO_MANY_REPETITIONS 16 N4 3"];
    for (file, expected) in
        [("856/olmelabs__ediengine__856.Crossdock.OK.edi", &[][..]), ("856/aaronhuggins__node-x12__856.edi", hyphens)]
    {
        let octets = fs::read(folder.join(file)).expect("is there");
        let (_, findings) = all(&octets);
        let told: Vec<String> =
            findings.iter().filter(|f| f.code.answer() != Answer::Nowhere).map(sample::line).collect();
        assert_eq!(told, expected, "{file}");
    }
}

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !folder.is_dir() {
        println!("skipped: there is no corpus beside the repository");
        return None;
    }
    Some(folder)
}

fn walk(folder: &PathBuf) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("can be listed").flatten() {
        let path = entry.path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}
