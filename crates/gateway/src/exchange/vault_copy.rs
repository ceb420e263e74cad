//! The vault copy of a manifest: its parcels as rows of a sealed batch, the tokens by which they are found. Nothing but the manifest, keys and random numbers goes in, so that a drill seals as a gateway does.

use manifest::{Class, Manifest, Record};
use rand_core::CryptoRng;
use seal::{IndexKey, Plan, Row, Sealed, Token};
use std::ops::Range;
use zeroize::Zeroizing;

/// Seals these parcels of a manifest, with its own record, as one batch; at most 65,536 of them.
///
/// # Errors
/// [`seal::Error`]: more than a batch holds, or a class that no group of the plan keeps.
pub fn seal(
    plan: Plan,
    manifest: &Manifest<'_>,
    parcels: Range<usize>,
    index: &IndexKey,
    rng: &mut impl CryptoRng,
) -> Result<Sealed, seal::Error> {
    let mut tokens = tokens(manifest, 0, 0, index);
    for (row, parcel) in (1..).zip(parcels.clone()) {
        tokens.extend(self::tokens(manifest, parcel + 1, row, index));
    }
    let rows = manifest.parcels[parcels].iter().map(row);
    seal::batch::seal(plan, row(&manifest.head), rows, tokens, rng)
}

/// Of the manifest's record `of`, 0 its own, for the batch's record `row`.
fn tokens(manifest: &Manifest<'_>, of: usize, row: u32, index: &IndexKey) -> Vec<(Token, u32)> {
    manifest.search_values(of).iter().map(|(kind, value)| (index.token(*kind, value), row)).collect()
}

fn row(record: &Record<'_>) -> Row {
    let class = |class| Some(record.class_bytes(class)).filter(|octets: &Zeroizing<Vec<u8>>| !octets.is_empty());
    let classes = [
        None,
        class(Class::Linkable),
        class(Class::Address),
        class(Class::Contact),
        class(Class::Remarks),
        class(Class::Financial),
    ];
    Row {
        operational: record.operational.to_bytes(),
        province: record.operational.province,
        classes,
        parties: record.parties,
    }
}
