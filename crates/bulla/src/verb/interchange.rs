//! `bulla interchange`: what came, and what was answered.

use super::{
    Access, Ending,
    access::problem,
    table::{Table, or_none, time},
};
use anyhow::{Result, bail};
use clap::Subcommand;
use std::io::Write;

/// Documents as received, and their acknowledgements
#[derive(Subcommand)]
pub enum Interchange {
    /// The latest, newest first
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// One of them, as JSON
    Show {
        /// The id that `bulla interchange list` shows
        id: String,
        #[command(flatten)]
        access: Access,
    },
    /// The acknowledgement that was given
    Ack {
        /// The id that `bulla interchange list` shows
        id: String,
        #[command(flatten)]
        access: Access,
    },
}

impl Interchange {
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::List { json: as_json, access } => list(access, *as_json)?,
            Self::Show { id, access } => {
                let shown: api::gateway::Interchange = access.get_json(&format!("/v1/interchanges/{id}"))?;
                println!("{}", serde_json::to_string_pretty(&shown)?);
            }
            Self::Ack { id, access } => {
                let answer = access.get(&format!("/v1/interchanges/{id}/acknowledgement"))?;
                if answer.status != 200 {
                    bail!("{}", problem(&answer));
                }
                std::io::stdout().write_all(&answer.body)?;
            }
        }
        Ok(Ending::Done)
    }
}

fn list(access: &Access, as_json: bool) -> Result<()> {
    let list: Vec<api::gateway::Interchange> = access.get_json("/v1/interchanges")?;
    if as_json {
        println!("{}", serde_json::to_string(&list)?);
        return Ok(());
    }
    let mut table = Table::new(&[
        "INTERCHANGE",
        "RECEIVED",
        "SHIPPER",
        "CARRIER",
        "CONTROL",
        "VERDICT",
        "MANIFESTS",
        "PARCELS",
        "LEDGER",
    ]);
    for item in list {
        table.row([
            item.id.to_string(),
            time(item.received),
            or_none(item.shipper),
            or_none(item.carrier),
            or_none(item.control),
            item.verdict.to_string(),
            item.manifests.to_string(),
            item.rows.to_string(),
            or_none(item.ledger),
        ]);
    }
    table.print();
    Ok(())
}
