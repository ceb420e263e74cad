//! An assessment for people: plain text, at most 100 columns where the words allow it.

mod verified;

use crate::{Assessment, assessment::*};
use ledger::Classes;
use std::fmt::Write;

/// Lines of a long table before the rest is summed up; the JSON has them all.
const TABLE_LINES: usize = 40;

impl Assessment {
    /// The whole of it, with level and assumptions.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("a string takes every line");
        printable(&text)
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let seen = &self.checkpoint;
        writeln!(out, "Assessment ({})", self.schema)?;
        writeln!(out, "\nHypothesis")?;
        for hypothesis in &self.hypothesis {
            writeln!(out, "  {}", hypothesis_line(hypothesis))?;
        }
        writeln!(out, "\nLevel {}: {}", self.level, self.level.meaning())?;
        let cosigners = if seen.cosigners.is_empty() { "nobody".to_owned() } else { seen.cosigners.join(", ") };
        writeln!(out, "Ledger {}, {} entries, cosigned by {cosigners}, {}", seen.origin, number(seen.size), seen.time)?;
        writeln!(out, "Root {}", seen.root)?;
        self.write_dating(out)?;
        self.write_bound(out)?;
        self.write_tables(out)?;
        self.write_context(out)?;
        writeln!(out, "\nWhat belongs to these figures")?;
        self.statements.iter().try_for_each(|statement| wrapped(out, "- ", statement))?;
        writeln!(out, "\nAssumptions")?;
        self.assumptions.iter().try_for_each(|a| wrapped(out, &format!("{} ", a.id), &a.text))
    }

    fn write_dating(&self, out: &mut String) -> std::fmt::Result {
        let Dating { begins, ends, silences, .. } = &self.dating;
        for Begin { from, entries, cosigned, slack, cosigners } in begins {
            match (cosigned, slack) {
                (Some(cosigned), Some(slack)) => writeln!(
                    out,
                    "Before {from}: entries 0 to {}, cosigned {cosigned} by {} ({} s earlier)",
                    entries.saturating_sub(1),
                    cosigners.join(", "),
                    number(*slack)
                )?,
                _ => writeln!(out, "Before {from}: no entry is shown to be, by anybody who is not suspect")?,
            }
        }
        for End { to, documents, rows, first, .. } in ends {
            match first {
                Some(first) => writeln!(
                    out,
                    "After {to}: {} with {} left out, the first is entry {first}",
                    many(*documents, "document", "documents"),
                    in_rows(*rows)
                )?,
                None => {
                    writeln!(out, "After {to}: nothing is left out, since no document is shown to have come later")?
                }
            }
        }
        if let Some(to) = self.open_end() {
            writeln!(
                out,
                "After {to}: it counts as going on, since no policy that officers signed later gives another key"
            )?;
        }
        if let Some(longest) =
            silences.iter().max_by_key(|silence| silence.to.milliseconds() - silence.from.milliseconds())
        {
            let Silence { from, to } = longest;
            writeln!(
                out,
                "Silences of over 70 minutes: {}, the longest from {from} to {to}",
                number(silences.len() as u64)
            )?;
        }
        Ok(())
    }

    fn write_bound(&self, out: &mut String) -> std::fmt::Result {
        let AtMost { rows, parties, shippers, unbounded, .. } = &self.at_most;
        writeln!(out)?;
        if *unbounded {
            writeln!(out, "NO UPPER BOUND. On record under this hypothesis:")?;
        }
        let (rows, shippers) = (many(*rows, "row (parcel)", "rows (parcels)"), many(*shippers, "shipper", "shippers"));
        let lead = if *unbounded { "  " } else { "At most " };
        writeln!(out, "{lead}{rows}, {} named in their batches, {shippers}", in_parties(*parties))?;
        if let Some(People { people, rows, counted, .. }) = &self.people {
            let larger = match *rows > self.at_most.rows {
                true => format!(", of a larger set of {}", in_rows(*rows)),
                false => String::new(),
            };
            let people = many(*people, "different person", "different people");
            writeln!(out, "of at most {people} by name and postal code (counted: ledger entry {counted}{larger})")?;
        }
        let operational: u64 = self.by_shipper.iter().map(|share| share.operational).sum();
        if operational > 0 {
            writeln!(
                out,
                "and of {} `operational` only: service, weight, size, dates, province",
                many(operational, "more row", "more rows")
            )?;
        }
        let Totals { rows, parties } = self.recorded;
        writeln!(out, "Recorded:  {}, {}", in_rows(rows), in_parties(parties))?;
        let Totals { rows, parties } = self.confirmed;
        writeln!(out, "Confirmed: {}, {} (by carriers' signed acknowledgements)", in_rows(rows), in_parties(parties))?;
        if let Some(AtMost { rows, parties, unbounded, .. }) = &self.if_the_warden_stood_elsewhere {
            let bound = if *unbounded { "no upper bound; on record" } else { "at most" };
            let (rows, parties) = (in_rows(*rows), in_parties(*parties));
            writeln!(out, "If the warden stood elsewhere: {bound} {rows}, {parties}")?;
        }
        Ok(())
    }

    fn write_tables(&self, out: &mut String) -> std::fmt::Result {
        let shares = self.by_shipper.iter().map(|share| {
            let shipper = share.shipper.as_ref().map_or("not known", |shipper| shipper.as_str());
            (shipper.to_owned(), vec![share.rows, share.parties, share.operational])
        });
        table(out, "By shipper", &["rows", "parties", "operational only"], shares.collect())?;
        if self.made_up.rows > 0 || self.made_up.parties > 0 {
            let Totals { rows, parties } = self.made_up;
            writeln!(
                out,
                "  {} rows and {} parties of them are of made-up people; they are in every figure",
                number(rows),
                number(parties)
            )?;
        }
        let shares = self
            .by_month
            .iter()
            .map(|share| (share.month.to_string(), vec![share.rows, share.parties, share.operational]));
        table(out, "By month", &["rows", "parties", "operational only"], shares.collect())?;
        let shares = self.by_classes.iter().map(|share| (words(share.classes), vec![share.rows]));
        table(out, "By exact classes", &["rows"], shares.collect())?;
        let shares = self.by_province.iter();
        let shares = shares.map(|share| (share.province.to_string(), vec![share.rows, share.at_most]));
        table(out, "By province", &["rows", "with unknown"], shares.collect())?;
        let shares = self.entries.iter().map(|entry| {
            let name = format!("{} {} #{} {}", entry.entry, entry.worker, entry.ticket, entry.verdict);
            (name, vec![entry.rows, entry.parties, entry.confirmed])
        });
        table(out, "Received in the window, by ledger entry", &["rows", "parties", "confirmed"], shares.collect())?;
        let gaps = self.gaps.iter().map(|gap| (format!("{} {}", gap.entry, gap.worker), vec![gap.rows, gap.parties]));
        table(out, "May be stored beyond the ledger, by tick", &["rows", "parties"], gaps.collect())?;
        let sent = self.sent.iter().map(|own| {
            let whole = if own.covers { "" } else { " (not the whole window)" };
            (format!("{}{whole}", own.shipper), vec![own.rows, own.recorded])
        });
        table(out, "Sent in the window, by shippers' own totals", &["rows", "recorded"], sent.collect())?;
        let most = if self.at_most.unbounded { "No upper bound; on record" } else { "At most" };
        if let Some(line) = sparkline(&self.curve, self.checkpoint.time) {
            writeln!(out, "\n{most}, by the day on which it began, until now\n  {line}")?;
        }
        let points = self.curve.iter().map(|point| (point.from.to_string(), vec![point.rows]));
        table(out, &format!("{most}, had it begun at"), &["rows"], points.collect())
    }

    fn write_context(&self, out: &mut String) -> std::fmt::Result {
        if !self.not_included.is_empty() {
            writeln!(out, "\nNot included")?;
        }
        for missing in self.not_included.iter().take(TABLE_LINES) {
            let NotIncluded { period, why, rows, .. } = missing;
            let why = match why {
                Absent::Shredded { shred, cosigned } => {
                    format!("shredded, ledger entry {shred}, cosigned by {cosigned}")
                }
                Absent::MadeAfter { policy, signed } => {
                    format!("made by a new warden, ledger entry {policy}, decided on after {signed}")
                }
            };
            writeln!(out, "  {period}: {why} (batches of {} rows)", number(*rows))?;
        }
        more(out, self.not_included.len())?;
        self.write_faults(out)?;
        let IndexLeakage { months, rows, meaning } = &self.index_leakage;
        writeln!(out, "\nIndex")?;
        if !months.is_empty() {
            let months: Vec<_> = months.iter().map(ToString::to_string).collect();
            writeln!(out, "  at most {} rows, of {}", number(*rows), months.join(", "))?;
        }
        wrapped(out, "", meaning)?;
        let Openings { justified, unexplained } = self.openings;
        writeln!(out, "\nOpenings in the ledger: {} justified, {} unexplained", number(justified), number(unexplained))
    }
}

impl Assessment {
    /// What of the ledger has no effect, and which batches have no header.
    fn write_faults(&self, out: &mut String) -> std::fmt::Result {
        if !self.voids.is_empty() {
            writeln!(out, "\nVoid entries")?;
        }
        for VoidEntry { entry, kind, rule, signer } in self.voids.iter().take(TABLE_LINES) {
            writeln!(out, "  {entry} {kind} ({}): {rule}", signer.as_str())?;
        }
        more(out, self.voids.len())?;
        let batches = self.without_header.iter();
        let batches = batches.map(|of| (format!("{} {}", of.entry, of.batch), vec![of.rows, of.parties]));
        table(out, "Counted without a header", &["rows", "parties"], batches.collect())
    }
}

/// No control character reaches a terminal, whoever wrote the text: a ledger's names are not ours.
pub(crate) fn printable(text: &str) -> String {
    // Marks that turn the direction of a line, or that are not seen, are no controls to Unicode.
    let hidden =
        |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let safe = |c: char| c == '\n' || !(c.is_control() || hidden(c));
    text.chars().map(|c| if safe(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

fn hypothesis_line(hypothesis: &crate::Hypothesis) -> String {
    use crate::hypothesis::Kind;
    let mut line = hypothesis.kind.as_str().to_owned();
    match &hypothesis.kind {
        Kind::Host { workers } if workers.is_empty() => line += " of every worker",
        Kind::Host { workers } => {
            let workers: Vec<_> = workers.iter().map(|worker| worker.as_str()).collect();
            line += &format!(" of {}", workers.join(", "));
        }
        Kind::Principal { principal } => line += &format!(" {principal}"),
        Kind::CarrierKey { certificate } | Kind::Traffic { certificate } => line += &format!(" sha256:{certificate}"),
        _ => {}
    }
    let from = hypothesis.from.map_or_else(|| "unknown".to_owned(), |time| time.to_string());
    let to = hypothesis.to.map_or_else(|| "the end of the ledger".to_owned(), |time| time.to_string());
    format!("{line}, from {from} to {to}")
}

pub(crate) fn words(classes: Classes) -> String {
    classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(" ")
}

/// Digits in groups: 950000 as 950,000.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// So many of these.
fn many(count: u64, one: &str, more: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { more })
}

fn in_rows(count: u64) -> String {
    many(count, "row", "rows")
}

fn in_parties(count: u64) -> String {
    many(count, "party", "parties")
}

fn table(out: &mut String, title: &str, columns: &[&str], lines: Vec<(String, Vec<u64>)>) -> std::fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    let shown = &lines[..lines.len().min(TABLE_LINES)];
    let width = shown.iter().map(|(name, _)| name.chars().count() + 2).max().unwrap_or(0).max(title.len());
    write!(out, "\n{title:width$}")?;
    columns.iter().try_for_each(|column| write!(out, "  {column:>16}"))?;
    writeln!(out)?;
    for (name, numbers) in shown {
        write!(out, "  {name:0$}", width - 2)?;
        numbers.iter().try_for_each(|n| write!(out, "  {:>16}", number(*n)))?;
        writeln!(out)?;
    }
    more(out, lines.len())
}

fn more(out: &mut String, lines: usize) -> std::fmt::Result {
    match lines.checked_sub(TABLE_LINES) {
        None | Some(0) => Ok(()),
        Some(rest) => writeln!(out, "  … and {rest} more, all of them in the JSON"),
    }
}

/// The curve in one line, equal times wide; nothing where it has no second point.
fn sparkline(curve: &[CurvePoint], until: ledger::Time) -> Option<String> {
    const COLUMNS: i64 = 60;
    const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let (first, last) = (curve.first()?, curve.get(1..)?.last()?);
    let from = first.from.milliseconds();
    let span = until.max(last.from).milliseconds() - from;
    let most = curve.iter().map(|point| point.rows).max()?.max(1);
    let column = |column: i64| {
        // The most of a column's time: what began in it began no later.
        let then = from + span * column / COLUMNS;
        let own = curve.iter().rfind(|point| point.from.milliseconds() <= then).map_or(0, |point| point.rows);
        let eighths = u128::from(own) * 8;
        BARS[usize::try_from(eighths.div_ceil(u128::from(most))).unwrap_or(8).min(8)]
    };
    Some((0..COLUMNS).map(column).collect::<String>().trim_end().to_owned())
}

/// One paragraph, indented by two, its mark before the first line.
fn wrapped(out: &mut String, mark: &str, paragraph: &str) -> std::fmt::Result {
    let hang = mark.chars().count() + 2;
    let mut line = format!("  {mark}");
    let mut fresh = true;
    for word in paragraph.split_whitespace() {
        if !fresh && line.chars().count() + word.chars().count() >= 100 {
            writeln!(out, "{}", line.trim_end())?;
            line = " ".repeat(hang);
        }
        line += word;
        line.push(' ');
        fresh = false;
    }
    writeln!(out, "{}", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_in_one_line() {
        let point = |from: &str, rows| CurvePoint { from: from.parse().unwrap(), rows };
        let (first, last) = ("2026-01-01T00:00:00.000Z", "2026-03-02T00:00:00.000Z");
        let curve = [point(first, 800), point("2026-01-31T00:00:00.000Z", 1), point("2026-02-15T00:00:00.000Z", 0)];
        let line = sparkline(&curve, last.parse().unwrap()).unwrap();
        assert_eq!(line, format!("{}{}", "█".repeat(30), "▁".repeat(15)));
        assert_eq!(sparkline(&curve[..1], last.parse().unwrap()), None);
        assert_eq!(sparkline(&[], last.parse().unwrap()), None);
    }
}
