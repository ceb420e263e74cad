//! What a process that handles secrets does about its memory, in one place for all binaries: what is freed is
//! overwritten and given back, nothing is dumped and, where the system permits it, nothing goes to swap.
//!
//! A binary names [`ZEROING`] as its `#[global_allocator]` and calls [`protect`] before anything else. Our own types wipe
//! themselves; the allocator does it for the buffers of the libraries for HTTP and TLS, which we cannot reach. What finished
//! calls leave on stacks and in registers is overwritten where a thread is done ([`wipe`], [`wiping`], [`spawn_blocking`]).
//! What is not freed, and what C libraries allocate is not its matter: `bulla/tests/promise/memory.rs` looks at whole
//! processes.

mod freed;
mod thread;

pub use thread::{spawn_blocking, wipe, wiping};

use rustix::{
    mm::{MlockAllFlags, mlockall},
    process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit},
    thread::{CapabilitySet, capabilities},
};
use std::{alloc::System, fmt};
use zeroizing_alloc::ZeroAlloc;

/// The system's allocator, which overwrites what is freed, and what is left behind where something grows.
pub const ZEROING: Zeroing = ZeroAlloc(System);
/// The type of [`ZEROING`].
pub type Zeroing = ZeroAlloc<System>;

/// What the system has permitted. Shown as a line for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protection {
    /// No core dump is written, and others of the same user cannot read the process's memory.
    pub undumpable: bool,
    /// No page goes to swap.
    pub locked: bool,
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.undumpable {
            true => "memory is never dumped",
            false => "memory can be dumped: the system refuses RLIMIT_CORE 0 or PR_SET_DUMPABLE 0",
        })?;
        f.write_str(match self.locked {
            true => ", and locked in RAM",
            false => ", but not locked in RAM: give CAP_IPC_LOCK or an unlimited RLIMIT_MEMLOCK, or have no swap",
        })
    }
}

/// Protects this process from here on. What is not permitted is left, and told. Large buffers go back to the system from here on, too.
pub fn protect() -> Protection {
    freed::give_back();
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let undumpable =
        setrlimit(Resource::Core, none).is_ok() && set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok();
    Protection { undumpable, locked: lock().is_some() }
}

/// Locks what there is and what will be. Where memory that may be locked is limited, none is: an allocation beyond the
/// limit would fail and end the process.
fn lock() -> Option<()> {
    let limit = getrlimit(Resource::Memlock).maximum;
    let capable = capabilities(None).is_ok_and(|own| own.effective.contains(CapabilitySet::IPC_LOCK));
    if !capable {
        limit.is_none().then_some(())?;
        setrlimit(Resource::Memlock, Rlimit { current: None, maximum: None }).ok()?;
    }
    // Pages are locked once they are touched: whole stacks need not be there.
    mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::dumpable_behavior;

    #[test]
    fn a_protected_process_is_not_dumped() {
        assert!(protect().undumpable);
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable));
        assert_eq!(getrlimit(Resource::Core), Rlimit { current: Some(0), maximum: Some(0) });
    }

    #[test]
    fn what_was_not_permitted_is_told_with_what_to_do() {
        let told = |undumpable, locked| Protection { undumpable, locked }.to_string();
        assert_eq!(told(true, true), "memory is never dumped, and locked in RAM");
        assert!(told(true, false).contains("CAP_IPC_LOCK"));
        assert!(told(false, true).contains("RLIMIT_CORE"));
    }
}
