//! `bulla check`: findings of a file, here and now; nothing is sent, no value is shown.

use super::{Ending, table::Table};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use edi::{
    Finding, Limits, Severity, Verdict,
    acknowledgement::{Echo, Moment, Numbers, note, ta1, x997},
};
use gateway::{Clock, clock::System};
use serde_json::json;
use std::{
    io::{Read, Write},
    path::PathBuf,
};
use zeroize::Zeroizing;

/// Check an EDI file on this machine
///
/// Findings name places and rules, never values. Example: bulla check manifest.edi --ack 997
#[derive(Args)]
pub struct Check {
    /// The file; - for standard input
    file: PathBuf,
    /// Print the acknowledgement that a gateway would send
    #[arg(long, value_enum)]
    ack: Option<Acknowledgement>,
    /// Print findings as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum, PartialEq)]
enum Acknowledgement {
    /// Of the envelope
    Ta1,
    /// Of the groups and sets
    #[value(name = "997")]
    X997,
}

impl Check {
    /// Reads, checks, prints.
    pub fn run(&self) -> Result<Ending> {
        let octets = read(&self.file)?;
        let limits = Limits { octets: octets.len().max(1), ..Limits::default() };
        let (interchange, findings) = edi::read(&octets, &limits);
        let verdict = edi::verdict(&interchange, &findings);
        if let Some(wanted) = self.ack {
            let numbers = Numbers { interchange: 1, group: 1 };
            let answer = match wanted {
                Acknowledgement::Ta1 => ta1(&interchange, note(&findings), &Echo::ALL, numbers, moment()),
                Acknowledgement::X997 => x997(&interchange, &findings, &Echo::ALL, numbers, moment()),
            };
            let answer =
                answer.context("nothing in this file can be acknowledged that way: it has no readable header")?;
            std::io::stdout().write_all(&answer)?;
            print(&findings, &mut |line| eprintln!("{line}"));
        } else if self.json {
            println!(
                "{}",
                json!({"verdict": word(verdict), "findings": findings.iter().map(to_json).collect::<Vec<_>>()})
            );
        } else {
            table(&findings);
        }
        eprintln!("{}: {} findings, {}", self.file.display(), findings.len(), word(verdict));
        Ok(if verdict.takes_any() { Ending::Done } else { Ending::Refused })
    }
}

/// A file, or standard input, in memory that is overwritten when freed.
pub fn read(path: &PathBuf) -> Result<Zeroizing<Vec<u8>>> {
    let mut octets = Zeroizing::new(Vec::new());
    if path.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut octets).context("cannot read standard input")?;
    } else {
        *octets = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(octets)
}

/// Findings, a line each.
pub fn print(findings: &[Finding], line: &mut dyn FnMut(String)) {
    for finding in findings {
        line(format!("{}: {finding}", severity(finding.severity)));
    }
}

fn table(findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    let mut table = Table::new(&["SEVERITY", "CODE", "LINE", "OFFSET", "SEGMENT", "TAG", "ELEMENT", "RULE"]);
    for f in findings {
        let element = if f.element == 0 { "-".into() } else { f.element.to_string() };
        let (line, offset, ordinal) = (f.line.to_string(), f.offset.to_string(), f.ordinal.to_string());
        let words = [
            severity(f.severity).into(),
            f.code.to_string(),
            line,
            offset,
            ordinal,
            f.tag.to_string(),
            element,
            f.rule.into(),
        ];
        table.row(words);
    }
    table.print();
}

fn to_json(f: &Finding) -> serde_json::Value {
    json!({
        "code": f.code.as_str(), "severity": severity(f.severity), "offset": f.offset, "line": f.line,
        "segment": f.ordinal, "position_in_set": f.set_position, "tag": f.tag.to_string(), "element": f.element,
        "component": f.component, "data_element": f.data_element, "group": f.group, "set": f.set, "rule": f.rule,
    })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
        Severity::Refusal => "refused",
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::AcceptedWithErrors => "accepted with errors",
        Verdict::InPart => "accepted in part",
        Verdict::Refused => "refused",
        Verdict::NotEdi => "no EDI",
    }
}

fn moment() -> Moment {
    let ledger::Civil { year, month, day, hour, minute } = System.now().civil();
    Moment { year, month, day, hour, minute }
}
