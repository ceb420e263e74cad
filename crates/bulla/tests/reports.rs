//! What people are given to read after an incident, and before: the page, and the statement.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::{fs, path::Path};
use support::{Server, document::notice};

#[test]
fn the_page_needs_nothing_else_and_the_statement_says_what_is_held() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "READ-1", 3).bytes()).status, 200);
    server.wait_until_anchored();
    let out = server.beside("page");
    server.run(&["assess", "--kind", "storage", "--html", "--out", out.to_str().unwrap()]).expect(0);
    for (name, said) in [("assessment.html", "At most 0 rows"), ("assessment.fr.html", "Au plus 0 lignes")] {
        says(&out.join(name), said);
    }

    let month = server.entries().iter().find_map(|entry| Some(entry["time"].as_str()?[..7].to_owned())).unwrap();
    let bundle = server.beside("held.bulla");
    let ask = ["statement", "--json", "--shipper", "northshop", "--month", &month, "--out", bundle.to_str().unwrap()];
    let found = server.run(&ask).expect(0).json();
    assert_eq!((&found["received"]["rows"], &found["held"]["rows"]), (&3.into(), &3.into()));
    assert!(found["periods"].as_array().unwrap().iter().all(|period| period["state"] == "held"), "{found}");
    let page = server.beside("held.html");
    let ask = ["statement", "--shipper", "northshop", "--month", &month, "--html", page.to_str().unwrap()];
    server.run(&ask).expect(0);
    says(&page, "At most 3 rows (parcels)");
    says(&page.with_extension("fr.html"), "Au plus 3 lignes (colis)");
    let text = server.run(&["statement", "--shipper", found["shipper"].as_str().unwrap(), "--month", &month]).expect(0);
    assert!(text.text().contains("What is still held of"), "{}", text.text());
    assert!(bundle.exists());
    let nobody = server.run(&["statement", "--shipper", "no such shipper", "--month", &month]).expect(2);
    assert!(nobody.stderr.contains("bulla partner list"), "{}", nobody.stderr);

    let file = server.beside("list.json");
    fs::write(&file, "{}").unwrap();
    let ask = ["assess", "--kind", "warden", "--out", out.to_str().unwrap(), "--unwraps", file.to_str().unwrap()];
    let wrong = server.run(&ask).expect(2);
    assert!(wrong.stderr.contains("is no file of what a co-holder unwrapped"), "{}", wrong.stderr);
}

/// What is wrong comes first, and what to do about it after a blank line.
#[test]
fn a_hint_follows_its_reason() {
    let server = Server::start();
    let none = server.beside("none");
    let (none, out) = (none.to_str().unwrap(), server.beside("late"));
    let out = out.to_str().unwrap();
    let late = ["assess", "--kind", "storage", "--until", "2199-01-01", "--out", out];
    for (arguments, reason, hint) in [
        (
            &["ledger", "head", "--token-file", none][..],
            format!("cannot read {none}: "),
            "name a file with a bearer token: --token-file F",
        ),
        (
            &late,
            "the exposure cannot be computed: ".to_owned(),
            "leave `to` out, or state a time that the witnesses have seen",
        ),
        (
            &["retention", "run", "--now", "soon"],
            "\"soon\" is no moment: ".to_owned(),
            "write 2027-05-01 or 2027-05-01T12:00:00Z",
        ),
    ] {
        let said = server.run(arguments).expect(2).stderr;
        let (first, rest) = said.split_once("\n\nhint: ").unwrap_or_else(|| panic!("{said:?}"));
        assert!(first.starts_with(&format!("bulla: {reason}")) && !first.contains('\n'), "{said:?}");
        assert_eq!(rest, format!("{hint}\n"));
    }
}

#[test]
fn the_example_of_the_help_is_a_question() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "HELP-1", 3).bytes()).status, 200);
    server.wait_until_anchored();
    let help = server.run(&["assess", "--help"]).expect(0).text();
    let (_, example) = help.split_once("\n\n  [[hypothesis]]").unwrap();
    let (example, _) = example.split_once("\n\nKinds:").unwrap();
    let (file, out) = (server.beside("several.toml"), server.beside("several"));
    let (name, out) = (file.to_str().unwrap(), out.to_str().unwrap());
    fs::write(&file, format!("[[hypothesis]]{example}")).unwrap();
    let found = server.run(&["assess", "--hypothesis", name, "--json", "--out", out]).expect(0).json();
    let kinds: Vec<_> = found["hypothesis"].as_array().unwrap().iter().map(|own| &own["kind"]).collect();
    assert_eq!(kinds, ["storage", "host"]);

    // Before anything is fetched: nobody is there to be asked.
    fs::write(&file, "[[hypothesis]]\nkind = \"theft\"\n").unwrap();
    let asked = ["assess", "--hypothesis", name, "--out", out, "--to", "http://127.0.0.1:1"];
    let said = server.run(&asked).expect(2).stderr;
    assert!(
        said.starts_with("bulla: hypothesis 1: unknown kind") && said.contains("\n\nhint: `bulla assess --help`"),
        "{said}"
    );
}

/// A page that says this, and asks nobody for anything.
fn says(page: &Path, said: &str) {
    let text = fs::read_to_string(page).unwrap();
    assert!(text.contains(said), "{}", page.display());
    for asked in [" src=", " href=", "url(http", "@import", "<script", "<link"] {
        assert!(!text.contains(asked), "{}: {asked}", page.display());
    }
}
