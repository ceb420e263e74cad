//! A file of hypotheses may have its days and moments written as `--from` takes them; a bundle has each in full.

use crate::verb::retention;
use anyhow::Result;
use serde::Deserialize;
use toml::{Spanned, Value};

/// What of the file is looked at. Whatever else is wrong is told by whoever reads it all.
#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    hypothesis: Vec<Table>,
}

#[derive(Deserialize)]
struct Table {
    from: Option<Spanned<Value>>,
    to: Option<Spanned<Value>>,
}

/// The same text, all else left as it stands.
pub fn in_full(text: &str) -> Result<String> {
    let Ok(Text { hypothesis }) = toml::from_str(text) else { return Ok(text.to_owned()) };
    let mut dates: Vec<_> = hypothesis.into_iter().flat_map(|own| [own.from, own.to]).flatten().collect();
    dates.sort_by_key(|date| date.span().start);
    let mut full = text.to_owned();
    // From the last on: places before it stay where they are.
    for date in dates.iter().rev() {
        let written = match date.get_ref() {
            Value::String(written) => written.clone(),
            Value::Datetime(day) if day.time.is_none() => day.to_string(),
            _ => continue,
        };
        full.replace_range(date.span(), &retention::moment(&written)?.to_string());
    }
    Ok(full)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod tests {
    use super::*;
    use incident::{Hypotheses, hypothesis::Error};

    #[test]
    fn days_and_moments_are_taken_as_the_command_line_takes_them() {
        for (written, full) in [
            ("2026-11-02", "2026-11-02T00:00:00.000Z"),
            ("\"2026-11-02\"", "2026-11-02T00:00:00.000Z"),
            ("\"2026-11-02T08:30:00-05:00\"", "2026-11-02T13:30:00.000Z"),
            ("'2026-11-02 08:30:00.250Z'", "2026-11-02T08:30:00.250Z"),
            ("2026-11-02T08:30:00-05:00", "2026-11-02T08:30:00-05:00"),
            ("2026-11-02 08:30:00Z", "2026-11-02 08:30:00Z"),
        ] {
            let of = |from: &str| {
                format!("# {from}\n[[hypothesis]] # é\nto = \"2027-01-01\" #\nkind = \"warden\"\nfrom = {from} # so\n")
            };
            let wanted = of(full).replace("\"2027-01-01\"", "2027-01-01T00:00:00.000Z");
            let found = in_full(&of(written)).unwrap();
            assert_eq!(found, wanted.replacen(full, written, 1), "{written}");
            assert!(Hypotheses::parse(&found).is_ok(), "{written}");
        }
        let inline = in_full("hypothesis = [{kind = \"warden\", from = 2026-11-02, to = \"2026-11-03\"}]").unwrap();
        assert_eq!(Hypotheses::parse(&inline).unwrap().list()[0].to.unwrap().to_string(), "2026-11-03T00:00:00.000Z");
    }

    #[test]
    fn what_is_no_moment_is_refused_here_or_by_whoever_reads_it() {
        let of = |from: &str| format!("[[hypothesis]]\nkind = \"warden\"\nfrom = {from}\n");
        for written in ["\"soon\"", "\"2026-11-31\"", "\"2026-11-02T08:30:00\"", "\"\""] {
            let said = in_full(&of(written)).unwrap_err().to_string();
            assert!(said.starts_with(&format!("{written} is no moment: ")), "{said}");
        }
        for written in ["2026-11-02T08:30:00", "08:30:00", "1"] {
            let text = in_full(&of(written)).unwrap();
            assert_eq!(text, of(written));
            let refused = Hypotheses::parse(&text).unwrap_err();
            assert!(matches!(refused, Error::Malformed { key: "from", .. } | Error::Toml { line: 3, .. }), "{refused}");
        }
        assert_eq!(in_full("no TOML").unwrap(), "no TOML");
    }
}
