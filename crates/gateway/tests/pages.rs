//! What stands beside the ledger is given in pages: whoever follows them has all of it, once.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use gateway::incident;
use house::{House, document};
use ledger::{BatchId, Disclosed};

fn ids(lines: &[u8]) -> Vec<BatchId> {
    let lines = lines.split(|octet| *octet == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| ledger::canonical::read::<Disclosed>(line).unwrap().header.batch).collect()
}

#[test]
fn headers_come_in_pages() {
    let house = House::open();
    house.send(&document(1, 5, |set| format!("PAGED-{set}"))).unwrap();
    let whole = incident::headers(&house.gateway, None, 100).unwrap();
    assert!(whole.next.is_none());
    let all = ids(&whole.lines);
    assert!(all.len() == 5 && all.is_sorted());
    for most in [1, 2, 5, 6] {
        let (mut followed, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = incident::headers(&house.gateway, after, most).unwrap();
            followed.extend(ids(&page.lines));
            pages += 1;
            let Some(next) = page.next else { break };
            after = Some(next);
        }
        assert_eq!((followed, pages), (all.clone(), 5 / most + 1), "pages of {most}");
    }
}
