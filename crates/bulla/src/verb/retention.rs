//! `bulla retention`: what is kept until when, and forgetting it.

use super::{
    Access, Ending,
    table::{self, Table, or_none, time},
};
use anyhow::{Result, anyhow};
use api::warden::{PeriodStatus, RetentionDone};
use clap::Subcommand;
use ledger::Time;

/// What is kept until when, and forgetting it
#[derive(Subcommand)]
pub enum Retention {
    /// Every period: its classes, its end, until when officers hold it, whether its key exists, and the ledger's entries of its
    /// beginning and end
    Status {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Destroy the private keys of all periods that have ended now; the warden does it by itself within a minute. Logged and
    /// cosigned before, logged after
    Run {
        /// As if it were this moment (2027-05-01 or RFC 3339); in a demo only
        #[arg(long)]
        now: Option<String>,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
}

impl Retention {
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::Status { json, access } => status(access, *json)?,
            Self::Run { now, json, access } => run(access, now.as_deref(), *json)?,
        }
        Ok(Ending::Done)
    }
}

fn status(access: &Access, as_json: bool) -> Result<()> {
    let list: Vec<PeriodStatus> = access.get_json("/v1/retention")?;
    if as_json {
        println!("{}", serde_json::to_string(&list)?);
        return Ok(());
    }
    let mut table = Table::new(&["PERIOD", "CLASSES", "ENDS", "HELD UNTIL", "KEY", "BORN", "SHREDDED", "WHEN"]);
    for item in list {
        table.row([
            item.period.to_string(),
            table::list(item.classes),
            time(item.ends),
            or_none(item.held.map(time)),
            item.state.to_string(),
            item.born.to_string(),
            or_none(item.shred),
            or_none(item.shredded.map(time)),
        ]);
    }
    table.print();
    Ok(())
}

fn run(access: &Access, now: Option<&str>, as_json: bool) -> Result<()> {
    let wanted = api::gateway::Retention { now: now.map(moment).transpose()? };
    let done: RetentionDone = access.post_json("/v1/retention", &wanted)?;
    if as_json {
        println!("{}", serde_json::to_string(&done)?);
        return Ok(());
    }
    eprintln!("{} periods had ended by {} and were shredded", done.shredded.len(), time(done.time));
    let mut table = Table::new(&["PERIOD", "INTENT", "SHREDDED"]);
    for item in &done.shredded {
        table.row([item.period.to_string(), item.intent.to_string(), item.shred.to_string()]);
    }
    if !done.shredded.is_empty() {
        table.print();
    }
    Ok(())
}

/// A day (its midnight, UTC) or a moment.
pub fn moment(text: &str) -> Result<Time> {
    let stamp: jiff::Timestamp = if text.len() == 10 { format!("{text}T00:00:00Z").parse() } else { text.parse() }
        .map_err(|error| anyhow!("{text:?} is no moment: {error}\n\nhint: write 2027-05-01 or 2027-05-01T12:00:00Z"))?;
    Ok(Time::from_milliseconds(stamp.as_millisecond()))
}
