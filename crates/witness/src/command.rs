//! What is typed at a witness's host: run it, or make its key.

use crate::{Config, create};
use clap::{Args, Subcommand};
use std::{
    error::Error as _,
    path::{Path, PathBuf},
};

const CONFIG_OCTETS_MAX: u64 = 1 << 20;

/// Cosigns a ledger's checkpoints if they continue the last one, and keeps a copy of its entries.
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
    /// Make a witness's key in a new directory; prints the public one, for wardens and for readers' pins
    Init {
        /// The directory, as the configuration names it
        #[arg(long)]
        dir: PathBuf,
        /// The key's name, for example audit.example/w1
        #[arg(long)]
        name: String,
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
        if let Some(Deed::Init { dir, name }) = &self.deed {
            println!("{}", create(dir, name).map_err(in_full)?);
        }
        Ok(())
    }
}

/// Reads a configuration file.
///
/// # Errors
/// In words.
pub fn read(path: &Path) -> Result<Config, String> {
    let octets = durable::read(path, CONFIG_OCTETS_MAX).map_err(|error| in_full(error.into()))?;
    toml::from_slice(&octets).map_err(|error| format!("{}: {error}", path.display()))
}

/// An error with its causes and what to do about it, for people.
pub fn in_full(error: crate::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!("\n  because: {error}");
        cause = error.source();
    }
    match error.hint() {
        Some(hint) => format!("{text}\n\nhint: {hint}"),
        None => text,
    }
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
