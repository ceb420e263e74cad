//! How long an answer takes: the size of the case that Bulla was made for, in a ledger of its own, from a cold start.
//!
//! ```text
//! cargo bench -p incident --bench assess              44 shippers, 33 months, 950,000 rows, hourly heartbeats, two witnesses
//! cargo bench -p incident --bench assess -- 95000     a tenth of the rows
//! cargo bench -p incident --bench assess -- 30000000 5   30 million rows in 152,460 batches: each shipper sends five times a day
//! cargo bench -p incident --bench assess -- 950000 1 0     and the carrier has confirmed nothing; otherwise it has all of it
//! ```
//!
//! Everything is made up, and made before the clock starts: keys, signatures, cosignatures; then it lies in three files of a temporary
//! directory, entries, headers and carriers' words. What is timed is what whoever has such files does: replay, tree, signatures, figures, the bundle's
//! file; and then who has that file. Each in a process of its own, whose memory is told.
#![allow(clippy::unwrap_used, reason = "a measurement may stop where it stands")]

mod process;
mod story;

use incident::{
    Pins,
    bundle::{self, Entries, Lines, Prover},
};
use process::{peak, timed};
use std::{fs::File, path::Path, process::Command, time::Instant};
use story::Story;

/// A carrier's key, when the first three months were there: their people were counted.
const KEY: &str = "[[hypothesis]]\nkind = \"carrier-key\"\nto = 2016-09-25T00:00:00Z\n\
                   certificate = \"sha256:0808080808080808080808080808080808080808080808080808080808080808\"\n";

const HYPOTHESES: [&str; 5] = [
    "[[hypothesis]]\nkind = \"warden\"\nfrom = 2020-11-01T00:00:00Z\n",
    "[[hypothesis]]\nkind = \"warden\"\n",
    "[[hypothesis]]\nkind = \"host\"\nfrom = 2018-10-15T00:00:00Z\n",
    "[[hypothesis]]\nkind = \"storage\"\n",
    KEY,
];

fn main() {
    let words: Vec<String> = std::env::args().collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, "prove", dir, number] => prove(Path::new(dir), HYPOTHESES[number.parse::<usize>().unwrap()]),
        [_, "verify", dir] => verify(Path::new(dir)),
        _ => all(),
    }
}

/// Makes the story and its files, and has each question answered and the answer verified.
fn all() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let (rows, bodies) = (numbers.next().unwrap_or(950_000), numbers.next().unwrap_or(1));
    let confirmed = numbers.next() != Some(0);
    let start = Instant::now();
    let story = Story::told(rows, bodies, confirmed);
    let octets: usize = story.leaves.iter().map(Vec::len).sum();
    let dir = tempfile::tempdir().unwrap();
    story.write(dir.path());
    println!("made in {:.1} s: {} entries, {octets} octets", start.elapsed().as_secs_f64(), story.leaves.len());
    for (kind, count) in &story.kinds {
        println!("  {kind:13} {count}");
    }
    println!("  heartbeats    {} octets of {octets}", story.heartbeat_octets);
    drop(story);
    let own = std::env::current_exe().unwrap();
    let run = |words: &[&str]| {
        let ran = Command::new(&own).arg(words[0]).arg(dir.path()).args(&words[1..]).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    };
    for (number, hypothesis) in HYPOTHESES.iter().enumerate() {
        let (proved, judged) = (run(&["prove", &number.to_string()]), run(&["verify"]));
        let name = hypothesis.replace('\n', " ").replace("[[hypothesis]] ", "");
        println!("{:45} prove {proved}; verify {judged}", &name[..45.min(name.len())]);
    }
}

fn prove(dir: &Path, hypothesis: &str) {
    let text = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    let (pins, note) = (Pins::parse(&text("pins")).unwrap(), text("note"));
    let open = |name: &str| File::open(dir.join(name)).unwrap();
    let (leaves, headers, words) = (Entries(open("entries")), open("headers"), open("confirmations"));
    let path = dir.join("bundle");
    let _ = std::fs::remove_file(&path);
    let file = File::options().read(true).write(true).create_new(true).open(path).unwrap();
    let (proven, took) = timed(|| {
        let (beside, wrong) = Lines::of(&headers).unwrap();
        assert_eq!(wrong, 0);
        let beside = beside.confirmed(&words).unwrap();
        Prover::read(&leaves, note.as_bytes(), Some(&pins)).unwrap().prove_on(file, hypothesis, &beside).unwrap()
    });
    let octets = proven.octets.metadata().unwrap().len() as f64 / 1e6;
    print!("{took}, {} MB, at most {} rows, bundle {octets:.1} MB", peak() / 1024, proven.assessment.at_most.rows);
}

fn verify(dir: &Path) {
    let pins = Pins::parse(&std::fs::read_to_string(dir.join("pins")).unwrap()).unwrap();
    let file = File::open(dir.join("bundle")).unwrap();
    let (verified, took) = timed(|| bundle::verify(&file, Some(&pins), &[]).unwrap());
    let people = verified.assessment.people.map(|own| format!(", at most {} people", own.people));
    print!("{took}, {} MB, {}{}", peak() / 1024, verified.verdict.as_str(), people.unwrap_or_default());
}
