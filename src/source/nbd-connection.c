/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "segment/escape.h"
#include "source/nbd-internal.h"

/* What one call of block status can ask for, in blocks of any size that libnbd allows. */
#define EXTENTS_AT_ONCE ((uint64_t)1 << 31)

char *connection_told(const struct libnbd *libnbd)
{
    const char *text = libnbd->get_error();
    text = text ? text : "no reason is known";
    const char *behind = g_str_has_prefix(text, "nbd_") ? strstr(text, ": ") : NULL;
    text = behind ? behind + 2 : text;
    g_autoptr(GString) shown = g_string_new(NULL);
    escape(shown, text, strlen(text));
    return g_strdup(shown->str);
}

void connection_close(struct connection *connection)
{
    if (connection->handle) {
        connection->export->nbd->libnbd.close(connection->handle);
        connection->handle = NULL;
        connection->ready = false;
    }
}

/* One request on its way. */
struct parcel {
    struct remote_request *request;
    struct connection *connection;
    uint64_t got;    /* REMOTE_READ: bytes that came, or are known to be zeros */
    bool is_sending; /* libnbd has yet to return from taking it */
};

static void end_request(struct parcel *parcel, int problem)
{
    if (!parcel->request->done) {
        parcel->request->problem = problem;
        parcel->request->done = true;
        parcel->connection->under_way--;
    }
}

static int on_answer(void *data, int *error)
{
    struct parcel *parcel = data;
    struct remote_request *request = parcel->request;
    const bool lacks = request->verb == REMOTE_READ
                           ? parcel->got != request->length
                           : request->verb == REMOTE_EXTENTS && request->extents->len == 0;
    end_request(parcel, *error == 0 && lacks ? EPROTO : *error);
    /* libnbd need not keep it; but 1.14 looks at it once more when the connection ends while it is
     * sent. Then it stays until the handle is closed. */
    return parcel->is_sending ? 0 : 1;
}

static void free_parcel(void *data)
{
    end_request(data, ECONNRESET); /* closed before it was answered */
    g_free(data);
}

static int on_chunk(void *data, const void *bytes, size_t count, uint64_t offset, unsigned status,
                    int *error)
{
    struct parcel *parcel = data;
    (void)bytes;
    (void)offset;
    (void)error;
    parcel->got += status == LIBNBD_CHUNK_DATA || status == LIBNBD_CHUNK_HOLE ? count : 0;
    return 0;
}

static int on_extents(void *data, const char *context, uint64_t offset, uint32_t *entries,
                      size_t count, int *error)
{
    struct parcel *parcel = data;
    (void)offset;
    (void)error;
    if (strcmp(context, LIBNBD_ALLOCATION) != 0) {
        return 0;
    }
    for (size_t i = 0; i + 1 < count; i += 2) {
        const struct remote_extent extent = {
            .length = entries[i],
            .zeros = entries[i + 1] & LIBNBD_EXTENT_IS_ZERO,
        };
        if (extent.length > 0) {
            g_array_append_val(parcel->request->extents, extent);
        }
    }
    return 0;
}

bool connection_send(struct connection *connection, struct remote_request *request)
{
    const struct libnbd *libnbd = &connection->export->nbd->libnbd;
    struct parcel *parcel = g_new0(struct parcel, 1);
    *parcel = (struct parcel){ .request = request, .connection = connection, .is_sending = true };
    const struct libnbd_completion answered = { on_answer, parcel, free_parcel };
    const struct libnbd_chunk chunk = { .callback = on_chunk, .user_data = parcel };
    const struct libnbd_extents extents = { .callback = on_extents, .user_data = parcel };
    int64_t cookie = -1;
    request->done = false;
    request->problem = 0;
    connection->under_way++;
    switch (request->verb) {
    case REMOTE_READ:
        cookie = libnbd->aio_pread_structured(connection->handle, request->bytes,
                                              (size_t)request->length, request->offset, chunk,
                                              answered, 0);
        break;
    case REMOTE_EXTENTS:
        g_array_set_size(request->extents, 0);
        cookie = libnbd->aio_block_status(connection->handle, MIN(request->length, EXTENTS_AT_ONCE),
                                          request->offset, extents, answered, 0);
        break;
    case REMOTE_WRITE:
        cookie = libnbd->aio_pwrite(connection->handle, request->bytes, (size_t)request->length,
                                    request->offset, answered, 0);
        break;
    case REMOTE_ZERO:
        cookie =
            libnbd->aio_zero(connection->handle, request->length, request->offset, answered, 0);
        break;
    case REMOTE_FLUSH:
        cookie = libnbd->aio_flush(connection->handle, answered, 0);
        break;
    }
    if (cookie < 0) {
        return false; /* it was ended by free_parcel() */
    }
    parcel->is_sending = false;
    return true;
}

static struct nbd_handle *start_handle(const struct nbd *nbd, const char *uri)
{
    const struct libnbd *libnbd = &nbd->libnbd;
    struct nbd_handle *handle = libnbd->create();
    /* Whether all that went well is asked of the state of the handle. */
    (void)(handle &&
           (nbd->options.no_extents || libnbd->add_meta_context(handle, LIBNBD_ALLOCATION) == 0) &&
           libnbd->set_uri_allow_local_file(handle, true) == 0 &&
           libnbd->set_opt_mode(handle, true) == 0 && libnbd->aio_connect_uri(handle, uri) == 0);
    return handle;
}

struct connection *connection_add(struct export *export)
{
    struct connection *connection = g_new0(struct connection, 1);
    connection->export = export;
    connection->handle = start_handle(export->nbd, export->uri);
    g_ptr_array_add(export->connections, connection);
    return connection;
}

bool connection_is_over(const struct libnbd *libnbd, struct nbd_handle *handle)
{
    return libnbd->aio_is_dead(handle) > 0 || libnbd->aio_is_closed(handle) > 0;
}

static int on_export(void *data, int *error)
{
    struct connection *connection = data;
    connection->refusal = *error;
    return 1;
}

/* Asks for the export once the server has introduced itself: so it is seen who fails. */
void connection_shake_hands(struct connection *connection)
{
    const struct libnbd *libnbd = &connection->export->nbd->libnbd;
    if (!connection->asked && libnbd->aio_is_negotiating(connection->handle) > 0) {
        const struct libnbd_completion answered = { .callback = on_export,
                                                    .user_data = connection };
        connection->asked = true;
        (void)libnbd->aio_opt_go(connection->handle, answered); /* else it is over */
    }
    connection->ready = connection->ready || libnbd->aio_is_ready(connection->handle) > 0;
}

bool connection_failed(const struct connection *connection)
{
    return connection->refusal != 0 ||
           connection_is_over(&connection->export->nbd->libnbd, connection->handle);
}

void connection_notify(struct connection *connection, short events)
{
    const struct libnbd *libnbd = &connection->export->nbd->libnbd;
    const unsigned direction = libnbd->aio_get_direction(connection->handle);
    if ((events & (POLLIN | POLLHUP | POLLERR)) && (direction & LIBNBD_READS)) {
        connection->export->heard = g_get_monotonic_time();
        (void)libnbd->aio_notify_read(connection->handle); /* look_after() sees how that ended */
    } else if ((events & (POLLOUT | POLLHUP | POLLERR)) && (direction & LIBNBD_WRITES)) {
        (void)libnbd->aio_notify_write(connection->handle);
    }
}
