//! What every figure rests on.

use serde::{Deserialize, Serialize};

/// One of the assumptions under which the bound holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumption {
    /// Its number, `A1` to `A7`.
    pub id: String,
    /// What is assumed, as a sentence.
    pub text: String,
}

/// A1 to A7, the same in every assessment.
pub fn assumptions() -> Vec<Assumption> {
    const TEXTS: [(&str, &str); 7] = [
        (
            "A1",
            "The workers sealed every row before anything was written, and kept no readable copy in memory afterwards: \
             freed memory is overwritten, and tests search the memory of idle processes; memory in work is not covered.",
        ),
        (
            "A2",
            "Nothing was opened that is not in the ledger. At levels 0 and 1 the warden's own program ensures this; \
             from level 2 on the co-holder enforces it.",
        ),
        ("A3", "The private keys were not copied out of the warden, except where the hypothesis says so."),
        ("A4", "The random numbers behind keys and secrets could not be predicted."),
        ("A5", "The cryptographic primitives hold."),
        (
            "A6",
            "No readable copy was made elsewhere: not at the partners, not in snapshots of the memory of a virtual machine.",
        ),
        ("A7", "What a taken host recorded about itself is a claim and no proof."),
    ];
    TEXTS.map(|(id, text)| Assumption { id: id.to_owned(), text: text.to_owned() }).to_vec()
}
