/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <limits.h>
#include <string.h>

#include "../lib/spec-property.h"
#include "segment/error.h"
#include "segment/escape.h"
#include "segment/literal.h"
#include "segment/spec.h"

#define LARGEST ((uint64_t)INT64_MAX)
#define BYTES(text) (text), sizeof(text) - 1

/* ---- One parse ------------------------------------------------------------------------------- */

struct parse {
    char *word; /* ends where its block does, so that the address sanitizer sees a read too far */
    size_t length;
    GByteArray *scratch;
    struct spec spec;
    GError *error;
};

static struct parse parse_word(const char *word)
{
    struct parse parse = { .length = strlen(word), .scratch = g_byte_array_new() };
    g_autofree char *printable = g_strescape(word, NULL);
    bool ok;

    g_test_message("%.60s", printable);
    parse.word = g_memdup2(word, MAX(parse.length, 1));
    memset(&parse.spec, 0xa5, sizeof(parse.spec));
    ok = spec_parse(parse.word, parse.length, parse.scratch, &parse.spec, &parse.error);
    g_assert_cmpint(ok, ==, parse.error == NULL);
    return parse;
}

static struct parse parse_good(const char *word, enum spec_source source)
{
    struct parse parse = parse_word(word);

    g_assert_no_error(parse.error);
    g_assert_cmpint(parse.spec.source, ==, source);
    g_assert_true(parse.spec.text == parse.word);
    g_assert_cmpuint(parse.spec.text_length, ==, parse.length);
    return parse;
}

static void parse_clear(struct parse *parse)
{
    g_free(parse->word);
    g_byte_array_unref(parse->scratch);
    g_clear_error(&parse->error);
}

static void assert_range(const struct range *range, enum range_form form, uint64_t start,
                         uint64_t end)
{
    g_assert_cmpint(range->form, ==, form);
    g_assert_cmpuint(range->start, ==, start);
    g_assert_cmpuint(range->end, ==, end);
}

/* ---- Sources with a name --------------------------------------------------------------------- */

struct named {
    const char *word;
    enum spec_source source;
    bool bare;
    const char *name;
    enum range_form form;
    uint64_t start;
    uint64_t end;
};

static const struct named named[] = {
    { "disk.img", SPEC_PATH, true, "disk.img", RANGE_ALL, 0, 0 },
    { "x", SPEC_PATH, true, "x", RANGE_ALL, 0, 0 },
    { "dir/name@12345+64", SPEC_PATH, true, "dir/name", RANGE_LENGTH, 12345, 64 },
    { "log@-64", SPEC_PATH, true, "log", RANGE_FROM, 64, 0 },
    { "rom@4K..-16", SPEC_PATH, true, "rom", RANGE_UNTIL, 4096, 16 },
    { "rom@..512", SPEC_PATH, true, "rom", RANGE_UNTIL, 0, 512 },
    { "a@1@2", SPEC_PATH, true, "a@1", RANGE_FROM, 2, 0 },
    { "a@@2", SPEC_PATH, true, "a@", RANGE_FROM, 2, 0 },
    { "a@1@x", SPEC_PATH, true, "a@1@x", RANGE_ALL, 0, 0 },
    { "@@", SPEC_PATH, true, "@@", RANGE_ALL, 0, 0 },
    { "@", SPEC_PATH, true, "@", RANGE_ALL, 0, 0 },
    { "foo@", SPEC_PATH, true, "foo@", RANGE_ALL, 0, 0 },
    { "foo@..", SPEC_PATH, true, "foo@..", RANGE_ALL, 0, 0 },
    { "foo@1..", SPEC_PATH, true, "foo@1..", RANGE_ALL, 0, 0 },
    { "foo@1Q", SPEC_PATH, true, "foo@1Q", RANGE_ALL, 0, 0 },
    { "foo@1 ", SPEC_PATH, true, "foo@1 ", RANGE_ALL, 0, 0 },
    { "foo@+1", SPEC_PATH, true, "foo@+1", RANGE_ALL, 0, 0 },
    { "foo@1+-1", SPEC_PATH, true, "foo@1+-1", RANGE_ALL, 0, 0 },
    { "foo@99999999999999999999.log", SPEC_PATH, true, "foo@99999999999999999999.log", RANGE_ALL, 0,
      0 },
    { "foo@9..3.log", SPEC_PATH, true, "foo@9..3.log", RANGE_ALL, 0, 0 },
    { "getty@tty1.service", SPEC_PATH, true, "getty@tty1.service", RANGE_ALL, 0, 0 },
    { "user@example.com", SPEC_PATH, true, "user@example.com", RANGE_ALL, 0, 0 },
    { "./hex:1", SPEC_PATH, true, "./hex:1", RANGE_ALL, 0, 0 },
    { "hax:12", SPEC_PATH, true, "hax:12", RANGE_ALL, 0, 0 },
    { "HEX:12", SPEC_PATH, true, "HEX:12", RANGE_ALL, 0, 0 },
    { "hex", SPEC_PATH, true, "hex", RANGE_ALL, 0, 0 },
    { "fd", SPEC_PATH, true, "fd", RANGE_ALL, 0, 0 },
    { "le8:1", SPEC_PATH, true, "le8:1", RANGE_ALL, 0, 0 },
    { ":1", SPEC_PATH, true, ":1", RANGE_ALL, 0, 0 },
    { " hex:12", SPEC_PATH, true, " hex:12", RANGE_ALL, 0, 0 },
    { "--", SPEC_PATH, true, "--", RANGE_ALL, 0, 0 },
    { "-x", SPEC_PATH, true, "-x", RANGE_ALL, 0, 0 },
    { "-@x", SPEC_PATH, true, "-@x", RANGE_ALL, 0, 0 },
    { "a\n\xff@7", SPEC_PATH, true, "a\n\xff", RANGE_FROM, 7, 0 },
    { "file:NAME", SPEC_PATH, false, "NAME", RANGE_ALL, 0, 0 },
    { "file:NAME@0", SPEC_PATH, false, "NAME", RANGE_FROM, 0, 0 },
    { "file:NAME@5@0", SPEC_PATH, false, "NAME@5", RANGE_FROM, 0, 0 },
    { "file:NAME@9..3@0", SPEC_PATH, false, "NAME@9..3", RANGE_FROM, 0, 0 },
    { "file:NAME@", SPEC_PATH, false, "NAME@", RANGE_ALL, 0, 0 },
    { "file:hex:1", SPEC_PATH, false, "hex:1", RANGE_ALL, 0, 0 },
    { "file:file:x", SPEC_PATH, false, "file:x", RANGE_ALL, 0, 0 },
    { "file:-", SPEC_PATH, false, "-", RANGE_ALL, 0, 0 },
    { "dump:x.hex", SPEC_DUMP, false, "x.hex", RANGE_ALL, 0, 0 },
    { "dump:x.hex@16+4", SPEC_DUMP, false, "x.hex", RANGE_LENGTH, 16, 4 },
    { "dump:xxd:x@16", SPEC_DUMP, false, "x", RANGE_FROM, 16, 0 },
    { "dump:od-x:-", SPEC_DUMP, false, "-", RANGE_ALL, 0, 0 },
    { "dump:./xxd:x", SPEC_DUMP, false, "./xxd:x", RANGE_ALL, 0, 0 },
    { "dump:xxx:x", SPEC_DUMP, false, "xxx:x", RANGE_ALL, 0, 0 },
    { "dump:x@y", SPEC_DUMP, false, "x@y", RANGE_ALL, 0, 0 },
    { "dump:-", SPEC_DUMP, false, "-", RANGE_ALL, 0, 0 },
    { "dump:-@4", SPEC_DUMP, false, "-", RANGE_FROM, 4, 0 },
    { "nbd://host", SPEC_REMOTE, false, "nbd://host", RANGE_ALL, 0, 0 },
    { "nbd://host/@512", SPEC_REMOTE, false, "nbd://host/", RANGE_FROM, 512, 0 },
    { "nbd://host:1/x y@4K+1", SPEC_REMOTE, false, "nbd://host:1/x y", RANGE_LENGTH, 4096, 1 },
    { "nbd://me@host/x", SPEC_REMOTE, false, "nbd://me@host/x", RANGE_ALL, 0, 0 },
    { "nbds://me@host/x@1", SPEC_REMOTE, false, "nbds://me@host/x", RANGE_FROM, 1, 0 },
    { "nbd://me@host", SPEC_REMOTE, false, "nbd://me@host", RANGE_ALL, 0, 0 },
    { "nbd://h/x@y", SPEC_REMOTE, false, "nbd://h/x@y", RANGE_ALL, 0, 0 },
    { "nbd://h/x@1@2", SPEC_REMOTE, false, "nbd://h/x@1", RANGE_FROM, 2, 0 },
    { "nbd+unix:///x?socket=s@..9", SPEC_REMOTE, false, "nbd+unix:///x?socket=s", RANGE_UNTIL, 0,
      9 },
    { "nbds+unix://?socket=s@-1", SPEC_REMOTE, false, "nbds+unix://?socket=s", RANGE_FROM, 1, 0 },
    { "server:d", SPEC_REMOTE, false, "server:d", RANGE_ALL, 0, 0 },
    { "server:d-1.x/a b@c@5", SPEC_REMOTE, false, "server:d-1.x/a b@c", RANGE_FROM, 5, 0 },
    { "nbd:x", SPEC_PATH, true, "nbd:x", RANGE_ALL, 0, 0 },
    { "nbd:/x@1", SPEC_PATH, true, "nbd:/x", RANGE_FROM, 1, 0 },
    { "nbd+unix:/x", SPEC_PATH, true, "nbd+unix:/x", RANGE_ALL, 0, 0 },
    { "./nbd://x", SPEC_PATH, true, "./nbd://x", RANGE_ALL, 0, 0 },
    { "file:nbd://x", SPEC_PATH, false, "nbd://x", RANGE_ALL, 0, 0 },
};

static void test_named(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(named); i++) {
        struct parse parse = parse_good(named[i].word, named[i].source);
        size_t length = strlen(named[i].name);

        g_assert_cmpint(parse.spec.bare_path, ==, named[i].bare);
        g_assert_true(equal_bytes(parse.spec.name, parse.spec.name_length, named[i].name, length));
        g_assert_true(parse.spec.name >= parse.word);
        g_assert_true(parse.spec.name < parse.word + parse.length);
        assert_range(&parse.spec.range, named[i].form, named[i].start, named[i].end);
        g_assert_null(parse.scratch->data);
        parse_clear(&parse);
    }
}

static void test_anchors(void)
{
    static const struct {
        const char *word;
        bool start_from_end;
        bool end_from_end;
    } words[] = {
        { "f", false, false },      { "f@1", false, false },    { "f@-1", true, false },
        { "f@1+1", false, false },  { "f@-1+1", true, false },  { "f@1..1", false, false },
        { "f@..1", false, false },  { "f@..-1", false, true },  { "f@1..-1", false, true },
        { "f@-1..1", true, false }, { "f@-1..-1", true, true }, { "hex:00@-1..-1", true, true },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        struct parse parse = parse_word(words[i].word);

        g_assert_no_error(parse.error);
        g_assert_cmpint(parse.spec.range.start_from_end, ==, words[i].start_from_end);
        g_assert_cmpint(parse.spec.range.end_from_end, ==, words[i].end_from_end);
        parse_clear(&parse);
    }
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

static void test_fd(void)
{
    static const struct {
        const char *word;
        int fd;
        enum range_form form;
        uint64_t start;
        uint64_t end;
    } words[] = {
        { "-", 0, RANGE_ALL, 0, 0 },
        { "-@4", 0, RANGE_FROM, 4, 0 },
        { "-@0+4", 0, RANGE_LENGTH, 0, 4 },
        { "-@-4", 0, RANGE_FROM, 4, 0 },
        { "-@..-4", 0, RANGE_UNTIL, 0, 4 },
        { "fd:0", 0, RANGE_ALL, 0, 0 },
        { "fd:3", 3, RANGE_ALL, 0, 0 },
        { "fd:007", 7, RANGE_ALL, 0, 0 },
        { "fd:10@1K", 10, RANGE_FROM, 1024, 0 },
        { "fd:2147483647", INT_MAX, RANGE_ALL, 0, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        struct parse parse = parse_good(words[i].word, SPEC_FD);

        g_assert_cmpint(parse.spec.fd, ==, words[i].fd);
        g_assert_false(parse.spec.bare_path);
        assert_range(&parse.spec.range, words[i].form, words[i].start, words[i].end);
        g_assert_null(parse.scratch->data);
        parse_clear(&parse);
    }
}

/* ---- Literals -------------------------------------------------------------------------------- */

struct literal {
    const char *word;
    const char *bytes;
    size_t length;
};

static const struct literal literals[] = {
    { "hex:", BYTES("") },
    { "hex:@0", BYTES("") },
    { "hex:00", BYTES("\0") },
    { "hex:deadbeef", BYTES("\xde\xad\xbe\xef") },
    { "hex:DEADbeEF", BYTES("\xde\xad\xbe\xef") },
    { "hex:0123456789abcdefABCDEF", BYTES("\x01\x23\x45\x67\x89\xab\xcd\xef\xab\xcd\xef") },
    { "hex:de:ad", BYTES("\xde\xad") },
    { "hex:de ad", BYTES("\xde\xad") },
    { "hex:de ad:be ef", BYTES("\xde\xad\xbe\xef") },
    { "hex:dead:beef", BYTES("\xde\xad\xbe\xef") },
    { "hex:0xde", BYTES("\xde") },
    { "hex:0xde 0xad", BYTES("\xde\xad") },
    { "hex:0xdead", BYTES("\xde\xad") },
    { "hex:0xde:ad", BYTES("\xde\xad") },
    { "hex:de:0xad", BYTES("\xde\xad") },
    { "hex:dead@1", BYTES("\xde\xad") },

    { "str:", BYTES("") },
    { "str:hello", BYTES("hello") },
    { "str:a b\tc", BYTES("a b\tc") },
    { "str:\\n\\r\\t\\\\", BYTES("\n\r\t\\") },
    { "str:\\0", BYTES("\0") },
    { "str:a\\0b", BYTES("a\0b") },
    { "str:\\08", BYTES("\0"
                        "8") },
    { "str:\\18", BYTES("\1"
                        "8") },
    { "str:\\7", BYTES("\7") },
    { "str:\\101\\60", BYTES("A0") },
    { "str:\\012", BYTES("\n") },
    { "str:\\0123", BYTES("\n3") },
    { "str:\\377", BYTES("\xff") },
    { "str:\\x41", BYTES("A") },
    { "str:\\x414", BYTES("A4") },
    { "str:\\xfF\\x00", BYTES("\xff\0") },
    { "str:\xff\xc3\xa9", BYTES("\xff\xc3\xa9") },
    { "str:user@example.com", BYTES("user@example.com") },
    { "str:a@1", BYTES("a") },
    { "str:a@", BYTES("a@") },
    { "str:a@1@2", BYTES("a@1") },
    { "str:a\\x401", BYTES("a@1") },
    { "str:@1", BYTES("") },
    { "str:@", BYTES("@") },
    { "str:hex:00", BYTES("hex:00") },

    { "le16:0", BYTES("\0\0") },
    { "le16:1", BYTES("\1\0") },
    { "be16:1", BYTES("\0\1") },
    { "le16:-1", BYTES("\xff\xff") },
    { "le16:-0", BYTES("\0\0") },
    { "le16:65535", BYTES("\xff\xff") },
    { "le16:-32768", BYTES("\x00\x80") },
    { "be16:-32768", BYTES("\x80\x00") },
    { "be16:-32767", BYTES("\x80\x01") },
    { "be16:0x1234", BYTES("\x12\x34") },
    { "le16:0x1234", BYTES("\x34\x12") },
    { "be16:1K", BYTES("\4\0") },
    { "u8:0", BYTES("\0") },
    { "u8:255", BYTES("\xff") },
    { "u8:-128", BYTES("\x80") },
    { "le24:0x123456", BYTES("\x56\x34\x12") },
    { "be24:0x123456", BYTES("\x12\x34\x56") },
    { "be24:-1", BYTES("\xff\xff\xff") },
    { "le24:-8388608", BYTES("\0\0\x80") },
    { "b64:", BYTES("") },
    { "b64:QQ", BYTES("A") },
    { "b64:QQ==", BYTES("A") },
    { "b64:QUI", BYTES("AB") },
    { "b64:QUI=", BYTES("AB") },
    { "b64:QUJD", BYTES("ABC") },
    { "b64:+/+/-_-_", BYTES("\xfb\xff\xbf\xfb\xff\xbf") },
    { "b64:QUJD@1", BYTES("ABC") },
    { "le32:305419896", BYTES("\x78\x56\x34\x12") },
    { "be32:0x12345678", BYTES("\x12\x34\x56\x78") },
    { "be32:-2", BYTES("\xff\xff\xff\xfe") },
    { "be32:-2147483648", BYTES("\x80\0\0\0") },
    { "be32:4294967295", BYTES("\xff\xff\xff\xff") },
    { "le32:1MiB", BYTES("\0\0\x10\0") },
    { "le64:0x0123456789abcdef", BYTES("\xef\xcd\xab\x89\x67\x45\x23\x01") },
    { "be64:0x0123456789abcdef", BYTES("\x01\x23\x45\x67\x89\xab\xcd\xef") },
    { "be64:18446744073709551615", BYTES("\xff\xff\xff\xff\xff\xff\xff\xff") },
    { "be64:-9223372036854775808", BYTES("\x80\0\0\0\0\0\0\0") },
    { "be64:-9223372036854775807", BYTES("\x80\0\0\0\0\0\0\1") },
    { "be64:8E", BYTES("\x80\0\0\0\0\0\0\0") },
    { "le64:1s", BYTES("\0\2\0\0\0\0\0\0") },
    { "le32:7@1..3", BYTES("\7\0\0\0") },
};

static void test_literals(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(literals); i++) {
        struct parse parse = parse_good(literals[i].word, SPEC_LITERAL);

        g_assert_true(equal_bytes(parse.spec.bytes, parse.spec.bytes_length, literals[i].bytes,
                                  literals[i].length));
        g_assert_nonnull(parse.spec.bytes);
        parse_clear(&parse);
    }
}

static void test_literal_ranges(void)
{
    static const struct named words[] = {
        { "hex:dead@1", SPEC_LITERAL, false, "", RANGE_FROM, 1, 0 },
        { "hex:@0", SPEC_LITERAL, false, "", RANGE_FROM, 0, 0 },
        { "str:a@1", SPEC_LITERAL, false, "", RANGE_FROM, 1, 0 },
        { "str:a@1@2+3", SPEC_LITERAL, false, "", RANGE_LENGTH, 2, 3 },
        { "str:user@example.com", SPEC_LITERAL, false, "", RANGE_ALL, 0, 0 },
        { "le32:7@1..3", SPEC_LITERAL, false, "", RANGE_UNTIL, 1, 3 },
        { "zero:4K@1K..2K", SPEC_FILL, false, "", RANGE_UNTIL, 1024, 2048 },
        { "fill:00+9@-3", SPEC_FILL, false, "", RANGE_FROM, 3, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        struct parse parse = parse_good(words[i].word, words[i].source);

        assert_range(&parse.spec.range, words[i].form, words[i].start, words[i].end);
        parse_clear(&parse);
    }
}

static void test_fill(void)
{
    static const struct {
        const char *word;
        const char *pattern;
        size_t length;
        uint64_t size;
    } words[] = {
        { "zero:0", BYTES("\0"), 0 },
        { "zero:512", BYTES("\0"), 512 },
        { "zero:4K", BYTES("\0"), 4096 },
        { "zero:0x10", BYTES("\0"), 16 },
        { "zero:9223372036854775807", BYTES("\0"), LARGEST },
        { "fill:00+1T", BYTES("\0"), UINT64_C(1) << 40 },
        { "fill:ff+0", BYTES("\xff"), 0 },
        { "fill:0xff+16", BYTES("\xff"), 16 },
        { "fill:deadbeef+3", BYTES("\xde\xad\xbe\xef"), 3 },
        { "fill:de:ad be+1s", BYTES("\xde\xad\xbe"), 512 },
        { "fill:0xde 0xad+9223372036854775807", BYTES("\xde\xad"), LARGEST },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        struct parse parse = parse_good(words[i].word, SPEC_FILL);

        g_assert_cmpuint(parse.spec.size, ==, words[i].size);
        g_assert_true(equal_bytes(parse.spec.bytes, parse.spec.bytes_length, words[i].pattern,
                                  words[i].length));
        parse_clear(&parse);
    }
}

static void test_fill_pattern_limit(void)
{
    for (size_t length = SPEC_PATTERN_MAX; length <= SPEC_PATTERN_MAX + 1; length++) {
        g_autofree char *digits = g_strnfill(2 * length, '7');
        g_autofree char *word = g_strconcat("fill:", digits, "+1", NULL);
        g_autoptr(GByteArray) scratch = g_byte_array_new();
        g_autoptr(GError) error = NULL;
        struct spec spec;
        bool ok = spec_parse(word, strlen(word), scratch, &spec, &error);

        g_assert_cmpint(ok, ==, length == SPEC_PATTERN_MAX);
        if (ok) {
            g_assert_cmpuint(spec.bytes_length, ==, length);
        } else {
            g_assert_nonnull(strstr(error->message, ": pattern is longer than 64 KiB (column 6)"));
        }
    }
}

/* A length that a GByteArray cannot hold is refused before anything is read or allocated. */
static void test_literal_limit(void)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    struct problem problem;
    size_t lengths[] = { LITERAL_TEXT_MAX + 1, (size_t)UINT32_MAX + 1, (size_t)UINT32_MAX + 3 };

    /* Where size_t has 32 bits, the others are no lengths. */
    const size_t count = sizeof(size_t) > sizeof(uint32_t) ? G_N_ELEMENTS(lengths) : 1;

    for (size_t i = 0; i < count; i++) {
        g_assert_false(literal_hex("", lengths[i], out, &problem));
        g_assert_cmpstr(problem.what, ==, "literal is too long");
        g_assert_false(literal_string("", lengths[i], out, &problem));
        g_assert_cmpstr(problem.what, ==, "literal is too long");
    }
}

/* One scratch buffer for many words: each literal replaces the one before, paths leave it alone. */
static void test_scratch_reused(void)
{
    static const char *const words[] = { "str:hello", "hex:", "zero:5", "be64:1", "str:x" };
    static const size_t lengths[] = { 5, 0, 1, 8, 1 };
    g_autoptr(GByteArray) scratch = g_byte_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        struct spec spec;

        g_assert_true(spec_parse(words[i], strlen(words[i]), scratch, &spec, NULL));
        g_assert_true(spec.bytes == scratch->data);
        g_assert_cmpuint(spec.bytes_length, ==, lengths[i]);
        g_assert_true(spec_parse("path@5", strlen("path@5"), scratch, &spec, NULL));
        g_assert_cmpuint(scratch->len, ==, lengths[i]);
        g_assert_null(spec.bytes);
    }
}

/* ---- Errors ---------------------------------------------------------------------------------- */

struct wrong {
    const char *word;
    const char *problem; /* with what it quotes */
    size_t column;
};

static const struct wrong wrong[] = {
    { "", "empty segment", 1 },
    { "server:", "a server's name has letters, digits, . _ and -", 8 },
    { "server:a b", "a server's name has letters, digits, . _ and -: ' '", 9 },
    { "nbd://host@4", "before the first / an @ ends a user's name; for a range write /@RANGE", 11 },
    { "nbd://host@9..3", "before the first / an @ ends a user's name; for a range write /@RANGE",
      11 },
    { "nbd://h/x@9..3", "range ends before it starts", 14 },
    { "@0", "name expected", 1 },
    { "@1+1", "name expected", 1 },
    { "file:", "name expected", 6 },
    { "file:@0", "name expected", 6 },
    { "dump:", "name expected", 6 },
    { "dump:@0", "name expected", 6 },
    { "dump:xxd:", "name expected", 10 },

    { "a@9..3", "range ends before it starts", 6 },
    { "a@-3..-9", "range ends before it starts", 7 },
    { "a@1+9223372036854775807", "range ends after 2^63 - 1", 5 },
    { "a@9223372036854775808", "too large: '9223372036854775808'", 3 },
    { "a@16E", "too large: '16E'", 3 },
    { "-@..16EiB", "too large: '16EiB'", 5 },
    { "file:a@9..3", "range ends before it starts", 11 },
    { "str:a@9..3", "range ends before it starts", 10 },
    { "dump:a@-16E", "too large: '16E'", 9 },

    { "fd:", "number expected", 4 },
    { "fd:x", "not a decimal digit: 'x'", 4 },
    { "fd:-1", "not a decimal digit: '-'", 4 },
    { "fd:0x10", "not a decimal digit: 'x'", 5 },
    { "fd:1K", "not a decimal digit: 'K'", 5 },
    { "fd: 1", "not a decimal digit: ' '", 4 },
    { "fd:2147483648", "too large: '2147483648'", 4 },
    { "fd:99999999999999999999", "too large: '99999999999999999999'", 4 },
    { "fd:3@", "number expected", 6 },
    { "fd:3@x", "number expected: 'x'", 6 },
    { "fd:x@1", "not a decimal digit: 'x'", 4 },

    { "hex:dex0", "not a hex digit: 'x'", 7 },
    { "hex:g0", "not a hex digit: 'g'", 5 },
    { "hex:0g", "not a hex digit: 'g'", 6 },
    { "hex:0X00", "not a hex digit: 'X'", 6 },
    { "hex:de0xad", "not a hex digit: 'x'", 8 },
    { "hex:\xc3\xa9", "not a hex digit: '\xc3\xa9'", 5 },
    { "hex:de,ad", "not a hex digit: ','", 7 },
    { "hex:\n", "not a hex digit: '\\n'", 5 },
    { "hex:0", "odd number of hex digits", 5 },
    { "hex:abc", "odd number of hex digits", 7 },
    { "hex:d e", "odd number of hex digits", 5 },
    { "hex:dea:de", "odd number of hex digits", 7 },
    { "hex:0xd", "odd number of hex digits", 7 },
    { "hex:0x", "hex digit expected", 7 },
    { "hex:0x:de", "hex digit expected: ':'", 7 },
    { "hex:0x0x", "not a hex digit: 'x'", 8 },
    { "hex::", "stray separator: ':'", 5 },
    { "hex: de", "stray separator: ' '", 5 },
    { "hex::de", "stray separator: ':'", 5 },
    { "hex:de:", "stray separator: ':'", 7 },
    { "hex:de ", "stray separator: ' '", 7 },
    { "hex:de::ad", "stray separator: ':'", 8 },
    { "hex:de: ad", "stray separator: ' '", 8 },
    { "hex:de:@0", "stray separator: ':'", 7 },
    { "hex:abc@1", "odd number of hex digits", 7 },
    { "hex:de@", "number expected", 8 },
    { "hex:de@ad", "number expected: 'ad'", 8 },
    { "hex:de@..", "number expected", 10 },
    { "hex:de@1x", "unknown unit: 'x'", 9 },
    { "hex:de@1@1Q", "unknown unit: 'Q'", 11 },
    { "hex:de@1@1", "not a hex digit: '@'", 7 },

    { "str:\\", "nothing follows the backslash", 5 },
    { "str:ab\\", "nothing follows the backslash", 7 },
    { "str:a\\@1", "nothing follows the backslash", 6 },
    { "str:a\\q", "unknown escape: 'q'", 7 },
    { "str:\\8", "unknown escape: '8'", 6 },
    { "str:\\N", "unknown escape: 'N'", 6 },
    { "str:\\X41", "unknown escape: 'X'", 6 },
    { "str:\\\"", "unknown escape: '\"'", 6 },
    { "str:\\\xff", "unknown escape: '\\xff'", 6 },
    { "str:\\400", "octal escape is greater than 377: '400'", 6 },
    { "str:a\\777b", "octal escape is greater than 377: '777b'", 7 },
    { "str:\\x", "\\x takes two hex digits", 7 },
    { "str:\\x4", "\\x takes two hex digits", 8 },
    { "str:\\x4g", "\\x takes two hex digits: 'g'", 8 },
    { "str:\\xg4", "\\x takes two hex digits: 'g'", 7 },
    { "str:\\x4@1", "\\x takes two hex digits: '@'", 8 },

    { "zero:", "number expected", 6 },
    { "zero:@4", "number expected: '@'", 6 },
    { "zero:x", "number expected: 'x'", 6 },
    { "zero:-1", "number expected: '-'", 6 },
    { "zero:0x", "hex digit expected", 8 },
    { "zero:..", "number expected", 8 },
    { "zero:..0", "at least 1 expected: '0'", 8 },
    { "zero:..=", "number expected", 9 },
    { "upto:", "number expected", 6 },
    { "upto:..4", "number expected: '.'", 6 },
    { "upto:16E", "too large: '16E'", 6 },
    { "fill:ff..=x", "number expected: 'x'", 11 },
    { "fill:=4", "not a hex digit: '='", 6 },
    { "zero:..4K..", "unexpected character: '.'", 10 },
    { "fill:ff..0", "at least 1 expected: '0'", 10 },
    { "fill:..4", "hex digit expected: '.'", 6 },
    { "fill:ff..", "number expected", 10 },
    { "zero:1.5K", "unexpected character: '.'", 7 },
    { "zero:1K+1", "unexpected character: '+'", 8 },
    { "zero:4Kx", "unknown unit: 'Kx'", 7 },
    { "zero:16E", "too large: '16E'", 6 },
    { "zero:4K@1Q", "unknown unit: 'Q'", 10 },
    { "zero:4K@9..3", "range ends before it starts", 12 },
    { "zero:4K@", "number expected", 9 },
    { "zero:4K@-", "number expected", 10 },
    { "zero:4K@1-2", "not +LENGTH or ..END: '-'", 10 },
    { "zero:4K@1+-2", "length is negative", 11 },

    { "fill:", "hex digit expected", 6 },
    { "fill:+4", "hex digit expected: '+'", 6 },
    { "fill:ff", "'+' and a size expected", 8 },
    { "fill:ff@1", "'+' and a size expected", 8 },
    { "fill:f+4", "odd number of hex digits", 6 },
    { "fill:fg+4", "not a hex digit: 'g'", 7 },
    { "fill:ff:+4", "stray separator: ':'", 8 },
    { "fill:ff+", "number expected", 9 },
    { "fill:ff++4", "number expected: '+'", 9 },
    { "fill:ff+-4", "number expected: '-'", 9 },
    { "fill:ff+4+4", "unexpected character: '+'", 10 },
    { "fill:ff+4Q", "unknown unit: 'Q'", 10 },
    { "fill:ff+16E", "too large: '16E'", 9 },
    { "fill:ff+4@x", "number expected: 'x'", 11 },

    { "le16:", "number expected", 6 },
    { "le16:-", "number expected", 7 },
    { "le16:--1", "number expected: '-'", 7 },
    { "le16:+1", "number expected: '+'", 6 },
    { "le16:1 ", "unexpected character: ' '", 7 },
    { "le16:1Q", "unknown unit: 'Q'", 7 },
    { "le16:-1Q", "unknown unit: 'Q'", 8 },
    { "le16:65536", "not between -32768 and 65535", 6 },
    { "be16:64K", "not between -32768 and 65535", 6 },
    { "le16:-32769", "not between -32768 and 65535", 6 },
    { "le16:99999999999999999999", "not between -32768 and 65535", 6 },
    { "u8:256", "not between -128 and 255", 4 },
    { "u8:-129", "not between -128 and 255", 4 },
    { "le24:16777216", "not between -8388608 and 16777215", 6 },
    { "b64:Q", "one character too few, or one too many, of base64", 6 },
    { "b64:QUJDR", "one character too few, or one too many, of base64", 10 },
    { "b64:QR", "the last character of base64 has bits that belong to no byte: 'R'", 6 },
    { "b64:QQ=", "base64 with '=' has a multiple of 4 characters", 7 },
    { "b64:Q===", "not a character of base64: '='", 6 },
    { "b64:====", "not a character of base64: '='", 5 },
    { "b64:QU JD", "not a character of base64: ' '", 7 },
    { "le32:4294967296", "not between -2147483648 and 4294967295", 6 },
    { "be32:-2147483649", "not between -2147483648 and 4294967295", 6 },
    { "le64:18446744073709551616", "not between -9223372036854775808 and 18446744073709551615", 6 },
    { "be64:-9223372036854775809", "not between -9223372036854775808 and 18446744073709551615", 6 },
    { "le32:1@y", "number expected: 'y'", 8 },
};

static char *plain_message(const struct wrong *expected, const char *shown, size_t caret)
{
    return g_strdup_printf("%s: %s (column %zu)\n  %s\n  %*s^", *shown != '\0' ? shown : "''",
                           expected->problem, expected->column, shown, (int)caret, "");
}

static void test_errors(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct parse parse = parse_word(wrong[i].word);
        g_autoptr(GString) shown = g_string_new(NULL);
        g_autoptr(GString) rest = g_string_new(NULL);
        g_autofree char *expected = NULL;

        escape(shown, wrong[i].word, strlen(wrong[i].word));
        escape(rest, wrong[i].word + wrong[i].column - 1,
               strlen(wrong[i].word) - (wrong[i].column - 1));
        expected =
            plain_message(&wrong[i], shown->str, columns_of(shown->str) - columns_of(rest->str));
        g_assert_error(parse.error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
        g_assert_cmpstr(parse.error->message, ==, expected);
        parse_clear(&parse);
    }
}

static void test_message(void)
{
    static const struct literal messages[] = {
        { "hex:dex0", BYTES("hex:dex0: not a hex digit: 'x' (column 7)\n"
                            "  hex:dex0\n"
                            "        ^") },
        { "", BYTES("'': empty segment (column 1)\n"
                    "  \n"
                    "  ^") },
        { "str:\n\x1b\xff\\q", BYTES("str:\\n\\x1b\\xff\\q: unknown escape: 'q' (column 9)\n"
                                     "  str:\\n\\x1b\\xff\\q\n"
                                     "                 ^") },
        { "\xe6\xbc\xa2@9..3", BYTES("\xe6\xbc\xa2@9..3: range ends before it starts (column 8)\n"
                                     "  \xe6\xbc\xa2@9..3\n"
                                     "        ^") },
        { "str:\xc3\xa9\\q", BYTES("str:\xc3\xa9\\q: unknown escape: 'q' (column 8)\n"
                                   "  str:\xc3\xa9\\q\n"
                                   "        ^") },
        { "str:\xe6\xbc\xa2\\q", BYTES("str:\xe6\xbc\xa2\\q: unknown escape: 'q' (column 9)\n"
                                       "  str:\xe6\xbc\xa2\\q\n"
                                       "         ^") },
        { "str:\\n\\q", BYTES("str:\\n\\q: unknown escape: 'q' (column 8)\n"
                              "  str:\\n\\q\n"
                              "         ^") },
        { "zero:\xc2\x85", BYTES("zero:\\xc2\\x85: number expected: '\\xc2' (column 6)\n"
                                 "  zero:\\xc2\\x85\n"
                                 "       ^") },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        struct parse parse = parse_word(messages[i].word);

        g_assert_nonnull(parse.error);
        g_assert_cmpstr(parse.error->message, ==, messages[i].bytes);
        parse_clear(&parse);
    }
}

/*
 * A word with `before` units before its bad escape and `after` units after it: `left` and `right`
 * of them are to be seen.
 */
static void check_window(size_t before, size_t after, const char *unit, size_t unit_columns,
                         size_t left, size_t right)
{
    g_autoptr(GString) word = g_string_new("str:");
    g_autoptr(GString) shown = g_string_new(NULL);
    g_autofree char *expected = NULL;
    bool cut_left = left < before, cut_right = right < after;
    struct wrong problem = { .problem = "unknown escape: 'q'" };
    struct parse parse;

    for (size_t i = 0; i < before; i++) {
        g_string_append(word, unit);
    }
    g_string_append(word, "\\q");
    problem.column = word->len;
    for (size_t i = 0; i < after; i++) {
        g_string_append(word, unit);
    }
    g_string_append(shown, cut_left ? "..." : "str:");
    for (size_t i = 0; i < left; i++) {
        g_string_append(shown, unit);
    }
    g_string_append(shown, "\\q");
    for (size_t i = 0; i < right; i++) {
        g_string_append(shown, unit);
    }
    g_string_append(shown, cut_right ? "..." : "");
    expected = plain_message(&problem, shown->str, (cut_left ? 3 : 4) + left * unit_columns + 1);
    parse = parse_word(word->str);
    g_assert_cmpstr(parse.error->message, ==, expected);
    parse_clear(&parse);
}

/* 200 columns at most: half of them before the caret, or more where the other side is short. */
static void test_long_words(void)
{
    check_window(150, 44, "a", 1, 150, 44);
    check_window(44, 150, "a", 1, 44, 150);
    check_window(0, 194, "a", 1, 0, 194);
    check_window(194, 0, "a", 1, 194, 0);
    check_window(199, 0, "a", 1, 198, 0);
    check_window(0, 195, "a", 1, 0, 194);
    check_window(5000, 0, "a", 1, 198, 0);
    check_window(0, 5000, "a", 1, 0, 194);
    check_window(5000, 5000, "a", 1, 99, 99);
    check_window(5000, 50, "a", 1, 148, 50);
    check_window(50, 5000, "a", 1, 50, 144);
    check_window(5000, 5000, "\xe6\xbc\xa2", 2, 50, 49);
    check_window(5000, 5000, "\xc3\xa9", 1, 99, 99);
    check_window(100000, 100000, "a", 1, 99, 99);
}

static void test_long_quote(void)
{
    struct parse parse = parse_word("zero:1abcdefghijklmnopqrstuvwx");

    g_assert_nonnull(
        strstr(parse.error->message, ": unknown unit: 'abcdefghijklmnopqrstuvwx' (column 7)\n"));
    parse_clear(&parse);
    parse = parse_word("zero:1abcdefghijklmnopqrstuvwxy");
    g_assert_nonnull(
        strstr(parse.error->message, ": unknown unit: 'abcdefghijklmnopqrstuvwx...' (column 7)\n"));
    parse_clear(&parse);
}

static void test_explain_tail(void)
{
    static const struct wrong tails[] = {
        { "f", NULL, 0 },
        { "f@", "number expected", 3 },
        { "f@x", NULL, 0 },
        { "f@-", NULL, 0 },
        { "f@-x", NULL, 0 },
        { "f@.", NULL, 0 },
        { "f@.1", NULL, 0 },
        { "f@+1", NULL, 0 },
        { "getty@tty1.service", NULL, 0 },
        { "f@1Q@x", NULL, 0 },
        { "f@1", NULL, 0 },
        { "f@-1+1", NULL, 0 },
        { "f@..", "number expected", 5 },
        { "f@..x", "number expected: 'x'", 5 },
        { "f@1Q", "unknown unit: 'Q'", 4 },
        { "f@-1Q", "unknown unit: 'Q'", 5 },
        { "f@4K+", "number expected", 6 },
        { "f@4K+1M.bak", "unexpected character: '.'", 8 },
        { "f@1+-1", "length is negative", 5 },
        { "f@x@1 ", "not +LENGTH or ..END: ' '", 6 },
        { "f@0x", "hex digit expected", 5 },
        { "@1Q", "unknown unit: 'Q'", 3 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(tails); i++) {
        size_t length = strlen(tails[i].word);
        g_autofree char *word = g_memdup2(tails[i].word, length);
        g_autoptr(GError) error = NULL;
        g_autofree char *expected = NULL;

        g_test_message("%s", tails[i].word);
        if (tails[i].problem == NULL) {
            g_assert_false(spec_explain_tail(word, length, &error));
            g_assert_no_error(error);
            continue;
        }
        g_assert_true(spec_explain_tail(word, length, &error));
        expected = plain_message(&tails[i], tails[i].word, tails[i].column - 1);
        g_assert_error(error, IOVTOOL_ERROR, IOVTOOL_ERROR_SYNTAX);
        g_assert_cmpstr(error->message, ==, expected);
    }
}

static void test_no_error_wanted(void)
{
    g_autoptr(GByteArray) scratch = g_byte_array_new();
    struct spec spec;

    g_assert_false(spec_parse("hex:x", strlen("hex:x"), scratch, &spec, NULL));
    g_assert_true(spec_explain_tail("f@1Q", strlen("f@1Q"), NULL));
}

static void test_schemes(void)
{
    static const char *const prefixes[] = {
        "file:", "fd:",   "hex:",   "str:",    "zero:",       "fill:",        "upto:",  "b64:",
        "u8:",   "le16:", "be16:",  "le24:",   "be24:",       "le32:",        "be32:",  "le64:",
        "be64:", "dump:", "nbd://", "nbds://", "nbd+unix://", "nbds+unix://", "server:"
    };
    const char *help;

    for (unsigned i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        help = NULL;
        g_assert_cmpstr(spec_scheme(i, &help), ==, prefixes[i]);
        g_assert_cmpstr(spec_scheme(i, NULL), ==, prefixes[i]);
        g_assert_cmpuint(strlen(help), >, 0);
        g_assert_cmpuint(strlen(help), <, 60);
    }
    g_assert_null(spec_scheme(G_N_ELEMENTS(prefixes), &help));
    g_assert_null(spec_scheme(UINT_MAX, NULL));
}

/* ---- escape() --------------------------------------------------------------------------- */

static const struct literal escapes[] = {
    { "", BYTES("") },
    { "plain name.txt", BYTES("plain name.txt") },
    { "\xc3\xa9t\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80",
      BYTES("\xc3\xa9t\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80") },
    { "a\nb\tc\rd", BYTES("a\\nb\\tc\\x0dd") },
    { "\x1b[31m", BYTES("\\x1b[31m") },
    { "\x01\x7f", BYTES("\\x01\\x7f") },
    { "\xff\xfe", BYTES("\\xff\\xfe") },
    { "\xc3", BYTES("\\xc3") },
    { "\xc3(", BYTES("\\xc3(") },
    { "\xc0\xaf", BYTES("\\xc0\\xaf") },
    { "\xed\xa0\x80", BYTES("\\xed\\xa0\\x80") },
    { "\xf4\x90\x80\x80", BYTES("\\xf4\\x90\\x80\\x80") },
    { "\xc2\x80\xc2\x9f\xc2\xa0", BYTES("\\xc2\\x80\\xc2\\x9f\xc2\xa0") },
    { "\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf",
      BYTES("\xe2\x80\xa9\\xe2\\x80\\xaa\\xe2\\x80\\xae\xe2\x80\xaf") },
    { "\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa",
      BYTES("\xe2\x81\xa5\\xe2\\x81\\xa6\\xe2\\x81\\xa9\xe2\x81\xaa") },
    { "a\\b", BYTES("a\\b") },
    { "a\\", BYTES("a\\") },
    { "\\.\\d", BYTES("\\.\\d") },
    { "a\\nb", BYTES("a\\x5cnb") },
    { "a\\tb", BYTES("a\\x5ctb") },
    { "a\\x41", BYTES("a\\x5cx41") },
    { "a\\\\n", BYTES("a\\x5c\\x5cn") },
    { "a\\\\b", BYTES("a\\x5c\\b") },
    { "a\\\n", BYTES("a\\x5c\\n") },
    { "a\\\xc3\xa9", BYTES("a\\\xc3\xa9") },
    { "a\\\xc3", BYTES("a\\x5c\\xc3") },
};

static void test_escape_keeps_backslashes(void)
{
    static const char words[][2][16] = {
        { "a\\nb", "a\\nb" },  { "a\\x41", "a\\x41" },  { "a\\\\", "a\\\\" },
        { "a\\\n", "a\\\\n" }, { "\\\x1b", "\\\\x1b" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(GString) out = g_string_new(NULL);

        escape(out, words[i][0], strlen(words[i][0]));
        g_assert_cmpstr(out->str, ==, words[i][1]);
    }
}

static void test_escape(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(escapes); i++) {
        size_t length = strlen(escapes[i].word);
        g_autofree char *text = g_memdup2(escapes[i].word, MAX(length, 1));
        g_autoptr(GString) out = g_string_new("> ");
        g_autofree char *expected = g_strconcat("> ", escapes[i].bytes, NULL);

        escape_exact(out, text, length);
        g_assert_cmpstr(out->str, ==, expected);
    }
}

/* Undoes \n, \t and \xHH; any other backslash is itself. */
static GString *unescape(const GString *text)
{
    GString *out = g_string_new(NULL);

    for (const char *c = text->str; *c != '\0'; c++) {
        if (c[0] == '\\' && (c[1] == 'n' || c[1] == 't')) {
            g_string_append_c(out, *++c == 'n' ? '\n' : '\t');
        } else if (c[0] == '\\' && c[1] == 'x') {
            g_string_append_c(out,
                              (char)(g_ascii_xdigit_value(c[2]) << 4 | g_ascii_xdigit_value(c[3])));
            c += 3;
        } else {
            g_string_append_c(out, *c);
        }
    }
    return out;
}

static void check_escape(const char *bytes, size_t length)
{
    g_autofree char *text = g_memdup2(bytes, length);
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GString) back = NULL;

    escape_exact(out, text, length);
    back = unescape(out);
    g_assert_true(equal_bytes(back->str, back->len, text, length));
    g_assert_true(g_utf8_validate(out->str, (gssize)out->len, NULL));
    for (const char *c = out->str; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);

        g_assert_false(u < 0x20 || (u >= 0x7f && u <= 0x9f));
        g_assert_false((u >= 0x202a && u <= 0x202e) || (u >= 0x2066 && u <= 0x2069));
    }
}

static void test_escape_every_pair(void)
{
    for (unsigned pair = 0; pair <= 0xffff; pair++) {
        char text[] = { (char)(pair >> 8), (char)pair };

        check_escape(text, sizeof(text));
    }
}

/* A character is shown as it is unless it is one of the dangerous ones. */
static void test_escape_every_character(void)
{
    for (gunichar c = 0x20; c <= 0x3000; c++) {
        bool dangerous = (c >= 0x7f && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) ||
                         (c >= 0x2066 && c <= 0x2069);
        char text[6];
        size_t length = (size_t)g_unichar_to_utf8(c, text);
        g_autoptr(GString) out = g_string_new(NULL);

        escape_exact(out, text, length);
        g_assert_cmpint(out->len == length, ==, !dangerous);
        check_escape(text, length);
    }
}

/* ---- Any word -------------------------------------------------------------------------------- */

static size_t random_text(GRand *random, const char *alphabet, char *text, size_t most)
{
    size_t length = (size_t)g_rand_int_range(random, 0, (gint32)most + 1);

    for (size_t i = 0; i < length; i++) {
        text[i] = alphabet[g_rand_int_range(random, 0, (gint32)strlen(alphabet))];
    }
    return length;
}

static void check_random(guint32 seed, const char *prefix, const char *alphabet)
{
    GRand *random = g_rand_new_with_seed(seed);
    char text[64];

    g_test_message("seed %u, prefix '%s'", seed, prefix);
    for (int i = 0; i < 5000; i++) {
        size_t start = strlen(prefix);
        size_t length;
        g_autofree char *word = NULL;

        memcpy(text, prefix, start);
        length = start + random_text(random, alphabet, text + start, 14);
        word = g_memdup2(text, MAX(length, 1));
        check_word(word, length);
    }
    g_rand_free(random);
}

static void test_random_words(void)
{
    static const char alphabet[] = "@+.-0xK:19aE s";
    const char *prefix;

    check_random(1, "", alphabet);
    check_random(2, "-@", alphabet);
    check_random(3, "f@", alphabet);
    for (unsigned i = 0; (prefix = spec_scheme(i, NULL)) != NULL; i++) {
        check_random(100 + i, prefix, alphabet);
    }
    check_random(4, "str:", "\\nrtx0174f@");
    check_random(5, "str:", "\\\xc3\xa9\xe2\x80\xaa\x1b\nx");
    check_random(6, "hex:", "0xaF: ");
}

/* Every word of up to five characters of the range grammar. */
static void test_short_tails(void)
{
    static const char alphabet[] = "@+.-09K";
    const size_t letters = strlen(alphabet);
    size_t count = 1;

    for (size_t length = 0; length <= 5; length++, count *= letters) {
        for (size_t number = 0; number < count; number++) {
            char word[8] = "f@";
            size_t rest = number;

            for (size_t i = 0; i < length; i++, rest /= letters) {
                word[2 + i] = alphabet[rest % letters];
            }
            check_word(word, 2 + length);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/spec/named", test_named);
    g_test_add_func("/spec/anchors", test_anchors);
    g_test_add_func("/spec/fd", test_fd);
    g_test_add_func("/spec/literals", test_literals);
    g_test_add_func("/spec/literal-ranges", test_literal_ranges);
    g_test_add_func("/spec/literal-limit", test_literal_limit);
    g_test_add_func("/spec/fill", test_fill);
    g_test_add_func("/spec/fill-pattern-limit", test_fill_pattern_limit);
    g_test_add_func("/spec/scratch-reused", test_scratch_reused);
    g_test_add_func("/spec/errors", test_errors);
    g_test_add_func("/spec/message", test_message);
    g_test_add_func("/spec/long-words", test_long_words);
    g_test_add_func("/spec/long-quote", test_long_quote);
    g_test_add_func("/spec/explain-tail", test_explain_tail);
    g_test_add_func("/spec/no-error-wanted", test_no_error_wanted);
    g_test_add_func("/spec/schemes", test_schemes);
    g_test_add_func("/spec/escape", test_escape);
    g_test_add_func("/spec/escape/keeps-backslashes", test_escape_keeps_backslashes);
    g_test_add_func("/spec/escape/every-pair", test_escape_every_pair);
    g_test_add_func("/spec/escape/every-character", test_escape_every_character);
    g_test_add_func("/spec/random-words", test_random_words);
    g_test_add_func("/spec/short-tails", test_short_tails);
    return g_test_run();
}
