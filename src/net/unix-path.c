/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/unix-path.h"

#include <errno.h>
#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/temporary.h"

/* The one of this process. */
static struct temporary *claimed;

/*
 * A socket at the path that no process has: what is left of one that was killed. Connecting a
 * datagram socket tells, and takes no connection from whoever listens: the kernel looks for the
 * socket first (ECONNREFUSED), and then at its type (EPROTOTYPE).
 */
static bool is_stale(const char *path, const struct endpoint *endpoint)
{
    struct stat status;
    if (lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        return false;
    }
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int result = -1;
    if (fd < 0) {
        return false;
    }
    do {
        result = connect(fd, endpoint_name(endpoint), endpoint->length);
    } while (result != 0 && errno == EINTR);
    const bool refused = result != 0 && errno == ECONNREFUSED;
    (void)close(fd);
    return refused;
}

/* On Linux bind() makes the file with the mode of the socket's own inode, less the umask. */
static int bind_path(int fd, const struct address *address, const struct endpoint *endpoint)
{
    if (!address->abstract && fchmod(fd, 0600) != 0) {
        return errno;
    }
    if (bind(fd, endpoint_name(endpoint), endpoint->length) == 0) {
        return 0;
    }
    if (errno != EADDRINUSE) {
        return errno;
    }
    if (address->abstract || !is_stale(address->path, endpoint)) {
        return EADDRINUSE;
    }
    return unlink(address->path) == 0 && bind(fd, endpoint_name(endpoint), endpoint->length) == 0
               ? 0
               : errno;
}

int unix_path_bind(int fd, const struct address *address, const struct endpoint *endpoint)
{
    sigset_t mask;
    temporary_hold(&mask);
    const int problem = bind_path(fd, address, endpoint);
    if (problem == 0 && !address->abstract) {
        g_assert(!claimed);
        claimed = temporary_note(address->path);
    }
    temporary_release(&mask);
    return problem;
}

void unix_path_remove(void)
{
    temporary_remove(claimed);
    claimed = NULL;
}
