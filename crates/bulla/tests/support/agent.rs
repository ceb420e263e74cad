//! `bulla agent` as a process, and as a browser on its machine asks it.

use super::{
    DEADLINE, Server, command,
    console::form,
    http::{self, Response},
    wait_for,
};
use rustix::process::Pid;
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::FileExt,
    path::PathBuf,
    process::{Child, ExitStatus},
};

pub struct Agent {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub address: String,
    /// The path that lets in once.
    pub entry: String,
    files: [PathBuf; 2],
}

/// A browser that was let in.
pub struct Seated {
    pub cookie: String,
    pub form: String,
}

impl Agent {
    /// With the demo's keys; it has printed its address.
    pub fn start(server: &Server, more: &[&str]) -> Self {
        let data = server.data();
        let files = [server.beside("agent.out"), server.beside("agent.err")];
        let data = ["--data", data.to_str().unwrap()];
        let of: &[&str] = if more.contains(&"--to") { &[] } else { &data };
        let arguments = [&["agent"], of, more].concat();
        let mut child = command(&arguments, &files[0], &files[1]).spawn().unwrap();
        let url = wait_for("the agent's address", || {
            assert!(child.try_wait().unwrap().is_none(), "{}", fs::read_to_string(&files[1]).unwrap());
            let out = fs::read_to_string(&files[0]).ok()?;
            out.strip_suffix('\n').map(str::to_owned)
        });
        let (address, entry) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        Self { child, address: address.to_owned(), entry: format!("/{entry}"), files }
    }

    /// The path of its page.
    pub fn place(&self) -> String {
        self.entry.split("/enter/").next().unwrap().to_owned()
    }

    /// Lets a browser in.
    pub fn enter(&self) -> Seated {
        let answer = http::get_with(&self.address, &self.entry, &[]).unwrap();
        assert_eq!((answer.status, answer.header("location")), (303, Some(&*self.place())));
        let cookie = format!("bulla_agent={}", answer.cookie("bulla_agent").unwrap());
        let page = self.get(&self.place(), &cookie);
        Seated { form: form(&page), cookie }
    }

    pub fn get(&self, path: &str, cookie: &str) -> Response {
        http::get_with(&self.address, path, &[("Cookie", cookie)]).unwrap()
    }

    /// A form as its own page sends it.
    pub fn post(&self, act: &str, seated: &Seated, fields: &str) -> Response {
        let origin = format!("http://{}", self.address);
        self.post_with(
            act,
            &[("Cookie", &seated.cookie), ("Origin", &origin)],
            &format!("form={}&{fields}", seated.form),
        )
    }

    /// A form with these header fields.
    pub fn post_with(&self, act: &str, fields: &[(&str, &str)], body: &str) -> Response {
        http::post_with(&self.address, &format!("{}/{act}", self.place()), fields, body.as_bytes()).unwrap()
    }

    /// A request that names another host: all that comes back.
    pub fn get_as(&self, host: &str, path: &str, cookie: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    /// Whether its memory holds this, if that can be searched.
    pub fn holds(&self, text: &str) -> Option<bool> {
        memory_holds(Pid::from_child(&self.child), text)
    }

    /// All that it wrote for people.
    pub fn output(&self) -> String {
        self.files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
    }

    /// Until it has ended by itself.
    pub fn wait_for_end(&mut self) -> ExitStatus {
        wait_for("the agent's end", || self.child.try_wait().unwrap())
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a process's writable memory holds this; none: only root may look into one that is not dumpable.
pub fn memory_holds(pid: Pid, text: &str) -> Option<bool> {
    let process = format!("/proc/{}", pid.as_raw_nonzero());
    let memory = File::open(format!("{process}/mem")).ok()?;
    let held = fs::read_to_string(format!("{process}/maps")).unwrap().lines().any(|line| {
        let mut words = line.split_whitespace();
        let (range, may) = (words.next().unwrap(), words.next().unwrap());
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
        let mut octets = vec![0; usize::try_from(end - start).unwrap()];
        // A mapping may be gone by now.
        may.starts_with("rw")
            && memory.read_exact_at(&mut octets, start).is_ok()
            && octets.windows(text.len()).any(|window| window == text.as_bytes())
    });
    Some(held)
}
