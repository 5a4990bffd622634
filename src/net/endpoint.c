/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/vm_sockets.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "net/look-up.h"
#include "segment/error.h"
#include "segment/escape.h"

static struct endpoint unix_endpoint(const struct address *address)
{
    struct endpoint endpoint = { .family = AF_UNIX, .type = address_socket_type(address) };
    struct sockaddr_un *name = (struct sockaddr_un *)(void *)&endpoint.address;
    name->sun_family = AF_UNIX;
    memcpy(name->sun_path, address->path, address->path_length);
    size_t length = address->path_length;
    if (address->abstract) {
        name->sun_path[0] = '\0';
    } else {
        length++; /* the NUL, which is there */
    }
    endpoint.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return endpoint;
}

static struct endpoint vsock_endpoint(const struct address *address)
{
    struct endpoint endpoint = { .family = AF_VSOCK, .type = address_socket_type(address) };
    struct sockaddr_vm *name = (struct sockaddr_vm *)(void *)&endpoint.address;
    name->svm_family = AF_VSOCK;
    name->svm_cid = address->has_cid ? address->cid : VMADDR_CID_LOCAL;
    name->svm_port = address->vsock_port;
    endpoint.length = sizeof(*name);
    return endpoint;
}

static bool name_error(const struct address *address, int code, GError **error)
{
    const char *problem = code == EAI_SYSTEM ? g_strerror(errno) : gai_strerror(code);
    g_autofree char *lower = g_strdup(problem);
    lower[0] = g_ascii_tolower(lower[0]);
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_PEER, "%s: cannot look up '%s': %s",
                address->shown, address->host ? address->host : address->port, lower);
    return false;
}

static bool look_up(const struct address *address, int family, int64_t deadline,
                    struct addrinfo **list, GError **error)
{
    struct addrinfo hints = {
        .ai_family = !address->host && family == AF_UNSPEC ? AF_INET : family,
        .ai_socktype = address_socket_type(address),
        .ai_flags = AI_NUMERICHOST,
    };
    const int code = getaddrinfo(address->host, address->port, &hints, list);
    if (code != EAI_NONAME || !address->host) {
        return code == 0 || name_error(address, code, error);
    }
    hints.ai_flags = 0;
    const int found = look_up_by(address->host, address->port, &hints, deadline, list);
    if (found == LOOK_UP_LATE) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_TIME,
                    "%s: '%s' could not be looked up in time", address->shown, address->host);
        return false;
    }
    return found == 0 || name_error(address, found, error);
}

static bool add_hosts(GArray *endpoints, const struct address *address, int family,
                      int64_t deadline, GError **error)
{
    struct addrinfo *list = NULL;
    if (!look_up(address, family, deadline, &list, error)) {
        return false;
    }
    for (const struct addrinfo *row = list; row; row = row->ai_next) {
        struct endpoint endpoint = {
            .length = row->ai_addrlen,
            .family = row->ai_family,
            .type = row->ai_socktype,
        };
        memcpy(&endpoint.address, row->ai_addr, row->ai_addrlen);
        g_array_append_val(endpoints, endpoint);
    }
    freeaddrinfo(list);
    return true;
}

GArray *endpoints_find(const struct address *address, int family, int64_t deadline, GError **error)
{
    g_autoptr(GArray) endpoints = g_array_new(FALSE, FALSE, sizeof(struct endpoint));
    struct endpoint only;
    switch (address->kind) {
    case ADDRESS_TCP:
    case ADDRESS_UDP:
        return add_hosts(endpoints, address, family, deadline, error) ? g_steal_pointer(&endpoints)
                                                                      : NULL;
    case ADDRESS_UNIX:
    case ADDRESS_UNIX_DGRAM:
    case ADDRESS_UNIX_SEQPACKET:
        only = unix_endpoint(address);
        break;
    case ADDRESS_VSOCK:
        only = vsock_endpoint(address);
        break;
    case ADDRESS_FD:
        g_assert_not_reached();
    }
    g_array_append_val(endpoints, only);
    return g_steal_pointer(&endpoints);
}

int endpoint_socket(const struct endpoint *endpoint)
{
    return socket(endpoint->family, endpoint->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static void describe_host(GString *out, const struct endpoint *endpoint)
{
    char host[NI_MAXHOST];
    char port[NI_MAXSERV];
    const int code = getnameinfo(endpoint_name(endpoint), endpoint->length, host, sizeof(host),
                                 port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
    g_assert(code == 0);
    g_string_append_printf(out, endpoint->family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static void describe_path(GString *out, const struct endpoint *endpoint)
{
    const struct sockaddr_un *name = (const struct sockaddr_un *)(const void *)&endpoint->address;
    const size_t size = endpoint->length - offsetof(struct sockaddr_un, sun_path);
    if (size > 0 && name->sun_path[0] == '\0') {
        g_string_append_c(out, '@');
        escape_exact(out, name->sun_path + 1, size - 1);
    } else {
        escape_exact(out, name->sun_path, strnlen(name->sun_path, size));
    }
}

void endpoint_describe(GString *out, enum address_kind kind, const struct endpoint *endpoint)
{
    const struct sockaddr_vm *vsock = (const struct sockaddr_vm *)(const void *)&endpoint->address;
    g_string_append(out, address_scheme((unsigned)kind, NULL)); /* rows are in the order of kinds */
    switch (endpoint->family) {
    case AF_INET:
    case AF_INET6:
        describe_host(out, endpoint);
        break;
    case AF_UNIX:
        describe_path(out, endpoint);
        break;
    case AF_VSOCK:
        g_string_append_printf(out, "%" PRIu32 ":%" PRIu32, vsock->svm_cid, vsock->svm_port);
        break;
    default:
        break;
    }
}
