/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/changes.h"

#include <glib.h>
#include <string.h>

#include "segment/error.h"
#include "segment/segment.h"

#define SEED 20261127u
#define ROUNDS 3000
#define SPACE 64u /* offsets of the random rows */

static void add(struct changes *changes, uint64_t offset, const char *old, const char *new)
{
    g_autoptr(GError) error = NULL;

    changes_add(changes, offset, (const uint8_t *)old, (const uint8_t *)new, strlen(new), &error);
    g_assert_no_error(error);
}

static enum settle_status settle(struct changes *changes, struct change_conflict *conflict)
{
    g_autoptr(GError) error = NULL;
    const enum settle_status status = changes_settle(changes, 0, conflict, &error);

    g_assert_no_error(error);
    return status;
}

static void assert_piece(const struct changes *changes, guint index, uint64_t offset,
                         uint64_t length)
{
    const struct change_piece *piece = &g_array_index(changes->pieces, struct change_piece, index);

    g_assert_cmpuint(index, <, changes->pieces->len);
    g_assert_cmpuint(piece->offset, ==, offset);
    g_assert_cmpuint(piece->length, ==, length);
}

static void test_pieces(void)
{
    struct changes *changes = changes_new();
    struct change_conflict conflict;

    add(changes, 20, NULL, "xy");
    add(changes, 4, NULL, "abc");
    add(changes, 7, NULL, "d");
    add(changes, 5, NULL, "bcdef");
    g_assert_cmpint(settle(changes, &conflict), ==, SETTLE_DONE);
    g_assert_cmpuint(changes->pieces->len, ==, 2);
    assert_piece(changes, 0, 4, 6);
    assert_piece(changes, 1, 20, 2);
    g_assert_cmpuint(changes->length, ==, 8);
    g_assert_true(memcmp(changes->new_bytes, "abcdefxy", 8) == 0);
    g_assert_null(changes->old_bytes);
    g_assert_cmpuint(changes_offset(changes, 5), ==, 9);
    g_assert_cmpuint(changes_offset(changes, 6), ==, 20);
    changes_free(changes);
}

/* What one row knows of the old bytes holds for the others. */
static void test_old_bytes(void)
{
    struct changes *changes = changes_new();
    struct change_conflict conflict;

    add(changes, 0, NULL, "abcd");
    add(changes, 2, "34", "cd");
    add(changes, 4, "5", "e");
    g_assert_cmpint(settle(changes, &conflict), ==, SETTLE_DONE);
    g_assert_cmpuint(changes->length, ==, 5);
    g_assert_true(memcmp(changes->known, "\0\0\1\1\1", 5) == 0);
    g_assert_true(memcmp(changes->old_bytes + 2, "345", 3) == 0);
    changes_free(changes);
}

static void test_reverse(void)
{
    struct changes *changes = changes_new();
    struct change_conflict conflict;

    add(changes, 1, "old", "new");
    g_assert_true(changes_add_tail(changes, TAIL_ADDED, 9, (const uint8_t *)"ab", 2));
    g_assert_true(changes_add_tail(changes, TAIL_ADDED, 11, (const uint8_t *)"c", 1));
    g_assert_false(changes_add_tail(changes, TAIL_ADDED, 13, (const uint8_t *)"c", 1));
    g_assert_false(changes_add_tail(changes, TAIL_REMOVED, 12, (const uint8_t *)"c", 1));
    g_assert_true(changes_add_size(changes, 0, 9));
    g_assert_true(changes_add_size(changes, 0, 9));
    g_assert_false(changes_add_size(changes, 0, 10));
    changes_reverse(changes);
    g_assert_cmpint(settle(changes, &conflict), ==, SETTLE_DONE);
    g_assert_true(memcmp(changes->new_bytes, "old", 3) == 0);
    g_assert_true(memcmp(changes->old_bytes, "new", 3) == 0);
    g_assert_cmpint(changes->tail.kind, ==, TAIL_REMOVED);
    g_assert_false(changes->any_size[0]);
    g_assert_true(changes->any_size[1]);
    changes_free(changes);
}

static void test_limits(void)
{
    struct changes *changes = changes_new();
    g_autoptr(GError) error = NULL;
    struct change_conflict conflict;

    g_assert_false(changes_add(changes, SEGMENT_LENGTH_MAX, NULL, (const uint8_t *)"a", 1, &error));
    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
    g_clear_error(&error);
    add(changes, SEGMENT_LENGTH_MAX - 1, NULL, "a");
    g_assert_cmpint(changes_settle(changes, 1, &conflict, &error), ==, SETTLE_FAILED);
    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_RANGE);
    changes_free(changes);
}

/* ---- Random rows, against an array of all places --------------------------------------------- */

struct model {
    int old[SPACE + 8]; /* -1: not known */
    int new[SPACE + 8];
};

/* In the order of offsets and of adding, as rows are settled; the first conflict. */
static uint64_t lay(struct model *model, uint64_t offset, const uint8_t *old, const uint8_t *new,
                    size_t length)
{
    uint64_t first = UINT64_MAX;

    for (size_t i = 0; i < length; i++) {
        int *now = &model->new[offset + i];
        int *before = &model->old[offset + i];

        if ((*now >= 0 && *now != new[i]) || (old && *before >= 0 && *before != old[i])) {
            first = MIN(first, offset + i);
        }
        *now = *now >= 0 ? *now : new[i];
        *before = *before >= 0 || !old ? *before : old[i];
    }
    return first;
}

static void check_against_model(const struct changes *changes, const struct model *model)
{
    size_t at = 0;

    for (uint64_t offset = 0; offset < SPACE + 8; offset++) {
        if (model->new[offset] < 0) {
            continue;
        }
        const bool known = changes->old_bytes && (!changes->known || changes->known[at]);
        g_assert_cmpuint(changes_offset(changes, at), ==, offset);
        g_assert_cmpint(changes->new_bytes[at], ==, model->new[offset]);
        g_assert_cmpint(known ? changes->old_bytes[at] : -1, ==, model->old[offset]);
        at++;
    }
    g_assert_cmpuint(at, ==, changes->length);
}

static void test_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(SEED);
    unsigned conflicts = 0;

    for (unsigned round = 0; round < ROUNDS; round++) {
        struct changes *changes = changes_new();
        struct change_conflict conflict = { .offset = UINT64_MAX };
        struct model model;
        uint64_t expected = UINT64_MAX;

        memset(&model, 0xff, sizeof(model));
        for (int rows = g_rand_int_range(rand, 0, 8); rows > 0; rows--) {
            const uint64_t offset = (uint64_t)g_rand_int_range(rand, 0, SPACE);
            const size_t length = (size_t)g_rand_int_range(rand, 1, 8);
            const bool has_old = g_rand_boolean(rand);
            uint8_t old[8];
            uint8_t new[8];

            for (size_t i = 0; i < length; i++) {
                const bool odd = g_rand_int_range(rand, 0, 60) == 0;
                old[i] = (uint8_t)(offset + i + (odd && has_old ? 1 : 0));
                new[i] = (uint8_t)(offset + i + 100 + (odd && !has_old ? 1 : 0));
            }
            expected = MIN(expected, lay(&model, offset, has_old ? old : NULL, new, length));
            changes_add(changes, offset, has_old ? old : NULL, new, length, NULL);
        }
        const enum settle_status status = settle(changes, &conflict);
        g_assert_cmpint(status, ==, expected == UINT64_MAX ? SETTLE_DONE : SETTLE_CONFLICT);
        g_assert_cmpuint(conflict.offset, ==, expected);
        conflicts += status == SETTLE_CONFLICT;
        if (status == SETTLE_DONE) {
            check_against_model(changes, &model);
        }
        changes_free(changes);
    }
    g_assert_cmpuint(conflicts, >, ROUNDS / 100);
    g_assert_cmpuint(conflicts, <, ROUNDS / 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/changes/pieces", test_pieces);
    g_test_add_func("/changes/old-bytes", test_old_bytes);
    g_test_add_func("/changes/reverse", test_reverse);
    g_test_add_func("/changes/limits", test_limits);
    g_test_add_func("/changes/random", test_random);
    return g_test_run();
}
