//! Why a co-holder does not unwrap: a closed list. None carries a value of a document or a key.

use ledger::{BatchId, Hash, PrincipalId, Time, opening::Purpose};

/// Why nothing was unwrapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Refusal {
    // The proof's.
    #[error("the checkpoint is not one that a known witness cosigned")]
    Note(#[source] tlog::Error),
    #[error("the checkpoint is of another ledger")]
    Origin,
    #[error("{found} known witnesses cosigned the checkpoint, {wanted} must")]
    Quorum { found: usize, wanted: usize },
    #[error("the checkpoint was cosigned at {cosigned}, and it is {now}: the proof is an old one")]
    Stale { cosigned: Time, now: Time },
    #[error("the checkpoint is of {size} entries, {seen} were seen before: the proof is an old one")]
    Older { size: u64, seen: u64 },
    #[error("the checkpoint of {size} entries is not proven to extend the one of {seen} that was seen before")]
    OtherTree { size: u64, seen: u64 },
    #[error("entry {index} is not proven to be in the checkpoint's tree")]
    NotIncluded { index: u64 },
    #[error("entry {index} is not an intent")]
    NoIntent { index: u64 },

    // The batch's.
    #[error("the intent is for batch {intended}, not {asked}")]
    OtherBatch { asked: BatchId, intended: BatchId },
    #[error("the header of batch {batch} is not the one that the intent names")]
    OtherHeader { batch: BatchId },
    #[error("nothing that the intent asks for of batch {batch} has a co-holder's layer")]
    NotWrapped { batch: BatchId },
    #[error("the intent does not ask for anything of group {group}")]
    OtherGroup { group: usize },
    #[error("the layer could not be taken off")]
    Sealed(#[source] seal::Error),

    // The policy's.
    #[error("principal {principal} is nobody for whom this co-holder unwraps")]
    Principal { principal: PrincipalId },
    #[error("the request is not signed by {principal}")]
    Signature { principal: PrincipalId },
    #[error("this co-holder does not unwrap for {principal} to {purpose}")]
    Purpose { principal: PrincipalId, purpose: Purpose },
    #[error("it was requested at {requested}, and it is {now}")]
    Requested { requested: Time, now: Time },
    #[error("opening {opening} was unwrapped for before")]
    Repeated { opening: Hash },
    #[error("{asked} rows more than {used} within {hours} hours are above the {rows} that are allowed")]
    Budget { rows: u32, hours: u32, used: u64, asked: u32 },
    #[error("the last entry is of {last}, and the clock says {now}")]
    ClockBack { last: Time, now: Time },

    // Its own list's.
    #[error("the kept list is not numbered from 1 without a hole, in the order of its times")]
    List,
    #[error("no checkpoint was seen yet")]
    NothingSeen,
}
