//! Weights: a number whose unit nobody reads, or that is below zero, is no weight. No table says so, because units are
//! of all kinds and numbers may be signed elsewhere.

use crate::{Code, Syntax, finding::Reporter, segment::Segment};

/// Units of weight that are read, of X12's 355.
const UNITS: [&[u8]; 5] = [b"LB", b"KG", b"GR", b"OZ", b"MP"];
/// The same of EDIFACT's 6411.
const UNITS_OF_EDIFACT: [&[u8]; 5] = [b"KGM", b"GRM", b"LBR", b"ONZ", b"TNE"];

/// Whether such segments may hold a weight.
pub(super) fn concerns(tag: &[u8]) -> bool {
    matches!(tag, b"TD1" | b"PO4" | b"CD3" | b"AT8" | b"MEA")
}

/// Where a weight and its unit stand: element and component. No unit is pounds, as X12 has it.
#[inline]
pub(super) fn check(segment: Segment<'_, '_>, syntax: Syntax, reporter: &mut Reporter<'_, '_>) {
    let (weight, unit) = match segment.tag() {
        b"TD1" => ((7, 0), (8, 0)),
        b"PO4" => ((6, 0), (7, 0)),
        b"CD3" => ((2, 0), (0, 0)),
        b"AT8" => ((3, 0), (0, 0)),
        b"MEA" if syntax == Syntax::X12 && matches!(segment.element(2), b"G" | b"WT") => ((3, 0), (4, 1)),
        b"MEA" if syntax == Syntax::Edifact && weighs(segment) => ((3, 2), (3, 1)),
        _ => return,
    };
    let (known, number): (&[&[u8]], u16) = match syntax {
        Syntax::X12 => (&UNITS, 355),
        Syntax::Edifact => (&UNITS_OF_EDIFACT, 6411),
    };
    let (said, in_unit) = (at(segment, weight), at(segment, unit));
    if said.starts_with(b"-") {
        reporter.value(Code::NegativeWeight, segment, (weight.0, 0, weight.1), 0, said);
    }
    // What is shorter or longer than a unit was told by its length.
    let length = if syntax == Syntax::X12 { 2..=2 } else { 1..=3 };
    if !said.is_empty() && length.contains(&in_unit.len()) && !known.contains(&in_unit) {
        reporter.value(Code::InvalidCode, segment, (unit.0, 0, unit.1), number, in_unit);
    }
}

fn weighs(segment: Segment<'_, '_>) -> bool {
    let what = segment.component(2, 1);
    matches!(what, b"G" | b"WT" | b"AAB" | b"AAD") || what.is_empty() && segment.element(1) == b"WT"
}

fn at<'i>(segment: Segment<'i, '_>, (element, component): (usize, usize)) -> &'i [u8] {
    if component == 0 { segment.element(element) } else { segment.component(element, component) }
}
