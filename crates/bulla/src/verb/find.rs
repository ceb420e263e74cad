//! `bulla find`: where a parcel is, without opening anything.

use super::{
    Access, Ending,
    access::json,
    table::{Table, cell, time},
};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;
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
    /// A manifest's number
    #[arg(long, group = "what")]
    manifest: Option<String>,
    /// An order's number
    #[arg(long, group = "what")]
    order: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

impl Find {
    /// Asks for each number and prints.
    pub fn run(&self) -> Result<Ending> {
        let (what, value) = match (&self.tracking, &self.manifest, &self.order) {
            (Some(value), None, None) => ("tracking", value),
            (None, Some(value), None) => ("manifest", value),
            (None, None, Some(value)) => ("order", value),
            _ => bail!("say what to find: --tracking, --manifest or --order"),
        };
        let mut all = Vec::new();
        for number in numbers(value)? {
            all.extend(search(&self.access, what, &number)?);
        }
        if self.json {
            println!("{}", Value::Array(all));
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
pub fn search(access: &Access, what: &str, number: &str) -> Result<Vec<Value>> {
    let body = Zeroizing::new(serde_json::json!({ what: number }).to_string());
    let found = json(&access.post("/v1/parcels/search", "application/json", body.as_bytes().to_vec())?)?;
    if found["truncated"] == true {
        eprintln!("there are more than are shown");
    }
    Ok(found["parcels"].as_array().cloned().unwrap_or_default())
}

fn print_one(parcel: &Value) {
    let names = [
        "batch",
        "row",
        "shipper",
        "carrier",
        "status",
        "service",
        "weight_grams",
        "ship_date",
        "province",
        "country",
        "pieces",
    ];
    for name in names {
        println!("{name:13} {}", cell(&parcel[name]));
    }
    println!("{:13} {} {}", "delivery", cell(&parcel["delivery"]["id"]), cell(&parcel["delivery"]["state"]));
    for sealed in parcel["sealed"].as_array().into_iter().flatten() {
        println!("{:13} {} to period {}", "sealed", cell(&sealed["classes"]), cell(&sealed["period"]));
    }
    for event in parcel["history"].as_array().into_iter().flatten() {
        println!("{:13} {}", time(event["time"].as_str().unwrap_or_default()), cell(&event["event"]));
    }
}

fn print_many(parcels: &[Value]) {
    let mut table = Table::new(&[
        "BATCH", "ROW", "SHIPPER", "CARRIER", "STATUS", "SERVICE", "GRAMS", "SHIPPED", "PROVINCE", "DELIVERY",
    ]);
    for parcel in parcels {
        let names =
            ["batch", "row", "shipper", "carrier", "status", "service", "weight_grams", "ship_date", "province"];
        let delivery = cell(&parcel["delivery"]["state"]);
        table.row(names.map(|name| cell(&parcel[name])).into_iter().chain([delivery]));
    }
    table.print();
}
