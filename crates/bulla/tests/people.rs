//! Who may enter the console: real ceremonies over HTTP with an authenticator in software, what is wrong with them each by itself, and each role
//! at each page.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rustix::process::Signal;
use support::{
    Server,
    authenticator::{Authenticator, PRESENT, VERIFIED},
    console::form,
    document::notice,
    http,
    passkeys::{Browser, first_admin, invited, printed_link, secret, session},
};

#[test]
fn a_link_makes_the_first_admin_once() {
    let server = Server::start();
    let link = printed_link(&server);
    let browser = Browser::at(&server);
    assert!(link.starts_with(&format!("{}/console/join#", browser.origin())), "{link}");
    let secret = secret(&link);
    let page = browser.get("/console/join", "");
    assert!(page.status == 200 && page.text().contains("data-passkey=\"create\""), "{}", page.text());
    let authenticator = browser.authenticator("admin");

    // What is wrong with it leaves the link as it was.
    let challenge = browser.asked("/console/join/ask", &format!("&secret={secret}"));
    let foreign = Authenticator { origin: "https://elsewhere.example".into(), ..browser.authenticator("x") };
    let refused = |body: &str| {
        let answer = browser.post("/console/join", &browser.door, body);
        assert_eq!(answer.status, 403);
        assert!(answer.cookie("bulla_session").is_none());
    };
    refused(&browser.registering(&foreign, &secret, &challenge));
    refused(&browser.registering(&authenticator, &secret, &challenge)); // that challenge has had its answer
    let challenge = browser.asked("/console/join/ask", &format!("&secret={secret}"));
    refused(&browser.registering(&authenticator, &"00".repeat(32), &challenge));

    let admin = session(&browser.join(&authenticator, &secret));
    let people = browser.get("/console/people", &admin).text();
    assert!(people.contains("Can enter") && people.contains("1 person is on the roll"), "{people}");
    let again = browser.post("/console/join/ask", &browser.door, &format!("form={}&secret={secret}", browser.form));
    assert_eq!(again.status, 403, "a link is used once");
    let roll = std::fs::read_to_string(server.dir("gateway").join("people.json")).unwrap();
    assert!(!roll.contains(&secret), "only its digest was kept");
    session(&Browser::at(&server).enter(&authenticator));
}

#[test]
fn what_is_not_this_passkey_here_and_now_does_not_open() {
    let server = Server::start();
    let (mut it, _) = first_admin(&server);
    let browser = Browser::at(&server);
    it.count = 5;
    session(&browser.enter(&it));
    let refused = |it: &Authenticator, why: &str| {
        let answer = browser.enter(it);
        assert!(answer.status == 403 && answer.cookie("bulla_session").is_none(), "{why}: {}", answer.status);
    };
    refused(&it, "a count that was there before: a copy of the key");
    it.count = 4;
    refused(&it, "a lower count");
    it.count = 6;
    session(&browser.enter(&it));
    "http://localhost:1".clone_into(&mut it.origin);
    refused(&it, "another origin");
    it.origin = browser.origin();
    "localhost.example".clone_into(&mut it.rp);
    refused(&it, "another relying party");
    "localhost".clone_into(&mut it.rp);
    it.flags = PRESENT;
    refused(&it, "nobody was verified");
    it.flags |= VERIFIED;
    it.count = 7;
    session(&browser.enter(&it));
    refused(&browser.authenticator("admin"), "another key by the same id");
    refused(&browser.authenticator("nobody"), "an id of nobody's");

    // A challenge is for one answer, and for the browser that asked.
    it.count = 8;
    let challenge = browser.asked("/console/passkey/ask", "");
    let body = browser.entering(&it, &challenge);
    let other = Browser::at(&server);
    let elsewhere = body.replace(&browser.form, &other.form);
    assert_eq!(browser.post("/console/passkey", &other.door, &elsewhere).status, 403, "another browser");
    session(&browser.post("/console/passkey", &browser.door, &body));
    let replayed = browser.post("/console/passkey", &browser.door, &body);
    assert_eq!(replayed.status, 403, "replayed");
    // Forms from elsewhere, and none at all.
    assert_eq!(browser.post("/console/passkey/ask", &browser.door, "form=00").status, 403);
    assert_eq!(browser.post("/console/passkey/ask", "", &format!("form={}", browser.form)).status, 403);
    // By an address there are no passkeys.
    let page = http::get_named(&server.address(), "localhost.example", "/console/login").unwrap().text();
    assert!(!page.contains("data-passkey") && page.contains("localhost on this machine"), "{page}");
}

#[test]
fn guessing_is_counted_and_a_planted_session_is_never_taken_over() {
    let server = Server::start();
    let (it, _) = first_admin(&server);
    let browser = Browser::at(&server);
    let planted = format!("{}; bulla_session={}", browser.door, "5a".repeat(32));
    let challenge = browser.asked("/console/passkey/ask", "");
    let answer = browser.post("/console/passkey", &planted, &browser.entering(&it, &challenge));
    assert_ne!(session(&answer), format!("bulla_session={}", "5a".repeat(32)));
    assert_eq!(browser.get("/console", &format!("bulla_session={}", "5a".repeat(32))).status, 303);

    let guess = |number: usize| {
        let body = format!("form={}&secret={number:064}", browser.form);
        browser.post("/console/join/ask", &browser.door, &body)
    };
    for number in 0..5 {
        assert_eq!(guess(number).status, 403);
    }
    let waits = guess(5);
    assert_eq!(waits.status, 429);
    assert!(waits.header("retry-after").unwrap().parse::<u32>().unwrap() <= 10);
    assert_eq!(browser.enter(&browser.authenticator("nobody")).status, 429);
    session(&browser.enter(&it));
}

/// Each role at each page: what the table in `rights` says, as a browser meets it.
#[test]
fn each_role_at_each_page() {
    let server = Server::start();
    let id = server.post(&notice(11, "M-11", 1).bytes()).header("bulla-interchange").unwrap().to_owned();
    let delivery = server.wait_until_delivered()[0]["id"].as_str().unwrap().to_owned();
    let (_, admin) = first_admin(&server);
    let browser = Browser::at(&server);
    let interchange = format!("/console/interchanges/{id}");
    let pages = [
        &*interchange,
        "/console/test",
        "/console/parcels",
        "/console/partners",
        "/console/retention",
        "/console/ledger",
        "/console/incident",
        "/console/people",
    ];
    let resend = format!("{interchange}/deliveries/{delivery}/resend");
    // Its pages, then: may test a file, send again, invite.
    let table = [
        ("desk", "", [200, 200, 200, 200, 403, 403, 403, 403], [200, 303, 403]),
        ("security", "", [403, 403, 403, 200, 403, 200, 200, 403], [403, 403, 403]),
        ("privacy", "", [403, 403, 200, 403, 200, 200, 200, 403], [403, 403, 403]),
        ("auditor", "", [200, 403, 200, 200, 200, 200, 200, 200], [403, 403, 403]),
        ("admin", "", [403, 403, 403, 403, 403, 403, 403, 200], [403, 403, 200]),
        ("partner", "northshop", [200, 200, 200, 200, 200, 200, 403, 403], [200, 403, 403]),
        ("partner", "lakeshop", [404, 200, 200, 200, 200, 200, 403, 403], [200, 403, 403]),
    ];
    for (role, partner, expected, acts) in table {
        let (_, cookie) = invited(&server, &admin, role, partner);
        let home = browser.get("/console", &cookie);
        assert!(home.status == 200 || home.header("location").is_some_and(|to| to != "/console/login"), "{role}");
        let shown = pages.map(|page| browser.get(page, &cookie).status);
        assert_eq!(shown, expected, "{role} {partner}");
        for page in pages {
            let policy = browser.get(page, &cookie).header("content-security-policy").unwrap().to_owned();
            assert!(
                policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self';"),
                "{page}: {policy}"
            );
        }
        let place = home.header("location").unwrap_or("/console");
        let page = browser.get(place, &cookie);
        for (word, status) in
            ["test", "parcels", "partners", "retention", "ledger", "incident", "people"].iter().zip(&shown[1..])
        {
            let linked = page.text().contains(&format!("<li><a href=\"/console/{word}\""));
            assert_eq!(linked, *status == 200, "{role} is led to {word}");
        }
        let form = form(&page);
        let post = |path: &str, more: &str| browser.post(path, &cookie, &format!("form={form}{more}")).status;
        let done = [
            post("/console/test", "&text=ISA"),
            post(&resend, ""),
            post("/console/people", "&name=Another&role=auditor"),
        ];
        assert_eq!(done, acts, "{role} {partner}");
    }
}

#[test]
fn a_partners_own_person_sees_only_its_own() {
    let server = Server::start();
    let id = server.post(&notice(12, "M-12", 1).bytes()).header("bulla-interchange").unwrap().to_owned();
    server.wait_until_delivered();
    let (_, admin) = first_admin(&server);
    let (_, own) = invited(&server, &admin, "partner", "northshop");
    let (_, other) = invited(&server, &admin, "partner", "lakeshop");
    let browser = Browser::at(&server);
    assert!(browser.get("/console?since=all", &own).text().contains(&id));
    for filter in ["", "&partner=northshop", "&control=000000012"] {
        assert!(!browser.get(&format!("/console?since=all{filter}"), &other).text().contains(&id), "{filter}");
    }
    assert!(!browser.get("/console/partners", &other).text().contains("northshop"));
    // A partner that is none, or none where there must be one, is no person.
    let form = form(&browser.get("/console/people", &admin));
    for wrong in
        ["name=A&role=partner", "name=A&role=partner&partner=nobody", "name=A&role=operator", "name=&role=desk"]
    {
        assert_eq!(browser.post("/console/people", &admin, &format!("form={form}&{wrong}")).status, 400, "{wrong}");
    }
}

#[test]
fn who_is_kept_out_is_out_at_once_and_each_act_is_in_the_log() {
    let server = Server::start();
    let (_, admin) = first_admin(&server);
    let (it, cookie) = invited(&server, &admin, "desk", "");
    let browser = Browser::at(&server);
    let page = browser.get("/console/people", &admin);
    let (form, text) = (form(&page), page.text());
    let ids: Vec<&str> = text.split("<small class=\"quiet mono\">").skip(1).map(|rest| &rest[..32]).collect();
    let [first, desk] = ids[..] else { panic!("{text}") };
    let act = |id: &str, act: &str, more: &str| {
        browser.post(&format!("/console/people/{id}/{act}"), &admin, &format!("form={form}{more}")).status
    };
    assert_eq!(browser.post(&format!("/console/people/{desk}/disable"), &admin, "form=00").status, 403, "forged");
    assert_eq!(browser.get("/console", &cookie).status, 200);
    let passkeys: Vec<&str> = text.split("name=\"passkey\" value=\"").skip(1).map(|rest| &rest[..64]).collect();
    assert_eq!(act(desk, "remove", &format!("&passkey={}", passkeys[0])), 404, "another's passkey");
    assert_eq!(act(desk, "remove", &format!("&passkey={}", passkeys[1])), 303);
    assert_eq!(browser.get("/console", &cookie).status, 303, "its session has ended");
    assert_eq!(browser.enter(&it).status, 403);
    assert_eq!(act(desk, "link", ""), 200);
    assert_eq!(act(desk, "disable", ""), 303);
    assert_eq!(act(desk, "link", ""), 409, "kept out");
    assert_eq!([act(desk, "enable", ""), act(desk, "enable", "")], [200, 409], "in again, by a new link");
    assert_eq!(act("00", "enable", ""), 404);
    assert_eq!(act(desk, "disable", ""), 303);
    assert_eq!([act(first, "disable", ""), act("00", "disable", "")], [409, 404], "the last admin, and nobody");
    let log = server.output();
    for line in [
        "(desk) is invited by",
        "has a new passkey",
        "is taken away by",
        "has a new link by",
        "is kept out by",
        "is let in again",
    ] {
        assert!(log.contains(line), "{line} in {log}");
    }
    assert!(!log.contains("Person desk"), "no names in the log");
    // A name is text, whatever is in it.
    let page = browser.post("/console/people", &admin, &format!("form={form}&name=%3Cscript%3Ex&role=desk"));
    assert!(
        page.status == 200 && !page.text().contains("<script") && page.text().contains("&#60;script"),
        "{}",
        page.text()
    );
}

#[test]
fn under_another_name_there_is_a_first_link_again() {
    let mut server = Server::start();
    let (_, admin) = first_admin(&server);
    server.kill("gateway", Signal::TERM);
    let path = server.dir("gateway").join("gateway.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("console = \"https://bulla.example\"\n{text}")).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    // Its passkey is for `localhost`, and good for nothing here.
    let link = printed_link(&server);
    assert!(link.starts_with("https://bulla.example/console/join#"), "nobody could come in: {link}");
    let planted = format!("{admin}; __Host-{admin}");
    assert_eq!(http::get_with(&server.address(), "/console", &[("Cookie", &planted)]).unwrap().status, 303);
}

#[test]
fn a_roll_that_cannot_be_written_is_told_in_the_log_and_takes_nothing() {
    let server = Server::start();
    let browser = Browser::at(&server);
    let secret = secret(&printed_link(&server));
    let roll = server.dir("gateway").join("people.json");
    let written = std::fs::read(&roll).unwrap();
    std::fs::remove_file(&roll).unwrap();
    std::fs::create_dir(&roll).unwrap();
    assert_eq!(browser.join(&browser.authenticator("admin"), &secret).status, 403);
    assert!(server.output().contains("console: the roll of people could not be written"), "{}", server.output());
    std::fs::remove_dir(&roll).unwrap();
    std::fs::write(&roll, written).unwrap();
    session(&browser.join(&browser.authenticator("admin"), &secret));
}

#[test]
fn who_makes_another_passkey_is_told_which_there_are() {
    let server = Server::start();
    let (it, admin) = first_admin(&server);
    let browser = Browser::at(&server);
    let page = browser.get("/console/people", &admin);
    let id = page.text().split("<small class=\"quiet mono\">").nth(1).unwrap()[..32].to_owned();
    let page = browser.post(&format!("/console/people/{id}/link"), &admin, &format!("form={}", form(&page)));
    let secret = page.text().split("/console/join#").nth(1).unwrap()[..64].to_owned();
    let body = format!("form={}&secret={secret}", browser.form);
    let answer = browser.post("/console/join/ask", &browser.door, &body);
    let asked: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(asked["held"], serde_json::json!([URL_SAFE_NO_PAD.encode(&it.id)]));
}
