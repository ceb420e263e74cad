//! How many delivery copies one CPU second signs and encrypts, and how many it decrypts and verifies.
//!
//! ```text
//! cargo run --release -p as2 --example cms_speed [SECONDS]
//! ```
//!
//! CPU time is the thread's own from `/proc/thread-self/schedstat` (Linux), so that a busy machine does
//! not change the figures much. At 2 MB glibc's allocator counts: until it has grown, each message's
//! buffers are fresh pages. `MALLOC_MMAP_THRESHOLD_=100000000 MALLOC_TRIM_THRESHOLD_=200000000` keeps them.
use std::time::Instant;

use as2::{Certificate, Recipient, Signer, cms};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let seconds = std::env::args().nth(1).map_or(Ok(3.0), |text| text.parse())?;
    println!("{:>8} {:>10} {:>18} {:>18}", "RSA bits", "octets", "sign+encrypt /s", "decrypt+verify /s");
    for (bits, size) in [(2048, RsaKeySize::_2048), (3072, RsaKeySize::_3072)] {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, size)?;
        let pem = CertificateParams::new(vec![])?.self_signed(&key)?.pem();
        let signer = Signer::from_pem(&key.serialize_pem(), &pem)?;
        let recipient = Recipient::from_pem(&key.serialize_pem(), &pem)?;
        let certificates = [Certificate::from_pem(&pem)?];
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        for octets in [20_000, 2_000_000] {
            let document = b"N1*ST*MADE UP~".repeat(octets / 14);
            let mut write = || cms::encrypt(&cms::sign(&document, &signer)?, &certificates, &mut rng);
            let delivery = write()?;
            let written = per_cpu_second(seconds, || write().map(|_| ()))?;
            let read = per_cpu_second(seconds, || {
                let opened = cms::decrypt(&delivery, &recipient)?;
                cms::verify(&opened, &certificates[0]).map(|_| ())
            })?;
            println!("{bits:>8} {octets:>10} {written:>18.0} {read:>18.0}");
        }
    }
    Ok(())
}

fn per_cpu_second(seconds: f64, mut once: impl FnMut() -> Result<(), as2::Error>) -> Result<f64, Failure> {
    let (begun, before) = (Instant::now(), cpu_seconds()?);
    let mut count = 0_u32;
    while begun.elapsed().as_secs_f64() < seconds {
        once()?;
        count += 1;
    }
    Ok(f64::from(count) / (cpu_seconds()? - before))
}

/// Seconds that this thread has run so far.
fn cpu_seconds() -> Result<f64, Failure> {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = schedstat.split_whitespace().next().ok_or("schedstat is empty")?.parse()?;
    Ok(nanoseconds / 1e9)
}
