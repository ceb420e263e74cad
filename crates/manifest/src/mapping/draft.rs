//! The numbers of a level: what is not text of it.

use super::number;
use crate::operational::Code;

/// Numbers of a level. `None` where nothing is said.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Draft {
    pub service: Option<Code>,
    pub carrier: Option<Code>,
    pub ship_date: Option<u32>,
    pub weight_grams: Option<u32>,
    pub length_mm: Option<u32>,
    pub width_mm: Option<u32>,
    pub height_mm: Option<u32>,
    pub pieces: Option<u16>,
}

impl Draft {
    /// Whether it has a weight or a size, which nothing else takes from it.
    pub fn weighs(self) -> bool {
        [self.weight_grams, self.length_mm, self.width_mm, self.height_mm].iter().any(Option::is_some)
    }

    /// What a level below takes of it where it says nothing itself.
    pub fn inheritable(self) -> Self {
        Self { service: self.service, carrier: self.carrier, ship_date: self.ship_date, ..Self::default() }
    }

    /// This, and where it says nothing, `above`'s inheritable numbers.
    pub fn under(self, above: Self) -> Self {
        Self {
            service: self.service.or(above.service),
            carrier: self.carrier.or(above.carrier),
            ship_date: self.ship_date.or(above.ship_date),
            ..self
        }
    }
}

pub(super) fn lengths(draft: &mut Draft) -> [&mut Option<u32>; 3] {
    [&mut draft.length_mm, &mut draft.width_mm, &mut draft.height_mm]
}

pub(super) fn measure(draft: &mut Draft, what: &[u8], value: &[u8], unit: &[u8]) -> bool {
    match what {
        b"G" | b"WT" => draft.weight_grams = draft.weight_grams.or(number::grams(value, unit)),
        b"LN" => draft.length_mm = draft.length_mm.or(number::millimetres(value, unit)),
        b"WD" => draft.width_mm = draft.width_mm.or(number::millimetres(value, unit)),
        b"HT" => draft.height_mm = draft.height_mm.or(number::millimetres(value, unit)),
        _ => return false,
    }
    true
}
