//! `bulla check` as it is typed: what a person sees, what a program gets, and that values stay hidden.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::{fs, process::Command};

const HEAD: &str = "ISA*00*          *00*          *ZZ*NORTHSHOP      *ZZ*DEMOCARRIER    *261102*0930*U*00401*000000001*0*P*>~\n\
    GS*SH*NORTHSHOP*DEMOCARRIER*20261102*0930*1*X*004010~\n";

fn document(name: &str) -> String {
    format!(
        "{HEAD}ST*856*0001~\nBSN*00*M-1*20261102*0930~\nHL*1**S~\nN1*ST*{name}~\nSE*5*0001~\nGE*1*1~\nIEA*1*000000001~\n"
    )
}

struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

fn check(octets: &[u8], arguments: &[&str]) -> Said {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.edi"), octets).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_bulla"))
        .current_dir(dir.path())
        .args(["check", "a.edi"])
        .args(arguments)
        .output()
        .unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    Said { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn a_person_sees_the_place_and_no_value() {
    let long = format!("QUASTERBY {}", "X".repeat(60));
    let said = check(document(&long).as_bytes(), &[]);
    assert_eq!(said.code, 0);
    let expected = format!(
        "error: TOO_LONG at N1 element 2, segment 6, 4 in its set\n  --> a.edi:6:7 (octet 215)\n   | N1*xx*{}\n   | {}{}\n   \
         rule: an element is no longer than its maximum\n   do:   bring the value to the length that is allowed\n\n",
        "x".repeat(70),
        " ".repeat(6),
        "^".repeat(70),
    );
    assert_eq!(said.stdout, expected);
    assert_eq!(said.stderr, "a.edi: 1 findings, accepted with errors\n");
    assert!(!said.stdout.contains('\x1b'), "no colours in a pipe");
    let shown = check(document(&long).as_bytes(), &["--show-values"]);
    assert!(shown.stdout.contains("N1*ST*QUASTERBY X"));
}

#[test]
fn a_program_gets_each_interchange() {
    let good = document("OLVERIN");
    let bad = good.replace("000000001", "000000002").replace("SE*5*", "SE*6*");
    let said = check(format!("{good}{bad}").as_bytes(), &["--json"]);
    let found: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(found["verdict"], "accepted in part");
    assert_eq!(found["interchanges"], serde_json::json!(["accepted", "refused"]));
    let finding = &found["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["interchange"], &finding["column"]),
        (&"SEGMENT_COUNT_MISMATCH".into(), &1.into(), &4.into())
    );
    assert!(!said.stdout.contains("OLVERIN"));
}

#[test]
fn what_the_mapping_refuses_is_refused_here_too() {
    let said = check(document("OLVERIN").replace("*M-1*", "*---*").as_bytes(), &["--ack", "997"]);
    assert_eq!(said.code, 1);
    assert!(said.stdout.contains("AK3*BSN*2**8~AK4*2*396*1~AK5*R*5~"), "{}", said.stdout);
}

#[test]
fn lines_of_one_length_are_joined_and_places_are_the_file_s() {
    let text = document(&"X".repeat(70)).replace('\n', "");
    let lines: Vec<&str> = text.as_bytes().chunks(80).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let said = check(lines.join("\n").as_bytes(), &[]);
    assert_eq!(said.code, 0);
    let found: Vec<&str> = said.stdout.lines().filter(|line| !line.is_empty() && !line.starts_with("   ")).collect();
    let octet = text.find("XXX").unwrap();
    let (line, column) = (octet / 80 + 1, octet % 80 + 1);
    let expected = [
        "warning: LINES_WRAPPED".to_owned(),
        "  --> a.edi:1:1 (octet 0)".to_owned(),
        "error: TOO_LONG at N1 element 2, segment 6, 4 in its set".to_owned(),
        format!("  --> a.edi:{line}:{column} (octet {})", octet + line - 1),
    ];
    assert_eq!(found, expected);
}

#[test]
fn whoever_names_a_guide_of_005010_gets_a_999_and_anybody_can_see_one() {
    let plain = document("OLVERIN");
    let guided = plain.replace("*X*004010~", "*X*005010X999~");
    let said = |document: &str, wanted| check(document.as_bytes(), &["--ack", wanted]).stdout;
    for (document, wanted, kind) in
        [(&plain, "all", "997"), (&plain, "999", "999"), (&guided, "all", "999"), (&guided, "997", "997")]
    {
        let answer = said(document, wanted);
        assert!(answer.contains(&format!("ST*{kind}*0001")), "{answer}");
        assert_eq!(check(answer.as_bytes(), &[]).stdout, "", "nothing is wrong with it");
    }
}

#[test]
fn a_997_is_not_answered_and_the_reason_is_told() {
    let answer = check(document("OLVERIN").as_bytes(), &["--ack", "997"]).stdout;
    for wanted in ["997", "999", "ta1", "all"] {
        let said = check(answer.as_bytes(), &["--ack", wanted]);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""));
        assert!(said.stderr.contains("a 997 or 999 is never acknowledged"), "{}", said.stderr);
    }
}
