//! `bulla delivery`: documents on their way to carriers.

use super::{
    Access, Ending,
    access::json,
    table::{Table, cell, time},
};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::Value;

/// Documents on their way to carriers
#[derive(Subcommand)]
pub enum Delivery {
    /// The latest, newest first
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// One of them with every attempt
    Show(One),
    /// Send the same octets again under the same id; the carrier knows it by that
    Resend(One),
    /// Stop one that is not acknowledged yet
    Hold(One),
    /// Let a held one go on
    Release(One),
}

/// A delivery.
#[derive(Args)]
pub struct One {
    /// Its id
    id: String,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

impl Delivery {
    /// Asks and prints.
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::List { json: as_json, access } => list(access, *as_json)?,
            Self::Show(one) => one.print(&one.access.get_json(&format!("/v1/deliveries/{}", one.id))?),
            Self::Resend(one) => one.act("resend")?,
            Self::Hold(one) => one.act("hold")?,
            Self::Release(one) => one.act("release")?,
        }
        Ok(Ending::Done)
    }
}

impl One {
    fn act(&self, action: &str) -> Result<()> {
        let answer =
            self.access.post(&format!("/v1/deliveries/{}/{action}", self.id), "application/json", Vec::new())?;
        self.print(&json(&answer)?);
        Ok(())
    }

    fn print(&self, delivery: &Value) {
        if self.json {
            println!("{delivery}");
            return;
        }
        for name in [
            "id",
            "interchange",
            "carrier",
            "state",
            "attempts",
            "next_attempt",
            "created",
            "acknowledged",
            "octets",
            "digest",
        ] {
            println!("{name:13} {}", cell(&delivery[name]));
        }
        for attempt in delivery["history"].as_array().into_iter().flatten() {
            println!(
                "{:13} {} {}",
                time(attempt["time"].as_str().unwrap_or_default()),
                cell(&attempt["outcome"]),
                cell(&attempt["answer"])
            );
        }
    }
}

fn list(access: &Access, as_json: bool) -> Result<()> {
    let list = access.get_json("/v1/deliveries")?;
    if as_json {
        println!("{list}");
        return Ok(());
    }
    let mut table = Table::new(&["DELIVERY", "CARRIER", "STATE", "ATTEMPTS", "LAST ANSWER", "NEXT ATTEMPT", "CREATED"]);
    for item in list.as_array().into_iter().flatten() {
        let names = ["id", "carrier", "state", "attempts", "last_answer", "next_attempt", "created"];
        table.row(names.map(|name| cell(&item[name])));
    }
    table.print();
    Ok(())
}
