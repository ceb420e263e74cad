//! What a thief really opens: stored batches, tried with every key that he has.

use crate::custody::Stolen;
use ledger::{FieldClass, Month};
use seal::Sealed;
use std::collections::BTreeSet;

/// Months of which a stored batch opened, and gave an address.
pub fn opened(stored: &[Sealed], keys: &Stolen) -> BTreeSet<Month> {
    stored.iter().filter(|sealed| opens(sealed, keys)).map(|sealed| sealed.header.month).collect()
}

fn opens(sealed: &Sealed, keys: &Stolen) -> bool {
    let groups = sealed.header.groups.iter().zip(&sealed.encapsulations).enumerate();
    let mut held = groups.filter_map(|(number, (group, wrapped))| Some((number, wrapped, keys.get(&group.period)?)));
    held.any(|(number, wrapped, secret)| {
        let open = seal::batch::open(secret, &sealed.header, number, wrapped, &sealed.body);
        open.is_ok_and(|group| group.row(1, FieldClass::Address).is_ok_and(|address| address.is_some()))
    })
}
