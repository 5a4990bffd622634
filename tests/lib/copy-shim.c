/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What shim.c does, for the calls by which the kernel moves bytes: copy_file_range() and splice().
 * Told by SHIM_MOST and SHIM_EINTR as well; COPY_SHIM_LOG=FILE gets a line "CALLS".
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned long calls;

static unsigned long number_of(const char *variable, unsigned long otherwise)
{
    const char *value = getenv(variable);

    return value ? strtoul(value, NULL, 10) : otherwise;
}

__attribute__((destructor)) static void shim_end(void)
{
    const char *path = getenv("COPY_SHIM_LOG");
    FILE *log = path ? fopen(path, "a") : NULL;

    if (log) {
        fprintf(log, "%lu\n", calls);
        fclose(log);
    }
}

/* How much of `size` bytes shall be moved; 0: the call is interrupted. */
static size_t admit(size_t size)
{
    const unsigned long every = number_of("SHIM_EINTR", 0);
    const size_t most = number_of("SHIM_MOST", size);

    calls++;
    return every && calls % every == 0 ? 0 : size < most ? size : most;
}

typedef ssize_t move_fn(int, off64_t *, int, off64_t *, size_t, unsigned);

static ssize_t move(const char *name, int from, off64_t *in, int to, off64_t *out, size_t size,
                    unsigned flags)
{
    const size_t admitted = admit(size);

    if (admitted == 0) {
        errno = EINTR;
        return -1;
    }
    return ((move_fn *)dlsym(RTLD_NEXT, name))(from, in, to, out, admitted, flags);
}

ssize_t copy_file_range(int from, off64_t *in, int to, off64_t *out, size_t size, unsigned flags)
{
    return move("copy_file_range", from, in, to, out, size, flags);
}

ssize_t splice(int from, off64_t *in, int to, off64_t *out, size_t size, unsigned flags)
{
    return move("splice", from, in, to, out, size, flags);
}
