//! `bulla-warden --config FILE`: the same as `bulla warden`, with nothing else in the binary.

use clap::Parser;
use std::{error::Error as _, path::PathBuf, process::ExitCode};

/// The process with the private keys: opens, logs, shreds.
#[derive(Parser)]
#[command(name = "bulla-warden", version)]
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
    match warden::run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bulla-warden: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::from(2)
        }
    }
}
