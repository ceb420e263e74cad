//! System calls: a seccomp filter. For a call that is not named here the kernel answers that it does not have it, which
//! every library must be able to live with: a filter that ends the process would end it over a newer library's first try.

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Width, SeccompCmpOp as Is, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use std::collections::BTreeMap;

/// Calls with which nobody leaves the process. Missing, among others: starting programs and processes, looking into
/// others, mounting, namespaces, other users, modules, BPF, io_uring, keyrings, opening by handle, signals to others.
const PLAIN: &[libc::c_long] = &[
    // memory
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_mincore,
    libc::SYS_membarrier,
    // threads, within the process
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_set_tid_address,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_tgkill,
    libc::SYS_restart_syscall,
    // time, randomness, the system
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_getrandom,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrusage,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    // octets
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_fcntl,
    libc::SYS_pipe2,
    // files, where landlock permits
    libc::SYS_openat,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fadvise64,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_mkdirat,
    libc::SYS_linkat,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_utimensat,
    libc::SYS_umask,
    // sockets
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_connect,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_setsockopt,
    libc::SYS_getsockopt,
    libc::SYS_shutdown,
    libc::SYS_sendto,
    libc::SYS_recvfrom,
    libc::SYS_sendmsg,
    libc::SYS_recvmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvmmsg,
    libc::SYS_ppoll,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
];

/// The same by their earlier names, which newer processors' kernels never had.
#[cfg(target_arch = "x86_64")]
const EARLIER: &[libc::c_long] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_rename,
    libc::SYS_unlink,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_link,
    libc::SYS_readlink,
    libc::SYS_chmod,
    libc::SYS_dup2,
    libc::SYS_poll,
    libc::SYS_epoll_wait,
    libc::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const EARLIER: &[libc::c_long] = &[];

/// Restricts this thread. With `naming` it may do what looking up a name takes: ask the system's services by sockets, and
/// load libraries. None: nothing is restricted.
pub fn restrict(naming: bool) -> Option<()> {
    let filter: BpfProgram = filter(naming)?.try_into().ok()?;
    seccompiler::apply_filter(&filter).ok()
}

fn filter(naming: bool) -> Option<SeccompFilter> {
    let plain = PLAIN.iter().chain(EARLIER).map(|call| (*call, Vec::new()));
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = plain.collect();
    let word = |place, is, value: libc::c_int| one(place, Width::Dword, is, value.cast_unsigned().into());
    let flags = |place, mask: libc::c_int, value| word(place, Is::MaskedEq(mask.cast_unsigned().into()), value);
    // A thread, and no process: with `clone3`, whose flags a filter cannot see, libraries try this one next.
    rules.insert(libc::SYS_clone, vec![flags(0, libc::CLONE_THREAD, libc::CLONE_THREAD)?]);
    // Nothing that was written is ever executed.
    let executable = if naming { Vec::new() } else { vec![flags(2, libc::PROT_EXEC, 0)?] };
    rules.insert(libc::SYS_mmap, executable.clone());
    rules.insert(libc::SYS_mprotect, executable);
    let families = [libc::AF_INET, libc::AF_INET6, libc::AF_UNIX, libc::AF_NETLINK];
    let families = &families[..if naming { 4 } else { 2 }];
    rules.insert(libc::SYS_socket, families.iter().map(|family| word(0, Is::Eq, *family)).collect::<Option<_>>()?);
    rules.insert(libc::SYS_socketpair, vec![word(0, Is::Eq, libc::AF_UNIX)?]);
    // Whether it is a terminal, and not to wait; a terminal is not typed into (TIOCSTI).
    let asked = [libc::FIONBIO, libc::FIONREAD, libc::FIOCLEX, libc::TCGETS];
    let asked = asked.iter().map(|what| one(1, Width::Dword, Is::Eq, *what));
    rules.insert(libc::SYS_ioctl, asked.collect::<Option<_>>()?);
    // A thread's name; not what `memory` has set.
    rules.insert(libc::SYS_prctl, vec![word(0, Is::Eq, libc::PR_SET_NAME)?]);
    // Limits are read and not set.
    rules.insert(libc::SYS_prlimit64, vec![one(2, Width::Qword, Is::Eq, 0)?]);
    let absent = SeccompAction::Errno(libc::ENOSYS.cast_unsigned());
    SeccompFilter::new(rules, absent, SeccompAction::Allow, std::env::consts::ARCH.try_into().ok()?).ok()
}

/// A rule of one condition on one argument.
fn one(place: u8, width: Width, is: Is, value: u64) -> Option<SeccompRule> {
    SeccompRule::new(vec![SeccompCondition::new(place, width, is, value).ok()?]).ok()
}
