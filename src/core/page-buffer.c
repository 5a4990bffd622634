/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/page-buffer.h"

#include <stdlib.h>

PageBuffer *page_buffer_try_new(size_t size)
{
    void *buffer = NULL;
    return posix_memalign(&buffer, PAGE_BUFFER_ALIGNMENT, MAX(size, 1u)) == 0 ? buffer : NULL;
}

PageBuffer *page_buffer_new(size_t size)
{
    PageBuffer *buffer = page_buffer_try_new(size);
    if (!buffer) {
        g_error("no memory for a buffer of %zu bytes", size);
    }
    return buffer;
}

void page_buffer_free(PageBuffer *buffer)
{
    free(buffer);
}
