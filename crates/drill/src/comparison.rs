//! An assessment held against the truth, figure by figure.

use crate::{
    Case,
    truth::{Amount, Readable},
};
use incident::Assessment;
use ledger::{Classes, FieldClass, Month, Pseudonym};
use std::collections::BTreeMap;

/// A table, in words and numbers only.
type Table<V> = BTreeMap<String, V>;

/// Where the two differ, in words; nothing where they do not. `truth` is what could be read, `clear` of what only service, weight, dates and
/// province could.
pub fn compare(case: Case, said: &Assessment, truth: &Readable, clear: &Readable) -> Vec<String> {
    let mut differs = Vec::new();
    let at_most = &said.at_most;
    let mut equal = |what: &str, said: u64, truth: u64| {
        if said != truth {
            differs.push(format!("{what}: the assessment says {said}, the documents {truth}"));
        }
    };
    let [whole, open] = [truth, clear].map(Readable::whole);
    equal("recipients", at_most.rows, whole.recipients);
    equal("parties", at_most.parties, whole.parties);
    equal("shippers", at_most.shippers, truth.shippers().len() as u64);
    equal("unbounded", u64::from(at_most.unbounded), 0);
    // What a taken host has on record is of its weeks alone.
    let beside = if case == Case::Host { Amount::default() } else { open };
    equal("recorded", said.recorded.rows, whole.recipients + beside.recipients);
    equal("recorded parties", said.recorded.parties, whole.parties + beside.parties);
    equal("confirmed", said.confirmed.rows, 0);
    equal("confirmed parties", said.confirmed.parties, 0);
    let shipper = |own: &Option<Pseudonym>| own.as_ref().map(ToString::to_string).unwrap_or_default();
    let month = |own: Month| format!("{:04}-{:02}", own.year, own.month);
    let by_shipper =
        said.by_shipper.iter().map(|own| (shipper(&own.shipper), [own.rows, own.parties, own.operational]));
    table("by shipper", by_shipper, amounts(truth, clear, |(shipper, ..)| shipper.clone()), &mut differs);
    let by_month = said.by_month.iter().map(|own| (month(own.month), [own.rows, own.parties, own.operational]));
    let of_month = |(_, year, month): &_| format!("{year:04}-{month:02}");
    table("by month", by_month, amounts(truth, clear, of_month), &mut differs);
    let cells = said.by_shipper_month.iter().map(|own| {
        (format!("{} {}", shipper(&own.shipper), month(own.month)), [own.rows, own.parties, own.operational])
    });
    let of_cell = |(shipper, year, month): &_| format!("{shipper} {year:04}-{month:02}");
    table("by shipper and month", cells, amounts(truth, clear, of_cell), &mut differs);
    let unknown = truth.provinces.get("UNKNOWN").copied().unwrap_or_default();
    let most = |(province, rows): (&String, &u64)| {
        (province.clone(), [*rows, if province == "UNKNOWN" { *rows } else { rows + unknown }])
    };
    let mut provinces: Table<_> = truth.provinces.iter().map(most).collect();
    provinces.entry("QC".to_owned()).or_insert([0, unknown]);
    let by_province = said.by_province.iter().map(|own| (own.province.to_string(), [own.rows, own.at_most]));
    table("by province", by_province, provinces, &mut differs);
    let mut by_classes: Table<u64> = Table::new();
    for own in &said.by_classes {
        // What is clear of a row is clear whether the rest is or not.
        let sealed = (own.classes & Classes::SEALED).iter();
        *by_classes.entry(sealed.map(FieldClass::as_str).collect::<Vec<_>>().join(" ")).or_default() += own.rows;
    }
    let mut classes = truth.classes.clone();
    if open.recipients > 0 {
        classes.insert(String::new(), open.recipients);
    }
    table("by classes", by_classes, classes, &mut differs);
    differs
}

/// Readable recipients, their parties, and recipients of whom only what is clear is, by a part of what they are of.
fn amounts(
    truth: &Readable,
    clear: &Readable,
    key: impl Fn(&(String, i64, i64)) -> String,
) -> BTreeMap<String, [u64; 3]> {
    let mut sums: Table<[u64; 3]> = Table::new();
    for (cell, Amount { recipients, parties }) in &truth.cells {
        let sum = sums.entry(key(cell)).or_default();
        (sum[0], sum[1]) = (sum[0] + recipients, sum[1] + parties);
    }
    for (cell, amount) in &clear.cells {
        sums.entry(key(cell)).or_default()[2] += amount.recipients;
    }
    sums
}

fn table<V: PartialEq + std::fmt::Debug>(
    what: &str,
    said: impl IntoIterator<Item = (String, V)>,
    truth: Table<V>,
    differs: &mut Vec<String>,
) {
    let said: Table<V> = said.into_iter().collect();
    let keys: std::collections::BTreeSet<&String> = said.keys().chain(truth.keys()).collect();
    let unlike = keys.into_iter().filter(|key| said.get(*key) != truth.get(*key));
    // One is enough to fail, and thousands say no more.
    differs.extend(unlike.take(3).map(|key| {
        let [said, truth] = [said.get(key), truth.get(key)];
        format!("{what}, {key:?}: the assessment says {said:?}, the documents {truth:?}")
    }));
}
