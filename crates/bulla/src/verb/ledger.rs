//! `bulla ledger`: the warden's transparency log, checked with pinned keys where it is shown.

use super::{
    Access, Ending,
    access::problem,
    table::{Table, time},
    verify::pins,
};
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use incident::pins::Role;
use ledger::{Entry, Logged};
use std::path::{Path, PathBuf};
use tlog::{Checkpoint, Verifier, note};

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
    /// Its entries
    Entries {
        /// From this index
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
    /// Write checkpoint, tiles and entries to a folder, for someone who checks them elsewhere
    Export {
        /// The folder; made if it is not there
        dir: PathBuf,
        #[command(flatten)]
        access: Access,
    },
}

impl Ledger {
    /// Asks, checks, prints.
    pub fn run(&self) -> Result<Ending> {
        match self {
            Self::Head { raw, access } => head(access, *raw)?,
            Self::Entries { from, until, kind, json, access } => show(access, *from, *until, kind.as_deref(), *json)?,
            Self::Export { dir, access } => export(access, dir)?,
        }
        Ok(Ending::Done)
    }
}

/// The newest cosigned checkpoint, as the warden wrote it.
pub fn checkpoint(access: &Access) -> Result<String> {
    Ok(String::from_utf8(fetch(access, "/v1/ledger/checkpoint")?)?)
}

/// All leaves from an index up to before another.
pub fn leaves(access: &Access, from: u64, to: u64) -> Result<Vec<Vec<u8>>> {
    let mut leaves = Vec::new();
    while from + (leaves.len() as u64) < to {
        let start = from + leaves.len() as u64;
        let lines = fetch(access, &format!("/v1/ledger/entries?from={start}&to={to}"))?;
        let before = leaves.len();
        leaves.extend(lines.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(<[u8]>::to_vec));
        if leaves.len() == before {
            bail!("the ledger ends at {start}, before {to}");
        }
    }
    Ok(leaves)
}

fn fetch(access: &Access, path: &str) -> Result<Vec<u8>> {
    let answer = access.get(path)?;
    if answer.status != 200 {
        bail!("{}", problem(&answer));
    }
    Ok(answer.body.to_vec())
}

fn head(access: &Access, raw: bool) -> Result<()> {
    let text = checkpoint(access)?;
    if raw {
        print!("{text}");
        return Ok(());
    }
    let pins = pinned(access)?;
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

/// Who signs checkpoints: gateways sign intake entries only.
fn pinned(access: &Access) -> Result<Vec<Verifier>> {
    let pins = pins(access, None)?.with_context(|| format!("{} is missing", access.demo("pins.toml").display()))?;
    Ok(pins.list().iter().filter(|pin| pin.role != Role::Gateway).map(|pin| pin.key.clone()).collect())
}

/// The size that a checkpoint's note states.
pub fn size_of(note: &str) -> Result<u64> {
    let text = note.split("\n\n").next().unwrap_or_default();
    Ok(Checkpoint::parse(&format!("{text}\n"))?.size())
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

fn essentials(entry: &Entry) -> (&'static str, String) {
    match entry {
        Entry::Genesis(it) => ("genesis", it.origin.clone()),
        Entry::Principal(it) => {
            ("principal", format!("{} may ask for {} rows an hour", it.principal, it.rows_per_hour))
        }
        Entry::Carrier(it) => ("carrier", it.carrier.to_string()),
        Entry::Agreement(it) => ("agreement", format!("{}: {} to {}", it.agreement, it.shipper, it.carrier)),
        Entry::PeriodKey(it) => ("period_key", format!("{} until {}", it.period, time(it.ends))),
        Entry::IndexKey(it) => ("index_key", format!("{} given to {}", it.month, it.worker)),
        Entry::Worker(it) => ("worker", format!("{} started; its next entry is {}", it.worker, it.next)),
        Entry::Intake(it) => {
            let record = &it.record;
            (
                "intake",
                format!(
                    "{} #{}: {}, at most {} rows, {} batches",
                    record.worker,
                    record.sequence,
                    record.verdict,
                    record.rows,
                    record.batches.len()
                ),
            )
        }
        Entry::Confirmation(it) => (
            "confirmation",
            format!("{} has delivery {}, {} rows", it.record.carrier, it.record.delivery, it.record.rows),
        ),
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
        Entry::ShredIntent(it) => ("shred_intent", it.period.to_string()),
        Entry::Shred(it) => ("shred", it.period.to_string()),
        Entry::Heartbeat(_) => ("heartbeat", String::new()),
    }
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
