//! Messages: which segments in which order, between ST and SE.

/// One message in one group of versions.
#[derive(Debug)]
pub struct MessageTable {
    /// GS01 of the groups that carry it.
    pub functional_id: &'static [u8],
    /// All between ST and SE.
    pub body: Loop,
    /// Whether HL and CTT rules apply.
    pub hierarchical: bool,
}

/// Segments in order. A nested one begins with a segment that opens it.
#[derive(Debug)]
pub struct Loop {
    pub items: &'static [Item],
}

/// A segment or a nested loop at its place.
#[derive(Debug)]
pub enum Item {
    Segment { tag: &'static [u8], mandatory: bool, most: u32 },
    Loop { body: Loop, mandatory: bool, most: u32 },
}

impl Item {
    /// The segment that stands here, or that opens the loop that does.
    pub fn tag(&self) -> &'static [u8] {
        match self {
            Self::Segment { tag, .. } => tag,
            Self::Loop { body, .. } => body.items.first().map_or(b"", |item| item.tag()),
        }
    }

    pub fn is_mandatory(&self) -> bool {
        matches!(self, Self::Segment { mandatory: true, .. } | Self::Loop { mandatory: true, .. })
    }
}

impl Loop {
    /// Whether the segment occurs anywhere in it.
    pub fn has(&self, tag: &[u8]) -> bool {
        self.items.iter().any(|item| match item {
            Item::Segment { tag: own, .. } => *own == tag,
            Item::Loop { body, .. } => body.has(tag),
        })
    }
}

const MANY: u32 = u32::MAX;

const fn one(tag: &'static [u8]) -> Item {
    Item::Segment { tag, mandatory: true, most: 1 }
}

const fn up_to(most: u32, tag: &'static [u8]) -> Item {
    Item::Segment { tag, mandatory: false, most }
}

const fn must_up_to(most: u32, tag: &'static [u8]) -> Item {
    Item::Segment { tag, mandatory: true, most }
}

const fn repeat(most: u32, items: &'static [Item]) -> Item {
    Item::Loop { body: Loop { items }, mandatory: false, most }
}

const fn must_repeat(most: u32, items: &'static [Item]) -> Item {
    Item::Loop { body: Loop { items }, mandatory: true, most }
}

/// The table of a message; `None` if it is not taken here. `version` is GS08's first six digits.
pub fn message(kind: &[u8], version: u32) -> Option<&'static MessageTable> {
    match kind {
        b"856" => Some(&SHIP_NOTICE),
        b"215" if version < 4040 => Some(&PICKUP_MANIFEST),
        b"215" => Some(&PICKUP_MANIFEST_B1),
        b"997" => Some(&ACKNOWLEDGEMENT),
        _ => None,
    }
}

/// GS01 of the groups that are taken.
pub fn functional_ids() -> [&'static [u8]; 3] {
    [SHIP_NOTICE.functional_id, PICKUP_MANIFEST.functional_id, ACKNOWLEDGEMENT.functional_id]
}

/// 856.
static SHIP_NOTICE: MessageTable = MessageTable {
    functional_id: b"SH",
    hierarchical: true,
    body: Loop { items: &[one(b"BSN"), up_to(10, b"DTM"), must_repeat(200_000, HL), up_to(1, b"CTT")] },
};

const HL: &[Item] = &[
    one(b"HL"),
    up_to(1, b"LIN"),
    up_to(1, b"SN1"),
    up_to(1000, b"SLN"),
    up_to(1, b"PRF"),
    up_to(1, b"PO4"),
    up_to(200, b"PID"),
    up_to(40, b"MEA"),
    up_to(25, b"PWK"),
    up_to(25, b"PKG"),
    up_to(20, b"TD1"),
    up_to(12, b"TD5"),
    up_to(12, b"TD3"),
    up_to(5, b"TD4"),
    up_to(1, b"TSD"),
    up_to(MANY, b"REF"),
    up_to(3, b"PER"),
    repeat(10, &[one(b"LM"), must_up_to(100, b"LQ")]),
    repeat(200, &[one(b"CLD"), up_to(200, b"REF"), up_to(1, b"DTM")]),
    up_to(MANY, b"MAN"),
    up_to(10, b"DTM"),
    up_to(1, b"FOB"),
    up_to(1, b"PAL"),
    repeat(
        200,
        &[
            one(b"N1"),
            up_to(2, b"N2"),
            up_to(2, b"N3"),
            up_to(1, b"N4"),
            up_to(12, b"REF"),
            up_to(3, b"PER"),
            up_to(1, b"FOB"),
        ],
    ),
    up_to(50, b"SDQ"),
    up_to(1, b"ETD"),
    up_to(1, b"CUR"),
    repeat(MANY, &[one(b"SAC"), up_to(1, b"CUR")]),
    repeat(MANY, &[one(b"GF"), up_to(10, b"DTM")]),
    up_to(10, b"YNQ"),
];

/// 215 with the header of 004010.
static PICKUP_MANIFEST: MessageTable = MessageTable {
    functional_id: b"UP",
    hierarchical: false,
    body: Loop {
        items: &[
            one(b"B2A"),
            up_to(1, b"BLR"),
            up_to(1, b"C3"),
            must_up_to(10, b"L11"),
            up_to(6, b"G62"),
            must_repeat(1, SENDER),
            must_repeat(999_999, SHIPMENT),
        ],
    },
};

/// 215 with the header of 004040 and later.
static PICKUP_MANIFEST_B1: MessageTable = MessageTable {
    functional_id: b"UP",
    hierarchical: false,
    body: Loop {
        items: &[
            one(b"B1"),
            up_to(1, b"C3"),
            must_up_to(10, b"L11"),
            up_to(6, b"G62"),
            must_repeat(1, SENDER),
            must_repeat(999_999, SHIPMENT),
        ],
    },
};

const SENDER: &[Item] = &[
    one(b"N1"),
    up_to(1, b"N2"),
    up_to(2, b"N3"),
    up_to(2, b"N4"),
    up_to(10, b"L11"),
    up_to(10, b"PER"),
    up_to(10, b"X1"),
    up_to(10, b"X2"),
];

const SHIPMENT: &[Item] = &[
    one(b"SMD"),
    up_to(20, b"L11"),
    up_to(10, b"L5"),
    up_to(1, b"MS6"),
    up_to(5, b"MS5"),
    up_to(1, b"MS4"),
    up_to(10, b"ACS"),
    up_to(10, b"NTE"),
    repeat(
        10,
        &[
            one(b"N1"),
            up_to(1, b"N2"),
            up_to(2, b"N3"),
            up_to(1, b"N4"),
            up_to(10, b"L11"),
            up_to(10, b"G61"),
            up_to(10, b"X1"),
            up_to(10, b"X2"),
            up_to(10, b"R4"),
        ],
    ),
    repeat(
        999_999,
        &[
            one(b"CD3"),
            up_to(100, b"MAN"),
            up_to(1, b"MS4"),
            up_to(10, b"L11"),
            up_to(10, b"L5"),
            up_to(10, b"ACS"),
            up_to(10, b"NTE"),
        ],
    ),
    repeat(
        999_999,
        &[
            one(b"AT6"),
            up_to(1, b"MS5"),
            up_to(1, b"IT1"),
            up_to(10, b"CGS"),
            up_to(1, b"L11"),
            up_to(1000, b"PID"),
            up_to(10, b"TXI"),
            up_to(1, b"MS4"),
            up_to(1, b"L5"),
            repeat(
                MANY,
                &[
                    one(b"SLN"),
                    up_to(10, b"L11"),
                    up_to(10, b"PID"),
                    up_to(10, b"TC2"),
                    up_to(10, b"TXI"),
                    up_to(10, b"NTE"),
                ],
            ),
        ],
    ),
];

/// 997.
static ACKNOWLEDGEMENT: MessageTable = MessageTable {
    functional_id: b"FA",
    hierarchical: false,
    body: Loop {
        items: &[
            one(b"AK1"),
            repeat(999_999, &[one(b"AK2"), repeat(999_999, &[one(b"AK3"), up_to(99, b"AK4")]), one(b"AK5")]),
            one(b"AK9"),
        ],
    },
};
