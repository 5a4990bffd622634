/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/remote.h"

#include <errno.h>
#include <inttypes.h>

#include "segment/error.h"

void remote_wait(struct remote *remote, const struct remote_request *request)
{
    while (!request->done) {
        remote->operations->pump(remote);
    }
}

static char *with_detail(const char *what, const char *detail)
{
    return detail ? g_strdup_printf("%s: %s", what, detail) : g_strdup(what);
}

/* An answer of the server, rather than what became of a request that it never answered. */
static bool is_answer(const struct remote *remote, const struct remote_request *request)
{
    if (!request || request->problem == 0) {
        return false;
    }
    switch (request->problem) {
    case ENOTCONN:
    case ECONNRESET:
    case ESHUTDOWN:
    case EPROTO:
        return remote->trouble == REMOTE_FINE;
    default:
        return true;
    }
}

int remote_explain(const struct remote *remote, const struct remote_request *request,
                   char **message)
{
    switch (is_answer(remote, request) ? REMOTE_FINE : remote->trouble) {
    case REMOTE_FINE:
        break;
    case REMOTE_LOST:
        *message = with_detail("the connection was lost", remote->told);
        return IOVTOOL_ERROR_PEER;
    case REMOTE_SILENT:
        *message = with_detail("the server does not answer", remote->told);
        return IOVTOOL_ERROR_TIME;
    case REMOTE_INTERRUPTED:
        *message = g_strdup("interrupted");
        return IOVTOOL_ERROR_SOURCE;
    }
    if (request->problem == EPROTO) { /* no server says that: its answer was not one */
        *message = g_strdup_printf("the server gave no proper answer at %" PRIu64, request->offset);
        return IOVTOOL_ERROR_PEER;
    }
    if (request->verb == REMOTE_FLUSH) {
        *message = g_strdup_printf("the server cannot flush: %s", g_strerror(request->problem));
        return IOVTOOL_ERROR_SOURCE;
    }
    *message = g_strdup_printf("the server says at %" PRIu64 ": %s", request->offset,
                               g_strerror(request->problem));
    return IOVTOOL_ERROR_SOURCE;
}
