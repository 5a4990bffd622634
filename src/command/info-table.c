/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/info-table.h"

#include <inttypes.h>
#include <string.h>

#include "cli/json.h"
#include "segment/describe.h"
#include "segment/error.h"
#include "transfer/extents.h"
#include "transfer/remote-extents.h"

/* One line of the answer: a segment, or an extent of one. */
struct line {
    size_t index;
    uint64_t vector_offset; /* SEGMENT_TO_END: not known, behind a stream */
    uint64_t length;        /* SEGMENT_TO_END: not known */
    struct segment segment;
    const char *extent; /* "data", "hole", or NULL */
};

typedef bool line_fn(void *context, const struct line *line, GError **error);

static const char *const kind_names[] = {
    [SEGMENT_BYTES] = "bytes",   [SEGMENT_FILL] = "fill",     [SEGMENT_FILE] = "file",
    [SEGMENT_STREAM] = "stream", [SEGMENT_REMOTE] = "remote",
};
G_STATIC_ASSERT(G_N_ELEMENTS(kind_names) == SEGMENT_KINDS);

static struct extent wait_for_extent(struct remote_extents *extents, uint64_t offset, uint64_t end)
{
    struct extent extent;
    while (!remote_extents_at(extents, offset, end, &extent)) {
        remote_extents_wait(extents);
    }
    return extent;
}

static bool remote_is_fine(const struct line *line, GError **error)
{
    const struct remote *remote = line->segment.file->remote;
    if (remote->trouble == REMOTE_FINE) {
        return true;
    }
    g_autofree char *message = NULL;
    const int code = remote_explain(remote, NULL, &message);
    file_error(line->segment.file->name, message, error);
    if (error) {
        (*error)->code = code;
    }
    return false;
}

/* One answer may end in the middle of an extent. */
static bool each_remote_extent(struct line line, line_fn *each, void *context, GError **error)
{
    struct remote_extents *extents = remote_extents_new(line.segment.file->remote);
    const uint64_t end = line.segment.offset + line.segment.length;
    uint64_t offset = line.segment.offset;
    struct extent next = wait_for_extent(extents, offset, end);
    bool ok = remote_is_fine(&line, error);
    while (ok && offset < end) {
        struct extent extent = next;
        while (extent.end < end && next.hole == extent.hole) {
            extent.end = next.end;
            if (extent.end < end) {
                next = wait_for_extent(extents, extent.end, end);
            }
        }
        line.segment.offset = offset;
        line.segment.length = line.length = extent.end - offset;
        line.extent = extent.hole ? "hole" : "data";
        ok = remote_is_fine(&line, error) && each(context, &line, error);
        line.vector_offset += line.length;
        offset = extent.end;
    }
    remote_extents_free(extents);
    return ok;
}

static bool each_extent(const struct info_view *view, struct line line, line_fn *each,
                        void *context, GError **error)
{
    struct file *file = line.segment.file;
    const uint64_t end = line.segment.offset + line.segment.length;
    uint64_t offset = line.segment.offset;
    while (offset < end) {
        const int fd = files_descriptor(view->files, file, error);
        if (fd < 0) {
            return false;
        }
        const struct extent extent = extent_at(fd, offset, end);
        line.segment.offset = offset;
        line.segment.length = line.length = extent.end - offset;
        line.extent = extent.hole ? "hole" : "data";
        if (!each(context, &line, error)) {
            return false;
        }
        line.vector_offset += line.length;
        offset = extent.end;
    }
    return true;
}

static bool each_line(const struct info_view *view, line_fn *each, void *context, GError **error)
{
    uint64_t offset = 0;
    for (size_t i = 0; i < vector_count(view->vector); i++) {
        const struct segment *segment = vector_segment(view->vector, i);
        const bool open_ended = segment_open_ended(segment);
        const struct line line = {
            .index = view->slice.first + i,
            .vector_offset = offset,
            .length = open_ended ? SEGMENT_TO_END : segment->length,
            .segment = *segment,
        };
        const bool wanted = view->extents && segment->length > 0;
        const bool split = wanted && segment->kind == SEGMENT_FILE;
        const bool split_remote = wanted && segment->kind == SEGMENT_REMOTE;
        if (!(split_remote ? each_remote_extent(line, each, context, error)
              : split      ? each_extent(view, line, each, context, error)
                           : each(context, &line, error))) {
            return false;
        }
        offset = open_ended || offset == SEGMENT_TO_END ? SEGMENT_TO_END : offset + segment->length;
    }
    return true;
}

/* ---- Table ---- */

enum { COLUMN_INDEX, COLUMN_OFFSET, COLUMN_LENGTH, COLUMN_PLACE, COLUMN_SIZE, COLUMNS };

static const char *const headings[COLUMNS] = { "INDEX", "OFFSET", "LENGTH", "AT", "SIZE" };

struct table {
    struct output *output;
    int widths[COLUMNS];
    int columns;  /* that are shown */
    bool kinds;   /* one more column after them */
    bool extents; /* one more column, "data" or "hole" */
};

static void number_text(char text[32], uint64_t number)
{
    if (number == SEGMENT_TO_END) {
        g_strlcpy(text, "?", 32);
    } else {
        g_snprintf(text, 32, "%" PRIu64, number);
    }
}

/* Of the whole file that the segment is in. */
static uint64_t file_size(const struct segment *segment)
{
    return segment_has_place(segment) ? segment->file->size : SEGMENT_TO_END;
}

static void line_cells(const struct line *line, char cells[COLUMNS][32])
{
    number_text(cells[COLUMN_INDEX], line->index);
    number_text(cells[COLUMN_OFFSET], line->vector_offset);
    number_text(cells[COLUMN_LENGTH], line->length);
    number_text(cells[COLUMN_SIZE], file_size(&line->segment));
    if (!segment_has_file(&line->segment)) {
        g_strlcpy(cells[COLUMN_SIZE], "-", 32);
    }
    if (line->segment.kind == SEGMENT_FILL) {
        g_strlcpy(cells[COLUMN_PLACE], "-", 32);
    } else {
        const bool from_end =
            line->segment.kind == SEGMENT_STREAM && line->segment.anchor == STREAM_FROM_END;
        g_snprintf(cells[COLUMN_PLACE], 32, "%s%" PRIu64, from_end ? "-" : "",
                   line->segment.offset);
    }
}

static bool measure_line(void *context, const struct line *line, GError **error)
{
    struct table *table = context;
    char cells[COLUMNS][32];
    (void)error;
    line_cells(line, cells);
    for (int i = 0; i < COLUMNS; i++) {
        table->widths[i] = MAX(table->widths[i], (int)strlen(cells[i]));
    }
    return true;
}

static bool print_line(void *context, const struct line *line, GError **error)
{
    const struct table *table = context;
    char cells[COLUMNS][32];
    g_autoptr(GString) text = g_string_new(NULL);
    line_cells(line, cells);
    for (int i = 0; i < table->columns; i++) {
        g_string_append_printf(text, "%*s  ", table->widths[i], cells[i]);
    }
    if (table->kinds) {
        g_string_append_printf(text, "%-6s  ", kind_names[line->segment.kind]);
    }
    if (table->extents) {
        g_string_append_printf(text, "%4s  ", line->extent ? line->extent : "");
    }
    segment_describe_short(text, &line->segment);
    g_string_append_c(text, '\n');
    return output_append(table->output, text->str, text->len, error);
}

static bool print_headings(const struct table *table, const struct info_view *view, GError **error)
{
    for (int i = 0; i < table->columns; i++) {
        if (!output_printf(table->output, error, "%*s  ", table->widths[i], headings[i])) {
            return false;
        }
    }
    return output_printf(table->output, error, "%s%sSEGMENT\n", table->kinds ? "KIND    " : "",
                         view->extents ? "      " : "");
}

static bool print_sums(const struct info_view *view, struct output *output, GError **error)
{
    const struct vector *vector = view->vector;
    const struct slice *slice = &view->slice;
    char total[32];
    number_text(total, vector->open_ended ? SEGMENT_TO_END : vector->length);
    if (!output_printf(output, error, "%zu segment%s, %s bytes", vector_count(vector),
                       vector_count(vector) == 1 ? "" : "s", total)) {
        return false;
    }
    if (slice->head > 0 || slice->tail > 0) {
        return output_printf(output, error,
                             "; cut: %" PRIu64 " at the head, %" PRIu64 " at the tail\n",
                             slice->head, slice->tail);
    }
    return output_append(output, "\n", 1, error);
}

bool info_print_table(const struct info_view *view, struct output *output, GError **error)
{
    struct table table = {
        .output = output,
        .columns = view->verbose ? COLUMNS : COLUMN_SIZE,
        .kinds = view->verbose,
        .extents = view->extents,
    };
    for (int i = 0; i < COLUMNS; i++) {
        table.widths[i] = (int)strlen(headings[i]);
    }
    return each_line(view, measure_line, &table, error) && print_headings(&table, view, error) &&
           each_line(view, print_line, &table, error) && print_sums(view, output, error);
}

/* ---- JSON ---- */

struct json_list {
    struct output *output;
    bool sizes;
    bool any;
};

static json_t *json_number(uint64_t number)
{
    return number == SEGMENT_TO_END ? json_null() : json_integer((json_int_t)number);
}

static bool print_json_line(void *context, const struct line *line, GError **error)
{
    struct json_list *list = context;
    json_t *object = json_segment(&line->segment);
    json_object_set_new(object, "index", json_integer((json_int_t)line->index));
    json_object_set_new(object, "vector_offset", json_number(line->vector_offset));
    json_object_set_new(object, "length", json_number(line->length));
    json_object_set_new(object, "kind", json_string(kind_names[line->segment.kind]));
    if (segment_has_file(&line->segment)) {
        const bool from_end =
            line->segment.kind == SEGMENT_STREAM && line->segment.anchor == STREAM_FROM_END;
        const json_int_t offset = (json_int_t)line->segment.offset;
        json_set_text(object, "file", line->segment.file->name);
        json_object_set_new(object, "offset", json_integer(from_end ? -offset : offset));
        if (list->sizes) {
            json_object_set_new(object, "size", json_number(file_size(&line->segment)));
        }
    }
    if (line->extent) {
        json_object_set_new(object, "extent", json_string(line->extent));
    }
    const bool ok = !list->any || output_append(list->output, ",", 1, error);
    list->any = true;
    return ok ? json_append(list->output, object, error) : (json_decref(object), false);
}

bool info_print_json(const struct info_view *view, struct output *output, GError **error)
{
    const struct vector *vector = view->vector;
    struct json_list list = { .output = output, .sizes = view->verbose };
    if (!output_printf(output, error, "{\"segments\":[") ||
        !each_line(view, print_json_line, &list, error)) {
        return false;
    }
    char total[32] = "null";
    if (!vector->open_ended) {
        number_text(total, vector->length);
    }
    return output_printf(
        output, error, "],\"count\":%zu,\"total\":%s,\"head\":%" PRIu64 ",\"tail\":%" PRIu64 "}\n",
        vector_count(vector), total, view->slice.head, view->slice.tail);
}
