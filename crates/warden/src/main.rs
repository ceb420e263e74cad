//! `bulla-warden`: the same as `bulla warden`, with nothing else in the binary.

use clap::Parser;
use std::{process::ExitCode, thread::available_parallelism};
use tokio::runtime::Builder;
use warden::{
    Config,
    command::{Command, in_full, read},
};

#[global_allocator]
static MEMORY: memory::Zeroing = memory::ZEROING;

#[derive(Parser)]
#[command(name = "bulla-warden", version)]
struct Arguments {
    #[command(flatten)]
    command: Command,
}

fn main() -> ExitCode {
    let protection = memory::protect();
    let command = Arguments::parse().command;
    let done = match command.config().map(read) {
        None => command.act(),
        Some(Err(error)) => Err(error),
        Some(Ok(config)) => {
            eprintln!("warden: {protection}");
            run(config)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bulla-warden: {error}");
            ExitCode::from(2)
        }
    }
}

/// Confined before there are other threads: they have the limits of the one that starts them.
fn run(config: Config) -> Result<(), String> {
    let mut runtime = Builder::new_multi_thread();
    // How many processors it is given (cgroups) a confined process cannot read.
    available_parallelism().map(|cores| runtime.worker_threads(cores.get())).ok();
    eprintln!("warden: {}", confinement::confine(&config.needs()));
    let runtime = runtime.on_thread_park(memory::wipe).enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(warden::run(config)).map_err(in_full)
}
