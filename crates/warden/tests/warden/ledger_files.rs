//! The directory: what a crash, a second process, an old copy or a changed file do.

use crate::house::*;
use api::warden::*;
use ledger::FieldClass;
use std::time::Duration;
use warden::Error;

#[tokio::test]
async fn a_restart_keeps_everything() {
    let mut house = House::new().await;
    let sealed = house.batch(2).await;
    let before = house.entries().await;
    house.stop().await;
    house.start().await.unwrap();
    assert_eq!(house.entries().await[..before.len()], before);
    house.open(&house.ask(&sealed, house.scope(&sealed, &[2], &[FieldClass::Address]))).await.unwrap();
}

#[tokio::test]
async fn a_torn_tail_is_cut_and_the_log_goes_on() {
    let mut house = House::new().await;
    house.batch(1).await;
    house.stop().await;
    let path = house.path("ledger/log");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, [whole.as_slice(), &[0, 0, 1, 0, 7, 7]].concat()).unwrap();
    house.start().await.unwrap();
    let intake = house.intake(&[]);
    house.anchor(vec![intake]).await.unwrap();
    house.stop().await;
    house.start().await.unwrap();
    assert_eq!(house.kinds().await.iter().filter(|kind| *kind == "intake").count(), 2);
}

#[tokio::test]
async fn entries_that_were_signed_cannot_be_cut_or_changed() {
    let mut house = House::new().await;
    house.batch(1).await;
    house.stop().await;
    let path = house.path("ledger/log");
    let whole = std::fs::read(&path).unwrap();
    // A heartbeat may stand behind what was signed: more is cut than that.
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(house.start().await, Err(Error::Disk(durable::Error::Lost { .. }))));
    std::fs::write(&path, &whole).unwrap();
    house.start().await.unwrap();
}

#[tokio::test]
async fn an_older_copy_of_the_directory_does_not_start_against_its_witness() {
    let mut house = House::new().await;
    house.stop().await;
    let copy = tempfile::tempdir().unwrap();
    let copied = copy.path().join("warden");
    copy_dir(&house.config.dir, &copied);
    house.start().await.unwrap();
    house.batch(1).await;
    house.stop().await;
    std::fs::remove_dir_all(&house.config.dir).unwrap();
    copy_dir(&copied, &house.config.dir);
    let error = house.start().await.unwrap_err();
    assert!(error.to_string().contains("older than what the witness has seen"), "{error}");

    // Without the witness it starts, opens nothing, and stops for good once the witness is back.
    house.witness.stop().await;
    house.start().await.unwrap();
    assert!(matches!(house.periods().await, Err(Refusal::Quorum { .. })));
    house.witness.start_again(ORIGIN, house.log_key.clone()).await;
    let intake = house.intake(&[]);
    for _ in 0..100 {
        if matches!(house.anchor(vec![intake.clone()]).await, Err(Refusal::Stopped { .. })) {
            assert_eq!(house.get("/healthz").await.0, 503);
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the warden went on after its witness had seen more");
}

#[tokio::test]
async fn a_second_warden_on_the_directory_is_told_so() {
    let house = House::new().await;
    let second = warden::run(house.config.clone()).await.unwrap_err();
    let text = second.to_string();
    assert!(text.contains(&format!("in use by process {}", std::process::id())), "{text}");
    assert!(house.path("address").exists());
}

#[tokio::test]
async fn a_directory_of_a_newer_version_is_left_alone() {
    let mut house = House::new().await;
    house.stop().await;
    std::fs::write(house.path("version"), "10\n").unwrap();
    let error = house.start().await.unwrap_err();
    assert!(error.to_string().contains("version 10"), "{error}");
}

#[tokio::test]
async fn a_principal_who_is_taken_away_may_no_longer_ask() {
    let mut house = House::new().await;
    let sealed = house.batch(1).await;
    let mut record = house.first_policy();
    let gone = ledger::entry::Principal {
        rows: ledger::entry::Budget::NONE,
        classes: [].into(),
        ..record.principals.remove(0)
    };
    let taken_away = ledger::entry::PolicyRecord {
        number: 2,
        principals: vec![gone],
        carriers: vec![],
        agreements: vec![],
        ..record
    };
    house.decide(taken_away).await.unwrap();
    let ask = house.ask(&sealed, house.scope(&sealed, &[1], &[FieldClass::Address]));
    assert!(matches!(house.open(&ask).await, Err(Refusal::Budget { rows: 0, .. })));
}

#[tokio::test]
async fn the_published_tiles_lead_to_the_published_root() {
    let mut house = House::new().await;
    house.batch(1).await;
    for _ in 0..300 {
        let intake = house.intake(&[]);
        house.anchor(vec![intake]).await.unwrap();
    }
    let size = house.entries().await.len() as u64;
    let checkpoint = loop {
        // Nobody waits for the files: the checkpoint is the last of them.
        let note = std::fs::read_to_string(house.path("ledger/checkpoint")).unwrap();
        let checkpoint = house.pins.checkpoint(&note).unwrap();
        if checkpoint.size() == size {
            break checkpoint;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let mut tree = tlog::Tree::new();
    for path in tlog::tile::bundles_between(0, size) {
        let (status, served) = house.get(&format!("/{path}")).await;
        assert_eq!(status, 200);
        assert_eq!(served, std::fs::read(house.path("ledger").join(path.to_string())).unwrap());
        tree.extend(tlog::bundle::decode(&served, path.width()).unwrap().into_iter().map(tlog::leaf_hash));
    }
    assert_eq!(tree.root(), checkpoint.root());
    for path in tlog::tile::tiles(size) {
        assert_eq!(
            house.get(&format!("/{path}")).await,
            (200, std::fs::read(house.path("ledger").join(path.to_string())).unwrap())
        );
    }
    assert_eq!(house.get("/tile/0/000.p/999").await.0, 404);
    assert_eq!(house.get("/tile/0/001").await.0, 404);
    let metrics = String::from_utf8(house.get("/metrics").await.1).unwrap();
    assert!(metrics.contains(&format!("bulla_warden_ledger_entries {size}\n")), "{metrics}");
}

fn copy_dir(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            match std::fs::copy(entry.path(), target) {
                Err(gone) if gone.kind() == std::io::ErrorKind::NotFound => {} // a temporary one, of a warden at work
                copied => drop(copied.unwrap()),
            }
        }
    }
}
