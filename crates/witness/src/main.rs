//! `bulla-witness`: the same as `bulla witness`, with nothing else in the binary.

use clap::Parser;
use std::process::ExitCode;
use witness::command::{Command, in_full, read};

#[global_allocator]
static MEMORY: memory::Zeroing = memory::ZEROING;

#[derive(Parser)]
#[command(name = "bulla-witness", version)]
struct Arguments {
    #[command(flatten)]
    command: Command,
}

#[tokio::main]
async fn main() -> ExitCode {
    let protection = memory::protect();
    let command = Arguments::parse().command;
    let done = match command.config().map(read) {
        None => command.act(),
        Some(Err(error)) => Err(error),
        Some(Ok(config)) => {
            eprintln!("witness: {protection}");
            witness::run(config).await.map_err(in_full)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bulla-witness: {error}");
            ExitCode::from(2)
        }
    }
}
