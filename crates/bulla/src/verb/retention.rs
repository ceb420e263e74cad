//! `bulla retention`: what is kept until when, and forgetting it.

use super::{
    Access, Ending,
    access::json,
    table::{Table, cell},
};
use anyhow::{Context, Result};
use clap::Subcommand;
use ledger::Time;

/// What is kept until when, and forgetting it
#[derive(Subcommand)]
pub enum Retention {
    /// Every period: its classes, its end, whether its key exists
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Destroy the private keys of all periods that have ended; logged and cosigned before, logged after
    Run {
        /// As if it were this moment (2027-05-01 or RFC 3339); in a demo only
        #[arg(long)]
        now: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
}

impl Retention {
    /// Asks and prints.
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::Status { json, access } => status(access, *json)?,
            Self::Run { now, json, access } => run(access, now.as_deref(), *json)?,
        }
        Ok(Ending::Done)
    }
}

fn status(access: &Access, as_json: bool) -> Result<()> {
    let list = access.get_json("/v1/retention")?;
    if as_json {
        println!("{list}");
        return Ok(());
    }
    let mut table = Table::new(&["PERIOD", "CLASSES", "ENDS", "KEY", "BORN", "SHREDDED"]);
    for item in list.as_array().into_iter().flatten() {
        table.row(["period", "classes", "ends", "state", "born", "shred"].map(|name| cell(&item[name])));
    }
    table.print();
    Ok(())
}

fn run(access: &Access, now: Option<&str>, as_json: bool) -> Result<()> {
    let now = now.map(moment).transpose()?;
    let body = serde_json::json!({ "now": now }).to_string();
    let done = json(&access.post("/v1/retention", "application/json", body.into_bytes())?)?;
    if as_json {
        println!("{done}");
        return Ok(());
    }
    let shredded = done["shredded"].as_array().map_or(&[][..], Vec::as_slice);
    eprintln!("{} periods had ended by {} and were shredded", shredded.len(), cell(&done["time"]));
    let mut table = Table::new(&["PERIOD", "INTENT", "SHREDDED"]);
    for item in shredded {
        table.row(["period", "intent", "shred"].map(|name| cell(&item[name])));
    }
    if !shredded.is_empty() {
        table.print();
    }
    Ok(())
}

/// A day (its midnight, UTC) or a moment.
pub fn moment(text: &str) -> Result<Time> {
    let stamp: jiff::Timestamp = if text.len() == 10 { format!("{text}T00:00:00Z").parse() } else { text.parse() }
        .with_context(|| format!("{text:?} is no moment\n\nhint: write 2027-05-01 or 2027-05-01T12:00:00Z"))?;
    Ok(Time::from_milliseconds(stamp.as_millisecond()))
}
