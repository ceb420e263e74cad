//! The second verifier, in Python and written from `docs/` alone, says of every bundle what the first one says: the same verdict,
//! the same name of a refusal, the same assessment octet for octet.
//!
//! It needs a Python with `cryptography`, as the tests of AS2 do: `BULLA_PYAS2LIB` names it. Without it nothing is compared.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod co_holders;
mod container;
mod counts;
mod deeds;
#[path = "../estate/mod.rs"]
mod estate;
mod honest;
mod statements;
mod strangers;
mod tampered;
mod unwraps;

use estate::*;
use incident::{
    Pins, Statement,
    bundle::{self, Parts, Verdict},
};
use ledger::{Month, Pseudonym};
use sha2::{Digest, Sha256};
use std::{path::Path, process::Command};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verify-py/verify.py");

/// A bundle, and what its reader brings, and asks for instead of the assessment.
#[derive(Clone)]
struct Case {
    name: String,
    octets: Vec<u8>,
    pins: Option<String>,
    notes: Vec<String>,
    statement: Option<(Pseudonym, Month)>,
}

impl Case {
    fn new(name: impl Into<String>, octets: Vec<u8>, pins: Option<String>) -> Self {
        Self { name: name.into(), octets, pins, notes: Vec::new(), statement: None }
    }

    /// The bundle of an estate, asked for with the pins or without.
    fn of(name: &str, estate: &Estate, hypothesis: &str, pinned: bool) -> Self {
        let pins = pinned.then(|| estate.pins_text());
        Self::new(name, proven(estate, &estate.note(), hypothesis, pinned), pins)
    }

    fn with_note(mut self, note: String) -> Self {
        self.notes.push(note);
        self
    }

    /// What the first verifier says, as the second one's list has it.
    fn told(&self) -> String {
        let pins = self.pins.as_deref().map(|text| Pins::parse(text).unwrap());
        let notes: Vec<&[u8]> = self.notes.iter().map(String::as_bytes).collect();
        match bundle::open(&self.octets, pins.as_ref(), &notes) {
            Ok((history, found)) => {
                let verdict = match found.verdict {
                    Verdict::Verified => "verified",
                    Verdict::Consistent => "consistent",
                    Verdict::Damaged => "damaged",
                    Verdict::SplitView => "split view",
                };
                let statement =
                    self.statement.as_ref().map(|(shipper, month)| Statement::of(&history, shipper, *month));
                let told = statement.map_or_else(|| found.assessment.to_bytes(), |own| own.to_bytes());
                format!("{verdict}\t{}", hex::encode(Sha256::digest(told)))
            }
            Err(refusal) => format!("refused\t{}", refusal.name()),
        }
    }

    /// Writes it down, and returns its line for the list.
    fn written(&self, directory: &Path, number: usize) -> String {
        let file = |kind: &str, octets: &[u8]| {
            let path = directory.join(format!("{number}.{kind}"));
            std::fs::write(&path, octets).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let mut line = vec![file("bundle", &self.octets)];
        line.extend(self.pins.iter().flat_map(|pins| ["--pins".to_owned(), file("pins", pins.as_bytes())]));
        for (at, note) in self.notes.iter().enumerate() {
            line.extend(["--note".to_owned(), file(&format!("{at}.note"), note.as_bytes())]);
        }
        if let Some((shipper, month)) = &self.statement {
            line.extend(["--statement".to_owned(), format!("{shipper}/{month}")]);
        }
        line.join("\t") + "\n"
    }
}

fn proven(estate: &Estate, note: &str, hypothesis: &str, pinned: bool) -> Vec<u8> {
    let pins = pinned.then(|| estate.pins());
    let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis, pins: pins.as_ref() };
    bundle::prove(parts, &estate.beside()).unwrap().octets
}

/// Runs the second verifier once over all of them; a line for each that the two do not agree on.
fn disagreements(cases: &[Case]) -> Option<Vec<String>> {
    let Some(python) = std::env::var_os("BULLA_PYAS2LIB") else {
        eprintln!("not compared: BULLA_PYAS2LIB names no python with `cryptography`");
        return None;
    };
    let made = tempfile::tempdir().unwrap();
    let directory = made.path();
    let list: String = cases.iter().enumerate().map(|(number, case)| case.written(directory, number)).collect();
    std::fs::write(directory.join("list"), list).unwrap();
    let ran = Command::new(python).args(["-B", SCRIPT, "--list"]).arg(directory.join("list")).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let said = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(said.lines().count(), cases.len());
    let differ = cases.iter().zip(said.lines()).enumerate().filter_map(|(number, (case, second))| {
        let first = case.told();
        (first != second).then(|| format!("{number} {}: {first:?}, the second one {second:?}", case.name))
    });
    Some(differ.collect())
}

#[test]
fn both_say_the_same_of_bundles_that_hold() {
    let cases = honest::cases();
    let refused: Vec<_> =
        cases.iter().filter(|case| case.told().starts_with("refused")).map(|case| &case.name).collect();
    assert!(refused.is_empty() && cases.len() >= 60, "{} cases; refused: {refused:?}", cases.len());
    if let Some(differ) = disagreements(&cases) {
        assert!(differ.is_empty(), "{} of {}:\n{}", differ.len(), cases.len(), differ.join("\n"));
    }
}

#[test]
fn both_refuse_what_was_changed_for_the_same_reason() {
    let cases = tampered::cases();
    let refused = cases.iter().filter(|case| case.told().starts_with("refused")).count();
    assert!(refused >= 150, "{refused} of {}", cases.len());
    if let Some(differ) = disagreements(&cases) {
        assert!(differ.is_empty(), "{} of {}:\n{}", differ.len(), cases.len(), differ.join("\n"));
    }
}

#[test]
fn both_say_the_same_of_co_holders() {
    let cases = co_holders::cases();
    let refused = cases.iter().filter(|case| case.told().starts_with("refused")).count();
    assert!(refused == 0 && cases.len() >= 1_000, "{refused} of {}", cases.len());
    if let Some(differ) = disagreements(&cases) {
        assert!(differ.is_empty(), "{} of {}:\n{}", differ.len(), cases.len(), differ.join("\n"));
    }
}

#[test]
fn both_say_the_same_of_counts() {
    let cases = counts::cases();
    let refused = cases.iter().filter(|case| case.told().starts_with("refused")).count();
    assert!(refused >= 26 && cases.len() - refused >= 30, "{refused} of {}", cases.len());
    let told = cases.iter().filter(|case| case.told() == "refused\tAssessmentDiffers");
    assert!(told.count() >= 12, "whatever is said of people is computed again");
    if let Some(differ) = disagreements(&cases) {
        assert!(differ.is_empty(), "{} of {}:\n{}", differ.len(), cases.len(), differ.join("\n"));
    }
}

#[test]
fn both_refuse_lists_that_were_changed_for_the_same_reason() {
    let cases = unwraps::cases();
    let told: Vec<_> = cases.iter().map(Case::told).collect();
    for wanted in ["Unwraps", "UnwrapsOrder", "UnwrapsUnneeded", "AssessmentDiffers", "HeaderNotAnchored"] {
        assert!(told.contains(&format!("refused\t{wanted}")), "{wanted}: {told:?}");
    }
    if let Some(differ) = disagreements(&cases) {
        assert!(differ.is_empty(), "{} of {}:\n{}", differ.len(), cases.len(), differ.join("\n"));
    }
}

/// Octet for octet, of every shipper and month.
#[test]
fn both_state_the_same_of_what_is_held() {
    let (cases, stated) = statements::cases();
    let missing = statements::missing(&stated);
    assert!(missing.is_empty() && cases.len() >= 1_000, "{} cases; no statement shows {missing:?}", cases.len());
    if let Some(differ) = disagreements(&cases) {
        assert!(differ.is_empty(), "{} of {}:\n{}", differ.len(), cases.len(), differ.join("\n"));
    }
}

/// As commands: the same exit code, and with `--json` the same octets.
#[test]
fn both_commands_answer_alike() {
    let Some(python) = std::env::var_os("BULLA_PYAS2LIB") else { return };
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, octets: &[u8]| {
        std::fs::write(directory.path().join(name), octets).unwrap();
        directory.path().join(name).to_str().unwrap().to_owned()
    };
    let warden = "[[hypothesis]]\nkind = \"warden\"\n";
    let of = |estate: &Estate, pinned| proven(estate, &estate.note(), warden, pinned);
    let (estate, damaged, forked) = (autumn(), honest::voids(), honest::forked());
    let held = co_holders::honest_one();
    let pins = |estate: &Estate, name: &str| file(name, estate.pins_text().as_bytes());
    let other_clock = |name: &str, seconds: u32| {
        let text = estate.pins_text().replace("clock_error = 1", &format!("clock_error = {seconds}"));
        file(name, text.as_bytes())
    };
    let runs: [(Vec<String>, i32); 16] = [
        (vec![file("0", &of(&estate, true)), "--pins".to_owned(), pins(&estate, "pins")], 0),
        (vec![file("1", &of(&estate, true)[..99])], 1),
        (vec![file("2", &of(&estate, true)), "--pins".to_owned(), file("none", b"")], 2),
        (vec![file("12", &of(&estate, true)), "--pins".to_owned(), other_clock("no-second", 0)], 2),
        (vec![file("13", &of(&estate, true)), "--pins".to_owned(), other_clock("over-a-day", 86_401)], 2),
        (vec!["/no/such/file".to_owned()], 2),
        (vec![], 2),
        (vec![file("7", &of(&estate, false)), "--statement".to_owned(), "S-1/2026-10".to_owned()], 3),
        (vec![file("8", &of(&damaged, false)), "--statement".to_owned(), "S-9/2026-09".to_owned()], 4),
        (vec![file("9", &of(&estate, false)), "--statement".to_owned(), "S-1".to_owned()], 2),
        (vec![file("10", &of(&estate, false)), "--statement".to_owned(), "S-1/2026-13".to_owned()], 2),
        (vec![file("11", &of(&estate, false)), "--statement".to_owned()], 2),
        (vec![file("3", &of(&estate, false))], 3),
        (vec![file("4", &of(&damaged, false))], 4),
        (vec![file("5", &of(&forked, false))], 5),
        (vec![file("6", &of(&held, true)), "--pins".to_owned(), pins(&held, "pins")], 0),
    ];
    for (arguments, code) in runs {
        let first = Command::new(env!("CARGO_BIN_EXE_bulla-verify")).args(&arguments).arg("--json").output().unwrap();
        let second = Command::new(&python).args(["-B", SCRIPT]).args(&arguments).arg("--json").output().unwrap();
        let told = |ran: &std::process::Output| (ran.status.code(), String::from_utf8(ran.stdout.clone()).unwrap());
        assert_eq!(told(&first).0, Some(code), "{arguments:?}");
        assert_eq!(told(&first), told(&second), "{arguments:?}");
    }
}

/// Pins that are none end with 2, and nothing of theirs reaches the terminal as it stands.
#[test]
fn both_refuse_the_same_pins() {
    let Some(python) = std::env::var_os("BULLA_PYAS2LIB") else { return };
    let (dir, estate) = (tempfile::tempdir().unwrap(), autumn());
    let at = |name: &str| dir.path().join(name);
    let bundle = proven(&estate, &estate.note(), "[[hypothesis]]\nkind = \"warden\"\n", true);
    std::fs::write(at("bundle"), bundle).unwrap();
    let text = estate.pins_text();
    let named = |organisation: &str| text.replace("\"Audit\"", organisation);
    let more = |organisation: &str, key: &tlog::Verifier, wanted: u32| {
        let cosigner = format!("\n[[cosigner]]\norganisation = \"{organisation}\"\nkey = \"{key}\"\n");
        text.replace("organisations = 1", &format!("organisations = {wanted}")) + &cosigner
    };
    let (own, other) = (witness(1).verifier(), witness(2).verifier());
    let renamed = tlog::Verifier::new("other.example/w9", own.algorithm(), own.public()).unwrap();
    for (pins, code) in [
        (named("\" audit \""), 0),
        (named("\"\""), 2),
        (named("\"  \""), 2),
        (named("\"\\u001b[2J\""), 2),
        (named("\"A\\nB\""), 2),
        (named("\"A\u{9b}B\""), 2),
        (named("\"Soci\u{e9}t\u{e9}\""), 2),
        (named(&format!("\"{}\"", "A".repeat(64))), 0),
        (named(&format!("\"{}\"", "A".repeat(65))), 2),
        (format!("\"\\u001b[2J\\u009b\" = 1\n{text}"), 2),
        (more("More", &own, 2), 2),
        (more("More", &own, 1), 2),
        (more("More", &renamed, 1), 2),
        (more("AUDIT ", &own, 1), 0),
        (more("AUDIT ", &renamed, 1), 0),
        (more("AUDIT ", &renamed, 2), 2),
        (more("More", &other, 1), 0),
        (more("More", &other, 2), 1),
    ] {
        std::fs::write(at("pins"), &pins).unwrap();
        let mut first = Command::new(env!("CARGO_BIN_EXE_bulla-verify"));
        let mut second = Command::new(&python);
        for verifier in [&mut first, second.args(["-B", SCRIPT])] {
            let ran = verifier.arg(at("bundle")).arg("--pins").arg(at("pins")).output().unwrap();
            let said = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
            assert_eq!(ran.status.code(), Some(code), "{pins}: {said}");
            assert!(said.chars().all(|letter| letter == '\n' || !letter.is_control()), "{pins}: {said:?}");
        }
    }
}

/// Neither waits for a pipe that nobody writes to, nor reads what never ends; both take a pipe from somebody.
#[test]
fn both_take_what_ends() {
    let Some(python) = std::env::var_os("BULLA_PYAS2LIB") else { return };
    let (dir, estate) = (tempfile::tempdir().unwrap(), autumn());
    let octets = proven(&estate, &estate.note(), "[[hypothesis]]\nkind = \"warden\"\n", true);
    std::fs::write(dir.path().join("bundle"), octets).unwrap();
    std::fs::write(dir.path().join("pins"), estate.pins_text()).unwrap();
    std::fs::File::create(dir.path().join("sparse")).unwrap().set_len(5 << 30).unwrap();
    assert!(Command::new("mkfifo").arg(dir.path().join("fifo")).status().unwrap().success());
    std::fs::File::create(dir.path().join("hole")).unwrap().set_len(2 << 30).unwrap();
    let script = std::path::absolute(SCRIPT).unwrap();
    let verifiers = [vec![env!("CARGO_BIN_EXE_bulla-verify").into()], vec![python, "-B".into(), script.into()]];
    for (words, code, said) in [
        ("<(cat bundle) --pins <(cat pins)", 0, ""),
        ("/dev/stdin --pins pins < bundle", 0, ""),
        ("/dev/zero", 2, "/dev/zero: neither a file nor a pipe\n"),
        ("bundle --pins /dev/zero", 2, "/dev/zero: neither a file nor a pipe\n"),
        ("bundle --note fifo", 2, "fifo: a pipe that nobody writes to\n"),
        ("fifo", 2, "fifo: a pipe that nobody writes to\n"),
        ("bundle --pins sparse", 2, "sparse: larger than 262144 octets\n"),
        ("bundle --pins <(cat /dev/zero)", 2, "larger than 262144 octets\n"),
        // Of what is no bundle the first line is enough.
        ("hole", 1, "NotABundle"),
        ("sparse", 1, "TooLarge"),
    ] {
        for verifier in &verifiers {
            // Where nothing comes from a pipe, a GB and a half is memory enough.
            let limit = if words.contains("<(") { "true" } else { "ulimit -v 1500000" };
            let mut shell = Command::new("bash");
            shell.args(["-c", &format!("{limit}; \"$@\" {words}"), "bash"]).args(verifier);
            let ran = shell.current_dir(dir.path()).output().unwrap();
            let stderr = String::from_utf8(ran.stderr).unwrap();
            assert_eq!(ran.status.code(), Some(code), "{words}: {stderr}");
            assert!(if code == 2 { stderr.ends_with(said) } else { stderr.contains(said) }, "{words}: {stderr}");
        }
    }
}

/// What a statement says nothing of, both say beside it, in the same words.
#[test]
fn both_say_of_what_a_statement_says_nothing() {
    let Some(python) = std::env::var_os("BULLA_PYAS2LIB") else { return };
    let (dir, estate) = (tempfile::tempdir().unwrap(), autumn());
    let path = dir.path().join("bundle");
    std::fs::write(&path, proven(&estate, &estate.note(), "[[hypothesis]]\nkind = \"storage\"\n", false)).unwrap();
    let nobody = "note: no policy of this ledger names this shipper, and no entry says that it sent anything: this says \
                  nothing of anybody's parcels\n";
    let before = "note: this ledger began at 2026-09-01T00:00:00.000Z, by the warden's clock, when the month was over: this \
                  says nothing of what was received in it\n";
    let after = "note: the month had not begun at 2026-12-31T00:00:00.000Z, when this ledger ends: this says nothing of what \
                 is received in it\n";
    for (asked, said) in [
        ("S-1/2026-10", String::new()),
        ("S-2/2026-10", String::new()),
        ("S-1/2026-08", before.to_owned()),
        ("S-1/2027-01", after.to_owned()),
        ("S-nosuch/2026-10", nobody.to_owned()),
        ("S-nosuch/2027-01", format!("{nobody}{after}")),
    ] {
        for json in [&[][..], &["--json"]] {
            let mut first = Command::new(env!("CARGO_BIN_EXE_bulla-verify"));
            let mut second = Command::new(&python);
            for verifier in [&mut first, second.args(["-B", SCRIPT])] {
                let ran = verifier.arg(&path).args(["--statement", asked]).args(json).output().unwrap();
                assert_eq!(ran.status.code(), Some(3), "{asked}: {ran:?}");
                assert_eq!(String::from_utf8(ran.stderr).unwrap(), said, "{asked}");
            }
        }
    }
}
