//! Intent, quorum, open, receipt; and everything that must not open.

use crate::house::*;
use api::warden::*;
use ledger::{
    Entry, FieldClass, OpeningRequest,
    entry::{Outcome, PolicyRecord, Receipt, Shipper},
    opening::Purpose,
};

const ADDRESS: &[FieldClass] = &[FieldClass::Address];
const HOUR: i64 = 60 * 60 * 1000;

#[tokio::test]
async fn a_row_opens_for_its_requester_after_its_intent_was_cosigned() {
    let mut house = House::new().await;
    let sealed = house.batch(3).await;
    let ask = house.ask(&sealed, house.scope(&sealed, &[0, 2], &[FieldClass::Address, FieldClass::Contact]));
    let answer = house.open(&ask).await.unwrap();

    answer.verify(&ask.request, &house.pins).unwrap();
    let fields = answer.open(&ask.request, &house.result_key).unwrap().fields;
    let text = |field: &Field| String::from_utf8(field.value.as_ref().unwrap().0.clone()).unwrap();
    assert_eq!(
        fields.iter().map(text).collect::<Vec<_>>(),
        ["address of 0", "contact of 0", "address of 2", "contact of 2"]
    );

    let entries = house.entries().await;
    let intent = &entries[answer.intent as usize].entry;
    assert!(
        matches!(intent, Entry::Intent(intent) if intent.request == ask.request && intent.opening == ask.request.id())
    );
    let receipt = Receipt { opening: ask.request.id(), outcome: Outcome::Opened, answer: Some(answer.digest()) };
    assert_eq!(entries[answer.receipt as usize].entry, Entry::Receipt(receipt));
    assert!(answer.intent < answer.receipt);

    let other_request = OpeningRequest::new(house.scope(&sealed, &[1], ADDRESS), &house.principal_key);
    assert!(answer.open(&other_request, &house.result_key).is_err());
    assert!(answer.verify(&other_request, &house.pins).is_err());
    let stranger = seal::PeriodSecretKey::generate(&mut durable::random::OsRandom);
    assert!(answer.open(&ask.request, &stranger).is_err());
}

#[tokio::test]
async fn without_its_witness_nothing_opens_and_the_refusal_says_why() {
    let mut house = House::new().await;
    let sealed = house.batch(1).await;
    house.witness.stop().await;
    let ask = house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS));
    let refusal = house.open(&ask).await.unwrap_err();
    let Refusal::Quorum { needed: 1, got: 0, witnesses } = &refusal else { panic!("{refusal}") };
    assert_eq!(witnesses[0].witness, "w1");
    assert!(witnesses[0].problem.contains("cannot connect"), "{}", witnesses[0].problem);
    assert_eq!(refusal.status(), 503);
    // The intent stays: it was written before anything else, and has no receipt.
    assert_eq!(house.kinds().await.last().unwrap(), "intent");

    house.witness.start_again(ORIGIN, house.log_key.clone()).await;
    assert_eq!(house.open(&ask).await.unwrap_err(), Refusal::Replayed);
    house.open(&house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS))).await.unwrap();
}

#[tokio::test]
async fn what_is_forged_changed_or_not_allowed_does_not_open() {
    let mut house = House::new().await;
    let sealed = house.batch(2).await;
    let not_anchored = house.seal(1).await;
    let before = house.kinds().await;
    let scope = || house.scope(&sealed, &[1], ADDRESS);
    let refused = async |ask: Ask| house.open(&ask).await.unwrap_err();

    let mut ask = house.ask(&sealed, scope());
    ask.request.scope.rows.insert(2);
    assert_eq!(refused(ask).await, Refusal::Signature);

    let mut ask = house.ask(&sealed, scope());
    ask.request = OpeningRequest::new(scope(), &house.worker_key);
    assert_eq!(refused(ask).await, Refusal::Signature);

    let mut ask = house.ask(&sealed, scope());
    ask.header.parties += 1;
    assert_eq!(refused(ask).await, Refusal::OtherHeader { batch: sealed.header.batch });

    let mut ask = house.ask(&sealed, scope());
    ask.salt = nonce();
    assert_eq!(refused(ask).await, Refusal::OtherHeader { batch: sealed.header.batch });

    let ask = house.ask(&not_anchored, house.scope(&not_anchored, &[1], ADDRESS));
    assert_eq!(refused(ask).await, Refusal::NotAnchored { batch: not_anchored.header.batch });

    let mut wrong = scope();
    wrong.principal = "support-8".parse().unwrap();
    assert!(matches!(refused(house.ask(&sealed, wrong)).await, Refusal::UnknownPrincipal { .. }));

    let mut wrong = scope();
    wrong.purpose = Purpose::Resend;
    assert!(matches!(refused(house.ask(&sealed, wrong)).await, Refusal::NotAllowed { .. }));

    let mut wrong = scope();
    wrong.classes |= [FieldClass::Financial].into();
    assert!(matches!(refused(house.ask(&sealed, wrong)).await, Refusal::NotAllowed { .. }));

    let mut wrong = scope();
    wrong.rows.insert(3);
    assert!(matches!(refused(house.ask(&sealed, wrong)).await, Refusal::NotAllowed { .. }));

    let late = house.ask(&sealed, scope());
    house.wait(5 * 60 * 1000 + 1);
    assert!(matches!(refused(late).await, Refusal::Stale { .. }));
    assert_eq!(house.kinds().await, before, "nothing of this is an entry");
}

#[tokio::test]
async fn a_body_that_was_changed_leaves_an_intent_and_a_failed_receipt() {
    let mut house = House::new().await;
    let sealed = house.batch(1).await;
    let mut ask = house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS));
    *ask.body.0.last_mut().unwrap() ^= 1;
    let refusal = house.open(&ask).await.unwrap_err();
    let Refusal::DidNotOpen { intent, receipt, .. } = refusal else { panic!("{refusal}") };
    let entries = house.entries().await;
    assert!(matches!(entries[intent as usize].entry, Entry::Intent(_)));
    assert!(matches!(&entries[receipt as usize].entry, Entry::Receipt(r) if r.outcome == Outcome::Failed));
}

#[tokio::test]
async fn the_budget_counts_what_was_asked_for_and_survives_a_restart() {
    let mut house = House::new().await;
    let sealed = house.batch(4).await;
    house.open(&house.ask(&sealed, house.scope(&sealed, &[1, 2, 3], ADDRESS))).await.unwrap();
    house.stop().await;
    house.start().await.unwrap();
    let ask = || house.ask(&sealed, house.scope(&sealed, &[1, 2, 3], ADDRESS));
    let refused = async |rows, hours, used| {
        let principal = "support-7".parse().unwrap();
        let refusal = house.open(&ask()).await.unwrap_err();
        assert_eq!(refusal, Refusal::Budget { principal, rows, hours, used, asked: 3 });
    };
    refused(5, 1, 3).await;
    house.open(&house.ask(&sealed, house.scope(&sealed, &[1, 2], ADDRESS))).await.unwrap();
    // An hour later the day's eight rows have room for three more; then not for three, until a day has passed; and eleven
    // are the most of thirty days.
    house.wait(HOUR);
    house.open(&ask()).await.unwrap();
    house.wait(HOUR);
    refused(8, 24, 8).await;
    house.wait(24 * HOUR);
    house.open(&ask()).await.unwrap();
    house.wait(24 * HOUR);
    refused(11, 720, 11).await;
    house.wait(29 * 24 * HOUR);
    house.open(&ask()).await.unwrap();
}

#[tokio::test]
async fn fifty_requests_at_once_find_one_budget() {
    let mut house = House::new().await;
    let sealed = house.batch(1).await;
    let house = std::sync::Arc::new(house);
    let asks: Vec<_> = (0..50).map(|_| house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS))).collect();
    let mut tasks = tokio::task::JoinSet::new();
    for ask in asks {
        let house = house.clone();
        tasks.spawn(async move { house.open(&ask).await.is_ok() });
    }
    assert_eq!(tasks.join_all().await.into_iter().filter(|opened| *opened).count(), 5);
}

#[tokio::test]
async fn a_request_that_is_none_is_told_where_not_what() {
    let house = House::new().await;
    let refusal = house.post::<Answer>("/v1/openings", &"a secret").await.unwrap_err();
    assert_eq!(refusal, Refusal::Malformed { line: 1, column: 10 });
}

#[tokio::test]
async fn a_nonce_serves_once() {
    let mut house = House::new().await;
    let sealed = house.batch(2).await;
    let first = house.scope(&sealed, &[1], ADDRESS);
    let mut second = house.scope(&sealed, &[2], ADDRESS);
    second.nonce = first.nonce;
    house.open(&house.ask(&sealed, first.clone())).await.unwrap();
    assert_eq!(house.open(&house.ask(&sealed, first)).await.unwrap_err(), Refusal::Replayed);
    assert_eq!(house.open(&house.ask(&sealed, second)).await.unwrap_err(), Refusal::Replayed);
}

/// What nobody opens but whoever made it up is opened by somebody: the answer is as always, and others hear of it at once.
#[tokio::test]
async fn a_decoy_that_somebody_opens_raises_the_alarm() {
    let posted = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/alarm", posted.local_addr().unwrap());
    let mut house = House::prepared(|config| config.alarm_url = Some(url)).await;
    house.start().await.unwrap();
    let mut record = house.first_policy();
    let own =
        |opened_by: &str| Shipper { shipper: "S-1".parse().unwrap(), key: None, opened_by: opened_by.parse().ok() };
    record.shippers = vec![own("canary-1")];
    house.decide(record).await.unwrap();
    let sealed = house.batch(1).await;
    let ask = house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS));
    let (answer, heard) = tokio::join!(house.open(&ask), async {
        let mut stream = posted.accept().await.unwrap().0;
        let mut octets = vec![0; 4096];
        let mut read = 0;
        while !octets[..read].ends_with(b"}") {
            read += tokio::io::AsyncReadExt::read(&mut stream, &mut octets[read..]).await.unwrap();
        }
        String::from_utf8_lossy(&octets[..read]).into_owned()
    });
    let entry = answer.unwrap().intent;
    let body = heard.split("\r\n\r\n").nth(1).unwrap();
    let said = format!("{{\"alarm\":\"decoy\",\"entry\":{entry},\"principal\":\"support-7\",\"shipper\":\"S-1\"}}");
    assert_eq!(body, said);
    let alarms = |text: Vec<u8>, count: u32| {
        String::from_utf8(text).unwrap().contains(&format!("bulla_warden_alarms_total {count}\n"))
    };
    assert!(alarms(house.get("/metrics").await.1, 1));
    // Refused, because it came before; who forges a request raises nothing.
    assert_eq!(house.open(&ask).await.unwrap_err(), Refusal::Replayed);
    assert!(alarms(house.get("/metrics").await.1, 2));
    let mut forged = house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS));
    forged.request.scope.rows = [2].into();
    assert_eq!(house.open(&forged).await.unwrap_err(), Refusal::Signature);
    // The one who made them up opens them, and nothing is said.
    let record = PolicyRecord { shippers: vec![own("support-7")], ..PolicyRecord::new(ORIGIN, 2, None) };
    house.decide(record).await.unwrap();
    house.open(&house.ask(&sealed, house.scope(&sealed, &[1], ADDRESS))).await.unwrap();
    assert!(alarms(house.get("/metrics").await.1, 2));
}
