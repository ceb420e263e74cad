//! Reads and checks X12 and EDIFACT, answers and writes X12: bytes in, findings out.
//!
//! **In scope**: interchanges (`ISA` to `IEA`, `UNB` to `UNZ`) with their groups and sets; the envelope's counts and
//! control numbers; message tables (`tables/`, text files); the verdict on each set, group and interchange; TA1 and
//! 997, and CONTRL for EDIFACT; a small writer of X12. **Out of scope**: sockets, files, clocks and random numbers (the caller passes numbers
//! and moments in).
//!
//! Reading never fails and never panics: what is wrong is a [`Finding`], with a position and without
//! a value. Nothing in this crate shows a document's values through `Debug` or `Display`.
//!
//! ```
//! let bytes = b"ISA*00*          *00*          *ZZ*SHIPPER        *ZZ*CARRIER        *260105*0930*U*00401*000000007*0*P*>~\
//! GS*SH*SHIPPER*CARRIER*20260105*0930*7*X*004010~\
//! ST*856*0001~BSN*00*M-1*20260105*0930~HL*1**S~N1*ST*MADE UP~SE*5*0001~GE*1*7~IEA*1*000000007~";
//! let limits = edi::Limits::default();
//! let (interchange, findings) = edi::read(bytes, &limits);
//! assert_eq!(findings, []);
//! assert_eq!(edi::verdict(&interchange, &findings), edi::Verdict::Accepted);
//!
//! let numbers = edi::acknowledgement::Numbers { interchange: 12, group: 9 };
//! let at = edi::acknowledgement::Moment { year: 2026, month: 1, day: 5, hour: 9, minute: 31 };
//! let answer = edi::acknowledgement::x997(&interchange, &findings, &edi::acknowledgement::Echo::ALL, numbers, at).unwrap();
//! assert!(answer.ends_with(b"AK1*SH*7~AK2*856*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*9~IEA*1*000000012~"));
//! ```

mod alphabet;
mod census;
mod characters;
mod check;
mod code;
mod controls;
mod edifact;
mod envelope;
mod finding;
pub mod index;
mod interchange;
mod known;
mod lines;
mod reader;
mod rules;
pub mod segment;
mod separators;
mod syntax;
mod tables;
mod unwrap;
mod verdict;
pub mod walk;
mod word;
mod x12;

pub mod acknowledgement;
pub mod write;

pub use alphabet::Alphabet;
pub use census::{Census, census};
pub use characters::Characters;
pub use check::card::holds_card_number;
pub use code::{Answer, Code, Severity};
pub use finding::{ERRORS_IN_SET_MAX, Finding};
pub use interchange::{Group, Header, Interchange, Set, Syntax};
pub use known::KnownTag;
pub use reader::{Interchanges, Limits, interchanges, read, read_by};
pub use rules::Rules;
pub use segment::{Segment, tag_number};
pub use separators::{Pieces, Separators, unescape};
pub use unwrap::{Unwrapped, Wrapping, unwrapped};
pub use verdict::{Verdict, Verdicts, verdict};
pub use walk::Walk;
