/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/pair.h"

#include <string.h>

/* Zeros behind the end of a side. */
static const uint8_t zeros[64 * 1024];

struct side {
    struct reader *reader;
    const struct vector *vector;
    struct window window;
    uint64_t used;  /* of the window */
    uint64_t start; /* of the latest stretch, in the window */
    bool ended;     /* the vector is: the window is one of endless zeros, or nothing */
};

struct pair {
    struct side sides[SIDES];
    unsigned flags;
    uint64_t offset;
};

struct pair *pair_new(struct reader *const readers[SIDES],
                      const struct vector *const vectors[SIDES], uint64_t start, unsigned flags)
{
    struct pair *pair = g_new0(struct pair, 1);
    pair->flags = flags;
    pair->offset = start;
    for (int i = 0; i < SIDES; i++) {
        pair->sides[i].reader = readers[i];
        pair->sides[i].vector = vectors[i];
    }
    return pair;
}

void pair_free(struct pair *pair)
{
    g_free(pair);
}

static uint64_t left(const struct side *side)
{
    return side->window.length - side->used;
}

/* The bytes at the cursor that lie in one piece of memory. */
static const uint8_t *at_cursor(const struct side *side, uint64_t *length)
{
    const struct window *window = &side->window;
    const uint64_t at = window->period ? side->used % window->period : side->used;
    *length = MIN(left(side), window->iov.iov_len - at);
    return (const uint8_t *)window->iov.iov_base + at;
}

static enum reader_status fill_side(struct side *side, GError **error)
{
    if (left(side) > 0 || side->ended) {
        return READER_WINDOW;
    }
    side->used = 0;
    const enum reader_status status = reader_next(side->reader, &side->window, error);
    if (status == READER_END) {
        side->ended = true;
        side->window.length = 0;
    }
    return status == READER_FAILED ? status : READER_WINDOW;
}

/* Both sides stand at the same place of the same file: what follows is equal, unread. */
static uint64_t same_file_ahead(const struct pair *pair)
{
    struct file_range ranges[SIDES];
    for (int i = 0; i < SIDES; i++) {
        const struct side *side = &pair->sides[i];
        if (side->ended || left(side) > 0 || !reader_at_file(side->reader, &ranges[i])) {
            return 0;
        }
    }
    const struct file *a = ranges[SIDE_A].file;
    const struct file *b = ranges[SIDE_B].file;
    const bool same = a->device == b->device && a->inode == b->inode;
    return same && ranges[SIDE_A].offset == ranges[SIDE_B].offset
               ? MIN(ranges[SIDE_A].length, ranges[SIDE_B].length)
               : 0;
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Two repetitions are equal for ever when they are for the least common multiple of their periods.
 */
static bool repeat_alike(const struct pair *pair)
{
    const struct side *a = &pair->sides[SIDE_A];
    const struct side *b = &pair->sides[SIDE_B];
    if (!a->window.period || !b->window.period) {
        return false;
    }
    const uint64_t divisor = greatest_common_divisor(a->window.period, b->window.period);
    const uint64_t common = a->window.period / divisor * b->window.period;
    uint64_t lengths[SIDES];
    const uint8_t *bytes_a = at_cursor(a, &lengths[SIDE_A]);
    const uint8_t *bytes_b = at_cursor(b, &lengths[SIDE_B]);
    return common <= MIN(lengths[SIDE_A], lengths[SIDE_B]) &&
           memcmp(bytes_a, bytes_b, (size_t)common) == 0;
}

static void advance(struct pair *pair, struct stretch *stretch, uint64_t length)
{
    stretch->offset = pair->offset;
    stretch->length = length;
    pair->offset += length;
    for (int i = 0; i < SIDES; i++) {
        struct side *side = &pair->sides[i];
        side->start = side->used;
        side->used += length;
    }
}

static void pass_same_file(struct pair *pair, struct stretch *stretch, uint64_t length)
{
    for (int i = 0; i < SIDES; i++) {
        struct side *side = &pair->sides[i];
        reader_pass(side->reader, length, &side->window);
        side->used = 0;
    }
    stretch->bytes[SIDE_A] = stretch->bytes[SIDE_B] = NULL;
    advance(pair, stretch, length);
}

static void pad_with_zeros(struct side *side)
{
    if (side->ended && left(side) == 0) {
        side->used = 0;
        side->window = (struct window){ .iov = { (void *)(uintptr_t)zeros, sizeof(zeros) },
                                        .length = UINT64_MAX,
                                        .period = 1 };
    }
}

static bool is_over(const struct pair *pair)
{
    const struct side *a = &pair->sides[SIDE_A];
    const struct side *b = &pair->sides[SIDE_B];
    return pair->flags & PAIR_ZERO_PAD ? a->ended && b->ended : a->ended || b->ended;
}

enum reader_status pair_next(struct pair *pair, struct stretch *stretch, GError **error)
{
    struct side *sides = pair->sides;
    const uint64_t same = pair->flags & PAIR_READ_ALL ? 0 : same_file_ahead(pair);
    if (same > 0) {
        pass_same_file(pair, stretch, same);
        return READER_WINDOW;
    }
    for (int i = 0; i < SIDES; i++) {
        if (fill_side(&sides[i], error) == READER_FAILED) {
            return READER_FAILED;
        }
    }
    if (is_over(pair)) {
        return READER_END;
    }
    pad_with_zeros(&sides[SIDE_A]);
    pad_with_zeros(&sides[SIDE_B]);
    if (repeat_alike(pair)) {
        stretch->bytes[SIDE_A] = stretch->bytes[SIDE_B] = NULL;
        advance(pair, stretch, MIN(left(&sides[SIDE_A]), left(&sides[SIDE_B])));
        return READER_WINDOW;
    }
    uint64_t lengths[SIDES];
    stretch->bytes[SIDE_A] = at_cursor(&sides[SIDE_A], &lengths[SIDE_A]);
    stretch->bytes[SIDE_B] = at_cursor(&sides[SIDE_B], &lengths[SIDE_B]);
    advance(pair, stretch, MIN(lengths[SIDE_A], lengths[SIDE_B]));
    return READER_WINDOW;
}

void pair_copy(const struct pair *pair, const struct stretch *stretch, int which, uint64_t ahead,
               uint8_t *to, size_t length)
{
    if (stretch->bytes[which]) {
        memcpy(to, stretch->bytes[which] + ahead, length);
        return;
    }
    const struct window *window = &pair->sides[which].window;
    const uint8_t *tile = window->iov.iov_base;
    g_assert(window->period);
    for (size_t i = 0; i < length; i++) {
        to[i] = tile[(pair->sides[which].start + ahead + i) % window->period];
    }
}

bool pair_origin(const struct pair *pair, int which, uint64_t ahead, struct origin *origin)
{
    const struct side *side = &pair->sides[which];
    if (side->ended) {
        return false;
    }
    *origin = (struct origin){ side->window.segment, side->window.within + side->start + ahead };
    return vector_settle_place(side->vector, &origin->segment, &origin->within);
}

int pair_longer(const struct pair *pair)
{
    const bool a = pair->sides[SIDE_A].ended;
    const bool b = pair->sides[SIDE_B].ended;
    return a == b ? -1 : a ? SIDE_B : SIDE_A;
}

enum reader_status pair_next_rest(struct pair *pair, int which, struct stretch *rest,
                                  GError **error)
{
    struct side *side = &pair->sides[which];
    if (fill_side(side, error) == READER_FAILED) {
        return READER_FAILED;
    }
    if (side->ended) {
        return READER_END;
    }
    *rest = (struct stretch){ .offset = pair->offset };
    rest->bytes[which] = at_cursor(side, &rest->length);
    side->start = side->used;
    side->used += rest->length;
    pair->offset += rest->length;
    return READER_WINDOW;
}

bool pair_intact(const struct pair *pair, GError **error)
{
    return reader_intact(pair->sides[SIDE_A].reader, error) &&
           reader_intact(pair->sides[SIDE_B].reader, error);
}

uint64_t pair_offset(const struct pair *pair)
{
    return pair->offset;
}
