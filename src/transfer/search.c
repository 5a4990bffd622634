/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/search.h"

#include <glib.h>
#include <string.h>

/* Pieces up to this are copied behind each other before they are searched. */
#define SMALL_PIECE 4096u

/* So much is searched for one pattern after the other while it is in the processor's cache. */
#define CACHED (128u * 1024u)

#define NO_HIT UINT64_MAX

/* One pattern, and how far the search for it has come. */
struct track {
    struct find_pattern *pattern;
    size_t length;
    uint64_t from;   /* its next hit does not start before */
    uint64_t next;   /* in the region: NO_HIT when there is none */
    bool next_known; /* else it is yet to be looked for */
};

/* The places [from, to), and the bytes up to `end` that may be looked at. Offsets in the vector. */
struct region {
    const uint8_t *bytes; /* of offset `base` on */
    uint64_t base;
    uint64_t from;
    uint64_t to;
    uint64_t end;
};

struct search {
    struct search_rules rules;
    struct track *tracks;
    size_t count;
    size_t longest;

    struct region region; /* what is being searched; ... */
    uint64_t region_end;  /* ... its `to` goes up to this, in steps */

    uint8_t *kept; /* the latest bytes, of kept_base on; at least those from `searched` on */
    uint64_t kept_base;
    size_t kept_length;
    size_t kept_size;

    uint64_t searched; /* the places before it are done with, for all patterns */
    uint64_t seen;     /* the end of the pieces so far */

    const uint8_t *piece; /* a large one, whose end is not kept yet; NULL: none */
    size_t piece_length;

    struct window rest;  /* what of the window is still to come */
    unsigned rounds;     /* pieces of it that were searched */
    bool fits_somewhere; /* in the latest of them, at any place */
};

static size_t most_kept(const struct search *search)
{
    return search->longest - 1;
}

static size_t small_piece(const struct search *search)
{
    return MAX(search->longest, SMALL_PIECE);
}

struct search *search_new(struct find_pattern *const *patterns, size_t count,
                          const struct search_rules *rules)
{
    struct search *search = g_new0(struct search, 1);
    g_assert(count > 0 && rules->align > 0);
    search->rules = *rules;
    search->count = count;
    search->tracks = g_new0(struct track, count);
    for (size_t i = 0; i < count; i++) {
        const size_t length = find_pattern_length(patterns[i]);
        search->tracks[i] = (struct track){ .pattern = patterns[i], .length = length };
        search->longest = MAX(search->longest, length);
    }
    search->kept_size = most_kept(search) + 4 * small_piece(search);
    search->kept = g_malloc(search->kept_size);
    search->kept_base = search->searched = search->seen = rules->start;
    return search;
}

void search_free(struct search *search)
{
    if (search) {
        g_free(search->kept);
        g_free(search->tracks);
        g_free(search);
    }
}

/* What was found in the region before says nothing of this one. */
static void set_region(struct search *search, const struct region *region, uint64_t region_end)
{
    search->region = *region;
    search->region_end = region_end;
    for (size_t i = 0; i < search->count; i++) {
        search->tracks[i].next_known = false;
    }
}

/* With one pattern there is nothing to take turns with. */
static bool widen_region(struct search *search)
{
    struct region region = search->region;
    const uint64_t left = search->region_end - region.to;
    if (left == 0) {
        return false;
    }
    region.from = region.to;
    region.to += search->count == 1 ? left : MIN(left, CACHED);
    set_region(search, &region, search->region_end);
    return true;
}

/* The places from `searched` up to `to`, among `length` bytes at `bytes`. */
static void search_places(struct search *search, const uint8_t *bytes, uint64_t base, size_t length,
                          uint64_t to)
{
    const uint64_t from = search->searched;
    const struct region region = { bytes, base, from, from, base + length };
    to = MAX(to, from);
    set_region(search, &region, to);
    search->searched = to;
}

static void keep_only(struct search *search, size_t length)
{
    const size_t dropped = search->kept_length - length;
    memmove(search->kept, search->kept + dropped, length);
    search->kept_base += dropped;
    search->kept_length = length;
}

static void keep(struct search *search, const uint8_t *bytes, size_t length)
{
    if (search->kept_size - search->kept_length < length) {
        keep_only(search, MIN(search->kept_length, most_kept(search)));
    }
    memcpy(search->kept + search->kept_length, bytes, length);
    search->kept_length += length;
}

/* The first place for which there are too few bytes before `end`, if the longest pattern counts. */
static uint64_t places_before(const struct search *search, uint64_t end)
{
    return end - MIN(end, most_kept(search));
}

static void search_kept(struct search *search, uint64_t to)
{
    search_places(search, search->kept, search->kept_base, search->kept_length, to);
}

/* Small: all of it is kept. Large: so much that the places before it can be searched. */
static void begin_piece(struct search *search, const uint8_t *bytes, size_t length)
{
    const uint64_t start = search->seen;
    search->seen += length;
    if (length <= small_piece(search)) {
        keep(search, bytes, length);
        search_kept(search, places_before(search, search->seen));
        return;
    }
    keep(search, bytes, most_kept(search));
    search_kept(search, start);
    search->piece = bytes;
    search->piece_length = length;
}

/* The places in a large piece, after those before it. */
static void enter_piece(struct search *search)
{
    const uint64_t start = search->seen - search->piece_length;
    const uint8_t *end = search->piece + search->piece_length;
    search_places(search, search->piece, start, search->piece_length,
                  places_before(search, search->seen));
    search->kept_length = 0;
    search->kept_base = search->seen - most_kept(search);
    keep(search, end - most_kept(search), most_kept(search));
    search->piece = NULL;
}

/* Each further round of what repeats is like the one before. */
static void pass_over_rounds(struct search *search)
{
    struct window *rest = &search->rest;
    const bool alike = rest->period > 0 && search->rounds >= 2 && !search->fits_somewhere &&
                       rest->iov.iov_len > small_piece(search);
    if (alike) {
        const uint64_t passed = rest->length - rest->length % rest->iov.iov_len;
        rest->length -= passed;
        search->seen += passed;
        search->searched += passed;
        search->kept_base += passed;
    }
}

static bool next_piece(struct search *search)
{
    struct window *rest = &search->rest;
    pass_over_rounds(search);
    if (rest->length == 0) {
        return false;
    }
    const size_t length = (size_t)MIN(rest->length, (uint64_t)rest->iov.iov_len);
    search->rounds++;
    search->fits_somewhere = false;
    rest->length -= length;
    begin_piece(search, rest->iov.iov_base, length);
    return true;
}

static bool next_region(struct search *search)
{
    if (widen_region(search)) {
        return true;
    }
    if (search->piece) {
        enter_piece(search);
        return true;
    }
    return next_piece(search);
}

void search_window(struct search *search, const struct window *window)
{
    g_assert(search->rest.length == 0 && !search->piece);
    search->rest = *window;
    search->rounds = 0;
}

void search_end(struct search *search)
{
    g_assert(search->rest.length == 0 && !search->piece);
    search_kept(search, search->seen);
}

static uint64_t align_up(uint64_t offset, uint64_t align)
{
    const uint64_t beyond = offset % align;
    return beyond == 0 ? offset : offset + (align - beyond);
}

/* The next place in the region where the pattern fits and may. */
static uint64_t find_in_region(struct search *search, const struct track *track)
{
    const struct region *region = &search->region;
    const uint64_t align = search->rules.align;
    const uint64_t places =
        region->end - region->base < track->length ? region->base : region->end - track->length + 1;
    const uint64_t to = MIN(region->to, places);
    uint64_t from = align_up(MAX(track->from, region->from), align);
    while (from < to) {
        from +=
            find_next(track->pattern, region->bytes + (from - region->base), (size_t)(to - from));
        if (from == to) {
            break;
        }
        search->fits_somewhere = true;
        if (from % align == 0) {
            return from;
        }
        from = align_up(from, align);
    }
    return NO_HIT;
}

static void take_hit(struct search *search, size_t index, struct search_hit *hit)
{
    struct track *track = &search->tracks[index];
    *hit = (struct search_hit){ track->next, track->length, index };
    track->from = track->next + (search->rules.overlapping ? 1 : track->length);
    track->next_known = false;
}

static bool hit_in_region(struct search *search, struct search_hit *hit)
{
    uint64_t first = NO_HIT;
    size_t index = 0;
    for (size_t i = 0; i < search->count; i++) {
        struct track *track = &search->tracks[i];
        if (!track->next_known) {
            track->next = find_in_region(search, track);
            track->next_known = true;
        }
        if (track->next < first) {
            first = track->next;
            index = i;
        }
    }
    if (first == NO_HIT) {
        return false;
    }
    take_hit(search, index, hit);
    return true;
}

bool search_hit(struct search *search, struct search_hit *hit)
{
    do {
        if (hit_in_region(search, hit)) {
            return true;
        }
    } while (next_region(search));
    return false;
}
