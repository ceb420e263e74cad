//! A browser with an authenticator, at the console of a real gateway, by its name `localhost`.

use super::{
    Server,
    authenticator::Authenticator,
    console::form,
    http::{self, Response},
    wait_for,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Its cookies at the way in, and what its forms bring along.
pub struct Browser {
    pub address: String,
    pub door: String,
    pub form: String,
}

/// The last link of those that the gateway has printed.
pub fn printed_link(server: &Server) -> String {
    wait_for("the first link", || {
        let written = server.output();
        let link = written.lines().rev().find(|line| line.contains("/console/join#"))?;
        Some(link.trim().to_owned())
    })
}

/// What of a link no request has in its path.
pub fn secret(link: &str) -> String {
    link.split_once('#').unwrap().1.to_owned()
}

impl Browser {
    pub fn at(server: &Server) -> Self {
        let port = server.address().rsplit_once(':').unwrap().1.to_owned();
        let address = format!("localhost:{port}");
        let page = http::get(&address, "/console/login", "").unwrap();
        let door = format!("bulla_door={}", page.cookie("bulla_door").unwrap());
        Self { form: form(&page), address, door }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn authenticator(&self, id: &str) -> Authenticator {
        Authenticator::es256(id.as_bytes(), &self.origin(), "localhost")
    }

    pub fn get(&self, path: &str, cookies: &str) -> Response {
        http::get_with(&self.address, path, &[("Cookie", cookies)]).unwrap()
    }

    pub fn post(&self, path: &str, cookies: &str, body: &str) -> Response {
        let fields = [("Cookie", cookies), ("Content-Type", "application/x-www-form-urlencoded")];
        http::post_with(&self.address, path, &fields, body.as_bytes()).unwrap()
    }

    /// Asks for a challenge.
    pub fn asked(&self, path: &str, more: &str) -> Vec<u8> {
        let answer = self.post(path, &self.door, &format!("form={}{more}", self.form));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer["rp"], "localhost");
        URL_SAFE_NO_PAD.decode(answer["challenge"].as_str().unwrap()).unwrap()
    }

    /// What is sent to register.
    pub fn registering(&self, authenticator: &Authenticator, secret: &str, challenge: &[u8]) -> String {
        let (client, attestation) = authenticator.create(challenge);
        let fields = [("client", client), ("attestation", attestation)];
        self.fields(&format!("&secret={secret}"), &fields)
    }

    /// What is sent to come in.
    pub fn entering(&self, authenticator: &Authenticator, challenge: &[u8]) -> String {
        let made = authenticator.get(challenge);
        let id = authenticator.id.clone();
        self.fields("", &[("id", id), ("client", made.client), ("data", made.data), ("signature", made.signature)])
    }

    fn fields(&self, more: &str, fields: &[(&str, Vec<u8>)]) -> String {
        let fields = fields.iter().map(|(name, octets)| format!("&{name}={}", URL_SAFE_NO_PAD.encode(octets)));
        format!("form={}{more}{}", self.form, fields.collect::<String>())
    }

    /// Uses a link.
    pub fn join(&self, authenticator: &Authenticator, secret: &str) -> Response {
        let challenge = self.asked("/console/join/ask", &format!("&secret={secret}"));
        self.post("/console/join", &self.door, &self.registering(authenticator, secret, &challenge))
    }

    /// Comes in.
    pub fn enter(&self, authenticator: &Authenticator) -> Response {
        let challenge = self.asked("/console/passkey/ask", "");
        self.post("/console/passkey", &self.door, &self.entering(authenticator, &challenge))
    }
}

/// The session's cookie of whoever was let in.
#[track_caller]
pub fn session(answer: &Response) -> String {
    assert_eq!((answer.status, answer.header("location")), (303, Some("/console")), "{}", answer.text());
    format!("bulla_session={}", answer.cookie("bulla_session").unwrap())
}

/// The first admin's session, by the printed link.
pub fn first_admin(server: &Server) -> (Authenticator, String) {
    let browser = Browser::at(server);
    let authenticator = browser.authenticator("admin");
    let session = session(&browser.join(&authenticator, &secret(&printed_link(server))));
    (authenticator, session)
}

/// Somebody new of this role, invited by an admin's session: authenticator and session.
pub fn invited(server: &Server, admin: &str, role: &str, partner: &str) -> (Authenticator, String) {
    let browser = Browser::at(server);
    let own = form(&browser.get("/console/people", admin));
    let asked = format!("form={own}&name=Person+{role}&role={role}&partner={partner}");
    let page = browser.post("/console/people", admin, &asked);
    let text = page.text();
    let link = text.split("/console/join#").nth(1).unwrap_or_else(|| panic!("{text}"));
    let authenticator = browser.authenticator(&format!("of {role} {partner}"));
    let session = session(&browser.join(&authenticator, link.split('<').next().unwrap()));
    (authenticator, session)
}
