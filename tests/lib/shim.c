/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into a program under test, this makes its transfers as unwilling as a kernel may make
 * them at any time: short, interrupted, not ready, or failing. It is told by the environment:
 *
 *   SHIM_MOST=N          no call transfers more than N bytes
 *   SHIM_EINTR=K         every K-th call is interrupted before it transferred anything
 *   SHIM_EAGAIN=K        every K-th call on a descriptor that does not block says EAGAIN, and so
 *                        does every K-th that asks for what is cached (RWF_NOWAIT)
 *   SHIM_FAIL=NAME:K:E   the K-th call whose name starts with NAME ("pread") and those after it
 *                        fail with errno E
 *   SHIM_LOG=FILE        where a line "CALLS SHORTENED INTERRUPTED POSTPONED FAILED" goes at the
 *                        end, so that a test can tell that it tried anything
 *
 * Calls that libc makes by itself, for its own streams say, are not seen.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static size_t most = SIZE_MAX;
static unsigned long eintr_every, eagain_every, fail_from;
static char fail_name[16];
static int fail_errno;
static atomic_ulong calls, shortened, interrupted, postponed, failed, named_calls;

static unsigned long number_of(const char *variable)
{
    const char *value = getenv(variable);

    return value ? strtoul(value, NULL, 10) : 0;
}

__attribute__((constructor)) static void shim_begin(void)
{
    const char *fail = getenv("SHIM_FAIL");

    if (getenv("SHIM_MOST")) {
        most = number_of("SHIM_MOST");
    }
    eintr_every = number_of("SHIM_EINTR");
    eagain_every = number_of("SHIM_EAGAIN");
    if (fail && sscanf(fail, "%15[a-z]:%lu:%d", fail_name, &fail_from, &fail_errno) != 3) {
        fprintf(stderr, "shim: SHIM_FAIL=%s is not NAME:K:ERRNO\n", fail);
        abort();
    }
}

__attribute__((destructor)) static void shim_end(void)
{
    const char *path = getenv("SHIM_LOG");
    FILE *log = path ? fopen(path, "a") : NULL;

    if (log) {
        fprintf(log, "%lu %lu %lu %lu %lu\n", calls, shortened, interrupted, postponed, failed);
        fclose(log);
    }
}

/* Counts the call; false, with errno set, when it shall not happen. */
static bool admit(const char *name, int fd)
{
    const unsigned long number = ++calls;
    const bool named = fail_from && strncmp(name, fail_name, strlen(fail_name)) == 0;

    if (named && ++named_calls >= fail_from) {
        failed++;
        errno = fail_errno;
        return false;
    }
    if (eintr_every && number % eintr_every == 0) {
        interrupted++;
        errno = EINTR;
        return false;
    }
    if (eagain_every && number % eagain_every == 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK)) {
        postponed++;
        errno = EAGAIN;
        return false;
    }
    return true;
}

static size_t cut(size_t size)
{
    if (size > most) {
        shortened++;
        return most;
    }
    return size;
}

/* The start of what the vector holds: the first element that is not empty, cut. */
static struct iovec cut_vector(const struct iovec *iov, int count)
{
    for (int i = 0; i < count; i++) {
        if (iov[i].iov_len > 0) {
            shortened += i + 1 < count;
            return (struct iovec){ iov[i].iov_base, cut(iov[i].iov_len) };
        }
    }
    return (struct iovec){ NULL, 0 };
}

/* Calls the function of that name that would have been called without this file. */
#define NEXT(type, name, ...) ((type)dlsym(RTLD_NEXT, #name))(__VA_ARGS__)

typedef ssize_t read_fn(int, void *, size_t);
typedef ssize_t write_fn(int, const void *, size_t);
typedef ssize_t pread_fn(int, void *, size_t, off64_t);
typedef ssize_t pwrite_fn(int, const void *, size_t, off64_t);
typedef ssize_t vector_fn(int, const struct iovec *, int);
typedef ssize_t positioned_vector_fn(int, const struct iovec *, int, off64_t);
typedef ssize_t flagged_vector_fn(int, const struct iovec *, int, off64_t, int);
typedef int poll_fn(struct pollfd *, nfds_t, int);

ssize_t read(int fd, void *buffer, size_t size)
{
    return admit("read", fd) ? NEXT(read_fn *, read, fd, buffer, cut(size)) : -1;
}

ssize_t write(int fd, const void *buffer, size_t size)
{
    return admit("write", fd) ? NEXT(write_fn *, write, fd, buffer, cut(size)) : -1;
}

ssize_t pread64(int fd, void *buffer, size_t size, off64_t offset)
{
    return admit("pread", fd) ? NEXT(pread_fn *, pread64, fd, buffer, cut(size), offset) : -1;
}

ssize_t pwrite64(int fd, const void *buffer, size_t size, off64_t offset)
{
    return admit("pwrite", fd) ? NEXT(pwrite_fn *, pwrite64, fd, buffer, cut(size), offset) : -1;
}

ssize_t readv(int fd, const struct iovec *iov, int count)
{
    const struct iovec start = cut_vector(iov, count);

    return admit("readv", fd) ? NEXT(vector_fn *, readv, fd, &start, 1) : -1;
}

ssize_t writev(int fd, const struct iovec *iov, int count)
{
    const struct iovec start = cut_vector(iov, count);

    return admit("writev", fd) ? NEXT(vector_fn *, writev, fd, &start, 1) : -1;
}

ssize_t preadv64(int fd, const struct iovec *iov, int count, off64_t offset)
{
    const struct iovec start = cut_vector(iov, count);

    return admit("preadv", fd) ? NEXT(positioned_vector_fn *, preadv64, fd, &start, 1, offset) : -1;
}

ssize_t pwritev64(int fd, const struct iovec *iov, int count, off64_t offset)
{
    const struct iovec start = cut_vector(iov, count);

    return admit("pwritev", fd) ? NEXT(positioned_vector_fn *, pwritev64, fd, &start, 1, offset)
                                : -1;
}

ssize_t preadv64v2(int fd, const struct iovec *iov, int count, off64_t offset, int flags)
{
    const struct iovec start = cut_vector(iov, count);
    static atomic_ulong cached;

    if ((flags & RWF_NOWAIT) && eagain_every && ++cached % eagain_every == 0) {
        postponed++;
        errno = EAGAIN;
        return -1;
    }
    return admit("preadv2", fd)
               ? NEXT(flagged_vector_fn *, preadv64v2, fd, &start, 1, offset, flags)
               : -1;
}

/* Counted on its own: a call, its EAGAIN and the poll() after it would go round in step. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    static atomic_ulong polls;

    if (eintr_every && ++polls % eintr_every == 0) {
        interrupted++;
        errno = EINTR;
        return -1;
    }
    return NEXT(poll_fn *, poll, fds, count, timeout);
}
