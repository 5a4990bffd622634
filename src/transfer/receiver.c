/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/receiver.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "core/page-buffer.h"
#include "segment/error.h"
#include "transfer/receiver-internal.h"

#define STREAM_BUFFER (256u * 1024u)

struct receiver *receiver_new(int fd, const struct receiver_wants *wants, struct scatter *scatter)
{
    struct receiver *receiver = g_new0(struct receiver, 1);
    const int on = 1;
    *receiver = (struct receiver){ .fd = fd, .wants = *wants, .scatter = scatter };
    receiver->done = wants->length == 0 || wants->count == 0;
    receiver_reserve(receiver, STREAM_BUFFER);
    if (wants->until) {
        receiver->until = pattern_new(wants->until, wants->until_length);
    }
    if (wants->type == SOCK_SEQPACKET) {
        (void)setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)); /* see receiver-message.c */
    }
    return receiver;
}

void receiver_free(struct receiver *receiver)
{
    if (receiver) {
        pattern_free(receiver->until);
        page_buffer_free(receiver->buffer);
        g_free(receiver);
    }
}

bool receiver_is_done(const struct receiver *receiver)
{
    return receiver->done;
}

uint64_t receiver_bytes(const struct receiver *receiver)
{
    return receiver->bytes;
}

uint64_t receiver_messages(const struct receiver *receiver)
{
    return receiver->messages;
}

bool receiver_reserve(struct receiver *receiver, size_t size)
{
    if (size <= receiver->buffer_size) {
        return true;
    }
    PageBuffer *buffer = page_buffer_try_new(size);
    if (!buffer) {
        return false;
    }
    page_buffer_free(receiver->buffer); /* between messages it holds nothing */
    receiver->buffer = buffer;
    receiver->buffer_size = size;
    return true;
}

bool receiver_error(const struct receiver *receiver, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *problem = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER, "%s: %s", receiver->wants.peer, problem);
    return false;
}

bool receiver_failed(const struct receiver *receiver, GError **error)
{
    return errno == EAGAIN || errno == EINTR ||
           receiver_error(receiver, error, "cannot receive: %s", g_strerror(errno));
}

void receiver_saw(struct receiver *receiver, const void *bytes, size_t length)
{
    const struct iovec iov = { (void *)(uintptr_t)bytes, length };
    if (receiver->wants.seen) {
        receiver->wants.seen(receiver->wants.context, &iov, 1, length);
    }
    receiver->bytes += length;
}

void receiver_end_message(struct receiver *receiver)
{
    receiver->messages++;
    receiver->done = receiver->messages == receiver->wants.count;
    if (receiver->wants.per_segment && receiver->scatter) {
        scatter_next_sink(receiver->scatter);
    }
}

uint64_t receiver_message_room(const struct receiver *receiver)
{
    if (!receiver->scatter) {
        return SEGMENT_TO_END;
    }
    return receiver->wants.per_segment ? scatter_sink_room(receiver->scatter)
                                       : scatter_room(receiver->scatter);
}

bool receiver_write(struct receiver *receiver, const uint8_t *bytes, size_t length, GError **error)
{
    return !receiver->scatter || scatter_write(receiver->scatter, bytes, length, error);
}

/* ---- Streams ---- */

static bool is_framed(const struct receiver *receiver)
{
    return receiver->wants.framing != FRAMING_NONE;
}

/* Where the wanted bytes end shows only when they are looked at: so they are, before being taken.
 */
static bool peeks(const struct receiver *receiver)
{
    const bool lines = receiver->wants.framing == FRAMING_LF;
    return receiver->until || (lines && receiver->wants.count != UINT64_MAX);
}

static size_t wanted(const struct receiver *receiver)
{
    uint64_t most = STREAM_BUFFER;
    if (!is_framed(receiver)) {
        most = receiver->wants.length - receiver->bytes;
    } else if (receiver->wants.framing != FRAMING_LF && receiver->wants.count != UINT64_MAX) {
        most = receiver_frame_wants(receiver);
    }
    return (size_t)MIN(most, (uint64_t)STREAM_BUFFER);
}

/* Of `length` bytes that were looked at: how many to take. */
static size_t wanted_of(struct receiver *receiver, size_t length)
{
    if (receiver->until) {
        return pattern_scan(receiver->until, receiver->buffer, length, &receiver->done);
    }
    return receiver_lines_wanted(receiver, length);
}

static bool keep_plain(struct receiver *receiver, size_t length, GError **error)
{
    const uint64_t room = receiver->scatter ? scatter_room(receiver->scatter) : SEGMENT_TO_END;
    const size_t fits = (size_t)MIN((uint64_t)length, room);
    if (!receiver_write(receiver, receiver->buffer, fits, error)) {
        return false;
    }
    if (fits < length) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                    "the destinations take %" PRIu64 " bytes, but there are more",
                    scatter_done(receiver->scatter));
        return false;
    }
    receiver->done = receiver->done || receiver->bytes == receiver->wants.length;
    return true;
}

static bool stream_ended(struct receiver *receiver, GError **error)
{
    const struct receiver_wants *wants = &receiver->wants;
    receiver->done = true;
    if (is_framed(receiver)) {
        return receiver_frames_ended(receiver, error);
    }
    if (wants->length != SEGMENT_TO_END) {
        return receiver_error(receiver, error, "ended after %" PRIu64 " of %" PRIu64 " bytes",
                              receiver->bytes, wants->length);
    }
    return !receiver->until ||
           receiver_error(receiver, error,
                          "ended after %" PRIu64 " bytes, before those that were waited for",
                          receiver->bytes);
}

/* Takes `length` bytes that were there a moment ago. */
static bool take_seen(struct receiver *receiver, size_t length, GError **error)
{
    for (size_t taken = 0; taken < length;) {
        const ssize_t n =
            recv(receiver->fd, receiver->buffer + taken, length - taken, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno == EAGAIN)) {
            return receiver_error(receiver, error, "somebody else receives from it as well");
        }
        if (n < 0 && errno != EINTR) {
            return receiver_failed(receiver, error);
        }
        taken += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* One recv(): going on after it would lose what an error finds already taken. */
static bool take_stream(struct receiver *receiver, GError **error)
{
    const bool peek = peeks(receiver);
    ssize_t n = recv(receiver->fd, receiver->buffer, wanted(receiver),
                     MSG_DONTWAIT | (peek ? MSG_PEEK : 0));
    if (n < 0) {
        return receiver_failed(receiver, error);
    }
    if (n == 0) {
        return stream_ended(receiver, error);
    }
    if (peek) {
        n = (ssize_t)wanted_of(receiver, (size_t)n);
        if (!take_seen(receiver, (size_t)n, error)) {
            return false;
        }
    }
    receiver_saw(receiver, receiver->buffer, (size_t)n);
    return is_framed(receiver) ? receiver_take_frames(receiver, (size_t)n, error)
                               : keep_plain(receiver, (size_t)n, error);
}

bool receiver_take(struct receiver *receiver, GError **error)
{
    g_assert(!receiver->done);
    return receiver->wants.type == SOCK_STREAM ? take_stream(receiver, error)
                                               : receiver_take_message(receiver, error);
}
