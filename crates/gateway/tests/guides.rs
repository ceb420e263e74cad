//! An agreement's guide: read by it everywhere alike, and refused whole where it says something that cannot be.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod house;

use edi::{Code, Severity};
use gateway::{
    exchange::check::{Fit, check, check_under},
    partner::{Agreement, File},
};
use house::{House, document};
use ledger::entry::Verdict;
use manifest::guide::Guide;

/// One thing of each kind that a guide can say.
const GUIDE: &str = r#"
guide = "northshop-856"
about = "Ship notices of a made-up shop"
form = "x12"
messages = ["856"]
versions = ["004010"]

[acknowledge]
with = ["999"]

[[leniency]]
name = "weight-without-packaging"
code = "CONDITION_MISSING"
segment = "PER"
why = "writes that there is a telephone, and no number"

[[strict]]
code = "INVALID_DATE"
segment = "DTM"

[[require]]
segment = "MAN"
qualifier = "CP"

[[strict]]
code = "REQUIRED_BY_PARTNER"
"#;

/// Under the first agreement documents are read by this guide, under the second by none.
fn guided(house: &House, text: &str) {
    let mut file = File::read(text).unwrap();
    file.agreement = vec![Agreement { guide: Some("northshop-856".into()), ..agreement(house, "A-1") }];
    house.gateway.apply(file).unwrap();
}

fn agreement(house: &House, id: &str) -> Agreement {
    house.gateway.partners().agreements().find(|own| own.id.as_str() == id).unwrap().clone()
}

fn numbered(control: u32, from: &str, to: &str) -> String {
    let text = String::from_utf8(document(control, 1, |_| format!("NS-{control}"))).unwrap();
    assert!(text.contains(from));
    text.replacen(from, to, 1)
}

/// But for the control numbers and the times of day.
fn said(answer: &[u8]) -> Vec<String> {
    let text = String::from_utf8(answer.to_vec()).unwrap();
    let numbered = |segment: &&str| !["ISA*", "GS*", "GE*", "IEA*"].iter().any(|tag| segment.starts_with(tag));
    text.split('~').filter(numbered).map(str::to_owned).collect()
}

type Said = (Verdict, Vec<String>);

/// What the gateway does, a file tested under the agreement, and one checked by the guide alone say.
fn everywhere(house: &House, text: &str, guide: Option<&Guide>) -> Said {
    let octets = text.as_bytes();
    let mut all: Vec<Said> = Vec::new();
    check(octets, octets.len(), guide, |one| all.push((one.verdict(), said(&one.answer(house::now())))));
    check_under(&house.gateway.partners(), &agreement(house, "A-1"), octets, octets.len(), |one, _| {
        all.push((one.verdict(), said(&one.answer(house::now()))));
    });
    let reply = house.send(octets).unwrap();
    all.push((reply.verdict, said(&reply.answer)));
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{all:#?}");
    all.remove(0)
}

#[test]
fn a_check_a_test_and_the_gateway_say_the_same_by_the_guide() {
    let house = House::open();
    guided(&house, GUIDE);
    let guide = Guide::parse(GUIDE).unwrap();
    let cases = [
        // from, to, without the guide, by it, and what the 999 says more
        ("CTT*2~", "CTT*2~", Verdict::Accepted, Verdict::Accepted, ""),
        ("SE*14*", "PER*IC~SE*15*", Verdict::AcceptedWithErrors, Verdict::AcceptedWithErrors, "IK3*PER*"),
        ("DTM*011*20261102~", "DTM*011*20260230~", Verdict::AcceptedWithErrors, Verdict::Refused, "IK4*2*373*8"),
        ("MAN*CP*", "MAN*GM*", Verdict::Accepted, Verdict::Refused, "IK3*MAN*"),
        ("*X*004010~", "*X*004060~", Verdict::Accepted, Verdict::Refused, "AK9*R*1*1*0*2"),
    ];
    for (place, (from, to, plainly, by_it, told)) in (1..).zip(cases) {
        let text = numbered(100 + place, from, to);
        let mut plain = Vec::new();
        check(text.as_bytes(), text.len(), None, |one| plain.push(one.verdict()));
        let (verdict, answer) = everywhere(&house, &text, Some(&guide));
        assert_eq!((plain, verdict), (vec![plainly], by_it), "{to}");
        let answer = answer.join("~");
        assert!(answer.contains("ST*999*0001") && answer.contains(told), "{to}: {answer}");
    }
}

#[test]
fn a_leniency_is_a_warning_that_is_counted_under_its_name() {
    let house = House::open();
    guided(&house, GUIDE);
    let guide = Guide::parse(GUIDE).unwrap();
    let text = numbered(1, "N4*QUEBEC*QC*G1A 0A2*CA~CTT*2~SE*14*", "N4*QUEBEC*QC*G1A 0A2*CA~PER*IC**TE~CTT*2~SE*15*");
    check(text.as_bytes(), text.len(), None, |one| assert_eq!(one.verdict(), Verdict::AcceptedWithErrors));
    assert_eq!(everywhere(&house, &text, Some(&guide)).0, Verdict::Accepted);
    check(text.as_bytes(), text.len(), Some(&guide), |one| {
        let granted: Vec<_> = one.granted().map(|(leniency, used)| (leniency.name.as_str(), used)).collect();
        assert_eq!(granted, [("weight-without-packaging", 1)]);
        let found: Vec<_> = one.findings().iter().map(|finding| (finding.code, finding.severity)).collect();
        assert_eq!(found, [(Code::ConditionMissing, Severity::Warning)]);
    });
}

#[test]
fn each_interchange_of_a_body_is_read_by_its_own_agreements_guide() {
    let house = House::open();
    guided(&house, GUIDE);
    let wrong = ("DTM*011*20261102~", "DTM*011*20260230~");
    let of = |control, carrier: &str| numbered(control, wrong.0, wrong.1).replace("DEMOCARRIER", carrier);
    let (guided, plain) = (|control| of(control, "DEMOCARRIER"), |control| of(control, "SLOWCARRIER"));
    let (by_it, without) = (Verdict::Refused, Verdict::AcceptedWithErrors);
    for (body, verdicts) in [
        ([guided(1), plain(2), guided(3)].concat(), [by_it, without, by_it]),
        ([plain(4), plain(5), guided(6)].concat(), [without, without, by_it]),
    ] {
        let mut tested = Vec::new();
        let partners = house.gateway.partners();
        check_under(&partners, &agreement(&house, "A-1"), body.as_bytes(), body.len(), |one, fit| {
            tested.push((one.verdict(), fit));
            let offset = one.in_body(&one.findings()[0]).0.offset as usize;
            assert!(body[offset..].starts_with("20260230~"), "places count from the body's beginning");
        });
        let fits = verdicts.map(|verdict| (verdict, if verdict == by_it { Fit::Fits } else { Fit::Other }));
        assert_eq!(tested, fits);
        let replies = house.send_all(body.as_bytes()).unwrap();
        assert_eq!(replies.iter().map(|reply| reply.verdict).collect::<Vec<_>>(), verdicts);
    }
}

#[test]
fn a_guide_outlives_the_process_and_a_wrong_one_changes_nothing() {
    let house = House::open();
    guided(&house, GUIDE);
    let refused = |text: &str| house.gateway.apply(File::read(text).unwrap()).unwrap_err().to_string();
    assert_eq!(
        refused(&GUIDE.replace("INVALID_DATE", "INVALID_DAY")),
        "guide northshop-856, line 18: INVALID_DAY is no code of a finding: write it as `bulla check` shows it, such as \
         CONDITION_MISSING"
    );
    assert_eq!(
        refused("guide = \"sheet\"\nabout = \"a\"\nform = \"csv\""),
        "guide sheet: documents come as X12 or EDIFACT: `form` is x12 or edifact"
    );
    let mut nowhere = File { agreement: vec![agreement(&house, "A-2")], ..File::default() };
    nowhere.agreement[0].guide = Some("nobody-s".into());
    assert_eq!(
        house.gateway.apply(nowhere).unwrap_err().to_string(),
        "agreement A-2 names guide nobody-s, which no file describes: apply the guide's file first"
    );
    let house = house.restarted(|_| {});
    let names: Vec<_> = house.gateway.partners().guides().iter().map(|guide| guide.name.clone()).collect();
    assert_eq!((names, agreement(&house, "A-2").guide), (vec!["northshop-856".to_owned()], None));
    let text = numbered(1, "DTM*011*20261102~", "DTM*011*20260230~");
    assert_eq!(house.send(text.as_bytes()).unwrap().verdict, Verdict::Refused);
    // Applied again without the rule, it counts at once.
    guided(&house, &GUIDE.replace("INVALID_DATE", "INVALID_TIME"));
    let text = numbered(2, "DTM*011*20261102~", "DTM*011*20260230~");
    assert_eq!(house.send(text.as_bytes()).unwrap().verdict, Verdict::AcceptedWithErrors);
}

#[test]
fn whatever_guides_are_taken_a_start_reads_them() {
    let house = House::open();
    // What takes most in the file: each octet of it is escaped there.
    let about = "\\\"".repeat(500_000);
    let long =
        |number: u32| format!("guide = \"long-{number}\"\nabout = \"{about}\"\nform = \"x12\"\nmessages = [\"856\"]\n");
    let apply = |number: u32| house.gateway.apply(File::read(&long(number)).unwrap());
    (1..=4).for_each(|number| apply(number).unwrap());
    assert_eq!(apply(5).unwrap_err().to_string(), "all guides together have more than 4 MiB");
    let house = house.restarted(|_| {});
    assert_eq!(house.gateway.partners().guides().iter().count(), 4);
}

#[test]
fn officers_sign_nothing_for_a_guide() {
    let house = House::open();
    let draft = || gateway::partner::enrolment::draft(&house.gateway).unwrap();
    let before = draft();
    guided(&house, GUIDE);
    assert_eq!(draft(), before);
}
