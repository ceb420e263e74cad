//! `bulla-verify BUNDLE [--pins FILE] [--note FILE]... [--statement SHIPPER/MONTH] [--json]`: checks a bundle offline.
//!
//! Exit 0: verified, every number follows from a ledger that the pins name and that enough of their organisations have
//! cosigned. 1: refused, with the reason. 2: could not look (no such file, wrong use, unreadable pins). 3: consistent, which
//! is all that can be said without pins. 4: damaged, 5: split view. No network, no clock, no C code.

use incident::{Pins, Statement, bundle, named};
use ledger::{Month, Pseudonym};
use std::{error::Error, io::Write, process::ExitCode};

const USAGE: &str = "usage: bulla-verify BUNDLE [--pins FILE] [--note FILE]... [--statement SHIPPER/MONTH] [--json]

  BUNDLE       a file made by `bulla assess` (bulla.bundle/14)
  --pins FILE  what you know from elsewhere, not from whoever made the bundle (TOML: origin, first_leaf,
               organisations, clock_error, [[cosigner]] organisation, key)
  --note FILE  a checkpoint of this ledger that you have from elsewhere: it must be of the same history
  --statement S/2026-11
               what is still held of a shipper's month and who opened what of it, instead of the assessment: it follows
               from the same ledger
  --json       verdict and assessment as JSON, on stdout

exit: 0 verified, 1 refused, 2 could not look, 3 consistent (no pins: the bundle agrees with itself),
      4 damaged (the warden broke the ledger's rules before the incident is said to begin),
      5 split view (the warden signed two histories)";

struct Arguments {
    bundle: String,
    pins: Option<String>,
    notes: Vec<String>,
    statement: Option<(Pseudonym, Month)>,
    json: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(message) => {
            eprintln!("could not: {message}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode, String> {
    let Some(arguments) = arguments(std::env::args().skip(1))? else {
        println!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    };
    let pins = match &arguments.pins {
        Some(path) => Some(pins(path)?),
        None => None,
    };
    let notes = arguments.notes.iter().map(|path| read(path, tlog::note::NOTE_OCTETS_MAX as u64));
    let notes = notes.collect::<Result<Vec<_>, _>>()?;
    let notes: Vec<&[u8]> = notes.iter().map(Vec::as_slice).collect();
    let file = bundle::octets::at(arguments.bundle.as_ref(), bundle::OCTETS_MAX);
    let file = file.map_err(|unread| format!("{}: {unread}", arguments.bundle))?;
    match bundle::open(&*file, pins.as_ref(), &notes) {
        Ok((history, verified)) => {
            let statement = arguments.statement.map(|(shipper, month)| Statement::of(&history, &shipper, month));
            let shown = match (&statement, arguments.json) {
                (Some(statement), true) => statement.to_bytes(),
                (None, true) => verified.to_json(),
                (Some(statement), false) => format!("{}\n{}", statement.to_text(), verified.to_text()).into_bytes(),
                (None, false) => format!("{}\n{}", verified.assessment.to_text(), verified.to_text()).into_bytes(),
            };
            for silence in statement.iter().flat_map(|statement| statement.silences(&history)) {
                eprintln!("note: {silence}");
            }
            std::io::stdout().write_all(&shown).map_err(|e| format!("writing the result: {e}"))?;
            Ok(ExitCode::from(verified.verdict.exit_code()))
        }
        Err(refusal @ bundle::Refusal::File { .. }) => Err(format!("{}: {}", arguments.bundle, chain(&refusal))),
        Err(refusal) => {
            eprintln!("REFUSED: {}\nreason: {}", chain(&refusal), refusal.name());
            if let Some(hint) = refusal.hint() {
                eprintln!("\nhint: {hint}");
            }
            if arguments.json {
                let written = std::io::stdout().write_all(&refusal.to_json());
                written.map_err(|e| format!("writing the result: {e}"))?;
            }
            Ok(ExitCode::from(1))
        }
    }
}

/// `None`: help was asked for.
fn arguments(mut given: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let (mut bundle, mut pins, mut notes, mut statement, mut json) = (None, None, Vec::new(), None, false);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "-h" | "--help" => return Ok(None),
            "--json" => json = true,
            "--pins" if pins.is_none() => pins = Some(given.next().ok_or(format!("--pins needs a file\n\n{USAGE}"))?),
            "--statement" if statement.is_none() => statement = Some(month_of(given.next())?),
            "--note" => notes.push(given.next().ok_or(format!("--note needs a file\n\n{USAGE}"))?),
            path if !path.starts_with('-') && bundle.is_none() => bundle = Some(argument),
            _ => return Err(format!("unexpected argument\n\n{USAGE}")),
        }
    }
    let bundle = bundle.ok_or(format!("no bundle given\n\n{USAGE}"))?;
    Ok(Some(Arguments { bundle, pins, notes, statement, json }))
}

fn month_of(given: Option<String>) -> Result<(Pseudonym, Month), String> {
    let read = given.as_deref().and_then(|given| given.rsplit_once('/'));
    let read = read.and_then(|(shipper, month)| Some((shipper.parse().ok()?, month.parse().ok()?)));
    read.ok_or(format!("--statement needs a shipper and a month, as S-1/2026-11\n\n{USAGE}"))
}

fn pins(path: &str) -> Result<Pins, String> {
    let text = read(path, incident::pins::OCTETS_MAX as u64)?;
    let text = String::from_utf8(text).map_err(|_| format!("{path}: not text in UTF-8"))?;
    Pins::parse(&text).map_err(|e| format!("{path}: {}", chain(&e)))
}

fn read(path: &str, most: u64) -> Result<Vec<u8>, String> {
    named::read(path.as_ref(), most).map_err(|unread| format!("{path}: {unread}"))
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
