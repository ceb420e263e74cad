//! Where people come in: the roll of who may, the console's one name, and the link for the first of them.

use super::roll::Roll;
use axum::http::{HeaderMap, header};
use door::Edge;
use ledger::Time;
use passkey::Place;
use std::{net::SocketAddr, path::Path, sync::OnceLock};

/// The roll, and the name that passkeys are made for.
pub struct Entrance {
    pub roll: Roll,
    /// Whether files are tested for whoever is not known.
    pub open_tests: bool,
    name: Option<Place>,
    tls: bool,
    /// Where this process listens: known once it does.
    port: OnceLock<u16>,
}

impl Entrance {
    /// Of a gateway's directory, under the name that it is configured with; without one it is `localhost`'s.
    pub fn open(dir: &Path, name: Option<Place>, tls: bool) -> anyhow::Result<Self> {
        Ok(Self { roll: Roll::open(dir)?, open_tests: false, name, tls, port: OnceLock::new() })
    }

    /// The same, where files are tested for whoever is not known, or are not.
    pub fn with_tests(self, open_tests: bool) -> Self {
        Self { open_tests, ..self }
    }

    /// From now on it is there, at this port.
    pub fn begin(&self, port: u16) {
        self.port.get_or_init(|| port);
    }

    /// Whether everybody comes by TLS, ours or that of a proxy whose name this is.
    pub fn is_by_tls(&self) -> bool {
        self.tls || self.name.as_ref().is_some_and(|name| name.origin().starts_with("https://"))
    }

    /// `localhost` with this process's own port: a page at another port of this machine is somebody else's.
    fn local(&self) -> Option<String> {
        self.port.get().map(|port| if *port == 80 { "localhost".to_owned() } else { format!("localhost:{port}") })
    }

    /// Whether a browser came by exactly that name.
    pub fn is_local(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        host.is_some() && host == self.local().as_deref()
    }

    /// Where whoever came by this machine's address finds the same by its name.
    pub fn instead(&self, edge: &Edge, headers: &HeaderMap) -> Option<String> {
        let host = headers.get(header::HOST)?.to_str().ok()?;
        let by_address = host.parse::<SocketAddr>().is_ok_and(|address| address.ip().is_loopback());
        let scheme = if edge.tls { "https" } else { "http" };
        by_address.then_some(())?;
        Some(format!("{scheme}://{}", self.local()?))
    }

    /// Where whoever asks is; none where their browser came by another name, or by an address: it would refuse passkeys.
    pub fn place(&self, tls: bool, headers: &HeaderMap) -> Option<Place> {
        let host = headers.get(header::HOST)?.to_str().ok()?;
        match &self.name {
            Some(name) => {
                Some(name.clone()).filter(|name| name.origin().split_once("://").is_some_and(|(_, own)| own == host))
            }
            None if tls => None,
            None => Place::at(&format!("http://{}", self.local()?)).filter(|_| self.is_local(headers)),
        }
    }

    /// Says how the first admin gets in, while there is none. The link's secret is after its `#`: no proxy's log gets it.
    pub fn say_first_link(&self, address: SocketAddr, tls: bool, now: Time) {
        let (origin, rp) = match &self.name {
            Some(name) => (name.origin().to_owned(), name.rp()),
            None if tls => {
                eprintln!(
                    "console: no passkeys without its name: say it in gateway.toml, as console = \"https://NAME\""
                );
                return;
            }
            None => (format!("http://localhost:{}", address.port()), "localhost"),
        };
        match self.roll.first_link(rp, now) {
            Ok(None) => {}
            Ok(Some(secret)) => eprintln!(
                "console: nobody lets people in yet; whoever opens this link first does, within 24 hours:\n\n  {}\n",
                link(&origin, secret.expose())
            ),
            Err(error) => eprintln!("console: no link for the first admin: {error}"),
        }
    }
}

/// What a person is sent.
pub fn link(origin: &str, secret: &str) -> String {
    format!("{origin}/console/join#{secret}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_good_under_the_consoles_one_name() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: Option<&str>, tls: bool, host: &'static str| {
            let entrance = Entrance::open(dir.path(), name.map(|name| Place::at(name).unwrap()), tls).unwrap();
            entrance.begin(8700);
            let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
            entrance.place(tls, &headers).map(|place| place.origin().to_owned())
        };
        assert_eq!(place(None, false, "localhost:8700").as_deref(), Some("http://localhost:8700"));
        for host in [
            "127.0.0.1:8700",
            "[::1]:8700",
            "bulla.example",
            "localhost.example",
            "localhost@evil",
            "localhost:",
            "localhost:8701",
        ] {
            assert_eq!(place(None, false, host), None, "{host}");
        }
        assert_eq!(place(None, true, "localhost:8700"), None, "by TLS it has a name, and nobody said which");
        let name = Some("https://bulla.example:8443");
        assert_eq!(place(name, true, "bulla.example:8443").as_deref(), name);
        assert_eq!(place(name, false, "bulla.example:8443").as_deref(), name, "a proxy has the certificate");
        for host in ["bulla.example", "evil.example:8443", "localhost:8700", "127.0.0.1:8443"] {
            assert_eq!(place(name, true, host), None, "{host}");
        }
    }
}
