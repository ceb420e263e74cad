//! pyas2lib sends in every combination that it can, and judges what it is answered. BULLA_PYAS2LIB names a python that
//! has it; `scripts/check` installs one.

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
    process::{Child, Command, Stdio},
};

type Choice = Option<(&'static str, &'static str)>;

const SIGNATURES: [Choice; 8] = [
    None,
    Some(("sha1", "rsassa_pkcs1v15")),
    Some(("sha256", "rsassa_pkcs1v15")),
    Some(("sha384", "rsassa_pkcs1v15")),
    Some(("sha512", "rsassa_pkcs1v15")),
    Some(("sha256", "rsassa_pss")),
    Some(("sha384", "rsassa_pss")),
    Some(("sha512", "rsassa_pss")),
];
const ENCRYPTIONS: [Choice; 9] = [
    None,
    Some(("aes_128_cbc", "rsaes_pkcs1v15")),
    Some(("aes_192_cbc", "rsaes_pkcs1v15")),
    Some(("aes_256_cbc", "rsaes_pkcs1v15")),
    Some(("tripledes_192_cbc", "rsaes_pkcs1v15")),
    Some(("aes_128_cbc", "rsaes_oaep")),
    Some(("aes_192_cbc", "rsaes_oaep")),
    Some(("aes_256_cbc", "rsaes_oaep")),
    Some(("tripledes_192_cbc", "rsaes_oaep")),
];
/// How the receipt is to come, and the digest of its signature.
const RECEIPTS: [(Option<&str>, Option<&str>); 7] = [
    (None, None),
    (Some("SYNC"), None),
    (Some("SYNC"), Some("sha256")),
    (Some("SYNC"), Some("sha384")),
    (Some("SYNC"), Some("sha512")),
    (Some("ASYNC"), None),
    (Some("ASYNC"), Some("sha256")),
];

/// One message, and what is expected of it.
struct Job {
    number: String,
    from: &'static str,
    sign: Choice,
    encrypt: Choice,
    compress: bool,
    receipt: (Option<&'static str>, Option<&'static str>),
    taken: bool,
}

/// Each way to protect a message from either shipper; the ways to be answered take turns.
fn jobs() -> Vec<Job> {
    let mut jobs = Vec::new();
    for from in ["NORTHSHOP", "LAKESHOP"] {
        for sign in SIGNATURES {
            for encrypt in ENCRYPTIONS {
                for compress in [false, true] {
                    let strong =
                        |choice: Choice| choice.is_some_and(|(name, _)| !["sha1", "tripledes_192_cbc"].contains(&name));
                    let taken = from == "LAKESHOP" || strong(sign) && strong(encrypt);
                    let receipt = RECEIPTS[jobs.len() % RECEIPTS.len()];
                    jobs.push(Job {
                        number: format!("PY-{}", jobs.len()),
                        from,
                        sign,
                        encrypt,
                        compress,
                        receipt,
                        taken,
                    });
                }
            }
        }
    }
    jobs
}

/// The script, waiting for what it shall send; and where it takes receipts.
fn client(python: &Path) -> (Child, BufReader<std::process::ChildStdout>, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/as2_foreign/client.py");
    let mut command = Command::new(python);
    command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut origin = String::new();
    output.read_line(&mut origin).unwrap();
    (child, output, origin.trim().to_owned())
}

fn to_json(server: &Server, at: usize, job: &Job) -> Value {
    let document = server.beside(&format!("{at}.edi"));
    let made = Notice { sender: job.from.into(), ..notice(at as u32 + 1, &job.number, 1) };
    fs::write(&document, made.bytes()).unwrap();
    json!({
        "from": job.from, "sign": job.sign, "encrypt": job.encrypt, "compress": job.compress,
        "mode": job.receipt.0, "mdn_digest": job.receipt.1,
        // It canonicalizes the line ends of all others than octet-stream before it signs.
        "type": if at.is_multiple_of(2) { "application/edi-x12" } else { "application/octet-stream" },
        "document": document,
    })
}

fn check(job: &Job, told: &Value) {
    let (mode, digest) = job.receipt;
    let what = format!("{:?} {:?} {} {:?} from {}: {told}", job.sign, job.encrypt, job.compress, job.receipt, job.from);
    let Some(mode) = mode else {
        assert_eq!(
            (&told["http"], &told["octets"]),
            (&json!(if job.taken { 200 } else { 403 }), &told["octets"]),
            "{what}"
        );
        return;
    };
    assert_eq!((&told["http"], told["octets"] == 0), (&json!(200), mode == "ASYNC"), "{what}");
    assert_eq!(told["signed"], digest.is_some(), "{what}");
    if job.taken {
        assert_eq!(
            (&told["status"], &told["detail"], &told["mic"]),
            (&json!("processed"), &Value::Null, &json!(true)),
            "{what}"
        );
    } else {
        assert_eq!(
            (&told["status"], &told["detail"]),
            (&json!("processed/error"), &json!("insufficient-message-security")),
            "{what}"
        );
    }
}

#[test]
fn its_messages_are_taken_or_refused_as_agreed_and_its_judgement_is_ours() {
    let Some(python) = std::env::var_os("BULLA_PYAS2LIB") else {
        eprintln!("skipped: BULLA_PYAS2LIB names no python with pyas2lib");
        return;
    };
    let server = Server::start();
    let (mut child, mut output, origin) = client(Path::new(&python));
    relations::apply(&server, &origin);
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
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert!(child.wait().unwrap().success());
    let told: Vec<Value> = serde_json::from_str(&line).unwrap();
    assert_eq!(told.len(), jobs.len());
    jobs.iter().zip(&told).for_each(|(job, told)| check(job, told));
    let taken = jobs.iter().filter(|job| job.taken);
    relations::assert_each_delivered_once(&server, taken.map(|job| job.number.as_str()));
}
