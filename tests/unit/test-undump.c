/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/undump.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "core/hexline.h"
#include "dump-tools.h"
#include "hexline-check.h"
#include "segment/error.h"
#include "segment/spec.h"

#define LENGTH_MOST 5000

/* ---- What is read ---------------------------------------------------------------------------- */

/* `out` is these bytes from `start` on. */
static void assert_bytes(const GByteArray *out, size_t start, const void *bytes, size_t length)
{
    g_assert_cmpuint(out->len, ==, start + length);
    g_assert_true(length == 0 || memcmp(out->data + start, bytes, length) == 0);
}

/* Appended to what is there already. */
static void assert_undumps(const char *text, size_t text_length, const uint8_t *bytes,
                           size_t length)
{
    static const uint8_t before[] = { 1, 2, 3 };
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autofree char *copy = g_memdup2(text, text_length); /* without a NUL after it */
    g_autoptr(GError) error = NULL;

    g_byte_array_append(out, before, sizeof(before));
    if (!undump("dump", TEXT_ANY, copy, text_length, SIZE_MAX, out, &error)) {
        g_error("%s (seed %u):\n%.*s", error->message, SEED, (int)text_length, text);
    }
    g_assert_no_error(error);
    g_assert_true(memcmp(out->data, before, sizeof(before)) == 0);
    assert_bytes(out, sizeof(before), bytes, length);
}

static const struct good {
    const char *text;
    const char *bytes;
} goods[] = {
    { "", "" },
    { "\n\n\r\n", "" },
    { "# nothing else", "" },
    { "4142", "AB" },
    { "4142\n", "AB" },
    { "4142\r\n43\r\n", "ABC" },
    { "4142 43\n\n# comment\n44\n", "ABCD" },
    { "4a4B 4b\n", "JKK" },
    { "00000000: 4142  AB", "AB" },
    { "0: 41 42  AB\n2: 43     C\n", "ABC" },
    { "0000000c: 414243  ABC\r\n", "ABC" },
    { "ffffffffffffffff: 41  A\n0: 42  B\n", "AB" },
    /* ASCII of digits, blanks and bars, and of nothing but blanks */
    { "00: 3431 2020  41  \n04: 207c 7c     ||\n", "41   ||" },
    { "00: 2020    \n", "  " },
    { "00: 20           \n", " " },
    { "0: 0a 2e  ..\n", "\n." },
    { "00000000  41 42  |AB|\n", "AB" },
    { "00000000  41 42  |AB|\n00000002\n\n# end\n", "AB" },
    { "00000000  7c 7c  7c  |||||\n", "|||" },
    { "100  4142  43   |ABC|\n103  44         |D|\n104  4546  47   |EFG|\n107\n", "ABCDEFG" },
    { "0  41 42  |AB|\n*\n6  43     |C|\n7\n", "ABABABC" },
    { "0  41 42  |AB|\n*\n5\n", "ABABA" },
    { "0  41 42  |AB|\n*\n# comment\n3  43     |C|\n*\n6\n", "ABACCC" },
    { "0: 41 42  AB\n*\n6: 43     C\n", "ABABABC" },
    /* without characters, with those of some rows, and not where they are in the first row */
    { "00: 41", "A" },
    { "00: 4142 \n02: 43  C\n03: 44", "ABCD" },
    { "00: 4142  AB\n02: 41   A\n03: 414243  ABC", "ABAABC" },
    { "00: 4142  AB\n02: 4120  A", "ABA " },
    { "00  41 42\n02  43   |C|\n03", "ABC" },
    { "00  41 42\n02\n", "AB" },
    { "00  41  |A|\n01  43 44  |CD|", "ACD" },
    /* od -A x, -A d, -A o, and plain groups that are not */
    { "000000 41 42\n000002\n", "AB" },
    { "000000 41 42  >AB<\n", "AB" },
    { "000010 41 42\n*\n000015 43\n000016\n", "ABABAC" },
    { "0000000 41 42 43 44 45 46 47 48\n0000008 49\n0000009\n", "ABCDEFGHI" },
    { "0000000 41 42 43 44 45 46 47 48\n0000010 49\n0000011\n", "ABCDEFGHI" },
    { "1000000 41\n", "A" },
    { "0  41\n", "A" },
    { "414243 444546 47\n48\n", "ABCDEFGH" },
    { "41424344 45\n41424344 41424344\n", "ABCDEABCDABCD" },
    /* xxd -b */
    { "0: 01000001 01000010  AB\n2: 01000011\n", "ABC" },
    { "00000000: 0100000101000010 01000011  ABC", "ABC" },
    /* tcpdump, one packet after the other */
    { "\t0x0000:  4142 43\n", "ABC" },
    { "0x0010:  4142 43  ABC\n0x0013:  20  .", "ABC " },
    { "12:00 IP a > b\n    more\n\t0x0000:  4142\n12:01 IP\n\t0x0000:  43\n", "ABC" },
    /* hexyl */
    { "+--------+-------------------------+--------+\n"
      "|00000000| 41 42 43 44 45 46 47 48 |ABCDEFGH|\n"
      "|*       |                         |        |\n"
      "|00000010| 7c                      ||       |\n"
      "+--------+-------------------------+--------+\n",
      "ABCDEFGHABCDEFGH|" },
    { "\033[1m|\033[0m00000000| \033[36m41 \033[0m42                   |AB      |", "AB" },
    { "|00000000| 41                      |\n", "A" },
    /* c */
    { "0x41", "A" },
    { "  0x41, 0X42,\n  0x43\n", "ABC" },
    { "unsigned char a[] = {\n};\nunsigned int a_len = 0;\n", "" },
    { "static const uint8_t a[2] = { 0x41, 0x42, };\n", "AB" },
    /* ihex: no bytes, a segment, a linear address, entry points, lower case */
    { ":00000001FF\n", "" },
    { ":0200000041427B\r\n# comment\n:0100020043ba\n:00000001ff\n", "ABC" },
    { ":02FFFE0041427E\n:020000021000EC\n:0100000043BC\n:00000001FF", "ABC" },
    { ":020000040001F9\n:02FFFF0041427D\n:0400000500000000F7\n:0400000300000000F9\n"
      ":00000001FF\n",
      "AB" },
    /* srec: addresses of two, three and four bytes, counts, and a count for the last record */
    { "S9030000FC\n", "" },
    { "S00600004844521B\nS1050000414277\nS5030001FB\nS9030000FC\n", "AB" },
    { "S2051000004"
      "1A9\nS206100001424363\nS804100000EB\n",
      "ABC" },
    { "S306FFFFFFFF4"
      "1BC\nS70500000000FA\n",
      "A" },
    { "S104000041BA\r\nS604000001FA\n", "A" },
};

static void test_good(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(goods); i++) {
        assert_undumps(goods[i].text, strlen(goods[i].text), (const uint8_t *)goods[i].bytes,
                       strlen(goods[i].bytes));
    }
}

/* ---- What is refused ------------------------------------------------------------------------- */

#define COULD_BE(looks) "this could be " looks "; dump:LOOK:PATH names the look"

#define GAP "is missing before it; iovtool patch takes rows with gaps"
#define BACK "it goes back; iovtool patch takes rows in any order"

static const struct bad {
    const char *text;
    unsigned line;
    unsigned column;
    const char *message;
} bads[] = {
    /* plain */
    { "4q", 1, 2, "expected the second hex digit of a byte, found 'q'" },
    { "q", 1, 1, "expected a hex digit, found 'q'" },
    { "41q", 1, 3, "expected a hex digit, found 'q'" },
    { "414", 1, 4, "expected the second hex digit of a byte, found the end of the line" },
    { "41\n4 14\n", 2, 2, "expected the second hex digit of a byte, found ' '" },
    { " 41", 1, 1, "expected a hex digit, found ' '" },
    { "41 ", 1, 4, "expected a hex digit, found the end of the line" },
    { "41\n41  42", 2, 4, "expected a hex digit, found ' '" },
    { "41\t42", 1, 3, "expected a hex digit, found '\\t'" },
    { "41\r42", 1, 3, "expected a hex digit, found '\\x0d'" },
    { "41\r", 1, 3, "expected a hex digit, found '\\x0d'" },
    { "41\n\n*\n", 3, 1, "expected a hex digit, found '*'" },
    { "\033[36m41", 1, 1, "expected a hex digit, found '\\x1b'" },
    { "00000010 4142 43\n", 1, 12,
      "expected a blank after each byte of two digits (od -t x1), found '4'" },
    { "0000000000 4142\n", 1, 1, COULD_BE("plain, or od-x with an offset") },
    { "41\n42\xff", 2, 3, "expected a hex digit, found '\\xff'" },
    { "41\xc3\xa9", 1, 3, "expected a hex digit, found '\xc3\xa9'" },
    { "41\n00000000: 41  A\n", 2, 9, "expected a hex digit, found ':'" },
    /* xxd */
    { ": 41  A", 1, 1, "expected a hex digit, found ':'" },
    { "00:41  A", 1, 4, "expected a colon and a blank after the offset, found '4'" },
    { "00:", 1, 4, "expected a colon and a blank after the offset, found the end of the line" },
    { "00: ", 1, 5, "expected a hex digit, found the end of the line" },
    { "00:  41  A", 1, 5, "expected a hex digit, found ' '" },
    { "00: 4  A", 1, 6, "expected the second hex digit of a byte, found ' '" },
    { "00: 41 G", 1, 8, "expected a hex digit, found 'G'" },
    { "00: 41x  A", 1, 7, "expected a hex digit, found 'x'" },
    { "00: 4142  A", 1, 9, "too many digits: 2 bytes, but 1 character" },
    { "00: 4142  ABC", 1, 9, "too few digits: 2 bytes, but 3 characters" },
    { "00: 41 42  AC", 1, 13, "expected 'B', the character of the digits 42, found 'C'" },
    { "00: 41 00  A\n", 1, 10, "too many digits: 2 bytes, but 1 character" },
    { "00: 41 00  A\001\n", 1, 13, "expected '.', the character of the digits 00, found '\\x01'" },
    { "00: 4142  AB\n02: 4143  A", 2, 9, "too many digits: 2 bytes, but 1 character" },
    { "00: 4142  AB\n02: 4143  ACC", 2, 9, "too few digits: 2 bytes, but 3 characters" },
    { "00: 41  A\n02: 41  A", 2, 1, "expected the offset 1, found 2: 1 byte " GAP },
    { "10: 41  A\n10: 41  A", 2, 1, "expected the offset 11, found 10: " BACK },
    { "00: 41  A\n01\n", 2, 3,
      "expected a colon and a blank after the offset, found the end of the line" },
    { "00: 41  A\n00000001  41  |A|\n", 2, 9,
      "expected a colon and a blank after the offset, found ' '" },
    { "10000000000000000: 41  A\n", 1, 1, "the offset has more than 64 bits" },
    /* canonical */
    { "*\n", 1, 1, "expected a hex digit, found '*'" },
    { "00  41", 1, 1, COULD_BE("canonical with an offset, or plain") },
    { "00  41 ", 1, 1, COULD_BE("canonical with an offset, or plain") },
    { "00  41   ", 1, 1, COULD_BE("canonical with an offset, or plain") },
    { "00  41|A|", 1, 7, "expected a hex digit, found '|'" },
    { "00  41 |A|", 1, 8, "expected a hex digit, found '|'" },
    { "00  41   42  |AB|", 1, 9, "expected a hex digit, found ' '" },
    { "00   41  |A|", 1, 5, "expected a hex digit, found ' '" },
    { "00  |A|", 1, 5, "expected a hex digit, found '|'" },
    { "00  41 42q  |AB|", 1, 10, "expected a hex digit, found 'q'" },
    { "00  41  |A", 1, 11, "expected | after the characters, found the end of the line" },
    { "00  41  |", 1, 10, "expected | after the characters, found the end of the line" },
    { "00  41  |AB|", 1, 7, "too few digits: 1 byte, but 2 characters" },
    { "00  41  |A| ", 1, 12, "expected the end of the line, found ' '" },
    { "00  41  |B|", 1, 10, "expected 'A', the character of the digits 41, found 'B'" },
    { "00  80  |\x80|", 1, 10, "expected '.', the character of the digits 80, found '\\x80'" },
    { "00  41  |A|\n01 43  |C|", 2, 4, "expected two blanks after the offset, found '4'" },
    { "00  41  |A|\n01:", 2, 3, "expected two blanks after the offset, found ':'" },
    { "00  41  |A|\n02", 2, 1, "expected the offset 1, found 2: 1 byte " GAP },
    { "00  41  |A|\n00", 2, 1, "expected the offset 1, found 0: " BACK },
    { "00  41  |A|\n01\n01  42  |B|", 3, 1, "the dump has ended before this line" },
    { "00  41  |A|\n01\n01", 3, 1, "the dump has ended before this line" },
    { "00  41  |A|\n*", 2, 1, "'*' without an offset after it" },
    { "00  41  |A|\n*\n\n# comment\n", 2, 1, "'*' without an offset after it" },
    { "00  41  |A|\n*\n*\n02\n", 3, 1, "'*' without a row before it" },
    { "00  41  |A|\n**\n02\n", 2, 1, "expected a hex digit, found '*'" },
    { "00  41  |A|\n*\n01\n", 3, 1, "expected an offset greater than 1, found 1" },
    { "00  41  |A|\n*\n00\n", 3, 1, "expected an offset greater than 1, found 0" },
    { "00  41  |A|\n*\n1000001\n", 3, 1, "'*' stands for too much: 16777216 bytes" },
    /* offsets tell what a row lacks, or has too much */
    { "0: 414243  ABC\n3: 4142  AB\n6: 41  A", 3, 1,
      "expected the offset 5, found 6: the row before has too few digits, 1 byte" },
    { "0: 414243  ABC\n2: 4142  AB", 2, 1,
      "expected the offset 3, found 2: the row before has too many digits, 1 byte" },
    { "0: 4142\n100: 41", 2, 1,
      "expected the offset 2, found 100: 254 bytes are missing before it; "
      "iovtool patch takes rows with gaps" },
    /* od */
    { "000000 41 42\n", 1, 1, COULD_BE("od-x with an offset, or plain") },
    { "000000 41\n000001\n", 1, 1, COULD_BE("od-x or plain") },
    { "000000 41 42\n000003 43\n", 2, 1, "expected the offset 2, found 3: 1 byte " GAP },
    { "0000000 41 42\n*\n0000100\n", 1, 1, COULD_BE("od-x or od-d") },
    { "000000 41 42  >AB\n000002\n", 1, 18,
      "expected < after the characters, found the end of the line" },
    { "000000 41 42  >ABC<\n", 1, 13, "too few digits: 2 bytes, but 3 characters" },
    { "000000 41 42\n000002\n000002\n", 3, 1, "the dump has ended before this line" },
    /* xxd -b */
    { "0: 0100000 ", 1, 11, "expected the second hex digit of a byte, found ' '" },
    { "0: 01000001 0100001  AB", 1, 20, "expected the next of a byte's 8 bits, found ' '" },
    { "0: 01000001 01000010  A", 1, 21, "too many digits: 2 bytes, but 1 character" },
    { "0: 01000001\n", 1, 1, COULD_BE("xxd-b or xxd") },
    /* tcpdump */
    { "\t0x0000:  4142 4\n", 1, 17,
      "expected the second hex digit of a byte, found the end of the line" },
    { "\t0x0000: 4142\n", 1, 10, "expected a colon and two blanks after the offset, found '4'" },
    { "\t0x0000:  4142  A \n", 1, 18, "expected 'B', the character of the digits 42, found ' '" },
    { "\t0x0000:  4142\n\t0010:  43\n", 2, 2, "expected 0x and an offset, found '0'" },
    { "12:00 IP\n\t0x0010:  4142\n", 2, 4, "expected the offset 0000, with which a packet starts" },
    { "\t0x0000:  4142\n\t0x0003:  43\n", 2, 4, "expected the offset 2, found 3: 1 byte " GAP },
    /* hexyl */
    { "|00000000| 41 4                    |AB      |", 1, 16,
      "expected the second hex digit of a byte, found ' '" },
    { "|00000000| 41    43                |ABC     |", 1, 18,
      "expected a blank after the last byte, found '4'" },
    { "|00000000| 41 42                   |AC      |", 1, 38,
      "expected the character of the digits 42, found 'C'" },
    { "|00000000| 41 42                   |ABC     |", 1, 39,
      "expected a blank after the last byte, found 'C'" },
    { "|00000000| 41 42                   |AB      ", 1, 45,
      "expected a border of hexyl, found the end of the line" },
    { "|00000000| 41 42 |AB|\n", 1, 11, "expected eight bytes of hexyl, found ' '" },
    { "|0000000q| 41", 1, 9, "expected a border of hexyl, found 'q'" },
    /* c */
    { "0x41, 0x4, 0x42", 1, 10, "expected the second hex digit of a byte, found ','" },
    { "0x41 0x42", 1, 6, "expected a comma, found '0'" },
    { "0x41, 66", 1, 7, "expected a byte like 0x41, found '6'" },
    { "0x41, 0x4243", 1, 11, "expected a byte like 0x41, found '4'" },
    { "unsigned char a[] = {\n  0x41\n", 3, 1,
      "expected }; after the bytes, found the end of the text" },
    { "unsigned char a[] = {\n  0x41\n};\nunsigned int a_len = 2;\n", 4, 22,
      "the length says 2 bytes, found 1" },
    /* ihex */
    { ":", 1, 1, "expected a hex digit, found ':'" },
    { ":0", 1, 3, "expected the second hex digit of a byte, found the end of the line" },
    { ":0200000041427", 1, 15,
      "expected the second hex digit of a byte, found the end of the line" },
    { ":0300000041427A", 1, 16, "too few digits: by its length the record has 1 byte more" },
    { ":010000004142"
      "7A",
      1, 14, "too many digits: by its length the record has 1 byte less" },
    { ":02000000414278", 1, 14, "expected the checksum 7B, found 78" },
    { ":00000006FA", 1, 8, "expected a type of 00 to 05, found 06" },
    { ":0100000400FB", 1, 2, "a record of type 04 has 2 bytes, found 1" },
    { ":020000021000EC\n:02FFFF0041427D", 2, 4, "the record goes past the end of its 64 KiB" },
    { ":0100000041BE\n", 2, 1, "expected the end record, :00000001FF, found the end of the text" },
    { ":00000001FF\n:00000001FF\n", 2, 1, "the dump has ended before this line" },
    { ":0100000041BE\n0100000041BE\n", 2, 1,
      "expected a colon, with which each record starts, found '0'" },
    { ":0100000041BE\n:0100020041BC\n", 2, 4, "expected the offset 1, found 2: 1 byte " GAP },
    /* srec */
    { "S4", 1, 2, "expected a type of 0 to 9, but not 4, found '4'" },
    { "S104000041BA\nX", 2, 1, "expected an S, with which each record starts, found 'X'" },
    { "S1020000FD", 1, 3, "a record of type S1 has at least 3 bytes, found 2" },
    { "S9040000"
      "00FB",
      1, 3, "a record of type S9 has 3 bytes, found 4" },
    { "S105000041BA", 1, 13, "too few digits: by its length the record has 1 byte more" },
    { "S104000041BB", 1, 11, "expected the checksum BA, found BB" },
    { "S104000041BA\nS5030002FA\n", 2, 5, "the count says 2 records, found 1" },
    { "S104000041BA\n", 2, 1, "expected a last record, S7, S8 or S9, found the end of the text" },
    { "S104000041BA\nS104000041BA\n", 2, 5, "expected the offset 1, found 0: " BACK },
};

static void check_bad(const struct bad *bad)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autofree char *copy = g_memdup2(bad->text, strlen(bad->text));
    g_autoptr(GError) error = NULL;
    g_autofree char *expected = g_strdup_printf("dump 'a\\nb', line %u, column %u: %s", bad->line,
                                                bad->column, bad->message);

    g_assert_false(undump("a\nb", TEXT_ANY, copy, strlen(bad->text), 0xffffff, out, &error));
    g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
    g_assert_cmpstr(error->message, ==, expected);
}

static void test_bad(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bads); i++) {
        check_bad(&bads[i]);
    }
}

static void test_nul(void)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GError) error = NULL;

    g_assert_true(undump("none", TEXT_ANY, NULL, 0, 0, out, NULL));
    g_assert_false(undump("nul", TEXT_ANY, "41\0", 3, 0, out, &error));
    g_assert_cmpstr(error->message, ==,
                    "dump 'nul', line 1, column 3: expected a hex digit, found '\\x00'");
}

/* The limit is on all that "*" stands for together, and on nothing else. */
static void test_limit(void)
{
    static const char text[] = "00  4142  |AB|\n*\n06  43    |C|\n*\n0a\n";
    g_autoptr(GByteArray) out = g_byte_array_new();

    for (size_t limit = 0; limit < 10; limit++) {
        g_autoptr(GError) error = NULL;

        g_byte_array_set_size(out, 0);
        g_assert_true(undump("limit", TEXT_ANY, text, strlen(text), limit, out, &error) ==
                      (limit >= 7));
        g_assert_true((error == NULL) == (limit >= 7));
    }
    assert_bytes(out, 0, "ABABABCCCC", 10);
    g_assert_true(undump("limit", TEXT_ANY, "41424344", 8, 0, out, NULL));
}

static void test_too_large(void)
{
    static const char text[] = "00  41  |A|\n*\nfffffffff\n";
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GError) error = NULL;

    g_assert_false(undump("large", TEXT_ANY, text, strlen(text), SIZE_MAX, out, &error));
    g_assert_cmpstr(
        error->message, ==,
        sizeof(size_t) > sizeof(uint32_t)
            ? "dump 'large', line 3, column 1: the dump stands for 4 GiB or more"
            : "dump 'large', line 3, column 1: '*' stands for too much: 68719476734 bytes");
}

/* ---- There and back -------------------------------------------------------------------------- */

/* Random bytes, with rows that repeat and shorter repetitions. */
static size_t random_data(GRand *random, uint8_t *bytes)
{
    const size_t length = (size_t)g_rand_int_range(random, 0, LENGTH_MOST + 1);

    fill_random(random, bytes, length);
    for (int i = g_rand_int_range(random, 0, 8); i > 0 && length > 0; i--) {
        const size_t from = (size_t)g_rand_int_range(random, 0, (int)length) & ~(size_t)15;
        const size_t some = (size_t)g_rand_int_range(random, 0, 200);

        memset(bytes + from, g_rand_int_range(random, 0, 256), MIN(some, length - from));
    }
    return length;
}

static void check_tool(GRand *random, const char *command)
{
    uint8_t bytes[LENGTH_MOST];
    const size_t length = random_data(random, bytes);
    g_autofree char *file = make_file(bytes, length);
    g_autofree char *text = run(command, file);

    assert_undumps(text, strlen(text), bytes, length);
    g_unlink(file);
}

static void test_hexdump(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);

    for (int i = 0; i < 60 && installed("hexdump"); i++) {
        check_tool(random, "hexdump -C");
        check_tool(random, "hexdump -Cv");
    }
}

/* Zeros are squeezed, whether the last row is full or not. */
static void test_hexdump_zeros(void)
{
    static const uint8_t zeros[100];

    for (size_t length = 0; length < sizeof(zeros) && installed("hexdump"); length++) {
        g_autofree char *file = make_file(zeros, length);
        g_autofree char *text = run("hexdump -C", file);

        assert_undumps(text, strlen(text), zeros, length);
        g_unlink(file);
    }
}

static void test_xxd(void)
{
    static const unsigned widths[] = { 1, 2, 3, 7, 8, 15, 16, 17, 32, 40, 256 };
    static const unsigned groups[] = { 0, 1, 2, 3, 4, 8, 16, 100 };
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);

    for (size_t w = 0; w < G_N_ELEMENTS(widths) && installed("xxd"); w++) {
        for (size_t g = 0; g < G_N_ELEMENTS(groups); g++) {
            g_autofree char *command = g_strdup_printf(
                "xxd%s -c %u -g %u", (w + g) % 2 ? " -u" : "", widths[w], groups[g]);
            check_tool(random, command);
        }
    }
}

static void test_xxd_options(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);

    for (int i = 0; i < 20 && installed("xxd"); i++) {
        check_tool(random, "xxd");
        check_tool(random, "xxd -a");
        check_tool(random, "xxd -o 0xfffffc00");
        check_tool(random, "xxd -p");
        check_tool(random, "xxd -p -u -c 13");
        check_tool(random, "xxd -p -c 256");
    }
}

/* Rows of random lengths, as where segments end, with a comment before some. */
static void append_pieces(GString *text, GRand *random, const struct hexline *line,
                          const uint8_t *bytes, size_t length, uint64_t offset)
{
    char *row = g_malloc(hexline_row_max(line));

    for (size_t done = 0; done < length;) {
        size_t some = hexline_width(line);

        if (g_rand_int_range(random, 0, 4) == 0) {
            some = (size_t)g_rand_int_range(random, 1, (int)some + 1);
            g_string_append(text, "# 41  |A|\n");
        }
        some = MIN(some, length - done);
        g_string_append_len(text, row,
                            (gssize)hexline_row(line, row, bytes + done, some, offset + done));
        done += some;
    }
    g_free(row);
}

static void test_own_looks(void)
{
    static const struct hexline_style *const looks[] = { &canonical, &xxd, &plain };
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    uint8_t bytes[LENGTH_MOST];

    for (int i = 0; i < 300; i++) {
        struct hexline_style style = *looks[i % 3];
        const size_t length = random_data(random, bytes);
        g_autoptr(GString) text = g_string_new(NULL);

        style.width = (unsigned)g_rand_int_range(random, 1, i % 5 ? 40 : 4096);
        style.group = (unsigned)g_rand_int_range(random, 0, 40);
        style.digits = (unsigned)g_rand_int_range(random, 1, 17);
        style.upper = g_rand_boolean(random);
        struct hexline *line = hexline_new(&style);

        append_pieces(text, random, line, bytes, length, random_offset(random));
        assert_undumps(text->str, text->len, bytes, length);
        hexline_free(line);
    }
}

/* ---- Damage ---------------------------------------------------------------------------------- */

/* What is left of a dump after a cut is refused, or stands for the bytes up to there. (Part of the
 * first offset alone is a plain dump.) */
static void test_cut(void)
{
    static const struct hexline_style *const looks[] = { &canonical, &xxd, &plain };

    for (size_t i = 0; i < G_N_ELEMENTS(looks); i++) {
        struct hexline *line = hexline_new(looks[i]);
        g_autoptr(GString) text = dump_by_row(line, sample, SAMPLE_LENGTH, 0);

        for (size_t length = looks[i]->digits + 1; length <= text->len; length++) {
            g_autoptr(GByteArray) out = g_byte_array_new();
            const bool good = undump("cut", TEXT_ANY, text->str, length, 0, out, NULL);

            g_assert_cmpuint(out->len, <=, SAMPLE_LENGTH);
            g_assert_true(!good || out->len == 0 || memcmp(out->data, sample, out->len) == 0);
            g_assert_true(good || length < text->len);
        }
        hexline_free(line);
    }
}

/* A dump with one character changed, if it is read, stands for what it looks like. */
static void check_changed(const struct hexline *line, const GString *text, char by)
{
    g_autoptr(GByteArray) out = g_byte_array_new();

    if (!undump("changed", TEXT_ANY, text->str, text->len, 0, out, NULL)) {
        return;
    }
    if (by == '#' || by == '\n') { /* a comment, or an empty line and one digit less of an offset */
        assert_bytes(out, 0, sample, SAMPLE_LENGTH);
        return;
    }
    g_autoptr(GString) again = dump_by_row(line, out->data, out->len, 0);

    g_string_append(again, "00000011\n");
    g_assert_cmpint(g_ascii_strcasecmp(again->str, text->str), ==, 0);
}

static void test_changed(void)
{
    static const char others[] = "0aF .|:*#\n\r\033";
    struct hexline *line = hexline_new(&canonical);
    g_autoptr(GString) text = dump_by_row(line, sample, SAMPLE_LENGTH, 0);

    g_string_append(text, "00000011\n");
    for (size_t at = 16; at < text->len; at++) {
        for (const char *other = others; *other != '\0'; other++) {
            const char kept = text->str[at];

            text->str[at] = *other;
            check_changed(line, text, *other);
            text->str[at] = kept;
        }
    }
    hexline_free(line);
}

int main(int argc, char **argv)
{
    g_setenv("LC_ALL", "C", TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/undump/good", test_good);
    g_test_add_func("/undump/bad", test_bad);
    g_test_add_func("/undump/nul", test_nul);
    g_test_add_func("/undump/limit", test_limit);
    g_test_add_func("/undump/too-large", test_too_large);
    g_test_add_func("/undump/hexdump", test_hexdump);
    g_test_add_func("/undump/hexdump-zeros", test_hexdump_zeros);
    g_test_add_func("/undump/xxd", test_xxd);
    g_test_add_func("/undump/xxd-options", test_xxd_options);
    g_test_add_func("/undump/own-looks", test_own_looks);
    g_test_add_func("/undump/cut", test_cut);
    g_test_add_func("/undump/changed", test_changed);
    return g_test_run();
}
