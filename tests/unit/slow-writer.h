/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that writes into a pipe, piece by piece, while the reader of that is interrupted by
 * signals: reads are short, fail with EINTR, and with EAGAIN where the pipe does not block.
 */
#ifndef IOVTOOL_TESTS_SLOW_WRITER_H
#define IOVTOOL_TESTS_SLOW_WRITER_H

#include <signal.h>
#include <sys/time.h>

#include "support.h"

struct slow_writer {
    const void *bytes;
    size_t length;
    size_t piece; /* how much is written at once */
    int fd;
    GThread *thread;
};

static inline gpointer slow_writer_run(gpointer data)
{
    const struct slow_writer *writer = data;

    for (size_t done = 0; done < writer->length;) {
        const size_t length = MIN(writer->piece, writer->length - done);

        g_usleep(300);
        write_all(writer->fd, (const uint8_t *)writer->bytes + done, length);
        done += length;
    }
    close(writer->fd);
    return NULL;
}

static inline void slow_writer_on_alarm(int number)
{
    (void)number;
}

/* Interrupts system calls every millisecond; 0: no longer. */
static inline void slow_writer_interrupt(bool on)
{
    const struct sigaction action = { .sa_handler = on ? slow_writer_on_alarm : SIG_IGN };
    const struct itimerval timer = { .it_interval.tv_usec = on ? 1000 : 0,
                                     .it_value.tv_usec = on ? 1000 : 0 };

    g_assert_cmpint(sigaction(SIGALRM, &action, NULL), ==, 0);
    g_assert_cmpint(setitimer(ITIMER_REAL, &timer, NULL), ==, 0);
}

/* The read end of the pipe becomes descriptor `to`. */
static inline void slow_writer_start(struct slow_writer *writer, int to, bool non_blocking)
{
    sigset_t alarm_only;
    sigset_t before;
    int ends[2];

    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    g_assert_cmpint(dup2(ends[0], to), ==, to);
    close(ends[0]);
    writer->fd = ends[1];
    if (non_blocking) {
        g_assert_cmpint(fcntl(to, F_SETFL, O_NONBLOCK), ==, 0);
    }
    /* the thread inherits that the signal is blocked, so that the reader gets it */
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm_only, &before);
    writer->thread = g_thread_new("writer", slow_writer_run, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    slow_writer_interrupt(true);
}

static inline void slow_writer_finish(struct slow_writer *writer)
{
    slow_writer_interrupt(false);
    g_thread_join(writer->thread);
}

#endif
