//! How fast documents are read, here and by others: `bench read`, `bench linear`, `bench memory`. See README.md.

mod arguments;
mod made;
mod measure;
mod ours;
mod peers;
mod reader;
mod record;

use arguments::Arguments;
use made::{Document, Kind, Plan};
use reader::{READERS, Reader, Work};
use record::Table;
use std::{fmt::Write as _, io::Write as _, process::ExitCode};

const USAGE: &str = "\
usage: bench read   [--kind 856|215|IFTMIN] [--parcels N] [--rounds N] [--reader NAME] [--newlines] [--record FILE]
       bench linear [--kind 856|215|IFTMIN] [--rounds N] [--record FILE]
       bench memory [--kind 856|215|IFTMIN] [--megabytes N] [--record FILE]
       bench once   --reader NAME [--kind K] [--parcels N] [--newlines]     reads once, for a profiler; prints memory
       bench make   [--kind K] [--parcels N] [--newlines]                   the document on stdout";

fn main() -> ExitCode {
    let done = Arguments::of_process().and_then(|arguments| match arguments.command.as_str() {
        "read" => read(&arguments),
        "linear" => linear(&arguments),
        "memory" => memory(&arguments),
        "once" => once(&arguments),
        "make" => make(&arguments),
        _ => Err(USAGE.to_owned()),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// All readers, interleaved: A B C A B C …, so that what else the machine does meets all of them.
fn read(arguments: &Arguments) -> Result<(), String> {
    let rounds = arguments.rounds.unwrap_or(7);
    let mut report = format!("# Reading: {rounds} interleaved rounds, medians\n\n");
    for kind in [Kind::X856, Kind::X215, Kind::Iftmin] {
        if arguments.kind.is_some_and(|wanted| wanted != kind) {
            continue;
        }
        // With one peer, ours are still there to compare it with.
        let named = |r: &Reader| r.is_ours() || arguments.reader.as_deref().is_none_or(|name| name == r.name);
        let wanted = |r: &&Reader| r.table() == kind && named(r);
        let readers: Vec<&Reader> = READERS.iter().filter(wanted).collect();
        let plan = Plan { newlines: arguments.newlines, ..Plan::new(kind, arguments.parcels.unwrap_or(100_000)) };
        report += &read_table(&readers, plan, rounds)?;
    }
    write!(report, "{}", record::circumstances()).expect("a string takes all");
    record::publish(&report, arguments.record.as_deref())
}

fn read_table(readers: &[&Reader], plan: Plan, rounds: usize) -> Result<String, String> {
    let document = plan.make();
    let other = Plan { kind: Kind::IftminD00b, ..plan };
    let other = readers.iter().any(|r| r.kind == other.kind).then(|| other.make());
    let of = |reader: &Reader| if reader.kind == plan.kind { Some(&document) } else { other.as_ref() };
    let mut rates: Vec<Result<Vec<f64>, &str>> = readers.iter().map(|_| Ok(Vec::new())).collect();
    for round in 0..rounds {
        for (reader, rates) in readers.iter().zip(&mut rates) {
            let (Ok(list), Some(document)) = (rates.as_mut(), of(reader)) else { continue };
            eprint!("\r{} round {} of {rounds}: {:<24}", plan.kind.name(), round + 1, reader.name);
            match measure::rate(reader, document) {
                Ok(rate) => list.push(rate),
                Err(why) => *rates = Err(why),
            }
        }
    }
    eprintln!();
    let rows: Vec<Row<'_>> = readers.iter().zip(rates).map(|(reader, rates)| Row::new(reader, rates, &plan)).collect();
    let mut text = heading(&plan, &document);
    text += &table(&rows).markdown();
    text.push('\n');
    Ok(text)
}

fn heading(plan: &Plan, document: &Document) -> String {
    let (octets, counted) = (document.bytes.len() as f64, &document.counted);
    format!(
        "## {}: {} parcels, {:.1} MB, {:.0} octets a parcel, {} segments, {} elements{}\n\n",
        plan.kind.name(),
        plan.parcels,
        octets / 1e6,
        octets / plan.parcels as f64,
        counted.segments.unwrap_or(0),
        counted.elements.unwrap_or(0),
        if plan.newlines { ", a newline behind each segment" } else { "" },
    )
}

/// What was measured of one reader.
struct Row<'r> {
    reader: &'r Reader,
    /// Median, lowest, highest.
    rate: Result<[f64; 3], &'static str>,
    peak: Option<measure::Peak>,
}

impl<'r> Row<'r> {
    fn new(reader: &'r Reader, rates: Result<Vec<f64>, &'static str>, plan: &Plan) -> Self {
        let rate = rates.and_then(|rates| {
            let lowest = rates.iter().copied().min_by(f64::total_cmp).ok_or("not measured")?;
            let highest = rates.iter().copied().max_by(f64::total_cmp).ok_or("not measured")?;
            Ok([measure::median(rates).ok_or("not measured")?, lowest, highest])
        });
        let peak = rate.ok().and_then(|_| measure::peak(reader, &Plan { kind: reader.kind, ..*plan }).ok());
        Self { reader, rate, peak }
    }
}

fn table(rows: &[Row<'_>]) -> Table {
    let mut table = Table::new(&["reader", "MB/s", "range", "ours is", "peak MiB", "beyond input MiB", "does"]);
    let ours = |work: Work| rows.iter().find(|r| r.reader.is_ours() && r.reader.work == work)?.rate.ok();
    for row in rows {
        let Reader { name, does, work, .. } = row.reader;
        let version = reader::version(name).map(|v| format!(" {v}")).unwrap_or_default();
        let ratio = match (row.rate, ours(*work)) {
            (Ok([rate, ..]), Some([ours, ..])) if !row.reader.is_ours() => format!("{:.1} x", ours / rate),
            _ => String::new(),
        };
        let mebibytes = |octets: u64| format!("{:.0}", octets as f64 / 1_048_576.0);
        let (rate, range, does) = match row.rate {
            Ok([median, lowest, highest]) => {
                (significant(median), format!("{}-{}", significant(lowest), significant(highest)), does.to_string())
            }
            Err(why) => (String::new(), String::new(), format!("cannot: {why}")),
        };
        let compared = if *work == Work::Tokens { "tokens" } else { "whole" };
        table.row([
            format!("{name}{version}"),
            rate,
            range,
            ratio,
            row.peak.map(|p| mebibytes(p.octets)).unwrap_or_default(),
            row.peak.map(|p| mebibytes(p.beyond_octets)).unwrap_or_default(),
            format!("{compared}: {does}"),
        ]);
    }
    table
}

/// Three figures are what a shared machine gives.
fn significant(rate: f64) -> String {
    if rate >= 100.0 { format!("{rate:.0}") } else { format!("{rate:.1}") }
}

/// Our rate at three sizes. The caches are made to forget before each reading: ten megabytes would fit into them.
fn linear(arguments: &Arguments) -> Result<(), String> {
    const MEGABYTES: [u64; 3] = [10, 100, 1000];
    /// Of the smallest; a reading of ten megabytes is a few milliseconds.
    const READINGS: [usize; 3] = [9, 3, 1];
    let rounds = arguments.rounds.unwrap_or(5);
    let kind = arguments.kind.unwrap_or(Kind::X856);
    let documents: Vec<Document> = MEGABYTES.map(|mb| Plan::of_octets(kind, mb * 1_000_000).make()).into();
    let readers: Vec<&Reader> = READERS.iter().filter(|r| r.is_ours() && r.kind == kind).collect();
    let mut scratch = vec![0u8; 256 << 20];
    let mut rates = vec![[const { Vec::new() }; 3]; readers.len()];
    for round in 0..rounds {
        for (reader, rates) in readers.iter().zip(&mut rates) {
            eprint!("\rround {} of {rounds}: {:<24}", round + 1, reader.name);
            for ((document, readings), rates) in documents.iter().zip(READINGS).zip(rates) {
                for _ in 0..readings {
                    measure::forget(&mut scratch);
                    let used = measure::once(reader, document).map_err(|why| format!("{}: {why}", reader.name))?;
                    rates.push(document.bytes.len() as f64 / 1e6 / used.as_secs_f64());
                }
            }
        }
    }
    eprintln!();
    let mut table = Table::new(&["reader", "10 MB", "100 MB", "1 GB", "1 GB to 10 MB", "does"]);
    for (reader, rates) in readers.iter().zip(rates) {
        let [ten, hundred, thousand] = rates.map(|r| measure::median(r).unwrap_or(f64::NAN));
        let cells = [significant(ten), significant(hundred), significant(thousand), format!("{:.2}", thousand / ten)];
        let [a, b, c, d] = cells;
        table.row([reader.name.to_owned(), a, b, c, d, reader.does.to_owned()]);
    }
    let title = format!("# Linear: MB/s of an {} at three sizes, medians of {rounds} rounds\n\n", kind.name());
    record::publish(&format!("{title}{}\n{}", table.markdown(), record::circumstances()), arguments.record.as_deref())
}

/// How much more than the input a big interchange takes.
fn memory(arguments: &Arguments) -> Result<(), String> {
    let kind = arguments.kind.unwrap_or(Kind::X856);
    let plan = Plan::of_octets(kind, arguments.megabytes.unwrap_or(2000) * 1_000_000);
    let mut table = Table::new(&["reader", "input MB", "peak MB", "beyond input MB", "does"]);
    for reader in READERS.iter().filter(|r| r.is_ours() && r.kind == kind) {
        let peak = measure::peak(reader, &plan).map_err(|why| format!("{}: {why}", reader.name))?;
        let megabytes = |octets: u64| format!("{:.1}", octets as f64 / 1e6);
        table.row([
            reader.name.to_owned(),
            megabytes(peak.document_octets),
            megabytes(peak.octets),
            megabytes(peak.beyond_octets),
            reader.does.to_owned(),
        ]);
    }
    let title = format!("# Memory: one {} interchange of {} parcels\n\n", kind.name(), plan.parcels);
    record::publish(&format!("{title}{}\n{}", table.markdown(), record::circumstances()), arguments.record.as_deref())
}

fn plan(arguments: &Arguments) -> Plan {
    let kind = arguments.kind.unwrap_or(Kind::X856);
    Plan { newlines: arguments.newlines, ..Plan::new(kind, arguments.parcels.unwrap_or(100_000)) }
}

fn once(arguments: &Arguments) -> Result<(), String> {
    let plan = plan(arguments);
    let name = arguments.reader.as_deref().ok_or(USAGE)?;
    let reader = Reader::find(name, plan.kind).ok_or_else(|| format!("no reader {name} of {}", plan.kind.name()))?;
    let peak = measure::peak_here(reader, &plan).map_err(str::to_owned)?;
    println!("{} {} {}", peak.document_octets, peak.octets, peak.beyond_octets);
    Ok(())
}

fn make(arguments: &Arguments) -> Result<(), String> {
    let document = plan(arguments).make();
    std::io::stdout().write_all(&document.bytes).map_err(|e| e.to_string())
}
