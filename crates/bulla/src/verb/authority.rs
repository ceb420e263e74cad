//! `bulla authority`: what officers decide, and sign with keys that no server has.

mod paper;
mod people;

use super::{Access, Ending, access::problem, log};
use crate::people::SecretSeed;
use anyhow::{Context, Result, bail};
use api::warden::{Decided, Head};
use clap::Subcommand;
use ledger::{
    PrincipalId, PublicKey,
    entry::{Lockdown, LockdownRecord, Policy, PolicyRecord, Revocation, RevocationRecord},
};
use paper::{Paper, policy_in_words};
use serde::Serialize;
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
    /// Make a person's keys: one signs what that person asks, answers are sealed to the other. Prints the table for `people`
    Person {
        /// What the ledger calls that person, for example support-8
        name: PrincipalId,
        /// Where NAME.key and NAME.result-key are written; never over what is there
        #[arg(long)]
        dir: PathBuf,
    },
    /// Who signs policies, who may ask, what is held, which gateways work: the file of all of them, as TOML
    People {
        #[command(flatten)]
        access: Access,
    },
    /// Draft what a changed file of `people` says otherwise, for officers to sign. Who is left out may ask nothing any more, and a
    /// hold that is left out is over. A hold keeps what came under an agreement in some months beyond its retention:
    /// `[[hold]] agreement = "A-1", first = "2026-11", last = "2026-11", until = "2027-12-31T00:00:00.000Z"`
    Draft {
        /// The file
        file: PathBuf,
        /// Where the draft is written
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// What is drafted of partners and agreements and not signed yet
    Show {
        /// Write it to this file, for officers to sign
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        access: Access,
    },
    /// Read a draft, and add an officer's signature to its file
    Sign {
        /// The file that `show --out`, `draft --out`, `unlock --out` or `bulla warden draft` wrote
        draft: PathBuf,
        /// The officer's private key
        #[arg(long)]
        key: PathBuf,
    },
    /// Give what is signed to the warden: it is used from then on
    Submit {
        /// The file with the signatures
        file: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Say at once that a person's, gateway's or carrier's key is nobody's any more: what it signs has no effect
    Revoke {
        /// The public key, 64 hexadecimal digits
        public: PublicKey,
        /// The private key of an officer, or that very key's
        #[arg(long)]
        key: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Close the ledger for openings at once: nobody opens anything before two officers have said so
    Lock {
        /// One officer's private key
        #[arg(long)]
        key: PathBuf,
        #[command(flatten)]
        access: Access,
    },
    /// Draft that the ledger is open for openings again; two officers sign it, then it is submitted
    Unlock {
        /// Where the draft is written
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        access: Access,
    },
}

impl Authority {
    /// Makes, shows, signs, submits.
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::Init { key } => println!("{}", SecretSeed::make_new(key)?),
            Self::Person { name, dir } => print!("{}", people::person(name, dir)?),
            Self::People { access } => print!("{}", people::show(access)?),
            Self::Draft { file, out, access } => {
                let record = people::draft(access, file)?;
                print!("{}", policy_in_words(&record));
                write(out, &Policy::new(record, Vec::new()))?;
            }
            Self::Show { out, access } => {
                let policy = Policy::new(draft(access)?, Vec::new());
                print!("{}", policy_in_words(&policy.record));
                if let Some(out) = out {
                    write(out, &policy)?;
                }
            }
            Self::Sign { draft, key } => Paper::read(draft)?.sign(draft, key)?,
            Self::Submit { file, access } => return Paper::read(file)?.submit(access),
            Self::Revoke { public, key, access } => {
                let record = RevocationRecord { origin: head(access)?.0, key: *public };
                let revocation = Revocation::new(record, &SecretSeed::read(key)?);
                return carry(access, "/v1/revocations", &revocation, "revoked: this");
            }
            Self::Lock { key, access } => {
                let record = lockdown(access, true)?;
                let signature = record.sign(&SecretSeed::read(key)?);
                return carry(
                    access,
                    "/v1/lockdown",
                    &Lockdown::new(record, vec![signature]),
                    "closed for openings: this",
                );
            }
            Self::Unlock { out, access } => {
                let draft = Lockdown::new(lockdown(access, false)?, Vec::new());
                print!("{}", paper::lockdown_in_words(&draft.record));
                write(out, &draft)?;
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
        eprint!("{}", policy_in_words(&record));
        eprintln!(
            "drafted, and not used before officers have signed it\n\nhint: bulla authority show --out draft.json; each officer: \
             bulla authority sign draft.json --key FILE; then bulla authority submit draft.json"
        );
        return Ok(Ending::Done);
    };
    let signature = record.sign(&SecretSeed::read(key)?);
    Paper::Policy(Box::new(Policy::new(record, vec![signature]))).submit(access)
}

fn draft(access: &Access) -> Result<PolicyRecord> {
    access.get_json("/v1/policy/draft")
}

/// The ledger's name, and its head.
fn head(access: &Access) -> Result<(String, Head)> {
    let head: Head = serde_json::from_slice(&log::fetch(access, "/v1/ledger/head")?).context("not a ledger's head")?;
    let origin = head.signed.lines().next().context("the head has no checkpoint")?.to_owned();
    Ok((origin, head))
}

/// The next word on whether anything is opened.
fn lockdown(access: &Access, closed: bool) -> Result<LockdownRecord> {
    let (origin, head) = head(access)?;
    match (head.closed, closed) {
        (Some(entry), true) => bail!("the ledger is closed for openings already, since entry {entry}"),
        (None, false) => bail!("the ledger is open for openings"),
        _ => Ok(LockdownRecord { origin, number: head.lockdowns + 1, closed }),
    }
}

/// Takes it to the warden, and says where it stands.
fn carry(access: &Access, path: &str, said: &impl Serialize, what: &str) -> Result<Ending> {
    let answer = access.post(path, "application/json", serde_json::to_vec(said)?)?;
    if answer.status != 200 {
        eprintln!("{}", problem(&answer));
        return Ok(Ending::Refused);
    }
    let decided: Decided = serde_json::from_slice(&answer.body).context("the answer is not of this version")?;
    eprintln!("{what} is ledger entry {}", decided.place.index);
    Ok(Ending::Done)
}

fn write(path: &Path, paper: &impl Serialize) -> Result<()> {
    std::fs::write(path, serde_json::to_vec_pretty(paper)?).with_context(|| format!("cannot write {}", path.display()))
}
