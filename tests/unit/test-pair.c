/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transfer/pair.h"

#include "sigbus.h"
#include "support.h"

/* The sanitizers leave SIGBUS to its handler, as the kernel does. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "handle_sigbus=0";
}

#define SEED 20240711u
#define ROUNDS 250

#define NOISE_SIZE (5u * 512u * 1024u + 77u)
#define HOLES_SIZE (3u * 1024u * 1024u)
#define TIB (UINT64_C(1) << 40)

/* ---- Two vectors and their bytes ------------------------------------------------------------- */

struct duo {
    struct files *files;
    struct vector *vectors[SIDES];
    struct model models[SIDES];
};

static struct duo duo_new(void)
{
    struct duo duo = { .files = files_new() };

    for (int i = 0; i < SIDES; i++) {
        duo.vectors[i] = vector_new();
        duo.models[i] = model_new();
    }
    return duo;
}

static void duo_free(struct duo *duo)
{
    for (int i = 0; i < SIDES; i++) {
        vector_free(duo->vectors[i]);
        model_clear(&duo->models[i]);
    }
    files_free(duo->files);
}

/* Adds a segment to one side, without saying what its bytes are. */
static void add_word(struct duo *duo, int side, const char *word)
{
    struct resolver *resolver = resolver_new(duo->files, duo->vectors[side], SLICE_EXACT);
    g_autoptr(GError) error = NULL;

    resolver_add(resolver, word, strlen(word), &error);
    g_assert_no_error(error);
    resolver_free(resolver);
}

static void add_literal(struct duo *duo, int side, const uint8_t *bytes, size_t length)
{
    g_autoptr(GString) word = g_string_new("hex:");

    for (size_t i = 0; i < length; i++) {
        g_string_append_printf(word, "%02x", bytes[i]);
    }
    add_word(duo, side, word->str);
    model_add(&duo->models[side], bytes, length);
}

static void add_fill(struct duo *duo, int side, const uint8_t *pattern, size_t period, size_t size)
{
    g_autoptr(GString) word = g_string_new("fill:");
    g_autofree uint8_t *bytes = g_malloc(MAX(size, 1));

    for (size_t i = 0; i < period; i++) {
        g_string_append_printf(word, "%02x", pattern[i]);
    }
    g_string_append_printf(word, "+%zu", size);
    add_word(duo, side, word->str);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = pattern[i % period];
    }
    model_add(&duo->models[side], bytes, size);
}

/* `content` is what the whole file holds. */
static void add_file(struct duo *duo, int side, const char *name, const uint8_t *content,
                     size_t start, size_t length)
{
    g_autofree char *word = g_strdup_printf("%s@%zu+%zu", name, start, length);

    add_word(duo, side, word);
    model_add(&duo->models[side], content + start, length);
}

/* ---- A walk ---------------------------------------------------------------------------------- */

struct walk {
    const struct duo *duo;
    struct reader *readers[SIDES];
    struct pair *pair;
    unsigned flags;
};

static struct walk walk_start(const struct duo *duo, unsigned flags, unsigned reader_flags)
{
    struct walk walk = { .duo = duo, .flags = flags };
    const struct vector *const vectors[SIDES] = { duo->vectors[SIDE_A], duo->vectors[SIDE_B] };

    for (int i = 0; i < SIDES; i++) {
        walk.readers[i] =
            reader_new(vectors[i], duo->files, READER_REPEATS | reader_flags, SLICE_EXACT);
    }
    walk.pair = pair_new(walk.readers, vectors, 0, flags);
    return walk;
}

static void walk_end(struct walk *walk)
{
    pair_free(walk->pair);
    for (int i = 0; i < SIDES; i++) {
        reader_free(walk->readers[i]);
    }
}

/* The next stretch, which there must be. */
static struct stretch walk_step(const struct walk *walk)
{
    struct stretch stretch;
    g_autoptr(GError) error = NULL;
    const enum reader_status status = pair_next(walk->pair, &stretch, &error);

    g_assert_no_error(error);
    g_assert_cmpint(status, ==, READER_WINDOW);
    return stretch;
}

/* The next step must be the end, and so must all steps after it. */
static void assert_walk_over(const struct walk *walk)
{
    struct stretch stretch;
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(pair_next(walk->pair, &stretch, &error), ==, READER_END);
        g_assert_no_error(error);
    }
}

/* The bytes [at, at + length) of a side, zeros behind its end. To be freed. */
static uint8_t *model_part(const struct model *model, uint64_t at, uint64_t length)
{
    uint8_t *part = g_malloc0((gsize)length);

    if (at < model->bytes->len) {
        memcpy(part, model->bytes->data + at, (size_t)MIN(length, model->bytes->len - at));
    }
    return part;
}

static void assert_origin(const struct walk *walk, const struct stretch *stretch, int side,
                          uint64_t ahead)
{
    const struct model *model = &walk->duo->models[side];
    const uint64_t at = stretch->offset + ahead;
    struct origin origin = { SIZE_MAX, UINT64_MAX };
    const bool has = pair_origin(walk->pair, side, ahead, &origin);

    g_assert_cmpint(has, ==, at < model->bytes->len);
    if (has) {
        size_t segment;
        uint64_t within;

        model_locate(model, at, &segment, &within);
        g_assert_cmpuint(origin.segment, ==, segment);
        g_assert_cmpuint(origin.within, ==, within);
    }
}

static void assert_copy(const struct walk *walk, const struct stretch *stretch, int side,
                        const uint8_t *expected, uint64_t ahead, size_t length)
{
    uint8_t copy[64];

    memset(copy, 0xa5, sizeof(copy));
    g_assert_cmpuint(length, <, sizeof(copy));
    pair_copy(walk->pair, stretch, side, ahead, copy, length);
    assert_same_bytes(copy, expected + ahead, length);
    g_assert_cmpuint(copy[length], ==, 0xa5);
}

static void assert_origins(const struct walk *walk, const struct stretch *stretch, int side)
{
    assert_origin(walk, stretch, side, 0);
    assert_origin(walk, stretch, side, stretch->length / 2);
    assert_origin(walk, stretch, side, stretch->length - 1);
}

static void assert_copies(const struct walk *walk, const struct stretch *stretch, int side,
                          const uint8_t *expected)
{
    const uint64_t middle = stretch->length / 2;
    const size_t length = (size_t)MIN(stretch->length - middle, 40u);

    assert_copy(walk, stretch, side, expected, 0, length);
    assert_copy(walk, stretch, side, expected, middle, length);
    assert_copy(walk, stretch, side, expected, stretch->length - 1, 1);
}

/* What pair.h promises of every stretch. Its bytes cannot always be copied: see pair_copy(). */
static void assert_stretch(const struct walk *walk, const struct stretch *stretch, uint64_t at)
{
    const bool told_equal = !stretch->bytes[SIDE_A];
    uint8_t *expected[SIDES];
    g_autoptr(GError) error = NULL;

    g_assert_cmpuint(stretch->offset, ==, at);
    g_assert_cmpuint(stretch->length, >, 0);
    g_assert_cmpuint(pair_offset(walk->pair), ==, at + stretch->length);
    g_assert_true(told_equal == !stretch->bytes[SIDE_B]);
    for (int i = 0; i < SIDES; i++) {
        expected[i] = model_part(&walk->duo->models[i], at, stretch->length);
        assert_origins(walk, stretch, i);
        if (!told_equal) {
            assert_same_bytes(stretch->bytes[i], expected[i], (size_t)stretch->length);
        }
        if (!told_equal || walk->flags & PAIR_READ_ALL) {
            assert_copies(walk, stretch, i, expected[i]);
        }
    }
    if (told_equal) {
        assert_same_bytes(expected[SIDE_A], expected[SIDE_B], (size_t)stretch->length);
    }
    g_assert_true(pair_intact(walk->pair, &error));
    g_assert_no_error(error);
    g_free(expected[SIDE_A]);
    g_free(expected[SIDE_B]);
}

/* Behind the end of the shorter side: the bytes of the longer one, and nothing of the other. */
static void assert_rest(const struct walk *walk, uint64_t at)
{
    const int longer = pair_longer(walk->pair);
    const struct model *model = &walk->duo->models[longer];
    struct stretch rest;
    g_autoptr(GError) error = NULL;

    while (pair_next_rest(walk->pair, longer, &rest, &error) == READER_WINDOW) {
        g_assert_cmpuint(rest.offset, ==, at);
        g_assert_cmpuint(rest.length, >, 0);
        g_assert_cmpuint(rest.length, <=, model->bytes->len - at);
        g_assert_null(rest.bytes[!longer]);
        assert_same_bytes(rest.bytes[longer], model->bytes->data + at, (size_t)rest.length);
        g_assert_true(pair_intact(walk->pair, &error));
        at += rest.length;
    }
    g_assert_no_error(error);
    g_assert_cmpuint(at, ==, model->bytes->len);
}

/* Walks to the end. Returns how many bytes were told to be equal without being shown. */
static uint64_t assert_walks(const struct duo *duo, unsigned flags, unsigned reader_flags)
{
    struct walk walk = walk_start(duo, flags, reader_flags);
    const uint64_t a = duo->models[SIDE_A].bytes->len;
    const uint64_t b = duo->models[SIDE_B].bytes->len;
    const bool pads = flags & PAIR_ZERO_PAD;
    const uint64_t end = pads ? MAX(a, b) : MIN(a, b);
    uint64_t told = 0;

    for (uint64_t at = 0; at < end;) {
        const struct stretch stretch = walk_step(&walk);

        g_assert_cmpuint(stretch.length, <=, end - at);
        assert_stretch(&walk, &stretch, at);
        told += stretch.bytes[SIDE_A] ? 0 : stretch.length;
        at += stretch.length;
    }
    assert_walk_over(&walk);
    g_assert_cmpuint(pair_offset(walk.pair), ==, end);
    g_assert_cmpint(pair_longer(walk.pair), ==, pads || a == b ? -1 : a > b ? SIDE_A : SIDE_B);
    if (!pads && a != b) {
        assert_rest(&walk, end);
    }
    walk_end(&walk);
    return told;
}

static const unsigned flag_sets[] = {
    0,
    PAIR_ZERO_PAD,
    PAIR_READ_ALL,
    PAIR_ZERO_PAD | PAIR_READ_ALL,
};

static void assert_walks_each_way(const struct duo *duo)
{
    for (size_t i = 0; i < G_N_ELEMENTS(flag_sets); i++) {
        assert_walks(duo, flag_sets[i], 0);
        assert_walks(duo, flag_sets[i], READER_MAP);
        assert_walks(duo, flag_sets[i], READER_NO_MAP);
    }
}

/* ---- Small vectors, cut everywhere ----------------------------------------------------------- */

enum spelling { AS_LITERAL, AS_FILL, AS_FILE, SPELLINGS };

/* Fifteen bytes that a fill of three can spell, and a file that holds them twice. */
static const uint8_t small[] = "abcabcabcabcabc";
#define SMALL_SIZE (sizeof(small) - 1)

static void add_small(struct duo *duo, int side, enum spelling spelling, size_t start, size_t end)
{
    const uint8_t pattern[] = { small[start % 3], small[(start + 1) % 3], small[(start + 2) % 3] };

    switch (spelling) {
    case AS_LITERAL:
        add_literal(duo, side, small + start, end - start);
        break;
    case AS_FILL:
        add_fill(duo, side, pattern, sizeof(pattern), end - start);
        break;
    case AS_FILE:
        add_file(duo, side, "small", small, start, end - start);
        break;
    case SPELLINGS:
        g_assert_not_reached();
    }
}

static void check_small(size_t cut_a, size_t cut_b, unsigned spellings, bool b_is_shorter)
{
    struct duo duo = duo_new();
    const size_t end_b = SMALL_SIZE - b_is_shorter;

    add_small(&duo, SIDE_A, (enum spelling)(spellings % SPELLINGS), 0, cut_a);
    add_small(&duo, SIDE_A, (enum spelling)(spellings / 3 % SPELLINGS), cut_a, SMALL_SIZE);
    add_small(&duo, SIDE_B, (enum spelling)(spellings / 9 % SPELLINGS), 0, MIN(cut_b, end_b));
    add_small(&duo, SIDE_B, (enum spelling)(spellings / 27 % SPELLINGS), MIN(cut_b, end_b), end_b);
    assert_walks(&duo, flag_sets[(cut_a + cut_b) % G_N_ELEMENTS(flag_sets)], 0);
    duo_free(&duo);
}

static void test_small(void)
{
    write_file("small", small, SMALL_SIZE);
    for (size_t cut_a = 0; cut_a <= SMALL_SIZE; cut_a++) {
        for (size_t cut_b = 0; cut_b <= SMALL_SIZE; cut_b += 2) {
            for (unsigned spellings = (unsigned)cut_b % 2; spellings < 81; spellings += 2) {
                check_small(cut_a, cut_b, spellings, spellings % 5 == 0);
            }
        }
    }
}

static void test_empty(void)
{
    for (int i = 0; i < 4; i++) {
        struct duo duo = duo_new();

        if (i & 1) {
            add_literal(&duo, SIDE_A, NULL, 0);
            add_word(&duo, SIDE_B, "zero:0");
            model_add(&duo.models[SIDE_B], NULL, 0);
        }
        if (i & 2) {
            add_literal(&duo, SIDE_B, small, 3);
        }
        assert_walks_each_way(&duo);
        duo_free(&duo);
    }
}

/* ---- Random vectors -------------------------------------------------------------------------- */

static uint8_t *noise_bytes;
static uint8_t *holes_bytes;

/* "noise", "hard-link" to it, and "holes", which has data in places. */
static void make_files(void)
{
    noise_bytes = noise(0, NOISE_SIZE);
    write_file("noise", noise_bytes, NOISE_SIZE);
    g_assert_cmpint(link("noise", "hard-link"), ==, 0);

    holes_bytes = g_malloc0(HOLES_SIZE);
    const int fd = open("holes", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    g_assert_cmpint(ftruncate(fd, HOLES_SIZE), ==, 0);
    for (size_t at = 200000; at < HOLES_SIZE; at += 700000) {
        memcpy(holes_bytes + at, noise_bytes + at, 3000);
        g_assert_cmpint(pwrite(fd, holes_bytes + at, 3000, (off_t)at), ==, 3000);
    }
    close(fd);
}

/* A size around those of the reader's buffers; seldom a large one. */
static size_t random_size(GRand *rng)
{
    static const size_t sizes[] = { 0,     1,     2,      7,      4095,   4096,        4097,
                                    65535, 65536, 65537,  200000, 262144, 262145,      1000,
                                    63,    64,    300000, 17,     5000,   2097152 + 3, 30 };
    const int index = g_rand_int_range(rng, 0, G_N_ELEMENTS(sizes));

    return sizes[index] > 1000000 && g_rand_boolean(rng) ? 0 : sizes[index];
}

static void random_fill(GRand *rng, uint8_t *pattern, size_t *period)
{
    static const size_t periods[] = { 1, 1, 1, 2, 3, 4, 7, 16, 1000 };

    *period = periods[g_rand_int_range(rng, 0, G_N_ELEMENTS(periods))];
    memcpy(pattern, noise_bytes + g_rand_int_range(rng, 0, 1000), *period);
    if (g_rand_boolean(rng)) {
        memset(pattern, g_rand_boolean(rng) ? 0 : 'x', *period);
    }
}

static void add_random_file(struct duo *duo, int side, GRand *rng, const char *name,
                            const uint8_t *content, size_t size)
{
    const size_t start = (size_t)g_rand_int_range(rng, 0, (gint32)size + 1);
    const size_t length = random_size(rng);

    add_file(duo, side, name, content, start, MIN(length, size - start));
}

static void add_random(struct duo *duo, int side, GRand *rng)
{
    uint8_t pattern[1000];
    size_t period;

    switch (g_rand_int_range(rng, 0, 5)) {
    case 0:
        add_literal(duo, side, noise_bytes + g_rand_int_range(rng, 0, 1000),
                    (size_t)g_rand_int_range(rng, 0, 6000));
        break;
    case 1:
        random_fill(rng, pattern, &period);
        add_fill(duo, side, pattern, period, random_size(rng));
        break;
    case 2:
        add_random_file(duo, side, rng, "noise", noise_bytes, NOISE_SIZE);
        break;
    case 3:
        add_random_file(duo, side, rng, "hard-link", noise_bytes, NOISE_SIZE);
        break;
    default:
        add_random_file(duo, side, rng, "holes", holes_bytes, HOLES_SIZE);
        break;
    }
}

/* The same bytes on both sides, seldom in the same words. */
static void add_random_twins(struct duo *duo, GRand *rng)
{
    const size_t start = (size_t)g_rand_int_range(rng, 0, 100000);
    const size_t length = random_size(rng);
    const size_t cut = length ? (size_t)g_rand_int_range(rng, 0, (gint32)length) : 0;
    uint8_t pattern[2000];
    size_t period;

    switch (g_rand_int_range(rng, 0, 3)) {
    case 0:
        add_file(duo, SIDE_A, "noise", noise_bytes, start, length);
        add_file(duo, SIDE_B, "hard-link", noise_bytes, start, cut);
        add_file(duo, SIDE_B, "noise", noise_bytes, start + cut, length - cut);
        break;
    case 1:
        random_fill(rng, pattern, &period);
        memcpy(pattern + period, pattern, period);
        add_fill(duo, SIDE_A, pattern, period, length);
        add_fill(duo, SIDE_B, pattern, 2 * period, cut);
        add_fill(duo, SIDE_B, pattern + cut % period, period, length - cut);
        break;
    default:
        add_file(duo, SIDE_A, "holes", holes_bytes, start, length);
        add_file(duo, SIDE_B, "holes", holes_bytes, start, length);
        break;
    }
}

static void check_random(unsigned seed)
{
    GRand *rng = g_rand_new_with_seed(SEED + seed);
    struct duo duo = duo_new();

    for (int n = g_rand_int_range(rng, 0, 7); n > 0; n--) {
        switch (g_rand_int_range(rng, 0, 4)) {
        case 0:
            add_random(&duo, SIDE_A, rng);
            break;
        case 1:
            add_random(&duo, SIDE_B, rng);
            break;
        default:
            add_random_twins(&duo, rng);
            break;
        }
    }
    g_test_message("seed %u: %zu and %zu segments", seed, vector_count(duo.vectors[SIDE_A]),
                   vector_count(duo.vectors[SIDE_B]));
    assert_walks(&duo, flag_sets[seed % 4], seed / 4 % 2 ? READER_NO_MAP : 0);
    duo_free(&duo);
    g_rand_free(rng);
}

static void test_random(void)
{
    for (unsigned seed = 0; seed < ROUNDS; seed++) {
        check_random(seed);
    }
}

/* ---- What is not looked at ------------------------------------------------------------------- */

/* All of both sides comes in one stretch without bytes. */
static void assert_told_at_once(const struct duo *duo, unsigned flags, uint64_t length)
{
    struct walk walk = walk_start(duo, flags, 0);
    const struct stretch stretch = walk_step(&walk);

    g_assert_null(stretch.bytes[SIDE_A]);
    g_assert_null(stretch.bytes[SIDE_B]);
    g_assert_cmpuint(stretch.offset, ==, 0);
    g_assert_cmpuint(stretch.length, ==, length);
    assert_walk_over(&walk);
    walk_end(&walk);
}

static void check_told_at_once(const char *a, const char *b, unsigned flags, uint64_t length)
{
    struct duo duo = duo_new();

    add_word(&duo, SIDE_A, a);
    if (b) {
        add_word(&duo, SIDE_B, b);
    }
    assert_told_at_once(&duo, flags, length);
    duo_free(&duo);
}

/* The first stretch has bytes. */
static void check_shown(const char *a, const char *b, unsigned flags)
{
    struct duo duo = duo_new();

    add_word(&duo, SIDE_A, a);
    add_word(&duo, SIDE_B, b);
    struct walk walk = walk_start(&duo, flags, 0);
    g_assert_nonnull(walk_step(&walk).bytes[SIDE_A]);
    walk_end(&walk);
    duo_free(&duo);
}

static void test_same_file(void)
{
    check_told_at_once("noise", "noise", 0, NOISE_SIZE);
    check_told_at_once("noise", "./noise", 0, NOISE_SIZE);
    check_told_at_once("noise@5", "hard-link@5", PAIR_ZERO_PAD, NOISE_SIZE - 5);
    check_told_at_once("noise@5+70000", "noise@5+70000", 0, 70000);
    check_told_at_once("noise@5+3", "noise@5+3", 0, 3);
    check_shown("noise@0+100000", "noise@1+100000", 0);
    check_shown("noise@0+100000", "holes@0+100000", 0);
    check_shown("noise", "noise", PAIR_READ_ALL);
}

/* However the ranges are cut, and whatever comes before them. */
static void test_same_file_in_pieces(void)
{
    struct duo duo = duo_new();
    const uint8_t front[] = "front";

    add_literal(&duo, SIDE_A, front, 5);
    add_file(&duo, SIDE_A, "noise", noise_bytes, 7, 1000000);
    add_literal(&duo, SIDE_B, front, 2);
    add_literal(&duo, SIDE_B, front + 2, 3);
    add_file(&duo, SIDE_B, "noise", noise_bytes, 7, 100000);
    add_file(&duo, SIDE_B, "hard-link", noise_bytes, 100007, 0);
    add_file(&duo, SIDE_B, "hard-link", noise_bytes, 100007, 300000);
    add_file(&duo, SIDE_B, "noise", noise_bytes, 400007, 600000);
    g_assert_cmpuint(assert_walks(&duo, 0, 0), ==, 1000000);
    g_assert_cmpuint(assert_walks(&duo, PAIR_READ_ALL, 0), ==, 0);
    duo_free(&duo);
}

/* A file of which nothing is left is as good, as long as nobody looks. */
static void test_same_file_unread(void)
{
    struct duo duo = duo_new();
    g_autoptr(GError) error = NULL;
    struct stretch stretch;

    write_file("gone", noise_bytes, 100000);
    add_word(&duo, SIDE_A, "gone");
    add_word(&duo, SIDE_B, "gone");
    g_assert_cmpint(truncate("gone", 0), ==, 0);
    assert_told_at_once(&duo, 0, 100000);

    struct walk walk = walk_start(&duo, PAIR_READ_ALL, 0);
    g_assert_cmpint(pair_next(walk.pair, &stretch, &error), ==, READER_FAILED);
    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE);
    walk_end(&walk);
    duo_free(&duo);
}

static void test_holes(void)
{
    const int fd = open("tib", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (ftruncate(fd, (off_t)TIB) != 0) {
        g_test_skip("the kernel or file system has no files of 1 TiB");
    } else {
        g_assert_cmpint(link("tib", "tib-too"), ==, 0);
        check_told_at_once("tib", "tib", PAIR_READ_ALL, TIB);
        check_told_at_once("tib@1..-1", "zero:1T@2", 0, TIB - 2);
        check_told_at_once("tib", NULL, PAIR_ZERO_PAD, TIB);
        check_shown("tib", "fill:00000001+1T", 0);
    }
    close(fd);
}

static void test_repeats(void)
{
    check_told_at_once("zero:1T", "zero:1T", 0, TIB);
    check_told_at_once("zero:1T", "fill:000000+1T", PAIR_READ_ALL, TIB);
    check_told_at_once("fill:ab+1T", "fill:abab+1T", 0, TIB);
    check_told_at_once("fill:abcd+1T@1", "fill:cdab+0xffffffffff", 0, TIB - 1);
    check_told_at_once("fill:aaaaaa+1T", "fill:aaaaaaaaaaaaaa+1T", 0, TIB);
    check_shown("fill:ab+1T", "fill:abac+1T", 0);
    check_shown("fill:abcd+1T", "fill:cdab+1T", 0);
    check_shown("zero:1T", "fill:0000000000000001+1T", 0);
}

/* All of it is told to be equal where both sides repeat: a few KiB do not, they are spelled out. */
static void test_repeats_of_any_periods(void)
{
    uint8_t pattern[64];

    for (size_t i = 0; i < sizeof(pattern); i++) {
        pattern[i] = (uint8_t)('0' + i % 4);
    }
    for (size_t a = 4; a <= 16; a += 4) {
        for (size_t b = 4; b <= 16; b += 4) {
            for (size_t phase = 0; phase < 4; phase++) {
                struct duo duo = duo_new();

                add_fill(&duo, SIDE_A, pattern, a, 4096 + phase);
                add_fill(&duo, SIDE_A, pattern + phase, a, 200000);
                add_fill(&duo, SIDE_B, pattern, b, 204096 + phase);
                g_assert_cmpuint(assert_walks(&duo, PAIR_READ_ALL, 0), ==, 200000);
                duo_free(&duo);
            }
        }
    }
}

/* No buffer holds the least common multiple of these periods. */
static void test_repeats_of_long_periods(void)
{
    g_autofree uint8_t *pattern = g_malloc(SPEC_PATTERN_MAX);

    memset(pattern, 'x', SPEC_PATTERN_MAX);
    for (int unlike = 0; unlike < 2; unlike++) {
        struct duo duo = duo_new();

        pattern[30000] = unlike ? 'y' : 'x';
        add_fill(&duo, SIDE_A, pattern, SPEC_PATTERN_MAX, 700000);
        add_fill(&duo, SIDE_B, pattern, SPEC_PATTERN_MAX - 1, 700001);
        assert_walks_each_way(&duo);
        duo_free(&duo);
    }
}

/* ---- Streams --------------------------------------------------------------------------------- */

static void check_stream(int stream_side, size_t stream_length, size_t other_length, unsigned flags)
{
    struct duo duo = duo_new();
    const int fd = pipe_with(noise_bytes, stream_length);
    g_autofree char *word = g_strdup_printf("fd:%d", fd);

    add_word(&duo, stream_side, word);
    model_add(&duo.models[stream_side], noise_bytes, stream_length);
    add_literal(&duo, !stream_side, noise_bytes, other_length / 3);
    add_file(&duo, !stream_side, "noise", noise_bytes, other_length / 3,
             other_length - other_length / 3);
    g_assert_cmpuint(assert_walks(&duo, flags, 0), ==, 0);
    duo_free(&duo);
    close(fd);
}

static void test_stream(void)
{
    static const size_t lengths[] = { 0, 1, 40000, 65536 };

    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(lengths); j++) {
            check_stream(SIDE_A, lengths[i], lengths[j], flag_sets[(i + j) % 4]);
            check_stream(SIDE_B, lengths[i], lengths[j], flag_sets[(i + j + 1) % 4]);
        }
    }
}

/* ---- Files that shrink ----------------------------------------------------------------------- */

static void assert_shrank(const GError *error)
{
    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SOURCE);
    g_assert_true(g_str_has_prefix(error->message, "shrinking@0+300000: the file shrank"));
}

static void test_shrinks_under_a_stretch(void)
{
    for (int side = 0; side < SIDES; side++) {
        struct duo duo = duo_new();
        g_autoptr(GError) error = NULL;

        write_file("shrinking", noise_bytes, 300000);
        add_word(&duo, side, "shrinking");
        add_word(&duo, !side, "fill:01+300000");
        struct walk walk = walk_start(&duo, 0, 0);
        const struct stretch stretch = walk_step(&walk);
        g_assert_true(pair_intact(walk.pair, &error));
        g_assert_cmpint(truncate("shrinking", 4096), ==, 0);
        const volatile uint8_t *bytes = stretch.bytes[side];
        g_assert_cmpuint(bytes[stretch.length - 1], ==, 0);
        g_assert_false(pair_intact(walk.pair, &error));
        assert_shrank(error);
        walk_end(&walk);
        duo_free(&duo);
    }
}

static void test_shrinks_between_stretches(void)
{
    struct duo duo = duo_new();
    g_autoptr(GError) error = NULL;
    struct stretch stretch;

    write_file("shrinking", noise_bytes, 300000);
    add_word(&duo, SIDE_A, "fill:01+300000");
    add_word(&duo, SIDE_B, "shrinking");
    struct walk walk = walk_start(&duo, 0, READER_NO_MAP);
    uint64_t walked = 0;
    while (walked < WINDOW_READ) {
        walked += walk_step(&walk).length;
    }
    g_assert_cmpint(truncate("shrinking", 1), ==, 0);
    g_assert_cmpint(pair_next(walk.pair, &stretch, &error), ==, READER_FAILED);
    assert_shrank(error);
    walk_end(&walk);
    duo_free(&duo);
}

static void add_tests(void)
{
    g_test_add_func("/pair/small", test_small);
    g_test_add_func("/pair/empty", test_empty);
    g_test_add_func("/pair/random", test_random);
    g_test_add_func("/pair/same-file", test_same_file);
    g_test_add_func("/pair/same-file-in-pieces", test_same_file_in_pieces);
    g_test_add_func("/pair/same-file-unread", test_same_file_unread);
    g_test_add_func("/pair/holes", test_holes);
    g_test_add_func("/pair/repeats", test_repeats);
    g_test_add_func("/pair/repeats-of-any-periods", test_repeats_of_any_periods);
    g_test_add_func("/pair/repeats-of-long-periods", test_repeats_of_long_periods);
    g_test_add_func("/pair/stream", test_stream);
    sigbus_add_func("/pair/shrinks-under-a-stretch", test_shrinks_under_a_stretch);
    g_test_add_func("/pair/shrinks-between-stretches", test_shrinks_between_stretches);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    char *folder = scratch_enter();

    make_files();
    add_tests();
    const int status = g_test_run();
    g_free(noise_bytes);
    g_free(holes_bytes);
    scratch_leave(folder);
    return status;
}
