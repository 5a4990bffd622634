/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/framing.h"

#include <inttypes.h>

#include "segment/describe.h"
#include "segment/error.h"

const char *const framing_words[] = { "none", "be16", "be32", "le16", "le32", "lf", NULL };

unsigned framing_prefix_size(enum framing framing)
{
    switch (framing) {
    case FRAMING_NONE:
    case FRAMING_LF:
        return 0;
    case FRAMING_BE16:
    case FRAMING_LE16:
        return 2;
    case FRAMING_BE32:
    case FRAMING_LE32:
        return 4;
    }
    g_assert_not_reached();
}

uint64_t framing_longest(enum framing framing)
{
    const unsigned size = framing_prefix_size(framing);
    return size ? (UINT64_C(1) << (8 * size)) - 1 : UINT64_MAX;
}

/* Where byte `i` of the prefix, counted from its lowest, stands. */
static unsigned place_of(enum framing framing, unsigned i)
{
    const bool big_endian = framing == FRAMING_BE16 || framing == FRAMING_BE32;
    return big_endian ? framing_prefix_size(framing) - 1 - i : i;
}

void framing_encode(enum framing framing, uint64_t length, uint8_t *prefix)
{
    for (unsigned i = 0; i < framing_prefix_size(framing); i++) {
        prefix[place_of(framing, i)] = (uint8_t)(length >> (8 * i));
    }
}

uint64_t framing_decode(enum framing framing, const uint8_t *prefix)
{
    uint64_t length = 0;
    for (unsigned i = 0; i < framing_prefix_size(framing); i++) {
        length |= (uint64_t)prefix[place_of(framing, i)] << (8 * i);
    }
    return length;
}

static bool append_literal(struct vector *framed, const uint8_t *bytes, size_t length,
                           GError **error)
{
    const struct segment segment = {
        .kind = SEGMENT_BYTES,
        .bytes = vector_keep(framed, bytes, length),
        .length = length,
    };
    return vector_append(framed, &segment, error);
}

static bool frame_error(const struct segment *segment, const char *problem, enum framing framing,
                        GError **error)
{
    g_autoptr(GString) name = g_string_new(NULL);
    segment_describe_short(name, segment);
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE, "%s: %s %s", name->str, problem,
                framing_words[framing]);
    return false;
}

static bool append_prefix(struct vector *framed, const struct segment *segment,
                          enum framing framing, enum slice_shortage shortage, GError **error)
{
    uint8_t prefix[FRAMING_PREFIX_MAX];
    const bool may_end_early = shortage == SLICE_ALLOW_SHORT && segment->kind == SEGMENT_STREAM;
    if (segment_open_ended(segment) || may_end_early) {
        return frame_error(segment, "the length is not known beforehand, as it must be for",
                           framing, error);
    }
    if (segment->length > framing_longest(framing)) {
        g_autofree char *problem =
            g_strdup_printf("%" PRIu64 " bytes are too many for a frame of", segment->length);
        return frame_error(segment, problem, framing, error);
    }
    framing_encode(framing, segment->length, prefix);
    return append_literal(framed, prefix, framing_prefix_size(framing), error);
}

static bool append_framed(struct vector *framed, const struct segment *segment,
                          enum framing framing, enum slice_shortage shortage, GError **error)
{
    if (framing_prefix_size(framing) > 0 &&
        !append_prefix(framed, segment, framing, shortage, error)) {
        return false;
    }
    return vector_append(framed, segment, error) &&
           (framing != FRAMING_LF || append_literal(framed, (const uint8_t *)"\n", 1, error));
}

struct vector *vector_framed(const struct vector *vector, enum framing framing,
                             enum slice_shortage shortage, GError **error)
{
    if (vector->pending_skip > 0 || vector->pending_limit != SEGMENT_TO_END) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE,
                    "which segments a slice of a stream of unknown length has is not known before "
                    "it ends, so they cannot be framed");
        return NULL;
    }
    struct vector *framed = vector_new();
    for (size_t i = 0; i < vector_count(vector); i++) {
        if (!append_framed(framed, vector_segment(vector, i), framing, shortage, error)) {
            vector_free(framed);
            return NULL;
        }
    }
    return framed;
}
