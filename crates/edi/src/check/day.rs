//! Dates of EDIFACT: text for every table, and days of the calendar by the form that the segment itself names.

use crate::{Code, finding::Reporter, segment::Segment, syntax};

/// The number of 2380, a date or a time or a period.
const DATE: u16 = 2380;

/// Whether such segments hold a date with its form.
pub(super) fn concerns(tag: &[u8]) -> bool {
    tag == b"DTM"
}

/// Tells of a date that does not exist. Forms that are not known here are not looked at.
#[inline]
pub(super) fn check(segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
    let [_, value, form] = segment.first_components(1);
    if !value.is_empty() && !exists(value, form) {
        reporter.value(Code::InvalidDate, segment, (1, 0, 2), DATE, value);
    }
}

/// Whether there is such a day, and such a time of it, in a form of 2379.
fn exists(value: &[u8], form: &[u8]) -> bool {
    let (day, time) = match form {
        b"101" => (6, 0),
        b"102" => (8, 0),
        b"201" => (6, 4),
        b"202" => (6, 6),
        b"203" => (8, 4),
        b"204" => (8, 6),
        _ => return true,
    };
    let Some((date, rest)) = value.split_at_checked(day) else { return false };
    syntax::is_date(date) && rest.len() == time && (time == 0 || syntax::is_time(rest))
}

#[cfg(test)]
mod tests {
    use super::exists;

    #[test]
    fn days_by_their_forms() {
        for (value, form, there) in [
            ("260105", "101", true),
            ("20260105", "102", true),
            ("20261305", "102", false),
            ("20230229", "102", false),
            ("260105", "102", false),
            ("2601050930", "201", true),
            ("260105093059", "202", true),
            ("202601050930", "203", true),
            ("202601052460", "203", false),
            ("20260105", "203", false),
            ("20260105093059", "204", true),
            ("20260105093060", "204", false),
            ("2026", "602", true),
            ("WEEK 12", "", true),
        ] {
            assert_eq!(exists(value.as_bytes(), form.as_bytes()), there, "{value} {form}");
        }
    }
}
