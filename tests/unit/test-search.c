/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/search.h"

#include <glib.h>
#include <string.h>

#define DATA_MAX 20000u

/* One search over data that comes in some windows, judged by the plain loop. */
struct scene {
    const uint8_t *data;
    size_t size;
    struct find_pattern *patterns[3];
    size_t count;
    struct search_rules rules;
};

/* The next hit of one pattern at or behind `from`, an offset in the data. */
static size_t expected_next(const struct scene *scene, size_t pattern, size_t from)
{
    const size_t length = find_pattern_length(scene->patterns[pattern]);
    for (; from + length <= scene->size; from++) {
        if ((scene->rules.start + from) % scene->rules.align == 0 &&
            find_pattern_fits(scene->patterns[pattern], scene->data + from)) {
            return from;
        }
    }
    return SIZE_MAX;
}

/* Where the search for each pattern goes on. */
struct expectation {
    size_t next[3];
};

static void expect_hit(const struct scene *scene, struct expectation *expected,
                       const struct search_hit *hit)
{
    size_t first = 0;
    for (size_t i = 1; i < scene->count; i++) {
        first = expected->next[i] < expected->next[first] ? i : first;
    }
    const size_t at = expected->next[first];
    const size_t length = find_pattern_length(scene->patterns[first]);
    g_assert_cmpuint(hit->offset, ==, scene->rules.start + at);
    g_assert_cmpuint(hit->pattern, ==, first);
    g_assert_cmpuint(hit->length, ==, length);
    expected->next[first] =
        expected_next(scene, first, at + (scene->rules.overlapping ? 1 : length));
}

static void take_hits(const struct scene *scene, struct search *search,
                      struct expectation *expected)
{
    struct search_hit hit;
    while (search_hit(search, &hit)) {
        expect_hit(scene, expected, &hit);
    }
}

/* Each window is a copy, which is overwritten afterwards. */
static void check_scene(const struct scene *scene, GRand *rand, gint piece_max)
{
    struct search *search = search_new(scene->patterns, scene->count, &scene->rules);
    struct expectation expected;
    for (size_t i = 0; i < scene->count; i++) {
        expected.next[i] = expected_next(scene, i, 0);
    }
    for (size_t at = 0; at < scene->size;) {
        const size_t wanted = (size_t)g_rand_int_range(rand, 1, piece_max);
        const size_t piece = MIN(wanted, scene->size - at);
        g_autofree uint8_t *copy = g_memdup2(scene->data + at, piece);
        search_window(search, &(struct window){ .iov = { copy, piece }, .length = piece });
        take_hits(scene, search, &expected);
        memset(copy, 0, piece);
        at += piece;
    }
    search_end(search);
    take_hits(scene, search, &expected);
    for (size_t i = 0; i < scene->count; i++) {
        g_assert_cmpuint(expected.next[i], ==, SIZE_MAX);
    }
    search_free(search);
}

static void test_random_windows(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    static uint8_t data[DATA_MAX];
    for (unsigned round = 0; round < 400; round++) {
        const gint piece_max = round % 3 == 0 ? 10 : round % 3 == 1 ? 3000 : 15000;
        struct scene scene = {
            .data = data,
            .size = (size_t)g_rand_int_range(rand, 0, DATA_MAX),
            .count = (size_t)g_rand_int_range(rand, 1, 4),
            .rules = { .start = (uint64_t)g_rand_int_range(rand, 0, 10),
                       .align = (uint64_t)g_rand_int_range(rand, 1, 5),
                       .overlapping = g_rand_boolean(rand) },
        };
        for (size_t i = 0; i < scene.size; i++) {
            data[i] = g_rand_int_range(rand, 0, 12) == 0;
        }
        for (size_t i = 0; i < scene.count; i++) {
            const gint most = g_rand_int_range(rand, 0, 10) == 0 ? 5000 : 50;
            uint8_t bytes[5000];
            const size_t length = (size_t)g_rand_int_range(rand, 1, most);
            for (size_t j = 0; j < length; j++) {
                bytes[j] = g_rand_int_range(rand, 0, 12) == 0;
            }
            if (length < scene.size) {
                memcpy(bytes, data + (size_t)g_rand_int_range(rand, 0, (gint)(scene.size - length)),
                       length);
            }
            scene.patterns[i] = find_pattern_new(bytes, NULL, length);
        }
        check_scene(&scene, rand, piece_max);
        for (size_t i = 0; i < scene.count; i++) {
            find_pattern_free(scene.patterns[i]);
        }
    }
}

static size_t count_hits(struct search *search, struct search_hit *latest)
{
    size_t count = 0;
    while (search_hit(search, latest)) {
        count++;
    }
    return count;
}

/* 4 EiB of zeros: it would never end if they were all looked at. */
static void test_repeats_are_passed_over(void)
{
    static uint8_t tile[65536];
    const uint64_t length = UINT64_C(1) << 62;
    struct find_pattern *pattern = find_pattern_new((const uint8_t *)"\0\0x", NULL, 3);
    const struct search_rules rules = { .start = 7, .align = 1 };
    struct search *search = search_new(&pattern, 1, &rules);
    struct search_hit hit;
    search_window(search, &(struct window){ { tile, sizeof(tile) }, length, .period = 1 });
    g_assert_cmpuint(count_hits(search, &hit), ==, 0);
    search_window(search, &(struct window){ { (void *)(uintptr_t) "x", 1 }, 1, .period = 0 });
    g_assert_cmpuint(count_hits(search, &hit), ==, 1);
    g_assert_cmpuint(hit.offset, ==, 7 + length - 2);
    search_end(search);
    g_assert_cmpuint(count_hits(search, &hit), ==, 0);
    search_free(search);
    find_pattern_free(pattern);
}

/* With an alignment that is no multiple of the period, each round differs. */
static void test_repeats_with_hits(void)
{
    enum { PERIOD = 4, TILE = 65536, LENGTH = 10 * TILE + 2 };
    static uint8_t tile[TILE];
    struct find_pattern *pattern = find_pattern_new((const uint8_t *)"ab", NULL, 2);
    const struct search_rules rules = { .align = 3 };
    struct search *search = search_new(&pattern, 1, &rules);
    struct search_hit hit;
    for (size_t i = 0; i < TILE; i++) {
        tile[i] = (uint8_t) "zzab"[i % PERIOD];
    }
    size_t expected = 0;
    for (size_t at = 2; at + 2 <= LENGTH; at += PERIOD) {
        expected += at % 3 == 0;
    }
    search_window(search, &(struct window){ { tile, TILE }, LENGTH, .period = PERIOD });
    size_t count = count_hits(search, &hit);
    search_end(search);
    count += count_hits(search, &hit);
    g_assert_cmpuint(count, ==, expected);
    search_free(search);
    find_pattern_free(pattern);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/search/random-windows", test_random_windows);
    g_test_add_func("/search/repeats-are-passed-over", test_repeats_are_passed_over);
    g_test_add_func("/search/repeats-with-hits", test_repeats_with_hits);
    return g_test_run();
}
