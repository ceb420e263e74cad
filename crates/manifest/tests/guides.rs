//! Guides: what they say, what is wrong with them, and that those we ship fit their samples.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod made_up;

use manifest::{
    Class, Manifest, Province, Tag, csv,
    form::Limits,
    guide::{Answer, Form, Guide},
    json, mapping, write,
};

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guides")
}

fn shipped(name: &str) -> Guide {
    let text = std::fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap();
    Guide::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn octets_of(name: &str) -> Vec<u8> {
    std::fs::read(folder().join("samples").join(name)).unwrap()
}

#[test]
fn each_guide_is_read_and_has_a_sample() {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "toml") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let guide = shipped(&name);
            assert_eq!(guide.name, name);
            let extension = match guide.form {
                Form::X12 | Form::Edifact => "edi",
                Form::Json => "json",
                Form::Csv => "csv",
            };
            assert!(!octets_of(&format!("{name}.{extension}")).is_empty());
            names.push(name);
        }
    }
    names.sort();
    assert_eq!(names, ["bring-iftmin", "canada-post-214", "csv", "json", "pickup-215", "plain-856"]);
}

/// What is found by a guide, with how bad it is, and how often each of its rules was used.
fn by(guide: &Guide, text: &str) -> (Vec<(edi::Code, String, edi::Severity)>, Vec<u64>) {
    let (interchange, mut findings, used) = edi::read_by(text.as_bytes(), &edi::Limits::default(), guide.rules());
    findings.extend(guide.foreign(&interchange, &findings));
    (findings.iter().map(|f| (f.code, f.tag.to_string(), f.severity)).collect(), used)
}

#[test]
fn a_guide_moves_what_it_names_and_nothing_else() {
    use edi::{Code, Severity::*};
    let guide = shipped("plain-856");
    assert_eq!((guide.form, guide.messages.as_slice()), (Form::X12, &["856".to_owned()][..]));
    assert_eq!((guide.answers_with(Answer::X997), guide.answers_with(Answer::Ta1)), (true, false));
    let sample = String::from_utf8(octets_of("plain-856.edi")).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(sample.contains(from), "{from}");
        by(&guide, &sample.replace(from, to))
    };
    let td1 = (Code::ConditionMissing, "TD1".to_owned(), Warning);
    assert_eq!(by(&guide, &sample), (vec![td1.clone()], vec![1, 0]));
    // A code that is an error to everybody else refuses here.
    let (found, used) = changed("DTM*011*20260105", "DTM*011*20260230");
    assert!(found.contains(&(Code::InvalidDate, "DTM".to_owned(), Refusal)), "{found:?}");
    assert!(used[0] == 1 && used[1] > 0, "{used:?}");
    // What it asks for, by its first element.
    let (found, _) = changed("N1*ST*", "N1*BT*");
    assert!(found.contains(&(Code::RequiredByPartner, "N1".to_owned(), Error)), "{found:?}");
    let (found, _) = changed("MADE", "M\u{c9}DE");
    assert!(found.iter().any(|(code, ..)| *code == Code::CharacterSet), "{found:?}");
    // What it does not name, and is taken elsewhere.
    assert_eq!(changed("*X*004010", "*X*004060").0, [td1, (Code::GroupVersion, "GS".to_owned(), Refusal)]);
    let pickup = by(&guide, &String::from_utf8(octets_of("pickup-215.edi")).unwrap()).0;
    assert_eq!(pickup, [(Code::SetUnsupported, "ST".to_owned(), Refusal)]);
    let instruction = String::from_utf8_lossy(&octets_of("bring-iftmin.edi")).into_owned();
    let found = by(&guide, &instruction).0;
    assert!(found.contains(&(Code::MessageUnsupported, "UNH".to_owned(), Refusal)), "{found:?}");
    let bring = shipped("bring-iftmin");
    let of_bring = |text: &str| by(&bring, text).0.iter().any(|(code, ..)| *code == Code::MessageUnsupported);
    assert!(!of_bring(&instruction));
    let mut narrow = bring.clone();
    narrow.versions = vec!["D.01B".to_owned()];
    assert!(by(&narrow, &instruction).0.iter().any(|(code, ..)| *code == Code::MessageUnsupported));
}

/// A guide with these lines at its beginning and end.
fn with(first: &str, last: &str) -> String {
    format!("guide = \"g\"\nabout = \"a\"\nform = \"x12\"\nmessages = [\"856\"]\n{first}\n{last}\n")
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_what_to_do() {
    let rule = "[[leniency]]\nname = \"n\"\ncode = \"CONDITION_MISSING\"\nsegment = \"N1\"\nelement = 2\nwhy = \"w\"\n";
    let swap = |from: &str, to: &str| {
        let changed = rule.replace(from, to);
        assert_ne!(changed, rule);
        with("", &changed)
    };
    for (text, told) in [
        (with("wrapped_lines = true", ""), "line 5: unknown field `wrapped_lines`, expected one of "),
        (with("characters = 1", ""), "line 5: invalid type: integer `1`, expected a string: see toml.io"),
        (with("characters", ""), "line 5: "),
        (with("guide = \"h\"", ""), "line 5: duplicate key: see toml.io"),
        ("form = \"x12\"".to_owned(), "line 1: missing field `guide`: add it"),
        (
            with("", "").replace("\"g\"", "\"A Guide\""),
            "line 1: `A Guide` is no name: use a-z, 0-9 and dashes, at most 40",
        ),
        (with("", "").replace("\"a\"", "\" \""), "line 2: `about` is empty: say it in a sentence"),
        (with("", "").replace("x12", "xml"), "line 3: xml is no form: write x12, edifact, json or csv"),
        (
            with("", "").replace("[\"856\"]", "[]"),
            "line 4: no message is named: say which ones the partner sends, such as messages = [\"856\"]",
        ),
        (with("", "").replace("856", "ASN"), "line 4: ASN is no message of X12: write its three digits"),
        (with("", "").replace("x12", "edifact"), "line 4: 856 is no message of EDIFACT: write its six capital letters"),
        (with("", "").replace("x12", "json"), "line 4: `messages` has no meaning for json: remove it"),
        (with("versions = [\"4010\"]", ""), "line 5: 4010 is no version of X12: write its six digits, such as 004010"),
        (
            with("characters = \"ascii\"", ""),
            "line 5: ascii is no character set: write basic, extended, latin-1 or utf-8",
        ),
        (with("[acknowledge]\nwith = [\"contrl\"]", ""), "line 6: contrl is no answer to X12: write ta1, 997 or 999"),
        (with("[acknowledge]\nby = \"me\"", ""), "line 6: unknown field `by`, expected `with`: correct its spelling"),
        (
            swap("CONDITION", "NO"),
            "line 8: NO_MISSING is no code of a finding: write it as `bulla check` shows it, such as CONDITION_MISSING",
        ),
        (
            swap("CONDITION_MISSING", "CARD_NUMBER"),
            "line 8: CARD_NUMBER is never allowed: a document with it cannot be taken; remove the leniency",
        ),
        (swap("CONDITION_MISSING", "SE_MISSING"), "line 8: SE_MISSING is never allowed: "),
        (swap("CONDITION_MISSING", "EMPTY_SEGMENT"), "line 8: EMPTY_SEGMENT is a warning already: remove the leniency"),
        (swap("segment = \"N1\"\n", ""), "line 9: an element needs its segment: add `segment`"),
        (swap("= 2", "= 0"), "line 10: elements are numbered from 1: write the element's place in the segment"),
        (swap("N1", "n1"), "line 9: n1 is no segment: write its id, such as N1 or NAD"),
        (swap("why = \"w\"\n", ""), "line 6: missing field `why`: add it"),
        (swap("\"w\"", "\"\""), "line 11: `why` is empty: say it in a sentence"),
        (swap("\"N1\"", "\"QQ9\""), "line 9: QQ9 is no segment: write its id, such as N1 or NAD"),
        (
            with("", &rule.repeat(2)),
            "line 13: two leniencies are called `n`: give each its own name, they are counted by it",
        ),
        (with("", "[[strict]]\ncode = \"SE_MISSING\""), "line 7: SE_MISSING refuses already: remove the rule"),
        (
            with("", "[[strict]]\ncode = \"LINES_WRAPPED\""),
            "line 7: LINES_WRAPPED is told by no acknowledgement: the partner would not know what was refused; remove",
        ),
        (
            with("", "[[require]]\nsegment = \"MAN\"\nqualifier = \"cp\""),
            "line 8: cp is no qualifier: write the segment's first code, such as CP",
        ),
        (with("", "[map]\norder = [\"REF*PO\"]"), "line 7: `map` has no meaning for x12: remove it"),
        (
            "guide = \"g\"\nabout = \"a\"\nform = \"csv\"\n[map]\ncolour = [\"X\"]".to_owned(),
            "line 5: `colour` is none of our columns: ",
        ),
        (
            "guide = \"g\"\nabout = \"a\"\nform = \"csv\"\n[map]\norder = [\"X\"]\nsscc = [\"X\"]".to_owned(),
            "line 6: `X` is mapped twice: ",
        ),
        (
            format!("guide = \"g\"\nabout = \"a\"\nform = \"csv\"\n{rule}"),
            "line 5: `leniency` has no meaning for csv: remove it",
        ),
        (
            "guide = \"g\"\nabout = \"a\"\nform = \"json\"\n[map]\norder = [\"X\"]".to_owned(),
            "line 5: `map` has no meaning for json: remove it",
        ),
    ] {
        let wrong = Guide::parse(&text).expect_err(told).to_string();
        assert!(wrong.starts_with(told), "{wrong}\nshould begin with {told}");
    }
}

fn findings(octets: &[u8]) -> Vec<(edi::Code, String, u16)> {
    let (_, findings) = edi::read(octets, &edi::Limits::default());
    findings.iter().map(|f| (f.code, f.tag.to_string(), f.element)).collect()
}

#[test]
fn samples_of_manifests_show_what_their_guides_allow() {
    let found = findings(&octets_of("plain-856.edi"));
    assert_eq!(found, [(edi::Code::ConditionMissing, "TD1".to_owned(), 2)]);
    let scope = &shipped("plain-856").leniencies[0].scope;
    assert_eq!((scope.code, scope.segment.as_deref(), scope.element), (found[0].0, Some("TD1"), Some(2)));
    assert_eq!(findings(&octets_of("pickup-215.edi")), []);
    for (name, parcels) in [("plain-856.edi", 3), ("pickup-215.edi", 3)] {
        let octets = octets_of(name);
        let (interchange, _) = edi::read(&octets, &edi::Limits::default());
        let manifest = mapping::read(&interchange, &interchange.groups[0].sets[0], &Class::ALL).unwrap();
        assert_eq!((manifest.parcels.len(), manifest.unmapped), (parcels, 0), "{name}");
    }
}

const ENVELOPE: write::Envelope<'_> = write::Envelope {
    sender_qualifier: "ZZ",
    sender: "GATEWAY",
    receiver_qualifier: "ZZ",
    receiver: "DEMOCARRIER",
    group_sender: "GATEWAY",
    group_receiver: "DEMOCARRIER",
    interchange_control: 41,
    group_control: 7,
    date: 20260105,
    time: 930,
    test: false,
};

/// As an 856 it has no findings and says the same.
fn check_delivered(manifest: &Manifest<'_>) {
    let octets = write::x12_856(manifest, &ENVELOPE);
    assert_eq!(findings(&octets), []);
    let (interchange, _) = edi::read(&octets, &edi::Limits::default());
    let back = mapping::read(&interchange, &interchange.groups[0].sets[0], &Class::ALL).unwrap();
    assert_eq!((&back.number, back.purpose, back.unmapped), (&manifest.number, manifest.purpose, 0));
    for (row, (there, here)) in manifest.records().zip(back.records()).enumerate() {
        assert!(*there == made_up::in_order(here), "row {row}: {there:?} {here:?}");
    }
}

#[test]
fn sample_of_json() {
    let octets = octets_of("json.json");
    let manifest = json::read(&octets, &Limits::default(), &Class::ALL).unwrap();
    assert_eq!(manifest.parcels.len(), 2);
    let said =
        manifest.parcels.iter().map(|p| (p.operational.province, p.operational.weight_grams)).collect::<Vec<_>>();
    assert_eq!(said, [(Province::QC, Some(1500)), (Province::Abroad, Some(800))]);
    check_delivered(&manifest);
}

#[test]
fn sample_of_csv() {
    let octets = octets_of("csv.csv");
    let guide = shipped("csv");
    let manifest = csv::read(&octets, &Limits::default(), &Class::ALL, guide.headings()).unwrap();
    assert_eq!((manifest.parcels.len(), manifest.unmapped), (3, 3));
    let provinces: Vec<_> = manifest.parcels.iter().map(|p| p.operational.province).collect();
    assert_eq!(provinces, [Province::QC, Province::QC, Province::NS]);
    let remark = manifest.parcels[2].fields.iter().find(|f| f.tag == Tag::Remark).unwrap();
    assert_eq!(remark.value.expose(), b"=SUM IS IN THE BOX");
    check_delivered(&manifest);
    let ours = csv::read(&octets, &Limits::default(), &Class::ALL, &csv::Headings::default()).unwrap_err();
    assert_eq!(ours.iter().filter(|f| f.code.as_str() == "UNKNOWN_COLUMN").count(), 18);
}
