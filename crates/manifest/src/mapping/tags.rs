//! The segments that mappings know, as the numbers of their tags.

macro_rules! tags {
    ($($name:ident)*) => { $(pub(super) const $name: u64 = edi::tag_number(stringify!($name).as_bytes());)* };
}

tags! {
    AMT AT6 B1 B2A BGM BLR BSN C3 CD3 CNT COM CTA CTT CUR CUX DIM DOC DTM EQD FTX G61 G62
    GID GIN HAN HL K1 L11 L5 LOC MAN MEA MIT MOA MS4 MSG N1 N2 N3 N4 NAD NTE PCI PER PID PO4 PRF REF
    RFF SAC SE SLN SMD ST TCC TD1 TD5 TDT TSR UNH UNT
}
