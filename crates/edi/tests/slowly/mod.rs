//! A reader that looks at one octet after the other, and whether index and walk see what it sees.
#![allow(dead_code, reason = "tests and fuzz/ use their part of it")]

use edi::{
    Separators,
    index::{Index, Kernel},
    walk::Walk,
};

pub const STEP: usize = 4096;

/// One segment, as the slow reader sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Seen {
    offset: usize,
    /// The tag first.
    elements: Vec<Vec<u8>>,
    terminated: bool,
    pub ordinal: u32,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let elements: Vec<_> = self.elements.iter().map(|e| e.escape_ascii().to_string()).collect();
        write!(f, "{} {} {} {elements:?}", self.offset, self.ordinal, self.terminated)
    }
}

/// Octet by octet, without index.
pub fn slowly(bytes: &[u8], s: &Separators) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut at = 0;
    let mut ordinal = 1;
    let skipped = |octet: u8| (octet == b'\r' || octet == b'\n') && !s.contains(octet);
    loop {
        while at < bytes.len() && skipped(bytes[at]) {
            at += 1;
        }
        let offset = at;
        let mut elements = vec![Vec::new()];
        let mut released = false;
        let mut terminated = false;
        while at < bytes.len() && !terminated {
            let octet = bytes[at];
            at += 1;
            let last = elements.last_mut().expect("a tag");
            if released {
                released = false;
                last.push(octet);
                continue;
            }
            released = Some(octet) == s.release;
            if octet == s.terminator {
                terminated = true;
            } else if octet == s.element {
                elements.push(Vec::new());
            } else {
                last.push(octet);
            }
        }
        let last = elements.last_mut().expect("a tag");
        if !terminated {
            while last.last().is_some_and(|o| o.is_ascii_whitespace() && !s.contains(*o)) {
                last.pop();
            }
        } else if s.terminator == b'\n' && !s.contains(b'\r') && last.last() == Some(&b'\r') {
            last.pop();
        }
        let blank = elements.len() == 1 && elements[0].is_empty();
        if blank && !terminated {
            return seen;
        }
        if blank && matches!(s.terminator, b'\r' | b'\n') {
            continue;
        }
        seen.push(Seen { offset, elements, terminated, ordinal });
        ordinal += u32::from(!blank);
        if !terminated {
            return seen;
        }
    }
}

/// All that a walk lends; asks each segment everything, and looks whether the answers agree.
pub fn walked(mut walk: Walk<'_>, bytes: &[u8]) -> Vec<Seen> {
    let mut seen = Vec::new();
    while let Some(segment) = walk.next_segment() {
        let offset = segment.offset() as usize;
        assert_eq!(&bytes[offset..offset + segment.raw().len()], segment.raw());
        let elements: Vec<&[u8]> = segment.elements().collect();
        assert_eq!(segment.len(), elements.len());
        let delimiters = *segment.separators();
        assert_eq!(segment.element(0), b"");
        assert_eq!(segment.element(elements.len() + 1), b"");
        assert_eq!(segment.element_offset(0), segment.offset());
        assert_eq!(segment.element_offset(elements.len() + 1), segment.offset() + segment.raw().len() as u64);
        for (n, element) in elements.iter().enumerate() {
            assert_eq!(segment.element(n + 1), *element);
            let at = segment.element_offset(n + 1) as usize;
            assert_eq!(&bytes[at..at + element.len()], *element);
            assert_eq!(bytes[at - 1], delimiters.element);
            if delimiters.release == Some(delimiters.element) {
                continue;
            }
            let mut pieces = delimiters.components(element);
            assert!(segment.components(n + 1).eq(pieces.clone()));
            assert_eq!(segment.component(n + 1, 2), pieces.nth(1).unwrap_or_default());
            assert_eq!(segment.first_components(n + 1), [1, 2, 3].map(|k| segment.component(n + 1, k)));
            assert_eq!(segment.tag_number(), edi::tag_number(segment.tag()));
            assert!(segment.repetitions(n + 1).eq(delimiters.repetitions(element)));
            for repetition in segment.repetitions(n + 1) {
                assert!(segment.components_of(repetition).eq(delimiters.components(repetition)));
            }
        }
        let parts: Vec<Vec<u8>> = std::iter::once(segment.tag()).chain(elements).map(<[u8]>::to_vec).collect();
        assert_eq!(segment.is_blank(), segment.raw().is_empty());
        if segment.is_plain() {
            assert!(parts.iter().flatten().all(|o| (0x20..=0x7E).contains(o) || delimiters.contains(*o)));
        }
        seen.push(Seen { offset, elements: parts, terminated: segment.is_terminated(), ordinal: segment.ordinal() });
    }
    assert!(walk.next_segment().is_none());
    seen
}

pub fn walk(bytes: &[u8], separators: Separators, kernel: Kernel) -> Walk<'_> {
    Walk::with_kernel(bytes, 0..bytes.len(), separators, 1, kernel).with_window(STEP)
}

pub fn index(octets: &[u8], cuts: &[usize], separators: &Separators, kernel: Kernel) -> Index {
    let mut index = Index::new(kernel, separators);
    let mut rest = octets;
    for cut in cuts {
        let at = (cut * 64).min(rest.len() / 64 * 64);
        index.extend(&rest[..at]);
        rest = &rest[at..];
    }
    index.extend(rest);
    index
}

/// What the index must hold, by definition.
pub fn index_slowly(octets: &[u8], s: &Separators) -> (Vec<u32>, Vec<u32>, [Vec<u64>; 3]) {
    let (mut marks, mut ends) = (Vec::new(), Vec::new());
    let [mut odd, mut releases] = [(); 2].map(|()| vec![0; octets.len().div_ceil(STEP)]);
    let mut split = vec![0; octets.len().div_ceil(64) + 1];
    let release = s.release.filter(|&release| release != s.terminator);
    let (mut released, mut terminated, mut returned) = (false, true, false);
    for (at, &octet) in octets.iter().enumerate() {
        let delimiter = !released && s.contains(octet);
        let line_end = terminated && matches!(octet, b'\r' | b'\n') || returned && octet == b'\n';
        if !delimiter && !line_end && !(0x20..=0x7E).contains(&octet) {
            odd[at / STEP] |= 1 << (at / 64 % 64);
        }
        let releasing = release == Some(octet);
        releases[at / STEP] |= u64::from(releasing) << (at / 64 % 64);
        let splits = (octet == s.component || s.repetition == Some(octet)) && !released && !releasing;
        split[at / 64] |= u64::from(splits) << (at % 64);
        returned = terminated && octet == b'\r';
        terminated = !released && octet == s.terminator;
        if terminated {
            ends.push(marks.len() as u32);
        }
        if terminated || !released && octet == s.element {
            marks.push(at as u32);
        }
        released = !released && !terminated && Some(octet) == s.release;
    }
    (marks, ends, [odd, split, releases])
}

/// Each kernel writes the index that is defined, however the octets are cut.
pub fn each_index_is_right(octets: &[u8], cuts: &[usize], separators: &Separators) {
    let (marks, ends, [odd, split, releases]) = index_slowly(octets, separators);
    for kernel in Kernel::available() {
        let index = index(octets, cuts, separators, kernel);
        assert_eq!(index.marks(), &marks, "{kernel:?}");
        assert_eq!(index.ends(), &ends, "{kernel:?}");
        assert_eq!(index.odd(), &odd, "{kernel:?}");
        assert_eq!(index.split(), &split, "{kernel:?}");
        assert_eq!(index.releases(), &releases, "{kernel:?}");
        assert_eq!(index.octets(), octets.len());
    }
}

/// A walk sees what the slow reader sees, with each kernel, in small windows and in its own.
pub fn each_walk_is_right(octets: &[u8], separators: Separators) {
    let expected = slowly(octets, &separators);
    for kernel in Kernel::available() {
        assert_eq!(walked(walk(octets, separators, kernel), octets), expected, "{kernel:?}");
    }
    assert_eq!(walked(Walk::new(octets, 0..octets.len(), separators, 1), octets), expected);
}

/// Usual separators and odd ones.
pub fn kinds_of_separators() -> Vec<Separators> {
    let x12 = Separators::X12;
    let edifact = Separators::EDIFACT;
    vec![
        x12,
        Separators { repetition: Some(b'^'), ..x12 },
        Separators { terminator: b'\n', ..x12 },
        Separators { terminator: b'\r', ..x12 },
        Separators { element: b'\r', terminator: b'\n', ..x12 },
        Separators { element: b'\t', terminator: 0x1E, ..x12 },
        edifact,
        Separators { release: None, ..edifact },
        Separators { terminator: b'\n', ..edifact },
        Separators {
            element: 0x1D,
            component: 0x1F,
            repetition: Some(0x19),
            terminator: 0x1C,
            release: Some(0x1B),
            ..edifact
        },
        // Unusable, but nothing may go wrong.
        Separators { release: Some(b'+'), ..edifact },
        Separators { release: Some(b'\''), ..edifact },
        Separators { element: b'~', ..x12 },
    ]
}
