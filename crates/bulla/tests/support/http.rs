//! HTTP by hand: the tests must be able to send what no client library would.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    headers: String,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let of = |line: &'_ str| line.split_once(':').is_some_and(|(n, _)| n.eq_ignore_ascii_case(name));
        self.headers.lines().find(|line| of(line)).and_then(|line| line.split_once(": ")).map(|(_, value)| value)
    }

    /// All that came, head and body.
    pub fn octets(&self) -> Vec<u8> {
        [self.headers.as_bytes(), b"\r\n\r\n", &self.body].concat()
    }

    /// The header's fields.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.lines().skip(1).filter_map(|line| line.split_once(": "))
    }

    /// What `Set-Cookie` gives this cookie; empty where it ends.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let all = self.fields().filter(|(field, _)| field.eq_ignore_ascii_case("set-cookie"));
        let mut pairs = all.filter_map(|(_, value)| value.split(';').next()?.split_once('='));
        pairs.find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One request, with this bearer token if it is not empty.
pub fn post(address: &str, path: &str, token: &str, body: &[u8]) -> io::Result<Response> {
    request("POST", address, path, token, body, body.len())
}

/// Any request.
pub fn ask(method: &str, address: &str, path: &str, token: &str, body: &[u8]) -> io::Result<Response> {
    request(method, address, path, token, body, body.len())
}

/// As [`post`], without a body.
pub fn get(address: &str, path: &str, token: &str) -> io::Result<Response> {
    request("GET", address, path, token, b"", 0)
}

/// Announces more octets than it sends, then closes its side.
pub fn post_cut_off(address: &str, path: &str, token: &str, body: &[u8], announced: usize) -> io::Result<Response> {
    assert!(announced > body.len());
    request("POST", address, path, token, body, announced)
}

/// A POST with these header fields and no token.
pub fn post_with(address: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> io::Result<Response> {
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    exchange("POST", address, path, &fields, body, body.len())
}

/// The same, to this host by the name in it.
pub fn post_named(address: &str, host: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> io::Result<Response> {
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    named("POST", address, host, path, &fields, body, body.len())
}

/// A GET to this host by the name in it.
pub fn get_named(address: &str, host: &str, path: &str) -> io::Result<Response> {
    named("GET", address, host, path, "", b"", 0)
}

/// A GET with these header fields and no token.
pub fn get_with(address: &str, path: &str, fields: &[(&str, &str)]) -> io::Result<Response> {
    let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    exchange("GET", address, path, &fields, b"", 0)
}

fn request(method: &str, address: &str, path: &str, token: &str, body: &[u8], length: usize) -> io::Result<Response> {
    let credential = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let fields = format!("{credential}Content-Type: application/edi-x12\r\n");
    exchange(method, address, path, &fields, body, length)
}

fn exchange(method: &str, address: &str, path: &str, fields: &str, body: &[u8], length: usize) -> io::Result<Response> {
    named(method, address, address, path, fields, body, length)
}

fn named(
    method: &str,
    address: &str,
    host: &str,
    path: &str,
    fields: &str,
    body: &[u8],
    length: usize,
) -> io::Result<Response> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    // Who refuses a body early stops reading it: the answer counts.
    let _ = stream.write_all(body);
    if length > body.len() {
        stream.shutdown(Shutdown::Write)?;
    }
    let mut octets = Vec::new();
    let read = stream.read_to_end(&mut octets);
    parse(&octets).ok_or_else(|| read.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()))
}

fn parse(octets: &[u8]) -> Option<Response> {
    let end = octets.windows(4).position(|four| four == b"\r\n\r\n")?;
    let headers = std::str::from_utf8(&octets[..end]).ok()?.to_owned();
    let status = headers.split(' ').nth(1)?.parse().ok()?;
    let response = Response { status, headers, body: octets[end + 4..].to_vec() };
    // An answer that is cut off is none: with it nothing was acknowledged.
    let length: usize = response.header("content-length").or((status == 204).then_some("0"))?.parse().ok()?;
    (response.body.len() == length).then_some(response)
}
