//! Files that whoever types names: refused before they are read where they are too large, and nobody waits for one without an end.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::{fs::File, path::Path, process::Command};
use support::{bulla, bulla_reading, example};

/// Verbs that read a file, `@`, before they ask anybody; none of them takes one of a gigabyte.
const SMALL: [&[&str]; 11] = [
    &["assess", "--out", "out", "--hypothesis", "@"],
    &["totals", "show", "@"],
    &["totals", "sign", "--shipper", "S-1", "--day", "2026-11-02", "--key", "key", "--out", "out.json", "--note", "@"],
    &["verify", "some", "--pins", "@"],
    &["verify", "some", "--note", "@"],
    &["check", "some", "--guide", "@"],
    &["send", "some", "--guide", "@"],
    &["authority", "sign", "@", "--key", "key"],
    &["authority", "submit", "@"],
    &["authority", "draft", "@", "--out", "out.json"],
    &["gateway", "--config", "@"],
];
const LARGE: [&[&str]; 3] = [&["check", "@"], &["send", "@"], &["verify", "@"]];

fn told(dir: &Path, words: &[&str], name: &Path) -> String {
    let path = name.to_str().unwrap();
    let words: Vec<_> = words.iter().map(|word| if *word == "@" { path } else { word }).collect();
    let ran = bulla(&words, dir).expect(2);
    let said = ran.stderr.strip_prefix(&format!("bulla: cannot read {path}: "));
    said.unwrap_or_else(|| panic!("{words:?}: {}", ran.stderr)).trim_end().to_owned()
}

#[test]
fn no_verb_waits_or_reads_without_end() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    std::fs::create_dir(at("home")).unwrap();
    std::fs::write(at("home/some"), "some").unwrap();
    File::create(at("sparse")).unwrap().set_len(1 << 30).unwrap();
    assert!(Command::new("mkfifo").arg(at("fifo")).status().unwrap().success());
    for words in SMALL.iter().chain(&LARGE) {
        assert_eq!(told(dir.path(), words, Path::new("/dev/zero")), "neither a file nor a pipe", "{words:?}");
        assert_eq!(told(dir.path(), words, &at("fifo")), "a pipe that nobody writes to", "{words:?}");
    }
    for words in SMALL {
        let said = told(dir.path(), words, &at("sparse"));
        let most = said.strip_prefix("larger than ").and_then(|rest| rest.strip_suffix(" octets"));
        let most: u64 = most.unwrap_or_else(|| panic!("{words:?}: {said}")).parse().unwrap();
        assert!(most <= 256 << 20, "{words:?}: {said}");
    }
}

#[test]
fn a_pipe_is_a_file_to_a_verb() {
    let (dir, sample) = (tempfile::tempdir().unwrap(), std::fs::read_to_string(example("manifest-856.edi")).unwrap());
    for name in ["-", "/dev/stdin"] {
        bulla_reading(&["check", name], &sample, dir.path(), dir.path()).expect(0);
    }
    let line = format!("exec {} check <(cat {})", env!("CARGO_BIN_EXE_bulla"), example("manifest-856.edi").display());
    assert!(Command::new("bash").args(["-c", &line]).output().unwrap().status.success());
}
