//! Lists for people: aligned columns, nothing cut.

use std::fmt::{self, Display};

/// A table under construction.
pub struct Table(Vec<Vec<String>>);

impl Table {
    pub fn new(headings: &[&str]) -> Self {
        Self(vec![headings.iter().map(|h| (*h).to_owned()).collect()])
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }

    pub fn print(&self) {
        print!("{self}");
    }
}

/// Columns as wide as their widest cell, two blanks between.
impl Display for Table {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.0[0].len();
        let width = |column: usize| self.0.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max();
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        for row in &self.0 {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            writeln!(to, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// A value that may be missing: `-`.
pub fn or_none<T: Display>(value: Option<T>) -> String {
    value.map_or("-".into(), |value| value.to_string())
}

/// Several in one cell.
pub fn list<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(",")
}

/// A time without milliseconds.
pub fn time(time: ledger::Time) -> String {
    let text = time.to_string();
    format!("{} {}Z", &text[..10], &text[11..19])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_lose_their_milliseconds_only() {
        assert_eq!(time("2026-11-23T22:41:00.123Z".parse().expect("a time")), "2026-11-23 22:41:00Z");
    }
}
