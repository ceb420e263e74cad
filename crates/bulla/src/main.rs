//! Bulla's binary: the roles that run, and the verbs that people use.

mod carrier;
mod clock;
mod config;
mod disclosure;
mod exchange;
mod gateway;
mod incident;
mod keys;
mod metrics;
mod partner;
mod random;
mod role;
mod serve;
mod setup;
mod verb;
mod wire;
mod witness;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    verb::run(verb::Command::parse())
}
