//! What a partner has to send beyond the message's own rules.

use crate::{Code, Rules, finding::Reporter, rules::Required, segment::Segment};

/// Which of a partner's required segments the set has so far.
pub(super) struct Tally<'r> {
    required: &'r [Required],
    /// By the places in `required`: of this kind of set, and still missing.
    missing: Vec<bool>,
    any: bool,
}

impl<'r> Tally<'r> {
    pub fn new(rules: &'r Rules) -> Self {
        Self { required: &rules.required, missing: vec![false; rules.required.len()], any: false }
    }

    pub fn begin(&mut self, kind: &[u8]) {
        for (missing, required) in self.missing.iter_mut().zip(self.required) {
            *missing = required.kind == kind;
        }
        self.any = self.missing.contains(&true);
    }

    #[inline(always)]
    pub fn place(&mut self, segment: Segment<'_, '_>) {
        if self.any {
            self.strike(segment);
        }
    }

    #[inline(never)]
    fn strike(&mut self, segment: Segment<'_, '_>) {
        let first = segment.element(1);
        for (missing, required) in self.missing.iter_mut().zip(self.required) {
            let fits = |qualifier: &Vec<u8>| first == qualifier || segment.component(1, 1) == qualifier;
            if segment.tag() == required.tag && required.qualifier.as_ref().is_none_or(fits) {
                *missing = false;
            }
        }
        self.any = self.missing.contains(&true);
    }

    pub fn end(&self, segment: Segment<'_, '_>, reporter: &mut Reporter<'_, '_>) {
        for (_, required) in self.missing.iter().zip(self.required).filter(|(missing, _)| **missing) {
            reporter.required(Code::RequiredByPartner, &required.tag, segment);
        }
    }
}
