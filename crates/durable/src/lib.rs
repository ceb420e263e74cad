//! One process's directory: a claim on it, files that are replaced whole, files that only grow. Every fsync of a small
//! file in this house is here, and what a crash may leave is said at each function.
//!
//! Also here, as what else a process asks of its machine: [`random`] numbers, once for all crates.
//!
//! In scope: [`Claim`] (one process at a time, its `pid`, `address` and `version` files), [`replace`],
//! [`replace_derived`], [`replace_with`] and [`copy`], [`make_dir`], [`destroy`], [`remove`], [`sweep`], and [`Records`], an append-only
//! file ([`Reading`] one record of it). Out of
//! scope: what the octets mean, databases, sockets, anything that is not a local file. Everything here blocks.
//!
//! ```
//! # let there = tempfile::tempdir().unwrap();
//! # let dir = there.path().join("role");
//! durable::make_dir(&dir)?;
//! let claim = durable::Claim::take(&dir, "lock")?;            // others are told our process id
//! claim.version("1")?;                                        // of the directory's form, written at the first time
//! durable::replace(&dir.join("head"), b"the new content")?;   // after a crash: the old content, or this
//! # Ok::<(), durable::Error>(())
//! ```
//!
//! What is assumed of the file system (ext4, XFS and Btrfs as Linux mounts them by default): a rename within one
//! directory is atomic, fsync of a file makes its octets durable, fsync of a directory its names; an fsync that failed
//! is not tried again, because the kernel may have dropped the octets. Files and directories that are made here are for
//! their owner only (0600, 0700), whatever the umask says.

mod append;
mod claim;
mod directory;
mod error;
pub mod random;
mod reading;
mod replace;

pub use append::{Before, RECORD_OCTETS_MAX, Records};
pub use claim::Claim;
pub use directory::{make_dir, names, sweep, sync_dir};
pub use error::{Action, Error};
pub use reading::Reading;
pub use replace::{copy, destroy, read, read_if_there, remove, replace, replace_derived, replace_with, set_aside};

/// Ends every temporary name. No file of ours that stays is called so.
const TEMPORARY: &str = ".tmp";
