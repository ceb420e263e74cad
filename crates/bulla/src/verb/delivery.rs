//! `bulla delivery`: documents on their way to carriers.

use super::{
    Access, Ending,
    access::json,
    table::{Table, or_none, time},
};
use anyhow::Result;
use clap::{Args, Subcommand};

/// Documents on their way to carriers
#[derive(Subcommand)]
pub enum Delivery {
    /// The latest, newest first
    List {
        /// Print JSON, for programs
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

/// Which delivery, for the verbs that take one.
#[derive(Args)]
pub struct One {
    /// The id that `bulla delivery list` shows
    id: String,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

impl Delivery {
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::List { json: as_json, access } => list(access, *as_json)?,
            Self::Show(one) => one.print(&one.access.get_json(&format!("/v1/deliveries/{}", one.id))?)?,
            Self::Resend(one) => one.act("resend")?,
            Self::Hold(one) => one.act("hold")?,
            Self::Release(one) => one.act("release")?,
        }
        Ok(Ending::Done)
    }
}

impl One {
    fn act(&self, action: &str) -> Result<()> {
        let path = format!("/v1/deliveries/{}/{action}", self.id);
        self.print(&json(&self.access.post(&path, "application/json", Vec::new())?)?)
    }

    fn print(&self, delivery: &api::gateway::Delivery) -> Result<()> {
        if self.json {
            println!("{}", serde_json::to_string(delivery)?);
            return Ok(());
        }
        let lines = [
            ("id", delivery.id.to_string()),
            ("interchange", delivery.interchange.to_string()),
            ("carrier", delivery.carrier.clone()),
            ("state", delivery.state.to_string()),
            ("attempts", delivery.attempts.to_string()),
            ("next_attempt", or_none(delivery.next_attempt.map(time))),
            ("created", time(delivery.created)),
            ("acknowledged", or_none(delivery.acknowledged.map(time))),
            ("answer", or_none(delivery.answer.clone())),
            ("answered", or_none(delivery.answered.map(time))),
            ("octets", delivery.octets.to_string()),
            ("digest", delivery.digest.to_string()),
        ];
        for (name, value) in lines {
            println!("{name:13} {value}");
        }
        for attempt in delivery.history.iter().flatten() {
            println!("{:13} {} {}", time(attempt.time), attempt.outcome, attempt.answer);
        }
        Ok(())
    }
}

fn list(access: &Access, as_json: bool) -> Result<()> {
    let list: Vec<api::gateway::Delivery> = access.get_json("/v1/deliveries")?;
    if as_json {
        println!("{}", serde_json::to_string(&list)?);
        return Ok(());
    }
    let mut table = Table::new(&[
        "DELIVERY",
        "CARRIER",
        "STATE",
        "ATTEMPTS",
        "LAST ANSWER",
        "NEXT ATTEMPT",
        "CARRIER SAYS",
        "CREATED",
    ]);
    for item in list {
        table.row([
            item.id.to_string(),
            item.carrier,
            item.state.to_string(),
            item.attempts.to_string(),
            or_none(item.last_answer),
            or_none(item.next_attempt.map(time)),
            or_none(item.answer),
            time(item.created),
        ]);
    }
    table.print();
    Ok(())
}
