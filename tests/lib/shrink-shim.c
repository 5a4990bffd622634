/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cuts a file while it is copied: the file SHRINK_FILE becomes SHRINK_SIZE bytes long at the first
 * lseek() that looks for data, before that or, with SHRINK_AFTER set, after it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void shrink(void)
{
    static int done;
    const char *path = getenv("SHRINK_FILE");

    if (path && !done && truncate(path, atol(getenv("SHRINK_SIZE"))) != 0) {
        perror(path);
        abort();
    }
    done = 1;
}

static off_t seek(int fd, off_t offset, int whence)
{
    const int after = getenv("SHRINK_AFTER") != NULL;
    off_t result;

    if (whence == SEEK_DATA && !after) {
        shrink();
    }
    result = syscall(SYS_lseek, fd, offset, whence);
    if (whence == SEEK_DATA && after) {
        shrink();
    }
    return result;
}

off_t lseek(int fd, off_t offset, int whence)
{
    return seek(fd, offset, whence);
}

off64_t lseek64(int fd, off64_t offset, int whence)
{
    return seek(fd, offset, whence);
}
