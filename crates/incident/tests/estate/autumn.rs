//! What happened to the estate of most tests.

use super::*;

/// The estate of most tests: what each body was is said beside it.
pub fn autumn() -> Estate {
    autumn_of(Estate::new())
}

/// The same on other hosts.
pub fn autumn_of(mut estate: Estate) -> Estate {
    use Province::{ON, QC, Unknown};
    estate.hand_index_key("gw-1", "2026-09");
    // 10 rows, confirmed.
    estate.at("2026-09-10T12:00:00.000Z");
    let rows: Rows = &[
        (QC, &[Linkable, Address], 6),
        (ON, &[Linkable, Address, Contact], 3),
        (ON, &[Linkable, Address, Remarks], 1),
    ];
    let first = estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", rows)]);
    estate.confirm(&first, 10);
    // Refused, never sealed: 5 rows.
    estate.receive("gw-1", Verdict::Refused, 5, &[]);
    // 4 rows of the second shipper, by the second worker.
    estate.at("2026-09-20T12:00:00.000Z");
    estate.receive("gw-2", Verdict::Accepted, 0, &[("A-2", &[(Unknown, &[Address], 4)])]);
    // 20 rows in October, after a restart.
    estate.at("2026-10-01T00:00:00.000Z");
    estate.start("gw-1");
    estate.hand_index_key("gw-1", "2026-10");
    estate.at("2026-10-05T12:00:00.000Z");
    let rows: Rows = &[(QC, &[Linkable, Address], 15), (Unknown, &[Linkable, Address], 5)];
    let third = estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", rows)]);
    estate.confirm(&third, 19);
    // September's remarks end, then an agent opens two rows, then September ends.
    estate.at("2026-10-08T00:00:00.000Z").shred("A-1/2026-09/d7");
    estate.at("2026-10-20T00:00:00.000Z").open(third[0], &[2, 7], &[Address, Contact], true);
    estate.at("2026-12-30T00:00:00.000Z").shred("A-1/2026-09/d90");
    estate.at("2026-12-31T00:00:00.000Z");
    estate
}
