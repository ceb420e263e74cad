//! An opening: intent durable, head kept, cosigned, key used, receipt durable, answer.

use crate::rig::*;
use api::{client::Client, warden::*};
use ledger::FieldClass;
use seal::Sealed;
use std::{io::Write, net::TcpStream, path::PathBuf, time::Duration};

const CLIENT: Client = Client::new(Duration::from_secs(20), 1 << 26);
const ADDRESS: &[FieldClass] = &[FieldClass::Address];

fn ask(rig: &Rig, sealed: &Sealed) -> Ask {
    rig.house.ask(sealed, rig.house.scope(sealed, &[1], ADDRESS))
}

/// The file of the private key that the opening needs.
fn key(rig: &Rig, sealed: &Sealed) -> PathBuf {
    let group = sealed.header.groups.iter().find(|group| group.classes.contains(FieldClass::Address)).unwrap();
    rig.house.path("keys").join(group.key.to_string())
}

/// Asks a warden that will not live to answer.
async fn ask_in_vain(rig: &Rig, ask: &Ask) {
    let (url, body) = (format!("{}/v1/openings", rig.house.url), serde_json::to_vec(ask).unwrap());
    assert!(CLIENT.post(&url, "application/json", body).await.is_err(), "the warden answered");
}

/// Ends the warden at the intent; says whether the key was untouched.
async fn killed_at_the_intent(moment: Moment) -> (Rig, Sealed, Ask) {
    let mut rig = Rig::new().await;
    let sealed = rig.house.batch(1).await;
    rig.hold(&key(&rig, &sealed));
    rig.end_at("intent", moment);
    let asked = ask(&rig, &sealed);
    ask_in_vain(&rig, &asked).await;
    rig.killed().await;
    assert!(!rig.give_back(), "a key was read before its intent was known to be cosigned");
    assert_eq!(rig.index("receipt"), None);
    (rig, sealed, asked)
}

/// After the next start: the intent stands and counts as opened, it opens nothing more, and a new one does.
async fn counts_as_opened(mut rig: Rig, sealed: &Sealed, asked: &Ask) {
    rig.start().await;
    assert_eq!(rig.house.open(asked).await, Err(Refusal::Replayed));
    assert_eq!(rig.audited().await.1, [0, 1]);
    rig.house.open(&ask(&rig, sealed)).await.unwrap();
    assert_eq!(rig.audited().await.1, [1, 1]);
}

/// The head is replaced while the witness is asked: the disk is put back to the step before.
#[tokio::test]
async fn killed_when_the_intent_is_durable_and_no_head_covers_it() {
    let (rig, sealed, asked) = killed_at_the_intent_before_the_head().await;
    counts_as_opened(rig, &sealed, &asked).await;
}

async fn killed_at_the_intent_before_the_head() -> (Rig, Sealed, Ask) {
    let (rig, sealed, asked) = killed_at_the_intent(Moment::BeforeTheWitness).await;
    let (head, published) = (rig.house.path("ledger/head"), rig.house.path("ledger/checkpoint"));
    std::fs::copy(published, head).unwrap(); // an earlier one, with a signature of the warden too
    assert!(rig.cosigned() <= rig.index("intent").unwrap());
    (rig, sealed, asked)
}

/// Half of the intent's record is on disk: it never was, and what was asked may be asked again.
#[tokio::test]
async fn killed_while_the_intent_is_written() {
    let (mut rig, _, asked) = killed_at_the_intent_before_the_head().await;
    let entries = rig.on_disk();
    assert_eq!(kind_of(entries.last().unwrap()), "intent");
    let log = std::fs::OpenOptions::new().write(true).open(rig.house.path("ledger/log")).unwrap();
    let half = entries.last().unwrap().to_bytes().len() as u64 / 2;
    log.set_len(log.metadata().unwrap().len() - half).unwrap();
    rig.start().await;
    assert_eq!(rig.audited().await.1, [0, 0]);
    rig.house.open(&asked).await.unwrap();
    assert_eq!(rig.audited().await.1, [1, 0]);
}

#[tokio::test]
async fn killed_when_the_head_covers_the_intent_and_no_witness_has_seen_it() {
    let (rig, sealed, asked) = killed_at_the_intent(Moment::BeforeTheWitness).await;
    assert!(rig.cosigned() <= rig.index("intent").unwrap());
    counts_as_opened(rig, &sealed, &asked).await;
}

#[tokio::test]
async fn killed_when_the_witness_has_cosigned_the_intent_and_its_answer_is_on_the_way() {
    let (rig, sealed, asked) = killed_at_the_intent(Moment::BeforeItsAnswer).await;
    assert!(rig.cosigned() > rig.index("intent").unwrap());
    counts_as_opened(rig, &sealed, &asked).await;
}

#[tokio::test]
async fn killed_while_the_key_is_read() {
    let mut rig = Rig::new().await;
    let sealed = rig.house.batch(1).await;
    rig.hold(&key(&rig, &sealed));
    let asked = ask(&rig, &sealed);
    let killing = async {
        let _held_up = rig.reads_the_key().await;
        assert!(rig.cosigned() > rig.index("intent").unwrap(), "log before open");
        rig.kill();
    };
    tokio::join!(ask_in_vain(&rig, &asked), killing);
    assert!(rig.give_back());
    assert_eq!(rig.index("receipt"), None);
    counts_as_opened(rig, &sealed, &asked).await;
}

/// Whoever asked has nothing; the ledger says that it was opened, and to whom the answer was sealed.
#[tokio::test]
async fn killed_once_the_receipt_is_durable_and_nobody_has_the_answer() {
    let mut rig = Rig::new().await;
    let sealed = rig.house.batch(1).await;
    let asked = ask(&rig, &sealed);
    let body = serde_json::to_vec(&asked).unwrap();
    let mut stream = TcpStream::connect(rig.house.url.strip_prefix("http://").unwrap()).unwrap();
    let head = format!("POST /v1/openings HTTP/1.1\r\nhost: warden\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
    until(|| rig.index("receipt").is_some()).await;
    rig.kill();
    drop(stream); // nothing of it was read
    rig.start().await;
    assert_eq!(rig.house.open(&asked).await, Err(Refusal::Replayed));
    assert_eq!(rig.audited().await.1, [1, 0]);
}
