/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions of libnbd that are used, found by dlopen() when the first remote segment comes: so
 * that a run without one does not pay for it (libnbd brings 18 more libraries and 5 ms), and the
 * program is there where libnbd is not.
 *
 * The types are declared here rather than taken from <libnbd.h>, so that what is built does not
 * depend on what happens to be installed where it is built. libnbd keeps its ABI; and
 * tests/unit/test-libnbd.c compares every declaration with <libnbd.h>.
 */
#ifndef IOVTOOL_SOURCE_LIBNBD_H
#define IOVTOOL_SOURCE_LIBNBD_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nbd_handle;

struct libnbd_completion {
    int (*callback)(void *user_data, int *error);
    void *user_data;
    void (*free)(void *user_data);
};

struct libnbd_extents {
    int (*callback)(void *user_data, const char *context, uint64_t offset, uint32_t *entries,
                    size_t count, int *error);
    void *user_data;
    void (*free)(void *user_data);
};

struct libnbd_chunk {
    int (*callback)(void *user_data, const void *bytes, size_t count, uint64_t offset,
                    unsigned status, int *error);
    void *user_data;
    void (*free)(void *user_data);
};

enum libnbd_chunk_status { LIBNBD_CHUNK_DATA = 1, LIBNBD_CHUNK_HOLE = 2 };
enum libnbd_size { LIBNBD_LEAST_BLOCK = 0, LIBNBD_GOOD_BLOCK = 1, LIBNBD_MOST_BYTES = 2 };
enum libnbd_direction { LIBNBD_READS = 1, LIBNBD_WRITES = 2 };

#define LIBNBD_EXTENT_IS_ZERO 2u
#define LIBNBD_ALLOCATION "base:allocation"

/* Each is nbd_NAME() of libnbd, and documented there. */
struct libnbd {
    struct nbd_handle *(*create)(void);
    void (*close)(struct nbd_handle *);
    const char *(*get_error)(void);
    int (*get_errno)(void);
    const char *(*get_version)(struct nbd_handle *);
    int (*add_meta_context)(struct nbd_handle *, const char *);
    int (*set_uri_allow_local_file)(struct nbd_handle *, bool);
    int (*is_read_only)(struct nbd_handle *);
    int (*can_multi_conn)(struct nbd_handle *);
    int (*can_zero)(struct nbd_handle *);
    int (*can_flush)(struct nbd_handle *);
    int (*can_meta_context)(struct nbd_handle *, const char *);
    char *(*get_export_name)(struct nbd_handle *);
    int64_t (*get_size)(struct nbd_handle *);
    int64_t (*get_block_size)(struct nbd_handle *, int);
    int (*set_opt_mode)(struct nbd_handle *, bool);
    int (*aio_opt_go)(struct nbd_handle *, struct libnbd_completion);
    int (*aio_connect_uri)(struct nbd_handle *, const char *);
    int64_t (*aio_pread_structured)(struct nbd_handle *, void *, size_t, uint64_t,
                                    struct libnbd_chunk, struct libnbd_completion, uint32_t);
    int64_t (*aio_pwrite)(struct nbd_handle *, const void *, size_t, uint64_t,
                          struct libnbd_completion, uint32_t);
    int64_t (*aio_zero)(struct nbd_handle *, uint64_t, uint64_t, struct libnbd_completion,
                        uint32_t);
    int64_t (*aio_flush)(struct nbd_handle *, struct libnbd_completion, uint32_t);
    int64_t (*aio_block_status)(struct nbd_handle *, uint64_t, uint64_t, struct libnbd_extents,
                                struct libnbd_completion, uint32_t);
    int (*aio_disconnect)(struct nbd_handle *, uint32_t);
    int (*aio_get_fd)(struct nbd_handle *);
    unsigned (*aio_get_direction)(struct nbd_handle *);
    int (*aio_notify_read)(struct nbd_handle *);
    int (*aio_notify_write)(struct nbd_handle *);
    int (*aio_is_connecting)(struct nbd_handle *);
    int (*aio_is_negotiating)(struct nbd_handle *);
    int (*aio_is_ready)(struct nbd_handle *);
    int (*aio_is_dead)(struct nbd_handle *);
    int (*aio_is_closed)(struct nbd_handle *);
};

/* Finds the functions. Fails with IOVTOOL_ERROR_SOURCE, and a message that says what to install.
 * What was loaded stays. */
bool libnbd_load(struct libnbd *libnbd, GError **error);

/* The version of the library, loaded for that; free with g_free(). Fails as libnbd_load(). */
char *libnbd_version(GError **error);

#endif
