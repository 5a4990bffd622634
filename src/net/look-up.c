/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/look-up.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdbool.h>

#include "net/deadline.h"

/* Belongs to the thread and to who waits for it; the last of them frees it. */
struct look_up {
    GMutex mutex; /* of what follows the hints */
    GCond ended;
    char *host;
    char *port;
    struct addrinfo hints;
    bool done;
    bool abandoned;
    int code;
    int problem; /* errno */
    struct addrinfo *list;
};

static struct look_up *look_up_new(const char *host, const char *port, const struct addrinfo *hints)
{
    struct look_up *look_up = g_new0(struct look_up, 1);
    g_mutex_init(&look_up->mutex);
    g_cond_init(&look_up->ended);
    look_up->host = g_strdup(host);
    look_up->port = g_strdup(port);
    look_up->hints = *hints;
    return look_up;
}

static void look_up_free(struct look_up *look_up)
{
    g_mutex_clear(&look_up->mutex);
    g_cond_clear(&look_up->ended);
    g_free(look_up->host);
    g_free(look_up->port);
    g_free(look_up);
}

static gpointer look_up_run(gpointer data)
{
    struct look_up *look_up = data;
    struct addrinfo *list = NULL;
    const int code = getaddrinfo(look_up->host, look_up->port, &look_up->hints, &list);
    const int problem = errno;
    g_mutex_lock(&look_up->mutex);
    const bool abandoned = look_up->abandoned;
    look_up->code = code;
    look_up->problem = problem;
    look_up->list = list;
    look_up->done = true;
    g_cond_signal(&look_up->ended);
    g_mutex_unlock(&look_up->mutex);
    if (abandoned) {
        if (code == 0) {
            freeaddrinfo(list);
        }
        look_up_free(look_up);
    }
    return NULL;
}

/* Signals are for the thread that waits. */
static GThread *start(struct look_up *look_up)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    GThread *thread = g_thread_try_new("look-up", look_up_run, look_up, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return thread;
}

/* Whether it ended in time; if not, it is the thread's. */
static bool wait_until(struct look_up *look_up, int64_t deadline)
{
    bool in_time = true;
    g_mutex_lock(&look_up->mutex);
    while (!look_up->done && in_time) {
        if (deadline == DEADLINE_NEVER) {
            g_cond_wait(&look_up->ended, &look_up->mutex);
        } else {
            in_time = g_cond_wait_until(&look_up->ended, &look_up->mutex, deadline);
        }
    }
    const bool done = look_up->done;
    look_up->abandoned = !done;
    g_mutex_unlock(&look_up->mutex);
    return done;
}

int look_up_by(const char *host, const char *port, const struct addrinfo *hints, int64_t deadline,
               struct addrinfo **list)
{
    struct look_up *look_up = look_up_new(host, port, hints);
    GThread *thread = start(look_up);
    if (!thread) {
        look_up_free(look_up);
        errno = EAGAIN;
        return EAI_SYSTEM;
    }
    if (!wait_until(look_up, deadline)) {
        g_thread_unref(thread);
        return LOOK_UP_LATE;
    }
    g_thread_join(thread);
    const int code = look_up->code;
    const int problem = look_up->problem;
    *list = look_up->list;
    look_up_free(look_up);
    errno = problem;
    return code;
}
