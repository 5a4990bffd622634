/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/trial.h"

#include <glib.h>

/* Runs a trial to its end in which the n-th piece takes times[way][n]. */
static struct trial tried(const uint64_t times[TRIAL_WAYS][TRIAL_ROUNDS])
{
    struct trial trial = { 0 };
    unsigned rounds[TRIAL_WAYS] = { 0 };
    while (trial_is_on(&trial)) {
        const enum trial_way way = trial_way(&trial);
        g_assert_cmpuint(rounds[way], <, TRIAL_ROUNDS);
        trial_note(&trial, way, TRIAL_SIZE, times[way][rounds[way]++]);
    }
    g_assert_cmpuint(rounds[TRIAL_MAP], ==, TRIAL_ROUNDS);
    g_assert_cmpuint(rounds[TRIAL_READ], ==, TRIAL_ROUNDS);
    return trial;
}

static void test_best_time_decides(void)
{
    static const struct {
        uint64_t times[TRIAL_WAYS][TRIAL_ROUNDS];
        enum trial_way taken;
    } rows[] = {
        { { { 1, 1, 1 }, { 2, 2, 2 } }, TRIAL_MAP },
        { { { 2, 2, 2 }, { 1, 1, 1 } }, TRIAL_READ },
        { { { 9, 9, 1 }, { 2, 2, 2 } }, TRIAL_MAP }, /* the first use of a mapping costs more */
        { { { 1, 9, 9 }, { 2, 2, 2 } }, TRIAL_MAP },
        { { { 3, 3, 3 }, { 9, 2, 9 } }, TRIAL_READ }, /* and anything may be interrupted */
        { { { 5, 5, 5 }, { 5, 5, 5 } }, TRIAL_READ }, /* a draw: reading has no traps */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct trial trial = tried(rows[i].times);
        g_assert_cmpint(trial_way(&trial), ==, rows[i].taken);
    }
}

static void test_ways_alternate(void)
{
    struct trial trial = { 0 };
    for (unsigned i = 0; i < 2 * TRIAL_ROUNDS; i++) {
        g_assert_true(trial_is_on(&trial));
        g_assert_cmpint(trial_way(&trial), ==, i % 2 == 0 ? TRIAL_MAP : TRIAL_READ);
        trial_note(&trial, trial_way(&trial), TRIAL_SIZE, 1);
    }
    g_assert_false(trial_is_on(&trial));
}

static void test_larger_pieces_count_by_their_size(void)
{
    struct trial trial = { 0 };
    while (trial_is_on(&trial)) {
        const enum trial_way way = trial_way(&trial);
        trial_note(&trial, way, way == TRIAL_MAP ? 8 * TRIAL_SIZE : TRIAL_SIZE,
                   way == TRIAL_MAP ? 799 : 100);
    }
    g_assert_cmpint(trial_way(&trial), ==, TRIAL_MAP);
}

/* Where mapping costs several times as much, as little as possible is mapped to find that out. */
static void test_much_is_mapped_only_where_it_may_pay(void)
{
    static const struct {
        uint64_t mapped, read;
        size_t size;
    } rows[] = { { 1, 1, SIZE_MAX }, { 2, 1, SIZE_MAX }, { 3, 1, TRIAL_SIZE } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct trial trial = { 0 };
        g_assert_cmpuint(trial_map_size(&trial), ==, TRIAL_SIZE);
        trial_note(&trial, TRIAL_MAP, TRIAL_SIZE, rows[i].mapped);
        g_assert_cmpuint(trial_map_size(&trial), ==, TRIAL_SIZE);
        trial_note(&trial, TRIAL_READ, TRIAL_SIZE, rows[i].read);
        g_assert_cmpuint(trial_map_size(&trial), ==, rows[i].size);
    }
}

/* The ends of ranges say nothing about the rest. */
static void test_smaller_pieces_do_not_count(void)
{
    struct trial trial = { 0 };
    for (unsigned i = 0; i < 100; i++) {
        trial_note(&trial, TRIAL_MAP, TRIAL_SIZE - 1, 1);
        trial_note(&trial, TRIAL_MAP, 1, 1);
    }
    g_assert_true(trial_is_on(&trial));
    g_assert_cmpint(trial_way(&trial), ==, TRIAL_MAP);
    trial_note(&trial, TRIAL_MAP, TRIAL_SIZE, 1);
    g_assert_cmpint(trial_way(&trial), ==, TRIAL_READ);
}

static void test_tries_again(void)
{
    static const uint64_t map_wins[TRIAL_WAYS][TRIAL_ROUNDS] = { { 1, 1, 1 }, { 2, 2, 2 } };
    struct trial trial = tried(map_wins);
    trial_note(&trial, TRIAL_MAP, TRIAL_SPAN - 1, 0);
    g_assert_false(trial_is_on(&trial));
    g_assert_cmpint(trial_way(&trial), ==, TRIAL_MAP);
    trial_note(&trial, TRIAL_MAP, 1, 0);
    g_assert_true(trial_is_on(&trial));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trial/best-time-decides", test_best_time_decides);
    g_test_add_func("/trial/ways-alternate", test_ways_alternate);
    g_test_add_func("/trial/larger-pieces", test_larger_pieces_count_by_their_size);
    g_test_add_func("/trial/much-mapped", test_much_is_mapped_only_where_it_may_pay);
    g_test_add_func("/trial/smaller-pieces", test_smaller_pieces_do_not_count);
    g_test_add_func("/trial/again", test_tries_again);
    return g_test_run();
}
