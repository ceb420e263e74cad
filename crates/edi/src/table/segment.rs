//! Segments: which elements, which of them mandatory, and how they depend on each other.

use super::element::{AMOUNT, CODE_1, CODE_1_TO_2, CODE_2, OPEN, POSITION, REFERENCES, TA1 as T, TENTHS, UNIT, ZONE};

/// One segment's table.
#[derive(Debug)]
pub struct SegmentTable {
    elements: &'static [Place],
    /// Between elements.
    pub rules: &'static [Rule],
    /// Further elements than these are neither described nor refused.
    pub open: bool,
}

/// An element's place.
#[derive(Debug, Clone, Copy)]
enum Place {
    Mandatory(u16),
    Optional(u16),
}

/// How elements depend on each other. Numbers are places, from 1.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// All or none.
    Paired(&'static [u8]),
    /// At least one.
    AnyOf(&'static [u8]),
    /// At most one.
    OneOf(&'static [u8]),
    /// With the first, all the others.
    Needs(&'static [u8]),
    /// With the first, at least one of the others.
    NeedsAny(&'static [u8]),
}

impl SegmentTable {
    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// The data element at a place, from 1.
    pub fn number(&self, place: usize) -> u16 {
        match place.checked_sub(1).and_then(|p| self.elements.get(p)) {
            Some(Place::Mandatory(number) | Place::Optional(number)) => *number,
            None => 0,
        }
    }

    /// Whether the element at a place, from 1, must be there.
    pub fn is_mandatory(&self, place: usize) -> bool {
        matches!(place.checked_sub(1).and_then(|p| self.elements.get(p)), Some(Place::Mandatory(_)))
    }
}

use Place::{Mandatory as M, Optional as O};
use Rule::{AnyOf, Needs, NeedsAny, OneOf, Paired};

const fn closed(elements: &'static [Place], rules: &'static [Rule]) -> SegmentTable {
    SegmentTable { elements, rules, open: false }
}

const fn open(elements: &'static [Place]) -> SegmentTable {
    SegmentTable { elements, rules: &[], open: true }
}

macro_rules! segments {
    ($($tag:ident = $table:expr;)*) => {
        $(static $tag: SegmentTable = $table;)*

        /// The table of a segment; `None` if none of our messages has it.
        pub fn segment(tag: &[u8]) -> Option<&'static SegmentTable> {
            $(const _: () = assert!(stringify!($tag).len() <= 3);)*
            match tag {
                $(tag if tag == stringify!($tag).as_bytes() => Some(&$tag),)*
                _ => None,
            }
        }
    };
}

segments! {
    // Most frequent first: the search is from top to bottom.
    HL = closed(&[M(628), O(734), M(735), O(736)], &[]);
    MAN = closed(&[M(88), M(87), O(87), O(88), O(87), O(87)], &[Paired(&[4, 5]), Needs(&[6, 5])]);
    N1 = closed(&[M(98), O(93), O(66), O(67), O(706), O(98)], &[AnyOf(&[2, 3]), Paired(&[3, 4])]);
    N3 = closed(&[M(166), O(166)], &[]);
    N4 = closed(&[O(19), O(156), O(116), O(26), O(309), O(310)], &[Needs(&[6, 5])]);
    REF = closed(&[M(128), O(127), O(352), O(REFERENCES)], &[AnyOf(&[2, 3])]);
    TD1 = closed(
        &[O(103), O(80), O(23), O(22), O(79), O(187), O(81), O(355), O(183), O(355)],
        &[Needs(&[1, 2]), Needs(&[3, 4]), Needs(&[6, 7]), Paired(&[7, 8]), Paired(&[9, 10])],
    );
    PER = closed(
        &[M(366), O(93), O(365), O(364), O(365), O(364), O(365), O(364), O(443)],
        &[Paired(&[3, 4]), Paired(&[5, 6]), Paired(&[7, 8])],
    );
    CD3 = closed(
        &[
            O(187), O(81), O(ZONE), O(TENTHS), O(CODE_2), O(CODE_1_TO_2), O(CODE_2), O(AMOUNT), O(CODE_2), O(AMOUNT),
            O(OPEN), O(OPEN), O(OPEN), O(OPEN),
        ],
        &[Paired(&[1, 2]), Paired(&[7, 8]), Paired(&[9, 10])],
    );
    SMD = closed(&[M(CODE_2), M(CODE_2), O(CODE_1_TO_2)], &[]);
    G61 = closed(&[M(366), M(93), O(365), O(364), O(443)], &[Paired(&[3, 4])]);
    L11 = closed(&[O(127), O(128), O(352)], &[Paired(&[1, 2]), AnyOf(&[1, 3])]);
    N2 = closed(&[M(93), O(93)], &[]);
    DTM = closed(
        &[M(374), O(373), O(337), O(623), O(1250), O(1251)],
        &[AnyOf(&[2, 3, 5]), Needs(&[4, 3]), Paired(&[5, 6])],
    );
    TD5 = closed(
        &[
            O(133), O(66), O(67), O(91), O(387), O(368), O(309), O(310), O(731), O(732), O(733), O(284), O(284), O(284),
            O(26),
        ],
        &[AnyOf(&[2, 4, 5, 6, 12]), Needs(&[2, 3]), Needs(&[7, 8]), Needs(&[10, 11])],
    );
    MEA = closed(
        &[O(737), O(738), O(739), O(UNIT), O(740), O(741), O(935), O(936), O(752), O(1373), O(1270), O(1271)],
        &[
            AnyOf(&[3, 5, 6, 8]), NeedsAny(&[5, 4, 12]), NeedsAny(&[6, 4, 12]), NeedsAny(&[7, 3, 5, 6]), OneOf(&[8, 3]),
            OneOf(&[4, 12]), Paired(&[11, 12]),
        ],
    );
    PO4 = closed(
        &[
            O(356), O(357), O(355), O(103), O(187), O(384), O(355), O(385), O(355), O(82), O(189), O(65), O(355), O(810),
            O(752), O(350), O(350), O(1470),
        ],
        &[Paired(&[2, 3]), Needs(&[5, 6]), Paired(&[6, 7]), Paired(&[8, 9]), Needs(&[10, 13]), Needs(&[11, 13]), Needs(&[12, 13])],
    );
    LIN = closed(
        &[
            O(350), M(235), M(234), O(235), O(234), O(235), O(234), O(235), O(234), O(235), O(234), O(235), O(234), O(235),
            O(234), O(235), O(234), O(235), O(234), O(235), O(234), O(235), O(234), O(235), O(234), O(235), O(234), O(235),
            O(234), O(235), O(234),
        ],
        &[
            Paired(&[4, 5]), Paired(&[6, 7]), Paired(&[8, 9]), Paired(&[10, 11]), Paired(&[12, 13]), Paired(&[14, 15]),
            Paired(&[16, 17]), Paired(&[18, 19]), Paired(&[20, 21]), Paired(&[22, 23]), Paired(&[24, 25]), Paired(&[26, 27]),
            Paired(&[28, 29]), Paired(&[30, 31]),
        ],
    );
    SN1 = closed(&[O(350), M(382), M(355), O(646), O(330), O(355), O(728), O(668)], &[Paired(&[5, 6])]);
    PRF = closed(&[M(324), O(328), O(327), O(373), O(350), O(367), O(92)], &[]);
    PID = closed(
        &[M(349), O(750), O(559), O(751), O(352), O(752), O(822), O(1073), O(819)],
        &[Needs(&[4, 3]), AnyOf(&[4, 5]), Needs(&[7, 3]), Needs(&[8, 4]), Needs(&[9, 5])],
    );
    BSN = closed(&[M(353), M(396), M(373), M(337), O(1005), O(640), O(641)], &[Needs(&[7, 6])]);
    CTT = closed(
        &[M(354), O(347), O(81), O(355), O(183), O(355), O(352)],
        &[Paired(&[3, 4]), Paired(&[5, 6])],
    );
    TD3 = closed(
        &[O(40), O(206), O(207), O(187), O(81), O(355), O(102), O(407), O(225), O(24)],
        &[Needs(&[2, 3]), Needs(&[4, 5]), Paired(&[5, 6])],
    );
    TD4 = closed(&[O(152), O(208), O(209), O(352), O(1073)], &[AnyOf(&[1, 3, 4, 5]), Needs(&[2, 3])]);
    PKG = closed(
        &[O(349), O(753), O(559), O(754), O(352), O(OPEN)],
        &[AnyOf(&[4, 5, 6]), Needs(&[4, 3]), Needs(&[5, 1])],
    );
    PWK = closed(
        &[M(755), O(756), O(757), O(98), O(66), O(67), O(352), O(OPEN), O(1525)],
        &[Paired(&[5, 6])],
    );
    FOB = closed(
        &[M(146), O(309), O(352), O(334), O(335), O(309), O(352), O(54), O(352)],
        &[Needs(&[3, 2]), Needs(&[4, 5]), Needs(&[7, 6]), Needs(&[9, 8])],
    );
    SAC = closed(
        &[
            M(248), O(1300), O(559), O(1301), O(610), O(378), O(332), O(118), O(355), O(380), O(380), O(331), O(127), O(770),
            O(352), O(819),
        ],
        &[AnyOf(&[2, 3]), Paired(&[3, 4]), Paired(&[6, 7]), Paired(&[9, 10]), Needs(&[11, 10]), Needs(&[14, 13]), Needs(&[16, 15])],
    );
    CUR = open(&[M(98), M(100), O(280), O(98), O(100), O(669)]);
    LM = closed(&[M(559), O(822)], &[]);
    LQ = closed(&[O(1270), O(1271)], &[Needs(&[1, 2])]);
    CLD = closed(&[M(622), M(382), O(103), O(357), O(355)], &[Needs(&[5, 4])]);
    PAL = open(&[O(883), O(884), O(885), O(886), O(395), O(355), O(82), O(189), O(65), O(355), O(384), O(355), O(385), O(355)]);
    SLN = open(&[M(350), O(350), M(662), O(380), O(UNIT), O(212), O(639), O(662)]);
    SDQ = open(&[M(355), O(66), M(67), M(380)]);
    ETD = open(&[]);
    TSD = open(&[]);
    GF = open(&[]);
    YNQ = open(&[]);
    // 215
    B2A = closed(&[M(353), O(346)], &[]);
    B1 = open(&[O(140), O(145), O(373)]);
    BLR = open(&[]);
    C3 = closed(&[M(100), O(280), O(100), O(100)], &[]);
    G62 = closed(&[O(432), O(373), O(176), O(337), O(623)], &[AnyOf(&[1, 3]), Paired(&[1, 2]), Paired(&[3, 4])]);
    MS4 = closed(&[M(CODE_1), M(357), M(357), M(357)], &[]);
    L5 = closed(
        &[O(213), O(79), O(22), O(23), O(103), O(87), O(88), O(23), O(22), O(OPEN)],
        &[Paired(&[3, 4]), Needs(&[7, 6]), Paired(&[8, 9])],
    );
    NTE = closed(&[O(363), M(352)], &[]);
    MS5 = open(&[]);
    MS6 = open(&[]);
    ACS = open(&[]);
    X1 = open(&[]);
    X2 = open(&[]);
    R4 = open(&[M(115), O(309), O(310)]);
    AT6 = open(&[]);
    IT1 = open(&[]);
    CGS = open(&[]);
    TXI = open(&[]);
    TC2 = open(&[]);
    // 997 and TA1
    AK1 = closed(&[M(479), M(28), O(OPEN)], &[]);
    AK2 = closed(&[M(143), M(329), O(1705)], &[]);
    AK3 = closed(&[M(721), M(719), O(447), O(720)], &[]);
    AK4 = closed(&[M(POSITION), O(725), M(723), O(724)], &[]);
    AK5 = closed(&[M(717), O(718), O(718), O(718), O(718), O(718)], &[]);
    AK9 = closed(&[M(715), M(97), M(123), M(2), O(716), O(716), O(716), O(716), O(716)], &[]);
    TA1 = closed(&[M(T[0]), M(T[1]), M(T[2]), M(T[3]), M(T[4])], &[]);
}
