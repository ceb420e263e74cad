//! Tokens with scopes and ends: each route asks for its own, and what is over opens nothing.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use api::gateway::{ROUTES, Scope, Who};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use support::{
    Server,
    console::{form, get, log_in, post, try_token},
    document::notice,
    http,
};

fn issue(server: &Server, by: &str, wanted: &Value) -> http::Response {
    http::ask("POST", &server.address(), "/v1/tokens", by, wanted.to_string().as_bytes()).unwrap()
}

/// A token, and how it is listed.
fn issued(server: &Server, partner: Option<&str>, scopes: &[&str]) -> (String, String) {
    let wanted = json!({ "label": "a test", "partner": partner, "scopes": scopes, "days": 40 });
    let answer = issue(server, &server.token("operator"), &wanted);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told: Value = serde_json::from_slice(&answer.body).unwrap();
    (told["secret"].as_str().unwrap().to_owned(), told["token"]["id"].as_str().unwrap().to_owned())
}

/// Until when the token of that label is good, in the list on the disk.
fn ends_of(list: &str, label: &str) -> String {
    let list: Value = serde_json::from_str(list).unwrap();
    let token = list["tokens"].as_array().unwrap().iter().find(|token| token["label"] == label).unwrap();
    token["ends"].as_str().unwrap().to_owned()
}

/// A path of this route that names nothing.
fn path_of(route: &str) -> String {
    route.replace("{id}", &"00".repeat(16)).replace("{action}", "hold").replace("{*path}", "head")
}

#[test]
fn each_route_asks_for_its_own_scope() {
    let server = Server::start();
    let address = server.address();
    for route in ROUTES {
        let ask = |token: &str| http::ask(route.method, &address, &path_of(route.path), token, b"").unwrap();
        let Some(needed) = route.who.scope() else { continue };
        assert_eq!(ask("").status, 401, "{} {}", route.method, route.path);
        let partner = matches!(route.who, Who::Partner(_));
        let may = |scope: &Scope| if partner { scope.is_a_partners() } else { scope.is_an_operators() };
        let others: Vec<_> = Scope::all().into_iter().filter(|scope| may(scope) && *scope != needed).collect();
        let words: Vec<_> = others.iter().map(|scope| scope.as_str()).collect();
        let (token, _) = issued(&server, partner.then_some("northshop"), &words);
        let refused = ask(&token);
        let text = refused.text();
        assert_eq!(refused.status, 403, "{} {}: {text}", route.method, route.path);
        assert!(text.contains("out of the token's scope") && text.contains(&format!("the scope {needed}")), "{text}");
        let (token, _) = issued(&server, partner.then_some("northshop"), &[needed.as_str()]);
        let let_in = ask(&token);
        assert!(!let_in.text().contains("out of the token's scope") && let_in.status != 401, "{}", let_in.text());
    }
}

#[test]
fn a_token_is_shown_once_used_revoked_and_only_its_digest_is_kept() {
    let mut server = Server::start();
    let (secret, id) = issued(&server, Some("northshop"), &["send"]);
    let sent = http::post(&server.address(), "/v1/interchanges", &secret, &notice(301, "M-301", 1).bytes()).unwrap();
    assert_eq!(sent.status, 200, "{}", sent.text());
    assert_eq!(http::get(&server.address(), "/v1/interchanges", &secret).unwrap().status, 403);
    let all = server.get("/v1/tokens");
    let token = all.as_array().unwrap().iter().find(|token| token["id"] == *id).unwrap();
    let today = jiff::Timestamp::now().to_string()[..10].to_owned();
    assert_eq!((&token["used"], &token["scopes"]), (&json!(today), &json!(["send"])));
    assert!(all.as_array().unwrap().iter().any(|token| token["label"] == "gateway.toml" && token["ends"].is_null()));
    let list = server.data().join("gateway/tokens.json");
    let kept = fs::read_to_string(&list).unwrap();
    assert!(!kept.contains(&secret) && kept.contains(&id), "{kept}");
    assert!(!server.output().contains(&secret));

    // The commands.
    let listed = server.run(&["token", "list"]).expect(0).text();
    assert!(listed.contains(&id) && listed.contains("39 days") && listed.contains("never (configured)"), "{listed}");
    let made = server.run(&["token", "issue", "a program", "--scope", "read", "--days", "2"]).expect(0).text();
    assert_eq!(http::get(&server.address(), "/v1/interchanges", made.trim()).unwrap().status, 200);
    server.run(&["token", "revoke", &id]).expect(0);
    let over = http::post(&server.address(), "/v1/interchanges", &secret, b"").unwrap();
    assert!(over.status == 401 && over.text().contains("the token was revoked"), "{}", over.text());
    server.run(&["token", "revoke", "T-000000000000"]).expect(2);
    let configured = all.as_array().unwrap().iter().find(|token| token["label"] == "gateway.toml").unwrap();
    let path = format!("/v1/tokens/{}/revoke", configured["id"].as_str().unwrap());
    assert_eq!(http::post(&server.address(), &path, &server.token("operator"), b"").unwrap().status, 409);

    // Its time passes.
    server.kill("gateway", Signal::TERM);
    let kept = fs::read_to_string(&list).unwrap();
    let ends = ends_of(&kept, "a program");
    fs::write(&list, kept.replace(&ends, "2026-01-01T00:00:00.000Z")).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    let over = http::get(&server.address(), "/v1/interchanges", made.trim()).unwrap();
    assert!(over.status == 401 && over.text().contains("the token has ended"), "{}", over.text());
    let over = try_token(&server, made.trim());
    assert!(over.status == 403 && over.text().contains("has ended or was revoked"), "{}", over.text());
}

#[test]
fn nobody_gives_more_than_they_have() {
    let server = Server::start();
    let (narrow, _) = issued(&server, None, &["tokens", "read"]);
    let want = |partner: Option<&str>, scopes: &[&str], days: u32| {
        issue(&server, &narrow, &json!({ "label": "x", "partner": partner, "scopes": scopes, "days": days })).status
    };
    assert_eq!(want(None, &["read"], 1), 200);
    assert_eq!(want(None, &["read", "policy"], 1), 403);
    assert_eq!(want(Some("northshop"), &["send"], 1), 403, "that needs the scope partners");
    assert_eq!(want(None, &["send"], 1), 400);
    assert_eq!(want(None, &[], 1), 400);
    assert_eq!(want(None, &["everything"], 1), 400);
    assert_eq!(want(None, &["read"], 0), 400);
    assert_eq!(want(None, &["read"], 1096), 400);
    let operator = server.token("operator");
    for (partner, label) in [(Some("northshop"), "a\nb"), (Some("northshop"), ""), (Some("nobody"), "x")] {
        let wanted = json!({ "label": label, "partner": partner, "scopes": ["send"], "days": 1 });
        assert_eq!(issue(&server, &operator, &wanted).status, 400, "{partner:?} {label:?}");
    }
    let wanted = json!({ "label": "x", "partner": "northshop", "scopes": ["read", "partners"], "days": 1 });
    assert_eq!(issue(&server, &operator, &wanted).status, 400);
    assert_eq!(issue(&server, &server.token("northshop"), &wanted).status, 403);
}

#[test]
fn the_console_shows_a_token_what_it_is_good_for() {
    let server = Server::start();
    let enter = |secret: &str| {
        let answer = try_token(&server, secret);
        format!("bulla_session={}", answer.cookie("bulla_session").unwrap())
    };
    let (finds, id) = issued(&server, None, &["find"]);
    let session = enter(&finds);
    let rooms = ["/console/test", "/console/partners", "/console/retention", "/console/incident", "/console/tokens"];
    for path in rooms {
        assert_eq!(get(&server, path, &session).status, 403, "{path}");
    }
    assert_eq!(get(&server, "/console/parcels", &session).status, 200);
    let page = get(&server, "/console/parcels", &session);
    assert!(!page.text().contains("href=\"/console/partners\""), "{}", page.text());
    let body = format!("form={}&label=x&partner=&scope=find&days=1", form(&page));
    assert_eq!(post(&server, "/console/tokens", &session, &[], &body).status, 403, "who may not issue");

    // Issued on the page, shown once, revoked there; and its session with it.
    let operator = log_in(&server, "operator");
    let own = form(&get(&server, "/console/tokens", &operator));
    let body = |form: &str, more: &str| format!("form={form}&label=%3Cscript%3Ea&partner=northshop&days=365{more}");
    let made = post(&server, "/console/tokens", &operator, &[], &body(&own, "&scope=send&scope=read"));
    let page = made.text();
    // 365 within the millisecond in which it was made.
    let days_left = [364, 365].iter().any(|days| page.contains(&format!("{days} days left")));
    assert!(made.status == 200 && days_left && !page.contains("<script"), "{page}");
    let secret = page.split("bulla_").find(|part| part.len() > 64 && part.as_bytes()[64] == b'<').unwrap();
    let secret = format!("bulla_{}", &secret[..64]);
    assert!(!get(&server, "/console/tokens", &operator).text().contains(&secret));
    assert_eq!(http::get(&server.address(), "/v1/interchanges", &secret).unwrap().status, 200);
    assert_eq!(post(&server, "/console/tokens", &operator, &[], &body("00", "&scope=send")).status, 403);
    for wrong in ["", "&scope=policy", "&scope=x"] {
        assert_eq!(post(&server, "/console/tokens", &operator, &[], &body(&own, wrong)).status, 400, "{wrong}");
    }
    let cross = [("Origin", "http://elsewhere.example")];
    let revoke = format!("/console/tokens/{id}/revoke");
    assert_eq!(post(&server, &revoke, &operator, &cross, &format!("form={own}")).status, 403);
    assert_eq!(post(&server, &revoke, &session, &[], &format!("form={own}")).status, 403);
    assert_eq!(post(&server, &revoke, &operator, &[], &format!("form={own}")).status, 303);
    assert_eq!(get(&server, "/console/parcels", &session).status, 303, "the session ends with its token");
}

#[test]
fn what_is_over_makes_room_and_what_is_good_does_not() {
    let mut server = Server::start();
    server.kill("gateway", Signal::TERM);
    let token = |number: u32| {
        json!({
            "id": format!("T-{number:012x}"), "digest": format!("{number:064x}"), "label": "a job", "partner": null,
            "scopes": ["read"], "made": "2026-01-01T00:00:00.000Z", "by": "C-1", "ends": "2099-01-01T00:00:00.000Z",
            "revoked": (number == 7).then_some("2026-11-02T00:00:00.000Z"),
        })
    };
    let tokens: Vec<_> = (0..1000).map(token).collect();
    let list = json!({ "version": 1, "tokens": tokens, "used": {} }).to_string();
    fs::write(server.data().join("gateway/tokens.json"), list).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    issued(&server, None, &["read"]);
    let listed = server.get("/v1/tokens").to_string();
    assert!(!listed.contains("T-000000000007") && listed.contains("T-000000000008"));
    let wanted = json!({ "label": "one more", "partner": null, "scopes": ["read"] });
    let refused = issue(&server, &server.token("operator"), &wanted);
    assert!(refused.status == 400 && refused.text().contains("a thousand tokens"), "{}", refused.text());
}
