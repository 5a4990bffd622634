/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into a program under test, this makes its transfers as unwilling as a kernel may make
 * them at any time: short, interrupted, not ready, or failing. It is told by the environment:
 *
 *   SHIM_MOST=N          no call transfers more than N bytes, or more than one of several messages
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
#include <sys/sendfile.h>
#include <sys/socket.h>
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

/* Sockets that keep messages apart: a part of a message is not what a kernel would transfer. */
static bool keeps_messages(int fd)
{
    int type = 0;
    socklen_t size = sizeof(type);

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type != SOCK_STREAM;
}

static size_t cut_for(int fd, size_t size)
{
    return keeps_messages(fd) ? size : cut(size);
}

/* The message with an array of one element, which is kept in *start, if it may be cut. */
static struct msghdr cut_message(int fd, const struct msghdr *message, struct iovec *start)
{
    struct msghdr result = *message;

    if (!keeps_messages(fd)) {
        *start = cut_vector(message->msg_iov, (int)message->msg_iovlen);
        result.msg_iov = start;
        result.msg_iovlen = 1;
    }
    return result;
}

static unsigned cut_messages(unsigned count)
{
    return most < SIZE_MAX && count > 1 ? 1 : count;
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

/* ---- Sockets --------------------------------------------------------------------------------- */

typedef ssize_t send_fn(int, const void *, size_t, int);
typedef ssize_t sendto_fn(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
typedef ssize_t sendmsg_fn(int, const struct msghdr *, int);
typedef int sendmmsg_fn(int, struct mmsghdr *, unsigned, int);
typedef ssize_t sendfile_fn(int, int, off64_t *, size_t);
typedef ssize_t recv_fn(int, void *, size_t, int);
typedef ssize_t recvfrom_fn(int, void *, size_t, int, struct sockaddr *, socklen_t *);
typedef ssize_t recvmsg_fn(int, struct msghdr *, int);
typedef int recvmmsg_fn(int, struct mmsghdr *, unsigned, int, struct timespec *);

ssize_t send(int fd, const void *buffer, size_t size, int flags)
{
    return admit("send", fd) ? NEXT(send_fn *, send, fd, buffer, cut_for(fd, size), flags) : -1;
}

ssize_t sendto(int fd, const void *buffer, size_t size, int flags, const struct sockaddr *address,
               socklen_t length)
{
    return admit("sendto", fd)
               ? NEXT(sendto_fn *, sendto, fd, buffer, cut_for(fd, size), flags, address, length)
               : -1;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct iovec start;
    const struct msghdr most_of_it = cut_message(fd, message, &start);

    return admit("sendmsg", fd) ? NEXT(sendmsg_fn *, sendmsg, fd, &most_of_it, flags) : -1;
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    return admit("sendmmsg", fd)
               ? NEXT(sendmmsg_fn *, sendmmsg, fd, messages, cut_messages(count), flags)
               : -1;
}

ssize_t sendfile64(int fd, int from, off64_t *offset, size_t size)
{
    return admit("sendfile", fd) ? NEXT(sendfile_fn *, sendfile64, fd, from, offset, cut(size))
                                 : -1;
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    return admit("recv", fd) ? NEXT(recv_fn *, recv, fd, buffer, cut_for(fd, size), flags) : -1;
}

ssize_t recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *address,
                 socklen_t *length)
{
    return admit("recvfrom", fd) ? NEXT(recvfrom_fn *, recvfrom, fd, buffer, cut_for(fd, size),
                                        flags, address, length)
                                 : -1;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    struct iovec start;
    struct iovec *const iov = message->msg_iov;
    const size_t count = message->msg_iovlen;
    ssize_t received = -1;

    if (admit("recvmsg", fd)) {
        *message = cut_message(fd, message, &start);
        received = NEXT(recvmsg_fn *, recvmsg, fd, message, flags);
        message->msg_iov = iov;
        message->msg_iovlen = count;
    }
    return received;
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
    return admit("recvmmsg", fd)
               ? NEXT(recvmmsg_fn *, recvmmsg, fd, messages, cut_messages(count), flags, timeout)
               : -1;
}
