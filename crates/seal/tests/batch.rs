//! Sealing, storing, finding and opening, and what is refused.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod support;

use ledger::{FieldClass, FieldClass::*, Province, header::Count};
use proptest::prelude::*;
use seal::{Error, IndexKey, Kind, Row, Sealed, Stored, Token, VALUE_OCTETS_MAX, batch};
use support::*;
use zeroize::Zeroizing;

const BOTH: &[(&str, &[FieldClass])] = &[("d90", &[Address, Contact, Remarks, Financial]), ("d400", &[Linkable])];

fn sealed(
    groups: &[(&str, &[FieldClass])],
    head: Row,
    parcels: Vec<Row>,
    tokens: Vec<(Token, u32)>,
) -> Result<Sealed, Error> {
    batch::seal(plan(groups), head, parcels, tokens, &mut Fixed::seeded("batch", drawn_octets(groups.len())))
}

fn sample() -> Sealed {
    let index = IndexKey::from_bytes(&[5; 32]);
    let token = |value: &[u8]| index.token(Kind::Tracking, value);
    let head = row(Province::ON, 1, &[(Address, b"Maple Goods Ltd")]);
    let parcels = vec![
        row(
            Province::QC,
            1,
            &[(Linkable, b"TRK1"), (Address, b"R. One, 1 Elm St, H0H0H0"), (Contact, b"r@one.example")],
        ),
        row(Province::Unknown, 2, &[(Linkable, b"TRK2"), (Address, b"R. Two, 2 Elm St, V0V0V0")]),
        row(Province::QC, 1, &[(Linkable, b"TRK1"), (Address, b"R. Three, 3 Elm St, H0H0H0")]),
    ];
    sealed(
        BOTH,
        head,
        parcels,
        vec![(token(b"TRK2"), 2), (token(b"TRK1"), 3), (token(b"TRK1"), 1), (token(b"TRK1"), 1)],
    )
    .unwrap()
}

#[test]
fn every_value_opens_at_its_place_and_nowhere_else() {
    let sealed = sample();
    // Groups are sorted by period: d400 before d90.
    let linkable =
        batch::open(&secret_key("d400"), &sealed.header, 0, &sealed.encapsulations[0], &sealed.body).unwrap();
    let rest = batch::open(&secret_key("d90"), &sealed.header, 1, &sealed.encapsulations[1], &sealed.body).unwrap();
    let text = |value: Option<Zeroizing<Vec<u8>>>| value.map(|v| String::from_utf8(v.to_vec()).unwrap());

    assert_eq!(text(linkable.row(2, Linkable).unwrap()).as_deref(), Some("TRK2"));
    assert_eq!(text(rest.row(0, Address).unwrap()).as_deref(), Some("Maple Goods Ltd"));
    assert_eq!(text(rest.row(3, Address).unwrap()).as_deref(), Some("R. Three, 3 Elm St, H0H0H0"));
    assert_eq!(text(rest.row(1, Contact).unwrap()).as_deref(), Some("r@one.example"));
    assert_eq!(rest.row(2, Contact).unwrap(), None);
    assert_eq!(rest.row(1, Remarks).unwrap(), None, "a class without a column");
    assert_eq!(linkable.row(1, Address).err(), Some(Error::ClassNotInGroup { class: Address }));
    assert_eq!(rest.row(1, Operational).err(), Some(Error::ClassNotInGroup { class: Operational }));
    assert_eq!(rest.row(4, Address).err(), Some(Error::NoSuchRecord { row: 4 }));
    assert_eq!(rest.records(), 4);
}

#[test]
fn the_header_counts_what_a_row_and_its_manifest_hold() {
    let header = sample().header;
    let count =
        |province, classes: &[FieldClass], rows| Count { province, classes: classes.iter().copied().collect(), rows };
    assert_eq!(header.rows, 3);
    assert_eq!(header.parties, 5);
    assert_eq!(
        header.counts,
        [
            count(Province::QC, &[Operational, Linkable, Address], 1),
            count(Province::QC, &[Operational, Linkable, Address, Contact], 1),
            count(Province::Unknown, &[Operational, Linkable, Address], 1),
        ]
    );
    assert_eq!(header.check(), Ok(()));
}

#[test]
fn a_class_of_the_manifest_counts_for_every_row() {
    let head = row(Province::Unknown, 1, &[(Remarks, b"call before")]);
    let header =
        sealed(BOTH, head, vec![row(Province::YT, 1, &[]), row(Province::YT, 1, &[(Remarks, b"fragile")])], vec![])
            .unwrap()
            .header;
    assert_eq!(header.counts, [Count { province: Province::YT, classes: [Operational, Remarks].into(), rows: 2 }]);
}

#[test]
fn a_record_is_found_and_read_without_a_key() {
    let sealed = sample();
    let octets = sealed.to_bytes();
    let stored = Stored::parse(&octets).unwrap();
    let index = IndexKey::from_bytes(&[5; 32]);
    let find = |kind, value: &[u8]| stored.find(&index.token(kind, value)).collect::<Vec<_>>();

    assert_eq!(stored.verify().unwrap(), sealed.header);
    assert_eq!(stored.salt(), sealed.salt);
    assert_eq!(stored.body(), sealed.body);
    assert_eq!(stored.header_bytes(), sealed.header.to_bytes());
    assert_eq!(stored.encapsulations(&sealed.header), sealed.encapsulations);
    assert_eq!(find(Kind::Tracking, b"TRK1"), [1, 3]);
    assert_eq!(find(Kind::Tracking, b"TRK2"), [2]);
    assert!(find(Kind::Order, b"TRK1").is_empty());
    assert!(find(Kind::Tracking, b"TRK3").is_empty());
    assert_eq!(stored.tokens().len(), 3);
    assert_eq!(stored.operational(3).unwrap()[31], Province::QC as u8);
    assert_eq!((stored.records(), stored.operational(4)), (4, None));
}

#[test]
fn nothing_readable_is_stored() {
    let octets = sample().to_bytes();
    for secret in [&b"TRK1"[..], b"Elm", b"one.example", b"Maple", b"H0H0H0"] {
        assert!(!octets.windows(secret.len()).any(|window| window == secret));
    }
}

#[test]
fn any_changed_octet_of_a_record_is_seen() {
    let head = row(Province::Unknown, 1, &[]);
    let sealed = sealed(
        &[("d90", &[Address])],
        head,
        vec![row(Province::ON, 1, &[(Address, b"1 Elm St")])],
        vec![(Token([3; 16]), 1)],
    )
    .unwrap();
    let mut octets = sealed.to_bytes();
    for at in 0..octets.len() {
        octets[at] ^= 1;
        assert!(Stored::parse(&octets).and_then(|stored| stored.verify()).is_err(), "octet {at}");
        octets[at] ^= 1;
    }
    for end in 0..octets.len() {
        assert!(matches!(Stored::parse(&octets[..end]), Err(Error::Record { .. })), "cut at {end}");
    }
    octets.push(0);
    assert!(matches!(Stored::parse(&octets), Err(Error::Record { .. })));
}

#[test]
fn what_cannot_be_sealed_is_refused_with_the_reason() {
    let none = || row(Province::Unknown, 0, &[]);
    let refused = |groups, head, parcels, tokens| sealed(groups, head, parcels, tokens).unwrap_err();
    assert_eq!(refused(BOTH, none(), vec![], vec![]), Error::Rows);
    assert_eq!(refused(BOTH, none(), (0..65_537).map(|_| none()).collect(), vec![]), Error::Rows);
    assert_eq!(
        refused(&[("d90", &[Address])], none(), vec![row(Province::ON, 1, &[(Contact, b"x")])], vec![]),
        Error::ClassWithoutGroup { row: 1, class: Contact }
    );
    assert_eq!(
        refused(BOTH, row(Province::ON, 1, &[(Operational, b"x")]), vec![none()], vec![]),
        Error::ClassWithoutGroup { row: 0, class: Operational }
    );
    let long = vec![0; VALUE_OCTETS_MAX + 1];
    assert_eq!(
        refused(BOTH, none(), vec![row(Province::ON, 1, &[(Remarks, &long)])], vec![]),
        Error::ValueTooLong { row: 1, class: Remarks, octets: VALUE_OCTETS_MAX + 1 }
    );
    assert_eq!(refused(BOTH, none(), vec![none()], vec![(Token([0; 16]), 2)]), Error::TokenWithoutRecord { row: 2 });
    let twice: &[(&str, &[FieldClass])] = &[("d1", &[Address]), ("d2", &[Address])];
    assert_eq!(refused(twice, none(), vec![none()], vec![]), Error::HeaderRule { rule: "a class is in one group" });
    assert_eq!(
        refused(&[("d1", &[])], none(), vec![none()], vec![]),
        Error::HeaderRule { rule: "a group keeps at least one class" }
    );
}

#[test]
fn an_empty_value_counts_as_none() {
    let sealed =
        sealed(BOTH, row(Province::ON, 1, &[]), vec![row(Province::ON, 1, &[(Address, b"")])], vec![]).unwrap();
    assert_eq!(sealed.header.counts[0].classes, [Operational].into());
    assert_eq!(sealed.body.len(), 13, "no column");
}

#[test]
fn the_most_parcels_fit() {
    let parcels = (0..65_536).map(|_| row(Province::ON, 1, &[(Linkable, b"T")])).collect();
    let sealed = sealed(BOTH, row(Province::ON, 1, &[]), parcels, vec![]).unwrap();
    let octets = sealed.to_bytes();
    assert_eq!(Stored::parse(&octets).unwrap().verify().unwrap().rows, 65_536);
    let group = batch::open(&secret_key("d400"), &sealed.header, 0, &sealed.encapsulations[0], &sealed.body).unwrap();
    assert_eq!(group.row(65_536, Linkable).unwrap().unwrap().as_slice(), b"T");
    assert_eq!(group.row(0, Linkable).unwrap(), None);
}

#[test]
fn the_longest_value_fits() {
    let long: Vec<u8> = (0..VALUE_OCTETS_MAX).map(|n| n as u8).collect();
    let sealed =
        sealed(BOTH, row(Province::ON, 0, &[]), vec![row(Province::ON, 1, &[(Remarks, &long)])], vec![]).unwrap();
    let group = batch::open(&secret_key("d90"), &sealed.header, 1, &sealed.encapsulations[1], &sealed.body).unwrap();
    assert!(*group.row(1, Remarks).unwrap().unwrap() == long);
}

fn any_row() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..140), 5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_sealed_opens_again(rows in prop::collection::vec(any_row(), 2..8)) {
        let build = |values: &Vec<Vec<u8>>| {
            let classes: Vec<_> = FieldClass::SEALED.into_iter().zip(values.iter().map(Vec::as_slice)).collect();
            row(Province::AB, 1, &classes)
        };
        let sealed = sealed(BOTH, build(&rows[0]), rows[1..].iter().map(build).collect(), vec![]).unwrap();
        let octets = sealed.to_bytes();
        let stored = Stored::parse(&octets).unwrap();
        let header = stored.verify().unwrap();
        for (n, (group, encapsulation)) in header.groups.iter().zip(stored.encapsulations(&header)).enumerate() {
            let open = batch::open(&secret_key(group.period.group.as_str()), &header, n, encapsulation, stored.body()).unwrap();
            for (row, values) in (0..).zip(&rows) {
                for class in group.classes {
                    let value = &values[usize::from(class.number()) - 1];
                    let opened = open.row(row, class).unwrap();
                    prop_assert_eq!(opened.as_deref(), Some(value).filter(|v| !v.is_empty()));
                }
            }
        }
    }

    #[test]
    fn no_octets_make_the_readers_panic(
        mut octets in prop_oneof![Just(sample().to_bytes()), Just(sample().body)],
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
    ) {
        // Mostly in the front, where the lengths are.
        for (at, octet) in changes {
            let within = octets.len().min(100);
            octets[at.index(within)] = octet;
        }
        octets.truncate(octets.len().min(end.index(2 * octets.len())));
        if let Ok(stored) = Stored::parse(&octets) {
            let _ = (stored.verify(), stored.find(&Token([9; 16])).count(), stored.operational(9));
        }
        if let Ok(body) = seal::Body::parse(&octets) {
            for row in 0..body.records().min(10) {
                let _ = body.cell(row, Address);
            }
        }
    }
}

/// Neither of the two opens it alone, and what the co-holder hands out is sealed still.
#[test]
fn both_layers_are_needed() {
    let mut plan = plan(&[("d90", &FieldClass::SEALED)]);
    plan.groups[0].co_holder = Some(secret_key("co-holder").public());
    let parcels = vec![row(Province::QC, 1, &[(Address, b"Recipient 1")])];
    let sealed = batch::seal(
        plan,
        row(Province::Unknown, 0, &[]),
        parcels,
        vec![],
        &mut Fixed::seeded("both", 32 + 32 + 64 + 64),
    )
    .unwrap();
    let (warden, co_holder) = (secret_key("d90"), secret_key("co-holder"));
    let (header, wrapped) = (&sealed.header, &sealed.encapsulations[0]);
    assert_eq!((wrapped.len(), header.groups[0].co_holder), (batch::WRAPPED_OCTETS, Some(co_holder.public().hash())));
    assert_eq!(batch::open(&warden, header, 0, wrapped, &sealed.body).err(), Some(Error::Unsealable));
    assert_eq!(batch::open(&co_holder, header, 0, wrapped, &sealed.body).err(), Some(Error::WrongKey));
    let unwrapped = batch::unwrap(&co_holder, header, 0, wrapped).unwrap();
    assert_eq!(unwrapped.len(), batch::ENCAPSULATION_OCTETS);
    let open = batch::open(&warden, header, 0, &unwrapped, &sealed.body).unwrap();
    assert_eq!(open.row(1, Address).unwrap().unwrap().as_slice(), b"Recipient 1");

    // The layer is bound to this header and this group, and is there only where the header says so.
    assert_eq!(batch::unwrap(&warden, header, 0, wrapped).err(), Some(Error::WrongKey));
    assert_eq!(batch::unwrap(&co_holder, header, 1, wrapped).err(), Some(Error::NoSuchGroup { group: 1 }));
    let mut later = header.clone();
    later.ticket += 1;
    assert_eq!(batch::unwrap(&co_holder, &later, 0, wrapped).err(), Some(Error::Unsealable));
    let mut without = header.clone();
    without.groups[0].co_holder = None;
    assert_eq!(batch::unwrap(&co_holder, &without, 0, wrapped).err(), Some(Error::NotWrapped));
    assert_eq!(batch::open(&warden, &without, 0, &unwrapped, &sealed.body).err(), Some(Error::Unsealable));

    let record = sealed.to_bytes();
    let stored = Stored::parse(&record).unwrap();
    assert_eq!(stored.encapsulations(&stored.verify().unwrap()), sealed.encapsulations);
    let fewer = seal::Sealed { encapsulations: vec![unwrapped], ..sealed.clone() }.to_bytes();
    let rule = "groups and rows are those of the record";
    assert_eq!(Stored::parse(&fewer).unwrap().verify().err(), Some(Error::HeaderRule { rule }));
    let longer = seal::Sealed { encapsulations: vec![vec![0; 3440]], ..sealed }.to_bytes();
    assert_eq!(Stored::parse(&longer).err(), Some(Error::Record { rule: "its parts fill it" }));
}
