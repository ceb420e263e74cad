//! What is never claimed, in anything that people are given to read: words of the console and the reports, templates, sentences of
//! assessments, the drill, the documents; and what the program writes about a gateway with parcels. The list is that of the design's
//! section 4, in both languages.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};
use support::{Ran, Server, bulla, document::notice};

const NEVER: [&str; 22] = [
    "no evidence",
    "no data was lost",
    "no data was taken",
    "proven destroyed",
    "nobody looked",
    "nobody has read",
    "not affected",
    "unhackable",
    "military grade",
    "military-grade",
    "bank-grade",
    "tamper-proof",
    "cannot be breached",
    "impossible to break",
    "completely secure",
    "aucune preuve que",
    "aucune donnée n’a",
    "aucune donnée n'a",
    "personne n’a lu",
    "inviolable",
    "totalement sûr",
    "destruction prouvée",
];

/// Files whose sentences people read, and the sources that such sentences stand in.
const READ: [&str; 10] = [
    "README.md",
    "ARCHITECTURE.md",
    "docs",
    "systemd",
    "examples",
    "crates/console/words",
    "crates/console/templates",
    "crates/report",
    "crates/drill/src",
    "crates/incident/src",
];

fn files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().flatten().for_each(|entry| files(&entry.path(), found));
    } else {
        found.push(path.to_owned());
    }
}

/// Where a text claims what is never claimed; between quotation marks, somebody else does.
fn claims(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    let quoted = |at: usize| text[..at].ends_with(['"', '“', '*', '«', '\u{a0}']);
    let claimed = |never: &&&str| text.match_indices(**never).any(|(at, _)| !quoted(at));
    let exact = |word: &&&str| text.match_indices(**word).any(|(at, _)| is_number(&text[at + word.len()..]));
    let said = NEVER.iter().filter(claimed).chain(EXACT.iter().filter(exact));
    said.copied().collect()
}

/// Before a number: "exactly 12 people".
const EXACT: [&str; 2] = ["exactly ", "exactement "];

fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

#[test]
fn nothing_is_claimed_that_cannot_be_shown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    READ.iter().for_each(|path| files(&root.join(path), &mut found));
    assert!(found.len() > 40, "the walk found the files");
    for path in found {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let said = claims(&text);
        assert!(said.is_empty(), "{}: {said:?}", path.display());
    }
}

#[test]
fn a_claim_is_found() {
    assert_eq!(claims("There is No Evidence of loss."), ["no evidence"]);
    assert_eq!(claims("It is inviolable, and military grade."), ["military grade", "inviolable"]);
    assert_eq!(claims("Exactly 44 shippers; exactement 950 000 personnes"), ["exactly ", "exactement "]);
    assert!(claims("Exactly those").is_empty());
    assert!(claims("They said \"no evidence\".").is_empty());
}

const KINDS: [&str; 6] = ["storage", "host", "warden", "co-holder", "carrier-key", "collusion"];

#[test]
fn nothing_is_claimed_in_what_the_program_writes() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "SAID-1", 3).bytes()).status, 200);
    server.wait_until_anchored();
    let entries = server.entries();
    let month = entries.iter().find_map(|entry| Some(entry["time"].as_str()?[..7].to_owned())).unwrap();
    let policies = entries.iter().rev().filter(|entry| entry["entry"]["type"] == "policy").map(ToString::to_string);
    let certificate = policies.into_iter().find_map(|policy| {
        let at = policy.find("\"certificates\":[\"")? + "\"certificates\":[\"".len();
        Some(format!("sha256:{}", &policy[at..at + 64]))
    });
    let certificate = certificate.expect("the demo's carriers have certificates");
    let (mut said, mut written) = (Vec::new(), Vec::new());
    for kind in KINDS {
        let out = server.beside(kind);
        let dir = out.to_str().unwrap();
        let own = if kind == "carrier-key" { vec!["--certificate", &certificate] } else { Vec::new() };
        let ask = [&["assess", "--kind", kind, "--html", "--out", dir][..], &own].concat();
        said.push(server.run(&ask).expect(0));
        said.push(server.run(&["verify", &format!("{dir}/bundle.bulla")]).expect(3));
        files(&out, &mut written);
    }
    assert_eq!(written.len(), 5 * KINDS.len());
    let page = server.beside("statement.html");
    let ask = ["statement", "--shipper", "northshop", "--month", &month, "--html", page.to_str().unwrap()];
    said.push(server.run(&ask).expect(0));
    written.extend([page.with_extension("fr.html"), page]);
    said.push(server.run(&["exposure"]).expect(0));
    let picture = server.beside("drill.svg");
    let drill = ["drill", "canada-post", "--recipients", "2000", "--svg", picture.to_str().unwrap()];
    said.push(bulla(&drill, &server.beside("")).expect(0));
    written.push(picture);
    let told = |ran: &Ran| ran.text() + &ran.stderr;
    let read = |path: &PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    for text in said.iter().map(told).chain(written.iter().map(read)) {
        assert!(text.len() > 100, "{text:?}");
        assert!(claims(&text).is_empty(), "{:?} in {text}", claims(&text));
    }
}
