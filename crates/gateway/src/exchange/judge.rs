//! Judging: where a document goes, whether it came before, what each manifest does to earlier ones. Everything here is
//! decided over what was looked up before, and changes nothing.

use crate::partner::{Agreement, EdiId, Partner, Partners, Status};
use edi::Code;
use ledger::entry::Verdict;
use manifest::Purpose;
use std::collections::BTreeMap;
use vault::{Key, ManifestId};

/// What a document's envelope says.
pub(crate) struct Address {
    /// From whom; none if that is nobody's name.
    pub(crate) sender: Option<EdiId>,
    /// For whom; none if that is nobody's name.
    pub(crate) receiver: Option<EdiId>,
    /// Its control number; none if that is no number.
    pub(crate) control: Option<String>,
    /// The header's own word: not a test.
    pub(crate) production: bool,
}

/// Where a document goes.
#[derive(Debug)]
pub(crate) struct Route<'p> {
    pub(crate) shipper: &'p Partner,
    pub(crate) carrier: &'p Partner,
    pub(crate) agreement: &'p Agreement,
    /// Whether it is sealed and delivered; tests are answered only.
    pub(crate) kept: bool,
    /// What makes a second one a duplicate; none: nothing does.
    pub(crate) key: Option<Key>,
}

/// Why a document goes nowhere.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoRoute {
    /// It says that it is from somebody for whom this credential may not send.
    Sender,
    /// It is for nobody with whom its sender has an agreement.
    Receiver,
    /// The agreement is not in use.
    Agreement(Status),
}

/// Whom a document of this partner's credential is from and for, and what they agreed.
pub(crate) fn between<'p, 'a>(
    partners: &'p Partners,
    shipper: &Partner,
    address: &'a Address,
) -> Result<(&'a EdiId, &'a EdiId, &'p Partner, &'p Agreement), NoRoute> {
    let sender = address.sender.as_ref().filter(|id| shipper.edi.contains(id)).ok_or(NoRoute::Sender)?;
    let receiver = address.receiver.as_ref().ok_or(NoRoute::Receiver)?;
    let carrier = partners.by_edi(receiver).ok_or(NoRoute::Receiver)?;
    let agreement = partners.between(&shipper.id, &carrier.id).ok_or(NoRoute::Receiver)?;
    Ok((sender, receiver, carrier, agreement))
}

/// Where a document of this partner's credential goes. ISA15 `T` never reaches production.
pub(crate) fn route<'p>(partners: &'p Partners, shipper: &'p Partner, address: &Address) -> Result<Route<'p>, NoRoute> {
    let (sender, receiver, carrier, agreement) = between(partners, shipper, address)?;
    let kept = match agreement.status {
        Status::Draft | Status::Suspended => return Err(NoRoute::Agreement(agreement.status)),
        Status::Test | Status::Shadow => false,
        Status::Live => address.production,
    };
    // Only ids that we know and numbers that are numbers.
    let key = address.control.as_ref().map(|control| Key {
        partner: shipper.id.to_string(),
        sender: sender.to_string(),
        receiver: receiver.to_string(),
        control: control.clone(),
        test: !address.production,
    });
    Ok(Route { shipper, carrier, agreement, kept, key })
}

/// Whether a document came before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Not, or what came was refused: it is taken.
    New,
    /// The same octets were taken: the first answer again.
    Same,
    /// Other octets were taken under its control number: it is refused.
    Other,
}

/// By the verdict on what came under its key before, and whether that had the same octets.
pub(crate) fn seen(before: Option<(Verdict, bool)>) -> Seen {
    match before {
        Some((verdict, same)) if verdict.is_accepted() => {
            if same {
                Seen::Same
            } else {
                Seen::Other
            }
        }
        _ => Seen::New,
    }
}

/// A manifest of a document, as far as corrections go. `N` tells numbers apart: their keyed tokens, or where nothing is
/// kept, their hashes.
pub(crate) struct Announced<N> {
    /// None if it has none.
    pub(crate) number: Option<N>,
    /// What it says that it does.
    pub(crate) purpose: Purpose,
    /// The current manifest of that number under the same agreement, from earlier documents.
    pub(crate) earlier: Option<Earlier>,
}

/// The last word under a number, from earlier documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Earlier {
    pub(crate) id: ManifestId,
    /// It took its forerunner back: nothing stands under the number.
    pub(crate) cancelled: bool,
}

/// Whose place a manifest takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Nobody,
    /// One of an earlier document.
    Earlier(ManifestId),
    /// One of the same document, by its place in the list.
    Here(usize),
}

/// For each manifest of a document whose place it takes, or why it is refused. A number stands once in an agreement: a
/// repeated original is refused, and so is the cancelling of nothing. What a document says further up counts as earlier.
pub(crate) fn corrections<N: Ord + Copy>(announced: &[Announced<N>]) -> Vec<Result<Takes, Code>> {
    let mut here: BTreeMap<N, (usize, bool)> = BTreeMap::new();
    let mut decided = Vec::with_capacity(announced.len());
    for (place, this) in announced.iter().enumerate() {
        let Some(number) = this.number else {
            decided.push(Err(Code::ElementMissing));
            continue;
        };
        let (takes, standing) = match (here.get(&number), this.earlier) {
            (Some((place, cancelled)), _) => (Takes::Here(*place), !cancelled),
            (None, Some(earlier)) => (Takes::Earlier(earlier.id), !earlier.cancelled),
            (None, None) => (Takes::Nobody, false),
        };
        decided.push(match this.purpose {
            Purpose::Original if standing => Err(Code::DuplicateManifest),
            Purpose::Cancel if !standing => Err(Code::InvalidCode),
            purpose => {
                here.insert(number, (place, purpose == Purpose::Cancel));
                Ok(takes)
            }
        });
    }
    decided
}

#[cfg(test)]
#[path = "judge/tests.rs"]
mod tests;
