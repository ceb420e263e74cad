//! By which guide a document is read: that of the agreement which it is for.

use super::judge::{self, Address};
use crate::partner::{Partner, Partners};
use manifest::guide::Guide;

/// How a guide is found for each interchange of a body.
#[derive(Clone, Copy)]
pub(crate) enum By<'g> {
    /// The same for all, or none.
    One(Option<&'g Guide>),
    /// By the agreement between the shipper and whomever it is for; where there is none, this one.
    Agreement(&'g Partners, &'g Partner, Option<&'g Guide>),
}

impl<'g> By<'g> {
    /// As what this shipper sends is read.
    pub(crate) fn agreements_of(partners: &'g Partners, shipper: &'g Partner) -> Self {
        let guided = own(partners, shipper).next().is_some();
        if guided { Self::Agreement(partners, shipper, None) } else { Self::One(None) }
    }

    /// Of an interchange from here to there.
    pub(crate) fn of(self, address: impl FnOnce() -> Option<Address>) -> Option<&'g Guide> {
        match self {
            Self::One(guide) => guide,
            Self::Agreement(partners, shipper, otherwise) => {
                match address().map(|address| judge::between(partners, shipper, &address).map(|(.., own)| own)) {
                    Some(Ok(agreement)) => partners.guide_of(agreement),
                    _ => otherwise,
                }
            }
        }
    }

    /// What the first is read by. Where that was wrong it is read once more.
    pub(crate) fn guess(self) -> Option<&'g Guide> {
        match self {
            Self::One(guide) => guide,
            Self::Agreement(partners, shipper, otherwise) => otherwise.or_else(|| own(partners, shipper).next()),
        }
    }
}

fn own<'g>(partners: &'g Partners, shipper: &'g Partner) -> impl Iterator<Item = &'g Guide> {
    let agreements = partners.agreements().filter(|agreement| agreement.shipper == shipper.id);
    agreements.filter_map(|agreement| partners.guide_of(agreement))
}
