//! A shred: end announced, head kept, cosigned, key destroyed, that written too.

use crate::{house::*, rig::*};
use api::{client::Client, warden::*};
use ledger::{Hash, Time};
use std::{path::PathBuf, time::Duration};

const CLIENT: Client = Client::new(Duration::from_secs(20), 1 << 26);

/// A moment by which everything has ended.
fn end(rig: &Rig) -> Time {
    Time::from_milliseconds(rig.house.now().milliseconds() + 1000 * 86_400_000)
}

fn path(rig: &Rig, key: &Hash) -> PathBuf {
    rig.house.path("keys").join(key.to_string())
}

/// A run whose answer may come, or not.
async fn run(rig: &Rig) -> bool {
    let (now, worker) = (Some(end(rig)), "gw-1".parse().unwrap());
    let run = RetentionRun { worker, now, requested: rig.house.now(), nonce: nonce() };
    let (url, body) = (format!("{}/v1/retention", rig.house.url), serde_json::to_vec(&rig.house.signed(run)).unwrap());
    CLIENT.post(&url, "application/json", body).await.is_ok()
}

async fn killed_at(kind: &'static str, moment: Moment) -> Rig {
    let mut rig = Rig::new().await;
    rig.house.batch(1).await;
    rig.end_at(kind, moment);
    let answered = run(&rig).await;
    assert!(!answered || kind == "shred", "what was not cosigned yet is not answered");
    rig.killed().await;
    destroyed_only_what_was_announced(&rig);
    rig
}

fn destroyed_only_what_was_announced(rig: &Rig) {
    for (key, announced) in period_keys(&rig.on_disk()) {
        let witnessed = announced.is_some_and(|index| index < rig.cosigned());
        assert!(path(rig, &key).exists() || witnessed, "a key is gone, and no witness has seen why");
    }
}

fn keys_left(rig: &Rig) -> usize {
    period_keys(&rig.on_disk()).iter().filter(|(key, _)| path(rig, key).exists()).count()
}

/// After the next start, which finishes by itself what was announced, and the next run nothing is left, and the ledger says so.
async fn is_finished(mut rig: Rig) {
    let entries = rig.on_disk();
    let to_do = period_keys(&entries).len() - entries.iter().filter(|logged| kind_of(logged) == "shred").count();
    rig.start().await;
    let done = rig.house.retention(Some(&end(&rig).to_string())).await.unwrap();
    assert!(done.shredded.len() <= to_do);
    let (state, _) = rig.audited().await;
    assert!(!state.periods.is_empty());
    for period in state.periods.values() {
        let (announced, gone) = (period.shred_intent.unwrap(), period.shredded.unwrap());
        assert!(announced.entry < gone.entry);
        assert!(!path(&rig, &period.key).exists() && !path(&rig, &period.key).with_extension("pub").exists());
    }
}

/// The head is replaced while the witness is asked: the disk is put back to the step before.
#[tokio::test]
async fn killed_when_the_announcement_is_durable_and_no_head_covers_it() {
    let rig = killed_at("shred_intent", Moment::BeforeTheWitness).await;
    std::fs::copy(rig.house.path("ledger/checkpoint"), rig.house.path("ledger/head")).unwrap();
    is_finished(rig).await;
}

#[tokio::test]
async fn killed_when_the_head_covers_the_announcement_and_no_witness_has_seen_it() {
    let rig = killed_at("shred_intent", Moment::BeforeTheWitness).await;
    assert!(rig.cosigned() <= rig.index("shred_intent").unwrap());
    assert_eq!(keys_left(&rig), period_keys(&rig.on_disk()).len());
    is_finished(rig).await;
}

#[tokio::test]
async fn killed_when_the_witness_has_cosigned_the_announcement_and_its_answer_is_on_the_way() {
    let rig = killed_at("shred_intent", Moment::BeforeItsAnswer).await;
    assert!(rig.cosigned() > rig.index("shred_intent").unwrap());
    assert_eq!(keys_left(&rig), period_keys(&rig.on_disk()).len());
    is_finished(rig).await;
}

/// Whatever it is at when its end comes.
#[tokio::test]
async fn killed_while_it_destroys_keys() {
    let mut rig = Rig::new().await;
    rig.house.batch(1).await;
    let keys = period_keys(&rig.on_disk()).len();
    let killing = async {
        until(|| keys_left(&rig) < keys).await;
        rig.kill();
    };
    tokio::join!(run(&rig), killing);
    destroyed_only_what_was_announced(&rig);
    is_finished(rig).await;
}

/// No two steps of these can be told apart from outside, so the disk is brought to what is between them: the announcement is
/// cosigned, some files are gone, the next one is half overwritten, and no entry says so.
#[tokio::test]
async fn killed_when_some_keys_are_destroyed_and_no_entry_says_so() {
    for gone in [0, 1, usize::MAX] {
        let rig = killed_at("shred_intent", Moment::BeforeItsAnswer).await;
        let keys = period_keys(&rig.on_disk());
        for (key, _) in keys.iter().take(gone) {
            std::fs::remove_file(path(&rig, key)).unwrap();
        }
        if let Some((key, _)) = keys.get(gone) {
            let mut octets = std::fs::read(path(&rig, key)).unwrap();
            octets[..20].fill(0);
            std::fs::write(path(&rig, key), octets).unwrap();
        }
        destroyed_only_what_was_announced(&rig);
        assert_eq!(rig.index("shred"), None);
        is_finished(rig).await;
    }
}

#[tokio::test]
async fn killed_when_the_shreds_are_durable_and_no_witness_has_seen_them() {
    let rig = killed_at("shred", Moment::BeforeTheWitness).await;
    assert!(rig.cosigned() <= rig.index("shred").unwrap());
    is_finished(rig).await;
}

#[tokio::test]
async fn killed_when_the_witness_has_cosigned_the_shreds_and_its_answer_is_on_the_way() {
    let rig = killed_at("shred", Moment::BeforeItsAnswer).await;
    assert!(rig.cosigned() > rig.index("shred").unwrap());
    assert_eq!(keys_left(&rig), 0);
    is_finished(rig).await;
}
