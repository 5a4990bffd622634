/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/sink.h"

#include <glib.h>
#include <limits.h>
#include <unistd.h>

#include "core/iov.h"

ssize_t sink_write(const struct sink *sink, uint64_t offset, const struct iovec *iov,
                   unsigned count)
{
    const int batch = (int)MIN(count, (unsigned)IOV_MAX);
    switch (sink->kind) {
    case SINK_FILE:
        return pwritev(sink->fd, iov, batch, (off_t)offset);
    case SINK_SOCKET:
        return iov_send(sink->fd, iov, count, 0, iov_size(iov, count));
    case SINK_PIPE:
    case SINK_OTHER:
        return writev(sink->fd, iov, batch);
    case SINK_REMOTE:
        break;
    }
    g_assert_not_reached();
}
