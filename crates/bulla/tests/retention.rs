//! What officers hold is kept, and the rest goes: the commands that a person would type.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use serde_json::Value;
use std::process::{Command, Stdio};
use support::{Server, bulla, document::notice};

fn states(server: &Server) -> Vec<(String, Value, Value)> {
    let status = server.run(&["retention", "status", "--json"]).expect(0).json();
    let own = |own: &Value| (own["period"].as_str().unwrap().to_owned(), own["state"].clone(), own["held"].clone());
    status.as_array().unwrap().iter().map(own).collect()
}

fn decide(server: &Server, people: &str) {
    let (file, draft) = (server.beside("people.toml"), server.beside("draft.json"));
    std::fs::write(&file, people).unwrap();
    let (file, draft) = (file.to_str().unwrap(), draft.to_str().unwrap());
    server.run(&["authority", "draft", file, "--out", draft]).expect(0);
    let key = server.dir("demo").join("authority.key");
    bulla(&["authority", "sign", draft, "--key", key.to_str().unwrap()], &server.beside(".")).expect(0);
    server.run(&["authority", "submit", draft]).expect(0);
}

#[test]
fn what_is_held_stays_until_the_officers_let_it_go() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "HELD-1", 2).bytes()).status, 200);
    server.wait_until_anchored();
    let (period, state, held) = states(&server)[0].clone();
    assert_eq!((&state, &held), (&"live".into(), &Value::Null));
    let (agreement, month) = (period.split('/').next().unwrap(), period.split('/').nth(1).unwrap());
    let people = server.run(&["authority", "people"]).expect(0).text();
    let hold = format!(
        "\n[[hold]]\nagreement = \"{agreement}\"\nfirst = \"{month}\"\nlast = \"{month}\"\nuntil = \"2090-01-01T00:00:00.000Z\"\n"
    );
    decide(&server, &(people.clone() + &hold));
    assert!(server.run(&["authority", "people"]).expect(0).text().contains("[[hold]]"));
    let run = ["retention", "run", "--now", "2080-01-01", "--json"];
    let gone = server.run(&run).expect(0).json();
    let of_month = |gone: &Value| {
        let shredded = gone["shredded"].as_array().unwrap();
        let own = format!("{agreement}/{month}/");
        shredded.iter().filter(|gone| gone["period"].as_str().unwrap().starts_with(&own)).count()
    };
    assert!(of_month(&gone) == 0 && !gone["shredded"].as_array().unwrap().is_empty());
    assert_eq!(states(&server)[0].2, "2090-01-01T00:00:00.000Z");
    // The file without it: the hold is over.
    decide(&server, &people);
    assert_eq!(states(&server)[0].2, Value::Null);
    let gone = server.run(&run).expect(0).json();
    assert!(of_month(&gone) > 0, "{gone}");
    assert_eq!(states(&server)[0].1, "shredded");
}

#[test]
fn what_would_be_lost_now_is_a_number_with_a_budget() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "NOW-1", 3).bytes()).status, 200);
    server.wait_until_anchored();
    let found = server.run(&["exposure", "--json", "--budget", "3"]).expect(0).json();
    assert_eq!(
        (&found["rows"], &found["level"], &found["by_province"][0]["province"]),
        (&3.into(), &0.into(), &"QC".into())
    );
    let above = server.run(&["exposure", "--budget", "2"]).expect(1);
    assert!(above.stderr.contains("ALARM: 3 rows are exposed, 2 may be"), "{}", above.stderr);
    assert!(above.text().contains("If everything were taken this minute: 3 rows"), "{}", above.text());

    // Whoever reads it is gone, or its disk is full: the alarm is one all the same.
    let told = |arguments: &[&str], out: Stdio| {
        let mut verb = Command::new(env!("CARGO_BIN_EXE_bulla"));
        let mut verb =
            verb.args(arguments).arg("--data").arg(server.data()).stdout(out).stderr(Stdio::piped()).spawn().unwrap();
        drop(verb.stdout.take());
        let ended = verb.wait_with_output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    let full = || Stdio::from(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let alarm = ["exposure", "--budget", "2"];
    let (code, said) = told(&alarm, Stdio::piped());
    assert!(code == Some(1) && said.starts_with("ALARM: 3 rows"), "{code:?} {said}");
    let (code, said) = told(&alarm, full());
    assert!(code == Some(2) && said.starts_with("ALARM: 3 rows") && said.contains("No space left"), "{code:?} {said}");
    // What else there is to show is not taken for shown, either.
    let (code, said) = told(&["ledger", "entries"], full());
    assert!(code == Some(2) && said.contains("No space left"), "{code:?} {said}");
    assert_eq!(told(&["ledger", "entries"], Stdio::piped()).0, Some(0));
}
