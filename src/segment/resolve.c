/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/resolve.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segment/error.h"
#include "segment/escape.h"
#include "segment/name-clash.h"
#include "segment/range.h"
#include "segment/spec.h"
#include "segment/text-input.h"
#include "segment/undump.h"

/* What "*" lines of a dump may stand for in all, since a dump becomes bytes in memory. */
#define UNDUMP_LIMIT (1u << 30)

/* Of one range with a stride: 2 GiB of segments. */
#define PIECES_MAX (UINT64_C(1) << 26)

struct resolver {
    struct files *files;
    struct vector *vector;
    enum slice_shortage shortage;
    GByteArray *scratch;
    unsigned side;
    bool places; /* they will be written to, ... */
    bool extend; /* ... and may grow */
};

struct resolver *resolver_new(struct files *files, struct vector *vector,
                              enum slice_shortage shortage)
{
    struct resolver *resolver = g_new0(struct resolver, 1);
    *resolver = (struct resolver){
        .files = files,
        .vector = vector,
        .shortage = shortage,
        .scratch = g_byte_array_new(),
        .side = files_new_side(files),
    };
    return resolver;
}

void resolver_take_places(struct resolver *resolver, bool extend)
{
    resolver->places = true;
    resolver->extend = extend;
}

void resolver_free(struct resolver *resolver)
{
    if (resolver) {
        g_byte_array_unref(resolver->scratch);
        g_free(resolver);
    }
}

/* "WORD: MESSAGE" */
static bool spec_error(const struct spec *spec, enum iovtool_error code, const char *message,
                       GError **error)
{
    g_autoptr(GString) word = g_string_new(NULL);
    escape(word, spec->text, spec->text_length);
    g_set_error(error, IOVTOOL_ERROR, (gint)code, "%s: %s", word->str, message);
    return false;
}

static bool range_error(const struct spec *spec, uint64_t size, GError **error)
{
    const bool is_file = spec->source == SPEC_PATH || spec->source == SPEC_FD;
    const char *what = is_file ? "the file" : spec->source == SPEC_REMOTE ? "the export" : "it";
    g_autofree char *message = range_outside(spec, size, what);
    return spec_error(spec, IOVTOOL_ERROR_RANGE, message, error);
}

static bool lies_inside(const struct range *range, uint64_t size)
{
    uint64_t offset;
    uint64_t length;
    int64_t asked_offset;
    uint64_t asked_length;
    return range_select(range, size, &offset, &length, &asked_offset, &asked_length);
}

static bool append_selected(struct resolver *resolver, const struct spec *spec,
                            struct segment segment, GError **error);

/* Each piece is a segment of its own, but for those without a gap. */
static bool append_pieces(struct resolver *resolver, const struct spec *spec,
                          const struct segment *whole, GError **error)
{
    const struct range *range = &spec->range;
    const uint64_t size = whole->length;
    uint64_t count = range_pieces(range, size);
    struct spec piece = *spec;
    if (range->stride == range->end && count > 0) {
        piece.range = range_piece(range, 0, size);
        piece.range.end *= count;
        return append_selected(resolver, &piece, *whole, error);
    }
    if (count > PIECES_MAX) {
        return spec_error(spec, IOVTOOL_ERROR_RANGE, "these are more than 67108864 pieces", error);
    }
    /* The last one first: it tells of all. */
    piece.range = range_piece(range, count > 0 ? count - 1 : 0, size);
    if (count > 1 && resolver->shortage == SLICE_EXACT && !lies_inside(&piece.range, size)) {
        return range_error(&piece, size, error);
    }
    for (uint64_t i = 0; i < count; i++) {
        piece.range = range_piece(range, i, size);
        if (!append_selected(resolver, &piece, *whole, error)) {
            return false;
        }
    }
    return true;
}

/*
 * Appends the part of `segment` (a whole source of known length) that the spec's range selects, and
 * zeros for what it lacks if those were asked for: before it where the range starts before the
 * first byte, else after it.
 */
static bool append_selected(struct resolver *resolver, const struct spec *spec,
                            struct segment segment, GError **error)
{
    uint64_t offset;
    uint64_t length;
    int64_t asked_offset;
    uint64_t asked_length;
    const uint64_t size = segment.length;
    if (spec->range.stride > 0) {
        return append_pieces(resolver, spec, &segment, error);
    }
    const bool inside =
        range_select(&spec->range, size, &offset, &length, &asked_offset, &asked_length);
    if (!inside && resolver->shortage == SLICE_EXACT) {
        return range_error(spec, size, error);
    }
    segment_cut(&segment, offset, length);
    if (inside || resolver->shortage == SLICE_ALLOW_SHORT) {
        return vector_append(resolver->vector, &segment, error);
    }
    const uint64_t missing = asked_length - MIN(length, asked_length);
    const uint64_t front = asked_offset < 0 ? MIN((uint64_t)-asked_offset, missing) : 0;
    return (front == 0 || vector_append_zeros(resolver->vector, front, error)) &&
           vector_append(resolver->vector, &segment, error) &&
           (missing == front || vector_append_zeros(resolver->vector, missing - front, error));
}

/* A range from the end of a stream: FROM_END, and the part of it that can not exist since the
 * length is larger than the distance to the end. */
static bool append_from_end(struct resolver *resolver, const struct spec *spec,
                            struct segment *segment, GError **error)
{
    const struct range *range = &spec->range;
    uint64_t length = range->start;
    if (range->form == RANGE_LENGTH) {
        length = range->end;
    } else if (range->form == RANGE_UNTIL) {
        length = range->start - range->end;
    }
    if (length > range->start && resolver->shortage == SLICE_EXACT) {
        return spec_error(spec, IOVTOOL_ERROR_RANGE, "the range ends past the end of the stream",
                          error);
    }
    segment->anchor = STREAM_FROM_END;
    segment->offset = range->start;
    segment->length = MIN(length, range->start);
    if (!vector_append(resolver->vector, segment, error)) {
        return false;
    }
    const uint64_t missing = length - segment->length;
    return resolver->shortage != SLICE_ZERO_PAD || missing == 0 ||
           vector_append_zeros(resolver->vector, missing, error);
}

static void select_forward(const struct range *range, struct segment *segment)
{
    segment->offset = range->form == RANGE_ALL ? 0 : range->start;
    segment->length = SEGMENT_TO_END;
    if (range->form == RANGE_LENGTH) {
        segment->length = range->end;
    } else if (range->form == RANGE_UNTIL && range->end_from_end) {
        segment->anchor = STREAM_BUT_TAIL;
        segment->length = range->end;
    } else if (range->form == RANGE_UNTIL) {
        segment->length = range->end - range->start;
    }
}

/* What is read once serves one side, under one name: positions are counted by name. */
static bool claim_stream(struct resolver *resolver, const struct spec *spec, struct file *file,
                         GError **error)
{
    if (file->positioned) {
        return true;
    }
    if (files_on_other_side(resolver->files, file, resolver->side)) {
        return spec_error(spec, IOVTOOL_ERROR_RANGE,
                          "the stream is on the other side already, and can be read only once",
                          error);
    }
    const struct file *other = files_other_name(resolver->files, file);
    if (other) {
        g_autofree char *message =
            g_strdup_printf("is the same stream as %s; name it in one way", other->name);
        return spec_error(spec, IOVTOOL_ERROR_RANGE, message, error);
    }
    file->side = resolver->side;
    return true;
}

/* A file that is inherited has one position, from which both sides count: each has to say which
 * part it means. */
static bool claim_inherited(struct resolver *resolver, const struct spec *spec, struct file *file,
                            GError **error)
{
    const bool whole = spec->range.form == RANGE_ALL;
    const struct file *other = files_on_other_side(resolver->files, file, resolver->side);
    if ((other && (whole || other->named_whole)) || (whole && file->both_sides)) {
        return spec_error(spec, IOVTOOL_ERROR_RANGE,
                          "the descriptor is on the other side already; a range on both sides says "
                          "which part is meant",
                          error);
    }
    file->both_sides |= other != NULL;
    file->named_whole |= whole;
    file->side = resolver->side;
    return true;
}

static bool append_stream(struct resolver *resolver, const struct spec *spec, struct file *file,
                          GError **error)
{
    const struct range *range = &spec->range;
    struct segment segment = { .kind = SEGMENT_STREAM, .file = file };
    if (range->start_from_end && range->form == RANGE_UNTIL && !range->end_from_end) {
        return spec_error(spec, IOVTOOL_ERROR_RANGE,
                          "a stream has no size to count this range's start from before it ends",
                          error);
    }
    if (!claim_stream(resolver, spec, file, error)) {
        return false;
    }
    if (file->planned == SEGMENT_TO_END) {
        return spec_error(spec, IOVTOOL_ERROR_RANGE,
                          "the stream was read to its end by a segment before this one", error);
    }
    if (range->start_from_end) {
        file->planned = file->positioned ? 0 : SEGMENT_TO_END;
        return append_from_end(resolver, spec, &segment, error);
    }
    select_forward(range, &segment);
    if (segment.offset < file->planned) {
        g_autofree char *message =
            g_strdup_printf("the stream has passed byte %" PRIu64 " (at %" PRIu64
                            " after the segments before): segments of a stream must go forward",
                            segment.offset, file->planned);
        return spec_error(spec, IOVTOOL_ERROR_RANGE, message, error);
    }
    if (!file->positioned) {
        file->planned =
            segment_open_ended(&segment) ? SEGMENT_TO_END : segment.offset + segment.length;
    }
    return vector_append(resolver->vector, &segment, error);
}

/* A place to write to, with an end, of a file that can grow to hold it. NULL: it is to be made. */
static bool may_grow(const struct resolver *resolver, const struct spec *spec, struct file *file,
                     struct segment *segment)
{
    *segment = (struct segment){ .kind = SEGMENT_FILE, .file = file };
    return resolver->places &&
           (!file || (S_ISREG(file->type) && !file->stream && !file->inherited)) &&
           range_place(&spec->range, &segment->offset, &segment->length) &&
           segment->length != SEGMENT_TO_END && spec->range.stride == 0;
}

static bool may_be_made(const struct resolver *resolver, const struct spec *spec)
{
    g_autofree char *path = g_strndup(spec->name, spec->name_length);
    struct segment place;
    struct stat status;
    return may_grow(resolver, spec, NULL, &place) && stat(path, &status) != 0 && errno == ENOENT;
}

static bool hint_extend(const char *hint, GError **error)
{
    error_append(error, "; --extend %s", hint);
    return false;
}

static bool append_stream_pieces(struct resolver *resolver, const struct spec *spec,
                                 struct file *file, GError **error)
{
    struct spec piece = *spec;
    if (spec->range.start_from_end || spec->range.count == 0 || spec->range.count > PIECES_MAX) {
        return spec_error(spec, IOVTOOL_ERROR_RANGE,
                          "a stride in a stream needs a START from its start, and a COUNT up to "
                          "67108864",
                          error);
    }
    for (uint64_t i = 0; i < spec->range.count; i++) {
        piece.range = range_piece(&spec->range, i, 0);
        if (!append_stream(resolver, &piece, file, error)) {
            return false;
        }
    }
    return true;
}

static bool append_file(struct resolver *resolver, const struct spec *spec, struct file *file,
                        GError **error)
{
    struct segment place;
    const bool growing = may_grow(resolver, spec, file, &place);
    if (growing && resolver->extend) {
        return vector_append(resolver->vector, &place, error);
    }
    if (file->missing) {
        return spec_error(spec, IOVTOOL_ERROR_RANGE,
                          "a file that is made needs a range with a START and an end", error);
    }
    if (file->stream) {
        return spec->range.stride > 0 ? append_stream_pieces(resolver, spec, file, error)
                                      : append_stream(resolver, spec, file, error);
    }
    if (file->inherited && !claim_inherited(resolver, spec, file, error)) {
        return false;
    }
    const struct segment whole = {
        .kind = SEGMENT_FILE,
        .file = file,
        .offset = file->base,
        .length = file->size - file->base,
    };
    return append_selected(resolver, spec, whole, error) ||
           (growing && error && hint_extend("lets it grow", error));
}

/* "no such file" for a word whose tail nearly was a range deserves both reasons. */
static void explain_tail(const struct spec *spec, GError **error)
{
    g_autoptr(GError) tail = NULL;
    if (error && *error && spec->bare_path && spec->range.form == RANGE_ALL &&
        spec_explain_tail(spec->text, spec->text_length, &tail)) {
        error_append(error, "; and its tail is not a range: %s", tail->message);
    }
}

static bool clash_error(const struct spec *spec, GError **error)
{
    g_autoptr(GString) name = g_string_new(NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    escape(name, spec->name, spec->name_length);
    escape(text, spec->text, spec->text_length);
    g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX,
                "%s: a file has this whole name, and it also reads as a range of '%s'; "
                "write file:%s@0 for the file or file:%s for the range",
                text->str, name->str, text->str, text->str);
    return false;
}

static bool add_path(struct resolver *resolver, const struct spec *spec, GError **error)
{
    struct file *file = files_find(resolver->files, spec->name, spec->name_length);
    if (spec->bare_path && spec->range.form != RANGE_ALL && name_clashes(spec, file)) {
        return clash_error(spec, error);
    }
    if (!file) {
        file = resolver->extend ? files_plan(resolver->files, spec->name, spec->name_length, error)
                                : files_open(resolver->files, spec->name, spec->name_length, error);
        if (!file && !resolver->extend && error && may_be_made(resolver, spec)) {
            return hint_extend("makes it", error);
        }
        if (!file) {
            explain_tail(spec, error);
            return false;
        }
    }
    return append_file(resolver, spec, file, error);
}

static bool add_fd(struct resolver *resolver, const struct spec *spec, GError **error)
{
    if (files_is_text(resolver->files, spec->fd)) {
        return spec_error(spec, IOVTOOL_ERROR_SOURCE,
                          spec->fd == STDIN_FILENO
                              ? "standard input was already read as a list or a dump"
                              : "the descriptor was already read as a list or a dump",
                          error);
    }
    struct file *file = files_inherit(resolver->files, spec->fd, error);
    return file && append_file(resolver, spec, file, error);
}

static bool add_literal(struct resolver *resolver, const struct spec *spec, const void *bytes,
                        size_t length, GError **error)
{
    const struct segment whole = {
        .kind = SEGMENT_BYTES,
        .bytes = vector_keep(resolver->vector, bytes, length),
        .length = length,
    };
    return append_selected(resolver, spec, whole, error);
}

/* How long the fill is: all that is before it must have a length. */
static bool fill_size(const struct resolver *resolver, const struct spec *spec, uint64_t *size,
                      GError **error)
{
    const struct vector *vector = resolver->vector;
    *size = spec->size;
    if (spec->fill_end == FILL_SIZE) {
        return true;
    }
    if (vector->open_ended || (vector->has_streams && resolver->shortage == SLICE_ALLOW_SHORT)) {
        return spec_error(spec, IOVTOOL_ERROR_RANGE,
                          "where it starts is known only when the stream before it ends", error);
    }
    if (spec->fill_end == FILL_MULTIPLE) {
        const uint64_t behind = vector->length % spec->size;
        *size = behind > 0 ? spec->size - behind : 0;
        return true;
    }
    if (vector->length > spec->size) {
        g_autofree char *message =
            g_strdup_printf("ends at %" PRIu64 ", but what is before it ends at %" PRIu64,
                            spec->size, vector->length);
        return spec_error(spec, IOVTOOL_ERROR_RANGE, message, error);
    }
    *size = spec->size - vector->length;
    return true;
}

static bool add_fill(struct resolver *resolver, const struct spec *spec, GError **error)
{
    uint64_t size;
    if (!fill_size(resolver, spec, &size, error)) {
        return false;
    }
    const struct segment whole = {
        .kind = SEGMENT_FILL,
        .bytes = vector_keep(resolver->vector, spec->bytes, spec->bytes_length),
        .period = (uint32_t)spec->bytes_length,
        .length = size,
    };
    return append_selected(resolver, spec, whole, error);
}

static bool add_remote(struct resolver *resolver, const struct spec *spec, GError **error)
{
    struct file *file = files_open_remote(resolver->files, spec->name, spec->name_length, error);
    if (!file) {
        return false;
    }
    const struct segment whole = { .kind = SEGMENT_REMOTE, .file = file, .length = file->size };
    return append_selected(resolver, spec, whole, error);
}

/* A text that comes from an inherited descriptor takes all that it has. */
static bool claim_text(struct resolver *resolver, const char *path, GError **error)
{
    const int fd = text_descriptor(path);
    if (fd < 0) {
        return true;
    }
    if (files_is_text(resolver->files, fd) || files_inherited_is_used(resolver->files, fd)) {
        g_autofree char *name =
            fd == STDIN_FILENO ? g_strdup("standard input") : g_strdup_printf("fd:%d", fd);
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE,
                    "%s cannot be read twice, as a text and as a segment", name);
        return false;
    }
    files_note_text(resolver->files, fd);
    return true;
}

/* dump:LOOK:PATH where a file is called LOOK:PATH. */
static bool look_clashes(const struct spec *spec, GError **error)
{
    if (spec->look == TEXT_ANY) {
        return false;
    }
    const size_t before = strlen(text_look_word(spec->look)) + 1;
    g_autofree char *whole = g_strndup(spec->name - before, spec->name_length + before);
    if (!g_file_test(whole, G_FILE_TEST_EXISTS)) {
        return false;
    }
    g_autoptr(GString) shown = g_string_new(NULL);
    escape(shown, whole, strlen(whole));
    g_autofree char *message =
        g_strdup_printf("a file is called '%s', and this also reads as a look and a file; "
                        "write dump:./%s for the file or dump:%s:./%s for the look",
                        shown->str, shown->str, text_look_word(spec->look), shown->str + before);
    spec_error(spec, IOVTOOL_ERROR_SYNTAX, message, error);
    return true;
}

static bool add_dump(struct resolver *resolver, const struct spec *spec, GError **error)
{
    g_autofree char *path = g_strndup(spec->name, spec->name_length);
    if (look_clashes(spec, error)) {
        return false;
    }
    if (!claim_text(resolver, path, error)) {
        return false;
    }
    g_autoptr(GByteArray) text = text_read(path, error);
    if (!text) {
        return false;
    }
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    return undump(path, spec->look, (const char *)text->data, text->len, UNDUMP_LIMIT, bytes,
                  error) &&
           add_literal(resolver, spec, bytes->data, bytes->len, error);
}

bool resolver_add(struct resolver *resolver, const char *word, size_t length, GError **error)
{
    struct spec spec;
    if (!spec_parse(word, length, resolver->scratch, &spec, error)) {
        return false;
    }
    switch (spec.source) {
    case SPEC_PATH:
        return add_path(resolver, &spec, error);
    case SPEC_FD:
        return add_fd(resolver, &spec, error);
    case SPEC_LITERAL:
        return add_literal(resolver, &spec, spec.bytes, spec.bytes_length, error);
    case SPEC_FILL:
        return add_fill(resolver, &spec, error);
    case SPEC_DUMP:
        return add_dump(resolver, &spec, error);
    case SPEC_REMOTE:
        return add_remote(resolver, &spec, error);
    }
    g_assert_not_reached();
}

struct list_walk {
    struct resolver *resolver;
    const char *path;
    bool nul;
};

static bool add_item(void *context, const char *item, size_t length, size_t number, GError **error)
{
    const struct list_walk *walk = context;
    if (!walk->nul && (length == 0 || item[0] == '#')) {
        return true;
    }
    if (memchr(item, '\0', length)) {
        g_set_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX,
                    "a NUL in a line: a list with NULs is read with --null");
    } else if (resolver_add(walk->resolver, item, length, error)) {
        return true;
    }
    g_autoptr(GString) path = g_string_new(NULL);
    escape(path, walk->path, strlen(walk->path));
    g_prefix_error(error, "%s:%zu: ", path->str, number);
    return false;
}

bool resolver_add_list(struct resolver *resolver, const char *path, bool nul, GError **error)
{
    struct list_walk walk = { .resolver = resolver, .path = path, .nul = nul };
    return claim_text(resolver, path, error) &&
           text_each(path, nul ? '\0' : '\n', add_item, &walk, error);
}
