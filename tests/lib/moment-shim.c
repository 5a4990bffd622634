/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into a program under test, this lets others act at a certain moment: just before its
 * MOMENT_WHEN-th call (the first, unless that is set) of the function MOMENT_CALL it runs the shell
 * command MOMENT_DO, in which $PPID is the program, and makes the file MOMENT_LOG to say so. A
 * signal that the command sends is there before the call is. With MOMENT_NO_TMPFILE set, no file
 * system knows O_TMPFILE.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void moment(const char *call)
{
    static int count;
    const char *wanted = getenv("MOMENT_CALL");
    const char *when = getenv("MOMENT_WHEN");

    if (!wanted || strcmp(wanted, call) != 0 || ++count != (when ? atoi(when) : 1)) {
        return;
    }
    const pid_t child = vfork();
    if (child == 0) {
        char *const environment[] = { strdup("PATH=/usr/bin:/bin:/usr/sbin:/sbin"), NULL };
        execle("/bin/sh", "sh", "-c", getenv("MOMENT_DO"), NULL, environment);
        _exit(127);
    }
    int status = 1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (status != 0) {
        fprintf(stderr, "moment-shim: %s: status %d\n", getenv("MOMENT_DO"), status);
        abort();
    }
    const char *log = getenv("MOMENT_LOG");
    if (log) {
        close(creat(log, 0666));
    }
}

#define NEXT(type, name, ...) ((type)dlsym(RTLD_NEXT, #name))(__VA_ARGS__)

static int open_next(const char *name, const char *path, int flags, mode_t mode)
{
    if ((flags & O_TMPFILE) == O_TMPFILE && getenv("MOMENT_NO_TMPFILE")) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return ((int (*)(const char *, int, mode_t))dlsym(RTLD_NEXT, name))(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return open_next("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return open_next("open64", path, flags, mode);
}

int fsync(int fd)
{
    moment("fsync");
    return NEXT(int (*)(int), fsync, fd);
}

int fchmod(int fd, mode_t mode)
{
    moment("fchmod");
    return NEXT(int (*)(int, mode_t), fchmod, fd, mode);
}

int unlink(const char *path)
{
    moment("unlink");
    return NEXT(int (*)(const char *), unlink, path);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    moment("renameat2");
    return NEXT(int (*)(int, const char *, int, const char *, unsigned), renameat2, from_folder,
                from, to_folder, to, flags);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length)
{
    moment("fallocate");
    return NEXT(int (*)(int, int, off64_t, off64_t), fallocate64, fd, mode, offset, length);
}

ssize_t pwritev64(int fd, const struct iovec *iov, int count, off64_t offset)
{
    moment("pwritev");
    return NEXT(ssize_t(*)(int, const struct iovec *, int, off64_t), pwritev64, fd, iov, count,
                offset);
}

ssize_t copy_file_range(int from, off64_t *in, int to, off64_t *out, size_t size, unsigned flags)
{
    moment("copy_file_range");
    return NEXT(ssize_t(*)(int, off64_t *, int, off64_t *, size_t, unsigned), copy_file_range, from,
                in, to, out, size, flags);
}
