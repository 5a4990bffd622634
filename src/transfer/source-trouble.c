/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/source-trouble.h"

#include <errno.h>

#include "core/page-buffer.h"
#include "core/restart.h"

#define CHUNK (256u * 1024u)
#define LEAST 4096u

bool source_is_device_trouble(int problem)
{
    return problem == EIO || problem == ENODATA || problem == EREMOTEIO || problem == EILSEQ ||
           problem == ETIMEDOUT;
}

/* A read that fails may have passed some pages that can be read: less is asked for then. */
int source_find_trouble(int fd, uint64_t *offset, uint64_t length)
{
    g_autoptr(PageBuffer) bytes = page_buffer_new(CHUNK);
    const uint64_t end = *offset + length;
    size_t most = CHUNK;
    while (*offset < end) {
        const size_t size = (size_t)MIN(end - *offset, (uint64_t)most);
        const ssize_t n = restart_pread(fd, bytes, size, (off_t)*offset);
        if (n < 0 && most == LEAST) {
            return errno;
        }
        if (n == 0) {
            return 0;
        }
        if (n < 0) {
            most = LEAST;
        } else {
            *offset += (uint64_t)n;
        }
    }
    return 0;
}
