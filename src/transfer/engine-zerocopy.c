/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MSG_ZEROCOPY: the network card reads the pages of a window itself, and the kernel tells later, on
 * the error queue of the socket, that it has (Documentation/networking/msg_zerocopy.rst). A window
 * is not let go before that.
 */
#include <errno.h>
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "transfer/engine-internal.h"

bool engine_start_zerocopy(const struct engine *engine, const struct sink *sink)
{
    const int on = 1;
    return engine->job->zerocopy && sink->kind == SINK_SOCKET &&
           setsockopt(sink->fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) == 0;
}

ssize_t engine_send_zerocopy(struct engine *engine, const struct sink *sink,
                             const struct iovec *iov, unsigned count)
{
    const struct msghdr message = { .msg_iov = (struct iovec *)(uintptr_t)iov,
                                    .msg_iovlen = count };
    const ssize_t n = sendmsg(sink->fd, &message, MSG_ZEROCOPY | MSG_NOSIGNAL);
    if (n > 0) {
        engine->zerocopy.pending++;
    } else if (n < 0 && errno == ENOBUFS) { /* too many pages are held already */
        engine->zerocopy.on = false;
        errno = EINTR;
    }
    return n;
}

/* Reads what the kernel has told so far. */
static void collect(struct engine *engine, const struct sink *sink)
{
    char control[CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6))];
    for (;;) {
        struct msghdr message = { .msg_control = control, .msg_controllen = sizeof(control) };
        if (recvmsg(sink->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
            return;
        }
        const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        const struct sock_extended_err *told =
            header ? (const struct sock_extended_err *)(const void *)CMSG_DATA(header) : NULL;
        if (told && told->ee_errno == 0 && told->ee_origin == SO_EE_ORIGIN_ZEROCOPY) {
            engine->zerocopy.pending -= told->ee_data - told->ee_info + 1;
        }
    }
}

bool engine_settle_zerocopy(struct engine *engine, const struct step *step, GError **error)
{
    const struct sink *sink = &engine->job->sinks[step->sink];
    while (engine->zerocopy.pending > 0) {
        const uint32_t before = engine->zerocopy.pending;
        collect(engine, sink);
        if (engine->zerocopy.pending == before && !engine_wait_for(engine, step, 0, error)) {
            return false;
        }
    }
    return true;
}

bool engine_wait_zerocopy(struct engine *engine, const struct step *step, GError **error)
{
    /* What was told but not read would end the wait at once. */
    collect(engine, &engine->job->sinks[step->sink]);
    return engine_wait_for(engine, step, POLLOUT, error);
}
