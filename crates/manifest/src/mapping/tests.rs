//! The work that a document asks for grows with its size, not with its square.

use super::{read, shapes::SHAPES, steps};
use crate::Class;

fn steps_of(document: &str) -> u64 {
    let (interchange, _) = edi::read(document.as_bytes(), &edi::Limits::default());
    steps::of(|| _ = read(&interchange, &interchange.groups[0].sets[0], &Class::ALL))
}

/// Issue 14: a 1 MB 856 with 80,000 CUR was accepted after 13.9 s.
#[test]
fn issue_14_twice_the_document_is_twice_the_work() {
    let quadratic: Vec<_> = SHAPES
        .iter()
        .map(|(name, shape)| (name, steps_of(&shape(400)), steps_of(&shape(800))))
        .filter(|(_, once, twice)| *twice > once * 5 / 2)
        .collect();
    assert_eq!(quadratic, []);
}
