/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/restart.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/descriptor-limit.h"

int restart_open(const char *path, int flags, mode_t mode)
{
    int fd;
    do {
        fd = open(path, flags, mode);
    } while (fd < 0 && (errno == EINTR || (errno == EMFILE && descriptor_limit_raise())));
    return fd;
}

int restart_ftruncate(int fd, off_t size)
{
    int result;
    do {
        result = ftruncate(fd, size);
    } while (result != 0 && errno == EINTR);
    return result;
}

int restart_fsync(int fd)
{
    int result;
    do {
        result = fsync(fd);
    } while (result != 0 && errno == EINTR);
    return result;
}

int restart_syncfs(int fd)
{
    int result;
    do {
        result = syncfs(fd);
    } while (result != 0 && errno == EINTR);
    return result;
}

int restart_fallocate(int fd, int mode, off_t offset, off_t length)
{
    int result;
    do {
        result = fallocate(fd, mode, offset, length);
    } while (result != 0 && errno == EINTR);
    return result;
}

ssize_t restart_pread(int fd, void *to, size_t length, off_t offset)
{
    ssize_t got;
    do {
        got = pread(fd, to, length, offset);
    } while (got < 0 && errno == EINTR);
    return got;
}

int restart_pread_full(int fd, void *to, size_t length, off_t offset, size_t *got)
{
    *got = 0;
    while (*got < length) {
        const ssize_t n = restart_pread(fd, (char *)to + *got, length - *got, offset + (off_t)*got);
        if (n <= 0) {
            return n < 0 ? errno : 0;
        }
        *got += (size_t)n;
    }
    return 0;
}

ssize_t restart_write(int fd, const void *from, size_t length)
{
    ssize_t written;
    do {
        written = write(fd, from, length);
    } while (written < 0 && errno == EINTR);
    return written;
}

ssize_t restart_pwrite(int fd, const void *from, size_t length, off_t offset)
{
    ssize_t written;
    do {
        written = pwrite(fd, from, length, offset);
    } while (written < 0 && errno == EINTR);
    return written;
}

int restart_close(int fd)
{
    const int result = close(fd);
    return result != 0 && errno == EINTR ? 0 : result;
}
