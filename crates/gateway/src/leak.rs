//! A gateway made leaky on purpose, to test the test that looks for leaks: `tests/promise` must find every one of these.
//! Compiled only with the feature `leaky`, and never in a release.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::Write,
    path::Path,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

#[cfg(not(debug_assertions))]
compile_error!("the feature `leaky` keeps every document readable on disk: it is for tests only");

/// Keeps a body in all the ways in which a careless program would.
pub fn leak(dir: &Path, body: &[u8]) {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Relaxed);
    let spool = dir.join("spool");
    let utf16: Vec<u8> = body.iter().flat_map(|octet| u16::from(*octet).to_le_bytes()).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let _ = fs::create_dir_all(&spool);
    let _ = fs::write(spool.join(format!("{number}.edi")), body);
    let _ = fs::write(spool.join(format!("{number}.lower")), body.to_ascii_lowercase());
    let _ = fs::write(spool.join(format!("{number}.utf16")), utf16);
    let _ = fs::write(spool.join(format!("{number}.sha256")), digests_of_tracking_numbers(body));
    let _ = gzip.write_all(body);
    let _ = gzip.finish().map(|octets| fs::write(spool.join(format!("{number}.gz")), octets));
    eprintln!("received {}", BASE64_STANDARD.encode(body));
}

/// MAN-02 of a document with the usual separators; a plain hash confirms a guess.
fn digests_of_tracking_numbers(body: &[u8]) -> String {
    let marks = body.split(|b| *b == b'~').map(<[u8]>::trim_ascii).filter(|segment| segment.starts_with(b"MAN*"));
    let numbers = marks.flat_map(|segment| segment.split(|b| *b == b'*').skip(2).filter(|e| e.len() > 9));
    numbers.map(|number| hex::encode(Sha256::digest(number)) + "\n").collect()
}
