//! What can be done, and what came.

use ledger::*;

#[derive(Debug, Clone, Copy)]
pub enum Deed {
    /// So many hours pass; whether a heartbeat is entered.
    Wait(i64, bool),
    /// A body of a shipper, of so many rows; to be sealed, if the credit allows it, or refused as it is; by AS2, or not.
    Receive {
        shipper: usize,
        rows: u32,
        sealed: bool,
        as2: bool,
    },
    /// One of which some was read.
    Begin {
        shipper: usize,
        rows: u32,
    },
    /// One of the entries that the process does not know to be there; whether the warden writes it.
    Anchor(usize, bool),
    /// With so much credit; whether the warden writes it, and whether the process gets to see that.
    Tick(u64, bool, bool),
    /// The process dies, and the next one starts on what is on the disk; the machine was started anew, or not.
    Restart(bool),
    /// The disk is copied.
    Copy,
    /// The process dies, and the next one starts on that copy.
    Restore,
    /// Another process starts on that copy beside this one; on another machine, or on the same.
    Clone(bool),
    /// From now on another process does what is done.
    Switch,
    /// One of the keys of months that are over is destroyed.
    Shred(usize),
    /// The first carrier gets another certificate.
    Rotate,
    /// Somebody opens a row of one of the batches.
    Open(usize, u32),
    /// The thief is there, or leaves.
    Steal,
    Leave,
    /// The thief lets a body through that leaves no record.
    Pass {
        shipper: usize,
        rows: u32,
    },
}

#[derive(Debug, Clone)]
pub struct Body {
    pub time: Time,
    pub shipper: usize,
    pub rows: u32,
    pub worker: WorkerId,
    pub boot: Option<BootId>,
    pub instance: Option<InstanceId>,
    /// Sealed and stored, to these keys.
    pub periods: Vec<PeriodId>,
    /// The certificate of its delivery copy.
    pub certificate: u8,
    pub decryption: Option<Hash>,
    /// The ledger says that it has it, or that nothing is missing of what it is part of.
    pub told: bool,
}
