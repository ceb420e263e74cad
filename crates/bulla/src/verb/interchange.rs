//! `bulla interchange`: what came, and what was answered.

use super::{
    Access, Ending,
    access::{json, problem},
    table::{Table, cell},
};
use anyhow::{Result, bail};
use clap::Subcommand;
use std::io::Write;

/// Documents as received, and their acknowledgements
#[derive(Subcommand)]
pub enum Interchange {
    /// The latest, newest first
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// One of them
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        access: Access,
    },
    /// The acknowledgement that was given
    Ack {
        /// Its id
        id: String,
        #[command(flatten)]
        access: Access,
    },
}

impl Interchange {
    /// Asks and prints.
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::List { json: as_json, access } => list(access, *as_json)?,
            Self::Show { id, access } => {
                println!("{}", serde_json::to_string_pretty(&access.get_json(&format!("/v1/interchanges/{id}"))?)?);
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
    let list = json(&access.get("/v1/interchanges")?)?;
    if as_json {
        println!("{list}");
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
    for item in list.as_array().into_iter().flatten() {
        let names = ["id", "received", "shipper", "carrier", "control", "verdict", "manifests", "rows", "ledger"];
        table.row(names.map(|name| cell(&item[name])));
    }
    table.print();
    Ok(())
}
