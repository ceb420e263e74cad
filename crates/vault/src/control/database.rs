//! Where a database in PostgreSQL is.

use crate::Error;
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, time::Duration};
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

/// How long nobody answers until nobody is there.
pub(super) const ANSWER: Duration = Duration::from_secs(5);

/// A database in PostgreSQL: `postgres://USER@%2Fvar%2Frun%2Fpostgresql/NAME` by a socket of this machine, or
/// `postgres://USER:PASSWORD@127.0.0.1/NAME`. The connection is not encrypted here, so that no other machine's is taken. It may
/// have a password in it: it is never shown, and what is wrong with it is told when it is used.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Database(String);

impl Database {
    /// The one that this URL names.
    pub fn of(url: String) -> Self {
        Self(url)
    }

    pub(super) fn config(&self) -> Result<Config, Error> {
        let wrong = |rule| Error::Database { rule };
        let mut config: Config = self.0.parse().map_err(|_| wrong("it begins with postgres://, as README.md says"))?;
        let hosts = config.get_hosts();
        if hosts.is_empty() && config.get_hostaddrs().is_empty() {
            return Err(wrong("it names a host, or the folder of a socket"));
        }
        if !hosts.iter().all(is_here) || !config.get_hostaddrs().iter().all(IpAddr::is_loopback) {
            return Err(wrong(
                "its host is this machine's, because the connection is not encrypted: use a tunnel to another's",
            ));
        }
        if !matches!(config.get_ssl_mode(), SslMode::Disable | SslMode::Prefer) {
            return Err(wrong("TLS to PostgreSQL is not built: use a tunnel, or a socket of this machine"));
        }
        config.connect_timeout(ANSWER).tcp_user_timeout(2 * ANSWER).application_name("bulla");
        Ok(config)
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
    fn only_this_machine_is_spoken_to_and_no_url_is_shown() {
        let is_taken = |url: &str| Database::of(url.to_owned()).config().is_ok();
        for url in [
            "postgres://a:b@127.0.0.1/c",
            "postgres://a@[::1]:5433/c",
            "postgres://a@localhost/c",
            "postgres://a@%2Frun/c",
        ] {
            assert!(is_taken(url), "{url}");
        }
        let refused = [
            "postgres://a:b@10.0.0.1/c",
            "postgres://a@localhost,db.example/c",
            "postgres://a@localhost/c?sslmode=require",
        ];
        for url in
            refused.into_iter().chain(["postgres:///c", "sqlite:x", "postgres://a@localhost/c?hostaddr=10.0.0.1"])
        {
            assert!(!is_taken(url), "{url}");
        }
        let database = Database::of("postgres://a:secret@10.0.0.1/c".to_owned());
        let shown = format!("{database:?} {:?} {0}", database.config().unwrap_err());
        assert!(!shown.contains("secret") && !shown.contains("10.0"), "{shown}");
    }
}
