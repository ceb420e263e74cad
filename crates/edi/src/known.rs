//! Segment ids that X12 knows: only these are ever echoed.

use std::fmt;

/// A segment id from the list of known ones; any other is [`KnownTag::MASKED`], so that a finding
/// never repeats octets of a damaged document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KnownTag([u8; 3]);

impl KnownTag {
    /// Stands for an id that is not known; also the form in which AK301 names it.
    pub const MASKED: Self = Self(*b"ZZZ");
    /// Stands for a finding that belongs to no segment.
    pub const NONE: Self = Self([0; 3]);

    /// The id, if it is in the list, else [`Self::MASKED`].
    pub fn new(tag: &[u8]) -> Self {
        match pack(tag) {
            Some(packed) if KNOWN.binary_search(&packed.as_slice()).is_ok() => Self(packed.0),
            _ => Self::MASKED,
        }
    }

    /// Two or three letters and digits; empty for [`Self::NONE`].
    pub fn as_bytes(&self) -> &[u8] {
        let end = self.0.iter().position(|&b| b == 0).unwrap_or(3);
        &self.0[..end]
    }

    /// Whether the id is in the list.
    pub fn is_known(&self) -> bool {
        *self != Self::MASKED && *self != Self::NONE
    }
}

impl fmt::Display for KnownTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(self.as_bytes()).unwrap_or("ZZZ"))
    }
}

impl fmt::Debug for KnownTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

struct Packed([u8; 3], usize);

impl Packed {
    fn as_slice(&self) -> &[u8] {
        &self.0[..self.1]
    }
}

fn pack(tag: &[u8]) -> Option<Packed> {
    let mut packed = [0; 3];
    packed.get_mut(..tag.len())?.copy_from_slice(tag);
    Some(Packed(packed, tag.len()))
}

/// Sorted. The envelope's, the acknowledgements', and those of transport, warehousing and supply.
#[rustfmt::skip]
const KNOWN: &[&[u8]] = &[
    b"AAA", b"ACD", b"ACS", b"ACT", b"ADV", b"AK1", b"AK2", b"AK3", b"AK4", b"AK5", b"AK9", b"AMT", b"ASI", b"AT1",
    b"AT2", b"AT3", b"AT4", b"AT5", b"AT6", b"AT7", b"AT8", b"AT9", b"AXL", b"B1", b"B10", b"B11", b"B12", b"B13",
    b"B2", b"B2A", b"B3", b"B3A", b"B4", b"B8", b"B9", b"BAK", b"BCA", b"BCD", b"BCH", b"BDS", b"BEG", b"BGN", b"BHT",
    b"BIA", b"BIG", b"BIN", b"BLI", b"BLN", b"BLR", b"BMA", b"BMG", b"BNX", b"BOL", b"BPR", b"BQR", b"BQT", b"BRA",
    b"BRC", b"BSN", b"BSR", b"BSS", b"BTC", b"BTI", b"BTS", b"C2", b"C3", b"C4", b"C8", b"CAD", b"CAS", b"CB1", b"CD",
    b"CD3", b"CGS", b"CLD", b"CLM", b"CLP", b"CM", b"CN1", b"CR1", b"CS", b"CSF", b"CSH", b"CST", b"CT", b"CTB",
    b"CTC", b"CTP", b"CTT", b"CTX", b"CUR", b"DEP", b"DIS", b"DMG", b"DTM", b"DTP", b"E1", b"E4", b"E5", b"ED",
    b"EFI", b"EM", b"ENM", b"EQ", b"ERR", b"ETD", b"F9", b"FA1", b"FA2", b"FGS", b"FOB", b"FST", b"FTH", b"G01",
    b"G02", b"G03", b"G04", b"G05", b"G17", b"G20", b"G50", b"G53", b"G54", b"G55", b"G61", b"G62", b"G66", b"G68",
    b"G69", b"G72", b"G73", b"GA", b"GE", b"GF", b"GH", b"GS", b"GY", b"H1", b"H2", b"H3", b"H5", b"H6", b"HC", b"HD",
    b"HI", b"HL", b"IC", b"ID4", b"IEA", b"IK3", b"IK4", b"IK5", b"IMA", b"IN1", b"INC", b"INV", b"ISA", b"ISB",
    b"ISE", b"ISR", b"ISS", b"IT1", b"IT3", b"ITA", b"ITD", b"JID", b"K1", b"K2", b"K3", b"L0", b"L1", b"L11", b"L1A",
    b"L3", b"L4", b"L5", b"L7", b"L8", b"L9", b"LAD", b"LDT", b"LE", b"LEP", b"LFH", b"LFI", b"LFS", b"LH1", b"LH2",
    b"LH3", b"LH4", b"LH6", b"LHE", b"LHR", b"LHT", b"LIC", b"LIN", b"LM", b"LOC", b"LP", b"LQ", b"LS", b"LT", b"LTR",
    b"LUI", b"LX", b"M0", b"M1", b"M10", b"M11", b"M12", b"M13", b"M14", b"M15", b"M2", b"M20", b"M21", b"M7", b"M7A",
    b"MAN", b"MC", b"MEA", b"MIC", b"MIT", b"MS1", b"MS2", b"MS3", b"MS4", b"MS5", b"MS6", b"MSG", b"MTX", b"N1",
    b"N10", b"N11", b"N12", b"N2", b"N3", b"N4", b"N5", b"N7", b"N7A", b"N7B", b"N8", b"N8A", b"N9", b"NA", b"NCD",
    b"NM1", b"NTE", b"NX1", b"NX2", b"OB", b"OID", b"OOI", b"OTI", b"P1", b"P2", b"P4", b"P5", b"PAL", b"PAM", b"PCL",
    b"PCT", b"PD", b"PER", b"PI", b"PID", b"PKD", b"PKG", b"PKL", b"PO1", b"PO3", b"PO4", b"POC", b"POD", b"PPD",
    b"PRF", b"PRS", b"PSA", b"PSD", b"PWK", b"QTY", b"R1", b"R2", b"R2A", b"R2B", b"R2C", b"R3", b"R4", b"R9", b"REF",
    b"REP", b"RMR", b"S1", b"S5", b"S9", b"SAC", b"SAL", b"SB", b"SBR", b"SCH", b"SCM", b"SCN", b"SD1", b"SDP",
    b"SDQ", b"SE", b"SG", b"SH", b"SHP", b"SLN", b"SMD", b"SMS", b"SN1", b"SO", b"SPO", b"SPY", b"SR", b"SS", b"SSS",
    b"ST", b"STC", b"SV1", b"SVC", b"T1", b"T2", b"T3", b"T6", b"T8", b"TA1", b"TA3", b"TC2", b"TCD", b"TD1", b"TD3",
    b"TD4", b"TD5", b"TDS", b"TED", b"TI", b"TIS", b"TMD", b"TRN", b"TSD", b"TST", b"TSU", b"TT", b"TXI", b"UIT",
    b"UM", b"V1", b"V2", b"V3", b"V4", b"V9", b"VC", b"VC1", b"VR", b"W01", b"W04", b"W05", b"W06", b"W07", b"W08",
    b"W09", b"W10", b"W12", b"W14", b"W15", b"W17", b"W20", b"W27", b"W28", b"W6", b"W66", b"W76", b"WS", b"X01",
    b"X02", b"X1", b"X2", b"X4", b"X7", b"XH", b"XPO", b"XQ", b"Y1", b"Y2", b"Y3", b"Y4", b"Y5", b"Y6", b"Y7", b"YNQ",
    b"ZA", b"ZC1", b"ZD", b"ZT",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_unique() {
        for pair in KNOWN.windows(2) {
            assert!(pair[0] < pair[1], "{} before {}", pair[0].escape_ascii(), pair[1].escape_ascii());
        }
    }

    #[test]
    fn only_known_ids_are_echoed() {
        for (tag, shown) in [("N1", "N1"), ("MAN", "MAN"), ("JONES", "ZZZ"), ("J0N", "ZZZ"), ("", "ZZZ"), ("n1", "ZZZ")]
        {
            assert_eq!(KnownTag::new(tag.as_bytes()).to_string(), shown);
        }
        assert_eq!(KnownTag::NONE.to_string(), "");
    }
}
