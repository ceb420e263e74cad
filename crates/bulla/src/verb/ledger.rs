//! `bulla ledger`: the warden's transparency log, checked with pinned keys where it is shown.

use super::{
    Access, Ending,
    log::{checkpoint, fetch, leaves, size_of},
    pins,
    table::{Table, time},
};
use anyhow::{Context, Result};
use clap::Subcommand;
use ledger::{
    CountScope, Entry, Logged,
    entry::{Policy, StartRecord, TickRecord},
};
use std::path::{Path, PathBuf};
use tlog::{Verifier, note};

/// The warden's transparency log
#[derive(Subcommand)]
pub enum Ledger {
    /// Its newest cosigned checkpoint: size, root, who signed and cosigned
    Head {
        /// The C2SP note itself
        #[arg(long)]
        raw: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Its entries, as the warden tells them
    Entries {
        /// The first entry shown, from 0
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Up to before this index
        #[arg(long)]
        until: Option<u64>,
        /// Only of this type, such as intake or intent
        #[arg(long = "type")]
        kind: Option<String>,
        /// The leaves as they are, a line each
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        access: Access,
    },
    /// What the ledger says of itself, as a file of pins: worth something once it is compared with what each organisation
    /// publishes
    Pins {
        /// Who signs and cosigns now, as a C2SP tlog-policy file for other tools, instead
        #[arg(long)]
        policy: bool,
        #[command(flatten)]
        access: Access,
    },
    /// Write checkpoint, tiles and entries to a folder, for someone who checks them elsewhere
    Export {
        /// The folder; made if it is not there
        dir: PathBuf,
        #[command(flatten)]
        access: Access,
    },
}

impl Ledger {
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::Head { raw, access } => head(access, *raw)?,
            Self::Entries { from, until, kind, json, access } => show(access, *from, *until, kind.as_deref(), *json)?,
            Self::Pins { policy: true, access } => print!("{}", pins::policy(access)?),
            Self::Pins { policy: false, access } => print!("{}", pins::of_now(access)?),
            Self::Export { dir, access } => export(access, dir)?,
        }
        Ok(Ending::Done)
    }
}

fn head(access: &Access, raw: bool) -> Result<()> {
    let text = checkpoint(access)?;
    if raw {
        print!("{text}");
        return Ok(());
    }
    let signers = pins::signers(access, &pins::own(access, None)?)?;
    let pins: Vec<Verifier> = std::iter::once(signers.warden).chain(signers.witnesses).collect();
    let opened = note::open(text.as_bytes(), &pins).context("no pinned key has signed this checkpoint")?;
    let checkpoint = opened.checkpoint()?;
    println!("origin  {}", checkpoint.origin());
    println!("size    {}", checkpoint.size());
    println!("root    {}", hex::encode(checkpoint.root()));
    for pin in &pins {
        let Some(verified) = opened.by(pin) else {
            println!("absent  {}", pin.name());
            continue;
        };
        match verified.time {
            None => println!("signed  {}", pin.name()),
            Some(seconds) => println!("cosigned {} at {}", pin.name(), moment(seconds)),
        }
    }
    Ok(())
}

fn moment(seconds: u64) -> String {
    let milliseconds = i64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
    time(ledger::Time::from_milliseconds(milliseconds))
}

fn show(access: &Access, from: u64, to: Option<u64>, kind: Option<&str>, as_json: bool) -> Result<()> {
    let to = match to {
        Some(to) => to,
        None => size_of(&checkpoint(access)?)?,
    };
    let mut table = Table::new(&["INDEX", "TIME", "TYPE", "WHAT"]);
    for (index, leaf) in (from..).zip(leaves(access, from, to)?) {
        let logged =
            Logged::read(&leaf).with_context(|| format!("entry {index} is not of a form that this version knows"))?;
        let (word, what) = essentials(&logged.entry);
        if kind.is_some_and(|kind| kind != word) {
            continue;
        }
        if as_json {
            println!("{}", String::from_utf8_lossy(&leaf));
        } else {
            table.row([index.to_string(), time(logged.time), word.into(), what]);
        }
    }
    if !as_json {
        table.print();
    }
    Ok(())
}

fn decided(policy: &Policy) -> String {
    let record = &policy.record;
    let counts = [
        (record.principals.len(), "principals"),
        (record.carriers.len(), "carriers"),
        (record.shippers.len(), "shippers"),
        (record.agreements.len(), "agreements"),
        (record.holds.len(), "holds"),
        (record.workers.len(), "workers"),
        (usize::from(record.generation.is_some()), "new generation"),
        (record.witnesses.as_ref().map_or(0, |all| all.keys.len()), "witnesses"),
        (record.authority.as_ref().map_or(0, |all| all.officers.len()), "officers"),
    ];
    let said = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    let said = said.collect::<Vec<_>>().join(", ");
    format!("#{}: {said}, signed by {} officers", record.number, policy.signatures.len())
}

fn essentials(entry: &Entry) -> (&'static str, String) {
    match entry {
        Entry::Genesis(it) => ("genesis", it.origin.clone()),
        Entry::Policy(it) => ("policy", decided(it)),
        Entry::Revocation(it) => ("revocation", format!("key {} is nobody's any more", it.record.key)),
        Entry::Lockdown(it) => {
            let what = if it.record.closed { "nothing is opened" } else { "what may be opened is opened again" };
            ("lockdown", format!("#{}: {what}, signed by {} officers", it.record.number, it.signatures.len()))
        }
        Entry::PeriodKey(it) => ("period_key", format!("{} until {}", it.period, time(it.ends))),
        Entry::IndexKey(it) => ("index_key", format!("{} given to {}", it.month, it.worker)),
        Entry::Start(it) => {
            let StartRecord { worker, instance, closes, .. } = &it.record;
            ("start", format!("{worker} started as {instance}, {} earlier starts are over", closes.len()))
        }
        Entry::Tick(it) => ("tick", of_tick(&it.record)),
        Entry::Intake(it) => {
            let record = &it.record;
            (
                "intake",
                format!(
                    "{} #{}: {}, at most {} rows, {} batches",
                    record.worker,
                    record.ticket,
                    record.verdict,
                    record.rows,
                    record.batches.len()
                ),
            )
        }
        Entry::Intent(it) => {
            let scope = &it.request.scope;
            (
                "intent",
                format!(
                    "{} for {} {}: {} rows of batch {}",
                    scope.principal,
                    scope.purpose,
                    scope.ticket,
                    scope.rows.len(),
                    scope.batch
                ),
            )
        }
        Entry::Receipt(it) => ("receipt", format!("{} {}", it.outcome, it.opening)),
        Entry::CountIntent(it) => {
            let CountScope { principal, ticket, periods, .. } = &it.request.scope;
            ("count_intent", format!("{principal} for {ticket}: people of {} periods", periods.len()))
        }
        Entry::Counted(it) => {
            let number = it.people.map_or_else(|| it.outcome.as_str().to_owned(), |people| format!("at most {people}"));
            ("counted", format!("{number} people of {}", it.count))
        }
        Entry::ShredIntent(it) => ("shred_intent", it.period.to_string()),
        Entry::Shred(it) => ("shred", it.period.to_string()),
        Entry::Resurfaced(it) => ("resurfaced", format!("a copy of the key of {} was found", it.period)),
        Entry::Heartbeat(it) => {
            let covered =
                size_of(&it.note).map_or_else(|_| "unreadable".to_owned(), |size| format!("the first {size} entries"));
            ("heartbeat", format!("cosigned: {covered}"))
        }
    }
}

fn of_tick(record: &TickRecord) -> String {
    let TickRecord { worker, next, open, credit, seen, .. } = record;
    let (open, rows, seen) = (open.len(), credit.rows, seen.map_or(0, |seen| seen.size));
    format!("{worker}: all below #{next} but {open} open; may store {rows} rows beyond; saw {seen} entries")
}

fn export(access: &Access, dir: &Path) -> Result<()> {
    let text = checkpoint(access)?;
    let size = size_of(&text)?;
    std::fs::create_dir_all(dir)?;
    std::fs::write(dir.join("checkpoint"), &text)?;
    let paths = tlog::tile::tiles(size).chain(tlog::tile::bundles_between(0, size)).map(|p| p.to_string());
    for path in paths {
        let octets = fetch(access, &format!("/v1/ledger/{path}"))?;
        let file = dir.join(&path);
        std::fs::create_dir_all(file.parent().unwrap_or(dir))?;
        std::fs::write(file, octets)?;
    }
    let mut lines = leaves(access, 0, size)?.join(&b'\n');
    lines.push(b'\n');
    std::fs::write(dir.join("entries.jsonl"), lines)?;
    eprintln!("{} entries, checkpoint and tiles are in {}", size, dir.display());
    Ok(())
}
