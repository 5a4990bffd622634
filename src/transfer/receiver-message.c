/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <sys/socket.h>

#include "core/iov.h"
#include "transfer/receiver-internal.h"

/*
 * The length of the next message, without taking it. -1 with errno; *ended: there is none, since
 * the other end has closed.
 *
 * A seqpacket socket tells an empty message and the end by the same 0, but with SO_PASSCRED every
 * message of a unix socket comes with its sender's credentials, and the end has none (unix(7)).
 */
static ssize_t next_length(const struct receiver *receiver, bool *ended)
{
    union {
        struct cmsghdr header; /* for its alignment */
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof(control) };
    const ssize_t length =
        recvmsg(receiver->fd, &message, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    *ended = length == 0 && receiver->wants.type == SOCK_SEQPACKET && !CMSG_FIRSTHDR(&message);
    return length;
}

static bool messages_ended(struct receiver *receiver, GError **error)
{
    const struct receiver_wants *wants = &receiver->wants;
    receiver->done = true;
    if (wants->count != UINT64_MAX) {
        return receiver_error(receiver, error, "ended after %" PRIu64 " of %" PRIu64 " messages",
                              receiver->messages, wants->count);
    }
    return wants->length == SEGMENT_TO_END ||
           receiver_error(receiver, error, "ended after %" PRIu64 " of %" PRIu64 " bytes",
                          receiver->bytes, wants->length);
}

static bool check_length(struct receiver *receiver, uint64_t length, GError **error)
{
    const uint64_t left = receiver->wants.length == SEGMENT_TO_END
                              ? SEGMENT_TO_END
                              : receiver->wants.length - receiver->bytes;
    const uint64_t room = MIN(receiver_message_room(receiver), left);
    if (length > room) {
        return receiver_error(receiver, error,
                              "a message of %" PRIu64 " bytes would be truncated: there is room "
                              "for %" PRIu64,
                              length, room);
    }
    return receiver_reserve(receiver, (size_t)length) ||
           receiver_error(receiver, error, "a message of %" PRIu64 " bytes: not enough memory",
                          length);
}

bool receiver_take_message(struct receiver *receiver, GError **error)
{
    bool ended;
    const ssize_t length = next_length(receiver, &ended);
    if (length < 0) {
        return receiver_failed(receiver, error);
    }
    if (ended) {
        return messages_ended(receiver, error);
    }
    if (!check_length(receiver, (uint64_t)length, error)) {
        return false;
    }
    const struct iovec iov = { receiver->buffer, (size_t)length };
    const ssize_t n = length > 0 ? iov_recv(receiver->fd, &iov, 1, 0, (size_t)length)
                                 : recv(receiver->fd, NULL, 0, MSG_DONTWAIT);
    if (n < 0) {
        return receiver_failed(receiver, error);
    }
    if (n != length) {
        return receiver_error(receiver, error, "somebody else receives from it as well");
    }
    receiver_saw(receiver, receiver->buffer, (size_t)n);
    if (!receiver_keep(receiver, receiver->buffer, (size_t)n, error)) {
        return false;
    }
    receiver_end_message(receiver);
    receiver->done = receiver->done || receiver->bytes == receiver->wants.length;
    return true;
}
