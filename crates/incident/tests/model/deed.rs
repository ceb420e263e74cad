//! What can be done, and what stands in the ledger then.

/// Days are all the time there is, and the ledger's entries carry one.
pub type Day = i64;

/// One step of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// A day passes.
    Tick,
    /// The warden makes a period's key and enters it.
    Make(u8),
    /// A body is received, sealed to that period's newest key, anchored.
    Receive(u8),
    /// The same while the worker's clock is five days ahead.
    ReceiveAhead(u8),
    /// The warden destroys a period's key and enters it; the thief only enters it.
    Shred(u8),
    /// Both witnesses cosign, and the note is entered.
    Beat,
    /// Both witnesses cosign, and the note is not entered.
    Cosign,
    /// The worker says which tickets are from before now, and how much of the ledger it has seen.
    Say,
    /// The worker's process starts anew.
    Start,
    /// The principal opens the newest batch.
    Open,
    /// The warden's ledger is restored from a copy, as far as the witnesses allow.
    Rollback,
    /// A destroyed key comes back from a backup that is still kept.
    Restore(u8),
    /// The gateway's headers and salts are lost.
    LoseHeaders,
    /// The carrier gets another certificate.
    Rotate,
    /// The theft.
    Steal,
    /// The thief goes.
    Leave,
    /// The thief makes a key that it does not enter.
    MakeSecretly(u8),
    /// That key is entered.
    EnterKey(u8),
    /// The thief enters a second key for a period.
    SecondKey(u8),
    /// The thief enters the note that it kept.
    EnterNote,
    /// The witness that is not honest cosigns with the time of an earlier note, and the thief enters it.
    Lie,
    /// The thief enters something of a far future.
    Jump,
    /// The thief on the gateway lets a body through without a record.
    ReceiveUnrecorded(u8),
    /// Officers look at what both witnesses cosign now.
    See,
    /// They sign that another warden goes on, over what they saw, and it enters that first.
    Renew,
    /// Somebody answers on the warden's address; or no longer.
    TakePort,
    LeavePort,
}

/// Witnesses' times over the first entries; `None`: did not cosign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Note {
    pub size: usize,
    pub times: [Option<Day>; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// Of a period; whether it is the second one; of which generation of the warden.
    Key(u8, bool, u8),
    Intake(usize),
    ShredIntent(u8),
    Shred(u8),
    Resurfaced(u8),
    Beat(Note),
    /// Of which number: each is another instance, on a machine that was started anew; and bits of those that it closes.
    Start(u8, u8),
    Tick(Said),
    Intent(usize),
    Carrier,
    /// And what officers had seen.
    Renew(Note),
}

/// What a worker says of its tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Said {
    pub number: u8,
    /// The next ticket of its process.
    pub next: u8,
    /// The first that is not in the ledger; `next` where all are.
    pub open: u8,
    /// As many entries as it has seen.
    pub seen: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Leaf {
    pub day: Day,
    pub what: What,
}
