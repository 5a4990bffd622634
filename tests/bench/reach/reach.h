/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs of this folder share. They do the inner work of a job and nothing else, so that
 * it is known how much of the time the machine asks for; trouble just ends them. */
#ifndef IOVTOOL_BENCH_REACH_H
#define IOVTOOL_BENCH_REACH_H

#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct text {
    const char *bytes;
    size_t size;
};

/* A line of a list: "NAME@OFFSET+LENGTH". */
struct piece {
    uint64_t offset;
    uint64_t length;
};

static inline void must(int well, const char *what)
{
    if (!well) {
        perror(what);
        exit(1);
    }
}

static inline const char *argument(int argc, char **argv, int index)
{
    if (index >= argc) {
        fprintf(stderr, "%s: an argument is missing\n", argv[0]);
        exit(1);
    }
    return argv[index];
}

static inline int open_file(const char *name)
{
    const int fd = open(name, O_RDONLY | O_CLOEXEC);
    must(fd >= 0, name);
    return fd;
}

static inline struct text map_file(const char *name)
{
    struct stat status;
    const int fd = open_file(name);
    must(fstat(fd, &status) == 0, name);
    void *start = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
    must(start != MAP_FAILED, name);
    close(fd);
    return (struct text){ start, (size_t)status.st_size };
}

static inline void *page_aligned(size_t size)
{
    void *bytes = aligned_alloc(4096, size);
    must(bytes != NULL, "aligned_alloc");
    memset(bytes, 0, size);
    return bytes;
}

static inline void write_all(int fd, const void *bytes, size_t size)
{
    for (const char *at = bytes; size > 0;) {
        const ssize_t n = write(fd, at, size);
        must(n > 0, "write");
        at += n;
        size -= (size_t)n;
    }
}

static inline uint64_t next_number(const char **at)
{
    uint64_t number = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        number = number * 10 + (uint64_t)(**at - '0');
    }
    return number;
}

/* The name is not looked at: all lines of a list here have the same. */
static inline struct piece next_piece(const char **at)
{
    struct piece piece;
    *at = (const char *)rawmemchr(*at, '@') + 1;
    piece.offset = next_number(at);
    (*at)++;
    piece.length = next_number(at);
    (*at)++;
    return piece;
}

#endif
