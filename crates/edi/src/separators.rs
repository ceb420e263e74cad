//! The four delimiters, which an interchange declares in its ISA.

/// The delimiters of one interchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separators {
    /// Between elements: the octet after `ISA`.
    pub element: u8,
    /// Between the components of an element: ISA16.
    pub component: u8,
    /// Between repetitions: ISA11 from 00402 on, where it is no letter, digit or blank.
    pub repetition: Option<u8>,
    /// After each segment: the octet after ISA16.
    pub terminator: u8,
}

impl Default for Separators {
    fn default() -> Self {
        Self { element: b'*', component: b'>', repetition: None, terminator: b'~' }
    }
}

impl Separators {
    /// Whether `octet` is one of them.
    pub fn contains(&self, octet: u8) -> bool {
        octet == self.element
            || octet == self.component
            || octet == self.terminator
            || self.repetition.is_some_and(|r| r == octet)
    }

    /// Whether the octet may serve: no letter, digit, blank or NUL.
    pub(crate) fn usable(octet: u8) -> bool {
        !octet.is_ascii_alphanumeric() && octet != b' ' && octet != 0
    }

    /// Whether all are usable and no two are the same.
    pub(crate) fn distinct(&self) -> bool {
        let Self { element, component, repetition, terminator } = *self;
        Self::usable(element)
            && Self::usable(component)
            && Self::usable(terminator)
            && element != component
            && element != terminator
            && component != terminator
            && repetition.is_none_or(|r| r != element && r != component && r != terminator)
    }
}
