//! What people type. Each verb is a file; this one is their table, and what they share.

mod access;
mod agent;
mod approve;
mod as2;
mod asker;
mod assess;
mod authority;
mod canary;
mod check;
mod count;
mod delivery;
mod drill;
mod exposure;
mod find;
mod fsck;
mod interchange;
mod ledger;
mod log;
mod open;
mod partner;
mod pins;
mod retention;
mod send;
mod statement;
mod table;
mod token;
mod totals;
mod verify;

use crate::{carrier, config, role::Role, serve, wire};
use anyhow::{Result, anyhow};
use clap::{Args, Parser, Subcommand};
use confinement::Needs;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    thread::available_parallelism,
    time::Duration,
};

pub use access::Access;

/// An EDI gateway and sealed vault for parcel shipping manifests.
///
/// Start everything on this machine with `bulla serve --demo`; it prints what to try next. Exit codes: 0 done
/// (warnings too), 1 refused, 2 could not; `bulla verify` has three more.
#[derive(Parser)]
#[command(name = "bulla", version)]
pub struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run gateway, warden and witness as processes (and with --demo a carrier, two shippers, and their keys)
    Serve(Serve),
    /// Check an EDI file on this machine and show its findings, or the acknowledgement that it would get
    Check(check::Check),
    /// Send an EDI file; its acknowledgement is printed
    Send(send::Send),
    /// Documents as received, and their acknowledgements
    #[command(subcommand)]
    Interchange(interchange::Interchange),
    /// Documents on their way to carriers
    #[command(subcommand)]
    Delivery(delivery::Delivery),
    /// Find parcels by tracking number, manifest or order: operational data and status, nothing personal
    Find(find::Find),
    /// Check a stopped gateway's disk: every sealed batch, every delivery copy, and that each parcel is found
    Fsck(fsck::Fsck),
    /// Open sealed fields of a parcel: logged and cosigned before it happens
    Open(open::Open),
    /// Open parcels in a browser, by a page of this machine's own that holds your key
    Agent(agent::Agent),
    /// Count people without showing anybody: a number, logged and cosigned before it is found
    Count(count::Count),
    /// Sign, as the second person, what somebody else wants to open
    Approve(approve::Approve),
    /// The warden's transparency log
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// What is kept until when, and forgetting it
    #[command(subcommand)]
    Retention(retention::Retention),
    /// After an incident: at most what could have been read, with proof
    Assess(assess::Assess),
    /// A made-up parcel goes the whole way and is opened and compared
    #[command(subcommand)]
    Canary(canary::Canary),
    /// What a shipper signs of what it sent: it bounds a taken gateway
    #[command(subcommand)]
    Totals(totals::Totals),
    /// What is still held of a shipper's month, until when, and who opened what of it
    Statement(statement::Statement),
    /// Before any incident: what would be lost if everything were taken this minute
    Exposure(exposure::Exposure),
    /// Check an assessment's bundle, offline
    Verify(verify::Verify),
    /// The story of November 2020 again, as it was and as it would have been
    #[command(subcommand)]
    Drill(drill::Drill),
    /// Shippers, carriers and their agreements
    #[command(subcommand)]
    Partner(partner::Partner),
    /// Tokens of the HTTP interface: what each is good for, and until when
    #[command(subcommand)]
    Token(token::Token),
    /// Who this gateway is to its AS2 partners: name, certificates, their renewal
    #[command(subcommand)]
    As2(as2::As2),
    /// What officers decide and sign: who may open, to whom documents are encrypted
    #[command(subcommand)]
    Authority(authority::Authority),
    /// Run one gateway, as `serve` does, in this process
    Gateway(One),
    /// Run one warden, or renew it on another host, as `bulla-warden` does
    Warden(warden::command::Command),
    /// Run one witness, or make its key, as `bulla-witness` does
    Witness(witness::command::Command),
    /// Run the demo's carrier
    Carrier(One),
}

#[derive(Args)]
struct Serve {
    /// Where everything is kept; made if it is not there
    #[arg(long, default_value = "./bulla-data")]
    data: PathBuf,
    /// Also make and run a demo carrier, and two demo shippers with their tokens
    #[arg(long)]
    demo: bool,
    /// Where the gateway listens; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8700")]
    listen: SocketAddr,
}

#[derive(Args)]
struct One {
    /// The role's configuration; `bulla serve` writes one into each role's directory
    #[arg(long)]
    config: PathBuf,
}

/// How a verb ended, when it could be done at all.
pub enum Ending {
    /// What was asked is done, with warnings perhaps.
    Done,
    /// What was asked was refused; why is on stderr.
    Refused,
    /// A bundle holds: what that is worth is on stdout.
    Verdict(incident::bundle::Verdict),
}

/// Runs what was typed.
pub fn run(command: Command) -> ExitCode {
    let result = match command.verb {
        Verb::Serve(it) => serve::serve(&it.data, it.listen, it.demo).map(|()| Ending::Done),
        Verb::Check(it) => it.run(),
        Verb::Send(it) => it.run(),
        Verb::Interchange(it) => it.run(),
        Verb::Delivery(it) => it.run(),
        Verb::Find(it) => it.run(),
        Verb::Fsck(it) => it.run(),
        Verb::Open(it) => it.run(),
        Verb::Count(it) => it.run(),
        Verb::Agent(it) => it.run(),
        Verb::Approve(it) => it.run(),
        Verb::Ledger(it) => it.run(),
        Verb::Retention(it) => it.run(),
        Verb::Assess(it) => it.run(),
        Verb::Canary(it) => it.run(),
        Verb::Exposure(it) => it.run(),
        Verb::Statement(it) => it.run(),
        Verb::Drill(it) => it.run(),
        Verb::Totals(it) => it.run(),
        Verb::Verify(it) => it.run(),
        Verb::Partner(it) => it.run(),
        Verb::Token(it) => it.run(),
        Verb::As2(it) => it.run(),
        Verb::Authority(it) => it.run(),
        Verb::Gateway(it) => role(Role::Gateway, &it.config, config::Gateway::needs, wire::run),
        Verb::Warden(it) => match it.config() {
            Some(config) => {
                role(Role::Warden, config, warden::Config::needs, |config| async { Ok(warden::run(config).await?) })
            }
            None => it.act().map(|()| Ending::Done).map_err(|error| anyhow!(error)),
        },
        Verb::Witness(it) => match it.config() {
            Some(config) => role(Role::Witness, config, witness::Config::needs, |config| async {
                witness::run(config).await.map_err(with_hint)
            }),
            None => it.act().map(|()| Ending::Done).map_err(|error| anyhow!(error)),
        },
        Verb::Carrier(it) => role(Role::Carrier, &it.config, config::Carrier::needs, carrier::run),
    };
    match result {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Refused) => ExitCode::from(1),
        Ok(Ending::Verdict(verdict)) => ExitCode::from(verdict.exit_code()),
        Err(error) => {
            eprintln!("bulla: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// A witness's error for people: what to do about it follows after a blank line.
fn with_hint(error: witness::Error) -> anyhow::Error {
    match error.hint() {
        Some(hint) => anyhow!("{:#}\n\nhint: {hint}", anyhow::Error::new(error)),
        None => error.into(),
    }
}

/// Threads that may wait at once: for every connection that a role takes by default one whose body waits for credit, and as many
/// for what gives it.
const BLOCKING_MAX: usize = 1_024;

/// How long what was begun may take when all else has ended.
const STOPPING: Duration = Duration::from_secs(30);

fn role<C, F>(name: Role, path: &Path, needs: impl FnOnce(&C) -> Needs, run: impl FnOnce(C) -> F) -> Result<Ending>
where
    C: serde::de::DeserializeOwned,
    F: Future<Output = Result<()>>,
{
    let protection = memory::protect();
    serve::die_with_parent()?;
    let config = config::read(path)?;
    eprintln!("{name}: {protection}");
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    // How many processors it is given (cgroups) a confined process cannot read.
    available_parallelism().map(|cores| runtime.worker_threads(cores.get())).ok();
    // Before there are other threads: they have the limits of the one that starts them.
    eprintln!("{name}: {}", confinement::confine(&needs(&config)));
    let runtime = runtime.on_thread_park(memory::wipe).max_blocking_threads(BLOCKING_MAX).enable_all().build()?;
    let ended = runtime.block_on(run(config));
    // Whoever still waits to hear from a database what became of a transaction is let go: the next start finds out.
    runtime.shutdown_timeout(STOPPING);
    ended?;
    Ok(Ending::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn no_two_arguments_have_one_name() {
        Command::command().debug_assert();
    }
}
