/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "core/iov.h"
#include "transfer/receiver-internal.h"

#define DATAGRAMS_AT_ONCE 32u
#define DATAGRAM_MAX 65536u

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
    /* One byte of room: under qemu-user, a message that has no element at all is a bad address. */
    uint8_t first;
    struct iovec room = { &first, sizeof(first) };
    struct msghdr message = {
        .msg_iov = &room,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
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

static bool check_length(const struct receiver *receiver, uint64_t length, GError **error)
{
    const uint64_t left = receiver->wants.length == SEGMENT_TO_END
                              ? SEGMENT_TO_END
                              : receiver->wants.length - receiver->bytes;
    const uint64_t room = MIN(receiver_message_room(receiver), left);
    return length <= room ||
           receiver_error(receiver, error,
                          "a message of %" PRIu64 " bytes would be truncated: there is room "
                          "for %" PRIu64,
                          length, room);
}

/* A message that was taken whole. */
static bool keep_message(struct receiver *receiver, const uint8_t *bytes, size_t length,
                         GError **error)
{
    receiver_saw(receiver, bytes, length);
    if (!receiver_write(receiver, bytes, length, error)) {
        return false;
    }
    receiver_end_message(receiver);
    receiver->done = receiver->done || receiver->bytes == receiver->wants.length;
    return true;
}

/* One message of any length: it is looked at before it is taken. */
static bool take_one(struct receiver *receiver, GError **error)
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
    if (!receiver_reserve(receiver, (size_t)length)) {
        return receiver_error(receiver, error, "a message of %zd bytes: not enough memory", length);
    }
    const struct iovec iov = { receiver->buffer, (size_t)length };
    const ssize_t n = length > 0 ? iov_recv(receiver->fd, &iov, 1, 0, (size_t)length)
                                 : recv(receiver->fd, NULL, 0, MSG_DONTWAIT);
    if (n < 0) {
        return receiver_failed(receiver, error);
    }
    return n == length ? keep_message(receiver, receiver->buffer, (size_t)n, error)
                       : receiver_error(receiver, error, "somebody else receives from it as well");
}

/*
 * Datagrams of UDP are no longer than 64 KiB, so many are taken at once, no more than are wanted.
 * One at a time, each looked at first, more are lost: with 300 of 512 bytes sent at once to a
 * socket with the default buffer, half of them were.
 */
static bool take_many(struct receiver *receiver, GError **error)
{
    struct iovec iov[DATAGRAMS_AT_ONCE];
    struct mmsghdr messages[DATAGRAMS_AT_ONCE];
    const uint64_t left = receiver->wants.count - receiver->messages;
    const bool exact = receiver->wants.length != SEGMENT_TO_END;
    const unsigned most = exact ? 1 : (unsigned)MIN(left, (uint64_t)DATAGRAMS_AT_ONCE);
    if (!receiver_reserve(receiver, (size_t)most * DATAGRAM_MAX)) {
        return receiver_error(receiver, error, "not enough memory");
    }
    memset(messages, 0, sizeof(messages));
    for (unsigned i = 0; i < most; i++) {
        iov[i] = (struct iovec){ receiver->buffer + (size_t)i * DATAGRAM_MAX, DATAGRAM_MAX };
        messages[i].msg_hdr.msg_iov = &iov[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int taken = recvmmsg(receiver->fd, messages, most, MSG_DONTWAIT, NULL);
    if (taken < 0) {
        return receiver_failed(receiver, error);
    }
    for (int i = 0; i < taken; i++) {
        g_assert(!(messages[i].msg_hdr.msg_flags & MSG_TRUNC));
        if (!check_length(receiver, messages[i].msg_len, error) ||
            !keep_message(receiver, iov[i].iov_base, messages[i].msg_len, error)) {
            return false;
        }
    }
    return true;
}

bool receiver_take_message(struct receiver *receiver, GError **error)
{
    return receiver->wants.is_udp ? take_many(receiver, error) : take_one(receiver, error);
}
