//! How long finding takes, and what the index costs: `cargo bench -p vault --bench find -- PARCELS [PARCELS IN A BATCH]`.
//!
//! Made-up batches of one month, each parcel with two tokens, are committed by the vault's own way and the index kept up between;
//! then tokens that are there and tokens that are not are sought, one after the other. Bodies are 100 octets: finding
//! reads none. In the directory that TMPDIR names.
#![allow(clippy::unwrap_used, reason = "what cannot go on stops")]

#[path = "../tests/made_up/mod.rs"]
mod made_up;

use made_up::{batch, commit, content, hits, manifest, month};
use seal::Token;
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};
use vault::{Content, Manifest, Vault};

const TOKENS: u64 = 2;
const SOUGHT: u64 = 20_000;

/// As a keyed hash spreads them. Of other ones than that are there: beyond 2^40.
fn token(number: u64) -> Token {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    Token([mixed.to_be_bytes(), number.to_be_bytes()].concat().try_into().unwrap())
}

fn fill(vault: &Vault, number: u32, rows: u32) {
    let first = u64::from(number - 1) * u64::from(rows) * TOKENS;
    let tokens =
        (0..rows).flat_map(|row| (0..TOKENS).map(move |n| (token(first + u64::from(row) * TOKENS + n), row + 1)));
    let mut sealed = batch(number, number, tokens.collect());
    sealed.operational = vec![[0; 32]; rows as usize + 1];
    let manifests = vec![Manifest { batches: vec![sealed], ..manifest(number) }];
    commit(vault, number, Content { manifests, ..content(number) }).unwrap();
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    format!("median {:.1} us, p99 {:.1} us", at(0.5), at(0.99))
}

fn sought(vault: &Vault, numbers: impl Iterator<Item = u64>, found: usize) -> String {
    let one = |number: u64| {
        let began = Instant::now();
        let those = hits(vault, &[(month(), token(number))], 10).unwrap();
        let took = began.elapsed();
        assert_eq!(those.len(), found, "token {number}");
        took
    };
    percentiles(numbers.map(one).collect())
}

fn octets_below(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    entries.map(|e| if e.path().is_dir() { octets_below(&e.path()) } else { e.metadata().unwrap().len() }).sum()
}

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let parcels = numbers.first().copied().unwrap_or(100_000);
    let rows = u32::try_from(numbers.get(1).copied().unwrap_or(1_000)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path()).unwrap();
    let (mut tending, began) = (Duration::ZERO, Instant::now());
    let batches = u32::try_from(parcels / u64::from(rows)).unwrap();
    for number in 1..=batches {
        fill(&vault, number, rows);
        let began = Instant::now();
        while vault.tend_index().unwrap() {}
        tending += began.elapsed();
    }
    let (all, tokens) = (began.elapsed(), u64::from(batches) * u64::from(rows) * TOKENS);
    let runs = dir.path().join("runs").join(month().to_string());
    println!(
        "{parcels} parcels in {batches} batches, {tokens} tokens, {:.0} parcels/s",
        parcels as f64 / all.as_secs_f64()
    );
    println!(
        "upkeep of the index {:.2} us a token, {:.1} octets a token in {} runs, the rest in memory",
        tending.as_secs_f64() * 1e6 / tokens as f64,
        octets_below(&runs) as f64 / tokens as f64,
        fs::read_dir(&runs).map_or(0, Iterator::count)
    );
    let step = (tokens / SOUGHT).max(1);
    println!("found:     {}", sought(&vault, (0..tokens).step_by(usize::try_from(step).unwrap()), 1));
    println!("not found: {}", sought(&vault, (0..SOUGHT).map(|n| (1 << 40) + n), 0));
    drop(vault);
    let began = Instant::now();
    let mut vault = Vault::open(dir.path()).unwrap();
    println!("opened in {:.0} ms", began.elapsed().as_secs_f64() * 1e3);
    let began = Instant::now();
    vault.rebuild_index().unwrap();
    println!("index made anew in {:.1} s", began.elapsed().as_secs_f64());
}
