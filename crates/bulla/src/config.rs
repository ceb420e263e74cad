//! The roles' configuration files. Every key is documented where its role is; unknown keys are refused.

use crate::named;
use anyhow::{Result, anyhow};
use confinement::Needs;
use door::{Limits, tls};
use passkey::Place;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _},
};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// `carrier.toml`, for the demo's receiver, which stands in for another company's system.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carrier {
    /// Its directory: keys and inbox.
    pub dir: PathBuf,
    /// Where it listens: loopback, as it has no TLS.
    pub listen: SocketAddr,
    /// The ledger's name for it.
    pub pseudonym: ledger::Pseudonym,
    /// PEM of the gateway's signing certificate.
    pub gateway_certificate: String,
}

/// `gateway.toml`: the gateway's own keys, and what is this process's.
#[derive(Debug)]
pub struct Gateway {
    /// What the gateway itself is told.
    pub gateway: gateway::Config,
    /// `[limits]`: all have defaults.
    pub limits: Limits,
    /// `[tls]`: without it, plain HTTP on a loopback address.
    pub tls: Option<tls::Files>,
    /// `console`: where people reach the console, `https://NAME[:PORT]`; passkeys are made for it and are good nowhere else. Without it
    /// they are for `http://localhost`.
    pub console: Option<Place>,
    /// `open_tests`: whether whoever reaches the console may have a file tested without logging in. Not unless it is `true`.
    pub open_tests: bool,
}

/// The gateway says in the ledger with which start of the machine it runs.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

impl Carrier {
    /// What this carrier needs of its host.
    pub fn needs(&self) -> Needs {
        Needs::new(&self.dir, self.listen.port())
    }
}

impl Gateway {
    /// What this gateway needs of its host. Where its partners are it hears while it runs.
    pub fn needs(&self) -> Needs {
        let Self { gateway, tls, .. } = self;
        let alone = Needs::new(&gateway.dir, gateway.listen.port()).connecting_anywhere();
        let keys = gateway.objects.as_ref().and_then(vault::Bucket::keys);
        let authorities = gateway.control.as_ref().and_then(vault::Database::authorities);
        let read = gateway.partners.iter().chain(&keys).chain(&authorities);
        let needs = read.fold(alone.reading(Path::new(BOOT)), |needs, path| needs.reading(path));
        let files = tls.iter().flat_map(|tls| [Some(&tls.certificate), Some(&tls.key), tls.client_ca.as_ref()]);
        files.flatten().fold(needs, |needs, path| needs.reading_again(path))
    }
}

impl<'de> Deserialize<'de> for Gateway {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut table = toml::Table::deserialize(from)?;
        let (limits, tls, console) = (table.remove("limits"), table.remove("tls"), table.remove("console"));
        let open_tests = table.remove("open_tests").map_or(Ok(false), toml::Value::try_into);
        let gateway: gateway::Config = table.try_into().map_err(D::Error::custom)?;
        let limits: Limits = limits.map_or(Ok(Limits::default()), toml::Value::try_into).map_err(D::Error::custom)?;
        let tls = tls.map(toml::Value::try_into).transpose().map_err(D::Error::custom)?;
        // Half of it is one credential's: a body of the largest size must fit.
        if limits.octets_in_flight_max / 2 < gateway.body_octets_max {
            return Err(D::Error::custom("limits.octets_in_flight_max is less than twice body_octets_max"));
        }
        let console = console.map(|origin| {
            let place = origin.as_str().and_then(Place::at);
            place.ok_or_else(|| D::Error::custom("console is https://NAME[:PORT], without anything after it"))
        });
        let open_tests = open_tests.map_err(D::Error::custom)?;
        Ok(Self { gateway, limits, tls, console: console.transpose()?, open_tests })
    }
}

/// Reads a configuration file.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = named::text(path, named::KEY_OCTETS_MAX)?;
    toml::from_str(&text).map_err(|error| {
        anyhow!("{} is not a valid configuration{}: {}", path.display(), place(&text, &error), error.message())
    })
}

/// Which line is wrong. The line itself is not shown, as the library would: it may have a password in it.
fn place(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    before.map_or(String::new(), |before| format!(", line {}", before.matches('\n').count() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_without_what_stands_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gateway.toml");
        let url = "postgres://bulla:SECRET@127.0.0.1/bulla";
        for (wrong, said) in [
            (format!("control = {url}"), ", line 2: "),
            (format!("control = \"{url}"), ", line 2: "),
            (format!("control = [\"{url}\"]"), "invalid type: sequence"),
            (format!("control = {{ url = \"{url}\" }}"), "invalid type: map"),
            (format!("contrl = \"{url}\""), "unknown field `contrl`"),
        ] {
            std::fs::write(&path, format!("dir = \"d\"\n{wrong}\n")).unwrap();
            let shown = format!("{:#}\n{0:?}", read::<Gateway>(&path).unwrap_err());
            assert!(shown.contains(said) && !shown.contains("SECRET"), "{wrong}: {shown}");
        }
    }

    #[test]
    fn the_consoles_name_is_one_that_passkeys_can_be_made_for() {
        let named = |name: &str| {
            let text = format!(
                "dir = \"d\"\nlisten = \"127.0.0.1:0\"\nworker = \"gw-1\"\nwarden = \"w\"\nwarden_key = \"k\"\nwitness_keys = []\n\
                 quorum = 1\noperators = []\nedi = \"ZZ:BULLA\"\n{name}\n[authority]\nthreshold = 1\nofficers = []\n"
            );
            toml::from_str::<Gateway>(&text).map(|config| config.console.map(|place| place.rp().to_owned()))
        };
        assert_eq!(named("").unwrap(), None);
        assert_eq!(named("console = \"https://bulla.example:8443\"").unwrap().as_deref(), Some("bulla.example"));
        for wrong in
            ["\"http://bulla.example\"", "\"https://192.0.2.1\"", "\"https://bulla.example/console\"", "\"\"", "8443"]
        {
            assert!(
                named(&format!("console = {wrong}")).unwrap_err().to_string().contains("console is https://"),
                "{wrong}"
            );
        }
    }
}
