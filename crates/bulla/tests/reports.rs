//! What people are given to read after an incident, and before: the page, and the statement.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::fs;
use support::{Server, document::notice};

#[test]
fn the_page_needs_nothing_else_and_the_statement_says_what_is_held() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "READ-1", 3).bytes()).status, 200);
    server.wait_until_anchored();
    let out = server.beside("page");
    server.run(&["assess", "--kind", "storage", "--html", "--out", out.to_str().unwrap()]).expect(0);
    for (name, said) in [("assessment.html", "At most 0 rows"), ("assessment.fr.html", "Au plus 0 lignes")] {
        let page = fs::read_to_string(out.join(name)).unwrap();
        assert!(page.contains(said), "{name}");
        for asked in [" src=", " href=", "url(http", "<script", "<link"] {
            assert!(!page.contains(asked), "{name}: {asked}");
        }
    }

    let month = server.entries().iter().find_map(|entry| Some(entry["time"].as_str()?[..7].to_owned())).unwrap();
    let bundle = server.beside("held.bulla");
    let ask = ["statement", "--json", "--shipper", "northshop", "--month", &month, "--out", bundle.to_str().unwrap()];
    let found = server.run(&ask).expect(0).json();
    assert_eq!((&found["received"]["rows"], &found["held"]["rows"]), (&3.into(), &3.into()));
    assert!(found["periods"].as_array().unwrap().iter().all(|period| period["state"] == "held"), "{found}");
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
