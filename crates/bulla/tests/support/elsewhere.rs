//! Installations whose roles stand elsewhere: on hosts of their own, by what the ledger says, and copies of them that a thief starts.

use super::{Folder, Server};
use rustix::process::Signal;
use std::{collections::BTreeMap, fs, net::TcpListener, path::Path};

impl Server {
    /// A set-up of the demo whose warden and witness have hosts of their own, with a ledger that begins so: level 1.
    pub fn apart(copies_days: u32) -> Self {
        let mut server = Self::start();
        server.stop(Signal::TERM);
        keep_only(&server.dir("gateway"), &["gateway.toml", "as2", "signing.crt.pem", "signing.key.pem", "worker.key"]);
        keep_only(&server.dir("warden"), &["warden.toml", "root.key", "signer"]);
        // A witness that had seen the other ledger would not cosign this one.
        keep_only(&server.dir("witness"), &["witness.toml"]);
        let key = witness::create(&server.dir("witness"), "witness.example/demo").unwrap();
        edit(&server.dir("gateway").join("gateway.toml"), |config| {
            config.insert("witness_keys".into(), vec![key.clone()].into());
        });
        edit(&server.dir("warden").join("warden.toml"), |config| {
            config.insert("host".into(), "vault".into());
            config.insert("copies_days".into(), i64::from(copies_days).into());
            let witness = config["witnesses"][0].as_table_mut().unwrap();
            let placed = [("vkey", key.as_str()), ("host", "elsewhere"), ("organisation", "Example Audit")];
            witness.extend(placed.map(|(name, value)| (name.to_owned(), value.into())));
        });
        fs::remove_file(server.dir("demo").join("pins.toml")).unwrap();
        server.serve();
        // One machine has one clock, of which notes tell whole seconds.
        let pins = fs::read_to_string(server.dir("demo").join("pins.toml")).unwrap();
        fs::write(server.beside("pins.toml"), pins.replace("clock_error = 300", "clock_error = 1")).unwrap();
        server
    }

    /// Copies of these roles' directories and of what people have, with places and ports of their own. Nothing of it runs yet; what
    /// was not copied is asked where it stands.
    pub fn copied(&self, roles: &[&str]) -> Self {
        let copy = Self { folder: Folder::new(), serve: None, again: Vec::new() };
        fs::create_dir(copy.data()).unwrap();
        let mut moved = BTreeMap::from(
            [(self.data().to_str().unwrap().to_owned(), copy.data())]
                .map(|(from, to)| (from, to.to_str().unwrap().to_owned())),
        );
        let mut ports = Vec::new();
        for role in roles {
            super::copy(&self.dir(role), &copy.dir(role));
            let config: toml::Table =
                fs::read_to_string(copy.dir(role).join(format!("{role}.toml"))).unwrap().parse().unwrap();
            ports.push(TcpListener::bind("127.0.0.1:0").unwrap());
            let own = ports.last().unwrap().local_addr().unwrap().to_string();
            moved.insert(config["listen"].as_str().unwrap().to_owned(), own);
        }
        super::copy(&self.dir("demo"), &copy.dir("demo"));
        for role in roles {
            let text = fs::read_to_string(copy.dir(role).join(format!("{role}.toml"))).unwrap();
            let text = moved.iter().fold(text, |text, (from, to)| text.replace(from, to));
            fs::write(copy.dir(role).join(format!("{role}.toml")), text).unwrap();
        }
        copy
    }
}

fn keep_only(dir: &Path, own: &[&str]) {
    let all = fs::read_dir(dir).unwrap().map(Result::unwrap);
    for path in all.filter(|entry| !own.contains(&entry.file_name().to_str().unwrap())).map(|entry| entry.path()) {
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }
}

fn edit(path: &Path, change: impl FnOnce(&mut toml::Table)) {
    let mut config = fs::read_to_string(path).unwrap().parse().unwrap();
    change(&mut config);
    fs::write(path, config.to_string()).unwrap();
}
