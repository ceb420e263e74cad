//! `bulla totals`: what a shipper signs of what it sent, so that a gateway that was taken can be bounded by others than itself.

use super::{
    Access, Ending,
    assess::signed,
    check, log, retention,
    table::{Table, time},
};
use crate::{named, people::SecretSeed};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use edi::{Census, Limits, Rules};
use ledger::{Pseudonym, SentTotals, SentTotalsRecord, Time, canonical};
use std::path::PathBuf;

/// A shipper's signed word on how much it sent: after an incident it bounds what a taken gateway's own record cannot
///
/// A file a day, also for days on which nothing was sent, kept where the gateway is not. Officers enrol the key (`[[shipper]]` in
/// the file of `bulla authority people`); `bulla assess --totals FOLDER` reads them, if they are called `*.json`.
#[derive(Subcommand)]
pub enum Totals {
    /// Make a shipper's key for its totals: a file to be kept away from the gateway. Prints its public half
    Init {
        /// Where the private key is written; never over a file that is there
        #[arg(long)]
        key: PathBuf,
    },
    /// Sign what was sent on a day that is over
    Sign(Box<Sign>),
    /// What files of totals say
    Show {
        /// Files, or folders, whose *.json are read
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// What was sent, by whom, when.
#[derive(Args)]
pub struct Sign {
    /// The shipper, as the ledger calls it (`bulla partner list`)
    #[arg(long)]
    shipper: Pseudonym,
    /// The day, in UTC: 2026-11-25
    #[arg(long)]
    day: String,
    /// The last day, if it is for several
    #[arg(long)]
    through: Option<String>,
    /// The shipper's private key
    #[arg(long)]
    key: PathBuf,
    /// Where the totals are written: call it DAY.json, since of a folder only *.json is read
    #[arg(long)]
    out: PathBuf,
    /// Bodies, parcels and parties, if they are not to be counted in files: 12,480,960
    #[arg(long, value_delimiter = ',', conflicts_with = "sent")]
    counts: Option<Vec<u64>>,
    /// The newest checkpoint, in a file from a witness; otherwise the gateway is asked
    #[arg(long)]
    note: Option<PathBuf>,
    /// The files that were sent, as they were sent; none: nothing was
    sent: Vec<PathBuf>,
    #[command(flatten)]
    access: Access,
}

impl Totals {
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::Init { key } => println!("{}", SecretSeed::make_new(key)?),
            Self::Sign(sign) => sign.run()?,
            Self::Show { files } => show(&signed::read(files, named::PAPER_OCTETS_MAX, "totals")?),
        }
        Ok(Ending::Done)
    }
}

impl Sign {
    fn run(&self) -> Result<()> {
        let from = day(&self.day)?;
        let to = day(self.through.as_ref().unwrap_or(&self.day))?.plus_days(1);
        let seen = match &self.note {
            Some(path) => named::text(path, tlog::note::NOTE_OCTETS_MAX as u64)?,
            None => log::checkpoint(&self.access)?,
        };
        // A witness's clock may be wrong by so much, and a verifier counts with that.
        let late = Time::from_milliseconds(to.milliseconds() + 300_000);
        let cosigned = earliest(&seen).context("no witness has cosigned the newest checkpoint")?;
        if cosigned < late {
            bail!(
                "the day is not over: the newest checkpoint was cosigned at {}\n\nhint: clocks may differ by five minutes: sign \
                 after {}",
                time(cosigned),
                time(late)
            );
        }
        let [bodies, rows, parties] = self.counts()?;
        let origin = seen.lines().next().unwrap_or_default().to_owned();
        let record = SentTotalsRecord { origin, shipper: self.shipper.clone(), from, to, bodies, rows, parties, seen };
        let totals = SentTotals::new(record, &SecretSeed::read(&self.key)?);
        let octets = [canonical::bytes(&totals), b"\n".to_vec()].concat();
        std::fs::write(&self.out, octets).with_context(|| format!("cannot write {}", self.out.display()))?;
        // Whoever wrote a gateway's file of partners may have called one otherwise.
        if !self.shipper.as_str().starts_with("S-") {
            eprintln!(
                "note: signed for `{}`; a ledger's name of a shipper is mostly as S-3f9c01d27ab4. Look at what `bulla partner list` \
                 calls this one: under another name its totals count for nobody",
                self.shipper
            );
        }
        show(&[totals]);
        Ok(())
    }

    fn counts(&self) -> Result<[u64; 3]> {
        if let Some(counts) = &self.counts {
            return counts.as_slice().try_into().context("three numbers: bodies, parcels, parties");
        }
        let mut sums = [0; 3];
        for path in &self.sent {
            let octets = named::octets(path, check::OCTETS_MAX)?;
            let Census { rows, parties } = census(&octets);
            for (sum, more) in sums.iter_mut().zip([1, rows, parties]) {
                *sum += more;
            }
        }
        Ok(sums)
    }
}

/// As the gateway counts a body.
fn census(octets: &[u8]) -> Census {
    let (limits, rules) = (Limits { octets: octets.len().max(1), ..Limits::default() }, Rules::default());
    let mut sums = Census { rows: 0, parties: 0 };
    for (interchange, ..) in edi::interchanges(octets, &limits, &rules) {
        let own = edi::census(&interchange);
        sums = Census { rows: sums.rows + own.rows, parties: sums.parties + own.parties };
    }
    sums
}

fn show(all: &[SentTotals]) {
    let mut table = Table::new(&["SHIPPER", "FROM", "TO", "BODIES", "PARCELS", "PARTIES", "SIGNED AFTER"]);
    for SentTotals { record, .. } in all {
        let SentTotalsRecord { shipper, from, to, bodies, rows, parties, seen, .. } = record;
        let numbers = [bodies, rows, parties].map(ToString::to_string);
        let after = earliest(seen).map_or_else(|| "-".to_owned(), time);
        table.row([vec![shipper.to_string(), time(*from), time(*to)], numbers.to_vec(), vec![after]].concat());
    }
    table.print();
}

/// The first of the witnesses' times, as the note claims it.
fn earliest(note: &str) -> Option<Time> {
    let (_, lines) = tlog::note::split(note.as_bytes()).ok()?;
    let seconds = lines.iter().filter_map(tlog::SignatureLine::claimed_time).min()?;
    Some(Time::from_milliseconds(i64::try_from(seconds).ok()?.checked_mul(1000)?))
}

fn day(text: &str) -> Result<Time> {
    if text.len() == 10 { retention::moment(text) } else { bail!("{text:?} is no day\n\nhint: write 2026-11-25") }
}
