/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/remote-extents.h"

#include <glib.h>

/* One asks so far, and once less than half of it is known, asks again. */
#define LOOK_AHEAD ((uint64_t)1 << 31)

struct remote_extents {
    struct remote *remote;
    GArray *known; /* of struct extent: they touch, and reach from the latest offset on */
    guint passed;  /* of them */
    uint64_t known_end;
    uint64_t wanted_end; /* where the latest question ends */
    struct remote_request request;
    bool asked;
    bool cannot_tell;
};

struct remote_extents *remote_extents_new(struct remote *remote)
{
    struct remote_extents *extents = g_new0(struct remote_extents, 1);
    extents->remote = remote;
    extents->known = g_array_new(FALSE, FALSE, sizeof(struct extent));
    extents->request.extents = g_array_new(FALSE, FALSE, sizeof(struct remote_extent));
    extents->cannot_tell = !remote->facts.tells_extents;
    return extents;
}

void remote_extents_free(struct remote_extents *extents)
{
    if (!extents) {
        return;
    }
    if (extents->asked) {
        remote_wait(extents->remote, &extents->request);
    }
    g_array_unref(extents->known);
    g_array_unref(extents->request.extents);
    g_free(extents);
}

/* Appends an extent; neighbours of one kind become one. */
static void note(struct remote_extents *extents, uint64_t length, bool zeros)
{
    GArray *known = extents->known;
    struct extent *last = known->len ? &g_array_index(known, struct extent, known->len - 1) : NULL;
    length = MIN(length, extents->remote->facts.size - extents->known_end);
    if (length == 0) {
        return;
    }
    if (last && last->hole == zeros) {
        last->end += length;
    } else {
        const struct extent extent = {
            .start = extents->known_end,
            .end = extents->known_end + length,
            .hole = zeros,
        };
        g_array_append_val(known, extent);
    }
    extents->known_end += length;
}

static void take_answer(struct remote_extents *extents)
{
    const struct remote_request *request = &extents->request;
    if (!extents->asked || !request->done) {
        return;
    }
    extents->asked = false;
    if (request->problem != 0) {
        extents->cannot_tell = true; /* reading goes on, and meets real trouble again */
        return;
    }
    g_array_remove_range(extents->known, 0, extents->passed);
    extents->passed = 0;
    for (guint i = 0; i < request->extents->len; i++) {
        const struct remote_extent *extent =
            &g_array_index(request->extents, struct remote_extent, i);
        note(extents, extent->length, extent->zeros);
    }
}

static void ask(struct remote_extents *extents, uint64_t from, uint64_t end)
{
    const uint64_t block = extents->remote->facts.least_block;
    struct remote_request *request = &extents->request;
    if (extents->asked || from >= end) {
        return;
    }
    if (from > extents->known_end || extents->known->len == extents->passed) {
        g_array_set_size(extents->known, 0);
        extents->passed = 0;
        extents->known_end = from - from % block;
    }
    const uint64_t length = MIN(end - extents->known_end, LOOK_AHEAD);
    request->verb = REMOTE_EXTENTS;
    request->offset = extents->known_end;
    request->length =
        MIN((length + block - 1) / block * block, extents->remote->facts.size - request->offset);
    extents->asked = remote_submit(extents->remote, request);
}

bool remote_extents_at(struct remote_extents *extents, uint64_t offset, uint64_t end,
                       struct extent *extent)
{
    take_answer(extents);
    while (extents->passed < extents->known->len &&
           g_array_index(extents->known, struct extent, extents->passed).end <= offset) {
        extents->passed++;
    }
    *extent = (struct extent){ .start = offset, .end = end };
    if (extents->passed < extents->known->len) {
        const struct extent *found = &g_array_index(extents->known, struct extent, extents->passed);
        extent->hole = found->hole;
        extent->end = MIN(found->end, end);
        if (!extents->cannot_tell && extents->known_end - offset < LOOK_AHEAD / 2) {
            ask(extents, extents->known_end, end);
        }
        return true;
    }
    if (extents->cannot_tell || extents->remote->trouble != REMOTE_FINE) {
        return true;
    }
    ask(extents, offset, end);
    return false;
}

void remote_extents_wait(struct remote_extents *extents)
{
    if (extents->asked) {
        remote_wait(extents->remote, &extents->request);
    } else if (extents->remote->trouble == REMOTE_FINE) {
        extents->remote->operations->pump(extents->remote);
    }
}
