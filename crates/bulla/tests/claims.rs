//! What is never claimed, in anything that people are given to read: words of the console and the reports, templates, sentences of
//! assessments, the drill, the documents. The list is that of the design's section 4, in both languages.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::{
    fs,
    path::{Path, PathBuf},
};

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
    NEVER.iter().filter(claimed).copied().collect()
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
    assert!(claims("They said \"no evidence\".").is_empty());
}
