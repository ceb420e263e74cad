/* Notes what a process does to the files below one directory, in order, so that a test can tell which of it a power cut may
 * take back: everything that no fsync has made durable. Loaded by LD_PRELOAD; also ends the process before its n-th change.
 *
 *   POWER_CUT_ROOT     the directory, absolute
 *   POWER_CUT_JOURNAL  where it is noted
 *   POWER_CUT_AT       before which change the process is killed; 0 or absent: not at all
 *
 * A note is: kind (1 octet), inode (8), number (8), length (4), all little-endian, and so many octets. A sync's number is how many
 * notes there were when it began: what was noted before that is durable once it is noted. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, SYNC_NAMES, RENAME, UNLINK, MAKE_DIR };

#define KNOWN 65536

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static int journal = -1;
static uint64_t notes, changes, last;
static dev_t device;
static struct { uint64_t inode; char *dir; } known[KNOWN];

__attribute__((constructor)) static void begin(void) {
    const char *at = getenv("POWER_CUT_AT"), *where = getenv("POWER_CUT_JOURNAL"), *own = getenv("POWER_CUT_ROOT");
    if (!where || !own) return;
    struct stat there;
    if (stat(own, &there) != 0) return;
    device = there.st_dev;
    snprintf(root, sizeof root, "%s", own);
    last = at ? strtoull(at, NULL, 10) : 0;
    journal = syscall(SYS_openat, AT_FDCWD, where, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* Its place, or the first free one; no file of this test's has the inode 0. */
static unsigned place_of(uint64_t inode) {
    unsigned place = (inode * 0x9E3779B97F4A7C15u) >> 48;
    while (known[place].inode && known[place].inode != inode) place = (place + 1) % KNOWN;
    return place;
}

/* The directory itself too: a sync of it makes the names in it durable. */
static int is_ours(const char *path) {
    size_t length = strlen(root);
    return journal >= 0 && path && strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* Of a file that is ours: its inode, and whether it is a directory; else 0. A socket may have the number of a file, on a device of its own. */
static uint64_t ours(int fd, const char **dir) {
    struct stat there;
    *dir = NULL;
    if (journal < 0 || fstat(fd, &there) != 0 || there.st_dev != device) return 0;
    unsigned place = place_of(there.st_ino);
    if (!known[place].inode) return 0;
    *dir = known[place].dir;
    return there.st_ino;
}

static void note(uint8_t kind, uint64_t inode, uint64_t number, const void *octets, uint32_t length) {
    char *whole = malloc(21 + (size_t)length);
    whole[0] = (char)kind;
    memcpy(whole + 1, &inode, 8);
    memcpy(whole + 9, &number, 8);
    memcpy(whole + 17, &length, 4);
    if (length) memcpy(whole + 21, octets, length);
    for (size_t done = 0; done < 21 + (size_t)length;) {
        long written = syscall(SYS_write, journal, whole + done, 21 + (size_t)length - done);
        if (written < 0) abort();
        done += (size_t)written;
    }
    notes++;
    free(whole);
}

/* With the order in hand: one change more, or the end. */
static void change(void) {
    if (++changes == last) raise(SIGKILL);
}

static void note_open(int fd, const char *path, int is_new, int flags) {
    struct stat there;
    if (fd < 0 || fstat(fd, &there) != 0) return;
    unsigned place = place_of(there.st_ino);
    known[place].inode = there.st_ino;
    if (S_ISDIR(there.st_mode)) {
        if (!known[place].dir) known[place].dir = strdup(path);
        return;
    }
    if (known[place].dir) free(known[place].dir), known[place].dir = NULL;
    if (is_new) note(CREATE, there.st_ino, 0, path, (uint32_t)strlen(path));
    else if (flags & O_TRUNC) note(TRUNCATE, there.st_ino, 0, NULL, 0);
}

static int open_at(int dir, const char *path, int flags, mode_t mode) {
    int own = is_ours(path);
    if (!own) return (int)syscall(SYS_openat, dir, path, flags, mode);
    pthread_mutex_lock(&order);
    int is_new = (flags & O_CREAT) && access(path, F_OK) != 0;
    if (is_new || (flags & O_TRUNC)) change();
    int fd = (int)syscall(SYS_openat, dir, path, flags, mode);
    int error = errno;
    note_open(fd, path, is_new, flags);
    pthread_mutex_unlock(&order);
    errno = error;
    return fd;
}

#define MODE(flags, mode) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int flags, ...) { MODE(flags, mode) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags, mode) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int dir, const char *path, int flags, ...) { MODE(flags, mode) return open_at(dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { MODE(flags, mode) return open_at(dir, path, flags, mode); }

/* `at` is -1 where the file says where: at its end, or where it stands. */
static ssize_t write_at(int fd, const void *octets, size_t length, off_t at) {
    const char *dir;
    if (!ours(fd, &dir)) return at < 0 ? syscall(SYS_write, fd, octets, length) : syscall(SYS_pwrite64, fd, octets, length, at);
    pthread_mutex_lock(&order);
    uint64_t inode = ours(fd, &dir);
    change();
    off_t where = at;
    if (at < 0) {
        int appends = (fcntl(fd, F_GETFL) & O_APPEND) != 0;
        struct stat there;
        fstat(fd, &there);
        where = appends ? there.st_size : lseek(fd, 0, SEEK_CUR);
    }
    ssize_t written = at < 0 ? syscall(SYS_write, fd, octets, length) : syscall(SYS_pwrite64, fd, octets, length, at);
    int error = errno;
    if (written > 0) note(WRITE, inode, (uint64_t)where, octets, (uint32_t)written);
    pthread_mutex_unlock(&order);
    errno = error;
    return written;
}

ssize_t write(int fd, const void *octets, size_t length) { return write_at(fd, octets, length, -1); }
ssize_t pwrite(int fd, const void *octets, size_t length, off_t at) { return write_at(fd, octets, length, at); }
ssize_t pwrite64(int fd, const void *octets, size_t length, off64_t at) { return write_at(fd, octets, length, at); }

/* Of several parts the first: the caller comes again with the rest. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
    const char *dir;
    if (!ours(fd, &dir)) return syscall(SYS_writev, fd, parts, count);
    for (int part = 0; part < count; part++)
        if (parts[part].iov_len) return write_at(fd, parts[part].iov_base, parts[part].iov_len, -1);
    return 0;
}

static int truncate_to(int fd, off_t length) {
    const char *dir;
    if (!ours(fd, &dir)) return (int)syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&order);
    uint64_t inode = ours(fd, &dir);
    change();
    int done = (int)syscall(SYS_ftruncate, fd, length), error = errno;
    if (done == 0) note(TRUNCATE, inode, (uint64_t)length, NULL, 0);
    pthread_mutex_unlock(&order);
    errno = error;
    return done;
}

int ftruncate(int fd, off_t length) { return truncate_to(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncate_to(fd, length); }

/* Others go on meanwhile, as on a disk. */
static int sync_of(int fd, long call) {
    const char *dir;
    pthread_mutex_lock(&order);
    uint64_t inode = ours(fd, &dir), before = notes;
    if (inode) change();
    pthread_mutex_unlock(&order);
    int done = (int)syscall(call, fd), error = errno;
    if (inode && done == 0) {
        pthread_mutex_lock(&order);
        if (dir) note(SYNC_NAMES, inode, before, dir, (uint32_t)strlen(dir));
        else note(SYNC, inode, before, NULL, 0);
        pthread_mutex_unlock(&order);
    }
    errno = error;
    return done;
}

int fsync(int fd) { return sync_of(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_of(fd, SYS_fdatasync); }

static int named(uint8_t kind, const char *path, const char *to, int (*act)(const char *, const char *)) {
    if (!is_ours(path)) return act(path, to);
    pthread_mutex_lock(&order);
    change();
    int done = act(path, to), error = errno;
    if (done == 0) {
        char both[2 * PATH_MAX];
        int length = snprintf(both, sizeof both, to ? "%s\n%s" : "%s", path, to);
        note(kind, 0, 0, both, (uint32_t)length);
    }
    pthread_mutex_unlock(&order);
    errno = error;
    return done;
}

static int do_rename(const char *path, const char *to) { return (int)syscall(SYS_renameat, AT_FDCWD, path, AT_FDCWD, to); }
static int do_unlink(const char *path, const char *to) { (void)to; return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0); }
static int do_rmdir(const char *path, const char *to) { (void)to; return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR); }
static _Thread_local mode_t made;
static int do_mkdir(const char *path, const char *to) { (void)to; return (int)syscall(SYS_mkdirat, AT_FDCWD, path, made); }

int rename(const char *path, const char *to) { return named(RENAME, path, to, do_rename); }
int unlink(const char *path) { return named(UNLINK, path, NULL, do_unlink); }
int rmdir(const char *path) { return named(UNLINK, path, NULL, do_rmdir); }
int mkdir(const char *path, mode_t mode) { made = mode; return named(MAKE_DIR, path, NULL, do_mkdir); }

/* As the removal of a whole directory calls it. */
int unlinkat(int dir, const char *path, int flags) {
    const char *below;
    if (dir == AT_FDCWD || path[0] == '/') return flags & AT_REMOVEDIR ? rmdir(path) : unlink(path);
    if (!ours(dir, &below) || !below) return (int)syscall(SYS_unlinkat, dir, path, flags);
    char whole[PATH_MAX];
    snprintf(whole, sizeof whole, "%s/%s", below, path);
    return flags & AT_REMOVEDIR ? rmdir(whole) : unlink(whole);
}

/* Whoever copies by these reads and writes instead. */
ssize_t copy_file_range(int a, off64_t *b, int c, off64_t *d, size_t e, unsigned f) { (void)a, (void)b, (void)c, (void)d, (void)e, (void)f; errno = ENOSYS; return -1; }
ssize_t sendfile64(int a, int b, off64_t *c, size_t d) { (void)a, (void)b, (void)c, (void)d; errno = ENOSYS; return -1; }
