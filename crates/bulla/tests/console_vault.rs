//! The console's pages of the ledger, of retention, of partners and of incidents, as a browser has them.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use serde_json::Value;
use support::{
    Server,
    console::{get, log_in},
    document::notice,
};

const EVIL: &str = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";

/// Two shippers' parcels; one of the first's was opened.
fn with_opening() -> Server {
    let server = Server::start();
    let sent = notice(81, "M-81", 3);
    assert_eq!(server.post(&sent.bytes()).status, 200);
    server.wait_until_delivered();
    let tracking = sent.tracking(1);
    let asked = ["open", "--tracking", &tracking, "--class", "address", "--purpose", "support", "--ticket", "CASE-81"];
    server.run(&asked).expect(0);
    server
}

/// The part of a page under this id, to the next section.
fn part<'p>(page: &'p str, id: &str) -> &'p str {
    let begin = page.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id} in {page}"));
    let rest = &page[begin..];
    &rest[..rest.find("</section>").unwrap_or(rest.len())]
}

fn index_of(server: &Server, kind: &str) -> usize {
    server.entries().iter().rposition(|entry| entry["entry"]["type"] == kind).unwrap()
}

#[test]
fn who_opened_what_why_and_when() {
    let server = with_opening();
    let (operator, own, other) =
        (log_in(&server, "operator"), log_in(&server, "northshop"), log_in(&server, "lakeshop"));
    let intent = index_of(&server, "intent");
    let page = get(&server, "/console/ledger", &operator).text();
    let openings = part(&page, "openings");
    for said in ["CASE-81", "support", "northshop", "1 record: references, address", &format!(">{intent}<"), "Opened"] {
        assert!(openings.contains(said), "{said} in {openings}");
    }
    let french = get(&server, "/console/ledger", &format!("{operator}; bulla_language=fr")).text();
    assert!(part(&french, "openings").contains("1 enregistrement\u{a0}: références, adresse"), "{french}");
    // A shipper sees who opened its own parcels, and nobody else's.
    assert!(part(&get(&server, "/console/ledger", &own).text(), "openings").contains("CASE-81"));
    let page = get(&server, "/console/ledger", &other).text();
    assert!(!page.contains("CASE-81") && page.contains("Nothing was opened"), "{page}");
    let agreement = server.get("/v1/retention")[0]["period"].as_str().unwrap().split('/').next().unwrap().to_owned();
    let whose = server.get("/v1/partners")["agreement"].as_array().unwrap().clone();
    let whose = whose.iter().find(|own| own["id"] == agreement.as_str()).unwrap();
    let (theirs, others) = if whose["shipper"] == "lakeshop" { (&other, &own) } else { (&own, &other) };
    assert!(get(&server, "/console/ledger", theirs).text().contains(&agreement));
    assert!(!get(&server, "/console/ledger", others).text().contains(&agreement), "another's periods");
    assert!(page.contains("Cosigned the newest"), "{page}");
}

#[test]
fn the_ledger_is_shown_from_any_index_backwards() {
    let server = with_opening();
    let operator = log_in(&server, "operator");
    let (intent, size) = (index_of(&server, "intent"), server.entries().len());
    let before = |index: &str| get(&server, &format!("/console/ledger?before={index}"), &operator);
    assert!(!before(&intent.to_string()).text().contains("CASE-81"));
    // Its receipt stands behind what is shown, and is found all the same.
    let page = before(&(intent + 1).to_string()).text();
    assert!(part(&page, "openings").contains("Opened"), "{page}");
    assert!(page.contains(&format!("entries 0 up to before {}", intent + 1)), "{page}");
    let first = before("1").text();
    assert!(first.contains("beginning of the ledger") && first.contains("No silence"), "{first}");
    assert!(before("0").text().contains("Nothing was opened"));
    for odd in ["99999999999", "18446744073709551615", "-1", "x", EVIL] {
        let page = before(odd);
        assert_eq!(page.status, 200, "{odd}");
        let text = page.text();
        assert!(text.contains("CASE-81") && !text.contains("<script"), "{odd}: {text}");
    }
    assert!(size > intent);
}

#[test]
fn what_is_held_what_ends_and_what_is_gone() {
    let server = Server::start();
    assert_eq!(server.post(&notice(82, "M-82", 7).bytes()).status, 200);
    server.wait_until_anchored();
    let (operator, own, other) =
        (log_in(&server, "operator"), log_in(&server, "northshop"), log_in(&server, "lakeshop"));
    let page = get(&server, "/console/retention", &operator).text();
    assert!(
        page.contains("<b>7 rows</b>of 1 shipper are sealed")
            && page.contains("c-live")
            && page.contains("northshop → "),
        "{page}"
    );
    assert!(page.contains("Nothing was shredded yet"), "{page}");
    let french = get(&server, "/console/retention", &format!("{operator}; bulla_language=fr")).text();
    assert!(french.contains("<b>7 lignes</b>") && french.contains("active"), "{french}");
    // Each shipper its own.
    let page = get(&server, "/console/retention", &own).text();
    assert!(page.contains("<b>7 rows</b>") && page.contains("northshop → ") && !page.contains("lakeshop"), "{page}");
    let page = get(&server, "/console/retention", &other).text();
    assert!(page.contains("<b>0 rows</b>") && !page.contains("northshop"), "{page}");
    for odd in ["2031-01", "0001-01", "9999-12", "2031-13", EVIL] {
        let page = get(&server, &format!("/console/retention?until={odd}"), &operator);
        assert!(page.status == 200 && !page.text().contains("<script"), "{odd}");
    }
    // Years later, as a demo may be told.
    let gone = server.run(&["retention", "run", "--now", "2080-01-01", "--json"]).expect(0).json();
    let shred: Value = gone["shredded"][0]["shred"].clone();
    let page = get(&server, "/console/retention", &operator).text();
    assert!(page.contains("c-shredded") && page.contains(", entry "), "{page}");
    let link = format!("/console/ledger?before={}#others", shred.as_u64().unwrap() + 1);
    assert!(page.contains(&link), "{link} in {page}");
    let entry = get(&server, link.split('#').next().unwrap(), &operator).text();
    assert!(part(&entry, "others").contains("shred, done"), "{entry}");
}

#[test]
fn one_row_is_said_as_one() {
    let server = Server::start();
    assert_eq!(server.post(&notice(84, "M-84", 1).bytes()).status, 200);
    server.wait_until_anchored();
    let operator = log_in(&server, "operator");
    let page = get(&server, "/console/retention", &operator).text();
    assert!(page.contains("<b>1 row</b>of 1 shipper is sealed under"), "{page}");
    let french = get(&server, "/console/retention", &format!("{operator}; bulla_language=fr")).text();
    assert!(french.contains("<b>1 ligne</b>de 1 expéditeur, scellée par"), "{french}");
}

#[test]
fn who_is_exchanged_with() {
    let server = Server::start();
    let (operator, own) = (log_in(&server, "operator"), log_in(&server, "northshop"));
    let page = get(&server, "/console/partners", &operator).text();
    for said in ["northshop", "lakeshop", "democarrier", "ZZ:NORTHSHOP", "days left", "Live", "Signed"] {
        assert!(page.contains(said), "{said} in {page}");
    }
    // No token, no key, no address of anybody's server.
    for secret in ["BEGIN CERTIFICATE", "127.0.0.1", &server.token("northshop")] {
        assert!(!page.contains(secret), "{secret}");
    }
    let page = get(&server, "/console/partners", &own).text();
    assert!(page.contains("ZZ:NORTHSHOP") && !page.contains("lakeshop") && !page.contains("ZZ:LAKESHOP"), "{page}");
    let hostile = "[[partner]]\nid = \"evil\"\nname = \"<script>a()</script>\"\npseudonym = \"S-0123456789ab\"\n\
         edi = [\"ZZ:<B>EVIL\"]\n";
    let file = server.beside("evil.toml");
    std::fs::write(&file, hostile).unwrap();
    server.run(&["partner", "apply", file.to_str().unwrap()]).expect(0);
    let page = get(&server, "/console/partners", &operator).text();
    assert!(page.contains("&#60;script&#62;a()") && !page.contains("<script") && !page.contains("<B>"), "{page}");
}

#[test]
fn what_could_have_been_read_at_most() {
    let server = Server::start();
    assert_eq!(server.post(&notice(83, "M-83", 4).bytes()).status, 200);
    server.wait_until_delivered();
    let (operator, own) = (log_in(&server, "operator"), log_in(&server, "northshop"));
    let ask = |query: &str| get(&server, &format!("/console/incident{query}"), &operator);
    let page = ask("").text();
    assert!(page.contains("Choose what was taken") && page.contains("bulla assess \\\n  --kind host"), "{page}");
    assert!(get(&server, "/console", &operator).text().contains("/console/incident"));
    // The batches' headers are an operator's.
    assert_eq!(get(&server, "/console/incident?kind=storage", &own).status, 403);
    assert!(!get(&server, "/console", &own).text().contains("/console/incident"));

    let page = ask("?kind=storage").text();
    assert!(page.contains("<b>At most 0 rows</b>") && page.contains("stay clear and are not counted"), "{page}");
    // All on one host: there is no bound, and nothing here may look like one.
    let page = ask("?kind=warden").text();
    assert!(
        page.contains("<b>No upper bound</b>") && page.contains("rows on record or not yet accounted for, by the day"),
        "{page}"
    );
    assert!(!page.contains("Rows, at most") && page.contains("Level 0"), "{page}");
    let said = page.split("host of its own, which your pins can show: at most ").nth(1).unwrap();
    let rows: u64 = said.split(' ').next().unwrap().replace(',', "").parse().unwrap();
    let file = server.beside("assessment");
    let asked = ["assess", "--kind", "warden", "--out", file.to_str().unwrap(), "--json"];
    let proven = server.run(&asked).expect(0).json()["if_the_warden_stood_elsewhere"]["rows"].as_u64().unwrap();
    // What may have been stored beyond the ledger counts here, and is entered first for a proof.
    assert!(rows >= proven && proven == 4, "{rows} {proven}");
    assert!(page.contains("m-expline") && page.contains(">northshop<"), "{page}");
    // What is on record, and what nobody can know yet, are told apart.
    assert!(page.contains("On record: 4 rows of 1 shipper, "), "{page}");
    let apart = page.split("not yet accounted for: at most ").nth(1).unwrap();
    let beyond: u64 = apart.split(' ').next().unwrap().replace(',', "").parse().unwrap();
    assert_eq!(beyond + 4, rows, "{page}");
    let stated = ask("?kind=warden&from=2026-01-01").text();
    assert!(stated.contains("--from 2026-01-01 \\\n  --pins") && stated.contains("m-pick"), "{stated}");
    // Each step of the curve leads to its day's answer, in the table as in the drawing.
    let link =
        page.split("<th scope=\"row\"><a href=\"/console/incident").nth(1).and_then(|rest| rest.split('"').next());
    let link = link.unwrap_or_else(|| panic!("{page}")).replace("&#38;", "&");
    assert!(
        page.contains(&format!("<a href=\"/console/incident{}\" tabindex=\"-1\">", link.replace('&', "&amp;"))),
        "{page}"
    );
    let day = link.strip_prefix("?kind=warden&from=").and_then(|rest| rest.strip_suffix("&to=")).unwrap();
    assert!(ask(&link).text().contains(&format!("--from {day} \\\n")), "{link}");
    assert!(page.contains(">references, address, contact, remarks, financial</th>"), "{page}");
    let future = ask("?kind=warden&to=2090-01-01").text();
    assert!(
        future.contains("The end is in the future")
            && future.contains("--until 2090-01-01")
            && !future.contains("m-expline")
    );
    for (days, said) in [
        ("from=2090-01-01", "The beginning is in the future"),
        ("from=2026-02-02&to=2026-02-01", "The end is before the beginning"),
    ] {
        let page = ask(&format!("?kind=warden&{days}")).text();
        assert!(page.contains(said) && !page.contains("m-expline"), "{page}");
    }
    let french = get(&server, "/console/incident?kind=warden", &format!("{operator}; bulla_language=fr")).text();
    assert!(french.contains("<b>Aucune borne</b>") && french.contains("le gardien a été pris"), "{french}");
    for odd in
        [format!("?kind={EVIL}&from={EVIL}"), format!("?kind=host&to={EVIL}"), "?kind=host&from=-9999-01-01".into()]
    {
        let page = ask(&odd);
        assert!(page.status == 200 && !page.text().contains("<script>"), "{odd}: {}", page.text());
    }
}

#[test]
fn without_the_warden_the_pages_say_so() {
    let server = with_opening();
    let operator = log_in(&server, "operator");
    let found = server.run(&["find", "--manifest", "M-81", "--json"]).expect(0).json();
    server.kill("warden", Signal::KILL);
    for path in ["/console/ledger", "/console/retention", "/console/incident?kind=host"] {
        let page = get(&server, path, &operator);
        assert_eq!(page.status, 503, "{path}");
        assert!(page.text().contains("The warden does not answer"), "{path}: {}", page.text());
    }
    assert_eq!(get(&server, "/console/partners", &operator).status, 200);
    // A parcel is found all the same, and until when it is kept is not guessed.
    let path = format!("/console/parcels/{}/1", found[0]["batch"].as_str().unwrap());
    let page = get(&server, &path, &operator).text();
    assert!(page.contains("The carrier has it") && part(&page, "sealed").contains("Not known now"), "{page}");
}
