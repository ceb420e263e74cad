//! Cells that a spreadsheet would take for a formula.
//!
//! Excel, LibreOffice and others calculate a cell that begins with `=`, `+`, `-` or `@` (or with their full-width forms,
//! U+FF1D, U+FF0B, U+FF0D, U+FF20), which may call other programs. Such a cell is written with an apostrophe before it; so
//! is one that begins with an apostrophe followed by one of these or by another apostrophe. A reader takes an
//! apostrophe away that stands before one of these. Both together give back every value.

use crate::record::Personal;

/// The cell's value, without the apostrophe that is no part of it.
pub(super) fn taken(cell: Personal<'_>) -> Personal<'_> {
    if is_guarded(cell.expose()) { cell.without_first() } else { cell }
}

/// Whether an apostrophe is to be written before the value.
pub(super) fn needs_guard(value: &[u8]) -> bool {
    begins_formula(value) || is_guarded(value)
}

fn is_guarded(cell: &[u8]) -> bool {
    cell.strip_prefix(b"'").is_some_and(|rest| rest.starts_with(b"'") || begins_formula(rest))
}

fn begins_formula(value: &[u8]) -> bool {
    let wide = ["\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}"];
    matches!(value.first(), Some(b'=' | b'+' | b'-' | b'@')) || wide.iter().any(|w| value.starts_with(w.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_taken_and_is_no_formula() {
        for value in
            ["=1", "+1", "-5.00", "@A", "＝1", "'", "''", "'=1", "'A", "A=1", "''=1", "'S-GRAVENHAGE", "", "'＋"]
        {
            let cell = if needs_guard(value.as_bytes()) { format!("'{value}") } else { value.to_owned() };
            assert!(!begins_formula(cell.as_bytes()), "{value}");
            assert_eq!(taken(Personal::borrowed(cell.as_bytes())).expose(), value.as_bytes());
        }
        assert_eq!(taken(Personal::borrowed(b"=1")).expose(), b"=1", "a formula that was sent is text");
    }
}
