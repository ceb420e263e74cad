//! One file for each edge case, with made-up values: its exact findings, its verdict and the exact octets that answer it.
//!
//! `vectors.tsv` has a line for each, written by hand against the standards' meaning (X12.5, X12.6 and the codes of 997,
//! 999 and TA1; ISO 9735 and the codes of CONTRL). With `BULLA_VECTORS=write` what the code says is written there
//! anew: read the difference before it is committed, a line that only repeats the code proves nothing. A line whose last
//! column says how we differ holds what would be right; it fails once that is what we say.

use edi::{
    Finding, Interchange, Limits, Rules, Syntax, Verdicts,
    acknowledgement::{Echo, Moment, Numbers, contrl, groups, note, ta1},
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const AT: Moment = Moment { year: 2026, month: 1, day: 6, hour: 7, minute: 5 };
const HEADER: &str = "name\tverdict\tfindings (offset code tag element.component)\tanswer\tdiffers";

#[test]
fn each_file_has_exactly_its_findings_verdict_and_answer() {
    let table = folder().join("vectors.tsv");
    let text = fs::read_to_string(&table).unwrap_or_default();
    let expected: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let (mut wrong, mut lines) = (Vec::new(), vec![HEADER.to_owned()]);
    let files = names();
    for name in &files {
        let octets = fs::read(folder().join(format!("{name}.edi"))).expect("was listed");
        let said = said(&octets);
        let line = expected.iter().find(|line| line[0] == name);
        let right = line.map(|line| line[1..4].join("\t")).unwrap_or_default();
        let differs = line.and_then(|line| line.get(4)).copied().unwrap_or_default();
        match (said == right, differs.is_empty()) {
            (true, true) | (false, false) => {}
            (true, false) => wrong.push(format!("{name} does not differ any more: {differs}")),
            (false, true) => wrong.push(format!("{name}\n  right: {right}\n  said:  {said}")),
        }
        lines.push(format!("{name}\t{}\t{differs}", if differs.is_empty() { said } else { right }));
    }
    if std::env::var("BULLA_VECTORS").is_ok_and(|value| value == "write") {
        fs::write(&table, lines.join("\n") + "\n").expect("the table can be written");
        return;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let listed: BTreeSet<String> = expected.iter().map(|line| line[0].to_owned()).collect();
    assert_eq!(listed, files, "the table and the folder name the same files");
}

/// Verdict, findings and answer of each interchange in a file, in three columns.
fn said(octets: &[u8]) -> String {
    let (limits, rules) = (Limits::default(), Rules::default());
    let copy = edi::unwrapped(octets);
    let joined = copy.as_ref().map_or(octets, |copy| &copy.octets);
    // A finding is told where it stands in the file, wrapped as it is.
    let at = |offset| copy.as_ref().map_or(offset, |copy| copy.wrapping.offset(offset));
    let mut columns = [Vec::new(), Vec::new(), Vec::new()];
    for (interchange, findings, _) in edi::interchanges(joined, &limits, &rules) {
        let verdicts = Verdicts::new(&interchange, &findings);
        columns[0].push(format!("{:?}", edi::verdict(&interchange, &findings)));
        let lines: Vec<String> = findings.iter().map(|finding| line(finding, at(finding.offset))).collect();
        columns[1].push(if lines.is_empty() { "-".to_owned() } else { lines.join("; ") });
        let answer = answer(&interchange, &findings, &verdicts);
        columns[2].push(if answer.is_empty() { "-".to_owned() } else { answer.escape_ascii().to_string() });
    }
    if copy.is_some() {
        columns[1].insert(0, "joined".to_owned());
    }
    columns.map(|column| column.join(" || ")).join("\t")
}

/// What a gateway sends: a TA1 where the envelope is broken, asks for one or holds no group; a 997 or 999 of the groups;
/// a CONTRL. Each has the next number.
fn answer(interchange: &Interchange<'_>, findings: &[Finding], verdicts: &Verdicts) -> Vec<u8> {
    let numbers = |number| Numbers { interchange: number, group: number };
    if interchange.syntax == Syntax::Edifact {
        return contrl(interchange, findings, &Echo::ALL, numbers(1), AT).unwrap_or_default();
    }
    let broken = verdicts.envelope_is_refused();
    let of_groups = if broken { None } else { groups(interchange, findings, &Echo::ALL, numbers(1), AT) };
    let asked = interchange.header.is_some_and(|header| header.asks_for_acknowledgement());
    let mut answer = Vec::new();
    if asked || of_groups.is_none() {
        answer.extend(ta1(interchange, note(findings), &Echo::ALL, numbers(2), AT).unwrap_or_default());
    }
    answer.extend(of_groups.unwrap_or_default());
    answer
}

/// `offset CODE TAG element.component`, of which what is 0 is left out, but not the offset.
fn line(finding: &Finding, offset: u64) -> String {
    let mut line = format!("{offset} {}", finding.code);
    if finding.ordinal > 0 {
        line += &format!(" {}", finding.tag);
    }
    if finding.element > 0 {
        line += &format!(" {}", finding.element);
    }
    if finding.component > 0 {
        line += &format!(".{}", finding.component);
    }
    line
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn names() -> BTreeSet<String> {
    let files = fs::read_dir(folder()).expect("is there").flatten().map(|file| file.path());
    let vectors = files.filter(|path| path.extension().is_some_and(|extension| extension == "edi"));
    vectors.map(|path| path.file_stem().expect("has a name").to_string_lossy().into_owned()).collect()
}
