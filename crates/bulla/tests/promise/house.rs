//! A demo installation of which everything is kept that it says, where the search looks.

use crate::{
    messages::NOWHERE,
    support::{Folder, LONG, Ran, Server, bulla_reading, console, http, partner::Partner, tls, wait_within},
};
use as2::Outgoing;
use rustix::process::{Pid, Signal};
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
};

pub struct House {
    server: Server,
    /// What is not searched: documents for verbs, and what was shown on purpose.
    elsewhere: Folder,
}

impl House {
    pub fn start() -> Self {
        let house = Self { server: Server::start(), elsewhere: Folder::new() };
        let demo = house.server.dir("demo");
        let text = fs::read_to_string(demo.join("partners.toml")).unwrap().replace("http://127.0.0.1:8701", NOWHERE);
        let file = house.given("partners.toml", text.as_bytes());
        assert_eq!(house.bulla(&["partner", "apply", &file.display().to_string()], "").code, 0);
        house
    }

    /// All that is looked into: data, messages, answers, what verbs made; home and temporary files of every process.
    pub fn place(&self) -> PathBuf {
        self.server.beside(".")
    }

    /// Documents for verbs: not looked into.
    pub fn given(&self, name: &str, octets: &[u8]) -> PathBuf {
        let path = self.elsewhere.path().join(name);
        fs::write(&path, octets).unwrap();
        path
    }

    /// The demo's token of somebody.
    pub fn token(&self, of: &str) -> String {
        self.server.token(of)
    }

    /// The answer is kept with what processes write.
    pub fn ask(&self, method: &str, path: &str, token: Option<&str>, body: &[u8]) -> http::Response {
        let answer = http::ask(method, &self.server.address(), path, token.unwrap_or_default(), body);
        let answer = answer.expect("the gateway answers");
        self.keep(&answer.octets());
        answer
    }

    /// The operator's session in the console.
    pub fn log_in(&self) -> String {
        console::log_in(&self.server, "operator")
    }

    /// A page of the console, which is kept.
    pub fn see(&self, path: &str, session: &str) -> String {
        let page = console::get(&self.server, path, session);
        self.keep(&page.octets());
        page.text()
    }

    /// What the console says to a form of the page at this path, which is kept.
    pub fn submit(&self, path: &str, session: &str, fields: &[(&str, &[u8])]) -> String {
        let mut body = format!("form={}", console::form(&console::get(&self.server, path, session)));
        for (name, value) in fields {
            let value: String = value.iter().map(|octet| format!("%{octet:02X}")).collect();
            body.push_str(&format!("&{name}={value}"));
        }
        let page = console::post(&self.server, path, session, &[], &body);
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        self.keep(&page.octets());
        page.text()
    }

    fn keep(&self, answer: &[u8]) {
        let file = File::options().create(true).append(true).open(self.server.beside("answers"));
        file.unwrap().write_all(answer).unwrap();
    }

    /// The demo's northshop.
    pub fn partner(&self) -> Partner {
        Partner::of(&self.server)
    }

    /// A running role's process id.
    pub fn pid(&self, role: &str) -> Pid {
        self.server.pid(role).expect("it runs")
    }

    /// Sends a body but its last octet, as northshop: while the connection is held, the gateway waits for that.
    pub fn begin(&self, body: &[u8]) -> TcpStream {
        let address = self.server.address();
        let mut stream = TcpStream::connect(&address).unwrap();
        let (token, length) = (self.token("northshop"), body.len());
        let head = format!(
            "POST /v1/interchanges HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n"
        );
        // At once, so that head and body can share a buffer.
        stream.write_all(&[head.as_bytes(), &body[..length - 1]].concat()).unwrap();
        stream
    }

    /// Sends a body to its end and has its answer; the connection is as the gateway leaves it.
    pub fn send_and_stay(&self, body: &[u8]) -> TcpStream {
        let mut stream = self.begin(body);
        stream.write_all(&body[body.len() - 1..]).unwrap();
        let mut answer = [0; 4096];
        let length = stream.read(&mut answer).unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..length]));
        stream
    }

    /// Posts a message. Its receipt names it, and is kept without that name.
    pub fn post_message(&self, message: &Outgoing, id: &str) -> http::Response {
        let fields: Vec<(&str, &str)> = message.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = http::post_with(&self.server.address(), "/as2", &fields, &message.body);
        let answer = answer.expect("the gateway answers");
        self.keep(String::from_utf8_lossy(&answer.octets()).replace(id, "<>").as_bytes());
        answer
    }

    /// A verb; its output is kept.
    pub fn bulla(&self, arguments: &[&str], input: &str) -> Ran {
        self.run(arguments, input, &self.place())
    }

    /// A verb that shows on purpose: what it writes to stdout is not looked into, its messages are.
    pub fn bulla_showing(&self, arguments: &[&str], input: &str) -> Ran {
        self.run(arguments, input, self.elsewhere.path())
    }

    fn run(&self, arguments: &[&str], input: &str, shown: &Path) -> Ran {
        let data = self.server.data();
        let all: Vec<&str> = arguments.iter().copied().chain(["--data", data.to_str().unwrap()]).collect();
        bulla_reading(&all, input, shown, &self.place())
    }

    /// Until the carrier and the ledger have everything.
    pub fn settle(&self) {
        let operator = self.token("operator");
        wait_within(LONG, "delivery and anchoring", || {
            let metrics = self.ask("GET", "/metrics", None, b"").text();
            let deliveries = self.ask("GET", "/v1/deliveries", Some(&operator), b"").text();
            let under_way = deliveries.contains("\"waiting\"") || deliveries.contains("\"sent\"");
            (metrics.contains("bulla_unanchored 0\n") && !under_way).then_some(())
        });
    }

    /// From here on the gateway speaks TLS, in a new process.
    pub fn speak_tls(&mut self) {
        self.stop();
        tls::give_certificate(&self.server, &tls::authority(&self.server, "authority").0);
        self.server.serve_until_said();
    }

    /// Ends all processes as a service manager would.
    pub fn stop(&mut self) {
        self.server.stop(Signal::TERM);
    }
}
