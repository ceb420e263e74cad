//! The index and the walk against a reader that looks at one octet after the other.

use edi::{
    Segment, Separators,
    index::Kernel,
    walk::{SEGMENT_OCTETS_MAX, Walk},
};
use proptest::{collection::vec, prelude::*, sample::select};
use slowly::*;

mod slowly;

fn separators() -> impl Strategy<Value = Separators> {
    select(kinds_of_separators())
}

/// Octets of few kinds, so that delimiters, releases and line ends meet in every order.
fn octets(separators: Separators, lengths: impl Strategy<Value = usize>) -> impl Strategy<Value = Vec<u8>> {
    let s = separators;
    let release = s.release.unwrap_or(b'?');
    let others = [s.component, b'\r', b'\n', b' ', b'\t', 0x1A, 0x7F, 0x80, 0xFF, 0x1F, 0x20, 0x7E, b'B', b'I', b'N'];
    let one = prop_oneof![
        6 => Just(b'A'),
        3 => Just(s.element),
        2 => Just(s.terminator),
        3 => Just(release),
        1 => select(others.to_vec()),
    ];
    let plain = prop_oneof![20 => Just(b'A'), 4 => Just(s.element), 2 => Just(s.terminator), 1 => Just(release)];
    lengths.prop_flat_map(move |n| prop_oneof![vec(one.clone(), n), vec(plain.clone(), n)])
}

fn lengths() -> impl Strategy<Value = usize> {
    let near = (select(vec![64, 128, 2 * 64, 63 * 64, STEP, 2 * STEP, 3 * STEP]), 0..5_usize);
    prop_oneof![0..300_usize, 0..5000_usize, near.prop_map(|(n, more)| n + more - 2)]
}

fn case() -> impl Strategy<Value = (Separators, Vec<u8>)> {
    separators().prop_flat_map(|s| octets(s, lengths()).prop_map(move |octets| (s, octets)))
}

/// A case takes a tenth of a second without optimisation: few by default, as many as are asked for otherwise.
fn cases() -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 64 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_kernel_writes_the_index_that_is_defined((s, octets) in case(), cuts in vec(0..70_usize, 0..5)) {
        each_index_is_right(&octets, &cuts, &s);
    }

    #[test]
    fn a_walk_sees_what_the_slow_reader_sees((s, octets) in case()) {
        each_walk_is_right(&octets, s);
    }

    #[test]
    fn a_walk_from_where_another_is_sees_the_rest((s, octets) in case(), stop in 0..40_usize) {
        let all = slowly(&octets, &s);
        let stop = stop.min(all.len());
        let mut first = Walk::new(&octets, 0..octets.len(), s, 1);
        for _ in 0..stop {
            prop_assert!(first.next_segment().is_some());
        }
        let offset = first.offset();
        let ordinal = all.get(stop).map_or(7, |seen| seen.ordinal);
        let rest = walked(Walk::new(&octets, offset..usize::MAX, s, ordinal), &octets);
        prop_assert_eq!(&rest[..], &all[stop..]);
    }
}

#[test]
fn runs_of_releases_cross_blocks_and_windows() {
    for length in (0..200).chain(STEP - 3..STEP + 3).chain(2 * STEP - 3..2 * STEP + 3) {
        for lead in [0, 1, 61, 62, 63, 64, STEP - 2, STEP - 1, STEP] {
            let octets = [vec![b'A'; lead], vec![b'?'; length], b"'B+C'".to_vec()].concat();
            let released = length % 2 == 1;
            for kernel in Kernel::available() {
                let mut walk = walk(&octets, Separators::EDIFACT, kernel);
                let first = walk.next_segment().unwrap();
                let expected = if released { &octets[..lead + length + 2] } else { &octets[..lead + length] };
                assert_eq!(first.tag(), expected, "{kernel:?} {lead} {length}");
            }
        }
    }
}

#[test]
fn each_octet_is_odd_or_not_at_each_place() {
    for kernel in Kernel::available() {
        for octet in 0..=255_u8 {
            for place in 1..64 {
                let mut octets = *b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
                octets[place] = octet;
                let index = index(&octets, &[], &Separators::X12, kernel);
                let printable = (0x20..=0x7E).contains(&octet);
                assert_eq!(index.odd(), [u64::from(!printable)], "{kernel:?} {octet} {place}");
            }
        }
    }
}

#[test]
fn every_element_and_place_of_a_segment() {
    let bytes = b"\xEF\xBB\xBFISA*X~\r\nREF*CN**A>B>*9~~\nN1";
    let mut walk = Walk::new(bytes, 3..bytes.len(), Separators::X12, 41);
    assert_eq!(walk.offset(), 3);
    let isa = walk.next_segment().unwrap();
    assert_eq!((isa.tag(), isa.offset(), isa.ordinal(), isa.len()), (&b"ISA"[..], 3, 41, 1));
    assert_eq!(walk.offset(), 9);
    let segment = walk.next_segment().unwrap();
    assert_eq!((segment.tag(), segment.offset(), segment.ordinal(), segment.len()), (&b"REF"[..], 11, 42, 4));
    assert_eq!(segment.raw(), b"REF*CN**A>B>*9");
    assert_eq!(segment.elements().collect::<Vec<_>>(), [&b"CN"[..], b"", b"A>B>", b"9"]);
    assert_eq!([0, 1, 2, 3, 4, 5].map(|n| segment.element_offset(n)), [11, 15, 18, 19, 24, 25]);
    assert_eq!([0, 1, 2, 3, 4].map(|k| segment.component(3, k)), [&b""[..], b"A", b"B", b"", b""]);
    assert!(segment.is_plain() && segment.is_terminated() && !segment.is_blank());
    let blank = walk.next_segment().unwrap();
    assert!(blank.is_blank() && blank.is_terminated());
    assert_eq!((blank.offset(), blank.ordinal(), blank.len(), blank.tag()), (26, 43, 0, &b""[..]));
    let last = walk.next_segment().unwrap();
    assert_eq!((last.tag(), last.offset(), last.ordinal(), last.is_terminated()), (&b"N1"[..], 28, 43, false));
    assert!(walk.next_segment().is_none());
    assert_eq!(walk.offset(), 30);
}

#[test]
fn line_ends_as_terminators() {
    for (bytes, terminator) in [
        (&b"ST*1\nN1**A\n\n\nSE\n"[..], b'\n'),
        (b"ST*1\r\nN1**A\r\n\r\nSE", b'\n'),
        (b"ST*1\r\nN1**A\r\r\nSE\r", b'\r'),
    ] {
        let mut walk = Walk::new(bytes, 0..bytes.len(), Separators { terminator, ..Separators::X12 }, 1);
        let mut seen = Vec::new();
        while let Some(segment) = walk.next_segment() {
            assert!(!segment.is_blank());
            seen.push((segment.ordinal(), segment.raw()));
        }
        assert_eq!(seen, [(1, &b"ST*1"[..]), (2, b"N1**A"), (3, b"SE")]);
    }
}

#[test]
fn a_segment_of_many_windows() {
    let long = format!("FTX+{}", "A?'B+".repeat(40_000));
    let octets = format!("UNH+1'{long}'\r\nUNT+3+1'").into_bytes();
    for kernel in Kernel::available() {
        let mut walk = walk(&octets, Separators::EDIFACT, kernel);
        assert_eq!(walk.next_segment().unwrap().raw(), b"UNH+1");
        let segment = walk.next_segment().unwrap();
        assert_eq!(segment.raw(), long.as_bytes());
        assert_eq!((segment.len(), segment.element(40_000), segment.offset()), (40_001, &b"A?'B"[..], 6));
        assert!(segment.is_plain());
        assert_eq!(walk.next_segment().unwrap().element(1), b"3");
        assert!(walk.next_segment().is_none() && !walk.overlong());
    }
}

#[test]
fn the_longest_segment_and_one_octet_more() {
    for (more, terminator) in [(0, "~"), (0, ""), (1, "~"), (1, ""), (100_000, "~"), (3 << 20, "~SE~")] {
        let octets = format!("ST~\n{}{terminator}", "A".repeat(SEGMENT_OCTETS_MAX + more)).into_bytes();
        let mut walk = Walk::new(&octets, 0..octets.len(), Separators::X12, 1);
        assert_eq!(walk.next_segment().unwrap().raw(), b"ST");
        let length = walk.next_segment().map(|segment| segment.raw().len());
        assert_eq!(length, (more == 0).then_some(SEGMENT_OCTETS_MAX));
        assert_eq!(walk.overlong(), more > 0);
        assert!(walk.next_segment().is_none());
        assert_eq!(walk.offset(), if more > 0 { 3 } else { octets.len() });
    }
}

#[test]
fn binary_octets_end_where_they_are_said_to() {
    let data: Vec<u8> = (0..30_000_u32).map(|n| [b'~', b'*', b'\n', 0, 0xFF, b'B'][n as usize % 6]).collect();
    for length in [0, 1, 6, 4000, 4079, 4080, 4081, 8192, data.len()] {
        for (head, elements) in [(format!("BIN*{length}*"), 2), (format!("BDS*ASC*{length}*"), 3)] {
            let octets = [b"ST~\r\n", head.as_bytes(), &data[..length], b"~\r\nBIN*6*no~SE*4~"].concat();
            for kernel in Kernel::available() {
                let mut walk = walk(&octets, Separators::X12, kernel);
                assert_eq!(walk.next_segment().unwrap().raw(), b"ST");
                let binary = walk.next_segment().unwrap();
                assert_eq!((binary.len(), binary.element(elements)), (elements, &data[..length]), "{kernel:?}");
                assert_eq!(binary.element(elements - 1), length.to_string().as_bytes());
                assert_eq!((binary.ordinal(), binary.offset(), binary.is_plain()), (2, 5, false));
                assert_eq!(walk.offset(), 5 + head.len() + length + 1);
                // No terminator behind six octets: a segment like others.
                assert_eq!(walk.next_segment().unwrap().raw(), b"BIN*6*no");
                let last = walk.next_segment().unwrap();
                assert_eq!((last.raw(), last.ordinal()), (&b"SE*4"[..], 4));
                assert!(walk.next_segment().is_none());
            }
        }
    }
}

#[test]
fn binary_octets_are_no_affair_of_edifact_nor_limited() {
    let octets = b"BIN+5+A'B+C'";
    let edifact = Separators::EDIFACT;
    assert_eq!(Walk::new(octets, 0..12, edifact, 1).next_segment().unwrap().raw(), b"BIN+5+A");
    let without = Separators { release: None, ..edifact };
    assert_eq!(Walk::new(octets, 0..12, without, 1).next_segment().unwrap().raw(), b"BIN+5+A'B+C");
    let length = 2 * SEGMENT_OCTETS_MAX;
    let octets = format!("BIN*{length}*{}~SE~", "~".repeat(length)).into_bytes();
    let mut walk = Walk::new(&octets, 0..octets.len(), Separators::X12, 1);
    assert_eq!(walk.next_segment().unwrap().element(2).len(), length);
    assert_eq!(walk.next_segment().unwrap().raw(), b"SE");
    assert!(!walk.overlong());
}

#[test]
fn plain_and_not_plain() {
    let filler = "N3*MADE UP STREET NUMBER FOUR AND SOME MORE OF IT~\r\n".repeat(200);
    let bytes = format!("{filler}N3*\u{DC}~{filler}").into_bytes();
    let mut walk = walk(&bytes, Separators::X12, Kernel::best());
    let (mut plain, mut not) = (0, 0);
    while let Some(segment) = walk.next_segment() {
        if segment.is_plain() { plain += 1 } else { not += 1 }
    }
    // The segment, and those that share its block of 64 octets.
    assert_eq!((plain, not), (398, 3));
}

#[test]
fn one_octet_makes_a_long_segment_not_plain() {
    for place in [4, 63, 64, STEP - 1, STEP, 2 * STEP + 100, 20_000 - 1] {
        let mut octets = [b"FTX+".to_vec(), vec![b'A'; 20_000], b"'".to_vec()].concat();
        assert!(walk(&octets, Separators::EDIFACT, Kernel::best()).next_segment().unwrap().is_plain());
        octets[place] = 0xE4;
        assert!(!walk(&octets, Separators::EDIFACT, Kernel::best()).next_segment().unwrap().is_plain(), "{place}");
    }
}

#[test]
fn debug_shows_no_value() {
    let bytes = b"N1*SECRET~";
    let mut walk = Walk::new(bytes, 0..10, Separators::X12, 1);
    let shown = format!("{:?}{:?}", walk.next_segment().unwrap(), Separators::X12.components(b"SECRET"));
    assert_eq!(shown, "Segment { ordinal: 1, offset: 0, octets: 9, .. }Pieces { octets: Some(6), .. }");
    assert_eq!(format!("{walk:?}"), "Walk { ordinal: 2, offset: 10, overlong: false, .. }");
}

mod allocations {
    use super::*;
    use std::{
        alloc::{GlobalAlloc, Layout, System},
        cell::Cell,
    };

    struct Counted;

    thread_local! {
        static COUNT: Cell<u64> = const { Cell::new(0) };
    }

    #[allow(unsafe_code, reason = "an allocator is unsafe to write; this one counts and leaves the rest to the system")]
    // SAFETY: every call goes to the system's allocator unchanged.
    unsafe impl GlobalAlloc for Counted {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            COUNT.with(|count| count.set(count.get() + 1));
            // SAFETY: the caller's promise is the system's.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            // SAFETY: the caller's promise is the system's.
            unsafe { System.dealloc(pointer, layout) }
        }
    }

    #[global_allocator]
    static COUNTED: Counted = Counted;

    fn allocations_of_a_walk(segments: usize) -> (u64, usize) {
        let octets = "REF*CN*MADE-UP*>*~\r\n".repeat(segments).into_bytes();
        let before = COUNT.get();
        let mut walk = Walk::new(&octets, 0..octets.len(), Separators::X12, 1);
        let mut elements = 0;
        while let Some(segment) = walk.next_segment() {
            elements += segment.elements().count() + segment.components(3).count();
        }
        assert_eq!(elements, segments * 6);
        (COUNT.get() - before, walk.held())
    }

    /// Of a check of a clean set of so many segments.
    fn allocations_of_a_check(segments: usize) -> u64 {
        let octets = format!(
            "ISA*00*          *00*          *ZZ*SHIPPER        *ZZ*CARRIER        *260105*0930*U*00401*000000007*0*P*>~\
             GS*SH*SHIPPER*CARRIER*20260105*0930*7*X*004010~ST*856*0001~BSN*00*M-1*20260105*0930~HL*1**S~{}\
             SE*{}*0001~GE*1*7~IEA*1*000000007~",
            "REF*CN*MADE-UP~".repeat(segments),
            segments + 4
        );
        let before = COUNT.get();
        let (interchange, findings) = edi::read(octets.as_bytes(), &edi::Limits::default());
        let after = COUNT.get();
        assert_eq!((interchange.segment_count() as usize, findings.len()), (segments + 8, 0));
        after - before
    }

    #[test]
    fn of_a_check_do_not_grow_with_the_segments() {
        // The tables are made once.
        allocations_of_a_check(1);
        assert_eq!(allocations_of_a_check(3_000), allocations_of_a_check(100_000));
    }

    #[test]
    fn do_not_grow_with_the_file() {
        let (few, held) = allocations_of_a_walk(10_000);
        assert_eq!((few, held), allocations_of_a_walk(1_000_000));
        assert!((1..40).contains(&few), "{few}");
        assert!(held < 1 << 20, "{held}");
        // A small set takes little.
        assert!(allocations_of_a_walk(10).1 < 4096);
    }
}

#[test]
fn a_walk_that_begins_anew_is_as_a_new_one() {
    let (before, bytes) = (b"A*B>C~\r\nD*E", b"X'A+B?+:C'D+?'E:'F");
    let mut again = Walk::new(before, 0..before.len(), Separators::X12, 1);
    while again.next_segment().is_some() {}
    again.begin(bytes, 2..bytes.len(), Separators::EDIFACT, 5);
    let mut new = Walk::new(bytes, 2..bytes.len(), Separators::EDIFACT, 5);
    let said = |segment: Segment<'_, '_>| {
        let first = segment.first_components::<2>(1).map(<[u8]>::to_vec);
        (segment.raw().to_vec(), segment.ordinal(), segment.offset(), segment.is_terminated(), first)
    };
    for _ in 0..4 {
        assert_eq!(again.next_segment().map(said), new.next_segment().map(said));
    }
    assert_eq!((again.offset(), again.overlong()), (new.offset(), false));
}
