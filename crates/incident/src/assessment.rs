//! The answer, `bulla.assessment/13`: its one written form is canonical JSON (RFC 8785).
//!
//! Each figure is an upper bound. "Rows" are parcels, "parties" are senders and recipients as often as
//! they are named; different people are told apart by a count in the ledger only, which the warden made.

mod assumptions;
mod dating;
mod window;

pub use assumptions::{Assumption, assumptions};
pub use dating::{Begin, Dating, End, OtherRoot, Silence};
pub use window::{Gap, ShipperSent, WindowEntry};

use crate::{Hypothesis, hypothesis::Kind};
use ledger::{BatchId, Classes, CoHolderId, Month, PeriodId, PlaceName, Province, Pseudonym, Time, replay::Signer};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of this form; another form is another name.
pub const SCHEMA: &str = "bulla.assessment/13";

/// How far apart the roles are, 0 to 3 (DESIGN section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Level(u8);

impl Level {
    /// 0: all roles on one host, or nothing else is shown.
    pub const ONE_HOST: Self = Self(0);
    /// 1: the warden has its own host.
    pub const WARDEN_APART: Self = Self(1);
    /// 2: and every key that is reached has a co-holder of another organisation.
    pub const CO_HOLDER: Self = Self(2);

    /// 0 to 3, higher is further apart.
    pub fn number(self) -> u8 {
        self.0
    }

    /// What it means, for reports.
    pub fn meaning(self) -> &'static str {
        match self.0 {
            0 => "all roles on one host, or nobody has shown otherwise",
            1 => "the warden on a host of its own",
            2 => "warden and co-holder in different organisations",
            _ => "warden and co-holder in different organisations, root key in a security module",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The computed exposure, with all that it was computed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The form's name, [`SCHEMA`].
    pub schema: String,
    /// What was assumed to have happened; several together.
    pub hypothesis: Vec<Hypothesis>,
    /// At which level the figures were computed.
    pub level: Level,
    /// A1 to A7, on which every figure rests.
    pub assumptions: Vec<Assumption>,
    /// Which ledger, up to where.
    pub checkpoint: Seen,
    /// By whose clocks the ledger's entries stand before or after the incident's beginning.
    pub dating: Dating,
    /// The bound over all hypotheses together.
    pub at_most: AtMost,
    /// Of how many different people these rows are, at most; null: no count that is believed has all of them.
    pub people: Option<People>,
    /// What the ledger records of the affected bodies and batches. A taken host's own record is a claim.
    pub recorded: Totals,
    /// What of it carriers have confirmed by signed acknowledgements with equal rows.
    pub confirmed: Totals,
    /// By who sent it.
    pub by_shipper: Vec<ShipperShare>,
    /// What of `at_most` is of shippers whose people officers said are made up: never subtracted.
    pub made_up: Totals,
    /// By calendar month of receipt, UTC.
    pub by_month: Vec<MonthShare>,
    /// By who sent it and the month of receipt: what the two lists above add up.
    pub by_shipper_month: Vec<CellShare>,
    /// By exact set of exposed classes; a row is in one of them.
    pub by_classes: Vec<ClassesShare>,
    /// By province of the recipient; Quebec always.
    pub by_province: Vec<ProvinceShare>,
    /// Every intake entry of a taken host's window, by ledger position.
    pub entries: Vec<WindowEntry>,
    /// What gateways may have stored that the ledger does not have, where it is reached.
    pub gaps: Vec<Gap>,
    /// What each shipper that has an agreement says that it sent while hosts were taken; empty where that could bound nothing.
    pub sent: Vec<ShipperSent>,
    /// Periods whose keys the hypothesis does not reach.
    pub not_included: Vec<NotIncluded>,
    /// Whose layer is around what a taken warden has keys for.
    pub co_held: Vec<CoHeld>,
    /// What the look-up index tells, beside the figures above.
    pub index_leakage: IndexLeakage,
    /// Openings in the ledger.
    pub openings: Openings,
    /// Entries of the ledger that have no effect; each raises what it can be read to raise.
    pub voids: Vec<VoidEntry>,
    /// Batches that count with their anchor alone, because no header fits it.
    pub without_header: Vec<WithoutHeader>,
    /// An entry that only the warden can have made is void and may stand before `from`.
    pub damaged: bool,
    /// The warden has signed another root for a size of this ledger: somebody was shown another one.
    pub split_view: bool,
    /// At most so many rows, had it begun at `from`; only where the hypothesis leaves `from` open.
    pub curve: Vec<CurvePoint>,
    /// At level 0, for a taken host or warden: the figure if each role had stood on a host of its own.
    pub if_the_warden_stood_elsewhere: Option<AtMost>,
    /// What must be said with the figures.
    pub statements: Vec<String>,
}

impl Assessment {
    /// A stated end that ends nothing: what was taken counts as taken until the end of the ledger.
    pub fn open_end(&self) -> Option<Time> {
        let taken =
            |kind: &Kind| matches!(kind, Kind::Host { .. } | Kind::Principal { .. } | Kind::Warden | Kind::CoHolder);
        let own = self.hypothesis.iter().filter(|own| self.dating.goes_on && taken(&own.kind));
        own.filter_map(|own| own.to).next()
    }

    /// The one written form.
    pub fn to_bytes(&self) -> Vec<u8> {
        ledger::canonical::bytes(self)
    }
}

/// A checkpoint whose signatures were verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The ledger's name, as its checkpoints have it.
    pub origin: String,
    /// Entries that the figures were computed from.
    pub size: u64,
    /// The tree's root, 64 hexadecimal digits.
    pub root: ledger::Hash,
    /// The latest cosigner's time; without cosigners the last entry's.
    pub time: Time,
    /// Names of the witnesses' keys, sorted.
    pub cosigners: Vec<String>,
}

/// The bound: no figure can be higher under the hypotheses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AtMost {
    /// Parcels of which something of a sealed class could be read.
    pub rows: u64,
    /// Parties named in their batches, each as often as it is named.
    pub parties: u64,
    /// Distinct senders of these parcels; bodies whose sender is not known count as one.
    pub shippers: u64,
    /// The figures are no bound; `statements` says why.
    pub unbounded: bool,
}

/// What a count says of all that is reached. It is of the people whom the parcels go to, told apart by name and postal code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// Different ones, at most.
    pub people: u64,
    /// Rows of the counted set: more than `at_most.rows` where it is a larger one.
    pub rows: u64,
    /// The ledger's entry that announced the count.
    pub intent: u64,
    /// The ledger's entry that has its number.
    pub counted: u64,
}

/// Rows and parties, each at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Parcels, those of corrections too.
    pub rows: u64,
    /// Parties, as often as they are named.
    pub parties: u64,
}

/// One sender's share of the bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipperShare {
    /// Who; null: not known.
    pub shipper: Option<Pseudonym>,
    /// Its part of `at_most.rows`.
    pub rows: u64,
    /// Its part of `at_most.parties`.
    pub parties: u64,
    /// Rows of which only `operational` could be read; not in `rows`.
    pub operational: u64,
}

/// One month's share of the bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthShare {
    /// The month of receipt, in UTC.
    pub month: Month,
    /// Its part of `at_most.rows`.
    pub rows: u64,
    /// Its part of `at_most.parties`.
    pub parties: u64,
    /// Rows of which only `operational` could be read; not in `rows`.
    pub operational: u64,
}

/// The share of what one sender sent in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellShare {
    /// Who; null: not known.
    pub shipper: Option<Pseudonym>,
    /// The month of receipt, in UTC.
    pub month: Month,
    /// Its part of `at_most.rows`.
    pub rows: u64,
    /// Its part of `at_most.parties`.
    pub parties: u64,
    /// Rows of which only `operational` could be read; not in `rows`.
    pub operational: u64,
}

/// Rows of which exactly these classes could be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassesShare {
    /// In the order of DESIGN section 6.
    pub classes: Classes,
    /// How many, at most.
    pub rows: u64,
}

/// Rows of a province, of which something of a sealed class could be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvinceShare {
    /// The province of the recipients.
    pub province: Province,
    /// Known to be there.
    pub rows: u64,
    /// With all rows whose province is not known: the province's maximum.
    pub at_most: u64,
}

/// A period that the hypothesis does not reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotIncluded {
    /// The period whose key is out of reach.
    pub period: PeriodId,
    /// Who sends under its agreement; null: no policy with effect says so.
    pub shipper: Option<Pseudonym>,
    /// What shows that.
    #[serde(flatten)]
    pub why: Absent,
    /// Rows of the batches sealed to it. Rows may be exposed through another period of their batch.
    pub rows: u64,
}

/// Why a key was not there to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Absent {
    /// It had been destroyed.
    Shredded {
        /// The ledger's entry that says so.
        shred: u64,
        /// By then that entry existed, by the witnesses' clocks and what they may be wrong by.
        cosigned: Time,
    },
    /// It did not exist yet: a generation of the warden made it that officers decided on after the end.
    MadeAfter {
        /// The ledger's entry that says so.
        policy: u64,
        /// Officers had seen a note of this time, by the earliest of its cosigners, when they signed it.
        signed: Time,
    },
}

/// A co-holder of another organisation than the warden's, and what it kept closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoHeld {
    /// Its id in the ledger.
    pub co_holder: CoHolderId,
    /// Who runs it.
    pub organisation: PlaceName,
    /// How often it took its layer off, ever, by its own signed list; null: no list of it counts, and it keeps nothing closed.
    pub unwraps: Option<u64>,
    /// Rows of the batches from which it did not. Rows may be exposed otherwise.
    pub rows: u64,
}

/// What the index tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexLeakage {
    /// Months whose index key is taken under the hypothesis.
    pub months: Vec<Month>,
    /// Rows, at most, whose tracking numbers and order references can be guessed and confirmed.
    pub rows: u64,
    /// The same for people.
    pub meaning: String,
}

/// Openings in the ledger, whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Openings {
    /// With a receipt, and not by a principal whose key the hypothesis takes.
    pub justified: u64,
    /// All others: an operator should know each.
    pub unexplained: u64,
}

/// An entry of the ledger that has no effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidEntry {
    /// Index in the ledger.
    pub entry: u64,
    /// Its `type`, or `unreadable`.
    pub kind: String,
    /// The rule that it breaks, as a sentence.
    pub rule: String,
    /// Who vouches for it; `warden`: nobody else.
    pub signer: Signer,
}

/// A batch without a header that fits its anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithoutHeader {
    /// Its id.
    pub batch: BatchId,
    /// The entry that anchors it.
    pub entry: u64,
    /// Rows, as anchored.
    pub rows: u64,
    /// Parties, as anchored.
    pub parties: u64,
}

/// A point of the curve over the unknown beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Had it begun then, or later but before the next point.
    pub from: Time,
    /// What `at_most.rows` would be then.
    pub rows: u64,
}
