/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/address.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "segment/escape.h"
#include "segment/problem.h"
#include "segment/size.h"

#define PORT_MAX 65535u

typedef bool parse_function(const char *text, struct address *address, struct problem *problem);

struct scheme {
    const char *prefix;
    enum address_kind kind;
    parse_function *parse;
    const char *help;
};

static bool parse_number(const char *text, size_t length, uint64_t limit, uint64_t *value,
                         struct problem *problem)
{
    const char *what;
    size_t column;
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isdigit(text[i])) {
            return problem_set(problem, "not a decimal digit", text + i, QUOTE_CHARACTER);
        }
    }
    return size_parse_up_to(text, length, limit, value, &column, &what) ||
           problem_set(problem, what, text + column - 1, QUOTE_NUMBER);
}

/* A number, or a name of letters, digits and "-" that starts with a letter (RFC 6335, section 5.1;
 * the few that start with a digit are left out). */
static bool parse_port(const char *text, struct address *address, struct problem *problem)
{
    uint64_t number;
    if (!*text) {
        return problem_set(problem, "port expected", text, QUOTE_NOTHING);
    }
    if (g_ascii_isdigit(*text)) {
        if (!parse_number(text, strlen(text), PORT_MAX, &number, problem)) {
            return false;
        }
    } else if (!g_ascii_isalpha(*text)) {
        return problem_set(problem, "not a port", text, QUOTE_CHARACTER);
    } else {
        const size_t name = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-");
        if (text[name]) {
            return problem_set(problem, "not a port", text + name, QUOTE_CHARACTER);
        }
    }
    address->port = g_strdup(text);
    return true;
}

/* The same number stands for another host on each network that this one is connected to. */
static bool needs_zone(const struct in6_addr *number)
{
    return IN6_IS_ADDR_LINKLOCAL(number) || IN6_IS_ADDR_MC_NODELOCAL(number) ||
           IN6_IS_ADDR_MC_LINKLOCAL(number);
}

/* "[" IPv6 [ "%" ZONE ] "]". *end is what follows. */
static bool parse_bracketed(const char *text, struct address *address, const char **end,
                            struct problem *problem)
{
    struct in6_addr number;
    const char *close = strchr(text, ']');
    if (!close) {
        return problem_set(problem, "']' expected", text + strlen(text), QUOTE_NOTHING);
    }
    address->host = g_strndup(text + 1, (size_t)(close - text) - 1);
    g_autofree char *bare = g_strndup(address->host, strcspn(address->host, "%"));
    if (inet_pton(AF_INET6, bare, &number) != 1) {
        return problem_set(problem, "not an IPv6 address", text + 1, QUOTE_NOTHING);
    }
    const char *zone = strchr(address->host, '%');
    if (needs_zone(&number) && !(zone && zone[1])) {
        return problem_set(problem, "a link-local address needs a zone, as in [fe80::1%eth0]",
                           close, QUOTE_NOTHING);
    }
    *end = close + 1;
    return true;
}

static bool parse_host(const char *text, struct address *address, const char **end,
                       struct problem *problem)
{
    if (*text == '[') {
        return parse_bracketed(text, address, end, problem);
    }
    for (const char *at = text; *at && *at != ':'; at++) {
        if (g_ascii_isspace(*at) || g_ascii_iscntrl(*at) || strchr("@/[]", *at)) {
            return problem_set(problem, "not part of a host", at, QUOTE_CHARACTER);
        }
    }
    const size_t length = strcspn(text, ":");
    address->host = length ? g_strndup(text, length) : NULL;
    *end = text + length;
    return true;
}

/* The port behind the ':' at `colon` of a host that starts at `host`. */
static bool parse_port_after(const char *host, const char *colon, struct address *address,
                             struct problem *problem)
{
    if (*host != '[' && strchr(colon + 1, ':')) {
        return problem_set(problem, "an IPv6 address goes in brackets", host, QUOTE_NOTHING);
    }
    return parse_port(colon + 1, address, problem);
}

static bool parse_host_port(const char *text, struct address *address, struct problem *problem)
{
    const char *end;
    if (!parse_host(text, address, &end, problem)) {
        return false;
    }
    if (*end != ':') {
        return problem_set(problem, "':' and a port expected", end, QUOTE_CHARACTER);
    }
    return parse_port_after(text, end, address, problem);
}

static bool parse_path(const char *text, struct address *address, struct problem *problem)
{
    const size_t length = strlen(text);
    address->abstract = text[0] == '@';
    if (length == (address->abstract ? 1 : 0)) {
        return problem_set(problem, address->abstract ? "name expected" : "path expected",
                           text + length, QUOTE_NOTHING);
    }
    if (length > ADDRESS_PATH_MAX) {
        return problem_set(problem, "the path of a socket has at most 107 bytes",
                           text + ADDRESS_PATH_MAX, QUOTE_NOTHING);
    }
    address->path = g_strdup(text);
    address->path_length = length;
    return true;
}

static bool parse_vsock(const char *text, struct address *address, struct problem *problem)
{
    const char *colon = strchr(text, ':');
    uint64_t number;
    if (!colon) {
        return problem_set(problem, "':' and a port expected", text + strlen(text), QUOTE_NOTHING);
    }
    address->has_cid = colon > text;
    if (address->has_cid) {
        if (!parse_number(text, (size_t)(colon - text), UINT32_MAX, &number, problem)) {
            return false;
        }
        address->cid = (uint32_t)number;
    }
    if (!colon[1]) {
        return problem_set(problem, "port expected", colon + 1, QUOTE_NOTHING);
    }
    if (!parse_number(colon + 1, strlen(colon + 1), UINT32_MAX, &number, problem)) {
        return false;
    }
    address->vsock_port = (uint32_t)number;
    return true;
}

static bool parse_fd(const char *text, struct address *address, struct problem *problem)
{
    uint64_t number;
    if (!*text) {
        return problem_set(problem, "number expected", text, QUOTE_NOTHING);
    }
    if (!parse_number(text, strlen(text), INT_MAX, &number, problem)) {
        return false;
    }
    address->fd = (int)number;
    return true;
}

static const struct scheme schemes[] = {
    { "tcp:", ADDRESS_TCP, parse_host_port, "HOST:PORT" },
    { "udp:", ADDRESS_UDP, parse_host_port, "HOST:PORT" },
    { "unix:", ADDRESS_UNIX, parse_path, "PATH or @NAME of a stream socket" },
    { "unix-dgram:", ADDRESS_UNIX_DGRAM, parse_path, "PATH or @NAME of a datagram socket" },
    { "unix-seqpacket:", ADDRESS_UNIX_SEQPACKET, parse_path,
      "PATH or @NAME of a seqpacket socket" },
    { "vsock:", ADDRESS_VSOCK, parse_vsock, "CID:PORT" },
    { "fd:", ADDRESS_FD, parse_fd, "an inherited socket" },
};

const char *address_scheme(unsigned index, const char **help)
{
    if (index >= G_N_ELEMENTS(schemes)) {
        return NULL;
    }
    if (help) {
        *help = schemes[index].help;
    }
    return schemes[index].prefix;
}

static struct address *address_new(enum address_kind kind, const char *word)
{
    struct address *address = g_new0(struct address, 1);
    g_autoptr(GString) shown = g_string_new(NULL);
    escape(shown, word, strlen(word));
    address->kind = kind;
    address->shown = g_strdup(shown->str);
    return address;
}

static struct address *fail(struct address *address, const struct problem *problem,
                            const char *word, GError **error)
{
    problem_report(problem, word, strlen(word), error);
    address_free(address);
    return NULL;
}

struct address *address_parse(const char *word, GError **error)
{
    struct problem problem;
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        const struct scheme *scheme = &schemes[i];
        if (!g_str_has_prefix(word, scheme->prefix)) {
            continue;
        }
        struct address *address = address_new(scheme->kind, word);
        return scheme->parse(word + strlen(scheme->prefix), address, &problem)
                   ? address
                   : fail(address, &problem, word, error);
    }
    problem_set(&problem,
                "an address starts with tcp: udp: unix: unix-dgram: unix-seqpacket: vsock: or fd:",
                word, QUOTE_NOTHING);
    return fail(NULL, &problem, word, error);
}

static bool parse_near_end(const struct address *target, const char *word, struct address *address,
                           struct problem *problem)
{
    const char *end;
    switch (target->kind) {
    case ADDRESS_TCP:
    case ADDRESS_UDP:
        if (!parse_host(word, address, &end, problem)) {
            return false;
        }
        if (*end == ':') {
            return parse_port_after(word, end, address, problem);
        }
        address->port = g_strdup("0");
        return *end == '\0' || problem_set(problem, "':' expected", end, QUOTE_CHARACTER);
    case ADDRESS_UNIX_DGRAM:
        return parse_path(word, address, problem);
    case ADDRESS_UNIX:
    case ADDRESS_UNIX_SEQPACKET:
    case ADDRESS_VSOCK:
    case ADDRESS_FD:
        break;
    }
    return problem_set(problem, "only tcp, udp and unix-dgram have a source", word, QUOTE_NOTHING);
}

struct address *address_parse_source(const struct address *target, const char *word, GError **error)
{
    struct problem problem;
    struct address *address = address_new(target->kind, word);
    return parse_near_end(target, word, address, &problem) ? address
                                                           : fail(address, &problem, word, error);
}

int address_socket_type(const struct address *address)
{
    switch (address->kind) {
    case ADDRESS_TCP:
    case ADDRESS_UNIX:
    case ADDRESS_VSOCK:
        return SOCK_STREAM;
    case ADDRESS_UDP:
    case ADDRESS_UNIX_DGRAM:
        return SOCK_DGRAM;
    case ADDRESS_UNIX_SEQPACKET:
        return SOCK_SEQPACKET;
    case ADDRESS_FD:
        return 0;
    }
    g_assert_not_reached();
}

void address_free(struct address *address)
{
    if (address) {
        g_free(address->shown);
        g_free(address->host);
        g_free(address->port);
        g_free(address->path);
        g_free(address);
    }
}
