/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/find-print.h"

#include <inttypes.h>

#include "cli/json.h"
#include "segment/describe.h"

void hit_printer_open(struct hit_printer *printer)
{
    printer->any = false;
    printer->segment = 0;
    printer->at = printer->start;
    printer->word = g_string_new(NULL);
}

void hit_printer_close(struct hit_printer *printer)
{
    g_string_free(printer->word, TRUE);
}

static const struct segment *current(const struct hit_printer *printer)
{
    return vector_segment(printer->vector, printer->segment);
}

/* Hits come in order, so the segment is the latest or one near it. */
static void go_to(struct hit_printer *printer, uint64_t offset)
{
    while (offset < printer->at) {
        printer->segment--;
        printer->at -= current(printer)->length;
    }
    while (offset - printer->at >= current(printer)->length) {
        printer->at += current(printer)->length;
        printer->segment++;
    }
}

/* The part of the current segment from `offset` on, at most up to `end`. */
static struct segment cut_piece(const struct hit_printer *printer, uint64_t offset, uint64_t end)
{
    struct segment piece = *current(printer);
    segment_cut(&piece, offset - printer->at, end - offset);
    return piece;
}

struct span {
    uint64_t start;
    uint64_t end;
};

static struct span widen(const struct hit_printer *printer, const struct search_hit *hit)
{
    const uint64_t hit_end = hit->offset + hit->length;
    const uint64_t vector_end = printer->start + printer->vector->length;
    return (struct span){
        .start = hit->offset - MIN(printer->before, hit->offset - printer->start),
        .end = hit_end + MIN(printer->after, vector_end - hit_end),
    };
}

static bool print_segments(struct hit_printer *printer, const struct search_hit *hit,
                           GError **error)
{
    const struct span span = widen(printer, hit);
    for (uint64_t offset = span.start; offset < span.end;) {
        go_to(printer, offset);
        const struct segment piece = cut_piece(printer, offset, span.end);
        g_string_truncate(printer->word, 0);
        segment_describe(printer->word, &piece);
        g_string_append_c(printer->word, printer->end);
        if (!output_append(printer->output, printer->word->str, printer->word->len, error)) {
            return false;
        }
        offset += piece.length;
    }
    return true;
}

static bool print_offset(struct output *output, uint64_t offset, char end, GError **error)
{
    char text[sizeof("18446744073709551615")];
    char *start = text + sizeof(text);
    *--start = end;
    do {
        *--start = (char)('0' + offset % 10);
        offset /= 10;
    } while (offset > 0);
    return output_append(output, start, (size_t)(text + sizeof(text) - start), error);
}

static json_t *json_pieces(struct hit_printer *printer, const struct search_hit *hit)
{
    const struct span span = widen(printer, hit);
    json_t *pieces = json_array();
    for (uint64_t offset = span.start; offset < span.end;) {
        go_to(printer, offset);
        const struct segment piece = cut_piece(printer, offset, span.end);
        json_array_append_new(pieces, json_segment(&piece));
        offset += piece.length;
    }
    return pieces;
}

static bool print_json(struct hit_printer *printer, const struct search_hit *hit, GError **error)
{
    json_t *object = json_pack("{s:I, s:I, s:I}", "offset", (json_int_t)hit->offset, "length",
                               (json_int_t)hit->length, "pattern", (json_int_t)hit->pattern);
    if (!printer->vector->has_streams) {
        json_object_set_new(object, "segments", json_pieces(printer, hit));
    }
    if (printer->any && !output_append(printer->output, ",", 1, error)) {
        json_decref(object);
        return false;
    }
    return json_append(printer->output, object, error);
}

bool hit_print(struct hit_printer *printer, const struct search_hit *hit, GError **error)
{
    bool ok = true;
    switch (printer->form) {
    case HITS_NONE:
        break;
    case HITS_SEGMENTS:
        ok = print_segments(printer, hit, error);
        break;
    case HITS_OFFSETS:
        ok = print_offset(printer->output, hit->offset, printer->end, error);
        break;
    case HITS_JSON:
        ok = print_json(printer, hit, error);
        break;
    }
    printer->any = true;
    return ok;
}
