//! Every page of the console as an operator has it, kept where the search looks. The one page with opened fields is another
//! process's on a person's machine (`tests/agent.rs`).

use crate::{cases::Case, house::House};

const PAGES: [&str; 9] = [
    "/console/login",
    "/console/test",
    "/console/parcels",
    "/console/partners",
    "/console/ledger",
    "/console/retention",
    "/console/incident?kind=storage",
    "/console/incident?kind=warden",
    "/console/nothing",
];

pub fn see_all(house: &House, cases: &[Case]) {
    let session = house.log_in();
    let see = |path: &str| house.see(path, &session);
    for path in PAGES {
        see(path);
    }
    let mut seen = 0;
    let mut list = Some("/console?since=all".to_owned());
    while let Some(path) = list {
        let page = see(&path);
        for id in page.split("\"/console/interchanges/").skip(1) {
            see(&format!("/console/interchanges/{}", id.split('"').next().unwrap_or_default()));
            seen += 1;
        }
        let older = page.split_once("\" rel=\"next\"").and_then(|(before, _)| before.rsplit('"').next());
        list = older.map(|path| path.replace("&#38;", "&"));
    }
    assert!(seen > 300, "{seen} interchanges");
    let wanted = &cases[0].persons[0];
    for (field, number) in [("tracking", &wanted.tracking), ("order", &wanted.order)] {
        let page = house.submit("/console/parcels", &session, &[(field, number.as_bytes())]);
        assert!(page.contains("id=\"parcel\""), "{page}");
    }
    for case in cases.iter().filter(|case| case.file.is_some()) {
        house.submit("/console/test", &session, &[("text", &case.body)]);
    }
}
