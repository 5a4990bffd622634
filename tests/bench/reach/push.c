/* SPDX-License-Identifier: GPL-2.0-or-later */
/* push map|read|sendfile|splice FILE [ADDRESS]: the file into a socket, a port of 127.0.0.1 or the
 * path of a unix socket; or to standard output. */
#include "reach.h"

#include <netinet/in.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/un.h>

#define STAGE ((size_t)1024 * 1024)

static int connect_to(const char *address)
{
    const int port = atoi(address);
    struct sockaddr_in inet = { .sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr = { htonl(INADDR_LOOPBACK) } };
    struct sockaddr_un path = { .sun_family = AF_UNIX };
    strncpy(path.sun_path, address, sizeof(path.sun_path) - 1);
    const int fd = socket(port > 0 ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int most = 4 * 1024 * 1024;
    if (port == 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &most, sizeof(most));
    }
    must((port > 0 ? connect(fd, (struct sockaddr *)&inet, sizeof(inet))
                   : connect(fd, (struct sockaddr *)&path, sizeof(path))) == 0,
         address);
    return fd;
}

static void push_read(int from, int to)
{
    char *stage = page_aligned(STAGE);
    for (ssize_t n; (n = read(from, stage, STAGE)) != 0;) {
        must(n > 0, "read");
        write_all(to, stage, (size_t)n);
    }
}

static void push_mapped(const char *name, int to)
{
    const struct text file = map_file(name);
    for (size_t at = 0; at < file.size; at += STAGE) {
        const size_t size = file.size - at < STAGE ? file.size - at : STAGE;
        (void)madvise((void *)(uintptr_t)(file.bytes + at), size, MADV_POPULATE_READ);
        write_all(to, file.bytes + at, size);
    }
}

static void push_by_kernel(const char *way, int from, int to)
{
    ssize_t n;
    do {
        n = strcmp(way, "splice") == 0 ? splice(from, NULL, to, NULL, STAGE, 0)
                                       : sendfile(to, from, NULL, STAGE);
        must(n >= 0, way);
    } while (n > 0);
}

int main(int argc, char **argv)
{
    const char *way = argument(argc, argv, 1);
    const char *name = argument(argc, argv, 2);
    const int to = argc > 3 ? connect_to(argv[3]) : STDOUT_FILENO;
    (void)fcntl(to, F_SETPIPE_SZ, STAGE); /* else it is no pipe */
    if (strcmp(way, "read") == 0) {
        push_read(open_file(name), to);
    } else if (strcmp(way, "map") == 0) {
        push_mapped(name, to);
    } else {
        push_by_kernel(way, open_file(name), to);
    }
    if (argc > 3) { /* until the peer has taken all of it */
        char end;
        must(shutdown(to, SHUT_WR) == 0, "shutdown");
        must(read(to, &end, 1) == 0, "read");
    }
    return 0;
}
