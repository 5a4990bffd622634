/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names in the file system that shall not outlive the process: sockets, files not yet in place. A
 * signal that ends the process removes them first (SIGKILL cannot), and then ends it as it would
 * have, so that the shell sees that signal. One that is ignored, as by nohup, stays so.
 *
 * A name is made and noted while these signals are held back:
 *
 *     temporary_hold(&mask);
 *     fd = open(path, O_CREAT | O_EXCL, ...);
 *     temporary = fd >= 0 ? temporary_note(path) : NULL;
 *     temporary_release(&mask);
 *
 * All of it is for a process that has one thread at that time.
 */
#ifndef IOVTOOL_CORE_TEMPORARY_H
#define IOVTOOL_CORE_TEMPORARY_H

#include <signal.h>
#include <stdbool.h>

struct temporary;

/* Hold back the signals that end the process, and let them come again. */
void temporary_hold(sigset_t *mask);
void temporary_release(const sigset_t *mask);

/* Notes what the path names now. NULL when that is nothing: somebody has removed it already. */
struct temporary *temporary_note(const char *path);

/* What was noted stays: it has its place now. NULL is nothing. */
void temporary_forget(struct temporary *temporary);

/* Removes the name, unless something else has taken its place, and forgets it. NULL is nothing. */
void temporary_remove(struct temporary *temporary);

/* Removes every noted name: for handlers of signals after which the process ends. It is
 * async-signal-safe. */
void temporary_remove_all(void);

/* True for the handler that does so on the signals above: another may take its place, and call
 * temporary_remove_all() itself. */
bool temporary_handles(void (*handler)(int));

#endif
