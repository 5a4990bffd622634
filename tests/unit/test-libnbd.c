/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The declarations of source/libnbd.h are those of <libnbd.h>, and the library has them all. */
#include <libnbd.h>

#include "source/libnbd.h"

/* As a caller passes it, a structure is the same when its members are. */
#define SAME_MEMBER(ours, theirs, member)                                                          \
    _Static_assert(offsetof(ours, member) == offsetof(theirs, member) &&                           \
                       __builtin_types_compatible_p(__typeof__(((ours *)0)->member),               \
                                                    __typeof__(((theirs *)0)->member)),            \
                   #member)

SAME_MEMBER(struct libnbd_completion, nbd_completion_callback, callback);
SAME_MEMBER(struct libnbd_completion, nbd_completion_callback, user_data);
SAME_MEMBER(struct libnbd_completion, nbd_completion_callback, free);
_Static_assert(sizeof(struct libnbd_completion) == sizeof(nbd_completion_callback), "size");

SAME_MEMBER(struct libnbd_extents, nbd_extent_callback, callback);
SAME_MEMBER(struct libnbd_extents, nbd_extent_callback, user_data);
SAME_MEMBER(struct libnbd_extents, nbd_extent_callback, free);
_Static_assert(sizeof(struct libnbd_extents) == sizeof(nbd_extent_callback), "size");

SAME_MEMBER(struct libnbd_chunk, nbd_chunk_callback, callback);
SAME_MEMBER(struct libnbd_chunk, nbd_chunk_callback, user_data);
SAME_MEMBER(struct libnbd_chunk, nbd_chunk_callback, free);
_Static_assert(sizeof(struct libnbd_chunk) == sizeof(nbd_chunk_callback), "size");

#define SAME(name)                                                                                 \
    _Static_assert(__builtin_types_compatible_p(__typeof__(((struct libnbd *)0)->name),            \
                                                __typeof__(&nbd_##name)),                          \
                   #name)

SAME(create);
SAME(close);
SAME(get_error);
SAME(get_errno);
SAME(get_version);
SAME(add_meta_context);
SAME(set_uri_allow_local_file);
SAME(is_read_only);
SAME(can_multi_conn);
SAME(can_zero);
SAME(can_flush);
SAME(can_meta_context);
SAME(get_export_name);
SAME(get_size);
SAME(get_block_size);
SAME(aio_connect_uri);
SAME(aio_disconnect);
SAME(aio_get_fd);
SAME(aio_get_direction);
SAME(aio_notify_read);
SAME(aio_notify_write);
SAME(aio_is_connecting);
SAME(aio_is_negotiating);
SAME(aio_is_ready);
SAME(set_opt_mode);
SAME(aio_is_dead);
SAME(aio_is_closed);

/* These take structures: theirs, with the members that were compared above. */
typedef int64_t theirs_pread(struct nbd_handle *, void *, size_t, uint64_t, nbd_chunk_callback,
                             nbd_completion_callback, uint32_t);
typedef int64_t theirs_pwrite(struct nbd_handle *, const void *, size_t, uint64_t,
                              nbd_completion_callback, uint32_t);
typedef int64_t theirs_zero(struct nbd_handle *, uint64_t, uint64_t, nbd_completion_callback,
                            uint32_t);
typedef int64_t theirs_flush(struct nbd_handle *, nbd_completion_callback, uint32_t);
typedef int64_t theirs_block_status(struct nbd_handle *, uint64_t, uint64_t, nbd_extent_callback,
                                    nbd_completion_callback, uint32_t);
typedef int theirs_opt_go(struct nbd_handle *, nbd_completion_callback);
_Static_assert(__builtin_types_compatible_p(theirs_opt_go, __typeof__(nbd_aio_opt_go)), "opt_go");
_Static_assert(__builtin_types_compatible_p(theirs_pread, __typeof__(nbd_aio_pread_structured)),
               "pread");
_Static_assert(__builtin_types_compatible_p(theirs_pwrite, __typeof__(nbd_aio_pwrite)), "pwrite");
_Static_assert(__builtin_types_compatible_p(theirs_zero, __typeof__(nbd_aio_zero)), "zero");
_Static_assert(__builtin_types_compatible_p(theirs_flush, __typeof__(nbd_aio_flush)), "flush");
_Static_assert(__builtin_types_compatible_p(theirs_block_status, __typeof__(nbd_aio_block_status)),
               "block_status");

_Static_assert(LIBNBD_LEAST_BLOCK == LIBNBD_SIZE_MINIMUM, "least block");
_Static_assert(LIBNBD_GOOD_BLOCK == LIBNBD_SIZE_PREFERRED, "good block");
_Static_assert(LIBNBD_MOST_BYTES == LIBNBD_SIZE_MAXIMUM, "most bytes");
_Static_assert(LIBNBD_CHUNK_DATA == LIBNBD_READ_DATA, "data");
_Static_assert(LIBNBD_CHUNK_HOLE == LIBNBD_READ_HOLE, "hole");
_Static_assert(LIBNBD_READS == LIBNBD_AIO_DIRECTION_READ, "reads");
_Static_assert(LIBNBD_WRITES == LIBNBD_AIO_DIRECTION_WRITE, "writes");
_Static_assert(LIBNBD_EXTENT_IS_ZERO == LIBNBD_STATE_ZERO, "zero");

static void test_load(void)
{
    struct libnbd libnbd;
    g_autoptr(GError) error = NULL;
    g_assert_true(libnbd_load(&libnbd, &error));
    g_assert_no_error(error);
    struct nbd_handle *handle = libnbd.create();
    g_assert_nonnull(handle);
    g_assert_cmpint(libnbd.aio_is_ready(handle), ==, 0);
    g_assert_cmpstr(libnbd.get_version(handle), !=, "");
    libnbd.close(handle);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/libnbd/load", test_load);
    return g_test_run();
}
