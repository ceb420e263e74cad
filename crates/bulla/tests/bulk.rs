//! Many at once on the desk, an order's number from there, and a file on the test page; and what is forged of it.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use support::{
    Server,
    console::{address, form, get, log_in, post},
    document::notice,
    http,
};

/// Two interchanges of northshop's that their carrier does not take.
fn waiting(server: &Server) -> [String; 2] {
    server.kill("carrier", Signal::TERM);
    [(501, "M-501"), (502, "M-502")].map(|(control, number)| {
        let answer = server.post(&notice(control, number, 1).bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.header("bulla-interchange").unwrap().to_owned()
    })
}

fn states(server: &Server) -> Vec<String> {
    let all = server.get("/v1/deliveries");
    let mut states: Vec<_> =
        all.as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect();
    states.sort();
    states
}

#[test]
fn what_is_picked_is_held_and_released_each_with_its_own_result() {
    let server = Server::start();
    let [one, two] = waiting(&server);
    let (operator, own) = (log_in(&server, "operator"), log_in(&server, "northshop"));
    let desk = get(&server, "/console", &operator);
    assert!(
        desk.text().contains("action=\"/console/bulk\"") && desk.text().contains(">Hold</button>"),
        "{}",
        desk.text()
    );
    assert!(!get(&server, "/console", &own).text().contains("/console/bulk"), "who may not is shown no form");
    let ours = form(&desk);
    let act = |session: &str, form: &str, act: &str, ids: &[&str], more: &[(&str, &str)]| {
        let ids: String = ids.iter().map(|id| format!("&interchange={id}")).collect();
        post(&server, "/console/bulk", session, more, &format!("form={form}&act={act}{ids}"))
    };

    // Forged, and by whom it is not for: nothing happens.
    let partners = form(&get(&server, "/console", &own));
    let cross = [("Origin", "http://elsewhere.example")];
    assert_eq!(act(&own, &partners, "hold", &[&one], &[]).status, 403, "a partner, with its own ids");
    assert_eq!(act(&log_in(&server, "lakeshop"), "00", "hold", &[&one], &[]).status, 403);
    assert_eq!(act(&operator, &partners, "hold", &[&one], &[]).status, 403, "another session's form");
    assert_eq!(act(&operator, &ours, "hold", &[&one], &cross).status, 403);
    assert_eq!(act("", &ours, "hold", &[&one], &[]).status, 303, "nobody");
    assert_eq!(act(&operator, &ours, "shred", &[&one], &[]).status, 404);
    assert_eq!(act(&operator, &ours, "hold", &[], &[]).status, 400);
    let many: Vec<_> = (0..51).map(|number| format!("{number:032x}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(act(&operator, &ours, "hold", &many, &[]).status, 400);
    assert!(states(&server).iter().all(|state| state != "held"), "{:?}", states(&server));

    // One is held already, one is nobody's, one is no id.
    assert!(act(&operator, &ours, "hold", &[&one], &[]).text().contains("1 of 1 done"));
    let nobodys = "00".repeat(16);
    let done = act(&operator, &ours, "hold", &[&one, &two, &two, &nobodys, "%3Cscript%3E"], &[]).text();
    assert!(done.contains("1 of 4 done") && !done.contains("<script>"), "{done}");
    assert!(done.contains("Not in a state for that") && done.contains("Nothing to deliver"), "{done}");
    assert_eq!(states(&server), ["held", "held"]);
    assert!(act(&operator, &ours, "release", &[&one, &two], &[]).text().contains("2 of 2 done"));
    assert!(states(&server).iter().all(|state| state != "held"));
}

#[test]
fn the_desk_lists_by_kind_and_repeats_no_name_of_one() {
    let server = Server::start();
    let good = notice(601, "M-601", 1);
    assert_eq!(server.post(&good.bytes()).status, 200);
    // A separator that is missing makes what follows a kind.
    let broken = String::from_utf8(notice(602, "M-602", 1).bytes()).unwrap().replacen("ST*856*", "ST*TREMBLAY*", 1);
    server.post(broken.as_bytes());
    let session = log_in(&server, "operator");
    let rows = |kind: &str| get(&server, &format!("/console?since=all&kind={kind}"), &session).text();
    let listed = |kind: &str| rows(kind).matches("class=\"three-up\"").count();
    assert_eq!((listed("856"), listed("other"), listed("IFTMIN")), (1, 1, 0));
    assert_eq!(listed("TREMBLAY"), 2, "what is in no list is no filter");
    assert!(rows("856").contains("<td role=\"cell\" class=\"kind\">856</td>"), "{}", rows("856"));
    assert!(rows("").contains("class=\"kind\">other</td>") && !rows("").contains("TREMBLAY"));
}

#[test]
fn an_orders_parcels_are_found_from_the_desk() {
    let server = Server::start();
    let sent = notice(511, "M-511", 2);
    assert_eq!(server.post(&sent.bytes()).status, 200);
    server.wait_until_delivered();
    let session = log_in(&server, "northshop");
    let desk = get(&server, "/console", &session);
    assert!(desk.text().contains("id=\"by-order\" action=\"/console/parcels\""), "{}", desk.text());
    let body = format!("form={}&order={}", form(&desk), sent.order(2));
    assert!(post(&server, "/console/parcels", &session, &[], &body).text().contains("Row 2 of batch"));
    assert!(
        desk.text().contains("href=\"/console?state=held&#38;since=all#list\""),
        "views are links: {}",
        desk.text()
    );
}

#[test]
fn a_file_is_tested_as_what_is_pasted_is_and_not_without_end() {
    let server = Server::start();
    let session = log_in(&server, "northshop");
    let ours = form(&get(&server, "/console/test", &session));
    let document = String::from_utf8(notice(521, "M-521", 1).bytes()).unwrap();
    let document = document.replace("DTM*011*20261102", "DTM*011*20261340");
    let parts = |form: &str, file: &str, text: &str| {
        let part = |name: &str, value: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let file_part = format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.edi\"\r\nContent-Type: application/octet-stream\r\n\r\n{file}\r\n"
        );
        part("form", form) + &part("text", text) + &file_part + "--x--\r\n"
    };
    let test = |body: &str, more: &[(&str, &str)]| {
        let fields = [("Cookie", &*session), ("Content-Type", "multipart/form-data; boundary=x")];
        http::post_with(&address(&server), "/console/test", &[&fields, more].concat(), body.as_bytes()).unwrap()
    };
    let page = test(&parts(&ours, &document, "not this"), &[]);
    assert!(page.status == 200 && page.text().contains("INVALID_DATE"), "{}", page.text());
    assert!(!page.text().contains("QUASTERBY") && !page.text().contains("20261340"));
    assert!(test(&parts(&ours, "", &document), &[]).text().contains("INVALID_DATE"), "pasted, with no file");
    assert_eq!(test(&parts("00", &document, ""), &[]).status, 403, "forged");
    assert_eq!(test(&parts(&ours, &document, "")[5..], &[]).status, 403, "no form in it");
    assert_eq!(test(&parts(&ours, &document, ""), &[("Origin", "http://elsewhere.example")]).status, 403);
    let refused = (0..30).map(|_| test(&parts(&ours, "ISA", ""), &[])).find(|answer| answer.status != 200).unwrap();
    assert_eq!(refused.status, 429, "{}", refused.text());
    assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() <= 60);
    let other = log_in(&server, "operator");
    let page = get(&server, "/console/test", &other);
    let body = format!("form={}&text=ISA", form(&page));
    assert_eq!(post(&server, "/console/test", &other, &[], &body).status, 200, "another's are not counted");
}
