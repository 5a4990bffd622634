/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/nbd-internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "segment/error.h"
#include "segment/escape.h"
#include "source/farewell.h"

#define SECOND ((int64_t)G_USEC_PER_SEC)

/* A run that ends early waits so long for answers, and for the end of a connection. */
#define DRAIN_TIME (5 * SECOND)
#define DRAIN_SILENCE SECOND

/* A request for bytes is never longer than that, whatever the server takes. */
#define MOST_BYTES (32u * 1024u * 1024u)

const struct nbd_options nbd_default_options = {
    .connections = 4,
    .depth = 16,
    .timeout = 60 * SECOND,
    .connect_timeout = 60 * SECOND,
};

static const struct remote_operations nbd_operations;

static uint64_t under_way(const struct export *export)
{
    uint64_t sum = 0;
    for (guint i = 0; i < export->connections->len; i++) {
        sum += ((const struct connection *)export->connections->pdata[i])->under_way;
    }
    return sum;
}

static void set_trouble(struct export *export, enum remote_trouble trouble)
{
    struct remote *remote = &export->remote;
    if (remote->trouble != REMOTE_FINE) {
        return;
    }
    remote->trouble = trouble;
    if (trouble == REMOTE_LOST) {
        export->told = connection_told(&export->nbd->libnbd);
    } else if (trouble == REMOTE_SILENT) {
        export->told = g_strdup_printf("nothing came for %g s",
                                       (double)export->nbd->options.timeout / (double)SECOND);
    }
    remote->told = export->told;
    for (guint i = 0; trouble != REMOTE_INTERRUPTED && i < export->connections->len; i++) {
        connection_close(export->connections->pdata[i]);
    }
}

/* After something happened on it. A further connection that does not come about is no trouble: the
 * others do its work. */
static void look_after(struct connection *connection)
{
    struct export *export = connection->export;
    connection_shake_hands(connection);
    if (!connection_failed(connection)) {
        return;
    }
    if (connection->ready) {
        set_trouble(export, REMOTE_LOST);
    } else {
        export->most_connections = 1;
        connection_close(connection);
    }
}

static bool wants_poll(const struct connection *connection)
{
    return connection->handle && (!connection->ready || connection->under_way > 0);
}

static void add_poll(struct connection *connection, GArray *polls, GPtrArray *polled)
{
    const struct libnbd *libnbd = &connection->export->nbd->libnbd;
    const unsigned direction = libnbd->aio_get_direction(connection->handle);
    const struct pollfd poll = {
        .fd = libnbd->aio_get_fd(connection->handle),
        .events = (short)((direction & LIBNBD_READS ? POLLIN : 0) |
                          (direction & LIBNBD_WRITES ? POLLOUT : 0)),
    };
    g_array_append_val(polls, poll);
    g_ptr_array_add(polled, connection);
}

static int milliseconds_until(int64_t time)
{
    return (int)CLAMP((time - g_get_monotonic_time() + 999) / 1000, 0, (int64_t)G_MAXINT);
}

/* Serves every connection once, and waits for that until `time`. False: nothing happened. */
static bool serve(const struct nbd *nbd, int64_t time)
{
    g_autoptr(GArray) polls = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    g_autoptr(GPtrArray) polled = g_ptr_array_new();
    for (guint i = 0; i < nbd->exports->len; i++) {
        const struct export *export = nbd->exports->pdata[i];
        for (guint j = 0; j < export->connections->len; j++) {
            if (wants_poll(export->connections->pdata[j])) {
                add_poll(export->connections->pdata[j], polls, polled);
            }
        }
    }
    struct pollfd *poll_of = (struct pollfd *)(void *)polls->data;
    const int count = poll(poll_of, polls->len, time == INT64_MAX ? -1 : milliseconds_until(time));
    for (guint i = 0; count > 0 && i < polls->len; i++) {
        struct connection *connection = polled->pdata[i];
        if (poll_of[i].revents && connection->handle) {
            connection_notify(connection, poll_of[i].revents);
            look_after(connection);
        }
    }
    return count > 0;
}

static int64_t silent_from(const struct export *export)
{
    const uint64_t timeout = export->nbd->options.timeout;
    return timeout == 0 || timeout > (uint64_t)(INT64_MAX - export->heard)
               ? INT64_MAX
               : export->heard + (int64_t)timeout;
}

/* ---- What a remote does ---- */

/* The connection with the fewest requests under way; NULL when all have enough. */
static struct connection *choose_connection(const struct export *export)
{
    struct connection *best = NULL;
    for (guint i = 0; i < export->connections->len; i++) {
        struct connection *connection = export->connections->pdata[i];
        if (connection->ready && connection->under_way < export->nbd->options.depth &&
            (!best || connection->under_way < best->under_way)) {
            best = connection;
        }
    }
    return best;
}

static bool nbd_submit(struct remote *remote, struct remote_request *request)
{
    struct export *export = (struct export *)(void *)remote;
    if (remote->trouble == REMOTE_FINE && farewell_is_due()) {
        set_trouble(export, REMOTE_INTERRUPTED);
    }
    if (remote->trouble != REMOTE_FINE) {
        return false;
    }
    struct connection *connection = choose_connection(export);
    if (!connection) {
        if (export->connections->len < export->most_connections) {
            look_after(connection_add(export)); /* serves once its handshake is over */
        }
        return false;
    }
    if (under_way(export) == 0) {
        export->heard = g_get_monotonic_time();
    }
    if (!connection_send(connection, request)) {
        request->problem = export->nbd->libnbd.get_errno();
    }
    /* A request that is taken may end the connection as well: libnbd writes it at once. */
    if (connection_is_over(&export->nbd->libnbd, connection->handle)) {
        set_trouble(export, REMOTE_LOST);
    }
    return true;
}

static void drain_export(struct export *export)
{
    const int64_t end = g_get_monotonic_time() + DRAIN_TIME;
    while (under_way(export) > 0) {
        const int64_t until = MIN(end, g_get_monotonic_time() + DRAIN_SILENCE);
        if (!serve(export->nbd, until) && g_get_monotonic_time() >= until) {
            break;
        }
    }
    if (under_way(export) > 0) {
        set_trouble(export, REMOTE_LOST);
    }
    for (guint i = 0; under_way(export) > 0 && i < export->connections->len; i++) {
        connection_close(export->connections->pdata[i]);
    }
}

static void nbd_pump(struct remote *remote)
{
    struct export *export = (struct export *)(void *)remote;
    if (farewell_is_due()) {
        set_trouble(export, REMOTE_INTERRUPTED);
        drain_export(export);
        return;
    }
    const int64_t silent = silent_from(export);
    if (!serve(export->nbd, silent) && g_get_monotonic_time() >= silent) {
        set_trouble(export, REMOTE_SILENT);
    }
}

static void nbd_drain(struct remote *remote)
{
    drain_export((struct export *)(void *)remote);
}

static const struct remote_operations nbd_operations = {
    .submit = nbd_submit,
    .pump = nbd_pump,
    .drain = nbd_drain,
};

/* ---- Opening ---- */

static bool open_error(const struct export *export, int code, const char *what, GError **error)
{
    g_autofree char *told = connection_told(&export->nbd->libnbd);
    g_set_error(error, IOVTOOL_ERROR, code, "%s: %s: %s", export->shown, what, told);
    return false;
}

/* An answer that is about the export, rather than about how it is asked for. */
static bool is_refusal(int problem)
{
    return problem == ENOENT || problem == EPERM || problem == EACCES;
}

static bool connect_error(const struct connection *connection, GError **error)
{
    const bool refused = is_refusal(connection->refusal);
    return open_error(connection->export, refused ? IOVTOOL_ERROR_SOURCE : IOVTOOL_ERROR_PEER,
                      refused ? "the server gives no such export" : "cannot connect", error);
}

static bool time_error(const struct export *export, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_TIME,
                "%s: cannot connect: the server did not answer within %g s", export->shown,
                (double)export->nbd->options.connect_timeout / (double)SECOND);
    return false;
}

static bool interrupted(const struct export *export, GError **error)
{
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER, "%s: interrupted", export->shown);
    return false;
}

/* Waits until the first connection is ready. */
static bool await_handshake(struct export *export, struct connection *connection, GError **error)
{
    const struct nbd *nbd = export->nbd;
    const struct libnbd *libnbd = &nbd->libnbd;
    const int64_t now = g_get_monotonic_time();
    const uint64_t limit = nbd->options.connect_timeout;
    const int64_t end =
        limit == 0 || limit > (uint64_t)(INT64_MAX - now) ? INT64_MAX : now + (int64_t)limit;
    for (connection_shake_hands(connection); !connection->ready;
         connection_shake_hands(connection)) {
        if (connection_failed(connection)) {
            return connect_error(connection, error);
        }
        if (farewell_is_due()) {
            return interrupted(export, error);
        }
        struct pollfd wait = {
            .fd = libnbd->aio_get_fd(connection->handle),
            .events =
                libnbd->aio_get_direction(connection->handle) & LIBNBD_READS ? POLLIN : POLLOUT,
        };
        const int count = poll(&wait, 1, end == INT64_MAX ? -1 : milliseconds_until(end));
        if (count == 0 && g_get_monotonic_time() >= end) {
            return time_error(export, error);
        }
        if (count > 0) {
            connection_notify(connection, wait.revents);
        }
    }
    return true;
}

static uint32_t block_of(int64_t said, uint32_t otherwise, uint32_t most)
{
    return said <= 0 ? otherwise : (uint32_t)MIN(said, (int64_t)most);
}

static bool learn_facts(struct export *export, struct nbd_handle *handle, GError **error)
{
    const struct nbd *nbd = export->nbd;
    const struct libnbd *libnbd = &nbd->libnbd;
    const int64_t size = libnbd->get_size(handle);
    if (size < 0) {
        return open_error(export, IOVTOOL_ERROR_PEER, "the size of the export is not known", error);
    }
    const uint32_t least =
        block_of(libnbd->get_block_size(handle, LIBNBD_LEAST_BLOCK), 1, MOST_BYTES);
    const uint32_t good =
        block_of(libnbd->get_block_size(handle, LIBNBD_GOOD_BLOCK), least, MOST_BYTES);
    const uint32_t most =
        block_of(libnbd->get_block_size(handle, LIBNBD_MOST_BYTES), MOST_BYTES, MOST_BYTES);
    export->remote.facts = (struct remote_facts){
        .size = (uint64_t)size,
        .least_block = least,
        .good_block = MAX(good - good % least, least),
        .most_bytes = MAX(most - most % least, least),
        .tells_extents =
            !nbd->options.no_extents && libnbd->can_meta_context(handle, LIBNBD_ALLOCATION) > 0,
        .read_only = libnbd->is_read_only(handle) != 0,
        .can_zero = libnbd->can_zero(handle) > 0,
        .can_flush = libnbd->can_flush(handle) > 0,
    };
    export->most_connections =
        libnbd->can_multi_conn(handle) > 0 ? MAX(nbd->options.connections, 1u) : 1;
    return true;
}

/* One export may have several URIs: by another name of the host, by another path of the socket.
 * NULL: nothing is known. */
static char *place_of(const struct export *export, struct nbd_handle *handle)
{
    const struct libnbd *libnbd = &export->nbd->libnbd;
    struct sockaddr_storage address = { 0 };
    socklen_t length = sizeof(address);
    const int fd = libnbd->aio_get_fd(handle);
    if (getpeername(fd, (struct sockaddr *)&address, &length) != 0 ||
        length <= sizeof(address.ss_family)) {
        return NULL;
    }
    char *name = libnbd->get_export_name(handle);
    g_autoptr(GString) place = g_string_new(name);
    free(name);
    g_string_append_c(place, '@');
    for (socklen_t i = 0; i < MIN(length, sizeof(address)); i++) {
        g_string_append_printf(place, "%02x", ((const uint8_t *)&address)[i]);
    }
    return g_string_free(g_steal_pointer(&place), FALSE);
}

/* The number of the first export that is in the same place. */
static uint64_t identity_of(const struct export *export)
{
    const GPtrArray *exports = export->nbd->exports;
    for (guint i = 0; i < exports->len; i++) {
        const struct export *other = exports->pdata[i];
        if (export->place && g_strcmp0(other->place, export->place) == 0) {
            return other->remote.identity;
        }
    }
    return exports->len;
}

static void free_connection(void *data)
{
    connection_close(data);
    g_free(data);
}

static void free_export(void *data)
{
    struct export *export = data;
    g_ptr_array_unref(export->connections);
    g_free(export->uri);
    g_free(export->shown);
    g_free(export->told);
    g_free(export->place);
    g_free(export);
}

static bool connect_export(struct export *export, GError **error)
{
    const struct libnbd *libnbd = &export->nbd->libnbd;
    struct connection *connection = connection_add(export);
    if (!connection->handle) {
        return open_error(export, IOVTOOL_ERROR_SOURCE, "cannot use libnbd", error);
    }
    if (libnbd->aio_is_connecting(connection->handle) <= 0 &&
        libnbd->aio_is_negotiating(connection->handle) <= 0 &&
        libnbd->aio_is_ready(connection->handle) <= 0) {
        const bool bad_uri = libnbd->get_errno() == EINVAL;
        return open_error(export, bad_uri ? IOVTOOL_ERROR_SYNTAX : IOVTOOL_ERROR_PEER,
                          bad_uri ? "not a URI of NBD" : "cannot connect", error);
    }
    if (!await_handshake(export, connection, error) ||
        !learn_facts(export, connection->handle, error)) {
        return false;
    }
    export->place = place_of(export, connection->handle);
    export->remote.identity = identity_of(export);
    return true;
}

struct remote *nbd_open(struct nbd *nbd, const char *uri, const char *shown, GError **error)
{
    if (!nbd->loaded) {
        if (!libnbd_load(&nbd->libnbd, error)) {
            return NULL;
        }
        nbd->loaded = true;
        farewell_begin();
    }
    g_autoptr(GString) name = g_string_new(NULL);
    escape(name, shown, strlen(shown));
    struct export *export = g_new0(struct export, 1);
    *export = (struct export){
        .remote = { .operations = &nbd_operations },
        .nbd = nbd,
        .uri = g_strdup(uri),
        .shown = g_strdup(name->str),
        .connections = g_ptr_array_new_with_free_func(free_connection),
    };
    if (!connect_export(export, error)) {
        free_export(export);
        return NULL;
    }
    g_ptr_array_add(nbd->exports, export);
    return &export->remote;
}

struct nbd *nbd_new(const struct nbd_options *options)
{
    struct nbd *nbd = g_new0(struct nbd, 1);
    nbd->options = *options;
    nbd->exports = g_ptr_array_new_with_free_func(free_export);
    return nbd;
}

/* ---- Good-bye ---- */

/* True while a connection has yet to end after it was told good-bye. */
static bool is_ending(const struct nbd *nbd, const struct connection *connection)
{
    return connection->handle && connection->ready &&
           !connection_is_over(&nbd->libnbd, connection->handle);
}

/* Sends what says good-bye, and waits for the server to close. */
static void say_good_bye(const struct nbd *nbd, struct connection *connection)
{
    const int64_t end = g_get_monotonic_time() + DRAIN_SILENCE;
    if (!is_ending(nbd, connection) || nbd->libnbd.aio_disconnect(connection->handle, 0) != 0) {
        return;
    }
    while (is_ending(nbd, connection) && g_get_monotonic_time() < end) {
        struct pollfd wait = {
            .fd = nbd->libnbd.aio_get_fd(connection->handle),
            .events = nbd->libnbd.aio_get_direction(connection->handle) & LIBNBD_WRITES ? POLLOUT
                                                                                        : POLLIN,
        };
        if (poll(&wait, 1, milliseconds_until(end)) > 0) {
            connection_notify(connection, wait.revents);
        }
    }
}

void nbd_free(struct nbd *nbd)
{
    if (!nbd) {
        return;
    }
    for (guint i = 0; i < nbd->exports->len; i++) {
        struct export *export = nbd->exports->pdata[i];
        drain_export(export);
        for (guint j = 0; j < export->connections->len; j++) {
            say_good_bye(nbd, export->connections->pdata[j]);
        }
    }
    g_ptr_array_unref(nbd->exports);
    g_free(nbd);
}
