/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/describe.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "segment/escape.h"
#include "segment/files.h"
#include "segment/spec.h"

#define SHORT_LITERAL 16u

static void append_hex(GString *out, const uint8_t *bytes, uint64_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (uint64_t i = 0; i < length; i++) {
        g_string_append_c(out, digits[bytes[i] >> 4]);
        g_string_append_c(out, digits[bytes[i] & 15]);
    }
}

static void describe_fill(GString *out, const struct segment *segment)
{
    if (segment->period == 1 && segment->bytes[0] == 0) {
        g_string_append_printf(out, "zero:%" PRIu64, segment->length);
        return;
    }
    g_string_append(out, "fill:");
    append_hex(out, segment->bytes + segment->offset, segment->period - segment->offset);
    append_hex(out, segment->bytes, segment->offset);
    g_string_append_printf(out, "+%" PRIu64, segment->length);
}

static void append_range(GString *out, const struct segment *segment)
{
    const uint64_t base = segment->file->base;
    switch (segment->kind == SEGMENT_STREAM ? (enum stream_anchor)segment->anchor
                                            : STREAM_FROM_START) {
    case STREAM_FROM_START:
        g_string_append_printf(out, "@%" PRIu64, segment->offset - base);
        break;
    case STREAM_FROM_END:
        g_string_append_printf(out, "@-%" PRIu64, segment->offset);
        break;
    case STREAM_BUT_TAIL:
        g_string_append_printf(out, "@%" PRIu64 "..-%" PRIu64, segment->offset, segment->length);
        return;
    }
    if (segment->length != SEGMENT_TO_END) {
        g_string_append_printf(out, "+%" PRIu64, segment->length);
    }
}

/* A path that spec_parse() would take for a scheme, or that starts like an option or a comment. */
static bool needs_scheme(const char *name)
{
    const char *help;
    const char *prefix;
    if (name[0] == '-' || name[0] == '#') {
        return true;
    }
    for (unsigned i = 0; (prefix = spec_scheme(i, &help)); i++) {
        if (g_str_has_prefix(name, prefix)) {
            return true;
        }
    }
    return false;
}

/* The bare word would be refused when a file is called like the whole of it. */
static bool is_ambiguous(const struct file *file, const char *word)
{
    struct stat status;
    return !file->tails_clear && lstat(word, &status) == 0;
}

static void describe_file(GString *out, const struct segment *segment)
{
    const gsize start = out->len;
    const struct file *file = segment->file;
    g_string_append(out, file->name);
    append_range(out, segment);
    if (!file->inherited && (needs_scheme(file->name) || is_ambiguous(file, out->str + start))) {
        g_string_insert(out, (gssize)start, "file:");
    }
}

void segment_describe(GString *out, const struct segment *segment)
{
    switch ((enum segment_kind)segment->kind) {
    case SEGMENT_BYTES:
        g_string_append(out, "hex:");
        append_hex(out, segment->bytes, segment->length);
        break;
    case SEGMENT_FILL:
        describe_fill(out, segment);
        break;
    case SEGMENT_FILE:
    case SEGMENT_STREAM:
        describe_file(out, segment);
        break;
    case SEGMENT_REMOTE:
        g_string_append(out, segment->file->name);
        append_range(out, segment);
        break;
    }
}

void segment_describe_short(GString *out, const struct segment *segment)
{
    if (segment->kind == SEGMENT_BYTES && segment->length > SHORT_LITERAL) {
        g_string_append(out, "hex:");
        append_hex(out, segment->bytes, SHORT_LITERAL);
        g_string_append_printf(out, "... (%" PRIu64 " bytes)", segment->length);
        return;
    }
    if (segment->kind == SEGMENT_FILL && segment->period > SHORT_LITERAL) {
        g_string_append(out, "fill:");
        for (uint64_t i = 0; i < SHORT_LITERAL; i++) {
            append_hex(out, &segment->bytes[(segment->offset + i) % segment->period], 1);
        }
        g_string_append_printf(out, "...+%" PRIu64, segment->length);
        return;
    }
    g_autoptr(GString) word = g_string_new(NULL);
    segment_describe(word, segment);
    escape(out, word->str, word->len);
}
