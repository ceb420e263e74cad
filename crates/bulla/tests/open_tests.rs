//! The test page without logging in, where the operator allows it; and under an agreement of one's own.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use support::{
    Server,
    console::{form, get, log_in, post},
    document::notice,
    http::Response,
};

fn encoded(text: &str) -> String {
    text.bytes().map(|octet| format!("%{octet:02X}")).collect()
}

fn wrong_date(control: u32) -> String {
    let text = String::from_utf8(notice(control, "M-71", 2).bytes()).unwrap();
    text.replace("DTM*011*20261102", "DTM*011*20261340")
}

#[test]
fn without_logging_in_a_file_is_tested_where_the_operator_allows_it() {
    let mut server = Server::start();
    assert_eq!(get(&server, "/console/test", "").status, 303, "not unless it is said");
    server.kill("gateway", Signal::TERM);
    let path = server.dir("gateway").join("gateway.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("open_tests = true\n{text}")).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    assert!(get(&server, "/console/login", "").text().contains("href=\"/console/test\""));
    let page = get(&server, "/console/test", "");
    assert_eq!(page.status, 200);
    let cookie = format!("bulla_door={}", page.cookie("bulla_door").unwrap());
    let own = form(&page);
    let test = |cookie: &str, form: &str, text: &str, more: &str| {
        post(&server, "/console/test", cookie, &[], &format!("form={form}&text={}{more}", encoded(text)))
    };
    assert_eq!(test("", &own, "ISA", "").status, 403, "the form is this browser's");
    let found = test(&cookie, &own, &wrong_date(71), "");
    for page in [page.text(), found.text()] {
        for name in ["northshop", "lakeshop", "democarrier", "agreement", "Log out", "id=\"pulse\""] {
            assert!(!page.contains(name), "{name} in {page}");
        }
    }
    let said = found.text();
    assert!(said.contains("INVALID_DATE") && said.contains("AK2*856*0001") && !said.contains("QUASTERBY"), "{said}");
    assert_eq!(server.get("/v1/interchanges").as_array().unwrap().len(), 0);
    let entry = support::wait_for("the entry of the test", || {
        server.entries().into_iter().find(|entry| entry["entry"]["type"] == "intake")
    });
    let record = &entry["entry"]["record"];
    assert_eq!((record["verdict"].as_str(), record["shipper"].as_str()), (Some("broken"), None));
    let operator = log_in(&server, "operator");
    let agreement = &agreements(&get(&server, "/console/test", &operator))[0].0;
    assert_eq!(test(&cookie, &own, "ISA", &format!("&by=agreement:{agreement}")).status, 404, "a name that is guessed");
    for path in ["/console", "/console/partners", "/console/parcels"] {
        assert_eq!(get(&server, path, &cookie).header("location"), Some("/console/login"), "{path}");
    }
    // Three so far, and six a minute.
    let statuses: Vec<u16> = (0..4).map(|_| test(&cookie, &own, "ISA", "").status).collect();
    assert_eq!(statuses, [200, 200, 200, 429]);
    assert!(test(&cookie, &own, "ISA", "").header("retry-after").is_some());
    let session = log_in(&server, "northshop");
    let known = form(&get(&server, "/console/test", &session));
    assert_eq!(test(&session, &known, "ISA", "").status, 200, "who is known is not held up by who is not");
}

fn agreements(page: &Response) -> Vec<(String, String)> {
    let text = page.text();
    let list = text.split("<select id=\"by\"").nth(1).unwrap().split("</select>").next().unwrap().to_owned();
    let option = |option: &str| {
        let (id, rest) = option.split_once('"').unwrap();
        (id.to_owned(), rest.split_once('>').unwrap().1.split('<').next().unwrap().to_owned())
    };
    list.split("<option value=\"agreement:").skip(1).map(option).collect()
}

#[test]
fn a_file_is_tested_under_an_agreement_that_one_may_see() {
    let server = Server::start();
    let sessions = ["northshop", "operator"].map(|who| log_in(&server, who));
    let pages = sessions.each_ref().map(|session| get(&server, "/console/test", session));
    let [own, all] = pages.each_ref().map(agreements);
    assert_eq!(own.iter().map(|(_, name)| &**name).collect::<Vec<_>>(), ["northshop → democarrier"]);
    assert_eq!(all.len(), 2);
    let other = &all.iter().find(|(_, name)| name.starts_with("lakeshop")).unwrap().0;
    let test = |at: usize, agreement: &str, text: &str| {
        let body = format!("form={}&by=agreement:{agreement}&text={}", form(&pages[at]), encoded(text));
        post(&server, "/console/test", &sessions[at], &[], &body)
    };
    let page = test(0, &own[0].0, &wrong_date(72)).text();
    assert!(page.contains("It fits this agreement.") && page.contains("AK2*856*0001"), "{page}");
    assert!(page.contains(&format!("value=\"agreement:{}\" selected", own[0].0)), "it stays chosen");
    assert_eq!(test(0, other, &wrong_date(72)).status, 404, "another's is as if it were not there");
    let page = test(1, other, &wrong_date(72)).text();
    assert!(page.contains("for whom this shipper may not send") && !page.contains("AK2*856*0001"), "{page}");
    let nobody = wrong_date(72).replace("*ZZ*DEMOCARRIER    *", "*ZZ*GALENDRA       *");
    let page = test(0, &own[0].0, &nobody).text();
    assert!(page.contains("for nobody with whom this shipper has an agreement"), "{page}");
}
