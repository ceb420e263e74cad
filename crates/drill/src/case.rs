//! The five cases, each assessed from its ledger as anybody would, proven in a bundle, and held against the truth.

use crate::{
    Audience, Fault,
    comparison::compare,
    custody::Stolen,
    story::{Told, Window},
    thief,
    truth::Readable,
};
use incident::{
    Assessment,
    bundle::{self, Proven, Prover},
};
use ledger::Month;

/// Which case: the letter that it has in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Case {
    /// As it was: readable where it lies, and kept without an end.
    AsItWas,
    /// The disk is copied; nothing is forgotten yet.
    Storage,
    /// The gateway's host is taken for six weeks; nothing is forgotten yet.
    Host,
    /// What is over is forgotten; the warden's host is taken for six weeks.
    Warden,
    /// Another organisation must unwrap, too; the warden's host is taken.
    CoHolder,
}

impl Case {
    /// All, in their order.
    pub const ALL: [Self; 5] = [Self::AsItWas, Self::Storage, Self::Host, Self::Warden, Self::CoHolder];

    /// Its letter.
    pub fn letter(self) -> char {
        match self {
            Self::AsItWas => 'a',
            Self::Storage => 'b',
            Self::Host => 'c',
            Self::Warden => 'd',
            Self::CoHolder => 'e',
        }
    }

    /// What is assumed of these weeks, as an investigator writes it. That whoever has the disk has every key is what "readable at
    /// rest" means.
    pub fn hypothesis(self, window: Window) -> String {
        let of = |kind: &str, from: bool| {
            let from = if from { format!("from = {}\n", window.from()) } else { String::new() };
            format!("[[hypothesis]]\nkind = \"{kind}\"\n{from}to = {}\n", window.to())
        };
        match self {
            Self::AsItWas => of("storage", false) + &of("warden", true) + &of("co-holder", true),
            Self::Storage => of("storage", false),
            Self::Host => of("host", true),
            Self::Warden | Self::CoHolder => of("warden", true),
        }
    }
}

/// What an assessment of one window says, and whether that is true.
pub struct Answer {
    /// Of which weeks.
    pub window: Window,
    /// What it says.
    pub assessment: Assessment,
    /// What the documents' text says.
    pub truth: Readable,
    /// What it says of what could be read only as far as nothing seals it.
    pub clear: Readable,
    /// Where the two differ, in words; nothing where they do not.
    pub differs: Vec<String>,
}

/// One question to a ledger.
pub struct Question<'q> {
    /// What is asked.
    pub case: Case,
    /// Of which weeks.
    pub window: Window,
    /// What is assumed of them.
    pub hypothesis: String,
    /// The answer's bundle is this.
    pub name: &'q str,
    /// What the answer should be.
    pub truth: Readable,
    /// Of what only what nothing seals should be readable.
    pub clear: Readable,
    /// What the thief has of the warden's keys; none: no key is tried.
    pub keys: Option<&'q Stolen>,
}

/// Assesses, proves, and compares.
pub fn answer(
    told: &Told,
    prover: &Prover<'_, Vec<Vec<u8>>>,
    question: Question<'_>,
    audience: &dyn Audience,
) -> Result<Answer, Fault> {
    let Question { case, window, hypothesis, name, truth, clear, keys } = question;
    let Proven { octets, assessment, verdict } = prover.prove(&hypothesis, &told.beside)?;
    audience.bundle(name, &octets)?;
    let mut differs = compare(case, &assessment, &truth, &clear);
    if verdict != bundle::Verdict::Verified {
        differs.push(format!("the bundle is {}", verdict.as_str()));
    }
    differs.extend(keys.and_then(|keys| tried(told, &assessment, keys)));
    Ok(Answer { window, assessment, truth, clear, differs })
}

/// What the thief's keys open, and what the assessment says that they do, of a batch of each month.
fn tried(told: &Told, assessment: &Assessment, keys: &Stolen) -> Option<String> {
    let opened = thief::opened(&told.stored, keys);
    let said: std::collections::BTreeSet<Month> =
        assessment.by_month.iter().filter(|own| own.rows > 0).map(|own| own.month).collect();
    let stored = |month: &&Month| told.stored.iter().any(|sealed| sealed.header.month == **month);
    let said: std::collections::BTreeSet<Month> = said.iter().filter(stored).copied().collect();
    (opened != said).then(|| format!("the thief's keys open batches of {} months, not {}", opened.len(), said.len()))
}
