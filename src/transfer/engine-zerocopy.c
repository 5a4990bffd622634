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

#include "net/deadline.h"
#include "segment/error.h"
#include "transfer/engine-internal.h"

/* Between two looks at a connection that has failed, in microseconds. */
#define NOTICE_PAUSE 10000

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
        engine->zerocopy.deadline = deadline_in(engine->job->time_limit);
    } else if (n < 0 && errno == ENOBUFS) { /* too many pages are held already */
        engine->zerocopy.on = false;
        errno = EINTR;
    }
    return n;
}

/* Reads what the kernel has told so far. 0, or the errno of a read that failed. */
static int collect(struct engine *engine, const struct sink *sink)
{
    char control[CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6))];
    for (;;) {
        struct msghdr message = { .msg_control = control, .msg_controllen = sizeof(control) };
        if (recvmsg(sink->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return errno == EAGAIN ? 0 : errno;
        }
        const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        const struct sock_extended_err *told =
            header ? (const struct sock_extended_err *)(const void *)CMSG_DATA(header) : NULL;
        if (told && told->ee_errno == 0 && told->ee_origin == SO_EE_ORIGIN_ZEROCOPY) {
            engine->zerocopy.pending -= told->ee_data - told->ee_info + 1;
        }
    }
}

static bool sink_idle(const struct engine *engine, const struct sink *sink, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_TIME, "%s: nothing moved for %g s", sink->name,
                (double)engine->job->time_limit / 1e6);
    return false;
}

/* Takes the notices there are. What counts as something that moved begins the time limit anew. */
static bool take_notices(struct engine *engine, const struct step *step, GError **error)
{
    const uint32_t before = engine->zerocopy.pending;
    const int problem = collect(engine, &engine->job->sinks[step->sink]);
    if (engine->zerocopy.pending != before) {
        engine->zerocopy.deadline = deadline_in(engine->job->time_limit);
    }
    return problem == 0 || engine_sink_error(engine, step, problem, error);
}

/*
 * Waits for a notice, or for `events`. A connection that has failed ends each wait at once, while
 * the kernel holds the pages: it is left alone for a moment then, and as long as nothing may move.
 */
static bool wait_for_notice(struct engine *engine, const struct step *step, short events,
                            GError **error)
{
    const struct sink *sink = &engine->job->sinks[step->sink];
    const uint32_t before = engine->zerocopy.pending;
    struct pollfd look = { .fd = sink->fd, .events = events };
    if (!engine_wait_for(engine, step, events, error) || !take_notices(engine, step, error)) {
        return false;
    }
    if (engine->zerocopy.pending != before || (poll(&look, 1, 0) > 0 && (look.revents & events))) {
        return true;
    }
    if (deadline_left(engine->zerocopy.deadline) == 0) {
        return sink_idle(engine, sink, error);
    }
    g_usleep(NOTICE_PAUSE);
    return true;
}

bool engine_settle_zerocopy(struct engine *engine, const struct step *step, GError **error)
{
    while (engine->zerocopy.pending > 0) {
        const uint32_t before = engine->zerocopy.pending;
        if (!take_notices(engine, step, error) ||
            (engine->zerocopy.pending == before && !wait_for_notice(engine, step, 0, error))) {
            return false;
        }
    }
    return true;
}

bool engine_wait_zerocopy(struct engine *engine, const struct step *step, GError **error)
{
    /* What was told but not read would end the wait at once. */
    return take_notices(engine, step, error) && wait_for_notice(engine, step, POLLOUT, error);
}
