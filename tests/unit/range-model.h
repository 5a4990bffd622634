/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ranges of the segment language, and which bytes each of them asks for, byte by byte. Sources:
 * files, streams and literals are to agree on that.
 */
#ifndef IOVTOOL_TESTS_RANGE_MODEL_H
#define IOVTOOL_TESTS_RANGE_MODEL_H

#include <glib.h>
#include <inttypes.h>

#include "segment/spec.h"

struct range_case {
    struct range range;
    char text[32];
};

/*
 * What the range asks of a source of `size` bytes: those from `start` up to `stop`, wherever that
 * is.
 */
struct asked {
    int64_t start;
    int64_t stop;
    bool backward; /* always, whatever the size: refused before the source is looked at */
};

static inline struct asked ask(const struct range *range, int64_t size)
{
    const int64_t start = (int64_t)range->start;
    const int64_t end = (int64_t)range->end;
    struct asked asked = { .start = range->start_from_end ? size - start : start, .stop = size };

    if (range->form == RANGE_LENGTH) {
        asked.stop = asked.start + end;
    } else if (range->form == RANGE_UNTIL) {
        asked.stop = range->end_from_end ? size - end : end;
        asked.backward = range->start_from_end == range->end_from_end && asked.stop < asked.start;
    }
    return asked;
}

static inline bool lies_inside(const struct asked *asked, int64_t size)
{
    return asked->start >= 0 && asked->start <= asked->stop && asked->stop <= size;
}

static inline void append_asked(GByteArray *out, const struct asked *asked, const void *bytes,
                                int64_t size, bool zeros)
{
    for (int64_t i = asked->start; i < asked->stop; i++) {
        const bool exists = i >= 0 && i < size;
        const uint8_t byte = exists ? ((const uint8_t *)bytes)[i] : 0;

        if (exists || zeros) {
            g_byte_array_append(out, &byte, 1);
        }
    }
}

static inline void add_range(GArray *ranges, enum range_form form, int start, int end)
{
    struct range_case range_case = { .range = { .form = form,
                                                .start_from_end = start < 0,
                                                .end_from_end = form == RANGE_UNTIL && end < 0,
                                                /* -1 stands for -0, -2 for -1, and so on */
                                                .start = (uint64_t)(start < 0 ? -start - 1 : start),
                                                .end = (uint64_t)(end < 0 ? -end - 1 : end) } };
    const struct range *range = &range_case.range;
    const char *start_sign = range->start_from_end ? "-" : "";
    const char *end_sign = range->end_from_end ? "-" : "";

    if (form == RANGE_FROM) {
        g_snprintf(range_case.text, sizeof(range_case.text), "@%s%" PRIu64, start_sign,
                   range->start);
    } else if (form != RANGE_ALL) {
        g_snprintf(range_case.text, sizeof(range_case.text), "@%s%" PRIu64 "%s%s%" PRIu64,
                   start_sign, range->start, form == RANGE_LENGTH ? "+" : "..", end_sign,
                   range->end);
    }
    g_array_append_val(ranges, range_case);
}

/*
 * All ranges of these numbers, counted from the start and from the end; a GArray of struct
 * range_case.
 */
static inline GArray *ranges_of(const int *numbers, int count)
{
    GArray *ranges = g_array_new(FALSE, FALSE, sizeof(struct range_case));

    add_range(ranges, RANGE_ALL, 0, 0);
    for (int i = 0; i < 2 * count; i++) {
        const int start = i < count ? numbers[i] : -numbers[i - count] - 1;

        add_range(ranges, RANGE_FROM, start, 0);
        for (int j = 0; j < count; j++) {
            add_range(ranges, RANGE_UNTIL, start, numbers[j]);
            add_range(ranges, RANGE_UNTIL, start, -numbers[j] - 1);
            add_range(ranges, RANGE_LENGTH, start, numbers[j]);
        }
    }
    return ranges;
}

static inline GArray *ranges_up_to(int limit)
{
    g_autofree int *numbers = g_new(int, (gsize)limit + 1);

    for (int i = 0; i <= limit; i++) {
        numbers[i] = i;
    }
    return ranges_of(numbers, limit + 1);
}

#endif
