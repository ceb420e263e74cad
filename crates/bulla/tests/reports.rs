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
    // As a run leaves it that was killed while it wrote.
    fs::create_dir(&out).unwrap();
    fs::write(out.join(".bundle.bulla.draft"), "half").unwrap();
    server.run(&["assess", "--kind", "storage", "--html", "--out", out.to_str().unwrap()]).expect(0);
    for (name, said) in [("assessment.html", "At most 0 rows"), ("assessment.fr.html", "Au plus 0 ligne (colis)")] {
        says(&out.join(name), said);
    }
    assert!(out.join("bundle.bulla").exists() && !out.join(".bundle.bulla.draft").exists());

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

    let file = server.beside("list.json");
    fs::write(&file, "{}").unwrap();
    let ask = ["assess", "--kind", "warden", "--out", out.to_str().unwrap(), "--unwraps", file.to_str().unwrap()];
    let wrong = server.run(&ask).expect(2);
    assert!(wrong.stderr.contains("is no file of what a co-holder unwrapped"), "{}", wrong.stderr);
}

/// What a taken host says of itself is no bound, and none of its figures is called one.
#[test]
fn without_a_bound_nothing_is_at_most() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "READ-1", 3).bytes()).status, 200);
    server.wait_until_anchored();
    let out = server.beside("page");
    let text = server.run(&["assess", "--kind", "warden", "--html", "--out", out.to_str().unwrap()]).expect(0).text();
    let read = |name| fs::read_to_string(out.join(name)).unwrap();
    let bounded = "If the warden stood elsewhere: at most 3 rows";
    for (whole, end, said) in [
        (text.replacen(bounded, "", 1), "\nWhat belongs to these figures", ["NO UPPER BOUND", "at most"]),
        (read("assessment.html"), "<h2>What belongs to these figures", ["No upper bound", "at most"]),
        (read("assessment.fr.html"), "<h2>Ce qui appartient à ces nombres", ["Pas de borne", "au plus"]),
    ] {
        let (figures, _) = whole.split_once(end).unwrap_or_else(|| panic!("{whole}"));
        let [bound, most] = said;
        // The index's own line counts the rows whose numbers can be guessed.
        let figures = figures.split("\nIndex\n").next().unwrap();
        assert!(figures.contains(bound) && !figures.to_lowercase().contains(most), "{figures}");
    }
}

/// A statement of a name that is nobody's is none; one of a month that the ledger does not have says that beside it.
#[test]
fn a_statement_of_nobody_and_of_no_month() {
    let server = Server::start();
    let (held, page) = (server.beside("held.bulla"), server.beside("held.html"));
    let (out, html) = (held.to_str().unwrap(), page.to_str().unwrap());
    let month = server.entries()[0]["time"].as_str().unwrap()[..7].to_owned();
    for shipper in ["S-nosuch", "no such shipper"] {
        let ask = ["statement", "--shipper", shipper, "--month", &month, "--out", out, "--html", html];
        let refused = server.run(&ask).expect(2);
        let said = format!("bulla: there is no shipper `{shipper}`: no policy of the ledger names it\n\nhint: ");
        assert!(refused.stderr.starts_with(&said), "{}", refused.stderr);
        assert!(refused.stdout.is_empty() && !held.exists() && !page.exists());
    }
    let ledger = server.dir("warden").join("ledger");
    let ask = ["statement", "--shipper", "northshop", "--month", &month, "--ledger", ledger.to_str().unwrap()];
    assert!(server.run(&ask).expect(2).stderr.contains("hint: name it as the ledger does"));
    let names = fs::read_dir(server.beside(".")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().ends_with(".draft")).count(), 0);

    for (month, begins, french) in [
        ("2019-12", "note: this ledger began at ", "Ce registre a commencé le "),
        ("2199-01", "note: the month had not begun at ", "Le mois n’avait pas commencé le "),
    ] {
        let ask = ["statement", "--json", "--shipper", "northshop", "--month", month, "--html", html];
        let told = server.run(&ask).expect(0);
        assert!(told.stderr.starts_with(begins), "{}", told.stderr);
        assert_eq!(told.json()["received"]["rows"], 0);
        says(&page.with_extension("fr.html"), french);
    }
    let ask = ["statement", "--shipper", "northshop", "--month", &month];
    assert_eq!(server.run(&ask).expect(0).stderr, "");

    // One file for two things is refused before the gateway is asked; a line to copy is one that a shell takes.
    let (new, french, spaced) = (server.beside("new.html"), server.beside("new.fr.html"), server.beside("two words"));
    for out in [&new, &french] {
        let more = ["--html", new.to_str().unwrap(), "--out", out.to_str().unwrap(), "--token-file", "/no/such/file"];
        let said = format!("bulla: cannot write {}: something else of this run is to be there\n", out.display());
        assert_eq!(server.run(&[&ask[..], &more].concat()).expect(2).stderr, said);
        assert!(!new.exists() && !french.exists());
    }
    let told = server.run(&[&ask[..], &["--out", spaced.to_str().unwrap()]].concat()).expect(0).stderr;
    assert!(told.contains(&format!("check it: bulla-verify '{}' --pins FILE", spaced.display())), "{told}");
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
            "leave the end out (`to`, or --until), or state a time that the witnesses have seen",
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

/// Bodies that were refused may be in memory still, and nobody knows of which province they are.
#[test]
fn the_exposure_says_what_is_of_no_known_province() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "KNOWN-1", 3).bytes()).status, 200);
    server.wait_until_anchored();
    let (known, said) =
        (server.run(&["exposure"]).expect(0).text(), "\nUNKNOWN: of 3 rows nobody has told the province");
    assert!(!known.contains("UNKNOWN: "), "{known}");
    let refused = String::from_utf8(notice(2, "KNOWN-2", 3).bytes()).unwrap().replace("\nSE*", "\nSE*9");
    assert_eq!(server.post(refused.as_bytes()).status, 422);
    let unknown = server.run(&["exposure"]).expect(0).text();
    assert!(unknown.contains(said) && unknown.contains("counted and not sealed (refused, repeated)"), "{unknown}");
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

    // Days are days here, too.
    fs::write(&file, "[[hypothesis]]\nkind = \"warden\"\nfrom = 2026-11-02\nto = \"2026-11-03\"\n").unwrap();
    let found = server.run(&["assess", "--hypothesis", name, "--json", "--out", out]).expect(0).json();
    let own = &found["hypothesis"][0];
    assert_eq!((&own["from"], &own["to"]), (&"2026-11-02T00:00:00.000Z".into(), &"2026-11-03T00:00:00.000Z".into()));

    // Before anything is fetched: nobody is there to be asked.
    fs::write(&file, "[[hypothesis]]\nkind = \"theft\"\n").unwrap();
    // Less is reached, and that would be read as an answer to what was.
    for (from, said) in [("2062-11-02", true), ("2026-11-02", false)] {
        let text = server.run(&["assess", "--kind", "warden", "--from", from, "--out", out]).expect(0).stderr;
        assert_eq!(
            text.contains("note: the hypothesis begins at 2062-11-02T00:00:00.000Z, and it is 20"),
            said,
            "{text}"
        );
    }
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
