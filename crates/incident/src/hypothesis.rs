//! What an incident is assumed to have been: one or several `[[hypothesis]]` tables of TOML.

use ledger::{Hash, PrincipalId, Time, WorkerId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Longest accepted text, in octets.
pub const OCTETS_MAX: usize = 65_536;
/// Most hypotheses in one text.
pub const COUNT_MAX: usize = 64;

/// One or several hypotheses that hold together: the exposure is the union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hypotheses(Vec<Hypothesis>);

/// One assumption about what was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// What was taken, and of whom.
    #[serde(flatten)]
    pub kind: Kind,
    /// From when on; absent: unknown, so always.
    pub from: Option<Time>,
    /// Until when; absent: the end of the ledger. For a host, a principal or the warden no date is believed: they count as
    /// taken until the end of the ledger.
    pub to: Option<Time>,
}

/// What was taken: a closed list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Kind {
    /// A copy of the gateway's disk, database, objects and backups. Whatever was received until `to`
    /// may lie there; `from` changes nothing.
    Storage,
    /// Control of the gateway's host.
    Host {
        /// Which workers; empty: all that are enrolled.
        workers: BTreeSet<WorkerId>,
    },
    /// The key of someone who may ask to open.
    Principal {
        /// The principal whose key it is.
        principal: PrincipalId,
    },
    /// The warden, with its private keys.
    Warden,
    /// The private key of a carrier's certificate, and delivery copies of whatever was received until
    /// `to`; `from` changes nothing.
    CarrierKey {
        /// SHA-256 of the certificate's DER.
        #[serde(with = "prefixed")]
        certificate: Hash,
    },
    /// The private key of one of our own certificates, and a recording of the traffic from `from` until `to`.
    Traffic {
        /// SHA-256 of the certificate's DER.
        #[serde(with = "prefixed")]
        certificate: Hash,
    },
    /// Every co-holder, with its private key: opens nothing by itself.
    CoHolder,
    /// Warden and co-holder together: no bound.
    Collusion,
}

impl Kind {
    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Storage => "storage",
            Self::Host { .. } => "host",
            Self::Principal { .. } => "principal",
            Self::Warden => "warden",
            Self::CarrierKey { .. } => "carrier-key",
            Self::Traffic { .. } => "traffic",
            Self::CoHolder => "co-holder",
            Self::Collusion => "collusion",
        }
    }
}

/// Why a text was refused. `number` is the table's, from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    #[error("the hypothesis is longer than {OCTETS_MAX} octets")]
    TooLong,
    #[error("the hypothesis is not TOML as expected (line {line}): {message}")]
    Toml { line: usize, message: String },
    #[error("there is no [[hypothesis]] table: state at least one")]
    None,
    #[error("there are more than {COUNT_MAX} [[hypothesis]] tables")]
    TooMany,
    #[error(
        "hypothesis {number}: unknown kind; known are storage, host, principal, warden, co-holder, carrier-key, traffic and collusion"
    )]
    UnknownKind { number: usize },
    #[error("hypothesis {number}: `{key}` does not belong to kind `{kind}`")]
    Foreign { number: usize, kind: &'static str, key: &'static str },
    #[error("hypothesis {number}: kind `{kind}` needs `{key}`")]
    Missing { number: usize, kind: &'static str, key: &'static str },
    #[error("hypothesis {number}: `{key}` is not a {wanted}")]
    Malformed { number: usize, key: &'static str, wanted: &'static str },
    #[error("hypothesis {number}: `from` is after `to`")]
    Backwards { number: usize },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(default)]
    hypothesis: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    kind: String,
    from: Option<toml::value::Datetime>,
    to: Option<toml::value::Datetime>,
    workers: Option<Vec<String>>,
    principal: Option<String>,
    certificate: Option<String>,
}

impl Hypotheses {
    /// Reads the text; unknown keys and keys of another kind are refused.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > OCTETS_MAX {
            return Err(Error::TooLong);
        }
        let tables: Text = toml::from_str(text).map_err(|e| toml_error(text, &e))?;
        match tables.hypothesis.len() {
            0 => return Err(Error::None),
            count if count > COUNT_MAX => return Err(Error::TooMany),
            _ => {}
        }
        let list = tables.hypothesis.into_iter().enumerate().map(|(at, table)| table.read(at + 1));
        Ok(Self(list.collect::<Result<_, _>>()?))
    }

    /// In the order of the text; never empty.
    pub fn list(&self) -> &[Hypothesis] {
        &self.0
    }
}

impl Table {
    fn read(self, number: usize) -> Result<Hypothesis, Error> {
        let (from, to) = (time(self.from, number, "from")?, time(self.to, number, "to")?);
        if matches!((from, to), (Some(from), Some(to)) if from > to) {
            return Err(Error::Backwards { number });
        }
        let Self { kind, workers, principal, certificate, .. } = self;
        let word = known_kind(&kind, number)?;
        let own = match word {
            "host" => "workers",
            "principal" => "principal",
            "carrier-key" | "traffic" => "certificate",
            _ => "",
        };
        let given = [
            ("workers", workers.is_some()),
            ("principal", principal.is_some()),
            ("certificate", certificate.is_some()),
        ];
        if let Some((key, _)) = given.into_iter().find(|(key, given)| *given && *key != own) {
            return Err(Error::Foreign { number, kind: word, key });
        }
        let missing = Error::Missing { number, kind: word, key: own };
        let malformed = |wanted| Error::Malformed { number, key: own, wanted };
        let kind = match word {
            "storage" => Kind::Storage,
            "host" => {
                let read = |worker: String| worker.parse().map_err(|e: ledger::Malformed| malformed(e.wanted));
                Kind::Host { workers: workers.unwrap_or_default().into_iter().map(read).collect::<Result<_, _>>()? }
            }
            "principal" => {
                let principal = principal.ok_or(missing)?;
                Kind::Principal { principal: principal.parse().map_err(|e: ledger::Malformed| malformed(e.wanted))? }
            }
            "warden" => Kind::Warden,
            "co-holder" => Kind::CoHolder,
            "carrier-key" | "traffic" => {
                let digits = certificate.ok_or(missing)?;
                let hash = digits.strip_prefix("sha256:").and_then(|digits| digits.parse().ok());
                let certificate = hash.ok_or(malformed("digest (sha256: and 64 hexadecimal digits)"))?;
                if word == "traffic" { Kind::Traffic { certificate } } else { Kind::CarrierKey { certificate } }
            }
            _ => Kind::Collusion,
        };
        Ok(Hypothesis { kind, from, to })
    }
}

fn known_kind(kind: &str, number: usize) -> Result<&'static str, Error> {
    ["storage", "host", "principal", "warden", "co-holder", "carrier-key", "traffic", "collusion"]
        .into_iter()
        .find(|known| *known == kind)
        .ok_or(Error::UnknownKind { number })
}

fn time(written: Option<toml::value::Datetime>, number: usize, key: &'static str) -> Result<Option<Time>, Error> {
    let Some(written) = written else { return Ok(None) };
    let wrong = Error::Malformed { number, key, wanted: "time with offset, to the millisecond (2020-11-02T00:00:00Z)" };
    let stamp: jiff::Timestamp = written.to_string().parse().map_err(|_| wrong.clone())?;
    // An exact number of milliseconds, and a moment that the ledger can write: a bound must not depend on how one rounds.
    let time = Time::from_milliseconds(stamp.as_millisecond());
    let exact = stamp.subsec_nanosecond() % 1_000_000 == 0 && time.milliseconds() == stamp.as_millisecond();
    if !exact || written.to_string().get(17..19) == Some("60") {
        return Err(wrong);
    }
    Ok(Some(time))
}

/// The line and toml's own short message, which names keys and expected kinds.
fn toml_error(text: &str, error: &toml::de::Error) -> Error {
    let start = error.span().map_or(0, |span| span.start).min(text.len());
    let line = 1 + text.as_bytes()[..start].iter().filter(|b| **b == b'\n').count();
    Error::Toml { line, message: error.message().lines().next().unwrap_or_default().to_owned() }
}

mod prefixed {
    use ledger::Hash;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(hash: &Hash, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&format_args!("sha256:{hash}"))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Hash, D::Error> {
        let digits = String::deserialize(d)?;
        let hash = digits.strip_prefix("sha256:").and_then(|digits| digits.parse().ok());
        hash.ok_or_else(|| D::Error::custom("not a digest (sha256: and 64 hexadecimal digits)"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found = match Hypotheses::parse(text) {
            Ok(hypotheses) => String::from_utf8(ledger::canonical::bytes(&hypotheses.list())).expect("JSON is UTF-8"),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn kinds() {
        check("[[hypothesis]]\nkind = \"storage\"", r#"[{"from":null,"kind":"storage","to":null}]"#);
        check(
            "[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-2\", \"gw-1\"]\nfrom = 2020-11-02T02:00:00+02:00",
            r#"[{"from":"2020-11-02T00:00:00.000Z","kind":"host","to":null,"workers":["gw-1","gw-2"]}]"#,
        );
        let digits = "ab".repeat(32);
        check(
            &format!("[[hypothesis]]\nkind = \"carrier-key\"\ncertificate = \"sha256:{digits}\""),
            &format!(r#"[{{"certificate":"sha256:{digits}","from":null,"kind":"carrier-key","to":null}}]"#),
        );
        check(
            &format!("[[hypothesis]]\nkind = \"traffic\"\ncertificate = \"sha256:{digits}\""),
            &format!(r#"[{{"certificate":"sha256:{digits}","from":null,"kind":"traffic","to":null}}]"#),
        );
        check(
            "[[hypothesis]]\nkind = \"warden\"\n[[hypothesis]]\nkind = \"co-holder\"",
            r#"[{"from":null,"kind":"warden","to":null},{"from":null,"kind":"co-holder","to":null}]"#,
        );
        check(
            "[[hypothesis]]\nkind = \"warden\"\n[[hypothesis]]\nkind = \"principal\"\nprincipal = \"support-7\"",
            r#"[{"from":null,"kind":"warden","to":null},{"from":null,"kind":"principal","principal":"support-7","to":null}]"#,
        );
    }

    #[test]
    fn refusals() {
        check("", "there is no [[hypothesis]] table: state at least one");
        let kind = |rest: &str| format!("[[hypothesis]]\nkind = {rest}");
        let known =
            "unknown kind; known are storage, host, principal, warden, co-holder, carrier-key, traffic and collusion";
        check(&kind("\"theft\""), &format!("hypothesis 1: {known}"));
        check(&kind("\"co-holder\"\nworkers = []"), "hypothesis 1: `workers` does not belong to kind `co-holder`");
        check(&kind("\"traffic\""), "hypothesis 1: kind `traffic` needs `certificate`");
        check(&kind("\"storage\"\nworkers = []"), "hypothesis 1: `workers` does not belong to kind `storage`");
        check(&kind("\"principal\""), "hypothesis 1: kind `principal` needs `principal`");
        let digest = "digest (sha256: and 64 hexadecimal digits)";
        check(
            &kind("\"carrier-key\"\ncertificate = \"ab\""),
            &format!("hypothesis 1: `certificate` is not a {digest}"),
        );
        let day = "time with offset, to the millisecond (2020-11-02T00:00:00Z)";
        check(&kind("\"warden\"\nfrom = 2020-11-02"), &format!("hypothesis 1: `from` is not a {day}"));
        check(&kind("\"warden\"\nto = 2020-11-02T00:00:00.0001Z"), &format!("hypothesis 1: `to` is not a {day}"));
        check(&kind("\"warden\"\nto = 2020-11-02T00:00:60Z"), &format!("hypothesis 1: `to` is not a {day}"));
        check(&kind("\"warden\"\nto = 0001-01-01T00:00:00+01:00"), &format!("hypothesis 1: `to` is not a {day}"));
        check(
            &kind("\"warden\"\nfrom = 2020-11-02T00:00:01Z\nto = 2020-11-02T00:00:00Z"),
            "hypothesis 1: `from` is after `to`",
        );
        let error = Hypotheses::parse(&kind("\"warden\"\nsince = 1")).expect_err("an unknown key");
        assert!(matches!(error, Error::Toml { line: 3, ref message } if message.contains("since")), "{error}");
        assert_eq!(Hypotheses::parse(&" ".repeat(OCTETS_MAX + 1)), Err(Error::TooLong));
    }
}
