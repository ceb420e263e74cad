//! The five cases, each assessed from its ledger as anybody would, proven in a bundle, and held against the truth.

use crate::{
    Fault,
    custody::Stolen,
    story::{Told, Window},
    thief,
    truth::Readable,
};
use incident::{Assessment, Pins, bundle};
use ledger::{FieldClass, Month};
use std::collections::BTreeMap;

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
}

impl Case {
    /// All, in their order.
    pub const ALL: [Self; 4] = [Self::AsItWas, Self::Storage, Self::Host, Self::Warden];

    /// Its letter.
    pub fn letter(self) -> char {
        match self {
            Self::AsItWas => 'a',
            Self::Storage => 'b',
            Self::Host => 'c',
            Self::Warden => 'd',
        }
    }

    /// What is assumed of these weeks, as an investigator writes it. That whoever has the disk has the keys is what "readable at
    /// rest" means.
    pub fn hypothesis(self, window: Window) -> String {
        let of = |kind: &str, from: bool| {
            let from = if from { format!("from = {}\n", window.from()) } else { String::new() };
            format!("[[hypothesis]]\nkind = \"{kind}\"\n{from}to = {}\n", window.to())
        };
        match self {
            Self::AsItWas => of("storage", false) + "\n" + &of("warden", true),
            Self::Storage => of("storage", false),
            Self::Host => of("host", true),
            Self::Warden => of("warden", true),
        }
    }
}

/// What an assessment of one window says, and whether that is true.
pub struct Answer {
    /// Of which weeks.
    pub window: Window,
    /// The file that proves it.
    pub bundle: Vec<u8>,
    /// What it says.
    pub assessment: Assessment,
    /// What the documents' text says.
    pub truth: Readable,
    /// Where the two differ, in words; nothing where they do not.
    pub differs: Vec<String>,
}

/// Assesses, proves, verifies, and compares. `keys`: what the thief has of the warden's.
pub fn answer(
    told: &Told,
    case: Case,
    window: Window,
    truth: Readable,
    keys: Option<&Stolen>,
) -> Result<Answer, Fault> {
    let pins = Pins::parse(&told.pins)?;
    let hypothesis = case.hypothesis(window);
    let parts =
        bundle::Parts { leaves: &told.leaves, note: told.note.as_bytes(), hypothesis: &hypothesis, pins: Some(&pins) };
    let proven = bundle::prove(parts, &told.beside)?;
    let verified = bundle::verify(&proven.octets, Some(&pins), &[])?;
    let mut differs = compare(case, &verified.assessment, &truth);
    if verified.verdict != bundle::Verdict::Verified {
        differs.push(format!("the bundle is {}", verified.verdict.as_str()));
    }
    differs.extend(keys.and_then(|keys| tried(told, &verified.assessment, keys)));
    Ok(Answer { window, bundle: proven.octets, assessment: verified.assessment, truth, differs })
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

fn compare(case: Case, said: &Assessment, truth: &Readable) -> Vec<String> {
    let mut differs = Vec::new();
    let mut equal = |what: &str, said: u64, truth: u64| {
        if said != truth {
            differs.push(format!("{what}: the assessment says {said}, the documents {truth}"));
        }
    };
    equal("recipients", said.at_most.rows, truth.recipients);
    equal("shippers", said.at_most.shippers, truth.shippers.len() as u64);
    equal("unbounded", u64::from(said.at_most.unbounded), 0);
    let by_shipper: BTreeMap<_, u64> =
        said.by_shipper.iter().map(|own| (own.shipper.as_ref().map(ToString::to_string), own.rows)).collect();
    for shipper in &truth.shippers {
        let own = truth.cells.iter().filter(|((of, ..), _)| of == shipper).map(|(_, rows)| rows).sum();
        equal(shipper, by_shipper.get(&Some(shipper.clone())).copied().unwrap_or_default(), own);
    }
    // What shippers' totals say has no months and no classes.
    if case != Case::Host {
        let contact = said.by_classes.iter().filter(|own| own.classes.contains(&FieldClass::Contact));
        equal("with e-mail or telephone", contact.map(|own| own.rows).sum(), truth.reachable);
        let cells = said.by_shipper_month.iter().filter(|cell| cell.rows > 0);
        let cells: BTreeMap<_, _> = cells
            .map(|cell| {
                let shipper = cell.shipper.as_ref().map(ToString::to_string).unwrap_or_default();
                ((shipper, i64::from(cell.month.year), i64::from(cell.month.month)), cell.rows)
            })
            .collect();
        if cells != truth.cells {
            differs.push("shippers' months are not those of the documents".to_owned());
        }
    }
    differs
}
