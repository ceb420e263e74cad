//! What can be wrong with an entry: a closed list.

use crate::{identifier::*, word::FieldClass};

/// The first entry that cannot follow from those before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("ledger entry {entry}: {rule}")]
pub struct Violation {
    /// Its index, from 0.
    pub entry: u64,
    /// The rule that it breaks.
    pub rule: Rule,
}

/// The rules of the ledger, each by its breach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Rule {
    /// A leaf is the canonical form of an entry.
    #[error("the leaf is not the canonical form of an entry")]
    Leaf,
    /// Indices are 0, 1, 2, …
    #[error("entry {expected} was expected here")]
    Index {
        /// The index that should have come.
        expected: u64,
    },
    /// Times never go back.
    #[error("its time {time} is before that of the entry before it, {before}")]
    TimeBack { time: Time, before: Time },
    /// The first entry is `genesis`.
    #[error("the first entry is not genesis")]
    NotGenesis,
    /// A heartbeat holds a checkpoint of this ledger, of a size that it had by then.
    #[error("the note is not a checkpoint of this ledger up to here")]
    Note,
    /// No other entry is.
    #[error("a second genesis")]
    SecondGenesis,
    /// More witnesses must cosign than there are.
    #[error("a quorum of {quorum} of {witnesses} witnesses cannot be reached")]
    Quorum { quorum: u32, witnesses: usize },
    /// No officers, one of them twice, or a threshold that they cannot reach.
    #[error("the authority has no officers, one twice, or a threshold that cannot be reached")]
    Authority,
    /// A policy that too few officers signed, or somebody else did.
    #[error("the policy is not signed by as many officers as must, each once, and nobody else")]
    PolicySignatures,
    /// A policy for another ledger.
    #[error("the policy is for another ledger")]
    PolicyOrigin,
    /// A policy that was there before, or that skips one.
    #[error("the policy has number {found}, but {expected} is next")]
    PolicyNumber { found: u64, expected: u64 },
    /// A policy that decides nothing.
    #[error("the policy decides nothing")]
    PolicyEmpty,
    /// A policy with two words on one carrier, agreement, principal or hold.
    #[error("the policy names a carrier, an agreement, a principal or a hold twice")]
    PolicyTwice,
    /// Something would be kept for longer than ten years.
    #[error("agreement {agreement} keeps something for {days} days, more than ten years")]
    Days { agreement: AgreementId, days: u32 },
    /// A hold that ends before it begins.
    #[error("a hold on agreement {agreement} has its last month before its first")]
    HoldMonths { agreement: AgreementId },
    /// A warden's or witness's key that is none, of another kind, named twice, or another ledger's.
    #[error("a key is not a note key of its kind for this ledger, or is named twice")]
    NoteKey,
    /// A generation that is the one before it: its key, or its host under the same name.
    #[error("the new generation has a key or host that an earlier one had")]
    GenerationTwice,
    /// A new generation that nothing shows to be new.
    #[error("a policy with a new generation says what its officers had seen")]
    UnseenGeneration,
    /// A key that nobody has, or that was revoked before.
    #[error("the key that is revoked is nobody's, or was revoked before")]
    RevokedUnknown,
    /// A revocation for another ledger, or by somebody who may not.
    #[error("the revocation is not signed for this ledger by an officer or by its own key")]
    RevocationSignature,
    /// What a revoked key signed.
    #[error("the key that signed it is revoked")]
    Revoked,
    /// A lockdown that is not the next, changes nothing, or is not signed by one officer to close and two to open.
    #[error("the lockdown is not the next, changes nothing, or too few officers signed it")]
    Lockdown,
    /// Something asked for while nothing is opened.
    #[error("nothing is opened: an officer has closed the ledger for openings")]
    LockedDown,
    /// One worker is enrolled twice.
    #[error("worker {worker} is enrolled twice")]
    WorkerTwice { worker: WorkerId },
    /// An entry of or for a worker that neither genesis nor a policy names.
    #[error("worker {worker} is not enrolled")]
    UnknownWorker { worker: WorkerId },
    /// A co-holder with a name or a key that another one had.
    #[error("co-holder {co_holder} has a name or a key that one had before")]
    CoHolderTwice { co_holder: CoHolderId },
    /// Whoever takes that host has both layers of keys, or one of them and what is sealed.
    #[error("co-holder {co_holder} is on the host of a warden or a worker")]
    CoHolderBeside { co_holder: CoHolderId },
    /// A key with a layer of somebody whom no policy names.
    #[error("co-holder {co_holder} has no entry before this one")]
    UnknownCoHolder { co_holder: CoHolderId },
    /// To whom nothing could be encrypted: a batch of its would be in nobody's reach.
    #[error("carrier {carrier} has no certificate")]
    NoCertificate { carrier: Pseudonym },
    /// An agreement with, or an acknowledgement by, a carrier that has no entry yet.
    #[error("carrier {carrier} has no entry before this one")]
    UnknownCarrier { carrier: Pseudonym },
    /// A period of an agreement that has no entry yet.
    #[error("agreement {agreement} has no entry before this one")]
    UnknownAgreement { agreement: AgreementId },
    /// A key that another generation makes than the one that signs the ledger here.
    #[error("period {period} is not of generation {generation}")]
    OtherGeneration {
        period: PeriodId,
        /// Which one signs the ledger here.
        generation: u32,
    },
    /// A period has one key, ever.
    #[error("period {period} has a key already")]
    PeriodTwice { period: PeriodId },
    /// A key serves one period: shredding it would otherwise end another.
    #[error("the key of period {period} is another period's too")]
    KeyReused {
        /// The period that came second.
        period: PeriodId,
    },
    /// A period or retention group without classes, or with `operational`, which is never sealed.
    #[error("the classes are not one or more of the sealed ones")]
    Classes,
    /// A start that was there before.
    #[error("instance {instance} has started before")]
    InstanceTwice { instance: InstanceId },
    /// An entry of a start that is not this worker's, or never was.
    #[error("the worker has no instance {instance}")]
    UnknownInstance { instance: InstanceId },
    /// The instances that a start closes are not sorted, or one occurs twice.
    #[error("the instances that it closes are not sorted")]
    ClosesUnsorted,
    /// An instance is closed whose bodies are not all in the ledger.
    #[error("instance {instance} is closed with {last} tickets, and the ledger does not have just these")]
    NotWhole { instance: InstanceId, last: u64 },
    /// A tick that is older than one before it.
    #[error("tick {found} comes after tick {last} or goes back behind it")]
    TickBack { found: u64, last: u64 },
    /// The open tickets are not sorted, or not below the next.
    #[error("the tick's open tickets are not sorted, or not below its next")]
    TickOpen,
    /// A ticket is neither in the ledger nor open.
    #[error("the tick passes tickets that are neither in the ledger nor open")]
    TickSkips,
    /// A part that is none of the body's.
    #[error("part {part} of {parts} is none")]
    Part {
        part: u32,
        /// How many there should be.
        parts: u32,
    },
    /// The same part of the same body was entered before: its rows would count twice.
    #[error("part {part} of ticket {ticket} is entered already")]
    TicketTwice {
        /// The body's number in its instance.
        ticket: u64,
        part: u32,
    },
    /// Not signed by the enrolled key.
    #[error("the entry is not signed by the enrolled key of worker {worker}")]
    WorkerSignature { worker: WorkerId },
    /// A number above 2^53 - 1, which canonical JSON cannot carry.
    #[error("a number is above 2^53 - 1")]
    NumberTooLarge,
    /// The batches hold more rows than the body had.
    #[error("its batches hold {sealed} rows, more than the {rows} recorded")]
    RowsExceeded { sealed: u64, rows: u64 },
    /// A batch id was anchored before.
    #[error("batch {batch} is anchored already")]
    BatchTwice { batch: BatchId },
    /// The keys of an anchor are not sorted by period, or a period occurs twice.
    #[error("the keys of batch {batch} are not sorted by period")]
    AnchorUnsorted { batch: BatchId },
    /// No policy with effect stands at the entry that an anchor names, or none that names a carrier.
    #[error("batch {batch} names entry {entry}, where no policy before it names a carrier")]
    AnchorCarrier {
        batch: BatchId,
        /// What the anchor names.
        entry: u64,
    },
    /// Each row takes octets, whatever is sealed of it.
    #[error("batch {batch} has {rows} rows in {octets} octets")]
    AnchorOctets {
        batch: BatchId,
        /// How many it says it has.
        rows: u32,
        /// In how many octets.
        octets: u64,
    },
    /// The ledger has no key for this period, or another.
    #[error("batch {batch} is sealed to a key of period {period} that the ledger does not know")]
    UnknownKey { batch: BatchId, period: PeriodId },
    /// The opening's name is not the request's hash.
    #[error("the opening's name is not the hash of its request")]
    OpeningName,
    /// The same request was opened before.
    #[error("the opening has an intent already")]
    IntentTwice,
    /// Nobody with this id may ask.
    #[error("principal {principal} has no entry before this one")]
    UnknownPrincipal { principal: PrincipalId },
    /// Not signed by the principal's key.
    #[error("the request is not signed by principal {principal}")]
    RequestSignature { principal: PrincipalId },
    /// The principal may not ask for this purpose.
    #[error("principal {principal} may not open for this purpose")]
    PurposeNotAllowed { principal: PrincipalId },
    /// The principal may not ask for this class.
    #[error("principal {principal} may not open class {class}")]
    ClassNotAllowed { principal: PrincipalId, class: FieldClass },
    /// More rows than one person may ask for, and nobody else has signed.
    #[error("principal {principal} may open {alone} rows alone, not {rows}: a second person must approve this request")]
    NotApproved {
        principal: PrincipalId,
        /// How many without.
        alone: u32,
        rows: usize,
    },
    /// Approved by nobody who may, for another request, for too long, or by the one who asks.
    #[error("the approval is not by another principal who may approve, for this request and at most a day")]
    Approval,
    /// Older data than the principal may open.
    #[error("principal {principal} may open what was received in the last {days} days, and batch {batch} is older")]
    TooOld { principal: PrincipalId, days: u32, batch: BatchId },
    /// A request for no rows or no classes.
    #[error("the request names no rows or no classes")]
    EmptyRequest,
    /// A request for a batch that is not anchored.
    #[error("batch {batch} is not anchored")]
    UnknownBatch { batch: BatchId },
    /// A request for a batch with another header than the anchored one.
    #[error("batch {batch} is anchored with another header")]
    OtherHeader { batch: BatchId },
    /// A request for a row that the batch does not have.
    #[error("batch {batch} has {rows} rows, not {row}")]
    NoSuchRow {
        batch: BatchId,
        /// How many it has.
        rows: u32,
        /// What was asked for.
        row: u32,
    },
    /// A receipt for an opening that was never announced.
    #[error("a receipt without an intent")]
    ReceiptWithoutIntent,
    /// A second receipt for one intent.
    #[error("the opening has a receipt already")]
    ReceiptTwice,
    /// A receipt names an answer exactly when there was one.
    #[error("the receipt names an answer and did not open, or opened and names none")]
    ReceiptAnswer,
    /// A receipt that says `opened` where every key was destroyed before the intent.
    #[error("batch {batch} was opened after all its keys for these classes were shredded")]
    OpenedAfterShred { batch: BatchId },
    /// A right to be told of too few.
    #[error("a principal is given numbers of fewer than 100 people")]
    CountLeast,
    /// The count's name is not the request's hash.
    #[error("the count's name is not the hash of its request")]
    CountName,
    /// The same request was counted before.
    #[error("the count is in the ledger already")]
    CountTwice,
    /// No policy lets this principal have people counted, for an assessment.
    #[error("principal {principal} may not have people counted")]
    CountNotAllowed { principal: PrincipalId },
    /// Not a set of periods in which people can be counted.
    #[error(
        "a count is of at least one period, of no more than 65,000 octets have room for, and each has a key for addresses"
    )]
    CountSet,
    /// Of all numbers together, one could be computed of fewer.
    #[error("with earlier counts this one would tell of {rows} rows by themselves, fewer than {least}")]
    CountPiece {
        /// Rows of the smallest piece.
        rows: u64,
        /// How many it must have.
        least: u64,
    },
    /// An end of a count that was never announced.
    #[error("the end of a count that was not announced")]
    CountedWithoutCount,
    /// A second end, or one after the next count was begun.
    #[error("the count has ended already")]
    CountedTwice,
    /// No number where there should be one, or one that cannot be.
    #[error("the count names a number and gives none, or gives one of too few, or of more than its rows")]
    CountedPeople,
    /// Counted where a key was destroyed before the intent.
    #[error("people were counted after a key for their addresses was shredded")]
    CountedAfterShred,
    /// A shred of a period that has no key, or another.
    #[error("period {period} has no such key")]
    ShredUnknown { period: PeriodId },
    /// A shred that was not announced.
    #[error("period {period} is shredded without a shred_intent before")]
    ShredWithoutIntent { period: PeriodId },
    /// A shred, or its announcement, after the shred.
    #[error("period {period} is shredded already")]
    ShredTwice { period: PeriodId },
    /// A copy of a key that was never said to be destroyed.
    #[error("period {period} has no such key that was shredded")]
    ResurfacedUnknown { period: PeriodId },
}
