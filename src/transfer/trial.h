/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a file is better mapped or read is found out by trying. What a page in a mapping costs
 * differs by a factor of forty between machines and between page caches: comparing two files of
 * 1 GiB took 1.3 s mapped and 0.3 s read where page tables are the hypervisor's and the cache was
 * filled by small writes; and 0.3 s mapped and 0.5 s read on another machine.
 *
 * A trial brings pieces into the processor's cache, in turn one way and the other: at least
 * TRIAL_SIZE of each, and more of a mapping that is not hopeless, since one call for 2 MiB is what
 * it is good at. Two files of 1 GiB whose cache was filled by reading, one core: 0.18 s mapped,
 * 0.27 read; by trial 0.18 to 0.36 with TRIAL_SIZE alone, and 0.18 to 0.24 so (AMD EPYC).
 * The way that was faster at its best is taken for the next TRIAL_SPAN bytes; then comes another
 * trial, since a cache need not be the same all over a file.
 */
#ifndef IOVTOOL_TRANSFER_TRIAL_H
#define IOVTOOL_TRANSFER_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRIAL_SIZE ((size_t)256 * 1024)
#define TRIAL_ROUNDS 3u
#define TRIAL_SPAN ((uint64_t)256 * 1024 * 1024)

enum trial_way { TRIAL_MAP, TRIAL_READ };
#define TRIAL_WAYS 2

/* All zero: the first trial has yet to start. */
struct trial {
    uint64_t best[TRIAL_WAYS];  /* nanoseconds for TRIAL_SIZE */
    unsigned tried[TRIAL_WAYS]; /* how often */
    uint64_t since;             /* bytes since the trial ended */
};

/* The way to take for the next bytes: mapping first. */
enum trial_way trial_way(const struct trial *trial);

/* True while the next bytes are to be timed. */
bool trial_is_on(const struct trial *trial);

/* The most to map at once for it. */
size_t trial_map_size(const struct trial *trial);

/* Notes that `size` bytes took `nanoseconds` that way; a piece below TRIAL_SIZE, or outside of a
 * trial, only counts towards the next one. */
void trial_note(struct trial *trial, enum trial_way way, size_t size, uint64_t nanoseconds);

#endif
