//! What finished calls leave behind on their thread: their frames, below those of who runs now, and what the last long
//! copy or cipher left in the vector registers, which idle threads keep.

use std::hint::black_box;
use tokio::task::JoinHandle;

/// How far below its caller [`wipe`] overwrites the stack, in octets: several times what finished calls are seen to need.
const DEPTH: usize = if cfg!(debug_assertions) { 512 << 10 } else { 128 << 10 };

/// Overwrites what this thread's finished calls left behind. A runtime does it when a thread has nothing to do
/// (`on_thread_park`), [`spawn_blocking`] after each work. Takes some microseconds.
pub fn wipe() {
    frames();
    registers();
}

/// Work on the disk or with much arithmetic, as tokio's function of this name, that leaves nothing behind on its thread.
#[expect(clippy::disallowed_methods, reason = "this is what others are to use in its place")]
pub fn spawn_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    tokio::task::spawn_blocking(move || wiping(work))
}

/// Does some work and leaves nothing of it behind on this thread, also where it panics.
pub fn wiping<T>(work: impl FnOnce() -> T) -> T {
    struct Wipe;
    impl Drop for Wipe {
        fn drop(&mut self) {
            wipe();
        }
    }
    let _wipe = Wipe;
    work()
}

#[inline(never)]
#[expect(clippy::large_stack_arrays, reason = "to overwrite the stack is what it is for")]
fn frames() {
    black_box(&mut [0_u8; DEPTH]);
}

/// All vector registers to zero; the others hold eight octets each, and whoever waits has overwritten them.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
fn registers() {
    use std::arch::asm;
    if !is_x86_feature_detected!("avx") {
        // SAFETY: clears registers that are declared as overwritten; touches neither memory nor the stack.
        unsafe {
            asm!(
                ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
                "xorps xmm\\n, xmm\\n",
                ".endr",
                clobber_abi("sysv64"),
                options(nomem, nostack),
            );
        }
        return;
    }
    // SAFETY: as above; the processor has AVX.
    unsafe { asm!("vzeroall", clobber_abi("sysv64"), options(nomem, nostack)) }
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: as above; the processor has AVX-512, with sixteen registers that `vzeroall` leaves as they are.
        unsafe {
            asm!(
                ".irp n,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
                "vpxord zmm\\n, zmm\\n, zmm\\n",
                ".endr",
                clobber_abi("sysv64"),
                options(nomem, nostack),
            );
        }
    }
}

/// On other processors the registers stay as they are (SECURITY.md, A1).
#[cfg(not(target_arch = "x86_64"))]
fn registers() {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs::{File, read_to_string},
        os::unix::fs::FileExt,
        panic::{AssertUnwindSafe, catch_unwind},
    };

    /// Octets that are nowhere but where this puts them.
    fn mark(octets: &mut [u8]) {
        (0_u8..).map(|n| n.wrapping_mul(37) ^ 0xa5).zip(octets).for_each(|(octet, place)| *place = octet);
    }

    /// Calls that are done, some way down the stack.
    #[inline(never)]
    fn work(depth: usize) -> usize {
        let mut frame = [0_u8; 4096];
        mark(&mut black_box(&mut frame)[..64]);
        black_box(&frame).len() + if depth == 0 { 0 } else { work(depth - 1) }
    }

    /// How many marks are on this thread's stack.
    fn marks() -> usize {
        let local = 0_u8;
        let here = &raw const *black_box(&local) as u64;
        let maps = read_to_string("/proc/self/maps").expect("mappings");
        let ranges = maps.lines().filter_map(|line| line.split_once(' ')?.0.split_once('-'));
        let number = |text| u64::from_str_radix(text, 16).expect("hexadecimal");
        let stack = ranges.map(|(start, end)| number(start)..number(end)).find(|range| range.contains(&here));
        let stack = stack.expect("this thread's stack");
        let mut octets = vec![0; usize::try_from(stack.end - stack.start).expect("it fits")];
        File::open("/proc/self/mem").expect("own memory").read_exact_at(&mut octets, stack.start).expect("mapped");
        let mut wanted = vec![0; 64];
        mark(&mut wanted);
        octets.windows(64).filter(|window| *window == wanted).count()
    }

    #[test]
    fn what_calls_left_on_the_stack_is_overwritten() {
        work(20);
        assert!(marks() > 10, "without it they stay");
        wiping(|| work(20));
        assert_eq!(marks(), 0);
        let panicked = catch_unwind(AssertUnwindSafe(|| wiping(|| assert_eq!(work(20), 0, "a test's"))));
        assert!(panicked.is_err());
        assert_eq!(marks(), 0);
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    #[allow(unsafe_code)]
    fn vector_registers_are_overwritten() {
        use std::arch::asm;
        let (low, wide) = ([1_u8; 64], is_x86_feature_detected!("avx512f"));
        let mut after = [[7_u8; 64]; 4];
        // SAFETY: loads and stores 16 or 64 octets from and to arrays of 64.
        unsafe {
            asm!("movups xmm0, [{0}]", "movups xmm15, [{0}]", in(reg) &low, clobber_abi("sysv64"));
            if wide {
                asm!("vmovdqu64 zmm0, [{0}]", "vmovdqu64 zmm16, [{0}]", "vmovdqu64 zmm31, [{0}]", in(reg) &low,
                    clobber_abi("sysv64"));
            }
            registers();
            asm!("movups [{0}], xmm0", "movups [{0} + 64], xmm15", in(reg) &mut after);
            if wide {
                asm!("vmovdqu64 [{0} + 128], zmm16", "vmovdqu64 [{0} + 192], zmm31", in(reg) &mut after);
            }
        }
        let zeros = |of: &[u8]| of.iter().all(|octet| *octet == 0);
        assert!(zeros(&after[0][..16]) && zeros(&after[1][..16]));
        assert!(!wide || zeros(&after[2]) && zeros(&after[3]));
    }
}
