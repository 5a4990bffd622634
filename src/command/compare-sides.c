/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command/compare-sides.h"

#include "command/compare-parallel.h"
#include "core/differ.h"

/* Runs found in one go. */
#define RUNS_AT_ONCE 256

struct state {
    const struct walk *walk;
    struct result *result;
    struct pair *pair;
    uint64_t start;      /* of the walk, as offsets count */
    uint64_t run_offset; /* the run that may go on in the next stretch */
    uint64_t run_length;
};

static void note_first(struct state *state, const struct stretch *stretch, uint64_t ahead)
{
    struct result *result = state->result;
    if (result->differs) {
        return;
    }
    result->differs = true;
    result->first_offset = stretch->offset + ahead;
    for (int i = 0; i < SIDES; i++) {
        struct side_byte *byte = &result->first[i];
        byte->byte = stretch->bytes[i][ahead];
        byte->is_padding = !pair_origin(state->pair, i, ahead, &byte->origin);
    }
}

/* Enough runs were listed, and nothing else is asked for. */
static bool has_enough(const struct state *state)
{
    const struct walk *walk = state->walk;
    return !walk->count_all && state->result->runs >= walk->most_runs;
}

static bool is_over(const struct state *state)
{
    const struct walk *walk = state->walk;
    return has_enough(state) || (walk->only_first && state->result->differs) ||
           (walk->stop && g_atomic_int_get(walk->stop) < walk->rank);
}

static bool end_run(struct state *state, GError **error)
{
    const uint64_t length = state->run_length;
    if (length == 0) {
        return true;
    }
    state->run_length = 0;
    state->result->runs++;
    state->result->differing += length;
    const bool listed = state->walk->run && state->result->runs <= state->walk->most_runs;
    return !listed || state->walk->run(state->walk->context, state->run_offset, length, error);
}

static bool add_run(struct state *state, uint64_t offset, uint64_t length, GError **error)
{
    if (state->run_length > 0 && state->run_offset + state->run_length == offset) {
        state->run_length += length;
        return true;
    }
    if (!end_run(state, error)) {
        return false;
    }
    state->run_offset = offset;
    state->run_length = length;
    return true;
}

static bool find_runs(struct state *state, const struct stretch *stretch, GError **error)
{
    struct differ_run runs[RUNS_AT_ONCE];
    const size_t length = (size_t)stretch->length;
    size_t done = 0;
    while (done < length && !is_over(state)) {
        size_t used;
        const size_t count =
            differ_runs(stretch->bytes[SIDE_A] + done, stretch->bytes[SIDE_B] + done, length - done,
                        runs, RUNS_AT_ONCE, &used);
        for (size_t i = 0; i < count && !is_over(state); i++) {
            note_first(state, stretch, done + runs[i].offset);
            if (!add_run(state, stretch->offset + done + runs[i].offset, runs[i].length, error)) {
                return false;
            }
        }
        done += used;
    }
    /* A run that ended here need not wait for what comes next. */
    const bool ended = state->run_offset + state->run_length < stretch->offset + done;
    return !ended || end_run(state, error);
}

static bool find_first(struct state *state, const struct stretch *stretch)
{
    const size_t length = (size_t)stretch->length;
    const size_t equal =
        differ_equal_prefix(stretch->bytes[SIDE_A], stretch->bytes[SIDE_B], length);
    if (equal < length) {
        note_first(state, stretch, equal);
    }
    return true;
}

static bool look_at(struct state *state, const struct stretch *stretch, GError **error)
{
    const struct walk *walk = state->walk;
    if (walk->stretch && !walk->stretch(walk->context, state->pair, stretch, error)) {
        return false;
    }
    if (!stretch->bytes[SIDE_A]) {
        return end_run(state, error);
    }
    return (walk->only_first ? find_first(state, stretch) : find_runs(state, stretch, error)) &&
           pair_intact(state->pair, error);
}

static bool walk_pair(struct state *state, GError **error)
{
    struct stretch stretch;
    enum reader_status status;
    while (!is_over(state) && (status = pair_next(state->pair, &stretch, error)) == READER_WINDOW) {
        if (!look_at(state, &stretch, error)) {
            return false;
        }
    }
    state->result->end = pair_offset(state->pair);
    state->result->compared = state->result->end - state->start;
    if (is_over(state)) {
        return true;
    }
    return status == READER_END && end_run(state, error);
}

static bool walk_rest(const struct walk *walk, struct pair *pair, int longer, GError **error)
{
    struct stretch rest;
    enum reader_status status;
    while ((status = pair_next_rest(pair, longer, &rest, error)) == READER_WINDOW) {
        if (!walk->rest(walk->context, pair, &rest, error) || !pair_intact(pair, error)) {
            return false;
        }
    }
    return status == READER_END;
}

static bool may_write(const void *context, GError **error)
{
    return pair_intact(context, error);
}

bool sides_walk(const struct sides *sides, const struct walk *walk, struct result *result,
                GError **error)
{
    if (walk->only_first && !walk->single && parallel_pays(sides)) {
        return parallel_walk(sides, result, error);
    }
    struct reader *readers[SIDES];
    const struct vector *vectors[SIDES];
    for (int i = 0; i < SIDES; i++) {
        const struct vector_input *input = &sides->inputs[i];
        vectors[i] = input->vector;
        readers[i] = reader_new(input->vector, input->files, READER_REPEATS | input->reader_flags,
                                input->shortage);
    }
    const unsigned flags =
        (sides->ends == ENDS_ZERO_PAD ? PAIR_ZERO_PAD : 0u) | (walk->read_all ? PAIR_READ_ALL : 0u);
    struct pair *pair = pair_new(readers, vectors, sides->skipped, flags);
    struct state state = { .walk = walk, .result = result, .pair = pair, .start = sides->skipped };
    *result = (struct result){ .longer = -1 };

    if (walk->output) {
        walk->output->may_write = may_write;
        walk->output->context = pair;
    }
    bool ok = walk_pair(&state, error);
    if (ok && sides->ends == ENDS_DIFFER) {
        result->longer = pair_longer(pair);
    }
    if (ok && walk->rest && result->longer >= 0) {
        ok = walk_rest(walk, pair, result->longer, error);
    }
    if (walk->output) {
        walk->output->may_write = NULL;
    }
    pair_free(pair);
    for (int i = 0; i < SIDES; i++) {
        reader_free(readers[i]);
    }
    return ok;
}

bool side_length(const struct vector_input *input, uint64_t *length)
{
    const struct vector *vector = input->vector;
    *length = vector->length;
    return !vector->open_ended && !(vector->has_streams && input->shortage == SLICE_ALLOW_SHORT);
}

bool sides_differ_in_length(const struct sides *sides)
{
    uint64_t lengths[SIDES];
    return sides->ends == ENDS_DIFFER && side_length(&sides->inputs[SIDE_A], &lengths[SIDE_A]) &&
           side_length(&sides->inputs[SIDE_B], &lengths[SIDE_B]) &&
           lengths[SIDE_A] != lengths[SIDE_B];
}
