//! `bulla check`: what a gateway would say of a file, here and now; nothing is sent, no value is shown unless asked for.

mod advice;
mod excerpt;
mod file;
mod guide;
mod progress;
mod show;

pub use file::{OCTETS_MAX, read};
pub use guide::read as read_guide;
pub use show::severity;

use super::Ending;
use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use edi::Finding;
use gateway::{
    Clock,
    clock::System,
    exchange::check::{Checked, check},
};
use ledger::{Time, entry::Verdict};
use manifest::guide::Guide;
pub use progress::Progress;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{self, IsTerminal, Write},
    path::PathBuf,
};

/// Check an EDI file on this machine, as a gateway does
///
/// Findings name places and rules, never values. The file may be compressed (gzip, Zstandard), and may hold several
/// interchanges. Exit 0: something of it would be taken; 1: nothing. Example: bulla check manifest.edi --ack 997
#[derive(Args)]
pub struct Check {
    /// The file; - for standard input
    file: PathBuf,
    /// Print the acknowledgement
    #[arg(long, value_enum)]
    ack: Option<Acknowledgement>,
    /// Print findings as JSON
    #[arg(long)]
    json: bool,
    /// Read it by this partner's guide, as a gateway does under an agreement that names it; a TOML file
    #[arg(long)]
    guide: Option<PathBuf>,
    /// Show the document's values beside findings; they may be personal
    #[arg(long)]
    show_values: bool,
}

#[derive(Clone, Copy, ValueEnum, PartialEq)]
enum Acknowledgement {
    /// Whatever a gateway would answer
    All,
    /// Of the envelope alone
    Ta1,
    /// Of the groups and sets alone
    #[value(name = "997")]
    X997,
    /// The same as a 999, whoever would get one
    #[value(name = "999")]
    X999,
    /// Of an EDIFACT interchange
    Contrl,
}

/// What is printed of all interchanges, and what was said of each.
#[derive(Default)]
struct Printed {
    stdout: Vec<u8>,
    /// Beside an acknowledgement, findings are for people.
    stderr: Vec<u8>,
    verdicts: Vec<Verdict>,
    findings: usize,
    json: Vec<Value>,
    /// The leniencies of the guide that were used, and how often.
    granted: BTreeMap<String, u64>,
    why_no_answer: Option<&'static str>,
}

impl Check {
    /// Reads, checks, prints.
    pub fn run(&self) -> Result<Ending> {
        let guide = self.guide.as_deref().map(guide::read).transpose()?;
        let reading = Progress::of("reading", None);
        let octets = read(&self.file)?;
        drop(reading);
        let mut printed = Printed::default();
        let checking = Progress::of("checking", Some(octets.len()));
        check(&octets, octets.len().max(1), guide.as_ref(), |checked| self.take(&checked, &mut printed));
        drop(checking);
        if self.json && self.ack.is_none() {
            let document = document(&printed);
            writeln!(printed.stdout, "{document}")?;
        }
        out(&mut io::stdout(), &printed.stdout)?;
        out(&mut io::stderr(), &printed.stderr)?;
        let verdict = of_all(&printed.verdicts);
        for (name, used) in &printed.granted {
            out(&mut io::stderr(), format!("granted by the guide: {name}, {used} times\n").as_bytes())?;
        }
        let several = if printed.verdicts.len() > 1 {
            format!("{} interchanges, ", printed.verdicts.len())
        } else {
            String::new()
        };
        let line = format!("{}: {several}{} findings, {}\n", self.file.display(), printed.findings, word(verdict));
        out(&mut io::stderr(), line.as_bytes())?;
        ensure!(self.ack.is_none() || !printed.stdout.is_empty(), "{}", printed.why_no_answer.unwrap_or(NOT_ASKED));
        Ok(if verdict.is_accepted() { Ending::Done } else { Ending::Refused })
    }

    fn take(&self, checked: &Checked<'_>, printed: &mut Printed) {
        let index = printed.verdicts.len();
        printed.verdicts.push(checked.verdict());
        printed.findings += checked.findings().len();
        for (leniency, used) in checked.granted() {
            *printed.granted.entry(leniency.name.clone()).or_default() += used;
        }
        if let Some(wanted) = self.ack {
            let answer = acknowledgement(checked, wanted, System.now());
            if answer.is_empty() {
                printed.why_no_answer = Some(why_no_answer(checked));
            }
            printed.stdout.extend(answer);
        }
        if self.json && self.ack.is_none() {
            printed.json.extend(checked.findings().iter().map(|finding| to_json(checked, index, finding)));
            return;
        }
        let (text, terminal) = match self.ack {
            Some(_) => (&mut printed.stderr, io::stderr().is_terminal()),
            None => (&mut printed.stdout, io::stdout().is_terminal()),
        };
        let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
        show::findings(text, checked, &show::Style { file: &self.file, values: self.show_values, colour });
    }
}

fn acknowledgement(checked: &Checked<'_>, wanted: Acknowledgement, now: Time) -> Vec<u8> {
    match wanted {
        Acknowledgement::All => checked.answer(now),
        Acknowledgement::Ta1 => checked.ta1(now).unwrap_or_default(),
        Acknowledgement::X997 => checked.x997(now).unwrap_or_default(),
        Acknowledgement::X999 => checked.x999(now).unwrap_or_default(),
        Acknowledgement::Contrl => checked.contrl(now).unwrap_or_default(),
    }
}

const NOT_ASKED: &str = "a gateway would not answer this file: it asks for nothing";

fn why_no_answer(checked: &Checked<'_>) -> &'static str {
    let groups = &checked.interchange().groups;
    if checked.interchange().header.is_none() {
        "nothing in this file can be acknowledged that way: it has no readable header"
    } else if !groups.is_empty() && groups.iter().all(|group| group.functional_id == b"FA") {
        "a 997 or 999 is never acknowledged: each side would answer the other for ever"
    } else if checked.interchange().syntax == edi::Syntax::Edifact {
        "TA1, 997 and 999 answer X12, CONTRL answers EDIFACT, and nothing answers a CONTRL"
    } else {
        "there is nothing in this file that this acknowledgement answers"
    }
}

/// Writes, and does not mind when nobody reads any more.
fn out(to: &mut dyn Write, octets: &[u8]) -> Result<()> {
    match to.write_all(octets).and_then(|()| to.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// What is wrong in a file, a line each, for whoever has just been answered about it.
pub fn print_findings(octets: &[u8], guide: Option<&Guide>, line: &mut dyn FnMut(String)) -> usize {
    let mut count = 0;
    check(octets, octets.len().max(1), guide, |checked| {
        count += checked.findings().len();
        for finding in checked.findings() {
            line(format!("{}: {}", severity(finding.severity), checked.in_body(finding).0));
        }
    });
    count
}

/// Of several interchanges together.
fn of_all(verdicts: &[Verdict]) -> Verdict {
    let worst = [Verdict::NotEdi, Verdict::Refused, Verdict::AcceptedWithErrors, Verdict::Accepted];
    let taken = verdicts.iter().any(|verdict| verdict.is_accepted());
    let all = verdicts.iter().all(|verdict| verdict.is_accepted() && *verdict != Verdict::AcceptedInPart);
    match verdicts {
        [one] => *one,
        _ if taken && !all => Verdict::AcceptedInPart,
        _ => worst.into_iter().find(|verdict| verdicts.contains(verdict)).unwrap_or(Verdict::Refused),
    }
}

fn document(printed: &Printed) -> Value {
    let each: Vec<_> = printed.verdicts.iter().map(|verdict| word(*verdict)).collect();
    json!({
        "verdict": word(of_all(&printed.verdicts)), "interchanges": each, "findings": printed.json,
        "granted": printed.granted,
    })
}

fn to_json(checked: &Checked<'_>, index: usize, finding: &Finding) -> Value {
    let (f, column) = checked.in_body(finding);
    json!({
        "interchange": index, "code": f.code.as_str(), "severity": severity(f.severity), "offset": f.offset,
        "line": f.line, "column": column, "segment": f.ordinal,
        "position_in_set": f.set_position, "tag": f.tag.to_string(), "element": f.element, "component": f.component,
        "repetition": f.repetition, "data_element": f.data_element, "group": f.group, "set": f.set, "rule": f.rule,
        "do": advice::of(f.code),
    })
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::AcceptedWithErrors => "accepted with errors",
        Verdict::AcceptedInPart => "accepted in part",
        Verdict::Broken => "not read",
        Verdict::NotEdi => "no EDI",
        Verdict::Refused | Verdict::Duplicate => "refused",
    }
}
