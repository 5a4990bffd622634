/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What holds for every word, whatever it is: the fuzzer tries it with words it makes up, the unit
 * test with random ones.
 *
 * address_parse() never crashes. When it accepts a word, the word's plainest spelling parses to the
 * same value; when it refuses one, the message has three lines that a terminal can be shown, with
 * the caret under the word or just after it.
 */
#ifndef IOVTOOL_TESTS_ADDRESS_PROPERTY_H
#define IOVTOOL_TESTS_ADDRESS_PROPERTY_H

#include <inttypes.h>
#include <string.h>

#include "net/address.h"
#include "segment/error.h"
#include "segment/spec.h"

static inline char *plain_address(const struct address *address)
{
    const char *host = address->host ? address->host : "";
    const bool brackets = strchr(host, ':') != NULL;

    switch (address->kind) {
    case ADDRESS_TCP:
    case ADDRESS_UDP:
        return g_strdup_printf("%s:%s%s%s:%s", address->kind == ADDRESS_TCP ? "tcp" : "udp",
                               brackets ? "[" : "", host, brackets ? "]" : "", address->port);
    case ADDRESS_UNIX:
        return g_strconcat("unix:", address->path, NULL);
    case ADDRESS_UNIX_DGRAM:
        return g_strconcat("unix-dgram:", address->path, NULL);
    case ADDRESS_UNIX_SEQPACKET:
        return g_strconcat("unix-seqpacket:", address->path, NULL);
    case ADDRESS_VSOCK:
        return address->has_cid ? g_strdup_printf("vsock:%" PRIu32 ":%" PRIu32, address->cid,
                                                  address->vsock_port)
                                : g_strdup_printf("vsock::%" PRIu32, address->vsock_port);
    case ADDRESS_FD:
        return g_strdup_printf("fd:%d", address->fd);
    }
    g_assert_not_reached();
}

static inline void assert_same_address(const struct address *a, const struct address *b)
{
    g_assert_cmpint(a->kind, ==, b->kind);
    g_assert_cmpstr(a->host, ==, b->host);
    g_assert_cmpstr(a->port, ==, b->port);
    g_assert_cmpstr(a->path, ==, b->path);
    g_assert_cmpuint(a->path_length, ==, b->path_length);
    g_assert_cmpint(a->abstract, ==, b->abstract);
    g_assert_cmpuint(a->cid, ==, b->cid);
    g_assert_cmpint(a->has_cid, ==, b->has_cid);
    g_assert_cmpuint(a->vsock_port, ==, b->vsock_port);
    g_assert_cmpint(a->fd, ==, b->fd);
}

static inline void assert_for_terminal(const char *text)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c != '\0'; c++) {
        g_assert_true(!g_ascii_iscntrl(*c));
    }
}

static inline void check_accepted_address(const struct address *address)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *plain = plain_address(address);
    struct address *again = address_parse(plain, &error);

    g_assert_no_error(error);
    assert_same_address(address, again);
    assert_for_terminal(address->shown);
    g_assert_true(!address->path || strlen(address->path) == address->path_length);
    address_free(again);
}

static inline void check_refused_address(size_t length, const GError *error)
{
    g_auto(GStrv) lines = NULL;
    const char *column;

    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
    lines = g_strsplit(error->message, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 3);
    for (char **line = lines; *line; line++) {
        assert_for_terminal(*line);
    }
    column = g_strrstr(lines[0], "(column ");
    g_assert_nonnull(column);
    g_assert_cmpuint(g_ascii_strtoull(column + strlen("(column "), NULL, 10), <=, length + 1);
    g_assert_cmpuint(strspn(lines[2], " "), ==, strlen(lines[2]) - 1);
    g_assert_true(g_str_has_suffix(lines[2], "^"));
}

static inline void check_source(const char *target_word, const char *word)
{
    g_autoptr(GError) error = NULL;
    struct address *target = address_parse(target_word, NULL);
    struct address *source = address_parse_source(target, word, &error);

    if (source) {
        g_assert_no_error(error);
        g_assert_cmpint(source->kind, ==, target->kind);
        assert_for_terminal(source->shown);
        check_accepted_address(source);
    } else {
        check_refused_address(strlen(word), error);
    }
    address_free(source);
    address_free(target);
}

/* `word` is any text without a NUL. */
static inline void check_address(const char *word)
{
    g_autoptr(GError) error = NULL;
    struct address *address = address_parse(word, &error);

    if (address) {
        g_assert_no_error(error);
        check_accepted_address(address);
    } else {
        check_refused_address(strlen(word), error);
    }
    address_free(address);
    check_source("tcp::1", word);
    check_source("udp:localhost:1", word);
    check_source("unix-dgram:x", word);
    check_source("unix:x", word);
    check_source("fd:3", word);
}

#endif
