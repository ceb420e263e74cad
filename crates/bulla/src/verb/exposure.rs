//! `bulla exposure`: what would be lost now, before anything is.

use super::{
    Access, Ending,
    assess::{evidence, question::Question},
    pins,
    table::Table,
};
use anyhow::{Context, Result};
use clap::Args;
use incident::Assessment;
use ledger::Province;
use std::{
    io::{ErrorKind, Write},
    path::PathBuf,
};

/// If everything were taken this minute: gateway, warden and their disks
///
/// The same computation as `assess`, over the whole ledger, with a beginning of now: rows whose keys exist, what the gateways had in
/// memory since their machines' last start, and what they may have stored and not entered yet. Run it by a timer, with a budget: exit code
/// 1 says that it is exceeded.
#[derive(Args)]
pub struct Exposure {
    /// Rows that may be exposed; above, it is said and the exit code is 1
    #[arg(long)]
    budget: Option<u64>,
    /// What you know of the ledger from elsewhere: it decides the level. Without it the level is 0
    #[arg(long)]
    pins: Option<PathBuf>,
    /// Instead of asking the gateway: a warden's DIR/ledger, or a copy of it
    #[arg(long)]
    ledger: Option<PathBuf>,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

impl Exposure {
    /// Fetches, computes, prints.
    pub fn run(&self) -> Result<Ending> {
        let dir = std::env::temp_dir();
        let evidence = match &self.ledger {
            Some(ledger) => evidence::read(ledger, &dir)?,
            None => evidence::fetch(&self.access, &dir)?,
        };
        let beside = evidence.beside()?;
        let pins = self.pins.as_deref().map(pins::read).transpose()?;
        let now = jiff::Timestamp::now();
        let of = |kind: &str, from: &str| format!("[[hypothesis]]\nkind = \"{kind}\"\n{from}");
        let from = format!("from = {now:.3}\n");
        let hypothesis = [of("storage", ""), of("host", &from), of("warden", &from)].concat();
        let question = Question { evidence: &evidence, beside: &beside, hypothesis: &hypothesis, pins: pins.as_ref() };
        let found = question.answer().context("the ledger cannot be read")?.assessment;
        let rows = found.at_most.rows;
        let over = self.budget.filter(|budget| rows > *budget);
        // Before all else: whoever reads the rest may be gone, or its disk full.
        if let Some(budget) = over {
            eprintln!(
                "ALARM: {rows} rows are exposed, {budget} may be\n\nhint: shorter retention, or `bulla retention status`; what a host received \
                 since its machine's last start counts until the next one"
            );
        }
        let shown = if self.json { summary(&found) } else { in_words(&found) };
        match std::io::stdout().write_all(shown.as_bytes()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("the figures cannot be written"),
            _ => Ok(if over.is_some() { Ending::Refused } else { Ending::Done }),
        }
    }
}

fn summary(found: &Assessment) -> String {
    let summary = ledger::canonical::bytes(&serde_json::json!({
        "size": found.checkpoint.size,
        "time": found.checkpoint.time,
        "level": found.level,
        "rows": found.at_most.rows,
        "parties": found.at_most.parties,
        "shippers": found.at_most.shippers,
        "by_province": found.by_province,
        "by_month": found.by_month,
    }));
    String::from_utf8_lossy(&summary).into_owned() + "\n"
}

fn in_words(found: &Assessment) -> String {
    let (most, seen) = (&found.at_most, &found.checkpoint);
    let most = format!(
        "If everything were taken this minute: {} rows (parcels), {} parties, {} shippers on record, at level {} ({})",
        most.rows,
        most.parties,
        most.shippers,
        found.level,
        found.level.meaning()
    );
    let seen = format!(
        "Ledger of {} entries, cosigned at {}. What came after that, or would come to a taken host, is in no figure.",
        seen.size, seen.time
    );
    let mut table = Table::new(&["PROVINCE", "ROWS", "WITH UNKNOWN"]);
    for share in &found.by_province {
        table.row([share.province.to_string(), share.rows.to_string(), share.at_most.to_string()]);
    }
    let unknown = unknown(found).map_or_else(String::new, |words| format!("{words}\n"));
    let memory = "What a gateway's host received since its machine's last start counts whole, also once its keys are destroyed: it may be in memory.";
    let elsewhere = found.if_the_warden_stood_elsewhere.as_ref().map_or_else(String::new, |most| {
        format!("If the warden stood on a host of its own, which pins can show: {} rows on record\n", most.rows)
    });
    format!("{most}\n{elsewhere}{seen}\n{memory}\n{table}{unknown}")
}

/// Where rows of no known province come from; none where there are none.
fn unknown(found: &Assessment) -> Option<String> {
    let rows = found.by_province.iter().find(|share| share.province == Province::Unknown)?.rows;
    let beyond = found.gaps.iter().fold(0_u64, |sum, gap| sum.saturating_add(gap.rows));
    Some(format!(
        "UNKNOWN: of {rows} rows nobody has told the province, and each may be in any, so that WITH UNKNOWN has them everywhere. \
         They are rows of bodies that were counted and not sealed (refused, repeated), which may still be in a gateway's memory; at \
         most {beyond} that gateways may have stored and not entered; and sealed ones whose header is not here, or whose address \
         tells no province (a postal code that begins with X is of NU or of NT)."
    ))
}
