//! Large buffers go back to the system when they are freed.
//!
//! glibc raises the size from which it maps a buffer by itself each time that a larger one is freed, up to 32 MiB, and keeps what is
//! smaller in the arena of the thread that used it. A gateway whose threads each took a document of some megabytes once had a
//! multiple of that for ever after.

/// From how many octets on a buffer is mapped by itself. Documents of a few hundred parcels stay below: mapping takes time.
#[cfg(target_env = "gnu")]
const MAPPED_OCTETS: i32 = 1 << 20;
/// How many free octets an arena keeps at its end.
#[cfg(target_env = "gnu")]
const KEPT_OCTETS: i32 = 2 << 20;

/// Sets both sizes for good. Other C libraries than glibc do as they do.
#[cfg(target_env = "gnu")]
#[allow(unsafe_code)]
pub(crate) fn give_back() {
    // SAFETY: sets two numbers of the allocator, under its own lock; neither is a pointer.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_OCTETS);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_OCTETS);
    }
}

#[cfg(not(target_env = "gnu"))]
pub(crate) fn give_back() {}

#[cfg(all(test, target_env = "gnu"))]
mod tests {
    use super::*;
    use std::{fs, hint::black_box};

    /// Octets of this process that are in RAM and no file's.
    fn resident() -> usize {
        let status = fs::read_to_string("/proc/self/status").expect("Linux tells");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("since Linux 4.5");
        line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number of KiB") << 10
    }

    #[test]
    fn a_large_buffer_is_gone_once_it_is_freed() {
        const LARGE: usize = 16 << 20;
        give_back();
        // What raises glibc's threshold, where it is left to itself.
        drop(black_box(vec![1_u8; LARGE]));
        let before = resident();
        let large = black_box(vec![1_u8; LARGE]);
        // Behind it: an arena could not give it back.
        let behind = black_box(vec![1_u8; 4096]);
        assert!(resident() >= before + LARGE - LARGE / 8);
        drop(large);
        assert!(resident() < before + LARGE / 8);
        drop(behind);
    }
}
