//! `bulla agent` as a process on a person's machine: what it opens, how often it shows it, and to whom it shows nothing.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use std::{fs, path::Path};
use support::{
    Server,
    agent::{Agent, Seated},
    document::{Notice, notice},
    wait_for,
};

const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const CASE: &str = "purpose=support&ticket=CASE-7";

fn with_parcels(sent: &Notice) -> Server {
    let server = Server::start();
    assert_eq!(server.post(&sent.bytes()).status, 200);
    server.wait_until_delivered();
    server
}

/// What the page's question is called.
fn question(page: &str) -> String {
    let rest = page.split("name=\"question\" value=\"").nth(1).unwrap_or_else(|| panic!("no question in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

fn intents(server: &Server) -> Vec<usize> {
    let entries = server.entries();
    (0..entries.len()).filter(|index| entries[*index]["entry"]["type"] == "intent").collect()
}

#[test]
fn one_parcel_is_written_down_opened_and_shown_once() {
    let sent = notice(101, "M-101", 3);
    let server = with_parcels(&sent);
    let agent = Agent::start(&server, &[]);
    let seated = agent.enter();
    let asked = agent.post("ask", &seated, &format!("number={}&address=on&contact=on&{CASE}", sent.tracking(2)));
    let page = asked.text();
    assert_eq!(asked.status, 200, "{page}");
    for said in
        ["support-7, key ", "CASE-7", "row 2: 1 record", "references, address, contact", "Write it down and open"]
    {
        assert!(page.contains(said), "{said} in {page}");
    }
    assert!(intents(&server).is_empty() && !page.contains("QUASTERBY") && !page.contains(&sent.tracking(2)));

    let answer = format!("question={}&which=0", question(&page));
    let shown = agent.post("open", &seated, &answer);
    let page = shown.text();
    assert_eq!(shown.status, 200, "{page}");
    for said in [&*sent.name(2), &sent.street(2), "QUEBEC", "G1A 0A2", "Nothing in: contact"] {
        assert!(page.contains(said), "{said} in {page}");
    }
    assert!(!page.contains(&sent.name(1)) && !page.contains(&sent.tracking(2)), "{page}");
    // The entry was there before, and the receipt says which one.
    let [intent] = intents(&server)[..] else { panic!("one opening") };
    assert!(page.contains(&format!("entry {intent} before, entry {} after", intent + 1)), "{page}");
    let entry = &server.entries()[intent]["entry"]["request"]["scope"];
    assert_eq!((&entry["ticket"], &entry["rows"]), (&"CASE-7".into(), &serde_json::json!([2])), "{entry}");
    for (name, value) in [("cache-control", "no-store"), ("content-security-policy", POLICY), ("connection", "close")] {
        assert_eq!(shown.header(name), Some(value));
    }
    assert!(shown.header("refresh").unwrap().starts_with("300; url=/"));

    // Nobody sees it again: not by the same form, nor by a look at any path.
    let again = agent.post("open", &seated, &answer);
    assert_eq!(again.status, 410);
    let looks = [agent.get(&format!("{}/open", agent.place()), &seated.cookie), again];
    for look in &looks {
        assert!(!look.text().contains("QUASTERBY") && !look.text().contains("FENWILLOW"), "{}", look.text());
    }
    // Who left has another cookie: pages that a browser kept with the one before are gone.
    let renewed = looks[0].cookie("bulla_agent").unwrap();
    assert_eq!(agent.get(&agent.place(), &seated.cookie).status, 403);
    assert_eq!(agent.get(&agent.place(), &format!("bulla_agent={renewed}")).status, 200);
    assert_eq!(intents(&server).len(), 1);
    // It writes no file: where it runs, and in its home, there is none.
    let home: Vec<_> = fs::read_dir(server.beside("home")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(home, ["tmp"]);
    assert_eq!(fs::read_dir(server.beside("home/tmp")).unwrap().count(), 0);
    let written = agent.output() + &server.output();
    for personal in [sent.tracking(2), sent.name(2), sent.street(2)] {
        assert!(!written.contains(&personal), "{personal} in {written}");
    }
}

#[test]
fn of_several_with_one_number_one_is_opened() {
    let sent = notice(105, "M-105", 2);
    let server = Server::start();
    let document = String::from_utf8(sent.bytes()).unwrap().replace(&sent.tracking(2), &sent.tracking(1));
    assert_eq!(server.post(document.as_bytes()).status, 200);
    server.wait_until_delivered();
    let agent = Agent::start(&server, &[]);
    let seated = agent.enter();
    let ask = |more: &str| {
        let fields = format!("number={}&address=on&{CASE}{more}", sent.tracking(1));
        agent.post("ask", &seated, &fields)
    };
    let both = ask("").text();
    assert!(both.contains("2 parcels found") && both.contains("row 1: 1 record") && both.contains("row 2: 1 record"));
    let batch = both.split("batch ").nth(1).unwrap().split('<').next().unwrap().to_owned();
    for (more, status) in
        [("&row=3", 404), ("&row=x", 400), ("&batch=zz", 404), (&*format!("&batch={batch}&row=2"), 200)]
    {
        assert_eq!(ask(more).status, status, "{more}");
    }
    let one = ask("&row=2").text();
    assert!(one.contains("1 parcel found") && !one.contains("row 1: 1 record"), "{one}");
    let page = agent.post("open", &seated, &format!("question={}&which=0", question(&one))).text();
    assert!(page.contains(&sent.name(2)) && !page.contains(&sent.name(1)), "{page}");
    assert_eq!(intents(&server).len(), 1);
}

#[test]
fn what_was_shown_is_gone_from_its_memory() {
    let sent = notice(104, "M-104", 1);
    let server = with_parcels(&sent);
    let agent = Agent::start(&server, &[]);
    let seated = agent.enter();
    let asked = agent.post("ask", &seated, &format!("number={}&address=on&{CASE}", sent.tracking(1))).text();
    let Some(held) = agent.holds(&sent.tracking(1)) else {
        eprintln!("NOT TESTED: only root may look into the memory of a process that is not dumpable");
        return;
    };
    assert!(held, "the number waits with its question, and a search finds it");
    let shown = agent.post("open", &seated, &format!("question={}&which=0", question(&asked))).text();
    assert!(shown.contains(&sent.street(1)), "{shown}");
    assert_eq!(agent.get(&agent.place(), &seated.cookie).status, 200);
    for personal in [sent.tracking(1), sent.name(1), sent.street(1)] {
        wait_for(&format!("{personal} to be gone"), || (agent.holds(&personal) == Some(false)).then_some(()));
    }
}

#[test]
fn whoever_else_comes_gets_nothing() {
    let sent = notice(102, "M-102", 1);
    let server = with_parcels(&sent);
    let agent = Agent::start(&server, &[]);
    let place = agent.place();
    assert_eq!(agent.get(&place, "").status, 403, "nobody is in yet");
    let guess = format!("{place}/enter/{}", "0".repeat(64));
    assert_eq!(agent.get(&guess, "").status, 403);
    let seated = agent.enter();
    assert_eq!(agent.get(&agent.entry, "").status, 403, "the secret works once");
    assert_eq!(agent.get(&place, &format!("bulla_agent={}", "0".repeat(64))).status, 403);
    assert_eq!(agent.get("/", &seated.cookie).status, 404);

    // A name that was made to lead here is another host.
    for host in ["evil.example", "localhost", "127.0.0.1:1", ""] {
        let all = agent.get_as(host, &place, &seated.cookie);
        assert!(all.starts_with("HTTP/1.1 421") && !all.contains("<form"), "{host}: {all}");
    }
    assert!(agent.get_as(&agent.address, &place, &seated.cookie).starts_with("HTTP/1.1 200"));

    let asking = format!("form={}&number={}&address=on&{CASE}", seated.form, sent.tracking(1));
    let (cookie, own) = (("Cookie", &*seated.cookie), format!("http://{}", agent.address));
    let site = ("Sec-Fetch-Site", "cross-site");
    for (what, fields) in [
        ("no cookie", vec![("Origin", &*own)]),
        ("another origin", vec![cookie, ("Origin", "http://evil.example")]),
        ("another port", vec![cookie, ("Origin", "http://127.0.0.1:1")]),
        ("no origin", vec![cookie]),
        ("null", vec![cookie, ("Origin", "null")]),
        ("another site", vec![cookie, ("Origin", &*own), site]),
    ] {
        assert_eq!(agent.post_with("ask", &fields, &asking).status, 403, "{what}");
    }
    let forged = Seated { form: "0".repeat(64), cookie: seated.cookie.clone() };
    assert_eq!(agent.post("ask", &forged, &format!("number={}&address=on&{CASE}", sent.tracking(1))).status, 403);
    // A question that was never asked, or was another's.
    let asked = agent.post("ask", &seated, &format!("number={}&address=on&{CASE}", sent.tracking(1))).text();
    assert_eq!(agent.post("open", &forged, &format!("question={}&which=0", question(&asked))).status, 403);
    assert_eq!(agent.post("open", &seated, "question=00&which=0").status, 410);
    assert_eq!(agent.post("open", &seated, &format!("question={}&which=0", question(&asked))).status, 410);
    assert!(intents(&server).is_empty());
}

#[test]
fn values_are_text_and_refusals_are_said() {
    let sent = notice(103, "M-103", 1);
    let evil = r#"<IMG SRC=X ONERROR=A() "'&"#;
    let server = Server::start();
    let document = String::from_utf8(sent.bytes()).unwrap().replace(&sent.name(1), evil);
    assert_eq!(server.post(document.as_bytes()).status, 200);
    server.wait_until_delivered();
    // As somebody has it who is no part of the demo: a gateway's address, a token, a key and pins.
    let (demo, gateway) = (server.dir("demo"), format!("http://{}", server.address()));
    let file = |name: &str| demo.join(name).to_str().unwrap().to_owned();
    let (token, key, pins) = (file("operator.token"), file("support-7.key"), file("pins.toml"));
    let agent = Agent::start(&server, &["--to", &gateway, "--token-file", &token, "--key", &key, "--pins", &pins]);
    let seated = agent.enter();
    let ask = |fields: &str| agent.post("ask", &seated, fields);
    let number = sent.tracking(1);
    let asked = ask(&format!("number={number}&address=on&{CASE}")).text();
    let page = agent.post("open", &seated, &format!("question={}&which=0", question(&asked))).text();
    assert!(page.contains("&#60;IMG SRC=X ONERROR=A() &#34;&#39;&#38;") && !page.contains("<IMG"), "{page}");
    for (fields, status) in [
        (format!("number=99%22%3E%3Cscript%3E&address=on&{CASE}"), 404),
        (format!("number=&address=on&{CASE}"), 400),
        (format!("number={number}&{CASE}"), 400),
        (format!("number={number}&address=on&purpose=support&ticket=%3Cscript%3E"), 400),
        (format!("number={number}&address=on&purpose=curiosity&ticket=CASE-7"), 400),
    ] {
        let answer = ask(&fields);
        assert_eq!(answer.status, status, "{fields}");
        assert!(!answer.text().contains("script") && !answer.text().contains(&number), "{}", answer.text());
    }
    // In French, too, and in the warden's own words.
    let asked = ask(&format!("number={number}&address=on&{CASE}")).text();
    server.kill("witness", Signal::KILL);
    let french = Seated { cookie: format!("{}; bulla_language=fr", seated.cookie), form: seated.form.clone() };
    let page = agent.post("open", &french, &format!("question={}&which=0", question(&asked))).text();
    assert!(page.contains("Pas ouvert") && page.contains("0 of 1 witnesses cosigned"), "{page}");
    assert!(!page.contains("IMG SRC"), "{page}");
    let page = agent.get(&format!("{}?language=fr", agent.place()), &seated.cookie);
    assert!(page.text().contains("<html lang=\"fr\"") && page.cookie("bulla_language") == Some("fr"));
}

#[test]
fn it_is_for_this_machine_and_ends_when_nobody_uses_it() {
    let server = Server::start();
    let ran = server.run(&["agent", "--listen", "0.0.0.0:0"]).expect(2);
    assert!(ran.stderr.contains("not a loopback address"), "{}", ran.stderr);
    let mut agent = Agent::start(&server, &["--idle-seconds", "1"]);
    assert!(agent.wait_for_end().success());
    assert!(agent.output().contains("nobody has used it for 1 s"), "{}", agent.output());
}

/// What the gateway serves has no way to the page with the fields.
#[test]
fn the_gateway_never_makes_that_page() {
    fn walk(dir: &Path, seen: &mut usize) {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            if entry.path().is_dir() {
                walk(&entry.path(), seen);
            } else {
                let text = fs::read_to_string(entry.path()).unwrap();
                assert!(!text.contains("console::agent") && !text.contains("agent::"), "{}", entry.path().display());
                *seen += 1;
            }
        }
    }
    let mut seen = 0;
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wire"), &mut seen);
    assert!(seen > 20, "{seen}");
}
