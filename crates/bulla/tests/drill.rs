//! The drill as a verb: what it cannot do it says at once, and what it writes is whole and can be checked.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};
use support::bulla;

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_told() {
    let (folder, logs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(at("file"), "a file").unwrap();
    let (missing, beneath, dir) = (at("missing/drill.svg"), at("file/out"), at("."));
    for (arguments, reason) in [
        (["--recipients", "999"], "999 is not in 1000..=10000000".to_owned()),
        (["--recipients", "10000001"], "10000001 is not in 1000..=10000000".to_owned()),
        (["--svg", &missing], format!("bulla: cannot write {missing}: ")),
        (["--png", &missing], format!("bulla: cannot write {missing}: ")),
        (["--svg", &dir], format!("bulla: cannot write {dir}: it is there, and no file")),
        (["--svg", "/dev/null"], "bulla: cannot write /dev/null: it is there, and no file".to_owned()),
        (["--out", &beneath], format!("bulla: cannot make {beneath}: ")),
    ] {
        let said = bulla(&[&["drill", "canada-post"][..], &arguments].concat(), logs.path()).expect(2);
        assert!(said.stderr.contains(&reason), "{arguments:?}: {}", said.stderr);
        assert_eq!(said.text(), "", "{arguments:?}");
    }
    assert_eq!(names(folder.path()), ["file"]);
}

/// And so is a folder that another run still writes in: its bundles would be of both.
#[test]
fn what_would_be_written_twice_is_refused_before_anything_is_told() {
    let (folder, logs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (picture, out) = (at("picture"), at("out"));
    let refused = |arguments: [&str; 4], reason: String| {
        let said = bulla(&[&["drill", "canada-post"][..], &arguments].concat(), logs.path()).expect(2);
        assert_eq!((said.stderr.trim_end(), &*said.text()), (&*format!("bulla: {reason}"), ""), "{arguments:?}");
    };
    let twice = |path: &str| format!("cannot write {path}: something else of this run is to be there");
    refused(["--svg", &picture, "--png", &picture], twice(&picture));
    let pins = at("out/../out/pins.toml");
    refused(["--out", &out, "--svg", &pins], twice(&pins));
    for picture in ["--svg", "--png"] {
        let bundle = at("out/a.bulla");
        refused(["--out", &out, picture, &bundle], format!("cannot write {bundle}: bundles are to be there"));
    }
    assert_eq!((names(folder.path()), names(Path::new(&out))), (vec!["out".to_owned()], vec![]));

    let mut first = Command::new(env!("CARGO_BIN_EXE_bulla"));
    let first = first.args(["drill", "canada-post", "--out", &out]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut first = first.spawn().unwrap();
    // Its headline: from then on it writes.
    BufReader::new(first.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
    refused(["--out", &out, "--recipients", "1000"], format!("{out}/pins.toml is being written by another run"));
    first.kill().unwrap();
    first.wait().unwrap();
    // What a killed run leaves is the next one's.
    let after = bulla(&["drill", "canada-post", "--out", &out, "--recipients", "1000"], logs.path()).expect(0);
    assert!(after.stderr.contains(&format!("--pins {out}/pins.toml")), "{}", after.stderr);
}

#[test]
fn each_bundle_is_checked_by_the_line_that_is_said_for_it() {
    let (folder, logs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (out, svg) = (folder.path().join("two words"), folder.path().join("drill.svg"));
    fs::write(&svg, "an older picture").unwrap();
    let ask = ["--recipients", "1000", "--out", out.to_str().unwrap(), "--svg", svg.to_str().unwrap()];
    let said = bulla(&[&["drill", "canada-post"][..], &ask].concat(), logs.path()).expect(0).stderr;
    let checks: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("  bulla-verify ")).collect();
    let bundles = ["a", "b", "c", "c-without-totals", "c-worst", "d", "d-worst", "e", "e-both", "e-worst"];
    let bundles = bundles.map(|name| format!("{name}.bulla"));
    assert_eq!(checks.len(), bundles.len(), "{said}");
    for (check, bundle) in checks.iter().zip(&bundles) {
        assert!(check.starts_with(&format!("'{}' --pins ", out.join(bundle).display())), "{check}");
        // The same check as `bulla-verify`'s, as a shell reads it.
        let typed = format!("\"$0\" verify {check}");
        let ran = Command::new("sh").args(["-c", &typed, env!("CARGO_BIN_EXE_bulla")]).output().unwrap();
        let verdict = String::from_utf8(ran.stdout).unwrap();
        assert!(ran.status.success() && verdict.contains("VERIFIED: "), "{check}: {verdict}");
    }
    let mut whole = bundles.to_vec();
    whole.push("pins.toml".to_owned());
    whole.sort();
    assert_eq!(names(&out), whole);
    assert_eq!(names(folder.path()), ["drill.svg", "two words"]);
    assert!(fs::read_to_string(&svg).unwrap().ends_with("</svg>\n"));
}

/// A file of more than 4 kB does not fit, as on a full disk: what was there stays, whole.
#[test]
fn what_does_not_fit_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("drill.svg");
    fs::write(&svg, "an older picture").unwrap();
    let limited = "trap '' XFSZ; ulimit -f 8; exec \"$0\" drill canada-post --json --recipients 1000 --svg \"$1\"";
    let ran = Command::new("sh").args(["-c", limited, env!("CARGO_BIN_EXE_bulla")]).arg(&svg).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains(&format!("cannot write {}: File too large", svg.display())), "{said}");
    assert_eq!(
        (names(folder.path()), fs::read_to_string(&svg).unwrap()),
        (vec!["drill.svg".to_owned()], "an older picture".to_owned())
    );
}
