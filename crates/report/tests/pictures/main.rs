//! The pictures of a page, of ledgers short and long: everything that is drawn is inside of its frame, and says what it is.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod drawn;

use drawn::{drawings, inside, texts};
use incident::Assessment;
use ledger::{Month, Time};
use report::Language;
use serde_json::{Value, json};

/// Months and shippers of a ledger.
const SIZES: [(i64, u64); 4] = [(1, 2), (2, 2), (13, 5), (33, 44)];
const DAY: i64 = 86_400_000;

/// The month so many behind October 2025: two of the four sizes go over a year's end.
fn month(number: i64) -> Month {
    let months = 2025 * 12 + 9 + number;
    Month { year: (months / 12) as i16, month: (months % 12 + 1) as i8 }
}

/// Of each shipper the oldest third of months has no key any more, the next is sealed, the newest could have been read; some sent nothing.
fn assessment(months: i64, shippers: u64) -> Value {
    let name = |shipper: u64| format!("S-{:012x}", (shipper + 1) * 0x1f3d_5b79);
    let (mut missing, mut shares) = (Vec::new(), Vec::new());
    for (month, shipper) in (0..months).flat_map(|number| (0..shippers).map(move |shipper| (number, shipper))) {
        let (rows, third) = (1_000 * (shippers - shipper), 3 * (month + 1) / (months + 1));
        if (month * 7 + shipper as i64 * 3) % 5 == 4 {
            continue;
        }
        let at = self::month(month);
        match third {
            0 if months > 1 => missing.push(json!({
                "period": format!("A-{shipper}/{at}/d30"), "shipper": name(shipper), "why": "shredded", "shred": 7,
                "cosigned": at.next().next().start(), "rows": rows,
            })),
            1 => shares
                .push(json!({"shipper": name(shipper), "month": at, "rows": 0, "parties": 0, "operational": rows})),
            _ => shares
                .push(json!({"shipper": name(shipper), "month": at, "rows": rows, "parties": rows, "operational": 0})),
        }
    }
    let of =
        |shipper| json!({"shipper": name(shipper), "rows": 900 * (shippers - shipper), "parties": 5, "operational": 0});
    let (begins, end) = (month(0).start(), month(months).start());
    let points = [1_234_567_u64, 950_000, 60_200, 312, 0];
    let span = end.milliseconds() - begins.milliseconds() - DAY;
    let curve = points.iter().zip(0_i64..).map(|(rows, number)| {
        json!({"from": Time::from_milliseconds(begins.milliseconds() + DAY / 2 + span * number / 5), "rows": rows})
    });
    json!({
        "schema": "bulla.assessment/12", "level": 0, "assumptions": [], "damaged": false, "split_view": false,
        "hypothesis": [
            {"kind": "storage", "from": null, "to": null},
            {"kind": "host", "workers": [], "from": month(months - 1).start().plus_days(9), "to": null},
        ],
        "checkpoint": {"origin": "post.example/ledger", "size": 9, "time": end, "cosigners": ["witness.example/w1"],
            "root": "6e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"},
        "dating": {"organisations": 1, "clock_error": 300, "begins": [], "ends": [], "goes_on": false, "silences": [], "other_roots": []},
        "at_most": {"rows": points[0], "parties": 9, "shippers": shippers, "unbounded": false}, "people": null,
        "recorded": {"rows": 9, "parties": 9}, "confirmed": {"rows": 0, "parties": 0}, "made_up": {"rows": 0, "parties": 0},
        "by_shipper": (0..shippers).map(of).collect::<Vec<_>>(), "by_month": [], "by_shipper_month": shares, "by_classes": [],
        "by_province": [], "entries": [], "gaps": [], "sent": [], "not_included": missing, "co_held": [],
        "index_leakage": {"months": [], "rows": 0, "meaning": "nothing"}, "openings": {"justified": 0, "unexplained": 0},
        "voids": [], "without_header": [], "curve": curve.collect::<Vec<_>>(), "if_the_warden_stood_elsewhere": null,
        "statements": [],
    })
}

fn page(assessment: &Value, language: Language) -> String {
    let assessment: Assessment = serde_json::from_value(assessment.clone()).unwrap();
    report::page(&assessment, language)
}

/// Both drawings of each size, in both languages.
fn all(mut look: impl FnMut((i64, u64), Language, &str, &str)) {
    for size in SIZES {
        for language in [Language::En, Language::Fr] {
            let page = page(&assessment(size.0, size.1), language);
            let drawings = drawings(&page);
            let [picture, curve] = drawings[..] else { panic!("{size:?}: {} drawings", drawings.len()) };
            look(size, language, picture, curve);
        }
    }
}

#[test]
fn nothing_is_cut() {
    all(|size, language, picture, curve| {
        for drawing in [picture, curve] {
            assert_eq!(inside(drawing), [""; 0], "{size:?} {language:?}: {drawing}");
        }
    });
}

/// What is cut is found: the frame of each is made a little smaller on every side.
#[test]
fn what_is_cut_is_found() {
    all(|size, _, picture, curve| {
        for drawing in [picture, curve] {
            for side in 0..4 {
                assert!(!inside(&drawn::smaller(drawing, side)).is_empty(), "{size:?}: side {side} of {drawing}");
            }
        }
    });
}

#[test]
fn rows_and_columns_have_names_where_there_is_room() {
    let expected: [&[&str]; 4] = [
        &["Oct", "2025"],
        &["Oct", "Nov", "2025"],
        &["Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "2026", "2025"],
        &["Oct", "Jan", "Apr", "Jul", "Oct", "Jan", "Apr", "Jul", "Oct", "Jan", "Apr", "2026", "2027", "2028", "2025"],
    ];
    for ((months, shippers), expected) in SIZES.into_iter().zip(expected) {
        let page = page(&assessment(months, shippers), Language::En);
        let texts = texts(drawings(&page)[0]);
        let (names, rest): (Vec<_>, Vec<_>) = texts.iter().partition(|text| text.starts_with("S-"));
        assert_eq!(names.len() as u64, if shippers < 44 { shippers } else { 0 });
        let said =
            ["could have been read", "sealed: taken perhaps, and unreadable", "the key was destroyed, with proof"];
        let (said, named): (Vec<&str>, Vec<&str>) =
            rest.iter().map(|text| text.as_str()).partition(|own| said.contains(own));
        assert_eq!(named, expected, "{months} months");
        assert_eq!(said.len(), [1, 2, 3, 3][SIZES.iter().position(|size| size.0 == months).unwrap()], "{said:?}");
    }
}

#[test]
fn the_curve_has_its_dates_its_numbers_and_its_steps() {
    let texts = |language| texts(drawings(&page(&assessment(13, 5), language))[1]);
    let english = texts(Language::En);
    let expected = [
        "Rows, at most",
        "0",
        "1,234,567",
        "Nov",
        "Dec",
        "2026",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "1 October 2025",
        "1 November 2026",
        "Began at or after",
        "950,000 from 19 Dec 2025",
        "60,200 from 8 Mar 2026",
        "312 from 26 May 2026",
        "0 from 13 Aug 2026",
    ];
    assert_eq!(english, expected);
    let french = texts(Language::Fr);
    for said in [
        "1\u{202f}234\u{202f}567",
        "févr.",
        "1er octobre 2025",
        "950\u{202f}000 dès le 19 déc. 2025",
        "0 dès le 13 août 2026",
    ] {
        assert!(french.iter().any(|text| text == said), "{said}: {french:?}");
    }
}

/// A ledger of minutes, as a demo's: the clock stands beside its days.
#[test]
fn a_short_time_has_the_clock() {
    let mut assessment = assessment(1, 2);
    assessment["checkpoint"]["time"] = "2026-11-24T00:55:40.000Z".into();
    assessment["curve"] =
        json!([{"from": "2026-11-24T00:51:02.000Z", "rows": 471}, {"from": "2026-11-24T00:55:03.001Z", "rows": 50}]);
    let said = |language| texts(drawings(&page(&assessment, language))[1]);
    let english = said(Language::En);
    assert_eq!(
        english[1..],
        [
            "0",
            "471",
            "24 November 2026, 00:51 UTC",
            "24 November 2026, 00:55 UTC",
            "Began at or after",
            "50 from 00:55"
        ]
    );
    assert_eq!(said(Language::Fr).last().unwrap(), "50 dès 00 h 55");
}

#[test]
fn where_nothing_depends_on_the_day_there_is_a_sentence() {
    let mut assessment = assessment(2, 2);
    assessment["curve"] = json!([{"from": "2025-10-01T00:00:00.000Z", "rows": 1_234_567}]);
    let (english, french) = (page(&assessment, Language::En), page(&assessment, Language::Fr));
    assert!(english.contains("It is the same for every day on which it may have begun: at most 1,234,567 rows."));
    assert!(french.contains("commença\u{a0}: au plus 1\u{202f}234\u{202f}567 lignes."));
    assert_eq!([drawings(&english).len(), drawings(&french).len()], [1, 1]);
    assessment["at_most"]["unbounded"] = true.into();
    assert!(page(&assessment, Language::En).contains("No upper bound. What is on record is the same for every day"));
    assessment["curve"] = json!([]);
    assert!(!page(&assessment, Language::En).contains("depends on the day"));
}

/// Whoever does not see it hears what it shows.
#[test]
fn drawings_are_named_and_described() {
    all(|size, _, picture, curve| {
        for drawing in [picture, curve] {
            assert!(!drawing.contains("aria-hidden") && drawing.contains("role=\"img\""), "{size:?}");
            let shows = drawn::shows(drawing);
            assert!(
                shows.len() == 2 && shows.iter().all(|words| words.len() > 15 && !words.contains("_shows")),
                "{shows:?}"
            );
        }
    });
    let page = page(&assessment(2, 2), Language::En);
    let shows = "Shippers: 2. Months: October 2025 to November 2025. A shipper's months that could have been read: 2; sealed: 2; with a \
                 destroyed key: 0.";
    assert_eq!(drawn::shows(drawings(&page)[0])[1], shows);
}

/// Any months and moments that there can be.
#[test]
fn the_end_of_times_is_drawn() {
    let mut assessment = assessment(2, 2);
    assessment["by_shipper_month"][0]["month"] = "0001-01".into();
    assessment["by_shipper_month"][1]["month"] = "9999-12".into();
    assessment["checkpoint"]["time"] = "9999-12-30T22:00:00.000Z".into();
    assessment["hypothesis"] = json!([
        {"kind": "storage", "from": null, "to": "0001-01-01T00:00:00.000Z"},
        {"kind": "warden", "from": "9999-12-30T00:00:00.000Z", "to": "0001-01-01T00:00:00.000Z"},
    ]);
    assessment["curve"] = json!([{"from": "0001-01-01T00:00:00.000Z", "rows": u64::MAX}, {"from": "9999-12-30T00:00:00.000Z", "rows": 1}]);
    for language in [Language::En, Language::Fr] {
        let page = page(&assessment, language);
        for drawing in drawings(&page) {
            assert_eq!(inside(drawing), [""; 0]);
            assert!(drawing.len() < 20_000, "{} octets", drawing.len());
        }
    }
}
