//! `bulla find`: where a parcel is, without opening anything.

use super::{
    Access, Ending,
    access::json,
    table::{Table, list, or_none, time},
};
use anyhow::{Context, Result, bail};
use api::gateway::{Found, Parcel, Query};
use clap::Args;
use std::io::BufRead;
use zeroize::Zeroizing;

/// Find parcels: operational data, status, history; nothing personal
///
/// A number on the command line stands in the shell's history: `--tracking -` reads numbers from standard input, one a
/// line. Example: bulla find --order NS-410000
#[derive(Args)]
pub struct Find {
    /// A tracking number or SSCC; - reads them from standard input
    #[arg(long, group = "what")]
    tracking: Option<String>,
    /// A manifest's number (BSN02)
    #[arg(long, group = "what")]
    manifest: Option<String>,
    /// An order's number (PRF01)
    #[arg(long, group = "what")]
    order: Option<String>,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

impl Find {
    /// Asks for each number and prints.
    pub fn run(&self) -> Result<Ending> {
        let of = |number: Zeroizing<String>| match (&self.tracking, &self.manifest) {
            (Some(_), _) => Query { tracking: Some(number), ..Query::default() },
            (None, Some(_)) => Query { manifest: Some(number), ..Query::default() },
            (None, None) => Query { order: Some(number), ..Query::default() },
        };
        let Some(value) = self.tracking.as_ref().or(self.manifest.as_ref()).or(self.order.as_ref()) else {
            bail!("say what to find: --tracking, --manifest or --order");
        };
        let mut all = Vec::new();
        for number in numbers(value)? {
            all.extend(search(&self.access, &of(number))?);
        }
        if self.json {
            println!("{}", serde_json::to_string(&all)?);
            return Ok(Ending::Done);
        }
        match all.as_slice() {
            [] => {
                eprintln!("nothing found: nothing of that number is kept, or its index key was shredded");
                return Ok(Ending::Refused);
            }
            [one] => print_one(one),
            many => print_many(many),
        }
        Ok(Ending::Done)
    }
}

/// The number given, or for `-` one a line of standard input.
pub fn numbers(value: &str) -> Result<Vec<Zeroizing<String>>> {
    if value != "-" {
        return Ok(vec![Zeroizing::new(value.to_owned())]);
    }
    let lines = std::io::stdin().lock().lines().collect::<Result<Vec<_>, _>>().context("cannot read standard input")?;
    Ok(lines.into_iter().filter(|l| !l.trim().is_empty()).map(Zeroizing::new).collect())
}

/// The parcels that the gateway finds.
pub fn search(access: &Access, query: &Query) -> Result<Vec<Parcel>> {
    let body = Zeroizing::new(serde_json::to_vec(query)?);
    let found: Found = json(&access.post("/v1/parcels/search", "application/json", body.to_vec())?)?;
    if found.truncated {
        eprintln!("there are more than are shown");
    }
    Ok(found.parcels)
}

fn print_one(parcel: &Parcel) {
    let lines = [
        ("batch", parcel.batch.to_string()),
        ("row", parcel.row.to_string()),
        ("shipper", parcel.shipper.clone()),
        ("carrier", parcel.carrier.clone()),
        ("status", or_none(parcel.status)),
        ("service", or_none(parcel.service.as_ref())),
        ("weight_grams", or_none(parcel.weight_grams)),
        ("ship_date", or_none(parcel.ship_date)),
        ("province", parcel.province.clone()),
        ("country", or_none(parcel.country.as_ref())),
        ("pieces", parcel.pieces.to_string()),
        ("delivery", parcel.delivery.as_ref().map_or("-".into(), |d| format!("{} {}", d.id, d.state))),
    ];
    for (name, value) in lines {
        println!("{name:13} {value}");
    }
    for sealed in &parcel.sealed {
        println!("{:13} {} to period {}", "sealed", list(sealed.classes), sealed.period);
    }
    for event in &parcel.history {
        println!("{:13} {}", time(event.time), event.event);
    }
}

fn print_many(parcels: &[Parcel]) {
    let mut table = Table::new(&[
        "BATCH", "ROW", "SHIPPER", "CARRIER", "STATUS", "SERVICE", "GRAMS", "SHIPPED", "PROVINCE", "DELIVERY",
    ]);
    for parcel in parcels {
        table.row([
            parcel.batch.to_string(),
            parcel.row.to_string(),
            parcel.shipper.clone(),
            parcel.carrier.clone(),
            or_none(parcel.status),
            or_none(parcel.service.as_ref()),
            or_none(parcel.weight_grams),
            or_none(parcel.ship_date),
            parcel.province.clone(),
            or_none(parcel.delivery.as_ref().map(|delivery| delivery.state)),
        ]);
    }
    table.print();
}
