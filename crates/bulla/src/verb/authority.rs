//! `bulla authority`: what officers decide, and sign with keys that no server has.

use super::{Access, Ending, access::problem};
use crate::people::SecretSeed;
use anyhow::{Context, Result, bail};
use api::warden::Decided;
use clap::Subcommand;
use ledger::entry::{Budget, Policy, PolicyRecord};
use std::path::{Path, PathBuf};

/// Officers decide who may open and to whom documents are encrypted; an operator can only draft it
///
/// A draft is what `bulla partner apply` took over and nobody has signed. Each officer signs it on a machine of their own;
/// once enough have, anyone may submit it.
#[derive(Subcommand)]
pub enum Authority {
    /// Make an officer's key: a file to be kept offline. Its public half goes into warden.toml and gateway.toml
    Init {
        /// Where the private key is written; never over a file that is there
        #[arg(long)]
        key: PathBuf,
    },
    /// What is drafted and not signed yet
    Show {
        /// Write it to this file, for officers to sign
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        access: Access,
    },
    /// Read a draft, and add an officer's signature to its file
    Sign {
        /// The file that `bulla authority show --out` wrote
        draft: PathBuf,
        /// The officer's private key
        #[arg(long)]
        key: PathBuf,
    },
    /// Give a signed policy to the warden: what it decides is used from then on
    Submit {
        /// The file with the signatures
        policy: PathBuf,
        #[command(flatten)]
        access: Access,
    },
}

impl Authority {
    /// Makes, shows, signs, submits.
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::Init { key } => {
                if key.exists() {
                    bail!("{} is there already", key.display());
                }
                println!("{}", SecretSeed::make(key)?);
            }
            Self::Show { out, access } => {
                let policy = Policy::new(draft(access)?, Vec::new());
                print!("{}", in_words(&policy.record));
                if let Some(out) = out {
                    write(out, &policy)?;
                }
            }
            Self::Sign { draft, key } => {
                let policy: Policy = serde_json::from_slice(&std::fs::read(draft)?).context("not a drafted policy")?;
                print!("{}", in_words(&policy.record));
                let signed = sign(policy, key)?;
                write(draft, &signed)?;
                eprintln!("signed: {} has {} signatures", draft.display(), signed.signatures.len());
            }
            Self::Submit { policy, access } => {
                let policy: Policy = serde_json::from_slice(&std::fs::read(policy)?).context("not a policy")?;
                return submit(access, &policy);
            }
        }
        Ok(Ending::Done)
    }
}

/// Signs what is drafted with the officer's key at hand, if there is one and anything is drafted.
pub fn decide(access: &Access, key: Option<&Path>) -> Result<Ending> {
    let record = draft(access)?;
    if record.is_empty() {
        return Ok(Ending::Done);
    }
    let demo = access.demo("authority.key");
    let Some(key) = key.or_else(|| demo.exists().then_some(demo.as_path())) else {
        eprint!("{}", in_words(&record));
        eprintln!(
            "drafted, and not used before officers have signed it\n\nhint: bulla authority show --out draft.json; each officer: \
             bulla authority sign draft.json --key FILE; then bulla authority submit draft.json"
        );
        return Ok(Ending::Done);
    };
    submit(access, &sign(Policy::new(record, Vec::new()), key)?)
}

fn draft(access: &Access) -> Result<PolicyRecord> {
    access.get_json("/v1/policy/draft")
}

fn sign(policy: Policy, key: &Path) -> Result<Policy> {
    let own = policy.record.sign(&SecretSeed::read(key)?);
    let others = policy.signatures.into_iter().filter(|signed| signed.key != own.key);
    Ok(Policy::new(policy.record, others.chain([own.clone()]).collect()))
}

fn submit(access: &Access, policy: &Policy) -> Result<Ending> {
    let answer = access.post("/v1/policy", "application/json", serde_json::to_vec(policy)?)?;
    if answer.status != 200 {
        eprintln!("{}", problem(&answer));
        return Ok(Ending::Refused);
    }
    let decided: Decided = serde_json::from_slice(&answer.body).context("the answer is not of this version")?;
    eprintln!("decided: policy {} is ledger entry {}", policy.record.number, decided.place.index);
    Ok(Ending::Done)
}

fn write(path: &Path, policy: &Policy) -> Result<()> {
    std::fs::write(path, serde_json::to_vec_pretty(policy)?).with_context(|| format!("cannot write {}", path.display()))
}

/// What an officer reads before signing.
fn in_words(record: &PolicyRecord) -> String {
    let mut text = format!("policy {} of {}\n", record.number, record.origin);
    if record.is_empty() {
        text += "  nothing is drafted\n";
    }
    for principal in &record.principals {
        let classes: Vec<_> = principal.classes.iter().map(|class| class.as_str()).collect();
        let (name, key, Budget { hour, day, month }) = (&principal.principal, &principal.key, principal.rows);
        text += &format!(
            "  principal {name}: may open {} (at most {hour} rows an hour, {day} a day, {month} in 30 days), key {key}\n",
            classes.join(", ")
        );
    }
    for carrier in &record.carriers {
        let names = carrier.edi.len();
        text += &format!(
            "  carrier {}: documents are encrypted to certificate sha256:{} and addressed to it under {names} names\n",
            carrier.carrier, carrier.certificate
        );
    }
    for terms in &record.agreements {
        let groups: Vec<_> =
            terms.groups.iter().map(|group| format!("{} for {} days", classes(group), group.days)).collect();
        text += &format!(
            "  agreement {}: {} sends to {}; kept: {}\n",
            terms.agreement,
            terms.shipper,
            terms.carrier,
            groups.join("; ")
        );
    }
    text
}

fn classes(group: &ledger::entry::RetentionGroup) -> String {
    group.classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(" ")
}
