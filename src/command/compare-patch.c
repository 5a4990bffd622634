/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/compare-patch.h"

#include <inttypes.h>
#include <string.h>

#include "core/differ.h"
#include "core/hexrow.h"
#include "segment/escape.h"

#define COLOR_OFF "\033[0m"

/* Runs found in one go. */
#define RUNS_AT_ONCE 256

/* "@@ 0x", 16 digits, two numbers of 20 digits, blanks and a line end. */
#define HUNK_LINE_MAX 80u

/* Of the sides named in a title. */
#define TITLE_WORDS 3u

static const char signs[SIDES] = { '-', '+' };
static const char *const colors[SIDES] = { "\033[31m", "\033[32m" };

struct compare_patch {
    const struct patch_title *titles;
    struct output *output;
    bool color;
    bool has_title;

    /* The open hunk; it has no bytes when there is none. */
    uint64_t offset;
    size_t length; /* up to its last difference */
    size_t
        filled[SIDES]; /* the same, and equal bytes behind it that a near difference would join */
    uint8_t *bytes[SIDES];
};

struct compare_patch *compare_patch_new(const struct patch_title titles[SIDES],
                                        struct output *output, bool color)
{
    struct compare_patch *patch = g_new0(struct compare_patch, 1);
    patch->titles = titles;
    patch->output = output;
    patch->color = color;
    for (int i = 0; i < SIDES; i++) {
        patch->bytes[i] = g_malloc(PATCH_HUNK_MAX + PATCH_GAP);
    }
    return patch;
}

void compare_patch_free(struct compare_patch *patch)
{
    for (int i = 0; i < SIDES; i++) {
        g_free(patch->bytes[i]);
    }
    g_free(patch);
}

/* ---- Text ---- */

static void append_words(GString *line, const struct words *words)
{
    const size_t shown = MIN(words->count, (size_t)TITLE_WORDS);
    for (size_t i = 0; i < shown; i++) {
        const struct word *word = &words->first[i];
        g_string_append(line, word->kind == WORD_LIST ? " -T " : " ");
        escape(line, word->text, strlen(word->text));
    }
    if (shown < words->count) {
        g_string_append_printf(line, " and %zu more", words->count - shown);
    }
}

static bool put_titles(struct compare_patch *patch, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < SIDES; i++) {
        const struct patch_title *title = &patch->titles[i];
        g_string_append_printf(text, "%c%c%c", signs[i], signs[i], signs[i]);
        append_words(text, &title->words);
        if (title->has_size) {
            g_string_append_printf(text, " %" PRIu64 "\n", title->size);
        } else {
            g_string_append(text, " -\n");
        }
    }
    patch->has_title = true;
    return output_append(patch->output, text->str, text->len, error);
}

static char *put_number(char *to, uint64_t number, unsigned base)
{
    char reversed[24];
    unsigned count = 0;
    do {
        reversed[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    while (count > 0) {
        *to++ = reversed[--count];
    }
    return to;
}

static bool put_hunk_line(const struct compare_patch *patch, const size_t lengths[SIDES],
                          GError **error)
{
    char *const start = output_reserve(patch->output, HUNK_LINE_MAX, error);
    if (!start) {
        return false;
    }
    char *end = start;
    memcpy(end, "@@ 0x", 5);
    end = put_number(end + 5, patch->offset, 16);
    *end++ = ' ';
    end = put_number(end, lengths[SIDE_A], 10);
    if (lengths[SIDE_A] != lengths[SIDE_B]) {
        *end++ = ' ';
        end = put_number(end, lengths[SIDE_B], 10);
    }
    *end++ = '\n';
    output_commit(patch->output, (size_t)(end - start));
    return true;
}

static bool put_colored(const struct compare_patch *patch, int side, size_t length, GError **error)
{
    for (size_t done = 0; done < length; done += HEXROW_BYTES) {
        char row[1 + 3 * HEXROW_BYTES];
        const size_t bytes = MIN(length - done, (size_t)HEXROW_BYTES);
        const char *end = hexrow_put(row, signs[side], patch->bytes[side] + done, bytes);
        if (!output_printf(patch->output, error, "%s%.*s" COLOR_OFF "\n", colors[side],
                           (int)(end - row - 1), row)) {
            return false;
        }
    }
    return true;
}

static bool put_side(const struct compare_patch *patch, int side, size_t length, GError **error)
{
    if (length == 0) {
        return true;
    }
    if (patch->color) {
        return put_colored(patch, side, length, error);
    }
    char *const start = output_reserve(patch->output, hexrow_size(length), error);
    if (!start) {
        return false;
    }
    const char *const end = hexrow_put(start, signs[side], patch->bytes[side], length);
    output_commit(patch->output, (size_t)(end - start));
    return true;
}

static bool put_hunk(struct compare_patch *patch, const size_t lengths[SIDES], GError **error)
{
    const bool ok = (patch->has_title || put_titles(patch, error)) &&
                    put_hunk_line(patch, lengths, error) &&
                    put_side(patch, SIDE_A, lengths[SIDE_A], error) &&
                    put_side(patch, SIDE_B, lengths[SIDE_B], error);
    patch->length = 0;
    patch->filled[SIDE_A] = patch->filled[SIDE_B] = 0;
    return ok;
}

/* Ends the open hunk with its last difference, if there is one open. */
static bool end_hunk(struct compare_patch *patch, GError **error)
{
    const size_t lengths[SIDES] = { patch->length, patch->length };
    return patch->length == 0 || put_hunk(patch, lengths, error);
}

/* ---- Hunks ---- */

static void take(struct compare_patch *patch, const struct pair *pair,
                 const struct stretch *stretch, uint64_t ahead, size_t length)
{
    for (int i = 0; i < SIDES; i++) {
        pair_copy(pair, stretch, i, ahead, patch->bytes[i] + patch->filled[i], length);
        patch->filled[i] += length;
    }
}

/* The equal bytes up to `ahead` join the hunk if they are few. */
static bool bridge(struct compare_patch *patch, const struct pair *pair,
                   const struct stretch *stretch, uint64_t ahead, GError **error)
{
    if (patch->length == 0) {
        return true;
    }
    const uint64_t missing = stretch->offset + ahead - (patch->offset + patch->filled[SIDE_A]);
    const uint64_t gap = missing + patch->filled[SIDE_A] - patch->length;
    if (gap >= PATCH_GAP || patch->length + gap >= PATCH_HUNK_MAX) {
        return end_hunk(patch, error);
    }
    take(patch, pair, stretch, ahead - missing, (size_t)missing);
    return true;
}

static bool add_run(struct compare_patch *patch, const struct pair *pair,
                    const struct stretch *stretch, uint64_t ahead, uint64_t length, GError **error)
{
    if (!bridge(patch, pair, stretch, ahead, error)) {
        return false;
    }
    while (length > 0) {
        if (patch->length == 0) {
            patch->offset = stretch->offset + ahead;
        }
        const size_t room = PATCH_HUNK_MAX - patch->filled[SIDE_A];
        const size_t piece = (size_t)MIN(length, (uint64_t)room);
        take(patch, pair, stretch, ahead, piece);
        patch->length = patch->filled[SIDE_A];
        ahead += piece;
        length -= piece;
        if (patch->length == PATCH_HUNK_MAX && !end_hunk(patch, error)) {
            return false;
        }
    }
    return true;
}

bool compare_patch_stretch(void *context, const struct pair *pair, const struct stretch *stretch,
                           GError **error)
{
    struct compare_patch *patch = context;
    struct differ_run runs[RUNS_AT_ONCE];
    const uint8_t *const *bytes = stretch->bytes;
    const size_t length = bytes[SIDE_A] ? (size_t)stretch->length : 0;
    size_t used;
    for (size_t done = 0; done < length; done += used) {
        const size_t count = differ_runs(bytes[SIDE_A] + done, bytes[SIDE_B] + done, length - done,
                                         runs, RUNS_AT_ONCE, &used);
        for (size_t i = 0; i < count; i++) {
            if (!add_run(patch, pair, stretch, done + runs[i].offset, runs[i].length, error)) {
                return false;
            }
        }
    }
    return bridge(patch, pair, stretch, stretch->length, error);
}

bool compare_patch_rest(void *context, const struct pair *pair, const struct stretch *rest,
                        GError **error)
{
    struct compare_patch *patch = context;
    const int side = rest->bytes[SIDE_A] ? SIDE_A : SIDE_B;
    uint64_t done = 0;
    (void)pair;
    while (done < rest->length) {
        if (patch->length == 0) {
            patch->offset = rest->offset + done;
        }
        const size_t room = PATCH_HUNK_MAX - MIN(patch->filled[side], (size_t)PATCH_HUNK_MAX);
        const size_t piece = (size_t)MIN(rest->length - done, (uint64_t)room);
        memcpy(patch->bytes[side] + patch->filled[side], rest->bytes[side] + done, piece);
        patch->filled[side] += piece;
        patch->length = patch->filled[side];
        done += piece;
        if (patch->length >= PATCH_HUNK_MAX && !put_hunk(patch, patch->filled, error)) {
            return false;
        }
    }
    return true;
}

bool compare_patch_finish(struct compare_patch *patch, GError **error)
{
    const bool has_rest = patch->filled[SIDE_A] != patch->filled[SIDE_B];
    return has_rest ? put_hunk(patch, patch->filled, error) : end_hunk(patch, error);
}
