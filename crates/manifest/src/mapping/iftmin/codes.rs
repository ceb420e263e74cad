//! The codes of UN/EDIFACT, and which of X12's mean the same: a field's qualifier is X12's, whatever message it came in,
//! because the carrier's document is an 856.

use crate::mapping::texts::qualifier;
use crate::{
    parcel::Purpose,
    record::{Qualifier, Tag},
};

/// 1225. An addition or a deletion of lines changes what was said before.
pub(super) fn purpose(code: &[u8]) -> Purpose {
    match code {
        b"1" => Purpose::Cancel,
        b"2" | b"3" | b"4" => Purpose::Change,
        b"5" => Purpose::Replace,
        _ => Purpose::Original,
    }
}

/// 1153 of a reference. An order without a qualifier comes first, so `ordered` tells whether there is one.
pub(super) fn reference(code: &[u8], ordered: bool) -> (Tag, Qualifier) {
    let (tag, code): (Tag, &[u8]) = match code {
        b"CW" => (Tag::Tracking, b"2I"),
        b"CN" => (Tag::Tracking, b"CN"),
        b"ON" if ordered => (Tag::Order, b"PO"),
        b"ON" => return (Tag::Order, Qualifier::NONE),
        b"CU" => (Tag::Order, b"CO"),
        b"ADE" => (Tag::Account, b"12"),
        // These mean the same in both; any other might name something else to a reader of X12.
        b"BM" | b"CR" | b"IV" | b"SI" => (Tag::Reference, code),
        _ => (Tag::Reference, b"ZZ"),
    };
    (tag, qualifier(code, b"ZZ"))
}

/// 3155 of a way to reach somebody.
pub(super) fn channel(code: &[u8]) -> (Tag, Qualifier) {
    let (tag, code): (Tag, &[u8]) = match code {
        b"TE" => (Tag::Phone, b"TE"),
        b"AL" | b"MO" => (Tag::Phone, b"CP"),
        b"FX" => (Tag::Phone, b"FX"),
        b"EM" => (Tag::Email, b"EM"),
        _ => (Tag::OtherContact, b"ZZ"),
    };
    (tag, qualifier(code, b"ZZ"))
}

/// 5025 of an amount.
pub(super) fn amount(code: &[u8]) -> (Tag, Qualifier) {
    match code {
        b"44" => (Tag::DeclaredValue, Qualifier::NONE),
        b"22" => (Tag::Cod, Qualifier::NONE),
        code => (Tag::Charge, qualifier(code, b"ZZ")),
    }
}

/// 3055, who gave a party its number: GS1's are known to X12 as UL.
pub(super) fn agency(code: &[u8]) -> Qualifier {
    qualifier(if code == b"9" { b"UL" } else { b"ZZ" }, b"ZZ")
}

/// X12's unit of a 6411; one that is not known to it measures nothing.
pub(super) fn unit(code: &[u8]) -> &'static [u8] {
    match code {
        b"KGM" => b"KG",
        b"GRM" => b"GR",
        b"LBR" => b"LB",
        b"ONZ" => b"OZ",
        b"TNE" => b"MP",
        b"MMT" => b"MM",
        b"CMT" => b"CM",
        b"MTR" => b"MR",
        b"INH" => b"IN",
        b"FOT" => b"FT",
        _ => b"?",
    }
}
