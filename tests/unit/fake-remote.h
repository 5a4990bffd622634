/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A remote whose bytes are in memory. It answers late, in any order, and extents in any pieces; and
 * asserts what source/remote.h says of requests.
 */
#ifndef IOVTOOL_TESTS_FAKE_REMOTE_H
#define IOVTOOL_TESTS_FAKE_REMOTE_H

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "segment/files.h"
#include "source/remote.h"

#define FAKE_ZERO_RUN 8192u

struct fake_remote {
    struct remote remote;
    uint8_t *bytes;
    GPtrArray *under_way;
    GRand *random;
    guint most; /* requests at once */
    guint seen; /* the most there were */
    uint64_t read;
    uint64_t written; /* bytes of writes ... */
    uint64_t zeroed;  /* ... and of zeros */
    unsigned flushes;
    uint64_t bad;        /* a request for this byte fails with EIO; UINT64_MAX: none */
    unsigned until_lost; /* answers, then the connection ends; 0: never */
    struct file file;
};

static inline struct fake_remote *fake_of(struct remote *remote)
{
    return (struct fake_remote *)(void *)remote;
}

/* What is under way together has no order. */
static inline void fake_check_order(const struct fake_remote *fake,
                                    const struct remote_request *request)
{
    for (guint i = 0; i < fake->under_way->len; i++) {
        const struct remote_request *other = g_ptr_array_index(fake->under_way, i);
        const bool writes = request->verb >= REMOTE_WRITE || other->verb >= REMOTE_WRITE;
        const bool overlap = request->offset < other->offset + other->length &&
                             other->offset < request->offset + request->length;
        g_assert_false(writes && overlap);
        g_assert_false(request->verb == REMOTE_FLUSH);
    }
}

static inline bool fake_submit(struct remote *remote, struct remote_request *request)
{
    struct fake_remote *fake = fake_of(remote);
    const struct remote_facts *facts = &remote->facts;
    const uint64_t end = request->offset + request->length;
    g_assert_true((request->length > 0) == (request->verb != REMOTE_FLUSH));
    g_assert_cmpuint(end, <=, facts->size);
    g_assert_cmpuint(request->offset % facts->least_block, ==, 0);
    g_assert_true(end % facts->least_block == 0 || end == facts->size);
    if (remote->trouble != REMOTE_FINE || fake->under_way->len == fake->most) {
        return false;
    }
    fake_check_order(fake, request);
    g_assert_true(request->verb != REMOTE_ZERO || facts->can_zero);
    g_assert_true(request->verb != REMOTE_FLUSH || facts->can_flush);
    if (request->verb == REMOTE_WRITE) {
        g_assert_cmpuint(request->length, <=, facts->most_bytes);
        fake->written += request->length;
    } else if (request->verb == REMOTE_ZERO) {
        fake->zeroed += request->length;
    } else if (request->verb == REMOTE_READ) {
        g_assert_cmpuint(request->length, <=, facts->most_bytes);
        memset(request->bytes, 0xee, (size_t)request->length);
        fake->read += request->length;
    }
    request->done = false;
    g_ptr_array_add(fake->under_way, request);
    fake->seen = MAX(fake->seen, fake->under_way->len);
    return true;
}

static inline bool fake_is_zero(const struct fake_remote *fake, uint64_t offset)
{
    return offset / FAKE_ZERO_RUN % 3 == 1 && offset < fake->remote.facts.size;
}

/* Some of what was asked for, or a little more. */
static inline void fake_extents(struct fake_remote *fake, struct remote_request *request)
{
    uint64_t offset = request->offset;
    int runs = g_rand_int_range(fake->random, 1, 5);
    g_array_set_size(request->extents, 0);
    while (runs-- > 0 && offset < fake->remote.facts.size) {
        const uint64_t end =
            MIN(offset / FAKE_ZERO_RUN * FAKE_ZERO_RUN + FAKE_ZERO_RUN, fake->remote.facts.size);
        const struct remote_extent extent = { end - offset, fake_is_zero(fake, offset) };
        g_array_append_val(request->extents, extent);
        offset = end;
    }
}

static inline void fake_answer(struct fake_remote *fake, struct remote_request *request)
{
    const bool is_bad = request->verb != REMOTE_EXTENTS && fake->bad >= request->offset &&
                        fake->bad - request->offset < request->length;
    request->problem = is_bad ? EIO : 0;
    request->done = true;
    if (is_bad) {
        return;
    }
    switch (request->verb) {
    case REMOTE_READ:
        memcpy(request->bytes, fake->bytes + request->offset, (size_t)request->length);
        break;
    case REMOTE_EXTENTS:
        fake_extents(fake, request);
        break;
    case REMOTE_WRITE:
        memcpy(fake->bytes + request->offset, request->bytes, (size_t)request->length);
        break;
    case REMOTE_ZERO:
        memset(fake->bytes + request->offset, 0, (size_t)request->length);
        break;
    case REMOTE_FLUSH:
        fake->flushes++;
        break;
    }
}

static inline void fake_pump(struct remote *remote)
{
    struct fake_remote *fake = fake_of(remote);
    g_assert_cmpuint(fake->under_way->len, >, 0);
    if (fake->until_lost > 0 && --fake->until_lost == 0) {
        remote->trouble = REMOTE_LOST;
        while (fake->under_way->len > 0) {
            struct remote_request *request = g_ptr_array_steal_index_fast(fake->under_way, 0);
            request->problem = ENOTCONN;
            request->done = true;
        }
        return;
    }
    const guint which = (guint)g_rand_int_range(fake->random, 0, (gint32)fake->under_way->len);
    fake_answer(fake, g_ptr_array_steal_index_fast(fake->under_way, which));
}

static inline void fake_drain(struct remote *remote)
{
    while (fake_of(remote)->under_way->len > 0) {
        fake_pump(remote);
    }
}

static inline struct fake_remote *fake_new(uint64_t size, guint32 seed)
{
    static const struct remote_operations operations = { fake_submit, fake_pump, fake_drain };
    static char name[] = "fake://";
    struct fake_remote *fake = g_new0(struct fake_remote, 1);
    fake->remote.operations = &operations;
    fake->remote.facts = (struct remote_facts){
        .size = size,
        .least_block = 1,
        .good_block = 1,
        .most_bytes = 1 << 20,
        .can_zero = true,
        .can_flush = true,
    };
    fake->bytes = g_malloc0((size_t)size);
    fake->random = g_rand_new_with_seed(seed);
    for (uint64_t i = 0; i < size; i++) {
        fake->bytes[i] = fake_is_zero(fake, i) ? 0 : (uint8_t)g_rand_int(fake->random);
    }
    fake->under_way = g_ptr_array_new();
    fake->most = 7;
    fake->bad = UINT64_MAX;
    fake->file = (struct file){ .name = name, .fd = -1, .remote = &fake->remote, .size = size };
    return fake;
}

static inline void fake_free(struct fake_remote *fake)
{
    g_assert_cmpuint(fake->under_way->len, ==, 0); /* their memory may be gone */
    g_ptr_array_unref(fake->under_way);
    g_rand_free(fake->random);
    g_free(fake->bytes);
    g_free(fake);
}

#endif
