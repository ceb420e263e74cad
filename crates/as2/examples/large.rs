//! A message that is longer than the memory that it is opened in: seconds, and the most memory that it took.
//!
//! ```text
//! openssl cms -sign -binary -stream -md sha256 -in entity -signer partner.pem -inkey partner.key -out signed
//! openssl cms -encrypt -binary -stream -aes-256-cbc -in signed -outform DER -out message gateway.pem
//! cargo run --release -p as2 --example large -- gateway.key gateway.pem partner.pem message [base64]
//! ```
use std::fs::{self, File};
use std::io::{self, Read};
use std::time::Instant;

use as2::cms::Limits;
use as2::message::{Policy, Relation, Request, Unverified};
use as2::mime::Headers;
use as2::{Certificate, Recipient};

type Failure = Box<dyn std::error::Error>;

/// Octets of each document, nothing of them kept.
#[derive(Default)]
struct Counting(Vec<u64>);

impl Unverified for Counting {
    fn begin(&mut self, _: &str, _: Option<&str>) -> io::Result<()> {
        self.0.push(0);
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        *self.0.last_mut().ok_or(io::ErrorKind::InvalidInput)? += octets.len() as u64;
        Ok(())
    }
}

/// Most memory that was ever resident, as Linux says it.
fn peak() -> Result<String, Failure> {
    let mut status = String::new();
    File::open("/proc/self/status")?.read_to_string(&mut status)?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    Ok(line.ok_or("no VmHWM")?.split_whitespace().skip(1).collect::<Vec<_>>().join(" "))
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [key, own, partner, message, encoding @ ..] = &arguments[..] else { return Err("four files".into()) };
    let keys = [Recipient::from_pem(&fs::read_to_string(key)?, &fs::read_to_string(own)?)?];
    let certificates = [Certificate::of_signer_from_pem(&fs::read_to_string(partner)?)?];
    let encoding = encoding.first().map_or("binary", String::as_str);
    let fields = [
        ("AS2-From", "PARTNER"),
        ("AS2-To", "GATEWAY"),
        ("Message-ID", "<1@partner.example>"),
        ("Content-Type", "application/pkcs7-mime"),
        ("Content-Transfer-Encoding", encoding),
    ];
    let request = Request::read(Headers::new(fields.map(|(name, value)| (name, value.as_bytes())))?)?;
    let policy = Policy { limits: Limits { octets: 4_000_000_000, ratio: 200 }, ..Policy::default() };
    let relation = Relation { keys: &keys.each_ref(), certificates: &certificates, not_valid: &[], policy };
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    for passes in [1, 2] {
        let (start, mut body, mut sink) = (Instant::now(), File::open(message)?, Counting::default());
        let opened = if passes == 1 {
            request.open_into(&mut body, &relation, &mut sink, &mut rng)
        } else {
            request.open_twice(&mut body, &relation, &mut sink, &mut rng)
        };
        let opened = opened.map_err(|why| format!("{why:?}"))?;
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{passes} pass: {:?} octets, MIC {}, {seconds:.2} s, at most {} resident",
            sink.0,
            opened.mic.to_field(),
            peak()?
        );
    }
    Ok(())
}
