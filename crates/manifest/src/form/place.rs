//! Where a reader is: a path of our own names and of numbers, made into text only when there is a finding.

use std::fmt::Write as _;

/// One step down a JSON document.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Key(&'static str),
    At(usize),
}

/// The JSON pointer (RFC 6901). Our names need no escapes.
pub(crate) fn pointer(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(name) => write!(text, "/{name}"),
            Step::At(index) => write!(text, "/{index}"),
        }
        .expect("a string takes all");
    }
    text
}
