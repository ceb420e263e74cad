//! Where a database in PostgreSQL is.

use super::tls::Tls;
use crate::Error;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

/// How long nobody answers until nobody is there.
pub(super) const ANSWER: Duration = Duration::from_secs(5);

/// A database in PostgreSQL: `postgres://USER@%2Fvar%2Frun%2Fpostgresql/NAME` by a socket of this machine,
/// `postgres://USER:PASSWORD@127.0.0.1/NAME`, or `postgres://USER:PASSWORD@HOST/NAME?sslmode=require` on any machine, which is then
/// known by its certificate; `&ca=FILE` names the authorities that may have signed it, where they are not the machine's. It may have a
/// password in it: it is never shown, and what is wrong with it is told when it is used.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Database(String);

/// How it is reached.
pub(super) struct Way {
    pub(super) config: Config,
    /// None where what is said is not encrypted, and goes to this machine only.
    pub(super) tls: Option<Tls>,
}

impl Database {
    /// The one that this URL names.
    pub fn of(url: String) -> Self {
        Self(url)
    }

    /// The file that has its server's authorities, if it names one.
    pub fn authorities(&self) -> Option<PathBuf> {
        self.parts().1.map(PathBuf::from)
    }

    /// The URL as PostgreSQL's own clients know it, and the file of `ca`, which they do not.
    fn parts(&self) -> (String, Option<&str>) {
        let Some((place, more)) = self.0.split_once('?') else { return (self.0.clone(), None) };
        let (own, others): (Vec<_>, Vec<_>) = more.split('&').partition(|pair| pair.starts_with("ca="));
        (format!("{place}?{}", others.join("&")), own.first().map(|pair| &pair[3..]))
    }

    pub(super) fn way(&self) -> Result<Way, Error> {
        let wrong = |rule| Error::Database { rule };
        let (url, authorities) = self.parts();
        let mut config: Config = url.parse().map_err(|_| wrong("it begins with postgres://, as README.md says"))?;
        let hosts = config.get_hosts();
        if hosts.is_empty() && config.get_hostaddrs().is_empty() {
            return Err(wrong("it names a host, or the folder of a socket"));
        }
        let encrypted = config.get_ssl_mode() == SslMode::Require;
        let here = hosts.iter().all(is_here) && config.get_hostaddrs().iter().all(IpAddr::is_loopback);
        if !here && !encrypted {
            return Err(wrong("another machine's is reached by TLS: `?sslmode=require`"));
        }
        if encrypted && (hosts.is_empty() || hosts.iter().any(|host| matches!(host, Host::Unix(_)))) {
            return Err(wrong("by TLS a host is reached by its name; a socket of this machine has none"));
        }
        if !encrypted && authorities.is_some() {
            return Err(wrong("`ca` is for TLS: `?sslmode=require`"));
        }
        let tls = encrypted.then(|| Tls::of(authorities.map(Path::new))).transpose()?;
        config.connect_timeout(ANSWER).tcp_user_timeout(2 * ANSWER).application_name("bulla");
        Ok(Way { config, tls })
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_machine_is_spoken_to_by_tls_and_no_url_is_shown() {
        let is_taken = |url: &str| Database::of(url.to_owned()).way().is_ok();
        for url in [
            "postgres://a:b@127.0.0.1/c",
            "postgres://a@[::1]:5433/c",
            "postgres://a@localhost/c",
            "postgres://a@%2Frun/c",
            "postgres://a:b@db.example/c?sslmode=require",
            "postgres://a:b@10.0.0.1/c?sslmode=require",
        ] {
            assert!(is_taken(url), "{url}");
        }
        let refused = [
            "postgres://a:b@10.0.0.1/c",
            "postgres://a@localhost,db.example/c",
            "postgres://a@db.example/c?sslmode=prefer",
            "postgres://a@%2Frun/c?sslmode=require",
            "postgres://a@db.example/c?sslmode=require&ca=/nowhere",
            "postgres://a@localhost/c?ca=/nowhere",
        ];
        for url in
            refused.into_iter().chain(["postgres:///c", "sqlite:x", "postgres://a@localhost/c?hostaddr=10.0.0.1"])
        {
            assert!(!is_taken(url), "{url}");
        }
        let database = Database::of("postgres://a:secret@10.0.0.1/c".to_owned());
        let shown = format!("{database:?} {:?} {0}", database.way().err().unwrap());
        assert!(!shown.contains("secret") && !shown.contains("10.0"), "{shown}");
    }
}
