/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/unix-path.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int signals[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };

/* Written before the handlers are set, and after they are unset. */
static char claimed[ADDRESS_PATH_MAX + 1];
static dev_t device;
static ino_t inode;

/* All of it async-signal-safe (signal-safety(7)). */
static void remove_claimed(void)
{
    struct stat status;
    if (lstat(claimed, &status) == 0 && status.st_dev == device && status.st_ino == inode) {
        (void)unlink(claimed);
    }
}

static void on_end(int number)
{
    remove_claimed();
    signal(number, SIG_DFL);
    raise(number); /* comes when the handler returns, and ends the process as it would have */
}

/* A signal that is ignored, as by nohup, stays so. */
static void handle(void (*from)(int), void (*to)(int))
{
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
        struct sigaction action;
        if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler == from) {
            memset(&action, 0, sizeof(action));
            action.sa_handler = to;
            sigaction(signals[i], &action, NULL);
        }
    }
}

static void claim(const char *path)
{
    struct stat status;
    g_assert(!claimed[0]);
    if (lstat(path, &status) != 0) {
        return; /* gone already: nothing to remove */
    }
    device = status.st_dev;
    inode = status.st_ino;
    g_strlcpy(claimed, path, sizeof(claimed));
    handle(SIG_DFL, on_end);
}

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
    const int problem = bind_path(fd, address, endpoint);
    if (problem == 0 && !address->abstract) {
        claim(address->path);
    }
    return problem;
}

void unix_path_remove(void)
{
    if (claimed[0]) {
        remove_claimed();
        handle(on_end, SIG_DFL);
        claimed[0] = '\0';
    }
}

void unix_path_abandon(void)
{
    if (claimed[0]) {
        remove_claimed();
    }
}
