//! A message that is longer than the memory that it is made in: seconds, and the most memory that it took.
//!
//! ```text
//! cargo run --release -p as2 --example large_made -- gateway.key gateway.pem partner.pem message OCTETS cbc|gcm [zlib]
//! ```
use std::fs::{self, File};
use std::io::{self, Read};
use std::time::Instant;

use as2::cms::{Cipher, Signature};
use as2::send::{Composing, Envelope, Label, Protection};
use as2::{Certificate, Digest, Features, KeyTransport, Name, Signer};

type Failure = Box<dyn std::error::Error>;

/// Most memory that was ever resident, as Linux says it.
fn peak() -> Result<String, Failure> {
    let mut status = String::new();
    File::open("/proc/self/status")?.read_to_string(&mut status)?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    Ok(line.ok_or("no VmHWM")?.split_whitespace().skip(1).collect::<Vec<_>>().join(" "))
}

/// 128 KiB of random, over and over: zlib, which looks back over 32 KiB, finds nothing in it.
struct Noise(Vec<u8>, usize);

impl Read for Noise {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let octets = room.len().min(self.0.len() - self.1);
        room[..octets].copy_from_slice(&self.0[self.1..self.1 + octets]);
        self.1 = (self.1 + octets) % self.0.len();
        Ok(octets)
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [key, own, partner, message, octets, cipher, compress @ ..] = &arguments[..] else {
        return Err("see the source".into());
    };
    let signer = Signer::of_messages_from_pem(&fs::read_to_string(key)?, &fs::read_to_string(own)?)?;
    let to = [Certificate::from_pem(&fs::read_to_string(partner)?)?];
    let cipher = if cipher == "gcm" { Cipher::Aes256Gcm } else { Cipher::Aes256Cbc };
    let protection = Protection {
        compress: !compress.is_empty(),
        sign: Some((&signer, Signature::default())),
        encrypt: Some((&to, cipher, KeyTransport::Oaep(Digest::Sha256))),
    };
    let envelope = Envelope {
        from: &Name::new("GATEWAY")?,
        to: &Name::new("PARTNER")?,
        message_id: "<1@gateway.example>",
        date: "Thu, 26 Nov 2026 04:00:00 GMT",
        subject: "made up",
        product: "Bulla",
        features: Features::default(),
    };
    let label = Label { content_type: "application/octet-stream", file_name: None };
    let mut noise = vec![0; 128 * 1024];
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    rand_core::Rng::fill_bytes(&mut rng, &mut noise);
    let start = Instant::now();
    let composing = Composing::begin(label, &envelope, &protection, None, &mut rng)?;
    let mut document = Noise(noise, 0).take(octets.parse()?);
    let mut sink = File::create(message)?;
    let mic = composing.write_into(&mut document, &mut sink).map_err(|why| format!("{why:?}"))?;
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("{octets} octets, MIC {}, {seconds:.2} s, at most {} resident", mic.to_field(), peak()?);
    Ok(())
}
