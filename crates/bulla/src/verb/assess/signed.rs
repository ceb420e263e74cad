//! What others than the gateway and the warden signed, as files: shippers' totals, co-holders' lists.

use crate::named;
use anyhow::{Context, Result};
use ledger::canonical;
use serde::{Serialize, de::DeserializeOwned};
use std::path::{Path, PathBuf};

/// Files of at most so many octets, and the `*.json` of folders in the order of their names; `what` they are is said of one that is
/// not. How many others a folder has is said, too: a day that is called otherwise would be missed only by who counts.
pub fn read<T: Serialize + DeserializeOwned>(paths: &[PathBuf], most: u64, what: &str) -> Result<Vec<T>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
            let mut own: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
            let all = own.len();
            own.retain(|file| file.extension().is_some_and(|end| end == "json"));
            if own.len() < all {
                let (dir, others) = (path.display(), all - own.len());
                eprintln!("note: in {dir} only *.json is read; of other names, and not read: {others}");
            }
            own.sort();
            files.extend(own);
        } else {
            files.push(path.clone());
        }
    }
    files.iter().map(|path| one(path, most, what)).collect()
}

fn one<T: Serialize + DeserializeOwned>(path: &Path, most: u64, what: &str) -> Result<T> {
    let octets = named::octets(path, most)?;
    let line = octets.strip_suffix(b"\n").unwrap_or(&octets);
    canonical::read(line).with_context(|| format!("{} is no file of {what}", path.display()))
}
