//! What is typed at a warden's host: run it, make its keys, and let it go on with the ledger of the one before it.

use crate::{Config, custody, renewal, system_clock};
use clap::{Args, Subcommand};
use ledger::entry::Policy;
use std::path::{Path, PathBuf};

const CONFIG_OCTETS_MAX: u64 = 1 << 20;
const POLICY_OCTETS_MAX: u64 = 16 << 20;

/// The process with the private keys: opens, logs, shreds.
///
/// With --config it runs. After its host was in other hands a new one takes its place: `init` there, then `draft`, which
/// officers sign (`bulla authority sign`), then `renew`. What is sealed from then on, the old host's keys do not open.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Command {
    /// The configuration, a TOML file
    #[arg(long, required = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    deed: Option<Deed>,
}

#[derive(Debug, Subcommand)]
enum Deed {
    /// Make a warden's keys in a new directory; prints the public one, which the witnesses need
    Init {
        /// The directory, as the configuration names it
        #[arg(long)]
        dir: PathBuf,
        /// The ledger's name, for example post.example/ledger; of a ledger that goes on, the same
        #[arg(long)]
        origin: String,
    },
    /// Draft what officers have to sign so that this warden, or other witnesses, may go on with a ledger
    Draft {
        /// The configuration of the warden that goes on
        #[arg(long)]
        config: PathBuf,
        /// Where the ledger lies: `ledger` in the old warden's directory, or `mirror` in a witness's
        #[arg(long)]
        ledger: PathBuf,
        /// Where the draft is written, for `bulla authority sign`
        #[arg(long)]
        out: PathBuf,
    },
    /// Go on with the ledger: the signed policy is its next entry. The warden must not run
    Renew {
        /// The configuration of the warden that goes on
        #[arg(long)]
        config: PathBuf,
        /// Where the ledger lies: `ledger` in the old warden's directory, or `mirror` in a witness's
        #[arg(long)]
        ledger: PathBuf,
        /// The old warden's directory, for the keys of what was sealed so far; without it that opens no more
        #[arg(long)]
        keys: Option<PathBuf>,
        /// The draft with the officers' signatures
        policy: PathBuf,
    },
}

impl Command {
    /// The configuration to run with; none: it was asked for something else, and [`Command::act`] does that.
    pub fn config(&self) -> Option<&Path> {
        self.config.as_deref().filter(|_| self.deed.is_none())
    }

    /// Does what was asked for, if that is not to run.
    ///
    /// # Errors
    /// In words, with what is behind it.
    pub fn act(&self) -> Result<(), String> {
        match &self.deed {
            None => Ok(()),
            Some(Deed::Init { dir, origin }) => {
                println!("{}", custody::create(dir, origin).map_err(in_full)?);
                Ok(())
            }
            Some(Deed::Draft { config, ledger, out }) => draft(&read(config)?, ledger, out),
            Some(Deed::Renew { config, ledger, keys, policy }) => {
                renew(&read(config)?, ledger, keys.as_deref(), policy)
            }
        }
    }
}

/// Reads a configuration file.
///
/// # Errors
/// In words.
pub fn read(path: &Path) -> Result<Config, String> {
    let octets = durable::read(path, CONFIG_OCTETS_MAX).map_err(in_full)?;
    toml::from_slice(&octets).map_err(|error| format!("{}: {error}", path.display()))
}

fn draft(config: &Config, ledger: &Path, out: &Path) -> Result<(), String> {
    let record = renewal::draft(config, ledger).map_err(in_full)?;
    if record.is_empty() {
        return Err("the ledger names this warden and these witnesses already: there is nothing to sign".to_owned());
    }
    let text = serde_json::to_vec_pretty(&Policy::new(record, Vec::new())).expect("string keys and plain values");
    std::fs::write(out, text).map_err(|error| format!("{}: {error}", out.display()))?;
    eprintln!("drafted: each officer signs it with `bulla authority sign {} --key FILE`", out.display());
    Ok(())
}

fn renew(config: &Config, ledger: &Path, keys: Option<&Path>, policy: &Path) -> Result<(), String> {
    let octets = durable::read(policy, POLICY_OCTETS_MAX).map_err(in_full)?;
    let policy = serde_json::from_slice(&octets).map_err(|error| format!("not a policy: {error}"))?;
    let renewed = renewal::renew(config, ledger, keys, policy, &system_clock()).map_err(in_full)?;
    let renewal::Renewed { generation, entry, keys } = renewed;
    println!("generation {generation} signs the ledger from entry {entry} on");
    println!("taken over: {} private keys of periods, {} index keys", keys.periods, keys.months);
    println!(
        "next: in each witness's configuration the new key becomes log_key, the old one goes to earlier_log_keys; start the \
         witnesses, this warden, and the gateways, which hear the rest from the ledger. Then destroy the old host's disk"
    );
    Ok(())
}

/// An error with its causes, for people.
pub fn in_full(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!("\n  because: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_has_an_end() {
        let refused = read(Path::new("/dev/zero")).err();
        assert_eq!(refused.as_deref(), Some("/dev/zero is longer than 1048576 octets"));
    }
}
