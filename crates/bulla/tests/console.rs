//! The console as a browser has it: who gets in, what they see, what they may do, and that nothing else comes of it.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use support::{
    Server,
    console::{door, form, get, log_in, post, try_token},
    document::notice,
    http::{self, Response},
};

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

fn id_of(answer: &Response) -> String {
    answer.header("bulla-interchange").unwrap().to_owned()
}

/// The page of the one parcel that has this number.
fn place_of(server: &Server, tracking: &str) -> String {
    let found = server.run(&["find", "--tracking", tracking, "--json"]).expect(0).json();
    format!("/console/parcels/{}/{}", found[0]["batch"].as_str().unwrap(), found[0]["row"])
}

#[test]
fn who_gets_in() {
    let server = Server::start();
    for path in [
        "/console",
        "/console/test",
        "/console/parcels",
        "/console/parcels/00/1",
        "/console/ledger",
        "/console/retention",
        "/console/partners",
        "/console/people",
        "/console/incident",
        "/console/interchanges/00",
        "/console/nothing",
    ] {
        let answer = get(&server, path, "bulla_session=guess");
        assert_eq!((answer.status, answer.header("location")), (303, Some("/console/login")), "{path}");
    }
    assert_eq!(get(&server, "/", "").header("location"), Some("/console"));

    // One click in a demo, from its own page only.
    let (cookie, form) = door(&server);
    let body = format!("form={form}");
    assert_eq!(post(&server, "/console/demo", "", &[], &body).status, 403, "without the cookie");
    assert_eq!(post(&server, "/console/demo", &cookie, &[], "form=").status, 403, "without the form's token");
    let foreign = [("Origin", "http://elsewhere.example")];
    assert_eq!(post(&server, "/console/demo", &cookie, &foreign, &body).status, 403);
    assert_eq!(post(&server, "/console/demo", &cookie, &[("Sec-Fetch-Site", "cross-site")], &body).status, 403);
    let entered = post(&server, "/console/demo", &cookie, &[], &body);
    let session = entered.cookie("bulla_session").unwrap().to_owned();
    let set = entered.fields().find(|(_, value)| value.starts_with("bulla_session=")).unwrap().1;
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict") && session.len() == 64, "{set}");
    let cookie = format!("bulla_session={session}");
    let desk = get(&server, "/console", &cookie);
    assert_eq!(desk.status, 200);

    // Out again, with the session's form only; then the cookie is worth nothing.
    assert_eq!(post(&server, "/console/logout", &cookie, &[], "form=00").status, 403);
    assert_eq!(get(&server, "/console", &cookie).status, 200);
    assert_eq!(
        post(&server, "/console/logout", &cookie, &[], &format!("form={}", support::console::form(&desk))).status,
        303
    );
    assert_eq!(get(&server, "/console", &cookie).status, 303);

    // An id that somebody planted is never taken over.
    let (door_cookie, form) = door(&server);
    let planted = format!("{door_cookie}; bulla_session={}", "5a".repeat(32));
    let answer =
        post(&server, "/console/login", &planted, &[], &format!("form={form}&token={}", server.token("operator")));
    assert_ne!(answer.cookie("bulla_session").unwrap(), "5a".repeat(32));
    assert_eq!(get(&server, "/console", &format!("bulla_session={}", "5a".repeat(32))).status, 303);
    // And the wire's own tokens are no session, nor the other way round.
    assert_eq!(get(&server, "/console", &format!("bulla_session={}", server.token("operator"))).status, 303);
    assert_eq!(http::get(&server.address(), "/v1/interchanges", &session).unwrap().status, 401);
}

#[test]
fn wrong_tokens_are_counted() {
    let server = Server::start();
    for _ in 0..5 {
        let answer = try_token(&server, "no-token-of-anybody");
        assert_eq!(answer.status, 403);
        assert!(answer.cookie("bulla_session").is_none() && !answer.text().contains("no-token-of-anybody"));
    }
    let answer = try_token(&server, "no-token-of-anybody");
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() <= 10);
    // Who has one comes in, whoever else tries behind the same address.
    assert_eq!(try_token(&server, &server.token("operator")).status, 303);
    // The HTTP interface has no such limit: nobody can lock a partner out of it.
    assert_eq!(server.post(&notice(1, "M-1", 1).bytes()).status, 200);
}

/// The page of an interchange with a wrong date, which is told in words and marked, here and on the HTTP interface.
fn with_its_findings(server: &Server, errors: &str, session: &str) -> String {
    let page = get(server, &format!("/console/interchanges/{errors}"), session).text();
    assert!(page.contains("Not a day of the calendar") && page.contains("Segment 6, DTM, element 2"), "{page}");
    assert!(page.contains("<b>DTM</b>*<wbr><i>···</i>*<wbr><mark>···</mark>~"), "{page}");
    let kept = &server.get(&format!("/v1/interchanges/{errors}"))["findings"];
    assert_eq!((&kept["list"][0]["code"], &kept["list"][0]["tag"]), (&"INVALID_DATE".into(), &"DTM".into()));
    assert!(server.get("/v1/interchanges")[0].get("findings").is_none(), "a list has none");
    page
}

#[test]
fn every_page_in_both_languages_with_its_headers_and_nothing_personal() {
    let server = Server::start();
    let sent = notice(41, "M-41", 3);
    let id = id_of(&server.post(&sent.bytes()));
    let broken = String::from_utf8(sent.bytes())
        .unwrap()
        .replace("000000041", "000000042")
        .replace("M-41", "M-42")
        .replace("DTM*011*20261102", "DTM*011*20261340");
    let errors = id_of(&server.post(broken.as_bytes()));
    server.wait_until_delivered();
    let session = log_in(&server, "operator");
    let paths = [
        "/console".to_owned(),
        "/console?state=refused&since=all".to_owned(),
        format!("/console/interchanges/{id}"),
        format!("/console/interchanges/{errors}"),
        "/console/test".to_owned(),
        "/console/parcels".to_owned(),
        place_of(&server, &sent.tracking(1)),
        "/console/ledger".to_owned(),
        "/console/ledger?before=3".to_owned(),
        "/console/retention".to_owned(),
        "/console/retention?until=2031-01".to_owned(),
        "/console/partners".to_owned(),
        "/console/incident".to_owned(),
        "/console/incident?kind=storage".to_owned(),
        "/console/nothing".to_owned(),
        "/console/login".to_owned(),
        "/console/join".to_owned(),
    ];
    for path in &paths {
        let mut shown = Vec::new();
        for language in ["en", "fr"] {
            let page = get(&server, path, &format!("{session}; bulla_language={language}; bulla_theme=dark"));
            let expected = if path.ends_with("nothing") { 404 } else { 200 };
            let text = page.text();
            assert_eq!(page.status, expected, "{path}: {text}");
            for (name, value) in [
                ("content-security-policy", POLICY),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "same-origin"),
                ("cache-control", "no-store"),
            ] {
                assert_eq!(page.header(name), Some(value), "{path}");
            }
            assert!(text.contains(&format!("<html lang=\"{language}\" class=\"dark\">")), "{path}");
            for secret in ["OLVERIN", "QUASTERBY", "FENWILLOW", "G1A", &sent.tracking(1), &sent.order(1), "20261340"] {
                assert!(!text.contains(secret), "{path} tells {secret}");
            }
            for inline in ["<script>", "style=", "onclick", "http://", "https://", "javascript:"] {
                assert!(!text.contains(inline), "{path} has {inline}");
            }
            shown.push(text);
        }
        assert_ne!(shown[0].replace("\"en\"", "\"fr\""), shown[1], "{path} is translated");
    }
    let desk = get(&server, "/console", &session).text();
    for asset in desk.split('"').filter(|part| part.starts_with("/console/assets/")) {
        let answer = get(&server, asset, "");
        assert_eq!(answer.status, 200, "{asset}");
        assert!(answer.header("cache-control").unwrap().contains("immutable"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    let page = with_its_findings(&server, &errors, &session);
    assert!(page.contains("democarrier has it"), "{page}");
}

#[test]
fn a_partner_sees_its_own_and_does_nothing() {
    let server = Server::start();
    let id = id_of(&server.post(&notice(51, "M-51", 1).bytes()));
    let deliveries = server.wait_until_delivered();
    let delivery = deliveries[0]["id"].as_str().unwrap();
    let (own, other, operator) =
        (log_in(&server, "northshop"), log_in(&server, "lakeshop"), log_in(&server, "operator"));
    let path = format!("/console/interchanges/{id}");
    assert!(get(&server, "/console", &own).text().contains(&id));
    assert!(!get(&server, "/console?since=all&partner=northshop", &other).text().contains(&id));
    assert_eq!([get(&server, &path, &own).status, get(&server, &path, &other).status], [200, 404]);
    assert!(!get(&server, &path, &own).text().contains("/resend"));

    let act = |session: &str, form: &str, path: &str, act: &str, more: &[(&str, &str)]| {
        post(&server, &format!("{path}/deliveries/{delivery}/{act}"), session, more, &format!("form={form}"))
    };
    let form_of = |session: &str| form(&get(&server, "/console", session));
    assert_eq!(act(&own, &form_of(&own), &path, "resend", &[]).status, 403);
    assert_eq!(act(&operator, &form_of(&own), &path, "resend", &[]).status, 403, "another session's form");
    assert_eq!(act(&operator, "", &path, "resend", &[]).status, 403);
    let cross = [("Origin", "http://elsewhere.example")];
    assert_eq!(act(&operator, &form_of(&operator), &path, "resend", &cross).status, 403);
    assert_eq!(act(&operator, &form_of(&operator), &path, "release", &[]).status, 409);
    let elsewhere = format!("/console/interchanges/{}", "00".repeat(16));
    assert_eq!(act(&operator, &form_of(&operator), &elsewhere, "resend", &[]).status, 404);
    assert_eq!(server.get(&format!("/v1/deliveries/{delivery}"))["attempts"], 1);
    let done = act(&operator, &form_of(&operator), &path, "resend", &[]);
    assert_eq!((done.status, done.header("location")), (303, Some(&*format!("{path}?done=resend"))));
    support::wait_for("the second attempt", || {
        (server.get(&format!("/v1/deliveries/{delivery}"))["attempts"] == 2).then_some(())
    });
}

#[test]
fn what_partners_write_is_text() {
    let server = Server::start();
    let session = log_in(&server, "operator");
    let evil = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let page = get(
        &server,
        &format!("/console?control={evil}&since={evil}&partner={evil}&state={evil}&after={evil}"),
        &session,
    );
    assert_eq!(page.status, 200);
    assert!(page.text().matches("<script").count() == 2 && page.text().contains("&#62;&#60;scrip"), "{}", page.text());
    let mut hostile = notice(61, "M-61", 1);
    hostile.receiver = "<script>a()".into();
    let answer = server.post(&hostile.bytes());
    let page = get(&server, &format!("/console/interchanges/{}", id_of(&answer)), &session);
    assert!(page.status == 200 && !page.text().contains("<script"), "{}", page.text());
    // A page to go back to is one of ours.
    for back in
        ["https://elsewhere.example", "//elsewhere.example", "/console\\..", "/console%0d%0aX: y", "/v1/partners"]
    {
        let answer = post(&server, "/console/view", &session, &[], &format!("language=fr&theme=dark&back={back}"));
        assert_eq!((answer.status, answer.header("location")), (303, Some("/console")), "{back}");
        assert_eq!((answer.cookie("bulla_language"), answer.cookie("bulla_theme")), (Some("fr"), Some("dark")));
    }
}

#[test]
fn a_test_keeps_nothing_but_that_it_was() {
    let server = Server::start();
    let session = log_in(&server, "northshop");
    let form = form(&get(&server, "/console/test", &session));
    let text =
        String::from_utf8(notice(71, "M-71", 2).bytes()).unwrap().replace("DTM*011*20261102", "DTM*011*20261340");
    let encoded: String = text.bytes().map(|octet| format!("%{octet:02X}")).collect();
    let answer = post(&server, "/console/test", &session, &[], &format!("form={form}&text={encoded}"));
    let page = answer.text();
    assert_eq!(answer.status, 200, "{page}");
    assert!(
        page.contains("INVALID_DATE") && page.contains("DTM, element 2") && page.contains("AK2*856*0001"),
        "{page}"
    );
    assert!(!page.contains("QUASTERBY") && !page.contains("20261340") && !page.contains("FENWILLOW"), "{page}");
    assert_eq!(server.get("/v1/interchanges").as_array().unwrap().len(), 0);
    let entry = support::wait_for("the entry of the test", || {
        server.entries().into_iter().find(|entry| entry["entry"]["type"] == "intake")
    });
    assert_eq!(entry["entry"]["record"]["verdict"], "broken", "so many octets were here, and nothing of them was kept");
    assert_eq!(post(&server, "/console/test", &session, &[], &format!("form=00&text={encoded}")).status, 403);
    for text in ["", "nothing", "%FF%FE", "ISA", "UNB%2B"] {
        assert_eq!(
            post(&server, "/console/test", &session, &[], &format!("form={form}&text={text}")).status,
            200,
            "{text}"
        );
    }
}

#[test]
fn a_parcel_is_found_by_a_number_that_is_nowhere_afterwards() {
    let server = Server::start();
    let sent = notice(91, "M-91", 3);
    let id = id_of(&server.post(&sent.bytes()));
    server.wait_until_delivered();
    let session = log_in(&server, "northshop");
    let form = form(&get(&server, "/console/parcels", &session));
    let seek = |session: &str, form: &str, field: &str, number: &str| {
        post(&server, "/console/parcels", session, &[], &format!("form={form}&{field}={number}"))
    };
    let tracking = sent.tracking(2);
    let page = seek(&session, &form, "tracking", &tracking).text();
    for said in
        [&*format!("/console/interchanges/{id}"), "Row 2 of batch", "The carrier has it", "2026-11-02", "2,500 g"]
    {
        assert!(page.contains(said), "{said} in {page}");
    }
    for said in ["address, contact", "bulla open --tracking -", "bulla agent", "Sealed", "Nothing opens before"] {
        assert!(page.contains(said), "{said} in {page}");
    }
    assert!(seek(&session, &form, "order", &sent.order(3)).text().contains("Row 3 of batch"));
    let several = seek(&session, &form, "manifest", "M-91").text();
    assert!(several.contains("3 parcels found"), "{several}");
    for (fields, said) in [
        ("tracking=9999".to_owned(), "Nothing found"),
        (String::new(), "exactly one of the three"),
        (format!("tracking={tracking}&order=M"), "exactly one of the three"),
        (format!("tracking={}", "%22%3E%3Cscript%3E"), "Nothing found"),
    ] {
        let page = post(&server, "/console/parcels", &session, &[], &format!("form={form}&{fields}")).text();
        assert!(page.contains(said) && !page.contains("<script"), "{said} in {page}");
    }
    // Another session's form, another site's, and a number in a URL, which is not read.
    assert_eq!(seek(&session, "00", "tracking", &tracking).status, 403);
    let cross = [("Origin", "http://elsewhere.example")];
    let body = format!("form={form}&tracking={tracking}");
    assert_eq!(post(&server, "/console/parcels", &session, &cross, &body).status, 403);
    assert!(!get(&server, &format!("/console/parcels?tracking={tracking}"), &session).text().contains("Row 2"));
    // What was sought is in no page and in nothing that the processes wrote.
    assert!(!page.contains(&tracking) && !several.contains(&tracking));
    let (written, gateway) = (server.output(), server.pid("gateway").unwrap());
    support::wait_for("the number to be gone from the gateway's memory", || {
        (support::agent::memory_holds(gateway, &tracking) != Some(true)).then_some(())
    });
    for number in [&tracking, &sent.order(3), "M-91"] {
        assert!(!written.contains(number), "{number} in {written}");
    }
}

#[test]
fn a_partner_finds_its_own_parcels_and_who_opened_them() {
    let server = Server::start();
    let sent = notice(92, "M-92", 1);
    server.post(&sent.bytes());
    server.wait_until_delivered();
    let tracking = sent.tracking(1);
    let asked = ["open", "--tracking", &tracking, "--class", "address", "--purpose", "support", "--ticket", "CASE-92"];
    server.run(&asked).expect(0);
    let (own, other) = (log_in(&server, "northshop"), log_in(&server, "lakeshop"));
    let place = place_of(&server, &tracking);
    let page = get(&server, &place, &own).text();
    assert!(page.contains("Opened by support-7") && page.contains("CASE-92"), "{page}");
    assert_eq!(get(&server, &place, &other).status, 404);
    let form = form(&get(&server, "/console/parcels", &other));
    let page = post(&server, "/console/parcels", &other, &[], &format!("form={form}&tracking={tracking}")).text();
    assert!(page.contains("Nothing found") && !page.contains("northshop"), "{page}");
    let (batch, _) = place.rsplit_once('/').unwrap();
    for row in ["0", "2", "4294967295", "-1", "x"] {
        assert_eq!(get(&server, &format!("{batch}/{row}"), &own).status, 404, "{row}");
    }
    assert_eq!(get(&server, &format!("/console/parcels/{}/1", "00".repeat(16)), &own).status, 404);
}
