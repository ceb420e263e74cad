//! The console as a browser asks it.

use super::{
    Server,
    http::{self, Response},
};

/// Where a browser finds it: a demo by its name only.
pub fn address(server: &Server) -> String {
    format!("localhost:{}", server.address().rsplit_once(':').unwrap().1)
}

/// A page, to whoever has these cookies.
pub fn get(server: &Server, path: &str, cookies: &str) -> Response {
    http::get_with(&address(server), path, &[("Cookie", cookies)]).unwrap()
}

/// A form, with more header fields.
pub fn post(server: &Server, path: &str, cookies: &str, more: &[(&str, &str)], body: &str) -> Response {
    let form = [("Cookie", cookies), ("Content-Type", "application/x-www-form-urlencoded")];
    http::post_with(&address(server), path, &[&form, more].concat(), body.as_bytes()).unwrap()
}

/// What the forms of a page bring along.
pub fn form(page: &Response) -> String {
    let text = page.text();
    text.split("name=\"form\" value=\"").nth(1).unwrap_or_default().split('"').next().unwrap().to_owned()
}

/// The cookie of the way in, and its form's token.
pub fn door(server: &Server) -> (String, String) {
    let page = get(server, "/console/login", "");
    assert_eq!(page.status, 200);
    (format!("bulla_door={}", page.cookie("bulla_door").unwrap()), form(&page))
}

/// What the way in says to this token.
pub fn try_token(server: &Server, token: &str) -> Response {
    let (cookie, form) = door(server);
    post(server, "/console/login", &cookie, &[], &format!("form={form}&token={token}"))
}

/// A session's cookie.
pub fn log_in(server: &Server, who: &str) -> String {
    let answer = try_token(server, &server.token(who));
    assert_eq!((answer.status, answer.header("location")), (303, Some("/console")), "{}", answer.text());
    format!("bulla_session={}", answer.cookie("bulla_session").unwrap())
}
