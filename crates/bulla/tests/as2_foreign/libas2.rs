//! libas2 sends in every combination that it can, and judges what it is answered. BULLA_LIBAS2 names a folder in which npm has
//! installed it; `scripts/check` makes one.
//!
//! It always asks for a signed receipt, compresses nothing, and wraps keys in OAEP with SHA-512. What it calls GCM is no
//! AuthEnvelopedData, the only place that RFC 5084 has for it: nobody can read it, and it is not taken.

use crate::{
    relations,
    support::{
        Server,
        document::{Notice, notice},
    },
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

const SIGNATURES: [Option<&str>; 5] = [None, Some("sha-1"), Some("sha-256"), Some("sha-384"), Some("sha-512")];
const ENCRYPTIONS: [Option<&str>; 8] = [
    None,
    Some("aes128-CBC"),
    Some("aes192-CBC"),
    Some("aes256-CBC"),
    Some("des-EDE3-CBC"),
    Some("aes128-GCM"),
    Some("aes192-GCM"),
    Some("aes256-GCM"),
];
/// How the receipt is to come, and the digest of its signature.
const RECEIPTS: [(Option<&str>, Option<&str>); 7] = [
    (None, None),
    (Some("SYNC"), None),
    (Some("SYNC"), Some("sha-256")),
    (Some("SYNC"), Some("sha-384")),
    (Some("SYNC"), Some("sha-512")),
    (Some("ASYNC"), None),
    (Some("ASYNC"), Some("sha-256")),
];

/// One message, and what is expected of it.
struct Job {
    number: String,
    from: &'static str,
    sign: Option<&'static str>,
    encrypt: Option<&'static str>,
    receipt: (Option<&'static str>, Option<&'static str>),
    /// What the sender is told; none if it is taken.
    refused: Option<&'static str>,
}

/// Each way to protect a message from either shipper; the ways to be answered take turns.
fn jobs() -> Vec<Job> {
    let mut jobs = Vec::new();
    for from in ["NORTHSHOP", "LAKESHOP"] {
        for sign in SIGNATURES {
            for encrypt in ENCRYPTIONS {
                let strong =
                    sign.is_some_and(|name| name != "sha-1") && encrypt.is_some_and(|name| name != "des-EDE3-CBC");
                let refused = match encrypt {
                    Some(name) if name.ends_with("GCM") => Some("decryption-failed"),
                    _ if from == "LAKESHOP" || strong => None,
                    _ => Some("insufficient-message-security"),
                };
                let (number, receipt) = (format!("JS-{}", jobs.len()), RECEIPTS[jobs.len() % RECEIPTS.len()]);
                jobs.push(Job { number, from, sign, encrypt, receipt, refused });
            }
        }
    }
    jobs
}

fn to_json(server: &Server, at: usize, job: &Job) -> Value {
    let document = server.beside(&format!("{at}.edi"));
    let made = Notice { sender: job.from.into(), ..notice(at as u32 + 1, &job.number, 1) };
    fs::write(&document, made.bytes()).unwrap();
    json!({
        "from": job.from, "sign": job.sign, "encrypt": job.encrypt, "mode": job.receipt.0, "mdn_digest": job.receipt.1,
        "type": if at.is_multiple_of(2) { "application/edi-x12" } else { "application/octet-stream" },
        "document": document,
    })
}

fn check(job: &Job, told: &Value) {
    let what = format!("{:?} {:?} {:?} from {}: {told}", job.sign, job.encrypt, job.receipt, job.from);
    let Some(mode) = job.receipt.0 else {
        assert_eq!(told["http"], if job.refused.is_none() { 200 } else { 403 }, "{what}");
        return;
    };
    assert_eq!((&told["http"], told["octets"] == 0), (&json!(200), mode == "ASYNC"), "{what}");
    let error = job.refused.map(|why| format!("error: {why}"));
    let expected = (&json!(true), &json!(true), &json!(error));
    assert_eq!((&told["processed"], &told["same"], &told["error"]), expected, "{what}");
    if error.is_none() && job.sign.is_some() {
        assert_eq!(told["mic"], true, "{what}");
    }
}

#[test]
fn its_messages_are_taken_or_refused_as_agreed_and_it_believes_our_receipts() {
    let Some(folder) = std::env::var_os("BULLA_LIBAS2") else {
        eprintln!("skipped: BULLA_LIBAS2 names no folder with libas2");
        return;
    };
    let server = Server::start();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/as2_foreign/client.mjs");
    let mut command = Command::new("node");
    command.arg(script).env("BULLA_LIBAS2", folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    relations::apply(&server, &lines.next().unwrap().unwrap());
    let gateway = server.beside("gateway.pem");
    fs::write(&gateway, server.get("/v1/as2")["certificates"][0]["pem"].as_str().unwrap()).unwrap();
    let pair = |name: &str| ["key", "crt"].map(|kind| server.dir("demo").join(format!("{name}.as2.{kind}.pem")));
    let jobs = jobs();
    let wanted: Vec<Value> = jobs.iter().enumerate().map(|(at, job)| to_json(&server, at, job)).collect();
    let asked = json!({
        "address": server.address(), "gateway": gateway, "jobs": wanted,
        "partners": { "NORTHSHOP": pair("northshop"), "LAKESHOP": pair("lakeshop") },
    });
    writeln!(child.stdin.take().unwrap(), "{asked}").unwrap();
    let told = lines.next().unwrap().unwrap();
    assert!(child.wait().unwrap().success());
    let told: Vec<Value> = serde_json::from_str(&told).unwrap();
    assert_eq!(told.len(), jobs.len());
    jobs.iter().zip(&told).for_each(|(job, told)| check(job, told));
    let taken = jobs.iter().filter(|job| job.refused.is_none());
    relations::assert_each_delivered_once(&server, taken.map(|job| job.number.as_str()));
}
