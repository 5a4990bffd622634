/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls that a signal may interrupt, restarted until they end in another way. Each is the
 * call of its name, with its results and its errno, which is never EINTR.
 *
 * A signal whose action was set with SA_RESTART interrupts them all the same on some file systems:
 * tmpfs gives EINTR from fallocate(), and FUSE from nearly everything.
 */
#ifndef IOVTOOL_CORE_RESTART_H
#define IOVTOOL_CORE_RESTART_H

#include <stddef.h>
#include <sys/types.h>

/* open(), which also raises the soft limit of descriptors to the hard one when it is reached. */
int restart_open(const char *path, int flags, mode_t mode);

int restart_ftruncate(int fd, off_t size);
int restart_fsync(int fd);
int restart_syncfs(int fd);
int restart_fallocate(int fd, int mode, off_t offset, off_t length);
ssize_t restart_pread(int fd, void *to, size_t length, off_t offset);
ssize_t restart_write(int fd, const void *from, size_t length);
ssize_t restart_pwrite(int fd, const void *from, size_t length, off_t offset);

/* restart_pread() until there are `length` bytes, or the file ends, or a read fails. Returns 0 or
 * the errno of that read. *got is the number of bytes read: fewer than `length` with 0 means that
 * the file ends there. */
int restart_pread_full(int fd, void *to, size_t length, off_t offset, size_t *got);

/* close(), for which Linux has let go of the descriptor whatever it says: EINTR is no failure, and
 * calling it again might close another file. */
int restart_close(int fd);

#endif
