//! The verdict on each file of the public corpus, where it lies beside the repository, as `corpus.tsv` records it:
//! nothing of a file but its name, its digest, the verdict on each of its interchanges and how many findings they have.
//! `corpus.md` says why we disagree with the corpus' own index where we do. `BULLA_VECTORS=write` writes the table anew.

use edi::{Limits, Rules};
use std::{
    fs,
    path::{Path, PathBuf},
};

const HEADER: &str = "file\tsha256\tverdict\tfindings";

#[test]
fn each_file_has_the_verdict_that_is_recorded() {
    let corpus = here().join("../../../shared/corpus");
    let Ok(index) = fs::read_to_string(corpus.join("INDEX.tsv")) else {
        return println!("skipped: there is no corpus beside the repository");
    };
    let mut lines = vec![HEADER.to_owned()];
    let (mut disagreements, mut digests) = (Vec::new(), 0);
    for line in index.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (file, digest, expected) = (columns[0], columns[5], columns[7]);
        let octets = fs::read(corpus.join(file)).expect("the index names files that are there");
        assert_eq!(octets.len().to_string(), columns[4], "{file} is the one of the index");
        digests += usize::from(digest.len() == 16);
        let (verdicts, findings) = judged(&octets);
        if disagrees(&octets, expected) {
            disagreements.push(file);
        }
        lines.push(format!("{file}\t{digest}\t{verdicts}\t{findings}"));
    }
    assert_eq!(digests + 1, lines.len(), "each has the first sixteen digits of its digest");
    let table = here().join("tests/corpus.tsv");
    let said = lines.join("\n") + "\n";
    if std::env::var("BULLA_VECTORS").is_ok_and(|value| value == "write") {
        fs::write(&table, said).expect("the table can be written");
    } else {
        let recorded = fs::read_to_string(&table).expect("the table is in the repository");
        let other: Vec<&str> = said.lines().filter(|line| !recorded.lines().any(|known| known == *line)).collect();
        assert!(other.is_empty(), "not as recorded: {other:#?}");
        assert_eq!(said.lines().count(), recorded.lines().count(), "each recorded file is there");
    }
    let explained = fs::read_to_string(here().join("tests/corpus.md")).expect("is in the repository");
    let explained: Vec<&str> =
        explained.lines().filter_map(|line| line.strip_prefix("- `")?.split('`').next()).collect();
    assert_eq!(explained, disagreements, "each disagreement with the index is explained in corpus.md, in its order");
}

/// The verdicts on a file's interchanges, and how many findings there are.
fn judged(octets: &[u8]) -> (String, usize) {
    let (limits, rules) = (Limits::default(), Rules::default());
    let copy = edi::unwrapped(octets);
    let octets = copy.as_ref().map_or(octets, |copy| &copy.octets);
    let mut verdicts = Vec::new();
    let mut count = usize::from(copy.is_some());
    for (interchange, findings, _) in edi::interchanges(octets, &limits, &rules) {
        verdicts.push(format!("{:?}", edi::verdict(&interchange, &findings)));
        count += findings.len();
    }
    (verdicts.join(" "), count)
}

/// Whether we take an envelope that the index refuses, or the other way round. What a message's table says, and that a
/// message or version is none of ours, is not the envelope's. Where the index leaves it open, we always differ or agree
/// by decision: those are explained as well.
fn disagrees(octets: &[u8], expected: &str) -> bool {
    use edi::{Answer, Code, Severity};
    if expected.starts_with("POLICY") {
        return true;
    }
    let (limits, rules) = (Limits::default(), Rules::default());
    let copy = edi::unwrapped(octets);
    let octets = copy.as_ref().map_or(octets, |copy| &copy.octets);
    let not_ours = [
        Code::GroupUnsupported,
        Code::GroupVersion,
        Code::SetUnsupported,
        Code::SetNotInGroup,
        Code::MessageUnsupported,
    ];
    let taken = edi::interchanges(octets, &limits, &rules).all(|(interchange, findings, _)| {
        let of_message = |code: Code| matches!(code.answer(), Answer::Segment(_) | Answer::Element(_));
        let refuses =
            |f: &edi::Finding| f.severity == Severity::Refusal && !of_message(f.code) && !not_ours.contains(&f.code);
        interchange.header.is_some() && !findings.iter().any(refuses)
    });
    taken != (expected == "valid" || expected.starts_with("valid "))
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
