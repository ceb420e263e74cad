//! A statement for people.

use super::{Fate, Kept, Opened, Statement};
use crate::assessment::{People, Totals};
use crate::text::{number, printable, words};
use std::fmt::Write;

impl Statement {
    /// The whole of it.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("a string takes every line");
        printable(&text)
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let Self { shipper, month, checkpoint, received, held, shredded, people, periods, openings, .. } = self;
        writeln!(out, "What is still held of {shipper}, received in {month} ({})", self.schema)?;
        writeln!(
            out,
            "As of entry {} of {}, cosigned by {}, {}",
            number(checkpoint.size),
            checkpoint.origin,
            if checkpoint.cosigners.is_empty() { "nobody".to_owned() } else { checkpoint.cosigners.join(", ") },
            checkpoint.time
        )?;
        for (name, totals) in [("Sealed", received), ("Held", held), ("Shredded", shredded)] {
            writeln!(out, "{name:10}{:>12} rows {:>12} parties", number(totals.rows), number(totals.parties))?;
        }
        if let Some(People { people, intent, counted, .. }) = people {
            writeln!(
                out,
                "Sealed of at most {} different people by name and postal code: counted by the warden, ledger entries {intent} and {counted}",
                number(*people)
            )?;
        }
        for Kept { period, classes, rows, state } in periods {
            writeln!(out, "  {period}: {} rows, {}: {}", number(*rows), words(*classes), fate(*state))?;
        }
        if self.void_batches > 0 {
            writeln!(
                out,
                "{} batches of entries without effect may be of it, and are in no figure",
                number(self.void_batches)
            )?;
        }
        if self.beyond.rows > 0 {
            writeln!(
                out,
                "Gateways may have stored up to {} rows beyond the ledger, of whomever; they are in no figure",
                number(self.beyond.rows)
            )?;
        }
        if *shredded != Totals::default() {
            writeln!(
                out,
                "A key that is destroyed may be in a copy of the warden's files, for as long as such copies are kept"
            )?;
        }
        writeln!(
            out,
            "Delivery copies, which only the carrier's key opens, are in no figure: 14 days after it has them they go, after 30 in any case"
        )?;
        writeln!(out, "Openings: {}", number(openings.len() as u64))?;
        openings.iter().try_for_each(|opened| writeln!(out, "  {}", line(opened)))
    }
}

fn fate(fate: Fate) -> String {
    match fate {
        Fate::Held { until, hold: None } => format!("held until {until}"),
        Fate::Held { until, hold: Some(hold) } => format!("its retention ends {until}; officers hold it until {hold}"),
        Fate::Shredded { entry, time } => format!("key destroyed, ledger entry {entry}, {time} by the warden's clock"),
        Fate::Resurfaced { entry } => format!("key destroyed, and a copy of it found, ledger entry {entry}: held"),
        Fate::Unknown => "the ledger has no word on this key: held".to_owned(),
    }
}

fn line(opened: &Opened) -> String {
    let Opened { intent, time, principal, purpose, ticket, rows, classes, outcome, .. } = opened;
    let ended = outcome.map_or_else(|| "without a receipt".to_owned(), |outcome| outcome.to_string());
    format!(
        "{intent}  {time}  {principal} for {purpose}, {ticket}: {} rows, {}; {ended}",
        number(*rows),
        words(*classes)
    )
}
