//! The page of incidents: another beginning by a slider, and what can be taken along.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::fs;
use support::{
    Server, bulla,
    console::{get, log_in},
    document::notice,
};

#[test]
fn what_is_taken_along_is_what_the_command_makes_and_verifies() {
    let server = Server::start();
    assert_eq!(server.post(&notice(401, "M-401", 3).bytes()).status, 200);
    server.wait_until_anchored();
    let (session, own) = (log_in(&server, "operator"), log_in(&server, "northshop"));
    let page = get(&server, "/console/incident?kind=storage", &session).text();
    let bundle = "/console/incident/bundle.bulla?kind=storage&#38;from=&#38;to=";
    assert!(page.contains(bundle) && page.contains("Level 0: made by this gateway itself"), "{page}");
    assert!(!get(&server, "/console/incident", &session).text().contains("bundle.bulla?"), "nothing was asked");

    // It came after this end; whether that is shown hangs on what its gateway had seen.
    let late =
        ["2020-01-01, 00:00 UTC, is left out: 1 document, 3 rows;", "come after the end, 2020-01-01, 00:00 UTC: of no"];
    let ended = get(&server, "/console/incident?kind=storage&to=2020-01-01", &session).text();
    assert_eq!(late.iter().filter(|words| ended.contains(*words)).count(), 1, "{ended}");
    assert_eq!(late.iter().filter(|words| page.contains(*words)).count(), 0, "no end was stated");

    // A taken host has no bound wherever the warden stands, and nothing took it back.
    let host = get(&server, "/console/incident?kind=host&to=2020-01-01", &session).text();
    assert!(host.contains("which your pins can show: no upper bound; on record or not yet accounted for, "), "{host}");
    assert!(host.contains("counts as taken beyond the end, 2020-01-01, until now"), "{host}");
    let warden = get(&server, "/console/incident?kind=warden", &session).text();
    assert!(warden.contains("which your pins can show: at most ") && !warden.contains("beyond the end"), "{warden}");

    let taken = get(&server, "/console/incident/bundle.bulla?kind=storage", &session);
    assert_eq!(
        (taken.status, taken.header("content-disposition")),
        (200, Some("attachment; filename=\"bundle.bulla\""))
    );
    let path = server.beside("taken.bulla");
    fs::write(&path, &taken.body).unwrap();
    let pins = server.dir("demo").join("pins.toml");
    let verify = ["verify", path.to_str().unwrap(), "--pins", pins.to_str().unwrap()];
    bulla(&verify, &server.beside(".")).expect(0);

    for (language, word) in [("en", "<html lang=\"en\""), ("fr", "<html lang=\"fr\"")] {
        let cookies = format!("{session}; bulla_language={language}");
        let report = get(&server, "/console/incident/assessment.html?kind=storage", &cookies);
        assert_eq!(report.header("content-disposition"), Some("attachment; filename=\"assessment.html\""));
        assert!(report.status == 200 && report.text().contains(word), "{}", report.text());
        assert!(!report.text().contains("QUASTERBY"));
    }
    // Who may not look takes nothing; what is no file and what has no answer is neither.
    assert_eq!(get(&server, "/console/incident/bundle.bulla?kind=storage", &own).status, 403);
    assert_eq!(
        get(&server, "/console/incident/bundle.bulla?kind=storage", "").header("location"),
        Some("/console/login")
    );
    assert_eq!(get(&server, "/console/incident/warden.key?kind=storage", &session).status, 404);
    let back = get(&server, "/console/incident/bundle.bulla?kind=storage&from=2999-01-01&to=%0d%0aX", &session);
    assert_eq!(
        (back.status, back.header("location")),
        (303, Some("/console/incident?kind=storage&from=2999-01-01&to="))
    );
    assert_eq!(get(&server, "/console/incident/bundle.bulla?kind=x", &session).status, 303);
}
