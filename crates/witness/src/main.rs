//! `bulla-witness --config FILE`: the same as `bulla witness`, with nothing else in the binary.

use clap::Parser;
use std::{error::Error as _, path::PathBuf, process::ExitCode};

/// Cosigns a ledger's checkpoints if they continue the last one, and keeps a copy of its entries.
#[derive(Parser)]
#[command(name = "bulla-witness", version)]
struct Arguments {
    /// The configuration, a TOML file.
    #[arg(long)]
    config: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match std::fs::read_to_string(&arguments.config) {
        Ok(text) => toml::from_str(&text).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{}: {error}", arguments.config.display());
            return ExitCode::from(2);
        }
    };
    let Err(error) = witness::run(config).await else { return ExitCode::SUCCESS };
    eprintln!("bulla-witness: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    if let Some(hint) = error.hint() {
        eprintln!("\nhint: {hint}");
    }
    ExitCode::from(2)
}
