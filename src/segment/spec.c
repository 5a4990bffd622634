/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment/spec.h"

#include "segment/literal.h"
#include "segment/problem.h"
#include "segment/range.h"
#include "segment/size.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

/* A word without its range, on the way to the parser of its scheme. */
struct source {
    const struct scheme *scheme; /* NULL for "-" and bare paths */
    const char *text;            /* after the prefix */
    size_t length;
    GByteArray *scratch;
    GByteArray *mask; /* NULL: no digit may be left open */
};

typedef bool parse_function(const struct source *source, struct spec *spec,
                            struct problem *problem);

struct scheme {
    char prefix[sizeof("nbds+unix://")]; /* as long as the longest */
    const char *argument;                /* in help: what follows the prefix */
    parse_function *parse;
    const char *help;
    bool takes_at;       /* the text may hold an "@" of its own */
    bool is_uri;         /* the prefix is part of the name */
    unsigned char width; /* integers: bytes */
    bool big_endian;     /* integers */
};

static bool set_name(const struct source *source, struct spec *spec, struct problem *problem)
{
    if (source->length == 0) {
        return problem_set(problem, spec->text_length == 0 ? "empty segment" : "name expected",
                           source->text, QUOTE_NOTHING);
    }
    spec->name = source->text;
    spec->name_length = source->length;
    return true;
}

static bool parse_file(const struct source *source, struct spec *spec, struct problem *problem)
{
    spec->source = SPEC_PATH;
    return set_name(source, spec, problem);
}

static bool parse_dump(const struct source *source, struct spec *spec, struct problem *problem)
{
    struct source file = *source;
    const char *colon = memchr(file.text, ':', file.length);

    spec->source = SPEC_DUMP;
    spec->look = TEXT_ANY;
    if (colon != NULL && text_look_parse(file.text, (size_t)(colon - file.text), &spec->look)) {
        file.length -= (size_t)(colon + 1 - file.text);
        file.text = colon + 1;
    }
    return set_name(&file, spec, problem);
}

/* Where what follows the host of a URI starts; `end` when nothing does. */
static const char *after_host(const char *host, const char *end)
{
    while (host < end && *host != '/' && *host != '?') {
        host++;
    }
    return host;
}

/* The password in "USER:PASSWORD@HOST"; NULL when there is none. */
static const char *find_password(const char *host, const char *end, size_t *length)
{
    const char *stop = after_host(host, end);
    const char *at = memrchr(host, '@', (size_t)(stop - host));
    const char *colon = at ? memchr(host, ':', (size_t)(at - host)) : NULL;
    *length = colon ? (size_t)(at - colon) - 1 : 0;
    return colon ? colon + 1 : NULL;
}

static bool parse_uri(const struct source *source, struct spec *spec, struct problem *problem)
{
    const char *end = source->text + source->length;
    size_t length;
    const char *password = find_password(source->text, end, &length);
    if (password) {
        return problem_set(problem, "NBD has no passwords, and others can read this one", password,
                           QUOTE_NOTHING);
    }
    spec->source = SPEC_REMOTE;
    spec->name = spec->text;
    spec->name_length = (size_t)(end - spec->text);
    return true;
}

static bool parse_server(const struct source *source, struct spec *spec, struct problem *problem)
{
    const char *end = source->text + source->length;
    const char *at = source->text;

    while (at < end && (g_ascii_isalnum(*at) || strchr("._-", *at) != NULL)) {
        at++;
    }
    if (at == source->text || (at < end && *at != '/')) {
        return problem_set(problem, "a server's name has letters, digits, . _ and -", at,
                           QUOTE_CHARACTER);
    }
    spec->source = SPEC_REMOTE;
    spec->name = spec->text;
    spec->name_length = (size_t)(end - spec->text);
    return true;
}

static bool parse_bare(const struct source *source, struct spec *spec, struct problem *problem)
{
    if (source->length == 1 && source->text[0] == '-') {
        spec->source = SPEC_FD;
        spec->fd = STDIN_FILENO;
        return true;
    }
    spec->bare_path = true;
    return parse_file(source, spec, problem);
}

static bool parse_number(const char *text, size_t length, uint64_t limit, uint64_t *value,
                         struct problem *problem)
{
    const char *what;
    size_t column;

    return size_parse_up_to(text, length, limit, value, &column, &what) ||
           problem_set(problem, what, text + column - 1, QUOTE_NUMBER);
}

static bool parse_fd(const struct source *source, struct spec *spec, struct problem *problem)
{
    uint64_t fd;

    for (size_t i = 0; i < source->length; i++) {
        if (!g_ascii_isdigit(source->text[i])) {
            return problem_set(problem, "not a decimal digit", source->text + i, QUOTE_CHARACTER);
        }
    }
    if (!parse_number(source->text, source->length, INT_MAX, &fd, problem)) {
        return false;
    }
    spec->source = SPEC_FD;
    spec->fd = (int)fd;
    return true;
}

static void set_bytes(const struct source *source, enum spec_source kind, struct spec *spec)
{
    spec->source = kind;
    spec->bytes = source->scratch->data;
    spec->bytes_length = source->scratch->len;
}

static bool parse_hex(const struct source *source, struct spec *spec, struct problem *problem)
{
    if (!literal_hex_pattern(source->text, source->length, source->scratch, source->mask,
                             problem)) {
        return false;
    }
    set_bytes(source, SPEC_LITERAL, spec);
    return true;
}

static bool parse_string(const struct source *source, struct spec *spec, struct problem *problem)
{
    if (!literal_string(source->text, source->length, source->scratch, problem)) {
        return false;
    }
    set_bytes(source, SPEC_LITERAL, spec);
    return true;
}

static bool parse_base64(const struct source *source, struct spec *spec, struct problem *problem)
{
    if (!literal_base64(source->text, source->length, source->scratch, problem)) {
        return false;
    }
    set_bytes(source, SPEC_LITERAL, spec);
    return true;
}

static bool parse_int(const struct source *source, struct spec *spec, struct problem *problem)
{
    if (!literal_integer(source->text, source->length, source->scheme->width,
                         source->scheme->big_endian, source->scratch, problem)) {
        return false;
    }
    set_bytes(source, SPEC_LITERAL, spec);
    return true;
}

static bool parse_size(const char *text, const char *end, enum fill_end fill_end, struct spec *spec,
                       struct problem *problem)
{
    spec->fill_end = fill_end;
    if (!parse_number(text, (size_t)(end - text), INT64_MAX, &spec->size, problem)) {
        return false;
    }
    return fill_end != FILL_MULTIPLE || spec->size > 0 ||
           problem_set(problem, "at least 1 expected", text, QUOTE_NUMBER);
}

/* What stands behind the ".." of a fill: a multiple, or "=" and an offset. */
static bool parse_end(const char *text, const char *end, struct spec *spec, struct problem *problem)
{
    const bool is_offset = text < end && *text == '=';

    return parse_size(text + is_offset, end, is_offset ? FILL_OFFSET : FILL_MULTIPLE, spec,
                      problem);
}

static bool set_zeros(const struct source *source, struct spec *spec)
{
    g_byte_array_set_size(source->scratch, 1);
    source->scratch->data[0] = 0;
    set_bytes(source, SPEC_FILL, spec);
    return true;
}

static bool parse_zero(const struct source *source, struct spec *spec, struct problem *problem)
{
    const char *end = source->text + source->length;
    const bool dots = source->length >= 2 && memcmp(source->text, "..", 2) == 0;

    return (dots ? parse_end(source->text + 2, end, spec, problem)
                 : parse_size(source->text, end, FILL_SIZE, spec, problem)) &&
           set_zeros(source, spec);
}

static bool parse_upto(const struct source *source, struct spec *spec, struct problem *problem)
{
    return parse_size(source->text, source->text + source->length, FILL_OFFSET, spec, problem) &&
           set_zeros(source, spec);
}

static bool parse_fill(const struct source *source, struct spec *spec, struct problem *problem)
{
    const char *end = source->text + source->length;
    const char *plus = memchr(source->text, '+', source->length);
    const char *dots = plus != NULL ? NULL : memmem(source->text, source->length, "..", 2);
    const char *pattern_end = plus != NULL ? plus : dots != NULL ? dots : end;

    if (!literal_hex(source->text, (size_t)(pattern_end - source->text), source->scratch,
                     problem)) {
        return false;
    }
    if (source->scratch->len == 0) {
        return problem_set(problem, "hex digit expected", source->text, QUOTE_CHARACTER);
    }
    if (source->scratch->len > SPEC_PATTERN_MAX) {
        return problem_set(problem, "pattern is longer than 64 KiB", source->text, QUOTE_NOTHING);
    }
    if (plus == NULL && dots == NULL) {
        return problem_set(problem, "'+' and a size expected", end, QUOTE_NOTHING);
    }
    set_bytes(source, SPEC_FILL, spec);
    return dots != NULL ? parse_end(dots + 2, end, spec, problem)
                        : parse_size(plus + 1, end, FILL_SIZE, spec, problem);
}

static const struct scheme schemes[] = {
    { "file:", "PATH", parse_file, .help = "a file, whatever its name looks like",
      .takes_at = true },
    { "fd:", "N", parse_fd, .help = "an inherited descriptor, from where it stands" },
    { "hex:", "DIGITS", parse_hex, .help = "bytes in hex: deadbeef, de:ad, 'de ad', 0xdead" },
    { "str:", "TEXT", parse_string, .help = "text with C escapes: \\n \\r \\t \\\\ \\0 \\xHH \\NNN",
      .takes_at = true },
    { "zero:", "SIZE", parse_zero, .help = "this many zero bytes; ..N: up to a multiple of N" },
    { "fill:", "HEX+SIZE", parse_fill,
      .help = "bytes in hex, repeated (..N, ..=N: as zero:, upto:)" },
    { "upto:", "OFFSET", parse_upto, .help = "zeros up to this offset in the vector" },
    { "b64:", "TEXT", parse_base64, .help = "bytes in base64, with or without its padding" },
    { "u8:", "N", parse_int, .help = "8-bit integer, one byte", .width = 1 },
    { "le16:", "N", parse_int, .help = "16-bit integer, little-endian", .width = 2 },
    { "be16:", "N", parse_int, .help = "16-bit integer, big-endian", .width = 2,
      .big_endian = true },
    { "le24:", "N", parse_int, .help = "24-bit integer, little-endian", .width = 3 },
    { "be24:", "N", parse_int, .help = "24-bit integer, big-endian", .width = 3,
      .big_endian = true },
    { "le32:", "N", parse_int, .help = "32-bit integer, little-endian", .width = 4 },
    { "be32:", "N", parse_int, .help = "32-bit integer, big-endian", .width = 4,
      .big_endian = true },
    { "le64:", "N", parse_int, .help = "64-bit integer, little-endian", .width = 8 },
    { "be64:", "N", parse_int, .help = "64-bit integer, big-endian", .width = 8,
      .big_endian = true },
    { "dump:", "[LOOK:]PATH", parse_dump, .help = "the bytes that a text dump shows",
      .takes_at = true },
    { "nbd://", "HOST[:PORT]/EXPORT", parse_uri, .help = "a disk that an NBD server has",
      .takes_at = true, .is_uri = true },
    { "nbds://", "HOST[:PORT]/EXPORT", parse_uri, .help = "the same, by TLS", .takes_at = true,
      .is_uri = true },
    { "nbd+unix://", "/EXPORT?socket=PATH", parse_uri, .help = "the same, by a unix socket",
      .takes_at = true, .is_uri = true },
    { "nbds+unix://", "/EXPORT?socket=PATH", parse_uri, .help = "that, by TLS", .takes_at = true,
      .is_uri = true },
    { "server:", "NAME", parse_server, .help = "a disk of the server that --server=NAME= starts",
      .takes_at = true },
};

const char *spec_scheme_argument(unsigned index)
{
    return index < G_N_ELEMENTS(schemes) ? schemes[index].argument : NULL;
}

const char *spec_scheme(unsigned index, const char **help)
{
    if (index >= G_N_ELEMENTS(schemes)) {
        return NULL;
    }
    if (help != NULL) {
        *help = schemes[index].help;
    }
    return schemes[index].prefix;
}

/* Most words are paths, and their start shows it: no colon there, no scheme. */
static void find_scheme(struct source *source)
{
    const size_t longest = sizeof(schemes[0].prefix) - 1 - strlen("//");

    if (memchr(source->text, ':', MIN(source->length, longest)) == NULL) {
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        const char *prefix = schemes[i].prefix;
        const size_t length = strlen(prefix);

        if (prefix[0] == source->text[0] && source->length >= length &&
            memcmp(prefix, source->text, length) == 0) {
            source->scheme = &schemes[i];
            source->text += length;
            source->length -= length;
            return;
        }
    }
}

static bool split_range(struct source *source, struct range *range, struct problem *problem)
{
    bool takes_at = source->scheme == NULL || source->scheme->takes_at;
    const char *at = memrchr(source->text, '@', source->length);
    enum range_reading reading;
    size_t name_length;

    if (at == NULL) {
        return true;
    }
    name_length = (size_t)(at - source->text);
    reading = range_parse(at + 1, source->length - name_length - 1, range, problem);
    if (source->scheme != NULL && source->scheme->is_uri &&
        at < after_host(source->text, source->text + source->length)) {
        const bool is_user = reading == RANGE_ABSENT;
        *range = (struct range){ .form = RANGE_ALL };
        return is_user || problem_set(problem,
                                      "before the first / an @ ends a user's name; for a range "
                                      "write /@RANGE",
                                      at, QUOTE_NOTHING);
    }
    if (reading == RANGE_READ) {
        source->length = name_length;
        return true;
    }
    return reading == RANGE_ABSENT && takes_at;
}

int spec_named_descriptor(const char *name, size_t length)
{
    static const struct {
        const char *prefix;
        int fd; /* -1: its number follows */
    } names[] = { { "/dev/stdin", STDIN_FILENO },
                  { "/dev/stdout", STDOUT_FILENO },
                  { "/dev/stderr", STDERR_FILENO },
                  { "/dev/fd/", -1 },
                  { "/proc/self/fd/", -1 } };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const size_t start = strlen(names[i].prefix);
        int64_t fd = 0;
        if (length < start || memcmp(name, names[i].prefix, start) != 0) {
            continue;
        }
        if (names[i].fd >= 0) {
            return length == start ? names[i].fd : -1;
        }
        for (size_t at = start; at < length && fd <= INT_MAX; at++) {
            fd = g_ascii_isdigit(name[at]) ? fd * 10 + (name[at] - '0') : INT64_MAX;
        }
        return length > start && fd <= INT_MAX ? (int)fd : -1;
    }
    return -1;
}

/* A path that names an inherited descriptor, opened, would be another file description: it would
 * be at its start, and not know how the first one was opened. */
static void take_named_descriptor(struct spec *spec)
{
    const int fd =
        spec->source == SPEC_PATH ? spec_named_descriptor(spec->name, spec->name_length) : -1;
    if (fd >= 0) {
        spec->source = SPEC_FD;
        spec->fd = fd;
        spec->name = NULL;
        spec->name_length = 0;
        spec->bare_path = false;
    }
}

/* What is wrong with a word, of which a password is not shown. */
static void report(const struct source *source, const struct problem *problem, const char *text,
                   size_t length, GError **error)
{
    const bool is_uri = source->scheme != NULL && source->scheme->is_uri;
    size_t hidden;
    const char *password = is_uri ? find_password(source->text, text + length, &hidden) : NULL;

    if (password == NULL) {
        problem_report(problem, text, length, error);
        return;
    }
    g_autofree char *shown = g_strndup(text, length);
    memset(shown + (password - text), '*', hidden);
    const struct problem moved = { problem->what, shown + (problem->at - text), problem->quote };
    problem_report(&moved, shown, length, error);
}

static bool parse_word(const char *text, size_t length, GByteArray *scratch, GByteArray *mask,
                       struct spec *spec, GError **error)
{
    struct source source = { .text = text, .length = length, .scratch = scratch, .mask = mask };
    struct problem problem;
    parse_function *parse;

    *spec = (struct spec){ .text = text, .text_length = length };
    find_scheme(&source);
    parse = source.scheme != NULL ? source.scheme->parse : parse_bare;
    if (split_range(&source, &spec->range, &problem) && parse(&source, spec, &problem)) {
        take_named_descriptor(spec);
        return true;
    }
    report(&source, &problem, text, length, error);
    return false;
}

bool spec_parse(const char *text, size_t length, GByteArray *scratch, struct spec *spec,
                GError **error)
{
    return parse_word(text, length, scratch, NULL, spec, error);
}

bool spec_parse_pattern(const char *text, size_t length, GByteArray *scratch, GByteArray *mask,
                        struct spec *spec, GError **error)
{
    g_byte_array_set_size(mask, 0);
    return parse_word(text, length, scratch, mask, spec, error);
}

static bool looks_like_range(const char *text, size_t length)
{
    size_t minus = length > 0 && text[0] == '-';

    return (length > minus && g_ascii_isdigit(text[minus])) ||
           (length >= 2 && memcmp(text, "..", 2) == 0);
}

bool spec_explain_tail(const char *text, size_t length, GError **error)
{
    const char *at = memrchr(text, '@', length);
    struct problem problem;
    struct range range;
    size_t tail;

    if (at == NULL) {
        return false;
    }
    tail = length - (size_t)(at - text) - 1;
    if ((tail > 0 && !looks_like_range(at + 1, tail)) ||
        range_parse(at + 1, tail, &range, &problem) == RANGE_READ) {
        return false;
    }
    problem_report(&problem, text, length, error);
    return true;
}
